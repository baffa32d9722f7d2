"""``glassjax report``: a result as one HTML page."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..disk import folder_name
from ..errors import GlassjaxError, suggest
from ..targets import FITS
from .completion import find
from .files import check_place, write_whole
from .options import forced

if TYPE_CHECKING:
    from ..results import Result

REPORT, MEMBER_REPORT = "report.html", "report-{}.html"
ENDINGS = (".html", ".htm")


@click.command(short_help="Write a result as one HTML page: verdict, numbers, figures, data, provenance.")
@click.argument("result", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=f"File to write, ending in .html.  [default: {REPORT} beside the result]",
)
@click.option("--member", help="Of the fit of a population: the glass to report on, in place of all of them.")
@forced
def report(result: Path, out: Path | None, member: str | None, force: bool) -> int:
    """Write RESULT, a folder that `glassjax fit` wrote or a NetCDF file, as one self-contained HTML page.

    NAME alone is the fit in results/NAME.

    The page needs no network, no script and no other file, and can be read on a phone and printed. An earlier page is
    replaced when the new one is complete.
    """
    file = Path(find(str(result), FITS).source)
    own = REPORT if member is None else MEMBER_REPORT.format(folder_name(member, "member"))
    page = file.with_name(own) if out is None else out
    if page.suffix.lower() not in ENDINGS:
        raise GlassjaxError(f"cannot write the report to '{page}'; end its name in {ENDINGS[0]}")
    check_place(page, force)

    from ..loading import load_result
    from ..precision import enable_x64
    from ..results.report import render

    enable_x64()
    fit = load_result(file)
    if member is not None:
        fit = _member(fit, member, file)
    click.echo("drawing the figures ...", err=True)
    text = render(fit)
    write_whole(page, lambda work: work.write_text(text, encoding="utf-8"))
    click.echo(f"written to {page}")
    return 0


def _member(fit: "Result", name: str, file: Path) -> "Result":
    """Return the result of one glass of a population."""
    if not fit.population:
        raise GlassjaxError(f"{file} is the fit of one glass; leave out --member")
    members: Mapping[str, Result] = fit.members  # type: ignore[attr-defined]
    if name not in members:
        raise GlassjaxError(
            f"{file} has no member '{name}'{suggest(name, members)}; there are {', '.join(members)}"
        )
    return members[name]

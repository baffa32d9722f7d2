"""``glassjax paper``: recompute the numbers and figures of the paper."""

from pathlib import Path

import click

from ..drawing import write_figures
from ..errors import GlassjaxError, suggest
from .files import replaced_files
from .options import forced

TABLES = ("claims.txt", "claims.csv", "claims.md", "validation.md")
FORMATS = ("png", "svg", "pdf")


@click.command(short_help="Recompute every number and figure of the paper.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("paper"),
    show_default=True,
    help="Folder for the tables, the page and the figures.",
)
@click.option(
    "--only", multiple=True, metavar="FIGURE", help="Draw this figure only, as in fig-19; may be repeated."
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    default=("png", "svg"),
    show_default=True,
    help="Kind of image; may be repeated.",
)
@forced
def paper(out: Path, only: tuple[str, ...], formats: tuple[str, ...], force: bool) -> int:
    """Recompute the theory of Lubchenko and Wolynes: the numbers they print, and the figures that are calculations.

    Prints the table of claims with a verdict for each, and writes into the folder claims.txt, claims.csv and claims.md,
    validation.md (all tables and figures on one page) and figures/. Files of the same name are
    replaced with --force only, when all is done; others are left alone.
    """
    from ..paper.figures import FIGURES

    for name in only:
        if name not in FIGURES:
            raise GlassjaxError(f"no figure '{name}'{suggest(name, FIGURES)}; there are {', '.join(FIGURES)}")
    drawn = only or tuple(FIGURES)
    names = [f"figures/{name}.{kind}" for name in drawn for kind in formats]
    with replaced_files(out, names if only else [*TABLES, *names], force=force) as work:
        _compute(work, drawn, formats, with_tables=not only)
    click.echo(f"written to {out}", err=True)
    return 0


def _compute(folder: Path, names: tuple[str, ...], formats: tuple[str, ...], *, with_tables: bool) -> None:
    """Fill ``folder`` with the tables and figures, saying what is being done."""
    from ..paper import tables
    from ..paper.claims import claims
    from ..paper.figure_data import all_choices
    from ..paper.figures import FIGURES
    from ..precision import enable_x64

    enable_x64()
    if with_tables:
        click.echo("computing the numbers ...", err=True)
        rows = claims()
        text = tables.claims_text(rows)
        click.echo(text)
        (folder / "claims.txt").write_text(text, encoding="utf-8")
        (folder / "claims.csv").write_text(tables.claims_csv(rows), encoding="utf-8")
        (folder / "claims.md").write_text(tables.claims_markdown(rows), encoding="utf-8")
        click.echo("computing the choices and the accuracy ...", err=True)
        page = tables.validation_page(rows, all_choices(), names, kind=min(formats, key=FORMATS.index))
        (folder / "validation.md").write_text(page, encoding="utf-8")
    (folder / "figures").mkdir()
    for name in names:
        click.echo(f"drawing {name} ...", err=True)
        write_figures(folder / "figures", {name: FIGURES[name]}, formats)

"""``glassjax predict``: a theory's or a fit's answer for one glass, as a table, a CSV file or a figure."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import GlassjaxError
from ..quantities import QUANTITIES
from .completion import find, target_names, theory_names
from .files import check_picture, check_place, write_picture, write_whole
from .options import Positive, Setting, check_range, forced, json_instead, temperature_range
from .streams import echo_json

if TYPE_CHECKING:
    from .answers import Answer

THEORY = "lubchenko-wolynes"
TIME = 10.0
ANY = ("result", "study", "glass", "shipped")
OF_GLASS = ("glass", "study", "shipped", "result")  # of which the options are
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Compute one quantity of a glass or of a fit: a table, a CSV file or a figure.")
@click.argument("target", metavar="GLASS|STUDY|RESULT", shell_complete=target_names)
@click.option("--quantity", type=click.Choice(list(QUANTITIES)), required=True, help="What to compute.")
@temperature_range(high=100.0, points=61, most=10_000)
@click.option(
    "--theory",
    metavar="NAME",
    shell_complete=theory_names,
    help=f"Theory: lubchenko-wolynes, debye, standard-tunnelling or soft-potential.  [default: {THEORY}]",
)
@click.option("--time", type=Positive(), help=f"Observation time in s.  [default: {TIME:g}]")
@click.option(
    "--counting",
    type=click.Choice(["saddle", "uniform", "exact"]),
    help="How lubchenko-wolynes counts scattering states for kappa [default: uniform]; exact also tells its error.",
)
@click.option("--csv", "csv_file", type=FILE, help="Write the numbers to this file.")
@click.option("--plot", "plot_file", type=FILE, help="Draw them, with the data (.png, .svg or .pdf).")
@click.option(
    "--set",
    "settings",
    type=Setting(),
    multiple=True,
    help="Change a parameter of the theory or a constant of the glass, as in omega_c=1.6; may be repeated.",
)
@forced
@json_instead
def predict(
    target: str,
    quantity: str,
    low: float,
    high: float,
    points: int,
    theory: str | None,
    time: float | None,
    counting: str | None,
    csv_file: Path | None,
    plot_file: Path | None,
    settings: tuple[tuple[str, float], ...],
    force: bool,
    as_json: bool,
) -> int:
    """Compute one quantity of GLASS from a theory, or of a fitted RESULT with its uncertainty.

    GLASS is the name of a shipped glass, or the path of a glass.toml. Parameters that --set does not name
    have the theory's defaults; none is fitted.

    RESULT is a folder that glassjax fit wrote, or a NetCDF file. Its theory, parameters and observation time are those
    of the fit: median and 89 % band of the posterior, and the same with the discrepancy that the data show.

    STUDY, a TOML file or a shipped study, has no fit: its theory is taken at the values it fixes and the medians of its
    priors, which the first lines say.

    NAME alone is the fit in results/NAME if there is one, else the study NAME.toml, else the shipped glass. With
    --theory, --set, --counting or --time it is the glass.

    Prints a table unless --csv or --plot is given. What it was computed from goes to the standard error, and into
    the file.
    """
    check_range(low, high)
    check_place(csv_file, force)
    check_picture(plot_file, force)

    import numpy as np

    from ..precision import enable_x64
    from .answers import fitted, of_study, of_theory

    enable_x64()
    T = np.geomspace(low, high, points)
    own = {"--theory": theory, "--time": time, "--counting": counting, "--set": settings}
    given = [option for option, value in own.items() if value]
    meant = find(target, OF_GLASS if given else ANY)
    if meant.kind == "glass":
        answer = of_theory(
            meant.source,
            quantity,
            T,
            name=theory or THEORY,
            settings=dict(settings),
            counting=counting,
            time=time or TIME,
        )
    elif given:
        what = "fit" if meant.kind == "result" else "study"
        raise GlassjaxError(f"'{target}' is a {what} with a theory of its own; leave out {given[0]}")
    else:
        answer = (fitted if meant.kind == "result" else of_study)(Path(meant.source), quantity, T)
    click.echo("\n".join(answer.header), err=True)
    if csv_file is not None:
        write_whole(csv_file, lambda path: path.write_text(answer.csv(), encoding="utf-8"))
    if plot_file is not None:
        _draw(plot_file, answer)
    if as_json:
        echo_json(answer.to_dict())
    elif csv_file is None and plot_file is None:
        click.echo(answer.table())
    return 0


def _draw(path: Path, answer: "Answer") -> None:
    def draw() -> Any:
        from ..plotting import prediction, style
        from ..plotting.style import figure_of, name_glass

        with style():
            drawn = prediction(
                answer.T, answer.value, answer.quantity, answer.data, bands=bands, checks=answer.checks
            )
            name_glass(figure_of(drawn), answer.subject)
        return drawn

    bands = {f"{answer.level:.0%} {name}": band[[0, 2]] for name, band in answer.bands.items()}
    write_picture(path, draw)

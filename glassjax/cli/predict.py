"""``glassjax predict``: a theory's or a fit's answer for one glass, as a table, a CSV file or a figure."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import GlassjaxError
from .completing import glass_names, theory_names
from .files import check_picture, check_place, write_whole
from .numbers import Positive, Setting
from .options import check_range, json_instead, temperature_range
from .plain import echo_json
from .report import find_result

if TYPE_CHECKING:
    from .answers import Answer

__all__ = ["QUANTITIES", "THEORY", "predict"]

QUANTITIES = ("kappa", "heat-capacity", "expansion")
THEORY = "lubchenko-wolynes"
TIME = 10.0
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Compute one quantity of a glass or of a fit: a table, a CSV file or a figure.")
@click.argument("target", metavar="GLASS|RESULT", shell_complete=glass_names)
@click.option("--quantity", type=click.Choice(QUANTITIES), required=True, help="What to compute.")
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
    as_json: bool,
) -> int:
    """Compute one quantity of GLASS from a theory, or of a fitted RESULT with its uncertainty.

    GLASS is the name of a shipped glass, or the path of a glass.toml. Parameters that --set does not name
    have the theory's defaults; none is fitted.

    RESULT is a folder that glassjax fit wrote, or a NetCDF file. Its theory, parameters and observation time are those
    of the fit: median and 89 % band of the posterior, and the same with the discrepancy that the data show. A folder of
    the name of a shipped glass is given as ./NAME.

    Prints a table unless --csv or --plot is given. What it was computed from goes to the standard error, and into
    the file.
    """
    check_range(low, high)
    check_place(csv_file)
    check_picture(plot_file)

    import numpy as np

    from ..precision import enable_x64
    from .answers import fitted, of_theory

    enable_x64()
    T = np.geomspace(low, high, points)
    file = _result(target)
    if file is None:
        answer = of_theory(
            target,
            quantity,
            T,
            name=theory or THEORY,
            settings=dict(settings),
            counting=counting,
            time=time or TIME,
        )
    else:
        own = {"--theory": theory, "--time": time, "--counting": counting, "--set": settings}
        for option, given in own.items():
            if given:
                raise GlassjaxError(f"'{target}' is a fit with a theory of its own; leave out {option}")
        answer = fitted(file, quantity, T)
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


def _result(target: str) -> Path | None:
    """Return the file of the result that is meant, or None where it is a glass."""
    from ..datasets import list_glasses

    path = Path(target)
    if target in list_glasses() or path.name == "glass.toml" or (path / "glass.toml").is_file():
        return None
    known = path.suffix == ".nc" or path.exists() or (Path("results") / path).exists()
    return find_result(path) if known else None


def _draw(path: Path, answer: "Answer") -> None:
    from ..plotting import prediction
    from ..plotting.style import figure_of

    bands = {f"{answer.level:.0%} {name}": band[[0, 2]] for name, band in answer.bands.items()}
    drawn = prediction(
        answer.T, answer.value, answer.quantity, answer.data, bands=bands, checks=answer.checks
    )
    write_whole(path, lambda work: figure_of(drawn).savefig(work, dpi=150))

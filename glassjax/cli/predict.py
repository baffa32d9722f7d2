"""``glassjax predict``: a theory's answer for one glass, as a table, a CSV file or a figure."""

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import GlassjaxError, suggest
from .files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from ..glass import Glass
    from ..lubchenko_wolynes.model import LubchenkoWolynes

__all__ = ["UNITS", "Positive", "Setting", "predict", "set_parameters"]

UNITS = {"kappa": "W/(m K)", "heat-capacity": "J/(kg K)", "expansion": "1/K"}
THEORY = "lubchenko-wolynes"
PICTURES = (".png", ".svg", ".pdf")
FILE = click.Path(dir_okay=False, path_type=Path)


class Positive(click.ParamType):
    """A finite number above zero."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the number, or say what is wrong."""
        try:
            number = float(str(value))
        except ValueError:
            self.fail(f"'{value}' is not a number", param, ctx)
        if not (math.isfinite(number) and number > 0):
            self.fail(f"{value} is not a positive number", param, ctx)
        return number


class Setting(click.ParamType):
    """``name=value`` with a finite value."""

    name = "name=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Read name and value, or say what is wrong."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"'{value}' is not of the form name=value, as in omega_c=1.6", param, ctx)
        try:
            number = float(text)
        except ValueError:
            self.fail(f"'{text}' in '{value}' is not a number", param, ctx)
        if not math.isfinite(number):
            self.fail(f"'{text}' in '{value}' is not a finite number", param, ctx)
        return name.strip(), number


@click.command(short_help="Compute one quantity of a glass: a table, a CSV file or a figure.")
@click.argument("glass")
@click.option("--quantity", type=click.Choice(list(UNITS)), required=True, help="What to compute.")
@click.option("--from", "low", type=Positive(), default=0.1, show_default=True, help="Lowest T in K.")
@click.option("--to", "high", type=Positive(), default=100.0, show_default=True, help="Highest T in K.")
@click.option(
    "--points",
    type=click.IntRange(2, 10_000),
    default=61,
    show_default=True,
    help="Number of temperatures, evenly spaced in ln T.",
)
@click.option("--time", type=Positive(), default=10.0, show_default=True, help="Observation time in s.")
@click.option(
    "--counting",
    type=click.Choice(["saddle", "uniform", "exact"]),
    help="How scattering states are counted for kappa [default: uniform]; exact also tells its error.",
)
@click.option("--csv", "csv_file", type=FILE, help="Write the numbers to this file.")
@click.option("--plot", "plot_file", type=FILE, help="Draw them, with the shipped data (.png, .svg or .pdf).")
@click.option(
    "--set",
    "settings",
    type=Setting(),
    multiple=True,
    help="Change a parameter of the theory or a constant of the glass, as in omega_c=1.6; may be repeated.",
)
def predict(
    glass: str,
    quantity: str,
    low: float,
    high: float,
    points: int,
    time: float,
    counting: str | None,
    csv_file: Path | None,
    plot_file: Path | None,
    settings: tuple[tuple[str, float], ...],
) -> int:
    """Compute one quantity of GLASS from the theory of Lubchenko and Wolynes.

    GLASS is the name of a shipped glass, or the path of a glass.toml. Parameters that --set does not name
    have the theory's defaults; none is fitted. Prints a table unless --csv or --plot is given. The parameters
    used go to the standard error, and into the file.
    """
    if low >= high:
        raise GlassjaxError(f"--from ({low:g} K) must lie below --to ({high:g} K)")
    if plot_file is not None and plot_file.suffix.lower() not in PICTURES:
        raise GlassjaxError(f"cannot draw '{plot_file}'; end its name in {', '.join(PICTURES)}")

    import equinox as eqx
    import numpy as np

    from ..datasets import load_glass
    from ..precision import enable_x64
    from ..theory import evaluate

    enable_x64()
    options = {} if counting is None else {"counting": counting}
    material, theory = set_parameters(load_glass(glass), dict(settings), options)
    T = np.geomspace(low, high, points)
    value = np.asarray(eqx.filter_jit(evaluate)(theory, quantity, T, material, time))
    header = _provenance(theory, material, quantity, time)
    if quantity == "kappa" and counting == "exact":
        error = float(np.max(eqx.filter_jit(type(theory).counting_error)(theory, T, material)))
        header.append(f"scattering states counted exactly; relative error of kappa at most {error:.1e}")
    click.echo("\n".join(header), err=True)
    if csv_file is not None:
        lines = [f"# {line}" for line in header]
        lines += [f"T [K], {quantity} [{UNITS[quantity]}]"]
        lines += [f"{float(t)!r}, {float(y)!r}" for t, y in zip(T, value, strict=True)]
        write_whole(csv_file, lambda path: path.write_text("\n".join(lines) + "\n", encoding="utf-8"))
    if plot_file is not None:
        _draw(plot_file, glass, quantity, T, value)
    if csv_file is None and plot_file is None:
        column = f"{quantity} [{UNITS[quantity]}]"
        click.echo(f"{'T [K]':>12}  {column:>24}")
        for t, y in zip(T, value, strict=True):
            click.echo(f"{t:12.6g}  {y:24.6g}")
    return 0


def set_parameters(
    glass: "Glass", settings: "Mapping[str, float]", choices: "Mapping[str, str]"
) -> "tuple[Glass, LubchenkoWolynes]":
    """Return glass and theory with the settings put in; refuse unknown names and unstable parameters."""
    from ..glass import GLASS_CONSTANTS
    from ..lubchenko_wolynes.model import LubchenkoWolynes

    constants = {name: value for name, value in settings.items() if name in GLASS_CONSTANTS}
    parameters = {name: value for name, value in settings.items() if name not in GLASS_CONSTANTS}
    known = {parameter.name: parameter for parameter in LubchenkoWolynes.parameters()}
    for name, value in parameters.items():
        if name not in known:
            options = (*known, *GLASS_CONSTANTS)
            raise GlassjaxError(
                f"no parameter '{name}'{suggest(name, options)}; --set takes {', '.join(options)}"
            )
        if not known[name].low <= value <= known[name].high:
            raise GlassjaxError(
                f"{name} = {value:g} lies outside its range, {known[name].low:g} to {known[name].high:g}"
            )
    changed = glass.replace(**constants)
    theory = LubchenkoWolynes(**choices).at(parameters, changed)
    theory.check(changed)
    return changed, theory


def _provenance(theory: "LubchenkoWolynes", glass: "Glass", quantity: str, time: float) -> list[str]:
    """Say what a prediction was computed from, a line for each kind of input."""
    from .. import __version__
    from ..glass import GLASS_CONSTANTS

    constants = (
        f"{name} = {float(getattr(glass, name)):g}{' ' + unit if unit else ''}"
        for name, (_, unit, _) in GLASS_CONSTANTS.items()
    )
    held = {field.name for field in dataclasses.fields(theory)}
    leaves = [(p.name, getattr(theory, p.name)) for p in theory.parameters() if p.name in held]
    parameters = (
        f"{name} tied to the glass" if leaf is None else f"{name} = {float(leaf):g}" for name, leaf in leaves
    )
    return [
        f"glassjax {__version__}: {quantity} in {UNITS[quantity]} of {glass.name}, theory {THEORY}",
        f"glass: {', '.join(constants)}",
        f"theory: {', '.join(parameters)}; counting {theory.counting}",
        f"observation time: {time:g} s",
    ]


def _draw(path: Path, glass: str, quantity: str, T: "np.ndarray", value: "np.ndarray") -> None:
    from ..datasets import load_measurements
    from ..plotting import prediction

    figure = prediction(T, value, quantity, load_measurements(glass))
    write_whole(path, lambda work: figure.savefig(work, dpi=150))

"""``glassjax sensitivity``: what predictions depend on, and what the data of a study determine."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..drawing import write_figures
from ..errors import GlassjaxError
from ..quantities import QUANTITIES
from .completion import find_fit, is_glass, request_stake, target_names, theory_names
from .files import result_folder
from .fit import share_cores
from .options import Positive, Setting, check_range, forced, json_instead, progress_bars, temperature_range
from .predict import THEORY
from .streams import counting, echo_either, interruptible, working

if TYPE_CHECKING:
    import numpy as np

    from ..results.result import Result
    from ..sensitivities.analysis import Analysis

FORMATS = ("png", "svg")
FIGURES = ("elasticities", "elasticity-curves", "information", "profiles", "sobol", "morris")


class Place(click.ParamType):
    """``quantity@T``, as in kappa@0.1."""

    name = "quantity@T"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Read quantity and temperature, or say what is wrong."""
        if isinstance(value, tuple):
            return value
        quantity, at, text = str(value).partition("@")
        if not at or quantity not in QUANTITIES:
            self.fail(
                f"'{value}' is not of the form quantity@T, as in kappa@0.1; quantities are {', '.join(QUANTITIES)}"
            )
        return quantity, Positive().convert(text, param, ctx)


@click.command(
    short_help="Elasticities, Fisher information, profiles, Sobol and Morris indices, shares of variance."
)
@click.argument("target", shell_complete=target_names)
@temperature_range(high=50.0, points=40)
@click.option(
    "--defaults", is_flag=True, help="Take TARGET as a glass with the theory's own parameters; no fit."
)
@click.option(
    "--theory",
    metavar="NAME",
    shell_complete=theory_names,
    help=f"Theory, of a glass only.  [default: {THEORY}]",
)
@click.option(
    "--set",
    "settings",
    type=Setting(),
    multiple=True,
    help="Change a parameter of the theory or a constant of the glass, of a glass only; may be repeated.",
)
@click.option("--profile", "profiles", multiple=True, help="Profile a parameter; may be repeated.")
@click.option(
    "--weakest", type=click.IntRange(0, 20), default=0, help="Profile so many of the weakest directions."
)
@click.option(
    "--predict",
    "places",
    type=Place(),
    multiple=True,
    help="Share the variance of a prediction out among the parameters, as in kappa@0.1; may be repeated.",
)
@click.option("--discrepancy", is_flag=True, help="Let predictions hold what the theory misses.")
@click.option(
    "--sobol", type=click.IntRange(2), help="Sobol indices over the priors, with so many base samples."
)
@click.option(
    "--morris", type=click.IntRange(2), help="Morris screening over the priors, with so many paths."
)
@click.option("--hessian", is_flag=True, help="Second derivatives of the log posterior.")
@click.option("--draws", type=click.IntRange(1), default=500, show_default=True, help="Draws for --predict.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of everything."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write NetCDF, CSV and figures here."
)
@forced
@json_instead
@progress_bars
def sensitivity(
    target: str,
    low: float,
    high: float,
    points: int,
    defaults: bool,
    theory: str | None,
    settings: tuple[tuple[str, float], ...],
    profiles: tuple[str, ...],
    weakest: int,
    places: tuple[tuple[str, float], ...],
    discrepancy: bool,
    sobol: int | None,
    morris: int | None,
    hessian: bool,
    draws: int,
    seed: int,
    out: Path | None,
    force: bool,
    as_json: bool,
    bars: bool,
) -> int:
    """Analyse TARGET, a glass, a study or a finished result.

    Of a glass (a shipped one without a study of its name, a glass.toml, or any with --defaults, --theory or --set):
    elasticities of κ, C and α at the parameters of a theory. Of a study (a shipped one's name or a TOML
    file), whose maximum is looked for, or of a result (a folder that glassjax fit wrote, or a NetCDF file):
    elasticities at the maximum, the Fisher information of its data, and what the options ask for.
    """
    check_range(low, high)
    share_cores(None)
    import numpy as np

    from ..precision import enable_x64

    enable_x64()
    T = np.geomspace(low, high, points)
    options: dict[str, Any] = {
        "profile": profiles, "weakest": weakest, "places": places, "sobol": sobol, "morris": morris, "hessian": hessian,
    }  # fmt: skip
    if defaults or settings or theory or is_glass(target):
        wanted = [option for option, given in options.items() if given]
        if wanted:
            raise GlassjaxError(
                f"--{wanted[0].replace('places', 'predict')} needs a study or a result: '{target}' is taken as a glass "
                "here"
            )

        def work() -> "Analysis":
            return _of_glass(target, theory or THEORY, dict(settings), T, bars)
    else:

        def work() -> "Analysis":
            fit = find_fit(target, bars, profiles)
            found = _of_fit(fit, T, bars)
            _extend(found, fit, bars, discrepancy=discrepancy, draws=draws, seed=seed, **options)
            return found

    if out is None:
        found = work()
    else:
        from ..sensitivities.analysis import NUMBERS

        files = {f"{name}.{ending}" for name in (*FIGURES, *_shares_names()) for ending in FORMATS}
        with result_folder(
            out.parent, out.name, (*NUMBERS, *files), request_stake(target), force=force
        ) as folder:
            found = work()
            with working(bars, "writing the numbers and figures"):
                found.save(folder)
                _draw(found, folder)
    echo_either(found, as_json)
    if out is not None:
        click.echo(f"written to {out}", err=True)
    return 0


def _shares_names() -> list[str]:
    return [f"shares-{quantity}" for quantity in QUANTITIES]


def _of_glass(target: str, name: str, settings: dict[str, float], T: "np.ndarray", bars: bool) -> "Analysis":
    from .. import sensitivities
    from ..datasets import load_glass
    from ..sensitivities.analysis import Analysis
    from .answers import choose_theory, set_parameters

    glass, theory = set_parameters(load_glass(target), choose_theory(name, None), name, settings)
    with working(bars, "differentiating the theory"):
        found = interruptible(lambda: sensitivities.sensitivity(theory, glass, T))
    return Analysis(f"Sensitivity of {type(theory).__name__} for {glass.name}, parameters not fitted", found)


def _of_fit(fit: "Result", T: "np.ndarray", bars: bool) -> "Analysis":
    from .. import sensitivities
    from ..sensitivities.analysis import Analysis
    from ..sensitivities.elasticities import own_parameters

    names = own_parameters(fit.theory)
    if "softening" in fit.study.free:
        names = tuple("softening" if name == "omega_c" else name for name in names)
    with working(bars, "differentiating the theory"):
        elasticities = interruptible(
            lambda: sensitivities.sensitivity(fit.theory, fit.glass, T, parameters=names, time=fit.study.time)
        )
    with working(bars, "finding the information of the data"):
        information = interruptible(lambda: sensitivities.fisher(fit))
    return Analysis(f"Sensitivity of {fit.study.name} at its maximum", elasticities, information)


def _extend(
    found: "Analysis",
    fit: "Result",
    bars: bool,
    *,
    profile: tuple[str, ...],
    weakest: int,
    places: tuple[tuple[str, float], ...],
    discrepancy: bool,
    sobol: int | None,
    morris: int | None,
    hessian: bool,
    draws: int,
    seed: int,
) -> None:
    """Add what the options ask for."""
    from .. import sensitivities

    if hessian:
        with working(bars, "differentiating the posterior twice"):
            found.hessian = interruptible(lambda: sensitivities.curvature(fit))
    directions = () if found.information is None else found.information.directions[:weakest]
    asked: list[tuple[Any, str]] = [(name, name) for name in profile]
    asked += [(one.vector, f"the direction of {' and '.join(one.members)}") for one in directions]
    for along, label in asked:
        with counting(bars, f"profiling {label}") as told:
            one = interruptible(
                lambda along=along, label=label, told=told: sensitivities.profile(
                    fit, along, label=label, progress=told
                )
            )
            found.profiles.append(one)
    if sobol is not None:
        with counting(bars, "Sobol indices over the priors") as told:
            found.sobol = interruptible(lambda: sensitivities.sobol(fit, n=sobol, seed=seed, progress=told))
    if morris is not None:
        with counting(bars, "Morris screening over the priors") as told:
            found.morris = interruptible(
                lambda: sensitivities.morris(fit, trajectories=morris, seed=seed, progress=told)
            )
    for quantity in QUANTITIES:
        T = [T for wanted, T in places if wanted == quantity]
        if T:
            with counting(bars, f"predicting {quantity}") as told:
                found.predictions.append(
                    interruptible(
                        lambda quantity=quantity, T=T, told=told: sensitivities.propagate(
                            fit, quantity, T, discrepancy=discrepancy, draws=draws, seed=seed, progress=told
                        )
                    )
                )


def _draw(found: "Analysis", folder: Path) -> None:
    # figure -> the function of glassjax.plotting that draws it, and of what
    drawn: dict[str, tuple[str, Any]] = {
        "elasticities": ("elasticities", found.elasticities),
        "elasticity-curves": ("elasticity_curves", found.elasticities),
        "information": ("information", found.information),
        "profiles": ("profiles", found.profiles or None),
        "sobol": ("indices", found.sobol),
        "morris": ("screening", found.morris),
        **{f"shares-{one.attrs['quantity']}": ("shares", one) for one in found.predictions},
    }

    def draw(function: str, what: Any) -> Any:
        from .. import plotting

        return getattr(plotting, function)(what)

    figures = {name: partial(draw, *entry) for name, entry in drawn.items() if entry[1] is not None}
    write_figures(folder, figures, FORMATS)

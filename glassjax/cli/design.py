"""``glassjax design``: where one more measurement tells most."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..drawing import write_figures
from ..errors import GlassjaxError
from ..quantities import QUANTITIES
from .completion import find_fit, is_glass, request_stake, study_names
from .files import result_folder
from .fit import share_cores
from .options import Setting, check_range, forced, json_instead, progress_bars, temperature_range
from .streams import counting, echo_json, interruptible, working

if TYPE_CHECKING:
    from ..plotting import Panels
    from ..sensitivities import Design
    from ..sensitivities.refits import Refits

FILES = ("design.nc", "design.json", "design.txt", "design.csv", "design.png", "design.svg")


@click.command(short_help="Where to measure next: the information gain of one more row, and the best set.")
@click.argument("target", shell_complete=study_names)
@click.option("--about", help="Free parameters the gain is about, with commas between.  [default: all]")
@click.option(
    "--quantity",
    "quantities",
    type=click.Choice(list(QUANTITIES)),
    multiple=True,
    help="What could be measured.",
)
@click.option(
    "--error",
    "errors",
    type=Setting(),
    multiple=True,
    help="Error of a new row, as in kappa=0.03: relative for kappa and heat-capacity, in 1/K for expansion.  "
    "[default: 0.05, 0.05 and 1e-10]",
)
@click.option(
    "--scale-error",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="Relative error that all new rows of a quantity share.",
)
@temperature_range(high=50.0, points=40)
@click.option("--rows", type=click.IntRange(1, 50), default=1, show_default=True, help="Rows to choose.")
@click.option("--everywhere", is_flag=True, help="Also where the theory is not meant.")
@click.option("--nested", is_flag=True, help="Nested Monte Carlo too, from draws of the posterior.")
@click.option("--draws", type=click.IntRange(10), default=1000, show_default=True, help="Draws for --nested.")
@click.option("--check", type=click.IntRange(2), help="Simulate the first row so often, refit, and compare.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of everything."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write NetCDF, CSV and the figure here."
)
@forced
@json_instead
@progress_bars
def design(
    target: str,
    about: str | None,
    quantities: tuple[str, ...],
    errors: tuple[tuple[str, float], ...],
    scale_error: float,
    low: float,
    high: float,
    points: int,
    rows: int,
    everywhere: bool,
    nested: bool,
    draws: int,
    check: int | None,
    seed: int,
    out: Path | None,
    force: bool,
    as_json: bool,
    bars: bool,
) -> int:
    """Find the best next measurement for TARGET, a study (whose maximum is looked for) or a finished result.

    The gain, in nats, is by how much one more row of κ, C or α at T is expected to shrink the posterior of the
    parameters --about, given the data there are and what the theory misses. Temperatures at which the theory is not
    meant are left out: κ above 0.4 T_D, C above 0.15 T_D, α above 0.01 T_D.
    """
    check_range(low, high)
    share_cores(None)
    import numpy as np

    from ..precision import enable_x64

    enable_x64()
    if is_glass(target):
        raise GlassjaxError(f"a design needs data: '{target}' is a glass; give a study or a result")
    T = np.geomspace(low, high, points)
    names = None if about is None else [name.strip() for name in about.split(",") if name.strip()]

    from .. import sensitivities
    from ..sensitivities.gains import parse_errors
    from ..sensitivities.refits import refits

    wanted = quantities or tuple(QUANTITIES)
    parse_errors(dict(errors), wanted)

    def work() -> "tuple[Design, Refits | None]":
        fit = find_fit(target, bars, names or ())
        with counting(bars, "finding the gains") as told:
            found = interruptible(
                lambda: sensitivities.design(
                    fit,
                    about=names,
                    T=T,
                    quantities=wanted,
                    error=dict(errors),
                    scale_error=scale_error,
                    n=rows,
                    everywhere=everywhere,
                    nested=nested,
                    draws=draws,
                    seed=seed,
                    progress=told,
                )
            )
        if check is None:
            return found, None
        with counting(bars, "fitting simulated measurements") as told:
            return found, interruptible(lambda: refits(fit, found, repeats=check, seed=seed, progress=told))

    if out is None:
        found, checked = work()
    else:
        with result_folder(out.parent, out.name, FILES, request_stake(target), force=force) as folder:
            found, checked = work()
            with working(bars, "writing the numbers and the figure"):
                _write(found, checked, folder)
    if as_json:
        echo_json(json.loads(_json(found, checked)))
    else:
        click.echo(_text(found, checked))
    if out is not None:
        click.echo(f"written to {out}", err=True)
    return 0


def _text(found: "Design", checked: "Refits | None") -> str:
    text = found.summary()
    if checked is None:
        return text
    return (
        f"{text}\n\nSimulated {len(checked.falls)} times and fitted again: entropy falls by {checked.mean:.3f} ± "
        f"{checked.error:.3f} nats, {checked.expected:.3f} expected"
    )


def _json(found: "Design", checked: "Refits | None") -> str:
    plain = found.to_dict()
    if checked is not None:
        plain["check"] = {
            "expected": checked.expected,
            "mean": checked.mean,
            "error": checked.error,
            "falls": checked.falls.tolist(),
            "values": checked.values.tolist(),
        }
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)


def _write(found: "Design", checked: "Refits | None", folder: Path) -> None:
    found.to_dataset().to_netcdf(folder / "design.nc", engine="h5netcdf")
    (folder / "design.txt").write_text(_text(found, checked) + "\n", encoding="utf-8")
    (folder / "design.json").write_text(_json(found, checked) + "\n", encoding="utf-8")
    lines = ["quantity, T [K], error, gain [nats]"]
    for quantity in found.gain["quantity"].values:
        row = found.gain.sel(quantity=quantity)
        error = found.errors[str(quantity)]
        pairs = zip(row["temperature"].values, row.values, strict=True)
        lines += [f"{quantity}, {float(T)!r}, {error!r}, {float(gain)!r}" for T, gain in pairs]
    (folder / "design.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def draw() -> "Panels":
        from ..plotting import design

        return design(found)

    write_figures(folder, {"design": draw})

"""Tables of sensitivities, information, designs and shares in plain text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..quantities import QUANTITIES
from ..results.limits import LEVEL
from ..results.text import aligned, bulleted

if TYPE_CHECKING:
    import xarray as xr

SHOWN = 6  # temperatures of a table


def number(value: float | None) -> str:
    """Return three significant figures, or "none" where there is no number."""
    return "none" if value is None else f"{value:.3g}"


def elasticity_text(found: "xr.Dataset") -> str:
    """Return the elasticities as a table for each quantity, at a few of the temperatures."""
    T = np.asarray(found["temperature"])
    chosen = np.unique(np.linspace(0, len(T) - 1, min(SHOWN, len(T))).round().astype(int))
    logarithmic = np.asarray(found["logarithmic"])
    lines = []
    for quantity in found["quantity"].values:
        known = QUANTITIES[str(quantity)]
        of = f"ln {known.symbol}" if known.logarithmic else known.symbol
        what = f"∂{of}/∂ln θ" + ("" if known.logarithmic else f" [{known.unit}]")
        lines += ["", f"{quantity}: {what}"]
        table = [["", "value", *(f"{T[i]:.3g} K" for i in chosen)]]
        for p, name in enumerate(found["parameter"].values):
            row = np.asarray(found["elasticity"].sel(quantity=quantity, parameter=name))[chosen]
            value, unit = float(found["parameter_value"][p]), str(found["parameter_unit"].values[p])
            label = name if logarithmic[p] else f"{name} *"
            table.append([label, f"{value:.4g} {unit}".strip(), *(_signed(x) for x in row)])
        lines += aligned(table)
    if not logarithmic.all():
        lines += ["", "  * is zero, which has no logarithm: derivative per unit of the parameter"]
    return "\n".join(lines[1:])


def _signed(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:+.3f}" if 1e-3 <= abs(value) < 1e3 else f"{value:+.1e}"


def fisher_text(found: Any) -> str:
    """Return the table of what pins which parameter, and the directions in words."""
    study = found.study
    rows = {block.quantity: len(block.row) for block in study.likelihood.blocks}
    counts = ", ".join(f"{n} of {quantity}" for quantity, n in rows.items())
    lines = [f"Information of {study.name} about {len(found.names)} parameters; fitted rows: {counts}", ""]
    lines += [
        "Standard deviation as data are added, in units of the prior's (in brackets without the priors)"
    ]
    labels = [f"{'' if i == 0 else '+ '}{stage[-1]}" for i, stage in enumerate(found.stages)]
    table = [["", "value", "sd", *labels, "pinned by"]]
    for row in found.table:
        cells: list[str] = []
        for with_priors, without in zip(
            row["with_priors"].values(), row["without_priors"].values(), strict=True
        ):
            cells.append(f"{with_priors:.2f} ({'∞' if without is None else _short(without)})")
        table.append(
            [row["name"], number(row["value"]), number(row["sd"]), *cells, row["pinned_by"] or "the prior"]
        )
    lines += aligned(table)
    with_priors, without = found.condition(priors=True), found.condition()
    lines += [
        "",
        f"Condition number {number(without)} without the priors, {number(with_priors)} with them",
        "",
    ]
    lines += ["Directions, the least determined first (one standard deviation to either side)"]
    for direction in found.directions:
        lines += bulleted(direction.text)
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0e}"


def design_text(found: Any) -> str:
    """Return the best rows, and the best of each quantity."""
    all_of_them = len(found.about) == len(found.information.names)
    about = "all free parameters" if all_of_them else ", ".join(found.about)
    lines = [f"Where to measure next for {found.information.study.name}: gain about {about}", ""]
    lines.append("One more row, at its best temperature")
    table = [["", "T [K]", "error", "gain [nats]"]]
    for quantity in found.gain["quantity"].values:
        row = found.gain.sel(quantity=quantity).dropna("temperature")
        if not row.size:
            table.append([str(quantity), "none", "", "where it is meant"])
            continue
        T = float(row["temperature"][int(np.argmax(row.values))])
        table.append([str(quantity), f"{T:.3g}", _error(quantity, found.errors), f"{float(row.max()):.3f}"])
    lines += aligned(table)
    lines += ["", "The best rows, each given those before; sd in units of the prior's"]
    table = [["", "T [K]", "error", "gain [nats]", *(f"sd {name}" for name in found.about)]]
    table.append(["now", "", "", "0", *(f"{found.before[name]:.3f}" for name in found.about)])
    for i, row in enumerate(found.chosen, start=1):
        error = _error(row["quantity"], found.errors)
        sd = [f"{row['sd'][name]:.3f}" for name in found.about]
        table.append(
            [f"{i} {row['quantity']}", f"{row['temperature']:.3g}", error, f"{row['gain']:.3f}", *sd]
        )
    lines += aligned(table)
    if found.nested is not None:
        posterior, draws = found.nested.attrs["posterior"], found.nested.attrs["draws"]
        lines += ["", f"Nested Monte Carlo with {draws} draws ({posterior}) against the linear gain, in nats"]
        T = found.nested["nested_temperature"].values
        table = [["", *(f"{t:.3g} K" for t in T)]]
        for quantity in found.gain["quantity"].values:
            here = found.nested.sel(quantity=quantity)
            pairs = zip(here["nested_gain"].values, here["nested_error"].values, strict=True)
            table.append([f"{quantity}, nested", *(_gain(gain, error) for gain, error in pairs)])
            linear = found.gain.sel(quantity=quantity, temperature=T).values
            table.append([f"{quantity}, linear", *(_gain(gain) for gain in linear)])
        lines += aligned(table)
    return "\n".join(lines)


def _gain(nats: float, error: float | None = None) -> str:
    if not np.isfinite(nats):
        return "none"
    return f"{nats:.2f}" if error is None else f"{nats:.2f} ± {error:.2f}"


def _error(quantity: str, errors: dict[str, float]) -> str:
    return QUANTITIES[quantity].error_text(errors[quantity])


def share_text(found: "xr.Dataset") -> str:
    """Return a prediction with the shares of its variance, one line a temperature."""
    lines = [f"{found.attrs['quantity']} predicted by {found.attrs['study']}: shares of the variance"]
    for t, T in enumerate(found["temperature"].values):
        at = found.isel(temperature=t)
        unit = found["median"].attrs["units"]
        names = [str(name) for name in found["parameter"].values]
        parts = [*names, "curvature"]
        shares = [*at["share"].values, float(at["curvature"])]
        if found.attrs["with_discrepancy"]:
            parts.append("discrepancy")
            shares.append(float(at["discrepancy"]))
        span = f"{float(at['median']):.4g} ({float(at['low']):.4g} … {float(at['high']):.4g}) {unit}"
        lines += bulleted(f"{T:.4g} K: {span}: {ranked(parts, shares)}")
    return "\n".join(lines)


def profile_text(profiles: Sequence[Any]) -> str:
    """Return the interval of each profile."""
    lines = [f"Profiles: where twice the drop stays below χ² ({LEVEL:.0%})"]
    for found in profiles:
        named = found.along in found.names
        ends = found.parameter_interval() if named else found.interval()
        low, high = ("open" if end is None else f"{end:.3g}" for end in ends)
        unit = "" if named else " standard deviations of the prior"
        note = "" if found.converged.all() else "; not all points converged"
        what = found.along if named else f"along {found.along}"
        lines += bulleted(f"{what}: {low} … {high}{unit}{note}")
    return "\n".join(lines)


def index_text(found: "xr.Dataset", first: str, second: str, heading: str) -> str:
    """Return Sobol's or Morris's numbers: for each quantity the mean over T of ``first`` and ``second``, ranked."""
    lines = [heading]
    for quantity in found["quantity"].values:
        one, two = (found[name].sel(quantity=quantity).mean("temperature").values for name in (first, second))
        order = np.argsort(-two)
        names = found["parameter"].values
        lines += bulleted(
            f"{quantity}: " + ", ".join(f"{names[i]} {one[i]:.2f} ({two[i]:.2f})" for i in order)
        )
    return "\n".join(lines)


def ranked(names: Sequence[str], shares: Sequence[Any]) -> str:
    """Return names with their shares in per cent, the greatest first."""
    order = np.argsort(-np.asarray(shares, dtype=float))
    return ", ".join(f"{names[i]} {100 * float(shares[i]):.0f} %" for i in order)

"""Say in plain text what a study is about to do."""

from typing import TYPE_CHECKING

import jax
import numpy as np

from ..glass import GLASS_CONSTANTS
from ..quantities import QUANTITIES

if TYPE_CHECKING:
    from .discrepancy import Discrepancy
    from .selection import DataSet
    from .specification import Specification


def describe(study: "Specification") -> str:
    """Return data, points a quantity, free parameters with priors, fixed ones and settings."""
    lines = [f"Study {study.name}" + (f": {study.title}" if study.title else "")]
    glass = study.glass
    constants = ", ".join(
        f"{symbol_of(name)} = {float(getattr(glass, name)):g}{' ' + unit if unit else ''}"
        for name, (_, unit, _) in GLASS_CONSTANTS.items()
    )
    lines.append(f"Theory {type(study.theory).__name__} of the glass {glass.name} ({constants})")
    lines += ["", "Data"]
    lines += [_data_line(entry) for entry in study.data]
    counts = ", ".join(
        f"{quantity} {sum(len(e.used.temperature) for e in study.fitted if e.quantity == quantity)}"
        for quantity in study.quantities
    )
    lines.append(f"  points fitted: {counts}")
    lines += ["", "Free parameters and their priors"]
    width = max(len(name) for name in study.free)
    lines += [f"  {name:<{width}}  {prior.describe()}" for name, prior in study.free.items()]
    if study.ties:
        lines += ["", "Tied parameters, and their values at the medians of the priors", *_tied(study)]
    fixed = {**_fixed(study), **study.parameters}
    if fixed:
        lines += [
            "",
            "Fixed parameters",
            "  " + ", ".join(f"{name} = {value:g}" for name, value in fixed.items()),
        ]
    lines += ["", "Discrepancy (what the theory may miss, smooth in ln T)"]
    for quantity in study.quantities:
        lines.append(f"  {quantity}: {_discrepancy(study.discrepancy.get(quantity), study)}")
    sampler = study.sampler
    chains = f"{sampler.chains} chains of {sampler.warmup} + {sampler.draws} steps"
    lines += ["", f"Observation time {study.time:g} s; seed {study.seed}; {sampler.starts} starts; {chains}"]
    return "\n".join(lines)


def symbol_of(constant: str) -> str:
    """Return a glass constant's symbol without mathematical markup."""
    return GLASS_CONSTANTS[constant][0].replace("\\", "")


def _data_line(entry: "DataSet") -> str:
    used = entry.used
    T = used.temperature
    left_out = f", {entry.left_out} rows outside left out" if entry.left_out else ""
    role = "fitted" if entry.role == "fit" else "shown only"
    span = f"{len(T)} rows from {T[0]:.3g} to {T[-1]:.3g} K{left_out}"
    shared = f", scale error {100 * used.scale_error:.3g} %" if used.scale_error else ""
    source = f"; {used.citation}" if used.citation else ""
    return f"  {entry.quantity}: {used.name} ({used.kind}{shared}), {span}; {role}{source}"


def _fixed(study: "Specification") -> dict[str, float]:
    """Return parameters of the theory that are plain numbers and that no free parameter moves."""
    low, high = (
        study.theory_at({name: float(prior.quantile(level)) for name, prior in study.free.items()})
        for level in (0.4, 0.6)
    )
    found = {}
    for parameter in study.theory.parameters():
        values = [getattr(theory, parameter.name, None) for theory in (low, high)]
        numbers = [float(value) for value in values if isinstance(value, (int, float, np.ndarray, jax.Array))]
        if len(numbers) == 2 and numbers[0] == numbers[1] and parameter.name not in study.ties:
            found[parameter.name] = numbers[0]
    return found


def _tied(study: "Specification") -> list[str]:
    at = study.complete({name: prior.median for name, prior in study.free.items()}, np)
    width = max(len(name) for name in study.ties)
    return [f"  {name:<{width}}  = {tie.text} = {float(at[name]):.4g}" for name, tie in study.ties.items()]


def _discrepancy(entry: "Discrepancy | None", study: "Specification") -> str:
    if entry is None:
        return "off"
    amplitude, length = entry.names
    known = QUANTITIES[entry.quantity]
    unit = "" if known.logarithmic else f" {known.unit}"
    if amplitude in study.free or amplitude in study.ties:
        size = "free amplitude" if amplitude in study.free else "tied amplitude"
    elif entry.amplitude is None:
        size = "amplitude a quarter of the rms of the data"
    else:
        size = f"amplitude {entry.amplitude:g}{unit}"
    reach = f"length {entry.length:g}"
    if length in study.free or length in study.ties:
        reach = "free length" if length in study.free else "tied length"
    return f"{entry.kernel}, {size}, {reach} in ln T"

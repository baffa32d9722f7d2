"""Guess units from how large a quantity usually is in glasses."""

import math
from typing import NamedTuple

import numpy as np

from ..datasets.units import value_factor
from ..quantities import QUANTITIES
from .spelling import short

_AT = np.array([0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0])  # K, of the usual sizes
_HOT = 1500.0  # K: nobody measures a glass's conductivity above


class Guess(NamedTuple):
    """A unit, and what the guess rests on."""

    unit: str
    why: str


def usual(quantity: str, T: np.ndarray) -> np.ndarray:
    """Return the usual size (n,) of a quantity in SI at ``T`` (n,) in K, to a factor of about 5 (α: 30)."""
    return np.exp(np.interp(np.log(T), np.log(_AT), np.log(QUANTITIES[quantity].usual)))


def times_usual(quantity: str, T: np.ndarray, value: np.ndarray) -> float:
    """Return the median of |value| over the usual one; 1 if there is nothing to compare."""
    good = (T > 0) & (value != 0)
    if not good.any():
        return 1.0
    logs = np.log(np.abs(value[good])) - np.log(usual(quantity, T[good]))
    return math.exp(float(np.clip(np.median(logs), -700.0, 700.0)))


def guess_unit(quantity: str, T: np.ndarray, value: np.ndarray, molar_mass: float | None = None) -> Guess:
    """Guess the unit of values (n,) at temperatures (n,) in K: the one that makes them most like those of a glass."""
    known = QUANTITIES[quantity]
    candidates = known.units if molar_mass is None else (*known.units, *known.molar_units)
    factors = {unit: value_factor(unit, quantity, molar_mass) for unit in candidates}
    if not known.logarithmic:  # differs too much from glass to glass; no α reaches 1e-3/K
        unit = "1e-6/K" if float(np.max(np.abs(value))) > 1e-3 else "1/K"
        return Guess(
            unit,
            f"the largest is {float(np.max(np.abs(value))):.3g}, and no glass reaches 0.001 {known.unit}",
        )
    ratio = times_usual(quantity, T, value)
    unit = min(candidates, key=lambda unit: abs(math.log(ratio * factors[unit])))
    middle = int(np.argsort(T)[len(T) // 2])
    there = float(usual(quantity, T[middle : middle + 1])[0]) / factors[unit]
    why = f"glasses have about {short(there, 1)} {unit} at {T[middle]:.3g} K, and here it is {value[middle]:.3g}"
    return Guess(unit, why)


def guess_temperature_unit(T: np.ndarray) -> Guess:
    """Guess the unit of temperatures (n,) from their signs and sizes."""
    if T.min() < 0:
        return Guess("degC", f"{T.min():g} is below 0")
    if T.max() > _HOT:
        return Guess("mK", f"{T.max():g} K would be too hot for a glass")
    return Guess("K", "none is below 0")

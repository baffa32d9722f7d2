"""What the reader knows of each quantity: its option, words in headers, units, and how large it is in glasses."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..datasets.units import value_factor
from .spelling import short

__all__ = ["KNOWN", "Guess", "KnownQuantity", "guess_temperature_unit", "guess_unit", "times_usual", "usual"]

_AT = np.array([0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0])  # K, of the usual sizes
_HOT = 1500.0  # K: nobody measures a glass's conductivity above


@dataclass(frozen=True)
class KnownQuantity:
    """What the reader knows of a quantity.

    Attributes
    ----------
    option : str
        Option of ``glassjax new`` that names its file.
    label : str
        How a study's title calls it.
    words : frozenset of str
        Column names that mean it, in lower case, without spaces and signs.
    sizes : tuple of float
        Usual absolute values in SI at 0.1, 0.3, 1, 3, 10, 30, 100 and 300 K. They lie between silica and the polymers
        of the shipped datasets (and, for C of silica above 2 K, Debye's), and hold to a factor of about 5 (α: 30).
    odd : float
        Factor on the usual size, beyond which values are unlike those of any glass.
    units, molar_units : tuple of str
        Units to guess from; those per mole are for a known molar mass.
    """

    option: str
    label: str
    words: frozenset[str]
    sizes: tuple[float, ...]
    odd: float
    units: tuple[str, ...]
    molar_units: tuple[str, ...] = ()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KNOWN = {
    "kappa": KnownQuantity(
        option="kappa",
        label="conductivity",
        words=_words("""
            cond conducibilitàtermica conductividad conductividadtérmica conductivity conductivité
            conductivitéthermique k kappa kappatot kappatotal kth ktot ktotal lambda leitfaehigkeit
            leitfähigkeit tc thermalcond thermalconductivity thermcond waermeleitfaehigkeit wlf
            wärmeleitfähigkeit κ κth κtot κtotal λ
        """),
        sizes=(0.0001, 0.0012, 0.008, 0.025, 0.07, 0.18, 0.4, 0.6),
        odd=30.0,
        units=("W/(m K)", "mW/(cm K)", "W/(cm K)", "mW/(m K)"),
    ),
    "heat-capacity": KnownQuantity(
        option="cp",
        label="heat capacity",
        words=_words("""
            c calorespecífico capacitécalorifique capacitéthermique chaleurspécifique cmol cp cpmol cv
            hc heatcapacity molarheat molarheatcapacity molwärme samphc samplehc sampleheatcapacity
            specificheat specificheatcapacity spezifischewärme spezifischewärmekapazität spezwärme
            spezwärmekapazität waermekapazitaet wärmekapazität
        """),
        sizes=(0.0002, 0.0015, 0.01, 0.3, 10.0, 110.0, 400.0, 1000.0),
        odd=30.0,
        units=("J/(kg K)", "J/(g K)"),
        molar_units=("J/(mol K)", "mJ/(mol K)"),
    ),
    "expansion": KnownQuantity(
        option="alpha",
        label="expansion",
        words=_words("""
            a alpha alphal ausdehnung ausdehnungskoeffizient coefficientofthermalexpansion cte
            dilatation expansion expansioncoefficient expansivity linearexpansion linearthermalexpansion
            längenausdehnungskoeffizient thermalexpansion thermalexpansioncoefficient wärmeausdehnung
            wärmeausdehnungskoeffizient α αl
        """),
        sizes=(2e-10, 6e-10, 3e-09, 5e-08, 1e-06, 1e-05, 3e-05, 7e-05),
        odd=1000.0,
        units=("1/K", "1e-6/K"),
    ),
}


class Guess(NamedTuple):
    """A unit, and what the guess rests on."""

    unit: str
    why: str


def usual(quantity: str, T: np.ndarray) -> np.ndarray:
    """Return the usual size (n,) of a quantity in SI at ``T`` (n,) in K, to a factor of about 5 (α: 30)."""
    return np.exp(np.interp(np.log(T), np.log(_AT), np.log(KNOWN[quantity].sizes)))


def times_usual(quantity: str, T: np.ndarray, value: np.ndarray) -> float:
    """Return the median of |value| over the usual one; 1 if there is nothing to compare."""
    good = (T > 0) & (value != 0)
    if not good.any():
        return 1.0
    logs = np.log(np.abs(value[good])) - np.log(usual(quantity, T[good]))
    return math.exp(float(np.clip(np.median(logs), -700.0, 700.0)))


def guess_unit(quantity: str, T: np.ndarray, value: np.ndarray, molar_mass: float | None = None) -> Guess:
    """Guess the unit of values (n,) at temperatures (n,) in K: the one that makes them most like those of a glass."""
    known = KNOWN[quantity]
    candidates = known.units if molar_mass is None else (*known.units, *known.molar_units)
    factors = {unit: value_factor(unit, quantity, molar_mass) for unit in candidates}
    if quantity == "expansion":  # differs too much from glass to glass; no α reaches 1e-3/K
        unit = "1e-6/K" if float(np.max(np.abs(value))) > 1e-3 else "1/K"
        return Guess(
            unit, f"the largest is {float(np.max(np.abs(value))):.3g}, and no glass reaches 0.001 1/K"
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

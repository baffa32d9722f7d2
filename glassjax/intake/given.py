"""Constants of a glass as people give them: a number, perhaps with an uncertainty and a unit."""

import math
import re
from dataclasses import dataclass

from ..datasets.constants import CONSTANTS
from ..errors import GlassjaxError
from .numerals import UnclearNumber, number

__all__ = ["Given", "debye_mean", "read_constant"]

_UNCERTAINTY = re.compile(r"\s*(?:±|\+/-|\+-)\s*")
_BRACKETS = re.compile(r"([\d.,]+?)\((\d+)\)")
_UNIT = re.compile(r"\s*(%|[A-Za-zµ°℃][\w/^°³⁻ ·-]*)\s*$")


@dataclass(frozen=True)
class _Kind:
    """What a constant can be: its option, range in SI, the uncertainty assumed for it, and other units of it."""

    option: str
    low: float
    high: float
    assumed: float
    units: dict[str, float]


_KINDS = {
    "glass_temperature": _Kind("--tg", 30.0, 3000.0, 0.03, {"K": 1.0}),
    "debye_temperature": _Kind("--debye", 10.0, 2000.0, 0.05, {"K": 1.0}),
    "density": _Kind(
        "--density",
        300.0,
        12_000.0,
        0.01,
        {"kg/m3": 1.0, "g/cm3": 1e3, "g/cc": 1e3, "kg/l": 1e3, "g/ml": 1e3},
    ),
    "sound_speed": _Kind("--sound", 300.0, 10_000.0, 0.03, {"m/s": 1.0, "km/s": 1e3, "cm/s": 1e-2}),
    "fragility": _Kind("--fragility", 1.0, 300.0, 0.2, {}),
}
_EXAMPLES = {"density": "2200±10", "sound_speed": "4100±50", "fragility": "30±5"}
_DEGREES = ("degC", "°C", "C", "℃")
_ZERO = 273.15


@dataclass(frozen=True)
class Given:
    """A constant somebody knows, in SI.

    Attributes
    ----------
    value, uncertainty : float
        The standard error, assumed where none was given.
    stated : bool
        Whether the uncertainty was given.
    source : str
        Where the value comes from, as far as it is known here.
    """

    value: float
    uncertainty: float
    stated: bool
    source: str


def read_constant(name: str, text: str, source: str, *, option: str | None = None) -> Given:
    """Read a constant such as ``1490±20``, ``1490 +/- 20 K``, ``2.20(1) g/cm3`` or ``5,97 km/s``.

    Parameters
    ----------
    name : str
        One of `glassjax.datasets.constants.CONSTANTS`.
    text : str
        In SI where it names no unit. An uncertainty may be in %.
    source : str
        Kept as the constant's source.
    option : str, optional
        How the value is called in a refusal; the option of ``glassjax new`` if not given.

    Raises
    ------
    GlassjaxError
        If it is not understood, or no glass has such a value.
    """
    kind = _KINDS[name]
    option = option or kind.option
    value, sigma, unit, unit_of_sigma = _parsed(text, option, _EXAMPLES.get(name, "1490±20"))
    value, factor = _in_si(value, unit, name, option)
    _refuse_outside(value, factor, name, option, bool(unit))
    if sigma is None:
        return Given(value, kind.assumed * value, False, source)
    sigma = sigma / 100 * value if unit_of_sigma == "%" else sigma * factor
    if not sigma < value:
        raise GlassjaxError(
            f"{option}: the uncertainty {sigma:g} must be below the value {value:g}; correct it or leave it out"
        )
    return Given(value, sigma, True, source)


def _parsed(text: str, option: str, example: str) -> tuple[float, float | None, str, str]:
    """Return value and uncertainty as written, and the unit of each."""
    bracketed = _BRACKETS.search(text)
    if bracketed:
        _, _, decimals = bracketed[1].replace(",", ".").partition(".")
        digits = f"{float(bracketed[2]) / 10 ** len(decimals):.{len(decimals)}f}"
        text = text.replace(bracketed[0], f"{bracketed[1]}±{digits}")
    parts = _UNCERTAINTY.split(text.strip())
    if len(parts) > 2 or not all(parts):
        raise GlassjaxError(f"{option}: '{text}' is not understood; write for example {example}")
    value, unit = _amount(parts[0], option, example)
    if len(parts) == 1:
        return value, None, unit, ""
    sigma, unit_of_sigma = _amount(parts[1], option, example)
    unit = unit or unit_of_sigma.replace("%", "")
    if unit_of_sigma not in ("", "%", unit):
        raise GlassjaxError(f"{option}: value and uncertainty are in different units; write both in {unit}")
    return value, sigma, unit, unit_of_sigma


def _in_si(value: float, unit: str, name: str, option: str) -> tuple[float, float]:
    """Return a value in SI, and the factor that its uncertainty takes."""
    units = _KINDS[name].units
    if "K" in units and unit in _DEGREES:
        return value + _ZERO, 1.0
    if unit and unit not in units:
        known = ", ".join(units) or "no unit"
        raise GlassjaxError(f"{option}: '{unit}' is no unit of the {name.replace('_', ' ')}; write {known}")
    factor = units.get(unit, 1.0)
    return value * factor, factor


def _refuse_outside(value: float, factor: float, name: str, option: str, has_unit: bool) -> None:
    kind = _KINDS[name]
    if kind.low <= value <= kind.high:
        return
    others = [unit for unit, other in kind.units.items() if kind.low <= value / factor * other <= kind.high]
    remedy = f"did you mean {value:g} {others[0]}?" if others and not has_unit else "correct it"
    unit = f" {CONSTANTS[name]}" if CONSTANTS[name] != "1" else ""
    raise GlassjaxError(
        f"{option}: {value:g}{unit} lies outside what glasses have, {kind.low:g} to {kind.high:g}; {remedy}"
    )


def _amount(text: str, option: str, example: str) -> tuple[float, str]:
    """Return the positive number in a text, and the unit behind it."""
    found = _UNIT.search(text)
    unit = "" if found is None else re.sub(r"\s+|\^", "", found[1]).replace("³", "3")
    bare = text[: found.start()] if found else text
    try:
        value = number(bare, ".")
        value = number(bare, ",") if value is None else value
    except UnclearNumber as problem:
        raise GlassjaxError(f"{option}: {problem}") from None
    if value is None or not value > 0:
        raise GlassjaxError(f"{option}: '{text}' is not a positive number; write for example {example}")
    return value, unit


def debye_mean(longitudinal: Given, transverse: Given) -> Given:
    """Return the Debye mean of the speeds of sound, 3/c³ = 1/c_l³ + 2/c_t³, and its uncertainty.

    Raises
    ------
    GlassjaxError
        If the longitudinal speed is not the larger by 2/√3 at least, as it is in every stable solid.
    """
    if longitudinal.value < transverse.value * 2 / math.sqrt(3):
        raise GlassjaxError(
            f"--longitudinal ({longitudinal.value:g} m/s) must exceed --transverse ({transverse.value:g} m/s) by 15 % "
            "or more, as in every stable solid; are they exchanged?"
        )
    weights = (longitudinal.value**-3, 2 * transverse.value**-3)
    mean = (sum(weights) / 3) ** (-1 / 3)
    relative = math.hypot(
        weights[0] * longitudinal.uncertainty / longitudinal.value,
        weights[1] * transverse.uncertainty / transverse.value,
    ) / sum(weights)
    source = (
        f"{longitudinal.source}: Debye mean of {longitudinal.value:g} m/s longitudinal and "
        f"{transverse.value:g} m/s transverse, 3/c^3 = 1/c_l^3 + 2/c_t^3"
    )
    return Given(mean, mean * relative, longitudinal.stated and transverse.stated, source)

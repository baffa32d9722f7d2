"""Units as people write them, converted to SI."""

import functools
import math
import re
import tokenize
from collections.abc import Callable
from typing import Any

import numpy as np

from ..quantities import QUANTITIES

_PLAIN = re.compile(r"[\w\s/*^().+\-·⋅×−⁰¹²³⁴⁵⁶⁷⁸⁹⁻%°µμ]{1,60}")
_POWER_OF_NUMBER = re.compile(r"\d[\s)]*(?:\*\*|\^)")
_LONG_EXPONENT = re.compile(r"(?:\*\*|\^)[\s(+-]*\d{3}")
_GLUED = re.compile(r"/\s*(kg|mg|cm|mm|mol|g|m)K\b")
_LOOSE = re.compile(r"/\s*(\w+)\s*[ *·⋅.×-]\s*K$")
_DOT = re.compile(r"(?<=[\w)])\s*\.\s*(?=[^\W\d_]|\()")
_SIGNS = str.maketrans({"−": "-", "·": "*", "⋅": "*", "×": "*"})
_INVERSE = re.compile(r"\b([^\W\d_]+)(-?\d+)\b")


class UnitProblem(ValueError):
    """A unit that cannot be used; the message says why, and what to write instead."""


def value_factor(unit: str, quantity: str, molar_mass: int | float | None = None) -> float:
    """Return the factor that turns a value in ``unit`` into SI.

    Parameters
    ----------
    unit : str
        For example ``W/cm/K``, ``mJ/(g K)``, ``J/mol/K``, ``1e-6/K``.
    quantity : str
        One of `QUANTITIES`.
    molar_mass : float, optional
        In g/mol; needed for a heat capacity per mole.

    Raises
    ------
    UnitProblem
        If the unit is unknown, of another dimension, or per mole without a molar mass.
    """
    wanted = QUANTITIES[quantity].unit
    # Spelled so, no units library is needed (it costs half a second).
    if unit in (wanted, wanted.replace("(", "").replace(" ", "/").replace(")", "")):
        return 1.0
    hint = f"write for example {QUANTITIES[quantity].examples}"
    parsed = _parse(unit, hint)
    if quantity == "heat-capacity" and parsed.is_compatible_with("J/mol/K"):
        if molar_mass is None:
            raise UnitProblem(
                f"the unit '{unit}' is per mole and no molar mass is known; give molar_mass in g/mol, "
                "or the line '# molar_mass: … g/mol' at the top of the file"
            )
        parsed = parsed / _registry().Quantity(molar_mass, "g/mol")
    if not parsed.is_compatible_with(wanted):
        why = _meant(unit) or f"it has not the dimension of {wanted}; {hint}"
        raise UnitProblem(f"the unit '{unit}' is no unit of {quantity}: {why}")
    factor = float(parsed.m_as(wanted))
    if not (np.isfinite(factor) and factor > 0):
        raise UnitProblem(f"the unit '{unit}' has the factor {factor:g}; {hint}")
    return factor


def kelvin(unit: str) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that turns temperatures in ``unit`` (K, mK, degC, degF …) into K."""
    if unit in ("", "K"):
        return lambda temperature: temperature
    hint = "write K, mK or degC"
    parsed = _parse(unit, hint)
    if "delta" in unit or not parsed.is_compatible_with("K") or parsed.magnitude != 1:
        why = "C is the coulomb, write degC" if unit == "C" else hint
        raise UnitProblem(f"the unit '{unit}' is no unit of temperature: {why}")
    return lambda temperature: _registry().Quantity(temperature, parsed.units).m_as("K")


def molar_mass_in_grams(text: str) -> float:
    """Return a molar mass in g/mol from a text such as ``100.0 g/mol``, ``0.1 kg/mol`` or ``100``."""
    return _positive(text, "molar mass", "g/mol", "100 g/mol")


def mass_in_kilograms(text: str) -> float:
    """Return the mass of a sample in kg from a text such as ``12.5 mg``, ``0.3 g`` or ``12.5``, which is in mg."""
    return 1e-6 * _positive(text, "mass", "mg", "12.5 mg")


def _positive(text: str, what: str, wanted: str, example: str) -> float:
    """Return a positive number in the unit ``wanted``, in which it is taken to be where the text names none."""
    hint = f"write for example {example}"
    found = re.fullmatch(r"\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?|[-+]?inf|nan)\s*(\S.*)?", text.strip())
    try:
        number = float(found[1]) if found else math.nan
    except ValueError:
        found, number = None, math.nan
    if found is None:
        raise UnitProblem(f"the {what} '{text}' is not understood; {hint}")
    if found[2]:
        unit = found[2].strip()
        parsed = _parse(unit, hint)
        if not parsed.is_compatible_with(wanted):
            raise UnitProblem(f"the unit '{unit}' is no unit of {what}; {hint}")
        number *= float(parsed.m_as(wanted))
    if not (np.isfinite(number) and number > 0):
        raise UnitProblem(f"the {what} '{text}' must be a positive number; {hint}")
    return number


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()


def _parse(unit: str, hint: str) -> Any:
    """Return the unit as a quantity of the units library."""
    unknown = f"unknown unit '{unit}': {_meant(unit) or hint}"
    huge = len(_POWER_OF_NUMBER.findall(unit)) > 1 or _LONG_EXPONENT.search(unit)
    if not _PLAIN.fullmatch(unit) or huge:
        raise UnitProblem(unknown)
    import pint

    # The library reads dots and inverse powers ("m-1") differently from version to version.
    plain = unit.translate(_SIGNS)
    plain = _INVERSE.sub(r"\1**\2", _DOT.sub("*", plain))
    try:
        parsed = _registry().parse_expression(plain)
    except pint.errors.OffsetUnitCalculusError:
        message = f"the unit '{unit}' holds degrees with an offset, which only a temperature may have; {hint}"
        raise UnitProblem(message) from None
    except (
        pint.errors.PintError,
        tokenize.TokenError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        SyntaxError,
        TypeError,
        ValueError,
    ):
        raise UnitProblem(unknown) from None
    return parsed if isinstance(parsed, _registry().Quantity) else _registry().Quantity(parsed)


def _meant(unit: str) -> str:
    """Say what a spelling with a well-known trap does, and what was probably meant; or nothing."""
    glued = _GLUED.search(unit)
    if glued:
        literal = "mK is the millikelvin" if glued[1] == "m" else f"there is no unit '{glued[1]}K'"
        return literal + "; write " + _GLUED.sub(r"/(\1 K)", unit)
    if _LOOSE.search(unit):
        return "the K stands above the fraction bar; write " + _LOOSE.sub(r"/(\1 K)", unit)
    return ""

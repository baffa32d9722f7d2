"""Numbers as users give them: one or many, with a unit or without; what is none is refused in a sentence."""

import math
import numbers
import operator
import os
from pathlib import Path
from typing import Any

from .errors import GlassjaxError, StudyError

_REAL = ("i", "u", "f")  # kinds of NumPy's types


def as_finite(value: Any) -> float | None:
    """Return a plain number as a float, and None for all else: a text, a bool, NaN, infinity, 10**400."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def whole_number(
    value: Any, what: str, least: int = 1, most: int | None = None, error: type[GlassjaxError] = StudyError
) -> int:
    """Return a whole number, one of NumPy too; refuse anything else, and what lies outside ``least`` … ``most``."""
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least or (most is not None and number > most):
        wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise error(f"{what} must be a whole number {wanted}, not {value!r}")
    return number


def check_seed(value: Any) -> int:
    """Return a seed, refused if it is none."""
    return whole_number(value, "seed", 0, 2**32 - 1)


def as_path(value: Any, what: str) -> Path:
    """Return a path, refused if it is neither a text nor a path."""
    if not isinstance(value, (str, os.PathLike)):
        raise GlassjaxError(f"{what} must be a name or a path, not of the type {type(value).__name__}")
    return Path(value)


def has_unit(value: Any) -> bool:
    """Whether a value carries a unit that it can be converted from, as those of pint, astropy and unyt do."""
    return hasattr(value, "to") and (hasattr(value, "units") or hasattr(value, "unit"))


def number_array(value: Any, what: str, unit: str = "", error: type[GlassjaxError] = GlassjaxError) -> Any:
    """Return real numbers as an array of float64, of any shape.

    What carries a unit is converted to ``unit``, written as pint does; an array of xarray with other ``units`` among
    its attributes is refused.

    Raises
    ------
    GlassjaxError
        If something is masked, of another dimension, or no real number. NaN and infinity are numbers here.
    """
    import numpy as np  # the command line reads this module before it needs NumPy

    wanted = f"{what} must be real numbers{' in ' + unit if unit else ''}"
    if isinstance(value, (list, tuple)) and any(map(has_unit, value)):
        value = [_plain(entry, what, unit, error) for entry in value]
    plain = _plain(value, what, unit, error)
    if np.ma.is_masked(plain):
        raise error(f"{what} has masked entries; leave them out, as by .compressed()")
    if hasattr(plain, "columns") or isinstance(plain, (dict, set, frozenset)):
        raise error(
            f"{wanted}, in a list or an array, not of the type {type(value).__name__}; give one column"
        )
    told = str(getattr(plain, "attrs", {}).get("units", unit)).replace(" ", "*")
    if told not in (unit, "kelvin" if unit == "K" else unit):
        raise error(f"{wanted}, not in {told!r}, as the attribute 'units' has it; convert them")
    try:
        found = np.asarray(plain)
        if found.dtype.kind == "O" and getattr(getattr(plain, "dtype", None), "kind", "") in _REAL:
            found = np.asarray(plain, dtype=float)  # of pandas, which raises where one is missing
    except (TypeError, ValueError, OverflowError):
        raise error(f"{wanted}, in lists of one length") from None
    if found.dtype.kind not in _REAL and found.size:
        raise error(f"{wanted}, not {_short(value)} (of the type {found.dtype})")
    return np.array(found, dtype=np.float64)


def _plain(value: Any, what: str, unit: str, error: type[GlassjaxError]) -> Any:
    """Return a value without its unit, in ``unit``."""
    if not has_unit(value):
        return value
    try:
        converted = value.to(unit or "dimensionless")
    except (TypeError, ValueError, AttributeError) as reason:  # what these libraries derive their errors from
        own = getattr(value, "units", getattr(value, "unit", ""))
        raise error(
            f"{what} is given in '{own}', which cannot be converted to '{unit or 'a pure number'}'"
        ) from reason
    return next(getattr(converted, name) for name in ("magnitude", "value") if hasattr(converted, name))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:50]} …"

"""Numbers that a user gives one at a time."""

import math
from typing import Any

__all__ = ["as_finite"]


def as_finite(value: Any) -> float | None:
    """Return a plain number as a float, and None for all else: a text, a bool, NaN, infinity, 10**400."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None

"""Intervals and limits: how a set of draws becomes the numbers of a table row.

Intervals are equal-tailed, 89 % of the draws (5.5 % on each side). A parameter whose draws pile up at a
bound has no such interval, it has a limit. The rule: let b be the bound and q the distance from b that 95 %
of the draws keep below; if at least 5 % of the draws lie within q/10 of b, the parameter is reported as
"below b + q at 95 %" (above, for an upper bound). Draws of a half-normal put 16 % there, those of a normal 3
standard deviations away from the bound 0.6 %. Draws that pile up at both bounds fill their range: they keep
their interval, and the parameter is named as not determined.
"""

import math
from dataclasses import dataclass

import numpy as np

__all__ = ["LEVEL", "LIMIT_LEVEL", "Interval", "interval", "pile_up"]

LEVEL = 0.89
LIMIT_LEVEL = 0.95
CLOSE = 0.1
SHARE = 0.05


@dataclass(frozen=True)
class Interval:
    """What a row says: an interval, or a limit with one end missing.

    ``limit`` is "upper" (only ``high`` is given), "lower" (only ``low``) or None. ``bound`` is the bound the
    draws pile up at, and ``fills`` is true where they fill the whole range.
    """

    low: float | None
    high: float | None
    limit: str | None = None
    bound: float | None = None
    fills: bool = False


def pile_up(draws: np.ndarray, bound: float) -> float | None:
    """Distance from ``bound`` that 95 % of the ``draws`` (n,) keep below, if they pile up at it; else None."""
    if not math.isfinite(bound):
        return None
    distance = np.abs(draws - bound)
    reach = float(np.quantile(distance, LIMIT_LEVEL))
    return reach if np.mean(distance <= CLOSE * reach) >= SHARE else None


def interval(draws: np.ndarray, low: float, high: float, level: float = LEVEL) -> Interval:
    """Reduce ``draws`` (n,) of a parameter with prior bounds ``low`` and ``high`` to an interval or a limit."""
    tail = (1 - level) / 2
    ends = [float(end) for end in np.quantile(draws, [tail, 1 - tail])]
    at_low, at_high = pile_up(draws, low), pile_up(draws, high)
    if at_low is not None and at_high is not None:
        return Interval(ends[0], ends[1], fills=True)
    if at_low is not None:
        return Interval(None, low + at_low, "upper", low)
    if at_high is not None:
        return Interval(high - at_high, None, "lower", high)
    return Interval(ends[0], ends[1])

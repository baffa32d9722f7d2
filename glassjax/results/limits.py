"""Intervals and limits: how a set of draws becomes the numbers of a table row.

Intervals are equal-tailed, 89 % of the draws (5.5 % on each side). A parameter whose draws pile up at a
bound has no such interval, it has a limit. The rule: the density of the draws next to the bound is at least a third
of the greatest, as that of a normal cut off within 1.5 standard deviations of its centre is. Next to the bound means
among the nearest 0.5 % of the draws (10 at least), the greatest is that of the densest 5 % of the draws in a row. The
parameter is then reported as "below b + q at 95 %" (above, for an upper bound), q being the distance from the bound b
that 95 % of the draws keep below. A density that vanishes at the bound, as that of a log-normal does at 0, gives an
interval however wide it is; under a log-normal prior, unbounded in ln x, there is no bound at all. Draws of a Gaussian
in the sampling coordinates (Laplace's, of a maximum) vanish at every bound by construction; there at least 5 % of the
draws must lie within q/10 of the bound. Draws that pile up at both bounds fill their range: they keep their interval,
and the parameter is named as not determined.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..problem.priors import Prior

LEVEL = 0.89
LIMIT_LEVEL = 0.95
NEAR, FEWEST = 0.005, 10  # share of the draws, and number, next to a bound
DENSEST = 0.05
PILED = 1 / 3
CLOSE, SHARE = 0.1, 0.05  # of a Gaussian in the sampling coordinates


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


def ends(prior: "Prior") -> tuple[float, float]:
    """Return the bounds at which draws may pile up: those of the prior, but for 0 where its logarithm is normal."""
    return (-math.inf, math.inf) if prior.distribution == "log-normal" else prior.support


def pile_up(draws: np.ndarray, bound: float, *, gaussian: bool = False) -> float | None:
    """Distance from ``bound`` that 95 % of the ``draws`` (n,) keep below, if they pile up at it; else None."""
    if not math.isfinite(bound):
        return None
    distance = np.sort(np.abs(draws - bound))
    reach = float(np.quantile(distance, LIMIT_LEVEL))
    if gaussian:
        return reach if np.mean(distance <= CLOSE * reach) >= SHARE else None
    n = len(distance)
    near = min(max(FEWEST, round(NEAR * n)), n)
    row = min(max(FEWEST, round(DENSEST * n)), n - 1)
    shortest = float(np.min(distance[row:] - distance[:-row])) if row > 0 else 0.0
    # density at the bound near/(n d) against row/(n shortest), neither divided
    if near * shortest < PILED * row * float(distance[near - 1]):
        return None
    return reach


def interval(
    draws: np.ndarray, low: float, high: float, level: float = LEVEL, *, gaussian: bool = False
) -> Interval:
    """Reduce ``draws`` (n,) of a parameter with prior bounds ``low`` and ``high`` to an interval or a limit.

    ``gaussian`` says that they are of a Gaussian in the sampling coordinates.
    """
    tail = (1 - level) / 2
    ends = [float(end) for end in np.quantile(draws, [tail, 1 - tail])]
    at_low, at_high = (pile_up(draws, bound, gaussian=gaussian) for bound in (low, high))
    if at_low is not None and at_high is not None:
        return Interval(ends[0], ends[1], fills=True)
    if at_low is not None:
        return Interval(None, low + at_low, "upper", low)
    if at_high is not None:
        return Interval(high - at_high, None, "lower", high)
    return Interval(ends[0], ends[1])


def percent(log_ratio: float) -> str:
    """Return a difference of logarithms as a percentage."""
    return f"{100 * abs(math.expm1(log_ratio)):.0f} %"

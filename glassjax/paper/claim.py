"""A number the paper prints, set against what its formulas give."""

import math
from dataclasses import dataclass

__all__ = ["ROUNDING", "VERDICTS", "Claim", "Printed", "about", "above", "below", "between", "order"]

VERDICTS = ("reproduced", "to rounding", "not reproduced", "no number printed")

ROUNDING = 0.1
"""A number that misses a printed one by less than this share of it agrees to rounding; ranges have their ends."""


@dataclass(frozen=True)
class Printed:
    """What the paper prints: its words, and the numbers that agree with them.

    Attributes
    ----------
    text : str
        As printed.
    low, high : float
        Ends of the interval of numbers that round to it.
    rounding : float
        Share of an end by which a number may miss it and agree to rounding.
    """

    text: str
    low: int | float = math.nan
    high: int | float = math.nan
    rounding: float = ROUNDING


def about(value: int | float, half: int | float, text: str = "") -> Printed:
    """Return a printed ``value`` whose last digit is good to ``half``, usually half a unit."""
    return Printed(text or f"{value:g}", value - half, value + half)


def order(value: int | float, text: str) -> Printed:
    """Return a value given by its order of magnitude: half a decade to either side."""
    return Printed(text, value / math.sqrt(10), value * math.sqrt(10))


def between(low: int | float, high: int | float, text: str) -> Printed:
    """Return a range, to which no rounding is added."""
    return Printed(text, low, high, rounding=0.0)


def above(value: int | float, text: str = "") -> Printed:
    """Return a lower bound of a positive number."""
    return Printed(text or f"> {value:g}", value, math.inf)


def below(value: int | float, text: str = "") -> Printed:
    """Return an upper bound of a positive number."""
    return Printed(text or f"< {value:g}", 0.0, value)


@dataclass(frozen=True)
class Claim:
    """One row of the table.

    Attributes
    ----------
    where : str
        Equation, figure or section of the paper.
    what : str
        The quantity, with its unit.
    printed : Printed
    computed : float
        From the formulas, with the constants the paper names.
    note : str
        Constants that were taken, and why the two differ if they do.
    """

    where: str
    what: str
    printed: Printed
    computed: float
    note: str = ""

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`: whether the computed number rounds to the printed one."""
        low, high = sorted((self.printed.low, self.printed.high))
        if math.isnan(low):
            return "no number printed"
        if low <= self.computed <= high:
            return "reproduced"
        nearest = low if self.computed < low else high
        if abs(self.computed - nearest) <= self.printed.rounding * abs(nearest):
            return "to rounding"
        return "not reproduced"

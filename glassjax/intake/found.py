"""What is known of a file while it is read, the quantity as it was found in it, and whether it looks like a glass."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..datasets.measurement import Measurement
from .columns import OPTIONS, Decide
from .numerals import short
from .sheet import Sheet
from .units import times_usual

__all__ = ["FEWEST", "Progress", "Reading", "named_lines", "size_warnings"]

_LISTED = 8


@dataclass
class Progress:
    """A sheet, the quantity wanted of it, who settles doubts, the notes and warnings so far, and what each line is."""

    sheet: Sheet
    quantity: str
    decide: Decide
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def option(self) -> str:
        """Option that gives the unit of the values."""
        return f"--{OPTIONS[self.quantity]}-unit"

    def leave_out(self, numbers: Sequence[int], why: str, warn: bool = False) -> None:
        """Leave lines out, and say why."""
        if numbers:
            self.sheet.lines.update(dict.fromkeys(numbers, f"left out: {why}"))
            (self.warnings if warn else self.notes).append(f"{named_lines(numbers)} left out: {why}")

    def lines(self) -> tuple[tuple[int, int, str], ...]:
        """Return first and last line of each run of lines, and what they are."""
        runs: list[tuple[int, int, str]] = []
        for i, what in sorted(self.sheet.lines.items()):
            if runs and runs[-1][2] == what:
                runs[-1] = (runs[-1][0], i, what)
            else:
                runs.append((i, i, what))
        return tuple(runs)


def named_lines(numbers: Sequence[int]) -> str:
    """Name lines of the file: ``line 7``, ``lines 7, 9 and 12``."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    if len(numbers) > _LISTED:
        return f"{len(numbers)} lines ({', '.join(map(str, numbers[:3]))} … {numbers[-1]})"
    return f"lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


FEWEST = 5  # rows, below which a fit says little
_ODD = {"kappa": 30.0, "heat-capacity": 30.0, "expansion": 1000.0}  # times the usual size


@dataclass(frozen=True)
class Reading:
    """One quantity as read from one file.

    Attributes
    ----------
    path : Path
        The export.
    measurement : Measurement
        In SI, sorted, no temperature twice; its ``origin`` names the file, its hash and what was converted.
    unit, temperature_unit : str
        Units in the file.
    rows : int
        Rows of numbers in the file, before any was left out or averaged.
    notes, warnings : tuple of str
        What was done, and what looks wrong; a sentence each, without the file's name.
    columns : dict of str to str
        Names of the columns that were used, by what they are: ``T``, ``value``, ``its error`` …
    aside : tuple of str
        Names of the columns that were not used.
    lines : tuple of (int, int, str)
        First and last line of each run of lines of the file, and what they are: ``read``, ``column names``,
        ``left out: …``. Every line of the file is in one of them.
    sheet : str
        Sheet of a workbook.
    used : tuple of str
        Columns by which rows were chosen.
    """

    path: Path
    measurement: Measurement
    unit: str
    temperature_unit: str
    rows: int
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)
    aside: tuple[str, ...] = ()
    lines: tuple[tuple[int, int, str], ...] = ()
    sheet: str = ""
    used: tuple[str, ...] = ()


def size_warnings(quantity: str, T: np.ndarray, value: np.ndarray, unit: str) -> list[str]:
    """Say where values (n,) in SI at ``T`` (n,) in K are unlike those of any glass, or few."""
    found, odd = [], _ODD[quantity]
    times = times_usual(quantity, T, value)
    if not 1 / odd < times < odd:
        how = f"{short(times)} times what" if times > 1 else f"one {short(1 / times)}th of what"
        found.append(f"{quantity} is {how} glasses have: is {unit} right, and is T?")
    if len(T) < FEWEST:
        found.append(f"only {'one row' if len(T) == 1 else f'{len(T)} rows'}: a fit will say little")
    return found

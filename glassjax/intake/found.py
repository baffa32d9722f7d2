"""One quantity as it was found in a file, and whether it looks like that of a glass."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..datasets.measurement import Measurement
from .magnitudes import times_usual
from .numerals import short

__all__ = ["FEWEST", "Reading", "size_warnings"]

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

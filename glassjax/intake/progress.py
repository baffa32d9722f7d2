"""What is known of a file while it is read, and what will be told of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from .columns import OPTIONS, Decide
from .sheet import Sheet

__all__ = ["Progress", "named_lines"]

_LISTED = 8


@dataclass
class Progress:
    """A sheet, the quantity wanted of it, who settles doubts, and the notes and warnings so far."""

    sheet: Sheet
    quantity: str
    decide: Decide
    notes: list[str]
    warnings: list[str]

    @property
    def option(self) -> str:
        """Option that gives the unit of the values."""
        return f"--{OPTIONS[self.quantity]}-unit"


def named_lines(numbers: Sequence[int]) -> str:
    """Name lines of the file: ``line 7``, ``lines 7, 9 and 12``."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    if len(numbers) > _LISTED:
        return f"{len(numbers)} lines ({', '.join(map(str, numbers[:3]))} … {numbers[-1]})"
    return f"lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"

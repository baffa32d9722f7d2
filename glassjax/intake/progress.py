"""What is known of a file while it is read, and what will be told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .columns import OPTIONS, Decide
from .sheet import Sheet

__all__ = ["Progress", "named_lines"]

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

"""Numbers of a sheet's rows: what is missing is left out and told, what cannot be read is refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .columns import Columns
from .numerals import UnclearNumber, is_missing, measured, number
from .progress import Progress, named_lines
from .sheet import Line

__all__ = ["Numbers", "read_numbers", "without_nonsense"]

_SUMMARY = re.compile(
    r"\W*(?:mean|average|avg|std|st\.?\s*dev\.?|sum|total|min|max|median|count|mittelwert|summe|moyenne)\b"
    r".{0,20}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Numbers:
    """Rows of a file as numbers, (n,) each, in the units of the file; NaN where an error is missing.

    ``errors`` has those of the file's columns by their role: ``its error``, ``its systematic error``, ``its upper
    error``, ``its lower error`` and ``the error of T``. ``in_cell`` and ``in_cell_of_T`` are the absolute ones that
    stand behind a value, as in ``0.015±0.0003``.
    """

    lines: tuple[Line, ...]
    T: np.ndarray
    value: np.ndarray
    errors: dict[str, np.ndarray]
    in_cell: np.ndarray
    in_cell_of_T: np.ndarray

    def rows(self, keep: np.ndarray) -> "Numbers":
        """Return the rows where ``keep`` (n,) holds."""
        return replace(
            self,
            lines=tuple(line for line, good in zip(self.lines, keep, strict=True) if good),
            T=self.T[keep],
            value=self.value[keep],
            errors={role: column[keep] for role, column in self.errors.items()},
            in_cell=self.in_cell[keep],
            in_cell_of_T=self.in_cell_of_T[keep],
        )


def read_numbers(state: Progress, columns: Columns, rows: Sequence[Line]) -> Numbers:
    """Return the rows that have a temperature and a value."""
    lines: list[Line] = []
    kept: list[list[float]] = []
    missing: list[int] = []
    roles = {role: k for role, k in columns.roles.items() if role not in ("T", "value")}
    for line in rows:
        cells = [line.cells[k] for k in (columns.temperature, columns.value)]
        if not any(_is_number(state, cell) for cell in line.cells):
            text = next((cell for cell in line.cells if cell), "")
            if text and not is_missing(text):
                state.leave_out([line.number], f"no numbers: '{text[:40]}'")
            else:
                state.sheet.lines[line.number] = "left out: T or the value is missing" if text else "blank"
                missing += [line.number] if text else []
            continue
        if _SUMMARY.fullmatch(cells[0]):
            state.leave_out([line.number], f"a summary, '{cells[0]}'")
            continue
        found = [_required(state, columns, line, k) for k in (columns.temperature, columns.value)]
        if found[0] is None or found[1] is None:
            state.sheet.lines[line.number] = "left out: T or the value is missing"
            missing.append(line.number)
            continue
        (T, of_T), (value, error) = found
        numbers = []
        for k in roles.values():
            read = None if is_missing(line.cells[k]) else _required(state, columns, line, k)
            numbers.append(np.nan if read is None else abs(read[0]))
        lines.append(line)
        kept.append([T, value, error, of_T, *numbers])
    if missing:
        state.notes.append(f"{named_lines(missing)} left out: T or the value is missing")
    if not kept:
        raise state.sheet.text.fail(f"no row has both T and {state.quantity}; check the columns")
    T, value, error, of_T, *others = np.array(kept).T
    errors = {role: x for role, x in zip(roles, others, strict=True) if not np.isnan(x).all()}
    return Numbers(tuple(lines), T, value, errors, error, of_T)


def _is_number(state: Progress, cell: str) -> bool:
    try:
        return (not is_missing(cell) and number(cell.rstrip("%"), state.sheet.decimal) is not None) or bool(
            measured(cell, state.sheet.decimal)
        )
    except UnclearNumber:
        return True


def _required(state: Progress, columns: Columns, line: Line, index: int) -> tuple[float, float] | None:
    """Return the number of a cell and the error in it, or NaN; None if it is missing; refuse what is neither."""
    cell, name = line.cells[index], columns.headings[index].text
    if is_missing(cell):
        return None
    try:
        found = number(cell.rstrip("%"), state.sheet.decimal)
    except UnclearNumber as problem:
        raise state.sheet.text.fail(f"{name}: {problem}", line.number) from None
    if found is None:
        pair = measured(cell, state.sheet.decimal)
        if pair is not None:
            return pair
        mark = "commas" if state.sheet.decimal == "," else "points"
        raise state.sheet.text.fail(
            f"{name} is '{cell}', not a number with decimal {mark} as the others; correct it or delete the row",
            line.number,
        )
    return found, np.nan


def without_nonsense(state: Progress, numbers: Numbers) -> Numbers:
    """Leave out rows whose value cannot be: κ and C are positive, and a row of 0 has no relative error."""
    expansion = state.quantity == "expansion"
    if expansion and (numbers.errors or np.isfinite(numbers.in_cell).any()):
        return numbers
    bad = numbers.value == 0 if expansion else numbers.value <= 0
    if bad.all():
        raise state.sheet.text.fail(
            f"no value of {state.quantity} is {'other than' if expansion else 'above'} 0; is it the right column?"
        )
    why = "0 has no relative error" if expansion else f"{state.quantity} is not above 0"
    out = [line.number for line, wrong in zip(numbers.lines, bad, strict=True) if wrong]
    state.leave_out(out, why, warn=True)
    return numbers.rows(~bad)

"""Numbers of a sheet's rows: what is missing is left out and told, what cannot be read is refused."""

import numpy as np

from .columns import Columns
from .numerals import UnclearNumber, is_missing, number
from .progress import Progress, named_lines
from .sheet import Line

__all__ = ["read_numbers", "without_nonsense"]


def read_numbers(
    state: Progress, columns: Columns
) -> tuple[list[Line], np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the rows with a temperature and a value, and their numbers; a missing error is NaN."""
    lines: list[Line] = []
    kept: list[tuple[float, float, float]] = []
    without: list[int] = []
    for line in state.sheet.rows:
        if all(is_missing(cell) or _cell(state, line, k) is None for k, cell in enumerate(line.cells)):
            without.append(line.number)  # a line of text among the numbers, or an empty one
            continue
        T, value = (_required(state, columns, line, k) for k in (columns.temperature, columns.value))
        if T is None or value is None:
            without.append(line.number)
            continue
        error = None
        if columns.error is not None and not is_missing(line.cells[columns.error]):
            error = _required(state, columns, line, columns.error)
        lines.append(line)
        kept.append((T, value, np.nan if error is None else error))
    if without:
        state.notes.append(f"{named_lines(without)} left out: T or the value is missing")
    if not kept:
        raise state.sheet.text.fail(f"no row has both T and {state.quantity}; check the columns")
    T, value, error = np.array(kept).T
    return lines, T, value, None if columns.error is None or np.isnan(error).all() else error


def _cell(state: Progress, line: Line, index: int) -> float | None:
    try:
        return number(line.cells[index].rstrip("%"), state.sheet.decimal)
    except UnclearNumber:
        return 0.0  # a number, whichever


def _required(state: Progress, columns: Columns, line: Line, index: int) -> float | None:
    """Return the number of a cell, None if it is missing; refuse what is neither."""
    cell, name = line.cells[index], columns.headings[index].text
    if is_missing(cell):
        return None
    try:
        found = number(cell.rstrip("%"), state.sheet.decimal)
    except UnclearNumber as problem:
        raise state.sheet.text.fail(f"{name}: {problem}", line.number) from None
    if found is None:
        mark = "commas" if state.sheet.decimal == "," else "points"
        raise state.sheet.text.fail(
            f"{name} is '{cell}', not a number with decimal {mark} as the others; correct it or delete the row",
            line.number,
        )
    return found


def without_nonsense(
    state: Progress, lines: list[Line], T: np.ndarray, value: np.ndarray, error: np.ndarray | None
) -> tuple[list[Line], np.ndarray, np.ndarray, np.ndarray | None]:
    """Leave out rows whose value cannot be: κ and C are positive, and a row of 0 has no relative error."""
    expansion = state.quantity == "expansion"
    if expansion and error is not None:
        return lines, T, value, error
    bad = value == 0 if expansion else value <= 0
    if bad.all():
        raise state.sheet.text.fail(
            f"no value of {state.quantity} is {'other than' if expansion else 'above'} 0; is it the right column?"
        )
    if not bad.any():
        return lines, T, value, error
    why = "0 has no relative error" if expansion else f"{state.quantity} is not above 0"
    left_out = named_lines([line.number for line, wrong in zip(lines, bad, strict=True) if wrong])
    state.warnings.append(f"{left_out} left out: {why}")
    lines = [line for line, wrong in zip(lines, bad, strict=True) if not wrong]
    return lines, T[~bad], value[~bad], None if error is None else error[~bad]

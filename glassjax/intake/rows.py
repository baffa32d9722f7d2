"""Numbers of the rows of a sheet, and rows of several sweeps as one curve."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import gammaincc

from ..quantities import QUANTITIES
from .columns import Columns, Progress, named_lines
from .sheet import Line
from .spelling import UnclearNumber, is_missing, measured, number

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
        at, there = (_required(state, columns, line, k) for k in (columns.temperature, columns.value))
        if at is None or there is None:
            state.sheet.lines[line.number] = "left out: T or the value is missing"
            missing.append(line.number)
            continue
        (T, of_T), (value, error) = at, there
        numbers = []
        for k in roles.values():
            cell = line.cells[k].rstrip("%")
            read = None if is_missing(cell) else _required(state, columns, line, k, cell)
            numbers.append(np.nan if read is None else abs(read[0]))
        lines.append(line)
        kept.append([T, value, error, of_T, *numbers])
    if missing:
        state.notes.append(f"{named_lines(missing)} left out: T or the value is missing")
    if not kept:
        raise state.sheet.text.fail(f"no row has both T and {state.quantity}; check the columns")
    T, value, error, of_T, *others = np.array(kept).T
    _refuse_groups(state, columns, lines, T)
    errors = {role: x for role, x in zip(roles, others, strict=True) if not np.isnan(x).all()}
    return Numbers(tuple(lines), T, value, errors, error, of_T)


def _refuse_groups(state: Progress, columns: Columns, lines: Sequence[Line], T: np.ndarray) -> None:
    """Refuse temperatures (n,) such as 900, 950, 1.000, 1.050, which rise only if the mark parts thousands."""
    mark = state.sheet.decimal
    cells = [line.cells[columns.temperature] for line in lines]
    marked = np.array([mark in cell for cell in cells])
    if marked.all() or not all(
        re.fullmatch(rf"[1-9]\d{{0,2}}\{mark}\d{{3}}" if has else r"\d{1,3}", cell)
        for cell, has in zip(cells, marked, strict=True)
    ):
        return
    steps, grouped = np.diff(T), np.diff(np.where(marked, 1000 * T, T))
    if (np.all(grouped > 0) or np.all(grouped < 0)) and not (np.all(steps > 0) or np.all(steps < 0)):
        k = int(np.flatnonzero(marked)[0])
        raise state.sheet.text.fail(
            f"T = {cells[k]} may be {1000 * T[k]:.0f} or {T[k]:g}; write it without thousands separators",
            lines[k].number,
        )


def _is_number(state: Progress, cell: str) -> bool:
    try:
        return (not is_missing(cell) and number(cell.rstrip("%"), state.sheet.decimal) is not None) or bool(
            measured(cell, state.sheet.decimal)
        )
    except UnclearNumber:
        return True


def _required(
    state: Progress, columns: Columns, line: Line, index: int, text: str | None = None
) -> tuple[float, float] | None:
    """Return the number of a cell, or of its ``text``, and the error in it, or NaN; None if missing; else refuse."""
    cell = line.cells[index] if text is None else text
    name = columns.headings[index].text
    if is_missing(cell):
        return None
    try:
        found = number(cell, state.sheet.decimal)
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


def drop_impossible_rows(state: Progress, numbers: Numbers) -> Numbers:
    """Leave out rows whose value cannot be: κ and C are positive, and a row of 0 has no relative error."""
    expansion = not QUANTITIES[state.quantity].logarithmic
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


MOST = 200  # rows that a fit takes without becoming slow
BINS = 100
SAME = 1e-6  # relative difference of two temperatures that are one
_UNLIKELY = 1e-3
_COMPARED = 12  # sweeps, up to which each is compared with each
_TURN = 0.02  # of the range of ln T: smaller steps back are noise of the thermometer


class Rows(NamedTuple):
    """Temperatures, values and absolute errors, each (n,), sorted by temperature."""

    T: np.ndarray
    value: np.ndarray
    error: np.ndarray


def averaged(rows: Rows, assumed: bool) -> Rows:
    """Average rows whose temperatures agree to a millionth.

    Parameters
    ----------
    rows : Rows
    assumed : bool
        Whether the errors are assumed, not measured: those of an average are then those of a row. Measured ones fall as
        1/√n, but not below the scatter of the rows over √n.
    """
    order = np.argsort(rows.T, kind="stable")
    T, value, error = (column[order] for column in rows)
    starts = np.concatenate([[True], np.diff(T) > SAME * T[1:]])
    return _grouped(Rows(T, value, error), np.cumsum(starts) - 1, assumed)


def thinned(rows: Rows, assumed: bool) -> Rows:
    """Average rows in 100 intervals of equal ratio of temperatures, if there are more than 200."""
    if len(rows.T) <= MOST:
        return rows
    edges = np.geomspace(rows.T[0], rows.T[-1] * (1 + SAME), BINS + 1)
    group = np.clip(np.searchsorted(edges, rows.T, side="right") - 1, 0, BINS - 1)
    _, group = np.unique(group, return_inverse=True)
    return _grouped(rows, group, assumed)


def _grouped(rows: Rows, group: np.ndarray, assumed: bool) -> Rows:
    """Average the rows of each group, without weights: those of relative errors would favour low values."""
    count = np.bincount(group)
    alone = count[group] == 1

    def mean(column: np.ndarray) -> np.ndarray:
        found = np.bincount(group, column) / count
        found[group[alone]] = column[alone]  # to the last digit
        return found

    T, value, single = mean(rows.T), mean(rows.value), mean(rows.error)
    if assumed:
        return Rows(T, value, single)
    stated = np.sqrt(np.bincount(group, rows.error**2)) / count
    scatter = np.sqrt(np.bincount(group, (rows.value - value[group]) ** 2) / np.maximum(count - 1, 1) / count)
    # rows of different T differ by the slope too: their scatter says nothing
    same = np.bincount(group, np.abs(rows.T - T[group]) > SAME * T[group]) == 0
    return Rows(T, value, np.where(count == 1, single, np.maximum(stated, np.where(same, scatter, 0.0))))


def count_sweeps(T: np.ndarray) -> int:
    """Count the sweeps up and down in temperatures (n,) in the order of the file; 1 where they only rise or fall."""
    return int(sweeps(T)[-1]) if len(T) else 1


def sweeps(T: np.ndarray) -> np.ndarray:
    """Return the sweep of each temperature (n,), from 1; one ends where T turns, or leaps back to its beginning."""
    label = np.ones(len(T), dtype=int)
    if len(T) < 3 or not (T > 0).all():
        return label
    y = np.log(T)
    least = _TURN * float(y.max() - y.min())
    number, direction, extreme = 1, 0, float(y[0])
    for k, x in enumerate(y.tolist()):
        if (direction and (x - extreme) * direction > 0) or (not direction and abs(x - extreme) > least):
            direction, extreme = (1 if x > extreme else -1), x
        elif direction and (extreme - x) * direction > least:
            number, direction = number + 1, 0
            first = int(np.flatnonzero((label[:k] == number - 1) & (np.abs(y[:k] - extreme) <= SAME))[0])
            label[first + 1 : k] = number  # the second of two rows at the turn
            extreme = x if first + 1 == k else extreme
        label[k] = number
    return label


def disagreement(rows: Rows, label: np.ndarray, expansion: bool) -> str:
    """Say where several rows of one temperature, or curves of two labels, disagree beyond their errors; or nothing.

    Rows of one temperature disagree if χ² of their differences from their weighted mean has a tail probability below
    0.001. Curves (n,) of two labels that have no temperature in common disagree if, where one lies between close
    neighbours of the other, the medians of the differences exceed five errors and what a
    straight line may miss.
    """
    order = np.argsort(rows.T, kind="stable")
    T, value, error = (column[order] for column in rows)
    group = np.cumsum(np.concatenate([[False], np.diff(T) > SAME * T[1:]]))
    weight = 1 / error**2
    mean = (np.bincount(group, weight * value) / np.bincount(group, weight))[group]
    apart = ((value - mean) / error) ** 2
    freedom = len(T) - (group[-1] + 1)
    if freedom and gammaincc(freedom / 2, apart.sum() / 2) < _UNLIKELY:
        worst = int(np.argmax(np.bincount(group, apart)))
        there = value[group == worst]
        return f"rows at T = {T[group == worst][0]:.4g} K range from {there.min():.3g} to {there.max():.3g}"
    if expansion:
        return ""
    kinds = np.unique(label)
    near = len(kinds) if len(kinds) <= _COMPARED else 1  # of many, each is compared with the next
    for a, b in ((a, b) for a in kinds for b in kinds if 0 < abs(a - b) <= near):
        mine, other = label == a, label == b
        if mine.sum() < 3 or other.sum() < 3:
            continue
        found = _between(rows, mine, other)
        if len(found) > 2 and np.median(found[:, 0]) > 5 and np.median(found[:, 2]) > 0:
            return f"they differ by {np.median(found[:, 1]):.0%} between the temperatures of one another"
    return ""


def _between(rows: Rows, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return differences in errors, of the logarithms, and how much these exceed what interpolation may miss."""
    x, index = np.unique(np.log(rows.T[other]), return_index=True)
    y, share = np.log(rows.value[other])[index], (rows.error / rows.value)[other][index]
    at = np.log(rows.T[mine])
    right = (
        np.clip(np.searchsorted(x, at), 1, max(len(x) - 1, 1)) if len(x) > 1 else np.zeros(len(at), dtype=int)
    )
    gap = x[right] - x[right - 1]
    inside = (at >= x[0]) & (at <= x[-1]) & (gap < 1.0)
    delta = np.abs(np.log(rows.value[mine]) - np.interp(at, x, y))
    sigma = np.hypot((rows.error / rows.value)[mine], np.interp(at, x, share))
    return np.stack([delta / sigma, delta, delta - 0.1 - 0.3 * gap**2], axis=1)[inside]

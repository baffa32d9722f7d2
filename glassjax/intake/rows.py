"""Rows of several sweeps as one curve: repeated temperatures averaged, long records thinned."""

from typing import NamedTuple

import numpy as np

__all__ = ["MOST", "Rows", "averaged", "count_sweeps", "thinned"]

MOST = 200  # rows that a fit takes without becoming slow
BINS = 100
SAME = 1e-6  # relative difference of two temperatures that are one
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
    if len(T) < 3 or not (T > 0).all():
        return 1
    y = np.log(T)
    least = _TURN * float(y.max() - y.min())
    turns, direction, extreme = 0, 0, y[0]
    for x in y[1:].tolist():
        if direction == 0:
            if abs(x - extreme) > least:
                direction, extreme = (1 if x > extreme else -1), x
        elif (x - extreme) * direction > 0:
            extreme = x
        elif (extreme - x) * direction > least:
            turns, direction, extreme = turns + 1, -direction, x
    return turns + 1

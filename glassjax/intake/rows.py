"""Rows of several sweeps as one curve: repeated temperatures averaged, long records thinned."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaincc

__all__ = ["MOST", "Rows", "averaged", "count_sweeps", "disagreement", "sweeps", "thinned"]

MOST = 200  # rows that a fit takes without becoming slow
BINS = 100
SAME = 1e-6  # relative difference of two temperatures that are one
_UNLIKELY = 1e-3
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
    for a in np.unique(label):
        for b in np.unique(label):
            mine, other = label == a, label == b
            if a == b or mine.sum() < 3 or other.sum() < 3:
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

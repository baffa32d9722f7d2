"""Errors of the values: from columns or cells, absolute or relative, of T as well, or assumed."""

from collections.abc import Callable

import numpy as np

from ..datasets.reader import ASSUMED_RELATIVE_ERROR
from .columns import Columns, Doubt
from .found import Progress
from .headers import Heading
from .rows import Numbers

__all__ = ["LARGE", "projected", "scale_error", "standard_errors"]

LARGE = 0.3  # of the values: a median of the errors above it is asked about
SMALL = 1e-4  # share of the values, below which errors are asked about: nobody measures so well
_UNCLEAR = (0.1, 1.0)  # relative errors that may be fractions or per cent
_SPAN = 0.2  # of ln T, over which a slope is taken at least

Factor = Callable[[str], float]


def standard_errors(
    state: Progress,
    columns: Columns,
    numbers: Numbers,
    value: np.ndarray,
    factor: Factor,
    unit: str | None = None,
) -> tuple[np.ndarray, bool]:
    """Return absolute errors (n,) of values (n,) in SI, and whether they are assumed.

    Parameters
    ----------
    state, columns, numbers
        The file, with the numbers in its units.
    value : ndarray of shape (n,)
        In SI.
    factor : callable
        Of a unit, empty for that of the values: what turns it into SI.
    unit : str, optional
        Of the errors: ``%``, ``fraction``, ``absolute`` or a unit; wins over what the columns say.
    """
    upper, lower = (numbers.errors.get(f"its {side} error") for side in ("upper", "lower"))
    if "its error" in numbers.errors and columns.error is not None:
        sigma = _absolute(state, columns, columns.error, numbers.errors["its error"], value, factor, unit)
    elif upper is not None and lower is not None and columns.upper is not None and columns.lower is not None:
        sides = [
            _absolute(state, columns, index, column, value, factor, unit)
            for index, column in ((columns.upper, upper), (columns.lower, lower))
        ]
        state.notes.append(
            "two-sided errors: the mean of the upper and the lower one is taken for both sides"
        )
        sigma = (sides[0] + sides[1]) / 2
    elif np.isfinite(numbers.in_cell).any():
        state.notes.append("errors from the cells of the values, as in 0.015±0.0003 or 0.0150(3)")
        sigma = numbers.in_cell * abs(factor(""))
    else:
        state.warnings.append(f"no error given: {ASSUMED_RELATIVE_ERROR:.0%} of each value assumed")
        return ASSUMED_RELATIVE_ERROR * np.abs(value), True
    return _completed(state, sigma, value)


def _absolute(
    state: Progress,
    columns: Columns,
    index: int,
    error: np.ndarray,
    value: np.ndarray,
    factor: Factor,
    unit: str | None = None,
) -> np.ndarray:
    """Return the errors (n,) of one column in SI."""
    heading = columns.headings[index]
    size = np.abs(value)
    written = unit or _meant(state, heading, index, error, size, factor)
    if written == "%":
        sigma = error / 100 * size
    elif written in ("fraction", "ppm"):
        sigma = error * size * (1e-6 if written == "ppm" else 1.0)
    else:
        sigma = error * abs(factor("" if written == "absolute" else written))
    if heading.coverage != 1:
        sigma = sigma / heading.coverage
        state.notes.append(f"errors divided by {heading.coverage:g}, as their name says")
    return sigma


def _meant(
    state: Progress, heading: Heading, index: int, error: np.ndarray, size: np.ndarray, factor: Factor
) -> str:
    """Return what a column of errors is in: ``%``, ``fraction`` or a unit; ask where that is in doubt."""
    if heading.unit == "%" or any(row.cells[index].endswith("%") for row in state.sheet.rows):
        return "%"
    if heading.unit == "ppm":
        return "ppm"
    middle = float(np.nanmedian(error))
    if heading.relative:
        guess = "%" if middle > LARGE else "fraction"
        if _UNCLEAR[0] <= middle < _UNCLEAR[1]:
            what = f"{state.sheet.text.path}: '{heading.text}' has no unit, and its median is {middle:.2g}"
            why = f"errors of {middle if guess == '%' else 100 * middle:.2g} % are the more likely"
            return state.decide(Doubt(what, "--error-unit % or fraction", guess, why))
        state.notes.append(
            f"relative errors without a unit: taken as {'per cent' if guess == '%' else 'fractions'}"
        )
        return guess
    sigma = error * abs(factor(heading.unit))
    good = np.isfinite(sigma) & (sigma > 0)
    share = float(np.median(sigma[good] / np.maximum(size[good], 1e-300))) if good.any() else 0.0
    if good.any() and share < SMALL and state.quantity != "expansion":
        what = (
            f"{state.sheet.text.path}: the errors in '{heading.text}' are only {share:.1g} of the values; are they in "
            "the unit and with the factor of the values? If not, correct the column's name"
        )
        return state.decide(Doubt(what, "--error-unit absolute, if they are"))
    if share > LARGE:
        guess = "%" if not heading.unit and 0.1 <= middle <= 50 else None
        if not heading.unit and middle <= LARGE and np.nanmax(error) <= 2 * np.nanmin(error):
            guess = "fraction"
        what = f"{state.sheet.text.path}: the errors in '{heading.text}' are {share:.0%} of the values"
        why = f"{middle if guess == '%' else 100 * middle:.3g} % would be usual" if guess else ""
        answer = state.decide(Doubt(what, "--error-unit %, fraction or absolute", guess, why))
        state.warnings.append(
            f"'{heading.text}' taken as {answer}: as absolute errors they are {share:.0%} of the values"
        )
        return answer
    return heading.unit or "absolute"


def _completed(state: Progress, sigma: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, bool]:
    """Give rows without an error above 0 the share that the others have."""
    good = np.isfinite(sigma) & (sigma > 0)
    if not good.any():
        state.warnings.append(
            f"no error is above 0: {ASSUMED_RELATIVE_ERROR:.0%} of each value assumed in their place"
        )
        return ASSUMED_RELATIVE_ERROR * np.abs(value), True
    share = float(np.median(sigma[good] / np.maximum(np.abs(value[good]), 1e-300)))
    if not good.all():
        state.warnings.append(
            f"{int((~good).sum())} rows have no error above 0: given that of the others, {share:.2g} of the value"
        )
        size = np.abs(value) if state.quantity != "expansion" else float(np.median(np.abs(value[good])))
        sigma = np.where(good, sigma, share * size)
    if share > LARGE:
        state.warnings.append(f"the errors are {share:.0%} of the values")
    return sigma, False


def scale_error(
    state: Progress, columns: Columns, numbers: Numbers, value: np.ndarray, factor: Factor
) -> float:
    """Return the relative error that all rows share: the median of the column of systematic ones, 0 without."""
    error = numbers.errors.get("its systematic error")
    if error is None or columns.systematic is None:
        return 0.0
    share = _absolute(state, columns, columns.systematic, error, value, factor) / np.abs(value)
    share = share[np.isfinite(share) & (share > 0)]
    if not share.size:
        return 0.0
    found = float(np.median(share))
    apart = f", the median of {share.min():.2g} to {share.max():.2g}" if np.ptp(share) > 0.05 * found else ""
    state.notes.append(
        f"'{columns.headings[columns.systematic].text}' is common to all rows: scale_error {found:.3g}{apart}"
    )
    return found


def projected(
    state: Progress, T: np.ndarray, value: np.ndarray, error: np.ndarray, of_T: np.ndarray
) -> np.ndarray:
    """Add errors of T (n,) in K, times the local slope of the values, to their errors (n,) in quadrature.

    The slope of ln value by ln T (of the value by T for ``expansion``) is that of a line between the neighbours at both
    sides, as many as it takes to span a fifth of ln T; at the ends, between the row and its neighbours.
    """
    known = np.isfinite(of_T) & (of_T > 0)
    if not known.any():
        return error
    x, index = np.unique(np.log(T), return_inverse=True)
    y = np.bincount(index, value) / np.bincount(index)
    if len(x) < 3:
        state.notes.append("errors of T are not used: their projection takes three temperatures")
        return error
    y = y if state.quantity == "expansion" else np.log(y)
    at = np.arange(len(x))
    low = np.clip(np.minimum(at - 1, np.searchsorted(x, x - _SPAN / 2)), 0, None)
    high = np.clip(np.maximum(at + 1, np.searchsorted(x, x + _SPAN / 2, side="right") - 1), None, len(x) - 1)
    slope = (y[high] - y[low]) / (x[high] - x[low])
    share = np.where(known, of_T, 0.0) / T * np.abs(slope[index])
    added = share if state.quantity == "expansion" else share * np.abs(value)
    total = np.hypot(error, added)
    state.notes.append(
        f"errors of T times the local slope are added in quadrature: by them the errors grow by a factor of "
        f"{float(np.median(total / error)):.3g} (median)"
    )
    return total

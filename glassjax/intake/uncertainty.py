"""Standard errors of the values: from a column, absolute or relative, or assumed."""

import numpy as np

from ..datasets.reader import ASSUMED_RELATIVE_ERROR
from ..datasets.units import UnitProblem, value_factor
from .columns import Columns
from .progress import Progress
from .spelling import respelled

__all__ = ["standard_errors"]


def standard_errors(
    state: Progress,
    columns: Columns,
    value: np.ndarray,
    error: np.ndarray | None,
    factor: float,
    molar_mass: float | None,
) -> tuple[np.ndarray, bool]:
    """Return absolute errors (n,) in SI, and whether they are assumed."""
    if error is None or columns.error is None:
        state.warnings.append(f"no error given: {ASSUMED_RELATIVE_ERROR:.0%} of each value assumed")
        return ASSUMED_RELATIVE_ERROR * np.abs(value), True
    heading = columns.headings[columns.error]
    if heading.unit == "%" or any(row.cells[columns.error].endswith("%") for row in state.sheet.rows):
        sigma = error / 100 * np.abs(value)
    elif heading.relative:
        per_cent = float(np.nanmedian(error)) > 0.3
        state.notes.append(
            f"relative errors without a unit: taken as {'per cent' if per_cent else 'fractions'}"
        )
        sigma = error / (100 if per_cent else 1) * np.abs(value)
    else:
        own = respelled(heading.unit, state.quantity)
        try:
            sigma = error * (value_factor(own, state.quantity, molar_mass) if own else factor)
        except UnitProblem as problem:
            raise state.sheet.text.fail(f"{problem}", state.sheet.named_on) from None
    if heading.coverage != 1:
        sigma = sigma / heading.coverage
        state.notes.append(f"errors divided by {heading.coverage:g}, as their name says")
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
    if share > 0.5 and state.quantity != "expansion":
        state.warnings.append(
            f"the errors are {share:.0%} of the values; if they are in per cent, say so in the column's name"
        )
    return sigma, False

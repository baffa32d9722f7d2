"""Temperatures and quantities that an analysis looks at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError
from ..results.prediction import check_quantity

if TYPE_CHECKING:
    from ..inference.study import Study

__all__ = ["MEANT_BELOW", "meant_below", "quantity_grids", "temperatures"]

POINTS = 13
# Share of the Debye temperature below which a theory is meant: above 0.4 only the smallest mean free path is left of κ,
# above 0.15 bead phonons are not Debye's, and the lattice part b T³ of α is the first term of a series.
MEANT_BELOW = {"kappa": 0.4, "heat-capacity": 0.15, "expansion": 0.03}


def meant_below(study: "Study", quantities: Sequence[str]) -> np.ndarray:
    """Return temperatures (q,) in K up to which each quantity is meant, `MEANT_BELOW` of the study's own T_D."""
    debye = float(np.asarray(study.glass.debye_temperature))
    return np.array([MEANT_BELOW[quantity] * debye for quantity in quantities])


def temperatures(T: Any) -> np.ndarray:
    """Return ``T`` as a vector of distinct temperatures in K, in rising order."""
    grid = np.unique(np.atleast_1d(np.asarray(T, dtype=float)).ravel())
    if not grid.size or not np.all(np.isfinite(grid) & (grid > 0)):
        raise GlassjaxError("temperatures must be a list of positive numbers in K")
    return grid


def quantity_grids(
    study: "Study", T: Any = None, quantities: Sequence[str] | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return temperatures, by default over the range of all fitted data, and quantities, by default the fitted ones."""
    chosen = study.quantities if quantities is None else tuple(quantities)
    if not chosen:
        raise GlassjaxError("name one quantity at least")
    for quantity in chosen:
        check_quantity(quantity)
    if T is not None:
        return temperatures(T), chosen
    fitted = np.concatenate([block.temperature for block in study.likelihood.blocks])
    return np.unique(np.geomspace(fitted.min(), fitted.max(), POINTS)), chosen

"""Temperatures and quantities that an analysis looks at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError
from ..results.prediction import check_quantity
from ..theory import temperature_array
from ..validity import beyond

if TYPE_CHECKING:
    from ..study import Study

POINTS = 13


def meant_below(study: "Study", quantities: Sequence[str]) -> np.ndarray:
    """Return temperatures (q,) in K up to which each quantity is meant, by ``Theory.validity`` and the study's T_D."""
    debye = float(np.asarray(study.glass.debye_temperature))
    return np.array([beyond(study.theory.validity, quantity, (), debye)[1] for quantity in quantities])


def temperatures(T: Any) -> np.ndarray:
    """Return ``T`` as a vector of distinct temperatures in K, in rising order."""
    grid = np.unique(np.atleast_1d(temperature_array(T)).ravel())
    if not grid.size:
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

"""Figures of data, fits and predictions: returned, never shown."""

from .calibration import calibration
from .comparison import comparison
from .correlations import correlations
from .fits import observables, prediction, prior, residuals
from .population import population, population_observables
from .posterior import corner, trace
from .priors import priors

__all__ = [
    "calibration",
    "comparison",
    "corner",
    "correlations",
    "observables",
    "population",
    "population_observables",
    "prediction",
    "prior",
    "priors",
    "residuals",
    "trace",
]

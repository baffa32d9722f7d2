"""Figures of data, fits and predictions: returned, never shown."""

from .comparison import comparison
from .correlations import correlations
from .fits import observables, prediction, prior, residuals
from .posterior import corner, trace
from .priors import priors

__all__ = [
    "comparison",
    "corner",
    "correlations",
    "observables",
    "prediction",
    "prior",
    "priors",
    "residuals",
    "trace",
]

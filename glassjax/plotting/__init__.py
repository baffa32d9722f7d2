"""Figures of data, fits and predictions: returned, never shown."""

from .calibration import calibration
from .comparison import comparison
from .correlations import correlations
from .design import design, information, profiles
from .fits import observables, prediction, prior, residuals
from .population import population, population_observables
from .posterior import corner, trace
from .priors import priors
from .sensitivities import elasticities, elasticity_curves, indices, screening, shares

__all__ = [
    "calibration",
    "comparison",
    "corner",
    "correlations",
    "design",
    "elasticities",
    "elasticity_curves",
    "indices",
    "information",
    "observables",
    "population",
    "population_observables",
    "prediction",
    "prior",
    "priors",
    "profiles",
    "residuals",
    "screening",
    "shares",
    "trace",
]

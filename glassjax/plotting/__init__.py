"""Figures of data, fits and predictions, in one house style: axes are returned, and nothing is shown.

A figure of one panel returns its axes, one of several an array of them (`Panels`). Both have ``.figure``, with
``savefig``, and `save` writes either. `style` draws for a column of print, or your own figures in the same style.
"""

from .calibration import calibration
from .comparison import comparison
from .design import design, information, profiles
from .fits import observable, observables, prediction, predictive, prior, residuals
from .house import WIDTHS, Panels, save, style
from .population import population, population_observables
from .posterior import corner, correlations, priors, trace
from .reduced import mean_free_path, reduced
from .sensitivities import elasticities, elasticity_curves, indices, screening, shares

__all__ = [
    "WIDTHS",
    "Panels",
    "calibration",
    "comparison",
    "corner",
    "correlations",
    "design",
    "elasticities",
    "elasticity_curves",
    "indices",
    "information",
    "mean_free_path",
    "observable",
    "observables",
    "population",
    "population_observables",
    "prediction",
    "predictive",
    "prior",
    "priors",
    "profiles",
    "reduced",
    "residuals",
    "save",
    "screening",
    "shares",
    "style",
    "trace",
]

"""Names of the figures of a fit."""

from ..quantities import QUANTITIES

ONE_PANEL = tuple(QUANTITIES)
PLOTS = (
    "observables",
    *ONE_PANEL,
    "reduced",
    "mean-free-path",
    "residuals",
    "predictive",
    "priors",
    "prior",
    "correlations",
    "corner",
    "trace",
)

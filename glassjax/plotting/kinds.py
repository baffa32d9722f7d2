"""Names of the figures of a fit."""

__all__ = ["ONE_PANEL", "PLOTS"]

ONE_PANEL = ("kappa", "heat-capacity", "expansion")
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

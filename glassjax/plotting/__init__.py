"""Figures of data, fits and predictions: returned, never shown."""

from .fits import observables, prediction, prior, residuals
from .posterior import corner, trace

__all__ = ["corner", "observables", "prediction", "prior", "residuals", "trace"]

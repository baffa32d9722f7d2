"""The engine that fits any `Theory` to measurements: study, priors, likelihood, maximum, sampler."""

from .discrepancy import Discrepancy
from .priors import Prior
from .selection import DataSet
from .settings import Sampler
from .study import Study
from .study_file import list_populations, list_studies

__all__ = ["DataSet", "Discrepancy", "Prior", "Sampler", "Study", "list_populations", "list_studies"]

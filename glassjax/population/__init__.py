"""Several glasses at once: parameters that are universal up to a spread, which the data of all glasses determine."""

from .population import Population
from .population_file import load_plan

__all__ = ["Population", "load_plan"]

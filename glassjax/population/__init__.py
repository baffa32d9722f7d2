"""Several glasses at once: parameters that are universal up to a spread, which the data of all glasses determine."""

from .population import Population

__all__ = ["Population"]

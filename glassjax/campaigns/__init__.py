"""Fits of many studies on many processes: each is kept as soon as it is done, and all are put into one table."""

from .campaign import Campaign
from .run import campaign

__all__ = ["Campaign", "campaign"]

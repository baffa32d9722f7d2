"""Theories side by side: fits of the same data ranked by leave-one-out and by evidence."""

from .comparison import Comparison, compare
from .fits import by_theory, find_target, fit_target, shipped_studies
from .kept import KeptFits
from .same_data import check_same_data

__all__ = [
    "Comparison",
    "KeptFits",
    "by_theory",
    "check_same_data",
    "compare",
    "find_target",
    "fit_target",
    "shipped_studies",
]

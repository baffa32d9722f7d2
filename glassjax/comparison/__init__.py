"""Theories side by side: fits of the same data ranked by leave-one-out and by evidence."""

from .comparison import Comparison, compare
from .fits import KeptFits, attempt, by_theory, find_target, fit_target, shipped_studies
from .rival import check_same_data
from .variants import grid, variants

__all__ = [
    "Comparison",
    "KeptFits",
    "attempt",
    "by_theory",
    "check_same_data",
    "compare",
    "find_target",
    "fit_target",
    "grid",
    "shipped_studies",
    "variants",
]

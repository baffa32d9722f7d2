"""Weighted draws: how many equally weighted ones they are worth, and draws taken in proportion to the weights."""

import numpy as np

__all__ = ["resample", "worth"]


def resample(weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Take ``n`` indices in proportion to ``weights`` (m,), evenly spread (systematic resampling) and shuffled."""
    edges = np.cumsum(weights / weights.sum())
    points = (rng.random() + np.arange(n)) / n
    return rng.permutation(np.minimum(np.searchsorted(edges, points, side="right"), len(weights) - 1))


def worth(weights: np.ndarray) -> float:
    """Return how many equally weighted draws are worth as much as ``weights`` (n,): (Σw)²/Σw² (Kish 1965)."""
    return float(weights.sum() ** 2 / np.sum(weights**2))

"""Fixed quadrature rules, made once in NumPy and shared by every evaluation."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

__all__ = ["Rule", "gauss_legendre", "graded", "panels"]


class Rule(NamedTuple):
    """Nodes and weights of a quadrature rule, both (n,) NumPy arrays."""

    nodes: np.ndarray
    weights: np.ndarray


@lru_cache(maxsize=64)
def gauss_legendre(n: int) -> Rule:
    """Gauss-Legendre rule of ``n`` nodes on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(n)
    return Rule((x + 1) / 2, w / 2)


@lru_cache(maxsize=64)
def panels(edges: Sequence[float], n: int) -> Rule:
    """Gauss-Legendre rule of ``n`` nodes on each panel between consecutive ``edges``."""
    base, left, width = gauss_legendre(n), np.asarray(edges[:-1]), np.diff(edges)
    nodes = left[:, None] + width[:, None] * base.nodes
    return Rule(nodes.ravel(), (width[:, None] * base.weights).ravel())


def graded(low: float, high: float, spacing: Callable[[np.ndarray], np.ndarray]) -> Rule:
    """Trapezoidal rule on [low, high] whose node spacing follows ``spacing(x)``.

    The rule is the equidistant one in t(x) = ∫dx/spacing, so it keeps exponential convergence for an analytic
    integrand that vanishes at both ends, and puts nodes where the integrand has structure.
    """
    fine = np.linspace(low, high, 4001)
    nodes, scale = _equidistribute(fine, spacing)
    for _ in range(2):  # twice more, with 16 points between the nodes found before
        count = len(nodes) - 1
        fine = np.interp(np.linspace(0, count, 16 * count + 1), np.arange(count + 1), nodes)
        nodes, scale = _equidistribute(fine, spacing)
    weights = spacing(nodes) * scale
    weights[[0, -1]] /= 2
    return Rule(nodes, weights)


def _equidistribute(
    fine: np.ndarray, spacing: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, float]:
    """Nodes equidistant in t = ∫dx/spacing (Simpson's rule on ``fine``), and their distance in t, just below 1."""
    rate, middle = 1 / spacing(fine), 1 / spacing((fine[1:] + fine[:-1]) / 2)
    t = np.concatenate([[0.0], np.cumsum((rate[1:] + 4 * middle + rate[:-1]) / 6 * np.diff(fine))])
    count = int(np.ceil(t[-1]))
    return np.interp(np.linspace(0, t[-1], count + 1), t, fine), float(t[-1] / count)

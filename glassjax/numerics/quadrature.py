"""Quadrature rules and interpolation on fixed nodes, made once in NumPy and shared by every evaluation."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

__all__ = [
    "Pieces",
    "Rule",
    "gauss_legendre",
    "graded",
    "lagrange",
    "panels",
    "quintic",
]


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


class Pieces:
    """Polynomials on consecutive pieces of an interval, each through Chebyshev nodes of its own.

    Parameters
    ----------
    edges : sequence of float
        Ends of the pieces, increasing.
    counts : sequence of int
        Nodes of each piece.
    """

    def __init__(self, edges: Sequence[float], counts: Sequence[int]) -> None:
        self.edges, self.counts = tuple(edges), tuple(counts)
        self._nodes = [
            (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * (np.arange(count) + 0.5) / count)
            for low, high, count in zip(self.edges[:-1], self.edges[1:], self.counts, strict=True)
        ]

    @property
    def nodes(self) -> np.ndarray:
        """Nodes of all pieces (n,)."""
        return np.concatenate(self._nodes)

    def covers(self, x: np.ndarray) -> bool:
        """Whether all of ``x`` lies on the interval; beyond it polynomials are worth nothing."""
        slack = 1e-6 * (self.edges[-1] - self.edges[0])
        return bool(np.all((x >= self.edges[0] - slack) & (x <= self.edges[-1] + slack)))

    def matrix(self, x: np.ndarray) -> np.ndarray:
        """Return what gives the values at ``x`` (m,) from those at the nodes, (m, n)."""
        piece = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.counts) - 1)
        columns = [
            np.where(piece[:, None] == i, lagrange(nodes, x, np), 0.0) for i, nodes in enumerate(self._nodes)
        ]
        return np.concatenate(columns, axis=1)


def lagrange(nodes: Any, x: Any, xp: ModuleType = jnp) -> Any:
    """Weights (..., k) of the polynomial through ``nodes`` (..., k), or (k,), at ``x`` (...).

    ``xp`` is NumPy where both are known, so that the weights are constants.
    """
    count = nodes.shape[-1]
    columns = []
    for j in range(count):
        weight = xp.ones_like(x)
        for i in range(count):
            if i != j:
                weight = weight * (x - nodes[..., i]) / (nodes[..., j] - nodes[..., i])
        columns.append(weight)
    return xp.stack(columns, axis=-1)


def quintic(t: Array, h: Array, left: tuple[Array, Array, Array], right: tuple[Array, Array, Array]) -> Array:
    """Hermite interpolant at fraction ``t`` of a cell of width ``h``: C², error ~ h⁶ f⁽⁶⁾/46080.

    ``left`` and ``right`` hold the value, slope and second derivative at the two ends of the cell; everything
    broadcasts.
    """
    f0, d0, c0 = left[0], left[1] * h, left[2] * h**2
    f1, d1, c1 = right[0], right[1] * h, right[2] * h**2
    rise = f1 - f0
    a = 10 * rise - 6 * d0 - 4 * d1 - 1.5 * c0 + 0.5 * c1
    b = -15 * rise + 8 * d0 + 7 * d1 + 1.5 * c0 - c1
    c = 6 * rise - 3 * (d0 + d1) - 0.5 * (c0 - c1)
    return f0 + t * (d0 + t * (c0 / 2 + t * (a + t * (b + t * c))))

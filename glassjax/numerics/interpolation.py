"""Interpolation: polynomials through given nodes, in pieces, and quintics from values and two derivatives."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

__all__ = ["Pieces", "lagrange", "quintic"]


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

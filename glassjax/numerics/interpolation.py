"""Local interpolation: polynomials through neighbouring nodes, and quintics from values and two derivatives."""

from types import ModuleType
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

__all__ = ["lagrange", "quintic"]


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

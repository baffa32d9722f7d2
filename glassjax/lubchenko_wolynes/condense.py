"""Fewer frequencies for sums over a spectrum that are smooth in ln ω (Sec. IV.D).

A broadened spectrum has 1930 frequencies, three quarters of them where the lowest ripplon may be sharp. What is
summed over them, functions of sω, hardly varies from one of these to the next. Their weights are handed to the nodes of
a coarser grid, in the shares of Lagrange interpolation of order 8, and the matrices of the tables shrink to a third:
5 in place of 14 MB, which is what two chains side by side wait for.
"""

from collections.abc import Callable
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

__all__ = ["condense"]

_SPACING = 0.01
"""Of the coarse grid in ln ω: e^{-sω} is interpolated to (sω/100)⁸/1000 of itself, 10⁻⁶ at sω = 40."""
_ORDER = 8
_WORTHWHILE = 200  # frequencies to be saved

Weights = Callable[[Array], Array]


def condense(frequencies: Float[ArrayLike, " n"]) -> tuple[Array, Weights]:
    """Return fewer frequencies (m,), and the function that turns weights (n,) into theirs (m,), for sums of Sec. IV.D.

    Σ w f(ω) is the same over both for every f that is smooth over a hundredth of ω. Frequencies in rising order; those
    not yet known, while a program is traced, are returned as they are, as are those that are few or far between.
    """
    if not isinstance(frequencies, Tracer):
        known = np.asarray(frequencies, dtype=np.float64)
        plan = _plan(known.tobytes())
        if plan is not None:
            coarse, handed = plan
            return jnp.asarray(coarse, jnp.asarray(frequencies).dtype), handed
    return jnp.asarray(frequencies), jnp.asarray


@lru_cache(maxsize=8)
def _plan(content: bytes) -> tuple[np.ndarray, Weights] | None:
    omega = np.frombuffer(content)
    log = np.log(omega)
    dense = np.flatnonzero(np.diff(log) < _SPACING / 2)
    if len(dense) < _WORTHWHILE:
        return None
    # the longest stretch of close neighbours, its ends included
    runs = np.split(dense, np.flatnonzero(np.diff(dense) > 1) + 1)
    run = max(runs, key=len)
    first, last = int(run[0]), int(run[-1]) + 2
    inside = log[first:last]
    cells = int(np.ceil((inside[-1] - inside[0]) / _SPACING)) + 1
    if last - first - cells - _ORDER < _WORTHWHILE:
        return None
    place = (inside - inside[0]) / _SPACING
    cell = np.minimum(place.astype(int), cells - 1)
    around = np.arange(_ORDER) - (_ORDER // 2 - 1)  # nodes of a cell, from its left end
    shares = _lagrange(place - cell, around)
    most = int(np.bincount(cell).max())
    rank = np.arange(len(cell)) - np.searchsorted(cell, cell)
    taken = np.full((cells, most), len(inside))  # one behind the end is zero
    taken[cell, rank] = np.arange(len(inside))
    share = np.zeros((cells, most, _ORDER))
    share[cell, rank] = shares
    nodes = inside[0] + _SPACING * (np.arange(cells + _ORDER - 1) + around[0])
    coarse = np.concatenate([omega[:first], np.exp(nodes), omega[last:]])

    def handed(weights: Array) -> Array:
        few = jnp.append(weights[first:last], jnp.zeros(1, weights.dtype))[jnp.asarray(taken)]
        spread = jnp.sum(few[:, :, None] * jnp.asarray(share, weights.dtype), axis=1)
        total = sum(jnp.pad(spread[:, k], (k, _ORDER - 1 - k)) for k in range(_ORDER))
        return jnp.concatenate([weights[:first], jnp.asarray(total), weights[last:]])

    return coarse, handed


def _lagrange(t: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Share of each node (n, k) in the value at ``t`` (n,)."""
    shares = np.ones((len(t), len(nodes)))
    for i, node in enumerate(nodes):
        for other in np.delete(nodes, i):
            shares[:, i] *= (t - other) / (node - other)
    return shares

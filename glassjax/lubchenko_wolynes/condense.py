"""Fewer frequencies for sums over a spectrum that are smooth in ln ω (Sec. IV.D).

A broadened spectrum has 1930 frequencies, nine tenths of them where resonances or the kinks of the cut-off may be. What
is summed over them, functions of sω, hardly varies from one of these to the next. Their weights are handed to every
eighth of them, in the shares of Lagrange interpolation of order 12 in the number of the node, and the matrices of the
tables shrink to a fifth: 3 in place of 14 MB, which is what chains side by side wait for.
"""

from collections.abc import Callable
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.interpolation import lagrange

__all__ = ["condense"]

_STRIDE = 8
_ORDER = 12
_DENSE, _EVEN = 0.012, 0.05
"""Largest distance of two neighbours in ln ω, and largest change of its logarithm from one to the next."""
_WORTHWHILE = 200  # frequencies to be saved

Weights = Callable[[Array], Array]


def condense(frequencies: Float[ArrayLike, " n"]) -> tuple[Array, Weights]:
    """Return fewer frequencies (m,), and the function that turns weights (n,) into theirs (m,), for sums of Sec. IV.D.

    Σ w f(ω) is the same over both for every f that is smooth over a twentieth of ω. Frequencies in rising order; those
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
    gaps = np.diff(np.log(omega))
    even = np.flatnonzero((gaps[1:] < _DENSE) & (np.abs(np.diff(np.log(gaps))) < _EVEN))
    if len(even) < _WORTHWHILE:
        return None
    run = max(np.split(even, np.flatnonzero(np.diff(even) > 1) + 1), key=len)
    cells = len(run) // _STRIDE - (_ORDER - 1)  # with all the nodes of their stencils in the run
    if cells * (_STRIDE - 1) - _ORDER < _WORTHWHILE:
        return None
    around = np.arange(_ORDER) - (_ORDER // 2 - 1)  # nodes of a cell, from its left end
    first = int(run[0]) - _STRIDE * int(around[0])
    last = first + _STRIDE * cells
    share = lagrange(around.astype(float), np.arange(_STRIDE) / _STRIDE, np)
    nodes = int(run[0]) + _STRIDE * np.arange(cells + _ORDER - 1)
    coarse = np.concatenate([omega[:first], omega[nodes], omega[last:]])

    def handed(weights: Array) -> Array:
        spread = weights[first:last].reshape(cells, _STRIDE) @ jnp.asarray(share, weights.dtype)
        total = sum(jnp.pad(spread[:, k], (k, _ORDER - 1 - k)) for k in range(_ORDER))
        return jnp.concatenate([weights[:first], jnp.asarray(total), weights[last:]])

    return coarse, handed

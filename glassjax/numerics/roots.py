"""One-dimensional roots with a fixed amount of work and exact derivatives of any order."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array

__all__ = ["increasing_root"]


def increasing_root(f: Callable[[Array], Array], low: Array, high: Array, *, steps: int = 60) -> Array:
    """Root of an elementwise increasing function between ``low`` and ``high`` (arrays of one shape).

    Safeguarded Newton steps, a fixed number of them: a step that leaves the bracket is replaced by bisection. The
    derivative with respect to whatever ``f`` closes over follows from the implicit function theorem
    (`jax.lax.custom_root`), forward and reverse.
    """

    def solve(f: Callable[[Array], Array], start: Array) -> Array:
        def step(_: ArrayLike, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            x, left, right = state
            value, slope = jax.jvp(f, (x,), (jnp.ones_like(x),))
            left, right = jnp.where(value < 0, x, left), jnp.where(value < 0, right, x)
            newton = x - value / jnp.where(slope > 0, slope, 1)
            inside = (slope > 0) & (newton >= left) & (newton <= right)
            return jnp.where(inside, newton, (left + right) / 2), left, right

        state = (start, jnp.broadcast_to(low, start.shape), jnp.broadcast_to(high, start.shape))
        return jax.lax.fori_loop(0, steps, step, jax.lax.stop_gradient(state))[0]

    def tangent_solve(g: Callable[[Array], Array], y: Array) -> Array:
        return y / g(jnp.ones_like(y))

    low, high = jnp.broadcast_arrays(low, high)
    return jax.lax.custom_root(f, jax.lax.stop_gradient((low + high) / 2), solve, tangent_solve)

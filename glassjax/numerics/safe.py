"""Elementary functions that stay finite, with their gradients, over the whole floating-point range."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array

__all__ = ["sigmoid", "x_log_abs"]


def sigmoid(x: ArrayLike) -> Array:
    """1/(1 + e^{-x}) without overflow, in value and gradient."""
    return 0.5 * (1 + jnp.tanh(0.5 * jnp.asarray(x)))


def x_log_abs(x: ArrayLike) -> Array:
    """Return x ln|x|, with its limit 0 at x = 0 and a finite (clipped) gradient there."""
    x = jnp.asarray(x)
    tiny = jnp.finfo(x.dtype).tiny ** 0.5
    return x * jnp.log(jnp.maximum(jnp.abs(x), tiny))

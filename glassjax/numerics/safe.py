"""Elementary functions that stay finite, with their gradients, over the whole floating-point range."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array

__all__ = ["reciprocal", "sigmoid", "x_log_abs"]


def sigmoid(x: ArrayLike) -> Array:
    """1/(1 + e^{-x}) without overflow, in value and gradient."""
    return 0.5 * (1 + jnp.tanh(0.5 * jnp.asarray(x)))


@jax.custom_jvp
def reciprocal(x: ArrayLike) -> Array:
    """1/x, with a slope -(1/x)² that divides no second time."""
    return 1 / jnp.asarray(x)


@reciprocal.defjvp
def _reciprocal_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    value = reciprocal(primals[0])
    return value, -(value**2) * tangents[0]


@jax.custom_jvp
def x_log_abs(x: ArrayLike) -> Array:
    """Return x ln|x|, with its limit 0 at x = 0 and a finite (clipped) gradient there."""
    x = jnp.asarray(x)
    return x * _log_abs(x)


def _log_abs(x: Array) -> Array:
    return jnp.log(jnp.maximum(jnp.abs(x), jnp.finfo(x.dtype).tiny ** 0.5))


@x_log_abs.defjvp
def _x_log_abs_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (x,) = primals
    log = _log_abs(x)
    return x * log, (log + 1) * tangents[0]

"""Spherical Bessel functions of low order, accurate in value and in derivatives of any order."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

from ..errors import GlassjaxError

__all__ = ["ORDER_MAX", "spherical_bessel"]

ORDER_MAX = 12
"""Highest order for which the switch from power series to recurrence has been checked."""

_TERMS = 26


def spherical_bessel(l: int, x: ArrayLike) -> Array:  # noqa: E741
    """Spherical Bessel function of the first kind j_l(x), for l = 0 … 12 and real x (Morse and Feshbach, 1953).

    Below the turning point x = l + 1/2 the power series, above it the upward recurrence from sin x/x; neither loses
    more than two digits. Derivatives follow (2l + 1) j_l' = l j_{l-1} - (l + 1) j_{l+1}, which needs no limit at x = 0.
    For 0 ≤ x ≤ 60 the error is below 10⁻¹³ of the larger of |j_l| and its envelope 1/x in float64, 5·10⁻⁵ in float32.

    Parameters
    ----------
    l : int
        Order, a Python integer (static).
    x : any shape.

    Raises
    ------
    GlassjaxError
        For an order that is not an integer from 0 to 12.
    """
    if not isinstance(l, int) or isinstance(l, bool) or not 0 <= l <= ORDER_MAX:
        raise GlassjaxError(
            f"no spherical Bessel function of order {l!r}: it must be an integer, 0 to {ORDER_MAX}"
        )
    x = jnp.asarray(x)
    return _bessel(l, x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(float))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _bessel(l: int, x: Array) -> Array:  # noqa: E741
    small = jnp.abs(x) < l + 0.5
    return jnp.where(
        small, _series(l, jnp.where(small, x, 0.0)), _recurrence(l, jnp.where(small, l + 1.0, x))
    )


@_bessel.defjvp
def _bessel_jvp(l: int, primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:  # noqa: E741
    (x,), (dx,) = primals, tangents
    above = (l + 1) * _bessel(l + 1, x)
    below = l * _bessel(l - 1, x) if l > 0 else jnp.zeros_like(above)
    return _bessel(l, x), dx * (below - above) / (2 * l + 1)


def _series(l: int, x: Array) -> Array:  # noqa: E741
    """x^l/(2l+1)!! Σ_k (-x²/2)^k/[k!(2l+3)(2l+5)…(2l+2k+1)] for |x| < l + 1/2, in powers of (x/(l + 1/2))²."""
    end = l + 0.5
    k = np.arange(_TERMS)
    steps = -(end**2) / (2 * k[1:] * (2 * l + 2 * k[1:] + 1))
    axis = (1,) * x.ndim + (-1,)
    series = jnp.asarray(np.cumprod(np.concatenate([[1.0], steps])).reshape(axis), x.dtype)
    powers = ((x / end) ** 2)[..., None] ** jnp.asarray(k.reshape(axis), x.dtype)
    scale = math.prod(
        1 / (2 * i + 1) ** (1 / max(l, 1)) for i in range(1, l + 1)
    )  # no power underflows early
    return (scale * x) ** l * jnp.sum(powers * series, axis=-1)


def _recurrence(l: int, x: Array) -> Array:  # noqa: E741
    """Upward: j_{k+1} = (2k+1) j_k/x - j_{k-1}."""
    before, now = jnp.cos(x) / x, jnp.sin(x) / x
    for k in range(l):
        before, now = now, (2 * k + 1) * now / x - before
    return now

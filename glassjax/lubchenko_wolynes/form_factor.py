"""How much less a phonon couples that is shorter than a domain (App. B; theory Sec. 15.1).

The coupling of Eq. B1 is ρc²∫(∇φ)(∇d)d³r over a droplet of radius R_d = ξ(3/4π)^{1/3}. A tensile field spread evenly
through the droplet gives a plane wave of wave number k the amplitude 3j₁(kR_d)/(kR_d); the surface term of App. B gives
3j₁'(kR_d). The squared amplitude, averaged over ln R_d, multiplies what scatters the phonon.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import choose
from ..numerics.interpolation import quintic
from .rayleigh import scaled_wavenumber
from .units import XI

__all__ = ["FORM_FACTORS", "LEAST_SPREAD", "form_factor"]

FORM_FACTORS = ("none", "sphere", "surface")
LEAST_SPREAD = 0.05
"""Smallest spread of ln R_d: narrower ones leave zeros in F(ω), and κ would depend on the nodes of its integral."""

_LOW, _CELL, _CELLS = math.log(0.1), 0.1, 60
_Y = _LOW + _CELL * np.arange(_CELLS + 1)
"""ln kR_d where the average is computed, from 0.1 to 40."""
_Z = np.linspace(-5.5, 5.5, 81)
_WEIGHT = np.exp(-(_Z**2) / 2) / np.sum(np.exp(-(_Z**2) / 2))


def _sphere(x: Array) -> Array:
    """3j₁(x)/x, by its series below 1."""
    few = x < 1
    small, large = jnp.where(few, x, 0.0) ** 2, jnp.where(few, 1.0, x)
    series = 1 - small / 10 * (1 - small / 28 * (1 - small / 54 * (1 - small / 88 * (1 - small / 130))))
    return jnp.where(few, series, 3 * (jnp.sin(large) - large * jnp.cos(large)) / large**3)


def _surface(x: Array) -> Array:
    """3j₁'(x) = 3 sin(x)/x - 2 · 3j₁(x)/x."""
    few = x < 1
    small, large = jnp.where(few, x, 0.0) ** 2, jnp.where(few, 1.0, x)
    sinc = 1 - small / 6 * (1 - small / 20 * (1 - small / 42 * (1 - small / 72 * (1 - small / 110))))
    return 3 * jnp.where(few, sinc, jnp.sin(large) / large) - 2 * _sphere(x)


_AMPLITUDES: dict[str, Callable[[Array], Array]] = {"sphere": _sphere, "surface": _surface}
_SERIES = {"sphere": (-1 / 5, 3 / 175), "surface": (-3 / 5, 22 / 175)}
"""Coefficients of x² and x⁴ of the squared amplitude."""


def form_factor(
    omega: Float[ArrayLike, "*n"], xi: ArrayLike = XI, spread: ArrayLike = 30**-0.5, form: str = "sphere"
) -> Float[Array, "*n"]:
    """F(ω) = ⟨[3j₁(kR_d)/(kR_d)]²⟩, kR_d = ω ξ(3/4π)^{1/3}/c_s, ln R_d normal (theory Sec. 15.1, from Eq. B1).

    Parameters
    ----------
    omega : any shape
        Phonon frequencies in ω_D; kR_d is 14.0 ω at ξ/a = 5.8.
    xi : scalar
        ξ/a.
    spread : scalar
        Standard deviation of ln R_d, 0.05 … 0.6; 1/√D, here of D = 30, is the smearing that the paper gives ω_c.
    form : {"none", "sphere", "surface"}
        1; the field of a droplet; or 9⟨j₁'(kR_d)²⟩, the surface term of App. B alone.

    Returns
    -------
    As ``omega``: 1 as ω → 0, 0.12 for the sphere at kR_d = 3. Interpolated, to 10⁻⁶ for the sphere and 10⁻⁴ for the
    surface. Differentiable in every argument.

    Raises
    ------
    GlassjaxError
        For an unknown ``form``.
    """
    choose(form, FORM_FACTORS, "form_factor")
    omega = jnp.asarray(omega, dtype=float)
    if form == "none":
        return jnp.ones_like(omega)
    spread = jnp.asarray(spread, omega.dtype)
    nodes = jnp.asarray(_Y, omega.dtype)
    amplitude = _AMPLITUDES[form](jnp.exp(nodes[:, None] + spread * jnp.asarray(_Z, omega.dtype)[None, :]))
    # derivatives in ln kR_d fall on the normal density: z/σ and (z² - 1)/σ²
    moments = jnp.asarray(np.stack([_WEIGHT, _WEIGHT * _Z, _WEIGHT * (_Z**2 - 1)], axis=-1), omega.dtype)
    rows = amplitude**2 @ (moments * spread ** -jnp.arange(3.0, dtype=omega.dtype)[None, :])
    x = scaled_wavenumber(omega, jnp.asarray(xi, omega.dtype))
    y = jnp.clip(jnp.log(jnp.maximum(x, 1e-30)), nodes[0], nodes[-1])
    place = (y - _LOW) / _CELL
    cell = jnp.clip(jnp.floor(jax.lax.stop_gradient(place)), 0, _CELLS - 1).astype(int)
    left, right = rows[cell], rows[cell + 1]
    ends = [tuple(side[..., k] for k in range(3)) for side in (left, right)]
    between = quintic(place - cell, jnp.asarray(_CELL, omega.dtype), *ends)  # type: ignore[arg-type]
    second, fourth = _SERIES[form]
    long_waves = jnp.minimum(x, 0.1) ** 2
    growth = jnp.exp(2 * spread**2)
    series = 1 + long_waves * growth * (second + fourth * long_waves * growth**3)
    return jnp.where(x < 0.1, series, between)

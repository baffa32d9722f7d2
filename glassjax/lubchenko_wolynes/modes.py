"""Vibrations of a domain wall without coupling to phonons (Eq. 33)."""

import math

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

from .units import SOUND_SPEED, XI

__all__ = ["L_MAX", "L_MIN", "frequency", "harmonics", "prefactor"]

L_MIN, L_MAX = 2, 9


def prefactor() -> float:
    """Return p = 1.342857… of Eq. 33, from the wall tension and wall mass density of Sec. IV.B.

    With σ(R) ∝ R^{-1/2} the Laplace pressure gains the factor 9/8 (Eq. 32): ω_l² = (9/8) σ (l-1)(l+2)/(ρ_W R²),
    σ/ρ_W = (3/4) ln[(a/d_L)²/πe] c_s² (a/R)^{1/2}, R = ξ(3/4π)^{1/3}, a/d_L = 10.
    """
    tension = 0.75 * math.log(100 / (math.pi * math.e)) * SOUND_SPEED**2
    radius_per_xi = (3 / (4 * math.pi)) ** (1 / 3)
    return math.sqrt(4 * 9 / 8 * tension * radius_per_xi ** (-5 / 2))


def frequency(l: ArrayLike, xi: ArrayLike = XI) -> Array:  # noqa: E741
    """ω_l = p (a/ξ)^{5/4} √[(l-1)(l+2)/4] in ω_D (Eq. 33); ``l`` and ``xi`` broadcast."""
    return prefactor() * jnp.asarray(xi) ** -1.25 * over_lowest(l)


def over_lowest(l: ArrayLike) -> Array:  # noqa: E741
    """ω_l/ω_2 = √[(l-1)(l+2)/4] (Eq. 33)."""
    l = jnp.asarray(l)  # noqa: E741
    return jnp.sqrt((l - 1) * (l + 2) / 4)


def harmonics(l_max: int = L_MAX) -> np.ndarray:
    """Return l = 2 … ``l_max``, the ripplons' angular momenta (Sec. IV.B)."""
    return np.arange(L_MIN, l_max + 1)

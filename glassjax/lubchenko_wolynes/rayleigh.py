"""Rayleigh scattering of phonons by vibrating domain walls, and the strain of a wave on a domain (App. A, B)."""

import math

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.bessel import spherical_bessel
from .landscape import LINDEMANN, surface_coefficient
from .modes import L_MAX, frequency
from .units import SOUND_SPEED, XI

__all__ = [
    "harmonic_width",
    "log_scattering_rate",
    "mean_free_path",
    "scaled_wavenumber",
    "scattering_rate",
    "strain_form_factor",
]

_RADIUS = (3 / (4 * math.pi)) ** (1 / 3)  # R/ξ
_HARMONICS = tuple(range(2, L_MAX + 1))


def strain_form_factor(x: ArrayLike) -> Array:
    """(dj₁/dx)² at x = kR, by which a domain feels the strain of a wave (App. B, Fig. 24); 1/9 at x = 0, x ≤ 60."""
    return ((spherical_bessel(0, x) - 2 * spherical_bessel(2, x)) / 3) ** 2


def scaled_wavenumber(omega: ArrayLike, xi: ArrayLike = XI) -> Array:
    """Return kR = ωR/c_s, R = ξ(3/4π)^{1/3} a domain's radius (App. A, B); 6 at ω = 2.48 (a/ξ) ω_D. Elementwise."""
    return jnp.asarray(omega) * xi * (_RADIUS / SOUND_SPEED)


def harmonic_width(l: ArrayLike, xi: ArrayLike = XI, D: ArrayLike = 30.0) -> Array:  # noqa: E741
    """δω_l = ω_l/(2√D) in ω_D, spread of a ripplon's frequency among domains (App. A); D is the fragility."""
    return frequency(l, xi) * 0.5 / jnp.sqrt(jnp.asarray(D))


def log_scattering_rate(
    omega: Float[ArrayLike, " n"],
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    *,
    lindemann: ArrayLike = LINDEMANN,
    resonant: bool = False,
) -> Float[Array, "m n"]:
    """Return ln 1/τ_ω, 1/τ_ω = n (σ/ρ) Σ_l π²[2 + l(l+1)](2l+1) j_l²(kR) P_l(ω), l = 2 … 9 (Eq. A12).

    It is the pole of ω² - c_s²k² + 2iω/τ_ω = 0, the rate of a phonon's amplitude; its energy decays at 2/τ_ω.
    n = T/(T_g ξ³) counts the active walls; P_l is normal around ω_l with the standard deviation of `harmonic_width`;
    σ/ρ = (9/8)(3/4)(d_L/a)² ln[(a/d_L)²/πe] (a/R)^{1/2} c_s² a. Far below ω_2 the rate is e^{-2D} of what it is there.

    Parameters
    ----------
    omega : (n,) in ω_D, 10⁻⁸ to 4.
    T : (m,) in T_D.
    tg, xi, D, lindemann : scalar
        T_g/T_D, ξ/a, fragility and a/d_L.
    resonant : bool
        The paper's bound: l = 2 alone, as if ω_2 were the phonon's own frequency.

    Returns
    -------
    (m, n), rate in ω_D.
    """
    omega, T = jnp.asarray(omega), jnp.asarray(T)
    harmonics = np.array(_HARMONICS[:1] if resonant else _HARMONICS)
    omega_l = omega[None, :] if resonant else frequency(harmonics, xi)[:, None].astype(omega.dtype)
    width = omega_l / (2 * jnp.sqrt(jnp.asarray(D)))
    j = jnp.stack([spherical_bessel(int(order), scaled_wavenumber(omega, xi)) for order in harmonics])
    smallest = jnp.finfo(j.dtype).tiny
    nonzero = jnp.abs(j) > smallest
    log_j = jnp.where(nonzero, jnp.log(jnp.abs(jnp.where(nonzero, j, 1.0))), math.log(smallest))
    log_normal = -(((omega[None, :] - omega_l) / width) ** 2) / 2 - jnp.log(width) - math.log(2 * math.pi) / 2
    degeneracy = jnp.asarray(np.log((2 + harmonics * (harmonics + 1)) * (2.0 * harmonics + 1)), j.dtype)
    log_sum = logsumexp(degeneracy[:, None] + 2 * log_j + log_normal, axis=0)
    log_strength = 2 * math.log(math.pi) + _log_tension(xi, lindemann) - jnp.log(tg) - 3 * jnp.log(xi)
    return (jnp.log(T) + log_strength)[:, None] + log_sum[None, :]


def _log_tension(xi: ArrayLike, lindemann: ArrayLike) -> Array:
    """Return ln σ/ρ in a³ω_D², Laplace pressure's 9/8 included: (3/4) ln[(a/d_L)²/πe] is γ/2√(3π)."""
    tension = surface_coefficient(lindemann) / (2 * math.sqrt(3 * math.pi)) * 9 / 8 * SOUND_SPEED**2
    return jnp.log(tension) - 2 * jnp.log(lindemann) - jnp.log(_RADIUS * jnp.asarray(xi)) / 2


def scattering_rate(
    omega: Float[ArrayLike, " n"],
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    *,
    lindemann: ArrayLike = LINDEMANN,
    resonant: bool = False,
) -> Float[Array, "m n"]:
    """1/τ_ω of a phonon's amplitude at vibrating walls, in ω_D, (m, n) for T (m,) and ω (n,) (Eq. A12).

    The exponential of `log_scattering_rate`, which see; in float32 it may come out as zero below ω_2/2.
    """
    return jnp.exp(log_scattering_rate(omega, T, tg, xi, D, lindemann=lindemann, resonant=resonant))


def mean_free_path(
    omega: Float[ArrayLike, " n"],
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    *,
    lindemann: ArrayLike = LINDEMANN,
    resonant: bool = False,
) -> Float[Array, "m n"]:
    """l/λ = ωτ_ω/4π of a phonon's energy at vibrating walls, (m, n) for T (m,) and ω (n,) (App. A).

    1.04 10⁴ for ω = T = 10^{-1.5}, T_g/T_D = 4.39 and ``resonant``, as the paper estimates; 910 at ω = ω_2, T = 0.03.
    Held at the largest number of the precision, where float32 would overflow. Parameters: `log_scattering_rate`.
    """
    rate = log_scattering_rate(omega, T, tg, xi, D, lindemann=lindemann, resonant=resonant)
    log_path = jnp.log(jnp.asarray(omega) / (4 * math.pi))[None, :] - rate
    largest = math.log(float(jnp.finfo(log_path.dtype).max)) - 1
    return jnp.exp(jnp.minimum(log_path, largest))

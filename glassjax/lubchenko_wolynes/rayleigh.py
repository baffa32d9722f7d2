"""Phonons at domains: Rayleigh scattering by vibrating walls, and the form factor of short phonons (App. A, B)."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import choose
from ..numerics.functions import spherical_bessel
from ..numerics.quadrature import quintic
from .landscape import LINDEMANN, SOUND_SPEED, XI, surface_coefficient
from .walls import L_MAX, frequency

__all__ = [
    "FORM_FACTORS",
    "LEAST_SPREAD",
    "form_factor",
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

    The exponential of `log_scattering_rate`, with the same parameters; in float32 it can underflow to 0 below ω_2/2.
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

    F says how much less a phonon couples that is shorter than a domain. The coupling of Eq. B1 is ρc²∫(∇φ)(∇d)d³r over
    a droplet of radius R_d. A tensile field spread evenly through the droplet gives a plane wave of wave number k the
    amplitude 3j₁(kR_d)/(kR_d); the surface term of App. B gives 3j₁'(kR_d). F multiplies what scatters the phonon.

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

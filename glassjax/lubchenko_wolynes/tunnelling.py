"""Two-level systems: scattering, relaxation and the heat capacity that grows with time (Sec. III.B-C)."""

import math
from collections.abc import Callable

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.quadrature import gauss_legendre
from ..numerics.roots import increasing_root
from .units import XI

__all__ = ["fastest_rate", "mean_free_path", "schottky_integral", "two_level_heat_capacity"]


def mean_free_path(xi: ArrayLike = XI) -> ArrayLike:
    """l/λ of bare two-level systems at ħω = k_BT: λ/l = (2π²/3) tanh(1/2) (a/ξ)³ (Eq. 20); 64.2 at ξ/a = 5.8."""
    return 3 * xi**3 / (2 * math.pi**2 * math.tanh(0.5))


def fastest_rate(E: Float[ArrayLike, " n"], T: ArrayLike, tg: ArrayLike) -> Float[Array, " n"]:
    """Largest relaxation rate at splitting E, 1/τ_min = 9π tg E³ coth(E/2T), in ω_D (Eq. 25; Δ = E); all in ω_D.

    E³coth(E/2T) is written E² times E coth(E/2T), which tends to 2T.
    """
    E = jnp.asarray(E, dtype=float)
    return 9 * math.pi * tg * E**2 * _e_coth(E, jnp.asarray(T, dtype=float))


def _e_coth(E: Array, T: Array) -> Array:
    """E coth(E/2T), with the limit 2T at E → 0 and no overflow."""
    x = E / T
    small = x < 1e-2
    safe = jnp.where(small, 1.0, x)
    exact = safe * (1 + 2 * jnp.exp(-safe) / -jnp.expm1(-safe))
    return T * jnp.where(small, 2 + x**2 / 6, exact)


# E = E_min + T v²: 48 nodes on 0 < v < 9 (E - E_min < 81 T); cosh^c u: 24 nodes on (0, U)
_V = gauss_legendre(48)
_V_MAX = 9.0
_INNER = gauss_legendre(24)


def schottky_integral(
    T: Float[Array, " m"],
    time: ArrayLike,
    tg: ArrayLike,
    c: ArrayLike,
    *,
    extra: Callable[[Array], Array] | None = None,
) -> Float[Array, " m"]:
    """∫dE [βE/2cosh(βE/2)]² E^{-c} {extra(E) + ∫₀^{ln t/τ_min}dz e^{cz/2}/2√(1-e^{-z})} over E with τ_min(E) < t.

    The energy integral common to Eq. 27 and 69 (Δ₀ = Δ_max = 1). With t/τ_min = cosh²u the inner integral is
    ∫₀^U cosh^c u du, smooth; E starts at the root of t = τ_min(E) and runs as E_min + T v².

    Parameters
    ----------
    T : (m,) in ω_D; ``time`` scalar in 1/ω_D; ``tg``, ``c`` scalars.
    extra : callable
        Added to the inner integral, a function of E (the fast centres of Eq. 69).

    Returns
    -------
    (m,) in ω_D.
    """
    c = jnp.asarray(c, dtype=T.dtype)
    log_scale = jnp.log(9 * math.pi * tg * time)
    # ln(t/τ_min) increases with ln E; E² · 2T bounds E³coth from below, E² · (2T + E) from above
    low = 0.5 * (-log_scale - jnp.log(2 * T)) - 12.0

    def log_ratio(x: Array) -> Array:
        return log_scale + 2 * x + jnp.log(_e_coth(jnp.exp(x), T))

    log_start = increasing_root(log_ratio, low, low + 13.0, steps=12)
    start = jnp.exp(log_start)[:, None]
    v = jnp.asarray(_V.nodes * _V_MAX, T.dtype)[None, :]
    E = start + T[:, None] * v**2
    excess = _log_ratio_at(E, T[:, None], log_scale)
    U = _arccosh_root(excess)
    inner_u = U[..., None] * jnp.asarray(_INNER.nodes, T.dtype)[None, None, :]
    log_cosh = inner_u + jnp.log1p(jnp.exp(-2 * inner_u)) - math.log(2.0)
    inner = U * (jnp.exp(c * log_cosh) @ jnp.asarray(_INNER.weights, T.dtype))
    if extra is not None:
        inner = inner + extra(E)
    x = E / T[:, None]
    schottky = x**2 * jnp.exp(-x) / (1 + jnp.exp(-x)) ** 2
    weights = jnp.asarray(_V.weights * _V_MAX * 2 * _V.nodes * _V_MAX, T.dtype)
    return T * ((schottky * jnp.exp(-c * jnp.log(E)) * inner) @ weights)


def _log_ratio_at(E: Array, T: Array, log_scale: Array) -> Array:
    """ln(t/τ_min) at E, not below zero."""
    return jnp.maximum(log_scale + 2 * jnp.log(E) + jnp.log(_e_coth(E, T)), 1e-12)


def _arccosh_root(log_ratio: Array) -> Array:
    """U = arccosh √r from ln r > 0, without overflow: ln r/2 + ln(1 + √(1 - 1/r))."""
    return log_ratio / 2 + jnp.log1p(jnp.sqrt(-jnp.expm1(-log_ratio)))


def two_level_heat_capacity(
    T: Float[ArrayLike, " m"],
    time: ArrayLike,
    tg: ArrayLike,
    c: ArrayLike = 0.0,
    A: ArrayLike = 1.0,
    tunnelling_scale: ArrayLike = 1.0,
) -> Float[Array, " m"]:
    """Time-dependent heat capacity of two-level systems, C(t)/(P̄ k_B) in units of ħω_D (Eq. 27, Fig. 11).

    C(t) = P̄ ∫dE [βE/2cosh(βE/2)]² (A/2)(Δ₀/E)^c ∫₀^{ln t/τ_min} dz e^{cz/2}/√(1-e^{-z}); τ_min of Eq. 25.

    Parameters
    ----------
    T : (m,) in T_D.
    time : scalar
        Observation time in 1/ω_D (multiply seconds by `Glass.debye_frequency`).
    tg : scalar
        T_g/T_D, which sets the relaxation rate.
    c : scalar
        Exponent of the tunnelling-amplitude distribution, 0 … 0.5.
    A : scalar
        Its normalisation.
    tunnelling_scale : scalar
        Δ₀ in ω_D.

    Returns
    -------
    (m,) zero where t is shorter than every τ_min.
    """
    T = jnp.asarray(T, dtype=float)
    return A * jnp.asarray(tunnelling_scale, T.dtype) ** c * schottky_integral(T, time, tg, c)

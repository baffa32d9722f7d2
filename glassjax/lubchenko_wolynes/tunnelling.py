"""Two-level systems: scattering, relaxation, sound, and the heat capacity that grows with time (Sec. III.B-C, IV.G)."""

import math
from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.functions import elementwise
from ..numerics.quadrature import gauss_legendre
from .landscape import SOUND_SPEED, XI

__all__ = [
    "amplitude_density",
    "amplitude_exponent",
    "fastest_rate",
    "internal_friction",
    "inverse_mean_free_path",
    "long_time_heat_capacity",
    "mean_free_path",
    "rate_density",
    "relaxation_rate",
    "schottky_integral",
    "sound_speed_shift",
    "tunnelling_amplitude",
    "two_level_heat_capacity",
]


def mean_free_path(xi: ArrayLike = XI) -> ArrayLike:
    """l/λ of bare two-level systems at ħω = k_BT: λ/l = (2π²/3) tanh(1/2) (a/ξ)³ (Eq. 20); 64.2 at ξ/a = 5.8."""
    return 3 * xi**3 / (2 * math.pi**2 * math.tanh(0.5))


def fastest_rate(E: ArrayLike, T: ArrayLike, tg: ArrayLike) -> Array:
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


# E = E_min + T v²: 28 nodes on 0 < v < 5.5 (E - E_min < 30 T), to 10⁻⁹
_V = gauss_legendre(28)
_V_MAX = 5.5

_R = gauss_legendre(32)
_DEGREE = 14
_Q = (1 - np.cos(np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1))) / 2
"""Chebyshev nodes on [0, 1]."""
_TO_POLYNOMIAL = np.polynomial.chebyshev.chebvander(2 * _Q - 1, _DEGREE).T * (2 / (_DEGREE + 1))
_TO_POLYNOMIAL[0] /= 2


@elementwise
def _cosh_integral(U: Array, c: Array) -> Array:
    """∫₀^U cosh^c u du at ``U`` (m, n) ≥ 0 for a scalar ``c``, 0 … 1: to 10⁻¹² of the integral to U = 1.

    2^{-c}{(e^{cU}-1)/c + ½[A(1) - q^{1-c/2}A(q)]}, q = e^{-2U}, A(q) = ∫₀¹ds s^{-c/2}[(1+qs)^c-1]/qs. A has its
    singularity at q = -1: on [0, 1] it is a polynomial of degree 14, computed for each c.
    """
    r = jnp.asarray(_R.nodes, U.dtype)  # s = r⁸ tames s^{-c/2}
    q = jnp.asarray(np.append(_Q, 1.0), U.dtype)[:, None]
    y = q * r[None, :] ** 8
    integrand = jnp.expm1(c * jnp.log1p(y)) / y * 8 * jnp.exp((7 - 4 * c) * jnp.log(r))[None, :]
    at = integrand @ jnp.asarray(_R.weights, U.dtype)
    coefficients = jnp.asarray(_TO_POLYNOMIAL, U.dtype) @ at[:-1]
    q = jnp.exp(-2 * U)
    x, after, total = 4 * q - 2, jnp.zeros_like(q), jnp.zeros_like(q)
    for k in range(_DEGREE, 0, -1):  # Clenshaw
        after, total = total, coefficients[k] + x * total - after
    series = coefficients[0] + x / 2 * total - after
    power = c * U
    small = jnp.abs(power) < 1e-3
    safe = jnp.where(small, 1.0, power)
    growth = jnp.where(small, 1 + power / 2 * (1 + power / 3 * (1 + power / 4)), jnp.expm1(safe) / safe)
    return jnp.exp(-c * math.log(2)) * (U * growth + (at[-1] - jnp.exp((c - 2) * U) * series) / 2)


@elementwise
def _log_slowest(log_scale: Array) -> Array:
    """Ln x with e^{log_scale} x³coth(x/2) = 1: the splitting in T that relaxes within t.

    Newton in ln x, where the slope is between 2 and 3; coth(x/2) ≥ 1 and 2/x bound the root from above, closely.
    """
    log_x = jnp.minimum(-log_scale / 3, -(log_scale + math.log(2)) / 2)
    for _ in range(4):
        x = jnp.exp(log_x)
        x_coth = _e_coth(x, jnp.ones_like(x))
        slope = 3 - (x_coth**2 - x**2) / (2 * x_coth)
        log_x = log_x - (log_scale + 2 * log_x + jnp.log(x_coth)) / slope
    return log_x


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
    scale = 9 * math.pi * tg * time  # t/τ_min = scale E³coth(E/2T) (Eq. 25)
    start = (T * jnp.exp(_log_slowest(jnp.log(scale) + 3 * jnp.log(T))))[:, None]
    v = jnp.asarray(_V.nodes * _V_MAX, T.dtype)[None, :]
    E = start + T[:, None] * v**2
    U = _arccosh(jnp.sqrt(scale) * E * jnp.sqrt(_e_coth(E, T[:, None])))  # of √(t/τ_min)
    inner = _cosh_integral(U, c)
    if extra is not None:
        inner = inner + extra(E)
    x = E / T[:, None]
    schottky = x**2 * jnp.exp(-x) / (1 + jnp.exp(-x)) ** 2
    weights = jnp.asarray(_V.weights * _V_MAX * 2 * _V.nodes * _V_MAX, T.dtype)
    return T * ((schottky * jnp.exp(-c * jnp.log(E)) * inner) @ weights)


def _arccosh(x: Array) -> Array:
    """Arccosh x, without overflow; x not below one."""
    return jnp.log(x * (1 + jnp.sqrt(jnp.maximum(1 - (1 / x) ** 2, 1e-12))))


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


def inverse_mean_free_path(
    omega: ArrayLike, T: ArrayLike, xi: ArrayLike = XI, *, oriented: bool = True
) -> Array:
    """1/l(ω) = π (P̄g²/ρc_s³) ω tanh(ω/2T) in 1/a, P̄g²/ρc_s² = (a/ξ)³: absorption by two-level systems (Eq. 19).

    Elementwise, all in ω_D; T > 0. ``oriented`` multiplies by the 1/3 of random orientations, which Eq. 20 contains and
    Eq. 19 does not show.
    """
    strength = math.pi * jnp.asarray(xi) ** -3.0 / SOUND_SPEED
    return strength * (1 / 3 if oriented else 1.0) * omega * jnp.tanh(omega / (2 * jnp.asarray(T)))


def tunnelling_amplitude(barrier: ArrayLike, omega_top: ArrayLike) -> Array:
    """Δ/Δ₀ = exp(-πV‡/ħω‡) through a parabolic barrier (Eq. 21); V‡ in ħω_D, ω‡ in ω_D, elementwise."""
    return jnp.exp(-math.pi * jnp.asarray(barrier) / omega_top)


def amplitude_exponent(omega_top: ArrayLike, tg: ArrayLike, *, with_pi: bool = False) -> Array:
    """Exponent c = ħω‡/√2 k_BT_g of the distribution of tunnelling amplitudes (Eq. 22), as printed.

    ``with_pi`` gives ħω‡/π√2 k_BT_g, which follows from Eq. 14 and 21. ω‡ in ω_D, ``tg`` = T_g/T_D.
    """
    return jnp.asarray(omega_top) / (math.sqrt(2) * (math.pi if with_pi else 1.0) * jnp.asarray(tg))


def amplitude_density(delta: ArrayLike, c: ArrayLike, A: ArrayLike = 1.0, scale: ArrayLike = 1.0) -> Array:
    """P(Δ) = A (Δ₀/Δ)^c/Δ, distribution of tunnelling amplitudes Δ > 0 (Eq. 22); ``scale`` is Δ₀. Elementwise."""
    delta = jnp.asarray(delta)
    return A * (scale / delta) ** c / delta


def relaxation_rate(E: ArrayLike, delta: ArrayLike, T: ArrayLike, tg: ArrayLike) -> Array:
    """1/τ = (3g²Δ²E/2πρc_s⁵) coth(E/2T) = 9π tg Δ²E coth(E/2T) in ω_D (Eq. 23); elementwise, E → 0 allowed."""
    return 9 * math.pi * tg * jnp.asarray(delta) ** 2 * _e_coth(jnp.asarray(E), jnp.asarray(T))


def rate_density(
    E: ArrayLike,
    lifetime: ArrayLike,
    T: ArrayLike,
    tg: ArrayLike,
    c: ArrayLike,
    A: ArrayLike = 1.0,
    scale: ArrayLike = 1.0,
) -> Array:
    """P(E, 1/τ)/P̄ = (A/2)(Δ₀/E)^c τ (τ/τ_min)^{c/2}/√(1 - τ_min/τ): systems of splitting E, relaxing at 1/τ (Eq. 24).

    Elementwise; E > 0 and Δ₀ = ``scale`` in ω_D, τ = ``lifetime`` in 1/ω_D. Zero for τ ≤ τ_min(E) of Eq. 25, where
    it has an integrable singularity.
    """
    E, lifetime = jnp.asarray(E), jnp.asarray(lifetime)
    ratio = lifetime * relaxation_rate(E, E, T, tg)
    slow = ratio > 1
    ratio = jnp.where(slow, ratio, 2.0)
    density = A / 2 * (scale / E) ** c * lifetime * ratio ** (jnp.asarray(c) / 2) / jnp.sqrt(1 - 1 / ratio)
    return jnp.where(slow, density, 0.0)


def _power_integral(log_ratio: Array, c: Array) -> Array:
    """(r^{c/2} - 1)/(c/2) from ln r, → ln r at c = 0."""
    y = c * log_ratio / 2
    small = jnp.abs(y) < 0.1
    large = jnp.where(small, 1.0, y)
    near = jnp.where(small, y, 0.0)
    series = jnp.ones_like(near)
    for k in range(11, 1, -1):
        series = 1 + series * near / k
    return log_ratio * jnp.where(small, series, jnp.expm1(large) / large)


_X = gauss_legendre(32)
_TAIL = gauss_legendre(32)


def long_time_heat_capacity(
    T: Float[ArrayLike, " m"],
    time: ArrayLike,
    tg: ArrayLike,
    c: ArrayLike = 0.0,
    A: ArrayLike = 1.0,
    tunnelling_scale: ArrayLike = 1.0,
    *,
    leading: bool = False,
) -> Float[Array, " m"]:
    """C(t)/(P̄ k_B) in ħω_D for t ≫ τ_min at E ~ T, where C ∝ t^{c/2} T^{1+c/2} (Eq. 28).

    For τ_min ≪ t the inner integral of Eq. 27 is (2/c)(t/τ_min)^{c/2} + M(c) - 2/c,
    M(c) = ∫₀^∞dz e^{cz/2}[1/√(1-e^{-z}) - 1], up to terms ∝ τ_min/t: a logarithm at c = 0.

    Parameters
    ----------
    T : (m,) in T_D.
    time, tg, c, A, tunnelling_scale : scalar
        As in `two_level_heat_capacity`; c from 0 to 0.5.
    leading : bool
        Keep the power law alone, (2/c)(t/τ_min)^{c/2}, for c > 0. The terms left out fall as t^{-c/2} only: at
        c = 0.1, about a second and 0.01 T_D the power law is still a third above the whole.

    Returns
    -------
    (m,) good to 10⁻⁷ of the asymptote; it goes negative where t < τ_min and the asymptote has no meaning.
    """
    T = jnp.asarray(T)
    c = jnp.asarray(c, T.dtype)
    v = jnp.asarray(_X.nodes * _V_MAX, T.dtype)
    x = v**2
    log_x = 2 * jnp.log(v)
    weights = jnp.asarray(_X.weights * _V_MAX, T.dtype) * 2 * v * x**2 * jnp.exp(-x) / (1 + jnp.exp(-x)) ** 2
    # t/τ_min = 9π tg t T³ x³coth(x/2)
    shape = 2 * log_x + jnp.log(_e_coth(x, jnp.ones_like(x)))
    log_ratio = (jnp.log(9 * math.pi * tg * time) + 3 * jnp.log(T))[:, None] + shape[None, :]
    if leading:
        inner = 2 / c * jnp.exp(c / 2 * log_ratio)
    else:
        inner = _power_integral(log_ratio, c) + _short_lived(c)
    energy = (jnp.exp(-c * log_x) * weights)[None, :]
    return A / 2 * T * (tunnelling_scale / T) ** c * jnp.sum(inner * energy, axis=-1)


def _short_lived(c: Array) -> Array:
    """M(c) = 2∫₀¹dw (1-w)^{-c/2}(1+w)^{-1-c/2}, → 2 ln 2 at c = 0; 1 - w = q⁴ removes the weak singularity."""
    q = jnp.asarray(_TAIL.nodes, c.dtype)
    integrand = 4 * q**3 * jnp.exp(-2 * c * jnp.log(q) - (1 + c / 2) * jnp.log(2 - q**4))
    return 2 * jnp.sum(jnp.asarray(_TAIL.weights, c.dtype) * integrand)


@lru_cache(maxsize=1)
def _sound_rules() -> tuple[np.ndarray, ...]:
    """Ln x, weights with sech²(x/2), and ln x³coth(x/2) (k,); ln cosh u, and weights with tanh²u (j,).

    x = exp(t - e^{-t}) with t equidistant: the integrand falls off doubly exponentially at both ends. In u it is even
    and analytic, vanishes at u = 0 and ends as e^{(c-2)u} or faster.
    """
    t = np.arange(-3.6, 4.2, 0.2)
    log_x = t - np.exp(-t)
    x = np.exp(log_x)
    u = np.arange(1, 85) * 0.35
    return (
        log_x,
        0.2 * (1 + np.exp(-t)) * x / np.cosh(x / 2) ** 2,
        2 * log_x + np.log(x / np.tanh(x / 2)),
        u + np.log1p(np.exp(-2 * u)) - math.log(2),
        0.35 * np.tanh(u) ** 2,
    )


def sound_speed_shift(
    omega: Float[ArrayLike, " n"],
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    xi: ArrayLike = XI,
    c: ArrayLike = 0.0,
) -> Float[Array, "m n"]:
    """δc_s/c_s = -⟨⟨(g²/2ρc_s²)(ε/E)² β sech²(βE/2)/(1 + ω²τ²)⟩⟩, relaxational part, below zero (Eq. 56).

    At c = 0 it rises by (a/ξ)³/2 per unit of ln ω where ω ≪ 1/τ_min at E ~ T, and vanishes as 1/ω² above.

    Parameters
    ----------
    omega : (n,) in ω_D, 10⁻¹² to 10⁻².
    T : (m,) in T_D, 10⁻⁵ to 0.3.
    tg, xi, c : scalar
        T_g/T_D, ξ/a, and the exponent of the tunnelling amplitudes, 0 to 0.5.

    Returns
    -------
    (m, n), good to 10⁻⁵ of itself over those ranges.
    """
    return -0.5 * _sound_average(omega, T, tg, xi, c, lambda log: -jnp.logaddexp(0.0, 2 * log))


def internal_friction(
    omega: Float[ArrayLike, " n"],
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    xi: ArrayLike = XI,
    c: ArrayLike = 0.0,
) -> Float[Array, "m n"]:
    """Q⁻¹ = ⟨⟨(g²/ρc_s²)(ε/E)² β sech²(βE/2) ωτ/(1 + ω²τ²)⟩⟩, dissipative partner of Eq. 56 (Sec. IV.G).

    At c = 0 the plateau (π/2)(a/ξ)³ where ω ≪ 1/τ_min at E ~ T; ∝ 1/ω above. Arguments and accuracy as for
    `sound_speed_shift`.
    """
    return _sound_average(omega, T, tg, xi, c, lambda log: log - jnp.logaddexp(0.0, 2 * log))


def _sound_average(
    omega: ArrayLike,
    T: ArrayLike,
    tg: ArrayLike,
    xi: ArrayLike,
    c: ArrayLike,
    response: Callable[[Array], Array],
) -> Array:
    """(a/ξ)³ ⟨⟨…⟩⟩ = (a/ξ)³ T^{-c} ∫dx sech²(x/2) x^{-c} ∫₀^∞du cosh^c u tanh²u R(ωτ), average of a response R.

    The average is over Eq. 24 with A = 1 and Δ₀ = ω_D (multiply by A Δ₀^c otherwise): a system of splitting E = xT and
    lifetime τ = τ_min(E) cosh²u has (ε/E)² = tanh²u. ``response`` is ln R as a function of ln ωτ. One temperature at a
    time, to spare memory.
    """
    omega, T, c = jnp.asarray(omega), jnp.asarray(T), jnp.asarray(c)
    dtype = jnp.result_type(omega, T)
    log_x, weight, log_cube, log_cosh, tanh2 = (jnp.asarray(part, dtype) for part in _sound_rules())

    def at(temperature: Array) -> Array:
        log_rate = jnp.log(9 * math.pi * tg) + 3 * jnp.log(temperature) + log_cube  # of 1/τ_min
        log_shortest = jnp.log(omega)[:, None] - log_rate[None, :]
        log_omega_tau = log_shortest[:, :, None] + 2 * log_cosh[None, None, :]
        inner = jnp.exp(c * log_cosh[None, None, :] + response(log_omega_tau)) @ tanh2
        return inner @ (weight * jnp.exp(-c * (log_x + jnp.log(temperature))))

    return jnp.asarray(xi) ** -3.0 * jax.lax.map(jax.checkpoint(at), T)

"""Relaxation of two-level systems in a sound wave: shift of the sound speed, and internal friction (Sec. IV.G).

Both are averages over Eq. 24 with A = 1 and Δ₀ = ω_D (multiply by A Δ₀^c otherwise). A system of splitting E and
lifetime τ = τ_min(E) cosh²u has (ε/E)² = tanh²u, so that, with x = E/T, a response R(ωτ) averages to
(a/ξ)³ T^{-c} ∫dx sech²(x/2) x^{-c} ∫₀^∞du cosh^c u tanh²u R(ωτ).
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from .units import XI

__all__ = ["internal_friction", "sound_speed_shift"]

# x = exp(t - e^{-t}): on this equidistant rule the integrand falls off doubly exponentially at both ends
_STEP = 0.2
_t = np.arange(-3.6, 4.2, _STEP)
_LOG_X = _t - np.exp(-_t)
_X = np.exp(_LOG_X)
_WEIGHT = _STEP * (1 + np.exp(-_t)) * _X / np.cosh(_X / 2) ** 2
_LOG_CUBE = 2 * _LOG_X + np.log(_X / np.tanh(_X / 2))  # ln x³coth(x/2)

# In u the integrand is even and analytic and ends as e^{(c-2)u} or faster; at u = 0 it vanishes
_U_STEP = 0.35
_U = np.arange(1, 85) * _U_STEP
_LOG_COSH = _U + np.log1p(np.exp(-2 * _U)) - math.log(2)
_TANH2 = _U_STEP * np.tanh(_U) ** 2


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
    return -0.5 * _average(omega, T, tg, xi, c, _reactive)


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
    return _average(omega, T, tg, xi, c, _dissipative)


def _reactive(log_omega_tau: Array) -> Array:
    """Return ln of 1/(1 + ω²τ²)."""
    return -jnp.logaddexp(0.0, 2 * log_omega_tau)


def _dissipative(log_omega_tau: Array) -> Array:
    """Return ln of ωτ/(1 + ω²τ²)."""
    return log_omega_tau - jnp.logaddexp(0.0, 2 * log_omega_tau)


def _average(
    omega: ArrayLike,
    T: ArrayLike,
    tg: ArrayLike,
    xi: ArrayLike,
    c: ArrayLike,
    response: Callable[[Array], Array],
) -> Array:
    """(a/ξ)³ ⟨⟨…⟩⟩ of a response given as ln R against ln ωτ; one temperature at a time, to spare memory."""
    omega, T, c = jnp.asarray(omega), jnp.asarray(T), jnp.asarray(c)
    dtype = jnp.result_type(omega, T)
    log_x, weight, log_cube, log_cosh, tanh2 = (
        jnp.asarray(part, dtype) for part in (_LOG_X, _WEIGHT, _LOG_CUBE, _LOG_COSH, _TANH2)
    )

    def at(temperature: Array) -> Array:
        log_rate = jnp.log(9 * math.pi * tg) + 3 * jnp.log(temperature) + log_cube  # of 1/τ_min
        log_shortest = jnp.log(omega)[:, None] - log_rate[None, :]
        log_omega_tau = log_shortest[:, :, None] + 2 * log_cosh[None, None, :]
        inner = jnp.exp(c * log_cosh[None, None, :] + response(log_omega_tau)) @ tanh2
        return inner @ (weight * jnp.exp(-c * (log_x + jnp.log(temperature))))

    return jnp.asarray(xi) ** -3.0 * jax.lax.map(jax.checkpoint(at), T)

"""Tunnelling systems and double wells: friction of a sound wave, and heat that relaxes within a measurement's time.

The internal friction Q⁻¹ = l⁻¹v/ω of two-level systems of splitting E and asymmetry Δ is
(1/ρv²)∫∫P γ² (Δ/E)² (k_BT)⁻¹ sech²(E/2k_BT) ωτ/(1 + ω²τ²) (Jäckle, Z. Phys. 257, 212 (1972)).
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.functions import increasing_root
from ..numerics.quadrature import gauss_legendre, panels, quintic

__all__ = [
    "activated_friction",
    "relaxed_heat",
    "soft_potential_density",
    "tunnelling_friction",
    "tunnelling_heat_capacity",
]

_STEP = 0.2


class _Curve(NamedTuple):
    """ln f and its first two derivatives by s on an equidistant grid of s."""

    start: float
    value: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray


def _curve(s: np.ndarray, f: np.ndarray, f1: np.ndarray, f2: np.ndarray) -> _Curve:
    return _Curve(float(s[0]), np.log(f), f1 / f, f2 / f - (f1 / f) ** 2)


def _at(curve: _Curve, s: Array) -> Array:
    """f(s) = e^{ln f}, by quintic interpolation (10⁻⁸), straight in ln f beyond the grid."""
    last = len(curve.value) - 1
    inside = jnp.clip(s, curve.start, curve.start + last * _STEP)
    place = (inside - curve.start) / _STEP
    cell = jnp.clip(jnp.floor(place).astype(int), 0, last - 1)
    value, slope, curvature = (jnp.asarray(part, s.dtype) for part in curve[1:])
    left = value[cell], slope[cell], curvature[cell]
    right = value[cell + 1], slope[cell + 1], curvature[cell + 1]
    beyond = (s - inside) * jnp.where(s > inside, slope[-1], slope[0])
    return jnp.exp(quintic(place - cell, jnp.asarray(_STEP, s.dtype), left, right) + beyond)


def _debye_share(b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """J(b) = b∫₀¹du u√(1-u²)/(u⁴ + b²) = Im κ artanh(1/κ), κ² = 1 - ib, and its derivatives by ln b (ours)."""
    near = np.minimum(b, 4.0)
    root = np.sqrt(1 - 1j * near)
    arc = np.log1p(2 / (root - 1)) / 2
    slope, curvature = arc - root / (-1j * near), 2 / (-1j * near) ** 2
    one = -0.5j * near / root
    two = one + 0.5j * near / root**2 * one
    exact = root * arc, slope * one, curvature * one**2 + slope * two
    # b > 4: κ artanh(1/κ) = 1 + Σ z^k/(2k + 1), z = 1/κ²
    far = np.maximum(b, 4.0)
    z = 1 / (1 - 1j * far)
    sums = np.zeros((3, *b.shape), complex)
    for k in range(30, 0, -1):
        sums += np.stack([z**k, k * z ** (k + 1), k * (k + 1) * z ** (k + 2)]) / (2 * k + 1)
    series = sums[0], 1j * far * sums[1], 1j * far * sums[1] - far**2 * sums[2]
    j, j1, j2 = (np.where(b > 4, s.imag, e.imag) for s, e in zip(series, exact, strict=True))
    return j, j1, j2


@lru_cache(maxsize=1)
def _tunnelling_curve() -> _Curve:
    t = np.arange(-3.8, 4.3, 0.05)
    x = np.exp(t - np.exp(-t))
    weights = 0.05 * (1 + np.exp(-t)) * x / np.cosh(x / 2) ** 2
    s = np.arange(-36.0, 18.0 + _STEP / 2, _STEP)
    parts = _debye_share(np.exp(s)[:, None] * np.tanh(x / 2) / x**3)
    return _curve(s, *(part @ weights for part in parts))


@lru_cache(maxsize=1)
def _activated_curve() -> _Curve:
    # v = u⁴ removes v^{-1/4}
    rule = panels(tuple(np.arange(90.0) ** 0.25), 16)
    s = np.arange(-40.0, 14.0 + _STEP / 2, _STEP)
    argument = s[:, None] + rule.nodes**4
    weights = 4 * rule.nodes**2 * rule.weights
    fall = np.exp(-np.abs(argument))
    sech, tanh = 2 * fall / (1 + fall**2), np.tanh(argument)
    parts = 0.5 * sech, -0.5 * sech * tanh, 0.5 * sech * (tanh**2 - sech**2)
    return _curve(s, *(part @ weights for part in parts))


def tunnelling_friction(omega: Array, T: Array, relaxation: ArrayLike) -> Array:
    """Q⁻¹/C of relaxing tunnelling systems, C = P̄γ²/ρv² (Jäckle 1972; Phillips, Rep. Prog. Phys. 50, 1657 (1987)).

    With P(E, u) = P̄/(u√(1-u²)), u = Δ₀/E, and τ = τ_min(E)/u², 1/τ_min = 9πη E³coth(E/2T) (three equal branches), it is
    ∫₀^∞dx sech²(x/2) J(ωτ_min), J(b) = b∫₀¹du u√(1-u²)/(u⁴ + b²): a function of ω/9πηT³ only, tabulated once (ours).

    Parameters
    ----------
    omega, T : broadcastable, in ω_D and T_D.
    relaxation : scalar
        η = γ²/(M k_B²T_D²), M of `bead_stiffness`.

    Returns
    -------
    π/2 where ωτ_min ≪ 1 at E ~ T, (π⁴/12)·9πηT³/ω where it is ≫ 1.
    """
    return _at(_tunnelling_curve(), jnp.log(omega) - jnp.log(9 * math.pi * relaxation) - 3 * jnp.log(T))


def activated_friction(omega: Array, T: Array, W: ArrayLike) -> Array:
    """Q⁻¹/C̄ of thermally activated relaxation in double wells (Buchenau et al., Phys. Rev. B 46, 2798 (1992)).

    Wells of barrier V = W D₂²/4 relax in τ = τ₀e^{V/k_BT}, and their density ∝ V^{-1/4} gives 2(T/W)^{3/4}H(ωτ₀),
    H(b) = ∫₀^∞dv v^{-1/4}/2cosh(v + ln b). For ωτ₀ ≪ 1 it is π(T/W)^{3/4}ln^{-1/4}(1/ωτ₀), the usual form; H keeps it
    finite for thermal phonons, and τ₀ = ħ/W (ours).

    ``omega``, ``T`` and ``W`` broadcast, in units of ω_D and T_D.
    """
    return 2 * (T / W) ** 0.75 * _at(_activated_curve(), jnp.log(omega) - jnp.log(W))


_RULE = gauss_legendre(48)
_V_MAX = math.sqrt(45.0)  # the Schottky factor is below e^{-45} beyond
_INNER = gauss_legendre(24)


def _log_coth(x: Array) -> Array:
    """ln[x coth(x/2)], ln 2 at x = 0."""
    return jnp.log(x * (1 + jnp.exp(-x)) / -jnp.expm1(-x))


def relaxed_heat(
    T: Float[Array, " m"],
    time: ArrayLike,
    relaxation: ArrayLike,
    density: Callable[[Array, Array], Array],
) -> Float[Array, " m"]:
    """∫dx (x/2)²sech²(x/2) density(E, U) over E = xT with τ_min(E) < t (Phillips 1987, Black 1978).

    U = arccosh√(t/τ_min), 1/τ_min = 9πη E³coth(E/2T): a tunnelling system with Δ₀/E = 1/cosh φ takes part for φ < U.

    Parameters
    ----------
    T : (m,) in T_D.
    time, relaxation : scalar
        t in 1/ω_D, and η as in `relaxation.tunnelling_friction`.
    density : callable
        Number of systems taking part, a function of E and U, both (m, n); zero at U = 0.
    """
    log_rate = jnp.log(9 * math.pi * relaxation * time) + 3 * jnp.log(T)
    # t = τ_min at the first splitting that counts; 2x² < x³coth(x/2) < 2x² + x³ brackets it
    low = jnp.minimum(-(log_rate + math.log(4.0)) / 2, -(log_rate + math.log(2.0)) / 3)
    high = jnp.minimum(-(log_rate + math.log(2.0)) / 2, -log_rate / 3)
    first = jnp.exp(increasing_root(lambda s: log_rate + 2 * s + _log_coth(jnp.exp(s)), low, high, steps=10))[
        :, None
    ]
    v = jnp.asarray(_RULE.nodes * _V_MAX, T.dtype)[None, :]
    weights = jnp.asarray(2 * _V_MAX**2 * _RULE.nodes * _RULE.weights, T.dtype)[None, :]
    x = first + v**2
    log_ratio = 2 * jnp.log1p(v**2 / first) + _log_coth(x) - _log_coth(first)
    log_ratio = jnp.maximum(log_ratio, 1e-12)
    U = log_ratio / 2 + jnp.log1p(jnp.sqrt(-jnp.expm1(-log_ratio)))
    schottky = x**2 * jnp.exp(-x) / (1 + jnp.exp(-x)) ** 2
    return jnp.sum(weights * schottky * density(x * T[:, None], U), axis=1)


def tunnelling_heat_capacity(
    T: Float[Array, " m"], time: ArrayLike, strength: ArrayLike, relaxation: ArrayLike
) -> Float[Array, " m"]:
    """Tunnelling systems in k_B per bead, P̄∫dE (E/2T)²sech²(E/2T) arccosh√(t/τ_min).

    Black, Phys. Rev. B 17, 2740 (1978). Tends to (π²/12) P̄ T ln(4t/τ_min) at long times, the average taken over E;
    P̄ = C/η in these units.

    Parameters
    ----------
    T : (m,) in T_D.
    time : scalar
        t in 1/ω_D.
    strength, relaxation : scalar
        C = P̄γ²/ρv² and η = γ²/(M k_B²T_D²).
    """
    return strength / relaxation * T * relaxed_heat(T, time, relaxation, lambda _, U: U)


def soft_potential_density(W: ArrayLike) -> Callable[[Array, Array], Array]:
    """Double wells of splitting E that take part, in P_s/W: 2(2/9)^{1/3}∫₀^U dφ L^{-2/3}, L = ln(W/Δ₀), Δ₀ = E/cosh φ.

    P(Δ, Δ₀) = (2/9)^{1/3}P_s/(W L^{2/3}Δ₀) for either sign of Δ (Parshin, Phys. Rev. B 49, 9400 (1994)). L is written
    ln(e + W/Δ₀), so that no well is shallower than |D₂| = 1.65, where tunnelling states end (ours). ``W`` in T_D.
    """

    def density(E: Array, U: Array) -> Array:
        share = U[..., None] * jnp.asarray(_INNER.nodes, U.dtype)[None, None, :]
        depth = jnp.log(math.e + (W / E)[..., None] * jnp.cosh(share))
        inner = jnp.exp(-2 / 3 * jnp.log(depth)) @ jnp.asarray(_INNER.weights, U.dtype)
        return 2 * (2 / 9) ** (1 / 3) * U * inner

    return density

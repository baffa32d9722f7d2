"""Heat capacity of tunnelling systems that relax within the time of a measurement."""

import math
from collections.abc import Callable

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.quadrature import gauss_legendre
from ..numerics.roots import increasing_root

__all__ = ["relaxed_heat", "soft_potential_density", "tunnelling_heat_capacity"]

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

"""Quantum mixing of a two-level system with the ripplons (Sec. V): fast centres, their scattering and heat capacity."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.safe import sigmoid
from .tunnelling import schottky_integral
from .units import XI

__all__ = [
    "angular_integral",
    "fast_centre_window",
    "lambert_w",
    "linked_scattering",
    "mixed_heat_capacity",
    "renormalised_tunnelling",
]


def angular_integral(c: ArrayLike) -> Array:
    """I(c) = ∫₀¹dx x^{1-c}/√(1-x²) = (√π/2) Γ(1-c/2)/Γ(3/2-c/2) of Eq. 68; 1 at c = 0, π/2 at c = 1; c < 2."""
    c = jnp.asarray(c, dtype=float)
    return math.sqrt(math.pi) / 2 * jnp.exp(gammaln(1 - c / 2) - gammaln(1.5 - c / 2))


@jax.custom_jvp
def lambert_w(x: Array) -> Array:
    """Principal branch W₀(x) for x ≥ 0: W e^W = x. Halley iteration, exact to rounding."""
    x = jnp.asarray(x, dtype=float)
    w = jnp.log1p(x) * (1 - jnp.log1p(jnp.log1p(x)) / (2 + jnp.log1p(x)))
    for _ in range(4):
        e = jnp.exp(w)
        miss = w * e - x
        w = w - miss / (e * (w + 1) - (w + 2) * miss / (2 * w + 2))
    return w


@lambert_w.defjvp
def _lambert_w_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    w = lambert_w(primals[0])
    return w, tangents[0] * jnp.exp(-w) / (1 + w)


def renormalised_tunnelling(delta: ArrayLike, B: ArrayLike) -> Array:
    """Δ̃ = Δ exp(-BΔ̃²/2), that is Δ̃² = W₀(BΔ²)/B (Eq. 64), in ω_D; Δ̃ → Δ as B → 0.

    Written Δ̃ = Δ exp(-W₀(BΔ²)/2), which needs no limit at B = 0.
    """
    delta = jnp.asarray(delta, dtype=float)
    return delta * jnp.exp(-lambert_w(B * delta**2) / 2)


def fast_centre_window(omega: Array, B: ArrayLike) -> Array:
    """Share of fast centres kept at splitting ω when the extrapolation beyond Δ̃(ω_D) = √(W₀(B)/B) is cut off.

    A smooth step in ln ω, 5 % wide, so that the cut has a gradient and fixed quadratures see it.
    """
    edge = renormalised_tunnelling(1.0, B)
    return sigmoid((jnp.log(edge) - jnp.log(omega)) / 0.05)


def linked_scattering(
    A1: ArrayLike, B: ArrayLike, c: ArrayLike, xi: ArrayLike = XI, omega: float = 1e-3
) -> Array:
    """l/λ at ω that Eq. 68 ties to A₁, both signs of ε counted (Sec. 12).

    R = 3(ξ/a)³/{4π² A₁ [Bω₀ + I(c)] ω₀^{-c}}.
    """
    strength = (B * omega + angular_integral(c)) * omega ** (-jnp.asarray(c, dtype=float))
    return 3 * xi**3 / (4 * math.pi**2 * A1 * strength)


def mixed_heat_capacity(
    T: Float[Array, " m"],
    time: ArrayLike,
    tg: ArrayLike,
    A1: ArrayLike,
    B: ArrayLike,
    c: ArrayLike,
    *,
    cut_fast: bool = False,
) -> Float[Array, " m"]:
    """Heat capacity of ordinary and fast two-level systems per domain, in k_B, of one sign of ε (Eq. 69).

    C(t) = (A₁/T_g) ∫dE [βE/2cosh(βE/2)]² E^{-c} {BE θ(t - τ_min) + ∫dz e^{cz/2}/2√(1-e^{-z})}, with Δ_max = ω_D = 1.

    Parameters
    ----------
    T : (m,) in T_D.
    time : scalar
        Observation time t in 1/ω_D.
    tg : scalar
        The glass's own T_g/T_D.
    A1, B, c : scalar
        A₁ normalises the distribution of tunnelling amplitudes, about 1/ln(Δ_max/Δ_min); B is the strength of mixing.
    cut_fast : bool
        Leave out fast centres beyond Δ̃(ω_D), an extrapolation (Sec. 12).

    Returns
    -------
    (m,) per domain of volume ξ³; double it to count both signs of ε.
    """

    def fast(E: Array) -> Array:
        share = B * E
        return share * fast_centre_window(E, B) if cut_fast else share

    return A1 / tg * schottky_integral(T, time, tg, c, extra=fast)

"""Thermal expansion from the van der Waals attraction between fluctuating domains (Sec. VI)."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy.special import digamma
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import choose
from .landscape import XI
from .ripplons import discrete_spectrum
from .walls import L_MAX

__all__ = [
    "PAIRS",
    "SUMS",
    "direct_coupling_bound",
    "grueneisen",
    "interaction_heat_capacity",
    "interaction_heat_share",
    "occupation",
    "pair_count",
    "pair_sum",
    "printed_mixed_grueneisen",
    "printed_ripplon_expansion",
    "printed_ripplon_grueneisen",
    "ripplon_expansion",
    "ripplon_free_energy",
    "ripplon_two_level_expansion",
    "volume_expansion",
]

SUMS = ("direct", "printed")
PAIRS = ("ordered", "unordered")


def pair_count(pairs: str) -> float:
    """Return 1 for "ordered" pairs of sites, as the paper counts them, and 1/2 for "unordered" ones (Sec. 10)."""
    choose(pairs, PAIRS, "pairs")
    return 1.0 if pairs == "ordered" else 0.5


def interaction_strength(tg: ArrayLike, xi: ArrayLike) -> Array:
    """Σ_ij ⟨J²⟩ = (2/3) T_g² (a/ξ)⁶ per domain and per square of the density of sites (before Eq. 75)."""
    return 2 / 3 * jnp.asarray(tg) ** 2 * jnp.asarray(xi, dtype=float) ** -6.0


def occupation(T: Float[Array, " m"], tg: ArrayLike) -> Float[Array, " m"]:
    """q(T) = ∫₀^∞dε n(ε)/(1 + e^{βε}) = (T/T_g)·½{ψ[(x+2)/2] - ψ[(x+1)/2]}, x = T/T_g → (T/T_g) ln 2 (Sec. 10)."""
    x = T / tg
    return x / 2 * (digamma((x + 2) / 2) - digamma((x + 1) / 2))


def pair_sum(xi: ArrayLike = XI, sums: str = "direct") -> Array:
    """S_rr = Σ(2l₁+1)(2l₂+1)/(ω_l1 + ω_l2) in 1/ω_D (Eq. 75).

    "direct": 9912 at ξ/a = 5.8. "printed": (9π²/8)(ξ/a)^{17/4} = 19499.
    """
    choose(sums, SUMS, "sums")
    if sums == "printed":
        return 9 * math.pi**2 / 8 * jnp.asarray(xi, dtype=float) ** 4.25
    frequencies, weights = discrete_spectrum(xi, L_MAX)
    return jnp.sum(weights[None, :] * weights[:, None] / (frequencies[None, :] + frequencies[:, None]))


def ripplon_free_energy(
    T: Float[Array, " m"], tg: ArrayLike, xi: ArrayLike = XI, *, sums: str = "direct", pairs: str = "ordered"
) -> Float[Array, " m"]:
    """-F_rr per domain, (2/3) T_g² (a/ξ)⁶ S_rr q(T)², in ħω_D: ripplon-ripplon attraction (Eq. 74).

    ``pairs`` "ordered" counts each pair of sites twice, as the paper does; "unordered" once.
    """
    return pair_count(pairs) * interaction_strength(tg, xi) * pair_sum(xi, sums) * occupation(T, tg) ** 2


def volume_expansion(free_energy: Callable[[Array], Array], T: Float[ArrayLike, " m"]) -> Float[Array, " m"]:
    """K ξ³ α_V = -2 d|F|/dT in k_B: volume expansion of any second-order attraction (Sec. VI, before Eq. 75).

    F ∝ Σ r_ij⁻⁶ enters the balance with the elastic energy (K/2)(δV/V)² as F (1 - 2δV/V). The derivative is taken by
    automatic differentiation; the linear expansion is a third of the volume expansion.

    Parameters
    ----------
    free_energy : callable
        |F| per domain in ħω_D at temperatures (m,), elementwise: `ripplon_free_energy` with its other arguments
        bound, or one of `attraction`.
    T : (m,) in T_D.
    """
    T = jnp.asarray(T)
    return -2 * _slope(free_energy, T)


def interaction_heat_capacity(
    free_energy: Callable[[Array], Array], T: Float[ArrayLike, " m"]
) -> Float[Array, " m"]:
    """-T d²F/dT² = T d²|F|/dT² in k_B per domain: what an attraction adds to the heat capacity (Sec. VI).

    ``free_energy`` and ``T`` as in `volume_expansion`. An attraction ∝ T², as in Eq. 74, adds |γ|/2 of
    C = k_BT/T_gξ³, γ being `grueneisen`'s: far more than the paper's estimate, `interaction_heat_share`.
    """
    T = jnp.asarray(T)

    return T * _slope(lambda temperature: _slope(free_energy, temperature), T)


def _slope(function: Callable[[Array], Array], T: Array) -> Array:
    """Return the derivative of an elementwise function."""
    return jax.jvp(function, (T,), (jnp.ones_like(T),))[1]


def grueneisen(expansion: ArrayLike, T: ArrayLike, tg: ArrayLike) -> Array:
    """γ = α_V K/C, C = k_BT/T_gξ³: Grüneisen parameter of an expansion K ξ³ α_V in k_B (Eq. 76).

    C is the paper's round heat capacity of the two-level systems; π²/6 times as much follows from Eq. 34 with ε > 0.
    """
    return jnp.asarray(expansion) * tg / jnp.asarray(T)


def ripplon_expansion(
    T: Float[Array, " m"], tg: ArrayLike, xi: ArrayLike = XI, *, sums: str = "direct", pairs: str = "ordered"
) -> Float[Array, " m"]:
    """K ξ³ α_V,rr in k_B: volume expansion -(2/K) d|F_rr/V|/dT by ripplon-ripplon attraction (Eq. 74-75).

    The volume enters the attraction as 1 - 2δV/V. Negative at every T. Parameters: ``T`` (m,) in T_D, ``tg`` the
    glass's own T_g/T_D. The derivative is taken by automatic differentiation of the free energy.
    """
    return volume_expansion(lambda t: ripplon_free_energy(t, tg, xi, sums=sums, pairs=pairs), T)


def ripplon_two_level_expansion(tg: ArrayLike, xi: ArrayLike = XI) -> Array:
    """K ξ³ α_V,rT in k_B: -(a/ξ)⁴ ln[2.0 tg (ξ/a)^{1/4}], ripplon-two-level attraction as printed (Eq. 79).

    Independent of T, which violates Nernst's theorem; the paper puts its breakdown at 10⁻³ T_g. Off by default.
    """
    xi = jnp.asarray(xi, dtype=float)
    return -(xi**-4.0) * jnp.log(2.0 * tg * xi**0.25)


def printed_ripplon_expansion(T: ArrayLike, xi: ArrayLike = XI) -> Array:
    """K ξ³ α_V,rr = -3.0 (ln 2)² π² T (a/ξ)^{7/4} in k_B, as printed (Eq. 75).

    Half of Eq. 74 with the modes summed one by one is left, a quarter if each pair of sites counts once.
    ``T`` in T_D and ``xi`` broadcast.
    """
    xi = jnp.asarray(xi, dtype=float)
    return -3.0 * math.log(2) ** 2 * math.pi**2 * jnp.asarray(T) * xi**-1.75


def printed_ripplon_grueneisen(tg: ArrayLike, xi: ArrayLike = XI) -> Array:
    """γ_rr = -3.0 (ln 2)² π² (T_g/T_D)(a/ξ)^{7/4}, as printed (Eq. 76)."""
    return grueneisen(printed_ripplon_expansion(1.0, xi), 1.0, tg)


def printed_mixed_grueneisen(T: ArrayLike, tg: ArrayLike, xi: ArrayLike = XI) -> Array:
    """γ_rT = -1.0 (T_g/T)(a/ξ)⁴ ln[2.0 tg (ξ/a)^{1/4}], as printed (Eq. 80). ``T`` in T_D."""
    return grueneisen(ripplon_two_level_expansion(tg, xi), T, tg)


def direct_coupling_bound(lindemann: ArrayLike = 10.0) -> Array:
    """Largest |γ| = (12 ln 2/π²) a/d_L from two-level systems coupled to phonons directly: 8.43, sign unknown (Eq. 82).

    ``lindemann`` is a/d_L, the lattice spacing over the displacement at the mechanical stability limit.
    """
    return 12 * math.log(2) / math.pi**2 * jnp.asarray(lindemann, dtype=float)


def interaction_heat_share(xi: ArrayLike = XI, lindemann: ArrayLike = 10.0) -> Array:
    """10 (a/ξ)⁵ (d_L/a)² = 1.5 10⁻⁵: the paper's estimate of the interactions' share of the heat capacity (Sec. VI).

    ``lindemann`` is a/d_L. `interaction_heat_capacity` gives what the free energies say.
    """
    return 10 * jnp.asarray(xi, dtype=float) ** -5.0 / jnp.asarray(lindemann, dtype=float) ** 2

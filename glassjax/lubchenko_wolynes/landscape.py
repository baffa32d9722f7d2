"""Energy landscape of the liquid and what it leaves in the glass: mosaic, barriers, random energies (Sec. II, III.A).

The other modules use the paper's reduced units ħ = k_B = ω_D = 1 and lengths in beads a. In this one energies are in
k_BT_g, temperatures in T_g, entropies in k_B per bead, and N counts beads. γ/k_BT_g depends on the Lindemann ratio
a/d_L only. Where ``entropy`` is left out, it is the one at T_g. All functions are elementwise and broadcast.
"""

import math

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array

__all__ = [
    "LINDEMANN",
    "LOG_TIMES",
    "SOUND_SPEED",
    "XI",
    "activation_barrier",
    "barrier_profile",
    "barrier_spread",
    "barrierless_fraction",
    "bias_density",
    "configurational_entropy",
    "cooperative_length",
    "cooperative_size",
    "critical_size",
    "droplet_free_energy",
    "entropy_at_transition",
    "fragility",
    "fragility_index",
    "ground_state_energy",
    "highest_barrier",
    "log_aging_rate",
    "log_barrier_density",
    "log_relaxation_time",
    "log_state_density",
    "nonlinearity",
    "stretching_exponent",
    "surface_coefficient",
]

SOUND_SPEED = (6 * math.pi**2) ** (-1 / 3)
"""c_s/(a ω_D) = 0.25656: one acoustic state per bead and branch below ω_D."""

XI = 5.8
"""ξ/a, the size of a cooperative region at T_g (Sec. II)."""


LINDEMANN = 10.0
"""a/d_L: lattice spacing over the displacement at the limit of mechanical stability (Sec. II)."""

LOG_TIMES = 17 * math.log(10)
"""ln τ/τ₀ at the glass transition, τ being an hour (Sec. II)."""

_STEEPER = 2 * math.sqrt(2) - 1
"""Bulk term of Eq. 12's typical barrier over that of Eq. 11, because the variance is doubled."""


def log_relaxation_time(T: ArrayLike, D: ArrayLike, T0: ArrayLike) -> Array:
    """Return ln τ/τ₀ = D T₀/(T - T₀), the Vogel-Fulcher law (Eq. 1), for T > T₀, both in one unit."""
    return jnp.asarray(D) * T0 / (jnp.asarray(T) - T0)


def configurational_entropy(T: ArrayLike, jump: ArrayLike, T_kauzmann: ArrayLike) -> Array:
    """s_c = Δc_p (T - T_K)/T_K in k_B per bead (Sec. II), T ≥ T_K; ``jump`` is Δc_p in k_B per bead."""
    return jnp.asarray(jump) * (jnp.asarray(T) / T_kauzmann - 1)


def surface_coefficient(lindemann: ArrayLike = LINDEMANN) -> Array:
    """γ/k_BT_g = (3/2)√(3π) ln[(a/d_L)²/πe] of the mismatch energy γ√N (Sec. II); 11.33 at a/d_L = 10.

    Positive for a/d_L > √(πe) = 2.92.
    """
    return 1.5 * math.sqrt(3 * math.pi) * (2 * jnp.log(jnp.asarray(lindemann)) - math.log(math.pi) - 1)


def fragility(jump: ArrayLike, lindemann: ArrayLike = LINDEMANN) -> Array:
    """D = (γ/k_BT_g)²/4 over Δc_p/R_gas = 32.09/``jump`` (Sec. II); ``jump`` is Δc_p at T_g in R_gas, per bead.

    With γ ∝ T, as for a mismatch of entropy, F‡/k_BT of Eq. 7 is the Vogel-Fulcher law with T₀ = T_K.
    """
    return surface_coefficient(lindemann) ** 2 / 4 / jnp.asarray(jump)


def fragility_index(D: ArrayLike, T0: ArrayLike) -> Array:
    """Fragility index m = d log₁₀τ/d(T_g/T) at T_g = D T₀/[(1 - T₀)² ln 10] (Sec. II, Fig. 5).

    Of the Vogel-Fulcher law, with T₀ < 1 in T_g.
    """
    return jnp.asarray(D) * T0 / (1 - jnp.asarray(T0)) ** 2 / math.log(10)


def entropy_at_transition(log_times: ArrayLike = LOG_TIMES, lindemann: ArrayLike = LINDEMANN) -> Array:
    """s_c(T_g) = (γ/k_BT_g)²/4 ln(τ/τ₀) in k_B per bead, from F‡ = k_BT_g ln τ/τ₀ (Eq. 7); 0.8199."""
    return surface_coefficient(lindemann) ** 2 / (4 * jnp.asarray(log_times))


def _entropy(entropy: ArrayLike | None, lindemann: ArrayLike) -> Array:
    return entropy_at_transition(LOG_TIMES, lindemann) if entropy is None else jnp.asarray(entropy)


def droplet_free_energy(
    N: ArrayLike, entropy: ArrayLike | None = None, T: ArrayLike = 1.0, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """F(N) = γ√N - T s_c N in k_BT_g, N ≥ 0 (Eq. 6, Fig. 4); its slope is infinite at N = 0."""
    N = jnp.asarray(N)
    return surface_coefficient(lindemann) * jnp.sqrt(N) - T * _entropy(entropy, lindemann) * N


def critical_size(
    entropy: ArrayLike | None = None, T: ArrayLike = 1.0, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """N‡ = (γ/2 s_c T)² beads at the maximum of F(N) (Eq. 7)."""
    return cooperative_size(entropy, T, lindemann=lindemann) / 4


def activation_barrier(
    entropy: ArrayLike | None = None, T: ArrayLike = 1.0, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """F‡ = γ²/4 s_c T in k_BT_g (Eq. 7): 39.14 at T_g."""
    return surface_coefficient(lindemann) ** 2 / (4 * T * _entropy(entropy, lindemann))


def cooperative_size(
    entropy: ArrayLike | None = None, T: ArrayLike = 1.0, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """N* = (γ/T s_c)² beads, where F(N*) = 0 (Sec. II): 191 at T_g."""
    return (surface_coefficient(lindemann) / (T * _entropy(entropy, lindemann))) ** 2


def cooperative_length(log_times: ArrayLike = LOG_TIMES, lindemann: ArrayLike = LINDEMANN) -> Array:
    """ξ/a = N*^{1/3} = {8 ln(τ/τ₀)/[3√(3π) ln((a/d_L)²/πe)]}^{2/3} at T_g (Sec. II): 5.76.

    A weak function of the cooling rate, through τ/τ₀.
    """
    return (4 * jnp.asarray(log_times) / surface_coefficient(lindemann)) ** (2 / 3)


def barrier_spread(D: ArrayLike) -> Array:
    """δF‡/F‡ = 1/(2√D) of the normally distributed barriers (Sec. II)."""
    return 0.5 / jnp.sqrt(jnp.asarray(D))


def stretching_exponent(barrier: ArrayLike, D: ArrayLike) -> Array:
    """β = [1 + (δF‡/k_BT)²]^{-1/2} of the relaxation e^{-(t/τ)^β} for normally distributed barriers (Sec. II, Fig. 6).

    ``barrier`` is F‡/k_BT (39.14 at T_g), its spread δF‡ that of `barrier_spread`.
    """
    return 1 / jnp.sqrt(1 + (barrier * barrier_spread(D)) ** 2)


def nonlinearity(m: ArrayLike) -> Array:
    """x_NMT = 19/m, nonlinearity of aging for the fragility index m (Sec. II, Fig. 8); quoted, not derived here."""
    return 19 / jnp.asarray(m)


def log_aging_rate(barrier: ArrayLike, T: ArrayLike, x: ArrayLike) -> Array:
    """Return ln k/k₀ = -x ΔE*/k_BT - (1 - x) ΔE*/k_BT_g of a glass held at T (Eq. 8).

    ``barrier`` is ΔE*/k_BT_g, ``T`` in T_g, ``x`` the nonlinearity, 0 … 1.
    """
    return -jnp.asarray(barrier) * (x / jnp.asarray(T) + 1 - x)


def log_state_density(
    E: ArrayLike, N: ArrayLike, entropy: ArrayLike | None = None, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """Return ln Ω_N(E) = s_c N - [E - (NΔε + γ√N)]²/(2δE²N), random energy model of the glass, N > 0 (Eq. 9).

    Δε = T_g s_c and δE² = 2T_g² s_c, from the spectrum's slope 1/T_g at its lowest state. Energies in k_BT_g.
    """
    entropy, N = _entropy(entropy, lindemann), jnp.asarray(N)
    mean = entropy * N + surface_coefficient(lindemann) * jnp.sqrt(N)
    return entropy * N - (E - mean) ** 2 / (4 * entropy * N)


def ground_state_energy(
    N: ArrayLike, entropy: ArrayLike | None = None, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """E_GS(N) = γ√N - T_g s_c N in k_BT_g, where Ω_N(E_GS) = 1 (Eq. 10-11); its slope is infinite at N = 0."""
    return droplet_free_energy(N, entropy, lindemann=lindemann)


def barrier_profile(
    N: ArrayLike, entropy: ArrayLike | None = None, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """V(N) = γ√N - (2√2 - 1) T_g s_c N in k_BT_g, where Ω_N(V) of Eq. 12 is 1: the typical barrier (Fig. 10).

    Eq. 12 is Eq. 9 with the variance doubled. The slope is infinite at N = 0.
    """
    return droplet_free_energy(N, entropy, _STEEPER, lindemann=lindemann)


def highest_barrier(
    entropy: ArrayLike | None = None, *, lindemann: ArrayLike = LINDEMANN
) -> tuple[Array, Array]:
    """N‡ = N*/[4(2√2 - 1)²] and V_max = F‡/(2√2 - 1) in k_BT_g, maximum of the typical barrier (Eq. 13)."""
    size = critical_size(entropy, _STEEPER, lindemann=lindemann)
    return size, activation_barrier(entropy, _STEEPER, lindemann=lindemann)


def log_barrier_density(
    V: ArrayLike, entropy: ArrayLike | None = None, *, lindemann: ArrayLike = LINDEMANN
) -> Array:
    """Return ln Ω(V‡) = (V‡ - V_max)/(√2 T_g), number of paths through a barrier V‡ in k_BT_g (Eq. 14)."""
    return (V - highest_barrier(entropy, lindemann=lindemann)[1]) / math.sqrt(2)


def barrierless_fraction(entropy: ArrayLike | None = None, *, lindemann: ArrayLike = LINDEMANN) -> Array:
    """Ω(V‡ = 0) = e^{-18.5 s_c}, fraction of paths without a barrier in a domain (Eq. 14): 2.67 10⁻⁷."""
    return jnp.exp(log_barrier_density(0.0, entropy, lindemann=lindemann))


def bias_density(epsilon: ArrayLike, tg: ArrayLike) -> Array:
    """ξ³ n(ε) = e^{-|ε|/T_g}/T_g in 1/ħω_D, ε of either sign in ħω_D (Eq. 34).

    One per sign and domain, so that it integrates to 2. ``tg`` is T_g/T_D.
    """
    return jnp.exp(-jnp.abs(jnp.asarray(epsilon)) / tg) / tg

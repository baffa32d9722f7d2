"""Walls between the domains of the mosaic: size, tension, mass and frequencies of vibration (Sec. IV.B-C)."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

from ..numerics.functions import increasing_root
from .landscape import LINDEMANN, SOUND_SPEED, XI, barrier_profile, surface_coefficient

__all__ = [
    "L_MAX",
    "L_MIN",
    "barrier_top_frequency",
    "frequency",
    "gas_shell_frequency",
    "glass_density",
    "harmonics",
    "highest_harmonic",
    "hollow_shell_frequency",
    "prefactor",
    "region_radius",
    "shell_cotangent",
    "shell_response",
    "tension",
    "wall_density",
    "wall_mass",
    "wall_mass_in_beads",
]

L_MIN, L_MAX = 2, 9
"""Lowest and highest angular momentum of the ripplons (Sec. IV.B-C)."""


def region_radius(xi: ArrayLike = XI) -> Array:
    """Radius R = ξ(3/4π)^{1/3} of a sphere as large as a cooperative region, in a (Sec. IV.C)."""
    return (3 / (4 * math.pi)) ** (1 / 3) * jnp.asarray(xi, dtype=float)


def tension(radius: ArrayLike, tg: ArrayLike, lindemann: ArrayLike = LINDEMANN) -> Array:
    """Tension σ(R) = (3/4)(k_BT_g/a²) ln[(a/d_L)²/πe] (a/R)^{1/2} of a wall, in ħω_D/a² (Sec. IV.C).

    ``radius`` > 0 in a, ``tg`` = k_BT_g/ħω_D, ``lindemann`` = a/d_L; they broadcast.
    """
    radius = jnp.asarray(radius, dtype=float)
    return 0.75 * tg * (2 * jnp.log(lindemann) - math.log(math.pi * math.e)) / jnp.sqrt(radius)


def wall_density(tg: ArrayLike) -> Array:
    """Mass of a wall per area, ρ_W = (d_L/a)² ρ a = (T_g/ω_D)/c_s², in ħ/(a⁴ω_D) (Sec. IV.C)."""
    return jnp.asarray(tg, dtype=float) / SOUND_SPEED**2


def glass_density(tg: ArrayLike, lindemann: ArrayLike = LINDEMANN) -> Array:
    """Mass density of the glass, ρ = (a/d_L)² (T_g/ω_D)/c_s², in ħ/(a⁵ω_D) (Sec. III.B, k_BT_g = ρc_s²a³(d_L/a)²)."""
    return jnp.asarray(lindemann, dtype=float) ** 2 * tg / SOUND_SPEED**2


def wall_mass(xi: ArrayLike, tg: ArrayLike) -> Array:
    """Mass of a region's wall, M_w = (ξ/a)² k_BT_g/c_s², in ħ/(a²ω_D) (Sec. IV.B)."""
    return jnp.asarray(xi, dtype=float) ** 2 * tg / SOUND_SPEED**2


def wall_mass_in_beads(xi: ArrayLike = XI, lindemann: ArrayLike = LINDEMANN) -> Array:
    """Mass of a region's wall over the mass ρa³ of a bead, M_w/m = (ξ/a)²(d_L/a)² (Sec. IV.B); 0.336 at ξ/a = 5.8."""
    return (jnp.asarray(xi, dtype=float) / lindemann) ** 2


def barrier_top_frequency(xi: ArrayLike = XI, lindemann: float = LINDEMANN) -> Array:
    """Frequency ω‡ of a wall at the top of its tunnelling barrier, in ω_D (Eq. 29): 1.673 a/ξ at ξ/a = 5.76.

    ω‡² = -(∂²V/∂r²)/M_w at the maximum of the typical profile V(N) of Eq. 12, N = 4πr³/3, at the entropy
    s_c = γ/(T_g ξ^{3/2}) at which ξ³ beads rearrange. T_g cancels. (The printed Eq. 29 lacks the square.) ``xi`` of any
    shape; the derivative is taken by automatic differentiation of `landscape.barrier_profile`.
    """
    xi = jnp.asarray(xi, dtype=float)
    entropy = surface_coefficient(lindemann) / xi**1.5
    top = xi**3 / (4 * (2 * math.sqrt(2) - 1) ** 2)
    radius = (3 * top / (4 * math.pi)) ** (1 / 3)
    ones = jnp.ones_like(radius)

    def profile(r: Array) -> Array:
        return barrier_profile(4 * math.pi / 3 * r**3, entropy, lindemann=lindemann)

    def slope(r: Array) -> Array:
        return jax.jvp(profile, (r,), (ones,))[1]

    curvature = jax.jvp(slope, (radius,), (ones,))[1]
    return jnp.sqrt(-curvature / wall_mass(xi, 1.0))


def _bessel_quotient(l: ArrayLike, z: Array, terms: int) -> Array:  # noqa: E741
    """2l + 3 - u with u = z j_{l+2}/j_{l+1}, so that z j_{l+1}/j_l is z² over it; a continued fraction.

    z j_{k+1}/j_k = z²/(2k + 3 - z j_{k+2}/j_{k+1}), from k = l + ``terms`` > z downwards. Unlike a quotient of two
    values it neither underflows as z → 0 nor divides by j_l at its zeros.
    """
    square = z**2
    first = jnp.asarray(l, z.dtype)

    def step(i: ArrayLike, bottom: Array) -> Array:
        bottom = jnp.where(bottom == 0, jnp.finfo(z.dtype).eps, bottom)
        return 2 * (first + (terms - i)) + 3 - square / bottom

    start = jnp.broadcast_to(2 * (first + terms + 1) + 3, jnp.broadcast_shapes(first.shape, z.shape))
    return jax.lax.fori_loop(0, terms + 1, step, start)


def shell_cotangent(l: ArrayLike, z: ArrayLike) -> Array:  # noqa: E741
    """Left side of Eq. 30, cot α_l(z) = [-l + z j_{l+1}(z)/j_l(z)]⁻¹ = -j_l(z)/[z j_l'(z)] (Fig. 13).

    -1/l at z = 0, poles at the zeros of j_l', zero at those of j_l. ``l`` ≥ 1 and 0 ≤ ``z`` ≤ 60 broadcast.
    """
    z = jnp.asarray(z, dtype=float)
    bottom = _bessel_quotient(l, z, 100)
    return bottom / (z**2 - l * bottom)


def shell_response(
    l: ArrayLike,  # noqa: E741
    z: ArrayLike,
    gas_density: ArrayLike,
    gas_speed: ArrayLike,
    xi: ArrayLike = XI,
    tg: ArrayLike = 1.0,
    *,
    lindemann: ArrayLike = LINDEMANN,
) -> Array:
    """Right side of Eq. 30, ρ_W/(ρ_gR) - (l-1)(l+2) σ/[ρ_gR (ωR)²] with ωR = c_g z (Fig. 13).

    Parameters
    ----------
    l, z : broadcast
        Harmonic, and z = ωR/c_g > 0.
    gas_density : scalar
        ρ_g > 0 as a share of the glass's own density; with it ``tg`` cancels.
    gas_speed : scalar
        Sound speed c_g of the gas in aω_D (that of the glass is 0.25656).
    xi, tg, lindemann : scalar
        ξ/a, k_BT_g/ħω_D, a/d_L.
    """
    radius = region_radius(xi)
    column = gas_density * glass_density(tg, lindemann) * radius
    speed = gas_speed * jnp.asarray(z, dtype=float)
    l = jnp.asarray(l)  # noqa: E741
    return (wall_density(tg) - (l - 1) * (l + 2) * tension(radius, tg, lindemann) / speed**2) / column


def gas_shell_frequency(
    l: ArrayLike,  # noqa: E741
    gas_density: ArrayLike,
    gas_speed: ArrayLike = SOUND_SPEED,
    xi: ArrayLike = XI,
    tg: ArrayLike = 1.0,
    *,
    lindemann: ArrayLike = LINDEMANN,
) -> Array:
    """Lowest frequency of a shell filled with gas, in ω_D: the smallest root of Eq. 30.

    The root lies below both the first zero z' of j_l' and the hollow shell's √[(l-1)(l+2)σ/(ρ_W c_g²)]. There
    ρ_W z² - (l-1)(l+2)σ/c_g² times -1/cot α_l, plus ρ_gR z², increases through zero. As ρ_g → 0 it tends to Eq. 31,
    provided that frequency is below the gas's own z'c_g/R; if the gas is slower, the lowest mode is a standing
    sound wave in it.

    Parameters
    ----------
    l : 2 … 9, any shape.
    gas_density : scalar or as ``l``
        ρ_g ≥ 0 as a share of the glass's own density; with it ``tg`` cancels.
    gas_speed : scalar or as ``l``
        Sound speed c_g of the gas in aω_D.
    xi, tg, lindemann : scalar
        ξ/a, k_BT_g/ħω_D, a/d_L.

    Returns
    -------
    As ``l``; derivatives by the implicit function theorem.
    """
    radius = region_radius(xi)
    load = gas_density * glass_density(tg, lindemann) * radius / wall_density(tg)
    harmonic = jnp.asarray(l, dtype=radius.dtype)
    force = (harmonic - 1) * (harmonic + 2) * tension(radius, tg, lindemann) / wall_density(tg)
    square = force / jnp.asarray(gas_speed, radius.dtype) ** 2
    order = harmonic + 0.5
    # below the first zero of j_l, which is at least order + 1.8557 order^{1/3}, and above that of j_l'
    ceiling = jnp.minimum(jnp.sqrt(square), order + 1.8557 * jnp.cbrt(order))

    def imbalance(z: Array) -> Array:
        stiffness = harmonic - z**2 / _bessel_quotient(harmonic, z, 40)
        return (z**2 - square) * stiffness + load * z**2

    z = increasing_root(imbalance, jnp.zeros_like(ceiling), ceiling, steps=40)
    return z * gas_speed / radius


def hollow_shell_frequency(
    l: ArrayLike,  # noqa: E741
    xi: ArrayLike = XI,
    tg: ArrayLike = 1.0,
    *,
    curvature: bool = True,
    lindemann: ArrayLike = LINDEMANN,
) -> Array:
    """Frequency of an empty shell, ω_l² = (l-1)(l+2) σ/(ρ_WR²) in ω_D (Eq. 31), times 9/8 with ``curvature`` (Eq. 32).

    The factor comes from σ ∝ R^{-1/2}; with it this is Eq. 33 (`ripplons.frequency`). ``l`` ≥ 2 and ``xi`` broadcast;
    ``tg`` cancels.
    """
    radius = region_radius(xi)
    l = jnp.asarray(l)  # noqa: E741
    factor = 9 / 8 if curvature else 1.0
    stiffness = factor * tension(radius, tg, lindemann) / (wall_density(tg) * radius**2)
    return jnp.sqrt((l - 1) * (l + 2) * stiffness)


def highest_harmonic(xi: ArrayLike = XI) -> Array:
    """Order of the highest meaningful ripplon, π(R - a/2)/a: half a wavelength per bead (Sec. IV.C).

    9.73 at ξ/a = 5.8, 9.63 for the 190 beads of Sec. II.
    """
    return math.pi * (region_radius(xi) - 0.5)


def prefactor() -> float:
    """Return p = 1.342857… of Eq. 33, from the wall tension and wall mass density of Sec. IV.B.

    With σ(R) ∝ R^{-1/2} the Laplace pressure gains the factor 9/8 (Eq. 32): ω_l² = (9/8) σ (l-1)(l+2)/(ρ_W R²),
    σ/ρ_W = (3/4) ln[(a/d_L)²/πe] c_s² (a/R)^{1/2}, R = ξ(3/4π)^{1/3}, a/d_L = 10.
    """
    tension = 0.75 * math.log(100 / (math.pi * math.e)) * SOUND_SPEED**2
    radius_per_xi = (3 / (4 * math.pi)) ** (1 / 3)
    return math.sqrt(4 * 9 / 8 * tension * radius_per_xi ** (-5 / 2))


def frequency(l: ArrayLike, xi: ArrayLike = XI) -> Array:  # noqa: E741
    """ω_l = p (a/ξ)^{5/4} √[(l-1)(l+2)/4] in ω_D (Eq. 33); ``l`` and ``xi`` broadcast."""
    return prefactor() * jnp.asarray(xi) ** -1.25 * over_lowest(l)


def over_lowest(l: ArrayLike) -> Array:  # noqa: E741
    """ω_l/ω_2 = √[(l-1)(l+2)/4] (Eq. 33)."""
    l = jnp.asarray(l)  # noqa: E741
    return jnp.sqrt((l - 1) * (l + 2) / 4)


def harmonics(l_max: int = L_MAX) -> np.ndarray:
    """Return l = 2 … ``l_max``, the ripplons' angular momenta (Sec. IV.B)."""
    return np.arange(L_MIN, l_max + 1)

"""Van der Waals attraction of two sites, and of the whole mosaic beyond the low-temperature forms (Sec. VI).

A site has three levels, 0, ε and ε + ω (Eq. 71): the ground state, the other structure, and the latter with a quantum
of a ripplon. Two sites attract each other in second order of an off-diagonal coupling J, of which both the exchange of
a quantum and the simultaneous transition count: J(|2i3j⟩⟨3i2j| + |2i2j⟩⟨3i3j| + h.c.) for two ripplons.
"""

import math
from collections.abc import Sequence

import jax.numpy as jnp
from jax.nn import sigmoid
from jax.scipy.special import expi
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import choose
from ..numerics.quadrature import gauss_legendre, panels
from .expansion import (
    SUMS,
    grueneisen,
    interaction_strength,
    occupation,
    pair_count,
    printed_ripplon_expansion,
    ripplon_expansion,
    ripplon_two_level_expansion,
    volume_expansion,
)
from .landscape import XI
from .ripplons import discrete_spectrum
from .walls import L_MAX

__all__ = [
    "EXPANSION_SUMS",
    "FORMS",
    "attraction_expansion",
    "dipole_interaction",
    "expansion_ratio",
    "full_ripplon_free_energy",
    "mean_square_interaction",
    "mixed_free_energy",
    "mixed_grueneisen",
    "mixed_pair_energy",
    "nernst_temperature",
    "ripplon_grueneisen",
    "ripplon_pair_energy",
    "two_level_free_energy",
    "two_level_pair_energy",
]

FORMS = ("full", "low")
EXPANSION_SUMS = ("full", *SUMS)
_REACH = 40.0  # Fermi factors and n(ε) are below e^{-40} beyond


def dipole_interaction(
    g_i: Float[ArrayLike, "3"], g_j: Float[ArrayLike, "3"], r: Float[ArrayLike, "3"]
) -> Float[Array, ""]:
    """J_ij = (3/4π)[g_i·g_j - 3(g_i·r̂)(g_j·r̂)]/r³, elastic dipole-dipole interaction (Eq. 70).

    ``r`` in a, ``g_i`` and ``g_j`` in √(ρc_s²a³ħω_D), J in ħω_D. In these units |g| = √tg (Eq. 18), so J ~ tg (a/r)³.
    The 3 stands for the three branches of phonons.
    """
    g_i, g_j, r = jnp.asarray(g_i), jnp.asarray(g_j), jnp.asarray(r)
    square = r @ r
    return 3 / (4 * math.pi) * (g_i @ g_j - 3 * (g_i @ r) * (g_j @ r) / square) / square**1.5


def mean_square_interaction(r: ArrayLike, tg: ArrayLike) -> Array:
    """⟨J²⟩ = (2/3)(3/4π)² T_g² (a/r)⁶ over all directions of g_i, g_j and r, in (ħω_D)² (before Eq. 75). ``r`` in a."""
    return 2 / 3 * (3 / (4 * math.pi)) ** 2 * jnp.asarray(tg) ** 2 * jnp.asarray(r, dtype=float) ** -6.0


def _series(x: Array, coefficients: Sequence[float]) -> Array:
    """Σ_k c_k x^k by Horner's rule."""
    total = jnp.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def _decrease(z: Array) -> Array:
    """(1 - e^{-z})/z for z ≥ 0, 1 at z = 0, smooth."""
    small = z < 0.5
    near, far = jnp.where(small, z, 0.0), jnp.where(small, 1.0, z)
    series = _series(-near, [1 / math.factorial(k + 1) for k in range(14)])
    return jnp.where(small, series, -jnp.expm1(-far) / far)


def _response(x: ArrayLike, y: ArrayLike, T: ArrayLike) -> Array:
    """[x tanh(x/2T) - y tanh(y/2T)]/(x² - y²), even in x and y, smooth at x = y and x = y = 0.

    It is {(1 - ab)/(x + y) + (b - a)/(x - y)}/[(1 + a)(1 + b)], a = e^{-x/T}, b = e^{-y/T}: the simultaneous transition
    and the exchange.
    """
    x, y = jnp.abs(jnp.asarray(x) / T), jnp.abs(jnp.asarray(y) / T)
    half = (x - y) / 2
    small = jnp.abs(half) < 0.5
    near, far = jnp.where(small, half, 0.0), jnp.where(small, 1.0, jnp.abs(half))
    series = _series(near**2, [1 / math.factorial(2 * k + 1) for k in range(8)])
    exchange = jnp.where(
        small, jnp.exp(-(x + y) / 2) * series, jnp.exp(-jnp.minimum(x, y)) * _decrease(2 * far)
    )
    return (_decrease(x + y) + exchange) / ((1 + jnp.exp(-x)) * (1 + jnp.exp(-y))) / T


def _active(epsilon: ArrayLike, omega: ArrayLike, T: ArrayLike) -> Array:
    """e^{-βε}(1 + e^{-βω})/Z, Z = 1 + e^{-βε} + e^{-β(ε+ω)}: probability that a site is on its upper structure."""
    return sigmoid(jnp.log1p(jnp.exp(-jnp.asarray(omega) / T)) - jnp.asarray(epsilon) / T)


def ripplon_pair_energy(
    epsilon_i: ArrayLike, epsilon_j: ArrayLike, omega_i: ArrayLike, omega_j: ArrayLike, T: ArrayLike
) -> Array:
    """δF/J² of one pair of sites, counted once: attraction between ripplons (Eq. 73).

    -p_i p_j [ω_i tanh(βω_i/2) - ω_j tanh(βω_j/2)]/(ω_i² - ω_j²), p = e^{-βε}(1 + e^{-βω})/Z, in 1/ħω_D. It is the
    second order of J(|2i3j⟩⟨3i2j| + |2i2j⟩⟨3i3j| + h.c.); Eq. 72 has the first term only. Arguments broadcast, in ħω_D;
    ω ≥ 0.
    """
    return -_active(epsilon_i, omega_i, T) * _active(epsilon_j, omega_j, T) * _response(omega_i, omega_j, T)


def mixed_pair_energy(epsilon_i: ArrayLike, omega_i: ArrayLike, epsilon_j: ArrayLike, T: ArrayLike) -> Array:
    """δF/J² of a ripplon on site i and a tunnelling transition on site j (Eq. 77).

    -p_i [ω_i tanh(βω_i/2) - ε_j tanh(βε_j/2)]/(ω_i² - ε_j²) in 1/ħω_D: the second order of
    J(|2i2j⟩⟨3i1j| + |2i1j⟩⟨3i2j| + h.c.) where site j has no ripplon, Z_j = 1 + e^{-βε_j}. A pair of sites has two such
    terms, i ↔ j. Arguments broadcast, in ħω_D.
    """
    return -_active(epsilon_i, omega_i, T) * _response(omega_i, epsilon_j, T)


def two_level_pair_energy(epsilon_i: ArrayLike, epsilon_j: ArrayLike, T: ArrayLike) -> Array:
    """δF/J² of one pair of sites, counted once: attraction between tunnelling transitions (Eq. 81).

    -[ε_i tanh(βε_i/2) - ε_j tanh(βε_j/2)]/(ε_i² - ε_j²) in 1/ħω_D: the second order of
    J(|1i2j⟩⟨2i1j| + |1i1j⟩⟨2i2j| + h.c.) for sites without ripplons. Arguments broadcast, in ħω_D.
    """
    return -_response(epsilon_i, epsilon_j, T)


def _active_sites(T: Array, tg: ArrayLike, frequencies: Array) -> Array:
    """∫₀^∞dε n(ε) e^{-βε}(1 + e^{-βω})/Z: (m, n) for temperatures (m,) and frequencies (n,); error below 10⁻¹².

    With e^s = 1 + e^{-βω} and x = T/T_g it is x e^{-xs} {∫₀^∞du e^{-xu}/(e^u + 1) + ∫₀^s du e^{xu}/(1 + e^{-u})}. The
    first integral is that of all modes, the second ends at ln 2 at most.
    """
    nodes, weights = (jnp.asarray(part, T.dtype) for part in panels((0.0, 4.0, 12.0, _REACH), 16))
    unit, share = (jnp.asarray(part, T.dtype) for part in gauss_legendre(6))
    ratio = (T / tg)[:, None]
    frozen = jnp.exp(-ratio * nodes[None, :]) @ (weights * sigmoid(-nodes))
    shift = jnp.log1p(jnp.exp(-frequencies[None, :] / T[:, None]))
    u = shift[:, :, None] * unit[None, None, :]
    thawed = shift * ((jnp.exp(ratio[:, :, None] * u) * sigmoid(u)) @ share)
    return ratio * jnp.exp(-ratio * shift) * (frozen[:, None] + thawed)


def full_ripplon_free_energy(
    T: Float[ArrayLike, " m"], tg: ArrayLike, xi: ArrayLike = XI, *, pairs: str = "ordered"
) -> Float[Array, " m"]:
    """-F_rr per domain in ħω_D at any temperature: Eq. 73 over Eq. 34, all distances and 96 × 96 modes.

    (2/3) T_g² (a/ξ)⁶ Σ_{l₁l₂}(2l₁+1)(2l₂+1) q_l₁ q_l₂ [ω₁ tanh(βω₁/2) - ω₂ tanh(βω₂/2)]/(ω₁² - ω₂²) with
    q_l = ∫₀^∞dε n(ε) e^{-βε}(1 + e^{-βω_l})/Z_l; for l₁ = l₂ the last factor is its limit.
    `expansion.ripplon_free_energy` is its limit T ≪ ω_2.

    Parameters
    ----------
    T : (m,) in T_D, 10⁻⁵ … 1. Quadrature error below 10⁻¹¹.
    tg, xi : scalars
        T_g/ω_D and ξ/a.
    pairs : {"ordered", "unordered"}
        Count each pair of sites twice, as the paper does, or once.
    """
    count = pair_count(pairs)
    T = jnp.asarray(T, dtype=float)
    frequencies, weights = discrete_spectrum(xi, L_MAX)
    sites = weights[None, :] * _active_sites(T, tg, frequencies)
    omega = frequencies[None, :]
    x = omega / (2 * T[:, None])
    tanh = jnp.tanh(x)
    equal = (tanh + x * (1 - tanh**2)) / (2 * omega)
    # l₁ ≠ l₂: the two terms of the difference have the same sum
    same = jnp.eye(len(frequencies), dtype=bool)
    inverse = jnp.where(same, 0.0, 1 / jnp.where(same, 1.0, omega.T**2 - omega**2))
    total = jnp.sum(sites**2 * equal + 2 * sites * omega * tanh * (sites @ inverse.T), axis=1)
    return count * interaction_strength(tg, xi) * total


def _exponential_integral(z: Array) -> Array:
    """e^z E₁(z) = ∫₀^∞dt exp[-z(e^t - 1)], z > 0."""
    unit, weight = (jnp.asarray(part, z.dtype) for part in gauss_legendre(48))
    length = jnp.log1p(_REACH / z)
    steps = jnp.expm1(length[..., None] * jnp.expand_dims(unit, tuple(range(z.ndim))))
    return length * (jnp.exp(-z[..., None] * steps) @ weight)


def _splitting_sum(tg: ArrayLike, xi: ArrayLike) -> Array:
    """T_g Σ(2l+1)∫₀^∞dε n(ε)/(ω_l + ε) = Σ(2l+1) e^z E₁(z), z = ω_l/T_g."""
    frequencies, weights = discrete_spectrum(xi, L_MAX)
    return weights @ _exponential_integral(frequencies / tg)


def mixed_free_energy(
    T: Float[ArrayLike, " m"], tg: ArrayLike, xi: ArrayLike = XI, *, form: str = "full"
) -> Float[Array, " m"]:
    """-F_rT per domain in ħω_D: ripplons attracted by tunnelling transitions ("full", Eq. 77; "low", Eq. 78).

    "full": (2/3) T_g² (a/ξ)⁶ Σ(2l+1) q_l ∫₀^∞dε n(ε) [ω tanh(βω/2) - ε tanh(βε/2)]/(ω² - ε²);
    "low": (2/3) T_g (a/ξ)⁶ q Σ(2l+1) e^z E₁(z), z = ω_l/T_g, for T ≪ ω_2. Which site has the ripplon and which the
    transition makes two terms of each pair, so ordered pairs are the right count here.

    Parameters
    ----------
    T : (m,) in T_D, 10⁻⁵ … 1. Quadrature error below 10⁻¹⁰.
    tg, xi : scalars
        T_g/ω_D, 1 … 8, and ξ/a.
    """
    choose(form, FORMS, "form")
    T = jnp.asarray(T, dtype=float)
    if form == "low":
        return interaction_strength(tg, xi) / tg * occupation(T, tg) * _splitting_sum(tg, xi)
    frequencies, weights = discrete_spectrum(xi, L_MAX)
    unit, weight = (jnp.asarray(part, T.dtype) for part in gauss_legendre(80))
    # ε = T sinh t: the poles of tanh stay π/2 away, and a decade of ε is a step in t
    length = jnp.arcsinh(_REACH * tg / T)[:, None]
    t = length * unit[None, :]
    epsilon = T[:, None] * jnp.sinh(t)
    density = length * weight[None, :] * T[:, None] * jnp.cosh(t) * jnp.exp(-epsilon / tg) / tg
    kernel = _response(frequencies[None, :, None], epsilon[:, None, :], T[:, None, None])
    levels = jnp.sum(density[:, None, :] * kernel, axis=2)
    return interaction_strength(tg, xi) * ((_active_sites(T, tg, frequencies) * levels) @ weights)


def _dispersion(z: Array) -> Array:
    """e^z E₁(z) + e^{-z} Ei(z) = 2z P∫₀^∞dv e^{-zv}/(1 - v²) → 2z(1 - γ_E - ln z), for 0 < z < 80."""
    small = z < 1.5
    near, far = jnp.where(small, z, 1.0), jnp.where(small, 2.0, jnp.minimum(z, 80.0))
    n = range(10)
    odd = near * _series(near**2, [1 / ((2 * k + 1) * math.factorial(2 * k + 1)) for k in n])
    even = near**2 * _series(near**2, [1 / ((2 * k + 2) * math.factorial(2 * k + 2)) for k in n])
    log = float(jnp.euler_gamma) + jnp.log(near) + even
    series = 2 * (jnp.cosh(near) * odd - jnp.sinh(near) * log)
    return jnp.where(small, series, _exponential_integral(far) + jnp.exp(-far) * expi(far))


def two_level_free_energy(
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    xi: ArrayLike = XI,
    *,
    form: str = "full",
    pairs: str = "ordered",
) -> Float[Array, " m"]:
    """-F_TT per domain in ħω_D: tunnelling transitions attracted by each other ("full", Eq. 81; "low", after Eq. 81).

    "full": (2/3) T_g (a/ξ)⁶ {1 - 2(T/T_g)∫₀^∞du e^{-z}[e^z E₁(z) + e^{-z} Ei(z)]/(e^u + 1)}, z = uT/T_g, which is
    Eq. 81 over Eq. 34 (ε > 0) with one of the two integrals done exactly;
    "low": (2/3) T_g (a/ξ)⁶ [1 - (πT/T_g)² ln(T_g/T)/3]; the paper prints + for this -. The attraction weakens as the
    temperature rises, so it expands the glass.

    Parameters
    ----------
    T : (m,) in T_D, 10⁻⁵ … 1. Quadrature error of the thermal part below 10⁻⁹.
    tg, xi : scalars
        T_g/ω_D, 1 … 8, and ξ/a.
    pairs : {"ordered", "unordered"}
        Count each pair of sites twice, as the paper does, or once.
    """
    choose(form, FORMS, "form")
    T = jnp.asarray(T, dtype=float)
    ratio = T / tg
    vacuum = pair_count(pairs) * interaction_strength(tg, xi) / tg
    if form == "low":
        return vacuum * (1 + (math.pi * ratio) ** 2 * jnp.log(ratio) / 3)
    # u = y²: the integrand starts as u ln u
    y, weight = (jnp.asarray(part, T.dtype) for part in panels((0.0, 0.4, 1.6, 3.6, _REACH**0.5), 16))
    z = ratio[:, None] * (y**2)[None, :]
    thermal = (jnp.exp(-z) * _dispersion(z)) @ (weight * 2 * y * sigmoid(-(y**2)))
    return vacuum * (1 - 2 * ratio * thermal)


def attraction_expansion(
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    xi: ArrayLike = XI,
    *,
    sums: str = "full",
    pairs: str = "ordered",
    mixed: bool = False,
) -> Float[Array, " m"]:
    """K ξ³ α_V in k_B: volume expansion by the attraction of ripplons (with ``mixed`` also to two-level systems).

    Negative. In silica Eq. 74 is smaller than Eq. 73 by 1 % at 10 K, 9 % at 20 K and 31 % at 50 K, Eq. 78 than Eq. 77
    by 2, 7 and 19 %, and Eq. 79 is half of Eq. 78.

    Parameters
    ----------
    T : (m,) in T_D, 10⁻⁵ … 1.
    tg, xi : scalars
        T_g/T_D of the glass and ξ/a.
    sums : {"full", "direct", "printed"}
        "full": Eq. 73 and 77, at any temperature. "direct": Eq. 74, its low-temperature form, with the modes summed
        one by one; "printed": Eq. 75, with the paper's closed form for that sum. Both take Eq. 79 for ``mixed``.
    pairs : {"ordered", "unordered"}
        Count each pair of ripplons twice, as the paper does, or once.
    """
    choose(sums, EXPANSION_SUMS, "sums")
    if sums != "full":
        low = ripplon_expansion(jnp.asarray(T), tg, xi, sums=sums, pairs=pairs)
        return low + ripplon_two_level_expansion(tg, xi) if mixed else low

    def energy(temperature: Array) -> Array:
        ripplons = full_ripplon_free_energy(temperature, tg, xi, pairs=pairs)
        return ripplons + mixed_free_energy(temperature, tg, xi) if mixed else ripplons

    return volume_expansion(energy, T)


def ripplon_grueneisen(
    T: Float[Array, " m"], tg: ArrayLike, xi: ArrayLike = XI, *, sums: str = "direct", pairs: str = "ordered"
) -> Float[Array, " m"]:
    """γ_rr = α_V,rr K/C with C = k_BT/T_gξ³, from Eq. 74 (Eq. 76): -1.46 at T_g/T_D = 4.4; ``T`` (m,) in T_D."""
    return grueneisen(ripplon_expansion(T, tg, xi, sums=sums, pairs=pairs), T, tg)


def mixed_grueneisen(
    T: Float[Array, " m"], tg: ArrayLike, xi: ArrayLike = XI, *, form: str = "full"
) -> Float[Array, " m"]:
    """γ_rT = α_V,rT K/C with C = k_BT/T_gξ³, from Eq. 77 or 78 (Eq. 80); grows as T_g/T. ``T`` (m,) in T_D."""
    return grueneisen(volume_expansion(lambda t: mixed_free_energy(t, tg, xi, form=form), T), T, tg)


def expansion_ratio(
    T: Float[Array, " m"], tg: ArrayLike, xi: ArrayLike = XI, *, sums: str = "direct"
) -> Float[Array, " m"]:
    """α_rT/α_rr at ``T`` (m,) in T_D, ripplon-two-level to ripplon-ripplon attraction (after Eq. 79).

    "printed": Eq. 79 over Eq. 75; the paper says 1.2 for silica at 1 K. "direct": Eq. 78 over Eq. 74 with the modes
    summed one by one and ordered pairs.
    """
    choose(sums, SUMS, "sums")
    if sums == "printed":
        return ripplon_two_level_expansion(tg, xi) / printed_ripplon_expansion(T, xi)
    mixed = volume_expansion(lambda t: mixed_free_energy(t, tg, xi, form="low"), T)
    return mixed / ripplon_expansion(T, tg, xi)


def nernst_temperature(tg: ArrayLike, xi: ArrayLike = XI, *, sums: str = "printed") -> Array:
    """Temperature in T_D below which |F_rT| ∝ T exceeds the two-level systems' own (π²/12)T²/T_g (after Eq. 78).

    There the expansion about non-interacting sites breaks down, and with it a T-independent α. "printed":
    (6/π²) T_g (a/ξ)⁴ ln[2.0 tg (ξ/a)^{1/4}], 1.4 10⁻³ T_g; "direct": (8 ln 2/π²) T_g (a/ξ)⁶ Σ(2l+1) e^z E₁(z), Eq. 78.
    """
    choose(sums, SUMS, "sums")
    if sums == "printed":
        return -6 / math.pi**2 * tg * ripplon_two_level_expansion(tg, xi)
    return 12 / math.pi**2 * math.log(2) * interaction_strength(tg, xi) / tg * _splitting_sum(tg, xi)

"""The paper's saddle points for T_gρ, T_gN_E and T_gρ_exc, and how far they can be trusted (Sec. IV.D-E).

All counting is done in the logarithm, since T_gρ_exc reaches e^{80} at T = T_D. The next orders of the exponents are
those of Fig. 17 and 18.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.functions import increasing_root
from ..numerics.quadrature import Pieces, graded
from .canonical import CanonicalTable, cumulants, tabulate
from .ripplons import Spectrum

__all__ = [
    "cumulative_fraction",
    "cumulative_orders",
    "log_cumulative_density",
    "log_excited_density",
    "log_ground_density",
    "next_order_factor",
    "saddle_orders",
]


def _spacing(x: np.ndarray) -> np.ndarray:
    """Spacing of the nodes ln u: 0.7 where the integrand is a power of u, 0.25 where its exponential peak is narrow."""
    dense = 1 / (1 + np.exp(-(x - math.log(0.25)) / 0.5))
    return 1 / (1 / 0.7 + dense * (1 / 0.25 - 1 / 0.7))


_U = graded(math.log(1e-7), math.log(250.0), _spacing)
"""Rule in ln u, u = 1/μ₀ = S(s) - ω, for the sum over excited states: at most 2·10⁻⁵ of κ for T/T_D from 10⁻⁵ to 1."""
_BETWEEN = Pieces([math.log(1e-7), math.log(3e-3), 0.0], [12, 14])
"""ln ω where ln ρ_exc, smooth in it, is computed for many frequencies up to 1 that are known beforehand."""


def log_ground_density(omega: Float[Array, " n"], tg: ArrayLike, table: CanonicalTable) -> Float[Array, " n"]:
    """Ln T_gρ(ω), saddle point of Eq. 39-41 from tabulated sums.

    κ₀ = s + β_g solves ω = S(s) + 1/κ₀; T_gρ = exp[sω + ln Z(s)]/{κ₀ √(2π[V(s) + 1/κ₀²])}.
    """
    bound = 1 / jnp.asarray(tg)
    log_s, sums = table.inverse(jnp.log(omega), origin=bound)
    s = jnp.exp(log_s)
    kappa = s + bound
    # κ₀² V = exp(ln s²V + 2 ln(κ₀/s))
    spread = jnp.exp(sums.log_variance + 2 * jnp.log(kappa / s))
    return s * omega + sums.log_partition - 0.5 * jnp.log(2 * math.pi * (1 + spread))


def _saddle(
    omega: Array, u: Array, log_s: Array, sums: tuple[Array, Array, Array], tg: ArrayLike
) -> tuple[Array, Array, Array, Array, Array]:
    """Exponent, square of the denominator, E, dE/du and validity of the saddle with 1/μ₀ = u (Eq. 44-47).

    T_gN_E = e^exponent/denominator, from s with S(s) = ω + u. 1/λ₀ = u/[1 + u(s - β_g)] must be positive; where it is
    not (E beyond infinity) the values are those of a harmless stand-in.
    """
    log_partition, _, log_variance = sums
    s = jnp.exp(log_s)
    ratio = 1 + u * (s - 1 / jnp.asarray(tg))  # u λ₀
    valid = ratio > 1e-6
    ratio = jnp.where(valid, ratio, 1.0)
    v = u / ratio  # 1/λ₀
    variance = jnp.exp(log_variance - 2 * log_s)
    # √[V(1/λ² + 1/μ²) + 1/(λμ)²]/(λμ)⁻¹ = √[V(1/u² + 1/v²) + 1]
    squared = 1 + variance * (1 + ratio**2) / u**2
    exponent = s * omega + (1 + ratio) + log_partition - math.log(2 * math.pi)
    # dE/du = 1 + v² (1/V + 1/u²)
    rise = 1 + v**2 * (1 / variance + 1 / u**2)
    return exponent, squared, u + v, rise, valid


def log_cumulative_density(omega: Array, E: Array, tg: ArrayLike, table: CanonicalTable) -> Array:
    """Ln T_gN_E(ω) at given E (Eq. 44-47); ``omega`` and ``E`` broadcast.

    The saddle is the root of 1/(E - u) - 1/u + β_g - s(ω + u), which increases with u = 1/μ₀ on (0, E).
    """
    omega, E = jnp.broadcast_arrays(omega, E)
    u = E * cumulative_fraction(omega, E, tg, table)
    log_s, sums = table.inverse(jnp.log(omega + u))
    exponent, squared, _, _, _ = _saddle(omega, u, log_s, sums, tg)
    return exponent - 0.5 * jnp.log(squared)


def cumulative_fraction(omega: Array, E: Array, tg: ArrayLike, table: CanonicalTable) -> Array:
    """Fraction u/E at the saddle of Eq. 44-45, u = 1/μ₀, for ω and E of one shape."""
    bound = 1 / jnp.asarray(tg)

    def mismatch(fraction: Array) -> Array:
        u = E * fraction
        log_s, _ = table.inverse(jnp.log(omega + u))
        return 1 / (1 - fraction) - 1 / fraction + E * (bound - jnp.exp(log_s))

    edge = jnp.full_like(E, 1e-7)
    return increasing_root(mismatch, edge, 1 - edge, steps=40)


def log_excited_density(
    omega: Float[Array, " n"] | Float[np.ndarray, " n"],
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
) -> Float[Array, "m n"]:
    """Ln T_gρ_exc(ω, T) of Eq. 43.

    The thermal integral ∫dE (β/2) sech²(βE/2) N_E runs over u = 1/μ₀ instead of E: S(s) = ω + u, 1/λ₀ and E are then
    explicit, and everything but the sech² is independent of T.

    Frequencies of NumPy's, known before any parameter, are interpolated in ln ω from 26 others if they are within
    10⁻⁷ … 1: to 10⁻⁵, near a soft mode 3·10⁻⁵. κ, which averages over them, is within 10⁻⁶ of computing it at all of
    `conductivity.OMEGA`, in a third of the time.
    """
    if isinstance(omega, np.ndarray) and _BETWEEN.covers(np.log(omega)):
        few = log_excited_density(jnp.asarray(np.exp(_BETWEEN.nodes), T.dtype), T, tg, table)
        return few @ jnp.asarray(_BETWEEN.matrix(np.log(omega)), T.dtype).T
    omega = jnp.asarray(omega)[None, :]
    u = jnp.asarray(np.exp(_U.nodes), omega.dtype)[:, None]
    log_s, sums = table.inverse(jnp.log(omega + u))
    exponent, squared, E, rise, valid = _saddle(omega, u, log_s, sums, tg)
    log_weight = jnp.asarray(_U.nodes + np.log(_U.weights), omega.dtype)[:, None]
    terms = jnp.where(valid, exponent + jnp.log(rise / jnp.sqrt(squared)) + log_weight, -jnp.inf)
    return _fermi_sum(terms, jnp.where(valid, E, 1.0), T) + jnp.log(2 / T[:, None])


@jax.custom_jvp
def _fermi_sum(
    terms: Float[Array, "k n"], E: Float[Array, "k n"], T: Float[Array, " m"]
) -> Float[Array, "m n"]:
    """Ln Σ_k e^{terms} e^{-x}/(1 + e^{-x})², x = E/T; the sum runs over the first axis, so that it adds whole vectors.

    In double precision e^{terms}, which spans some 400 in the logarithm, is a factor of its own and every temperature
    takes one exponential. In single precision exponents are joined first and summed around the largest.
    """
    return _fermi_parts(terms, E, T)[0]


def _fermi_parts(terms: Array, E: Array, T: Array) -> tuple[Array, Array, Array]:
    """`_fermi_sum`, the share of each of its terms (k, m, n), and tanh(x/2)."""
    x = E[:, None, :] * (1 / T)[None, :, None]
    if terms.dtype == jnp.float64:
        peak = jax.lax.stop_gradient(jnp.max(terms, axis=0, keepdims=True))
        factor, bound = jnp.exp(terms - peak)[:, None, :], jnp.exp(-x)
        open_ = 1 / (1 + bound)
        share = factor * (bound * open_**2)
    else:
        exponent = terms[:, None, :] - x
        peak = jax.lax.stop_gradient(jnp.max(exponent, axis=0))
        bound = jnp.exp(-x)
        open_ = 1 / (1 + bound)
        share = jnp.exp(exponent - peak[None]) * open_**2
    total = jnp.sum(share, axis=0)
    return jnp.log(total) + peak, share * (1 / total)[None], (1 - bound) * open_


@_fermi_sum.defjvp
def _fermi_sum_jvp(
    primals: tuple[Array, Array, Array], tangents: tuple[Array, Array, Array]
) -> tuple[Array, Array]:
    """Shares times the change of each logarithm; that of e^{-x}/(1 + e^{-x})² is -tanh(x/2) dx."""
    _, E, T = primals
    value, share, slope = _fermi_parts(*primals)
    fall = share * slope
    inverse = 1 / T
    d_terms, d_E, d_T = tangents
    change = jnp.sum(share * d_terms[:, None, :], axis=0) - inverse[:, None] * jnp.sum(
        fall * d_E[:, None, :], axis=0
    )
    return value, change + jnp.sum(fall * E[:, None, :], axis=0) * (inverse**2 * d_T)[:, None]


def _ground_exponent(
    omega: Float[Array, " n"], tg: ArrayLike, spectrum: Spectrum
) -> tuple[Array, Array, Array]:
    """κ₀^k f^(k), k = 2, 3, 4, at the saddle of f(s) = sω + ln Z(s) - ln κ₀, κ₀ = s + β_g, by direct sums."""
    bound = 1 / jnp.asarray(tg)
    log_s, _ = tabulate(spectrum).inverse(jnp.log(omega), origin=bound)
    for _ in range(2):  # Newton steps with the direct sums: ln[S + 1/κ₀] = ln ω
        s = jnp.exp(log_s)
        sums = cumulants(s, spectrum)
        value = sums[1] + 1 / (s + bound)
        log_s = log_s + jnp.log(value / omega) * value / (s * (sums[2] + 1 / (s + bound) ** 2))
    kappa = jnp.exp(log_s) + bound
    _, _, second, third, fourth = cumulants(jnp.exp(log_s), spectrum)
    return second * kappa**2 + 1, -(third * kappa**3 + 2), fourth * kappa**4 + 6


def saddle_orders(
    omega: Float[ArrayLike, " n"], tg: ArrayLike, spectrum: Spectrum
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Third- and fourth-order terms of the ground-state saddle point at one sigma (Eq. 39-41, Fig. 17).

    |f₃|/(6 f₂^{3/2}) and f₄/(24 f₂²), f_k the k-th derivative of f(s) = sω + ln Z(s) - ln(s + β_g) at the saddle; 1/3
    and 1/4 at ω → 0. ``omega`` (n,) in ω_D, above 10⁻⁷ (10⁻⁶ in float32).
    """
    second, third, fourth = _ground_exponent(jnp.asarray(omega, dtype=float), tg, spectrum)
    return jnp.abs(third) / (6 * second**1.5), fourth / (24 * second**2)


def next_order_factor(omega: Float[ArrayLike, " n"], tg: ArrayLike, spectrum: Spectrum) -> Float[Array, " n"]:
    """Next order of the ground-state saddle point as a factor on Eq. 41, 1 + f₄/8f₂² - 5f₃²/24f₂³ (Sec. IV.D).

    Names as in `saddle_orders`. At ω → 0 it is 11/12, and the density 1.0844 becomes 0.994.
    """
    second, third, fourth = _ground_exponent(jnp.asarray(omega, dtype=float), tg, spectrum)
    return 1 + fourth / (8 * second**2) - 5 * third**2 / (24 * second**3)


def cumulative_orders(
    omega: ArrayLike, E: ArrayLike, tg: ArrayLike, spectrum: Spectrum
) -> tuple[Array, Array]:
    """Fourth-order term of the two-dimensional saddle point at one sigma, on both principal axes (Eq. 44-47, Fig. 18).

    f(λ, μ) = sω + λE + ln Z(s) - ln λμ, s = β_g + λ - μ. Its Hessian is [[V + 1/λ², -V], [-V, V + 1/μ²]]; along a unit
    eigenvector (x, y) of eigenvalue h the term is [κ₄(x-y)⁴ + 6x⁴/λ⁴ + 6y⁴/μ⁴]/(24h²), κ₄ the fourth cumulant of ln Z.

    Parameters
    ----------
    omega, E : (...,)
        In ω_D, 10⁻⁶ … 10; they broadcast.
    tg : scalar
    spectrum : Spectrum

    Returns
    -------
    Along the axis of the larger eigenvalue (the narrow direction of the integrand) and of the smaller, each (...,).
    """
    omega, E = jnp.broadcast_arrays(jnp.asarray(omega, dtype=float), jnp.asarray(E, dtype=float))
    table = tabulate(spectrum)
    fraction = cumulative_fraction(omega, E, tg, table)
    log_s, _ = table.inverse(jnp.log(omega + E * fraction))
    _, _, variance, _, kurtosis = cumulants(jnp.exp(log_s), spectrum)
    # everything in units of E: E/μ⁻¹ and E/λ⁻¹ are the two fractions
    V, K, p, q = variance / E**2, kurtosis / E**4, (1 - fraction) ** 2, fraction**2
    apart = (p - q) / 2
    large = V + (p + q) / 2 + jnp.hypot(apart, V)
    small = (V * (p + q) + p * q) / large  # the determinant over the other eigenvalue
    angle = 0.5 * jnp.arctan2(V, apart)
    cosine, sine = jnp.cos(angle), jnp.sin(angle)

    def term(x: Array, y: Array, h: Array) -> Array:
        return (K * (x - y) ** 4 + 6 * (p * x**2) ** 2 + 6 * (q * y**2) ** 2) / (24 * h**2)

    return term(cosine, -sine, large), term(sine, cosine, small)

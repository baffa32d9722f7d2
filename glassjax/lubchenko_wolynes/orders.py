"""How far the saddle points can be trusted: the next orders of their exponents (Sec. IV.D-E, Fig. 17 and 18)."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from .canonical import cumulants, tabulate
from .counting import cumulative_fraction
from .ripplons import Spectrum

__all__ = ["cumulative_orders", "next_order_factor", "saddle_orders"]


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

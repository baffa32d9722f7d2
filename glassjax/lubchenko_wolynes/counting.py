"""Counting the states that scatter a phonon: T_gρ, T_gN_E and T_gρ_exc by the paper's saddle point (Sec. IV.D-E).

All counting is done in the logarithm, since T_gρ_exc reaches e^{80} at T = T_D.
"""

import math
from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import GlassjaxError, choose
from ..numerics.interpolation import Pieces
from ..numerics.quadrature import graded
from ..numerics.roots import increasing_root
from . import exact, ladder, sharp, uniform
from .canonical import CanonicalTable, tabulate
from .levels import Levels, exact_ground_density, log_tail, of_spectrum
from .ripplons import Spectrum

__all__ = [
    "EXCITED",
    "METHODS",
    "cumulative_density",
    "cumulative_fraction",
    "excited_density",
    "ground_density",
    "log_cumulative_density",
    "log_excited_density",
    "log_ground_density",
    "log_parts",
    "log_population_density",
    "log_total",
]

METHODS = ("saddle", "exact", "uniform")
"""The paper's saddle point, the exact sum over levels, and a saddle point that holds for few levels too (Sec. 4)."""
EXCITED = ("thermal", "sharp", "populations")
"""How excited states count: Eq. 43, the rule N_{αT} of Fig. 20, or with the centre's full populations (Sec. 4)."""


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
    omega: Float[Array, " n"],
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
    excited: str = "thermal",
) -> Float[Array, "m n"]:
    """Ln T_gρ_exc(ω, T): Eq. 43 ("thermal") or the rule ρ_exc = N_{E=T} of Fig. 20 ("sharp").

    The thermal integral ∫dE (β/2) sech²(βE/2) N_E runs over u = 1/μ₀ instead of E: S(s) = ω + u, 1/λ₀ and E are then
    explicit, and everything but the sech² is independent of T.
    """
    if excited == "sharp":
        return log_cumulative_density(omega[None, :], T[:, None], tg, table)
    u = jnp.asarray(np.exp(_U.nodes), omega.dtype)[:, None]
    omega = omega[None, :]
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


def _log_excited_between(
    omega: Float[np.ndarray, " n"], T: Float[Array, " m"], tg: ArrayLike, table: CanonicalTable
) -> Float[Array, "m n"]:
    """Ln T_gρ_exc at frequencies up to 1, interpolated in ln ω: 10⁻⁵, near a soft mode 3·10⁻⁵.

    κ, which averages over them, is within 10⁻⁶ of computing it at all of `conductivity.OMEGA`, in a third of the time.
    """
    few = log_excited_density(jnp.asarray(np.exp(_BETWEEN.nodes), T.dtype), T, tg, table)
    return few @ jnp.asarray(_BETWEEN.matrix(np.log(omega)), T.dtype).T


def log_total(
    omega: Float[Array, " n"] | Float[np.ndarray, " n"] | Float[Array, "m n"],
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
    excited: str = "thermal",
    *,
    alpha: ArrayLike = 1.0,
    method: str = "saddle",
    spectrum: Spectrum | None = None,
    coarse: bool = False,
) -> Float[Array, "m n"]:
    """Ln T_g(ρ + ρ_exc), what scatters a phonon (Eq. 48), by any method; all but the saddle need the ``spectrum``.

    The sum of `log_parts`. Continuous in ω and differentiable in the parameters even where ρ and ρ_exc jump, at the
    levels of the discrete spectrum: what leaves one enters the other. With ``excited="sharp"`` initial states reach up
    to E = ``alpha`` T. The uniform method takes frequencies (m, n) too, for each temperature its own. With
    ``excited="thermal"`` the saddle interpolates ρ_exc between fewer frequencies where those asked for are NumPy's,
    known before any parameter, and within 10⁻⁷ … 1: 10⁻⁵, near a soft mode 3·10⁻⁵.
    """
    parts = log_parts(
        omega, T, tg, table, excited, alpha=alpha, method=method, spectrum=spectrum, coarse=coarse
    )
    return reduce(jnp.logaddexp, parts)


def log_parts(
    omega: Float[Array, " n"] | Float[np.ndarray, " n"] | Float[Array, "m n"],
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
    excited: str = "thermal",
    *,
    alpha: ArrayLike = 1.0,
    method: str = "saddle",
    spectrum: Spectrum | None = None,
    coarse: bool = False,
    width: Float[Array, "m n"] | None = None,
) -> tuple[Array, ...]:
    """Logarithms of what adds up to T_g(ρ + ρ_exc) (Eq. 48): ρ (1, n) and ρ_exc (m, n), or both in one.

    Arguments as for `log_total`; ``width`` is that of `sharp.log_sharp_density`. For those
    who want the sum itself: exponentials of the parts cost less than the
    logarithm of their sum.
    """
    choose(method, METHODS, "method")
    if excited == "sharp":
        T = jnp.asarray(alpha) * T
    if method == "saddle":
        ground = log_ground_density(jnp.asarray(omega), tg, table)[None, :]
        if excited == "thermal" and isinstance(omega, np.ndarray) and _BETWEEN.covers(np.log(omega)):
            return ground, _log_excited_between(omega, T, tg, table)
        return ground, log_excited_density(jnp.asarray(omega), T, tg, table, excited)
    if spectrum is None:
        raise GlassjaxError(f"method '{method}' needs the spectrum itself: pass spectrum=")
    if method == "uniform":
        if excited == "sharp":
            return (sharp.log_sharp_density(omega, T, tg, spectrum, width),)
        return (uniform.log_total_density(omega, T, tg, spectrum, table),)
    ground, thermal = _log_densities(omega, T, tg, spectrum, table, excited, method, coarse)
    return ground[None, :], thermal


def _log_densities(
    omega: Array,
    T: Array,
    tg: ArrayLike,
    spectrum: Spectrum,
    table: CanonicalTable,
    excited: str,
    method: str,
    coarse: bool = False,
    pointwise: bool = False,
) -> tuple[Array, Array]:
    """Ln T_gρ (n,) and ln T_gρ_exc (m, n), exactly or by the uniform saddle."""
    if method == "uniform" and excited == "sharp":
        phonon, reach = jnp.broadcast_arrays(omega[None, :], T[:, None])
        ground = uniform.log_ground_density(omega, tg, spectrum, table)
        return ground, sharp.log_cumulative_density(phonon, reach, tg, spectrum)
    if method == "uniform":
        return (
            uniform.log_ground_density(omega, tg, spectrum, table),
            uniform.log_excited_density(omega, T, tg, spectrum, table),
        )
    if excited == "sharp":
        ground, _ = exact.log_densities(omega, T, tg, spectrum, table, pointwise=pointwise)
        phonon, reach = jnp.broadcast_arrays(omega[None, :], T[:, None])
        return ground, exact.log_cumulative(phonon, reach, tg, spectrum)
    return exact.log_densities(omega, T, tg, spectrum, table, coarse=coarse, pointwise=pointwise)


def ground_density(
    omega: Float[ArrayLike, " n"], tg: ArrayLike, spectrum: Spectrum, method: str = "saddle"
) -> Float[Array, " n"]:
    """Density of states that absorb a phonon from the ground state, T_gρ(ω) (Eq. 39-41).

    Parameters
    ----------
    omega : (n,)
        Phonon frequencies in ω_D, above 10⁻⁷.
    tg : scalar
        T_g/ω_D.
    spectrum : Spectrum
        Discrete or broadened ripplons.
    method : {"saddle", "exact", "uniform"}
        The paper's saddle point: 8 % too large at ω → 0, a factor 2-3.6 around ω_D/10. "exact" sums over levels: to
        rounding for the ladder of Eq. 33 (ω < 4), where it is a staircase that has no derivative by ξ at a point; for
        a broadened spectrum (ω ≤ 2) on a grid, see `exact.log_densities`.

    Returns
    -------
    (n,) dimensionless; 1 is the bare two-level system.
    """
    choose(method, METHODS, "method")
    omega = jnp.asarray(omega, dtype=float)
    if method == "saddle":
        return jnp.exp(log_ground_density(omega, tg, tabulate(spectrum)))
    if method == "exact" and ladder.is_ladder(spectrum):
        return exact_ground_density(omega, tg, of_spectrum(spectrum, 4.0))
    table = tabulate(spectrum)
    return jnp.exp(
        _log_densities(omega, omega[:1], tg, spectrum, table, "thermal", method, pointwise=True)[0]
    )


def cumulative_density(
    omega: ArrayLike, E: ArrayLike, tg: ArrayLike, spectrum: Spectrum, method: str = "saddle"
) -> Array:
    """States that absorb ω from an initial state within E of the ground state, T_gN_E(ω) (Eq. 42, 44-47).

    Parameters
    ----------
    omega, E : (...,)
        In ω_D; they broadcast.
    tg : scalar
    spectrum : Spectrum
    method : {"saddle", "exact", "uniform"}
        "exact" holds for ω + E below 4, "uniform" below 2.

    Returns
    -------
    (...,) dimensionless.
    """
    choose(method, METHODS, "method")
    omega, E = jnp.broadcast_arrays(jnp.asarray(omega, dtype=float), jnp.asarray(E, dtype=float))
    if method == "exact":
        return jnp.exp(exact.log_cumulative(omega, E, tg, spectrum))
    if method == "uniform":
        return jnp.exp(sharp.log_cumulative_density(omega, E, tg, spectrum))
    return jnp.exp(log_cumulative_density(omega, E, tg, tabulate(spectrum)))


def excited_density(
    omega: Float[ArrayLike, " n"],
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    spectrum: Spectrum,
    method: str = "saddle",
    *,
    excited: str = "thermal",
    alpha: ArrayLike = 1.0,
) -> Float[Array, "m n"]:
    """Density of states that absorb a phonon from a thermally excited state, T_gρ_exc(ω, T) (Eq. 43).

    Parameters
    ----------
    omega : (n,)
        Phonon frequencies in ω_D.
    T : (m,)
        Temperatures in T_D, 10⁻⁵ … 1.
    tg : scalar
    spectrum : Spectrum
    method : {"saddle", "exact", "uniform"}
        As in `ground_density`; exact for ω ≤ 2.
    excited : {"thermal", "sharp"}
        Fermi-weighted integral over E, or N_E at E = αT (Fig. 20). Full populations do not part ρ from ρ_exc: see
        `log_population_density`.
    alpha : scalar
        α of order one, for "sharp" alone.

    Returns
    -------
    (m, n) dimensionless; up to e^{80} at T = T_D.
    """
    choose(method, METHODS, "method")
    choose(excited, EXCITED[:2], "rule for excited states")
    omega, T = jnp.asarray(omega, dtype=float), jnp.asarray(T, dtype=float)
    if excited == "sharp":
        T = alpha * T
    if method == "saddle":
        return jnp.exp(log_excited_density(omega, T, tg, tabulate(spectrum), excited))
    if method == "exact" and excited == "thermal" and ladder.is_ladder(spectrum):
        return jnp.exp(ladder.log_excited_density(omega, T, tg, spectrum))
    table = tabulate(spectrum)
    return jnp.exp(_log_densities(omega, T, tg, spectrum, table, excited, method, pointwise=True)[1])


def log_population_density(
    omega: Float[Array, " n"], T: Float[Array, " m"], tg: ArrayLike, levels: Levels, table: CanonicalTable
) -> Float[Array, "m n"]:
    """Ln of what scatters a phonon with the centre's full populations, in place of T_g(ρ + ρ_exc) (Sec. IV.D).

    ½Σ_n g_n {e^{-β_g|ω-E_n|}(1-e^{-βω})/[1 + e^{-β(ω-E_n)}Z] + e^{-β_g(ω+E_n)}(e^{βω}-1)/[1 + e^{β(ω+E_n)}Z]},
    Z = Z(β): the golden rule summed over both signs of ε, with the occupations p₀ = 1/Z_ε, p_n = e^{-β(ε+E_n)}/Z_ε,
    Z_ε = 1 + e^{-βε}Z, and stimulated emission. Tends to tanh(βω/2) at low T.

    Parameters
    ----------
    omega : (n,)
        Phonon frequencies in ω_D, up to 1.
    T : (m,)
        Temperatures in T_D, 10⁻⁵ … 1.
    tg : scalar
    levels : Levels
        `levels.of_spectrum`. The ground state n = 0 is added here, and the states above the highest level by the
        leading term of both fractions, (1-e^{-βω})[e^{(β+β_g)ω} + e^{-β_gω}][Z(β+β_g) - counted]/2Z.
    table : CanonicalTable
        Of the same spectrum.

    Returns
    -------
    (m, n), finite everywhere.
    """
    bound, beta = 1 / jnp.asarray(tg), 1 / T
    log_z = table.at(jnp.log(beta)).log_partition
    x = omega[None, :] * beta[:, None]  # βω
    # the ground state: 1/(1 + e^{-x}Z) + e^x/(1 + e^x Z)
    z = log_z[:, None]
    ground = -bound * omega[None, :] + jnp.logaddexp(-jax.nn.softplus(z - x), -z - jax.nn.softplus(-x - z))

    energies, counts = levels.energies[None, None, :], levels.log_counts[None, None, :]
    up = energies - omega[None, :, None]
    first = -bound * jnp.abs(up) - jax.nn.softplus(beta[:, None, None] * up + z[..., None])
    y = beta[:, None, None] * energies + z[..., None]
    second = -bound * (energies + omega[None, :, None]) - y - jax.nn.softplus(-y - x[..., None])
    counted = jax.scipy.special.logsumexp(counts + jnp.logaddexp(first, second), axis=-1)

    s = beta + bound
    tail = (log_tail(s, levels, table) - log_z)[:, None]
    tail = tail + jnp.logaddexp(s[:, None] * omega[None, :], -bound * omega[None, :])
    return jnp.logaddexp(jnp.logaddexp(ground, counted), tail) + jnp.log(-jnp.expm1(-x)) - math.log(2)

"""Counting the states that scatter a phonon, T_gρ, T_gN_E and T_gρ_exc, by any method and rule (Sec. IV.D-E)."""

import math
from dataclasses import dataclass
from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import choose
from . import exact, ladder, saddle, uniform
from .canonical import CanonicalTable, tabulate
from .levels import Levels, exact_ground_density, log_tail, of_spectrum
from .ripplons import Spectrum

__all__ = [
    "EXCITED",
    "LOG_TANH_HALF",
    "METHODS",
    "Counting",
    "cumulative_density",
    "excited_density",
    "ground_density",
    "log_population_density",
]

METHODS = ("saddle", "exact", "uniform")
"""The paper's saddle point, the exact sum over levels, and a saddle point that holds for few levels too (Sec. 4)."""
EXCITED = ("thermal", "sharp", "populations")
"""How excited states count: Eq. 43, the rule N_{αT} of Fig. 20, or with the centre's full populations (Sec. 4)."""
LOG_TANH_HALF = math.log(math.tanh(0.5))
"""ln tanh(βω/2) of a bare centre at ħω = k_BT, where l/λ is R."""


@dataclass(frozen=True)
class Counting:
    """T_g(ρ + ρ_exc) of one spectrum, which scatters a phonon (Eq. 48), and how it is counted.

    `Counting.of` computes what the method and the rule need from the spectrum.

    Attributes
    ----------
    spectrum : Spectrum
        Discrete or broadened ripplons.
    tg : scalar
        T_g/ω_D.
    table : CanonicalTable
        Canonical sums of the spectrum.
    levels : Levels or None
        Its levels, for the rule "populations".
    method : str
        One of `METHODS`. Full populations are counted exactly by every method.
    excited : str
        One of `EXCITED`.
    alpha : scalar
        With the rule "sharp", initial states reach up to E = ``alpha`` T.
    coarse : bool
        Count on a grid of twice the step, to estimate the error of the method "exact".
    """

    spectrum: Spectrum
    tg: ArrayLike
    table: CanonicalTable
    levels: Levels | None = None
    method: str = "saddle"
    excited: str = "thermal"
    alpha: ArrayLike = 1.0
    coarse: bool = False

    @classmethod
    def of(
        cls,
        spectrum: Spectrum,
        tg: ArrayLike,
        method: str = "saddle",
        excited: str = "thermal",
        alpha: ArrayLike = 1.0,
        *,
        coarse: bool = False,
    ) -> "Counting":
        """Tabulate the ``spectrum`` for a method and a rule; `GlassjaxError` for unknown ones."""
        choose(method, METHODS, "method")
        choose(excited, EXCITED, "rule for excited states")
        levels = of_spectrum(spectrum) if excited == "populations" else None
        return cls(spectrum, tg, tabulate(spectrum), levels, method, excited, alpha, coarse)

    def log_total(
        self,
        omega: Float[Array, " n"] | Float[np.ndarray, " n"] | Float[Array, "m n"],
        T: Float[Array, " m"],
    ) -> Float[Array, "m n"]:
        """Ln T_g(ρ + ρ_exc) at ω (n,) in ω_D and T (m,) in T_D (Eq. 48): the sum of `log_parts`.

        Continuous in ω and differentiable in the parameters even where ρ and ρ_exc jump, at the levels of the discrete
        spectrum: what leaves one enters the other. The uniform method takes frequencies (m, n) too, for each
        temperature its own. With the rule "thermal" the saddle interpolates ρ_exc between fewer frequencies where those
        asked for are NumPy's, known before any parameter, and within 10⁻⁷ … 1: 10⁻⁵, near a soft mode 3·10⁻⁵.
        """
        return reduce(jnp.logaddexp, self.log_parts(omega, T))

    def log_parts(
        self,
        omega: Float[Array, " n"] | Float[np.ndarray, " n"] | Float[Array, "m n"],
        T: Float[Array, " m"],
        width: Float[Array, "m n"] | None = None,
    ) -> tuple[Array, ...]:
        """Logarithms of what adds up to T_g(ρ + ρ_exc) (Eq. 48): ρ (1, n) and ρ_exc (m, n), or both in one.

        Arguments as for `log_total`; ``width`` is that of `uniform.log_sharp_density`. Exponentials of the parts cost
        less than the logarithm of their sum. Full populations, which saturate by themselves, are 1 where a bare centre
        has βω = 1.
        """
        spectrum, tg, table = self.spectrum, self.tg, self.table
        at = jnp.asarray(omega)
        if self.levels is not None:
            return (log_population_density(at, T, tg, self.levels, table) - LOG_TANH_HALF,)
        sharp = self.excited == "sharp"
        reach = jnp.asarray(self.alpha) * T if sharp else T
        if self.method == "uniform":
            if sharp:
                return (uniform.log_sharp_density(omega, reach, tg, spectrum, width),)
            return (uniform.log_total_density(omega, T, tg, spectrum),)
        if self.method == "saddle":
            ground = saddle.log_ground_density(at, tg, table)
            if sharp:
                excited = saddle.log_cumulative_density(at[None, :], reach[:, None], tg, table)
            else:
                excited = saddle.log_excited_density(omega, T, tg, table)
        else:
            coarse = self.coarse and not sharp
            ground, excited = exact.log_densities(at, reach, tg, spectrum, table, coarse=coarse)
            if sharp:
                phonon, highest = jnp.broadcast_arrays(at[None, :], reach[:, None])
                excited = exact.log_cumulative(phonon, highest, tg, spectrum)
        return ground[None, :], excited


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
    if method == "uniform":
        return jnp.exp(uniform.log_ground_density(omega, tg, spectrum))
    if method == "exact" and ladder.is_ladder(spectrum):
        return exact_ground_density(omega, tg, of_spectrum(spectrum, 4.0))
    table = tabulate(spectrum)
    if method == "saddle":
        return jnp.exp(saddle.log_ground_density(omega, tg, table))
    return jnp.exp(exact.log_densities(omega, omega[:1], tg, spectrum, table, pointwise=True)[0])


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
        return jnp.exp(uniform.log_cumulative_density(omega, E, tg, spectrum))
    return jnp.exp(saddle.log_cumulative_density(omega, E, tg, tabulate(spectrum)))


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
        return cumulative_density(omega[None, :], alpha * T[:, None], tg, spectrum, method)
    if method == "uniform":
        return jnp.exp(uniform.log_excited_density(omega, T, tg, spectrum))
    if method == "exact" and ladder.is_ladder(spectrum):
        return jnp.exp(ladder.log_excited_density(omega, T, tg, spectrum))
    table = tabulate(spectrum)
    if method == "saddle":
        return jnp.exp(saddle.log_excited_density(omega, T, tg, table))
    return jnp.exp(exact.log_densities(omega, T, tg, spectrum, table, pointwise=True)[1])


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

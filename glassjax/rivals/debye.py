"""Debye phonons: how they carry and store heat in every rival, and `Debye`, the null model without anything else.

Reduced units: ħ = k_B = ω_D = 1, temperatures in T_D, lengths in beads a, one acoustic state per bead and branch.
"""

import abc
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy import constants as si

from ..glass import Glass
from ..lubchenko_wolynes.heat_capacity import debye_heat_capacity
from ..numerics.quadrature import gauss_legendre
from ..theory import Parameter, Theory, check_temperatures, compiled
from ..validity import VALIDITY

__all__ = [
    "Damping",
    "Debye",
    "PhononTheory",
    "bead_stiffness",
    "boltzmann_per_volume",
    "harmonic_heat",
    "phonon_conductivity",
    "reduced_energy",
    "thermal_nodes",
]

_REACH = 40.0  # in units of T: Bose factors are below e^{-40} beyond
_RULE = gauss_legendre(96)


def bead_stiffness(glass: Glass) -> ArrayLike:
    """M = ρv²a³/k_BT_D, the elastic energy of a bead in units of the Debye energy; 356 for silica (ours)."""
    debye_energy = glass.debye_temperature * (si.k * 1e23)
    return glass.density * glass.sound_speed**2 * glass.bead_volume * 1e-4 / debye_energy


def reduced_energy(energy: ArrayLike, glass: Glass) -> ArrayLike:
    """Turn an energy in eV into units of k_BT_D."""
    return energy / (glass.debye_temperature * (si.k / si.eV))


def boltzmann_per_volume(glass: Glass) -> ArrayLike:
    """k_B/a³ in J/(K m³), the unit of heat capacities per bead."""
    return (si.k * 1e27) / glass.bead_volume


def harmonic_heat(x: Array) -> Array:
    """Heat capacity of an oscillator, (x/2)²/sinh²(x/2), x = ħω/k_BT ≥ 0, in k_B (Einstein 1907); 1 at x = 0."""
    return (x / -jnp.expm1(-x)) ** 2 * jnp.exp(-x)


def thermal_nodes(T: Float[Array, " m"]) -> tuple[Float[Array, "m n"], Float[Array, "m n"]]:
    """Nodes x = ħω/k_BT and weights of ∫dx from 0 to T_D/T, each (m, n).

    Gauss-Legendre in x^{1/3}, which resolves features at any scale of frequency; cut at x = 40.
    """
    limit = jnp.minimum(1 / T, _REACH)[:, None]
    nodes = jnp.asarray(_RULE.nodes**3, T.dtype)[None, :]
    weights = jnp.asarray(3 * _RULE.nodes**2 * _RULE.weights, T.dtype)[None, :]
    return limit * nodes, limit * weights


def phonon_conductivity(T: Float[Array, " m"], damping: "Damping", floor: ArrayLike) -> Float[Array, " m"]:
    """κ/κ₀ = ∫₀^{ω_D}dω ω (l/λ) C_ω of three equal Debye branches, κ₀ = k_B³T_D²/(πħ²v) (Debye 1914, gas of phonons).

    From κ = ⅓Σ∫dω (ω²/2π²v³) k_BC_ω v l with λ = 2πv/ω; l/λ = 1/damping + floor, the least path added (ours; near
    the plateau l falls to λ: Graebner, Golding & Allen, Phys. Rev. B 34, 5696 (1986)).

    Parameters
    ----------
    T : (m,) in T_D.
    damping : callable
        λ/l as a function of ω (m, n) and T (m, 1), both reduced, from all scattering.
    floor : scalar
        Least l/λ.
    """
    x, weights = thermal_nodes(T)
    column = T[:, None]
    path = 1 / damping(x * column, column) + floor
    return T**2 * jnp.sum(weights * x * harmonic_heat(x) * path, axis=1)


Damping = Callable[[Array, Array], Array]
"""λ/l as a function of ω (m, n) and T (m, 1), both reduced."""


class PhononTheory(Theory):
    """Debye's phonons, which something scatters, and further modes that store heat: what every rival is.

    A subclass says by `damping` what scatters the phonons, and by `modes` what else stores heat.
    """

    floor: eqx.AbstractVar[ArrayLike]
    gruneisen: eqx.AbstractVar[ArrayLike]

    @abc.abstractmethod
    def damping(self, glass: Glass) -> Damping:
        """λ/l from all scattering, but for the floor."""

    def modes(
        self, T: Float[Array, " n"], glass: Glass, time: ArrayLike
    ) -> tuple[tuple[ArrayLike, Array], ...]:
        """Grüneisen parameter and heat capacity in k_B per bead (n,) of each further kind of mode; ``T`` in T_D."""
        del T, glass, time
        return ()

    @compiled
    def thermal_conductivity(self, T: Float[ArrayLike, " n"], glass: Glass) -> Float[Array, " n"]:
        """Thermal conductivity in W/(m K) at ``T`` (n,) in K, the integral of `phonon_conductivity`."""
        T = check_temperatures(T) / glass.debye_temperature
        return glass.kappa_unit * phonon_conductivity(T, self.damping(glass), self.floor)

    @compiled
    def heat_capacity(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Specific heat ΣC_i in J/(kg K) at ``T`` (n,) in K, observed over ``time`` in s."""
        T = check_temperatures(T) / glass.debye_temperature
        per_bead = debye_heat_capacity(T) + sum(heat for _, heat in self.modes(T, glass, time))
        return per_bead * boltzmann_per_volume(glass) / glass.density

    @compiled
    def thermal_expansion(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Linear thermal expansion Σγ_iC_i/3K in 1/K at ``T`` (n,) in K, K = ρv²/3 of the glass (Grüneisen's rule)."""
        T = check_temperatures(T) / glass.debye_temperature
        per_bead = self.gruneisen * debye_heat_capacity(T)
        per_bead = per_bead + sum(gamma * heat for gamma, heat in self.modes(T, glass, time))
        return per_bead * (boltzmann_per_volume(glass) / (3 * glass.bulk_modulus))


_PARAMETERS = (
    Parameter("R", "R", "", 0.1, 1000.0, "mean free path over wavelength of long waves"),
    Parameter("rayleigh", "r", "", 0.0, 1e5, "wavelength over mean free path at omega_D, of static disorder"),
    Parameter("floor", "f", "", 0.1, 10.0, "smallest mean free path over wavelength"),
    Parameter("gruneisen", r"\gamma", "", -20.0, 20.0, "Grüneisen parameter of the phonons"),
)


class Debye(PhononTheory):
    """Debye phonons and static disorder, no other degrees of freedom.

    κ: λ/l = 1/R + r(ω/ω_D)³, the last term Rayleigh's (1/l = Dω⁴), and a floor f: l/λ = (λ/l)⁻¹ + f. C: Debye
    (Ann. Phys. 344, 789 (1912)), of beads. α = γC/3K (Grüneisen). Nothing here depends on the observation time.

    Parameters
    ----------
    R : scalar
        l/λ of long waves, a free parameter, because phonons alone do not explain it.
    rayleigh : scalar
        r = λ/l at ω_D. At 0, ``R`` and ``floor`` only enter as their sum.
    floor : scalar
        Smallest l/λ.
    gruneisen : scalar
        γ.
    """

    validity = VALIDITY["debye"]

    R: ArrayLike = 150.0
    rayleigh: ArrayLike = 0.0
    floor: ArrayLike = 0.5
    gruneisen: ArrayLike = 0.0

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Names, symbols, units and ranges."""
        return _PARAMETERS

    def damping(self, glass: Glass) -> Damping:
        """λ/l = 1/R + r(ω/ω_D)³; κ ∝ T² where l/λ = R."""
        del glass
        return lambda omega, T: 1 / jnp.asarray(self.R, omega.dtype) + self.rayleigh * omega**3

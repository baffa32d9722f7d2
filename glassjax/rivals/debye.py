"""Phonons only: the null model, which a theory of glasses has to beat."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..glass import Glass
from ..lubchenko_wolynes.heat_capacity import debye_heat_capacity
from ..theory import Parameter, Theory, check_temperatures, compiled
from ..validity import VALIDITY
from .phonons import boltzmann_per_volume, phonon_conductivity

__all__ = ["Debye"]

_PARAMETERS = (
    Parameter("R", "R", "", 0.1, 1000.0, "mean free path over wavelength of long waves"),
    Parameter("rayleigh", "r", "", 0.0, 1e5, "wavelength over mean free path at omega_D, of static disorder"),
    Parameter("floor", "f", "", 0.1, 10.0, "smallest mean free path over wavelength"),
    Parameter("gruneisen", r"\gamma", "", -20.0, 20.0, "Grüneisen parameter of the phonons"),
)


class Debye(Theory):
    """Debye phonons and static disorder, no other degrees of freedom.

    κ: λ/l = 1/R + r(ω/ω_D)³, the last term Rayleigh's (1/l = Dω⁴), and a floor f: l/λ = (λ/l)⁻¹ + f. C: Debye
    (Ann. Phys. 344, 789 (1912)), of beads. α = γC/3K (Grüneisen). Nothing here depends on the observation time.

    Parameters
    ----------
    R : scalar
        l/λ of long waves, an empirical number: phonons alone do not explain it.
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

    @compiled
    def thermal_conductivity(self, T: Float[ArrayLike, " n"], glass: Glass) -> Float[Array, " n"]:
        """Thermal conductivity in W/(m K) at ``T`` (n,) in K; ∝ T² where l/λ = R."""
        T = check_temperatures(T) / glass.debye_temperature

        def damping(omega: Array, T: Array) -> Array:
            return 1 / jnp.asarray(self.R, omega.dtype) + self.rayleigh * omega**3

        return glass.kappa_unit * phonon_conductivity(T, damping, self.floor)

    @compiled
    def heat_capacity(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Specific heat in J/(kg K) at ``T`` (n,) in K, whatever the ``time`` (Debye 1912)."""
        del time
        T = check_temperatures(T) / glass.debye_temperature
        return debye_heat_capacity(T) * boltzmann_per_volume(glass) / glass.density

    @compiled
    def thermal_expansion(
        self, T: Float[ArrayLike, " n"], glass: Glass, *, time: ArrayLike = 10.0
    ) -> Float[Array, " n"]:
        """Linear thermal expansion γC/3K in 1/K at ``T`` (n,) in K, K = ρv²/3 of the glass."""
        del time
        T = check_temperatures(T) / glass.debye_temperature
        unit = boltzmann_per_volume(glass) / (3 * glass.bulk_modulus)
        return self.gruneisen * debye_heat_capacity(T) * unit

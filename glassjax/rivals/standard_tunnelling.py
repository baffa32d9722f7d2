"""The standard tunnelling model (Anderson, Halperin & Varma 1972; Phillips 1972), Rayleigh scattering and a floor."""

import math

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy import constants as si

from ..glass import Glass
from ..theory import Derived, Parameter
from ..validity import VALIDITY
from .debye import Damping, PhononTheory, bead_stiffness, reduced_energy
from .two_level import tunnelling_friction, tunnelling_heat_capacity

__all__ = ["StandardTunnelling"]

_PARAMETERS = (
    Parameter(
        "strength", "C", "", 1e-5, 1e-2, "tunnelling strength, density times coupling squared over rho v^2"
    ),
    Parameter("coupling", r"\gamma", "eV", 0.1, 10.0, "deformation potential of the tunnelling systems"),
    Parameter("rayleigh", "r", "", 0.0, 1e5, "wavelength over mean free path at omega_D, of static disorder"),
    Parameter("floor", "f", "", 0.1, 10.0, "smallest mean free path over wavelength"),
    Parameter("gruneisen", r"\gamma_D", "", -20.0, 20.0, "Grüneisen parameter of the phonons"),
    Parameter(
        "gamma_tls", r"\gamma_{TLS}", "", -200.0, 200.0, "Grüneisen parameter of the tunnelling systems"
    ),
)


class StandardTunnelling(PhononTheory):
    """Two-level systems with the distribution P(Δ, Δ₀) = P̄/Δ₀ in Debye's solid.

    Anderson, Halperin & Varma, Phil. Mag. 25, 1 (1972); Phillips, J. Low Temp. Phys. 7, 351 (1972) and Rep. Prog.
    Phys. 50, 1657 (1987). κ: λ/l = 2π(Q⁻¹_res + Q⁻¹_rel) + r(ω/ω_D)³ with Q⁻¹_res = πC tanh(ħω/2k_BT) (that is
    1/l = πC(ω/v)tanh) and Q⁻¹_rel of `relaxation.tunnelling_friction`; l/λ = (λ/l)⁻¹ + f. C: Debye plus
    `two_level.tunnelling_heat_capacity`. α = (γ_D C_Debye + γ_TLS C_TLS)/3K.

    Parameters
    ----------
    strength : scalar
        C = P̄γ²/ρv², about 3·10⁻⁴ in most glasses (Carruzzo & Yu, arXiv:1909.09258).
    coupling : scalar
        γ in eV; with ``strength`` it sets P̄ and the relaxation rates.
    rayleigh : scalar
        r = λ/l at ω_D; the usual D of 1/l = Dω⁴ is r/(2πvω_D³).
    floor : scalar
        Smallest l/λ.
    gruneisen, gamma_tls : scalar
        Grüneisen parameters of phonons and of tunnelling systems.
    """

    validity = VALIDITY["standard-tunnelling"]

    strength: ArrayLike = 3e-4
    coupling: ArrayLike = 1.0
    rayleigh: ArrayLike = 1000.0
    floor: ArrayLike = 0.5
    gruneisen: ArrayLike = 0.0
    gamma_tls: ArrayLike = -15.0

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Names, symbols, units and ranges."""
        return _PARAMETERS

    def derived(self, glass: Glass) -> tuple[Derived, ...]:
        """P̄ = C ρv²/γ² in 1/(J m³)."""
        energy = np.asarray(self.coupling) * si.eV
        density = np.asarray(self.strength) * (glass.density * glass.sound_speed**2) / energy**2
        return (
            Derived("density_of_states", r"\bar{P}", "1/(J m3)", "density of tunnelling systems", density),
        )

    def relaxation(self, glass: Glass) -> Array:
        """η = γ²/(ρv²a³k_BT_D): the fastest rate at splitting E is 9πη E³coth(E/2T) in reduced units."""
        return jnp.asarray(reduced_energy(self.coupling, glass)) ** 2 / bead_stiffness(glass)

    def damping(self, glass: Glass) -> Damping:
        """λ/l of resonance, relaxation and disorder; κ tends to k_B³T²/(2πħ²vC) at low T if f C ≪ 1."""
        relaxation = self.relaxation(glass)

        def damping(omega: Array, T: Array) -> Array:
            resonant = math.pi * jnp.tanh(omega / (2 * T))
            friction = self.strength * (resonant + tunnelling_friction(omega, T, relaxation))
            return 2 * math.pi * friction + self.rayleigh * omega**3

        return damping

    def modes(
        self, T: Float[Array, " n"], glass: Glass, time: ArrayLike
    ) -> tuple[tuple[ArrayLike, Array], ...]:
        """Tunnelling systems that relax within ``time`` in s (Black 1978)."""
        heat = tunnelling_heat_capacity(
            T, time * glass.debye_frequency, self.strength, self.relaxation(glass)
        )
        return ((self.gamma_tls, heat),)

"""The soft-potential model: tunnelling, relaxation and soft vibrations from one distribution of quartic potentials."""

import math

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..glass import Glass
from ..theory import Parameter
from ..validity import VALIDITY
from .debye import Damping, PhononTheory, bead_stiffness, harmonic_heat, reduced_energy, thermal_nodes
from .two_level import activated_friction, relaxed_heat, soft_potential_density, tunnelling_friction

__all__ = ["SoftPotential", "soft_vibration_heat_capacity", "soft_vibrations"]

_PARAMETERS = (
    Parameter("strength", r"\bar{C}", "", 1e-5, 1e-2, "strength of the coupling of soft modes to phonons"),
    Parameter("deformation", r"\Lambda", "eV", 0.05, 5.0, "deformation potential of the soft modes"),
    Parameter("W", "W", "K", 0.5, 20.0, "energy at which tunnelling goes over into vibration"),
    Parameter("peak", "E_b", "K", 5.0, 300.0, "energy above which the soft modes grow linearly"),
    Parameter("floor", "f", "", 0.1, 10.0, "smallest mean free path over wavelength"),
    Parameter("gruneisen", r"\gamma_D", "", -20.0, 20.0, "Grüneisen parameter of the phonons"),
    Parameter(
        "gamma_tls", r"\gamma_{TLS}", "", -200.0, 200.0, "Grüneisen parameter of the tunnelling systems"
    ),
    Parameter("gamma_soft", r"\gamma_{s}", "", -200.0, 200.0, "Grüneisen parameter of the soft vibrations"),
)


def soft_vibrations(E: Array, W: ArrayLike, peak: ArrayLike) -> Array:
    """Density of soft vibrations, n(E)W/P_s = (1/8)(E/W)⁴/[1 + (E/E_b)³]; all in T_D, elementwise.

    The factor 1/8 follows from potentials W(D₂y² + 4x₀y³ + y⁴) around their lowest minimum, E = 2W√D₂ and
    4x₀² < D₂ (Buchenau et al., Phys. Rev. B 43, 5039 (1991)). Above E_b the density is linear in E (Gurevich, Parshin &
    Schober, Phys. Rev. B 67, 094203 (2003)); how the two are joined is ours.
    """
    return (E / W) ** 4 / (8 * (1 + (E / peak) ** 3))


def soft_vibration_heat_capacity(T: Float[Array, " m"], W: ArrayLike, peak: ArrayLike) -> Float[Array, " m"]:
    """Soft vibrations up to ω_D in units of k_BP_s/W, ∫₀¹dE n(E) (E/2T)²/sinh²(E/2T); ``T`` (m,), all in T_D.

    Tends to (2π⁶/21)T⁵/W⁴ below E_b (Buchenau et al. 1991).
    """
    x, weights = thermal_nodes(T)
    return T * jnp.sum(weights * soft_vibrations(x * T[:, None], W, peak) * harmonic_heat(x), axis=1)


class SoftPotential(PhononTheory):
    """Potentials W(D₁x + D₂x² + x⁴) with an even density P_s of D₁ and D₂, coupled to strain by Λx.

    Karpov, Klinger & Ignatiev, Sov. Phys. JETP 57, 439 (1983); Buchenau et al., Phys. Rev. B 46, 2798 (1992); Parshin,
    Phys. Rev. B 49, 9400 (1994); Ramos & Buchenau, Phys. Rev. B 55, 5749 (1997). κ: λ/l = 2πC̄{π tanh(ħω/2k_BT) +
    tunnelling + activated relaxation + (π/8)(ħω/W)³/[1 + (ħω/E_b)³]}, l/λ = (λ/l)⁻¹ + f: the soft vibrations make the
    plateau. C: Debye, double wells (`two_level.soft_potential_density`) and `soft_vibrations`. α: a Grüneisen parameter
    for each.

    Parameters
    ----------
    strength : scalar
        C̄ = P_sΛ²/(ρv²W), the tunnelling strength, about 3·10⁻⁴ (see `StandardTunnelling`).
    deformation : scalar
        Λ in eV. Wells at |D₂| = 4 have γ = √2 Λ, which sets the relaxation rate of all (ours; others change the
        logarithm of a time by about one).
    W : scalar
        W/k_B in K, a few kelvin; C/T³ of silica is least at 0.6 W.
    peak : scalar
        E_b/k_B in K.
    floor : scalar
        Smallest l/λ.
    gruneisen, gamma_tls, gamma_soft : scalar
        Grüneisen parameters of phonons, tunnelling systems and soft vibrations.
    """

    validity = VALIDITY["soft-potential"]

    strength: ArrayLike = 3e-4
    deformation: ArrayLike = 0.5
    W: ArrayLike = 4.0
    peak: ArrayLike = 40.0
    floor: ArrayLike = 0.5
    gruneisen: ArrayLike = 0.0
    gamma_tls: ArrayLike = -15.0
    gamma_soft: ArrayLike = 0.0

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Names, symbols, units and ranges."""
        return _PARAMETERS

    def relaxation(self, glass: Glass) -> Array:
        """η = 2Λ²/(ρv²a³k_BT_D), as in `StandardTunnelling` with γ² = 2Λ²."""
        return 2 * jnp.asarray(reduced_energy(self.deformation, glass)) ** 2 / bead_stiffness(glass)

    def density(self, glass: Glass) -> Array:
        """P_s/W per bead and k_BT_D, from C̄ = P_sΛ²/(ρv²W)."""
        return 2 * self.strength / self.relaxation(glass)

    def damping(self, glass: Glass) -> Damping:
        """λ/l of tunnelling, relaxation and soft vibrations (Ramos & Buchenau 1997)."""
        relaxation = self.relaxation(glass)
        W, peak = self.W / glass.debye_temperature, self.peak / glass.debye_temperature

        def damping(omega: Array, T: Array) -> Array:
            # off-diagonal element Λ²W/E between neighbouring levels, hence n(E)W/E; π at E ≪ W from tunnelling
            vibrations = math.pi * soft_vibrations(omega, W, peak) * (W / omega)
            resonant = math.pi * jnp.tanh(omega / (2 * T)) + vibrations
            relaxing = tunnelling_friction(omega, T, relaxation) + activated_friction(omega, T, W)
            return 2 * math.pi * self.strength * (resonant + relaxing)

        return damping

    def modes(
        self, T: Float[Array, " n"], glass: Glass, time: ArrayLike
    ) -> tuple[tuple[ArrayLike, Array], ...]:
        """Double wells that relax within ``time`` in s (Parshin 1994), and soft vibrations."""
        W, peak = self.W / glass.debye_temperature, self.peak / glass.debye_temperature
        wells = T * relaxed_heat(
            T, time * glass.debye_frequency, self.relaxation(glass), soft_potential_density(W)
        )
        vibrations = soft_vibration_heat_capacity(T, W, peak)
        density = self.density(glass)
        return (self.gamma_tls, density * wells), (self.gamma_soft, density * vibrations)

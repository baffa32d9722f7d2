"""What all rivals share: Debye phonons that carry and store heat, and the border between SI and reduced units.

Reduced units: ħ = k_B = ω_D = 1, temperatures in T_D, lengths in beads a, one acoustic state per bead and branch.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy import constants as si

from ..glass import Glass
from ..numerics.quadrature import gauss_legendre

__all__ = [
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


def phonon_conductivity(
    T: Float[Array, " m"], damping: Callable[[Array, Array], Array], floor: ArrayLike
) -> Float[Array, " m"]:
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

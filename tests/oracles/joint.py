"""The joint model of Sec. 12 in SI units: kappa(T), C(T), alpha(T) of one glass.

`Parameters.tg` is that of Sec. 4-7 only: scattering, and the ripplon heat capacity with the two-level average
taken out of it. The relaxation times, P-bar, Eq. 69 and Sec. 10 use the glass's own T_g/T_D.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import constants

from . import expansion, heat_capacity, mixing
from .conductivity import Channels
from .ripplons import Rule, broadened, discrete


@dataclass(frozen=True)
class Constants:
    """A glass: T_g, T_D in K, density in kg/m3, sound speed in m/s, fragility D."""

    glass_temperature: float
    debye_temperature: float
    density: float
    sound_speed: float
    fragility: float = 30.0

    @property
    def tg(self) -> float:
        return self.glass_temperature / self.debye_temperature

    @property
    def debye_frequency(self) -> float:
        return constants.k * self.debye_temperature / constants.hbar

    @property
    def lattice_spacing(self) -> float:
        return self.sound_speed / self.debye_frequency * (6 * np.pi**2) ** (1 / 3)

    @property
    def bulk_modulus(self) -> float:
        return self.density * self.sound_speed**2 / 3

    @property
    def kappa_unit(self) -> float:
        return constants.k**3 * self.debye_temperature**2 / (np.pi * constants.hbar**2 * self.sound_speed)


SILICA = Constants(1500.0, 342.0, 2200.0, 4100.0)


@dataclass(frozen=True)
class Parameters:
    """Parameters of the joint model; `coupling=False` is the discrete spectrum."""

    tg: float
    omega_c: float = 1.8
    c: float = 0.0
    B: float = 0.0
    R: float = 150.0
    xi: float = 5.8
    A1: float = 0.07
    gamma0: float = -8.0
    lattice_b: float = 0.0
    floor: float = 1.0
    coupling: bool = True
    smearing: str = "box"
    excited: str = "thermal"
    sums: str = "direct"
    pairs: str = "ordered"
    ripplon_level: bool = False
    cut_fast: bool = False


def spectrum(p: Parameters, glass: Constants) -> Rule:
    """The spectrum of the parameters, with the glass's fragility."""
    return broadened(p.tg, p.omega_c, p.xi, glass.fragility, p.smearing) if p.coupling else discrete(p.xi)


@lru_cache(maxsize=8)
def _channels(
    tg: float, omega_c: float, xi: float, fragility: float, smearing: str, coupling: bool
) -> Channels:
    return Channels(tg, broadened(tg, omega_c, xi, fragility, smearing) if coupling else discrete(xi))


def thermal_conductivity(T: float, glass: Constants, p: Parameters) -> float:
    """kappa in W/(m K)."""
    channels = _channels(p.tg, p.omega_c, p.xi, glass.fragility, p.smearing, p.coupling)
    reduced = channels.joint(T / glass.debye_temperature, p.R, p.c, p.B, p.floor, p.excited)
    return reduced * glass.kappa_unit


def two_level_heat_capacity(T: float, glass: Constants, p: Parameters, time: float) -> float:
    """C_TLS, 2 x (69), in J/(m3 K)."""
    limit = mixing.fast_extent(p.B) if p.cut_fast and p.B > 0 else np.inf
    integral = mixing.heat_capacity(
        T / glass.debye_temperature, time * glass.debye_frequency, glass.tg, p.c, p.B, limit
    )
    return 2 * p.A1 / glass.tg * integral * constants.k / (p.xi * glass.lattice_spacing) ** 3


def ripplon_heat_capacity(T: float, glass: Constants, p: Parameters) -> float:
    """Sec. 7's average less the two-level average, in J/(m3 K)."""
    t = T / glass.debye_temperature
    per_domain = heat_capacity.domain(t, p.tg, spectrum(p, glass)) - heat_capacity.two_level(t, p.tg)
    return per_domain * constants.k / (p.xi * glass.lattice_spacing) ** 3


def heat_capacity_si(T: float, glass: Constants, p: Parameters, time: float = 10.0) -> float:
    """C in J/(kg K) at observation time `time` (s)."""
    debye = heat_capacity.debye(T / glass.debye_temperature) * constants.k / glass.lattice_spacing**3
    total = debye + ripplon_heat_capacity(T, glass, p) + two_level_heat_capacity(T, glass, p, time)
    return total / glass.density


def thermal_expansion(T: float, glass: Constants, p: Parameters, time: float = 10.0) -> float:
    """Linear expansion in 1/K: alpha_rr/3 [+ alpha_rT/3] + gamma0 C_TLS/(3K) + b T^3."""
    unit = constants.k / (glass.bulk_modulus * glass.lattice_spacing**3)
    volume = expansion.ripplon_ripplon(T / glass.debye_temperature, glass.tg, p.xi, p.sums, p.pairs)
    if p.ripplon_level:
        volume += expansion.ripplon_level(glass.tg, p.xi)
    centres = p.gamma0 * two_level_heat_capacity(T, glass, p, time) / glass.bulk_modulus
    return (unit * volume + centres) / 3 + p.lattice_b * T**3

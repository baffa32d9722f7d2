"""A glass with its parameters, and what every rival needs: SI units meet the reduced ones here."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from scipy import constants as si
from scipy.optimize import brentq

__all__ = ["ORDERS", "REFERENCE", "Material", "gauss", "root"]

ORDERS = np.arange(2, 10)

REFERENCE = 1e-3
"""ω₀, where l/λ is R."""


@dataclass(frozen=True)
class Material:
    """Constants of a glass and parameters of the theory; K, kg/m³, m/s, s and 1/K⁴."""

    glass_temperature: float = 1500.0
    debye_temperature: float = 342.0
    density: float = 2200.0
    sound_speed: float = 4100.0
    fragility: float = 30.0
    softening: float = 0.4
    c: float = 0.03
    B: float = 160.0
    R: float = 230.0
    A1: float = 0.07
    xi: float = 5.8
    gamma0: float = -8.0
    lattice_b: float = 0.0
    floor: float = 1.0
    time: float = 10.0

    @property
    def tg(self) -> float:
        """T_g/T_D."""
        return self.glass_temperature / self.debye_temperature

    @property
    def lowest(self) -> float:
        """ω_2 in ω_D (Eq. 33)."""
        tension = 0.75 * math.log(100 / (math.pi * math.e)) * (6 * math.pi**2) ** (-2 / 3)
        p = math.sqrt(4.5 * tension * (3 / (4 * math.pi)) ** (-5 / 6))
        return p * self.xi**-1.25

    @property
    def cutoff(self) -> float:
        """ω̂_c in ω_D from the softening (Eq. 54)."""
        return float(np.cbrt(2 * self.lowest * self.softening / (self.tg * (1 + 1 / self.fragility))))

    @property
    def debye_frequency(self) -> float:
        """ω_D in rad/s."""
        return si.k * self.debye_temperature / si.hbar

    @property
    def bead_volume(self) -> float:
        """a³ in m³."""
        return 6 * math.pi**2 * (self.sound_speed / self.debye_frequency) ** 3

    @property
    def bulk_modulus(self) -> float:
        """K in Pa."""
        return self.density * self.sound_speed**2 / 3

    @property
    def kappa_unit(self) -> float:
        """k_B³T_D²/(πħ²c_s) in W/(m K)."""
        return si.k**3 * self.debye_temperature**2 / (math.pi * si.hbar**2 * self.sound_speed)

    @property
    def per_domain(self) -> float:
        """k_B/ξ³ in J/(K m³)."""
        return si.k / (self.xi**3 * self.bead_volume)


@lru_cache
def gauss(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights (n,) on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


def root(function: Callable[..., float], bracket: tuple[float, float], *arguments: float) -> float:
    """Root of a function of a logarithm in its ``bracket``, by `brentq`, to 10⁻⁶."""
    return cast(float, brentq(function, *bracket, args=arguments, xtol=1e-6))

"""Rayleigh scattering at vibrating domain walls (App. A), in SI units with SciPy's Bessel functions."""

from __future__ import annotations

import math

from scipy import constants as si
from scipy import special, stats

DEBYE_TEMPERATURE, SOUND_SPEED = 342.0, 4100.0


def path(omega: float, T: float, tg: float, xi: float, D: float, lowest: float | None = None) -> float:
    """omega tau/4 pi, l/lambda of the energy; 1/tau of Eq. A12 is the rate of the amplitude.

    For a glass whose density makes k_B T_g = rho c^2 a^3/100 (a/d_L = 10).

    omega and T in units of the Debye frequency and temperature; ``lowest`` replaces omega_2 and keeps l = 2 alone.
    """
    debye = si.k * DEBYE_TEMPERATURE / si.hbar
    a = SOUND_SPEED / debye * (6 * math.pi**2) ** (1 / 3)
    glass = si.k * tg * DEBYE_TEMPERATURE  # k_B T_g
    rho = 100 * glass / (SOUND_SPEED**2 * a**3)
    R = xi * a * (3 / (4 * math.pi)) ** (1 / 3)
    sigma = 9 / 8 * 0.75 * glass / a**2 * math.log(100 / (math.pi * math.e)) * math.sqrt(a / R)
    wall = rho * a / 100
    n = T / tg / (xi * a) ** 3
    rate = 0.0
    for l in range(2, 10 if lowest is None else 3):  # noqa: E741
        center = math.sqrt(sigma / wall * (l - 1) * (l + 2)) / R if lowest is None else lowest * debye
        j = special.spherical_jn(l, omega * debye * R / SOUND_SPEED)
        normal = stats.norm.pdf(omega * debye, center, center / (2 * math.sqrt(D)))
        rate += math.pi**2 * (2 + l * (l + 1)) * (2 * l + 1) * j**2 * normal
    return omega * debye / (4 * math.pi * n * sigma / rho * rate)

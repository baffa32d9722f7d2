"""Thermal expansion and Grueneisen parameters (Sec. VI), by numerical differentiation in mpmath.

alpha_V below is per T_D, with energies in k_B T_D and volumes in a^3: multiply by k_B/(K a^3) for 1/K.
"""

from __future__ import annotations

import mpmath
import numpy as np

from .ripplons import Rule, discrete


def ripplon_pairs(rule: Rule) -> float:
    """S_rr = sum (2l+1)(2l'+1)/(omega_l + omega_l'), one pair at a time."""
    total = 0.0
    for one, weight in zip(rule.frequencies, rule.weights, strict=True):
        for other, other_weight in zip(rule.frequencies, rule.weights, strict=True):
            total += weight * other_weight / (one + other)
    return float(total)


def printed_pairs(xi: float) -> float:
    """(9 pi^2/8) xi^{17/4}."""
    return 9 * np.pi**2 / 8 * xi ** (17 / 4)


def occupied(T, tg):
    """q = int_0^inf d epsilon e^{-epsilon/tg}/tg / (1 + e^{epsilon/T}), by mpmath quadrature."""
    T, tg = mpmath.mpf(T), mpmath.mpf(tg)
    rate = T / tg

    def integrand(x):
        return mpmath.exp(-x * rate) * rate / (1 + mpmath.exp(x))

    return mpmath.mpf(mpmath.quad(integrand, [0, 1, 3, 8, 20, 50, 120]))  # type: ignore[arg-type]


def ripplon_ripplon(
    T: float, tg: float, xi: float = 5.8, sums: str = "direct", pairs: str = "ordered"
) -> float:
    """alpha_V,rr K a^3/k_B = -2 d|F_rr/V|/dT, F_rr/V = -(2/3)(tg^2/xi^3) xi^{-6} S_rr q^2."""
    strength = ripplon_pairs(discrete(xi)) if sums == "direct" else printed_pairs(xi)
    if pairs == "unordered":
        strength /= 2
    with mpmath.workdps(30):
        slope = mpmath.diff(
            lambda x: occupied(x, tg) ** 2, mpmath.mpf(T), h=mpmath.mpf(T) * mpmath.mpf(10) ** -9
        )
        return float(-2 * mpmath.mpf(2) / 3 * tg**2 * xi**-9.0 * strength * slope)


def ripplon_level(tg: float, xi: float = 5.8) -> float:
    """alpha_V,rT K a^3/k_B of Eq. 79, as printed."""
    return -1.0 * xi**-7.0 * float(np.log(2.0 * tg * xi**0.25))


def grueneisen(T: float, tg: float, xi: float = 5.8, sums: str = "direct", pairs: str = "ordered") -> float:
    """gamma_rr = alpha_V K/C with C = T/(tg xi^3) per a^3 (76)."""
    return ripplon_ripplon(T, tg, xi, sums, pairs) * tg * xi**3 / T

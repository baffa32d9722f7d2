"""Heat capacity of ripplons on two-level centres (Sec. 7), per domain and in k_B, and Debye's."""

from __future__ import annotations

import numpy as np

from .quadrature import over_pieces
from .ripplons import Rule, log_partition


def moments(T: float, rule: Rule) -> tuple[float, float, float]:
    """E, L, Q of Eq. 36 at temperature T."""
    x = rule.frequencies / T
    small, below = np.exp(-x), -np.expm1(-x)
    energy = rule.weights @ (x * small / below)
    spread = rule.weights @ (x**2 * small / below**2)
    return float(energy), -float(log_partition(np.array(1 / T), rule)), float(spread)


def centre(y: float, energy: float, log_z: float, spread: float) -> float:
    """c_epsilon of Eq. 36 at beta epsilon = y, L = log_z."""
    a = 0.5 * (y + log_z)
    sech = 2 * np.exp(-abs(a)) / (1 + np.exp(-2 * abs(a)))
    fermi = np.exp(-max(2 * a, 0.0)) / (1 + np.exp(-2 * abs(a)))
    return (y + energy) ** 2 * sech**2 / 4 + spread * fermi


def domain(T: float, tg: float, rule: Rule) -> float:
    """Eq. 36 averaged over Eq. 34, both signs of epsilon, in k_B per domain. Adaptive, in epsilon."""
    energy, log_z, spread = moments(T, rule)
    peak = -log_z * T
    cuts = {0.0, peak, *[peak + sign * k * T for sign in (-1, 1) for k in (1, 3, 7, 15, 30, 45)]}
    cuts |= {sign * k * tg for sign in (-1, 1) for k in (0.3, 1, 3, 8, 20, 45)}

    def integrand(e: float) -> float:
        return np.exp(-abs(e) / tg) / tg * centre(e / T, energy, log_z, spread)

    return over_pieces(integrand, [cut for cut in cuts if -45 * tg <= cut <= 45 * tg])


def two_level(T: float, tg: float) -> float:
    """int d epsilon n(epsilon) [beta epsilon / 2 cosh(beta epsilon/2)]^2, both signs."""

    def f(x: float) -> float:
        return 2 * T / tg * np.exp(-x * T / tg) * x * x * np.exp(-x) / (1 + np.exp(-x)) ** 2

    return over_pieces(f, [0, 1, 4, 12, 40, 100])


def debye(T: float) -> float:
    """9 T^3 int_0^{1/T} x^4 e^x/(e^x-1)^2 dx per particle, in k_B."""

    def f(x: float) -> float:
        return x**4 * np.exp(-x) / np.expm1(-x) ** 2 if x > 0 else 0.0

    cuts = [0.0, *[x for x in (1.0, 4.0, 12.0, 40.0) if x < 1 / T], min(1 / T, 100.0)]
    return 9 * T**3 * over_pieces(f, cuts)

"""C(T) and α(T) of the joint model in NumPy and SciPy, the parts that need no scattering states.

Fixed rules again, with the fewest nodes that give 10⁻⁵; the start of the integral over splittings is one root a
temperature.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.special import digamma, polygamma

from .material import ORDERS, Material, gauss, root

__all__ = ["thermal_expansion", "two_level", "with_levels", "with_ripplons"]


def centres(
    T: np.ndarray, tg: float, log_z: np.ndarray, energy: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Eq. 36 averaged over both signs of ε, k_B per domain (m,), from ln Z, βS and β²V.

    Three Gauss-Legendre panels in y = βε + L, between the break of the density at y = L = -ln Z and that at y = 0.
    """
    a, L, E, Q = (part[:, None] for part in (T / tg, -log_z, energy, spread))
    t, weight = gauss(14)
    middle = np.minimum(-L, 40.0)
    total = np.zeros(len(T))
    for y, span, below in (
        (L - 40 * t, 40.0, True),
        (-middle * t, middle, True),
        (40 * t + 0 * L, 40.0, False),
    ):
        up = 1 / (1 + np.exp(y))
        thermal = up - 1 if below else up  # the 1 is integrated in closed form
        peak = (y - L + E) ** 2 * up * (1 - up)
        total += np.squeeze(span) * ((np.exp(-a * np.abs(y - L)) * (peak + Q * thermal)) @ weight)
    return Q[:, 0] * (2 - np.exp((a * L)[:, 0])) + a[:, 0] * total


def slowest(scale: np.ndarray) -> np.ndarray:
    """Solve ``scale`` x³coth(x/2) = 1 for x (m,), the splitting in k_BT that relaxes within t."""

    def late(log_x: float, factor: float) -> float:
        x = math.exp(log_x)
        return math.log(factor * x**3 / math.tanh(x / 2))

    return np.exp([root(late, (-60.0, 5.0), one) for one in scale])


def two_level(
    T: np.ndarray, m: Material, slowest: Callable[[np.ndarray], np.ndarray] = slowest
) -> np.ndarray:
    """Eq. 69 of both signs of ε, k_B per domain (m,), at the observation time.

    t/τ_min = cosh²u makes the integral over lifetimes ∫₀^U cosh^c u du, smooth in u; E starts where t = τ_min(E).
    """
    t = T / m.debye_temperature
    scale = 9 * math.pi * m.tg * m.time * m.debye_frequency
    v, weight = gauss(20)
    x = slowest(scale * t**3)[:, None] + (7 * v) ** 2
    E = t[:, None] * x
    U = np.arccosh(np.sqrt(np.maximum(scale * E**3 / np.tanh(x / 2), 1.0)))
    q, part = gauss(8)
    inner = U * (np.cosh(U[..., None] * q**2) ** m.c @ (2 * q * part))
    schottky = x**2 * np.exp(-x) / (1 + np.exp(-x)) ** 2
    integral = t * ((schottky * E**-m.c * (inner + 0.5 * m.B * E)) @ (98 * v * weight))
    return 2 * m.A1 / m.tg * integral


def with_ripplons(
    T: np.ndarray,
    m: Material,
    log_z: np.ndarray,
    energy: np.ndarray,
    variance: np.ndarray,
    levels: np.ndarray,
) -> np.ndarray:
    """C (m,) from ln Z, S and V at β (m,), and what `two_level` found."""
    t = T / m.debye_temperature
    nothing = np.zeros_like(t)
    dressed = centres(t, m.tg, log_z, energy / t, variance / t**2) - centres(
        t, m.tg, nothing, nothing, nothing
    )
    node, weight = gauss(18)
    limit = np.minimum(1 / t, 60.0)[:, None]
    x = limit * node
    debye = 9 * t**3 * limit[:, 0] * ((x**4 * np.exp(-x) / np.expm1(-x) ** 2) @ weight)
    return (debye * m.xi**3 + dressed + levels) * m.per_domain / m.density


def thermal_expansion(T: np.ndarray, m: Material) -> np.ndarray:
    """Linear expansion (m,) in 1/K at ``T`` (m,) in K (Sec. 12)."""
    return with_levels(T, m, two_level(T, m))


def with_levels(T: np.ndarray, m: Material, levels: np.ndarray) -> np.ndarray:
    """α (m,): attraction of ripplons (Eq. 74), two-level systems of heat capacity ``levels`` (m,), and lattice."""
    tg, xi = m.tg, m.xi
    x = T / m.glass_temperature
    first, second = (x + 2) / 2, (x + 1) / 2
    occupied = x / 2 * (digamma(first) - digamma(second))
    slope = occupied / x + x / 4 * (polygamma(1, first) - polygamma(1, second))  # by x
    frequencies, count = m.lowest * np.sqrt((ORDERS - 1) * (ORDERS + 2) / 4), 2 * ORDERS + 1
    pairs = count @ (1 / (frequencies[:, None] + frequencies)) @ count
    ripplons = -2 * 2 / 3 * tg**2 * xi**-6 * pairs * 2 * occupied * slope / tg
    return m.per_domain / (3 * m.bulk_modulus) * (ripplons + m.gamma0 * levels) + m.lattice_b * T**3

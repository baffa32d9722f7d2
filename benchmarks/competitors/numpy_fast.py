"""κ(T) and C(T) by glassjax's algorithm in NumPy, to tell what the algorithm does from what the compiler does.

No root is sought. S, ln Z and V are splines in ln s; for each ω the sum over initial states runs over u = 1/μ₀, where
s = S⁻¹(ω + u), 1/λ₀ = u/[1 + u(s - β_g)] and E = u + 1/λ₀ are explicit, instead of E. Spectrum, rules of ω, formulas of
C and α are those of `numpy_theory`.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from . import numpy_theory as slow
from .material import REFERENCE, Material
from .numpy_heat import two_level, with_levels, with_ripplons
from .numpy_theory import Spectrum

__all__ = ["answers", "heat_capacity", "thermal_conductivity"]


class Table(NamedTuple):
    """Splines: ln Z, ln S and ln V against ln s; ln s against -ln S; and ln s against -ln[S + 1/(s + β_g)]."""

    sums: CubicSpline
    inverse: CubicSpline
    ground: CubicSpline


def tabulate(m: Material, ripplons: Spectrum, nodes: int = 160) -> Table:
    """Splines of the canonical sums for s from 0.1 to 3·10⁶."""
    log_s = np.linspace(math.log(0.1), math.log(3e6), nodes)
    s = np.exp(log_s)
    log_z, energy, variance = np.log(slow.sums(s, *ripplons))
    both = np.logaddexp(energy, -np.log(s + 1 / m.tg))
    return Table(
        CubicSpline(log_s, np.stack([log_z, energy, variance], axis=-1)),
        CubicSpline(-energy, log_s),
        CubicSpline(-both, log_s),
    )


def thermal_conductivity(T: np.ndarray, m: Material, table: Table, step: float = 0.5) -> np.ndarray:
    """κ (m,) in W/(m K) at ``T`` (m,) in K, ln u in steps of ``step``."""
    omega, width = slow.frequency_rule()
    w, bound = np.append(omega, REFERENCE), 1 / m.tg

    log_s = table.ground(-np.log(w))
    log_z, _, log_v = table.sums(log_s).T
    s = np.exp(log_s)
    spread = 1 + np.exp(log_v) * (s + bound) ** 2
    ground = np.exp(s * w + np.exp(log_z)) / np.sqrt(2 * math.pi * spread)

    u = np.exp(np.arange(math.log(1e-7), math.log(100.0), step))
    log_s = table.inverse(-np.log(w[:, None] + u))
    log_z, _, log_v = np.moveaxis(table.sums(log_s), -1, 0)
    s, variance = np.exp(log_s), np.exp(log_v)
    ratio = 1 + u * (s - bound)
    valid = ratio > 1e-6  # E has not reached infinity
    ratio = np.where(valid, ratio, 1.0)
    v = u / ratio
    log_n = s * w[:, None] + 1 + ratio + np.exp(log_z) - 0.5 * np.log1p(variance * (1 + ratio**2) / u**2)
    slope = 1 + v**2 * (1 / variance + 1 / u**2)  # dE/du
    log_n += np.log(slope * u * (step / (2 * math.pi)))
    log_n = np.where(valid, log_n, -np.inf)

    t = np.append(T / m.debye_temperature, REFERENCE)
    x = (u + v)[..., None] / t
    excited = np.sum(2 / t * np.exp(log_n[..., None] - x) / (1 + np.exp(-x)) ** 2, axis=1)
    return slow.joined(T, m, omega, width, ground, excited)


def slowest(scale: np.ndarray) -> np.ndarray:
    """Solve ``scale`` x³coth(x/2) = 1 for x (m,) by Newton in ln x from close bounds, all at once."""
    log_x = np.minimum(-np.log(scale) / 3, -np.log(2 * scale) / 2)
    for _ in range(4):
        x = np.exp(log_x)
        log_x -= (np.log(scale / np.tanh(x / 2)) + 3 * log_x) / (3 - x / np.sinh(x))
    return np.exp(log_x)


def heat_capacity(T: np.ndarray, m: Material, table: Table) -> np.ndarray:
    """C (m,) in J/(kg K) at ``T`` (m,) in K."""
    log_z, energy, variance = np.exp(table.sums(np.log(m.debye_temperature / T)).T)
    return with_ripplons(T, m, log_z, energy, variance, two_level(T, m, slowest))


def answers(temperatures: Mapping[str, np.ndarray], m: Material) -> dict[str, np.ndarray]:
    """κ, C and α, those asked for, by their names in glassjax; they share one table."""
    table = tabulate(m, slow.spectrum(m))
    functions = {
        "kappa": lambda T: thermal_conductivity(T, m, table),
        "heat-capacity": lambda T: heat_capacity(T, m, table),
        "expansion": lambda T: with_levels(T, m, two_level(T, m, slowest)),
    }
    return {name: functions[name](T) for name, T in temperatures.items()}

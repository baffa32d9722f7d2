"""κ(T), C(T) and α(T) of the joint model as a careful physicist writes them with NumPy and SciPy.

The formulas are those of docs/theory.md: ripplons broadened by phonons (a smeared "box" cut-off), scattering states by
the paper's saddle point, direct sums and ordered pairs in the expansion. Nothing is taken from glassjax.

What was chosen, so that the comparison is fair:

- Sums over the spectrum go over some 200 Gauss-Legendre nodes that are placed anew for every set of parameters,
  around narrow resonances and between the kinks of the cut-off. A program compiled for fixed shapes cannot do that.
- The saddle of N_E(ω) is two equations for two numbers; both are explicit in s, so one `brentq` a point (ω, E) solves
  them, from a bracket that the neighbour gives. N_E does not depend on T: it is found once on a grid of ω and E, and
  every temperature is a row of one matrix product.
- The grid has no more nodes than κ, C and α need to agree with glassjax to 10⁻⁴.
- Everything else is done on whole arrays.

`numpy_fast` keeps all of this but the roots.
"""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from scipy.special import gammaln

from .material import ORDERS, REFERENCE, Material, gauss, root
from .numpy_heat import thermal_expansion, two_level, with_ripplons

__all__ = [
    "Material",
    "Spectrum",
    "answers",
    "energy_rule",
    "frequency_rule",
    "heat_capacity",
    "joined",
    "spectrum",
    "sums",
    "thermal_conductivity",
    "thermal_expansion",
]

REACH = (1e-4, 30.0)
"""Least and largest ripplon frequency that counts."""
ORDER, WIDTH = 6, 0.6
"""Nodes of a panel, and its largest width in ln ω."""
SCAN = np.geomspace(3e-3, 3.0, 500)
DOUBLING = 2.0 ** np.arange(9)

Spectrum = tuple[np.ndarray, np.ndarray]
"""Frequencies and weights (n,)."""


# ------------------------------------------------------------------ ripplons


def shift_function(x: np.ndarray, delta: float) -> np.ndarray:
    """H(x) (n,) of Eq. 54 for a cut-off uniform on 1 ∓ ``delta``; a series beyond x = 8."""
    near = np.minimum(x, 8.0)
    total = np.zeros_like(near)
    for X, sign in ((1 + delta, 1.0), (1 - delta, -1.0)):
        gap = X - near
        size = np.where(gap == 0, 1.0, np.abs(gap))
        logs = gap * np.log(size) - gap - X * np.log(near)
        total += sign * (X**4 / 12 + near * X**3 / 6 + near**2 * X**2 / 2 + near**3 * logs)
    far = np.zeros_like(near)
    ratio = 1 / np.maximum(x, 8.0)
    for k in range(15, 3, -1):
        moment = ((1 + delta) ** (k + 1) - (1 - delta) ** (k + 1)) / (2 * delta * (k + 1))
        far = (far + moment / k) * ratio
    return np.where(x < 8, total / (2 * delta), -far)


def positions(omega: np.ndarray, m: Material) -> np.ndarray:
    """ω - ω_l(ω) (8, n) (Eq. 54)."""
    delta = m.fragility**-0.5
    bare = m.lowest * np.sqrt((ORDERS - 1) * (ORDERS + 2) / 4)
    shift = 1.5 * m.tg * m.cutoff**3 * shift_function(omega / m.cutoff, delta)
    return omega + shift - bare[:, None]


def resonances(m: Material) -> np.ndarray:
    """Frequencies (n,) where ω = ω_l(ω), up to three for each l, good to a small part of their widths."""
    away = positions(SCAN, m)
    ell, i = np.nonzero(away[:, :-1] * away[:, 1:] < 0)
    before, after = away[ell, i], away[ell, i + 1]
    return SCAN[i] + (SCAN[i + 1] - SCAN[i]) * before / (before - after)


def spectrum(m: Material, order: int = ORDER, width: float = WIDTH) -> Spectrum:
    """Frequencies and weights (n,) of the broadened ripplons (Eq. 53-55), by Gauss-Legendre panels in ln ω.

    Panels are at most ``width`` wide, break at the kinks of the cut-off and halve towards every narrow resonance.
    """
    delta = m.fragility**-0.5
    edges = [*REACH, m.cutoff * (1 - delta), m.cutoff * (1 + delta)]
    for resonance in resonances(m):
        half = 1.5 * math.pi * m.tg * resonance**2
        steps = half * DOUBLING[half * DOUBLING < 0.6]
        edges += [*(resonance * (1 - steps)), *(resonance * (1 + steps))]
        if half < 0.3:
            edges.append(resonance)
    ends = np.unique(np.log(edges))
    pieces = [np.linspace(a, b, math.ceil((b - a) / width), endpoint=False) for a, b in pairwise(ends)]
    ends = np.append(np.concatenate(pieces), ends[-1])
    t, w = gauss(order)
    span = np.diff(ends)[:, None]
    omega = np.exp(ends[:-1, None] + span * t).ravel()
    friction = 1.5 * math.pi * m.tg * omega**3
    profiles = friction / math.pi / (positions(omega, m) ** 2 + friction**2)
    return omega, (2 * ORDERS + 1) @ profiles * omega * (span * w).ravel()


def sums(s: np.ndarray, omega: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ln Z, S and V at ``s`` (n,) of a spectrum."""
    small = np.exp(-s[:, None] * omega)
    below = 1 - small
    occupied = omega * small / below
    return -np.log1p(-small) @ weights, occupied @ weights, (occupied * omega / below) @ weights


# ------------------------------------------------------------------ conductivity


def frequency_rule(order: int = 42) -> tuple[np.ndarray, np.ndarray]:
    """Nodes ω and weights (n,) of ∫₀¹dω, Gauss-Legendre in ln ω from 10⁻⁶."""
    t, w = gauss(order)
    span = -math.log(1e-6)
    omega = np.exp(span * (t - 1))
    return omega, span * w * omega


def energy_rule(step: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Nodes E and weights (n,) of ∫dE, the trapezoidal rule in ln E from 10⁻⁶ to 90."""
    energy = np.exp(np.arange(math.log(1e-6), math.log(90.0), step))
    return energy, step * energy


def ground_saddle(omega: np.ndarray, bound: float, nodes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Solve ω = S(s) + 1/(s + β_g) for s (n,), the saddle of ρ (Eq. 40)."""
    strength = weights * nodes

    def miss(log_s: float, w: float) -> float:
        s = math.exp(log_s)
        small = np.exp(-s * nodes)
        return math.log((strength @ (small / (1 - small)) + 1 / (s + bound)) / w)

    return np.exp([root(miss, (-2.0, math.log(1.1 / w + 300.0)), w) for w in omega])


def cumulative_saddle(
    omega: np.ndarray, energy: np.ndarray, bound: float, nodes: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return s (n, k) at the saddle of N_E(ω) (Eq. 44-45).

    With d = E(s - β_g) the difference λ₀ - μ₀ = s - β_g and the sum 1/λ₀ + 1/μ₀ = E give 1/μ₀ = 2E/(2 - d + √(d² + 4));
    what is left is S(s) = ω + 1/μ₀. s falls as E grows: each root bounds the next.
    """
    strength = weights * nodes

    def miss(log_s: float, w: float, E: float) -> float:
        s = math.exp(log_s)
        d = E * (s - bound)
        small = np.exp(-s * nodes)
        return math.log(strength @ (small / (1 - small)) / (w + 2 * E / (2 - d + math.sqrt(d * d + 4))))

    fall = np.diff(np.log(energy), prepend=0.0) + 1e-3  # s falls no faster than 1/E
    found = np.empty((len(omega), len(energy)))
    for i, w in enumerate(omega):
        high = math.log(1e4)
        for j, E in enumerate(energy):
            bracket = (high - fall[j], high + 1e-5) if j else (-2.0, high)
            high = found[i, j] = root(miss, bracket, w, E)
    return np.exp(found)


def counted(
    omega: np.ndarray, energy: np.ndarray, m: Material, ripplons: Spectrum
) -> tuple[np.ndarray, np.ndarray]:
    """T_gρ (n,) and ln T_gN_E (n, k) by the saddle points (Eq. 41 and 47); neither depends on T."""
    bound = 1 / m.tg
    s = ground_saddle(omega, bound, *ripplons)
    log_z, _, variance = sums(s, *ripplons)
    kappa = s + bound
    ground = np.exp(s * omega + log_z) / (kappa * np.sqrt(2 * math.pi * (variance + kappa**-2)))

    s = cumulative_saddle(omega, energy, bound, *ripplons)
    log_z, _, variance = (part.reshape(s.shape) for part in sums(s.ravel(), *ripplons))
    d = energy * (s - bound)
    root = np.sqrt(d * d + 4)
    lam, mu = (2 + d + root) / (2 * energy), (2 - d + root) / (2 * energy)
    spread = np.log1p(variance * (lam**2 + mu**2))
    excited = s * omega[:, None] + lam * energy + log_z - math.log(2 * math.pi) - spread / 2
    return ground, excited


def thermal_conductivity(T: np.ndarray, m: Material, ripplons: Spectrum) -> np.ndarray:
    """κ (m,) in W/(m K) at ``T`` (m,) in K: ordinary and fast centres (Eq. 48 and 68, joined as in Sec. 12)."""
    omega, width = frequency_rule()
    energy, step = energy_rule()
    ground, excited = counted(np.append(omega, REFERENCE), energy, m, ripplons)
    return joined(T, m, omega, width, ground, np.exp(excited) @ fermi(energy, step, T, m))


def fermi(energy: np.ndarray, step: np.ndarray, T: np.ndarray, m: Material) -> np.ndarray:
    """Weights (k, m + 1) of N_E in ρ_exc(T) = ∫dE (β/2)sech²(βE/2) N_E, for ``T`` and for ω₀ (Eq. 43)."""
    t = np.append(T / m.debye_temperature, REFERENCE)
    x = energy[:, None] / t
    return 2 * step[:, None] / t * np.exp(-x) / (1 + np.exp(-x)) ** 2


def joined(
    T: np.ndarray, m: Material, omega: np.ndarray, width: np.ndarray, ground: np.ndarray, excited: np.ndarray
) -> np.ndarray:
    """κ from T_gρ (n + 1,) and T_gρ_exc (n + 1, m + 1), both of them at ω₀ and T = ω₀ last (Sec. 12)."""
    ordinary = math.sqrt(math.pi) / 2 * math.exp(gammaln(1 - m.c / 2) - gammaln(1.5 - m.c / 2))
    w = np.append(omega, REFERENCE)[:, None]
    braces = (REFERENCE / w) ** m.c * (0.5 * m.B * w + ordinary * (ground[:, None] + excited))
    path = m.R * braces[-1, -1] / braces[:-1, :-1] + m.floor
    x = omega[:, None] * (m.debye_temperature / T)
    heat = (x / np.expm1(-x)) ** 2 * np.exp(-x)
    return m.kappa_unit * ((width * omega) @ (path * heat))


def heat_capacity(T: np.ndarray, m: Material, ripplons: Spectrum) -> np.ndarray:
    """C (m,) in J/(kg K) at ``T`` (m,) in K: Debye's phonons, ripplons and two-level systems (Sec. 12)."""
    return with_ripplons(T, m, *sums(m.debye_temperature / T, *ripplons), two_level(T, m))


def answers(temperatures: Mapping[str, np.ndarray], m: Material) -> dict[str, np.ndarray]:
    """κ, C and α, those asked for, by their names in glassjax; they share one spectrum."""
    ripplons = spectrum(m)
    functions = {
        "kappa": lambda T: thermal_conductivity(T, m, ripplons),
        "heat-capacity": lambda T: heat_capacity(T, m, ripplons),
        "expansion": lambda T: thermal_expansion(T, m),
    }
    return {name: functions[name](T) for name, T in temperatures.items()}

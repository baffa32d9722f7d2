"""κ(T), C(T) and α(T) of the joint model as compiled loops: numba, one thread or several.

The rules of `numpy_theory`, written as loops over ω, E and T. S, ln Z and V are cubic Hermite polynomials in ln s,
tabulated once a material with exact slopes, so that a bracketed Newton iteration finds a saddle in some 100 ns. The
kernels are compiled twice, with ``parallel`` off and on; the same code runs.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numba
import numpy as np

from . import numpy_theory as plain
from .material import REFERENCE, Material, gauss
from .numpy_heat import with_levels

__all__ = ["Kernels", "answers", "kernels"]

_LOW, _HIGH, _NODES = math.log(0.1), math.log(3e6), 150
_STEP = (_HIGH - _LOW) / (_NODES - 1)
_WIDTH = plain.WIDTH
_njit = numba.njit(error_model="numpy")


@_njit
def _shift(x: float, delta: float) -> float:
    """H(x) of Eq. 54 for a cut-off uniform on 1 ∓ δ."""
    if x >= 8:
        far, ratio = 0.0, 1 / x
        for k in range(15, 3, -1):
            moment = ((1 + delta) ** (k + 1) - (1 - delta) ** (k + 1)) / (2 * delta * (k + 1))
            far = (far + moment / k) * ratio
        return -far
    total = 0.0
    for sign in (1.0, -1.0):
        X = 1 + sign * delta
        gap = X - x
        logs = (gap * math.log(abs(gap)) if gap != 0 else 0.0) - gap - X * math.log(x)
        total += sign * (X**4 / 12 + x * X**3 / 6 + x**2 * X**2 / 2 + x**3 * logs)
    return total / (2 * delta)


@_njit
def _spectrum(
    lowest: float, tg: float, cutoff: float, delta: float, scan: np.ndarray, t: np.ndarray, w: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and weights (n,) of the broadened ripplons (Eq. 53-55) on the panels of `numpy_theory.spectrum`."""
    strength = 1.5 * tg * cutoff**3
    bare = np.array([lowest * math.sqrt((ell - 1) * (ell + 2) / 4) for ell in range(2, 10)])
    ends = [1e-4, 30.0, cutoff * (1 - delta), cutoff * (1 + delta)]
    before = 0.0
    for i in range(len(scan)):
        moved = scan[i] + strength * _shift(scan[i] / cutoff, delta)
        for ell in range(8 if i > 0 else 0):
            if (before - bare[ell]) * (moved - bare[ell]) < 0:
                share = (bare[ell] - before) / (moved - before)
                resonance = scan[i - 1] + share * (scan[i] - scan[i - 1])
                reach = 1.5 * math.pi * tg * resonance**2
                if reach < 0.3:
                    ends.append(resonance)
                for _ in range(9):
                    if reach < 0.6:
                        ends.append(resonance * (1 - reach))
                        ends.append(resonance * (1 + reach))
                    reach *= 2
        before = moved
    ends.sort()
    omegas, weights = [], []
    for i in range(len(ends) - 1):
        if ends[i + 1] <= ends[i]:
            continue
        a, b = math.log(ends[i]), math.log(ends[i + 1])
        count = math.ceil((b - a) / _WIDTH)
        span = (b - a) / count
        for j in range(count):
            for k in range(len(t)):
                omega = math.exp(a + span * (j + t[k]))
                friction = 1.5 * math.pi * tg * omega**3
                moved = omega + strength * _shift(omega / cutoff, delta)
                density = 0.0
                for ell in range(8):
                    distance = moved - bare[ell]
                    density += (2 * ell + 5) * friction / math.pi / (distance**2 + friction**2)
                omegas.append(omega)
                weights.append(density * omega * span * w[k])
    return np.array(omegas), np.array(weights)


@_njit
def _look(log_s: float, which: int, table: np.ndarray) -> tuple[float, float]:
    """Return ln Z, ln S or ln V (0, 1, 2) at ln s, and its slope; below the table a straight line."""
    place = (log_s - _LOW) / _STEP
    i = min(max(int(place), 0), _NODES - 2)
    t = place - i
    a, b = table[which, 0, i], table[which, 0, i + 1]
    p, q = table[which, 1, i] * _STEP, table[which, 1, i + 1] * _STEP
    if t < 0:
        return a + p * t, p / _STEP
    second = 3 * (b - a) - 2 * p - q
    third = p + q - 2 * (b - a)
    return a + t * (p + t * (second + t * third)), (p + t * (2 * second + 3 * t * third)) / _STEP


@_njit
def _target(log_s: float, omega: float, E: float, bound: float) -> tuple[float, float]:
    """ln(ω + 1/μ₀) at ln s and its slope (Eq. 44-45), or, where E = 0 marks the ground state, ln(ω - 1/κ₀)."""
    s = math.exp(log_s)
    if E == 0:
        left = omega - 1 / (s + bound)
        if left <= 0:
            return -1e300, 0.0
        return math.log(left), s / (s + bound) ** 2 / left
    d = E * (s - bound)
    root = math.sqrt(d * d + 4)
    below = 2 - d + root
    u = 2 * E / below
    return math.log(omega + u), u / (omega + u) * (1 - d / root) / below * E * s


@_njit
def _saddle(
    omega: float, E: float, bound: float, low: float, high: float, start: float, table: np.ndarray
) -> float:
    """Solve ln S = `_target` for ln s between ``low`` and ``high``: Newton, halved where it leaves the bracket."""
    x = start
    for _ in range(80):
        value, slope = _look(x, 1, table)
        target, rise = _target(x, omega, E, bound)
        if value > target:
            low = x
        else:
            high = x
        step = (value - target) / (rise - slope) if target > -1e299 else 0.0
        new = x + step
        if target <= -1e299 or not low <= new <= high:
            new = 0.5 * (low + high)
        if abs(new - x) < 1e-7:
            return new
        x = new
    return x


def _table(omega: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Tabulate ln Z, ln S and ln V with their slopes in ln s: (3, 2, nodes)."""
    table = np.empty((3, 2, _NODES))
    for i in numba.prange(_NODES):
        s = math.exp(_LOW + i * _STEP)
        log_z = energy = variance = third = 0.0
        for j in range(len(omega)):
            small = math.exp(-s * omega[j])
            if small == 0:
                continue
            below = 1 - small
            term = weights[j] * omega[j] * small / below
            log_z -= weights[j] * (math.log1p(-small) if small > 1e-9 else -small)
            energy += term
            term *= omega[j] / below
            variance += term
            third += term * omega[j] * (1 + small) / below
        table[0, 0, i], table[0, 1, i] = math.log(log_z), -s * energy / log_z
        table[1, 0, i], table[1, 1, i] = math.log(energy), -s * variance / energy
        table[2, 0, i], table[2, 1, i] = math.log(variance), -s * third / variance
    return table


def _count(
    omega: np.ndarray, energy: np.ndarray, bound: float, table: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """T_gρ (n,) and T_gN_E (n, k) by the saddle points (Eq. 41 and 47)."""
    ground, excited = np.empty(len(omega)), np.empty((len(omega), len(energy)))
    for i in numba.prange(len(omega)):
        w = omega[i]
        x = _saddle(w, 0.0, bound, _LOW, _HIGH, math.log(1 / w + 10), table)
        s = math.exp(x)
        spread = 1 + math.exp(_look(x, 2, table)[0]) * (s + bound) ** 2
        ground[i] = math.exp(s * w + math.exp(_look(x, 0, table)[0])) / math.sqrt(2 * math.pi * spread)
        x, before = 5.0, 5.0
        for j in range(len(energy)):
            E = energy[j]
            start = max(2 * x - before, _LOW) if j > 1 else x
            before = x
            x = _saddle(w, E, bound, _LOW, _HIGH, start, table)
            s = math.exp(x)
            d = E * (s - bound)
            root = math.sqrt(d * d + 4)
            lam, mu = (2 + d + root) / (2 * E), (2 - d + root) / (2 * E)
            spread = 1 + math.exp(_look(x, 2, table)[0]) * (lam**2 + mu**2)
            excited[i, j] = math.exp(s * w + lam * E + math.exp(_look(x, 0, table)[0])) / (
                2 * math.pi * math.sqrt(spread)
            )
    return ground, excited


def _kappa(
    t: np.ndarray,
    reference: float,
    c: float,
    B: float,
    R: float,
    floor: float,
    ordinary: float,
    omega: np.ndarray,
    width: np.ndarray,
    energy: np.ndarray,
    step: np.ndarray,
    ground: np.ndarray,
    excited: np.ndarray,
) -> np.ndarray:
    """κ/κ₀ (m,) at ``t`` (m,) in T_D; the last frequency of ``ground`` and ``excited`` is ω₀ (Sec. 12)."""
    count = len(omega)
    powers = np.empty(count)
    for i in range(count):
        powers[i] = (reference / omega[i]) ** c
    calibration = B * reference + ordinary * (
        ground[count] + _thermal(reference, energy, step, excited[count])
    )
    kappa = np.empty(len(t))
    for k in numba.prange(len(t)):
        fermi = np.empty(len(energy))
        for j in range(len(energy)):
            small = math.exp(-energy[j] / t[k])
            fermi[j] = 2 * step[j] / t[k] * small / (1 + small) ** 2
        total = 0.0
        for i in range(count):
            x = omega[i] / t[k]
            if x > 60:
                continue
            density = ground[i]
            for j in range(len(energy)):
                density += fermi[j] * excited[i, j]
            path = R * calibration / (powers[i] * (B * omega[i] + ordinary * density)) + floor
            total += width[i] * omega[i] * path * (x / math.expm1(-x)) ** 2 * math.exp(-x)
        kappa[k] = total
    return kappa


@_njit
def _thermal(t: float, energy: np.ndarray, step: np.ndarray, excited: np.ndarray) -> float:
    """T_gρ_exc at one temperature (Eq. 43)."""
    total = 0.0
    for j in range(len(energy)):
        small = math.exp(-energy[j] / t)
        total += 2 * step[j] / t * small / (1 + small) ** 2 * excited[j]
    return total


@_njit
def _centre(a: float, L: float, E: float, Q: float, node: np.ndarray, weight: np.ndarray) -> float:
    """Eq. 36 averaged over both signs of ε; see `numpy_heat.centres`."""
    middle = min(-L, 40.0)
    total = 0.0
    for panel in range(3):
        span = middle if panel == 1 else 40.0
        for k in range(len(node)):
            y = L - span * node[k] if panel == 0 else (-span * node[k] if panel == 1 else span * node[k])
            up = 1 / (1 + math.exp(y))
            inner = (y - L + E) ** 2 * up * (1 - up) + Q * (up if panel == 2 else up - 1)
            total += span * weight[k] * math.exp(-a * abs(y - L)) * inner
    return Q * (2 - math.exp(a * L)) + a * total


def _ripplons(
    t: np.ndarray,
    tg: float,
    xi: float,
    table: np.ndarray,
    node: np.ndarray,
    weight: np.ndarray,
    debye_node: np.ndarray,
    debye_weight: np.ndarray,
) -> np.ndarray:
    """Debye's phonons and the ripplons without the bare two-level systems, k_B per domain (m,) (Eq. 36)."""
    total = np.empty(len(t))
    for k in numba.prange(len(t)):
        x = -math.log(t[k])
        L, a = -math.exp(_look(x, 0, table)[0]), t[k] / tg
        E, Q = math.exp(_look(x, 1, table)[0]) / t[k], math.exp(_look(x, 2, table)[0]) / t[k] ** 2
        total[k] = _centre(a, L, E, Q, node, weight) - _centre(a, 0.0, 0.0, 0.0, node, weight)
        limit = min(1 / t[k], 60.0)
        debye = 0.0
        for j in range(len(debye_node)):
            y = limit * debye_node[j]
            debye += debye_weight[j] * y**4 * math.exp(-y) / math.expm1(-y) ** 2
        total[k] += 9 * (t[k] * xi) ** 3 * limit * debye
    return total


@_njit
def _late(scale: float) -> float:
    """Solve ``scale`` x³coth(x/2) = 1 for x by Newton in ln x."""
    y = min(-math.log(scale) / 3, -math.log(2 * scale) / 2)
    for _ in range(50):
        x = math.exp(y)
        miss = math.log(scale) + 3 * y - math.log(math.tanh(x / 2))
        step = miss / (3 - x / math.sinh(x))
        y -= step
        if abs(step) < 1e-9:
            break
    return math.exp(y)


def _levels(
    t: np.ndarray,
    scale: float,
    c: float,
    B: float,
    v: np.ndarray,
    weight: np.ndarray,
    q: np.ndarray,
    part: np.ndarray,
) -> np.ndarray:
    """Integral of Eq. 69 over E (m,); see `numpy_heat.two_level`."""
    total = np.empty(len(t))
    for k in numba.prange(len(t)):
        start = _late(scale * t[k] ** 3)
        total[k] = 0.0
        for j in range(len(v)):
            x = start + (7 * v[j]) ** 2
            E = t[k] * x
            U = math.acosh(math.sqrt(max(scale * E**3 / math.tanh(x / 2), 1.0)))
            inner = B * E
            for i in range(len(q)):
                inner += U * 2 * q[i] * part[i] * math.exp(c * math.log(math.cosh(U * q[i] ** 2)))
            small = math.exp(-x)
            total[k] += (
                98 * v[j] * weight[j] * x**2 * small / (1 + small) ** 2 * math.exp(-c * math.log(E)) * inner
            )
        total[k] *= t[k]
    return total


class Kernels(NamedTuple):
    """The loops, compiled for one thread or for several."""

    table: Any
    count: Any
    kappa: Any
    ripplons: Any
    levels: Any


def kernels(parallel: bool) -> Kernels:
    """Wrap the loops; each is compiled where it is first called."""
    wrap = numba.njit(parallel=parallel, error_model="numpy")
    return Kernels(*(wrap(loop) for loop in (_table, _count, _kappa, _ripplons, _levels)))


def answers(
    temperatures: Mapping[str, np.ndarray], m: Material, with_kernels: Kernels
) -> dict[str, np.ndarray]:
    """κ, C and α, those asked for, by their names in glassjax; the spectrum and its table are made once."""
    use = with_kernels
    table = use.table(
        *_spectrum(m.lowest, m.tg, m.cutoff, m.fragility**-0.5, plain.SCAN, *gauss(plain.ORDER))
    )
    scale = 9 * math.pi * m.tg * m.time * m.debye_frequency

    def kappa(T: np.ndarray) -> np.ndarray:
        omega, width = plain.frequency_rule()
        energy, step = plain.energy_rule()
        counted = use.count(np.append(omega, REFERENCE), energy, 1 / m.tg, table)
        ordinary = math.sqrt(math.pi) / 2 * math.exp(math.lgamma(1 - m.c / 2) - math.lgamma(1.5 - m.c / 2))
        t = T / m.debye_temperature
        rules = (omega, width, energy, step)
        return m.kappa_unit * use.kappa(
            t, REFERENCE, m.c, 0.5 * m.B, m.R, m.floor, ordinary, *rules, *counted
        )

    def two_level(T: np.ndarray) -> np.ndarray:
        t = T / m.debye_temperature
        return 2 * m.A1 / m.tg * use.levels(t, scale, m.c, 0.5 * m.B, *gauss(20), *gauss(8))

    def heat_capacity(T: np.ndarray) -> np.ndarray:
        t = T / m.debye_temperature
        others = use.ripplons(t, m.tg, m.xi, table, *gauss(14), *gauss(18))
        return (others + two_level(T)) * m.per_domain / m.density

    def expansion(T: np.ndarray) -> np.ndarray:
        return with_levels(T, m, two_level(T))

    functions = {"kappa": kappa, "heat-capacity": heat_capacity, "expansion": expansion}
    return {name: functions[name](T) for name, T in temperatures.items()}

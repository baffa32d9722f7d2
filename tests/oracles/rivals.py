"""Rival theories from their textbook integrals, in SI units, with SciPy's adaptive quadrature. No code is shared."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from scipy.constants import e as CHARGE
from scipy.constants import hbar as HBAR
from scipy.constants import k as KB
from scipy.integrate import quad
from scipy.optimize import brentq

RHO, V, T_D = 2200.0, 4100.0, 342.0  # vitreous silica
OMEGA_D = KB * T_D / HBAR
MODULUS = RHO * V**2 / 3


def einstein(x: float) -> float:
    """x^2 e^x/(e^x - 1)^2."""
    return x * x * math.exp(-x) / math.expm1(-x) ** 2 if x > 0 else 1.0


def debye_heat(T: float) -> float:
    """Three branches, J/(K m^3)."""

    def f(w: float) -> float:
        return 3 * w**2 / (2 * math.pi**2 * V**3) * KB * einstein(HBAR * w / (KB * T))

    return _sum(f, T)


def _sum(f, T: float) -> float:
    """int_0^omega_D f d omega in panels that follow T."""
    scale = KB * T / HBAR
    cuts = [0.0, *(scale * 10.0 ** np.arange(-6, 0)), *(scale * x for x in (0.3, 1, 3, 6, 10, 20, 50))]
    cuts = [cut for cut in cuts if cut < OMEGA_D] + [min(50 * scale, OMEGA_D)]
    return sum(quad(f, a, b, epsrel=1e-11, limit=200)[0] for a, b in pairwise(cuts) if b > a)


def conductivity(T: float, inverse_path, floor: float) -> float:
    """(1/3) int C(omega) v l d omega in W/(m K), l = 1/inverse_path(omega) + floor times wavelength."""

    def f(w: float) -> float:
        heat = 3 * w**2 / (2 * math.pi**2 * V**3) * KB * einstein(HBAR * w / (KB * T))
        return heat * V * (1 / inverse_path(w) + floor * 2 * math.pi * V / w) / 3

    return _sum(lambda w: f(w) if w > 0 else 0.0, T)


def fastest_rate(E: float, T: float, gamma: float) -> float:
    """1/tau_min = 3 gamma^2 E^3 coth(E/2kT)/(2 pi rho hbar^4 v^5), three branches; E and gamma in J."""
    return 3 * gamma**2 * E**3 / (math.tanh(E / (2 * KB * T)) * 2 * math.pi * RHO * HBAR**4 * V**5)


def resonant(w: float, T: float, strength: float) -> float:
    """1/l of resonant absorption."""
    return math.pi * strength * w / V * math.tanh(HBAR * w / (2 * KB * T))


def relaxing_slow(w: float, T: float, strength: float, gamma: float) -> float:
    """1/l of relaxational absorption, nested adaptive integrals over E and theta, Delta_0 = E sin(theta)."""

    def inner(b: float) -> float:
        # du sqrt(1-u^2)/u * x/(1+x^2), x = b/u^2, u = sin(theta)
        def f(theta: float) -> float:
            u = math.sin(theta)
            return math.cos(theta) ** 2 * b * u / (u**4 + b**2)

        knee = math.asin(min(1.0, math.sqrt(b)))
        cuts = sorted({0.0, knee / 3, knee, min(3 * knee, math.pi / 2), math.pi / 2})
        return sum(quad(f, a, c, epsrel=1e-10)[0] for a, c in pairwise(cuts))

    def outer(x: float) -> float:
        E = x * KB * T
        return inner(w / fastest_rate(E, T, gamma)) / math.cosh(x / 2) ** 2

    cuts = [1e-7, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5, 1, 3, 7, 15, 30, 60]
    total = sum(quad(outer, a, b, epsrel=1e-9)[0] for a, b in pairwise(cuts))
    return strength * w / V * total


# The same by trapezoidal sums: E = kT exp(t - e^-t), Delta_0 = E exp(-s^2); both integrands are analytic
_t = np.arange(-4.0, 4.6, 0.08)
_x = np.exp(_t - np.exp(-_t))
_weight = 0.08 * (1 + np.exp(-_t)) * _x / np.cosh(_x / 2) ** 2
_s = np.arange(0.02, 6.5, 0.02)
_amplitude = np.exp(-2 * _s**2)
_share = 0.02 * 2 * _s * np.sqrt(-np.expm1(-2 * _s**2))


def relaxing(w: float, T: float, strength: float, gamma: float) -> float:
    """As `relaxing_slow`."""
    product = w / (3 * gamma**2 * (KB * T * _x) ** 3 / (np.tanh(_x / 2) * 2 * math.pi * RHO * HBAR**4 * V**5))
    b = product[:, None] / _amplitude
    return strength * w / V * float(_weight @ ((1 / (b + 1 / b)) @ _share))


def tunnelling_heat(T: float, time: float, strength: float, gamma: float) -> float:
    """C of systems with tau < t in J/(K m^3): P(Delta, Delta_0) = P/Delta_0, Delta > 0."""
    P = strength * RHO * V**2 / gamma**2

    def count(E: float) -> float:
        ratio = 1 / (time * fastest_rate(E, T, gamma))
        if ratio >= 1:
            return 0.0
        # du/(u sqrt(1-u^2)) = dw/(1-w^2), w^2 = 1 - u^2, in y = -ln(1-w)
        end = -math.log(ratio / (1 + math.sqrt(1 - ratio)))
        return quad(lambda y: 1 / (2 - math.exp(-y)), 0, end, epsrel=1e-11)[0]

    first = brentq(
        lambda s: math.log(time * fastest_rate(math.exp(s) * KB * T, T, gamma)), -60, 20, xtol=1e-13
    )
    first = math.exp(first)

    def f(v: float) -> float:
        x = first + v * v
        return 2 * v * (x / 2) ** 2 / math.cosh(x / 2) ** 2 * count(x * KB * T)

    total = sum(quad(f, a, b, epsrel=1e-10)[0] for a, b in ((0, 0.5), (0.5, 2), (2, 4), (4, 7.5)))
    return P * KB**2 * T * total


def rayleigh(w: float, strength: float) -> float:
    """1/l = D omega^4, D such that lambda/l is ``strength`` at omega_D."""
    return strength / (2 * math.pi * V * OMEGA_D**3) * w**4


def standard_tunnelling(T: float, C: float, gamma_ev: float, r: float, floor: float) -> float:
    """kappa of the standard tunnelling model."""
    gamma = gamma_ev * CHARGE

    def inverse(w: float) -> float:
        return resonant(w, T, C) + relaxing(w, T, C, gamma) + rayleigh(w, r)

    return conductivity(T, inverse, floor)


def activated(w: float, T: float, C: float, W: float) -> float:
    """1/l of activated relaxation, from the plane of D1 and D2; W in K.

    Wells at +-sqrt(|D2|/2) differ by Delta = sqrt(2) W D1 sqrt(|D2|) with gamma^2 = Lambda^2 |D2|/2 and a barrier of
    W D2^2/4; sech^2(Delta/2kT)/kT integrates to 4 over Delta. C = P_s Lambda^2/(rho v^2 W). In s = sqrt|D2| the
    integrand is analytic, even, and vanishes doubly exponentially: a trapezoidal sum.
    """
    log_product = math.log(w * HBAR / (KB * W))
    beta = W / T
    end = (4 / beta * (max(-log_product, 0.0) + 45)) ** 0.25
    s = np.linspace(0, end, 2001)[1:]
    relax = 1 / (2 * np.cosh(log_product + beta * s**4 / 4))
    return C * w / V * float(np.sum(s**2 / 2 * relax * 4 / (math.sqrt(2) * s) * 2 * s)) * end / 2000


def soft_heat(T: float, C: float, deformation_ev: float, W: float, peak: float) -> float:
    """C of the soft vibrations in J/(K m^3); W and peak in K."""
    P_s = C * RHO * V**2 * KB * W / (deformation_ev * CHARGE) ** 2

    def f(w: float) -> float:
        E = HBAR * w / KB
        density = P_s / (8 * KB * W) * (E / W) ** 4 / (1 + (E / peak) ** 3)
        return HBAR * density * KB * einstein(E / T)

    return _sum(f, T)


def soft_wells_heat(T: float, time: float, C: float, deformation_ev: float, W: float) -> float:
    """C of double wells in J/(K m^3), by a sum over the plane of D1 and |D2|, for T << W.

    Delta_0 = W exp(-sqrt(2)/3 |D2|^{3/2}), all relaxing with gamma = sqrt(2) Lambda.
    """
    Lambda = deformation_ev * CHARGE
    P_s = C * RHO * V**2 * KB * W / Lambda**2
    d2 = np.linspace(0.5, 25.0, 6001)
    amplitude = W * np.exp(-math.sqrt(2) / 3 * d2**1.5)
    # Delta from -60 T to 60 T; d Delta = sqrt(2) W sqrt(|D2|) d D1
    delta = np.linspace(0.0, 60 * T, 1201)[1:] - 0.025 * T
    total = 0.0
    for row in np.array_split(np.arange(len(d2)), 24):
        E = np.hypot(delta[None, :], amplitude[row, None])
        x = E / T
        rate = (
            3
            * 2
            * Lambda**2
            * (KB * amplitude[row, None]) ** 2
            * KB
            * E
            / (2 * math.pi * RHO * HBAR**4 * V**5)
        )
        inside = rate / np.tanh(x / 2) * time > 1
        schottky = np.where(inside, (x / 2) ** 2 / np.cosh(np.minimum(x / 2, 300)) ** 2, 0.0)
        step = 2 * 0.05 * T / (math.sqrt(2) * W * np.sqrt(d2[row]))
        total += float(np.sum(schottky.sum(axis=1) * step)) * (d2[1] - d2[0])
    return P_s * KB * total


def soft_area(energy: float, size: int = 500) -> float:
    """Area of the plane of D1 and D2 whose lowest well has 2 sqrt(V''/2) < energy, that is int n(E) dE / P_s."""
    scale = energy**2 / 4  # bound on V''/2
    # the wells found have -5/4*2 < D2/scale <= 1 and |D1| <= scale^1.5
    d2 = (np.arange(size) + 0.5) / size * 4 - 3
    d1 = (np.arange(size) + 0.5) / size * 3
    grid1, grid2 = np.meshgrid(d1, d2)
    # lowest minimum is at x < 0 for D1 > 0; Newton from far left converges on it
    x = -np.full_like(grid1, 3.0)
    for _ in range(30):
        x = x - (4 * x**3 + 2 * grid2 * x + grid1) / (12 * x**2 + 2 * grid2)
    inside = grid2 + 6 * x**2 < 1
    return float(2 * np.mean(inside) * 12.0) * scale**2.5


def soft_potential(T: float, C: float, deformation_ev: float, W: float, peak: float, floor: float) -> float:
    """kappa of the soft-potential model."""
    gamma = math.sqrt(2) * deformation_ev * CHARGE

    def inverse(w: float) -> float:
        E = HBAR * w / KB
        vibration = math.pi / 8 * C * w / V * (E / W) ** 3 / (1 + (E / peak) ** 3)
        return resonant(w, T, C) + relaxing(w, T, C, gamma) + activated(w, T, C, W) + vibration

    return conductivity(T, inverse, floor)

"""Thermal expansion and Grueneisen parameters (Sec. VI), by numerical differentiation in mpmath.

alpha_V below is per T_D, with energies in k_B T_D and volumes in a^3: multiply by k_B/(K a^3) for 1/K.
"""

from __future__ import annotations

from math import exp, tanh

import mpmath
import numpy as np
from scipy import integrate

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


def exact_shift(
    couplings: tuple[tuple[str, str], ...], first: tuple[float, ...], second: tuple[float, ...], T: float
) -> float:
    """delta F/J^2 of two sites by exact diagonalisation: -T ln Tr e^{-H/T} at J = 10^{-12} less that at 0.

    ``first`` and ``second`` are the levels of the sites, from 0; a coupling ("23", "32") is J|2 3><3 2| + h.c., site i
    first, levels counted from 1. With 60 digits the fourth order is 10^{-24} of the second.
    """
    with mpmath.workdps(60):
        n, m = len(first), len(second)
        J, temperature = mpmath.mpf(10) ** -12, mpmath.mpf(T)
        plain = [mpmath.mpf(x) + mpmath.mpf(y) for x in first for y in second]
        H = mpmath.diag(plain)
        for bra, ket in couplings:
            row, column = ((int(state[0]) - 1) * m + int(state[1]) - 1 for state in (bra, ket))
            H[row, column] += J
            H[column, row] += J
        levels = mpmath.eigsy(H, eigvals_only=True)
        before = mpmath.fsum(mpmath.exp(-x / temperature) for x in plain)
        after = mpmath.fsum(mpmath.exp(-levels[k] / temperature) for k in range(n * m))
        return float(-temperature * mpmath.log(after / before) / J**2)


def response(x: float, y: float, T: float, order: int = 0) -> float:
    """[x tanh(x/2T) - y tanh(y/2T)]/(x^2 - y^2) and its derivatives by x, its limit where x = y; in 90 digits."""
    with mpmath.workdps(90):
        at, other, temperature = (mpmath.mpf(v) for v in (x, y, T))

        def energy(v: mpmath.mpf) -> mpmath.mpf:
            return v * mpmath.tanh(v / (2 * temperature))

        def value(v: mpmath.mpf) -> mpmath.mpf:
            if v == other:  # derivative by v^2
                tanh = mpmath.tanh(v / (2 * temperature))
                return (tanh + v * (1 - tanh**2) / (2 * temperature)) / (2 * v)
            return (energy(v) - energy(other)) / (v**2 - other**2)

        h = mpmath.mpf(10) ** -12
        if order == 0:
            return float(value(at))
        if order == 1:
            return float((value(at + h) - value(at - h)) / (2 * h))
        return float((value(at + h) - 2 * value(at) + value(at - h)) / h**2)


def _splittings(T: float, tg: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of int_0^inf d epsilon n(epsilon), composite Gauss rule in ln(1 + epsilon/T)."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    edges = np.linspace(0, np.log1p(60 * tg / T), 13)
    width = np.diff(edges)[:, None] / 2
    t = (edges[:-1, None] + width + width * nodes).ravel()
    epsilon = T * np.expm1(t)
    return epsilon, (width * weights).ravel() * T * np.exp(t) * np.exp(-epsilon / tg) / tg


def _tensor(x: np.ndarray, y: np.ndarray, T: float) -> np.ndarray:
    """Naive response on a grid of x that never meets y."""
    return (x * np.tanh(x / (2 * T)) - y * np.tanh(y / (2 * T))) / (x**2 - y**2)


def _upper(epsilon: np.ndarray, omega: float, T: float) -> np.ndarray:
    """Probability of the upper structure, levels counted one by one."""
    a, b = np.exp(-epsilon / T), np.exp(-(epsilon + omega) / T)
    return (a + b) / (1 + a + b)


def ripplons_attracted(T: float, tg: float, xi: float = 5.8) -> float:
    """-F_rr per domain by Eq. 73, mode by mode, ordered pairs."""
    rule, (epsilon, density) = discrete(xi), _splittings(T, tg, 20)
    total = 0.0
    for one, weight in zip(rule.frequencies, rule.weights, strict=True):
        for other, other_weight in zip(rule.frequencies, rule.weights, strict=True):
            sites = density @ _upper(epsilon, one, T) * (density @ _upper(epsilon, other, T))
            total += weight * other_weight * sites * response(one, other, T)
    return 2 / 3 * tg**2 * xi**-6 * total


def ripplons_attracted_as_written(T: float, tg: float, xi: float = 5.8) -> float:
    """The same by `scipy.integrate.dblquad` over both splittings of Eq. 73 as it is printed."""
    rule, beta = discrete(xi), 1 / T
    modes = list(zip(rule.frequencies, rule.weights, strict=True))
    total = 0.0
    for k, (one, weight) in enumerate(modes):
        for other, other_weight in modes[: k + 1]:
            two = other * (1 + 1e-6) if one == other else other  # of l_1 = l_2 the limit, to 10^{-6}

            def energy(e_j: float, e_i: float, one: float = one, two: float = two) -> float:
                z_i, z_j = (1 + exp(-beta * e) + exp(-beta * (e + w)) for e, w in ((e_i, one), (e_j, two)))
                braces = exp(-beta * (e_i + e_j)) * (1 + exp(-beta * one)) * (1 + exp(-beta * two))
                difference = one * tanh(beta * one / 2) - two * tanh(beta * two / 2)
                density = exp(-e_i / tg) / tg * exp(-e_j / tg) / tg
                return density * braces / (z_i * z_j) * difference / (one**2 - two**2)

            found = integrate.dblquad(energy, 0, 30 * T, 0, 30 * T, epsabs=0, epsrel=1e-7)[0]
            total += weight * other_weight * found * (1 if one == other else 2)
    return 2 / 3 * tg**2 * xi**-6 * total


def oscillators_attracted(T: float, tg: float, rule: Rule, xi: float = 5.8) -> float:
    """`ripplons_attracted` of domains with the oscillators ``rule`` on the upper structure, not one quantum of one.

    Second order of J (a + a^+)(b + b^+), averaged over the numbers of quanta one by one.
    """
    epsilon, density = _splittings(T, tg, 20)
    n = np.arange(int(60 * T / min(rule.frequencies)) + 10)
    boltzmann = np.exp(-n[:, None] * rule.frequencies / T)
    mean = n @ boltzmann / boltzmann.sum(axis=0)
    partition = np.prod(boltzmann.sum(axis=0) ** rule.weights)
    upper = density @ (partition * np.exp(-epsilon / T) / (1 + partition * np.exp(-epsilon / T)))
    total = 0.0
    for x, a, weight in zip(rule.frequencies, mean, rule.weights, strict=True):
        for other, b, other_weight in zip(rule.frequencies, mean, rule.weights, strict=True):
            both = ((a + 1) * (b + 1) - a * b) / (x + other)
            # of equal frequencies the limit, -dn/dx = n(n + 1)/T
            one = a * (a + 1) / T if x == other else ((a + 1) * b - a * (b + 1)) / (x - other)
            total += weight * other_weight * (both + one)
    return 2 / 3 * tg**2 * xi**-6 * upper**2 * total


def mixed_attracted(T: float, tg: float, xi: float = 5.8) -> float:
    """-F_rT per domain by Eq. 77, mode by mode."""
    rule, (epsilon, density) = discrete(xi), _splittings(T, tg, 20)
    total = 0.0
    for omega, weight in zip(rule.frequencies, rule.weights, strict=True):
        total += weight * (density @ _upper(epsilon, omega, T)) * (density @ _tensor(epsilon, omega, T))
    return 2 / 3 * tg**2 * xi**-6 * total


def levels_attracted(T: float, tg: float, xi: float = 5.8) -> float:
    """-F_TT per domain by Eq. 81, on a grid of pairs of splittings, ordered pairs."""
    (x, wx), (y, wy) = _splittings(T, tg, 20), _splittings(T, tg, 21)
    return 2 / 3 * tg**2 * xi**-6 * float(wx @ _tensor(x[:, None], y[None, :], T) @ wy)

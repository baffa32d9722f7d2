"""Multi-ripplon levels one occupation after another, and densities by contour integrals over Z(s)."""

from __future__ import annotations

from collections import Counter
from math import comb

import mpmath
import numpy as np
from scipy.special import digamma

from .ripplons import Rule


def occupations(rule: Rule, highest: float) -> tuple[np.ndarray, np.ndarray]:
    """Every level below `highest`, the ground state first, and its multiplicity; weights are whole numbers."""
    found: Counter[float] = Counter()
    modes = [(float(f), round(float(w))) for f, w in zip(rule.frequencies, rule.weights, strict=True)]

    def descend(k: int, energy: float, ways: int) -> None:
        if k == len(modes):
            found[round(energy, 10)] += ways
            return
        frequency, flavours = modes[k]
        n = 0
        while energy + n * frequency < highest:
            descend(k + 1, energy + n * frequency, ways * comb(n + flavours - 1, n))
            n += 1

    descend(0, 0.0, 1)
    energies = np.array(sorted(found))
    return energies, np.array([float(found[e]) for e in energies])


def populations(omega: float, T: float, tg: float, energies: np.ndarray, counts: np.ndarray) -> float:
    """The sum of theory.md, Sec. 4, over levels that hold all of Z."""
    z = np.sum(counts * np.exp(-energies / T))
    with np.errstate(over="ignore"):
        first = -np.expm1(-omega / T) / (1 + np.exp((energies - omega) / T) * z)
        second = -np.expm1(-omega / T) / (np.exp(-omega / T) + np.exp(energies / T) * z)
    weighted = np.exp(-abs(omega - energies) / tg) * first + np.exp(-(omega + energies) / tg) * second
    return float(np.sum(counts * weighted) / 2)


def excited(omega: float, T: float, tg: float, energies: np.ndarray, counts: np.ndarray) -> float:
    """T_g rho_exc of Eq. 43 over levels."""
    up = energies - omega
    up, counts = up[up > 0], counts[up > 0]
    return float(np.sum(counts * 2 * np.exp(-up / T) / (1 + np.exp(-up / T)) * np.exp(-up / tg)))


class Contour:
    """(1/2 pi i) int ds [Z(s) - 1] e^{s omega} H(s) on the line Re s = a, by the trapezoidal rule (broadened Z)."""

    def __init__(self, rule: Rule, a: float, extent: float = 3000.0, step: float = 0.1):
        self.step = step
        self.s = a + 1j * np.arange(0, extent, step)
        frequencies, weights = np.asarray(rule.frequencies), np.asarray(rule.weights)
        inside = weights * np.exp(-a * frequencies) > 1e-13
        frequencies, weights = frequencies[inside], weights[inside]
        log_z = [
            -np.log1p(-np.exp(-np.outer(part, frequencies))) @ weights for part in np.array_split(self.s, 60)
        ]
        self.excess = np.expm1(np.concatenate(log_z))

    def _integral(self, omega: float, transform: np.ndarray) -> float:
        values = (self.excess * np.exp(self.s * omega) * transform).real
        return float((np.sum(values) - values[0] / 2) * self.step / np.pi)

    def ground(self, omega: float, tg: float) -> float:
        """T_g rho, Eq. 37."""
        return float(np.exp(-omega / tg)) + self._integral(omega, 1 / (self.s + 1 / tg))

    def excited(self, omega: float, T: float, tg: float) -> float:
        """T_g rho_exc, Eq. 43: H = T {psi[(x+2)/2] - psi[(x+1)/2]}, x = (1/tg - s) T; needs Re s < 1/tg + 1/T."""
        x = (1 / tg - self.s) * T
        return self._integral(omega, T * (digamma((x + 2) / 2) - digamma((x + 1) / 2)))


def excited_by_series(omega: float, T: float, tg: float, frequencies: list[float], terms: int = 40) -> float:
    """T_g rho_exc of Eq. 43 from Z, with no level above omega: 2 sum_k (-1)^{k-1} e^{omega s_k} [Z(s_k) - low].

    s_k = 1/tg + k/T, `low` the levels up to omega. The alternating sum is accelerated (Cohen, Rodriguez Villegas and
    Zagier 2000, algorithm 1) to 5.8^-terms; the digits cover what cancels.
    """
    with mpmath.workdps(60 + int(omega * terms / T / 2.3)):
        modes = [(mpmath.mpf(f), 2 * ell + 1) for ell, f in enumerate(frequencies, start=2)]
        levels = [(mpmath.mpf(0), 1)]
        for f, flavours in modes:
            levels = [
                (e + n * f, g * comb(n + flavours - 1, n))
                for e, g in levels
                for n in range(int((omega - e) / f) + 1)
            ]

        def term(k: int) -> mpmath.mpf:
            s = 1 / mpmath.mpf(tg) + k / mpmath.mpf(T)
            z = mpmath.exp(-mpmath.fsum(g * mpmath.log1p(-mpmath.exp(-s * f)) for f, g in modes))
            return mpmath.exp(omega * s) * (z - mpmath.fsum(g * mpmath.exp(-s * e) for e, g in levels))

        d = (3 + mpmath.sqrt(8)) ** terms
        d = (d + 1 / d) / 2
        b, c, total = mpmath.mpf(-1), -d, mpmath.mpf(0)
        for k in range(terms):
            c = b - c
            total += c * term(k + 1)
            b = (k + terms) * (k - terms) * b / ((k + mpmath.mpf(0.5)) * (k + 1))
        return float(2 * total / d)

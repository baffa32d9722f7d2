"""Densities of scattering states by the saddle point (Sec. IV.D-E), each saddle from its own bracketed root.

`ground`, `cumulative` and `excited` answer one point with brentq, QUADPACK and direct sums. `Counter` answers
whole grids: Chebyshev interpolants of ln S, ln lnZ, ln V in ln s (they meet the sums to 1e-12) and vectorised
bisection of the same two saddle equations. Everything is multiplied by T_g, as in theory.md.
"""

from __future__ import annotations

import numpy as np

from .quadrature import over_pieces, panels, root
from .ripplons import Rule, energy, log_mode, log_partition, variance


def _ground_value(omega, kappa0, log_z, v, tg):
    s = kappa0 - 1 / tg
    return np.exp(s * omega + log_z) / (kappa0 * np.sqrt(2 * np.pi * (v + kappa0**-2.0)))


def ground(omega: float, tg: float, rule: Rule) -> float:
    """T_g rho(omega), Eqs. 39-41: omega = S(s) + 1/kappa0, kappa0 = s + 1/tg."""

    def equation(log_s: float) -> float:
        s = np.exp(log_s)
        return float(np.log((energy(s, rule) + 1 / (s + 1 / tg)) / omega))

    s = np.exp(root(equation, np.log(1e-2), np.log(1e3 / omega + 1e3)))
    return float(_ground_value(omega, s + 1 / tg, log_partition(s, rule), variance(s, rule), tg))


def saddle(omega: float, E: float, tg: float, rule: Rule) -> tuple[float, float]:
    """lambda0, mu0 of Eqs. 44-45: omega + E = S + 1/lambda0, omega = S - 1/mu0, s = 1/tg + lambda0 - mu0."""

    def equation(v: float) -> float:  # 1/lambda0 = E u, 1/mu0 = E (1 - u), u = 1/(1 + e^{-v})
        u, rest = 1 / (1 + np.exp(-v)), 1 / (1 + np.exp(v))
        s = 1 / tg + 1 / (E * u) - 1 / (E * rest)
        if s <= 0:
            return 1e3
        return float(np.log(max(float(energy(s, rule)), 1e-300)) - np.log(omega + E * rest))

    v = root(equation, -60, 60)
    return (1 + np.exp(-v)) / E, (1 + np.exp(v)) / E


def cumulative(omega: float, E: float, tg: float, rule: Rule) -> float:
    """T_g N_E(omega), Eqs. 46-47."""
    lam, mu = saddle(omega, E, tg, rule)
    s = 1 / tg + lam - mu
    log_z, v = log_partition(s, rule), variance(s, rule)
    bracket = np.sqrt(v * (lam**-2 + mu**-2) + (lam * mu) ** -2.0)
    return float(np.exp(s * omega + lam * E + log_z) / (2 * np.pi * lam * mu * bracket))


def excited(omega: float, T: float, tg: float, rule: Rule, tolerance: float = 1e-9) -> float:
    """T_g rho_exc(omega, T), Eq. 43 by parts, adaptive quadrature over ln E."""

    def integrand(y: float) -> float:
        E = np.exp(y)
        return E * cumulative(omega, E, tg, rule) / (2 * T) * 4 * np.exp(-E / T) / (1 + np.exp(-E / T)) ** 2

    middle = np.log(T)
    cuts = [middle + step for step in (-12, -5, -2, 0, 1, 2, 3, 4, 6)]
    return over_pieces(integrand, [cut for cut in cuts if np.exp(cut) < 500], tolerance)


# ---------------------------------------------------------------- whole grids


class Interpolant:
    """S, lnZ and V of one spectrum by piecewise Chebyshev interpolation in ln s."""

    degree = 16
    width = 0.3

    def __init__(self, rule: Rule, low: float = 0.02, high: float = 1e6):
        # exponentially small sums are as good as zero
        high = min(high, 600 / rule.frequencies.min())
        count = int(np.ceil(np.log(high / low) / self.width))
        self.edges = np.linspace(np.log(low), np.log(high), count + 1)
        angles = np.pi * (np.arange(self.degree + 1) + 0.5) / (self.degree + 1)
        t = np.cos(angles)
        self.step = self.edges[1] - self.edges[0]
        s = np.exp(self.edges[:-1, None] + 0.5 * self.step * (1 + t))
        transform = 2 / (self.degree + 1) * np.cos(np.outer(np.arange(self.degree + 1), angles))
        transform[0] /= 2
        values = np.empty((3, *s.shape))
        for i in range(s.shape[0]):
            for j in range(s.shape[1]):
                x = s[i, j] * rule.frequencies
                small = np.exp(-x)
                below = -np.expm1(-x)
                occupation = small / below
                values[0, i, j] = rule.weights @ (rule.frequencies * occupation)
                values[1, i, j] = rule.weights @ log_mode(x)
                values[2, i, j] = rule.weights @ (rule.frequencies**2 * occupation / below)
        self.coefficients = np.einsum("kt,fst->fks", transform, np.log(values))

    def log(self, which: int, log_s: np.ndarray) -> np.ndarray:
        """ln of S (0), lnZ (1) or V (2); -inf above the table, where they no longer count."""
        index = np.clip(((log_s - self.edges[0]) / self.step).astype(int), 0, len(self.edges) - 2)
        t = 2 * (log_s - self.edges[0] - index * self.step) / self.step - 1
        c = self.coefficients[which]
        b1 = b2 = np.zeros_like(t)
        for k in range(self.degree, 0, -1):
            b1, b2 = 2 * t * b1 - b2 + c[k][index], b1
        value = t * b1 - b2 + c[0][index]
        if np.any(log_s < self.edges[0]):
            raise ValueError("s below the table")
        return np.where(log_s > self.edges[-1], -np.inf, value)


class Counter:
    """T_g rho, T_g N_E and T_g rho_exc of one spectrum on grids."""

    def __init__(self, tg: float, rule: Rule):
        self.tg, self.rule, self.sums = tg, rule, Interpolant(rule)

    def ground(self, omega: np.ndarray) -> np.ndarray:
        """T_g rho, (n,) -> (n,)."""
        omega = np.asarray(omega, float)
        low = np.full_like(omega, self.sums.edges[0] + 1e-9)
        high = np.log(1e3 / omega + 1e3)
        for _ in range(64):
            middle = 0.5 * (low + high)
            above = np.exp(self.sums.log(0, middle)) + 1 / (np.exp(middle) + 1 / self.tg) > omega
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        log_s = 0.5 * (low + high)
        kappa0 = np.exp(log_s) + 1 / self.tg
        return _ground_value(
            omega, kappa0, np.exp(self.sums.log(1, log_s)), np.exp(self.sums.log(2, log_s)), self.tg
        )

    def log_cumulative(self, omega: np.ndarray, E: float | np.ndarray) -> np.ndarray:
        """ln(T_g N_E), broadcast."""
        omega, E = np.broadcast_arrays(np.asarray(omega, float), np.asarray(E, float))
        low, high = np.full(E.shape, -50.0), np.full(E.shape, 50.0)
        floor = np.exp(self.sums.edges[0])
        for _ in range(60):
            v = 0.5 * (low + high)
            rest = 1 / (1 + np.exp(v))
            s = 1 / self.tg + (np.exp(-v) - np.exp(v)) / E
            allowed = s > floor
            log_s = np.log(np.where(allowed, s, 1.0))
            above = ~allowed | (np.exp(self.sums.log(0, log_s)) > omega + E * rest)
            low, high = np.where(above, low, v), np.where(above, v, high)
        v = 0.5 * (low + high)
        lam, mu = (1 + np.exp(-v)) / E, (1 + np.exp(v)) / E
        s = 1 / self.tg + (np.exp(-v) - np.exp(v)) / E
        log_s = np.log(s)
        log_z, variance_ = np.exp(self.sums.log(1, log_s)), np.exp(self.sums.log(2, log_s))
        # root of V (mu^2 + lam^2) + 1 is lam mu times the bracket of Eq. 47
        return (
            s * omega + lam * E + log_z - np.log(2 * np.pi) - 0.5 * np.log(variance_ * (lam**2 + mu**2) + 1)
        )


class ExcitedTable:
    """ln N_E at given omega (n,) on panels of E: rho_exc(omega, T) at any T is then a dot product."""

    def __init__(
        self, counter: Counter, omega: np.ndarray, lowest_T: float = 5e-5, width: float = 0.4, order: int = 10
    ):
        self.E, self.weights = panels(1e-7 * lowest_T / 5e-5, 300.0, width, order)
        self.log_n = np.array([counter.log_cumulative(one, self.E) for one in np.asarray(omega)])

    def excited(self, T: float) -> np.ndarray:
        """T_g rho_exc, (n,): int dE (1/2T) sech^2(E/2T) N_E."""
        x = self.E / T
        log_weight = np.log(2 * self.weights / T) - x - 2 * np.log1p(np.exp(-x))
        return np.exp(self.log_n + log_weight).sum(1)

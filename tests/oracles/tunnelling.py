"""Two-level systems and the time-dependent heat capacity (Sec. III.B-C). hbar = k_B = omega_D = 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import integrate

from .quadrature import over_pieces, root


def scattering_ratio(xi: float = 5.8) -> float:
    """l/lambda of Eq. 20 at omega = k_B T."""
    return 1 / (2 * np.pi**2 / 3 * np.tanh(0.5) * xi**-3.0)


def schottky(x: float) -> float:
    """[x / 2 cosh(x/2)]^2."""
    return x * x * np.exp(-x) / (1 + np.exp(-x)) ** 2


def fastest_rate(E: float, T: float, tg: float) -> float:
    """1/tau_min of Eq. 25: 9 pi tg E^3 coth(E/2T)."""
    return 9 * np.pi * tg * E**3 / np.tanh(E / (2 * T))


def slowest_energy(T: float, t: float, tg: float) -> float:
    """The E at which t = tau_min(E), by brentq: below it no centre has relaxed."""
    return float(np.exp(root(lambda y: np.log(t * fastest_rate(np.exp(y), T, tg)), -90, 40)))


def relaxed(c: float, z: float) -> float:
    """int_0^z dy e^{cy/2} / [2 sqrt(1 - e^{-y})]; QUADPACK's algebraic weight takes y^{-1/2}."""
    if z <= 0:
        return 0.0

    def smooth(y: float) -> float:
        return 0.5 * np.exp(0.5 * c * y) * (np.sqrt(y / -np.expm1(-y)) if y > 0 else 1.0)

    near = min(z, 1.0)
    value = integrate.quad(smooth, 0, near, weight="alg", wvar=(-0.5, 0), epsabs=0, epsrel=1e-12)[0]
    if z > 1:
        value += over_pieces(lambda y: smooth(y) / np.sqrt(y), [*np.arange(1.0, z, 8.0), z], 1e-12)
    return value


def above(f: Callable[[float], float], low: float, T: float) -> float:
    """int_low^inf f(E) dE for f ~ sqrt(E - low) at the edge and ~ e^{-E/T} beyond, in ln E."""
    start, end = np.log(low), np.log(low + 60 * T)

    def g(y: float) -> float:
        return f(np.exp(y)) * np.exp(y)

    first = min(0.5, np.log1p(0.5 * T / low))
    edge = integrate.quad(
        lambda y: g(y) / np.sqrt(y - start) if y > start + 1e-14 else 0.0,
        start, start + first, weight="alg", wvar=(0.5, 0), epsabs=0, epsrel=1e-10, limit=100,
    )[0]  # fmt: skip
    cuts = [np.log(low + k * T) for k in (0.01, 0.1, 0.5, 1, 2, 4, 8, 15, 30)]
    return edge + over_pieces(
        g, [start + first, end, *[cut for cut in cuts if start + first < cut < end]], 1e-10
    )


def observed(T: float, t: float, tg: float, c: float) -> float:
    """C(t) of Eq. 27 over P-bar A (k_B = 1), one sign of epsilon.

    int dE [E/2T cosh(E/2T)]^2 E^{-c} int dz e^{cz/2}/[2 sqrt(1-e^{-z})], with
    Delta_0 = omega_D = 1 and t in 1/omega_D. For another Delta_0 multiply by Delta_0^c.
    """
    if t * fastest_rate(200 * T, T, tg) < 1:
        return 0.0
    return above(
        lambda E: schottky(E / T) * E**-c * relaxed(c, np.log(t * fastest_rate(E, T, tg))),
        slowest_energy(T, t, tg),
        T,
    )

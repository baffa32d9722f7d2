"""Quantum mixing of the two-level systems (Sec. V and 12)."""

from __future__ import annotations

from functools import lru_cache

import mpmath
import numpy as np
from scipy import integrate, optimize


@lru_cache(maxsize=4096)
def amplitude_integral(c: float) -> float:
    """I(c) = int_0^1 x^{1-c} / sqrt(1-x^2) dx of Eq. 68, by quadrature with x = sin(theta)."""

    # QUADPACK's algebraic weight takes theta^{1-c}
    def smooth(theta: float) -> float:
        return (np.sin(theta) / theta) ** (1 - c) if theta > 0 else 1.0

    return integrate.quad(smooth, 0, np.pi / 2, weight="alg", wvar=(1 - c, 0), epsabs=1e-14, epsrel=1e-13)[0]


def relaxation_rate(
    E: float, tg: float, B: float, c: float, A1: float, xi: float = 5.8, delta_min: float = 0.0
) -> float:
    """1/tau_E of Eq. 68 (hbar = 1, Delta_max = omega_D = 1)."""
    low = np.arcsin(delta_min / E)
    inner = (
        integrate.quad(lambda t: np.sin(t) ** (1 - c), low, np.pi / 2, epsabs=1e-13)[0]
        if low
        else amplitude_integral(c)
    )
    return np.pi / 3 * A1 * xi**-3.0 * E ** (1 - c) * (B * E + inner)


def inverse_amplitude(B: float, c: float, tg: float, delta_min: float, delta_max: float = 1.0) -> float:
    """1/A_1 under Eq. 67, by quadrature of the two terms over Delta."""

    def integrand(y: float) -> float:  # Delta = e^y
        delta = np.exp(y)
        return (delta_max / delta) ** c * (1 + B * delta**2 / tg)

    ends = np.linspace(np.log(delta_min), np.log(delta_max), 12)
    return sum(
        integrate.quad(integrand, a, b, epsrel=1e-12, epsabs=0)[0]
        for a, b in zip(ends[:-1], ends[1:], strict=True)
    )


def bare_two_level_ratio(A1: float, B: float, c: float, xi: float = 5.8, reference: float = 1e-3) -> float:
    """R of the link of Sec. 12: 3 xi^3 / {4 pi^2 A_1 [B omega_0 + I(c)] omega_0^{-c}}."""
    return 3 * xi**3 / (4 * np.pi**2 * A1 * (B * reference + amplitude_integral(c)) * reference**-c)


def mixed_amplitude(delta: float, B: float) -> float:
    """Delta~ of Eq. 64, Delta~ = Delta exp(-B Delta~^2/2), by bisection."""
    return float(
        optimize.brentq(lambda d: d - delta * np.exp(-0.5 * B * d * d), 0, delta, xtol=1e-16, rtol=1e-15)
    )


def fast_extent(B: float) -> float:
    """The largest Delta~ (at Delta = omega_D): its square is W_0(B)/B."""
    return mixed_amplitude(1.0, B)


def _inner(c: float, z: float) -> float:
    """int_0^z dy e^{cy/2} / [2 sqrt(1 - e^{-y})], its y^{-1/2} taken by QUADPACK's algebraic weight."""
    if z <= 0:
        return 0.0

    def smooth(y: float) -> float:
        return 0.5 * np.exp(0.5 * c * y) * (np.sqrt(y / -np.expm1(-y)) if y > 0 else 1.0)

    near = min(z, 1.0)
    value = integrate.quad(smooth, 0, near, weight="alg", wvar=(-0.5, 0), epsabs=0, epsrel=1e-12)[0]
    for low in np.arange(1.0, z, 8.0):
        high = min(low + 8.0, z)
        value += integrate.quad(lambda y: smooth(y) / np.sqrt(y), low, high, epsabs=0, epsrel=1e-12)[0]
    return value


def schottky(x: float) -> float:
    """[x / 2 cosh(x/2)]^2."""
    return x * x * np.exp(-x) / (1 + np.exp(-x)) ** 2


def fastest_rate(E: float, T: float, tg: float) -> float:
    """1/tau_min of Eq. 25: 9 pi tg E^3 coth(E/2T), in units of omega_D."""
    return 9 * np.pi * tg * E**3 / np.tanh(E / (2 * T))


def slowest_energy(T: float, t: float, tg: float) -> float:
    """The E at which t = tau_min(E): below it no centre has relaxed."""
    y = optimize.brentq(lambda y: np.log(t * fastest_rate(np.exp(y), T, tg)), -90, 40, xtol=1e-14)
    return float(np.exp(y))


def integrate_above(f, low: float, T: float, tolerance: float = 1e-10) -> float:
    """int_low^inf f(E) dE for f ~ sqrt(E - low) at the edge and e^{-E/T} beyond: pieces in ln E."""
    start = np.log(low)
    end = max(np.log(60 * T), np.log(low + 60 * T))

    def g(y: float) -> float:
        return f(np.exp(y)) * np.exp(y)

    first = min(0.5, 0.5 * (end - start), np.log1p(T / low))
    edge = integrate.quad(
        lambda y: g(y) / np.sqrt(y - start) if y > start else 0.0,
        start,
        start + first,
        weight="alg",
        wvar=(0.5, 0),
        epsabs=0,
        epsrel=tolerance,
        limit=100,
    )[0]
    cuts = sorted(
        {
            start + first,
            end,
            *[
                np.log(low + k * T)
                for k in (0.01, 0.1, 0.5, 1, 2, 4, 8, 15, 30)
                if start + first < np.log(low + k * T) < end
            ],
        }
    )
    return edge + sum(
        integrate.quad(g, a, b, epsabs=1e-300, epsrel=tolerance, limit=200)[0]
        for a, b in zip(cuts[:-1], cuts[1:], strict=True)
    )


def heat_capacity(T: float, t: float, tg: float, c: float, B: float, maximum: float = np.inf) -> float:
    """The integral of Eq. 69 in units of k_B A_1/(T_g xi^3): divide by tg for k_B A_1/xi^3 (one sign of epsilon).

    t in 1/omega_D, Delta_max = omega_D. `maximum` cuts the fast centres at that splitting.
    """
    low = slowest_energy(T, t, tg)

    def slow(E: float) -> float:
        return schottky(E / T) * E**-c * _inner(c, np.log(t * fastest_rate(E, T, tg)))

    def fast(E: float) -> float:
        return schottky(E / T) * E ** (1 - c) * B

    value = integrate_above(slow, low, T)
    if B > 0:
        ends = [low, *[low + k * T for k in (0.3, 1, 2, 4, 8, 15, 30, 60)]]
        ends = [e for e in ends if e < maximum] + ([maximum] if low < maximum < ends[-1] else [])
        value += sum(
            integrate.quad(fast, a, b, epsabs=1e-300, epsrel=1e-11, limit=200)[0]
            for a, b in zip(ends[:-1], ends[1:], strict=True)
        )
    return value


def lambert_extent(B: float) -> float:
    """sqrt(W_0(B)/B) by mpmath, to check `fast_extent`."""
    return float(mpmath.sqrt(mpmath.lambertw(B) / B).real)

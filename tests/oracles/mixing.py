"""Quantum mixing of the two-level systems (Sec. V and 12). Delta_max = omega_D = 1."""

from __future__ import annotations

from functools import lru_cache

import mpmath
import numpy as np
from scipy import integrate

from .quadrature import over_pieces, root
from .tunnelling import observed, schottky, slowest_energy


@lru_cache(maxsize=4096)
def amplitude_integral(c: float) -> float:
    """I(c) = int_0^1 x^{1-c} / sqrt(1-x^2) dx of Eq. 68, by quadrature with x = sin(theta)."""

    def smooth(theta: float) -> float:  # QUADPACK's algebraic weight takes theta^{1-c}
        return (np.sin(theta) / theta) ** (1 - c) if theta > 0 else 1.0

    return integrate.quad(smooth, 0, np.pi / 2, weight="alg", wvar=(1 - c, 0), epsabs=1e-14, epsrel=1e-13)[0]


def relaxation_rate(
    E: float, B: float, c: float, A1: float, xi: float = 5.8, delta_min: float = 0.0
) -> float:
    """1/tau_E of Eq. 68."""
    low = float(np.arcsin(delta_min / E))
    if low > 0:
        inner = over_pieces(lambda t: np.sin(t) ** (1 - c), [low, min(2 * low, np.pi / 2), np.pi / 2])
    else:
        inner = amplitude_integral(c)
    return np.pi / 3 * A1 * xi**-3.0 * E ** (1 - c) * (B * E + inner)


def inverse_amplitude(B: float, c: float, tg: float, delta_min: float) -> float:
    """1/A_1 under Eq. 67, by quadrature of its two terms over ln Delta."""

    def integrand(y: float) -> float:
        return np.exp(-c * y) * (1 + B * np.exp(2 * y) / tg)

    return over_pieces(integrand, np.linspace(np.log(delta_min), 0, 12))


def bare_ratio(A1: float, B: float, c: float, xi: float = 5.8, reference: float = 1e-3) -> float:
    """R of the link of Sec. 12: 3 xi^3 / {4 pi^2 A_1 [B omega_0 + I(c)] omega_0^{-c}}."""
    return 3 * xi**3 / (4 * np.pi**2 * A1 * (B * reference + amplitude_integral(c)) * reference**-c)


def mixed_amplitude(delta: float, B: float) -> float:
    """Delta~ of Eq. 64, Delta~ = Delta exp(-B Delta~^2/2), by bisection."""
    return root(lambda d: d - delta * np.exp(-0.5 * B * d * d), 0, delta)


def fast_extent(B: float) -> float:
    """The largest Delta~ (that of Delta = omega_D): its square is W_0(B)/B."""
    return mixed_amplitude(1.0, B)


def lambert_extent(B: float) -> float:
    """sqrt(W_0(B)/B) by mpmath, to check `fast_extent`."""
    return float(mpmath.sqrt(mpmath.lambertw(B) / B).real)


def heat_capacity(T: float, t: float, tg: float, c: float, B: float, maximum: float = np.inf) -> float:
    """The integral over E of Eq. 69: C = k_B A_1/(xi^3 tg) times this, for one sign of epsilon.

    t in 1/omega_D. `maximum` cuts the fast centres off at that splitting.
    """
    value = observed(T, t, tg, c)
    if B == 0:
        return value
    low = slowest_energy(T, t, tg)
    cuts = [low + k * T for k in (0, 0.3, 1, 2, 4, 8, 15, 30, 60)]
    cuts = [cut for cut in cuts if cut < maximum] + ([maximum] if low < maximum < cuts[-1] else [])
    return value + over_pieces(lambda E: schottky(E / T) * E ** (1 - c) * B, cuts)

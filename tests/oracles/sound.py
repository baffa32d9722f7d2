"""Relaxational absorption (Sec. IV.G) as an average over splittings E and tunnelling amplitudes Delta, in NumPy."""

from __future__ import annotations

import numpy as np

from .quadrature import panels


def averages(omega: float, T: float, tg: float, xi: float, c: float) -> tuple[float, float]:
    """The sound speed shift of Eq. 56 and its dissipative partner.

    Density of systems: P-bar Delta^{-1-c} dDelta dE E/sqrt(E^2 - Delta^2), from n(eps) = P-bar and Eq. 22;
    1/tau = 9 pi tg Delta^2 E coth(E/2T); s = ln(E/Delta) = r^2 takes the square root out.
    """
    E, wE = panels(1e-20 * T, 80 * T, 1.0, 12)
    r, wr = _linear(0.0, 7.0, 70, 10)
    s = r[None, :] ** 2
    delta = E[:, None] * np.exp(-s)
    with np.errstate(over="ignore"):
        omega_tau = omega / (9 * np.pi * tg * delta**2 * (E / np.tanh(E / (2 * T)))[:, None])
        density = delta**-c / np.sqrt(-np.expm1(-2 * s)) * 2 * r[None, :] * wr[None, :]
        bias = -np.expm1(-2 * s) / (T * np.cosh(E / (2 * T)) ** 2)[:, None] * wE[:, None]
        weight = xi**-3.0 * density * bias
        return (
            float(-0.5 * np.sum(weight / (1 + omega_tau**2))),
            float(np.sum(weight / (omega_tau + 1 / omega_tau))),
        )


def _linear(low: float, high: float, count: int, order: int) -> tuple[np.ndarray, np.ndarray]:
    t, w = np.polynomial.legendre.leggauss(order)
    edges = np.linspace(low, high, count + 1)
    half = (high - low) / (2 * count)
    return (edges[:-1, None] + half * (t + 1)).ravel(), np.tile(half * w, count)

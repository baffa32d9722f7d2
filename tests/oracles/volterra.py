"""The exact level density of a broadened spectrum by its Volterra equation, and sums over it, with NumPy only.

E Omega(E) = b(E) + (b * Omega)(E), b(y) = sum_k (y/k) A(y/k)/k, from -Z' = S Z: marched upwards, cell by cell.
"""

from __future__ import annotations

import numpy as np

from .ripplons import dispersion, mode


def density(omega: np.ndarray, tg: float, omega_c: float, xi: float = 5.8, D: float = 30.0) -> np.ndarray:
    """A(omega) of Eq. 55, modes per frequency."""
    cutoff = omega_c / xi
    shift = 1.5 * tg * cutoff**3 * dispersion(omega / cutoff, "box", D) if cutoff > 0 else 0 * omega
    gamma = 1.5 * np.pi * tg * omega**3
    total = np.zeros_like(omega)
    for ell in range(2, 10):
        total += (2 * ell + 1) * gamma / np.pi / ((omega - mode(ell, xi) + shift) ** 2 + gamma**2)
    return total


class Volterra:
    """States Omega dE on an equidistant grid up to `top`; the ground state apart."""

    def __init__(self, tg: float, omega_c: float, top: float = 1.2, count: int = 12000, xi: float = 5.8):
        self.tg, self.step = tg, top / count
        self.energies = np.arange(1, count + 1) * self.step
        A = density(self.energies, tg, omega_c, xi)
        b = np.zeros(count)
        for k in range(1, count + 1):
            m = np.arange(1, count // k + 1)
            b[k * m - 1] += (
                self.energies[m - 1] * A[m - 1]
            )  # k quanta of energy m, as sharp lines of weight A dE
        states = np.zeros(count)
        b *= self.step
        for n in range(count):
            states[n] = (b[n] + b[:n] @ states[:n][::-1]) / self.energies[n]
        self.states = states

    def total(self, omega: np.ndarray, T: np.ndarray) -> np.ndarray:
        """T_g (rho + rho_exc) at grid points `omega` from states below `top`, (m, n)."""
        out = np.empty((len(T), len(omega)))
        for j, w in enumerate(omega):
            x = self.energies - w
            below = x < -self.step / 2
            weighted = self.states * np.exp(-np.abs(x) / self.tg)
            for i, t in enumerate(T):
                thermal = 2 / (np.exp(np.minimum(np.maximum(x, 0) / t, 700)) + 1)
                # a kink at omega, where the sum of points is too large by h/12 times the jump of the slope
                at = np.abs(x) < self.step / 2
                kink = weighted[at].sum() * self.step / 12 * (2 / self.tg + 0.5 / t)
                out[i, j] = np.exp(-w / self.tg) + np.sum(weighted * np.where(below, 1.0, thermal)) - kink
        return out

    def conductivity(self, T: np.ndarray, R: float = 150.0) -> np.ndarray:
        """kappa/kappa_0 of Eq. 48, for T at which neither omega nor E beyond 3/4 of the top matter."""
        # every grid point up to 0.15, then more sparsely; the lowest cells by the bare centre, which D ~ 1 is
        index = np.unique(
            np.concatenate([np.arange(3, 600), np.round(600 * 1.004 ** np.arange(0, 500)).astype(int)])
        )
        index = index[index * self.step < 0.8 * self.energies[-1]]
        omega = index * self.step
        x = omega[None, :] / T[:, None]
        heat = (x / 2 / np.sinh(np.minimum(x / 2, 300))) ** 2
        integrand = omega[None, :] * heat * (R / self.total(omega, T) + 1)
        first = 0.5 * omega[0] ** 2 * (R + 1)  # omega C_omega (R + 1) up to there
        return first + _simpson(integrand, omega)


def _simpson(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Integral of the interpolating cubic through neighbouring points, (m, n), (n,) -> (m,)."""
    from scipy.interpolate import CubicSpline

    return CubicSpline(x, y, axis=1).integrate(x[0], x[-1])

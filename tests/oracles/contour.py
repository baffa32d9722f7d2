"""Exact counting of a broadened spectrum by one contour integral, with NumPy and SciPy only (Sec. IV.D-F).

T_g times a density is the inverse Laplace transform of [Z(s) - 1] K(s), K the two-sided transform of the weight of a
state at the distance y = E - omega: 1/(s + b) for rho (y < 0, and the ground state e^{-b omega} apart), b = 1/tg; for
rho_exc H(s) = int_0^inf f(y) e^{-(b-s)y} dy = T {psi[(x+2)/2] - psi[(x+1)/2]}, x = (b-s)T, f = 2/(e^{y/T}+1); for N_E
(1 - e^{-(b-s)E})/(b-s).

ln Z(s) = sum_k a(ks)/k, a(s) = int A(w) e^{-sw} dw over the continuous A of Eq. 55. On equal panels of width h, each
with Gauss-Legendre nodes, a(s_0 + i t_j) at equidistant t_j is one FFT a node: no interpolation and no grid for A.
Panels are as wide as `nodes` resolve exp(-i t w) up to t_max, where the narrowest resonance has died out. In t the
trapezoidal rule adds e^{-s_0 P} times the density at omega + P, P = 2 pi/dt, which `room` s_0-folds make small.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy import fft, special

from .conductivity import mode_heat
from .ripplons import dispersion, friction, mode, resonances

TOP = 24.0  # A beyond does not count: e^{-s_0 w} with s_0 >= LINES[0]
LINES = 1.9 * 1.22 ** np.arange(33)  # real parts s_0 of the lines, up to 1100
LASTING = 320.0  # e-folds last at least so long: kinks and the foot of A at 0 die out as powers of t
FOLDED = 8  # a(ks) up to this k by an FFT over the whole period, further on over what is left of t and w


class Contour:
    """T_g rho, T_g rho_exc, T_g N_E and kappa of one broadened spectrum.

    `folds` is how many e-folds of the narrowest resonance are kept, `phase` the largest t h on a panel of `nodes`
    nodes, `room` the e-folds e^{s_0 P}: raise (or, for `phase`, lower) them to see what is converged.
    """

    def __init__(
        self,
        tg: float,
        omega_c: float,
        xi: float = 5.8,
        D: float = 30.0,
        smearing: str = "box",
        *,
        folds: float = 25.0,
        phase: float = 12.0,
        nodes: int = 16,
        room: float = 80.0,
    ):
        self.given = (tg, omega_c, xi, D, smearing)
        self.bound, self.folds, self.room = 1 / tg, folds, room
        self.resonances = [
            (centre, self._half_width(ell, centre))
            for ell in range(2, 10)
            for centre in resonances(ell, *self.given)
        ]
        self.t_max = folds * max(1 / min(width for _, width in self.resonances), LASTING)
        self.h = min(phase / self.t_max, 2e-3)
        x, w = np.polynomial.legendre.leggauss(nodes)
        self.x, self.w = self.h * (x + 1) / 2, self.h * w / 2
        self.omega = np.arange(int(TOP / self.h))[:, None] * self.h + self.x  # panel, node
        self._cache: dict[tuple[float, float], tuple[np.ndarray, np.ndarray]] = {}

    def density(self, omega: np.ndarray) -> np.ndarray:
        """A(omega) of Eq. 55, modes per frequency."""
        tg, omega_c, xi, D, smearing = self.given
        cut, flat = omega_c / xi, np.asarray(omega, float).ravel()
        total = np.zeros_like(flat)
        for part in np.array_split(np.arange(len(flat)), len(flat) // 20000 + 1):
            w = flat[part]
            shift = 1.5 * tg * cut**3 * dispersion(w / cut, smearing, D) if cut > 0 else 0 * w
            gamma = friction(w, tg)
            for ell in range(2, 10):
                total[part] += (2 * ell + 1) * gamma / np.pi / ((w - mode(ell, xi) + shift) ** 2 + gamma**2)
        return total.reshape(np.shape(omega))

    def _half_width(self, ell: int, centre: float) -> float:
        """gamma over the slope of omega - omega_l(omega): e-folds of the resonance per unit of t."""
        tg, omega_c, xi, D, smearing = self.given
        cut, step = omega_c / xi, 1e-5
        if cut == 0:
            return float(friction(centre, tg))
        ends = dispersion(centre / cut + np.array([-step, step]), smearing, D)
        slope = 1 + 1.5 * tg * cut**2 * (ends[1] - ends[0]) / (2 * step)
        return float(friction(centre, tg) / max(slope, 1.0))

    @cached_property
    def modes(self) -> np.ndarray:
        """Modes at each node; where the smeared cut-off has a kink, the integrals of A with Lagrange's polynomials."""
        mass = self.density(self.omega) * self.w
        _, omega_c, xi, D, smearing = self.given
        if omega_c == 0 or smearing == "gauss":
            return mass
        t, w = np.polynomial.legendre.leggauss(12)
        for kink in omega_c / xi * np.array([1 - D**-0.5, 1 + D**-0.5] if smearing == "box" else [1.0]):
            panel = int(kink / self.h)
            low, high = panel * self.h, (panel + 1) * self.h
            graded = 0.5 ** np.arange(28)
            edges = np.concatenate(
                [kink - (kink - low) * graded, [kink], (kink + (high - kink) * graded)[::-1]]
            )
            half = np.diff(edges)[:, None] / 2
            omega = (edges[:-1, None] + half * (1 + t)).ravel()
            value = self.density(omega) * (half * w).ravel()
            place = (omega - low)[:, None]
            for q, at in enumerate(self.x):
                others = np.delete(self.x, q)
                mass[panel, q] = value @ np.prod((place - others) / (at - others), axis=1)
        return mass

    def excess(self, s0: float, period: float) -> tuple[np.ndarray, np.ndarray]:
        """The points s_0 + i t_j, t_j >= 0, and Z - 1 there; 2 pi/dt is at least `period`."""
        if (s0, period) in self._cache:
            return self._cache[s0, period]
        count = fft.next_fast_len(int(np.ceil(period / self.h)))
        step = 2 * np.pi / (count * self.h)
        # Z - 1 need not die out where it is small beside its value on the real axis
        spent = np.log(self._real_excess(s0)) / self.folds
        t = np.arange(int(self.t_max * np.clip(1.1 - spent, 0.25, 1.0) / step) + 1) * step
        log_z = np.zeros(len(t), complex)
        last = max(40, int(3000 / s0))
        for k in range(1, last + 1):
            part = self._transform(k, s0, t[: (len(t) - 1) // k + 1], count) / k
            log_z[: len(part)] += part
        # a falls like s^-4 in the end
        log_z[: len(part)] += part * last**5 * special.zeta(5, last + 1)
        kept = self._cache[s0, period] = s0 + 1j * t, np.expm1(log_z)
        return kept

    def _transform(self, k: int, s0: float, t: np.ndarray, count: int) -> np.ndarray:
        """a(k s_0 + i k t_j); k t_j h = 2 pi j k/count."""
        panels = min(len(self.omega), int(45 / (k * s0 * self.h)) + 2)
        mass = self.modes[:panels] * np.exp(-k * s0 * self.omega[:panels])
        if len(t) * panels < 20000:
            return np.exp(-1j * k * np.outer(t, self.omega[:panels].ravel())) @ mass.ravel()
        if k <= FOLDED:
            folded = np.zeros((-(-panels // count) * count, len(self.x)))
            folded[:panels] = mass
            spectrum = fft.fft(folded.reshape(-1, count, len(self.x)).sum(0), axis=0)
            spectrum = spectrum[k * np.arange(len(t)) % count]
        else:  # Bluestein: 2jp = j^2 + p^2 - (j-p)^2
            n = np.arange(max(panels, len(t)))
            chirp = np.exp(-1j * np.pi / count * (k * n * n % (2 * count)))
            length = fft.next_fast_len(panels + len(t) - 1)
            kernel = np.zeros(length, complex)
            kernel[: len(t)] = chirp[: len(t)].conj()
            kernel[length - panels + 1 :] = chirp[1:panels][::-1].conj()
            product = fft.fft(mass * chirp[:panels, None], length, axis=0) * fft.fft(kernel)[:, None]
            spectrum = fft.ifft(product, axis=0)[: len(t)] * chirp[: len(t), None]
        return np.sum(spectrum * np.exp(-1j * k * np.outer(t, self.x)), axis=1)

    def _invert(self, omega: np.ndarray, kernel, end: float = np.inf) -> np.ndarray:
        """(1/2 pi i) int ds [Z - 1] e^{s omega} K, each omega on the line nearest to its real saddle; Re s < `end`."""
        limit = max(0.8 * end, 1.5 * LINES[0])
        lines = LINES[limit > LINES]
        height = np.array(
            [np.log(self._real_excess(s) * np.real(kernel(np.array([s + 0j])))[0]) for s in lines]
        )
        choice = np.argmin(height[:, None] + np.outer(lines, omega), axis=0)
        value = np.empty_like(omega)
        for i in np.unique(choice):
            s0, here = float(lines[i]), choice == i
            s, excess = self.excess(s0, max(self.room / s0, 0.5 * self.room / (end - s0)))
            f = excess * kernel(s)
            f[0] /= 2
            step, block = s[1].imag, 256
            table = np.pad(f, (0, -len(f) % block)).reshape(-1, block)
            at = omega[here][:, None]
            inner = np.exp(1j * step * at * np.arange(block)) @ table.T
            outer = np.exp(1j * step * block * at * np.arange(len(table)))
            value[here] = step / np.pi * np.exp(s0 * omega[here]) * np.sum(inner * outer, axis=1).real
        return value

    def _real_excess(self, s: float) -> float:
        sw = s * self.omega[::7]  # a seventh is enough to find the line
        return float(np.expm1(-7 * np.sum(self.modes[::7] * np.log1p(-np.exp(-sw)))))

    def ground(self, omega: np.ndarray) -> np.ndarray:
        """T_g rho, Eq. 37."""
        omega = np.asarray(omega, float)
        return np.exp(-self.bound * omega) + self._invert(omega, lambda s: 1 / (s + self.bound))

    def excited(self, omega: np.ndarray, T: float) -> np.ndarray:
        """T_g rho_exc, Eq. 43."""
        return self._invert(np.asarray(omega, float), lambda s: self._fermi(s, T), self.bound + 1 / T)

    def total(self, omega: np.ndarray, T: float) -> np.ndarray:
        """T_g (rho + rho_exc) by one integral."""
        omega = np.asarray(omega, float)
        above = self._invert(omega, lambda s: 1 / (s + self.bound) + self._fermi(s, T), self.bound + 1 / T)
        return np.exp(-self.bound * omega) + above

    def cumulative(self, omega: np.ndarray, E: float) -> np.ndarray:
        """T_g N_E, Eq. 42."""
        return self._invert(
            np.asarray(omega, float), lambda s: -np.expm1((s - self.bound) * E) / (self.bound - s)
        )

    def _fermi(self, s: np.ndarray, T: float) -> np.ndarray:
        x = (self.bound - s) * T
        return T * (special.psi((x + 2) / 2) - special.psi((x + 1) / 2))

    def frequencies(self, T: float, order: int = 10) -> tuple[np.ndarray, np.ndarray]:
        """Gauss-Legendre nodes and weights of int_0 d omega up to min(1, 80 T), fine around the resonances."""
        top = min(1.0, 80 * T)
        edges = [0.0, *np.geomspace(1e-3 * T, top, 40)]
        for centre, width in self.resonances:
            spread = width * np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
            edges += [centre, *(centre - spread), *(centre + spread)]
        edges = np.unique([e for e in edges if 0 <= e <= top])
        x, w = np.polynomial.legendre.leggauss(order)
        half = np.diff(edges)[:, None] / 2
        return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()

    def conductivity(self, T: float, R: float = 150.0, order: int = 10) -> float:
        """kappa/kappa_0 of Sec. 6."""
        omega, weights = self.frequencies(T, order)
        return float(weights @ (omega * (R / self.total(omega, T) + 1) * mode_heat(omega, T)))

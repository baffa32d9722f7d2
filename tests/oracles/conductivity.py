"""Thermal conductivity, kappa/kappa_0: the bare formula of Sec. 6 and the joint channel formula of Sec. 12.

`reduced` and `joint` integrate over omega adaptively, every density recomputed point by point (a minute).
`Channels` keeps T_g rho and ln T_g N_E on a grid of omega and E for one spectrum, so that kappa at any T, R,
c, B and floor follows at once; the two agree to 1e-9.
"""

from __future__ import annotations

import numpy as np

from .counting import Counter, ExcitedTable, cumulative, excited, ground
from .mixing import amplitude_integral
from .quadrature import over_pieces, panels
from .ripplons import Rule

REFERENCE = 1e-3  # omega_0 of Sec. 12


def mode_heat(omega, T):
    """C_omega = [x / 2 sinh(x/2)]^2, x = omega/T."""
    x = np.asarray(omega) / T
    return x**2 * np.exp(-x) / np.expm1(-x) ** 2


def density(omega: float, T: float, tg: float, rule: Rule, excited_rule: str = "thermal") -> float:
    """T_g (rho + rho_exc) at one point, slowly."""
    if excited_rule == "sharp":
        return ground(omega, tg, rule) + cumulative(omega, T, tg, rule)
    return ground(omega, tg, rule) + excited(omega, T, tg, rule)


def reduced(
    T: float, tg: float, rule: Rule, R: float = 150.0, excited_rule: str = "thermal", tolerance: float = 1e-6
) -> float:
    """kappa/kappa_0 of Sec. 6, adaptively."""
    return _over_omega(lambda w: R / density(w, T, tg, rule, excited_rule) + 1, T, tolerance)


def joint(
    T: float,
    tg: float,
    rule: Rule,
    R: float = 150.0,
    c: float = 0.0,
    B: float = 0.0,
    floor: float = 1.0,
    excited_rule: str = "thermal",
    tolerance: float = 1e-6,
    maximum: float = np.inf,
) -> float:
    """kappa/kappa_0 of Sec. 12, adaptively. There are no fast centres above the splitting `maximum`."""
    weight = amplitude_integral(c)
    norm = B * REFERENCE + weight * density(REFERENCE, REFERENCE, tg, rule, excited_rule)

    def ratio(w: float) -> float:
        both = (B * w if w < maximum else 0.0) + weight * density(w, T, tg, rule, excited_rule)
        return R * norm / ((REFERENCE / w) ** c * both) + floor

    return _over_omega(ratio, T, tolerance, maximum)


def _over_omega(ratio, T: float, tolerance: float, extra: float = np.inf) -> float:
    edges = sorted(
        {0.0, *[x * T for x in (0.1, 0.5, 1.0, 2, 4, 8, 15, 30, 60) if x * T < 1], min(1.0, 100 * T)}
    )

    if extra < edges[-1]:
        edges = sorted([*edges, extra])

    def integrand(w: float) -> float:
        return w * ratio(w) * float(mode_heat(w, T))

    return over_pieces(integrand, edges, tolerance)


class Channels:
    """Everything kappa needs from one (tg, spectrum), gridded."""

    def __init__(
        self,
        tg: float,
        rule: Rule,
        lowest: float = 1e-8,
        width: float = 0.5,
        order: int = 10,
        E_width: float = 0.6,
        E_order: int = 10,
    ):
        self.tg, self.rule = tg, rule
        self.counter = Counter(tg, rule)
        self.omega, self.weights = panels(lowest, 1.0, width, order)
        nodes = np.append(self.omega, REFERENCE)
        self.ground = self.counter.ground(nodes)
        self.table = ExcitedTable(self.counter, nodes, width=E_width, order=E_order)
        self._cache: dict[tuple[float, str], np.ndarray] = {}

    def density(self, T: float, excited_rule: str = "thermal") -> np.ndarray:
        """T_g (rho + rho_exc), (n+1,): the nodes, then omega_0."""
        key = (float(T), excited_rule)
        if key not in self._cache:
            if excited_rule == "thermal":
                extra = self.table.excited(T)
            else:
                extra = np.exp(self.counter.log_cumulative(np.append(self.omega, REFERENCE), T))
            self._cache[key] = self.ground + extra
        return self._cache[key]

    def reduced(self, T: float, R: float = 150.0, excited_rule: str = "thermal") -> float:
        """kappa/kappa_0 of Sec. 6."""
        ratio = R / self.density(T, excited_rule)[:-1] + 1
        return float(self.weights @ (self.omega * ratio * mode_heat(self.omega, T)))

    def joint(
        self,
        T: float,
        R: float = 150.0,
        c: float = 0.0,
        B: float = 0.0,
        floor: float = 1.0,
        excited_rule: str = "thermal",
    ) -> float:
        """kappa/kappa_0 of Sec. 12."""
        weight = amplitude_integral(c)
        norm = B * REFERENCE + weight * self.density(REFERENCE, excited_rule)[-1]
        both = B * self.omega + weight * self.density(T, excited_rule)[:-1]
        ratio = R * norm / ((REFERENCE / self.omega) ** c * both) + floor
        return float(self.weights @ (self.omega * ratio * mode_heat(self.omega, T)))

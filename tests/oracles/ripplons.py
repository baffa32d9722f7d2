"""Ripplon frequencies, the dispersion they get from phonons, and sums over them (Sec. IV.B-C, IV.F).

Reduced units throughout: hbar = k_B = omega_D = 1. A spectrum is a `Rule`, frequencies and weights. The
broadened one is a Gauss-Legendre rule that starts from the resonances (found by brentq, graded by their
widths) and is bisected until each panel of each profile of Eq. 55 agrees with its halves to 1e-11 of itself.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy import integrate, special

from .quadrature import over_pieces, root

ORDER = 16
PANEL = 0.25  # largest ln(omega) width of a panel before bisection
LOWEST, HIGHEST = 1e-9, 1e5


class Rule(NamedTuple):
    """Frequencies (k,) and weights (k,) of sum_j w_j F(omega_j)."""

    frequencies: np.ndarray
    weights: np.ndarray


def prefactor(size_ratio: float = 10.0) -> float:
    """p of Eq. 33, from the surface tension and the wall density of Sec. 3 (size_ratio = a/d_L)."""
    # omega^2 = (9/8) (l-1)(l+2) sigma / (rho_W R^2), lengths in a, speeds in c_s:
    # k_B T_g = rho c_s^2 a^3 (d_L/a)^2 cancels the (d_L/a)^2 of rho_W.
    tension = 0.75 * np.log(size_ratio**2 / (np.pi * np.e))  # sigma R^{1/2} / (rho c_s^2 a (d_L/a)^2 a^{1/2})
    radius = (3 / (4 * np.pi)) ** (1 / 3)  # R / xi
    squared = 9 / 8 * 4 * tension * radius ** (-5 / 2)  # times (l-1)(l+2)/4 (a/xi)^{5/2} (c_s/a)^2
    return float(np.sqrt(squared) / (6 * np.pi**2) ** (1 / 3))


def mode(ell: int, xi: float = 5.8) -> float:
    """omega_l of Eq. 33."""
    return prefactor() * xi ** (-5 / 4) * np.sqrt((ell - 1) * (ell + 2) / 4)


def discrete(xi: float = 5.8, l_max: int = 9) -> Rule:
    """The undamped ripplons, degeneracy 2l+1."""
    ls = np.arange(2, l_max + 1)
    return Rule(np.array([mode(int(ell), xi) for ell in ls]), 2.0 * ls + 1)


# ---------------------------------------------------------------- dispersion


def pieces(smearing: str, delta: float) -> list[tuple[float, float, np.ndarray]]:
    """y^3 times the chance that the cut-off lies above y, as polynomials (ascending) on intervals."""
    cube = np.array([0.0, 0.0, 0.0, 1.0])
    if smearing == "sharp":
        return [(0.0, 1.0, cube)]
    if smearing == "box":
        ramp = np.array([0.0, 0.0, 0.0, 1 + delta, -1.0]) / (2 * delta)
        return [(0.0, 1 - delta, cube), (1 - delta, 1 + delta, ramp)]
    raise ValueError(smearing)


def survival(y: np.ndarray, smearing: str, delta: float) -> np.ndarray:
    """Chance that the smeared cut-off (mean 1) lies above y."""
    if smearing == "sharp":
        return np.where(np.asarray(y) < 1, 1.0, 0.0)
    if smearing == "box":
        return np.clip((1 + delta - np.asarray(y)) / (2 * delta), 0, 1)
    return special.ndtr((1 - np.asarray(y)) / delta)


def dispersion_slow(x: float, smearing: str = "box", D: float = 30.0) -> float:
    """H(x) of Eq. 54 = P int y^3 survival(y) / (y - x) dy, by QUADPACK's Cauchy rule."""
    delta = D**-0.5
    edges = {
        "sharp": [0.0, 1.0],
        "box": [0.0, 1 - delta, 1 + delta],
        "gauss": [float(e) for e in np.linspace(0, 1 + 12 * delta, 9)],
    }[smearing]

    def density(y: float) -> float:
        return y**3 * (1.0 if smearing == "sharp" else float(survival(np.array(y), smearing, delta)))

    total = 0.0
    for low, high in pairwise(edges):
        if low < x < high:
            total += integrate.quad(
                density, low, high, weight="cauchy", wvar=x, epsabs=1e-13, epsrel=1e-12, limit=400
            )[0]
        else:
            total += over_pieces(lambda y: density(y) / (y - x), np.linspace(low, high, 6))
    return total


def dispersion(x: np.ndarray, smearing: str = "box", D: float = 30.0) -> np.ndarray:
    """H(x), (n,) -> (n,): the principal value by subtraction, what remains by Gauss-Legendre."""
    x = np.atleast_1d(np.asarray(x, float))
    delta = D**-0.5
    if smearing == "gauss":
        return _dispersion_gauss(x, delta)
    t, w = np.polynomial.legendre.leggauss(40)
    total = np.zeros_like(x)
    for low, high, poly in pieces(smearing, delta):
        y, weight = 0.5 * (low + high) + 0.5 * (high - low) * t, 0.5 * (high - low) * w
        far = x > high + 1.5
        g = np.polynomial.polynomial.polyval(y, poly)
        total[far] += (weight * g / (y - x[far, None])).sum(1)
        near = x[~far]
        # [g(y) - g(x)] / (y - x) is a polynomial in y: synthetic division, then exact quadrature
        quotient = [np.full_like(near, poly[-1])]
        for coefficient in poly[-2:0:-1]:
            quotient.insert(0, coefficient + near * quotient[0])
        smooth = sum(q * (weight * y**k).sum() for k, q in enumerate(quotient))
        at = np.polynomial.polynomial.polyval(near, poly)
        # where two pieces meet, their logarithms of 0 cancel
        above, below = (
            np.where((at == 0) | (gap == 0), 1.0, np.abs(gap)) for gap in (high - near, near - low)
        )
        total[~far] += smooth + at * np.log(above / below)
    return total


def _dispersion_gauss(x: np.ndarray, delta: float) -> np.ndarray:
    top = 1 + 9 * delta
    edges = np.linspace(0, top, 31)
    t, w = np.polynomial.legendre.leggauss(20)
    half = 0.5 * np.diff(edges)
    y = (0.5 * (edges[:-1] + edges[1:])[:, None] + half[:, None] * t).ravel()
    weight = (half[:, None] * w).ravel()

    def g(z: np.ndarray) -> np.ndarray:
        return z**3 * special.ndtr((1 - z) / delta)

    total = np.empty_like(x)
    for start in range(0, len(x), 2000):
        part = x[start : start + 2000]
        inside = part < top
        at = np.where(inside, g(part), 0.0)
        gap = y - part[:, None]
        slope = (
            part[:, None] ** 2
            * (
                3 * special.ndtr((1 - part) / delta)
                - part / delta * np.exp(-0.5 * ((1 - part) / delta) ** 2) / np.sqrt(2 * np.pi)
            )[:, None]
        )
        close = np.abs(gap) < 1e-9
        ratio = np.where(close, slope, (g(y) - at[:, None]) / np.where(close, 1.0, gap))
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.where(at == 0, 0.0, at * np.log(np.abs((top - part) / part)))
        total[start : start + 2000] = ratio @ weight + log
    return total


def friction(omega: float | np.ndarray, tg: float) -> np.ndarray:
    """gamma_omega of Eq. 53."""
    return 1.5 * np.pi * tg * np.asarray(omega) ** 3


def shifted(
    omega: np.ndarray, ell: int, tg: float, omega_c: float, xi: float, D: float, smearing: str
) -> np.ndarray:
    """omega_l(omega) of Eq. 54."""
    cut = omega_c / xi
    if cut == 0:
        return np.full_like(np.asarray(omega, float), mode(ell, xi))
    return mode(ell, xi) - 1.5 * tg * cut**3 * dispersion(np.asarray(omega) / cut, smearing, D)


def softening(tg: float, omega_c: float, xi: float = 5.8, D: float = 30.0, smearing: str = "box") -> float:
    """1 - omega_2(0)/omega_2: the spectrum is unstable where this reaches 1."""
    low = shifted(np.zeros(1), 2, tg, omega_c, xi, D, smearing)[0]
    return float(1 - low / mode(2, xi))


def critical_cutoff(
    tg: float, level: float = 1.0, xi: float = 5.8, D: float = 30.0, smearing: str = "box"
) -> float:
    """The omega_c at which the softening equals `level`, by bisection."""
    return root(lambda w: softening(tg, w, xi, D, smearing) - level, 1e-6, 20.0)


def profile(
    omega: np.ndarray, ell: int, tg: float, omega_c: float, xi: float, D: float, smearing: str
) -> np.ndarray:
    """The Lorentzian-like profile of Eq. 55 (without 2l+1)."""
    gamma = friction(omega, tg)
    detuning = omega - shifted(omega, ell, tg, omega_c, xi, D, smearing)
    return gamma / np.pi / (detuning**2 + gamma**2)


def resonances(ell: int, tg: float, omega_c: float, xi: float, D: float, smearing: str) -> list[float]:
    """Roots of omega = omega_l(omega), found on a dense scan and by brentq: up to three."""
    cut, delta = omega_c / xi, D**-0.5
    grid = np.unique(
        np.concatenate(
            [np.geomspace(1e-6, 10, 6001)]
            + [
                cut * edge * (1 + sign * np.geomspace(1e-12, 0.3, 200))
                for edge in (1 - delta, 1.0, 1 + delta)
                for sign in (-1, 1)
                if cut > 0
            ]
        )
    )

    def gap(w: float) -> float:
        return float(w - shifted(np.array([w]), ell, tg, omega_c, xi, D, smearing)[0])

    values = grid - shifted(grid, ell, tg, omega_c, xi, D, smearing)
    return [root(gap, grid[i], grid[i + 1]) for i in np.flatnonzero(values[:-1] * values[1:] < 0)]


@lru_cache(maxsize=64)
def broadened(
    tg: float,
    omega_c: float,
    xi: float = 5.8,
    D: float = 30.0,
    smearing: str = "box",
    l_max: int = 9,
    tolerance: float = 1e-11,
) -> Rule:
    """The spectrum of Eq. 55, resolved by bisection. Raises ValueError where omega_2(0) <= 0."""
    if softening(tg, omega_c, xi, D, smearing) >= 1:
        raise ValueError("unstable: omega_2(0) <= 0")
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    frequencies, masses = [], []
    for ell in range(2, l_max + 1):

        def evaluate(low: np.ndarray, high: np.ndarray, ell: int = ell) -> tuple[np.ndarray, np.ndarray]:
            half = 0.5 * (high - low)[:, None]
            omega = 0.5 * (high + low)[:, None] + half * nodes
            return omega, half * weights * profile(omega.ravel(), ell, tg, omega_c, xi, D, smearing).reshape(
                omega.shape
            )

        edges = _edges(ell, tg, omega_c, xi, D, smearing)
        low, high = edges[:-1], edges[1:]
        omega, mass = evaluate(low, high)
        total = mass.sum()
        while len(low):
            middle = 0.5 * (low + high)
            left, right = evaluate(low, middle), evaluate(middle, high)
            whole, halves = mass.sum(1), left[1].sum(1) + right[1].sum(1)
            error = np.abs(whole - halves)
            # at the cut-off a logarithm leaves rounding noise: there, relative to the whole profile
            kink = np.abs(middle * xi - omega_c) < 0.2 * omega_c
            # a resonance narrower than about 1e-5 feels the rounding of omega - omega_l(omega)
            width = np.sqrt(friction(middle, tg) * (high - low) / (np.pi * halves))
            done = error <= (tolerance + 1e-15 / width) * halves
            done |= (kink & (error <= 1e-13 * total)) | (high - low < 1e-13 * high)
            for half in (left, right):
                frequencies.append(half[0][done].ravel())
                masses.append((2 * ell + 1) * half[1][done].ravel())
            low, high = (
                np.concatenate([low[~done], middle[~done]]),
                np.concatenate([middle[~done], high[~done]]),
            )
            mass = np.concatenate([left[1][~done], right[1][~done]])
    omega, mass = np.concatenate(frequencies), np.concatenate(masses)
    keep = mass > 0
    order = np.argsort(omega[keep], kind="stable")
    return Rule(omega[keep][order], mass[keep][order])


def _edges(ell: int, tg: float, omega_c: float, xi: float, D: float, smearing: str) -> np.ndarray:
    """First panels: geometric, broken at the resonances (graded by width) and at the cut-off's kinks."""
    cut, delta = omega_c / xi, D**-0.5
    breaks = [np.exp(np.arange(np.log(LOWEST), np.log(HIGHEST) + PANEL, PANEL))]
    if cut > 0:
        breaks.append(
            cut * np.array({"sharp": [1.0], "box": [1 - delta, 1 + delta], "gauss": [1.0]}[smearing])
        )
    for centre in resonances(ell, tg, omega_c, xi, D, smearing):
        spread = friction(centre, tg) * 2.0 ** np.arange(-1, 12)
        graded = np.concatenate([centre - spread, [centre], centre + spread])
        breaks.append(graded[(graded > 0.3 * centre) & (graded < 3 * centre)])
    return np.unique(np.concatenate(breaks))


def causal_mode(
    ell: int,
    tg: float,
    omega_c: float,
    s: np.ndarray,
    xi: float = 5.8,
    D: float = 30.0,
    smearing: str = "box",
    nodes: int = 200,
) -> tuple[np.ndarray, float, float]:
    """One ripplon coupled to phonons whose friction ends with the cut-off, by exact diagonalisation.

    The level omega_l is joined to a Gauss-Legendre discretisation of the phonons with squares gamma dw/pi. Returns
    <e^{-s omega}> in the level (which is 1 at s = 0 by unitarity), the highest eigenvalue and the share in it.
    """
    cut, delta = omega_c / xi, D**-0.5
    ends = {
        "box": [0, 1 - delta, 1 + delta],
        "sharp": [0, 1],
        "gauss": [0, 1 - delta, 1 + delta, 1 + 9 * delta],
    }
    t, w = np.polynomial.legendre.leggauss(nodes)
    omega = np.concatenate([cut * (a + (b - a) * (t + 1) / 2) for a, b in pairwise(ends[smearing])])
    width = np.concatenate([cut * (b - a) * w / 2 for a, b in pairwise(ends[smearing])])
    coupling = np.sqrt(friction(omega, tg) * survival(omega / cut, smearing, delta) * width / np.pi)
    H = np.diag(np.concatenate([[mode(ell, xi)], omega]))
    H[0, 1:] = H[1:, 0] = coupling
    energies, states = np.linalg.eigh(H)
    share = states[0] ** 2
    return np.exp(-np.multiply.outer(s, energies)) @ share, float(energies[-1]), float(share[-1])


# ---------------------------------------------------------------- sums


def energy(s: float | np.ndarray, rule: Rule) -> np.ndarray:
    """S(s) = sum w omega / (e^{s omega} - 1)."""
    return _sum(s, rule, lambda x, w: w * np.exp(-x) / -np.expm1(-x))


def log_partition(s: float | np.ndarray, rule: Rule) -> np.ndarray:
    """ln Z(s) = -sum w ln(1 - e^{-s omega})."""
    return _sum(s, rule, lambda x, w: log_mode(x))


def variance(s: float | np.ndarray, rule: Rule) -> np.ndarray:
    """V(s) = sum w omega^2 / [4 sinh^2(s omega/2)]."""
    return _sum(s, rule, lambda x, w: w**2 * np.exp(-x) / np.expm1(-x) ** 2)


def log_mode(x: np.ndarray) -> np.ndarray:
    """-ln(1 - e^{-x}), accurate at both ends."""
    return np.where(x > 0.7, -np.log1p(-np.exp(-x)), -np.log(-np.expm1(-np.minimum(x, 1.0))))


def _sum(s: float | np.ndarray, rule: Rule, term) -> np.ndarray:
    s = np.asarray(s, float)
    flat = np.array(
        [rule.weights @ term(one * rule.frequencies, rule.frequencies) for one in np.atleast_1d(s).ravel()]
    )
    return flat.reshape(s.shape)


def modes(rule: Rule, tg: float | None = None, l_max: int = 9) -> float:
    """Number of modes; for a broadened rule the tail above HIGHEST, 1/(pi gamma), is added."""
    tail = (
        0.0
        if tg is None
        else sum(2 * ell + 1 for ell in range(2, l_max + 1)) / (3 * np.pi**2 * tg * HIGHEST**2)
    )
    return float(rule.weights.sum() + tail)

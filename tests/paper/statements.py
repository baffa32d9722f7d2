"""Statements of the paper computed again, with SciPy and mpmath in SI units or from the formulas as printed."""

import math

import mpmath
import numpy as np
from scipy import constants as si
from scipy import integrate, optimize, special

from tests.oracles.rayleigh import path

T_G, T_D, SPEED, XI = 1500.0, 342.0, 4100.0, 5.8
RATIO = T_G / T_D
DEBYE = si.k * T_D / si.hbar
BEAD = SPEED / DEBYE * (6 * math.pi**2) ** (1 / 3)
SURFACE = 1.5 * math.sqrt(3 * math.pi) * math.log(100 / (math.pi * math.e))  # γ in k_BT_g
ORDERS = np.arange(2, 10)
RIPPLONS = 1.342857 * XI**-1.25 * np.sqrt((ORDERS - 1) * (ORDERS + 2) / 4)


def activation():
    """T' = ħω‡/2πk_B in T_D: curvature of Eq. 12's profile at its top by mpmath, over the mass of the wall."""
    entropy = SURFACE / XI**1.5

    def barrier(r):
        N = 4 * mpmath.pi / 3 * r**3
        return SURFACE * mpmath.sqrt(N) - (2 * mpmath.sqrt(2) - 1) * entropy * N

    top = mpmath.findroot(lambda r: mpmath.diff(barrier, r), 1.5)
    curvature = -mpmath.diff(barrier, top, 2) * si.k * T_G / BEAD**2
    mass = XI**2 * si.k * T_G / SPEED**2
    return float(mpmath.sqrt(curvature / mass)) / (2 * math.pi * DEBYE)


def sign_change():
    """Zero of Eq. 54's principal value over a cut-off that falls linearly between 1 - δ and 1 + δ, in ω_c."""
    delta = 1 / math.sqrt(30)

    def kept(y):
        return y**3 * min(1.0, max(0.0, (1 + delta - y) / (2 * delta)))

    def shift(x):
        return integrate.quad(kept, 0, 1 + delta, weight="cauchy", wvar=x, epsabs=1e-9, limit=400)[0]

    return optimize.brentq(shift, 0.5, 1.0, xtol=1e-7)


def exponent(T, B=100.0, c=0.1):
    """Slope of ln κ against ln T with Eq. 68 alone, a central difference of SciPy's quadrature."""
    ordinary = integrate.quad(lambda y: np.cos(y) ** (1 - c), 0, math.pi / 2)[0]  # x = cos y

    def kappa(T):
        def part(x):
            E = x * T
            rate = E * E**-c * (B * E + ordinary)
            return E * (E / rate) * (x / 2 / np.sinh(x / 2)) ** 2 * T

        return integrate.quad(part, 0, 60, epsrel=1e-11)[0]

    step = 1e-3
    return (math.log(kappa(T * (1 + step))) - math.log(kappa(T * (1 - step)))) / (
        math.log1p(step) - math.log1p(-step)
    )


def fast_share(T=1e-2, B=100.0, c=0.1, seconds=60.0):
    """Share of the fast centres in Eq. 69 over that of the others."""

    def schottky(E):
        return (E / T / 2 / math.cosh(E / T / 2)) ** 2 * E**-c

    def ordinary(E):
        rate = 9 * math.pi * RATIO * E**3 / math.tanh(E / T / 2) * DEBYE
        log = math.log(seconds * rate)
        if log <= 0:
            return 0.0
        # z = y² takes the singularity at z = 0
        return integrate.quad(
            lambda y: y * math.exp(c * y * y / 2) / math.sqrt(-math.expm1(-y * y)), 0, math.sqrt(log)
        )[0]

    fast = integrate.quad(lambda E: schottky(E) * B * E, 1e-5, 0.6, limit=300)[0]
    rest = integrate.quad(lambda E: schottky(E) * ordinary(E), 1e-5, 0.6, limit=300)[0]
    return fast / rest


def attraction(pair_sum):
    """F_rr of Eq. 74 over the T² ln T term after Eq. 81, silica at 1 K."""
    T = 1 / T_D
    sites = integrate.quad(lambda e: math.exp(-e * T / RATIO) / (1 + math.exp(e)), 0, 60)[0] * T / RATIO
    ripplons = 2 / 3 * RATIO**2 * pair_sum * sites**2
    return ripplons / (2 / 3 * RATIO * (math.pi * T / RATIO) ** 2 * math.log(RATIO / T) / 3)


def relaxation_rate(E, T):
    """Eq. 25 with Δ = E, in 1/s; E and T in K. g²/ρc_s² = a³k_BT_g, and ħ where the paper has none."""
    strength = 3 * BEAD**3 * si.k * T_G / (2 * math.pi * SPEED**3)
    return strength * (si.k * E) ** 3 / si.hbar**4 / math.tanh(E / T / 2)


def stretched(spread, highest):
    """β fitted to the relaxation of normally distributed barriers, the higher half lowered to the middle or not."""
    nodes, weights = special.roots_hermitenorm(120)
    weights = weights / weights.sum()
    half, half_weights = np.polynomial.legendre.leggauss(120)
    below = -9 * (half + 1) / 2
    density = np.exp(-(below**2) / 2) / math.sqrt(2 * math.pi) * 4.5 * half_weights
    if highest:
        nodes, weights = np.append(below, 0.0), np.append(density, 0.5)
    log_time = np.linspace(-9 * spread - 4, 9 * spread + 4, 3001)
    phi = np.exp(-np.exp(log_time[:, None] - spread * nodes)) @ weights
    (beta, _), _ = optimize.curve_fit(
        lambda x, beta, start: np.exp(-np.exp(beta * (x - start))), log_time, phi, p0=(0.5, 0.0)
    )
    return beta


def statements():
    """Number of each row, by its name."""
    domain = {n: (4 * n * math.log(10) / SURFACE) ** (2 / 3) for n in (15, 17)}
    entropy = SURFACE / domain[17] ** 1.5
    top = optimize.minimize_scalar(
        lambda N: (2 * math.sqrt(2) - 1) * entropy * N - SURFACE * math.sqrt(N),
        bounds=(1, 100),
        method="bounded",
    )
    wavelength = si.h * SPEED / si.k / BEAD
    weights = 2 * ORDERS + 1
    direct = np.sum(np.outer(weights, weights) / np.add.outer(RIPPLONS, RIPPLONS))
    printed = 1.5 * 3 / (4 * math.pi) * math.pi**3 * XI**4.25
    radius = XI * BEAD * (3 / (4 * math.pi)) ** (1 / 3)
    equal = SPEED * 4 * XI**-0.5 / BEAD / DEBYE
    return {
        "ξ/a at τ/τ₀ = 10¹⁵": domain[15],
        "typical barrier F‡/k_BT_g at τ/τ₀ = 10¹⁵": math.log(1e15),
        "V_max/√2T_g s_c": -top.fun / entropy / math.sqrt(2),
        "thermal wavelength 2πħc_s/k_BT at 1 K, silica [a]": wavelength,
        "the same by Fig. 1, ħc_s/k_BT [a]": wavelength / (2 * math.pi),
        "1/τ_min of silica at E = k_BT, 10 mK [1/s]": relaxation_rate(0.01, 0.01),
        "T' = ħω‡/2πk_B [T_D]": activation(),
        "the same T' [T_D]": activation(),
        "frequency at which the shift changes sign [ω_c]": sign_change(),
        "fast over ordinary centres at E = 10⁻² ħω_D": 1e-2 * np.sum(weights / RIPPLONS),
        "exponent of κ at T/T_D = 10⁻⁴, c = 0.1, B = 100": exponent(1e-4),
        "exponent of κ at T/T_D = 10⁻³, c = 0.1, B = 100": exponent(1e-3),
        "exponent of κ at T/T_D = 3·10⁻³, c = 0.1, B = 100": exponent(3e-3),
        "fast over ordinary centres in C at 10⁻² T_D after 60 s, B = 100": fast_share(),
        "ripplons' attraction over the T² ln T of Eq. 81, silica at 1 K": attraction(printed),
        "attraction over that T² ln T, modes summed one by one": attraction(direct),
        "Rayleigh l/λ at ω = 10⁻¹·⁵ ω_D": path(10**-1.5, 10**-1.5, RATIO, XI, 30.0, lowest=10**-1.5),
        "ω at kR = 1 in (a/ξ) ω_D": SPEED / radius / DEBYE * XI,
        "the same with (6π²)^{1/3}": equal,
        "ω/ω_D of equal linear and quadratic coupling, 4(a/ξ)^{1/2}/(6π²)^{1/2}": equal
        / (6 * math.pi**2) ** (1 / 6),
    }

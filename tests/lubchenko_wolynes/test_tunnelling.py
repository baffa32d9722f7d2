"""Two-level systems: each formula against its definition in SI units, or an integral that leads to it.

C(t) itself, the fastest rate and Eq. 20 are tested with quantum mixing.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import constants as si
from scipy import integrate

from glassjax.lubchenko_wolynes import tunnelling
from glassjax.lubchenko_wolynes.landscape import SOUND_SPEED
from tests.oracles.tunnelling import observed


def test_absorption_of_eq_19():
    # Eq. 20 is Eq. 19 at ω = T with the 1/3, per wavelength
    omega = jnp.array([1e-4, 0.01, 0.3])
    inverse = tunnelling.inverse_mean_free_path(omega, omega, 5.8)
    wavelength = 2 * math.pi * SOUND_SPEED / omega
    np.testing.assert_allclose(wavelength * inverse, 1 / tunnelling.mean_free_path(5.8), rtol=1e-12)
    without = tunnelling.inverse_mean_free_path(0.02, 0.01, 5.8, oriented=False)
    P_bar, g2, c_s = 1 / (4.0 * 5.8**3), 4.0, SOUND_SPEED  # T_g = 4, ρc_s² = 1: g² = T_g
    assert float(without) == pytest.approx(math.pi * P_bar * g2 / c_s * 0.02 * math.tanh(1), rel=1e-12)
    assert float(tunnelling.inverse_mean_free_path(0.02, 1e-5, 5.8) * 3) == pytest.approx(
        float(without) / math.tanh(1)
    )


def test_amplitude_through_a_parabolic_barrier():
    # Gamow's exponent ∫|p|dx under V‡ - ω‡²x²/2
    V, omega = 1.3, 0.29
    end = math.sqrt(2 * V) / omega
    action = integrate.quad(lambda x: math.sqrt(max(2 * V - (omega * x) ** 2, 0)), -end, end, epsabs=1e-10)[0]
    assert math.log(tunnelling.tunnelling_amplitude(V, omega)) == pytest.approx(-action, rel=1e-8)


def test_distribution_of_amplitudes_follows_from_that_of_barriers():
    # P(V‡) ∝ e^{V‡/√2T_g} (Eq. 14) and Eq. 21 give Eq. 22 with the further 1/π
    top, tg = 0.29, 4.4
    c = float(tunnelling.amplitude_exponent(top, tg, with_pi=True))
    assert float(tunnelling.amplitude_exponent(top, tg)) == pytest.approx(top / math.sqrt(2) / tg)

    def share(low, high):
        small, large = (float(tunnelling.tunnelling_amplitude(V, top)) for V in (high, low))
        amplitudes = integrate.quad(lambda d: float(tunnelling.amplitude_density(d, c)), small, large)[0]
        return amplitudes, integrate.quad(lambda V: math.exp(V / (math.sqrt(2) * tg)), low, high)[0]

    first, second = share(0.1, 0.3), share(0.3, 0.6)
    assert first[0] / second[0] == pytest.approx(first[1] / second[1], rel=1e-8)
    assert float(tunnelling.amplitude_density(0.1, 0.2, 0.5, 2.0)) == pytest.approx(5 * 20**0.2)


def test_relaxation_rate_in_measured_units():
    # 3g²Δ²E/(2πħ⁴ρc_s⁵) coth, with g² = ρc_s²a³k_BT_g, for a glass in SI units
    T_g, T_D, rho, c_s = 1500.0, 342.0, 2200.0, 4100.0
    debye = si.k * T_D / si.hbar
    a = c_s / debye * (6 * math.pi**2) ** (1 / 3)
    g2 = rho * c_s**2 * a**3 * si.k * T_g
    E, delta, T = 1.0 * si.k, 0.3 * si.k, 0.7
    rate = 3 * g2 * delta**2 * E / (2 * math.pi * si.hbar**4 * rho * c_s**5) / math.tanh(E / (2 * si.k * T))
    reduced = tunnelling.relaxation_rate(1 / T_D, 0.3 / T_D, 0.7 / T_D, T_g / T_D)
    assert float(reduced) * debye == pytest.approx(rate, rel=1e-10)
    fastest = tunnelling.fastest_rate(jnp.array([0.02]), 0.01, 4.0)[0]
    assert float(tunnelling.relaxation_rate(0.02, 0.02, 0.01, 4.0)) == pytest.approx(
        float(fastest), rel=1e-12
    )
    assert float(tunnelling.relaxation_rate(0.0, 0.02, 0.01, 4.0)) == pytest.approx(
        9 * math.pi * 4 * 4e-4 * 0.02
    )


@pytest.mark.parametrize("c", [0.0, 0.3])
def test_density_of_rates(c):
    # counted in Δ: P̄ A Δ^{-1-c} dΔ dε with dε = E dE/√(E² - Δ²), between two amplitudes
    E, T, tg, A, scale = 0.01, 0.004, 4.0, 0.5, 2.0
    low, high = 0.002, 0.009
    expected = integrate.quad(lambda d: A * (scale / d) ** c / d * E / math.sqrt(E**2 - d**2), low, high)[0]
    rates = [float(tunnelling.relaxation_rate(E, d, T, tg)) for d in (low, high)]
    density = jax.jit(lambda rate: tunnelling.rate_density(E, 1 / rate, T, tg, c, A, scale))
    got = integrate.quad(lambda rate: float(density(rate)), *rates, epsrel=1e-10)[0]
    assert got == pytest.approx(expected, rel=1e-8)
    assert float(density(1.01 * tunnelling.relaxation_rate(E, E, T, tg))) == 0


@pytest.mark.parametrize("c", [0.0, 0.1, 0.5])
def test_long_times(c):
    # the terms left out are ∝ τ_min/t where E ~ T: below 10⁻⁶ here
    for T, time in ((1e-3, 4.5e14), (1e-2, 4.5e13)):
        got = tunnelling.long_time_heat_capacity(jnp.array([T]), time, 4.4, c, 0.7)
        assert float(got[0]) == pytest.approx(0.7 * observed(T, time, 4.4, c), rel=2e-6)


def test_power_law_of_eq_28():
    T = jnp.array([1e-3, 2e-3])

    def law(time, c, leading=True):
        return tunnelling.long_time_heat_capacity(T, time, 4.4, c, 1.0, 3.0, leading=leading)

    at, later = law(1e14, 0.3), law(1e16, 0.3)
    np.testing.assert_allclose(later / at, 100**0.15, rtol=1e-12)
    assert float(at[1] / at[0]) == pytest.approx(2**1.15, rel=1e-12)
    # what the power law leaves out falls as t^{-c/2}
    np.testing.assert_allclose(law(1e40, 0.5, leading=False), law(1e40, 0.5), rtol=1e-6)
    # C ∝ A Δ₀^c
    bare = tunnelling.long_time_heat_capacity(T, 1e14, 4.4, 0.3, 2.0)
    np.testing.assert_allclose(law(1e14, 0.3, leading=False) * 2, bare * 3**0.3, rtol=1e-12)


FUNCTIONS = {  # a point, and the ends of the range
    "inverse_mean_free_path": ((0.02, 0.01, 5.8), (1e-12, 1e-5, 5.0), (1.0, 1e-5, 7.0)),
    "tunnelling_amplitude": ((1.3, 0.29), (0.0, 0.2), (5.0, 0.4)),
    "amplitude_exponent": ((0.29, 4.0), (0.1, 1.0), (0.5, 8.0)),
    "amplitude_density": ((0.01, 0.1, 0.5, 2.0), (1e-8, 0.0, 1.0, 1.0), (1.0, 0.5, 1.0, 1.0)),
    "relaxation_rate": ((0.02, 0.01, 0.013, 4.0), (0.0, 0.0, 1e-5, 1.0), (1.0, 1.0, 1e-5, 8.0)),
    "rate_density": ((0.01, 1e5, 0.004, 4.0, 0.2), (1e-6, 1e12, 1e-5, 1.0, 0.0), (0.1, 1e-3, 0.3, 8.0, 0.5)),
    "long_time_heat_capacity": ((3e-3, 1e14, 4.0, 0.2), (1e-5, 1e12, 1.0, 0.0), (0.3, 1e17, 8.0, 0.5)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients(name):
    def function(*x):
        if name == "long_time_heat_capacity":
            return tunnelling.long_time_heat_capacity(x[0] * jnp.ones(1), *x[1:])[0]
        return getattr(tunnelling, name)(*x)

    point, *ends = FUNCTIONS[name]
    slope = jax.jit(jax.grad(function, argnums=range(len(point))))
    for i, exact in enumerate(slope(*point)):
        step = 1e-5 * point[i]
        up, down = (function(*point[:i], point[i] + sign * step, *point[i + 1 :]) for sign in (1, -1))
        assert float(exact) == pytest.approx(float(up - down) / (2 * step), rel=1e-6)
    for end in ends:
        for dtype in (np.float64, np.float32):
            at = tuple(jnp.asarray(x, dtype) for x in end)
            assert np.all(np.isfinite([function(*at), *slope(*at)])), (end, dtype)


@pytest.mark.slow
def test_exponent_zero_is_approached_smoothly():
    # the slope by c at c = 0, one-sided: h f''/2 left
    def heat(c):
        return tunnelling.long_time_heat_capacity(jnp.array([1e-3]), 1e14, 4.0, c)[0]

    assert float(jax.grad(heat)(0.0)) == pytest.approx(float(heat(1e-6) - heat(0.0)) / 1e-6, rel=1e-4)


@pytest.mark.parametrize("c", [0.0, 1e-6, 0.05, 0.5, 1.0])
def test_integral_of_powers_of_cosh(c):
    """∫₀^U cosh^c u du and its slopes against SciPy's adaptive quadrature: 10⁻⁸, where U is tiny the worst."""
    U = np.array([1e-6, 1e-3, 0.1, 1.0, 4.0, 20.0])
    log_cosh = lambda u: np.logaddexp(u, -u) - math.log(2)  # noqa: E731

    def integral(f, end):
        return integrate.quad(f, 0, end, points=[min(1.0, end / 2)], epsabs=0, epsrel=1e-12)[0]

    found = tunnelling._cosh_integral(U[None, :], c)[0]
    expected = [integral(lambda u: math.exp(c * log_cosh(u)), end) for end in U]
    np.testing.assert_allclose(found, expected, rtol=2e-8)
    by_U = jax.grad(lambda U: jnp.sum(tunnelling._cosh_integral(U[None, :], c)))(U)
    np.testing.assert_allclose(by_U, np.exp(c * log_cosh(U)), rtol=1e-10)
    by_c = jax.jacfwd(lambda c: tunnelling._cosh_integral(U[None, 3:], c)[0])(c)
    slopes = [integral(lambda u: math.exp(c * log_cosh(u)) * log_cosh(u), end) for end in U[3:]]
    np.testing.assert_allclose(by_c, slopes, rtol=1e-8)


def test_integral_of_powers_of_cosh_in_single_precision():
    """To 10⁻⁶ of the integrals that count, those over all of the energies that relax."""
    U = np.array([[0.5, 3.0, 15.0]])
    single = tunnelling._cosh_integral(U.astype(np.float32), np.float32(0.1))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, tunnelling._cosh_integral(U, 0.1), rtol=3e-6)


def test_slowest_splitting():
    """The splitting that relaxes just within t, with slopes up to the second, from frozen to hot."""
    log_scale = np.linspace(-15, 60, 26)
    log_x = np.asarray(tunnelling._log_slowest(log_scale))
    x = np.exp(log_x)
    np.testing.assert_allclose(log_scale + 3 * log_x - np.log(np.tanh(x / 2)), 0, atol=1e-11)
    slope = 1 / (3 - x / np.sinh(np.minimum(x, 300.0)))
    for order, expected in ((1, -slope), (2, None)):
        function = tunnelling._log_slowest
        for _ in range(order):
            function = jax.grad(function)
        got = jax.vmap(function)(log_scale)
        if expected is None:
            h = 1e-4
            first = jax.vmap(jax.grad(tunnelling._log_slowest))
            expected = (first(log_scale + h) - first(log_scale - h)) / (2 * h)
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-8)

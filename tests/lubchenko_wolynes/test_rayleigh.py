"""Appendices A and B against the formulas in SI units with SciPy's Bessel functions, and the paper's estimates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from glassjax.lubchenko_wolynes import rayleigh
from tests.oracles.rayleigh import path

OMEGA = np.array([1e-3, 0.03, 0.1, 0.149, 0.4, 1.0])
T = np.array([1e-3, 0.1])

log_scattering_rate, mean_free_path, scattering_rate = (
    jax.jit(function, static_argnames="resonant")
    for function in (rayleigh.log_scattering_rate, rayleigh.mean_free_path, rayleigh.scattering_rate)
)


def test_estimates_of_the_paper():
    at = jnp.array([10**-1.5])
    # "l_mfp/λ > 10⁴ … even if one favorably assumes that ω_2 ~ ω_plateau"
    resonant = float(mean_free_path(at, at, 1500 / 342, resonant=True)[0, 0])
    assert resonant == pytest.approx(
        path(10**-1.5, 10**-1.5, 1500 / 342, 5.8, 30.0, lowest=10**-1.5), rel=1e-10
    )
    assert resonant == pytest.approx(1.04e4, rel=0.01)
    lowest = jnp.array([0.1492])
    assert float(mean_free_path(lowest, jnp.array([0.03]), 1500 / 342)[0, 0]) == pytest.approx(910, rel=0.01)
    assert float(rayleigh.scaled_wavenumber(1 / 30)) == pytest.approx(0.467, abs=5e-4)
    assert 6 / float(rayleigh.scaled_wavenumber(1.0)) * 5.8 == pytest.approx(2.5, abs=0.05)


def test_mean_free_path():
    # closed forms on both sides: rounding, 2D·10⁻¹⁶ in the exponent
    for tg, xi, D in ((1500 / 342, 5.8, 30.0), (2.0, 5.0, 10.0)):
        expected = np.array([[path(w, t, tg, xi, D) for w in OMEGA] for t in T])
        np.testing.assert_allclose(mean_free_path(OMEGA, T, tg, xi, D), expected, rtol=1e-10)
    rate = scattering_rate(OMEGA, T, 2.0, 5.0, 10.0)
    np.testing.assert_allclose(rate, OMEGA[None, :] / (4 * np.pi * expected), rtol=1e-10)
    np.testing.assert_allclose(log_scattering_rate(OMEGA, T, 2.0, 5.0, 10.0), np.log(rate), rtol=1e-12)


def test_path_of_the_energy():
    # a wave e^{ikx} with ω² - c²k² + 2iω/τ = 0 (before A12): its energy falls as e^{-2 Im k x}
    omega, at = np.array([0.12, 0.149, 0.3]), jnp.array([0.1])
    rate = np.asarray(scattering_rate(omega, at, 4.0)[0])
    speed = (6 * np.pi**2) ** (-1 / 3)
    k = np.sqrt(omega**2 + 2j * omega * rate) / speed
    path_over_wave = omega / (2 * np.pi * speed) / (2 * k.imag)
    np.testing.assert_allclose(mean_free_path(omega, at, 4.0)[0], path_over_wave, rtol=1e-5)


def test_width():
    # δω_l/ω_l = 1/(2√D), ω_2 = 0.1492
    assert float(rayleigh.harmonic_width(2, 5.8, 25.0)) == pytest.approx(0.01492, abs=1e-5)
    widths = rayleigh.harmonic_width(np.array([2, 3]))
    assert float(widths[1] / widths[0]) == pytest.approx(np.sqrt(10 / 4))


def test_strain_of_fig_24():
    x = np.concatenate([np.zeros(1), np.geomspace(1e-3, 60, 60)])
    expected = special.spherical_jn(1, x, derivative=True) ** 2
    np.testing.assert_allclose(rayleigh.strain_form_factor(x), expected, rtol=1e-10, atol=1e-16)
    assert float(rayleigh.strain_form_factor(0.0)) == pytest.approx(1 / 9)


def test_smaller_displacements_scatter_less():
    # σ/ρ ∝ (d_L/a)² ln[(a/d_L)²/πe]
    at = jnp.array([0.15])
    ratio = scattering_rate(at, at, 4.0, lindemann=20.0) / scattering_rate(at, at, 4.0)
    log = np.log(np.array([400, 100]) / (np.pi * np.e))
    assert float(ratio[0, 0]) == pytest.approx(0.25 * log[0] / log[1])


@pytest.mark.parametrize("resonant", [False, True])
def test_gradients(resonant):
    @jax.jit
    def total(omega, T, tg, xi, D):
        at, temperature = omega * jnp.ones(1), T * jnp.ones(1)
        path = mean_free_path(at, temperature, tg, xi, D, resonant=resonant)
        return jnp.sum(jnp.log(path) + scattering_rate(at, temperature, tg, xi, D, resonant=resonant))

    slope = jax.jit(jax.grad(total, argnums=range(5)))
    for point in ((0.14, 0.03, 4.4, 5.8, 30.0), (0.6, 0.1, 2.0, 5.0, 10.0)):
        for i, exact in enumerate(slope(*point)):
            step = 1e-6 * point[i]
            up, down = (total(*point[:i], point[i] + sign * step, *point[i + 1 :]) for sign in (1, -1))
            assert float(exact) == pytest.approx(float(up - down) / (2 * step), rel=1e-5, abs=1e-6)
    for dtype in (np.float64, np.float32):
        for end in ((1e-8, 1e-5, 8.0, 5.8, 100.0), (4.0, 1.0, 1.0, 5.8, 5.0), (0.15, 0.01, 4.0, 7.0, 100.0)):
            at = tuple(jnp.asarray(x, dtype) for x in end)
            assert np.all(np.isfinite([total(*at), *slope(*at)]))


@pytest.mark.parametrize("function", [rayleigh.scaled_wavenumber, rayleigh.strain_form_factor])
def test_gradients_of_the_elementwise_ones(function):
    for x in (0.3, 2.0):
        difference = (function(x + 1e-6) - function(x - 1e-6)) / 2e-6
        assert float(jax.grad(function)(x)) == pytest.approx(float(difference), rel=1e-6)
    assert float(jax.grad(rayleigh.harmonic_width, argnums=2)(2, 5.8, 30.0)) == pytest.approx(
        -float(rayleigh.harmonic_width(2)) / 60
    )
    for x in (0.0, 60.0):
        for dtype in (np.float64, np.float32):
            value, slope = jax.value_and_grad(function)(jnp.asarray(x, dtype))
            assert value.dtype == dtype
            assert np.isfinite(value)
            assert np.isfinite(slope)


def test_single_precision():
    narrow = log_scattering_rate(OMEGA.astype(np.float32), T.astype(np.float32), 4.0)
    assert narrow.dtype == np.float32
    # the exponent, up to 60, is rounded
    np.testing.assert_allclose(narrow, log_scattering_rate(OMEGA, T, 4.0), rtol=1e-5, atol=1e-4)

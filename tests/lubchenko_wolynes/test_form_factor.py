"""The form factor of short phonons against quadrature of the field of a sphere, and its limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import spherical_jn

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes.rayleigh import form_factor

RADIUS = (3 / (4 * np.pi)) ** (1 / 3) * (6 * np.pi**2) ** (1 / 3)  # kR_d = ω ξ/a times this
OMEGA = np.geomspace(3e-4, 1.0, 37)


def average(amplitude, omega, xi, spread):
    """⟨amplitude(kR_d)²⟩ over ln R_d by a fine Riemann sum."""
    z = np.linspace(-8, 8, 20001)
    density = np.exp(-(z**2) / 2)
    values = amplitude(omega * xi * RADIUS * np.exp(spread * z)) ** 2
    return np.sum(values * density) / np.sum(density)


def plane_wave(x):
    """Mean of e^{ikx} over a sphere of kR = x, by Gauss-Legendre slices: no Bessel function is used."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    return (0.75 * weights * (1 - nodes**2)) @ np.cos(np.multiply.outer(nodes, x))


@pytest.mark.parametrize("spread", [0.05, 0.1, 30**-0.5, 0.45, 0.6])
@pytest.mark.parametrize("xi", [4.0, 5.8, 8.0])
def test_sphere_is_the_average_of_a_plane_wave(spread, xi):
    expected = [average(plane_wave, omega, xi, spread) for omega in OMEGA[::4]]
    np.testing.assert_allclose(form_factor(OMEGA[::4], xi, spread), expected, rtol=5e-3, atol=2e-6)


@pytest.mark.parametrize("spread", [0.1, 30**-0.5, 0.45])
def test_surface_is_the_slope_of_a_bessel_function(spread):
    expected = [average(lambda x: 3 * spherical_jn(1, x, derivative=True), w, 5.8, spread) for w in OMEGA]
    np.testing.assert_allclose(form_factor(OMEGA, 5.8, spread, "surface"), expected, rtol=1e-3, atol=5e-6)


def test_limits():
    assert float(form_factor(3 / (5.8 * RADIUS), 5.8, 0.05)) == pytest.approx(0.12, abs=0.005)
    np.testing.assert_allclose(form_factor(jnp.array([1e-7, 1e-3]), 5.8, 0.18), 1.0, atol=1e-4)
    np.testing.assert_array_equal(form_factor(OMEGA, form="none"), 1.0)
    with pytest.raises(GlassjaxError, match="did you mean 'sphere'"):
        form_factor(OMEGA, form="shpere")


@pytest.mark.parametrize("form", ["sphere", "surface"])
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_slopes(form, dtype):
    """Smooth across the seam at kR_d = 0.1 and everywhere; slopes as differences have them."""
    omega = jnp.asarray(np.append(OMEGA, np.array([0.0, 0.0999, 0.1001]) / (5.8 * RADIUS)), dtype)

    def total(omega, xi, spread):
        return form_factor(omega, xi, spread, form)

    for argument in (0, 1, 2):
        slope = jax.vmap(jax.grad(total, argument), (0, None, None))(omega, dtype(5.8), dtype(0.18))
        assert slope.dtype == dtype
        assert np.all(np.isfinite(slope))
        if dtype == jnp.float64:
            step = 1e-5
            moved = [[omega, 5.8, 0.18], [omega, 5.8, 0.18]]
            moved[0][argument], moved[1][argument] = moved[0][argument] - step, moved[1][argument] + step
            inside = slice(1, -3)
            differences = (total(*moved[1]) - total(*moved[0])) / (2 * step)
            np.testing.assert_allclose(slope[inside], differences[inside], rtol=2e-3, atol=2e-5)

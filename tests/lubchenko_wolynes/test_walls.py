"""Walls of the mosaic: the gas-filled shell against SciPy's Bessel functions, closed forms, printed numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, special

from glassjax.lubchenko_wolynes import ripplons, walls

SPEED = (6 * np.pi**2) ** (-1 / 3)
LOG = np.log(100 / (np.pi * np.e))
HARMONICS = np.arange(2, 10)


def _derivative(f, x, rtol=1e-6):
    """jax.grad against a central difference; 10⁻⁶ is what a step of 10⁻⁵ leaves."""
    step = 1e-5 * x
    central = (f(x + step) - f(x - step)) / (2 * step)
    assert float(jax.grad(f)(x)) == pytest.approx(float(central), rel=rtol)


def test_size_tension_and_mass():
    assert float(walls.region_radius(5.8)) == pytest.approx((3 * 5.8**3 / (4 * np.pi)) ** (1 / 3), rel=1e-14)
    assert float(walls.tension(4.0, 3.0)) == pytest.approx(0.75 * 3 * LOG / 2, rel=1e-14)
    assert float(walls.wall_density(4.4)) == pytest.approx(4.4 / SPEED**2, rel=1e-14)
    # k_BT_g = ρ c_s² a³ (d_L/a)², and ρ_W = (d_L/a)² ρ a
    assert float(walls.glass_density(4.4, 9.0) * SPEED**2 / 81) == pytest.approx(4.4, rel=1e-14)
    assert float(walls.wall_mass(5.8, 4.4)) == pytest.approx(5.8**2 * 4.4 / SPEED**2, rel=1e-14)
    assert float(walls.wall_mass_in_beads()) == pytest.approx(0.336, abs=5e-4)
    ratio = walls.wall_mass(5.8, 4.4) / walls.glass_density(4.4)
    assert float(walls.wall_mass_in_beads(5.8)) == pytest.approx(float(ratio), rel=1e-14)


def test_barrier_top_frequency_of_eq_29():
    # V = γ[√N - (2√2-1) N/ξ^{3/2}], N = 4πr³/3, differentiated by hand
    for xi in (5.0, 5.8, 7.0):
        gamma, k = 1.5 * np.sqrt(3 * np.pi) * LOG, (2 * np.sqrt(2) - 1) / xi**1.5
        r = optimize.brentq(
            lambda r, k=k: 1.5 * np.sqrt(4 * np.pi / 3 * r) - 4 * np.pi * r**2 * k, 0.5, 9, xtol=1e-14
        )
        curvature = gamma * (0.75 * np.sqrt(4 * np.pi / 3 / r) - 8 * np.pi * r * k)
        expected = np.sqrt(-curvature / (xi**2 / SPEED**2))
        assert float(walls.barrier_top_frequency(xi)) == pytest.approx(expected, rel=1e-12)
    assert float(walls.barrier_top_frequency(5.7587) * 5.7587) == pytest.approx(1.673, abs=5e-4)
    assert walls.barrier_top_frequency(jnp.array([5.0, 6.0])).shape == (2,)
    _derivative(walls.barrier_top_frequency, 5.8)


def _cotangent(l, z):  # noqa: E741
    return -special.spherical_jn(l, z) / (z * special.spherical_jn(l, z, derivative=True))


def test_cotangent_of_eq_30():
    z = np.linspace(0.3, 60, 500)
    for l in (1, 2, 5, 9):  # noqa: E741
        expected = _cotangent(l, z)
        scale = 1 + expected**2  # at the poles the argument's rounding shows
        got = np.asarray(walls.shell_cotangent(l, z))
        assert np.max(np.abs(got - expected) / scale) < 1e-10
        assert float(walls.shell_cotangent(l, 0.0)) == -1 / l
        assert float(walls.shell_cotangent(l, 1e-30)) == pytest.approx(-1 / l, rel=1e-12)
    slope = jax.vmap(jax.grad(lambda z: walls.shell_cotangent(2, z)))(jnp.asarray(z))
    central = (_cotangent(2, z + 1e-6) - _cotangent(2, z - 1e-6)) / 2e-6
    clear = np.abs(_cotangent(2, z)) < 50  # of the poles, where the difference is no oracle
    np.testing.assert_allclose(np.asarray(slope)[clear], central[clear], rtol=1e-5, atol=1e-5)
    assert np.isfinite(jax.grad(lambda z: walls.shell_cotangent(9, z))(0.0))


def _response(l, z, share, speed, xi):  # noqa: E741
    R = xi * (3 / (4 * np.pi)) ** (1 / 3)
    density, surface, sigma = 400 / SPEED**2, 4 / SPEED**2, 3 * LOG / np.sqrt(R)  # tg = 4
    gas = share * density * R
    return surface / gas - (l - 1) * (l + 2) * sigma / (gas * (speed * z) ** 2)


def test_response_of_eq_30():
    z = np.linspace(0.2, 14, 50)
    expected = _response(3, z, 0.1, 0.2, 5.5)
    for tg in (1.0, 4.0):  # cancels
        np.testing.assert_allclose(walls.shell_response(3, z, 0.1, 0.2, 5.5, tg), expected, rtol=1e-12)
    _derivative(lambda xi: walls.shell_response(3, 2.0, 0.1, 0.2, xi), 5.5)


@pytest.mark.parametrize(
    ("share", "speed"), [(1e-4, 0.25), (0.03, 0.25), (1.0, 0.25), (0.03, 0.05), (0.1, 2.0)]
)
def test_gas_filled_shell(share, speed):
    # first sign change of the two sides of Eq. 30 on a fine scan below the first pole, then brentq
    R = 5.5 * (3 / (4 * np.pi)) ** (1 / 3)
    got = walls.gas_shell_frequency(jnp.asarray(HARMONICS), share, speed, 5.5, 4.0)
    for l, value in zip(HARMONICS, got, strict=True):  # noqa: E741
        z = np.linspace(1e-3, 15, 30001)
        gap = _cotangent(l, z) - _response(l, z, share, speed, 5.5)
        at = np.flatnonzero((gap[:-1] > 0) & (gap[1:] < 0))[0]
        root = optimize.brentq(
            lambda z, n=l: _cotangent(n, z) - _response(n, z, share, speed, 5.5), z[at], z[at + 1], xtol=1e-14
        )
        assert float(value) == pytest.approx(root * speed / R, rel=1e-9)


def test_gas_filled_shell_limits_and_slopes():
    l = jnp.asarray(HARMONICS)  # noqa: E741
    hollow = walls.hollow_shell_frequency(l, curvature=False)
    np.testing.assert_allclose(walls.gas_shell_frequency(l, 0.0), hollow, rtol=1e-12)
    np.testing.assert_allclose(walls.gas_shell_frequency(l, 1e-7), hollow, rtol=1e-4)
    # a gas slower than the wall: its own standing wave, at the first zero of j_2', is the lowest mode
    slow = walls.gas_shell_frequency(2, 0.0, 0.01)
    zero = optimize.brentq(lambda z: special.spherical_jn(2, z, derivative=True), 3, 4)
    assert float(slow) == pytest.approx(zero * 0.01 / float(walls.region_radius()), rel=1e-12)
    for f in (
        lambda x: walls.gas_shell_frequency(3, x, 0.25),
        lambda x: walls.gas_shell_frequency(3, 0.05, x),
        lambda x: walls.gas_shell_frequency(3, 0.05, 0.25, 20 * x),
    ):
        _derivative(jax.jit(f), 0.29, 1e-5)
    assert abs(float(jax.grad(lambda tg: walls.gas_shell_frequency(3, 0.05, 0.25, 5.8, tg))(4.0))) < 1e-12


def test_hollow_shell_of_eq_31_and_32():
    l = jnp.asarray(HARMONICS)  # noqa: E741
    np.testing.assert_allclose(walls.hollow_shell_frequency(l, 5.5), ripplons.frequency(l, 5.5), rtol=1e-13)
    R = 5.5 * (3 / (4 * np.pi)) ** (1 / 3)
    plain = np.sqrt((HARMONICS - 1) * (HARMONICS + 2) * 0.75 * LOG * SPEED**2 / R**2.5)
    np.testing.assert_allclose(walls.hollow_shell_frequency(l, 5.5, curvature=False), plain, rtol=1e-13)
    _derivative(lambda xi: walls.hollow_shell_frequency(2, xi), 5.8)


def test_highest_harmonic():
    assert float(walls.highest_harmonic(190 ** (1 / 3))) == pytest.approx(9.63, abs=5e-3)
    assert float(jax.grad(walls.highest_harmonic)(5.8)) == pytest.approx(np.pi * (3 / (4 * np.pi)) ** (1 / 3))


@pytest.mark.slow
def test_single_precision():
    def total(xi, share):
        l = jnp.asarray(HARMONICS)  # noqa: E741
        gas = walls.gas_shell_frequency(l, share, 0.25, xi)
        cot = walls.shell_cotangent(9, jnp.array([1e-12, 1e-3, 1.0, 30.0]))
        return jnp.sum(gas) + jnp.sum(cot) + walls.barrier_top_frequency(xi) + walls.highest_harmonic(xi)

    double = float(total(5.8, 0.03))
    with jax.enable_x64(False):
        single = jax.value_and_grad(total, (0, 1))(jnp.float32(5.8), jnp.float32(0.03))
        assert single[0].dtype == jnp.float32
    assert np.all(np.isfinite(jax.tree.leaves(single)))
    assert float(single[0]) == pytest.approx(double, rel=1e-4)

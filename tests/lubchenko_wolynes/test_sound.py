"""Sound speed shift and internal friction against a double integral over splittings and tunnelling amplitudes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes.tunnelling import internal_friction, sound_speed_shift
from tests.oracles.sound import averages

OMEGA = np.array([1e-12, 1e-9, 1e-6, 1e-4, 1e-2])
T = np.array([1e-5, 3e-3, 0.3])
TG, XI = 4.4, 5.8

shift, friction = jax.jit(sound_speed_shift), jax.jit(internal_friction)


@pytest.mark.parametrize("c", [0.0, 0.1, 0.5])
def test_against_double_integral(c):
    # the two equidistant rules: 10⁻⁵ (oracle 10⁻⁸)
    expected = np.array([[averages(w, t, TG, XI, c) for w in OMEGA] for t in T])
    np.testing.assert_allclose(shift(OMEGA, T, TG, XI, c), expected[..., 0], rtol=1e-5)
    np.testing.assert_allclose(friction(OMEGA, T, TG, XI, c), expected[..., 1], rtol=1e-5)


def test_limits_of_low_frequency():
    # slope (a/ξ)³/2 per unit of ln ω and the plateau (π/2)(a/ξ)³; corrections ∝ (ωτ_min)^{1/2}, 10⁻⁶ here
    omega, at = jnp.array([1e-12, 1e-11]), jnp.array([0.3])
    low, high = (float(x) for x in shift(omega, at, TG, XI, 0.0)[0])
    assert (high - low) / np.log(10) == pytest.approx(XI**-3 / 2, rel=1e-4)
    assert float(friction(omega, at, TG, XI, 0.0)[0, 0]) == pytest.approx(np.pi / 2 * XI**-3, rel=1e-5)


def test_limits_of_high_frequency():
    # ωτ ≫ 1 for all: 1/ω² and 1/ω; and Q⁻¹ω → average rate, of order T³
    omega, at = jnp.array([1e-3, 1e-2]), jnp.array([1e-5])
    assert np.divide(*shift(omega, at, TG, XI, 0.0)[0]) == pytest.approx(100, rel=1e-6)
    assert np.divide(*friction(omega, at, TG, XI, 0.0)[0]) == pytest.approx(10, rel=1e-6)
    twice = friction(omega, 2 * at, TG, XI, 0.0) / friction(omega, at, TG, XI, 0.0)
    np.testing.assert_allclose(twice, 8, rtol=1e-6)


def test_dispersion_and_absorption_are_partners():
    # Kramers-Kronig for a low enough frequency: dδc/d ln ω = Q⁻¹/π where Q⁻¹ varies slowly
    at = jnp.array([0.1])
    slope = jax.jvp(
        lambda x: sound_speed_shift(jnp.exp(x), at, TG), (jnp.log(jnp.array([1e-9])),), (jnp.ones(1),)
    )[1]
    assert float(slope[0, 0]) == pytest.approx(
        float(friction(jnp.array([1e-9]), at, TG)[0, 0]) / np.pi, rel=1e-3
    )


@pytest.mark.parametrize("function", [sound_speed_shift, internal_friction])
def test_gradients(function):
    @jax.jit
    def total(omega, T, tg, xi, c):
        return jnp.sum(jnp.log(jnp.abs(function(omega * jnp.ones(1), T * jnp.ones(1), tg, xi, c))))

    slope = jax.jit(jax.grad(total, argnums=range(5)))
    for point in ((1e-7, 3e-3, 4.4, 5.8, 0.1), (1e-3, 1e-4, 2.0, 5.8, 0.3)):
        for i, exact in enumerate(slope(*point)):
            step = 1e-5 * point[i]
            up, down = (total(*point[:i], point[i] + sign * step, *point[i + 1 :]) for sign in (1, -1))
            assert float(exact) == pytest.approx(float(up - down) / (2 * step), rel=1e-5)
    for dtype in (np.float64, np.float32):
        ends = [
            (w, t, tg, 5.8, c)
            for w in (1e-12, 1e-2)
            for t in (1e-5, 0.3)
            for tg, c in ((1.0, 0.0), (8.0, 0.5))
        ]
        for end in ends:
            at = tuple(jnp.asarray(x, dtype) for x in end)
            assert np.all(np.isfinite([total(*at), *slope(*at)]))


@pytest.mark.parametrize("function", [shift, friction])
def test_single_precision(function):
    narrow = function(
        OMEGA.astype(np.float32), T.astype(np.float32), np.float32(TG), np.float32(XI), np.float32(0.1)
    )
    assert narrow.dtype == np.float32
    # logarithms near 60 rounded to 10⁻⁷ of themselves, doubled in the exponent
    np.testing.assert_allclose(narrow, function(OMEGA, T, TG, XI, 0.1), rtol=1e-4)

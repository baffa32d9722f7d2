"""The universal functions and densities from which the rivals are built."""

import math
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.constants import e, hbar, k
from scipy.integrate import quad
from scipy.special import gamma

from glassjax.rivals.debye import bead_stiffness, boltzmann_per_volume, harmonic_heat
from glassjax.rivals.soft_potential import soft_vibration_heat_capacity, soft_vibrations
from glassjax.rivals.two_level import activated_friction, tunnelling_friction
from tests.oracles import rivals as oracle

from .probe import SILICA

ONE = jnp.asarray(1.0)


def friction(ratio):
    """Q⁻¹/C as a function of y = ω/9πηT³."""
    return tunnelling_friction(jnp.asarray(ratio) * 9 * math.pi, ONE, ONE)


def test_relaxation_of_tunnelling_systems():
    coupling = e
    eta = float((coupling / (k * 342.0)) ** 2 / SILICA_STIFFNESS)
    for T, share in [(0.02, 3.0), (1.0, 1.0), (1.0, 1e-3), (30.0, 2.0)]:
        w = share * k * T / hbar
        slow = oracle.relaxing_slow(w, T, 1.0, coupling) * 4100.0 / w
        assert oracle.relaxing(w, T, 1.0, coupling) * 4100.0 / w == pytest.approx(slow, rel=1e-7)
        reduced = w / (k * 342.0 / hbar)
        found = tunnelling_friction(jnp.asarray(reduced), jnp.asarray(T / 342.0), jnp.asarray(eta))
        assert float(found) == pytest.approx(slow, rel=1e-7)


SILICA_STIFFNESS = 2200.0 * 4100.0**2 * float(SILICA.lattice_spacing) ** 3 / (k * 342.0)


def test_reduced_units():
    assert float(bead_stiffness(SILICA)) == pytest.approx(SILICA_STIFFNESS, rel=1e-9)
    assert float(boltzmann_per_volume(SILICA)) == pytest.approx(k / SILICA.lattice_spacing**3, rel=1e-12)


def test_limits_of_relaxation():
    # plateau π/2 where ωτ ≪ 1; (π⁴/12)/y where ωτ ≫ 1; straight beyond the table
    y = np.array([1e-30, 1e-14, 3e7, 1e10])
    limit = np.where(y < 1, math.pi / 2, math.pi**4 / 12 / y)
    np.testing.assert_allclose(friction(y), limit, rtol=1e-6)


def test_activated_relaxation():
    # H(b) = ∫dv v^{-1/4}/2cosh(v + ln b), and its limit Γ(3/4)/b
    for b in (1e-8, 1e-3, 0.5, 2.0, 30.0):
        s = math.log(b)

        def f(u, s=s):
            return 4 * u**2 / (2 * math.cosh(min(u**4 + s, 700.0)))

        peak = max(-s, 0.0) ** 0.25
        cuts = [0.0, *([peak] if peak else []), 1.5 * peak + 1, 4.0]
        exact = sum(quad(f, a, c, epsrel=1e-11)[0] for a, c in pairwise(cuts))
        found = activated_friction(jnp.asarray(b * 0.01), jnp.asarray(0.02), jnp.asarray(0.01))
        assert float(found) == pytest.approx(2 * 2**0.75 * exact, rel=1e-7)
    fast = activated_friction(jnp.asarray(1e7), ONE, ONE)
    assert float(fast) == pytest.approx(2 * gamma(0.75) / 1e7, rel=1e-7)
    # π ln^{-1/4}(1/ωτ₀) is approached slowly
    slow = activated_friction(jnp.asarray(1e-15), ONE, ONE)
    assert float(slow) == pytest.approx(math.pi * math.log(1e15) ** -0.25, rel=1e-3)


def test_activated_relaxation_from_the_plane_of_potentials():
    W = 4.0
    for T, share in [(2.0, 1e-4), (10.0, 3.0)]:
        w = share * k * T / hbar
        found = activated_friction(
            jnp.asarray(hbar * w / (k * 342.0)), jnp.asarray(T / 342.0), jnp.asarray(W / 342.0)
        )
        assert oracle.activated(w, T, 1.0, W) * 4100.0 / w == pytest.approx(float(found), rel=1e-7)


def test_curves_have_two_continuous_derivatives():
    s = jnp.linspace(-20.0, 8.0, 57)
    for function in (
        lambda t: jnp.log(friction(jnp.exp(t))),
        lambda t: jnp.log(activated_friction(jnp.exp(t), ONE, ONE)),
    ):
        value = jax.jit(jax.vmap(function))
        first = jax.jit(jax.vmap(jax.grad(function)))
        second = jax.jit(jax.vmap(jax.grad(jax.grad(function))))(s)
        h = 1e-4
        np.testing.assert_allclose(first(s), (value(s + h) - value(s - h)) / (2 * h), atol=1e-7)
        np.testing.assert_allclose(second, (first(s + h) - first(s - h)) / (2 * h), atol=2e-5)


def test_density_of_soft_vibrations():
    # P_s(E/W)⁵/40 modes below E, counted in the plane of D₁ and D₂
    assert oracle.soft_area(1.0) == pytest.approx(1 / 40, rel=2e-3)
    E = jnp.array([1e-4, 0.5])
    low, high = soft_vibrations(E, 0.01, 0.05)
    assert float(low) == pytest.approx((1e-2) ** 4 / 8, rel=1e-6)
    assert float(high) == pytest.approx(0.5 * 0.05**3 / 0.01**4 / 8, rel=2e-3)


def test_soft_vibrations_saturate():
    hot = soft_vibration_heat_capacity(jnp.array([100.0]), 0.01, 0.1)
    modes = quad(lambda E: (E / 0.01) ** 4 / 8 / (1 + (E / 0.1) ** 3), 0, 1)[0]
    assert float(hot[0]) == pytest.approx(modes, rel=1e-5)


def test_an_oscillator_at_rest_holds_one_boltzmann():
    assert float(harmonic_heat(jnp.asarray(1e-9))) == pytest.approx(1.0)

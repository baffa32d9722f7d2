"""Observables of the rivals in SI units against textbook integrals, and their closed limits."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import constants as si
from scipy.special import zeta

from glassjax import Debye, SoftPotential, StandardTunnelling
from tests.oracles import rivals as oracle

from .probe import SILICA, observe

KELVIN = [0.003, 0.1, 1.0, 5.0, 20.0, 100.0, 300.0]
COLD = jnp.array([1e-3, 2e-3])
UNIT = si.k**3 / (2 * math.pi * si.hbar**2 * 4100.0)  # k_B³/2πħ²v


def per_volume(heat):
    return np.asarray(heat) * 2200.0


def test_debye_heat_capacity():
    heat = per_volume(observe(Debye(), "heat-capacity", jnp.array(KELVIN)))
    np.testing.assert_allclose(heat, [oracle.debye_heat(T) for T in KELVIN], rtol=1e-9)
    cubic = 2 * math.pi**2 / 5 * si.k**4 * 3 / 3 / (si.hbar * 4100.0) ** 3
    cold = per_volume(observe(Debye(), "heat-capacity", COLD))
    np.testing.assert_allclose(cold, cubic * np.asarray(COLD) ** 3, rtol=1e-9)
    beads = 1 / SILICA.lattice_spacing**3
    hot = per_volume(observe(Debye(), "heat-capacity", jnp.array([34200.0])))
    assert float(hot[0]) == pytest.approx(3 * si.k * beads, rel=1e-5)


def test_debye_conductivity():
    R, r, floor = 120.0, 700.0, 0.4
    kappa = observe(Debye(R=R, rayleigh=r, floor=floor), "kappa", jnp.array(KELVIN))

    def inverse(w):
        return w / (2 * math.pi * 4100.0 * R) + oracle.rayleigh(w, r)

    np.testing.assert_allclose(kappa, [oracle.conductivity(T, inverse, floor) for T in KELVIN], rtol=1e-8)
    # l/λ = R everywhere: 6ζ(3)(R + f) κ₀ (T/T_D)²
    plain = observe(Debye(R=R, floor=floor), "kappa", COLD)
    np.testing.assert_allclose(plain, 12 * zeta(3) * (R + floor) * UNIT * np.asarray(COLD) ** 2, rtol=1e-9)


def test_expansion_is_grueneisens():
    T = jnp.array(KELVIN)
    modulus = 2200.0 * 4100.0**2 / 3
    alpha = observe(Debye(gruneisen=0.7), "expansion", T)
    np.testing.assert_allclose(
        alpha, 0.7 * per_volume(observe(Debye(), "heat-capacity", T)) / (3 * modulus), rtol=1e-12
    )
    for theory in (StandardTunnelling, SoftPotential):
        same = {name: 2.0 for name in ("gruneisen", "gamma_tls", "gamma_soft") if hasattr(theory, name)}
        alpha = observe(theory(**same), "expansion", T, time=3.0)
        heat = per_volume(observe(theory(), "heat-capacity", T, time=3.0))
        np.testing.assert_allclose(alpha, 2 * heat / (3 * modulus), rtol=1e-12)


@pytest.mark.parametrize(("C", "gamma", "r", "floor"), [(3e-4, 1.0, 1000.0, 0.5), (2e-3, 0.2, 0.0, 0.1)])
def test_standard_tunnelling_conductivity(C, gamma, r, floor):
    theory = StandardTunnelling(strength=C, coupling=gamma, rayleigh=r, floor=floor)
    kappa = observe(theory, "kappa", jnp.array(KELVIN))
    expected = [oracle.standard_tunnelling(T, C, gamma, r, floor) for T in KELVIN]
    np.testing.assert_allclose(kappa, expected, rtol=1e-6)


def test_coldest_conductivity_of_tunnelling_systems():
    # resonance alone: κ = k_B³T²/(2πħ²vC); relaxation is weak for a weak coupling
    theory = StandardTunnelling(strength=1e-3, coupling=0.01, rayleigh=0.0, floor=0.0)
    kappa = observe(theory, "kappa", COLD)
    np.testing.assert_allclose(kappa, UNIT / 1e-3 * np.asarray(COLD) ** 2, rtol=1e-6)


@pytest.mark.parametrize("time", [1e-6, 1e-2, 10.0, 1e5])
def test_standard_tunnelling_heat_capacity(time):
    C, gamma = 3e-4, 0.8
    T = [0.003, 0.02, 0.1, 1.0, 10.0]
    both = observe(StandardTunnelling(strength=C, coupling=gamma), "heat-capacity", jnp.array(T), time=time)
    alone = per_volume(both) - [oracle.debye_heat(t) for t in T]
    expected = [oracle.tunnelling_heat(t, time, C, gamma * si.e) for t in T]
    np.testing.assert_allclose(alone, expected, rtol=1e-6, atol=1e-11 * float(per_volume(both)[-1]))


def test_heat_capacity_grows_with_the_logarithm_of_time():
    # C(t) = (π²/12) P̄ k_B² T ln(4t/τ_min): linear in ln t, and in T up to that logarithm
    theory = StandardTunnelling()
    P = 3e-4 * 2200.0 * 4100.0**2 / si.e**2
    T = jnp.array([0.05, 0.5])
    late, early = (per_volume(observe(theory, "heat-capacity", T, time=t)) for t in (1e4, 10.0))
    np.testing.assert_allclose(late - early, math.pi**2 / 12 * P * si.k**2 * T * math.log(1e3), rtol=1e-4)


@pytest.mark.parametrize(
    ("C", "Lambda", "W", "peak", "floor"), [(3e-4, 0.5, 4.0, 40.0, 0.5), (1e-3, 0.2, 1.5, 15.0, 0.2)]
)
def test_soft_potential_conductivity(C, Lambda, W, peak, floor):
    theory = SoftPotential(strength=C, deformation=Lambda, W=W, peak=peak, floor=floor)
    T = [0.01, 0.3, 2.0, 10.0, 100.0]
    kappa = observe(theory, "kappa", jnp.array(T))
    expected = [oracle.soft_potential(t, C, Lambda, W, peak, floor) for t in T]
    np.testing.assert_allclose(kappa, expected, rtol=1e-6)


def test_soft_vibrations_heat_capacity():
    C, Lambda, W, peak = 3e-4, 0.5, 4.0, 40.0
    theory = SoftPotential(strength=C, deformation=Lambda, W=W, peak=peak, gamma_tls=0.0, gamma_soft=1.0)
    T = [0.01, 1.0, 5.0, 30.0, 300.0]
    heat = np.asarray(observe(theory, "expansion", jnp.array(T))) * 2200.0 * 4100.0**2
    np.testing.assert_allclose(heat, [oracle.soft_heat(t, C, Lambda, W, peak) for t in T], rtol=1e-8)
    # (2π⁶/21) P_s k_B (T/W)⁵
    P_s = C * 2200.0 * 4100.0**2 * si.k * W / (Lambda * si.e) ** 2
    assert heat[0] == pytest.approx(2 * math.pi**6 / 21 * P_s * si.k * (T[0] / W) ** 5, rel=1e-6)


def test_double_wells_heat_capacity():
    # L = ln(e + W/Δ₀) against a sum over the plane of D₁ and D₂: equal where T ≪ W
    C, Lambda, W = 3e-4, 0.5, 10.0
    theory = SoftPotential(strength=C, deformation=Lambda, W=W, gamma_tls=1.0)
    T = jnp.array([0.01, 0.03, 0.1])
    heat = np.asarray(observe(theory, "expansion", T)) * 2200.0 * 4100.0**2
    expected = [oracle.soft_wells_heat(float(t), 10.0, C, Lambda, W) for t in T]
    np.testing.assert_allclose(heat, expected, rtol=0.02)


def test_plateau_lies_where_soft_vibrations_say():
    # the T² law ends between W/8 and W
    T = np.geomspace(0.05, 30.0, 60)
    kappa = np.log(np.asarray(observe(SoftPotential(floor=0.1), "kappa", jnp.asarray(T))))
    slope = np.gradient(kappa, np.log(T))
    assert slope[0] == pytest.approx(1.97, abs=0.05)
    assert 0.5 < T[np.argmax(slope < 1.4)] < 4.0
    assert np.min(slope) < 1.0

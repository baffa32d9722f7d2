"""κ of Fig. 19 and 20 and of the joint model against the oracle, values and derivatives."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import zeta

from glassjax.lubchenko_wolynes import conductivity, ripplons
from glassjax.lubchenko_wolynes.canonical import tabulate
from tests.oracles import table

from .spectra import array, assert_close, assert_slopes_close, spectrum_of

RTOL = 1e-4


reduced = jax.jit(conductivity.reduced_conductivity, static_argnames="excited")


@jax.jit
def joint(T, tg, spectrum, R, c, B, floor):
    scattering = conductivity.Scattering(c, B, floor)
    return conductivity.joint_conductivity(T, tg, tabulate(spectrum), R, scattering)


def _reduced(e):
    a = e["arguments"]
    return reduced(array(a["T"]), e["spectrum"]["tg"], spectrum_of(e), R=a["R"], excited=a["excited"])


def _joint(e):
    a = e["arguments"]
    return joint(array(a["T"]), e["spectrum"]["tg"], spectrum_of(e), a["R"], a["c"], a["B"], a["floor"])


def test_reduced_conductivity():
    assert_close(table.entries("reduced_conductivity"), _reduced, RTOL)


def test_joint_conductivity():
    assert_close(table.entries("joint_conductivity"), _joint, RTOL)


def test_beyond_the_promised_box():
    # softening 0.9 at tg 4, and softening 0.7 at tg 1 and 1.5 (omega_c 3.4, 3.0), where the lowest resonance is
    # narrower than the spacing of the nodes
    assert_close(table.entries("reduced_conductivity", "beyond"), _reduced, 1e-2)
    assert_close(table.entries("joint_conductivity", "beyond"), _joint, 1e-2)


@partial(jax.jit, static_argnames=("parameter", "excited"))
def slope(T, tg, omega_c, xi, D, parameter, excited):
    given = {"tg": tg, "omega_c": omega_c, "xi": xi, "D": D}

    def value(changed):
        g = {**given, parameter: changed}
        spectrum = ripplons.broadened_spectrum(g["tg"], g["omega_c"], g["xi"], g["D"])
        return conductivity.reduced_conductivity(T, g["tg"], spectrum, excited=excited)

    return value(given[parameter]), jax.jacfwd(value)(given[parameter])


def test_derivatives():
    rows = table.entries("reduced_conductivity", "derivative")
    rows = [e for e in rows if e["spectrum"]["kind"] == "broadened"]
    assert rows
    for e in rows:
        spectrum, a = e["spectrum"], e["arguments"]
        given = [spectrum[key] for key in ("tg", "omega_c", "xi", "D")]
        for name, value in e["value"].items():
            kappa, got = slope(array(a["T"]), *given, parameter=name, excited=a["excited"])
            assert_slopes_close(got, value, kappa, spectrum[name])


def test_low_temperature_limit():
    # l/λ = R e/√2π⁻¹ …: at T → 0 only ρ(0) = e/√2π scatters, κ/κ₀ = 6ζ(3) R T²/(1.0844 + small)
    spectrum, T = ripplons.discrete_spectrum(), jnp.array([1e-5])
    bare = 6 * zeta(3) * 150 * 1e-10 / (np.e / np.sqrt(2 * np.pi))
    assert float(conductivity.reduced_conductivity(T, 4.0, spectrum)[0]) == pytest.approx(bare, rel=0.02)


def test_joint_model_at_its_calibration():
    # without c and B, R is l/λ at ω = T = ω₀ whatever the spectrum
    omega = jnp.array([conductivity.CALIBRATION])
    rows = tabulate(ripplons.broadened_spectrum(4.0, 1.8))
    path = conductivity.mean_free_path(
        omega, omega, 4.0, rows, 150.0, scattering=conductivity.Scattering(floor=0.0)
    )
    assert float(path[0, 0]) == pytest.approx(150, rel=1e-12)


def test_cut_fast_centres_only_matter_at_high_frequency():
    rows, T = tabulate(ripplons.broadened_spectrum(4.0, 1.8)), jnp.array([1e-3, 0.1])
    both = [
        conductivity.joint_conductivity(T, 4.0, rows, 150.0, conductivity.Scattering(0.0, 117.0, 1.0, cut))
        for cut in (False, True)
    ]
    np.testing.assert_allclose(both[0][0], both[1][0], rtol=1e-9)
    assert float(both[1][1]) > float(both[0][1])


def test_jit_and_vmap():
    T = jnp.array([0.003, 0.03, 0.3])

    def kappa(tg, omega_c):
        return conductivity.reduced_conductivity(T, tg, ripplons.broadened_spectrum(tg, omega_c))

    tg, omega_c = jnp.array([2.0, 4.0]), jnp.array([1.8, 1.5])
    batch = jax.jit(jax.vmap(kappa))(tg, omega_c)
    for i in range(2):
        np.testing.assert_allclose(batch[i], kappa(tg[i], omega_c[i]), rtol=1e-11)

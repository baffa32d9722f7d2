"""κ of Fig. 19 and 20 and of the joint model against the oracle, values and derivatives."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import zeta

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import conductivity, ripplons
from glassjax.lubchenko_wolynes.counting import Counting
from tests.oracles import table

from .spectra import array, assert_close, assert_slopes_close, spectrum_of

RTOL = 1e-4


reduced = jax.jit(conductivity.reduced_conductivity, static_argnames="excited")


@jax.jit
def joint(T, tg, spectrum, R, c, B, floor):
    scattering = conductivity.Scattering(c, B, floor)
    return conductivity.joint_conductivity(T, Counting.of(spectrum, tg), R, scattering)


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


@partial(jax.jit, static_argnames="excited")
def slopes_of(T, given, excited):
    def value(given):
        spectrum = ripplons.broadened_spectrum(given["tg"], given["omega_c"], given["xi"], given["D"])
        return conductivity.reduced_conductivity(T, given["tg"], spectrum, excited=excited)

    return value(given), jax.jacfwd(value)(given)


def test_derivatives():
    rows = table.entries("reduced_conductivity", "derivative")
    rows = [e for e in rows if e["spectrum"]["kind"] == "broadened"]
    assert rows
    for e in rows:
        spectrum, a = e["spectrum"], e["arguments"]
        given = {key: spectrum[key] for key in ("tg", "omega_c", "xi", "D")}
        kappa, got = slopes_of(array(a["T"]), given, excited=a["excited"])
        for name, value in e["value"].items():
            assert_slopes_close(got[name], value, kappa, spectrum[name])


def test_low_temperature_limit():
    # l/λ = R e/√2π⁻¹ …: at T → 0 only ρ(0) = e/√2π scatters, κ/κ₀ = 6ζ(3) R T²/(1.0844 + small)
    spectrum, T = ripplons.discrete_spectrum(), jnp.array([1e-5])
    bare = 6 * zeta(3) * 150 * 1e-10 / (np.e / np.sqrt(2 * np.pi))
    found = reduced_with(T, 4.0, spectrum, 150.0, saturation=False)
    assert float(found[0]) == pytest.approx(bare, rel=0.02)


def test_frequencies_of_each_temperature_own():
    """The 28 nodes up to 25T against 400 Gauss-Legendre nodes in √ω over 0 … 1, of the same densities."""
    T = np.geomspace(1e-5, 1.0, 9)
    x, weight = np.polynomial.legendre.leggauss(400)

    @jax.jit
    def both(tg, omega_c, xi):
        spectrum = ripplons.broadened_spectrum(tg, omega_c, xi)
        given = Counting.of(spectrum, tg, "uniform"), 200.0, conductivity.Scattering(c=0.15, B=700.0)
        kappa = conductivity.joint_conductivity(jnp.asarray(T), *given)
        omega = jnp.asarray(np.minimum(1.0, 40 * T)[:, None] * (x + 1) ** 2 / 4)
        return (
            kappa,
            omega,
            conductivity.mean_free_path(omega, jnp.asarray(T), *given),
        )

    for at in ((1.5, 1.9, 5.8), (4.4, 1.8, 5.8), (6.0, 0.5, 6.5)):
        kappa, omega, path = (np.asarray(value) for value in both(*at))
        half = omega / (2 * T[:, None])
        heat = (half / np.sinh(half)) ** 2
        width = np.minimum(1.0, 40 * T)[:, None] * (x + 1) / 2 * weight  # dω
        np.testing.assert_allclose(kappa, np.sum(width * omega * path * heat, axis=1), rtol=3e-6)


def test_joint_model_at_its_calibration():
    # without c and B, R is l/λ at ω = T = ω₀ whatever the spectrum
    omega = jnp.array([conductivity.CALIBRATION])

    @jax.jit
    def path(tg, omega_c):
        counted = Counting.of(ripplons.broadened_spectrum(tg, omega_c), tg)
        return conductivity.mean_free_path(omega, omega, counted, 150.0, conductivity.Scattering(floor=0.0))

    assert float(path(4.0, 1.8)[0, 0]) == pytest.approx(150, rel=1e-12)


@pytest.mark.slow
def test_cut_fast_centres_only_matter_at_high_frequency():
    counted, T = Counting.of(ripplons.broadened_spectrum(4.0, 1.8), 4.0), jnp.array([1e-3, 0.1])
    both = [
        conductivity.joint_conductivity(T, counted, 150.0, conductivity.Scattering(0.0, 117.0, 1.0, cut))
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


def saturated(x):
    """Integrand of κ ∝ ∫dx x C(x)/tanh(x/2) at low T."""
    return x * (x / 2 / np.sinh(x / 2)) ** 2 / np.tanh(x / 2)


def test_saturation_at_low_temperature():
    # theory.md, Sec. 14: low-T κ times 0.63
    expected = np.tanh(0.5) * quad(saturated, 1e-9, 200)[0] / (6 * zeta(3))
    assert expected == pytest.approx(0.63, abs=5e-3)
    T, spectrum = jnp.array([3e-5]), ripplons.discrete_spectrum()
    plain, with_tanh = (
        reduced_with(T, 4.0, spectrum, 1e4, saturation=saturation) for saturation in (False, True)
    )
    # the floor is 10⁻⁴ of R, and κ below the lowest node, 5·10⁻³ of it, is closed to a tenth
    assert float(with_tanh[0] / plain[0]) == pytest.approx(expected, rel=1e-3)
    # full populations: the same factor, without the saddle point's e/√2π and its ρ_exc, 4·10⁻³ even as T → 0
    full = reduced(T, 4.0, spectrum, 1e4, excited="populations")
    assert float(full[0] / plain[0]) == pytest.approx(expected * np.e / np.sqrt(2 * np.pi), rel=6e-3)


reduced_with = jax.jit(conductivity.reduced_conductivity, static_argnames=("saturation",))


@pytest.mark.parametrize("excited", ["thermal", "populations"])
@pytest.mark.parametrize("saturation", [False, True])
def test_calibration_of_every_rule(excited, saturation):
    # R is l/λ at ω = T = ω₀ whatever counts the states; rates fall as tanh(βω/2) below, fast ones only if asked to
    omega, spectrum = jnp.array([conductivity.CALIBRATION, 1e-4]), ripplons.broadened_spectrum(4.0, 1.8)
    path = conductivity.mean_free_path(
        omega,
        omega[:1],
        Counting.of(spectrum, 4.0, excited=excited),
        150.0,
        conductivity.Scattering(B=1e9, floor=0.0),
        saturation=saturation,
    )
    assert float(path[0, 0]) == pytest.approx(150, rel=1e-12)
    slower = np.tanh(0.5) / np.tanh(0.05) if saturation else 1.0
    assert float(path[0, 1]) == pytest.approx(1500 * slower, rel=1e-4)


def test_unknown_rules_are_refused():
    with pytest.raises(GlassjaxError, match="population"):
        Counting.of(ripplons.discrete_spectrum(), 4.0, excited="population")


@pytest.mark.slow
def test_populations_conduct_more_than_the_thermal_rule():
    # theory.md, Sec. 4: scattering saturates, and the plateau is lost
    T, spectrum = jnp.array([0.01, 0.03, 0.1, 0.2]), ripplons.broadened_spectrum(4.0, 1.8)
    full, thermal = (
        conductivity.joint_conductivity(
            T, Counting.of(spectrum, 4.0, excited=excited), 238.0, conductivity.Scattering(B=117.0)
        )
        for excited in ("populations", "thermal")
    )
    ratio = np.asarray(full / thermal)
    np.testing.assert_allclose(ratio, [1.02, 1.53, 8.06, 6.50], rtol=5e-3)


@jax.jit
def populations_and_slopes(p):
    T = jnp.array([1e-5, 1e-3, 0.03, 0.12, 1.0])

    def value(p):
        tg, omega_c, c, B = p
        spectrum = ripplons.broadened_spectrum(tg, omega_c)
        scattering = conductivity.Scattering(c, B)
        return jnp.log(
            conductivity.joint_conductivity(
                T, Counting.of(spectrum, tg, excited="populations"), 150.0, scattering, saturation=True
            )
        )

    return value(p), jax.jacfwd(value)(p)


@pytest.mark.slow
def test_derivatives_of_populations():
    at = jnp.array([4.0, 1.7, 0.1, 100.0])
    _, slopes = populations_and_slopes(at)
    for i in range(4):
        e = jnp.zeros(4).at[i].set(1e-5 * at[i])
        difference = (populations_and_slopes(at + e)[0] - populations_and_slopes(at - e)[0]) / (2 * e[i])
        np.testing.assert_allclose(slopes[:, i], difference, rtol=1e-5, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("at", [(5.0, 0.0, 0.0), (2.0, 0.5, 1000.0)])
def test_populations_in_both_precisions(at):
    spectrum = ripplons.broadened_spectrum(4.0, 1.8)
    frequencies, weights = (np.asarray(part) for part in spectrum)

    def value(p):
        T = jnp.array([1e-5, 1e-3, 0.03, 0.12, 1.0])
        given = ripplons.Spectrum(frequencies, jnp.asarray(weights, float))
        scattering = conductivity.Scattering(p[1], p[2])
        counted = Counting.of(given, p[0], excited="populations")
        kappa = conductivity.joint_conductivity(T, counted, 150.0, scattering, saturation=True)
        return jnp.log(kappa)

    slope = jax.jit(lambda p: jax.jvp(value, (p,), (jnp.ones_like(p),)))
    results = []
    for x64 in (True, False):
        with jax.enable_x64(x64):
            results.append([np.asarray(x) for x in slope(jnp.asarray(at, float))])
    assert results[1][0].dtype == np.float32
    np.testing.assert_allclose(results[1][0], results[0][0], atol=1e-3)
    np.testing.assert_allclose(results[1][1], results[0][1], atol=1e-2)


def test_constant_path_of_fig_1():
    # QUADPACK on the Debye integral; 6ζ(3) R T² at low T
    T = np.array([1e-5, 1e-3, 0.1, 1.0])
    expected = [
        150
        * quad(lambda w, t=t: w * (w / (2 * t) / np.sinh(w / (2 * t))) ** 2, 0, min(1, 80 * t), epsrel=1e-11)[
            0
        ]
        for t in T
    ]
    got = conductivity.constant_path_conductivity(jnp.asarray(T), 150.0)
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert float(got[0]) == pytest.approx(6 * zeta(3) * 150 * 1e-10, rel=1e-6)
    slope = jax.grad(lambda t: conductivity.constant_path_conductivity(jnp.array([t]), 1.0)[0])(0.1)
    step = conductivity.constant_path_conductivity(jnp.array([0.1 + 1e-5, 0.1 - 1e-5]), 1.0)
    assert float(slope) == pytest.approx(float(step[0] - step[1]) / 2e-5, rel=1e-6)

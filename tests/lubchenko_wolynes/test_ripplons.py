"""Ripplons and their canonical sums against the oracle's adaptively resolved profiles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import ripplons
from glassjax.lubchenko_wolynes.canonical import tabulate
from tests.oracles import table

from .spectra import array, assert_close, spectrum_of


def test_prefactor_and_frequencies_of_eq_33():
    assert ripplons.prefactor() == pytest.approx(1.342857388762, abs=1e-11)
    spectrum = ripplons.discrete_spectrum()
    assert float(spectrum.frequencies[0]) == pytest.approx(0.14919, abs=1e-5)  # 1.06 THz in silica
    assert float(jnp.sum(spectrum.weights)) == 96
    assert np.all(np.diff(spectrum.frequencies) > 0)


def test_shift_function():
    # the box average is closed; the Gaussian one is a 257-node trapezoidal rule over a logarithm, 10⁻⁵
    def compute(entry):
        a = entry["arguments"]
        x = array(a["x"])
        if a["smearing"] == "sharp":
            x = jnp.where(x == 1, 1 + 1e-9, x)
        return ripplons.shift_function(x, 1 / np.sqrt(a["D"]), a["smearing"])

    entries = table.entries("dispersion")
    closed = [e for e in entries if e["arguments"]["smearing"] == "box"]
    assert_close(closed, compute, 1e-7, floor=1e-2)
    rest = [e for e in entries if e["arguments"]["smearing"] != "box"]
    for entry in rest:
        x = np.asarray(entry["arguments"]["x"])
        keep = (x != 1) | (entry["arguments"]["smearing"] != "sharp")
        got = np.asarray(compute(entry))[keep]
        np.testing.assert_allclose(got, np.asarray(entry["value"])[keep], rtol=3e-5, atol=2e-8)


def test_printed_values_of_the_shift_function():
    x = jnp.array([0.0, 0.95])
    np.testing.assert_allclose(ripplons.shift_function(x, 30**-0.5), [0.344444, -0.511660], atol=5e-7)


@pytest.mark.parametrize(("tg", "modes"), [(2.0, 33.0), (3.5, 29.2), (4.0, 28.7), (5.0, 28.3)])
def test_modes_left_by_the_cubic_friction(tg, modes):
    spectrum = ripplons.broadened_spectrum(tg, 1.8)
    assert float(jnp.sum(spectrum.weights)) == pytest.approx(modes, abs=0.05)
    whole = ripplons.broadened_spectrum(tg, 1.8, normalise=True)
    assert float(jnp.sum(whole.weights)) == pytest.approx(96, rel=1e-12)


def test_number_of_modes():
    # the trapezoidal rule over resonances: 10⁻⁵; above ω = 300 the profiles hold 10⁻⁶ of the modes
    assert_close(table.entries("modes"), lambda e: jnp.sum(spectrum_of(e).weights), 3e-5)


@pytest.mark.parametrize(
    ("function", "column"),
    [("energy", "log_energy"), ("log_partition", "log_partition"), ("variance", "log_variance")],
)
def test_canonical_sums(function, column):
    # 5·10⁻⁵ of the largest narrow resonances; the quintic table alone is below 10⁻⁶
    def compute(entry):
        s = array(entry["arguments"]["s"])
        value = getattr(tabulate(spectrum_of(entry)).at(jnp.log(s)), column)
        power = {"energy": 1, "variance": 2}.get(function)
        return value if power is None else jnp.exp(value) / s**power

    # below 10⁻¹⁰ of a mode nothing observable is left; ln Z is an exponent, so its absolute error counts
    floor = 1e-2 if function == "log_partition" else 1e-10
    assert_close(table.entries(function), compute, 6e-5, floor=floor)


def test_inverse_of_the_energy():
    rows = tabulate(ripplons.broadened_spectrum(4.0, 1.8))
    y = jnp.geomspace(1e-7, 300.0, 400)
    log_s, sums = rows.inverse(jnp.log(y))
    np.testing.assert_allclose(jnp.exp(sums.log_energy - log_s), y, rtol=1e-5)
    log_s, sums = rows.inverse(jnp.log(y), origin=jnp.asarray(0.25))
    found = jnp.exp(sums.log_energy - log_s) + 1 / (jnp.exp(log_s) + 0.25)
    np.testing.assert_allclose(found, y, rtol=1e-5)


def test_softening_and_its_inverse():
    assert_close(
        table.entries("softening"),
        lambda e: ripplons.softening(*(e["spectrum"][k] for k in ("tg", "omega_c", "xi", "D", "smearing"))),
        1e-8,
        floor=1e-9,
    )
    # the bounds quoted in Sec. 5
    for tg, omega_c in ((9.66, 1.8), (7.04, 2.0), (3.61, 2.5)):
        assert float(ripplons.softening(tg, omega_c)) == pytest.approx(1, abs=2e-3)
        assert float(ripplons.omega_c_from_softening(1.0, tg)) == pytest.approx(omega_c, rel=1e-3)


def test_no_coupling_to_phonons_is_a_limit():
    at_zero = ripplons.broadened_spectrum(4.0, 0.0).weights
    near_zero = ripplons.broadened_spectrum(4.0, 0.02).weights
    np.testing.assert_allclose(near_zero, at_zero, rtol=1e-4, atol=1e-12)
    slope = jax.grad(lambda oc: jnp.sum(ripplons.broadened_spectrum(4.0, oc).weights))
    assert np.isfinite(slope(0.0))


@pytest.mark.parametrize("smearing", ripplons.SMEARINGS)
def test_gradient_of_the_spectrum(smearing):
    def modes(parameters):
        tg, omega_c, xi, D = parameters
        spectrum = ripplons.broadened_spectrum(tg, omega_c, xi, D, smearing)
        return jnp.sum(spectrum.weights * jnp.exp(-7 * spectrum.frequencies))

    at = jnp.array([4.0, 1.7, 5.8, 30.0])
    exact = jax.grad(modes)(at)
    for i in range(4):
        step = 1e-5 * at[i]
        e = jnp.zeros(4).at[i].set(step)
        central = (modes(at + e) - modes(at - e)) / (2 * step)
        np.testing.assert_allclose(exact[i], central, rtol=2e-5, atol=1e-9)


def test_narrow_resonances_never_spike():
    # far beyond the box a resonance narrower than the grid fades out instead of hitting or missing a node
    soft = jnp.linspace(0.88, 1.2, 400)
    count = jax.vmap(lambda s: jnp.sum(ripplons.broadened_spectrum(4.0, _omega_c(s)).weights))(soft)
    assert np.all(np.isfinite(count))
    assert np.max(count) < 45
    assert np.max(np.abs(np.diff(count))) < 2.5  # half of the mode's five states, over a step of 8·10⁻⁴


def _omega_c(soft):
    return ripplons.omega_c_from_softening(soft, 4.0)


def test_unknown_smearing_suggests_the_nearest():
    with pytest.raises(GlassjaxError, match="did you mean 'gauss'"):
        ripplons.broadened_spectrum(4.0, 1.8, smearing="gaus")

"""Ripplons and their canonical sums against the oracle's adaptively resolved profiles."""

import os
import subprocess
import sys
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import canonical, coupling, ripplons
from glassjax.lubchenko_wolynes.canonical import LOG_S, tabulate
from tests.oracles import ripplons as oracle
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
        return coupling.shift_function(x, 1 / np.sqrt(a["D"]), a["smearing"])

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
    np.testing.assert_allclose(coupling.shift_function(x, 30**-0.5), [0.344444, -0.511660], atol=5e-7)


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


def test_cells_of_the_table():
    """The arithmetic that finds a cell against a search through the nodes, and at the ends."""
    log_s = np.concatenate(
        [np.random.default_rng(0).uniform(LOG_S[0], LOG_S[-1], 500), LOG_S[[0, -1]], [-9, 30]]
    )
    expected = np.clip(np.searchsorted(LOG_S, log_s, side="right") - 1, 0, len(LOG_S) - 2)
    np.testing.assert_array_equal(canonical._cell(jnp.asarray(log_s)), expected)


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


@pytest.mark.parametrize(
    "smearing", ["box", *(pytest.param(other, marks=pytest.mark.slow) for other in ("gauss", "sharp"))]
)
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


@pytest.mark.slow
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


@pytest.mark.parametrize("smearing", ripplons.SMEARINGS)
def test_friction_that_ends_with_the_phonons(smearing):
    omega, cut, delta = np.linspace(0.01, 0.6, 300), 1.8 / 5.8, 30**-0.5
    expected = 6 * np.pi * omega**3 * oracle.survival(omega / cut, smearing, delta)
    got = ripplons.friction(omega, 4.0, 1.8, smearing=smearing, form="cut-off")
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(ripplons.friction(omega, 4.0), 6 * np.pi * omega**3, rtol=1e-14)


def test_friction_and_shift_are_one_causal_function():
    # shift(ω) = (1/π) P∫ γ(ω')dω'/(ω' - ω), by QUADPACK's Cauchy weight; the box's kink costs 10⁻⁹
    def gamma(y):
        return float(oracle.friction(y, 4.0) * oracle.survival(y * 5.8 / 1.8, "box", 30**-0.5))

    edges = np.array([0, 1 - 30**-0.5, 1 + 30**-0.5]) * 1.8 / 5.8
    for omega in (0.1, 0.31, 0.5):
        total = 0.0
        for low, high in pairwise(edges):
            inside = {"weight": "cauchy", "wvar": omega} if low < omega < high else {}
            f = gamma if inside else lambda y: gamma(y) / (y - omega)  # noqa: B023
            total += integrate.quad(f, low, high, epsabs=1e-13, **inside)[0] / np.pi
        assert float(ripplons.shift(jnp.array([omega]), 4.0, 1.8)[0]) == pytest.approx(total, rel=1e-7)


_cut_off = jax.jit(
    lambda tg, omega_c, smearing: ripplons.broadened_spectrum(
        tg, omega_c, smearing=smearing, friction="cut-off"
    ),
    static_argnums=2,
)
S = np.array([0.0, 1, 3, 10, 30, 100, 300])


@pytest.mark.parametrize(
    ("smearing", "tg", "omega_c", "rtol"),
    [
        ("box", 4.0, 1.8, 3e-5),
        ("box", 8.0, 1.8, 3e-5),
        # lines just below the end of the cut-off: their place is known to one node, 1 % of ω
        ("box", 4.0, 1.75, 1e-4),
        ("box", 4.0, 0.85, 3e-3),
        # 257 nodes in H, and resonances in the tail taken over by the lines
        pytest.param("gauss", 4.0, 1.8, 3e-4, marks=pytest.mark.slow),
        pytest.param("sharp", 4.0, 1.8, 3e-5, marks=pytest.mark.slow),
        pytest.param("sharp", 4.0, 1.0, 3e-5, marks=pytest.mark.slow),
        pytest.param("box", 1.0, 1.8, 3e-5, marks=pytest.mark.slow),
        pytest.param("box", 4.0, 1.0, 3e-5, marks=pytest.mark.slow),
    ],
)
def test_causal_spectrum_against_exact_diagonalisation(smearing, tg, omega_c, rtol):
    spectrum = _cut_off(tg, omega_c, smearing)
    frequencies, weights = np.asarray(spectrum.frequencies), np.asarray(spectrum.weights)
    assert np.sum(weights) == pytest.approx(96, rel=3e-5)
    assert np.min(weights) >= 0
    expected = 0
    for index, l in enumerate(range(2, 10)):  # noqa: E741
        sums, line, share = oracle.causal_mode(l, tg, omega_c, S, smearing=smearing)
        expected = expected + (2 * l + 1) * sums
        end = omega_c / 5.8 * (1 + {"box": 30**-0.5, "sharp": 0}.get(smearing, np.inf))
        if line > end * 1.02:  # clear of the continuum, which the oracle discretises
            assert frequencies[index - 8] == pytest.approx(line, rel=1e-6)
            assert weights[index - 8] == pytest.approx((2 * l + 1) * share, rel=1e-5)
    np.testing.assert_allclose(np.exp(-np.outer(S, frequencies)) @ weights, expected, rtol=rtol)


def test_causal_spectrum_without_coupling_is_the_discrete_one():
    spectrum, discrete = _cut_off(4.0, 0.0, "box"), ripplons.discrete_spectrum()
    np.testing.assert_allclose(spectrum.frequencies[-8:], discrete.frequencies, rtol=1e-12)
    np.testing.assert_allclose(spectrum.weights[-8:], discrete.weights, rtol=1e-12)
    assert float(jnp.sum(spectrum.weights[:-8])) < 1e-6


@pytest.mark.parametrize(
    "smearing", ["box", *(pytest.param(other, marks=pytest.mark.slow) for other in ("gauss", "sharp"))]
)
def test_gradient_of_the_causal_spectrum(smearing):
    @jax.jit
    @jax.value_and_grad
    def modes(parameters):
        tg, omega_c, xi, D = parameters
        spectrum = ripplons.broadened_spectrum(tg, omega_c, xi, D, smearing, friction="cut-off")
        return jnp.sum(spectrum.weights * jnp.exp(-7 * spectrum.frequencies))

    at = jnp.array([4.0, 1.9, 5.8, 30.0])
    exact = modes(at)[1]
    for i in range(4):
        e = jnp.zeros(4).at[i].set(1e-5 * at[i])
        central = (modes(at + e)[0] - modes(at - e)[0]) / (2e-5 * at[i])
        np.testing.assert_allclose(exact[i], central, rtol=1e-4, atol=1e-6)
    for omega_c in np.linspace(0, 2.5, 26):  # lines leave the continuum on the way
        assert np.all(np.isfinite(modes(jnp.array([4.0, omega_c, 5.8, 30.0]))[1]))


SINGLE = """
import jax, jax.numpy as jnp
from glassjax.lubchenko_wolynes import canonical, coupling, ripplons

@jax.jit
@jax.value_and_grad
def modes(parameters):
    return jnp.sum(ripplons.broadened_spectrum(4.0, *parameters, friction="cut-off").weights)

for omega_c in (0.0, 0.5, 1.8, 2.2):
    value, slope = modes((jnp.float32(omega_c), jnp.float32(5.8), jnp.float32(30)))
    print(value.dtype, value, *slope)
"""


def test_causal_spectrum_in_single_precision():
    run = subprocess.run(
        [sys.executable, "-c", SINGLE],
        check=True, capture_output=True, text=True, env={**os.environ, "JAX_ENABLE_X64": "0"},
    )  # fmt: skip
    for line in run.stdout.splitlines():
        dtype, modes, *slopes = line.split()
        assert dtype == "float32"
        assert float(modes) == pytest.approx(96, rel=2e-3)
        assert np.all(np.isfinite([float(slope) for slope in slopes]))
    assert len(run.stdout.splitlines()) == 4


def test_unknown_friction_is_refused():
    with pytest.raises(GlassjaxError, match="did you mean 'cubic'"):
        ripplons.broadened_spectrum(4.0, 1.8, friction="cubik")
    with pytest.raises(GlassjaxError, match="needs omega_c"):
        ripplons.friction(0.1, 4.0, form="cut-off")


def test_an_unknown_smearing_is_refused():
    with pytest.raises(GlassjaxError, match="no smearing 'boxx', did you mean 'box'"):
        ripplons.shift(jnp.array([0.1]), 4.0, 1.8, smearing="boxx")

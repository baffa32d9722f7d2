"""The saddle for both directions of energy: against mpmath, against exact counting, and its derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import conductivity as package
from glassjax.lubchenko_wolynes import levels, ripplons, uniform
from glassjax.lubchenko_wolynes.canonical import tabulate
from tests.oracles import levels as enumeration
from tests.oracles import uniform as oracle
from tests.oracles.ripplons import Rule, discrete

OMEGA = np.geomspace(1e-4, 1.0, 121)
T = np.geomspace(1e-3, 0.3, 12)
total = jax.jit(uniform.log_total_density)
ground = jax.jit(uniform.log_ground_density)
excited = jax.jit(uniform.log_excited_density)
broadened = jax.jit(ripplons.broadened_spectrum)
exact_ground = jax.jit(levels.exact_ground_density)
exact_excited = jax.jit(levels.exact_excited_density)


def conductivity(density):
    """κ/κ₀ at R = 150 on the grid above; (T, ω)."""
    x = OMEGA[None, :] / (2 * T[:, None])
    heat = (x / np.sinh(np.minimum(x, 300.0))) ** 2
    return np.trapezoid(OMEGA[None, :] ** 2 * heat * (150 / density + 1), np.log(OMEGA), axis=-1)


@pytest.mark.parametrize(
    ("omega", "temperature"), [(1e-4, 0.02), (0.1, 0.004), (0.14, 0.05), (0.2, 0.01), (0.9, 0.1), (0.5, 1.0)]
)
def test_is_the_saddle_it_says(omega, temperature):
    tg = 4.0
    spectrum = ripplons.discrete_spectrum()
    at = jnp.asarray([omega]), jnp.asarray([temperature]), tg, spectrum
    expected = oracle.log_excess(omega, temperature, tg, discrete())
    # interpolation of the table, 10⁻⁵ in the exponent of a discrete spectrum
    assert float(total(*at)[0, 0]) == pytest.approx(np.logaddexp(-omega / tg, expected), abs=3e-5)
    expected = oracle.log_excess(omega, temperature, tg, discrete(), ground=False)
    assert float(excited(*at)[0, 0]) == pytest.approx(expected, abs=3e-5)


def test_is_the_saddle_of_a_broadened_spectrum():
    spectrum = broadened(4.0, 1.8)
    # eight narrow lines over a smooth tail, few enough for mpmath
    keep = slice(None, None, 16)
    few = ripplons.Spectrum(spectrum.frequencies[keep], 16 * spectrum.weights[keep])
    at = jnp.asarray([0.07]), jnp.asarray([0.02]), 4.0, few
    expected = oracle.log_excess(0.07, 0.02, 4.0, Rule(*map(np.asarray, few)))
    # where single ripplons give way to the tail the table is good to 10⁻³
    assert float(total(*at)[0, 0]) == pytest.approx(np.logaddexp(-0.07 / 4.0, expected), abs=1e-3)


@pytest.mark.parametrize(
    ("tg", "omega_c"), [(1.5, None), (6.0, None), (1.5, 0.0), (1.5, 2.2), (4.0, 2.1), (6.0, 1.8)]
)
def test_conductivity_within_three_per_cent(tg, omega_c):
    if omega_c is None:
        spectrum, exact = ripplons.discrete_spectrum(), levels.discrete_levels()
    else:
        spectrum = broadened(tg, omega_c)
        exact = levels.broadened_levels(spectrum)
    expected = np.asarray(exact_ground(OMEGA, tg, exact))[None, :]
    expected = expected + np.asarray(exact_excited(OMEGA, T, tg, exact, tabulate(spectrum)))
    got = np.exp(np.asarray(total(OMEGA, T, tg, spectrum)))
    error = conductivity(got) / conductivity(expected) - 1
    # measured: -0.010 … 0.026 without coupling (at T = 0.08), -0.011 … 0.018 with it
    assert np.max(np.abs(error)) < (0.028 if omega_c is None else 0.02), error
    assert np.max(np.abs(error[T < 2.5e-3])) < 3e-3


def test_conductivity_by_name():
    spectrum = ripplons.discrete_spectrum()
    got = jax.jit(package.reduced_conductivity, static_argnames="method")(T, 4.0, spectrum, method="uniform")
    own = conductivity(np.exp(np.asarray(total(OMEGA, T, 4.0, spectrum))))
    # the grid above leaves out ω < 10⁻⁴, 10⁻³ of κ at T = 10⁻³
    np.testing.assert_allclose(got[3:], own[3:], rtol=1e-3)


def test_conductivity_of_another_size_by_enumeration():
    tg, xi = 3.0, 6.6
    energies, counts = enumeration.occupations(discrete(xi), 3.0)
    y = OMEGA[:, None] - energies[None, :]
    few = T[T < 0.06]  # higher levels do not count yet
    density = []
    for temperature in T:
        above = 2 / (np.exp(np.minimum(np.maximum(-y, 0) / temperature, 600.0)) + 1)
        density.append((np.where(y >= 0, 1.0, above) * np.exp(-np.abs(y) / tg)) @ counts)
    got = np.exp(np.asarray(total(OMEGA, T, tg, ripplons.discrete_spectrum(xi))))
    error = (conductivity(got) / conductivity(np.array(density)) - 1)[: len(few)]
    assert np.max(np.abs(error)) < 0.028


def test_ground_state_alone_far_below_the_lowest_ripplon():
    got = total(OMEGA, T, 4.0, ripplons.discrete_spectrum())[0]
    # e^{-(ω_2-ω)/T} at T = 10⁻³
    np.testing.assert_allclose(got[OMEGA < 0.125], -OMEGA[OMEGA < 0.125] / 4.0, atol=1e-8)


def test_densities_of_a_damped_spectrum():
    tg, spectrum = 4.0, broadened(4.0, 1.0)
    exact = levels.broadened_levels(spectrum)
    got = np.exp(ground(OMEGA, tg, spectrum))
    np.testing.assert_allclose(got, exact_ground(OMEGA, tg, exact), rtol=0.06)
    got = np.exp(excited(OMEGA, T, tg, spectrum))
    expected = exact_excited(OMEGA, T, tg, exact, tabulate(spectrum))
    # by its own saddle, without what joins it to ρ: worse the colder
    np.testing.assert_allclose(got[T > 0.03], expected[T > 0.03], rtol=0.2)


@pytest.mark.parametrize("coupled", [True, False])
def test_slopes_agree_with_differences(coupled):
    at = jnp.asarray([1e-3, 0.03, 0.1, 0.149, 0.16, 0.4]), jnp.asarray([0.004, 0.02, 0.08, 0.3])
    start, along = jnp.asarray([3.5, 1.6, 5.9]), jnp.asarray([0.7, -0.4, 0.5])

    def logs(step):
        tg, omega_c, xi = start + step * along
        spectrum = ripplons.broadened_spectrum(tg, omega_c, xi) if coupled else ripplons.discrete_spectrum(xi)
        return uniform.log_total_density(*at, tg, spectrum)

    run = jax.jit(lambda step: jax.jvp(logs, (step,), (jnp.ones_like(step),)))
    h = 1e-4
    slope = run(0.0)[1]
    difference = np.asarray((run(h)[0] - run(-h)[0]) / (2 * h))
    # rounding of the differences; the steps are small beside the cells of the table
    np.testing.assert_allclose(slope, difference, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_finite_at_the_corners_in_both_precisions():
    corners = [
        (tg, soft, xi, D) for tg in (1.0, 8.0) for soft in (0.0, 0.9) for xi, D in ((5.0, 5.0), (7.0, 100.0))
    ]
    spectra = [
        jax.tree.map(np.asarray, broadened(tg, ripplons.omega_c_from_softening(soft, tg, xi, D), xi, D))
        for tg, soft, xi, D in corners
    ]
    values = []
    for x64 in (True, False):
        with jax.enable_x64(x64):
            omega, few = jnp.geomspace(6e-7, 1.0, 20), jnp.geomspace(1e-5, 1.0, 6)
            frequencies = jnp.asarray(spectra[0].frequencies, float)

            def logs(tg, weights, xi, omega=omega, few=few, frequencies=frequencies):
                coupled = uniform.log_total_density(omega, few, tg, ripplons.Spectrum(frequencies, weights))
                sharp = uniform.log_excited_density(omega, few, tg, ripplons.discrete_spectrum(xi))
                return jnp.sum(coupled + sharp) / coupled.size

            run = jax.jit(jax.value_and_grad(logs, argnums=(0, 1, 2)))
            for (tg, _, xi, _), spectrum in zip(corners, spectra, strict=True):
                at = jnp.asarray(tg, float), jnp.asarray(spectrum.weights, float), jnp.asarray(xi, float)
                value, slopes = run(*at)
                assert value.dtype == (jnp.float64 if x64 else jnp.float32)
                assert all(np.all(np.isfinite(part)) for part in (value, *slopes))
                values.append(float(value))
    # logarithms up to 100, minus thousands where ρ_exc vanishes, in float32
    half = len(corners)
    np.testing.assert_allclose(values[half:], values[:half], rtol=1e-4)

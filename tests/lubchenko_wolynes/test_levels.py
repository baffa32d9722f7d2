"""Exact levels and densities against enumeration by another algorithm and against contour integrals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import counting, levels, ripplons
from glassjax.lubchenko_wolynes.canonical import tabulate
from tests.oracles import levels as oracle
from tests.oracles.ripplons import Rule, discrete

TG = 4.0
ground = jax.jit(levels.exact_ground_density)
cumulative = jax.jit(levels.exact_cumulative_density)
excited = jax.jit(levels.exact_excited_density)
populations = jax.jit(counting.log_population_density)
of_spectrum = jax.jit(levels.of_spectrum)


@pytest.fixture(scope="module")
def enumerated():
    """All levels below 5."""
    return oracle.occupations(discrete(), 5.0)


@pytest.fixture(scope="module")
def sharp():
    return levels.discrete_levels(), tabulate(ripplons.discrete_spectrum())


@pytest.fixture(scope="module")
def broad():
    # a well damped spectrum, whose partition function the contour resolves with few points
    spectrum = jax.jit(ripplons.broadened_spectrum)(8.0, 1.2)
    return spectrum, levels.broadened_levels(spectrum), tabulate(spectrum)


@pytest.mark.parametrize(("highest", "count"), [(1.0, 67), (2.0, 923), (3.0, 6038)])
def test_discrete_levels(highest, count):
    # the numbers of theory.md, which count the ground state
    energies, counts = oracle.occupations(discrete(), highest)
    got = levels.discrete_levels(highest=highest)
    assert len(energies) == count == len(got.energies) + 1
    np.testing.assert_allclose(got.energies, energies[1:], rtol=1e-8)
    np.testing.assert_allclose(np.exp(got.log_counts), counts[1:], rtol=1e-12)


def test_discrete_levels_scale_with_the_size_of_the_region():
    value, slope = jax.jvp(lambda xi: levels.discrete_levels(xi, 1.0).energies, (6.5,), (1.0,))
    np.testing.assert_allclose(
        value[:2], [ripplons.frequency(2, 6.5), ripplons.frequency(3, 6.5)], rtol=1e-12
    )
    np.testing.assert_allclose(slope, -1.25 * value / 6.5, rtol=1e-12)


def test_densities_of_sharp_levels(sharp, enumerated):
    energies, counts = enumerated
    omega = np.array([1e-6, 0.1, 0.16, 0.5, 0.99])
    for w, got in zip(omega, np.asarray(ground(jnp.asarray(omega), TG, sharp[0])), strict=True):
        below = energies <= w
        expected = np.sum(counts[below] * np.exp(-(w - energies[below]) / TG))
        assert got == pytest.approx(expected, rel=1e-9)
    for w, E in ((1e-3, 0.2), (0.1, 1.0), (0.7, 2.0)):
        inside = (energies > w) & (energies < w + E)
        expected = np.sum(counts[inside] * np.exp(-(energies[inside] - w) / TG))
        assert float(cumulative(w, E, TG, sharp[0])) == pytest.approx(expected, rel=1e-9)
    T = np.array([0.005, 0.02, 0.05, 0.1])
    got = np.asarray(excited(jnp.asarray(omega), jnp.asarray(T), TG, *sharp))
    expected = [[oracle.excited(w, t, TG, energies, counts) for w in omega] for t in T]
    # the tail above 3 comes from the table (10⁻⁶) and fades out where it is 10⁻³ of the sum
    np.testing.assert_allclose(got, expected, rtol=2e-3)
    np.testing.assert_allclose(got[:3], expected[:3], rtol=1e-6)


@pytest.mark.parametrize("tg", [2.0, TG])
def test_populations_of_sharp_levels(sharp, enumerated, tg):
    omega, T = np.array([1e-4, 0.03, 0.2, 1.0]), np.array([1e-3, 0.01, 0.04, 0.1])
    got = np.exp(populations(jnp.asarray(omega), jnp.asarray(T), tg, *sharp))
    expected = [[oracle.populations(w, t, tg, *enumerated) for w in omega] for t in T]
    np.testing.assert_allclose(got, expected, rtol=2e-3)
    np.testing.assert_allclose(got[:3], expected[:3], rtol=1e-6)


@pytest.mark.parametrize("T", [0.1, 0.3, 1.0])
def test_populations_up_to_high_temperature(T):
    # a few modes, enumerated up to 60 T. The levels stop at 4, where the leading term of the tail is off by e^{-3/T}/Z;
    # sharp lines sit on two neighbouring cells of the grid
    frequencies, weights = np.array([0.4004, 0.70011]), np.array([2.0, 3.0])
    spectrum = ripplons.Spectrum(jnp.asarray(frequencies), jnp.asarray(weights))
    level = oracle.occupations(Rule(frequencies, weights), 60.0 * T)
    omega = np.array([0.01, 0.3, 1.0])
    got = populations(jnp.asarray(omega), jnp.array([T]), TG, of_spectrum(spectrum), tabulate(spectrum))
    expected = [oracle.populations(w, T, TG, *level) for w in omega]
    np.testing.assert_allclose(np.exp(got[0]), expected, rtol=1e-3)


def test_populations_at_low_temperature(broad):
    # theory.md: tanh(βω/2), but for e^{-β_g ω}
    _, level, table = broad
    T = jnp.array([1e-5, 1e-4])
    omega = jnp.array([1e-6, 1e-5, 1e-4])
    got = jnp.exp(populations(omega, T, TG, level, table))
    expected = jnp.tanh(omega[None, :] / T[:, None] / 2) * jnp.exp(-omega / TG)[None, :]
    np.testing.assert_allclose(got, expected, rtol=1e-8)


def test_broadened_levels_hold_the_partition_function(broad):
    spectrum, level, _ = broad
    frequencies, weights = np.asarray(spectrum.frequencies), np.asarray(spectrum.weights)
    # at s = 12 what lies above 4 no longer counts; at s = 200 a cell is 1/20 of the scale
    for s, fine, coarse in ((12.0, 3e-5, 5e-4), (50.0, 3e-5, 1e-4), (200.0, 1e-3, 1e-3)):
        expected = np.expm1(-np.sum(weights * np.log(-np.expm1(-s * frequencies))))
        for got, rtol in ((level, fine), (levels.coarsened(level), coarse)):
            total = np.sum(np.exp(np.asarray(got.log_counts) - s * np.asarray(got.energies)))
            assert total == pytest.approx(expected, rel=rtol)


def test_densities_of_broadened_levels(broad):
    spectrum, level, table = broad
    omega, T = np.array([1e-3, 0.1, 0.4, 0.9]), np.array([0.02, 0.05, 0.1, 0.3, 1.0])
    low, high = oracle.Contour(spectrum, 6.0, 1500.0), oracle.Contour(spectrum, 1.0, 1500.0)
    got = ground(jnp.asarray(omega), TG, level)
    np.testing.assert_allclose(got, [low.ground(w, TG) for w in omega], rtol=1e-4)
    got = np.asarray(excited(jnp.asarray(omega), jnp.asarray(T), TG, level, table))
    for i, t in enumerate(T):
        contour = low if t < 0.15 else high  # left of the pole at β + β_g
        # the trapezoid over nodes and the grid differ by 10⁻⁴; the fading tail by 10⁻³
        np.testing.assert_allclose(got[i], [contour.excited(w, t, TG) for w in omega], rtol=1e-3)


def test_lines_beside_a_continuum(broad):
    # a sharp line added to the fixed nodes multiplies the partition function by its own
    spectrum = broad[0]
    line, weight = 0.2345, 5.0

    def log_excess(place, s=15.0):
        joined = ripplons.Spectrum(
            jnp.append(jnp.asarray(spectrum.frequencies), place), jnp.append(spectrum.weights, weight)
        )
        level = levels.broadened_levels(joined)
        return jax.scipy.special.logsumexp(level.log_counts - s * level.energies)

    value, slope = jax.jit(jax.value_and_grad(log_excess))(line)
    x = 15.0 * np.asarray(spectrum.frequencies)
    rest = -np.sum(np.asarray(spectrum.weights) * np.log(-np.expm1(-x)))
    total = rest - weight * np.log(-np.expm1(-15.0 * line))
    assert float(value) == pytest.approx(np.log(np.expm1(total)), rel=1e-4)
    exact = -weight * 15.0 / np.expm1(15.0 * line) * np.exp(total) / np.expm1(total)
    assert float(slope) == pytest.approx(exact, rel=1e-3)


@pytest.mark.slow
def test_derivatives():
    omega, T = jnp.array([1e-4, 0.03, 0.3]), jnp.array([1e-5, 0.01, 0.1, 1.0])

    def total(p):
        tg, omega_c, xi = p
        spectrum = ripplons.broadened_spectrum(tg, omega_c, xi)
        level, table = of_spectrum(spectrum), tabulate(spectrum)
        exact = levels.log_exact_excited_density(omega, T[1:], tg, level, table)
        density = jnp.log(levels.exact_ground_density(omega, tg, level))
        return jnp.sum(exact) + jnp.sum(populations(omega, T, tg, level, table)) + jnp.sum(density)

    total = jax.jit(total)
    at = jnp.array([4.0, 1.7, 5.8])
    slopes = jax.jit(jax.grad(total))(at)
    for i in range(3):
        e = jnp.zeros(3).at[i].set(1e-5 * at[i])
        assert float(slopes[i]) == pytest.approx(
            float((total(at + e) - total(at - e)) / (2 * e[i])), rel=1e-4
        )


def test_gradient_of_sharp_levels(sharp):
    table = sharp[1]

    def total(xi):
        level = levels.discrete_levels(xi, 2.0)
        exact = levels.log_exact_excited_density(jnp.array([0.05]), jnp.array([0.01, 0.03]), TG, level, table)
        return jnp.sum(exact) + jnp.log(levels.exact_cumulative_density(0.05, 0.3, TG, level))

    total = jax.jit(total)
    slope = jax.jit(jax.grad(total))(5.8)
    assert float(slope) == pytest.approx(float((total(5.8 + 1e-5) - total(5.8 - 1e-5)) / 2e-5), rel=1e-6)


@jax.jit
def value_and_slopes(p):
    omega, T = jnp.array([6e-7, 1e-3, 1.0]), jnp.array([1e-5, 1e-3, 0.1, 1.0])

    def value(p):
        spectrum = ripplons.broadened_spectrum(*p)
        return populations(omega, T, p[0], levels.of_spectrum(spectrum), tabulate(spectrum))

    return value(p), jax.jacfwd(value)(p)


@pytest.mark.parametrize("setting", [(1.0, 0.0, 5.0), (8.0, 1.2, 7.0), (4.0, 2.1, 5.8)])
def test_finite_at_the_ends_of_the_range(setting):
    value, slopes = value_and_slopes(jnp.array(setting))
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(slopes))


@pytest.mark.slow
def test_single_precision(broad):
    # in float32 several dampings are stitched: ln Ω below 3 within 2·10⁻³ of float64
    spectrum, level, _ = broad
    with jax.enable_x64(False):
        single = ripplons.Spectrum(
            np.asarray(spectrum.frequencies), jnp.asarray(np.asarray(spectrum.weights, np.float32))
        )
        got = levels.broadened_levels(single)
        table = tabulate(single)
        args = (jnp.array([6e-7, 0.01, 1.0], jnp.float32), jnp.array([1e-5, 0.03, 1.0], jnp.float32), TG)
        value = counting.log_population_density(*args, levels.coarsened(got), table)
        assert got.log_counts.dtype == value.dtype == jnp.float32
        value, got = np.asarray(value), np.asarray(got.log_counts)
    below = np.asarray(level.energies) < 3.0
    np.testing.assert_allclose(got[below], level.log_counts[below], atol=2e-3)
    wide = populations(
        jnp.array([6e-7, 0.01, 1.0]),
        jnp.array([1e-5, 0.03, 1.0]),
        TG,
        levels.coarsened(level),
        broad[2],
    )
    np.testing.assert_allclose(value, wide, rtol=1e-3, atol=1e-3)

"""The exact counting engine: densities and κ against enumeration and a Volterra equation, derivatives, precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax import Glass, LubchenkoWolynes
from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import conductivity, counting, exact, ripplons
from tests.oracles import levels as oracle
from tests.oracles.ripplons import discrete, mode
from tests.oracles.volterra import Volterra

TG = 4.0


@jax.jit
def broadened(T, tg, omega_c):
    spectrum = ripplons.broadened_spectrum(tg, omega_c)
    return conductivity.reduced_conductivity(T, tg, spectrum, method="exact", return_error=True)


@jax.jit
def ladder(T, tg, xi):
    spectrum = ripplons.discrete_spectrum(xi)
    return conductivity.reduced_conductivity(T, tg, spectrum, method="exact", return_error=True)


@pytest.fixture(scope="module")
def enumerated():
    """All levels below 3.5."""
    return oracle.occupations(discrete(), 3.5)


def test_densities_of_sharp_levels(enumerated):
    # direct enumeration; 10⁻⁸ at temperatures whose states all lie below
    energies, counts = enumerated
    omega, T = (
        np.array([1e-6, 0.1, 0.16, 0.5, 0.99]),
        np.array([0.01, 0.02, 0.03]),
    )  # the oracle rounds E to 5·10⁻¹¹
    spectrum = ripplons.discrete_spectrum()
    got = counting.ground_density(omega, TG, spectrum, "exact")
    expected = [np.sum(np.where(energies <= w, counts * np.exp(-(w - energies) / TG), 0.0)) for w in omega]
    np.testing.assert_allclose(got, expected, rtol=1e-8)
    got = counting.excited_density(omega, T, TG, spectrum, "exact")
    expected = [[oracle.excited(w, t, TG, energies, counts) for w in omega] for t in T]
    np.testing.assert_allclose(got, expected, rtol=1e-8)
    got = counting.cumulative_density(omega, 0.4, TG, spectrum, "exact")
    inside = (energies[None] > omega[:, None]) & (energies[None] < omega[:, None] + 0.4)
    expected = np.sum(np.where(inside, counts * np.exp(-(energies[None] - omega[:, None]) / TG), 0.0), axis=1)
    np.testing.assert_allclose(got, expected, rtol=1e-8)


@pytest.mark.parametrize(("omega", "T"), [(0.1, 0.3), (0.5, 0.1), (0.95, 0.05), (0.95, 0.3)])
def test_hot_densities_of_sharp_levels(omega, T):
    # states far above any that can be counted, by their partition function with as many digits as it takes
    got = counting.excited_density(
        jnp.array([omega]), jnp.array([T]), TG, ripplons.discrete_spectrum(), "exact"
    )
    expected = oracle.excited_by_series(omega, T, TG, [float(mode(ell)) for ell in range(2, 10)])
    assert float(got[0, 0]) == pytest.approx(expected, rel=1e-8)


def sharp_conductivity(T, tg, energies, counts, R=150.0):
    """κ of the discrete spectrum by all given levels, Gauss-Legendre between those below 1."""
    edges = np.unique(
        np.concatenate([[1e-7], np.geomspace(1e-6, 1, 60), energies[(energies > 0) & (energies < 1)]])
    )
    x, w = np.polynomial.legendre.leggauss(6)
    omega = (edges[:-1, None] + np.diff(edges)[:, None] * (x + 1) / 2).ravel()
    weights = (np.diff(edges)[:, None] * w / 2).ravel()
    total = np.empty_like(omega)
    for i, at in enumerate(omega):
        below = energies <= at
        up = np.maximum(energies - at, 0)
        thermal = np.where(below, 1.0, 2 * np.exp(-up / T) / (1 + np.exp(-up / T)))
        total[i] = np.sum(counts * thermal * np.exp(-np.abs(energies - at) / tg))
    y = omega / T
    return np.sum(weights * omega * (y / 2 / np.sinh(np.minimum(y / 2, 300))) ** 2 * (R / total + 1))


def test_conductivity_of_sharp_levels(enumerated):
    T = np.array([1e-3, 0.01, 0.02, 0.04])
    got, error = ladder(jnp.asarray(T), TG, 5.8)
    expected = np.array([sharp_conductivity(t, TG, *enumerated) for t in T])
    np.testing.assert_allclose(got, expected, rtol=1e-6)
    assert np.all(np.abs(got / expected - 1) < 3 * error)
    assert np.all(error < 1e-5)


@pytest.mark.parametrize(
    ("tg", "omega_c"),
    [
        (2.0, 0.0),
        pytest.param(4.0, 1.8, marks=pytest.mark.slow),
        pytest.param(1.5, 2.2, marks=pytest.mark.slow),
    ],
)
def test_conductivity_against_volterra(tg, omega_c):
    # the oracle's own error is 10⁻⁶ at these temperatures, its states end at 1.2
    T = np.array([0.003, 0.005, 0.01])
    got, error = broadened(jnp.asarray(T), tg, omega_c)
    expected = Volterra(tg, omega_c).conductivity(T)
    np.testing.assert_allclose(got, expected, rtol=3e-6)
    assert np.all(np.abs(got / expected - 1) < 3 * error)
    assert np.all(error < 1e-5)


@pytest.mark.slow
def test_densities_against_a_contour():
    # a well damped spectrum, whose Z falls off within 1500 on the contour
    spectrum = jax.jit(ripplons.broadened_spectrum)(8.0, 1.2)
    omega, T = np.array([1e-3, 0.1, 0.4, 0.9]), np.array([0.02, 0.05, 0.1, 0.3])
    low, high = oracle.Contour(spectrum, 6.0, 1500.0), oracle.Contour(spectrum, 1.0, 1500.0)
    got = counting.excited_density(omega, T, TG, spectrum, "exact")
    for i, t in enumerate(T):
        contour = low if t < 0.15 else high
        # the nodes under the contour and the grid differ by 10⁻⁵ in their sums
        np.testing.assert_allclose(got[i], [contour.excited(w, t, TG) for w in omega], rtol=4e-5)
    np.testing.assert_allclose(
        counting.ground_density(omega, TG, spectrum, "exact"), [low.ground(w, TG) for w in omega], rtol=1e-4
    )


def test_graded_distances_keep_smooth_sums():
    plan = exact._plan()
    mass = np.zeros(exact._extended(exact.GRID_COUNT))
    mass[: exact.GRID_COUNT] = np.random.default_rng(1).random(exact.GRID_COUNT)
    copies = np.asarray(exact._smoothed(jnp.asarray(mass), plan.levels))
    for row in (0, 777):
        place = row + plan.offset
        inside = place < len(mass)
        gathered = np.where(inside, copies[plan.level, np.where(inside, place, 0)], 0.0) @ plan.share
        for scale in (20.0, 300.0, 2e4):
            direct = np.sum(mass[row:] * np.exp(-np.arange(len(mass) - row) / scale))
            assert gathered @ np.exp(-plan.nodes / scale) == pytest.approx(direct, rel=1e-10)


def _differences(value, at, relative=1e-4):
    slopes = []
    for i in range(len(at)):
        e = jnp.zeros(len(at)).at[i].set(relative * at[i])
        slopes.append((value(at + e) - value(at - e)) / (2 * e[i]))
    return jnp.stack(slopes)


def test_gradient_of_conductivity():
    T = jnp.array([1e-3, 0.01, 0.03, 0.1])

    def of(spectrum, tg):
        return jnp.sum(jnp.log(conductivity.reduced_conductivity(T, tg, spectrum, method="exact")))

    smooth = jax.jit(lambda p: of(ripplons.broadened_spectrum(*p), p[0]))
    at = jnp.array([4.0, 1.7, 5.8])
    np.testing.assert_allclose(jax.jit(jax.grad(smooth))(at), _differences(smooth, at), rtol=1e-4)
    # the levels of the discrete spectrum move through the integral over ω
    sharp = jax.jit(lambda p: of(ripplons.discrete_spectrum(p[1]), p[0]))
    at = jnp.array([4.0, 5.8])
    np.testing.assert_allclose(jax.jit(jax.grad(sharp))(at), _differences(sharp, at), rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("at", [(4.0, 1.8, 5.8), (1.0, 0.0, 5.0)])
def test_both_precisions(at):
    T = np.array([1e-5, 1e-3, 0.03, 0.1, 1.0])

    def value(p):
        spectra = ripplons.broadened_spectrum(*p), ripplons.discrete_spectrum(p[2])
        time = jnp.asarray(T, p.dtype)
        kappa = [conductivity.reduced_conductivity(time, p[0], s, method="exact") for s in spectra]
        return jnp.log(jnp.concatenate(kappa))

    results = []
    for x64 in (True, False):
        jax.clear_caches()  # what was traced with 64 bits stays so
        with jax.enable_x64(x64):
            p = jnp.asarray(at, float)
            results.append([np.asarray(x) for x in jax.jit(lambda p: (value(p), jax.jacrev(value)(p)))(p)])
    assert results[1][0].dtype == np.float32
    assert all(np.all(np.isfinite(x)) for x in (*results[0], *results[1]))
    np.testing.assert_allclose(results[1][0], results[0][0], atol=2e-3)


@pytest.mark.slow
def test_sharp_rule():
    # N_{E=T}: the rule of Fig. 20 by the exact levels
    energies, counts = oracle.occupations(discrete(), 2.0)
    omega, T = jnp.array([0.01, 0.3]), jnp.array([0.2, 0.4])
    spectrum = ripplons.discrete_spectrum()
    got = counting.Counting.of(spectrum, TG, "exact", "sharp").log_total(omega, T)
    for i, t in enumerate(T):
        for j, w in enumerate(omega):
            kept = energies < w + t
            expected = np.sum(counts[kept] * np.exp(-np.abs(energies[kept] - w) / TG))
            assert float(got[i, j]) == pytest.approx(np.log(expected), abs=1e-8)


def test_model_counts_exactly():
    silica = Glass(
        name="a-SiO2", glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0
    )
    T = jnp.array([3.0, 10.0])
    theory = LubchenkoWolynes.as_printed(counting="exact", fast="both")
    got = theory.thermal_conductivity(T, silica)
    saddle = LubchenkoWolynes.as_printed(counting="saddle", fast="both").thermal_conductivity(T, silica)
    ratio = np.asarray(got / saddle)
    # normalised to the same l/λ at 10⁻³, κ differs by what the saddle point overcounts above
    np.testing.assert_allclose(ratio, [1.020, 0.961], rtol=2e-3)


def test_error_of_the_joint_model_by_each_counting():
    silica = Glass(
        name="a-SiO2", glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0
    )
    T = jnp.array([1.0, 10.0])
    found = {
        counting: np.asarray(
            jax.jit(lambda t, c=counting: LubchenkoWolynes.as_printed(counting=c).counting_error(t, silica))(
                T
            )
        )
        for counting in ("saddle", "uniform", "exact")
    }
    assert np.all(found["exact"] < 1e-5)
    # Sec. 4: a third for κ alone; fast centres and the floor dilute it
    assert 0.02 < found["saddle"][1] < 0.1
    assert np.all(found["uniform"] < 0.03)
    with pytest.raises(GlassjaxError, match="counted exactly by every counting"):
        LubchenkoWolynes(excited="populations").counting_error(T, silica)


def test_refusals():
    spectrum = ripplons.discrete_spectrum()
    with pytest.raises(GlassjaxError, match="exactly"):
        counting.Counting.of(spectrum, TG, "exactly")
    with pytest.raises(GlassjaxError, match="only method 'exact' estimates its error"):
        conductivity.reduced_conductivity(jnp.array([0.1]), TG, spectrum, return_error=True)

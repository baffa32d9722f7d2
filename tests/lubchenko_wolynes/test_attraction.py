"""Attraction of two sites against exact diagonalisation; free energies of the mosaic against sums over Eq. 73-81."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

import glassjax as gj
from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import attraction, expansion
from tests.oracles import expansion as oracle
from tests.oracles.ripplons import Rule, critical_cutoff, discrete, resonances

from .spectra import array

TG, T1 = 1500 / 342, 1 / 342  # silica, and 1 K
XI_200 = 200 ** (1 / 3)
FREE_ENERGIES = {
    "ripplons": attraction.full_ripplon_free_energy,
    "mixed": attraction.mixed_free_energy,
    "levels": attraction.two_level_free_energy,
    "mixed, low": lambda T, tg, xi: attraction.mixed_free_energy(T, tg, xi, form="low"),
    "levels, low": lambda T, tg, xi: attraction.two_level_free_energy(T, tg, xi, form="low"),
}


@functools.cache
def compiled(name):
    """|F| at temperatures (9,), and the slopes of Σ ln|F| by T (9,), tg and xi."""

    def run(T, tg, xi):
        energy, pull = jax.vjp(FREE_ENERGIES[name], T, tg, xi)
        return energy, pull(1 / energy)

    return jax.jit(run)


def assert_slopes(function, at, rtol=1e-7):
    """Automatic slopes of a scalar function by each argument against central differences, step 10⁻⁵ of it."""
    at = [float(a) for a in at]
    value = jax.jit(function)
    exact = [float(s) for s in jax.jit(jax.grad(function, argnums=tuple(range(len(at)))))(*at)]
    scale = max(abs(s * a) for s, a in zip(exact, at, strict=True))
    for k, slope in enumerate(exact):
        step = 1e-5 * at[k]
        up, down = list(at), list(at)
        up[k] += step
        down[k] -= step
        found = (float(value(*up)) - float(value(*down))) / (2 * step)
        # the difference quotient itself is good to 10⁻⁹ of the largest term
        assert slope == pytest.approx(found, rel=rtol, abs=abs(1e-9 * scale / at[k]))


# --- pairs of sites


def test_dipole_interaction():
    rng = np.random.default_rng(7)
    g_i, g_j, r = rng.normal(size=(3, 3))
    n = r / np.linalg.norm(r)
    expected = 3 / (4 * np.pi) * g_i @ (np.eye(3) - 3 * np.outer(n, n)) @ g_j / np.linalg.norm(r) ** 3
    assert float(attraction.dipole_interaction(g_i, g_j, r)) == pytest.approx(expected, rel=1e-12)
    # parallel dipoles in line: -2 (3/4π) g²/r³
    z = jnp.array([0.0, 0.0, 1.0])
    assert float(attraction.dipole_interaction(z, z, 2 * z)) == pytest.approx(-3 / (2 * np.pi) / 8, rel=1e-14)
    at, step = np.array([g_i, g_j, r]), 1e-5
    slopes = jax.jit(jax.grad(lambda x: attraction.dipole_interaction(*x)))(at)
    value = jax.jit(lambda x: attraction.dipole_interaction(*x))
    for index in np.ndindex(3, 3):
        shift = np.zeros((3, 3))
        shift[index] = step
        found = float(value(at + shift) - value(at - shift)) / (2 * step)
        assert float(slopes[index]) == pytest.approx(found, rel=1e-7, abs=1e-10)


def test_mean_square_interaction():
    # averages of quadratic forms over the 6 vertices of an octahedron are those over the sphere
    directions = np.concatenate([np.eye(3), -np.eye(3)]) * np.sqrt(TG)
    r = np.array([3.0, -4.0, 2.0])
    J = [float(attraction.dipole_interaction(a, b, r)) for a in directions for b in directions]
    got = attraction.mean_square_interaction(np.linalg.norm(r), TG)
    assert float(got) == pytest.approx(np.mean(np.square(J)), rel=1e-12)
    assert_slopes(attraction.mean_square_interaction, [3.0, TG])


# levels counted from 1, site i first: the printed term, and the one that must be added to it
COUPLINGS = {
    "ripplons": (("23", "32"), ("22", "33")),
    "mixed": (("22", "31"), ("21", "32")),
    "levels": (("12", "21"), ("11", "22")),
}
PAIRS = [  # ε_i, ε_j, ω_i, ω_j, T
    (0.1, 0.25, 0.15, 0.4, 0.1),
    (0.02, 0.3, 0.5, 0.2, 0.05),
    (0.3, 0.3, 0.25, 0.25, 0.2),
    (0.4, 0.15, 0.15, 0.3, 1.0),
]


def pair_energy(kind, e_i, e_j, w_i, w_j, T):
    if kind == "ripplons":
        return attraction.ripplon_pair_energy(e_i, e_j, w_i, w_j, T)
    if kind == "mixed":
        return attraction.mixed_pair_energy(e_i, w_i, e_j, T)
    return attraction.two_level_pair_energy(e_i, e_j, T)


@pytest.mark.parametrize("kind", COUPLINGS)
@pytest.mark.parametrize("values", PAIRS)
def test_pair_energies_are_exact_second_order(kind, values):
    # one pair counted once; 10⁻¹¹ is rounding
    e_i, e_j, w_i, w_j, T = values
    first = (0.0, e_i) if kind == "levels" else (0.0, e_i, e_i + w_i)
    second = (0.0, e_j, e_j + w_j) if kind == "ripplons" else (0.0, e_j)
    both = oracle.exact_shift(COUPLINGS[kind], first, second, T)
    assert float(pair_energy(kind, *values)) == pytest.approx(both, rel=1e-11)
    # the printed coupling alone falls short
    assert abs(oracle.exact_shift(COUPLINGS[kind][:1], first, second, T)) < 0.9 * abs(both)


SIZE = 108


@functools.cache
def pair_slopes(kind):
    """Pair energies at arrays (108,) of the five arguments, and their slopes (5, 108)."""

    def total(*values):
        energies = pair_energy(kind, *values)
        return jnp.sum(energies), energies

    return jax.jit(jax.grad(total, argnums=(0, 1, 2, 3, 4), has_aux=True))


@pytest.mark.parametrize("kind", COUPLINGS)
def test_slopes_of_pair_energies(kind):
    # each argument up and down by 10⁻⁵ of it, all in one batch
    step = 1e-5
    factors = np.concatenate([np.ones((1, 5)), 1 + step * np.eye(5), 1 - step * np.eye(5)])
    points = (np.array(PAIRS)[:, None, :] * factors[None, :, :]).reshape(-1, 5)
    slopes, energies = pair_slopes(kind)(*array(np.resize(points, (SIZE, 5))).T)
    energies = np.asarray(energies)[: len(points)].reshape(len(PAIRS), 11)
    exact = np.asarray(slopes).T[: len(points)].reshape(len(PAIRS), 11, 5)[:, 0] * np.array(PAIRS)
    found = (energies[:, 1:6] - energies[:, 6:]) / (2 * step)
    np.testing.assert_allclose(exact, found, rtol=1e-7, atol=1e-9)


def test_removable_singularities():
    # equal energies, near ones, and either side of the change of formula at |x - y| = T
    gaps = [0.0, 1e-13, 1e-9, 1e-6, 1e-4, 0.02, 0.099, 0.101, 0.3]
    points = [(0.25, 0.25 + gap, T) for T in (1e-3, 0.1, 3.0) for gap in gaps]
    x, y, T = array(points).T
    energy = attraction.two_level_pair_energy
    each = [energy, jax.grad(energy), jax.grad(jax.grad(energy))]
    for order, function in enumerate(each):
        expected = [-oracle.response(*point, order) for point in points]
        got = jax.jit(jax.vmap(function))(x, y, T)
        # ends of the two series meet to 10⁻¹⁵ of the value; a slope loses one or two digits to cancellation
        np.testing.assert_allclose(got, expected, rtol=(1e-13, 1e-11, 1e-8)[order])
    # the same response in the other two, times the probabilities of the upper structure
    response = energy(x, y, T)
    site = 1 / (1 + np.exp(0.1 / T) / (1 + np.exp(-x / T)))
    other = 1 / (1 + np.exp(0.2 / T) / (1 + np.exp(-y / T)))
    np.testing.assert_allclose(attraction.mixed_pair_energy(0.1, x, y, T), site * response, rtol=1e-12)
    np.testing.assert_allclose(
        attraction.ripplon_pair_energy(0.1, 0.2, x, y, T), site * other * response, rtol=1e-12
    )


def test_pair_energies_at_the_ends():
    # both splittings 0: -1/(4T) (81); frozen: -1/(x + y); negative ε, a site whose upper structure is the lower one
    assert float(attraction.two_level_pair_energy(0.0, 0.0, 0.1)) == pytest.approx(-5.0, rel=1e-14)
    assert float(attraction.two_level_pair_energy(0.3, 0.1, 1e-5)) == pytest.approx(-2.5, rel=1e-14)
    assert float(attraction.ripplon_pair_energy(-9.0, -9.0, 0.2, 0.3, 1e-3)) == pytest.approx(-2.0, rel=1e-14)
    assert float(attraction.ripplon_pair_energy(9.0, 9.0, 0.2, 0.3, 1e-5)) == 0.0


@pytest.mark.parametrize("x64", [True, False])
def test_pair_energies_are_finite(x64):
    with jax.enable_x64(x64):
        values = jnp.array([0.0, 1e-6, 0.15, 0.15 + 1e-7, 0.7, 40.0])
        x, y, T = (v.ravel() for v in jnp.meshgrid(values, values, jnp.array([1e-5, 1e-2, 1.0])))
        for kind in COUPLINGS:
            slopes, energies = pair_slopes(kind)(x, y, y, x, T)
            assert energies.dtype == (jnp.float64 if x64 else jnp.float32)
            assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in (energies, *slopes))


# --- the mosaic

ORACLES = {
    "ripplons": oracle.ripplons_attracted,
    "mixed": oracle.mixed_attracted,
    "levels": oracle.levels_attracted,
}


@pytest.mark.parametrize("name", ORACLES)
@pytest.mark.parametrize(("tg", "xi"), [(TG, 5.8), (1.0, 5.0), (8.0, 7.0)])
def test_free_energies(name, tg, xi):
    # the rules' own error is below 10⁻¹⁰
    T = np.array([1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0])
    checked = [1, 2, 4, 7, 8]
    expected = [ORACLES[name](t, tg, xi) for t in T[checked]]
    energy = np.asarray(compiled(name)(jnp.asarray(T), tg, xi)[0])
    np.testing.assert_allclose(energy[checked], expected, rtol=1e-10)
    if name == "levels":
        # the thermal part alone drives the expansion: a small difference of two grids' sums, 10⁻⁶ of it
        vacuum = 2 / 3 * tg * xi**-6
        np.testing.assert_allclose(energy[checked[2:]] - vacuum, np.array(expected[2:]) - vacuum, rtol=1e-6)


def test_ripplons_by_the_printed_double_integral():
    # 10⁻⁶ is how near the oracle goes to l₁ = l₂
    energy = attraction.full_ripplon_free_energy(jnp.array([0.1]), TG)
    assert float(energy[0]) == pytest.approx(oracle.ripplons_attracted_as_written(0.1, TG), rel=1e-6)


def test_low_temperature_forms():
    T = jnp.geomspace(1e-5, 3e-3, 9)
    energy = {name: np.asarray(compiled(name)(T, TG, 5.8)[0]) for name in FREE_ENERGIES}
    np.testing.assert_allclose(energy["ripplons"], expansion.ripplon_free_energy(T, TG), rtol=1e-12)
    # Eq. 78 replaces tanh(βε/2) by 1: 10⁻⁴ of the sum at T = ω_2/50
    np.testing.assert_allclose(energy["mixed"], energy["mixed, low"], rtol=1e-4)
    z = np.sqrt([(n - 1) * (n + 2) / 4 for n in range(2, 10)]) * 1.342857 * 5.8**-1.25 / TG
    w = 2 * np.arange(2, 10) + 1
    leading = 2 / 3 * 5.8**-6 * np.log(2) * 1e-5 * (w @ (np.exp(z) * special.exp1(z)))
    assert energy["mixed, low"][0] == pytest.approx(leading, rel=1e-5)  # p to seven digits, T/T_g = 2·10⁻⁶
    # Eq. 81: 1 - (πT/T_g)²[ln(T_g/T) + η'(2)/η(2)]/3, of which the paper keeps the logarithm
    t = np.asarray(T)[4:] / TG
    constant = (np.log(2) / 2 * np.pi**2 / 6 - 0.9375482543158438 / 2) * 12 / np.pi**2
    vacuum = 2 / 3 * TG * 5.8**-6
    thermal = 1 - energy["levels"][4:] / vacuum
    expected = (np.pi * t) ** 2 * (-np.log(t) - constant) / 3
    assert np.all(np.abs(thermal / expected - 1) < 3 * t)  # the next order
    printed = 1 - energy["levels, low"][4:] / vacuum
    np.testing.assert_allclose(printed, (np.pi * t) ** 2 * -np.log(t) / 3, rtol=1e-7)


@pytest.mark.parametrize("name", ["ripplons", "levels"])
def test_pairs_counted_once(name):
    T = jnp.geomspace(1e-3, 0.1, 9)
    once = jax.jit(lambda T: FREE_ENERGIES[name](T, TG, 5.8, pairs="unordered"))(T)
    np.testing.assert_allclose(2 * once, compiled(name)(T, TG, 5.8)[0], rtol=1e-13)


@pytest.mark.parametrize("name", FREE_ENERGIES)
def test_slopes_of_free_energies(name):
    T, step = jnp.geomspace(1e-4, 1.0, 9), 1e-5
    by_T, *others = compiled(name)(T, TG, 5.8)[1]

    def logs(*factors):
        return np.log(compiled(name)(factors[0] * T, factors[1] * TG, factors[2] * 5.8)[0])

    found = (logs(1 + step, 1, 1) - logs(1 - step, 1, 1)) / (2 * step)
    np.testing.assert_allclose(T * by_T, found, rtol=1e-7, atol=1e-9)
    for k, (slope, at) in enumerate(zip(others, (TG, 5.8), strict=True), start=1):
        up, down = ([1 + sign * step * (i == k) for i in range(3)] for sign in (1, -1))
        found = np.sum(logs(*up) - logs(*down)) / (2 * step)
        assert float(slope) * at == pytest.approx(found, rel=1e-7)


@pytest.mark.parametrize("name", FREE_ENERGIES)
def test_free_energies_in_single_precision(name):
    T = np.geomspace(1e-5, 1.0, 9)
    for tg, xi in ((1.0, 7.0), (8.0, 5.0)):
        double = compiled(name)(jnp.asarray(T), tg, xi)
        with jax.enable_x64(False):
            single = compiled(name)(jnp.asarray(T, jnp.float32), jnp.float32(tg), jnp.float32(xi))
            assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(single))
            assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(single))
        assert all(bool(jnp.all(jnp.isfinite(leaf))) for leaf in jax.tree.leaves(double))
        np.testing.assert_allclose(single[0], double[0], rtol=2e-5)
        # ψ of neighbouring arguments cancels to 10⁻³ of the slope at T = T_g
        np.testing.assert_allclose(single[1][0], double[1][0], rtol=1e-3)


# --- the expansion

SHARES = np.array([1e-4, 0.003, 0.03, 0.0585, 0.15, 0.5])  # T/T_D


@functools.cache
def expansions(mixed):
    """K ξ³ α_V (6,) at `SHARES`, T_g/T_D and ξ/a, and the slopes of its sum by them."""

    def run(T, tg, xi):
        alpha = attraction.attraction_expansion(T, tg, xi, mixed=mixed)
        return jnp.sum(alpha), alpha

    return jax.jit(jax.grad(run, argnums=(0, 1, 2), has_aux=True))


def slopes_of(energy, tg, xi, step=1e-3):
    """-2 d|F|/dT at `SHARES` by central differences of the fourth order."""
    found = []
    for T in SHARES:
        near, far = (energy(T * (1 + k * step), tg, xi) - energy(T * (1 - k * step), tg, xi) for k in (1, 2))
        found.append(-2 * (8 * near - far) / (12 * step * T))
    return np.array(found)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(("tg", "xi"), [(TG, 5.8), (1.0, 7.0), (8.0, 5.0)])
def test_expansion_of_the_full_pair_energies(mixed, tg, xi):
    expected = slopes_of(oracle.ripplons_attracted, tg, xi)
    if mixed:
        expected = expected + slopes_of(oracle.mixed_attracted, tg, xi)
    got = expansions(mixed)(jnp.asarray(SHARES), tg, xi)[1]
    np.testing.assert_allclose(got, expected, rtol=1e-8)
    assert np.all(np.asarray(got) < 0)


def test_low_temperature_forms_of_the_expansion():
    # silica at 1, 10, 20, 30 and 50 K: Eq. 74 against 73, and 78 against 77
    T = jnp.array([1.0, 10.0, 20.0, 30.0, 50.0]) / 342

    @jax.jit
    def run(T):
        options = ({}, {"sums": "direct"}, {"mixed": True}, {"mixed": True, "pairs": "unordered"})
        low = expansion.volume_expansion(lambda t: attraction.mixed_free_energy(t, TG, form="low"), T)
        return *(attraction.attraction_expansion(T, TG, **kept) for kept in options), low

    full, direct, both, once, low = (np.asarray(alpha) for alpha in run(T))
    np.testing.assert_allclose(direct / full, [1.0, 0.991, 0.915, 0.815, 0.695], atol=5e-4)
    np.testing.assert_allclose(low / (both - full), [1.0, 0.980, 0.926, 0.873, 0.813], atol=5e-4)
    # a pair of a ripplon and a transition has two terms: nothing is counted twice there
    np.testing.assert_allclose(both - once, full / 2, rtol=1e-12)


@pytest.mark.parametrize("sums", expansion.SUMS)
def test_expansion_by_the_low_temperature_forms(sums):
    T = jnp.asarray(SHARES)
    low = expansion.ripplon_expansion(T, TG, 5.8, sums=sums, pairs="unordered")
    got = attraction.attraction_expansion(T, TG, 5.8, sums=sums, pairs="unordered", mixed=True)
    np.testing.assert_allclose(got, low + expansion.ripplon_two_level_expansion(TG, 5.8), rtol=1e-14)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("tg", [1.0, 8.0])
@pytest.mark.parametrize("xi", [4.0, 8.0])
def test_slopes_of_the_expansion(mixed, tg, xi):
    T, step = jnp.asarray(SHARES), 1e-5
    run = expansions(mixed)
    slopes, alpha = run(T, tg, xi)
    largest = float(np.max(np.abs(alpha)))

    def sums(*factors):
        return np.asarray(run(T * factors[0], tg * factors[1], xi * factors[2])[1])

    up, down = sums(1 + step, 1, 1), sums(1 - step, 1, 1)
    np.testing.assert_allclose(slopes[0] * T, (up - down) / (2 * step), rtol=1e-6, atol=1e-6 * largest)
    for k, at in ((1, tg), (2, xi)):
        up, down = ([1 + sign * step * (i == k) for i in range(3)] for sign in (1, -1))
        found = np.sum(sums(*up) - sums(*down)) / (2 * step)
        assert float(slopes[k]) * at == pytest.approx(found, rel=1e-6, abs=1e-8 * largest)
    with jax.enable_x64(False):
        single = run(jnp.asarray(SHARES, jnp.float32), jnp.float32(tg), jnp.float32(xi))
        assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(single))
    np.testing.assert_allclose(single[1], alpha, rtol=2e-5)
    for got, expected in zip(single[0], slopes, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4 * np.max(np.abs(expected)))


def test_limit_is_that_of_one_quantum_in_a_domain():
    """`Validity` of the expansion: softened oscillators in place of Eq. 71, in silica's α."""
    silica = gj.load_glass("a-SiO2")
    share = gj.LubchenkoWolynes.validity["expansion"].share
    shares = np.array([0.9 * share, 0.026, 0.06])
    T = shares * silica.debye_temperature
    whole, ripplons = (
        np.asarray(gj.LubchenkoWolynes(gamma0=gamma).thermal_expansion(T, silica)) for gamma in (-8.0, 0.0)
    )

    def slopes(energy, *modes):
        return np.array([energy(t * 1.001, *modes) - energy(t * 0.999, *modes) for t in shares])

    def factor(softening):
        """α_rr with oscillators over that of Eq. 73; each harmonic has its lowest resonance of Eq. 54."""
        bare = discrete()
        cut = critical_cutoff(silica.tg, softening, D=silica.fragility)
        softened = [min(resonances(n, silica.tg, cut, 5.8, silica.fragility, "box")) for n in range(2, 10)]
        modes = Rule(np.array(softened), bare.weights) if softening else bare
        return slopes(lambda t: oracle.oscillators_attracted(t, silica.tg, modes)) / one

    one = slopes(lambda t: oracle.ripplons_attracted(t, silica.tg))
    np.testing.assert_allclose(factor(0.0), [1.0, 1.10, 5.5], rtol=0.02)
    changes = {softening: (factor(softening) - 1) * ripplons / whole for softening in (0.0, 0.43, 0.73)}
    np.testing.assert_allclose(changes[0.0], [0.0, 0.002, 0.09], atol=0.002)
    np.testing.assert_allclose(changes[0.43][:2], [0.005, 0.138], atol=0.002)
    assert 0.08 < changes[0.73][0] < 0.1


# --- what the paper says of silica


def test_grueneisen_parameters():
    T = jnp.array([T1])

    @jax.jit
    def parameters(T):
        return {
            "ripplons": attraction.ripplon_grueneisen(T, TG)[0],
            "once": attraction.ripplon_grueneisen(T, TG, pairs="unordered")[0],
            "mixed": attraction.mixed_grueneisen(T, TG)[0],
            "low": attraction.mixed_grueneisen(T, TG, form="low")[0],
        }

    got = {name: float(value) for name, value in parameters(T).items()}
    assert got["ripplons"] == pytest.approx(oracle.grueneisen(T1, TG), rel=1e-8)
    assert got["ripplons"] == pytest.approx(-1.46, abs=0.005)
    assert got["once"] == pytest.approx(-0.73, abs=0.005)
    # Eq. 77 summed over modes, differentiated numerically; Eq. 78 is its limit
    step = 1e-4 * T1
    slope = (oracle.mixed_attracted(T1 + step, TG) - oracle.mixed_attracted(T1 - step, TG)) / (2 * step)
    assert got["mixed"] == pytest.approx(-2 * slope * TG / T1, rel=1e-6)
    assert got["low"] == pytest.approx(got["mixed"], rel=1e-2)


@pytest.mark.parametrize("name", ["ripplon_grueneisen", "mixed_grueneisen"])
def test_slopes_of_grueneisen_parameters(name):
    function = getattr(attraction, name)
    assert_slopes(lambda T, tg, xi: function(jnp.reshape(T, 1), tg, xi)[0], [0.01, TG, 5.8])


def test_ratio_of_the_two_expansions():
    # the paper's 1.2; 4.7 with the sums done
    T = jnp.array([T1])
    assert float(attraction.expansion_ratio(T, TG, XI_200, sums="printed")[0]) == pytest.approx(
        1.18, abs=0.005
    )
    direct = attraction.expansion_ratio(T, TG, XI_200)
    assert float(direct[0]) == pytest.approx(4.7, abs=0.05)
    assert float(attraction.expansion_ratio(T, TG)[0]) == pytest.approx(
        float(attraction.mixed_grueneisen(T, TG, form="low")[0]) / oracle.grueneisen(T1, TG), rel=1e-8
    )
    assert_slopes(lambda T, tg, xi: attraction.expansion_ratio(jnp.reshape(T, 1), tg, xi)[0], [0.01, TG, 5.8])


@pytest.mark.parametrize("sums", ["printed", "direct"])
def test_nernst_temperature(sums):
    T = float(attraction.nernst_temperature(TG, XI_200, sums=sums))
    if sums == "printed":
        assert float(T / TG) == pytest.approx(1.36e-3, abs=0.005e-3)  # "below 10⁻³ T_g"
        mixed = -expansion.ripplon_two_level_expansion(TG, XI_200) * T / 2
        tolerance = 1e-12
    else:
        mixed = oracle.mixed_attracted(T, TG, XI_200)
        tolerance = 5e-2  # q → (T/T_g) ln 2 and Eq. 78
    assert float(mixed) == pytest.approx(np.pi**2 / 12 * T**2 / TG, rel=tolerance)
    assert_slopes(lambda tg, xi: attraction.nernst_temperature(tg, xi, sums=sums), [TG, 5.8])


def test_unknown_choices():
    T = jnp.array([0.1])
    with pytest.raises(GlassjaxError, match="there are full, low"):
        attraction.mixed_free_energy(T, TG, form="high")
    with pytest.raises(GlassjaxError, match="did you mean 'low'"):
        attraction.two_level_free_energy(T, TG, form="lo")
    with pytest.raises(GlassjaxError, match="there are ordered, unordered"):
        attraction.full_ripplon_free_energy(T, TG, pairs="both")
    with pytest.raises(GlassjaxError, match="there are direct, printed"):
        attraction.nernst_temperature(TG, sums="quick")
    with pytest.raises(GlassjaxError, match="there are direct, printed"):
        attraction.expansion_ratio(T, TG, sums="quick")
    with pytest.raises(GlassjaxError, match="there are full, direct, printed"):
        attraction.attraction_expansion(T, TG, sums="quick")

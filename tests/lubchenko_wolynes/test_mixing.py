"""Two-level systems with and without quantum mixing: C(t), rates and closed forms against the oracle."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special

from glassjax.lubchenko_wolynes import mixing, tunnelling
from glassjax.lubchenko_wolynes.ripplons import discrete_spectrum
from tests.oracles import mixing as oracle
from tests.oracles import ripplons as oracle_ripplons
from tests.oracles import table

from .spectra import array, assert_close


def test_time_dependent_heat_capacity_of_fig_11():
    # the two Gauss rules over v and u: 10⁻⁵
    assert_close(
        table.entries("observed"),
        lambda e: tunnelling.two_level_heat_capacity(
            array(e["arguments"]["T"]), e["arguments"]["t"], e["arguments"]["tg"], e["arguments"]["c"]
        ),
        5e-5,
    )


def test_mixed_heat_capacity():
    def compute(e, cut=False):
        a = e["arguments"]
        C = mixing.mixed_heat_capacity(array(a["T"]), a["t"], a["tg"], 0.07, a["B"], a["c"], cut_fast=cut)
        return C * a["tg"] / 0.07

    assert_close(table.entries("mixed_heat_capacity"), compute, 5e-5)
    # the oracle cuts sharply, the package over 5 % in ln ω
    assert_close(table.entries("mixed_heat_capacity_cut"), lambda e: compute(e, cut=True), 2e-2)


def test_long_times_follow_eq_28():
    # C ∝ t^{c/2} T^{1+c/2}
    T, c, t = jnp.array([1e-3]), 0.3, 1e24
    C = [
        float(tunnelling.two_level_heat_capacity(T * a, t * b, 4.0, c)[0])
        for a, b in ((1, 1), (2, 1), (1, 100))
    ]
    assert np.log(C[2] / C[0]) / np.log(100) == pytest.approx(c / 2, rel=0.01)
    assert np.log(C[1] / C[0]) / np.log(2) == pytest.approx(1 + c / 2, rel=0.01)


def test_fastest_rate():
    E, T = jnp.array([1e-9, 1e-3, 0.3, 5.0]), 0.01
    expected = 9 * np.pi * 4 * np.asarray(E) ** 3 / np.tanh(np.asarray(E) / 0.02)
    np.testing.assert_allclose(tunnelling.fastest_rate(E, T, 4.0), expected, rtol=1e-8)


def test_scattering_of_eq_20():
    assert tunnelling.mean_free_path(5.8) == pytest.approx(
        table.entries("scattering_ratio")[0]["value"], rel=1e-8
    )


def test_angular_integral():
    assert_close(
        table.entries("amplitude_integral"),
        lambda e: mixing.angular_integral(array(e["arguments"]["c"])),
        1e-8,
    )


def test_lambert_and_fast_centres():
    x = jnp.concatenate([jnp.zeros(1), jnp.geomspace(1e-9, 1e6, 200)])
    np.testing.assert_allclose(
        mixing.lambert_w(x), special.lambertw(np.asarray(x)).real, rtol=1e-13, atol=1e-300
    )
    assert_close(
        table.entries("fast_extent"),
        lambda e: mixing.renormalised_tunnelling(1.0, array(e["arguments"]["B"])),
        1e-8,
    )
    # Δ̃ = Δ exp(-BΔ̃²/2), and Δ̃ → Δ with slope -Δ³/2 at B = 0
    mixed = mixing.renormalised_tunnelling(0.3, 117.0)
    assert float(mixed) == pytest.approx(0.3 * np.exp(-117 * float(mixed) ** 2 / 2))
    assert float(jax.grad(lambda B: mixing.renormalised_tunnelling(0.3, B))(0.0)) == pytest.approx(
        -(0.3**3) / 2
    )


def test_link_of_scattering_and_heat_capacity():
    """The table counts fast centres of both signs of ε; those of one sign, with twice the B, scatter alike."""
    for e in table.entries("bare_ratio"):
        a = e["arguments"]
        assert float(mixing.linked_scattering(a["A1"], 2 * a["B"], a["c"], a["xi"])) == pytest.approx(
            e["value"], rel=1e-8
        )


@pytest.mark.parametrize("argument", range(4))
def test_gradient_of_the_heat_capacity(argument):
    T = jnp.array([3e-4, 3e-2])

    def total(time, tg, B, c):
        return jnp.sum(jnp.log(mixing.mixed_heat_capacity(T, time, tg, 0.07, B, c)))

    at = [4.5e14, 4.4, 100.0, 0.1]
    step = 1e-5 * at[argument]
    up, down = list(at), list(at)
    up[argument] += step
    down[argument] -= step
    exact = jax.grad(total, argnums=argument)(*at)
    assert float(exact) == pytest.approx(float(total(*up) - total(*down)) / (2 * step), rel=1e-5, abs=1e-12)


FREQUENCIES = np.array([0.15, 0.24, 0.24, 0.32])
COUPLINGS = np.array([0.03, 0.02, 0.05, 0.04])


def _slope_close(f, x, rtol=1e-6):
    """jax.grad against a central difference; 10⁻⁶ is what a step of 10⁻⁵ leaves."""
    step = 1e-5 * x
    central = (float(f(x + step)) - float(f(x - step))) / (2 * step)
    assert float(jax.grad(f)(x)) == pytest.approx(central, rel=rtol)


def test_hamiltonian_of_eq_58_and_its_levels():
    expected = np.array(
        [
            [0, 0.005, 0, 0, 0, 0],
            [0.005, 0.07, 0.03, 0.02, 0.05, 0.04],
            [0, 0.03, 0.15, 0, 0, 0],
            [0, 0.02, 0, 0.24, 0, 0],
            [0, 0.05, 0, 0, 0.24, 0],
            [0, 0.04, 0, 0, 0, 0.32],
        ]
    )
    got = mixing.centre_hamiltonian(-0.07, 0.01, FREQUENCIES, COUPLINGS)
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    levels = mixing.mixed_levels(-0.07, 0.01, FREQUENCIES, COUPLINGS)
    np.testing.assert_allclose(levels, np.linalg.eigvalsh(expected), atol=1e-15)
    for k in (0, 1, 5):  # also with two modes of one frequency
        _slope_close(lambda e, k=k: mixing.mixed_levels(e, 0.01, FREQUENCIES, COUPLINGS)[k], 0.07)
        _slope_close(lambda d, k=k: mixing.mixed_levels(0.07, d, FREQUENCIES, COUPLINGS)[k], 0.01)


def test_repelled_splitting_of_eq_59():
    total = np.sum(COUPLINGS**2 / FREQUENCIES)
    assert float(mixing.mixing_energy(FREQUENCIES, COUPLINGS)) == pytest.approx(total, rel=1e-14)
    # without tunnelling the second level of Eq. 58 solves Eq. 59 exactly
    bare = np.array([0.5 * total, 1.001 * total, 0.05, 0.1, 0.3, 3.0])
    exact = [
        np.linalg.eigvalsh(np.asarray(mixing.centre_hamiltonian(e, 0.0, FREQUENCIES, COUPLINGS)))[1]
        for e in bare[1:]
    ]
    got = mixing.repelled_splitting(jnp.asarray(-bare), FREQUENCIES, COUPLINGS)
    assert float(got[0]) == 0
    np.testing.assert_allclose(got[1:], exact, rtol=1e-10, atol=1e-15)
    assert np.all(np.asarray(got) < 0.15)
    back = mixing.bare_splitting(got[1:], FREQUENCIES, COUPLINGS)
    np.testing.assert_allclose(back, bare[1:], rtol=1e-8)
    _slope_close(lambda e: mixing.repelled_splitting(e, FREQUENCIES, COUPLINGS), 0.1)
    _slope_close(lambda g: mixing.repelled_splitting(0.1, FREQUENCIES, g * COUPLINGS), 1.0)
    slopes = jax.vmap(jax.grad(lambda e: mixing.repelled_splitting(e, FREQUENCIES, COUPLINGS)))(
        jnp.array([0.0, 0.5 * total, 0.1, 50.0])
    )
    assert np.all(np.isfinite(slopes))
    assert np.all(slopes[:2] == 0)
    # no coupling: ε itself, up to the lowest ripplon
    free = mixing.repelled_splitting(jnp.array([0.1, 0.7]), FREQUENCIES, 0 * COUPLINGS)
    np.testing.assert_allclose(free, [0.1, 0.15], rtol=1e-12)


def test_slope_of_the_bare_splitting():
    x = jnp.array([0.0, 0.03, 0.14])
    expected = [
        1 + sum(g**2 / (w - e) ** 2 for g, w in zip(COUPLINGS, FREQUENCIES, strict=True))
        for e in (0, 0.03, 0.14)
    ]
    np.testing.assert_allclose(mixing.repulsion_slope(x, FREQUENCIES, COUPLINGS), expected, rtol=1e-13)
    _slope_close(lambda e: mixing.bare_splitting(e, FREQUENCIES, COUPLINGS), 0.1)
    automatic = jax.grad(lambda e: mixing.bare_splitting(e, FREQUENCIES, COUPLINGS))(0.14)
    assert float(automatic) == pytest.approx(expected[2], rel=1e-12)
    _slope_close(lambda e: mixing.repulsion_slope(e, FREQUENCIES, COUPLINGS), 0.1)


def test_reduced_tunnelling_of_eq_60():
    # Δ̃ is Δ times the share of the bare state in the dressed one at ε̃ = 0, to first order: quartic in the couplings
    small = 0.1 * COUPLINGS
    H = np.asarray(mixing.centre_hamiltonian(np.sum(small**2 / FREQUENCIES), 0.0, FREQUENCIES, small))[1:, 1:]
    overlap = abs(np.linalg.eigh(H)[1][0, 0])
    got = mixing.reduced_tunnelling(0.02, FREQUENCIES, small)
    assert 1 - float(got) / 0.02 == pytest.approx(1 - overlap, rel=2e-3)
    _slope_close(lambda g: mixing.reduced_tunnelling(0.02, FREQUENCIES, g * COUPLINGS), 1.0)


def test_two_constants_called_B():
    # Eq. 65 and 62 over the 96 modes
    first, second = (float(x) for x in mixing.mixing_constants())
    modes = [oracle_ripplons.mode(n) for n in range(2, 10) for _ in range(2 * n + 1)]
    assert first == pytest.approx(sum(1 / w for w in modes), rel=1e-12) == pytest.approx(229, abs=0.5)
    assert second == pytest.approx(sum(1 / w**2 for w in modes), rel=1e-12) == pytest.approx(702, abs=0.5)
    _slope_close(lambda xi: mixing.mixing_constants(xi)[1], 5.8)


def test_first_order_tunnelling_of_eq_62():
    for delta, B in ((0.3, 117.0), (1.0, 1000.0), (1e-6, 700.0)):
        d = float(mixing.first_order_tunnelling(delta, B))
        assert d == pytest.approx(delta * (1 - B * d * d / 2), rel=1e-9, abs=1e-12)
    # Eq. 62 and 64 agree to second order in BΔ²: 5/8 (BΔ²)² apart, at most
    d = 0.01
    assert float(mixing.first_order_tunnelling(d, 50.0)) == pytest.approx(
        float(mixing.renormalised_tunnelling(d, 50.0)), rel=1e-5
    )
    assert float(jax.grad(lambda B: mixing.first_order_tunnelling(0.3, B))(0.0)) == pytest.approx(
        -(0.3**3) / 2
    )
    _slope_close(lambda B: mixing.first_order_tunnelling(0.3, B), 117.0)


def test_density_of_splittings_of_eq_67():
    x = np.linspace(-9, 9, 7)
    smooth, weight = mixing.splitting_density(jnp.asarray(x), 4.0, delta=0.1, B=117.0)
    np.testing.assert_allclose(smooth, np.exp(-np.abs(x) / 4) / 4, rtol=1e-14)
    assert float(weight) == pytest.approx(float(mixing.pile_up(0.1, 117.0)) / 4) == pytest.approx(1.17 / 4)
    total = integrate.quad(lambda e: float(mixing.splitting_density(e, 4.0)[0]), 0, 200)[0]
    assert total == pytest.approx(1, rel=1e-8)  # one sign
    _slope_close(lambda tg: sum(mixing.splitting_density(1.0, tg, delta=0.1, B=117.0)), 4.0)
    assert np.isfinite(jax.grad(lambda e: mixing.splitting_density(e, 4.0)[0])(0.0))


@pytest.mark.parametrize("c", [0.0, 1e-12, 1e-4, 0.1, 0.5])
def test_normalisation_of_the_amplitudes(c):
    for B, least in ((0.0, 1e-8), (117.0, 1e-8), (1000.0, 0.1)):
        got = float(mixing.amplitude_norm(B, c, 4.0, least))
        assert 1 / got == pytest.approx(oracle.inverse_amplitude(B, c, 4.0, least), rel=1e-9)
    # only BΔ_max² and Δ_max/Δ_min enter
    wide = 1 / mixing.amplitude_norm(117.0, c, 4.0, 2e-8, 2.0)
    assert float(wide) == pytest.approx(oracle.inverse_amplitude(468.0, c, 4.0, 1e-8), rel=1e-9)
    slopes = jax.grad(lambda *a: jnp.log(mixing.amplitude_norm(*a)), (0, 1, 2, 3))(117.0, c, 4.0, 1e-8)
    for i, step in enumerate((1e-3, 1e-5, 1e-5, 1e-12)):
        up, down = ([117.0, c, 4.0, 1e-8] for _ in range(2))
        up[i] += step
        down[i] -= step
        change = np.log(float(mixing.amplitude_norm(*up)) / float(mixing.amplitude_norm(*down)))
        assert float(slopes[i]) == pytest.approx(change / (2 * step), rel=1e-5)


def test_scattering_rate_of_eq_68():
    E = np.array([1e-6, 1e-4, 1e-2, 0.3])
    for c, B, least in ((0.0, 0.0, 0.0), (0.1, 117.0, 0.0), (0.5, 117.0, 5e-7), (0.3, 10.0, 9e-7)):
        expected = [oracle.relaxation_rate(e, B, c, 0.07, delta_min=least) for e in E]
        got = mixing.scattering_rate(jnp.asarray(E), 0.07, B, c, delta_min=least)
        np.testing.assert_allclose(got, expected, rtol=1e-10)
    bare = mixing.scattering_rate(1e-3, 0.07, 117.0, 0.2)  # I(c), and the link of Sec. 12
    inner = 117e-3 + float(mixing.angular_integral(0.2))
    assert float(bare) == pytest.approx(np.pi / 3 * 0.07 * 5.8**-3 * 1e-3**0.8 * inner, rel=1e-12)
    # below Δ_min only the fast centres; c and Δ_max enter as (Δ_max/E)^c
    below = mixing.scattering_rate(1e-3, 0.07, 117.0, 0.2, delta_min=1e-2, delta_max=2.0)
    assert float(below) == pytest.approx(np.pi / 3 * 0.07 * 5.8**-3 * 1e-3 * 2000**0.2 * 0.117, rel=1e-12)


@pytest.mark.parametrize("argument", range(7))
def test_gradient_of_the_scattering_rate(argument):
    at = [1e-2, 0.07, 117.0, 0.1, 5.8, 1e-3, 1.0]
    _slope_close(
        lambda x: mixing.scattering_rate(*(x if i == argument else a for i, a in enumerate(at))), at[argument]
    )
    ends = ((1e-2, 0.0, 0.0), (1e-2, 0.0, 1e-2), (1e-2, 0.1, 2e-2), (1e-7, 0.5, 0.0))
    for E, c, least in ends:
        slope = jax.grad(
            lambda x, E=E, c=c, least=least: mixing.scattering_rate(E, 0.07, 117.0, c, x, least)
        )(5.8)
        by_c, by_least = jax.grad(
            lambda c, d, E=E: mixing.scattering_rate(E, 0.07, 117.0, c, 5.8, d), (0, 1)
        )(c, least)
        assert np.all(np.isfinite([slope, by_c, by_least]))


def test_stiffened_spectrum():
    spectrum = discrete_spectrum()
    sharp = mixing.stiffened_spectrum(spectrum, -0.3, sharp=True)
    kept = np.asarray(spectrum.frequencies) >= 0.3
    np.testing.assert_array_equal(sharp.weights, np.where(kept, spectrum.weights, 0))
    smooth = mixing.stiffened_spectrum(spectrum, 0.3)
    share = 1 / (1 + (0.3 / np.asarray(spectrum.frequencies)) ** 20)  # a logistic step in ln ω, 0.05 wide
    np.testing.assert_allclose(smooth.weights, spectrum.weights * share, rtol=1e-10)
    whole = mixing.stiffened_spectrum(spectrum, 0.0)
    np.testing.assert_allclose(whole.weights, spectrum.weights, rtol=1e-12)

    def modes(epsilon):
        return jnp.sum(mixing.stiffened_spectrum(spectrum, epsilon).weights)

    _slope_close(modes, 0.3)
    assert float(jax.grad(modes)(0.0)) == 0


@pytest.mark.slow
def test_single_precision():
    def total(delta, epsilon, B, c):
        # each of order one
        parts = [
            mixing.mixed_levels(epsilon, delta, FREQUENCIES.astype("f4"), COUPLINGS.astype("f4"))[1],
            mixing.repelled_splitting(epsilon, FREQUENCIES.astype("f4"), COUPLINGS.astype("f4")),
            mixing.amplitude_norm(B, c, 4.0, 1e-8),
            1e6 * mixing.scattering_rate(1e-3, 0.07, B, c),
            mixing.first_order_tunnelling(delta, B),
            mixing.mixing_constants(5.8)[0],
        ]
        return sum(jnp.log(part) for part in parts)

    at = (0.01, 0.1, 117.0, 0.0)
    double, slopes = jax.value_and_grad(total, (0, 1, 2, 3))(*at)
    with jax.enable_x64(False):
        single, rough = jax.value_and_grad(total, (0, 1, 2, 3))(*(jnp.float32(x) for x in at))
        assert single.dtype == jnp.float32
    assert float(single) == pytest.approx(float(double), rel=1e-4)
    np.testing.assert_allclose(rough, slopes, rtol=1e-3)

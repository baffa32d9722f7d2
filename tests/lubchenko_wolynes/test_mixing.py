"""Two-level systems with and without quantum mixing: C(t), rates and closed forms against the oracle."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from glassjax.lubchenko_wolynes import mixing, tunnelling
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
    for e in table.entries("bare_ratio"):
        a = e["arguments"]
        assert float(mixing.linked_scattering(a["A1"], a["B"], a["c"], a["xi"])) == pytest.approx(
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

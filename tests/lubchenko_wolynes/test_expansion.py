"""Thermal expansion: pair sums, occupations and the automatic derivative against the oracle's numerical one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import expansion
from tests.oracles import expansion as oracle
from tests.oracles import ripplons, table

from .spectra import array, assert_close


def test_pair_sums():
    assert_close(table.entries("ripplon_pairs"), lambda e: expansion.pair_sum(e["arguments"]["xi"]), 1e-8)
    assert float(expansion.pair_sum(5.8, "printed")) == pytest.approx(19499, rel=1e-4)


def test_occupation():
    assert_close(
        table.entries("occupied"),
        lambda e: expansion.occupation(array(e["arguments"]["T"]), e["arguments"]["tg"]),
        1e-8,
    )


def test_ripplon_expansion():
    def compute(e):
        a = e["arguments"]
        value = expansion.ripplon_expansion(array(a["T"]), a["tg"], a["xi"], sums=a["sums"], pairs=a["pairs"])
        return value / a["xi"] ** 3

    assert_close(table.entries("ripplon_ripplon"), compute, 1e-8)


def test_printed_limit_of_eq_75():
    # α_V,rr = -3.0 (ln2)²π² (k_BT/Kξ³T_D)(a/ξ)^{7/4}: the printed 3.0 is 2·(2/3)·(9/8)·2 = 3
    T, xi = jnp.array([1e-4]), 5.8
    value = expansion.ripplon_expansion(T, 4.4, xi, sums="printed")
    assert float(value[0]) == pytest.approx(-3 * np.log(2) ** 2 * np.pi**2 * 1e-4 * xi**-1.75, rel=1e-4)


def test_ripplon_two_level_expansion():
    assert_close(
        table.entries("ripplon_level"),
        lambda e: (
            expansion.ripplon_two_level_expansion(e["arguments"]["tg"], e["arguments"]["xi"])
            / e["arguments"]["xi"] ** 3
        ),
        1e-8,
    )


TG = 1500 / 342  # silica


def test_expansion_of_any_free_energy():
    # |F| = T³: -2·3T², and T·6T
    T = jnp.array([1e-4, 0.02, 0.3])
    np.testing.assert_allclose(expansion.volume_expansion(lambda t: t**3, T), -6 * T**2, rtol=1e-14)
    np.testing.assert_allclose(expansion.interaction_heat_capacity(lambda t: t**3, T), 6 * T**2, rtol=1e-14)
    by_T = jax.grad(lambda t: jnp.sum(expansion.volume_expansion(lambda u: u**3, t)))(T)
    np.testing.assert_allclose(by_T, -12 * T, rtol=1e-13)
    by_T = jax.grad(lambda t: jnp.sum(expansion.interaction_heat_capacity(lambda u: u**3, t)))(T)
    np.testing.assert_allclose(by_T, 12 * T, rtol=1e-13)


def test_heat_capacity_of_the_ripplon_attraction():
    # F ∝ T²: half of |α| K ξ³, that is γ/2 of T/tg, against the second difference of the oracle's free energy
    T, h = 1e-3, 1e-5
    strength = 2 / 3 * TG**2 * 5.8**-6 * oracle.ripplon_pairs(ripplons.discrete(5.8))
    q = [float(oracle.occupied(T + k * h, TG)) ** 2 for k in (-1, 0, 1)]
    expected = T * strength * (q[0] - 2 * q[1] + q[2]) / h**2
    got = expansion.interaction_heat_capacity(lambda t: expansion.ripplon_free_energy(t, TG), jnp.array([T]))
    assert float(got[0]) == pytest.approx(expected, rel=1e-6)
    gamma = expansion.grueneisen(expansion.ripplon_expansion(jnp.array([T]), TG), jnp.array([T]), TG)
    assert float(got[0]) * TG / T == pytest.approx(-float(gamma[0]) / 2, rel=2e-3)


def test_grueneisen():
    for pairs in expansion.PAIRS:
        alpha = expansion.ripplon_expansion(jnp.array([0.003]), TG, pairs=pairs)
        got = expansion.grueneisen(alpha, 0.003, TG)
        assert float(got[0]) == pytest.approx(oracle.grueneisen(0.003, TG, pairs=pairs), rel=1e-8)


def test_printed_numbers_of_silica():
    # (ξ/a)³ = 200 and 1500/350: "γ ≃ -3"; T_D = 342 K: linear α at 1 K with ξ = 20 Å, K = ρc_s²/3
    xi = 200 ** (1 / 3)
    assert float(expansion.printed_ripplon_grueneisen(1500 / 350, xi)) == pytest.approx(-2.77, abs=0.005)
    unit = 1.380649e-23 / (2200 * 4100**2 / 3 * 20e-10**3)
    alpha = float(expansion.printed_ripplon_expansion(1 / 342, xi)) * unit / 3
    assert alpha == pytest.approx(-0.88e-10, abs=0.005e-10)
    assert float(expansion.direct_coupling_bound()) == pytest.approx(8.43, abs=0.005)
    assert float(expansion.interaction_heat_share()) == pytest.approx(1.52e-5, abs=0.005e-5)
    # Eq. 80 over Eq. 76 is Eq. 79 over Eq. 75: 1.2 in the paper
    ratio = expansion.printed_mixed_grueneisen(1 / 342, TG, xi) / expansion.printed_ripplon_grueneisen(TG, xi)
    assert float(ratio) == pytest.approx(1.18, abs=0.005)


def test_printed_powers():
    # powers of each argument, read off the printed formulas
    def power(function, at, k):
        up = [2 * a if i == k else a for i, a in enumerate(at)]
        return np.log2(float(function(*up)) / float(function(*at)))

    cases = [
        (expansion.printed_ripplon_expansion, (0.01, 5.8), (1, -1.75)),
        (expansion.printed_ripplon_grueneisen, (4.4, 5.8), (1, -1.75)),
        (expansion.direct_coupling_bound, (10.0,), (1,)),
        (expansion.interaction_heat_share, (5.8, 10.0), (-5, -2)),
        (lambda T: expansion.printed_mixed_grueneisen(T, 4.4), (0.01,), (-1,)),
    ]
    for function, at, powers in cases:
        for k, expected in enumerate(powers):
            assert power(function, at, k) == pytest.approx(expected, rel=1e-12)
            slope = jax.grad(function, argnums=k)(*at)
            assert float(slope) == pytest.approx(expected * float(function(*at)) / at[k], rel=1e-12)
    for k, step in ((0, 1e-7), (1, 1e-4), (2, 1e-4)):
        at = [0.01, 4.4, 5.8]
        up, down = ([a + sign * step * (i == k) for i, a in enumerate(at)] for sign in (1, -1))
        found = expansion.printed_mixed_grueneisen(*up) - expansion.printed_mixed_grueneisen(*down)
        slope = jax.grad(expansion.printed_mixed_grueneisen, argnums=k)(*at)
        assert float(slope) == pytest.approx(float(found) / (2 * step), rel=1e-7)


def test_slopes_and_single_precision():
    T = np.geomspace(1e-5, 1.0, 9)

    def run(T, tg, xi):
        def logs(*v):
            return jnp.sum(jnp.log(-expansion.ripplon_expansion(*v)))

        return jax.value_and_grad(logs, argnums=(0, 1, 2))(T, tg, xi)

    compiled = jax.jit(run)
    value, slopes = compiled(jnp.asarray(T), TG, 5.8)
    for k, at in ((1, TG), (2, 5.8)):
        up, down = ([T, TG + sign * 1e-4 * (k == 1), 5.8 + sign * 1e-4 * (k == 2)] for sign in (1, -1))
        found = float(compiled(*up)[0] - compiled(*down)[0]) / 2e-4
        assert float(slopes[k]) == pytest.approx(found, rel=1e-6), at
    found = (compiled(T * (1 + 1e-5), TG, 5.8)[0] - compiled(T * (1 - 1e-5), TG, 5.8)[0]) / 2e-5
    assert float(slopes[0] @ T) == pytest.approx(float(found), rel=1e-6)
    with jax.enable_x64(False):
        single, slopes = compiled(jnp.asarray(T, jnp.float32), jnp.float32(TG), jnp.float32(5.8))
        assert single.dtype == jnp.float32
        assert all(bool(jnp.all(jnp.isfinite(slope))) for slope in slopes)
    # nine logarithms; ψ of neighbouring arguments cancels in single precision
    assert float(single) == pytest.approx(float(value), abs=1e-2)


def test_pair_count():
    assert (expansion.pair_count("ordered"), expansion.pair_count("unordered")) == (1.0, 0.5)


def test_unknown_choices():
    with pytest.raises(GlassjaxError, match="did you mean 'printed'"):
        expansion.pair_sum(5.8, "print")
    with pytest.raises(GlassjaxError, match="there are ordered, unordered"):
        expansion.ripplon_free_energy(jnp.array([0.1]), 4.0, pairs="both")

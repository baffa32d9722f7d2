"""The saddle points against the oracle, which solves their equations by bisection and integrates over E."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import canonical, counting, ripplons, saddle
from tests.oracles import table
from tests.oracles.ripplons import discrete

from .spectra import array, assert_close, spectrum_of, tolerance_of

ground = jax.jit(counting.ground_density)
cumulative = jax.jit(counting.cumulative_density)
excited = jax.jit(counting.excited_density)


def test_ground_density():
    # the spectrum's nodes are good to 10⁻⁵ of a mode, which the exponent (up to 16) multiplies
    assert_close(
        table.entries("ground"),
        lambda e: ground(array(e["arguments"]["omega"]), e["spectrum"]["tg"], spectrum_of(e)),
        1e-4,
    )


def test_limit_of_the_ground_density():
    # Sec. 4: e/√2π at ω → 0, where the exact answer is 1
    density = counting.ground_density(jnp.array([1e-6]), 4.0, ripplons.discrete_spectrum())
    assert float(density[0]) == pytest.approx(np.e / np.sqrt(2 * np.pi), rel=1e-5)


def test_cumulative_density():
    def compute(e):
        a = e["arguments"]
        E, omega = array(a["E"])[:, None], array(a["omega"])[None, :]
        return cumulative(omega, E, e["spectrum"]["tg"], spectrum_of(e))

    # 10⁻³ because the exponent reaches 55
    assert_close(table.entries("cumulative"), compute, 1e-3)


def test_excited_density():
    def compute(e):
        a = e["arguments"]
        return excited(array(a["omega"]), array(a["T"]), e["spectrum"]["tg"], spectrum_of(e))

    # the same: T_gρ_exc reaches 10¹⁵ in the table, where κ has long reached its floor
    entries = table.entries("excited")
    assert_close(entries, compute, 1e-3)
    for e in entries:
        expected = np.asarray(e["value"])
        error = np.abs(np.asarray(compute(e)) / expected - 1)
        assert np.max(error[expected < 1e4]) < tolerance_of(e, 1e-4), e["spectrum"]


@pytest.mark.parametrize(("tg", "softening"), [(1.5, 0.3), (4.4, 0.4), (8.0, 0.85)])
def test_known_frequencies_are_interpolated(tg, softening):
    # 10⁻⁵, near a soft mode 3·10⁻⁵; from what is computed at each frequency, which the oracle confirms above
    omega_c = ripplons.omega_c_from_softening(softening, tg, 5.8, 30.0, "box")
    T, omega = jnp.array([1e-4, 0.01, 0.1, 1.0]), np.geomspace(1e-7, 1.0, 60)

    @jax.jit
    def both(tg, omega_c):
        counted = counting.Counting.of(ripplons.broadened_spectrum(tg, omega_c), tg)
        return [counted.log_total(at, T) for at in (omega, jnp.asarray(omega))]

    between, direct = both(tg, omega_c)
    np.testing.assert_allclose(between, direct, rtol=0, atol=1e-5 if softening < 0.8 else 3e-5)
    assert not np.array_equal(between, direct)


@pytest.mark.slow
def test_sharp_rule_is_the_cumulative_density_at_E_equal_T():
    omega, T = jnp.array([0.03, 0.3]), jnp.array([0.01, 0.1])
    spectrum = ripplons.broadened_spectrum(4.0, 1.8)
    sharp = counting.excited_density(omega, T, 4.0, spectrum, excited="sharp")
    one = counting.cumulative_density(omega, jnp.full(2, 0.1), 4.0, spectrum)
    np.testing.assert_allclose(sharp[1], one, rtol=1e-12)


@pytest.mark.parametrize("rule", ["thermal", pytest.param("sharp", marks=pytest.mark.slow)])
def test_gradients(rule):
    omega, T = jnp.array([0.02, 0.2]), jnp.array([0.01, 0.08])

    def total(parameters):
        tg, omega_c = parameters
        spectrum = ripplons.broadened_spectrum(tg, omega_c)
        return jnp.sum(jnp.log(counting.excited_density(omega, T, tg, spectrum, excited=rule)))

    total = jax.jit(total)

    at = jnp.array([4.0, 1.7])
    exact = jax.jit(jax.grad(total))(at)
    forward = jax.jit(jax.jacfwd(total))(at)
    np.testing.assert_allclose(exact, forward, rtol=1e-9)
    for i in range(2):
        e = jnp.zeros(2).at[i].set(1e-4)
        np.testing.assert_allclose(exact[i], (total(at + e) - total(at - e)) / 2e-4, rtol=1e-5)


def test_unknown_choices():
    spectrum = ripplons.discrete_spectrum()
    with pytest.raises(GlassjaxError, match="no method 'sadle', did you mean 'saddle'"):
        counting.ground_density(jnp.array([0.1]), 4.0, spectrum, method="sadle")
    with pytest.raises(GlassjaxError, match="rule for excited states 'hot'"):
        counting.excited_density(jnp.array([0.1]), jnp.array([0.1]), 4.0, spectrum, excited="hot")
    # full populations are no density of excited states
    with pytest.raises(GlassjaxError, match="there are thermal, sharp"):
        counting.excited_density(jnp.array([0.1]), jnp.array([0.1]), 4.0, spectrum, excited="populations")


def log_partition(s):
    """Ln Z of the discrete spectrum, in mpmath."""
    modes = zip(*discrete(), strict=True)
    return -mp.fsum(mp.mpf(w) * mp.log1p(-mp.exp(-s * mp.mpf(f))) for f, w in modes)


@pytest.mark.parametrize("s", [0.05, 3.0, 40.0])
def test_cumulants(s):
    got = canonical.cumulants(jnp.array([s]), ripplons.discrete_spectrum())[:, 0]
    with mp.workdps(40):
        expected = [float((-1) ** k * mp.diff(log_partition, s, k)) for k in range(5)]
    np.testing.assert_allclose(got, expected, rtol=1e-11)


def test_cumulants_are_derivatives_of_each_other():
    s, spectrum = jnp.array([0.1, 2.0, 30.0]), ripplons.discrete_spectrum()
    value, slope = jax.jvp(lambda s: canonical.cumulants(s, spectrum), (s,), (jnp.ones(3),))
    np.testing.assert_allclose(slope[:-1], -value[1:], rtol=1e-11)


@pytest.mark.parametrize("omega", [1e-6, 0.024, 0.1, 0.7])
def test_orders_of_the_ground_state_saddle(omega):
    tg = 4.0
    with mp.workdps(40):

        def f(s):
            return s * omega + log_partition(s) - mp.log(s + mp.mpf(1) / tg)

        low, high = mp.mpf("0.01"), mp.mpf(10) / omega
        s = mp.findroot(
            lambda y: mp.diff(f, mp.exp(y)), (mp.log(low), mp.log(high)), solver="anderson", tol=1e-30
        )
        second, third, fourth = (float(mp.diff(f, mp.exp(s), k)) for k in (2, 3, 4))
    spectrum = ripplons.discrete_spectrum()
    got = [float(x[0]) for x in saddle.saddle_orders(jnp.array([omega]), tg, spectrum)]
    np.testing.assert_allclose(got, [abs(third) / 6 / second**1.5, fourth / 24 / second**2], rtol=1e-9)
    factor = float(saddle.next_order_factor(jnp.array([omega]), tg, spectrum)[0])
    assert factor == pytest.approx(1 + fourth / 8 / second**2 - 5 * third**2 / 24 / second**3, rel=1e-9)


def test_printed_orders():
    # theory.md, Sec. 13: fourth-order term 0.25 at ω → 0 and 0.16 at 0.1; the third is 1/3 at ω → 0
    third, fourth = saddle.saddle_orders(jnp.array([1e-7, 0.1]), 4.0, ripplons.discrete_spectrum())
    np.testing.assert_allclose(fourth, [0.25, 0.16], atol=3e-3)
    assert float(third[0]) == pytest.approx(1 / 3, rel=1e-6)


@pytest.mark.parametrize(("omega", "E"), [(1e-4, 0.03), (0.05, 0.1), (0.3, 0.02), (1.0, 1.0)])
def test_orders_of_the_excited_state_saddle(omega, E):
    tg, spectrum = 4.0, ripplons.discrete_spectrum()
    got = [float(x) for x in saddle.cumulative_orders(omega, E, tg, spectrum)]
    with mp.workdps(30):

        def f(a, b):
            s = mp.mpf(1) / tg + a - b
            return s * omega + a * E + log_partition(s) - mp.log(a) - mp.log(b)

        def mismatch(fraction):
            a, b = 1 / (E * (1 - fraction)), 1 / (E * fraction)
            s = mp.mpf(1) / tg + a - b
            return mp.mpf(1e3) if s <= 0 else -mp.diff(log_partition, s) - omega - E * fraction

        edge = 1 / (1 + mp.mpf(10) / E)
        fraction = mp.findroot(mismatch, (edge / 10, 1 - edge / 10), solver="bisect", tol=1e-24, maxsteps=200)
        a, b = 1 / (E * (1 - fraction)), 1 / (E * fraction)
        hessian = [[mp.diff(f, (a, b), n) for n in row] for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))]
        values, vectors = np.linalg.eigh(np.array(hessian, float))
        expected = []
        for h, (x, y) in zip(values[::-1], vectors.T[::-1], strict=True):
            along = mp.diff(lambda t, x=x, y=y: f(a + t * x, b + t * y), 0, 4)
            expected.append(float(along) / 24 / h**2)
    # the table gives s to 10⁻⁶
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@pytest.mark.slow
def test_gradients_of_the_orders():
    omega = jnp.array([0.02, 0.3])

    def total(p):
        tg, omega_c = p
        spectrum = ripplons.broadened_spectrum(tg, omega_c)
        terms = saddle.saddle_orders(omega, tg, spectrum)
        more = saddle.cumulative_orders(omega, 0.1, tg, spectrum)
        factor = saddle.next_order_factor(omega, tg, spectrum)
        return jnp.sum(jnp.stack([*terms, *more, factor]))

    total, at = jax.jit(total), jnp.array([4.0, 1.7])
    exact = jax.jit(jax.grad(total))(at)
    for i in range(2):
        e = jnp.zeros(2).at[i].set(1e-4)
        np.testing.assert_allclose(exact[i], (total(at + e) - total(at - e)) / 2e-4, rtol=1e-4)


def test_orders_are_finite_in_both_precisions():
    omega, E = np.array([1e-6, 1e-3, 1.0]), np.array([1e-5, 0.1, 10.0])
    wide = None
    for x64 in (True, False):
        with jax.enable_x64(x64):
            spectrum = ripplons.discrete_spectrum()
            x, y = jnp.asarray(omega, float), jnp.asarray(E, float)
            terms = [*saddle.saddle_orders(x, 4.0, spectrum), saddle.next_order_factor(x, 4.0, spectrum)]
            terms = np.array([*terms, *saddle.cumulative_orders(x, y, 4.0, spectrum)])
        assert np.all(np.isfinite(terms))
        if wide is None:
            wide = terms
    np.testing.assert_allclose(terms, wide, rtol=3e-3)

"""The saddle points against the oracle, which solves their equations by bisection and integrates over E."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import counting, ripplons
from tests.oracles import table

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


def test_sharp_rule_is_the_cumulative_density_at_E_equal_T():
    omega, T = jnp.array([0.03, 0.3]), jnp.array([0.01, 0.1])
    spectrum = ripplons.broadened_spectrum(4.0, 1.8)
    sharp = counting.excited_density(omega, T, 4.0, spectrum, excited="sharp")
    one = counting.cumulative_density(omega, jnp.full(2, 0.1), 4.0, spectrum)
    np.testing.assert_allclose(sharp[1], one, rtol=1e-12)


@pytest.mark.parametrize("rule", counting.EXCITED)
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

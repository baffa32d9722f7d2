"""C of Fig. 15 against the oracle's adaptive integral over ε, limits, and Debye's function."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import heat_capacity, ripplons
from tests.oracles import table

from .spectra import array, assert_close, assert_slopes_close, spectrum_of

domain = jax.jit(heat_capacity.domain_heat_capacity)


def _domain(e):
    return domain(array(e["arguments"]["T"]), e["spectrum"]["tg"], spectrum_of(e))


def test_domain_heat_capacity():
    # 10⁻⁴: the spectrum's nodes (10⁻⁵) where a single soft mode carries the answer
    assert_close(table.entries("domain_heat_capacity"), _domain, 1e-4)
    assert_close(table.entries("domain_heat_capacity", "beyond"), _domain, 2e-2)


def test_derivatives():
    rows = [
        e for e in table.entries("domain_heat_capacity", "derivative") if e["spectrum"]["kind"] == "broadened"
    ]
    assert rows
    for e in rows:
        s, temperatures = e["spectrum"], array(e["arguments"]["T"])

        def value(tg, omega_c, xi, D, T=temperatures):
            return heat_capacity.domain_heat_capacity(T, tg, ripplons.broadened_spectrum(tg, omega_c, xi, D))

        given = [s[key] for key in ("tg", "omega_c", "xi", "D")]
        slopes = jax.jit(jax.jacfwd(value, argnums=(0, 1, 2, 3)))(*given)
        for name, got in zip(("tg", "omega_c", "xi", "D"), slopes, strict=True):
            assert_slopes_close(got, e["value"][name], _domain(e), s[name])


def test_two_level_limit():
    assert_close(
        table.entries("two_level"),
        lambda e: heat_capacity.two_level_heat_capacity(array(e["arguments"]["T"]), e["arguments"]["tg"]),
        3e-7,
    )
    # (π²/3) T/tg for both signs of ε
    small = heat_capacity.two_level_heat_capacity(jnp.array([1e-5]), 4.0)
    assert float(small[0]) == pytest.approx(np.pi**2 / 3 * 1e-5 / 4, rel=1e-4)


def test_debye():
    assert_close(
        table.entries("debye"), lambda e: heat_capacity.debye_heat_capacity(array(e["arguments"]["T"])), 1e-8
    )
    assert float(heat_capacity.debye_heat_capacity(jnp.array([1e-3]))[0]) == pytest.approx(
        12 * np.pi**4 / 5 * 1e-9
    )


def test_classical_limit():
    high = heat_capacity.domain_heat_capacity(jnp.array([30.0]), 4.0, ripplons.discrete_spectrum())
    assert float(high[0]) == pytest.approx(2 * 96, rel=1e-4)


@pytest.mark.parametrize(
    ("tg", "omega_c", "height", "position"),
    [(None, 0, 8.86e4, 0.0378), (2.0, 1.8, 1.59e5, 0.0215), (4.0, 1.8, 3.65e5, 0.0133)],
)
def test_bump_of_fig_15(tg, omega_c, height, position):
    spectrum = ripplons.discrete_spectrum() if tg is None else ripplons.broadened_spectrum(tg, omega_c)
    T = jnp.geomspace(0.008, 0.06, 300)
    # the figure without coupling hardly depends on tg: 4 reproduces the height
    ratio = heat_capacity.domain_heat_capacity(
        T, tg or 4.0, spectrum
    ) + 5.8**3 * heat_capacity.debye_heat_capacity(T)
    ratio = ratio / T**3
    assert float(jnp.max(ratio)) == pytest.approx(height, rel=4e-3)
    assert float(T[jnp.argmax(ratio)]) == pytest.approx(position, rel=1e-2)

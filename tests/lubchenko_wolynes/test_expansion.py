"""Thermal expansion: pair sums, occupations and the automatic derivative against the oracle's numerical one."""

import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.errors import GlassjaxError
from glassjax.lubchenko_wolynes import expansion
from tests.oracles import table

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


def test_unknown_choices():
    with pytest.raises(GlassjaxError, match="did you mean 'printed'"):
        expansion.pair_sum(5.8, "print")
    with pytest.raises(GlassjaxError, match="there are ordered, unordered"):
        expansion.ripplon_free_energy(jnp.array([0.1]), 4.0, pairs="both")

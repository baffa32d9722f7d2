"""The exact counting over its whole promised box: values, densities beside narrow resonances, and honest errors."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax.lubchenko_wolynes import conductivity, counting, ripplons
from tests.oracles import table

BOX, NORMAL = "box", "gauss"


@partial(jax.jit, static_argnames="smearing")
def answers(omega, T, tg, omega_c, smearing):
    """κ, its claimed error, T_gρ and T_gρ_exc: one compilation for all spectra."""
    spectrum = ripplons.broadened_spectrum(tg, omega_c, smearing=smearing)
    kappa, claimed = conductivity.reduced_conductivity(T, tg, spectrum, method="exact", return_error=True)
    ground = counting.ground_density(omega, tg, spectrum, "exact")
    return kappa, claimed, ground, counting.excited_density(omega, T, tg, spectrum, "exact")


def cases(smearing):
    """Conductivity, ρ and ρ_exc of each spectrum of the oracle's table."""
    names = ("reduced_conductivity", "ground_density", "excited_density")
    rows = zip(*(table.entries(name, "exact") for name in names), strict=True)
    return [row for row in rows if row[0]["spectrum"]["smearing"] == smearing]


def label(row):
    return "{tg}-{omega_c}".format(**row[0]["spectrum"])


def evaluated(row):
    """Name and arrays: got, expected, for one spectrum."""
    given, T = row[0]["spectrum"], np.asarray(row[0]["arguments"]["T"])
    omega = np.asarray(row[1]["arguments"]["omega"])
    got = answers(jnp.asarray(omega), jnp.asarray(T), given["tg"], given["omega_c"], given["smearing"])
    return [np.asarray(x) for x in got], [np.asarray(entry["value"]) for entry in row]


@pytest.mark.parametrize("row", cases(BOX), ids=label)
def test_box(row):
    (kappa, claimed, ground, excited), expected = evaluated(row)
    error = np.abs(kappa / expected[0] - 1)
    np.testing.assert_array_less(error, 1e-5)
    # honest, and useful
    np.testing.assert_array_less(error, claimed)
    np.testing.assert_array_less(claimed, 5e-5)
    np.testing.assert_allclose(ground, expected[1], rtol=1e-5)
    # ρ_exc of a cold centre falls to e^{-ω₂/T}: relative to all that scatters
    np.testing.assert_array_less(np.abs(excited - expected[2]) / (expected[1][None, :] + expected[2]), 1e-5)


@pytest.mark.parametrize("row", cases(NORMAL), ids=label)
def test_normal_cut_off(row):
    (kappa, claimed, ground, excited), expected = evaluated(row)
    error = np.abs(kappa / expected[0] - 1)
    np.testing.assert_array_less(error, 1e-5)
    np.testing.assert_array_less(error, claimed)
    np.testing.assert_allclose(ground, expected[1], rtol=1e-4)
    np.testing.assert_array_less(np.abs(excited - expected[2]) / (expected[1][None, :] + expected[2]), 1e-4)

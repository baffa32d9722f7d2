"""What a user can get wrong in Python is one sentence, and units are honoured."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pint
import pytest
import xarray as xr

import glassjax as gj
from glassjax.scalars import as_finite, check_seed, number_array, whole_number

UNITS = pint.UnitRegistry()
KELVIN = np.array([0.5, 1.0, 3.0])
SILICA = gj.load_glass("a-SiO2")
CONSTANTS = {
    "glass_temperature": 1500.0,
    "debye_temperature": 342.0,
    "density": 2200.0,
    "sound_speed": 4100.0,
}
ROWS = {"name": "m", "quantity": "kappa", "temperature": [1.0, 2.0], "value": [1.0, 2.0], "error": [0.1, 0.1]}


@pytest.mark.parametrize(
    "T",
    [
        1e3 * KELVIN * UNITS.millikelvin,
        [500.0 * UNITS.millikelvin, 1.0 * UNITS.kelvin, 3.0 * UNITS.kelvin],
        KELVIN * UNITS.kelvin,
        pd.Series(KELVIN),
        xr.DataArray(KELVIN, attrs={"units": "K"}),
        np.ma.array(KELVIN, mask=False),
        tuple(KELVIN.tolist()),
    ],
)
def test_temperatures_in_any_dress(T):
    np.testing.assert_allclose(number_array(T, "T", "K"), KELVIN, rtol=1e-12)


@pytest.mark.parametrize(
    "T",
    [
        KELVIN * UNITS.metre,
        np.ma.array(KELVIN, mask=[0, 0, 1]),
        KELVIN + 0j,
        ["1", "2"],
        np.array([1.0, None], dtype=object),
        [True],
        xr.DataArray(KELVIN, attrs={"units": "mK"}),
        pd.DataFrame({"T": KELVIN}),
        {"T": 1.0},
        [[1.0], [1.0, 2.0]],
        [10**400],
        None,
    ],
)
def test_what_is_no_temperature(T):
    with pytest.raises(gj.GlassjaxError):
        number_array(T, "T", "K")


def test_constants_and_rows_with_units():
    glass = gj.Glass(**CONSTANTS | {"density": 2.2 * UNITS("g/cm**3")})
    assert glass.density == pytest.approx(2200.0)
    found = gj.Measurement(**ROWS | {"value": np.array([10.0, 20.0]) * UNITS("mW/cm/K")})
    np.testing.assert_allclose(found.value, [1.0, 2.0])


@pytest.mark.parametrize("value", [np.nan, -1.0, 0, "2200", True, 1 + 0j, np.inf, 3 * UNITS.metre])
def test_what_is_no_density(value):
    with pytest.raises((gj.GlassjaxError, TypeError)):
        gj.Glass(**CONSTANTS | {"density": value})


@pytest.mark.parametrize("seed", [-1, 2**40, 1.5, True, "1", None])
def test_what_is_no_seed(seed):
    with pytest.raises(gj.StudyError):
        check_seed(seed)


def test_whole_numbers_of_numpy():
    assert check_seed(np.int64(3)) == 3
    assert whole_number(np.uint8(2), "draws") == 2
    assert as_finite(np.float32(0.5)) == 0.5
    assert as_finite("150") is None


@pytest.mark.parametrize("R", [np.nan, -1.0, np.inf])
def test_parameters_that_are_none(R):
    with pytest.raises(gj.GlassjaxError, match="R"):
        gj.Debye(R=R).heat_capacity(KELVIN, SILICA)


def test_a_traced_scalar_is_refused_as_a_plain_one_is():
    theory = gj.Debye()
    for call in (
        lambda: theory.heat_capacity(jnp.asarray(1.0), SILICA),
        lambda: jax.jit(lambda t: theory.heat_capacity(t, SILICA))(1.0),
        lambda: jax.vmap(lambda t: theory.heat_capacity(t, SILICA))(KELVIN),
    ):
        with pytest.raises(gj.GlassjaxError, match="one-dimensional"):
            call()
    with pytest.raises(gj.GlassjaxError, match="positive"):
        jax.jit(lambda r: gj.Debye(R=r).heat_capacity(np.array([-1.0]), SILICA))(100.0)

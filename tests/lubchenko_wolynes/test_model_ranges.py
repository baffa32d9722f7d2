"""The joint model over the whole ranges of its parameters, in double and in single precision, with every option."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax import LubchenkoWolynes

from . import probe
from .probe import SILICA

FEW = 200  # draws from the priors, all of their corners among them


@pytest.fixture(scope="module")
def single_precision():
    """What `probe` finds in a process without 64-bit numbers, as most users of a GPU run, compiled as for users."""
    return probe_in_single_precision(FEW)


def probe_in_single_precision(count):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.lubchenko_wolynes.probe", str(count)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "JAX_ENABLE_X64": "0", "XLA_FLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def assert_none_bad(found, dtype):
    assert set(found.values()) == {dtype, 0}, found


@pytest.mark.parametrize("count", [FEW, pytest.param(probe.DRAWS, marks=pytest.mark.slow)])
def test_finite_over_the_priors_in_double_precision(count):
    assert_none_bad(probe.count_bad(first=count), "float64")


def test_finite_over_the_priors_in_single_precision(single_precision):
    assert_none_bad(single_precision["bad"], "float32")


@pytest.mark.slow
def test_finite_over_all_draws_in_single_precision():
    assert_none_bad(probe_in_single_precision(probe.DRAWS)["bad"], "float32")


def test_single_precision_agrees_with_double(single_precision):
    double = probe.observables()
    for quantity, values in single_precision["observables"].items():
        np.testing.assert_allclose(values, double[quantity], rtol=3e-4)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"friction": "cut-off"}, marks=pytest.mark.slow),
        pytest.param({"excited": "populations"}, marks=pytest.mark.slow),
        {"counting": "saddle", "excited": "thermal"},
        pytest.param({"saturation": True}, marks=pytest.mark.slow),
        pytest.param({"counting": "saddle", "form_factor": "surface"}, marks=pytest.mark.slow),
        pytest.param({"excited": "thermal", "vertical": "coupled"}, marks=pytest.mark.slow),
    ],
)
def test_finite_with_every_option(options):
    T = jnp.asarray(np.geomspace(1e-5, 1.0, 9)) * SILICA.debye_temperature

    def total(values):
        theory = LubchenkoWolynes(**options).at(values, SILICA)
        return jnp.sum(jnp.log(theory.thermal_conductivity(T, SILICA))) + jnp.sum(
            jnp.log(theory.heat_capacity(T, SILICA))
        )

    names = ("softening", "c", "B", "tg", "R", "xi")
    values = {name: jnp.asarray(probe.draws()[name][:48]) for name in names}
    value, slopes = jax.jit(lambda v: jax.lax.map(jax.value_and_grad(total), v, batch_size=8))(values)
    assert np.all(np.isfinite(value))
    for name, slope in slopes.items():
        assert np.all(np.isfinite(slope)), name

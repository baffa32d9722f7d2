"""The rivals as theories: by name, as pytrees, differentiable, finite over their whole ranges in both precisions."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glassjax
from glassjax import GlassjaxError, evaluate, get_theory, list_theories
from glassjax.quantities import QUANTITIES

from . import probe
from .probe import RIVALS, SILICA

NAMES = {"debye": "Debye", "standard-tunnelling": "StandardTunnelling", "soft-potential": "SoftPotential"}


def test_by_name():
    assert set(NAMES) < set(list_theories())
    for name, attribute in NAMES.items():
        assert get_theory(name) is getattr(glassjax, attribute)
    with pytest.raises(GlassjaxError, match="did you mean 'standard-tunnelling'"):
        get_theory("standard-tunneling")


@pytest.mark.parametrize("theory", RIVALS)
def test_parameters(theory):
    for parameter in theory.parameters():
        assert parameter.low <= getattr(theory(), parameter.name) <= parameter.high
    assert len(jax.tree.leaves(theory())) == len(theory.parameters())
    with pytest.raises(GlassjaxError, match="no parameter 'flor', did you mean 'floor'"):
        theory().at({"flor": 1.0}, SILICA)
    with pytest.raises(GlassjaxError, match="temperatures must be positive"):
        theory().thermal_conductivity(jnp.array([-1.0]), SILICA)


@pytest.mark.parametrize("theory", RIVALS)
def test_slopes_by_every_parameter(theory):
    T = jnp.array([0.01, 0.5, 8.0, 200.0])
    start = {p.name: jnp.asarray(getattr(theory(), p.name) or 0.3) for p in theory.parameters()}
    start |= {"rayleigh": jnp.asarray(400.0)} if "rayleigh" in start else {}

    @jax.jit
    def observables(values):
        drawn = theory().at(values, SILICA)
        return jnp.stack([evaluate(drawn, q, T, SILICA) for q in QUANTITIES])

    slopes = jax.jit(jax.jacfwd(observables))(start)
    value = observables(start)
    for name, at in start.items():
        up, down = ({**start, name: at * (1 + sign * 1e-4)} for sign in (1, -1))
        expected = (observables(up) - observables(down)) / (2e-4 * at)
        scale = np.abs(value / at)
        np.testing.assert_array_less(np.abs(slopes[name] - expected), 1e-6 * scale + 1e-30)


@pytest.mark.parametrize("theory", RIVALS)
def test_jit_and_vmap(theory):
    T = jnp.asarray(np.geomspace(1e-3, 300.0, 7))

    @jax.jit
    def total(drawn):
        return jnp.stack([evaluate(drawn, q, T, SILICA) for q in QUANTITIES])

    drawn = jax.vmap(lambda f: theory(floor=f))(jnp.array([0.2, 0.5, 1.0]))
    np.testing.assert_allclose(jax.vmap(total)(drawn)[1], total(theory(floor=0.5)), rtol=1e-10)


def single_precision(*arguments):
    """What `probe` finds in a process without 64-bit numbers."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.rivals.probe", *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "JAX_ENABLE_X64": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_single_precision_agrees_with_double():
    single = single_precision()
    for theory in RIVALS:
        double = probe.observables(theory)
        for quantity, values in single[theory.__name__].items():
            np.testing.assert_allclose(values, double[quantity], rtol=1e-4)


@pytest.mark.slow
def test_finite_over_the_ranges():
    single = single_precision("ranges")
    for theory in RIVALS:
        for found, dtype in ((probe.count_bad(theory), "float64"), (single[theory.__name__], "float32")):
            assert found.pop("dtype") == dtype
            assert set(found.values()) == {0}, (theory, found)

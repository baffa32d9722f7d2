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
from glassjax.theory import QUANTITIES

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
    back = jax.jit(jax.jacrev(observables))(start)
    value = observables(start)
    for name, at in start.items():
        up, down = ({**start, name: at * (1 + sign * 1e-4)} for sign in (1, -1))
        expected = (observables(up) - observables(down)) / (2e-4 * at)
        scale = np.abs(value / at)
        np.testing.assert_array_less(np.abs(slopes[name] - expected), 1e-6 * scale + 1e-30)
        np.testing.assert_allclose(back[name], slopes[name], rtol=1e-9, atol=1e-12 * float(np.max(scale)))


@pytest.mark.parametrize("theory", RIVALS)
def test_jit_and_vmap(theory):
    T = jnp.asarray(np.geomspace(1e-3, 300.0, 7))
    floors = jnp.array([0.2, 0.5, 1.0])
    drawn = jax.vmap(lambda f: theory(floor=f))(floors)
    for q in QUANTITIES:
        batch = jax.jit(jax.vmap(lambda t, q=q: evaluate(t, q, T, SILICA)))(drawn)
        np.testing.assert_allclose(batch[1], evaluate(theory(floor=0.5), q, T, SILICA), rtol=1e-10)


@pytest.fixture(scope="module")
def single_precision():
    """What `probe` finds in a process without 64-bit numbers."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.rivals.probe"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "JAX_ENABLE_X64": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("theory", RIVALS)
def test_finite_over_the_ranges(theory, single_precision):
    for found, dtype in (
        (probe.count_bad(theory), "float64"),
        (single_precision[theory.__name__]["bad"], "float32"),
    ):
        assert found.pop("dtype") == dtype
        assert set(found.values()) == {0}, found


@pytest.mark.parametrize("theory", RIVALS)
def test_single_precision_agrees_with_double(theory, single_precision):
    double = probe.observables(theory)
    for quantity, values in single_precision[theory.__name__]["observables"].items():
        np.testing.assert_allclose(values, double[quantity], rtol=1e-4)

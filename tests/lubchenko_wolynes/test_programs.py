"""What a GPU asks of the compiled programs: no calls back to Python, static shapes, one program for all materials."""

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from glassjax import Glass, LubchenkoWolynes
from glassjax.quantities import QUANTITIES
from glassjax.theory import evaluate

T = jnp.array([0.3, 3.0, 30.0])
SILICA = {"glass_temperature": 1500.0, "debye_temperature": 342.0, "density": 2200.0, "sound_speed": 4100.0}
OTHER = {"glass_temperature": 400.0, "debye_temperature": 180.0, "density": 1300.0, "sound_speed": 2600.0}


def mean_log(constants: dict[str, Any], softening: Any, counting: str) -> Any:
    glass = Glass(**constants)
    theory = LubchenkoWolynes(counting=counting).at({"softening": softening}, glass)
    return sum(jnp.mean(jnp.log(jnp.abs(evaluate(theory, q, T, glass)))) for q in QUANTITIES)


@pytest.mark.parametrize("counting", ["saddle", "uniform", "exact"])
def test_nothing_calls_python(counting):
    program = jax.value_and_grad(lambda constants, s: mean_log(constants, s, counting), argnums=(0, 1))
    written = str(jax.make_jaxpr(program)(SILICA, 0.4))
    assert " exp " in written
    assert "callback" not in written
    assert "debug_" not in written


def test_one_program_serves_all_materials():
    traced = []

    @jax.jit
    def program(constants, softening):
        traced.append(1)
        return mean_log(constants, softening, "uniform")

    first, second = program(SILICA, 0.4), program(OTHER, 0.2)
    assert len(traced) == 1
    assert first != second

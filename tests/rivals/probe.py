"""Evaluate the rivals over the whole ranges of their parameters, in whatever precision JAX was started with.

Run as ``python -m tests.rivals.probe`` it prints the observables of silica as JSON, with ``ranges`` what is not finite.
"""

import json
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from glassjax import Debye, Glass, SoftPotential, StandardTunnelling, evaluate
from glassjax.problem.compiling import compiler_options
from glassjax.quantities import QUANTITIES

SILICA = Glass(
    name="a-SiO2", glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0
)
RIVALS = (Debye, StandardTunnelling, SoftPotential)
KELVIN = np.geomspace(1e-3, 300.0, 9)
DRAWS = 120
CONSTANTS = {
    "debye_temperature": (80.0, 500.0),
    "density": (900.0, 6000.0),
    "sound_speed": (1000.0, 6000.0),
}


# Level 0, which the fast tests compile with, evaluates some elements with the exponentials of single precision.
@partial(jax.jit, static_argnames="quantity", compiler_options=compiler_options())
def observe(theory, quantity, T, time=10.0):
    """An observable of silica."""
    return evaluate(theory, quantity, jnp.asarray(T, float), SILICA, time)


def draws(theory) -> dict[str, np.ndarray]:
    """Draws from the box of parameters, half of them at its corners; times from 1e-6 to 1e6 s."""
    rng = np.random.default_rng(1972)
    boxes = {p.name: (p.low, p.high) for p in theory.parameters()} | CONSTANTS | {"time": (1e-6, 1e6)}
    values = {}
    for name, (low, high) in boxes.items():
        share = rng.uniform(size=DRAWS)
        share[: DRAWS // 2] = np.round(share[: DRAWS // 2])
        values[name] = low * (high / low) ** share if low > 0 else low + (high - low) * share
    return values


def count_bad(theory) -> dict[str, int | str]:
    """How many draws give a value, or a slope by each parameter, that is not finite or positive."""
    names = [p.name for p in theory.parameters()]

    def total(values):
        glass = SILICA.replace(**{name: values[name] for name in CONSTANTS})
        drawn = theory().at({name: values[name] for name in names}, glass)
        T = jnp.asarray(KELVIN, float)
        logs = jnp.log(drawn.thermal_conductivity(T, glass))
        logs = logs + jnp.log(drawn.heat_capacity(T, glass, time=values["time"]))
        return jnp.sum(logs) + 1e6 * jnp.sum(drawn.thermal_expansion(T, glass, time=values["time"]))

    values = {name: jnp.asarray(value, float) for name, value in draws(theory).items()}
    value, slopes = jax.jit(lambda v: jax.lax.map(jax.value_and_grad(total), v, batch_size=40))(values)
    bad = {name: int(np.sum(~np.isfinite(slope))) for name, slope in slopes.items()}
    return {"dtype": str(value.dtype), "value": int(np.sum(~np.isfinite(value))), **bad}


def observables(theory) -> dict[str, list[float]]:
    """κ, C and α of silica at sixteen temperatures."""
    T = np.geomspace(1e-3, 300.0, 16)
    drawn = theory().at({"gruneisen": 0.5}, SILICA)
    return {q: np.asarray(observe(drawn, q, T)).tolist() for q in QUANTITIES}


if __name__ == "__main__":
    ask = count_bad if "ranges" in sys.argv else observables
    print(json.dumps({theory.__name__: ask(theory) for theory in RIVALS}))

"""Evaluate the joint model over the whole prior range, in whatever precision JAX was started with.

Run as ``python -m tests.lubchenko_wolynes.probe [draws [counting]]`` it prints what it finds as JSON.
"""

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np

from glassjax import Glass, LubchenkoWolynes, evaluate
from glassjax.problem.compiling import compiler_options
from glassjax.quantities import QUANTITIES

SILICA = Glass(
    name="a-SiO2", glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0
)
DRAWS = 2000
REDUCED = np.geomspace(1e-5, 1.0, 8)
PRIORS = {
    "softening": (0.0, 0.9),
    "c": (0.0, 0.5),
    "B": (0.0, 1000.0),
    "tg": (1.0, 8.0),
    "R": (5.0, 1000.0),
    "A1": (0.005, 0.5),
    "gamma0": (-8.4, 8.4),
    "lattice_b": (-1e-10, 1e-10),
    "xi": (5.0, 7.0),
    "floor": (0.2, 5.0),
    "glass_temperature": (200.0, 2000.0),
    "debye_temperature": (80.0, 500.0),
    "density": (900.0, 6000.0),
    "sound_speed": (1000.0, 6000.0),
    "fragility": (5.0, 100.0),
}
CORNERS = ("softening", "c", "B", "tg", "xi")
CONSTANTS = ("glass_temperature", "debye_temperature", "density", "sound_speed", "fragility")


def draws() -> dict[str, np.ndarray]:
    """Uniform draws, the first of them at the corners of the box."""
    rng = np.random.default_rng(20050621)
    values = {name: rng.uniform(*bounds, DRAWS) for name, bounds in PRIORS.items()}
    for i, name in enumerate(CORNERS):
        values[name][: 2 ** len(CORNERS)] = [PRIORS[name][k >> i & 1] for k in range(2 ** len(CORNERS))]
    return values


def _total(values, counting):
    glass = Glass(name="drawn", **{name: values[name] for name in CONSTANTS})
    theory = LubchenkoWolynes(counting=counting).at(
        {k: v for k, v in values.items() if k not in CONSTANTS}, glass
    )
    T = jnp.asarray(REDUCED) * glass.debye_temperature
    logs = jnp.log(theory.thermal_conductivity(T, glass)) + jnp.log(theory.heat_capacity(T, glass))
    return jnp.sum(logs) + 1e6 * jnp.sum(theory.thermal_expansion(T, glass))


def count_bad(counting: str = "uniform", first: int = DRAWS) -> dict[str, int | str]:
    """How many of the first draws give a value, or a slope by each parameter, that is not finite."""
    values = {name: jnp.asarray(value[:first], float) for name, value in draws().items()}
    slope = jax.value_and_grad(lambda v: _total(v, counting))
    # compiling takes longer than running: the least of optimisations, whatever the process was started with
    least = {**compiler_options(), "xla_backend_optimization_level": 0}
    run = jax.jit(lambda v: jax.lax.map(slope, v, batch_size=20), compiler_options=least)
    value, slopes = run(values)
    bad = {name: int(np.sum(~np.isfinite(slope))) for name, slope in slopes.items()}
    return {"dtype": str(value.dtype), "value": int(np.sum(~np.isfinite(value))), **bad}


def observables(counting: str = "uniform") -> dict[str, list[float]]:
    """κ, C and α of silica at twelve temperatures."""
    T = np.geomspace(1e-3, 0.4, 12) * 342.0
    theory = LubchenkoWolynes(counting=counting)
    return {q: np.asarray(evaluate(theory, q, T, SILICA)).tolist() for q in QUANTITIES}


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    method = sys.argv[2] if len(sys.argv) > 2 else "uniform"
    print(json.dumps({"bad": count_bad(method, count), "observables": observables(method)}))

"""What the priors say before any data speak: draws of the parameters, and the curves they make."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import StudyError
from ..problem.compiling import quick_jit
from ..random_streams import generator
from ..scalars import whole_number
from ..theory import temperature_array

if TYPE_CHECKING:
    from ..problem.specification import Specification

POINTS = 64
ROUNDS = 50


class PriorCurves(NamedTuple):
    """Curves (draws, n) of a quantity in SI units at temperatures (n,) in K."""

    temperature: np.ndarray
    curves: np.ndarray


def prior_coordinates(study: "Specification", draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return sampling coordinates (draws, d) of draws from the priors, stable or not."""
    levels = rng.random((draws, len(study.free)))
    values = {name: prior.quantile(levels[:, i]) for i, (name, prior) in enumerate(study.free.items())}
    return np.asarray(study.likelihood.compiled.unconstrain(values))


def barrier_program(study: "Specification") -> Callable[[np.ndarray], np.ndarray]:
    """Compile the log (n,) of the factor that keeps the theory from instability, of coordinates (n, d)."""

    def one(z: jax.Array) -> jax.Array:
        values = study.likelihood.constrain(z)
        return jnp.asarray(study.theory_at(values).log_barrier(study.glass_at(values)))

    program = quick_jit(jax.vmap(one))
    return lambda z: np.asarray(program(jnp.asarray(z)))


def stable_draws(study: "Specification", draws: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Free parameters (draws,) from the prior of the joint model: the priors times the factor of `barrier_program`."""
    log_barrier = barrier_program(study)
    kept = np.empty((0, len(study.free)))
    for _ in range(ROUNDS):
        z = prior_coordinates(study, draws, rng)
        kept = np.concatenate([kept, z[np.log(rng.random(draws)) < log_barrier(z)]])
        if len(kept) >= draws:
            values = study.likelihood.compiled.constrain(jnp.asarray(kept[:draws]))
            return {name: np.asarray(values[name]) for name in study.free}
    raise StudyError(
        f"of {ROUNDS * draws} draws from the priors only {len(kept)} describe a stable glass; narrow the priors"
    )


def prior_predictive(
    study: "Specification", *, draws: int = 200, seed: int | None = None, T: Any = None
) -> dict[str, PriorCurves]:
    """Curves of every fitted quantity at draws from the prior, without discrepancy and noise.

    Parameters
    ----------
    draws : int
        Number of curves, at draws that describe a stable glass.
    seed : int
        The study's if not given.
    T : (n,) in K
        By default 64 temperatures over the range of each quantity's fitted data.

    Raises
    ------
    StudyError
        If hardly any draw describes a stable glass.
    """
    from ..results.prediction import Curves

    draws = whole_number(draws, "draws")
    rng = generator(study.seed if seed is None else seed, "prior predictive draws")
    parameters = np.stack(list(stable_draws(study, draws, rng).values()), axis=1)
    curves = Curves(study.likelihood)
    found = {}
    for block in study.likelihood.blocks:
        quantity = block.quantity
        span = np.geomspace(block.temperature[0], block.temperature[-1], POINTS)
        grid = span if T is None else np.atleast_1d(temperature_array(T))
        values = curves(quantity, grid, parameters)[:, : len(grid)]
        found[quantity] = PriorCurves(grid, curves.to_si(quantity, values))
    return found

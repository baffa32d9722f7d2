"""Adam: the slow and sturdy way to a maximum, for posteriors that neither curvature nor line search suits.

Kingma & Ba 2015, with the learning rate falling along a cosine from `RATE` to nothing over the steps allowed
(optax). A step is at most about `RATE` long in every sampling coordinate, of which the priors are a unit wide, so
that a cliff is met at walking pace; the best point on the way is kept. One gradient a step, no line search.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood

RATE = 0.2


def descend(likelihood: "Likelihood", begin: np.ndarray, steps: int) -> tuple[np.ndarray, float, int, str]:
    """Run Adam from ``begin`` (d,): best point (d,), potential there, steps taken, why it stopped."""
    optimiser, update = _optimiser(steps)
    z, best = begin, (begin, np.inf)
    state = optimiser.init(z)
    for taken in range(steps + 1):
        value, gradient = likelihood.evaluate(z)
        if not (np.isfinite(value) and np.all(np.isfinite(gradient))):
            return *best, taken, "not finite"
        if value < best[1]:
            best = (z, value)
        if np.max(np.abs(gradient)) < 1e-5:
            return *best, taken, "converged"
        change, state = update(gradient, state)
        z = z + np.asarray(change)
    return *best, steps, "schedule"


@cache
def _optimiser(steps: int) -> tuple[Any, Any]:
    """Adam with its schedule, and its compiled update."""
    import optax

    optimiser = optax.adam(optax.cosine_decay_schedule(RATE, steps), b2=0.99)
    return optimiser, jax.jit(optimiser.update)

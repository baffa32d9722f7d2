"""The maximum a posteriori from several starts, and the Gaussian around it (Laplace's approximation).

Everything happens in the sampling coordinates of `Likelihood`, Jacobian included: the maximum is that of the density NUTS
sees. It depends on the coordinates, as every maximum of a density does; a positive parameter the data do not need
therefore has its maximum at a positive value, and its limit is read off the draws.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import optimistix as optx
from scipy.stats import qmc

from ..errors import GlassjaxError
from .likelihood import Likelihood

if TYPE_CHECKING:
    from ..results import Maximum
    from .study import Study

__all__ = ["Laplace", "Start", "climb", "laplace", "maximise", "spread"]

TOLERANCE = 1e-4  # of the log posterior: expected gain of one more Newton step


@dataclass(frozen=True)
class Start:
    """What became of one start.

    Attributes
    ----------
    begin, end : (d,) sampling coordinates
    log_posterior : at the end
    steps : number of steps taken
    reason : why it stopped, in words
    """

    begin: np.ndarray
    end: np.ndarray
    log_posterior: float
    steps: int
    reason: str


@dataclass(frozen=True)
class Laplace:
    """The Gaussian at a maximum, in sampling coordinates.

    Attributes
    ----------
    centre : (d,)
    covariance : (d, d), or the nearest positive one where the Hessian is not positive definite
    curvature : (d,) eigenvalues of the Hessian, in units of the prior's widths
    flat : the direction that is no maximum, in words, or ""
    gain : expected gain of another Newton step: half the squared gradient over the curvature
    """

    centre: np.ndarray
    covariance: np.ndarray
    curvature: np.ndarray
    flat: str
    gain: float


def maximise(study: "Study", *, starts: int | None = None, seed: int | None = None) -> "Maximum":
    """Find the maximum a posteriori of a study from several starts, and its Laplace covariance."""
    from ..results import Maximum

    settings = study.sampler.replace(starts=starts)
    seed = study.seed if seed is None else seed
    likelihood = study.likelihood
    clock = time.perf_counter()
    begins = spread(study, settings.starts, seed)
    outcomes = climb(likelihood, begins, settings.steps)
    best = max(outcomes, key=lambda outcome: outcome.log_posterior)
    if not np.isfinite(best.log_posterior):
        raise GlassjaxError(
            f"study '{study.name}': none of the {len(outcomes)} starts found a point where the theory and its priors give "
            "a finite posterior; narrow the priors or check the fixed parameters"
        )
    gaussian = laplace(likelihood, best.end)
    return Maximum.build(study, seed, settings, outcomes, gaussian, time.perf_counter() - clock)


def spread(study: "Study", starts: int, seed: int) -> np.ndarray:
    """Begin at the priors' medians, then at points of a Latin hypercube over their central nine tenths: (starts, d)."""
    d = len(study.free)
    levels = np.full((starts, d), 0.5)
    if starts > 1:
        levels[1:] = 0.05 + 0.9 * qmc.LatinHypercube(d, rng=np.random.default_rng(seed)).random(starts - 1)
    columns = {name: prior.quantile(levels[:, i]) for i, (name, prior) in enumerate(study.free.items())}
    return np.stack(
        [np.asarray(study.likelihood.transforms[name].inv(jnp.asarray(column))) for name, column in columns.items()],
        axis=1,
    )


def widths(study: "Study") -> tuple[np.ndarray, np.ndarray]:
    """Centre and half width (d,), (d,) of the priors in sampling coordinates."""
    marks = []
    for name, prior in study.free.items():
        marks.append(np.asarray(study.likelihood.transforms[name].inv(jnp.asarray(prior.quantile([0.16, 0.5, 0.84])))))
    low, middle, high = np.stack(marks, axis=1)
    return middle, (high - low) / 2


def climb(likelihood: Likelihood, begins: np.ndarray, steps: int) -> list[Start]:
    """Run BFGS from each of ``begins`` (s, d), one after the other inside one compiled program."""
    centre, width = (jnp.asarray(entry) for entry in widths(likelihood.study))

    def potential(u: jax.Array, _: None) -> jax.Array:
        return likelihood.potential(centre + width * u)

    solver = optx.BFGS(rtol=1e-6, atol=1e-6)

    @jax.jit
    def run(us: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        def one(u: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
            solution = optx.minimise(potential, solver, u, max_steps=steps, throw=False)
            good = solution.result == optx.RESULTS.successful
            return solution.value, potential(solution.value, None), solution.stats["num_steps"], good

        return jax.lax.map(one, us)

    us = (jnp.asarray(begins) - centre) / width
    ends, values, counts, goods = (np.asarray(entry) for entry in run(us))
    outcomes = []
    for begin, end, value, count, good in zip(begins, ends, values, counts, goods, strict=True):
        if not np.isfinite(value):
            reason = "the posterior became not finite"
        elif good:
            reason = "converged: neither the posterior nor the parameters changed any more"
        elif count >= steps:
            reason = f"stopped after the allowed {steps} steps"
        else:
            reason = "stopped: no step improved the posterior"
        log_posterior = -float(value) if np.isfinite(value) else -np.inf
        outcomes.append(
            Start(begin, np.asarray(centre + width * end), log_posterior, int(count), reason)
        )
    return outcomes


def laplace(likelihood: Likelihood, z: np.ndarray, newton: int = 4) -> Laplace:
    """Polish the maximum at ``z`` (d,) with Newton steps, and return the Gaussian there."""
    _, width = widths(likelihood.study)
    value, gradient = likelihood.value_and_gradient(jnp.asarray(z))
    hessian = np.asarray(likelihood.hessian(jnp.asarray(z)))
    for _ in range(newton):
        curvature = np.linalg.eigvalsh(hessian * np.outer(width, width))
        if not curvature[0] > 0:
            break
        step = -np.linalg.solve(hessian, np.asarray(gradient))
        if -0.5 * float(np.asarray(gradient) @ step) < 1e-10:
            break
        trial = z + step
        trial_value, trial_gradient = likelihood.value_and_gradient(jnp.asarray(trial))
        if not trial_value <= value:
            break
        z, value, gradient = trial, trial_value, trial_gradient
        hessian = np.asarray(likelihood.hessian(jnp.asarray(z)))
    scaled = hessian * np.outer(width, width)
    curvature, directions = np.linalg.eigh(scaled)
    flat = ""
    if not curvature[0] > 0:
        shares = np.abs(directions[:, 0])
        named = [likelihood.names[i] for i in np.argsort(-shares) if shares[i] > 0.3]
        flat = " and ".join(named)
    floor = max(1e-10 * float(np.abs(curvature).max()), 1e-8)
    safe = np.maximum(np.abs(curvature), floor)
    covariance = (directions / safe) @ directions.T * np.outer(width, width)
    slope = directions.T @ (np.asarray(gradient) * width)
    return Laplace(np.asarray(z), covariance, curvature, flat, float(0.5 * np.sum(slope**2 / safe)))

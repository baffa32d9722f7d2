"""The maximum a posteriori from several starts, and the Gaussian around it (Laplace's approximation).

Everything happens in the sampling coordinates of `Likelihood`, Jacobian included: the maximum is that of the
density NUTS sees. It depends on the coordinates, as every maximum of a density does, where the data say
little: a parameter they do not need comes out at the median of its prior.

Each start climbs by BFGS, by Levenberg-Marquardt (`least_squares`) or by Adam (`descent`); whatever the way, the best
end is polished by Newton steps, so that the maximum is the same.

Compiling a theory's gradient takes longer than all the gradients a fit needs, so exactly one function is compiled, the
potential with its gradient (and for Levenberg-Marquardt the linearised rows). The climb runs outside of it, and the
Hessian is a central difference of exact gradients: for silica 14 gradients, 0.1 s, where compiling ``jax.hessian``
took 30 s and BFGS inside the program 20 s more.
"""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize
from scipy.stats import qmc

from ..errors import FitError, GlassjaxError
from ..problem.coordinates import Coordinates
from ..random_streams import generator
from ..results.outcome import Peak, Start
from ..scalars import check_seed
from . import descent, least_squares

if TYPE_CHECKING:
    from ..problem.problem import Problem
    from ..results import Maximum

_REASONS = {
    "converged": "converged: the gradient vanished",
    "steps": "stopped after the allowed number of steps",
    "schedule": "followed its schedule to the end",
    "rounding": "stopped: rounding hid any further gain",
    "not finite": "stopped: the posterior became not finite",
}
_SETTLED = 1e-10  # of the log posterior: expected gain below which a Newton step is not worth taking
_STEEP = 1e-2  # slope where BFGS got stuck, and gain until then, above which it begins anew there
_CLIFF = 100.0  # slope, per prior's width, above which a climb begins with the curvature there
OVERFLOWED = 1e30  # curvature beyond which it says nothing
_LONG = 1e-2  # rise of the potential over a step of a central difference above which the step is too long
_REFINEMENTS = 6
_HALVINGS = 6  # of a Newton step that does not climb, as along a bent ridge
_FAR = 1e10  # potential reported to the line search where the theory gives no finite value


def maximise(
    study: "Problem", *, method: str | None = None, starts: int | None = None, seed: int | None = None
) -> "Maximum":
    """Find the maximum a posteriori of a study from several starts, and its Laplace covariance."""
    require_float64()
    settings = study.sampler.replace(starts=starts, method=method)
    seed = study.seed if seed is None else check_seed(seed)
    likelihood = study.likelihood
    clock = time.perf_counter()
    outcomes = climb(likelihood, spread(study, settings.starts, seed), settings.steps, settings.method)
    best = max(outcomes, key=lambda outcome: outcome.log_posterior)
    if not np.isfinite(best.log_posterior):
        raise FitError(
            f"study '{study.name}': none of the {len(outcomes)} starts found a point where the theory and its "
            "priors give a finite posterior; narrow the priors or check the fixed parameters"
        )
    gaussian = laplace(likelihood, best.end)
    return study.result_types[0].build(study, seed, settings, outcomes, gaussian, time.perf_counter() - clock)


def require_float64() -> None:
    """Refuse to fit in single precision: differences of log posteriors drown in its rounding."""
    if jnp.result_type(float) != jnp.float64:
        raise GlassjaxError(
            "a fit needs double precision: call glassjax.enable_x64() before making the study"
        )


def check_start(study: "Problem", start: "Maximum") -> None:
    """Refuse what is no maximum, or one of a study with other free parameters, as a start."""
    if getattr(start, "kind", "") != "maximum" and not hasattr(start, "found_maxima"):
        raise GlassjaxError(f"start must be what study.maximise() returned, not {start!r}")
    if tuple(start.study.free) != tuple(study.free):
        raise GlassjaxError(
            f"the maximum given as start frees {', '.join(start.study.free)}, "
            f"the study {', '.join(study.free)}"
        )


def spread(study: "Problem", starts: int, seed: int) -> np.ndarray:
    """Begin at the priors' medians, then at a Latin hypercube over their central nine tenths: (starts, d)."""
    d = len(study.free)
    levels = np.full((starts, d), 0.5)
    if starts > 1:
        levels[1:] = 0.05 + 0.9 * qmc.LatinHypercube(d, rng=generator(seed, "starts of the search")).random(
            starts - 1
        )
    values = {name: prior.quantile(levels[:, i]) for i, (name, prior) in enumerate(study.free.items())}
    return np.asarray(study.likelihood.compiled.unconstrain(values))


def climb(likelihood: Coordinates, begins: np.ndarray, steps: int, method: str = "bfgs") -> list[Start]:
    """Climb from each of ``begins`` (s, d) in at most ``steps`` steps."""
    outcomes = []
    for begin in begins:
        end, value, taken, reason = _ROUTES[method](likelihood, begin, steps)
        outcomes.append(Start(begin, end, -float(value), int(taken), _REASONS[reason]))
    return outcomes


def _bfgs(likelihood: Coordinates, begin: np.ndarray, steps: int) -> tuple[np.ndarray, float, int, str]:
    """Run BFGS from ``begin`` (d,): end (d,), potential there, steps taken, why it stopped.

    Where the potential is steep the first inverse Hessian is the one there, not the unit matrix, whose second step
    leaps out of the valley to another maximum (it missed ENSO's from all starts).
    """
    end, value, taken, reason = begin, _FAR, 0, "steps"
    while taken < steps:
        first = _inverse_curvature(likelihood, end)
        options: Any = {"gtol": 1e-5, "maxiter": steps - taken, "hess_inv0": first}
        with np.errstate(all="ignore"):
            solution = minimize(partial(reachable, likelihood), end, jac=True, method="BFGS", options=options)
        gained = value - float(solution.fun)
        end, value, taken = solution.x, float(solution.fun), taken + solution.nit
        if value >= _FAR:
            return end, np.inf, taken, "not finite"
        reason = ("converged", "steps", "rounding", "not finite")[int(solution.status)]
        if reason != "rounding" or np.max(np.abs(solution.jac)) < _STEEP or not gained > _STEEP:
            break  # else the inverse Hessian it had built misled the line search: begin a new one here
    return end, value, taken, reason


def reachable(likelihood: Coordinates, z: np.ndarray) -> tuple[float, np.ndarray]:
    """Potential and gradient (d,) at ``z`` for a line search: high and level where the theory gives no finite value."""
    value, gradient = likelihood.evaluate(z)
    if not (np.isfinite(value) and np.all(np.isfinite(gradient))):
        return _FAR, np.zeros_like(z)
    return value, gradient


def _inverse_curvature(likelihood: Coordinates, z: np.ndarray) -> np.ndarray | None:
    """Return the inverse of |Hessian| (d, d) at ``z``, the priors' unit at most, where the potential is steep."""
    value, gradient = likelihood.evaluate(z)
    if not (np.isfinite(value) and _CLIFF < np.max(np.abs(gradient)) < np.inf):
        return None
    try:
        curvature, axes = np.linalg.eigh(_hessian(likelihood, z, np.full_like(z, 1e-3)))
    except np.linalg.LinAlgError:  # of differences that overflowed
        return None
    steepest = np.max(np.abs(curvature))
    if not steepest < OVERFLOWED:
        return None
    # at most 10¹² in condition, beyond which rounding makes the matrix indefinite
    root = axes / np.sqrt(np.maximum(np.abs(curvature), max(1.0, 1e-12 * steepest)))
    return root @ root.T


_ROUTES = {"bfgs": _bfgs, "levenberg-marquardt": least_squares.descend, "adam": descent.descend}


def laplace(likelihood: Coordinates, z: np.ndarray, newton: int = 10) -> Peak:
    """Polish the maximum at ``z`` (d,) with Newton steps, and return the Gaussian there."""
    value, gradient = likelihood.evaluate(z)
    hessian = _hessian(likelihood, z, np.full_like(z, 1e-3))
    for _ in range(newton):
        if not np.linalg.eigvalsh(hessian)[0] > 0:
            break
        step = -np.linalg.solve(hessian, gradient)
        settled = -0.5 * float(gradient @ step) < _SETTLED
        for _ in range(_HALVINGS if not settled else 0):
            trial_value, trial_gradient = likelihood.evaluate(z + step)
            if trial_value <= value:
                z, value, gradient = z + step, trial_value, trial_gradient
                break
            step = step / 2
        else:
            settled = True
        # Steps that suit the posterior rather than the prior.
        hessian = _hessian(likelihood, z, 1e-3 * np.sqrt(np.diagonal(np.linalg.inv(hessian))))
        if settled:
            break
    curvature, directions = np.linalg.eigh(hessian)
    flat = ""
    if not curvature[0] > 0:
        shares = np.abs(directions[:, 0])
        flat = " and ".join(likelihood.names[i] for i in np.argsort(-shares) if shares[i] > 0.3)
    safe = np.maximum(np.abs(curvature), 1e-8 * max(1.0, float(np.abs(curvature).max())))
    return Peak(
        centre=z,
        log_posterior=-value,
        covariance=(directions / safe) @ directions.T,
        flat=flat,
        gain=float(0.5 * np.sum((directions.T @ gradient) ** 2 / safe)),
        unseen=_unseen(likelihood, z, gradient),
    )


def central_hessian(likelihood: Coordinates, z: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Second derivatives (d, d) of the potential at ``z``, from gradients ``step`` (d,) to each side."""
    rows = []
    for shift in np.diag(step):
        ahead, behind = likelihood.evaluate(z + shift)[1], likelihood.evaluate(z - shift)[1]
        rows.append((ahead - behind) / (2 * shift.sum()))
    matrix = np.stack(rows)
    return np.nan_to_num((matrix + matrix.T) / 2)


def _hessian(likelihood: Coordinates, z: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return `central_hessian`, found again along the principal axes of the last one while that is of no use.

    A posterior thousands of times narrower than the priors, or so along one combination of parameters, is anything
    but a parabola over steps along the parameters' own axes: its Hessian came out indefinite at true maxima.
    """
    matrix = central_hessian(likelihood, z, step)
    shifts = np.diag(step)
    for _ in range(_REFINEMENTS):
        rise = np.diagonal(shifts.T @ matrix @ shifts)
        if np.max(rise) < _LONG and np.linalg.eigvalsh(matrix)[0] > 0:
            break
        width = 1 / np.sqrt(np.maximum(np.abs(np.diagonal(matrix)), 1.0))
        curvature, axes = np.linalg.eigh(matrix * np.outer(width, width))
        shifts = width[:, None] * axes / np.sqrt(np.maximum(np.abs(curvature), 1e-14))
        # A hundredth of a deviation, or of the priors' width where that is less.
        shifts *= 0.01 / np.maximum(np.linalg.norm(shifts, axis=0), 1.0)
        differences = [likelihood.evaluate(z + s)[1] - likelihood.evaluate(z - s)[1] for s in shifts.T]
        along = shifts.T @ np.stack(differences, axis=1) / 2
        back = np.linalg.inv(shifts)
        matrix = np.nan_to_num(back.T @ ((along + along.T) / 2) @ back)
    return matrix


def _unseen(likelihood: Coordinates, z: np.ndarray, gradient: np.ndarray) -> tuple[str, ...]:
    """Names of parameters whose gradient is the prior's alone, here and half a prior's width away."""

    def from_data(where: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        return np.abs(gradient + np.asarray(likelihood.log_prior_gradient(jnp.asarray(where))))

    suspects = from_data(z, gradient) < 1e-9
    if suspects.any():
        suspects &= from_data(z + 0.5, likelihood.evaluate(z + 0.5)[1]) < 1e-9
    return tuple(name for name, suspect in zip(likelihood.names, suspects, strict=True) if suspect)

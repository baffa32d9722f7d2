"""The maximum a posteriori from several starts, and the Gaussian around it (Laplace's approximation).

Everything happens in the sampling coordinates of `Likelihood`, Jacobian included: the maximum is that of the density NUTS
sees. It depends on the coordinates, as every maximum of a density does; a positive parameter the data do not need
therefore has its maximum at a positive value, and its limit is read off the draws.

Compiling a theory's gradient takes longer than all the gradients a fit needs, so exactly one function is compiled, the
potential with its gradient. BFGS runs outside of it, and the Hessian is a central difference of exact gradients: for
silica 14 gradients, 0.1 s, where compiling ``jax.hessian`` took 30 s and BFGS inside the program 20 s more.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize
from scipy.stats import qmc

from ..errors import GlassjaxError
from .likelihood import Likelihood

if TYPE_CHECKING:
    from ..results import Maximum
    from .study import Study

__all__ = ["Laplace", "Start", "climb", "laplace", "maximise", "spread", "widths"]

_REASONS = {
    0: "converged: the gradient vanished",
    1: "stopped after the allowed number of steps",
    2: "stopped: rounding hid any further gain",
    3: "stopped: the posterior became not finite",
}
_SETTLED = 1e-10  # of the log posterior: expected gain below which a Newton step is not worth taking
_FAR = 1e10  # potential reported to the line search where the theory gives no finite value


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
    log_posterior : at the centre
    covariance : (d, d); from the absolute curvatures where the Hessian is not positive definite
    flat : the direction along which the centre is no maximum, in words, or ""
    gain : expected gain of another Newton step: half the squared gradient over the curvature
    unseen : names of parameters no fitted row depends on
    """

    centre: np.ndarray
    log_posterior: float
    covariance: np.ndarray
    flat: str
    gain: float
    unseen: tuple[str, ...]


def maximise(study: "Study", *, starts: int | None = None, seed: int | None = None) -> "Maximum":
    """Find the maximum a posteriori of a study from several starts, and its Laplace covariance."""
    from ..results import Maximum

    require_float64()
    settings = study.sampler.replace(starts=starts)
    seed = study.seed if seed is None else seed
    likelihood = study.likelihood
    clock = time.perf_counter()
    outcomes = climb(likelihood, spread(study, settings.starts, seed), settings.steps)
    best = max(outcomes, key=lambda outcome: outcome.log_posterior)
    if not np.isfinite(best.log_posterior):
        raise GlassjaxError(
            f"study '{study.name}': none of the {len(outcomes)} starts found a point where the theory and its priors give "
            "a finite posterior; narrow the priors or check the fixed parameters"
        )
    gaussian = laplace(likelihood, best.end)
    return Maximum.build(study, seed, settings, outcomes, gaussian, time.perf_counter() - clock)


def require_float64() -> None:
    """Refuse to fit in single precision: differences of log posteriors drown in its rounding."""
    if not jax.config.jax_enable_x64:
        raise GlassjaxError("a fit needs double precision: call glassjax.enable_x64() before making the study")


def spread(study: "Study", starts: int, seed: int) -> np.ndarray:
    """Begin at the priors' medians, then at points of a Latin hypercube over their central nine tenths: (starts, d)."""
    d = len(study.free)
    levels = np.full((starts, d), 0.5)
    if starts > 1:
        levels[1:] = 0.05 + 0.9 * qmc.LatinHypercube(d, rng=np.random.default_rng(seed)).random(starts - 1)
    return _coordinates(study, levels)


def widths(study: "Study") -> tuple[np.ndarray, np.ndarray]:
    """Centre and half width (d,), (d,) of the priors in sampling coordinates."""
    levels = np.repeat(np.array([[0.16], [0.5], [0.84]]), len(study.free), axis=1)
    low, middle, high = _coordinates(study, levels)
    return middle, (high - low) / 2


def _coordinates(study: "Study", levels: np.ndarray) -> np.ndarray:
    """Sampling coordinates (n, d) of the quantiles ``levels`` (n, d) of the priors."""
    values = {name: prior.quantile(levels[:, i]) for i, (name, prior) in enumerate(study.free.items())}
    return np.asarray(study.likelihood.compiled.unconstrain(values))


def climb(likelihood: Likelihood, begins: np.ndarray, steps: int) -> list[Start]:
    """Run BFGS from each of ``begins`` (s, d), in coordinates scaled by the priors' widths."""
    centre, width = widths(likelihood.study)
    outcomes = []
    for begin in begins:

        def potential(u: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = likelihood.evaluate(centre + width * u)
            if not (np.isfinite(value) and np.all(np.isfinite(gradient))):
                return _FAR, np.zeros_like(u)
            return value, gradient * width

        options: Any = {"gtol": 1e-5, "maxiter": steps}
        with np.errstate(all="ignore"):
            solution = minimize(potential, (begin - centre) / width, jac=True, method="BFGS", options=options)
        failed = solution.fun >= _FAR
        outcomes.append(
            Start(
                begin=begin,
                end=centre + width * solution.x,
                log_posterior=-np.inf if failed else -float(solution.fun),
                steps=int(solution.nit),
                reason=_REASONS[3 if failed else int(solution.status)],
            )
        )
    return outcomes


def laplace(likelihood: Likelihood, z: np.ndarray, newton: int = 5) -> Laplace:
    """Polish the maximum at ``z`` (d,) with Newton steps, and return the Gaussian there."""
    _, width = widths(likelihood.study)
    value, gradient = likelihood.evaluate(z)
    hessian = _hessian(likelihood, z, 1e-3 * width)
    for _ in range(newton):
        scaled = hessian * np.outer(width, width)
        if not np.linalg.eigvalsh(scaled)[0] > 0:
            break
        step = -width * np.linalg.solve(scaled, gradient * width)
        settled = -0.5 * float(gradient @ step) < _SETTLED
        trial, (trial_value, trial_gradient) = z + step, likelihood.evaluate(z + step)
        if settled or not trial_value <= value:
            # A last Hessian, at steps that suit the posterior rather than the prior.
            hessian = _hessian(likelihood, z, 1e-3 * np.sqrt(np.diagonal(np.linalg.inv(scaled))) * width)
            break
        z, value, gradient = trial, trial_value, trial_gradient
        hessian = _hessian(likelihood, z, 1e-3 * np.sqrt(np.diagonal(np.linalg.inv(scaled))) * width)
    curvature, directions = np.linalg.eigh(hessian * np.outer(width, width))
    flat = ""
    if not curvature[0] > 0:
        shares = np.abs(directions[:, 0])
        flat = " and ".join(likelihood.names[i] for i in np.argsort(-shares) if shares[i] > 0.3)
    safe = np.maximum(np.abs(curvature), 1e-8 * max(1.0, float(np.abs(curvature).max())))
    slope = directions.T @ (gradient * width)
    of_prior = np.asarray(likelihood.log_prior_gradient(jnp.asarray(z)))
    pull = np.abs((gradient + of_prior) * width)
    return Laplace(
        centre=z,
        log_posterior=-value,
        covariance=(directions / safe) @ directions.T * np.outer(width, width),
        flat=flat,
        gain=float(0.5 * np.sum(slope**2 / safe)),
        unseen=_unseen(likelihood, z, width, pull),
    )


def _hessian(likelihood: Likelihood, z: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Second derivatives (d, d) of the potential at ``z``, from gradients ``step`` (d,) to each side."""
    rows = []
    for shift in np.diag(step):
        ahead, behind = likelihood.evaluate(z + shift)[1], likelihood.evaluate(z - shift)[1]
        rows.append((ahead - behind) / (2 * shift.sum()))
    matrix = np.stack(rows)
    return np.nan_to_num((matrix + matrix.T) / 2)


def _unseen(likelihood: Likelihood, z: np.ndarray, width: np.ndarray, pull: np.ndarray) -> tuple[str, ...]:
    """Names of parameters whose gradient is the prior's alone, here and half a prior's width away."""
    suspects = pull < 1e-9
    if suspects.any():
        away = z + 0.5 * width
        of_prior = np.asarray(likelihood.log_prior_gradient(jnp.asarray(away)))
        suspects &= np.abs((likelihood.evaluate(away)[1] + of_prior) * width) < 1e-9
    return tuple(name for name, suspect in zip(likelihood.names, suspects, strict=True) if suspect)

"""Profile likelihoods: how far the data let a parameter or a direction go when all others follow.

For each t on a grid the others are chosen best: the profile is max over z of the log posterior (or of the likelihood
alone) with vᵀ(z − ẑ) = t, v a parameter's axis in sampling coordinates or a direction. Twice its drop below the top is
compared with χ² of one degree of freedom (Wilks 1938; Raue et al., Bioinformatics 25, 1923 (2009)): where it stays
below the threshold to the end of the grid, that end is open. Without priors z is kept within ±`WIDEST` standard
deviations of the priors, as a likelihood alone may have no maximum.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.optimize import LinearConstraint, minimize
from scipy.stats import chi2

from ..errors import StudyError, suggest
from ..results.limits import LEVEL
from ..scalars import whole_number
from .elasticities import coordinates, study_of

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study

WIDEST = 3.5  # standard deviations of the prior


@dataclass(frozen=True)
class Profile:
    """A profile of the log posterior, or of the log likelihood, along one direction.

    Attributes
    ----------
    names : free parameters
    along : what is held: a parameter's name, or that of a direction
    step : (n,) t, in standard deviations of the prior, from the point the profile starts at
    drop : (n,) how far the profile lies below its top, in nats
    path : (n, d) free parameters on the way
    priors : whether it is of the posterior
    converged : (n,) whether the optimiser was satisfied
    """

    names: tuple[str, ...]
    along: str
    step: np.ndarray
    drop: np.ndarray
    path: np.ndarray
    priors: bool
    converged: np.ndarray

    def interval(self, level: float = LEVEL) -> tuple[float | None, float | None]:
        """Return the ends of ``step`` where twice the drop reaches the quantile of χ²₁; None where it is open."""
        limit = 0.5 * float(chi2.ppf(level, 1))
        top = int(np.argmin(self.drop))
        ends = []
        for order in (range(top, -1, -1), range(top, len(self.step))):
            walk = list(order)
            crossing = None
            for inner, outer in pairwise(walk):
                if self.drop[outer] > limit:
                    # in the root of the drop, which is straight where the profile is a parabola
                    roots = np.sqrt([self.drop[inner], limit, self.drop[outer]])
                    share = (roots[1] - roots[0]) / (roots[2] - roots[0])
                    crossing = float(self.step[inner] + share * (self.step[outer] - self.step[inner]))
                    break
            ends.append(crossing)
        return ends[0], ends[1]

    def parameter_interval(self, level: float = LEVEL) -> tuple[float | None, float | None]:
        """Return the same ends as values of the parameter held; only for a parameter, not for a direction."""
        if self.along not in self.names:
            raise StudyError("a direction is no parameter: take interval(), which is in standard deviations")
        column = self.path[:, self.names.index(self.along)]
        low, high = (
            None if end is None else float(np.interp(end, self.step, column)) for end in self.interval(level)
        )
        return low, high

    def to_dataset(self) -> xr.Dataset:
        """Return the profile as arrays with coordinates."""
        return xr.Dataset(
            {
                "drop": ("step", self.drop, {"units": "nats"}),
                "path": (("step", "parameter"), self.path),
                "converged": ("step", self.converged),
            },
            coords={
                "step": ("step", self.step, {"units": "standard deviations of the prior"}),
                "parameter": list(self.names),
            },
            attrs={"along": self.along, "priors": int(self.priors)},
        )

    def to_dict(self, level: float = LEVEL) -> dict[str, Any]:
        """Return plain values."""
        return {
            "along": self.along,
            "priors": self.priors,
            "level": level,
            "interval": self.interval(level),
            "interval_of_parameter": self.parameter_interval(level) if self.along in self.names else None,
            "step": self.step.tolist(),
            "drop": self.drop.tolist(),
            "path": dict(zip(self.names, self.path.T.tolist(), strict=True)),
            "converged": bool(self.converged.all()),
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def profile(
    target: "Study | Result",
    along: "str | Sequence[float] | np.ndarray",
    *,
    label: str = "direction",
    priors: bool = True,
    span: float = 2.5,
    points: int = 21,
    progress: Callable[[int, int], None] | None = None,
) -> Profile:
    """Profile the posterior of a study, or its likelihood, along a parameter or a direction.

    Parameters
    ----------
    target : Study or Result
    along : str or (d,)
        A free parameter, or a direction in sampling coordinates (such as ``fisher(study).directions[0].vector``).
    label : str
        Name of a direction.
    priors : bool
        Whether the priors count.
    span : float
        How far to go to either side, in standard deviations of the prior.
    points : int
        Points on the way; an odd number has the maximum among them.
    progress : callable, optional
        Called with how many points are done, and of how many.

    Notes
    -----
    Each point begins where its inner neighbour ended (SLSQP with exact gradients).
    """
    study = study_of(target)
    likelihood = study.likelihood
    direction, label = _direction(study, along, label)
    points = whole_number(points, "points")
    if not 0 < span < np.inf:
        raise StudyError(f"span must be a positive number of standard deviations, not {span!r}")
    centre = coordinates(target)

    def fall(z: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = likelihood.evaluate(z)
        if not priors:
            value += float(likelihood.log_prior(jnp.asarray(z)))
            gradient = gradient + np.asarray(likelihood.log_prior_gradient(jnp.asarray(z)))
        if not (np.isfinite(value) and np.all(np.isfinite(gradient))):
            return 1e10, np.zeros_like(z)
        return value, gradient

    steps = np.linspace(-span, span, points)
    reach = WIDEST + (np.abs(centre).max() if priors else 0.0) + (span if priors else 0.0)
    low, high = np.minimum(-reach, centre), np.maximum(reach, centre)
    drop, path, converged = np.empty(points), np.empty((points, len(centre))), np.zeros(points, dtype=bool)
    done = 0
    first = int(np.argmin(np.abs(steps)))
    for order in (range(first, points), range(first - 1, -1, -1)):
        z = centre
        for i in order:
            t = steps[i]
            start = z + direction * (t - direction @ (z - centre))
            solution = minimize(
                fall,
                np.clip(start, low, high),
                jac=True,
                method="SLSQP",
                bounds=list(zip(low, high, strict=True)),
                constraints=LinearConstraint(direction[None], direction @ centre + t, direction @ centre + t),
                options={"maxiter": 200, "ftol": 1e-9},
            )
            z = np.asarray(solution.x)
            drop[i], path[i], converged[i] = float(solution.fun), z, bool(solution.success)
            done += 1
            if progress is not None:
                progress(done, points)
    values = likelihood.compiled.constrain(jnp.asarray(path))
    shown = np.stack([np.asarray(values[name]) for name in likelihood.names], axis=1)
    return Profile(likelihood.names, label, steps, drop - drop.min(), shown, priors, converged)


def _direction(study: "Study", along: Any, label: str) -> tuple[np.ndarray, str]:
    names = study.likelihood.names
    if isinstance(along, str):
        if along not in names:
            raise StudyError(
                f"'{along}' is not free in study '{study.name}'{suggest(along, names)}; there are {', '.join(names)}"
            )
        return np.eye(len(names))[names.index(along)], along
    vector = np.asarray(along, dtype=float)
    if vector.shape != (len(names),) or not np.all(np.isfinite(vector)) or not np.any(vector):
        raise StudyError(f"a direction needs {len(names)} finite numbers, not all zero: one a free parameter")
    return vector / np.linalg.norm(vector), label

"""Draws from a density q near the posterior p, weighed by the posterior: Pareto-smoothed importance sampling.

The weights w = p(z)/q(z) of draws from q make averages over q averages over p, as long as their tail is not too
heavy. A generalised Pareto distribution fitted to it has the shape k, which says so: below 0.7 the smoothed weights
can be relied on, above they cannot (Vehtari et al. 2024, arXiv:1507.02646). The draws of the result are taken again
in proportion to the smoothed weights, so that they count alike; the mean of the weights is the evidence.

From the maximum, q is found in rounds (adaptive multiple importance sampling; Cornuet et al. 2012, arXiv:0907.1254).
The first round draws from Student's t around the maximum, with Laplace's covariance as its scale, every other from a t
with the weighed mean and covariance of all draws so far; a quarter of each from a t twice as wide, so that a curved
posterior's ends are seen (a defensive mixture; Hesterberg 1995). All are weighed by the mixture of the rounds'
densities: a round in a bad place costs draws and spoils nothing.
"""

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from ..errors import GlassjaxError
from .gaussian import Gaussian
from .maximise import check_start, maximise, require_float64

if TYPE_CHECKING:
    from ..results import Laplace, Maximum
    from .likelihood import Likelihood
    from .study import Study

__all__ = ["adapt", "begin", "laplace", "means_of", "resample", "weigh", "worth"]

ROUNDS = 10
LEAST = 100  # draws of a round, with fewer rounds if need be
FREEDOM = 5.0  # degrees of freedom of the t: variance finite, tails like |z|⁻⁵⁻ᵈ
# Share of a round's draws that are of a wider t, how much wider, and its degrees of freedom.
AWAY, FAR, FAR_FREEDOM = 0.25, 2.0, 3.0
# A round takes its mean and covariance from so many effective draws for each parameter (and one more), and keeps those
# of the last round where the covariance is that of draws in a plane.
ENOUGH, SINGULAR = 5, 1e8


def laplace(
    study: "Study", *, draws: int = 2000, seed: int | None = None, start: "Maximum | None" = None
) -> "Laplace":
    """Weigh draws from around the maximum; see `Study.laplace`."""
    from ..results import Laplace

    at_least(draws, LEAST, "draws")
    seed, start = begin(study, seed, start)
    clock = time.perf_counter()
    rng = np.random.default_rng([seed, 6])
    found = adapt(study.likelihood, start.coordinate, start.covariance, draws, rng)
    settings = study.sampler.to_dict() | {"draws": draws, "chains": 1}
    return Laplace.build(study, seed, settings, start, found, time.perf_counter() - clock)


def begin(study: "Study", seed: int | None, start: "Maximum | None") -> "tuple[int, Maximum]":
    """Return the seed, and the maximum to begin at, found if not given."""
    require_float64()
    seed = study.seed if seed is None else seed
    if start is None:
        start = maximise(study, seed=seed)
    else:
        check_start(study, start)
    return seed, start


def at_least(value: int, least: int, name: str) -> int:
    """Return a whole number, refused below ``least``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise GlassjaxError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return value


def weigh(
    likelihood: "Likelihood", proposal: Gaussian, draws: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw ``z`` (n, d) from ``proposal``, with ``lp``, ``log_weight`` and the ``index`` of draws chosen, each (n,)."""
    z = proposal.draw(draws, rng)
    lp = _log_posterior(likelihood, z)
    return _chosen(z, lp, lp - proposal.log_density(z), rng)


def adapt(
    likelihood: "Likelihood", centre: np.ndarray, covariance: np.ndarray, draws: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw and weigh in rounds, beginning around ``centre`` (d,) with ``covariance`` (d, d); returns as `weigh`."""
    from ..results.arviz_bridge import pareto_smooth

    d = len(centre)
    root = np.linalg.cholesky(covariance)
    stretch = float(np.sum(np.log(np.diagonal(root))))  # ln |dz/du|, where z = centre + root u
    count = min(ROUNDS, max(draws // LEAST, 1))
    sizes = [len(part) for part in np.array_split(np.arange(draws), count)]
    u, lp, log_weight = np.empty((0, d)), np.empty(0), np.empty(0)
    mean, scale = np.zeros(d), np.eye(d)
    mixture: list[tuple[int, Any]] = []  # how many draws, and of which density
    for n in sizes:
        away = round(AWAY * n)
        mixture.append((n - away, multivariate_t(mean, scale, df=FREEDOM)))
        mixture.append((away, multivariate_t(mean, FAR**2 * scale, df=FAR_FREEDOM)))
        new = np.concatenate([np.reshape(t.rvs(m, random_state=rng), (m, d)) for m, t in mixture[-2:]])
        u = np.concatenate([u, new])
        lp = np.concatenate([lp, _log_posterior(likelihood, centre + new @ root.T)])
        shares = np.array([[m / len(u)] for m, _ in mixture])
        densities = np.stack([np.reshape(t.logpdf(u), len(u)) for _, t in mixture])
        log_weight = lp - np.asarray(logsumexp(densities, axis=0, b=shares)) + stretch
        weights = np.exp(pareto_smooth(log_weight)[0])
        if worth(weights) >= ENOUGH * (d + 1):
            spread = np.atleast_2d(np.cov(u.T, aweights=weights))
            if np.linalg.cond(spread) < SINGULAR:
                mean, scale = np.average(u, axis=0, weights=weights), spread
    return _chosen(centre + u @ root.T, lp, log_weight, rng)


def _log_posterior(likelihood: "Likelihood", z: np.ndarray) -> np.ndarray:
    """Log posterior (n,) at ``z`` (n, d), −∞ where it is not finite."""
    lp = -np.array([likelihood.value_and_means(point)[0] for point in z])
    return np.where(np.isfinite(lp), lp, -np.inf)


def _chosen(
    z: np.ndarray, lp: np.ndarray, log_weight: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Put weighed draws together, with the ``index`` of those chosen in proportion to their smoothed weights."""
    from ..results.arviz_bridge import pareto_smooth

    smoothed, _ = pareto_smooth(log_weight)
    return {"z": z, "lp": lp, "log_weight": log_weight, "index": resample(np.exp(smoothed), len(z), rng)}


def resample(weights: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Take ``n`` indices in proportion to ``weights`` (m,), evenly spread (systematic resampling) and shuffled."""
    edges = np.cumsum(weights / weights.sum())
    points = (rng.random() + np.arange(n)) / n
    return rng.permutation(np.minimum(np.searchsorted(edges, points, side="right"), len(weights) - 1))


def worth(weights: np.ndarray) -> float:
    """Return how many equally weighted draws are worth as much as ``weights`` (n,): (Σw)²/Σw² (Kish 1965)."""
    return float(weights.sum() ** 2 / np.sum(weights**2))


def means_of(likelihood: "Likelihood", z: np.ndarray) -> dict[str, np.ndarray]:
    """Means of the rows (n, rows) by quantity at draws ``z`` (n, d), each distinct one evaluated once."""
    distinct, index = np.unique(z, axis=0, return_inverse=True)
    found = [likelihood.value_and_means(point)[1] for point in distinct]
    return {
        block.quantity: np.stack([means[block.quantity] for means in found])[index.ravel()]
        for block in likelihood.blocks
    }

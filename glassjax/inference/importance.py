"""Draws from a Gaussian near the posterior, weighed by the posterior: Pareto-smoothed importance sampling.

The weights w = p(z)/q(z) of draws from q make averages over q averages over p, as long as their tail is not too
heavy. A generalised Pareto distribution fitted to it has the shape k, which says so: below 0.7 the smoothed weights
can be relied on, above they cannot (Vehtari et al. 2024, arXiv:1507.02646). The draws of the result are taken again
in proportion to the smoothed weights, so that they count alike; the mean of the weights is the evidence.
"""

import time
from typing import TYPE_CHECKING

import numpy as np

from ..errors import GlassjaxError
from .gaussian import Gaussian
from .maximise import check_start, maximise, require_float64

if TYPE_CHECKING:
    from ..results import Laplace, Maximum
    from .likelihood import Likelihood
    from .study import Study

__all__ = ["begin", "laplace", "means_of", "resample", "weigh", "worth"]


def laplace(
    study: "Study", *, draws: int = 2000, seed: int | None = None, start: "Maximum | None" = None
) -> "Laplace":
    """Weigh draws from the Gaussian at the maximum; see `Study.laplace`."""
    from ..results import Laplace

    seed, start = begin(study, seed, start)
    clock = time.perf_counter()
    proposal = Gaussian(start.coordinate, np.linalg.cholesky(start.covariance))
    found = weigh(study.likelihood, proposal, at_least(draws, 100, "draws"), np.random.default_rng([seed, 6]))
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
    from ..results.arviz_bridge import pareto_smooth

    z = proposal.draw(draws, rng)
    lp = -np.array([likelihood.value_and_means(point)[0] for point in z])
    lp = np.where(np.isfinite(lp), lp, -np.inf)
    log_weight = lp - proposal.log_density(z)
    smoothed, _ = pareto_smooth(log_weight)
    return {"z": z, "lp": lp, "log_weight": log_weight, "index": resample(np.exp(smoothed), draws, rng)}


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

"""Draws from a density q near the posterior p, weighed by the posterior: Pareto-smoothed importance sampling.

The weights w = p(z)/q(z) of draws from q make averages over q averages over p, as long as their tail is not too
heavy. A generalised Pareto distribution fitted to it has the shape k, which says so: below 0.7 the smoothed weights
can be relied on, above they cannot (Vehtari et al. 2024, arXiv:1507.02646). The draws of the result are taken again
in proportion to the smoothed weights, so that they count alike; the mean of the weights is the evidence.

From the maximum, q is found in rounds (adaptive multiple importance sampling; Cornuet et al. 2012, arXiv:0907.1254).
The first round draws from Student's t around the maximum, with Laplace's covariance as its scale, and from such pieces
elsewhere where the posterior goes on beyond it (`pieces`). Every other round draws from pieces with the share, mean and
covariance of those weighed draws so far that fall to each (Cappé et al. 2008, arXiv:0710.4242); a quarter of each from
a t twice as wide, so that ends are seen that no piece lies at (a defensive mixture; Hesterberg 1995). All are weighed
by the mixture of the rounds' densities: a round in a bad place costs draws and spoils nothing.
"""

import dataclasses
import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from ..numerics.gaussian import Gaussian
from ..numerics.weights import resample, worth
from ..random_streams import generator
from ..results.outcome import Peak
from ..scalars import check_seed, whole_number
from .maximise import check_start, maximise, require_float64
from .pieces import FREEDOM, SINGULAR, Frame, Piece, peaks, pieces

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.specification import Specification
    from ..results import Laplace, Maximum

Means = dict[str, np.ndarray]

ROUNDS = 10
LEAST = 100  # draws of a round, with fewer rounds if need be
# Share of a round's draws that are of a wider t, how much wider, and its degrees of freedom.
AWAY, FAR, FAR_FREEDOM = 0.25, 2.0, 3.0
RARE = 0.01  # share of a round's draws that every piece gets at least
# A piece takes its mean and covariance from so many effective draws for each parameter (and one more), and keeps those
# of the last round where there are fewer, or where the covariance is that of draws in a plane.
ENOUGH = 5


def laplace(
    study: "Specification", *, draws: int = 2000, seed: int | None = None, start: "Maximum | None" = None
) -> "Laplace":
    """Weigh draws from around the maxima; see `Study.laplace`."""
    from ..results import Laplace

    draws = whole_number(draws, "draws", LEAST)
    seed, start = begin(study, seed, start)
    clock = time.perf_counter()
    rng = generator(seed, "importance sampling")
    best = Peak(start.coordinate, start.log_posterior, start.covariance)
    starts = start.tree["starts"]
    maxima = peaks(study.likelihood, best, np.asarray(starts["end"]), np.asarray(starts["log_posterior"]))
    found = adapt(study.likelihood, maxima, draws, rng)
    settings = study.sampler.to_dict() | {"draws": draws, "chains": 1}
    return Laplace.build(study, seed, settings, start, found, time.perf_counter() - clock)


def begin(study: "Specification", seed: int | None, start: "Maximum | None") -> "tuple[int, Maximum]":
    """Return the seed, and the maximum to begin at, found if not given."""
    require_float64()
    seed = study.seed if seed is None else check_seed(seed)
    if start is None:
        start = maximise(study, seed=seed)
    else:
        check_start(study, start)
    return seed, start


def weigh(
    likelihood: "Likelihood", proposal: Gaussian, draws: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Draw ``z`` (n, d) from ``proposal``, with ``lp``, ``log_weight`` and the ``index`` of draws chosen, each (n,).

    ``means`` (n, rows) by quantity are those of the measured rows.
    """
    z = proposal.draw(draws, rng)
    lp, means = _evaluated(likelihood, z)
    return _chosen(z, lp, means, lp - proposal.log_density(z), rng)


def adapt(
    likelihood: "Likelihood", maxima: Sequence[Peak], draws: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Draw and weigh in rounds, beginning around ``maxima``, best first; returns as `weigh`, and number of pieces."""
    from ..results.arviz_bridge import pareto_smooth

    frame = Frame(maxima[0].centre, maxima[0].covariance)
    now = pieces(likelihood, maxima, frame)
    d, count = likelihood.dimension, len(now)
    u, lp, log_weight = np.empty((0, d)), np.empty(0), np.empty(0)
    means: list[Means] = []
    mixture: list[tuple[int, Any]] = []  # how many draws, and of which density
    rounds = min(ROUNDS, max(draws // LEAST, 1))
    for n in [len(part) for part in np.array_split(np.arange(draws), rounds)]:
        new = _components(now, n)
        mixture += new
        u = np.concatenate([u, *(np.reshape(t.rvs(m, random_state=rng), (m, d)) for m, t in new)])
        values, rows = _evaluated(likelihood, frame.back(u[len(lp) :]))
        lp = np.concatenate([lp, values])
        means.append(rows)
        shares = np.array([[m / len(u)] for m, _ in mixture])
        densities = np.stack([np.reshape(t.logpdf(u), len(u)) for _, t in mixture])
        log_weight = lp - np.asarray(logsumexp(densities, axis=0, b=shares)) + frame.stretch
        now = _moved(now, u, np.exp(pareto_smooth(log_weight)[0]))
    together = {quantity: np.concatenate([rows[quantity] for rows in means]) for quantity in means[0]}
    return _chosen(frame.back(u), lp, together, log_weight, rng) | {"pieces": count}


def _components(now: list[Piece], n: int) -> list[tuple[int, Any]]:
    """Share ``n`` draws among the pieces and their wider versions."""
    logs = np.array([piece.log_weight for piece in now])
    weights = np.maximum(np.exp(logs - logsumexp(logs)), RARE)
    found = []
    for m, piece in zip(_shared(n, weights / weights.sum()), now, strict=True):
        away = round(AWAY * m)
        found.append((m - away, multivariate_t(piece.mean, piece.scale, df=FREEDOM)))
        found.append((away, multivariate_t(piece.mean, FAR**2 * piece.scale, df=FAR_FREEDOM)))
    return [(m, t) for m, t in found if m]


def _shared(n: int, weights: np.ndarray) -> list[int]:
    """Whole numbers (k) in proportion to ``weights`` (k,) whose sum is ``n``."""
    ends = np.rint(n * np.cumsum(weights)).astype(int)
    return np.diff(ends, prepend=0).tolist()


def _moved(now: list[Piece], u: np.ndarray, weights: np.ndarray) -> list[Piece]:
    """Return pieces with the weight, mean and covariance of the weighed draws ``u`` (n, d) that fall to each."""
    heights = np.stack([piece.log_density(u) for piece in now])
    falls = np.exp(heights - logsumexp(heights, axis=0))  # share of every draw that is a piece's
    found = []
    for piece, share in zip(now, falls, strict=True):
        own = weights * share
        weight = float(np.sum(own) / np.sum(weights))
        piece = dataclasses.replace(piece, log_weight=math.log(max(weight, RARE)))
        if weight > 0 and worth(own) >= ENOUGH * (u.shape[1] + 1):
            spread = np.atleast_2d(np.cov(u.T, aweights=own))
            if np.linalg.cond(spread) < SINGULAR:
                mean = np.average(u, axis=0, weights=own)
                piece = dataclasses.replace(piece, mean=mean, scale=spread)
        found.append(piece)
    return found


def _evaluated(likelihood: "Likelihood", z: np.ndarray) -> tuple[np.ndarray, Means]:
    """Log posterior (n,) at ``z`` (n, d), −∞ where it is not finite, and means of the rows (n, rows) by quantity."""
    values, means = zip(*(likelihood.value_and_means(point) for point in z), strict=True)
    lp = -np.array(values)
    rows = {block.quantity: np.stack([mean[block.quantity] for mean in means]) for block in likelihood.blocks}
    return np.where(np.isfinite(lp), lp, -np.inf), rows


def _chosen(
    z: np.ndarray, lp: np.ndarray, means: Means, log_weight: np.ndarray, rng: np.random.Generator
) -> dict[str, Any]:
    """Put weighed draws together, with the ``index`` of those chosen in proportion to their smoothed weights."""
    from ..results.arviz_bridge import pareto_smooth

    smoothed, _ = pareto_smooth(log_weight)
    index = resample(np.exp(smoothed), len(z), rng)
    return {"z": z, "lp": lp, "means": means, "log_weight": log_weight, "index": index}


def means_of(likelihood: "Likelihood", z: np.ndarray) -> dict[str, np.ndarray]:
    """Means of the rows (n, rows) by quantity at draws ``z`` (n, d), each distinct one evaluated once."""
    distinct, index = np.unique(z, axis=0, return_inverse=True)
    found = [likelihood.value_and_means(point)[1] for point in distinct]
    return {
        block.quantity: np.stack([means[block.quantity] for means in found])[index.ravel()]
        for block in likelihood.blocks
    }

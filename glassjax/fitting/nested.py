"""Nested sampling: the whole prior shrunk onto the posterior, with the evidence on the way (Skilling 2006; dynesty).

It starts from the prior rather than from a maximum, and so finds maxima that no start has reached. The unit cube is
mapped to the sampling coordinates by z = Φ⁻¹(u), under which their priors are nearly uniform in u; the little by
which they are not goes into the likelihood, ln p(data, z) − ln N(z), so that the evidence is exact.

Every step is one evaluation of the posterior's value, compiled without a gradient. Points are moved by random walks
(``rwalk``) inside ellipsoids around the live points: some tens of evaluations a point, 2 ms each for silica.
"""

import math
import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from ..errors import GlassjaxError
from ..numerics.weights import resample, worth
from ..random_streams import generator
from ..scalars import as_finite, whole_number
from .importance import begin, means_of

if TYPE_CHECKING:
    from ..problem.specification import Specification
    from ..results import Maximum, Nested

_FAR = -1e300  # log likelihood where the theory gives no finite value


def nested(
    study: "Specification",
    *,
    live: int = 250,
    dlogz: float = 0.1,
    calls: int = 1_000_000,
    seed: int | None = None,
    start: "Maximum | None" = None,
) -> "Nested":
    """Sample a study's posterior and its evidence.

    Parameters
    ----------
    live : number of live points; the error of the evidence falls, the cost rises with it
    dlogz : the run ends once the live points could add less than this to ln Z
    calls : most evaluations of the likelihood; a run that needs more ends unfinished, and its verdict says so
    """
    import dynesty

    from ..results import Nested

    if not (as_finite(dlogz) or 0) > 0:
        raise GlassjaxError(f"dlogz must be a positive number, not {dlogz!r}")
    likelihood = study.likelihood
    d = likelihood.dimension
    live = whole_number(live, f"live (for {d} parameters)", 2 * d + 1)
    calls = whole_number(calls, "calls", live)
    seed, start = begin(study, seed, start)
    clock = time.perf_counter()
    constant = 0.5 * d * math.log(2 * math.pi)

    def log_likelihood(z: np.ndarray) -> float:
        value = -likelihood.value_and_means(z)[0]
        return value + 0.5 * float(z @ z) + constant if math.isfinite(value) else _FAR

    rng = generator(seed, "nested sampling")
    make: Any = dynesty.NestedSampler
    sampler = make(log_likelihood, ndtri, d, nlive=live, sample="rwalk", rstate=rng)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The sampling was stopped short")  # the verdict says so
        sampler.run_nested(dlogz=dlogz, maxcall=calls, print_progress=False)
    found = sampler.results
    weights = np.exp(found.logwt - np.max(found.logwt))
    index = resample(weights, max(round(worth(weights)), 1), rng)
    z = found.samples[index]
    log_likelihoods = found.logl[index]
    fields = {
        "z": z,
        "lp": log_likelihoods - 0.5 * np.sum(z**2, axis=1) - constant,
        "log_likelihood": found.logl,
        "log_weight": found.logwt - found.logz[-1],
        "log_volume": found.logvol,
        "means": means_of(likelihood, z),
    }
    outcome = {
        "log_evidence": float(found.logz[-1]),
        "error": float(found.logzerr[-1]),
        "calls": int(np.sum(found.ncall)),
        "remaining": _remaining(found, live),
    }
    settings = study.sampler.to_dict() | {
        "live": live,
        "dlogz": dlogz,
        "calls": calls,
        "draws": len(index),
        "chains": 1,
    }
    return Nested.build(study, seed, settings, start, fields, outcome, time.perf_counter() - clock)


def _remaining(found: Any, live: int) -> float:
    """Find what the live points could still have added to ln Z when they were counted in."""
    last = len(found.logl) - live - 1
    if last < 0:
        return math.inf
    return float(np.logaddexp(0.0, found.logl[-1] + found.logvol[last] - found.logz[last]))

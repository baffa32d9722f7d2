"""The evidence Z = ∫ p(data | z) p(z) dz of a study: Laplace's approximation, and bridge sampling from draws.

A theory's barrier counts as part of the likelihood. Evidences compare studies of the same rows only.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from ..errors import GlassjaxError
from ..numerics.gaussian import Gaussian
from ..random_streams import generator


class LogEvidence(NamedTuple):
    """ln Z, its standard error (None if unknown), how it was found, and what to beware of ("" if nothing)."""

    value: float
    error: float | None
    method: str
    note: str = ""

    def __str__(self) -> str:
        error = "" if self.error is None else f" ± {self.error:.2g}"
        note = f"; {self.note}" if self.note else ""
        return f"log evidence {self.value:.2f}{error} ({self.method}{note})"


def gaussian_evidence(log_posterior: float, covariance: np.ndarray) -> float:
    """Return ln Z of a Gaussian with ``log_posterior`` (not normalised) at its centre and ``covariance`` (d, d)."""
    d = len(covariance)
    return log_posterior + 0.5 * d * math.log(2 * math.pi) + 0.5 * float(np.linalg.slogdet(covariance)[1])


def bridge(posterior: Any, *, seed: int | None = None) -> LogEvidence:
    """Log evidence from draws by bridge sampling, in sampling coordinates.

    A Gaussian q is fitted to the first half of every chain. With the other half, z_i, and as many draws y_j of q,

        Z = ⟨p(y)/(s₁ p(y) + s₂ Z q(y))⟩_q / ⟨q(z)/(s₁ p(z) + s₂ Z q(z))⟩_p,

    solved by iteration (Meng & Wong 1996), s₁ : s₂ being the effective numbers of draws. The error follows
    Frühwirth-Schnatter (2004), with the effective number of the second average's terms. A mode that the chains have
    not found is missing from both averages.

    Parameters
    ----------
    posterior : a result with draws, at least 20 (d + 1) of them
    seed : of the draws of q; the result's own if None
    """
    from ..results.arviz_bridge import effective_draws

    likelihood = posterior.study.likelihood
    d = likelihood.dimension
    group = posterior.tree["posterior"]
    z = np.asarray(
        likelihood.compiled.unconstrain({name: np.asarray(group[name]) for name in likelihood.names})
    )
    log_p = np.asarray(posterior.tree["sample_stats"]["lp"])
    half = z.shape[1] // 2
    if z.shape[0] * half < 10 * (d + 1):
        raise GlassjaxError(
            f"bridge sampling needs at least {20 * (d + 1)} draws for {d} parameters, not {z[..., 0].size}"
        )
    fitting, rest, log_p = z[:, :half].reshape(-1, d), z[:, half:], log_p[:, half:]
    proposal = Gaussian(fitting.mean(axis=0), np.linalg.cholesky(np.atleast_2d(np.cov(fitting.T))))
    rng = generator(posterior.seed if seed is None else seed, "bridge sampling")
    n = log_p.size
    proposed = proposal.draw(n, rng)
    log_ratio = log_p - proposal.log_density(rest)
    at_proposed = -np.array([likelihood.value_and_means(point)[0] for point in proposed])
    at_proposed = np.where(np.isfinite(at_proposed), at_proposed, -np.inf)
    other_ratio = at_proposed - proposal.log_density(proposed)
    effective = min(float(np.median([effective_draws(rest[..., i]) for i in range(d)])), float(n))
    value = _iterate(log_ratio, other_ratio, effective / (effective + n))
    share = effective / (effective + n)
    ratio, other = np.exp(log_ratio - value), np.exp(other_ratio - value)
    upper, lower = other / (share * other + 1 - share), 1 / (share * ratio + 1 - share)
    variance = np.var(upper) / np.mean(upper) ** 2 / n
    variance += np.var(lower) / np.mean(lower) ** 2 / max(min(effective_draws(lower), n), 1.0)
    return LogEvidence(value, math.sqrt(variance), "bridge sampling")


def _iterate(ratio: np.ndarray, other: np.ndarray, share: float) -> float:
    """Solve for ln Z from ln p/q at draws of the posterior, ``ratio``, and of the proposal, ``other``."""
    centre = float(np.median(ratio))
    above, below = np.exp(other - centre), np.exp(ratio - centre)
    r = 1.0
    for _ in range(1000):
        before = r
        r = np.mean(above / (share * above + (1 - share) * r)) / np.mean(
            1 / (share * below + (1 - share) * r)
        )
        if abs(r - before) <= 1e-10 * r:
            break
    if not (np.isfinite(r) and r > 0):
        raise GlassjaxError(
            "bridge sampling found no overlap of the draws with a Gaussian; use study.nested() for the evidence"
        )
    return centre + math.log(r)

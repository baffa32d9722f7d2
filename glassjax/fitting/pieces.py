"""Where a posterior goes on beyond the Gaussian at its maximum: profiles along the parameters, and pieces for them.

From the maximum a parameter is moved away in steps while all others are held at their best (the profile of the
log posterior), to where it has fallen by `FALL`. A posterior that is Gaussian in the sampling coordinates costs about
one gradient a step, as each begins where the last two point to. (`glassjax.sensitivities.profile` is for the reader:
finer, and slower.) Where one bends or has a shoulder, its profile leaves the parabola. There a mixture of Student's t
gets a piece of its own, with the curvature across the ridge found there and as long as a step along it, at the point
of the profile that the mixture so far falls short of by the largest factor, again and again (as Raftery & Bao 2010,
Biometrics 66, 1162, do with the largest weight of a sample).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import multivariate_t

from ..problem.coordinates import Coordinates
from ..results.modes import PEAKS
from ..results.outcome import Peak
from .maximise import OVERFLOWED, central_hessian, laplace, reachable

FREEDOM = 5.0  # degrees of freedom of a piece's t: variance finite, tails like |z|⁻⁵⁻ᵈ
SINGULAR = 1e8  # condition of a scale that is as good as flat
STEP = 2.0  # of a profile, in deviations of the Gaussian; doubled after a step that hardly fell
SLIGHT = 0.5  # fall over a step that doubles the next
FALL = 10.0  # in the log posterior, where a profile ends, and other maxima do not count
MOST = 12  # steps of a profile
EDGE = 4.0  # of the sampling coordinates, where a profile ends: a prior has 6·10⁻⁵ of its weight beyond
LIGHT = 1e-4  # weight of a piece, of the first one's, below which it is left out
SHORT = 1.5  # ln of the factor by which the mixture may fall short of a profile
PIECES = 20
_SETTLED = 0.3  # slope across the ridge, per deviation
_CORRECTIONS = 20  # steps


class Frame:
    """The coordinates u, z = centre + root u, in which the Gaussian at the maximum is the unit one."""

    def __init__(self, centre: np.ndarray, covariance: np.ndarray) -> None:
        self.centre, self.root = centre, np.linalg.cholesky(covariance)
        self.stretch = float(np.sum(np.log(np.diagonal(self.root))))
        """ln |dz/du|."""

    def into(self, z: np.ndarray) -> np.ndarray:
        """Return u (..., d) of ``z`` (..., d)."""
        return np.linalg.solve(self.root, (z - self.centre).T).T

    def back(self, u: np.ndarray) -> np.ndarray:
        """Return z (..., d) of ``u`` (..., d)."""
        return self.centre + u @ self.root.T


@dataclass(frozen=True)
class Piece:
    """A Student's t of a mixture over u: its ``mean`` (d,), ``scale`` (d, d) and the logarithm of its ``weight``."""

    mean: np.ndarray
    scale: np.ndarray
    log_weight: float

    @classmethod
    def around(cls, z: np.ndarray, half: np.ndarray, log_posterior: float, frame: Frame) -> "Piece":
        """Make a piece at ``z`` of the scale half halfᵀ over z, with the weight that a Gaussian so high has.

        Where that scale is all but flat the piece is a little thicker.
        """
        half = np.linalg.solve(frame.root, half)
        volume = 0.5 * len(z) * math.log(2 * math.pi) + np.linalg.slogdet(half)[1]
        scale = half @ half.T
        if not np.linalg.cond(scale) < SINGULAR:
            scale += np.linalg.norm(scale, 2) / SINGULAR * np.eye(len(z))
        return cls(frame.into(z), scale, log_posterior + frame.stretch + float(volume))

    def log_density(self, u: np.ndarray) -> np.ndarray:
        """Log density (n,), with its weight, at ``u`` (n, d)."""
        density = multivariate_t(self.mean, self.scale, df=FREEDOM).logpdf(u)
        return self.log_weight + np.reshape(density, len(u))


@dataclass(frozen=True)
class Point:
    """One point of a profile.

    Attributes
    ----------
    parameter : index of the one that is moved
    z : (d,) the best place for it
    log_posterior : there
    step : (d,) from the point before
    """

    parameter: int
    z: np.ndarray
    log_posterior: float
    step: np.ndarray


def peaks(likelihood: Coordinates, best: Peak, ends: np.ndarray, log_posterior: np.ndarray) -> list[Peak]:
    """Return ``best`` and the other maxima among the ``ends`` (s, d) of starts with their ``log_posterior`` (s,)."""
    from ..results.modes import FoundMaximum, distinct_maxima

    root = np.linalg.cholesky(best.covariance)
    starts = [FoundMaximum(end, float(value)) for end, value in zip(ends, log_posterior, strict=True)]
    found = distinct_maxima(FoundMaximum(best.centre, best.log_posterior), starts, root, FALL)
    return [best, *(laplace(likelihood, other.coordinate) for other in found[1:PEAKS])]


def pieces(likelihood: Coordinates, maxima: Sequence[Peak], frame: Frame) -> list[Piece]:
    """Return the Gaussians at the maxima, that of the first before all, and those that their profiles need besides."""
    points, found = [], []
    for peak in maxima:
        half = np.linalg.cholesky(peak.covariance)
        new = Piece.around(peak.centre, half, peak.log_posterior, frame)
        if not found or _short(found, new.mean[None], np.array([peak.log_posterior]), frame)[0] > SHORT:
            found.append(new)
            points += profile(likelihood, peak)
    while points and len(found) < PIECES:
        u = frame.into(np.stack([point.z for point in points]))
        short = _short(found, u, np.array([point.log_posterior for point in points]), frame)
        worst = int(np.argmax(short))
        if not short[worst] > SHORT:
            break
        new = _piece(likelihood, points.pop(worst), frame)
        if new is not None and new.log_weight > found[0].log_weight + math.log(LIGHT):
            found.append(new)
    return found


def _short(found: Sequence[Piece], u: np.ndarray, log_posterior: np.ndarray, frame: Frame) -> np.ndarray:
    """Return ln of the factor (n,) by which pieces fall short of the posterior at ``u`` (n, d)."""
    held = np.asarray(logsumexp([piece.log_density(u) for piece in found], axis=0))
    return log_posterior + frame.stretch - held


def profile(likelihood: Coordinates, peak: Peak) -> list[Point]:
    """Follow the best place of all others along each parameter, both ways from a maximum."""
    points = []
    d = len(peak.centre)
    for i in range(d):
        rest = np.arange(d) != i
        order = [i, *np.flatnonzero(rest)]
        root = np.linalg.cholesky(peak.covariance[np.ix_(order, order)])
        # a deviation of the parameter takes the others along; what scatter they have besides has the root `across`
        along, across = np.empty(d), root[1:, 1:]
        along[order] = root[:, 0]
        for way in (STEP, -STEP):
            here, step, before = peak.centre, way * along, peak.log_posterior
            for _ in range(MOST):
                if abs(here[i] + step[i]) > EDGE:
                    break
                z, value = _settle(likelihood, here + step, rest, across)
                if not value > peak.log_posterior - FALL:
                    break
                points.append(Point(i, z, value, z - here))
                step = (z - here) * (2 if before - value < SLIGHT else 1)
                here, before = z, value
    return points


def _settle(
    likelihood: Coordinates, z: np.ndarray, rest: np.ndarray, across: np.ndarray
) -> tuple[np.ndarray, float]:
    """Move those of ``z`` (d,) that are ``rest`` (d,) to their best, and return it with the log posterior there."""

    def at(y: np.ndarray) -> np.ndarray:
        moved = z.copy()
        moved[rest] += across @ y
        return moved

    def potential(y: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = reachable(likelihood, at(y))
        return value, across.T @ gradient[rest]

    start = np.zeros(len(across))
    if not start.size:
        return z, -potential(start)[0]
    options = {"gtol": _SETTLED, "maxiter": _CORRECTIONS}
    with np.errstate(all="ignore"):
        solution = minimize(potential, start, jac=True, method="BFGS", options=options)
    return at(solution.x), -float(solution.fun)


def _piece(likelihood: Coordinates, point: Point, frame: Frame) -> Piece | None:
    """Make a piece at a point of a profile: as wide across as the posterior there, a step long along it.

    None where the curvature overflows.
    """
    d, i = len(point.z), point.parameter
    rest = np.arange(d) != i
    width = np.linalg.norm(frame.root, axis=1)
    hessian = central_hessian(likelihood, point.z, 1e-3 * width)
    if not np.max(np.abs(hessian)) < OVERFLOWED:
        return None
    curvature, axes = np.linalg.eigh(hessian[np.ix_(rest, rest)])
    half = np.zeros((d, d))
    half[np.ix_(rest, rest)] = axes / np.sqrt(np.maximum(np.abs(curvature), 1.0))  # no wider than the priors
    half[:, i] = point.step
    return Piece.around(point.z, half, point.log_posterior, frame)

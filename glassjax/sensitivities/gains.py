"""Expected information gain of rows not yet measured: linear, and by nested Monte Carlo.

Linear (Lindley, Ann. Math. Stat. 27, 986 (1956); Chaloner & Verdinelli, Stat. Sci. 10, 273 (1995)): the sampling
coordinates are normal with covariance P = (F + 1)⁻¹ given the data. New rows with slopes G (m, d) and errors E bring

    G̃ = G − W G_rows,   S = k(T, T) − W k(T_rows, T) + E,   P′ = P − P G̃ᵀ (S + G̃ P G̃ᵀ)⁻¹ G̃ P,

W = k(T, T_rows) Σ⁻¹ (`Conditional`): the discrepancy is correlated with that of the rows there are, so a new row close
to old ones brings little. The gain about parameters ψ is ½ ln det P_ψψ − ½ ln det P′_ψψ nats, whatever is measured.

Nested Monte Carlo (Ryan, J. Comput. Graph. Stat. 12, 585 (2003)): with draws from the posterior and the theory itself,

    gain = ⟨ ln p(y_i|z_i) − ln ⟨p(y_i|z_k)⟩_k≠i ⟩_i,   y_i drawn from p(y|z_i),

about all parameters. About a part ψ of them each y_i weighs the draws by p(y_i|z_k), and the gain is the mean fall of
½ ln det of their covariance of ψ: the loss of the entropy of a Gaussian with that covariance. Few draws with weight
make a determinant too small by a factor that is known for normal ones; it is taken out.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import digamma, logsumexp

LEAST_EFFECTIVE = 20.0  # draws by weight that a new row must leave
SHARE = 0.9  # of the new rows that must leave as many


class Gain(NamedTuple):
    """Nats, with the standard error that the draws leave; NaN where they are too few."""

    nats: float
    error: float


def linear_gain(
    covariance: np.ndarray, slopes: np.ndarray, noise: np.ndarray, about: np.ndarray
) -> tuple[float, np.ndarray]:
    """Gain in nats about the coordinates ``about`` (p,) from rows together, and the covariance (d, d) after them.

    Parameters
    ----------
    covariance : (d, d), P
    slopes : (m, d), G̃
    noise : (m, m), S
    about : (p,) of int
    """
    cross = slopes @ covariance
    after = covariance - cross.T @ np.linalg.solve(noise + cross @ slopes.T, cross)
    part = np.ix_(about, about)
    return 0.5 * (_log_det(covariance[part]) - _log_det(after[part])), after


def nested_gain(
    means: np.ndarray,
    variances: np.ndarray,
    z: np.ndarray,
    about: np.ndarray | None,
    rng: np.random.Generator,
) -> Gain:
    """Gain from one row whose mean at draw k is ``means`` (k,) and variance ``variances`` (k,) or (1,).

    Parameters
    ----------
    z : (k, d)
        Sampling coordinates of the draws.
    about : (p,) of int, or None for all parameters

    Returns
    -------
    Gain
        NaN where more than a tenth of the new rows leave fewer than `LEAST_EFFECTIVE` draws with weight: a gain near
        the log of the number of draws is beyond them. About a part, those rows are left out.
    """
    sd = np.sqrt(np.broadcast_to(variances, means.shape))
    y = means + sd * rng.standard_normal(len(means))
    log_p = -0.5 * ((y[:, None] - means) / sd) ** 2 - np.log(sd)  # (outer, inner), up to ln √2π
    own = np.diagonal(log_p).copy()
    np.fill_diagonal(log_p, -np.inf)
    total = np.asarray(logsumexp(log_p, axis=1))
    weights = np.exp(log_p - total[:, None])
    effective = 1 / np.sum(weights**2, axis=1)
    enough = effective >= LEAST_EFFECTIVE
    if np.mean(enough) < SHARE:
        return Gain(np.nan, np.nan)
    if about is None:
        gains = own - (total - np.log(len(means) - 1))
    else:
        part = z[:, about]
        before = _log_det(np.cov(part.T, ddof=0)) - _shortfall(np.array([len(z)]), len(about))
        after = _weighted_log_det(weights[enough], part) - _shortfall(effective[enough], len(about))
        gains = 0.5 * (before - after)
    if not np.all(np.isfinite(gains)):
        return Gain(np.nan, np.nan)
    return Gain(float(np.mean(gains)), float(np.std(gains, ddof=1) / np.sqrt(len(gains))))


def _weighted_log_det(weights: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Log determinants (k,) of the covariance of ``z`` (k, p) under each row of ``weights`` (k, k)."""
    centred = z - z.mean(axis=0)
    mean = weights @ centred
    p = z.shape[1]
    products = (centred[:, :, None] * centred[:, None, :]).reshape(len(z), p * p)
    second = (weights @ products).reshape(-1, p, p)
    return np.linalg.slogdet(second - mean[:, :, None] * mean[:, None, :])[1]


def _shortfall(n: np.ndarray, p: int) -> np.ndarray:
    """Mean of ln det of a sample covariance (p, p) of ``n`` normal draws, less that of the true one (Wishart)."""
    n = np.maximum(n, p + 2)
    return digamma((n[:, None] - np.arange(1, p + 1)) / 2).sum(axis=1) - p * np.log(n / 2)


def _log_det(matrix: np.ndarray) -> float:
    return float(np.linalg.slogdet(np.atleast_2d(matrix))[1])

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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import digamma, logsumexp

from ..errors import GlassjaxError, suggest
from ..quantities import QUANTITIES
from .slopes import Conditional

if TYPE_CHECKING:
    from .information import Fisher
    from .slopes import Line

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


# Error of one more row where none is stated: relative for κ and C, in 1/K for the expansion.
ERRORS = {quantity: entry.typical_error for quantity, entry in QUANTITIES.items()}


def parse_errors(error: "Mapping[str, float] | float | None", quantities: Sequence[str]) -> dict[str, float]:
    """Return the error of a new row of each quantity: relative for κ and C, in 1/K for the expansion.

    ``error`` maps quantities to numbers; one number alone is that of κ and C.
    """
    if isinstance(error, (int, float)):
        error = {quantity: error for quantity, entry in QUANTITIES.items() if entry.logarithmic}
    if not isinstance(error, Mapping | None):
        raise GlassjaxError(f"error must be a number, or numbers by quantity, not {error!r}")
    given: dict[str, Any] = {} if error is None else dict(error)
    for quantity, value in given.items():
        if quantity not in QUANTITIES:
            raise GlassjaxError(
                f"no quantity '{quantity}' to give an error to{suggest(quantity, QUANTITIES)}; there are "
                f"{', '.join(QUANTITIES)}"
            )
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
            known = QUANTITIES[quantity]
            unit = "relative, as 0.05" if known.logarithmic else f"in {known.unit}"
            raise GlassjaxError(f"the error of {quantity} must be a positive number, {unit}, not {value!r}")
        if QUANTITIES[quantity].logarithmic and value >= 1:
            raise GlassjaxError(
                f"the error of {quantity} is relative: {value:g} is {100 * value:.0f} %; give 0.05 for 5 %"
            )
    return {q: float((ERRORS | given)[q]) for q in quantities}


@dataclass(frozen=True)
class Candidates:
    """All rows a design chooses from, quantity by quantity, on the likelihood's scale.

    Attributes
    ----------
    quantity, temperature : (m,) of each candidate
    error : (m,) on the likelihood's scale
    slope : (m, d) G̃, what is left of each slope once the discrepancy at the fitted rows is known
    noise : (m, m) covariance of the candidates given the parameters and the fitted rows, but for their errors
    """

    quantity: np.ndarray
    temperature: np.ndarray
    error: np.ndarray
    slope: np.ndarray
    noise: np.ndarray

    @classmethod
    def build(
        cls,
        at: "Fisher",
        lines: "Mapping[str, Line]",
        grid: np.ndarray,
        errors: Mapping[str, float],
        scale_error: float = 0.0,
    ) -> "Candidates":
        """Collect the candidates at temperatures ``grid`` for the quantities of ``lines``."""
        slopes, blocks, sigma = [], [], []
        for quantity, line in lines.items():
            size = float(np.sqrt(np.mean(line.mean**2)))
            conditional = Conditional(at.study, quantity, grid)
            weights, covariance = conditional.weights(at.values, size)
            slope = line.slope
            if conditional.block is not None:
                slope = slope - weights @ at.lines[quantity].slope[conditional.block.row]
            shared = scale_error * (np.ones(len(grid)) if QUANTITIES[quantity].logarithmic else line.mean)
            slopes.append(slope)
            blocks.append(covariance + np.outer(shared, shared))
            sigma.append(np.full(len(grid), errors[quantity] / conditional.unit))
        total = sum(len(block) for block in blocks)
        noise, begin = np.zeros((total, total)), 0
        for block in blocks:
            noise[begin : begin + len(block), begin : begin + len(block)] = block
            begin += len(block)
        return cls(
            quantity=np.repeat(list(lines), len(grid)),
            temperature=np.tile(grid, len(lines)),
            error=np.concatenate(sigma),
            slope=np.concatenate(slopes),
            noise=noise,
        )

    def rows(self, chosen: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Slopes (k, d) and covariance (k, k) of the candidates ``chosen``, one twice if it is measured twice."""
        picked: Any = list(chosen)
        return self.slope[picked], self.noise[np.ix_(picked, picked)] + np.diag(self.error[picked] ** 2)

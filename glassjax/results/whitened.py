"""Does theory plus discrepancy plus stated errors describe the data? Residuals made white, and checks of them.

With y the data, m the theory's mean and Σ the full covariance of a quantity (stated errors with those shared, white
noise, discrepancy), sorted by temperature and Σ = LLᵀ, the whitened residuals L⁻¹(y − m) of a right model are
independent unit normals. Rows of a published fit or statement are worth fewer numbers than they are: they are averaged
in as many neighbouring groups as they are worth first, whose covariance follows exactly.

Four checks of each quantity, and one of all together, each with the probability p that a right model does as badly:

- χ², the sum of squares. Of a maximum the reference for all quantities is χ² with (rows − parameters that the data
  determine, `glassjax.results.derived.fitted_parameters`) degrees of freedom, and for each quantity with as many as it
  has rows, which refuses too seldom. Of draws it is the posterior predictive p: the mean over draws of the probability
  that replicated data have a larger χ², which refuses too seldom, too.
- the rms residual, against that of data replicated at the maximum, or at the draws: a smooth misfit larger than the
  discrepancy allows hides in χ² and shows here;
- correlation of neighbours, Σ wᵢwᵢ₊₁, against a normal of variance rows − 1: white residuals have none;
- the largest residual of a row given all others, in standard deviations, times twice the number of rows.

A theory does not describe the data where any p falls below `FALSE_ALARM` over the number of checks, where a free
amplitude of a discrepancy lies as improbably far above its prior's centre, or where the discrepancy carries more than
`CARRIED` (rms of ln κ or ln C; of the expansion as a share of its rms). It cannot be judged where there are no more
rows than free parameters of the theory and the glass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats
from scipy.linalg import solve_triangular

from ..problem import discrepancy as gp
from ..problem.blocks import Block
from ..problem.naming import is_physical
from ..random_streams import generator
from .derived import fitted_parameters, score

if TYPE_CHECKING:
    from .content import Content

FALSE_ALARM = 0.01
CARRIED = 0.5
TOO_GOOD = 1e-3  # lower tail of χ² that is noted
DRAWS = 100  # of the posterior that residuals are made of
REPLICATES = 4000  # data sets, for the rms


class _Groups:
    """Rows of a block sorted by temperature, those of a published fit averaged in as many groups as they are worth."""

    def __init__(self, block: Block, worth: list[int]) -> None:
        parts: list[np.ndarray] = []
        for i, count in enumerate(worth):
            rows = np.flatnonzero(block.source == i)
            if rows.size:
                parts += np.array_split(rows[np.argsort(block.row_temperature[rows], kind="stable")], count)
        logs = np.log(block.row_temperature)
        parts.sort(key=lambda part: float(np.mean(logs[part])))
        self.rows = np.concatenate(parts)
        self.counts = np.array([len(part) for part in parts])
        self._begin = np.cumsum(self.counts) - self.counts
        self.temperature = np.exp(self.mean(logs))
        self.source = block.source[self.rows[self._begin]]

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Average ``values`` (..., n) of the rows in groups (..., k)."""
        return np.add.reduceat(values[..., self.rows], self._begin, axis=-1) / self.counts

    def covariance(self, block: Block, values: Any) -> np.ndarray:
        """Covariance (k, k) of the groups at the parameters ``values``."""
        T = block.row_temperature
        return self.mean(self.mean(block.noise_at(values) + block.misfit_covariance(T, T, values, np)).T)


@dataclass(frozen=True, eq=False)
class Whitened:
    """Residuals of one quantity at the maximum in units of what they should be, (k,) in order of temperature.

    ``white`` are independent unit normals if the model is right; ``alone`` is the residual of each row given all
    others, in standard deviations. ``source`` names the data set of each. ``chi2_p`` and ``rms_p`` are the
    probabilities that replicated data do as badly.
    """

    quantity: str
    temperature: np.ndarray
    source: tuple[str, ...]
    white: np.ndarray
    alone: np.ndarray
    chi2_p: float
    rms_p: float
    draws_chi2: np.ndarray  # of the draws, or of the maximum alone

    @property
    def chi2(self) -> float:
        """Sum of squares of the whitened residuals."""
        return float(np.sum(self.white**2))

    @property
    def correlation_p(self) -> float:
        """Probability that neighbours are as alike."""
        n = len(self.white)
        return (
            float(stats.norm.sf(np.sum(self.white[1:] * self.white[:-1]) / np.sqrt(n - 1))) if n > 2 else 1.0
        )

    @property
    def outlier_p(self) -> float:
        """Probability of a residual as large among so many, at most."""
        return float(min(1.0, 2 * len(self.alone) * stats.norm.sf(np.max(np.abs(self.alone)))))

    def outliers(self, most: int = 3, least: float = 0.0) -> list[str]:
        """Name the largest residuals beyond ``least`` standard deviations."""
        order = np.argsort(-np.abs(self.alone))[:most]
        return [
            f"{self.source[i]} at {self.temperature[i]:.3g} K, {self.alone[i]:+.1f} σ"
            for i in order
            if abs(self.alone[i]) >= least
        ]


def whiten(result: "Content") -> tuple[Whitened, ...]:
    """Whiten the residuals of every quantity of a fit of one glass."""
    study = result.study
    worth = [entry.used.worth for entry in study.fitted]
    names = [entry.measurement.name for entry in study.fitted]
    found = []
    for block in study.likelihood.blocks:
        groups = _Groups(block, worth)
        mean = np.asarray(result.tree["maximum"][f"fitted_{block.quantity}"])
        factor = gp.factor(groups.covariance(block, result.best), np)
        inverse = solve_triangular(factor, np.eye(len(factor)), lower=True)
        white = inverse @ groups.mean(block.observed - mean)
        chi2, rms_p = _replicated(result, block, groups, factor, white)
        found.append(
            Whitened(
                quantity=block.quantity,
                temperature=groups.temperature,
                source=tuple(names[i] for i in groups.source),
                white=white,
                alone=inverse.T @ white / np.sqrt(np.sum(inverse**2, axis=0)),
                chi2_p=float(np.mean(stats.chi2.sf(chi2, len(white)))),
                rms_p=rms_p,
                draws_chi2=chi2,
            )
        )
    return tuple(found)


def _replicated(
    result: "Content", block: Block, groups: _Groups, factor: np.ndarray, white: np.ndarray
) -> tuple[np.ndarray, float]:
    """χ² (s,) at the draws, or at the maximum alone, and the probability that replicated data have a larger rms."""
    rng = generator(result.seed, "checks of residuals")
    found: list[tuple[np.ndarray, np.ndarray]] = [(factor, white)]
    if "fitted" in result.tree.children:
        found = list(_at_draws(result, block, groups))
    chi2, larger = [], []
    each = -(-REPLICATES // len(found))
    for root, here in found:
        chi2.append(np.sum(here**2))
        replicated = rng.standard_normal((each, len(here))) @ root.T
        larger.append(np.sum(replicated**2, axis=1) >= np.sum((root @ here) ** 2))
    return np.array(chi2), float((np.sum(larger) + 1) / (np.size(larger) + 1))


def _at_draws(result: "Content", block: Block, groups: _Groups) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Factor and whitened residuals at some draws spread over all."""
    factor = None
    for mean, at in result.fitted_means(block, DRAWS):
        if factor is None or block.moving:
            factor = gp.factor(groups.covariance(block, at), np)
        yield factor, solve_triangular(factor, groups.mean(block.observed - mean), lower=True)


@dataclass(frozen=True, eq=False)
class Predictive:
    """The residuals of all quantities together, and what a verdict on the theory says of them."""

    result: Any
    parts: tuple[Whitened, ...]

    @property
    def rows(self) -> int:
        """Number of rows, those of a published fit counted by what they are worth."""
        return sum(len(part.white) for part in self.parts)

    @property
    def parameters(self) -> int:
        """Number of free parameters of the theory and the glass."""
        return sum(is_physical(name) for name in self.result.study.free)

    @cached_property
    def fitted(self) -> float:
        """Number of parameters that the data determine; all of them where the maximum has no Gaussian."""
        result = self.result
        if result.kind == "maximum" and not result.curved:
            return float(self.parameters)
        return min(fitted_parameters(result.study, result.draws), self.rows - 1.0)

    @property
    def chi2(self) -> float:
        """χ² of all quantities at the maximum."""
        return sum(part.chi2 for part in self.parts)

    @property
    def freedom(self) -> float:
        """Degrees of freedom of χ² at the maximum."""
        return self.rows - self.fitted

    @property
    def p(self) -> float:
        """Probability that a right model has a larger χ², of all quantities together."""
        if "fitted" in self.result.tree.children:
            total = np.sum([part.draws_chi2 for part in self.parts], axis=0)
            return float(np.mean(stats.chi2.sf(total, self.rows)))
        return float(stats.chi2.sf(self.chi2, self.freedom))

    @property
    def too_good(self) -> bool:
        """Whether χ² is far too small."""
        return bool(stats.chi2.cdf(self.chi2, self.freedom) < TOO_GOOD)

    @property
    def amplitudes(self) -> dict[str, float]:
        """Probability under its prior of a larger amplitude, of every free one of a discrepancy, by quantity."""
        result = self.result
        found = {}
        for quantity, entry in result.study.discrepancy.items():
            prior = result.study.free.get(entry.names[0])
            if prior is not None:
                found[quantity] = float(stats.norm.sf(score(prior, result.best[entry.names[0]])))
        return found

    @property
    def limit(self) -> float:
        """What no p may fall below."""
        return FALSE_ALARM / (4 * len(self.parts) + 1 + len(self.amplitudes))


def predictive(result: "Content") -> Predictive:
    """Return the checks of the residuals of a fit of one glass."""
    return Predictive(result, whiten(result))

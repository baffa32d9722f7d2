"""What a measurement would really bring: simulate it, fit again, and see the entropy fall."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError
from ..fitting.maximise import climb, laplace
from ..problem.blocks import from_scale
from ..problem.selection import DataSet
from ..quantities import QUANTITIES
from ..random_streams import generator
from ..scalars import whole_number
from .batch import Batch, Progress
from .design import Design
from .propagation import chosen_draws
from .slopes import Conditional

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study


@dataclass(frozen=True)
class Refits:
    """Falls of entropy (k,) in nats over simulated measurements, and the gain that was expected.

    Attributes
    ----------
    expected : float
    falls : (k,) of ½ ln det of the Laplace covariance of the parameters the design is about
    values : (k,) simulated values in SI units
    """

    expected: float
    falls: np.ndarray
    values: np.ndarray

    @property
    def mean(self) -> float:
        """Mean fall in nats."""
        return float(np.mean(self.falls))

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return float(np.std(self.falls, ddof=1) / np.sqrt(len(self.falls)))


def refits(
    result: "Result", found: Design, *, repeats: int = 20, seed: int = 0, progress: Progress | None = None
) -> Refits:
    """Simulate the design's first row ``repeats`` times, refit by Laplace, and compare entropies.

    Each value is drawn from the posterior of ``result``, with the discrepancy that the fitted rows leave and the
    error of the row; a fit climbs from the old maximum.

    Parameters
    ----------
    result : Result
        The fit the design was made from.
    found : Design
    repeats : int, at least 2
    seed : int
    progress : callable, optional
    """
    repeats = whole_number(repeats, "repeats")
    if repeats < 2:
        raise GlassjaxError("a mean needs two repeats at least")
    best, study = found.best, result.study
    quantity, T = best["quantity"], np.array([best["temperature"]])
    index = [found.information.names.index(name) for name in found.about]
    z = chosen_draws(result, repeats, seed)
    conditional = Conditional(study, quantity, T)
    block = conditional.block
    rows = np.empty(0) if block is None else block.temperature
    means = Batch(study.likelihood, {quantity: np.concatenate([T, rows])})(z)[quantity]
    y, covariance = conditional(means[:, :1], means[:, 1:], z)
    spread = np.sqrt(covariance[:, 0, 0] + (best["error"] / conditional.unit) ** 2)
    drawn = y[:, 0] + spread * generator(seed, "repeats of a design").standard_normal(repeats)
    start = found.information.z
    before = _entropy(laplace(study.likelihood, start).covariance, index)
    values = from_scale(quantity, drawn)
    wide = with_row(study, quantity, float(T[0]), float(values[0]), best["error"])
    likelihood = wide.likelihood
    falls = np.empty(repeats)
    for i, value in enumerate(drawn):
        observed = dict(likelihood.observed)
        observed[quantity] = np.append(observed[quantity][:-1], value)
        other = likelihood.observing(wide, observed)
        end = climb(other, start[None], wide.sampler.steps)[0].end
        falls[i] = before - _entropy(laplace(other, end).covariance, index)
        if progress is not None:
            progress(i + 1, repeats)
    return Refits(float(best["gain"]), falls, values)


def _entropy(covariance: np.ndarray, index: list[int]) -> float:
    return 0.5 * float(np.linalg.slogdet(covariance[np.ix_(index, index)])[1])


def with_row(study: "Study", quantity: str, T: float, value: float, error: float) -> "Study":
    """Return a study with one more row: ``value`` in SI units at ``T`` in K; ``error`` as `design` takes it."""
    from ..datasets import Measurement

    absolute = error * value if QUANTITIES[quantity].logarithmic else error
    row: Any = Measurement(
        name=f"next-{quantity}",
        quantity=quantity,
        temperature=np.array([T]),
        value=np.array([value]),
        error=np.array([absolute]),
    )
    without = {} if study.discrepancy else {"discrepancy": False}
    return study.replace(data=[*study.data, DataSet(row)], **without)

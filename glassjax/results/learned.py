"""What the data added to the prior: how much narrower a parameter became, and how far from the prior's centre it lies.

Both compare draws with quantiles of the prior, without new sampling. The width is that of the 89 % interval, in the
coordinate that the prior is written in: ln x for a log-normal prior, x for all others. The contraction is 1 − width of
the posterior/width of the prior. The score is that of the normal distribution at the prior's cumulative probability, so
that every prior is a unit normal in it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from ..problem.naming import is_physical, natural_range
from .limits import LEVEL

if TYPE_CHECKING:
    from ..problem.priors import Prior
    from ..problem.specification import Specification

LEAST = 0.1  # contraction below which a posterior is its prior
SHIFT = 0.5  # of the median, in scores, beyond which it is not
FAR = 2.0  # scores


def contraction(prior: "Prior", draws: np.ndarray) -> float:
    """Return 1 − width of the ``draws`` (n,)/width of the prior; negative where the posterior is wider."""
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    ends, before = np.quantile(draws, tails), prior.quantile(tails)
    if prior.distribution == "log-normal":
        ends, before = np.log(ends), np.log(before)
    return float(1 - np.diff(ends)[0] / np.diff(before)[0])


def score(prior: "Prior", values: Any) -> np.ndarray:
    """Return the normal score of ``values`` (...) under their prior, at most 8 in size."""
    frozen = prior.frozen
    below, above = frozen.cdf(values), frozen.sf(values)
    found = np.where(below < 0.5, stats.norm.ppf(below), stats.norm.isf(above))
    return np.asarray(np.clip(found, -8.0, 8.0))


def fitted_parameters(study: "Specification", draws: Mapping[str, np.ndarray]) -> float:
    """Return the number of parameters of the mean that the data determine: Σ (1 − variance of the score).

    Where theory and scores are linear this is exactly what the fit takes from χ²; what sizes noise and discrepancy
    takes nothing.
    """
    names = [name for name in study.free if name.partition(".")[0] not in ("noise", "discrepancy")]
    return float(sum(max(0.0, 1 - np.var(score(study.free[name], draws[name]))) for name in names))


def prior_notes(
    study: "Specification", draws: Mapping[str, np.ndarray], silent: tuple[str, ...] = ()
) -> list[str]:
    """Say which posteriors are their priors, unless ``silent`` names them, and which medians lie where few expect them.

    ``draws`` (n,) by the name of the free parameter.
    """
    notes = []
    for name, prior in study.free.items():
        middle = float(np.median(draws[name]))
        far = float(score(prior, middle))
        narrower = contraction(prior, draws[name])
        if narrower < LEAST and abs(far) < SHIFT and name not in silent:
            notes.append(
                f"{name}: its posterior is its prior ({max(narrower, 0):.0%} narrower): the data do not determine it"
            )
        if abs(far) > FAR:
            side = "above" if far > 0 else "below"
            notes.append(
                f"{name}: its median {middle:.3g} lies {abs(far):.1f} standard deviations {side} the centre of its "
                f"prior ({prior.describe()}): data and prior disagree"
            )
        low, high = natural_range(study, name)
        if not low <= middle <= high:
            what = "the theory" if is_physical(name) else "such a parameter"
            notes.append(
                f"{name}: its median {middle:.3g} lies outside the range {low:g} … {high:g} of {what}"
            )
    return notes

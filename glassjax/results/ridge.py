"""Ridges: combinations of parameters that the data fix, while none of the parameters is.

If data depend on a product x·y only, the posterior is a long ridge x·y = const. Its intervals are right, and as long as
the priors let them be; but no interval of x or y says that the product is known well. So a result names the product.

Parameters whose draws are all positive enter by their logarithms, which makes products of powers of what would be
sums. There is a ridge where the smallest eigenvalue of the correlation matrix of the draws is below 0.01: for two
parameters, where their correlation exceeds 0.99 either way. Its eigenvector is the combination that is known; it is
told where four parameters at most make it up.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .limits import LEVEL

if TYPE_CHECKING:
    from ..problem.priors import Prior

NARROW = 0.01
MOST = 4
PRIORS = 0.5
_ENDS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


@dataclass(frozen=True)
class Ridge:
    """A combination that is known far better than its parameters.

    Attributes
    ----------
    powers : by parameter, the first 1: of a product where ``product``, else coefficients of a sum
    product : whether all parameters are positive
    value, error : median and standard deviation of the combination, the latter relative for a product
    eigenvalue : of the correlation matrix
    ends : by parameter, where it is at the two ends of the ridge (89 %)
    open : whether one of the parameters runs over half of what its prior allows, so that the priors end the ridge
    """

    powers: dict[str, float]
    product: bool
    value: float
    error: float
    eigenvalue: float
    ends: dict[str, tuple[float, float]]
    open: bool

    @property
    def combination(self) -> str:
        """The combination as a formula."""
        if self.product:
            return "·".join(name if _one(p) else f"{name}^{p:.2g}" for name, p in self.powers.items())
        first, *others = self.powers.items()
        rest = (f" {'+' if p > 0 else '−'} {'' if _one(abs(p)) else f'{abs(p):.3g}·'}{n}" for n, p in others)
        return first[0] + "".join(rest)

    @property
    def text(self) -> str:
        """The sentence for verdict and summary."""
        known = f"to {self.error:.1%}" if self.product else f"± {self.error:.2g}"
        way = "; ".join(f"{name} from {a:.3g} to {b:.3g}" for name, (a, b) in self.ends.items())
        end = ", and only the priors end it" if self.open else ""
        fixed = f"the data fix the combination {self.combination} = {self.value:.3g} {known}, not its parts"
        return f"{fixed}: the ridge runs {way}{end}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self) | {"ends": {name: list(ends) for name, ends in self.ends.items()}}


def find_ridges(draws: Mapping[str, np.ndarray], priors: "Mapping[str, Prior]") -> list[Ridge]:
    """Find the ridges in ``draws`` (n,) of parameters with ``priors``: products of positive parameters, then sums."""
    usable = {name: x for name, x in draws.items() if np.all(np.isfinite(x)) and np.std(x) > 0}
    positive = {name: x for name, x in usable.items() if np.all(x > 0)}
    products = _ridges(positive, priors, product=True)
    sums = _ridges(usable, priors, product=False)
    return products + [ridge for ridge in sums if not set(ridge.powers) <= set(positive)]


def _ridges(draws: Mapping[str, np.ndarray], priors: "Mapping[str, Prior]", *, product: bool) -> list[Ridge]:
    """Find the combinations of logarithms, or of the parameters themselves, that are narrow."""
    if len(draws) < 2:
        return []
    names = list(draws)
    columns = np.stack([np.log(x) if product else x for x in draws.values()])
    width = np.std(columns, axis=1)
    found = []
    eigenvalues, vectors = np.linalg.eigh(np.corrcoef(columns))
    for eigenvalue, vector in zip(eigenvalues, vectors.T, strict=True):
        weight = vector / width
        parts = _enough(weight[:, None] * columns, vector)
        if eigenvalue >= NARROW or len(parts) < 2:
            continue
        powers = {names[i]: float(weight[i] / weight[parts[0]]) for i in parts}
        combination = np.array(list(powers.values())) @ columns[parts]
        middle = float(np.median(combination))
        ends, share = {}, 0.0
        for i in parts:
            low, high = (float(end) for end in np.quantile(draws[names[i]], _ENDS))
            share = max(
                share, (high - low) / float(np.ptp(np.asarray(priors[names[i]].quantile(np.array(_ENDS)))))
            )
            rising = np.corrcoef(columns[i], columns[parts[0]])[0, 1] > 0
            ends[names[i]] = (low, high) if rising else (high, low)
        found.append(
            Ridge(
                powers,
                product,
                float(np.exp(middle)) if product else middle,
                float(np.std(combination)),
                float(eigenvalue),
                ends,
                bool(share > PRIORS),
            )
        )
    return found


def _enough(terms: np.ndarray, vector: np.ndarray) -> list[int]:
    """Choose the fewest terms (d, n) of a combination that are narrow by themselves; none if that takes many."""
    order = np.argsort(-np.abs(vector), kind="stable")
    for count in range(2, min(MOST, len(order)) + 1):
        parts = sorted(order[:count].tolist())
        if np.var(terms[parts].sum(axis=0)) < NARROW * np.sum(np.var(terms[parts], axis=1)):
            return parts
    return []


def _one(power: float) -> bool:
    """Whether a power reads as 1 in two figures."""
    return abs(power - 1) < 0.005

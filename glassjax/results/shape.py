"""The shape of a posterior: its maxima, the modes between which draws are divided, and the ridges they lie along."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .content import Content
from .limits import LEVEL
from .modes import FoundMaximum as Found
from .modes import Modes, distinct_maxima
from .verdict import WINDOW

if TYPE_CHECKING:
    from ..problem.priors import Prior


class Shape(Content):
    """What starts and draws tell of the shape."""

    def distances(self) -> np.ndarray:
        """Distance (s,) of every start's end from the maximum, in standard deviations of the Gaussian there."""
        root = np.linalg.cholesky(self.covariance)
        offset = np.asarray(self.tree["starts"]["end"]) - self.coordinate
        return np.linalg.norm(np.linalg.solve(root, offset.T), axis=0)

    @cached_property
    def maxima(self) -> list[dict[str, Any]]:
        """Distinct maxima that the starts found, best first, those that are no rivals left out.

        Each with ``below``, how far it is below the best in the log posterior (3 at most), ``starts``, how many ended
        there, and ``parameters``.
        """
        found = self.found_maxima(WINDOW)
        points = np.stack([maximum.coordinate for maximum in found])
        values = [self.best]
        if len(found) > 1:
            columns = self.study.likelihood.compiled.constrain(points)
            values += [{n: float(columns[n][i]) for n in self.best} for i in range(1, len(found))]
        return [
            {
                "below": max(self.log_posterior - m.log_posterior, 0.0),
                "starts": m.starts,
                "parameters": parameters,
            }
            for m, parameters in zip(found, values, strict=True)
        ]

    def rival_place(self) -> str:
        """Say where the second of `maxima` is, as the end of a clause: the parameters it differs in most."""
        if len(self.maxima) < 2:
            return ""
        first, second = self.found_maxima(WINDOW)[:2]
        apart = np.abs(second.coordinate - first.coordinate) / np.sqrt(np.diagonal(self.covariance))
        order = np.argsort(-apart)
        names = [list(self.best)[i] for i in order[:3] if apart[i] > min(1.0, 0.99 * apart[order[0]])]
        other = self.maxima[1]["parameters"]
        return ", at " + ", ".join(f"{n} = {other[n]:.3g} (best {self.best[n]:.3g})" for n in names)

    def found_maxima(self, window: float) -> list[Found]:
        """Distinct maxima within ``window`` of the best in the log posterior, best first."""
        starts = self.tree["starts"]
        ends = zip(np.asarray(starts["end"]), np.asarray(starts["log_posterior"]).tolist(), strict=True)
        best = Found(self.coordinate, self.log_posterior)
        root = np.linalg.cholesky(self.covariance)
        return distinct_maxima(best, [Found(end, value) for end, value in ends], root, window)

    @cached_property
    def modes(self) -> list[Modes]:
        """Parameters between whose modes the draws are divided."""
        return []

    @cached_property
    def ridges(self) -> "list[Ridge]":
        """Combinations of parameters that the data fix, while none of the parameters is."""
        return find_ridges(self.draws, self.study.free) if self.curved or self.kind != "maximum" else []

    def shape_notes(self) -> list[str]:
        """Say which parameters have several modes that all chains visit, and which are known together only."""
        mixed = [modes.text for modes in self.modes if modes.mixed]
        return mixed + [ridge.text for ridge in self.ridges]


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

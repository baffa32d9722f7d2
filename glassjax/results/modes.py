"""Several maxima: those that the starts of a maximisation found, and those between which draws are divided.

A mean, a median or an interval of a parameter with two modes speaks of values in between that are all but excluded.
Draws of a parameter are called multimodal where a density estimate (normal kernel, width after Silverman 1986) of all
chains together has a valley no higher than half the lower of the peaks beside it, with 5 % of the draws on either side,
and where that valley is deeper than counting noise of so many effective draws by four deviations.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

VALLEY = 0.5
SHARE = 0.05
STAYS = 0.95
DEVIATIONS = 4.0
_GRID = 512


class FoundMaximum(NamedTuple):
    """A maximum: sampling coordinates (d,), log posterior there, and how many starts ended at it."""

    coordinate: np.ndarray
    log_posterior: float
    starts: int = 0


PEAKS = 6
"""How many maxima are looked at, at most."""


@dataclass(frozen=True)
class Modes:
    """The modes of one parameter.

    Attributes
    ----------
    name : the parameter
    places : where its density has a peak, rising
    shares : share of the draws nearest to each
    staying : number of chains that have 95 % of their draws there, for each
    chains : number of chains
    """

    name: str
    places: tuple[float, ...]
    shares: tuple[float, ...]
    staying: tuple[int, ...]
    chains: int

    @property
    def mixed(self) -> bool:
        """Whether every chain visits several modes, so that their shares are those of the posterior."""
        return not any(self.staying)

    @property
    def text(self) -> str:
        """The sentence for verdict and summary."""
        number = {2: "bimodal"}.get(len(self.places), f"{len(self.places)} modes")
        if self.mixed:
            parts = [
                f"{share:.0%} of the draws near {place:.3g}"
                for share, place in zip(self.shares, self.places, strict=True)
            ]
            known = "each chain visits several" if self.chains > 1 else ""
        else:
            parts = [
                f"{count} of {self.chains} chains stay near {place:.3g}"
                for count, place in zip(self.staying, self.places, strict=True)
            ]
            known = "how much of the posterior is near each is not known"
        ends = f"{', '.join(parts[:-1])} and {parts[-1]}{'; ' if known else ''}{known}"
        return f"{number} in {self.name}: {ends}; mean, median and interval stand between them"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }


def find_modes(name: str, draws: np.ndarray, effective: Callable[[np.ndarray], float]) -> Modes | None:
    """Find the modes of a parameter from its ``draws`` (chains, n); None if there is one.

    ``effective`` counts how many independent draws such an array is worth, each chain by itself. It is asked about the
    distances from the nearest mode: a chain that seldom goes from one to the other still knows each of them well.
    """
    pooled = draws.ravel()
    spread = min(np.std(pooled), np.subtract(*np.quantile(pooled, [0.75, 0.25])) / 1.34)
    if not (np.isfinite(spread) and spread > 0):
        return None
    width = 0.9 * spread * len(pooled) ** -0.2
    edges = np.linspace(pooled.min() - 3 * width, pooled.max() + 3 * width, _GRID + 1)
    grid, step = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    reach = int(4 * width / step) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2) / np.sqrt(2 * np.pi)
    histogram = np.histogram(pooled, edges)[0] / len(pooled)
    density = np.convolve(histogram, kernel)[reach : reach + _GRID]
    valleys = _valleys(density, np.inf)
    if valleys:
        valleys = _valleys(density, float(effective(draws - _places(draws, grid[valleys])[1])))
    if not valleys:
        return None
    side, places = _places(draws, grid[valleys])
    sides = range(len(valleys) + 1)
    shares = [float(np.mean(side == i)) for i in sides]
    if min(shares) < SHARE:
        return None
    staying = [int(np.sum(np.mean(side == i, axis=1) >= STAYS)) for i in sides]
    return Modes(
        name, tuple(float(places[side == i][0]) for i in sides), tuple(shares), tuple(staying), len(draws)
    )


def _places(draws: np.ndarray, valleys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say for each of ``draws`` (chains, n) between which ``valleys`` it lies, and the median of those there."""
    side = np.searchsorted(valleys, draws)
    places = np.empty_like(draws)
    for i in np.unique(side):
        places[side == i] = np.median(draws[side == i])
    return side, places


def _valleys(density: np.ndarray, effective: float) -> list[int]:
    """Places on the grid of the valleys of a ``density`` (n,), per kernel width, that part modes."""
    inner = density[1:-1]
    peaks = (1 + np.flatnonzero((inner >= density[:-2]) & (inner > density[2:]))).tolist()
    while len(peaks) > 1:
        pairs = list(pairwise(peaks))
        valleys = [a + int(np.argmin(density[a : b + 1])) for a, b in pairs]
        lower = [a if density[a] < density[b] else b for a, b in pairs]
        ratios = [float(density[v] / density[p]) for v, p in zip(valleys, lower, strict=True)]
        doubts = [
            np.inf if ratio > VALLEY else _noise(float(density[peak]), ratio, effective)
            for ratio, peak in zip(ratios, lower, strict=True)
        ]
        worst = max(range(len(pairs)), key=lambda i: (doubts[i], ratios[i]))
        if doubts[worst] < 1:
            return valleys
        peaks.remove(lower[worst])  # the lower peak at the shallowest valley is none
    return []


def _noise(peak: float, ratio: float, effective: float) -> float:
    """Four deviations of the counts within a kernel's width at peak and valley, over their difference."""
    count = 2 * peak * effective
    return DEVIATIONS * np.sqrt((1 + ratio) / count) / (1 - ratio) if count > 0 else np.inf


def distinct_maxima(
    best: FoundMaximum, starts: Sequence[FoundMaximum], root: np.ndarray, window: float
) -> list[FoundMaximum]:
    """Reduce where ``starts`` ended to distinct maxima, ``best`` first and the others no more than ``window`` below it.

    Ends are one maximum within three standard deviations of the Gaussian at the best, ``root`` (d, d) being the
    Cholesky factor of its covariance.
    """
    found, counts = [best], [0]
    for end in sorted(starts, key=lambda start: -start.log_posterior):
        apart = [np.linalg.norm(np.linalg.solve(root, end.coordinate - other.coordinate)) for other in found]
        nearest = int(np.argmin(apart))
        if apart[nearest] <= 3:
            counts[nearest] += 1
        elif end.log_posterior >= best.log_posterior - window:
            found.append(end)
            counts.append(1)
    return [maximum._replace(starts=count) for maximum, count in zip(found, counts, strict=True)]

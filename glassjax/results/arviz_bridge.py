"""The only module that touches ArviZ, whose parts differ between Python 3.11 and later ones. Import it lazily."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["diagnostics", "effective_draws", "pareto_smooth"]

TAIL = (0.05, 0.95)


def diagnostics(tree: "xr.DataTree", names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return ``rhat``, ``ess_bulk`` and ``ess_tail`` by parameter name (ranks, split chains), and ``bfmi`` by chain."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    posterior = tree["posterior"].to_dataset()
    found: dict[str, dict[str, float]] = {"rhat": {}, "ess_bulk": {}, "ess_tail": {}}
    for name in names:
        draws = np.asarray(posterior[name].transpose("chain", "draw"))
        found["rhat"][name] = float(array_stats.rhat(draws, method="rank"))
        found["ess_bulk"][name] = float(array_stats.ess(draws, method="bulk"))
        found["ess_tail"][name] = float(array_stats.ess(draws, method="tail", prob=TAIL))
    energy = np.asarray(tree["sample_stats"]["energy"])
    # (mean squared step)/(variance) of each chain's energy: one line, so that no version's array interface matters
    bfmi = np.mean(np.diff(energy, axis=1) ** 2, axis=1) / np.var(energy, axis=1)
    return found | {"bfmi": {str(i): float(value) for i, value in enumerate(bfmi)}}


def effective_draws(values: np.ndarray) -> float:
    """Return the number of independent draws worth as much for the mean of ``values`` (chains, draws)."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    return float(array_stats.ess(values, method="mean"))


def pareto_smooth(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed log weights (n,), normalised to the sum 1, and the shape k of their tail (PSIS)."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    finite = np.isfinite(log_weight)
    lowest = np.min(log_weight, where=finite, initial=0.0)
    smoothed, k = array_stats.psislw(_psis_sign() * np.where(finite, log_weight, lowest - 700.0))
    return np.asarray(smoothed), float(k)


@cache
def _psis_sign() -> float:
    """-1 where ``psislw`` takes log likelihoods and negates them, as ArviZ 0.8 does, 1 where it takes log weights."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    smoothed, _ = array_stats.psislw(np.linspace(0.0, 3.0, 100))
    return 1.0 if smoothed[-1] > smoothed[0] else -1.0

"""The only module that touches ArviZ, whose parts differ between Python 3.11 and later ones. Import it lazily."""

import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

TAIL = (0.05, 0.95)
SAME = 1e-8  # log densities closer than this count as equal


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


def effective_within(draws: np.ndarray) -> float:
    """Return effective draws of ``draws`` (chains, n), counted within each chain: where chains stay does not matter."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    found = [float(array_stats.ess(chain[None], method="bulk")) for chain in draws if np.ptp(chain) > 0]
    return float(np.nansum(found))


def leave_one_out(tree: "xr.DataTree", quantities: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """PSIS-LOO of the rows of ``log_likelihood``, quantity after quantity: log densities (n,) and Pareto k (n,).

    For chains this is ArviZ's ``loo``. Where draws were taken again by weight, each distinct one counts by that
    weight, or the ties would pass for a light tail; k then tells of the weights too. It is infinite where the draws
    are too few to have a tail, and 0 for rows that no draw of the parameters changes.
    """
    group = tree["log_likelihood"]
    rows = np.concatenate([np.asarray(group[quantity]) for quantity in quantities], axis=-1)
    elpd, k = rows[0, 0].copy(), np.zeros(rows.shape[-1])
    varied = np.ptp(rows, axis=(0, 1)) > SAME
    if np.any(varied):
        elpd[varied], k[varied] = _leave_out(tree, rows[..., varied])
    return elpd, k


def _leave_out(tree: "xr.DataTree", rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log predictive densities and Pareto k of ``rows`` (chains, draws, n)."""
    import xarray as xr
    from arviz_stats import loo  # pyright: ignore[reportPrivateImportUsage]

    posterior = tree["posterior"].to_dataset()
    if tree.attrs["kind"] == "posterior":
        draws = {"chain": np.arange(rows.shape[0]), "draw": np.arange(rows.shape[1])}
        values = {name: (("chain", "draw"), np.asarray(posterior[name])) for name in posterior}
        groups = {
            "posterior": xr.Dataset(values, coords=draws),
            "log_likelihood": xr.Dataset({"row": (("chain", "draw", "number"), rows)}, coords=draws),
        }
        with warnings.catch_warnings(), suppress(ValueError):  # raised where there is no tail
            warnings.simplefilter("ignore", UserWarning)  # of large k, which callers report row by row
            found: Any = loo(xr.DataTree.from_dict(groups), pointwise=True, var_name="row")
            return np.asarray(found.elpd_i), np.asarray(found.pareto_k)
    first, log_count = _distinct(tree, posterior)
    distinct = rows.reshape(-1, rows.shape[-1])[first]
    elpd, k = np.array([_leave_one(row, log_count) for row in distinct.T]).T
    return elpd, k


def _distinct(tree: "xr.DataTree", posterior: "xr.Dataset") -> tuple[np.ndarray, np.ndarray]:
    """Places (m,) of distinct draws, and how often each should count, as a logarithm (m,).

    A draw of weight w among n was kept for certain if n w ≥ 1, and then stands for n w of them; else it was kept with
    the probability n w, and stands for one.
    """
    if "weights" in tree.children:
        weights = tree["weights"]
        index, first = np.unique(np.asarray(weights["index"]), return_index=True)
        smoothed, _ = pareto_smooth(np.asarray(weights["log_weight"]))
        return first, np.maximum(smoothed[index] + np.log(weights.sizes["draw"]), 0.0)
    columns = np.stack([np.asarray(posterior[name]).ravel() for name in posterior], axis=1)
    _, first, count = np.unique(columns, axis=0, return_index=True, return_counts=True)
    return first, np.log(count)


def _leave_one(log_likelihood: np.ndarray, log_count: np.ndarray) -> tuple[float, float]:
    """Log predictive density of one row, and Pareto k, from draws (m,) that count ``exp(log_count)`` times each."""
    from scipy.special import logsumexp

    log_weight = log_count - log_likelihood
    smoothed, k = np.asarray(log_weight), np.inf
    with warnings.catch_warnings(), np.errstate(all="ignore"), suppress(ValueError):
        warnings.simplefilter("ignore", UserWarning)
        smoothed, k = pareto_smooth(log_weight)
    if not np.isfinite(k):
        smoothed, k = log_weight, np.inf
    total, norm = (np.asarray(logsumexp(x)) for x in (smoothed + log_likelihood, smoothed))
    return float(total - norm), float(k)


def effective_draws(values: np.ndarray) -> float:
    """Return the number of independent draws worth as much for the mean of ``values`` (chains, draws)."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    return float(array_stats.ess(values, method="mean"))


def pareto_smooth(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed log weights (n,), normalised to the sum 1, and the shape k of their tail (PSIS)."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    finite = np.isfinite(log_weight)
    lowest = np.min(log_weight, where=finite, initial=0.0)
    with np.errstate(all="ignore"):  # of weights of which all but one are nothing
        smoothed, k = array_stats.psislw(_psis_sign() * np.where(finite, log_weight, lowest - 700.0))
    return np.asarray(smoothed), float(k)


@cache
def _psis_sign() -> float:
    """-1 where ``psislw`` takes log likelihoods and negates them, as ArviZ 0.8 does, 1 where it takes log weights."""
    from arviz_stats.base import array_stats  # pyright: ignore[reportPrivateImportUsage]

    smoothed, _ = array_stats.psislw(np.linspace(0.0, 3.0, 100))
    return 1.0 if smoothed[-1] > smoothed[0] else -1.0

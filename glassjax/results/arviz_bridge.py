"""The only module that touches ArviZ, whose parts differ between Python 3.11 and later ones. Import it lazily."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["diagnostics"]


def diagnostics(tree: "xr.DataTree", names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return ``rhat``, ``ess_bulk`` and ``ess_tail`` by parameter name (rank-normalised, split chains), and ``bfmi`` by chain."""
    from arviz_stats.base import array_stats

    posterior = tree["posterior"].to_dataset()
    found: dict[str, dict[str, float]] = {"rhat": {}, "ess_bulk": {}, "ess_tail": {}, "bfmi": {}}
    for name in names:
        draws = np.asarray(posterior[name])
        found["rhat"][name] = float(array_stats.rhat(draws, chain_axis=0, draw_axis=1, method="rank"))
        for kind in ("bulk", "tail"):
            found[f"ess_{kind}"][name] = float(array_stats.ess(draws, chain_axis=0, draw_axis=1, method=kind))
    energy = np.asarray(tree["sample_stats"]["energy"])
    found["bfmi"] = {str(i): float(value) for i, value in enumerate(np.atleast_1d(array_stats.bfmi(energy)))}
    return found

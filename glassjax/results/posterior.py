"""Draws from the posterior."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from . import table as tables
from . import trees
from .base import Result
from .maximum import Maximum
from .provenance import provenance
from .verdict import Check, check_chains

if TYPE_CHECKING:
    from ..inference.likelihood import Likelihood
    from ..inference.settings import Sampler
    from ..inference.study import Study

__all__ = ["Posterior"]


class Posterior(Result):
    """Draws from the posterior by NUTS, and the maximum they began at."""

    kind = "posterior"
    estimate = "posterior medians"

    @classmethod
    def build(
        cls,
        study: "Study",
        seed: int,
        settings: "Sampler",
        start: Maximum,
        fields: dict[str, np.ndarray],
        seconds: float,
    ) -> "Posterior":
        """Put NumPyro's ``fields``, each (chains, draws, ...), into a tree."""
        likelihood = study.likelihood
        z = fields["z"]
        values = {name: np.asarray(column) for name, column in likelihood.compiled.constrain(z).items()}
        means, joint, pointwise = _densities(likelihood, z, values)
        steps = fields["num_steps"]
        statistics = {
            "lp": -fields["potential_energy"],
            "energy": fields["energy"],
            "acceptance_rate": fields["accept_prob"],
            "n_steps": steps,
            "tree_depth": np.ceil(np.log2(steps + 1)).astype(int),
            "diverging": fields["diverging"],
            "step_size": fields["step_size"],
        }
        attributes = trees.root_attributes(
            study, cls.kind, seed, settings.to_dict(), provenance(study, seconds)
        )
        from_start = {f"/{name}": start.tree[name].to_dataset() for name in ("maximum", "starts")}
        groups = {
            "/": xr.Dataset(attrs=attributes),
            "/posterior": trees.posterior_group(values, "nuts"),
            "/sample_stats": trees.per_row(statistics),
            "/log_likelihood": trees.per_row(pointwise),
            "/joint_log_likelihood": trees.per_row(joint),
            "/fitted": trees.per_row(means),
            **from_start,
            **trees.data_groups(likelihood),
        }
        return cls(xr.DataTree.from_dict(groups), study)

    @cached_property
    def diagnostics(self) -> dict[str, dict[str, float]]:
        """R-hat and effective draws by parameter, E-BFMI by chain."""
        from .arviz_bridge import diagnostics

        return diagnostics(self.tree, tuple(self.study.free))

    @property
    def divergences(self) -> int:
        """Number of divergent draws."""
        return int(np.sum(np.asarray(self.tree["sample_stats"]["diverging"])))

    def _table(self) -> list[dict[str, Any]]:
        medians = {name: float(np.median(draws)) for name, draws in self.draws.items()}
        return tables.rows(self.study, medians, self.draws, self.diagnostics)

    def _checks(self) -> list[Check]:
        found = self.diagnostics
        depth = np.asarray(self.tree["sample_stats"]["tree_depth"])
        return check_chains(
            found["rhat"],
            found["ess_bulk"],
            found["ess_tail"],
            self.divergences,
            list(found["bfmi"].values()),
            float(np.mean(depth >= self.settings["tree_depth"])),
        )

    @property
    def heading(self) -> str:
        """First line of the summary."""
        posterior = self.tree["posterior"]
        return (
            f"{self.study.name}: posterior of {type(self.study.theory).__name__}, {posterior.sizes['chain']} chains of "
            f"{posterior.sizes['draw']} draws (NUTS)"
        )


def _densities(
    likelihood: "Likelihood", z: np.ndarray, values: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Means of the rows, joint and leave-one-out log likelihoods at every draw ``z`` (chains, draws, d)."""

    def chain(c: int) -> list[Any]:
        found = []
        for i, vector in enumerate(z[c]):
            means = likelihood.means_at(vector)
            at = {name: float(column[c, i]) for name, column in values.items()}
            found.append((means, *likelihood.log_likelihoods(means, at)))
        return found

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = list(pool.map(chain, range(len(z))))
    means, joint, pointwise = (
        {
            block.quantity: np.array([[entry[part][block.quantity] for entry in row] for row in rows])
            for block in likelihood.blocks
        }
        for part in range(3)
    )
    return means, joint, pointwise

"""Draws from the posterior by Markov chains."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from .draws import Draws
from .evidence import LogEvidence, bridge
from .maximum import Maximum
from .verdict import Check, check_chains

if TYPE_CHECKING:
    from ..problem.specification import Specification
    from ..problem.study_file import Sampler


class Posterior(Draws):
    """Draws from the posterior by NUTS, and the maximum they began at.

    There is a log evidence once `bridge` was asked for it.
    """

    kind = "posterior"
    inference = "nuts"

    @classmethod
    def build(
        cls,
        study: "Specification",
        seed: int,
        settings: "Sampler",
        start: Maximum,
        fields: dict[str, np.ndarray],
        seconds: float,
    ) -> "Posterior":
        """Put NumPyro's ``fields``, each (chains, draws, ...), into a tree."""
        statistics = cls.statistics(fields)
        groups = cls.groups(study, seed, settings.to_dict(), start, fields["z"], statistics, seconds)
        return cls(xr.DataTree.from_dict(groups), study)

    @staticmethod
    def statistics(fields: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Statistics of every draw, under ArviZ's names, from NumPyro's ``fields``."""
        steps = fields["num_steps"]
        return {
            "lp": -fields["potential_energy"],
            "energy": fields["energy"],
            "acceptance_rate": fields["accept_prob"],
            "n_steps": steps,
            "tree_depth": np.ceil(np.log2(steps + 1)).astype(int),
            "diverging": fields["diverging"],
            "step_size": fields["step_size"],
        }

    @cached_property
    def diagnostics(self) -> dict[str, dict[str, float]]:
        """R-hat and effective draws by parameter, E-BFMI by chain."""
        from .arviz_bridge import diagnostics

        return diagnostics(self.tree, tuple(self.study.free))

    @property
    def divergences(self) -> int:
        """Number of divergent draws."""
        return int(np.sum(np.asarray(self.tree["sample_stats"]["diverging"])))

    def bridge(self, *, seed: int | None = None) -> LogEvidence:
        """Find the log evidence by bridge sampling and keep it; see `glassjax.results.evidence.bridge`."""
        found = bridge(self, seed=seed)
        self.tree.attrs["log_evidence"] = json.dumps(found._asdict())
        return found

    def _worth(self, draws: np.ndarray) -> float:
        from .arviz_bridge import effective_within

        return effective_within(draws)

    def _diagnostics(self) -> Mapping[str, Mapping[str, float]]:
        return self.diagnostics

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

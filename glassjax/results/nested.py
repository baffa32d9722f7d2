"""Draws from the posterior by nested sampling."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from .draws import Draws
from .evidence import LogEvidence
from .verdict import Check, check_nested

if TYPE_CHECKING:
    from ..problem.specification import Specification
    from .maximum import Maximum


class Nested(Draws):
    """Weighted points of a nested sampling run, taken again in proportion to their weights.

    There are as many draws as the weights are worth. The maximum beside them comes from the usual starts; the draws
    do not depend on it.
    """

    kind = inference = "nested"

    @classmethod
    def build(
        cls,
        study: "Specification",
        seed: int,
        settings: Mapping[str, Any],
        start: "Maximum",
        fields: Mapping[str, Any],
        outcome: Mapping[str, Any],
        seconds: float,
    ) -> "Nested":
        """Put a run into a tree: ``fields`` of arrays and ``outcome`` of numbers, as `fitting.nested` makes them."""
        evidence = LogEvidence(outcome["log_evidence"], outcome["error"], "nested sampling")
        statistics = {"lp": fields["lp"][None]}
        means = {q: array[None] for q, array in fields["means"].items()}
        groups = cls.groups(
            study, seed, settings, start, fields["z"][None], statistics, seconds, means, evidence
        )
        names = ("log_likelihood", "log_weight", "log_volume")
        groups["/nested"] = xr.Dataset(
            {name: ("point", fields[name]) for name in names},
            attrs={"calls": outcome["calls"], "remaining": outcome["remaining"]},
        )
        return cls(xr.DataTree.from_dict(groups), study)

    @property
    def effective_draws(self) -> float:
        """Number of equally weighted draws worth as much: (Σw)²/Σw²."""
        from ..numerics.weights import worth

        return worth(np.exp(np.asarray(self.tree["nested"]["log_weight"])))

    @property
    def calls(self) -> int:
        """Number of evaluations of the likelihood."""
        return int(self.tree["nested"].attrs["calls"])

    def _worth(self, draws: np.ndarray) -> float:
        del draws
        return self.effective_draws

    def _checks(self) -> list[Check]:
        evidence = self.log_evidence
        assert evidence is not None
        assert evidence.error is not None
        return check_nested(
            self.effective_draws,
            float(self.tree["nested"].attrs["remaining"]),
            self.settings["dlogz"],
            evidence.error,
            self.tree["nested"].sizes["point"] / self.calls,
        )

    @property
    def heading(self) -> str:
        """First line of the summary."""
        return (
            f"{self.study.name}: posterior of {type(self.study.theory).__name__}, "
            f"{self.tree['posterior'].sizes['draw']} draws (nested sampling, {self.settings['live']} live points)"
        )

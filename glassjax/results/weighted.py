"""Importance-weighted draws from a density near the posterior: around the maximum, and variational inference."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from .draws import Draws
from .evidence import LogEvidence
from .verdict import PARETO_K, Check, check_elbo, check_nested, check_rivals, check_weights

if TYPE_CHECKING:
    from ..problem.specification import Specification
    from .maximum import Maximum


class _Weighted(Draws):
    """Draws of the density, resampled in proportion to their smoothed weights."""

    label: str

    @property
    def _everywhere(self) -> bool:
        """Whether the density has a piece at every maximum that the starts found."""
        return False

    @classmethod
    def build(
        cls,
        study: "Specification",
        seed: int,
        settings: Mapping[str, Any],
        start: "Maximum",
        found: Mapping[str, Any],
        seconds: float,
    ) -> Any:
        """Put weighed draws (`glassjax.fitting.importance.weigh`) into a tree."""
        from .arviz_bridge import pareto_smooth

        index = found["index"]
        z = found["z"][index]
        means = {quantity: rows[None, index] for quantity, rows in found["means"].items()}
        log_weight = found["log_weight"]
        top = float(np.max(log_weight))
        weight = np.exp(log_weight - top)
        k = pareto_smooth(log_weight)[1]
        evidence = LogEvidence(
            top + float(np.log(np.mean(weight))),
            float(np.std(weight, ddof=1) / np.mean(weight) / np.sqrt(len(weight))),
            "importance sampling",
            "" if k <= PARETO_K else f"not to be trusted, as Pareto k is {k:.2f}",
        )
        statistics = {"lp": found["lp"][index][None]}
        groups = cls.groups(study, seed, settings, start, z[None], statistics, seconds, means, evidence)
        groups["/weights"] = xr.Dataset(
            {"log_weight": ("proposal", log_weight), "index": ("draw", index)},
            attrs={
                "meaning": "ln p(z, data)/q(z) of the draws from the density q; index says which were kept"
            },
        )
        if "pieces" in found:
            groups["/weights"].attrs["pieces"] = int(found["pieces"])
        if "elbo" in found:
            groups["/elbo"] = xr.Dataset({"elbo": ("step", found["elbo"])})
        return cls(xr.DataTree.from_dict(groups), study)

    @cached_property
    def _smoothed(self) -> tuple[np.ndarray, float]:
        from .arviz_bridge import pareto_smooth

        return pareto_smooth(np.asarray(self.tree["weights"]["log_weight"]))

    @property
    def pareto_k(self) -> float:
        """Shape of the tail of the weights: how far the density is from covering the posterior."""
        return self._smoothed[1]

    @property
    def effective_draws(self) -> float:
        """Number of equally weighted draws worth as much: (Σw)²/Σw²."""
        from ..numerics.weights import worth

        return worth(np.exp(self._smoothed[0]))

    def _worth(self, draws: np.ndarray) -> float:
        del draws
        return self.effective_draws

    def _checks(self) -> list[Check]:
        starts = np.asarray(self.tree["starts"]["log_posterior"])
        n = self.tree["weights"].sizes["proposal"]
        return [
            *check_weights(self.pareto_k, n, self.effective_draws),
            *check_rivals(starts, self.distances(), self.rival_place(), covered=self._everywhere),
        ]

    @property
    def heading(self) -> str:
        """First line of the summary."""
        return (
            f"{self.study.name}: posterior of {type(self.study.theory).__name__}, "
            f"{self.tree['posterior'].sizes['draw']} draws ({self.label}, importance weighted)"
        )


class Laplace(_Weighted):
    """Importance-weighted draws around the maxima and along the ridges between, from a mixture of Student's t."""

    kind = inference = "laplace"
    label = "around the maximum"

    @property
    def _everywhere(self) -> bool:
        from .modes import PEAKS

        # draws of earlier versions were around the best only
        return "pieces" in self.tree["weights"].attrs and len(self.maxima) <= PEAKS


class Variational(_Weighted):
    """Importance-weighted draws from the Gaussian nearest to the posterior."""

    kind = inference = "variational"
    label = "variational inference"

    @property
    def elbo(self) -> np.ndarray:
        """Estimate of the evidence's lower bound ⟨ln p − ln q⟩_q at every step (steps,)."""
        return np.asarray(self.tree["elbo"]["elbo"])

    def _checks(self) -> list[Check]:
        return [*super()._checks(), check_elbo(self.elbo)]


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

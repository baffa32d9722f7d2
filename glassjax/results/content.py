"""What a result holds: one tree, and what is read from it as it is."""

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from .evidence import LogEvidence

if TYPE_CHECKING:
    from ..glass import Glass
    from ..problem.blocks import Block
    from ..problem.specification import Specification
    from ..theory import Theory


class Content:
    """What is stored of a fit. Everything it knows is in ``tree``; the rest is computed from it when asked."""

    kind: str

    def __init__(
        self, tree: xr.DataTree, study: "Specification | Callable[[xr.DataTree], Specification]"
    ) -> None:
        """Take the study, or the function that makes it from the tree when it is first asked for."""
        self.tree = tree
        self._given = study

    def __getstate__(self) -> dict[str, Any]:
        """Keep what is stored, in plain types that every version of pickle and xarray knows; the rest is computed."""
        groups = {
            node.path: node.to_dataset(inherit=False).to_dict(data="array") for node in self.tree.root.subtree
        }
        return {"groups": groups, "path": self.tree.path, "given": self._given}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the tree again, which of a member of a population is a part of a larger one."""
        groups = {path: xr.Dataset.from_dict(group) for path, group in state["groups"].items()}
        Content.__init__(self, xr.DataTree.from_dict(groups)[state["path"]], state["given"])

    @cached_property
    def study(self) -> "Specification":
        """The study this is a fit of, data included."""
        return self._given(self.tree) if callable(self._given) else self._given

    @property
    def seed(self) -> int:
        """Seed the fit was run with."""
        return int(self.tree.attrs["seed"])

    @property
    def settings(self) -> dict[str, Any]:
        """Starts, chains, draws and so on of this run."""
        return json.loads(self.tree.attrs["settings"])

    @property
    def provenance(self) -> dict[str, Any]:
        """Versions, date, running time and hashes of the data."""
        return json.loads(self.tree.attrs["provenance"])

    @cached_property
    def best(self) -> dict[str, float]:
        """Free parameters at the maximum a posteriori."""
        found = self.tree["maximum"]
        return dict(zip(self.study.free, np.asarray(found["value"]).tolist(), strict=True))

    @property
    def theory(self) -> "Theory":
        """The theory at the maximum."""
        return self.study.theory_at(self.best)

    @property
    def glass(self) -> "Glass":
        """The glass at the maximum."""
        return self.study.glass_at(self.best)

    @property
    def log_posterior(self) -> float:
        """Log posterior density (not normalised) at the maximum, over the sampling coordinates."""
        return float(self.tree["maximum"].attrs["log_posterior"])

    @property
    def covariance(self) -> np.ndarray:
        """Laplace covariance (d, d) of the sampling coordinates at the maximum."""
        return np.asarray(self.tree["maximum"]["covariance"])

    @property
    def coordinate(self) -> np.ndarray:
        """Sampling coordinates (d,) of the maximum."""
        return np.asarray(self.tree["maximum"]["coordinate"])

    @property
    def log_evidence(self) -> LogEvidence | None:
        """Log of the evidence, with its error and how it was found; None if this result has none."""
        stored = self.tree.attrs.get("log_evidence")
        return None if stored is None else LogEvidence(**json.loads(stored))

    @cached_property
    def draws(self) -> dict[str, np.ndarray]:
        """Draws (n,) of every free parameter, chains one after the other."""
        posterior = self.tree["posterior"]
        return {name: np.asarray(posterior[name]).reshape(-1) for name in self.study.free}

    @property
    def curved(self) -> bool:
        """Whether the maximum is one in every direction."""
        return not self.tree["maximum"].attrs["flat"]

    @property
    def starts(self) -> list[dict[str, Any]]:
        """Outcome of every start: log posterior (None if it found none), steps, why it stopped."""
        found = self.tree["starts"]
        columns = (np.asarray(found[name]).tolist() for name in ("log_posterior", "steps", "reason"))
        return [
            {"log_posterior": value if np.isfinite(value) else None, "steps": steps, "reason": reason}
            for value, steps, reason in zip(*columns, strict=True)
        ]

    def fitted_means(self, block: "Block", most: int = 100) -> Iterator[tuple[np.ndarray, dict[str, float]]]:
        """Yield the theory's mean (n,) of the rows of ``block``, with the free parameters, at draws spread over all.

        At the maximum alone, where the result has no means at its draws.
        """
        if "fitted" not in self.tree.children:
            yield np.asarray(self.tree["maximum"][f"fitted_{block.quantity}"]), self.best
            return
        fitted = self.tree["fitted"][block.quantity].transpose("chain", "draw", ...)
        means = np.asarray(fitted).reshape(-1, len(block.row))
        for i in np.unique(np.linspace(0, len(means) - 1, most).astype(int)):
            yield means[i], {name: float(column[i]) for name, column in self.draws.items()}

"""What all results with draws from the posterior share, however the draws were made."""

import abc
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..cores import cores
from ..random_streams import generator
from . import table as tables
from . import trees
from .evidence import LogEvidence
from .modes import Modes, find_modes
from .outcome import provenance
from .result import Result

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.specification import Specification
    from .maximum import Maximum


class Draws(Result):
    """Equally weighted draws from the posterior, and the maximum they are compared with."""

    estimate = "posterior medians"
    inference: str
    """Name of the method in the tree."""

    @classmethod
    def groups(
        cls,
        study: "Specification",
        seed: int,
        settings: Mapping[str, Any],
        start: "Maximum",
        z: np.ndarray,
        statistics: Mapping[str, np.ndarray],
        seconds: float,
        means: dict[str, np.ndarray] | None = None,
        log_evidence: LogEvidence | None = None,
    ) -> dict[str, xr.Dataset]:
        """Make the groups of the tree from draws ``z`` (chains, draws, d) in sampling coordinates.

        ``statistics`` are (chains, draws), ``means`` of the rows (chains, draws, rows) by quantity, evaluated here if
        not given.
        """
        likelihood = study.likelihood
        values = {name: np.asarray(column) for name, column in likelihood.compiled.constrain(z).items()}
        means = _means(likelihood, z) if means is None else means
        joint, pointwise, replicated = likelihood.replicate(means, values, generator(seed, "replicated data"))
        attributes = trees.root_attributes(study, cls.kind, seed, settings, provenance(study, seconds))
        if log_evidence is not None:
            attributes["log_evidence"] = json.dumps(log_evidence._asdict())
        return {
            "/": xr.Dataset(attrs=attributes),
            "/posterior": trees.posterior_group(values, cls.inference),
            "/sample_stats": trees.per_row(statistics),
            "/log_likelihood": trees.per_row(pointwise),
            "/joint_log_likelihood": trees.per_row(joint),
            "/fitted": trees.per_row(means),
            "/posterior_predictive": trees.per_row(replicated),
            **{f"/{name}": start.tree[name].to_dataset() for name in ("maximum", "starts")},
            **trees.data_groups(likelihood),
        }

    @cached_property
    def modes(self) -> list[Modes]:
        """Parameters between whose modes the draws are divided."""
        posterior = self.tree["posterior"]
        found = []
        for name in self.study.free:
            draws = np.asarray(posterior[name].transpose("chain", "draw"))
            modes = find_modes(name, draws, self._worth)
            found += [] if modes is None else [modes]
        return found

    @abc.abstractmethod
    def _worth(self, draws: np.ndarray) -> float:
        """Return how many independent draws a parameter's ``draws`` (chains, n) are worth, each chain by itself."""

    def _table(self) -> list[dict[str, Any]]:
        medians = {name: float(np.median(draws)) for name, draws in self.draws.items()}
        return tables.rows(self.study, medians, self.draws, self._diagnostics())

    def _diagnostics(self) -> Mapping[str, Mapping[str, float]] | None:
        """R-hat and effective draws by parameter, of Markov chains."""
        return None


def _means(likelihood: "Likelihood", z: np.ndarray) -> dict[str, np.ndarray]:
    """Means of the rows at every draw ``z`` (chains, draws, d)."""

    def chain(points: np.ndarray) -> list[dict[str, np.ndarray]]:
        return [likelihood.means_at(point) for point in points]

    with ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(chain, z))
    return {
        block.quantity: np.array([[means[block.quantity] for means in row] for row in found])
        for block in likelihood.blocks
    }

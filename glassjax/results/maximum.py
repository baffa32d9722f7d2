"""The maximum a posteriori with its Laplace approximation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..random_streams import generator
from . import table as tables
from . import trees
from .evidence import LogEvidence, gaussian_evidence
from .outcome import provenance
from .result import Result
from .verdict import Check, check_starts

if TYPE_CHECKING:
    from ..problem.specification import Specification
    from ..problem.study_file import Sampler
    from .outcome import Peak, Start

LAPLACE_DRAWS = 4000
_WAYS = {"bfgs": "BFGS", "levenberg-marquardt": "Levenberg-Marquardt", "adam": "Adam"}


class Maximum(Result):
    """The maximum a posteriori, in sampling coordinates, with intervals from the Gaussian around it.

    The intervals come from 4000 draws of that Gaussian, transformed to the parameters, so that they respect the
    bounds. They are good if the posterior is nearly Gaussian in those coordinates. If the Hessian is not positive
    definite there are none.
    """

    kind = "maximum"
    estimate = "the maximum a posteriori in sampling coordinates"

    @classmethod
    def build(
        cls,
        study: "Specification",
        seed: int,
        settings: "Sampler",
        outcomes: "Sequence[Start]",
        gaussian: "Peak",
        seconds: float,
    ) -> "Maximum":
        """Put the outcome of a maximisation into a tree."""
        likelihood = study.likelihood
        d = likelihood.dimension
        normal = generator(seed, "Laplace draws").standard_normal((LAPLACE_DRAWS, d))
        cloud = np.concatenate(
            [gaussian.centre[None], gaussian.centre + normal @ np.linalg.cholesky(gaussian.covariance).T]
        )
        values = {name: np.asarray(column) for name, column in likelihood.compiled.constrain(cloud).items()}
        best = {name: float(column[0]) for name, column in values.items()}
        attributes = trees.root_attributes(
            study, cls.kind, seed, settings.to_dict(), provenance(study, seconds)
        )
        groups = {
            "/": xr.Dataset(attrs=attributes),
            "/posterior": trees.posterior_group(
                {name: column[None, 1:] for name, column in values.items()}, "laplace"
            ),
            **trees.maximum_groups(
                likelihood, outcomes, gaussian, best, likelihood.means_at(gaussian.centre)
            ),
            **trees.data_groups(likelihood),
        }
        return cls(xr.DataTree.from_dict(groups), study)

    @property
    def method(self) -> str:
        """How the starts climbed."""
        return self.settings.get("method", "bfgs")

    @property
    def log_evidence(self) -> LogEvidence | None:
        """Laplace's log evidence, ln p(z_max) + (d/2) ln 2π + ½ ln det Σ; None where there is no Gaussian.

        Exact for a posterior that is Gaussian in the sampling coordinates, and rough where parameters pile up at a
        bound; the note then says so.
        """
        if (
            not self.curved or self.tree.parent is not None
        ):  # the Gaussian of a member of a population is a marginal
            return None
        piled = [name for name, *_ in self.bound_checks()[0]]
        verb = "piles" if len(piled) == 1 else "pile"
        note = f"rough, as {' and '.join(piled)} {verb} up at a bound" if piled else ""
        return LogEvidence(gaussian_evidence(self.log_posterior, self.covariance), None, "Laplace", note)

    def _table(self) -> list[dict[str, Any]]:
        return tables.rows(self.study, self.best, self.draws if self.curved else None, gaussian=True)

    def _checks(self) -> list[Check]:
        attributes = self.tree["maximum"].attrs
        log_posterior = np.asarray(self.tree["starts"]["log_posterior"])
        gain, flat = float(attributes["gain"]), attributes["flat"]
        return check_starts(log_posterior, self.distances(), gain, flat, self.rival_place())

    @property
    def heading(self) -> str:
        """First line of the summary."""
        theory = type(self.study.theory).__name__
        return (
            f"{self.study.name}: maximum a posteriori of {theory} from {len(self.starts)} starts "
            f"({_WAYS[self.method]})"
        )

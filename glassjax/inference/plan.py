"""What can be fitted: the verbs that a study of one glass and a population of glasses share."""

import abc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from ..results import Maximum, Posterior
    from .checkpoint import Checkpoint
    from .priors import Prior
    from .selection import DataSet
    from .settings import Sampler

__all__ = ["ChainSpace", "Plan"]


class ChainSpace(NamedTuple):
    """Coordinates that suit Markov chains.

    Attributes
    ----------
    likelihood : its potential is what the chains move in
    centre, covariance : of the Gaussian near the posterior, (d,) and (d, d)
    forth, back : maps from the sampling coordinates of the plan, and to them, (..., d) to (..., d)
    """

    likelihood: Any
    centre: np.ndarray
    covariance: np.ndarray
    forth: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]


class Plan(abc.ABC):
    """Free parameters with priors, data, and a likelihood of them.

    Attributes
    ----------
    name, title : str
    free : Prior by name
    sampler : Sampler
    seed : int
    """

    name: str
    title: str
    free: "dict[str, Prior]"
    sampler: "Sampler"
    seed: int

    @property
    @abc.abstractmethod
    def likelihood(self) -> Any:
        """Its log posterior in sampling coordinates, built once; see `glassjax.inference.likelihood`."""

    @property
    @abc.abstractmethod
    def fitted(self) -> "tuple[DataSet, ...]":
        """Data sets that are fitted."""

    @property
    @abc.abstractmethod
    def theory_name(self) -> str:
        """Name of the theory that is fitted, as written in Python."""

    @abc.abstractmethod
    def describe(self) -> str:
        """Say what is about to be fitted."""

    @abc.abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""

    @property
    @abc.abstractmethod
    def result_types(self) -> "tuple[type[Maximum], type[Posterior]]":
        """Classes of its maximum and its posterior."""

    def chain_space(self, start: "Maximum") -> ChainSpace:
        """Return where chains move that begin at ``start``: in the sampling coordinates, with its covariance."""
        return ChainSpace(self.likelihood, start.coordinate, start.covariance, np.asarray, np.asarray)

    def maximise(
        self, *, method: str | None = None, starts: int | None = None, seed: int | None = None
    ) -> "Maximum":
        """Find the maximum a posteriori from several starts, and its Laplace covariance.

        ``method`` is "bfgs", "levenberg-marquardt" or "adam"; the default is that of ``sampler``.
        """
        from .maximise import maximise

        return maximise(self, method=method, starts=starts, seed=seed)

    def sample(
        self,
        *,
        seed: int | None = None,
        chains: int | None = None,
        warmup: int | None = None,
        draws: int | None = None,
        progress: bool | None = None,
        start: "Maximum | None" = None,
        checkpoint: "Checkpoint | str | Path | None" = None,
    ) -> "Posterior":
        """Draw from the posterior with NUTS, begun at the maximum (``start``, found first if not given).

        ``checkpoint`` names a folder that keeps the run while it is unfinished. If it holds this very run, that is
        continued, and the draws come out as if it had never stopped (on the same machine); a run of another study,
        seed, settings or versions is refused. The folder is removed when the draws are complete; a `Checkpoint`
        given in its place is not.
        """
        from .sample import sample

        return sample(
            self,
            seed=seed,
            chains=chains,
            warmup=warmup,
            draws=draws,
            progress=progress,
            start=start,
            checkpoint=checkpoint,
        )

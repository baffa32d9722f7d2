"""What can be fitted: the verbs that a study of one glass and a population of glasses share."""

import abc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .priors import Prior
    from .selection import DataSet
    from .study_file import Sampler


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


class Problem(abc.ABC):
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
        """Its log posterior in sampling coordinates, built once; see `glassjax.problem.likelihood`."""

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
    def result_types(self) -> tuple[type[Any], type[Any]]:
        """Classes of its maximum and its posterior."""

    def chain_space(self, start: Any) -> ChainSpace:
        """Return where chains move that begin at ``start``: in the sampling coordinates, with its covariance."""
        return ChainSpace(self.likelihood, start.coordinate, start.covariance, np.asarray, np.asarray)

"""What a search for the maximum leaves: where each start ended, and the Gaussian at the best end."""

import datetime
import importlib.metadata
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..problem.specification import Specification


@dataclass(frozen=True)
class Start:
    """What became of one start.

    Attributes
    ----------
    begin, end : (d,) sampling coordinates
    log_posterior : at the end
    steps : number of steps taken
    reason : why it stopped, in words
    """

    begin: np.ndarray
    end: np.ndarray
    log_posterior: float
    steps: int
    reason: str


@dataclass(frozen=True)
class Peak:
    """The Gaussian at a maximum, in sampling coordinates.

    Attributes
    ----------
    centre : (d,)
    log_posterior : at the centre
    covariance : (d, d); from the absolute curvatures where the Hessian is not positive definite
    flat : the direction along which the centre is no maximum, in words, or ""
    gain : expected gain of another Newton step: half the squared gradient over the curvature
    unseen : names of parameters no fitted row depends on
    """

    centre: np.ndarray
    log_posterior: float
    covariance: np.ndarray
    flat: str = ""
    gain: float = 0.0
    unseen: tuple[str, ...] = ()


_PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "numpyro", "equinox", "xarray")


def provenance(study: "Specification", seconds: float) -> dict[str, Any]:
    """Return versions, date (UTC), running time and the SHA-256 of every data file."""
    from .._version import __version__

    versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
    return {
        "glassjax": __version__,
        "python": platform.python_version(),
        "versions": versions,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 2),
        "data_sha256": {entry.measurement.name: entry.measurement.sha256 for entry in study.data},
    }

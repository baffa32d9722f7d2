"""Where a result comes from: versions, date, seed, hashes of the data."""

import datetime
import importlib.metadata
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..problem.specification import Specification

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

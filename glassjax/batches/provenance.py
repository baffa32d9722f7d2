"""What a batch was computed from: lines for people, the same for programs, and the versions."""

import datetime
import importlib.metadata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._version import __version__
from .source import Source

__all__ = ["header", "provenance", "versions"]


def versions() -> dict[str, str]:
    """Versions that the numbers depend on."""
    return {
        "glassjax": __version__,
        **{name: importlib.metadata.version(name) for name in ("jax", "jaxlib", "numpy")},
    }


def header(
    source: Source,
    T: Mapping[str, np.ndarray],
    units: Mapping[str, str],
    theory: Sequence[str],
    precision: str,
) -> list[str]:
    """Return a line for each kind of input; ``T`` (n,) in K by quantity, ``theory`` the lines about the theory."""
    grids = [f"{quantity} at T [K]: {', '.join(map(repr, grid.tolist()))}" for quantity, grid in T.items()]
    return [
        f"glassjax {__version__}: {', '.join(f'{quantity} in {units[quantity]}' for quantity in T)}",
        *source.about,
        *theory,
        f"observation time: {source.time:g} s; {precision}",
        *grids,
    ]


def provenance(
    run: Mapping[str, Any], T: Mapping[str, np.ndarray], units: Mapping[str, str], lines: Sequence[str]
) -> dict[str, Any]:
    """Return all that ``run`` says, with temperatures, units, the `header` and the date (UTC), as JSON holds it."""
    return {
        **run,
        "units": {quantity: units[quantity] for quantity in T},
        "T_K": {quantity: grid.tolist() for quantity, grid in T.items()},
        "about": list(lines),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }

"""Results on disk: one NetCDF file, written whole or not at all, never a pickle."""

import os
import tempfile
from pathlib import Path

import xarray as xr

from ..errors import GlassjaxError
from .base import Result
from .maximum import Maximum
from .nested import Nested
from .posterior import Posterior
from .trees import FORMAT, VERSION
from .weighted import Laplace, Variational

__all__ = ["FILES", "load_result", "result_file", "save"]

FILES = ("posterior.nc", "maximum.nc")  # of a folder that `glassjax fit` wrote


def _kinds() -> "dict[str, type[Result]]":
    from ..population.results import PopulationMaximum, PopulationPosterior  # which import this package

    kinds = (Maximum, Posterior, Laplace, Variational, Nested, PopulationMaximum, PopulationPosterior)
    return {kind.kind: kind for kind in kinds}


def save(result: Result, path: str | Path) -> Path:
    """Write a result to ``path``; it has another name until it is complete."""
    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise GlassjaxError(f"cannot write {path}: {error.strerror}; choose another folder") from None
    os.close(handle)
    part = Path(name)
    try:
        result.tree.to_netcdf(part, engine="h5netcdf")
        part.replace(path)
    except OSError as error:
        raise GlassjaxError(
            f"cannot write {path}: {error.strerror or error}; free some space or choose another folder"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return path


def result_file(path: Path) -> Path | None:
    """Return the file ``path``, or the result in the folder ``path``; None if there is neither."""
    if path.is_file():
        return path
    return next((path / name for name in FILES if (path / name).is_file()), None)


def load_result(path: str | Path) -> Result:
    """Read a result that `save` wrote; everything is restored, the study and its data included."""
    path = Path(path)
    if not path.is_file():
        raise GlassjaxError(f"there is no result file {path}")
    try:
        with xr.open_datatree(path, engine="h5netcdf") as opened:
            tree = opened.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GlassjaxError(f"{path} is no complete NetCDF file ({first}); run the fit again") from None
    ours = tree.attrs.get("format") == FORMAT
    if ours and int(tree.attrs["format_version"]) > VERSION:
        raise GlassjaxError(f"{path} was written by a newer glassjax; update glassjax to read it")
    kind = _kinds().get(tree.attrs.get("kind", "")) if ours else None
    if kind is None:
        raise GlassjaxError(
            f"{path} is a NetCDF file but no result of glassjax; give a file that .save() wrote"
        )
    missing = [group for group in kind.groups_needed if group not in tree.children]
    if missing:
        raise GlassjaxError(f"{path} lacks the group '{missing[0]}'; run the fit again")
    return kind(tree)

"""Results on disk: one NetCDF file, written whole or not at all, never a pickle.

The file ends in a seal, a line with the SHA-256 of all before it, which HDF5 does not look at: a byte that a disk or a
transfer has changed is noticed, wherever it is. A file without one, of an earlier version or rewritten by another
program, is read as it is.
"""

import hashlib
import os
import secrets
from pathlib import Path

import numpy as np

from ..errors import GlassjaxError
from .base import Result
from .maximum import Maximum
from .nested import Nested
from .posterior import Posterior
from .stored import check_stored, opened
from .trees import FORMAT, VERSION
from .weighted import Laplace, Variational

__all__ = ["FILES", "load_result", "result_file", "save"]

FILES = ("posterior.nc", "maximum.nc")  # of a folder that `glassjax fit` wrote
_SEAL = b"\nglassjax sha256 "
_SEALED = len(_SEAL) + 64 + 1  # bytes of a seal: hexadecimal digits and a new line


def _kinds() -> "dict[str, type[Result]]":
    from ..population.results import PopulationMaximum, PopulationPosterior  # which import this package

    kinds = (Maximum, Posterior, Laplace, Variational, Nested, PopulationMaximum, PopulationPosterior)
    return {kind.kind: kind for kind in kinds}


def save(result: Result, path: str | Path) -> Path:
    """Write a result to ``path``; it has another name until it is complete."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.touch(exist_ok=False)
    except OSError as error:
        raise GlassjaxError(f"cannot write {path}: {error.strerror}; choose another folder") from None
    try:
        result.tree.to_netcdf(part, engine="h5netcdf")
        _seal(part)
        part.replace(path)
    except OSError as error:
        raise GlassjaxError(
            f"cannot write {path}: {error.strerror or error}; free some space or choose another folder"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return path


def _seal(path: Path) -> None:
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(_SEAL + digest.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _digest(path: Path, size: int) -> str:
    """SHA-256 of the first ``size`` bytes of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (piece := file.read(min(size, 1 << 20))):
            digest.update(piece)
            size -= len(piece)
    return digest.hexdigest()


def _intact(path: Path) -> bool | None:
    """Whether a file has the content that its seal was set for; None if it has no seal."""
    size = path.stat().st_size - _SEALED
    if size < 0:
        return None
    with path.open("rb") as file:
        file.seek(size)
        seal = file.read()
    if not (seal.startswith(_SEAL) and seal.endswith(b"\n")):
        return None
    return seal[len(_SEAL) : -1] == _digest(path, size).encode()


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
    intact = _intact(path)
    if intact is False:
        raise GlassjaxError(f"{path} is damaged: it is not what was written; run the fit again")
    tree = opened(path, intact=bool(intact))
    ours = tree.attrs.get("format") == FORMAT
    version = tree.attrs.get("format_version")
    if ours and isinstance(version, (int, np.integer)) and version > VERSION:
        raise GlassjaxError(f"{path} was written by a newer glassjax; update glassjax to read it")
    kind = _kinds().get(str(tree.attrs.get("kind", ""))) if ours else None
    if kind is None:
        raise GlassjaxError(
            f"{path} is a NetCDF file but no result of glassjax; give a file that .save() wrote"
        )
    missing = [group for group in kind.groups_needed if group not in tree.children]
    if missing:
        raise GlassjaxError(f"{path} lacks the group '{missing[0]}'; run the fit again")
    result = kind(tree)
    check_stored(result, path, intact=bool(intact))
    return result

"""Results on disk: one NetCDF file, written whole or not at all, never a pickle.

The file ends in a seal, a line with the SHA-256 of all before it, which HDF5 does not look at: a byte that a disk or a
transfer has changed is noticed, wherever it is. A file without one, of an earlier version or rewritten by another
program, is read as it is.
"""

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import xarray as xr

from ..disk import own_path
from ..errors import GlassjaxError
from ..scalars import as_path
from .base import Result
from .maximum import Maximum
from .nested import Nested
from .posterior import Posterior
from .stored import check_stored, opened
from .trees import FORMAT, VERSION, plain_study, study_of
from .weighted import Laplace, Variational

if TYPE_CHECKING:
    from ..theory import Theory

__all__ = ["FILES", "Stored", "load_result", "result_file", "save", "stored"]

FILES = ("posterior.nc", "maximum.nc")  # of a folder that `glassjax fit` wrote
_SEAL = b"\nglassjax sha256 "
_SEALED = len(_SEAL) + 64 + 1  # bytes of a seal: hexadecimal digits and a new line


def _kinds() -> "dict[str, type[Result]]":
    from ..population.results import PopulationMaximum, PopulationPosterior  # which import this package

    kinds = (Maximum, Posterior, Laplace, Variational, Nested, PopulationMaximum, PopulationPosterior)
    return {kind.kind: kind for kind in kinds}


def save(result: Result, path: str | Path) -> Path:
    """Write a result to ``path``; it has another name until it is complete."""
    path = as_path(path, "the file of a result")
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
    try:
        if path.is_file():
            return path
        return next((path / name for name in FILES if (path / name).is_file()), None)
    except OSError:  # a name longer than the system has
        return None


def find_result(path: str | Path) -> Path:
    """Return the NetCDF file that is meant: the one named, or that in a folder which `glassjax fit` wrote."""
    path = own_path(path)
    file = result_file(path)
    if file is not None:
        if file.suffix.lower() in (".toml", ".csv"):
            raise GlassjaxError(
                f"'{path}' is no result; give the folder that glassjax fit wrote, or a NetCDF file"
            )
        return file
    if path.is_dir():
        raise GlassjaxError(
            f"'{path}' holds no {' or '.join(FILES)}; give the folder that glassjax fit wrote, or a NetCDF file"
        )
    raise GlassjaxError(
        f"there is no result '{path}'; give the folder that glassjax fit wrote, or a NetCDF file"
    )


def _check_format(tree: xr.DataTree, path: Path) -> "type[Result]":
    """Return the class of a stored result; refuse what is none, or one that only a newer glassjax can read."""
    ours = tree.attrs.get("format") == FORMAT
    version = tree.attrs.get("format_version")
    if ours and isinstance(version, (int, np.integer)) and version > VERSION:
        raise GlassjaxError(f"{path} was written by a newer glassjax; update glassjax to read it")
    kind = _kinds().get(str(tree.attrs.get("kind", ""))) if ours else None
    if kind is None:
        raise GlassjaxError(
            f"{path} is a NetCDF file but no result of glassjax; give a file that .save() wrote"
        )
    return kind


class Stored(NamedTuple):
    """What a stored result is of: the study as plain values, data included, its kind, seed and settings."""

    study: dict[str, Any]
    kind: str
    seed: int
    settings: dict[str, Any]


def stored(path: Path) -> Stored | None:
    """Return what a file is a result of, without making it again; None where it is damaged, so that nothing is lost.

    Raises
    ------
    GlassjaxError
        If it is no result of glassjax, or of a newer one.
    """
    try:
        if _intact(path) is False:
            return None
        tree = opened(path)
    except (OSError, GlassjaxError):
        return None
    _check_format(tree, path)
    try:
        attributes = tree.attrs
        plain, settings = json.loads(attributes["study"]), json.loads(attributes["settings"])
        if isinstance(plain.get("members"), list):
            plain["members"] = {name: plain_study(tree[f"members/{name}"]) for name in plain["members"]}
        else:
            plain = plain_study(tree)
        return Stored(plain, str(attributes["kind"]), int(attributes["seed"]), dict(settings))
    except (LookupError, ValueError, TypeError, AttributeError):
        return None


def load_result(path: str | Path, *, theory: "type[Theory] | None" = None) -> Result:
    """Read a result that `save` wrote; everything is restored, the study and its data included.

    Parameters
    ----------
    path : str or Path
        The NetCDF file, or the folder that `glassjax fit` wrote; ``~`` is the home folder.
    theory : type, optional
        The class of its theory, if it is your own and cannot be imported by its name.
    """
    path = find_result(path)
    intact = _intact(path)
    if intact is False:
        raise GlassjaxError(f"{path} is damaged: it is not what was written; run the fit again")
    tree = opened(path, intact=bool(intact))
    kind = _check_format(tree, path)
    missing = [group for group in kind.groups_needed if group not in tree.children]
    if missing:
        raise GlassjaxError(f"{path} lacks the group '{missing[0]}'; run the fit again")
    if theory is not None and kind.population:
        raise GlassjaxError(
            f"{path} is of a population; import the module of its theories in place of theory="
        )
    try:
        result = kind(tree) if theory is None else kind(tree, study_of(tree, theory))
    except GlassjaxError as error:
        raise GlassjaxError(f"{path}: {error}") from None
    check_stored(result, path, intact=bool(intact))
    return result

"""Results on disk: one NetCDF file, written whole or not at all, never a pickle.

The file ends in a seal, a line with the SHA-256 of all before it, which HDF5 does not look at: a byte that a disk or a
transfer has changed is noticed, wherever it is. A file without one, of an earlier version or rewritten by another
program, is read as it is.
"""

import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from ..disk import own_path
from ..errors import GlassjaxError
from ..scalars import as_path

if TYPE_CHECKING:
    from .base import BaseResult

FILES = ("posterior.nc", "maximum.nc")  # of a folder that `glassjax fit` wrote
_SEAL = b"\nglassjax sha256 "
_SEALED = len(_SEAL) + 64 + 1  # bytes of a seal: hexadecimal digits and a new line


def save(result: "BaseResult", path: str | Path) -> Path:
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


def intact(path: Path) -> bool | None:
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

"""What a long run asks of the disk: room known beforehand, one writer at a time, files that are whole or not there."""

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import GlassjaxError
from .scalars import as_path

MARGIN = 20_000_000  # bytes left free beside what is needed
_PIECE = 1_000_000
_LONGEST = 100  # characters of a folder's name
_DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*|)$", re.IGNORECASE)


def own_path(path: str | Path) -> Path:
    """Return a path with ``~`` opened; one of no user stays as it is."""
    as_path(path, "what is asked for")
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def folder_name(name: str, otherwise: str) -> str:
    """Return ``name`` with everything but letters, digits, ``_``, ``.`` and ``-`` made ``-``, no path in it.

    At most 100 characters are kept, and devices of Windows are renamed: ``CON-``, ``aux-.toml``.
    """
    found = re.sub(r"[^\w.-]+", "-", name).strip(".-")[:_LONGEST].rstrip(".-") or otherwise
    return _DEVICE.sub(r"\1-\2", found)


def distinct(names: Iterable[str]) -> list[str]:
    """Add a number to names that occur before."""
    found: list[str] = []
    for name in names:
        number, other = 1, name
        while other in found:
            number += 1
            other = f"{name}-{number}"
        found.append(other)
    return found


@contextmanager
def held(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs, and remove it after; another holder means the error ``busy``.

    The operating system releases the lock of a process that is killed, whatever becomes of the file.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, blocking=False, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise GlassjaxError(busy) from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps a file that is open
            path.unlink(missing_ok=True)
        lock.release()


def require_room(folder: Path, size: int, remedy: str) -> None:
    """Refuse a ``folder`` on whose disk ``size`` bytes, with a margin, are not free."""
    free = shutil.disk_usage(folder).free
    if free < size + MARGIN:
        raise GlassjaxError(
            f"'{folder}' has {_megabytes(free)} free on its disk, and this needs {_megabytes(size + MARGIN)}; "
            f"free some space or {remedy}"
        )


@contextmanager
def occupied(folder: Path, size: int, remedy: str) -> Iterator[None]:
    """Keep ``size`` bytes of the disk taken while the block runs, so that they are there to be used after it.

    What is free by the disk's own account may be more than a quota allows: only writing shows.
    """
    require_room(folder, size, remedy)
    path = folder / f".{secrets.token_hex(4)}.room"
    piece = os.urandom(_PIECE)  # that no file system can compress
    try:
        try:
            with path.open("wb") as file:
                for begin in range(0, size, _PIECE):
                    file.write(piece[: size - begin])
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise GlassjaxError(
                f"cannot write {_megabytes(size)} to '{folder}' ({error.strerror}); "
                f"free some space or {remedy}"
            ) from None
        yield
    finally:
        path.unlink(missing_ok=True)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file under another name, and rename it when it has reached the disk."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def synced(path: Path) -> None:
    """Return when what was written to a file has reached the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def remove_parts(folder: Path) -> None:
    """Remove what writers that were killed left in a ``folder`` in which no other process is writing now."""
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Return when the names of the files in a folder have reached the disk."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"

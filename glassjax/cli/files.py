"""Output that is either whole or not there: written under another name, then renamed."""

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..disk import held
from ..errors import GlassjaxError

if TYPE_CHECKING:
    from ..inference.plan import Plan

__all__ = [
    "ELSEWHERE",
    "check_picture",
    "check_place",
    "replaced_files",
    "result_folder",
    "size_of_result",
    "tidy_files",
    "write_whole",
]

ELSEWHERE = "choose another folder with --out"
PICTURES = (".png", ".svg", ".pdf")
_FIGURES = 10_000_000  # bytes of figures and tables


def size_of_result(plan: "Plan", draws: int) -> int:
    """Bytes of a result: numbers of every draw, two for each row of data among them, and figures."""
    rows = sum(len(entry.used) for entry in plan.fitted)
    return 8 * draws * (len(plan.free) + 10 + 2 * rows) + _FIGURES


@contextmanager
def result_folder(parent: Path, name: str, ours: Collection[str]) -> Iterator[Path]:
    """Yield an empty folder that becomes ``parent/name`` if, and only if, the block succeeds.

    Parameters
    ----------
    parent : Path
        Made if missing; refused before the block runs if nothing can be written there.
    name : str
        Name of the result; an earlier one is replaced after success.
    ours : collection of str
        File names that results consist of. A folder that holds anything else is not replaced.

    One process at a time works on a result; what one that was killed left behind is put in order first.
    """
    target = parent / name
    work = _beside(target)
    with ExitStack() as stack:
        try:
            parent.mkdir(parents=True, exist_ok=True)
            busy = f"another process is working on '{target}'; wait for it to end or {ELSEWHERE}"
            stack.enter_context(held(parent / f".{name}.lock", busy))
            _tidy(target)
            foreign = (
                sorted(entry.name for entry in target.iterdir() if entry.name not in ours)
                if target.exists()
                else []
            )
            work.mkdir()
        except OSError as error:
            raise _unwritable(target, error.strerror) from error
        try:
            if foreign:
                raise GlassjaxError(
                    f"'{target}' holds '{foreign[0]}', which is not part of a result and would be lost; "
                    f"move it, or {ELSEWHERE}"
                )
            yield work
            _put_in_place(work, target)
        except OSError as error:
            raise _unwritable(target, error) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


@contextmanager
def replaced_files(folder: Path) -> Iterator[Path]:
    """Yield an empty folder whose files move into ``folder``, replacing those of the same name, if the block succeeds.

    Other files in ``folder`` are left alone. It is made if missing, and refused if nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".", suffix=".partial", dir=folder))
    except OSError as error:
        raise _unwritable(folder, error.strerror) from error
    try:
        yield work
        for made in sorted(path for path in work.rglob("*") if path.is_file()):
            target = folder / made.relative_to(work)
            target.parent.mkdir(parents=True, exist_ok=True)
            made.replace(target)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unwritable(folder: Path, why: object) -> GlassjaxError:
    return GlassjaxError(f"cannot write to '{folder}' ({why}); {ELSEWHERE}")


def check_place(path: Path | None) -> None:
    """Refuse a file, before any work, whose folder is not there or cannot be written."""
    if path is None:
        return
    if path.is_dir():
        raise GlassjaxError(f"cannot write '{path}', which is a folder; name a file in it")
    if not path.parent.is_dir():
        raise GlassjaxError(
            f"cannot write '{path}' (there is no folder '{path.parent}'); choose another file"
        )
    if not os.access(path.parent, os.W_OK):
        raise GlassjaxError(f"cannot write '{path}' (no permission in '{path.parent}'); choose another file")


def check_picture(path: Path | None) -> None:
    """Refuse a figure, before any work, of a kind that is not drawn, or that cannot be written."""
    if path is not None and path.suffix.lower() not in PICTURES:
        raise GlassjaxError(f"cannot draw '{path}'; end its name in {', '.join(PICTURES)}")
    check_place(path)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, of the same ending, and rename it when done."""
    work = _beside(path).with_suffix(path.suffix)
    try:
        write(work)
        work.replace(path)
    except OSError as error:
        raise GlassjaxError(f"cannot write '{path}' ({error.strerror}); choose another file") from error
    finally:
        work.unlink(missing_ok=True)


def tidy_files(*paths: Path) -> None:
    """Remove what `write_whole`, killed, left beside files that no other process is writing now."""
    for path in paths:
        left = re.compile(rf"\.{re.escape(path.name)}-[0-9a-f]{{8}}{re.escape(path.suffix)}")
        for entry in path.parent.iterdir():
            if left.fullmatch(entry.name):
                entry.unlink(missing_ok=True)


def _beside(path: Path, ending: str = "partial") -> Path:
    return path.with_name(f".{path.name}-{secrets.token_hex(4)}.{ending}")


def _tidy(target: Path) -> None:
    """Remove what a process that was killed left beside ``target``; put back a result it had moved away."""
    ours = re.compile(rf"\.{re.escape(target.name)}-[0-9a-f]{{8}}\.(partial|earlier)")
    for path in sorted(path for path in target.parent.iterdir() if ours.fullmatch(path.name)):
        if path.suffix == ".earlier" and not target.exists():
            path.rename(target)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _put_in_place(work: Path, target: Path) -> None:
    if not target.exists():
        work.rename(target)
        return
    earlier = _beside(target, "earlier")
    target.rename(earlier)
    try:
        work.rename(target)
    except BaseException:
        earlier.rename(target)
        raise
    shutil.rmtree(earlier)

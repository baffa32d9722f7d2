"""Output that is either whole or not there: written under another name, then renamed. And what may be overwritten.

A lesser result never replaces a better one (`Stake`), and a file that glassjax did not write is never replaced,
unless the user gives ``--force``.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..disk import held
from ..errors import GlassjaxError

if TYPE_CHECKING:
    from ..problem.problem import Problem

ELSEWHERE = "choose another folder with --out"
REQUEST = "request.json"  # beside a result: its stake
PICTURES = (".png", ".svg", ".pdf")
_FIGURES = 10_000_000  # bytes of figures and tables
_MARKED = 65_536  # bytes at either end of a file that may hold the name of the program that wrote it


def size_of_result(problem: "Problem", draws: int) -> int:
    """Bytes of a result: numbers of every draw, two for each row of data among them, and figures."""
    rows = sum(len(entry.used) for entry in problem.fitted)
    return 8 * draws * (len(problem.free) + 10 + 2 * rows) + _FIGURES


@dataclass(frozen=True)
class Stake:
    """What a result is of and what went into it, by which one may replace another (`Stake.lesser`).

    Attributes
    ----------
    about : digest of all that the question consists of: study, data, options
    rank : of the method: 0 a maximum, 1 weighed draws, 2 chains; 0 of commands with one method
    method : its name, for messages
    seed : of everything random
    effort : sizes by name, of which more is better: chains, draws, simulations
    """

    about: str
    rank: int = 0
    method: str = ""
    seed: int = 0
    effort: Mapping[str, int] = field(default_factory=dict)

    def lesser(self, earlier: "Stake") -> str:
        """Say why a result with this stake must not replace an ``earlier`` one; nothing if it may.

        It may if it answers the same question by a better method, or by the same one with the same seed and no less of
        anything.
        """
        if self.about != earlier.about:
            return "is of another study, other data or other options"
        if self.rank != earlier.rank:
            return (
                ""
                if self.rank > earlier.rank
                else f"is by {earlier.method}, which tells more than {self.method}"
            )
        if self.seed != earlier.seed:
            return f"has the seed {earlier.seed}, not {self.seed}"
        for name, size in earlier.effort.items():
            if self.effort.get(name, 0) < size:
                return f"has {size} {name}, not {self.effort.get(name, 0)}"
        return ""


def digest(plain: Any) -> str:
    """Return the SHA-256 of plain values as JSON."""
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()


@contextmanager
def result_folder(
    parent: Path,
    name: str,
    ours: Collection[str],
    stake: Stake | None = None,
    *,
    stake_of: Callable[[Path], Stake | None] | None = None,
    force: bool = False,
    good: Callable[[], bool] = lambda: True,
    placed: Callable[[Path], object] = lambda target: None,
) -> Iterator[Path]:
    """Yield an empty folder that becomes ``parent/name`` if, and only if, the block succeeds.

    Parameters
    ----------
    parent : Path
        Made if missing; refused before the block runs if nothing can be written there.
    name : str
        Name of the result; an earlier one is replaced after success. A symbolic link to a folder stays, and the folder
        it leads to is replaced.
    ours : collection of str
        File names that results consist of; with ``*``, of files that glassjax wrote. A folder that holds anything else
        is not replaced.
    stake : Stake, optional
        Of the new result. An earlier one to which it is lesser is not replaced: that is refused before the block runs.
    stake_of : callable, optional
        Returns the stake of an earlier result in a folder, or None where nothing of worth is in it. Without it the
        stake is kept in the file ``request.json``.
    force : bool
        Replace an earlier result whatever it is.
    good : callable
        Asked after the block: whether the verdict is good. A result with a bad verdict does not replace one with a
        good verdict, but becomes ``name-2``, or the next number that is free.
    placed : callable
        Gets the folder that the result is in.

    One process at a time works on a result; what one that was killed left behind is put in order first.
    """
    shown = parent / name
    target = followed(shown)
    kept = stake is not None and stake_of is None
    inside = _only_inside(target)
    work = (target / ".new.partial") if inside else _beside(target)
    with ExitStack() as stack:
        try:
            followed(parent).mkdir(parents=True, exist_ok=True)
            busy = f"another process is working on '{shown}'; wait for it to end or {ELSEWHERE}"
            lock = target / ".lock" if inside else target.with_name(f".{target.name}.lock")
            stack.enter_context(held(lock, busy))
            if inside:
                shutil.rmtree(work, ignore_errors=True)
            else:
                _tidy(target)
            there = sorted(entry.name for entry in target.iterdir()) if target.exists() else []
            foreign = [entry for entry in there if entry != lock.name and not _is_ours(target / entry, ours)]
            work.mkdir()
        except OSError as error:
            raise _unwritable(shown, error.strerror) from error
        try:
            if foreign:
                raise GlassjaxError(
                    f"'{shown}' holds '{foreign[0]}', which is not part of a result and would be lost; "
                    f"move it, or {ELSEWHERE}"
                )
            results = [entry for entry in there if entry != lock.name]
            if stake is not None and results and not force:
                _refuse_lesser(stake, shown, _kept_stake(target) if stake_of is None else stake_of(target))
            yield work
            if stake is not None and kept:
                (work / REQUEST).write_text(json.dumps(asdict(stake)) + "\n", encoding="utf-8")
            if stake is not None and results and not force and not good() and _is_good(target):
                shown = _next_free(shown)
                work.rename(shown)
            elif inside:
                _move_in(work, target, ours)
            else:
                _put_in_place(work, target)
            placed(shown)
        except OSError as error:
            raise _unwritable(shown, error) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _refuse_lesser(stake: Stake, shown: Path, earlier: "Stake | None") -> None:
    why = "" if earlier is None else stake.lesser(earlier)
    if why:
        raise GlassjaxError(
            f"'{shown}' holds an earlier result that would be lost: it {why}; {ELSEWHERE}, or replace it with --force"
        )


def _kept_stake(folder: Path) -> Stake:
    """Return the stake of the result in a folder; that of one written before stakes were kept is like no other."""
    try:
        return Stake(**json.loads((folder / REQUEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Stake("unknown")


def _is_good(folder: Path) -> bool:
    """Whether the verdict of the result in a folder is good, or not known to be bad."""
    for name in ("summary.json", "comparison.json", "calibration.json"):
        try:
            plain = json.loads((folder / name).read_text(encoding="utf-8"))
            return plain.get("verdict", plain)["ok"] is not False
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue
    return True


def _next_free(path: Path) -> Path:
    number = 2
    while os.path.lexists(path.with_name(f"{path.name}-{number}")):
        number += 1
    return path.with_name(f"{path.name}-{number}")


def followed(path: Path) -> Path:
    """Return where a symbolic link leads, or the path itself; refuse a link that leads nowhere."""
    if not path.is_symlink():
        return path
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise GlassjaxError(
            f"'{path}' is a link to '{path.readlink()}', which is not there; make that folder, remove the link, "
            f"or {ELSEWHERE}"
        ) from error
    if not target.is_dir():
        raise GlassjaxError(f"'{path}' is a link to the file '{target}'; remove it, or {ELSEWHERE}")
    return target


def _only_inside(target: Path) -> bool:
    """Whether a folder can be written and cannot be exchanged: a mounted one, or one whose parent is not ours."""
    if not target.is_dir() or not os.access(target, os.W_OK):
        return False
    return target.is_mount() or not os.access(target.parent, os.W_OK)


def _move_in(work: Path, target: Path, ours: Collection[str]) -> None:
    """Replace the files of ``target`` one by one; what only the earlier result had goes last."""
    new = {path.name for path in work.iterdir()}
    for name in sorted(new):
        if (target / name).is_dir():
            shutil.rmtree(target / name)
        (work / name).replace(target / name)
    for path in [entry for entry in target.iterdir() if _is_ours(entry, ours)]:
        if path.name not in new:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_ours(path: Path, ours: Collection[str]) -> bool:
    """Whether a file is one of a result, by its name, or by a pattern and by its mark."""
    if path.name in (*ours, REQUEST):
        return True
    return any("*" in name and fnmatchcase(path.name, name) for name in ours) and _written_by_us(path)


@contextmanager
def replaced_files(folder: Path, names: Iterable[str] = (), *, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder whose files move into ``folder``, replacing those of the same name, if the block succeeds.

    Other files in ``folder`` are left alone. It is made if missing, and refused if nothing can be written there. Unless
    ``force`` is given, files of the ``names`` that will be written must not exist.
    """
    there = [folder / name for name in names if (folder / name).exists()]
    if there and not force:
        raise GlassjaxError(f"'{there[0]}' exists and would be lost; {ELSEWHERE}, or replace it with --force")
    folder = followed(folder)
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


def check_place(path: Path | None, force: bool = True) -> None:
    """Refuse a file, before any work, whose folder is not there or cannot be written.

    Without ``force`` also one that exists and that glassjax did not write, such as a table of measurements.
    """
    if path is None:
        return
    if path.is_dir():
        raise GlassjaxError(f"cannot write '{path}', which is a folder; name a file in it")
    real = Path(os.path.realpath(path))
    if not real.parent.is_dir():
        raise GlassjaxError(
            f"cannot write '{path}' (there is no folder '{real.parent if path.is_symlink() else path.parent}'); "
            "choose another file"
        )
    if not os.access(real.parent, os.W_OK):
        raise GlassjaxError(f"cannot write '{path}' (no permission in '{path.parent}'); choose another file")
    if not force and real.is_file() and not _written_by_us(real):
        raise GlassjaxError(
            f"'{path}' exists, glassjax did not write it, and it would be lost; choose another file, "
            "or replace it with --force"
        )


def _written_by_us(path: Path) -> bool:
    """Whether a file is empty or has the mark that ours have: in its first line, or in its metadata at either end."""
    try:
        with path.open("rb") as file:
            begin = file.read(_MARKED)
            file.seek(max(0, path.stat().st_size - _MARKED))
            end = file.read()
    except OSError:
        return False
    if path.suffix.lower() in (".csv", ".txt"):
        return not begin or begin.startswith((b"# glassjax ", b"row,name,error\n"))
    return not begin or b"glassjax" in begin or b"glassjax" in end


def check_picture(path: Path | None, force: bool = True) -> None:
    """Refuse a figure, before any work, of a kind that is not drawn, or that cannot be written."""
    if path is not None and path.suffix.lower() not in PICTURES:
        raise GlassjaxError(f"cannot draw '{path}'; end its name in {', '.join(PICTURES)}")
    check_place(path, force)


def write_picture(path: Path, draw: Callable[[], Any]) -> None:
    """Draw a figure and write it as `write_whole` does, marked as ours.

    Raises
    ------
    GlassjaxError
        If it cannot be drawn or written.
    """
    name = "Software" if path.suffix.lower() == ".png" else "Creator"
    try:
        write_whole(path, lambda work: draw().figure.savefig(work, dpi=150, metadata={name: "glassjax"}))
    except GlassjaxError:
        raise
    except Exception as error:  # whatever fonts, LaTeX or settings files raise
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise GlassjaxError(f"cannot draw '{path}' ({reason})") from error


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, of the same ending, and rename it when done.

    Where ``path`` is a symbolic link, the file it leads to is replaced.
    """
    real = Path(os.path.realpath(path)) if path.is_symlink() else path
    work = _beside(real).with_suffix(path.suffix)
    try:
        write(work)
        work.replace(real)
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

"""What a run that may be interrupted keeps on disk: a description of the run, and every piece that is finished.

The description is a JSON file with all that the numbers depend on. Pieces are files that are written whole, or lines of
JSON with a checksum (`sealed`, `Lines`). A run that is continued is compared with the description first and refused if
anything differs. One process works on a folder at a time. When a run is forgotten its description goes last, so that a
kill at any moment leaves no piece of an unknown run.
"""

import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from .disk import held, remove_parts, write_synced
from .errors import GlassjaxError

_SUM = "crc32"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class RunFolder:
    """The folder of a run; a subclass for each kind of run says what its pieces are.

    Parameters
    ----------
    folder : Path
    again, discard, elsewhere : str
        How errors tell the user to continue, to give up what is kept, and to keep it in another place.
    """

    FORMAT: ClassVar[str]  # of the description and the pieces, with a number
    RUN: ClassVar[str] = "an unfinished run"  # what messages call it
    DESCRIPTION: ClassVar[str] = "run.json"
    LOCK: ClassVar[str] = "lock"
    PIECES: ClassVar[tuple[str, ...]] = ()  # patterns of file names
    LABELS: ClassVar[Mapping[str, str]] = {}  # of entries of the description, where their name is not plain

    def __init__(
        self,
        folder: Path,
        *,
        again: str = "call it again",
        discard: str = "to begin anew, delete that folder or give another",
        elsewhere: str = "give another folder",
    ) -> None:
        self.folder, self.again, self.discard, self.elsewhere = folder, again, discard, elsewhere

    @property
    def begun(self) -> bool:
        """Whether a run was begun here."""
        return (self.folder / self.DESCRIPTION).is_file()

    @property
    def worthwhile(self) -> bool:
        """Whether a piece of a known run would be lost with the folder."""
        return self.begun and any(True for _ in self.pieces())

    def pieces(self) -> Iterator[Path]:
        """Yield the files of the pieces that are kept."""
        for pattern in self.PIECES:
            yield from self.folder.glob(pattern)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder while the block lasts; afterwards forget a run of which no piece is kept.

        Raises
        ------
        GlassjaxError
            If another process holds it, or the disk refuses.
        """
        with ExitStack() as stack:
            stack.callback(self.remove_empty)
            with self.writing():
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(held(self.folder / self.LOCK, self._busy))
                remove_parts(self.folder)
            stack.callback(self._forget_unless_worthwhile)
            yield

    @property
    def _busy(self) -> str:
        return f"another process is working on '{self.folder}'; wait for it to end or {self.elsewhere}"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Say in one sentence what the disk refuses."""
        try:
            yield
        except OSError as error:
            why = error.strerror or error
            raise GlassjaxError(
                f"cannot write to '{self.folder}' ({why}); free some space or {self.elsewhere}"
            ) from error

    def begin(self, run: Mapping[str, Any]) -> None:
        """Describe the run that begins, in place of whatever was there.

        Parameters
        ----------
        run : mapping
            All that the numbers depend on, as JSON holds it.
        """
        self.clear()
        plain = {"format": self.FORMAT, "run": run}
        write_synced(self.folder / self.DESCRIPTION, json.dumps(plain, indent=1).encode())

    def enter(self, run: Mapping[str, Any]) -> None:
        """Begin ``run``, or go on with it; refuse what is kept of another one."""
        if self.worthwhile:
            self.verify(run)
        else:
            self.begin(run)

    def description(self) -> dict[str, Any]:
        """Return the description of the run that is kept.

        Raises
        ------
        GlassjaxError
            If it is damaged, or of another version of the format.
        """
        try:
            plain = json.loads((self.folder / self.DESCRIPTION).read_text(encoding="utf-8"))
            run, kind = dict(plain.get("run", {})), plain.get("format")
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            raise self.damaged(self.DESCRIPTION) from None
        if kind != self.FORMAT:
            raise GlassjaxError(f"'{self.folder}' was written by another version of glassjax; {self.discard}")
        return run

    def verify(self, run: Mapping[str, Any]) -> None:
        """Refuse what is kept of another run; the error names all that differs."""
        before, now = dict(_leaves(self.description())), dict(_leaves(json.loads(json.dumps(run))))
        different = [
            self.LABELS.get(path[-1], path[-1]) + _change(before.get(path), now.get(path))
            for path in sorted({*before, *now})
            if before.get(path) != now.get(path)
        ]
        if different:
            raise GlassjaxError(
                f"'{self.folder}' keeps {self.RUN} that differs in {', '.join(different)}; {self.discard}"
            )

    def damaged(self, name: str) -> GlassjaxError:
        """Return an error about a file of the folder."""
        return GlassjaxError(f"'{self.folder / name}' is damaged or incomplete; {self.discard}")

    def clear(self) -> None:
        """Forget the run; whoever holds the folder goes on holding it."""
        for path in (*self.pieces(), *self.folder.glob(".*.part")):
            path.unlink(missing_ok=True)
        (self.folder / self.DESCRIPTION).unlink(missing_ok=True)

    def remove_empty(self) -> None:
        """Remove the folder, if it is empty."""
        with suppress(OSError):  # what is not ours stays
            self.folder.rmdir()

    def _forget_unless_worthwhile(self) -> None:
        if not self.worthwhile:
            self.clear()


class Lines:
    """A file to which sealed lines are appended; one that a kill tore can only be the last.

    Parameters
    ----------
    path : Path
    damaged : callable
        Returns the error about a line, by its number.
    """

    def __init__(self, path: Path, damaged: Callable[[int], GlassjaxError]) -> None:
        self.path, self._damaged = path, damaged

    def append(self, contents: Iterable[Mapping[str, Any]]) -> None:
        """Add lines; they are on the disk when this returns."""
        text = "".join(f"{sealed(content)}\n" for content in contents)
        with self.path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield what the lines hold; a torn one is left out."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    content = unsealed(line)
                except (ValueError, RecursionError):
                    if not line.endswith(b"\n"):
                        continue
                    raise self._damaged(number) from None
                yield content

    def mend(self) -> None:
        """Cut off a torn line, before others are appended."""
        if not self.path.is_file():
            return
        with self.path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            while end > 0:
                begin = max(0, end - 65536)
                file.seek(begin)
                newline = file.read(end - begin).rfind(b"\n")
                end = begin if newline < 0 else begin + newline + 1
                if newline >= 0:
                    break
            file.truncate(end)


def sealed(content: Mapping[str, Any]) -> str:
    """Return plain values as one line of JSON, without the newline; its last key is the CRC-32 of the others."""
    return _plain({**content, _SUM: zlib.crc32(_plain(content).encode())})


def unsealed(line: str | bytes) -> dict[str, Any]:
    """Undo `sealed`.

    Raises
    ------
    ValueError
        If it is no object of JSON, or not the one that was written.
    """
    content = json.loads(line)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    known = content.pop(_SUM, None)
    if known != zlib.crc32(_plain(content).encode()):
        raise ValueError("changed since it was written")
    return content


def _plain(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def _leaves(run: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and the value of every entry of nested mappings."""
    for name, value in run.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*at, name))
        else:
            yield (*at, name), value


def _change(before: Any, now: Any) -> str:
    """Say what a value was and is, unless it is a digest."""
    digest = any(isinstance(value, str) and _DIGEST.fullmatch(value) for value in (before, now))
    return "" if digest else f" ({before}, now {now})"

"""A batch on disk while it runs: every finished chunk is a file, so that one that was killed goes on where it was."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..disk import write_synced
from ..errors import GlassjaxError

__all__ = ["KeptParts"]

_RUN, LOCK = "run.json", "lock"


class KeptParts:
    """The chunks of an unfinished batch.

    Parameters
    ----------
    folder : Path
        Made when a batch begins, and gone after `remove`.
    discard, again : str
        How errors tell the user to give up what is kept, and to go on when there is room.
    """

    def __init__(self, folder: Path, *, discard: str, again: str = "call it again") -> None:
        self.folder, self.discard, self.again = folder, discard, again

    @property
    def lock(self) -> Path:
        """Lock file of whoever works on it."""
        return self.folder / LOCK

    @property
    def begun(self) -> bool:
        """Whether a batch was begun here and not finished."""
        return (self.folder / _RUN).is_file()

    @property
    def worthwhile(self) -> bool:
        """Whether anything would be lost with it."""
        return self.begun and self.done > 0

    @property
    def done(self) -> int:
        """Chunks that are done; they are done in order."""
        number = 0
        while self.path(number).is_file():
            number += 1
        return number

    @property
    def onward(self) -> str:
        """How errors tell the user to go on: with what is kept, if anything is."""
        return self.again if self.done else "begin again"

    def path(self, number: int) -> Path:
        """File of a chunk."""
        return self.folder / f"part-{number:06d}.parquet"

    def describe(self) -> str:
        """Say what is kept."""
        run = self._read()
        return f"{min(self.done * run['chunk'], run['materials'])} of {run['materials']} materials"

    def begin(self, run: Mapping[str, Any]) -> None:
        """Note of which run the chunks will be, or refuse those that are kept of another one.

        Parameters
        ----------
        run : mapping
            All that the numbers depend on, as JSON holds it: ``chunk`` and ``materials`` among it.
        """
        if self.worthwhile:
            found = self._read()
            differ = sorted(key for key in {*found, *run} if found.get(key) != run.get(key))
            if differ:
                raise GlassjaxError(
                    f"'{self.folder}' keeps an unfinished batch that differs in {', '.join(differ)}; {self.discard}"
                )
        else:
            self.clear()  # chunks of a batch that was killed while it was being forgotten
            write_synced(self.folder / _RUN, json.dumps(run).encode())

    def keep(self, number: int, content: bytes) -> None:
        """Keep a chunk, whole or not at all."""
        try:
            write_synced(self.path(number), content)
        except FileNotFoundError:
            raise GlassjaxError(
                f"'{self.folder}' was deleted while the batch ran, and what was done with it; begin anew"
            ) from None
        except OSError as error:
            raise GlassjaxError(
                f"cannot write to '{self.folder}' ({error.strerror}); nothing is lost: make room, then {self.onward}"
            ) from error

    def clear(self) -> None:
        """Forget the chunks; whoever holds the lock goes on holding it.

        What says which batch they are of goes last, so that a kill leaves no chunk of which that is not known.
        """
        for pattern in ("part-*.parquet", ".part-*.part", f".{_RUN}.part", _RUN):
            for path in self.folder.glob(pattern):
                path.unlink(missing_ok=True)

    def remove_empty(self) -> None:
        """Remove the folder, if nothing is kept in it and nobody holds the lock."""
        with suppress(OSError):  # what is not ours stays
            self.folder.rmdir()

    def _read(self) -> dict[str, Any]:
        path = self.folder / _RUN
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
            return {**run, "chunk": int(run["chunk"]), "materials": int(run["materials"])}
        except (OSError, ValueError, KeyError, TypeError):
            raise GlassjaxError(f"'{path}' is damaged; {self.discard}") from None

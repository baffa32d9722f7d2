"""A campaign on disk: which it is, a row for every study that is done, and the table of them all.

``campaign.json`` says which campaign it is, ``rows.jsonl`` has a line for every study that is done, and ``fits/`` a
folder for each with its result and the same row. Lines are appended in batches and reach the disk before the next ones;
a line that a kill tore is cut off, and the row of its folder takes its place. Of more than `SHARD` studies the folders
lie in folders of `SHARD` each. One process at a time runs a campaign.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..disk import held, remove_parts, require_room, synced, write_synced
from ..errors import GlassjaxError
from .lines import line_of, read_line
from .table import COLUMNS, frames

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SHARD", "KeptCampaign", "place", "programs"]

SHARD = 1000
FORMAT = "glassjax campaign 2"  # rows with checksums
_RUN, _ROWS, _LOCK, _FITS = "campaign.json", "rows.jsonl", ".lock", "fits"
_TABLES = ("results.csv", "results.parquet")
_PROGRAMS = ".programs"
_ROW_SIZE = 4_000  # bytes of a row in all its places
_LABELS = {"studies": "the studies or their data", "count": "the number of studies"}


def place(folder: Path, index: int, name: str, count: int) -> Path:
    """Return the folder of the study ``name``, number ``index`` of ``count``."""
    return folder / _FITS / name if count <= SHARD else folder / _FITS / f"{index // SHARD:04d}" / name


def programs(folder: Path) -> Path:
    """Return the folder in which workers share compiled programs; it stays when the campaign is done."""
    return folder / _PROGRAMS


class KeptCampaign:
    """The folder of a campaign.

    Parameters
    ----------
    folder : Path
    again, discard, elsewhere : str
        How errors tell the user to continue, to give up what is kept, and to keep it in another place.
    """

    def __init__(self, folder: Path, *, again: str, discard: str, elsewhere: str) -> None:
        self.folder, self.again, self.discard, self.elsewhere = folder, again, discard, elsewhere

    @property
    def begun(self) -> bool:
        """Whether a campaign was begun here, finished or not."""
        return (self.folder / _RUN).is_file()

    @contextmanager
    def running(
        self, run: Mapping[str, Any], size: int, *, resume: bool = False, fresh: bool = False
    ) -> Iterator[None]:
        """Hold the folder for the campaign ``run`` while the block lasts; refuse one that keeps another.

        ``size`` bytes of results must find room. ``fresh`` discards what is kept.
        """
        busy = f"another process is working on '{self.folder}'; wait for it to end or {self.elsewhere}"
        with ExitStack() as stack:
            with self._writing():
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(held(self.folder / _LOCK, busy))
                if fresh:
                    self._remove()
                stack.callback(self._forget_unless_worthwhile)
                self._begin(run, size, resume)
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Say in one sentence what the disk refuses."""
        try:
            yield
        except OSError as error:
            why = error.strerror or error
            raise GlassjaxError(
                f"cannot write to '{self.folder}' ({why}); free some space or {self.elsewhere}"
            ) from error

    def _forget_unless_worthwhile(self) -> None:
        if not any((self.folder / name).exists() for name in (_ROWS, _FITS)):
            (self.folder / _RUN).unlink(missing_ok=True)

    def _begin(self, run: Mapping[str, Any], size: int, resume: bool) -> None:
        remove_parts(self.folder)
        if not self.begun:
            ours = (_LOCK, _FITS, _PROGRAMS)
            foreign = [path.name for path in self.folder.iterdir() if path.name not in ours]
            if foreign:
                raise GlassjaxError(
                    f"'{self.folder}' holds '{sorted(foreign)[0]}', which is not part of a campaign; {self.elsewhere}"
                )
            if resume:
                raise GlassjaxError(f"there is no campaign to resume in '{self.folder}'; begin one")
            require_room(self.folder, size + _ROW_SIZE * run["count"], self.elsewhere)
            plain = {"format": FORMAT, "run": run}
            write_synced(self.folder / _RUN, json.dumps(plain, indent=1).encode())
            return
        self._verify(run)
        if not resume:
            raise GlassjaxError(
                f"'{self.folder}' keeps {len(self.done())} of {run['count']} fits of this campaign; {self.again}, "
                f"or {self.discard}"
            )
        self._mend()

    def _verify(self, run: Mapping[str, Any]) -> None:
        """Refuse to go on with what is kept of another campaign, naming all that differs."""
        path = self.folder / _RUN
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
            kept, known = dict(plain["run"]), plain["format"] == FORMAT
        except (OSError, ValueError, KeyError, TypeError):
            raise GlassjaxError(f"'{path}' is damaged; {self.discard}") from None
        if not known:
            raise GlassjaxError(f"'{self.folder}' was written by another version of glassjax; {self.discard}")
        different = [
            _LABELS.get(name, name)
            + ("" if name == "studies" else f" ({kept.get(name)}, now {run.get(name)})")
            for name in sorted({*kept, *run})
            if kept.get(name) != run.get(name)
        ]
        if different:
            raise GlassjaxError(
                f"'{self.folder}' keeps a campaign that differs in {', '.join(different)}; {self.discard}"
            )

    def _remove(self) -> None:
        if self.begun:  # what is not ours stays
            shutil.rmtree(self.folder / _FITS, ignore_errors=True)
            for name in (_ROWS, *_TABLES, _RUN):  # that last, so that a kill leaves the rest known as ours
                (self.folder / name).unlink(missing_ok=True)

    def _mend(self) -> None:
        """Cut off a last line that a kill tore."""
        path = self.folder / _ROWS
        if not path.is_file():
            return
        with path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            while end > 0:
                begin = max(0, end - 65536)
                file.seek(begin)
                newline = file.read(end - begin).rfind(b"\n")
                if newline >= 0:
                    end = begin + newline + 1
                    break
                end = begin
            file.truncate(end)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows kept so far, in the order in which they were done; a study may have an earlier, failed one."""
        path = self.folder / _ROWS
        if not path.is_file():
            return
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    row = read_line(line)
                    row = row | {"index": int(row["index"]), "status": str(row["status"])}
                except (ValueError, KeyError, TypeError):
                    if not line.endswith(b"\n"):  # torn by a kill
                        continue
                    raise GlassjaxError(
                        f"line {number} of '{path}' is damaged; delete that line, and {self.again}, or {self.discard}"
                    ) from None
                yield row

    def done(self) -> set[int]:
        """Numbers of the studies that are fitted; those that failed are to be tried again."""
        found: set[int] = set()
        for row in self.rows():
            if row["status"] == "done":
                found.add(row["index"])
            else:
                found.discard(row["index"])
        return found

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep rows, on the disk before this returns."""
        if not rows:
            return
        text = "".join(line_of(row) + "\n" for row in rows)
        with self._writing(), (self.folder / _ROWS).open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def table(self) -> "pd.DataFrame":
        """Put the last row of every study into one table, in the order of the studies."""
        import pandas as pd

        pieces = list(frames(self.rows()))
        if not pieces:
            return pd.DataFrame(columns=list(COLUMNS))
        whole = pd.concat(pieces, ignore_index=True).drop_duplicates("index", keep="last")
        return whole.sort_values("index", ignore_index=True)

    def write_tables(self, table: "pd.DataFrame") -> None:
        """Write the table as CSV and Parquet, each whole or not at all."""
        for name, write in zip(_TABLES, (table.to_csv, table.to_parquet), strict=True):
            part = self.folder / f".{name}.part"
            with self._writing():
                write(part, index=False)
                synced(part)
                part.replace(self.folder / name)

"""A campaign on disk: which it is, a row for every study that is done, and the table of them all.

``campaign.json`` says which campaign it is, ``rows.jsonl`` has a line for every study that is done, and ``fits/`` a
folder for each with its result and the same row. Lines are appended in batches and reach the disk before the next ones;
a line that a kill tore is cut off, and the row of its folder takes its place. Of more than `SHARD` studies the folders
lie in folders of `SHARD` each. One process at a time runs a campaign.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..disk import require_room, synced
from ..errors import GlassjaxError
from ..run_folder import Lines, RunFolder
from .campaign import COLUMNS, frames

if TYPE_CHECKING:
    import pandas as pd

SHARD = 1000
_ROWS, _FITS = "rows.jsonl", "fits"
_TABLES = ("results.csv", "results.parquet")
_PROGRAMS = ".programs"
_ROW_SIZE = 4_000  # bytes of a row in all its places


def folder_of(folder: Path, index: int, name: str, count: int) -> Path:
    """Return the folder of the study ``name``, number ``index`` of ``count``."""
    return folder / _FITS / name if count <= SHARD else folder / _FITS / f"{index // SHARD:04d}" / name


def programs(folder: Path) -> Path:
    """Return the folder in which workers share compiled programs; it stays when the campaign is done."""
    return folder / _PROGRAMS


class CampaignFolder(RunFolder):
    """The folder of a campaign."""

    FORMAT = "glassjax campaign 2"  # rows with checksums
    RUN = "a campaign"
    DESCRIPTION = "campaign.json"
    LOCK = ".lock"
    LABELS: ClassVar = {"studies": "the studies or their data", "count": "the number of studies"}

    @contextmanager
    def running(
        self, run: Mapping[str, Any], size: int, *, resume: bool = False, fresh: bool = False
    ) -> Iterator[None]:
        """Hold the folder for the campaign ``run`` while the block lasts; refuse one that keeps another.

        ``size`` bytes of results must find room. ``fresh`` discards what is kept.
        """
        with self.held():
            with self.writing():
                if fresh:
                    self.clear()
                if self.begun:
                    self._resume(run, resume)
                else:
                    self._begin(run, size, resume)
            yield

    def _begin(self, run: Mapping[str, Any], size: int, resume: bool) -> None:
        ours = (self.LOCK, _FITS, _PROGRAMS)
        foreign = sorted(path.name for path in self.folder.iterdir() if path.name not in ours)
        if foreign:
            raise GlassjaxError(
                f"'{self.folder}' holds '{foreign[0]}', which is not part of a campaign; {self.elsewhere}"
            )
        if resume:
            raise GlassjaxError(f"there is no campaign to resume in '{self.folder}'; begin one")
        require_room(self.folder, size + _ROW_SIZE * run["count"], self.elsewhere)
        self.begin(run)

    def _resume(self, run: Mapping[str, Any], resume: bool) -> None:
        self.verify(run)
        if not resume:
            raise GlassjaxError(
                f"'{self.folder}' keeps {len(self.done())} of {run['count']} fits of this campaign; {self.again}, "
                f"or {self.discard}"
            )
        self._lines.mend()

    def clear(self) -> None:
        """Discard the campaign; what is not ours, and compiled programs, stay."""
        if self.begun:
            if (self.folder / _FITS).exists():
                shutil.rmtree(self.folder / _FITS)
            super().clear()

    def pieces(self) -> Iterator[Path]:
        """Yield the files of the rows and the tables, and the folder of the fits."""
        names = (_ROWS, *_TABLES, _FITS)
        return (path for name in names if (path := self.folder / name).exists())

    def remove_empty(self) -> None:
        """Leave the folder, which the user named."""

    @property
    def _lines(self) -> Lines:
        return Lines(self.folder / _ROWS, self._damaged_row)

    def _damaged_row(self, number: int) -> GlassjaxError:
        path = self.folder / _ROWS
        return GlassjaxError(
            f"line {number} of '{path}' is damaged; delete that line, and {self.again}, or {self.discard}"
        )

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows kept so far, in the order in which they were done; a study may have an earlier, failed one."""
        for number, row in enumerate(self._lines, start=1):
            try:
                yield row | {"index": int(row["index"]), "status": str(row["status"])}
            except (ValueError, KeyError, TypeError):
                raise self._damaged_row(number) from None

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
        if rows:
            with self.writing():
                self._lines.append(rows)

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
            with self.writing():
                write(part, index=False)
                synced(part)
                part.replace(self.folder / name)

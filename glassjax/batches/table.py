"""A table of materials on disk, CSV or parquet: its columns, and its rows one after the other, never all at once."""

import abc
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataError

ENDINGS = (".csv", ".parquet")
_PIECE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One row: where it is in the file, and a cell a column; ``cells`` is None where their number is wrong."""

    number: int
    cells: tuple[Any, ...] | None
    fault: str = ""


class Table(abc.ABC):
    """A file with named columns.

    Attributes
    ----------
    path : Path
    columns : tuple of str
    place : str
        What a row's number counts: lines of a CSV file, rows of a parquet file.
    """

    place: str

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path, self.columns = path, columns
        seen: set[str] = set()
        for index, name in enumerate(columns):
            if not name:
                raise DataError(f"{path}: column {index + 1} has no name; give it one")
            if name in seen:
                raise DataError(f"{path}: there are two columns '{name}'; delete or rename one")
            seen.add(name)

    @abc.abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield the rows in the order of the file."""

    def sha256(self) -> str:
        """Hash of the file."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def fail(self, reason: str) -> DataError:
        """Return an error that names the file."""
        return DataError(f"{self.path}: {reason}")


class CsvTable(Table):
    """Cells are text. Lines that are empty or begin with ``#`` are skipped; commas, semicolons or tabs separate."""

    place = "line"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._delimiter = ","
        _, names = next(self._records(), (0, []))
        if len(names) == 1:
            self._delimiter = max(";\t,", key=names[0].count)
            _, names = next(self._records())
        if not names:
            raise self.fail("no column names and no rows; write a row for each material")
        super().__init__(path, tuple(name.strip() for name in names))

    def rows(self) -> Iterator[Row]:
        """Yield the rows; one with too few or too many cells comes with a fault."""
        records = self._records()
        next(records)
        expected = len(self.columns)
        for number, cells in records:
            if len(cells) == expected:
                yield Row(number, tuple(cell.strip() for cell in cells))
            else:
                counted = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                yield Row(number, None, f"{counted} where the column names promise {expected}")

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        line = [0]
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for cells in csv.reader(_kept(file, line), delimiter=self._delimiter):
                    yield line[0], cells
        except OSError as problem:
            raise self.fail(f"cannot be read ({problem.strerror}); check its permissions") from None
        except UnicodeDecodeError:
            raise self.fail("not UTF-8 text; save the table as CSV in UTF-8") from None
        except csv.Error as problem:
            raise self.fail(
                f"line {line[0]} is not readable as CSV ({problem}); save the table as plain CSV"
            ) from None


def _kept(file: Any, line: list[int]) -> Iterator[str]:
    """Yield lines that belong to the table; keep ``line[0]`` at the current one."""
    for number, text in enumerate(file, start=1):
        line[0] = number
        if text.strip() and not text.startswith("#"):
            yield text


class ParquetTable(Table):
    """Cells are what their columns hold; rows count from 1."""

    place = "row"

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            schema = pq.read_schema(path)
            names = tuple(schema.names)
        except (pa.ArrowException, OSError, ValueError):  # ValueError: names that are not UTF-8
            raise DataError(f"{path}: not readable as parquet; write it again, or save it as CSV") from None
        self.schema = schema
        super().__init__(path, names)

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        number = 0
        try:
            with pq.ParquetFile(self.path, page_checksum_verification=True) as file:
                for piece in file.iter_batches(batch_size=1024):
                    for cells in zip(*(column.to_pylist() for column in piece.columns), strict=True):
                        number += 1
                        yield Row(number, cells)
        except (pa.ArrowException, OSError, ValueError):  # ValueError: text that is not UTF-8
            raise self.fail(f"damaged after row {number}; write it again, or save the table as CSV") from None


def open_table(path: Path) -> Table:
    """Open a CSV or parquet file.

    Raises
    ------
    DataError
        If there is no such file, it cannot be read, or its columns have no name or the same.
    """
    if path.suffix.lower() not in ENDINGS:
        raise DataError(f"{path}: not a table; end its name in {' or '.join(ENDINGS)}")
    if path.is_dir():
        raise DataError(f"{path}: this is a folder; name a file in it")
    if not path.exists():
        raise DataError(f"{path}: there is no such file; check the name and the folder")
    if not path.is_file():
        raise DataError(f"{path}: not a regular file; save the table as CSV or parquet")
    try:
        return (CsvTable if path.suffix.lower() == ".csv" else ParquetTable)(path)
    except OSError as problem:
        raise DataError(f"{path}: cannot be read ({problem.strerror}); check its permissions") from None

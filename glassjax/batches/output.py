"""A batch on disk: every chunk that is done is kept, and all of them are put together in one file.

The file has a row a material and a column a quantity and temperature, as parquet or CSV.
"""

import csv
import datetime
import importlib.metadata
import io
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from .._version import __version__
from ..disk import write_synced
from ..errors import GlassjaxError, memory_ran_out
from ..run_folder import RunFolder
from .materials import Materials
from .program import Evaluator
from .rows import NAMES, Piece, Source

ROW, ERROR = "row", "error"
_GROUP = 8192  # rows of a row group, at least

BadRow = tuple[int, str, str]
"""Number of the row, its name and what is wrong with it."""


class ResultFile:
    """Columns ``row``, those passed through, ``error``, and the numbers, named like ``kappa [W/(m K)] at 1.5 K``.

    Parameters
    ----------
    source : Source
    T : mapping
        Temperatures (n,) in K of each quantity.
    units : mapping
        Unit of each quantity.
    precision : {"float64", "float32"}
    run : mapping
        All that the numbers depend on, as JSON holds it. With temperatures, units and the date (UTC) it stands under
        ``glassjax`` in the metadata of a parquet file.
    theory : sequence of str
        Lines about the theory, for the comments of a CSV file.
    """

    def __init__(
        self,
        source: Source,
        T: Mapping[str, np.ndarray],
        units: Mapping[str, str],
        precision: str,
        run: Mapping[str, Any],
        theory: Sequence[str],
    ) -> None:
        self.source, self.T = source, T
        grids = {quantity: grid.tolist() for quantity, grid in T.items()}
        self.header = [
            f"glassjax {__version__}: {', '.join(f'{quantity} in {units[quantity]}' for quantity in T)}",
            *source.about,
            *theory,
            f"observation time: {source.time:g} s; {precision}",
            *(f"{quantity} at T [K]: {', '.join(map(repr, grid))}" for quantity, grid in grids.items()),
        ]
        provenance = {
            **run,
            "units": {quantity: units[quantity] for quantity in T},
            "T_K": grids,
            "about": self.header,
            "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        }
        number = {"float64": pa.float64(), "float32": pa.float32()}[precision]
        fields = [pa.field(ROW, pa.int64())]
        fields += [pa.field(name, kind) for name, kind in source.passed.items()]
        fields.append(pa.field(ERROR, pa.string()))
        for quantity, grid in T.items():
            for t, label in zip(grid.tolist(), _labels(grid), strict=True):
                about = {"quantity": quantity, "unit": units[quantity], "T_K": repr(t)}
                fields.append(
                    pa.field(f"{quantity} [{units[quantity]}] at {label} K", number, metadata=about)
                )
        names = [field.name for field in fields]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise GlassjaxError(
                    f"the results would have two columns '{name}'; rename the one that is passed through"
                )
        self.schema = pa.schema(fields, metadata={"glassjax": json.dumps(provenance)})

    @property
    def size(self) -> int:
        """Bytes that the results take on the disk at most, while they are put together."""
        passed = 8 + sum(8 if pa.types.is_primitive(kind) else 40 for kind in self.source.passed.values())
        numbers = sum(len(grid) for grid in self.T.values())
        return self.source.count * (3 * passed + 200 + 30 * numbers)

    def part(self, piece: Piece, values: Mapping[str, np.ndarray], bad: Mapping[int, str]) -> bytes:
        """Return the rows of a piece as a parquet file."""
        columns: list[Any] = [pa.array(piece.rows, pa.int64())]
        columns += [pa.array(piece.passed[name], kind) for name, kind in self.source.passed.items()]
        columns.append(pa.array([bad.get(i) for i in range(len(piece.rows))], pa.string()))
        columns += [pa.array(column) for quantity in self.T for column in np.asarray(values[quantity]).T]
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_arrays(columns, schema=self.schema), sink, write_page_checksum=True)
        return sink.getvalue()

    def assemble(self, parts: Sequence[Path], path: Path) -> list[BadRow]:
        """Write the rows of all parts to a file ending in .parquet or .csv; return those that are bad."""
        with path.open("wb") as file:
            if path.suffix == ".csv":
                _write_csv(file, self.header, self.schema, parts)
            else:
                with pq.ParquetWriter(file, self.schema, write_page_checksum=True) as writer:
                    for table in _grouped(parts, self.schema.names):
                        writer.write_table(table)
            file.flush()
            os.fsync(file.fileno())
        return self._bad_rows(parts)

    def _bad_rows(self, parts: Iterable[Path]) -> list[BadRow]:
        """Return number, name and sentence of every bad row."""
        name = next((name for name in (*NAMES, "glass") if name in self.source.passed), None)
        found: list[BadRow] = []
        for path in parts:
            table = _read(path, [ROW, ERROR, *([name] if name else [])])
            table = table.filter(table[ERROR].is_valid())
            names = table[name].to_pylist() if name else [None] * len(table)
            for row, called, error in zip(
                table[ROW].to_pylist(), names, table[ERROR].to_pylist(), strict=True
            ):
                found.append((row, "" if called is None else str(called), error))
        return found


class BatchFolder(RunFolder):
    """The chunks of an unfinished batch, each a parquet file; its description has ``chunk`` and ``materials``."""

    FORMAT = "glassjax batch 2"
    RUN = "an unfinished batch"
    PIECES = ("part-*.parquet",)

    @property
    def done(self) -> int:
        """Chunks that are done; they are done in order."""
        number = 0
        while self.path(number).is_file():
            number += 1
        return number

    @property
    def parts(self) -> list[Path]:
        """Files of the chunks that are done."""
        return [self.path(number) for number in range(self.done)]

    @property
    def onward(self) -> str:
        """How errors tell the user to go on: with what is kept, if anything is."""
        return self.again if self.done else "begin again"

    def path(self, number: int) -> Path:
        """File of a chunk."""
        return self.folder / f"part-{number:06d}.parquet"

    def describe(self) -> str:
        """Say how many materials are kept."""
        run = self.description()
        try:
            count = int(run["materials"])
            return f"{min(self.done * int(run['chunk']), count)} of {count} materials"
        except (ValueError, KeyError, TypeError):
            raise self.damaged(self.DESCRIPTION) from None

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


def evaluate_source(
    source: Source,
    evaluator: Evaluator,
    result: ResultFile,
    kept: BatchFolder,
    progress: Callable[[int, int], Any] | None = None,
) -> None:
    """Evaluate what is not done yet, and keep each chunk when it is done.

    Raises
    ------
    GlassjaxError
        If the memory or the disk has no room for a chunk; those before it are kept.
    """
    waiting: deque[Piece] = deque()
    size, done = evaluator.chunk, kept.done

    def parts() -> Iterator[tuple[Materials, Mapping[int, str]]]:
        for piece in source.pieces(size, done):
            waiting.append(piece)
            yield piece.materials, piece.bad

    def tell(chunks: int) -> None:
        if progress is not None:
            progress(min(chunks * size, source.count), source.count)

    tell(done)
    try:
        for number, (values, bad) in enumerate(evaluator.stream(parts()), start=done):
            kept.keep(number, result.part(waiting.popleft(), values, bad))
            tell(number + 1)
    except Exception as error:
        if not memory_ran_out(error):
            raise
        place = f" at {source.place}s {waiting[0].rows[0]} to {waiting[-1].rows[-1]}" if waiting else ""
        raise GlassjaxError(
            f"memory ran out{place}; nothing that was done is lost: free some, then {kept.onward}, or compute "
            "fewer rows at once with a smaller chunk"
        ) from error


def versions() -> dict[str, str]:
    """Return the versions that the numbers depend on."""
    packages = {name: importlib.metadata.version(name) for name in ("jax", "jaxlib", "numpy")}
    return {"glassjax": __version__, **packages}


def check_columns(passed: Mapping[str, pa.DataType], ending: str) -> None:
    """Refuse columns that the results cannot pass through: lists and the like in a CSV file."""
    for name, kind in passed.items():
        if ending == ".csv" and (pa.types.is_nested(kind) or pa.types.is_binary(kind)):
            raise GlassjaxError(
                f"a CSV file cannot hold the column '{name}' of type {kind}; let --out end in .parquet, or drop it"
            )


def write_bad_rows(path: Path, rows: Iterable[BadRow]) -> None:
    """Write row, name and error of every bad row as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([ROW, "name", ERROR])
        writer.writerows(rows)


def _labels(grid: np.ndarray) -> list[str]:
    """Temperatures as columns call them: short if they are distinct all the same."""
    short = [f"{t:.6g}" for t in grid]
    return short if len(set(short)) == len(short) else [repr(t) for t in grid.tolist()]


def _read(path: Path, columns: list[str] | None = None, names: list[str] | None = None) -> pa.Table:
    """Read some columns of a part, or all, whose ``names`` must be these."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read(columns)
            if table.column_names != (columns or names or table.column_names):
                raise ValueError("other columns")
            return table
    except (pa.ArrowException, OSError, ValueError):  # ValueError: text that is not UTF-8
        raise GlassjaxError(
            f"'{path}' is damaged; delete it, and what follows it is computed again, or add --fresh to begin anew"
        ) from None


def _grouped(parts: Iterable[Path], names: list[str]) -> Iterator[pa.Table]:
    """Yield tables of several parts each."""
    waiting: list[pa.Table] = []
    for path in parts:
        waiting.append(_read(path, names=names))
        if sum(map(len, waiting)) >= _GROUP:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _write_csv(file: Any, header: Sequence[str], schema: pa.Schema, parts: Iterable[Path]) -> None:
    lines = io.StringIO()
    lines.writelines(f"# {line}\n" for line in header)
    csv.writer(lines, lineterminator="\n").writerow(schema.names)
    file.write(lines.getvalue().encode())
    options = pyarrow.csv.WriteOptions(include_header=False)
    for path in parts:
        pyarrow.csv.write_csv(_read(path, names=schema.names), file, options)

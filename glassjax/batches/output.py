"""The results of a batch on disk: a row a material and a column a quantity and temperature, as parquet or CSV."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from ..errors import GlassjaxError
from .source import Piece, Source

__all__ = ["BadRow", "ResultFile", "check_columns", "write_bad_rows"]

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
    header : sequence of str
        What the numbers were computed from: the comments of a CSV file.
    provenance : mapping
        The same for programs, as JSON holds it: under ``glassjax`` in the metadata of a parquet file.
    """

    def __init__(
        self,
        source: Source,
        T: Mapping[str, np.ndarray],
        units: Mapping[str, str],
        precision: str,
        header: Sequence[str],
        provenance: Mapping[str, Any],
    ) -> None:
        self.source, self.T, self.header = source, T, header
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

    def assemble(self, parts: Iterable[Path], path: Path) -> None:
        """Write the rows of all parts to a file ending in .parquet or .csv, some thousand rows at a time."""
        with path.open("wb") as file:
            if path.suffix == ".csv":
                _write_csv(file, self.header, self.schema, parts)
            else:
                with pq.ParquetWriter(file, self.schema, write_page_checksum=True) as writer:
                    for table in _grouped(parts, self.schema.names):
                        writer.write_table(table)
            file.flush()
            os.fsync(file.fileno())

    def bad_rows(self, parts: Iterable[Path]) -> list[BadRow]:
        """Return number, name and sentence of every bad row."""
        name = next((name for name in ("name", "id", "glass") if name in self.source.passed), None)
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

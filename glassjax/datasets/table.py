"""A CSV file as text: header lines, column names and rows of numbers, each with its line."""

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError, suggest
from ..plain_text import CONTROLS

_MAX_BYTES = 50_000_000
_MAX_COLUMNS = 1000
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", re.ASCII)
_NOT_A_NUMBER = {"nan", "na", "n/a", "null", "none", "inf", "infinity"}
_KEY = re.compile(r"\s*([A-Za-z][\w -]{0,30}?)\s*:\s*(.*)")
_EXAMPLE = "'T [K], kappa [W/(m K)]'"


@dataclass(frozen=True)
class Column:
    """Name and unit (empty if none is given) of a column."""

    name: str
    unit: str


@dataclass(frozen=True)
class Row:
    """Cells of one row, and the line they stand on."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """What a CSV file says, before anybody knows what it means."""

    path: Path
    header: dict[str, tuple[str, int]]  # key -> (text, line)
    columns: tuple[Column, ...]
    columns_line: int
    rows: tuple[Row, ...]
    sha256: str

    def fail(self, reason: str, line: int | None = None) -> DataError:
        """Return the error that names this file, the line and the reason."""
        where = f"{self.path}, line {line}" if line else f"{self.path}"
        return DataError(f"{where}: {reason}")

    def number(self, row: Row, index: int) -> float:
        """Return the finite number in a cell."""
        text, name = row.cells[index], self.columns[index].name
        if _NUMBER.fullmatch(text):
            number = float(text)
            if math.isfinite(number):
                return number
            raise self.fail(
                f"{name} = {text} is too large for a number; correct it or delete the row", row.line
            )
        if not text:
            raise self.fail(f"{name} is empty; fill it in or delete the row", row.line)
        if text.lower().lstrip("+-") in _NOT_A_NUMBER:
            raise self.fail(f"{name} is {text}, not a finite number; delete the row", row.line)
        if _DECIMAL_COMMA.fullmatch(text):
            raise self.fail(f"{name} is '{text}'; write it with a decimal point", row.line)
        raise self.fail(f"{name} is '{text}', not a number; correct it or delete the row", row.line)


def read_table(path: Path) -> Table:
    """Read a CSV file: ``# key: value`` lines, one line of column names, rows of numbers.

    Columns are separated by commas, semicolons or tabs. A column name carries its unit in square or round
    brackets (``T [K]``, ``Cp (mJ/g/K)``) or behind a slash (``T/K``). Lines that start with ``#`` and hold no
    ``key: value`` are remarks.

    Raises
    ------
    DataError
        If there is no such file, or it is not a table.
    """
    content = file_content(path)
    header: dict[str, tuple[str, int]] = {}
    table = Table(path, header, (), 0, (), hashlib.sha256(content).hexdigest())
    text = _decode(content, table)
    place = [0]
    lines = list(_lines(text))
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), None)
    if first is None:
        why = "holds no table" if text.strip() else "is empty"
        raise table.fail(f"the file {why}; it needs column names such as {_EXAMPLE} and rows of numbers")
    delimiter = "\t" if "\t" in first else ";" if ";" in first else ","
    records = csv.reader(
        _records(lines, header, place), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    rows = []
    try:
        names = next(records)
        if len(names) > _MAX_COLUMNS:
            raise table.fail(f"{len(names)} columns; keep a temperature, a value and its error", place[0])
        columns, columns_line = tuple(_column(name) for name in names), place[0]
        table = Table(path, header, columns, columns_line, (), table.sha256)
        if len(columns) == 1:
            raise table.fail("only one column; separate columns by commas, semicolons or tabs", columns_line)
        if any(_NUMBER.fullmatch(name.strip()) for name in names):
            raise table.fail(
                f"no column names above the numbers; add a line such as {_EXAMPLE}", columns_line
            )
        for cells in records:
            if len(cells) != len(columns):
                raise table.fail(
                    f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'} where the column names "
                    f"promise {len(columns)}; complete the row or delete it",
                    place[0],
                )
            rows.append(Row(place[0], tuple(cell.strip() for cell in cells)))
    except csv.Error as problem:
        raise table.fail(f"not readable as CSV ({problem}); save the table as plain CSV", place[0]) from None
    if not rows:
        raise table.fail("column names but no rows; add the numbers", columns_line)
    return Table(path, header, columns, columns_line, tuple(rows), table.sha256)


def file_content(path: Path) -> bytes:
    """Return the bytes of a regular file of reasonable size."""
    try:
        if path.is_dir():
            raise DataError(f"{path}: this is a folder; name a CSV file in it")
        if not path.exists():
            raise DataError(f"{path}: there is no such file; check the name and the folder")
        if not path.is_file():
            raise DataError(f"{path}: not a regular file; save the table as a CSV file")
        if path.stat().st_size > _MAX_BYTES:
            raise DataError(f"{path}: larger than {_MAX_BYTES // 10**6} MB, not a table of measurements")
        return path.read_bytes()
    except OSError as problem:
        raise DataError(f"{path}: cannot be read ({problem.strerror}); check its permissions") from None


def _decode(content: bytes, table: Table) -> str:
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise table.fail("not a text file; save the table as CSV in UTF-8", line)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise table.fail("not UTF-8 text; save the table as CSV in UTF-8", line) from None
    control = CONTROLS.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise table.fail(f"the control character {control[0]!r} in the text; delete it", line)
    return text


def _lines(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=""))


def _records(lines: list[str], header: dict[str, tuple[str, int]], place: list[int]) -> Iterator[str]:
    """Yield the lines that belong to the table; collect the header; keep ``place[0]`` at the current line."""
    for number, line in enumerate(lines, start=1):
        place[0] = number
        bare = line.strip()
        if bare.startswith("#"):
            entry = _KEY.fullmatch(bare.lstrip("#"))
            if entry:
                key = entry[1].lower().replace(" ", "_").replace("-", "_")
                before = f"{header[key][0]} " if key in header else ""
                header[key] = (before + entry[2].strip(), number)
        elif bare:
            yield line


def _column(text: str) -> Column:
    """Split ``name [unit]``, ``name (unit)`` or ``name/unit``; the unit may hold brackets itself."""
    text = text.strip()
    bracketed = re.fullmatch(r"([^\[(/]*?)[\s_,/]*(?:\[(.*)\]|\((.*)\))", text)
    if bracketed:
        return Column(bracketed[1].strip(), (bracketed[2] or bracketed[3] or "").strip())
    name, _, unit = text.partition("/")
    return Column(name.strip(), unit.strip())


def among(word: str, options: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown ``word``: the nearest option, and all of them."""
    options = list(options)
    hint, there = suggest(word, options), f"there are {', '.join(options)}"
    return f"{hint} T{there[1:]}" if hint else f"; {there}"

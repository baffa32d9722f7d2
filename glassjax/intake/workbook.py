"""Workbooks: the sheets of an .xlsx file as texts, a line for each row."""

import datetime
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

from ..datasets.table import file_content
from ..errors import DataError
from .text import Text

__all__ = ["is_workbook", "read_workbook"]

_MOST = 50_000  # rows of a sheet
_WIDEST = 200


def is_workbook(path: Path) -> bool:
    """Whether a file is an .xlsx workbook, by its content."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return False
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def read_workbook(path: Path) -> dict[str, Text]:
    """Return the sheets that are not empty, by their names; cells are set apart by tabs, numbers in plain notation.

    Raises
    ------
    DataError
        If the extra ``workbooks`` is not installed, the file is damaged, or no sheet has a cell.
    """
    try:
        import openpyxl
    except ImportError:
        raise DataError(
            f"{path}: reading a workbook takes openpyxl; pip install 'glassjax[workbooks]', or save the sheet as CSV"
        ) from None
    content = file_content(path)
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        values, formulas = (_cells(openpyxl, content, data_only) for data_only in (True, False))
    except (
        ArithmeticError,
        AttributeError,
        EOFError,
        ImportError,
        LookupError,
        OSError,
        SyntaxError,
    ) as problem:
        raise _damaged(path, problem) from problem
    except (TypeError, ValueError, zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError) as problem:
        raise _damaged(path, problem) from problem
    found = {}
    for name, rows in values.items():
        lines = ["\t".join(_text(cell) for cell in row) for row in rows]
        unknown = _unknown(rows, formulas.get(name, []))
        notes = (
            (f"formulas without a stored value, the first in {unknown}: save the workbook again",)
            if unknown
            else ()
        )
        if any(line.strip() for line in lines):
            found[name] = Text(path, tuple(lines), "workbook", sha256, "\t", notes)
    if not found:
        raise DataError(f"{path}: no sheet of the workbook has a cell with a value; save it again")
    return found


def _damaged(path: Path, problem: Exception) -> DataError:
    return DataError(
        f"{path}: the workbook cannot be read ({type(problem).__name__}); save it again, or as CSV"
    )


def _cells(openpyxl: Any, content: bytes, data_only: bool) -> dict[str, list[tuple[Any, ...]]]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that are not kept
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=False, data_only=data_only)
    found = {}
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows = sheet.iter_rows(max_row=min(sheet.max_row, _MOST), max_col=min(sheet.max_column, _WIDEST))
        found[sheet.title] = [tuple(cells) for cells in rows]
    book.close()
    return found


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        if "%" in str(cell.number_format or ""):
            return f"{value * 100!r}%"
        return repr(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    return " ".join(str(value).split())


def _unknown(rows: list[tuple[Any, ...]], formulas: list[tuple[Any, ...]]) -> str:
    """Return the first cell that holds a formula and no value of it."""
    for row, same in zip(rows, formulas, strict=False):
        for cell, formula in zip(row, same, strict=False):
            if cell.value is None and formula.data_type == "f":
                return str(cell.coordinate)
    return ""

"""The bytes of a spreadsheet export or a workbook as text, whatever program wrote them."""

import codecs
import datetime
import hashlib
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..datasets.table import file_content
from ..errors import DataError
from ..plain_text import CONTROLS

_GREEK = {"a": "α", "D": "Δ", "d": "δ", "k": "κ", "l": "λ", "m": "µ", "s": "σ"}
_LONGEST = 100_000  # characters of a line
_FOREIGN = 20  # bytes beyond ASCII, from which a library can tell the language
_AS_CSV = "open it there and save the sheet as CSV"
# first bytes -> what the file is
_WORKBOOKS = {
    b"PK\x03\x04": "a workbook (.xlsx, .ods or .numbers)",
    b"\xd0\xcf\x11\xe0": "an old workbook (.xls)",
    b"%PDF": "a PDF",
}
# order matters: the mark of UTF-32 begins with that of UTF-16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


@dataclass(frozen=True)
class Text:
    """What a file says.

    Attributes
    ----------
    path : Path
    lines : tuple of str
        Without their ends; the first is line 1.
    encoding : str
        ``UTF-8``, ``UTF-16``, ``UTF-32`` or ``Latin-1``; another where the text is of no Western language.
    sha256 : str
        Of the file's bytes.
    separator : str
        Of the columns where it is known; empty if it is to be found.
    notes : tuple of str
        What was guessed or replaced.
    """

    path: Path
    lines: tuple[str, ...]
    encoding: str
    sha256: str
    separator: str = ""
    notes: tuple[str, ...] = ()

    def fail(self, reason: str, line: int | None = None) -> DataError:
        """Return the error that names this file, the line and the reason."""
        return DataError(f"{self.path}, line {line}: {reason}" if line else f"{self.path}: {reason}")


def read_text(path: Path) -> Text:
    """Read a text file in UTF-8, UTF-16, UTF-32 or Latin-1 (Windows' code page 1252), with any line ends.

    Control characters, which some instruments put in, become spaces.

    Raises
    ------
    DataError
        If there is no such file, it is a workbook, or no text.
    """
    content = file_content(path)
    for begin, what in _WORKBOOKS.items():
        if content.startswith(begin):
            raise DataError(f"{path}: this is {what}, not a CSV file; {_AS_CSV}")
    text, encoding = _decoded(content, path)
    text, notes = _mended(text)
    lines = CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    if not any(line.strip() for line in lines):
        raise DataError(f"{path}: the file is empty; export the table again")
    longest = max(range(len(lines)), key=lambda k: len(lines[k]))
    if len(lines[longest]) > _LONGEST:
        reason = f"a line of {len(lines[longest])} characters is no row of a table; export the table again"
        raise DataError(f"{path}, line {longest + 1}: {reason}")
    return Text(path, tuple(lines), encoding, hashlib.sha256(content).hexdigest(), notes=notes)


def _decoded(content: bytes, path: Path) -> tuple[str, str]:
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(codec), name
            except UnicodeDecodeError:
                raise DataError(f"{path}: not valid {name}; export the table again") from None
    if b"\0" in content:
        return _unmarked(content, path), "UTF-16"
    try:
        return content.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _guessed(content)


def _guessed(content: bytes) -> tuple[str, str]:
    """Decode what is not UTF-8: UTF-8 with a few stray bytes, a Western code page, or what a library takes it for."""
    nearly = content.decode("utf-8", "replace")
    stray = nearly.count("\ufffd") - content.count(b"\xef\xbf\xbd")
    if sum(letter > "\x7f" and letter != "\ufffd" for letter in nearly) > stray:
        return nearly, "UTF-8"
    if sum(byte > 0x7F for byte in content) > _FOREIGN:
        from charset_normalizer import from_bytes

        best = from_bytes(content[:50_000]).best()
        if best is not None and best.encoding not in ("ascii", "latin_1", "cp1252"):
            letters = str(best)
            if sum(unicodedata.name(x, "").startswith("LATIN") for x in letters if x > "\x7f") < stray / 2:
                return content.decode(best.encoding, "replace"), best.encoding
    try:
        return content.decode("cp1252"), "Latin-1"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _mended(text: str) -> tuple[str, tuple[str, ...]]:
    """Put right what programs break: µ and ° written in UTF-8 and read in Latin-1, a µ that was lost."""
    notes = []
    for broken, sign in (("Âµ", "µ"), ("Î¼", "µ"), ("Â°", "°"), ("Â±", "±"), ("Îº", "κ")):
        if broken in text:
            text = text.replace(broken, sign)
            notes.append(f"'{broken}' read as {sign}")
    plain = re.sub(r"\\\+\(([^()\n]*)\)", r"^\1", text)  # W m\+(-1), \g(k), \i(T) of Origin
    plain = re.sub(r"\\g\(([aDdklms])\)", lambda found: _GREEK[found[1]], plain)
    plain = re.sub(r"\\[ib]\(([^()\n]*)\)", r"\1", plain)
    if plain != text:
        text = plain
        notes.append("superscripts and Greek letters as Origin marks them")
    lost = re.compile(r"(?<=[\s(\[/,;])\ufffd(?=[JWKVm])|(?<=[(\[])\?(?=[JW]/)")
    if lost.search(text):
        text = lost.sub("µ", text)
        notes.append("a letter that was lost before a unit is read as µ")
    if "\ufffd" in text:
        line = text[: text.index("\ufffd")].count("\n") + 1
        notes.append(f"{text.count(chr(0xFFFD))} letters cannot be read, the first in line {line}")
    return text, tuple(notes)


def _unmarked(content: bytes, path: Path) -> str:
    """Decode UTF-16 without its mark: ASCII has every second byte zero."""
    half = len(content) // 2
    for codec, zeros in (("utf-16-le", content[1::2]), ("utf-16-be", content[0::2])):
        if len(content) % 2 == 0 and zeros.count(0) > 0.6 * half:
            try:
                return content.decode(codec)
            except UnicodeDecodeError:
                break
    raise DataError(f"{path}: not a text file; save the table as CSV")


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

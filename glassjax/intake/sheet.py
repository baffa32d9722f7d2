"""The table in a spreadsheet export: its separator and decimal mark, column names, units and rows."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .headers import score
from .numerals import is_missing, weight
from .text import Text

__all__ = ["Line", "Sheet", "find_sheet"]

# separator -> how it is called; earlier ones win where two fit as well
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "spaces"}
_COMMENT = re.compile(r'\s*"?\s*(?:#(?!(?:N/A|NV|DIV|VALUE|WERT|NUM|ZAHL|REF|BEZUG))|%|//|!)', re.IGNORECASE)
_HINT = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)
_TOKEN = re.compile(r"[^\s\[(]+(?:\s*(?:\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)))?|\[[^\]]*\]|\([^)]*\)")
_LOOKED_AT = 2000  # lines, to tell the dialect


@dataclass(frozen=True)
class Line:
    """One line of the file: its number and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A table before anybody knows what its columns are.

    Attributes
    ----------
    text : Text
        The file.
    separator : str
        How the separator is called.
    decimal : str
        The decimal mark, ``.`` or ``,``.
    names, units : tuple of str
        Of each column, empty where the file has none; ``units`` are those of a row of their own.
    named_on : int or None
        Line of the names.
    rows : tuple of Line
        All of one length; the first holds numbers.
    """

    text: Text
    separator: str
    decimal: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    named_on: int | None
    rows: tuple[Line, ...]


def find_sheet(text: Text) -> Sheet:
    """Find the table in a text.

    Comments (``#``, ``%``, ``!``, ``//``, and ``;`` where it does not separate columns), lines before the column
    names, empty lines and empty columns are passed over. Names may stand in a comment right above the numbers, units in
    a row below the names.

    Raises
    ------
    DataError
        If there is no line with two numbers, or a row is longer than the others.
    """
    lines = [(i, line) for i, line in enumerate(text.lines, start=1) if line.strip()]
    hint = _HINT.fullmatch(lines[0][1])
    lines = lines[1:] if hint else lines
    body = [(i, line) for i, line in lines if not _COMMENT.match(line)]
    separator, decimal = _dialect([line for _, line in body], hint[1] if hint else None)
    if not separator:
        raise text.fail("no line with two numbers or more; the table needs a column of T and one of values")
    if separator != ";":
        body = [(i, line) for i, line in body if not line.lstrip().startswith(";")]
    table = [Line(i, _cells(line, separator)) for i, line in body]
    counts = Counter(_width(line.cells) for line in table if _numbers(line.cells, decimal) >= 2)
    width = max(counts, key=lambda n: (counts[n], n))
    first = next(k for k, line in enumerate(table) if _numbers(line.cells, decimal) >= 2)
    while first and _half_empty(table[first - 1].cells, decimal):
        first -= 1
    rows = [_padded(text, line, width, decimal) for line in table[first:] if any(line.cells)]
    above = table[:first]
    if separator == " ":  # names may hold spaces themselves
        above = [Line(line.number, _spaced(text.lines[line.number - 1], width)) for line in above]
    comments = [(i, line) for i, line in lines if i < rows[0].number and _COMMENT.match(line)]
    names, units, named_on = _names(above, comments, separator, width)
    _refuse_decimal_commas(text, names, rows, separator, named_on)
    kept = [k for k in range(width) if names[k] or any(row.cells[k] for row in rows)]
    return Sheet(
        text,
        _SEPARATORS.get(separator, f"'{separator}'"),
        decimal,
        tuple(names[k] for k in kept),
        tuple(units[k] for k in kept),
        named_on,
        tuple(Line(row.number, tuple(row.cells[k] for k in kept)) for row in rows),
    )


def _dialect(lines: Sequence[str], hint: str | None) -> tuple[str, str]:
    """Return separator and decimal mark under which most cells of most rows are numbers; empty if none has two."""
    best, most = ("", "."), 0.0
    for separator in [hint] if hint else _SEPARATORS:
        for decimal in ".,":
            total = 0.0
            for line in lines[:_LOOKED_AT]:
                filled = [cell for cell in _cells(line, separator) if cell]
                weights = [weight(cell, decimal) for cell in filled]
                if sum(w > 0 for w in weights) >= 2:
                    total += sum(weights) / len(filled)
            if total > most * (1 + 1e-9):
                best, most = (separator, decimal), total
    return best


def _cells(line: str, separator: str) -> tuple[str, ...]:
    if separator == " ":
        return tuple(line.replace('"', " ").split())
    # a quotation mark within a cell, as of inches, is no quotation
    quoting = csv.QUOTE_MINIMAL if line.count('"') % 2 == 0 else csv.QUOTE_NONE
    [cells] = csv.reader([line], delimiter=separator, skipinitialspace=True, quoting=quoting)
    return tuple(cell.strip() for cell in cells)


def _numbers(cells: Sequence[str], decimal: str) -> int:
    return sum(weight(cell, decimal) > 0 for cell in cells)


def _half_empty(cells: Sequence[str], decimal: str) -> bool:
    """Whether cells are of a row whose value is missing: numbers and marks of nothing, both of them."""
    filled = [cell for cell in cells if cell]
    gaps = sum(is_missing(cell) for cell in filled)
    return 0 < gaps < len(filled) == gaps + _numbers(filled, decimal)


def _width(cells: Sequence[str]) -> int:
    """Count cells up to the last that is not empty."""
    return max((k + 1 for k, cell in enumerate(cells) if cell), default=0)


def _refuse_decimal_commas(
    text: Text, names: Sequence[str], rows: Sequence[Line], separator: str, named_on: int | None
) -> None:
    """Refuse ``1,5,0,02`` under two names: the same comma separates columns and decimals."""
    named = sum(bool(name) for name in names)
    if separator == "," and 2 <= named <= len(names) / 2 and not any(names[named:]):
        whole = all(re.fullmatch(r"-?\d*(?:[eE][+-]?\d+)?", cell) for row in rows for cell in row.cells)
        if whole:
            raise text.fail(
                f"{named} column names over rows of {len(names)} numbers: commas seem to be decimal marks as well as "
                "separators; save the sheet with semicolons between the columns",
                named_on,
            )


def _padded(text: Text, line: Line, width: int, decimal: str) -> Line:
    cells = line.cells[: _width(line.cells)]
    if len(cells) > width and _numbers(cells, decimal) >= 2:
        raise text.fail(
            f"{len(cells)} cells where most rows have {width}; correct the row (numbers with decimal commas want "
            "another separator than commas)",
            line.number,
        )
    return Line(line.number, (*cells, *[""] * (width - len(cells)))[:width])


def _spaced(line: str, width: int) -> tuple[str, ...]:
    """Split names set apart by spaces into ``width`` cells, brackets and wide gaps kept in mind."""
    line = line.strip().strip('"')
    for cells in (re.split(r"\s{2,}|\t", line), _TOKEN.findall(line), line.split()):
        if len(cells) == width:
            return tuple(cells)
    return tuple(line.split())


def _names(
    above: Sequence[Line], comments: Sequence[tuple[int, str]], separator: str, width: int
) -> tuple[list[str], list[str], int | None]:
    """Return names and units of the columns, and the line of the names."""
    block: list[Line] = []
    for line in reversed(above):
        if _width(line.cells) < 2 or _width(line.cells) > max(width, 2) + 20 or len(block) == 4:
            break
        block.insert(0, line)
    if not block:
        block = _commented(comments, separator, width)
    if not block:
        return [""] * width, [""] * width, None
    scores = [score(line.cells) for line in block]
    named = max(range(len(block)), key=lambda k: (scores[k].names, k)) if block else 0
    others = [k for k in range(len(block)) if k != named and scores[k].units > 0 and not scores[k].names]
    units = block[max(others, key=lambda k: (scores[k].units, -abs(k - named)))].cells if others else ()
    return _filled(block[named].cells, width), _filled(units, width), block[named].number


def _commented(comments: Sequence[tuple[int, str]], separator: str, width: int) -> list[Line]:
    """Return the comments that may name the columns: as many cells as there are columns, a name among them."""
    found = []
    for i, line in comments[-4:]:
        bare = re.sub(r'^\s*"?\s*(?:#|%|//|!)+\s*', "", line).rstrip('"')
        cells = _spaced(bare, width) if separator == " " else _cells(bare, separator)
        if len(cells) != width and separator != " ":
            cells = _spaced(bare, width)
        if len(cells) == width and (score(cells).names >= 2 or (found and score(cells).units)):
            found.append(Line(i, cells))
    return found


def _filled(cells: Sequence[str], width: int) -> list[str]:
    return [*cells[:width], *[""] * (width - len(cells))]

"""The tables in a spreadsheet export: separator and decimal mark, column names, units, rows, and what each line is."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .file_text import Text
from .headers import TEMPERATURE, read_heading, score
from .spelling import is_missing, weight

# separator -> how it is called; earlier ones win where two fit as well
_SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "spaces"}
_COMMENT = re.compile(r'\s*"?\s*(?:#(?!(?:N/A|NV|DIV|VALUE|WERT|NUM|ZAHL|REF|BEZUG))|%|//|!)', re.IGNORECASE)
_HINT = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)
_TOKEN = re.compile(r"[^\s\[(]+(?:\s*(?:\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)))?|\[[^\]]*\]|\([^)]*\)")
# sections of an instrument's file: that of the rows, and any other
_DATA = re.compile(r'\s*"?\[\s*(?:data|daten|messdaten|messwerte|results?)\s*\]"?[\s,;]*', re.IGNORECASE)
_SECTION = re.compile(r'\s*"?\[\s*[^\W\d][\w .-]*\]"?[\s,;]*')
_COEFFICIENTS = re.compile(
    r"\bfit[ _]?type\b|\bcoefficients?\b|\bkoeffizient\w*|\bcurve[ _]?fit\b|\bequation\b|"
    r"\bpolynom\w*|\bperc\w*[ _]?err",
    re.IGNORECASE,
)
_ONLY_COEFFICIENTS = (
    "these are coefficients of a fit, no rows of T and values; evaluate the fit at the temperatures it was made from, "
    "and give that table"
)
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
    numbers : tuple of int
        Of the columns in the file, from 1; columns that are empty are not in the table.
    number : int
        Of the table in the file, from 1.
    lines : dict of int to str
        What each line of the file is; those of ``rows`` are ``read`` until somebody finds otherwise.
    """

    text: Text
    separator: str
    decimal: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    named_on: int | None
    rows: tuple[Line, ...]
    numbers: tuple[int, ...]
    number: int = 1
    lines: dict[int, str] = field(default_factory=dict)

    @property
    def span(self) -> str:
        """Lines of the table, with its names."""
        return f"lines {self.named_on or self.rows[0].number} to {self.rows[-1].number}"


def find_tables(text: Text) -> list[Sheet]:
    """Find the tables in a text.

    Comments (``#``, ``%``, ``!``, ``//``, and ``;`` where it does not separate columns), lines before the column
    names, empty lines and empty columns are passed over. Names may stand in a comment right above the numbers, units in
    a row below the names. Where a file has a section ``[Data]``, its other sections hold no table. A further row of
    names, in the text or in a comment, begins another table.

    Raises
    ------
    DataError
        If there is no line with two numbers, or a row is longer than the others.
    """
    kinds_of_lines = {i: "" if line.strip() else "blank" for i, line in enumerate(text.lines, start=1)}
    if not text.lines[-1]:
        del kinds_of_lines[len(text.lines)]  # behind the end of the last line
    lines = [(i, line) for i, line in enumerate(text.lines, start=1) if line.strip()]
    hint = _HINT.fullmatch(lines[0][1])
    if hint:
        kinds_of_lines[lines[0][0]] = "hint of the separator"
        lines = lines[1:]
    lines = _rejoined(_data_sections(lines, kinds_of_lines), kinds_of_lines)
    body = [(i, line) for i, line in lines if not _COMMENT.match(line)]
    separator, decimal = _dialect([line for _, line in body], text.separator or (hint[1] if hint else None))
    if not separator:
        if any(_COEFFICIENTS.search(line) for line in text.lines):
            raise text.fail(_ONLY_COEFFICIENTS)
        why = f" ({text.notes[0]})" if text.separator and text.notes else ""
        raise text.fail(
            f"no line with two numbers or more{why}; the table needs a column of T and one of values"
        )
    if separator != ";":
        body = [(i, line) for i, line in body if not line.lstrip().startswith(";")]
    table = [Line(i, _cells(line, separator)) for i, line in body]
    _refuse_transposed(text, table, decimal)
    own = {i for i, _ in body}
    comments = [(i, line) for i, line in lines if i not in own]
    kinds_of_lines |= dict.fromkeys((i for i, _ in comments), "comment")
    starts = _starts(table, comments, separator, decimal)
    found = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], 10**9], strict=True), start=1):
        part = [line for line in table if start <= line.number < end]
        remarks = [(i, line) for i, line in comments if start <= i < end]
        found.append(_table(text, part, remarks, separator, decimal, number))
    own = {sheet.number: dict(sheet.lines) for sheet in found}
    for sheet in found:
        for number, lines in own.items():
            if number != sheet.number:
                sheet.lines.update({i: f"of table {number}" for i, what in lines.items() if what != "blank"})
        sheet.lines.update(
            {i: what or "above the table" for i, what in kinds_of_lines.items() if i not in sheet.lines}
        )
    tables = [sheet for sheet in found if not _are_coefficients(sheet)]
    if not tables:
        raise text.fail(_ONLY_COEFFICIENTS, found[0].named_on)
    return tables


def _data_sections(lines: list[tuple[int, str]], kinds_of_lines: dict[int, str]) -> list[tuple[int, str]]:
    """Return the lines of sections ``[Data]``, or all where a file has none."""
    if not any(_DATA.fullmatch(line) for _, line in lines):
        return lines
    kept, inside = [], False
    for i, line in lines:
        if _SECTION.fullmatch(line):
            inside = _DATA.fullmatch(line) is not None
            kinds_of_lines[i] = "header of the instrument"
        elif inside:
            kept.append((i, line))
        else:
            kinds_of_lines[i] = "header of the instrument"
    return kept


def _rejoined(lines: list[tuple[int, str]], kinds_of_lines: dict[int, str]) -> list[tuple[int, str]]:
    """Join a line that ends within a quoted cell with the next one or two, where that closes the cell."""
    found: list[tuple[int, str]] = []
    k = 0
    while k < len(lines):
        i, line = lines[k]
        for more in (1, 2, 3):
            if line.count('"') % 2 == 0 or k + more >= len(lines):
                break
            joined = " ".join(text for _, text in lines[k : k + more + 1])
            if joined.count('"') % 2 == 0 and re.search(r'"[^"]*$', line):
                kinds_of_lines |= dict.fromkeys(
                    (j for j, _ in lines[k + 1 : k + more + 1]), f"continues line {i}"
                )
                line, k = joined, k + more
                break
        found.append((i, line))
        k += 1
    return found


def _starts(
    table: Sequence[Line], comments: Sequence[tuple[int, str]], separator: str, decimal: str
) -> list[int]:
    """Return the line with which each table begins: below the last row of numbers that precedes its row of names."""
    width = max((_width(line.cells) for line in table), default=0)
    named = {
        i
        for i, line in comments
        if _commented([(i, line)], separator, width) or _comment_names(line, separator)
    }
    numbers = {line.number: _numbers(line.cells, decimal) for line in table}
    starts, last, pending = [1], 0, False
    for i, cells in sorted([*((line.number, line.cells) for line in table), *((i, ()) for i in named)]):
        if numbers.get(i, 0) >= 2:
            if pending and last:
                starts.append(last + 1)
            last, pending = i, False
        elif i in named or (not numbers[i] and _width(cells) >= 2 and _are_names(cells)):
            pending = last > 0
    return starts


def _are_names(cells: Sequence[str]) -> bool:
    found = score([cell for cell in cells if cell])
    if all(cells) and (
        any(re.search(r"[\[(/]", cell) for cell in cells) or _COEFFICIENTS.search(" ".join(cells))
    ):
        return True  # of quantities that are not known here
    return found.names >= 2 or (found.names == 1 and found.names + found.units == sum(map(bool, cells)))


def _comment_names(line: str, separator: str) -> bool:
    bare = re.sub(r'^\s*"?\s*(?:#|%|//|!)+\s*', "", line).rstrip('"')
    cells = _TOKEN.findall(bare) if separator == " " else list(_cells(bare, separator))
    return len(cells) >= 2 and score(cells).names >= 2


def _table(
    text: Text,
    table: Sequence[Line],
    comments: Sequence[tuple[int, str]],
    separator: str,
    decimal: str,
    number: int,
) -> Sheet:
    counts = Counter(_width(line.cells) for line in table if _numbers(line.cells, decimal) >= 2)
    width = max(counts, key=lambda n: (counts[n], n))
    first = next(k for k, line in enumerate(table) if _numbers(line.cells, decimal) >= 2)
    while first and (
        _half_empty(table[first - 1].cells, decimal) or _damaged(table, first - 1, width, decimal, separator)
    ):
        first -= 1
    above = list(table[:first])
    if separator != " ":
        longest = max(_width(line.cells) for line in table[first:])
        beyond = [cell for line in table[first:] for cell in line.cells[width:] if cell]
        if longest > width and not any(weight(cell, decimal) for cell in beyond):
            width = longest  # a column of remarks that most rows leave empty
    else:  # names may hold spaces themselves
        above = [Line(line.number, _spaced(text.lines[line.number - 1], width)) for line in above]
    names, units, named_on, units_on = _names(
        above, [(i, line) for i, line in comments if i < table[first].number], separator, width
    )
    if named_on is not None and separator != " ":
        named = max((k + 1 for k, name in enumerate(names) if name), default=0)
        width = max(width, named)
    rows = [_padded(text, line, width, decimal) for line in table[first:] if any(line.cells)]
    names, units = _filled(names, width), _filled(units, width)
    _refuse_decimal_commas(text, names, rows, separator, named_on)
    lines = {line.number: "above the table" for line in above if named_on is None or line.number < named_on}
    lines |= {line.number: "header line, not used" for line in above if line.number not in lines}
    lines |= {row.number: "read" for row in rows}
    lines |= {line.number: "blank" for line in table[first:] if not any(line.cells)}
    if named_on is not None:
        lines[named_on] = "column names"
    if units_on is not None:
        lines[units_on] = "units"
    kept = [k for k in range(width) if names[k] or any(row.cells[k] for row in rows)]
    return Sheet(
        text,
        _SEPARATORS.get(separator, f"'{separator}'"),
        decimal,
        tuple(names[k] for k in kept),
        tuple(units[k] for k in kept),
        named_on,
        tuple(Line(row.number, tuple(row.cells[k] for k in kept)) for row in rows),
        tuple(k + 1 for k in kept),
        number,
        lines,
    )


def _damaged(table: Sequence[Line], k: int, width: int, decimal: str, separator: str) -> bool:
    """Whether a line above the first row is a row with a fault: a number among its cells, and no name or unit."""
    cells = table[k].cells
    if (
        (separator == " " and len(cells) != width)
        or _width(cells) > width
        or _numbers(cells[:2], decimal) != 1
        or _width(cells) < 2
    ):
        return False
    found = score(cells)
    below_names = any(_are_names(line.cells) for line in table[:k])
    return below_names and not found.names and not found.units


def _are_coefficients(sheet: Sheet) -> bool:
    """Whether a table holds the coefficients of a fit, by its names or by a column of the letters a, b, c."""
    names = [name.strip() for name in sheet.names]
    letters = "".join(name.lower() for name in names if re.fullmatch(r"[a-z]|[abc]_?\d", name, re.IGNORECASE))
    cells = [" ".join(column).lower() for column in zip(*(row.cells for row in sheet.rows), strict=True)]
    has_words = any(_COEFFICIENTS.search(name) for name in names) or any(map(_COEFFICIENTS.search, cells))
    runs = (
        "abc" in letters or "a0a1" in letters.replace("_", "") or any(re.match(r"a b c\b", c) for c in cells)
    )
    has_T = any(read_heading(name).role == TEMPERATURE for name in names)
    return (runs or has_words) and not has_T


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
            # names and titles hold spaces too: these separate columns only where nothing else does nearly as well
            if total > most * (1 + 1e-9 if separator != " " else 1.2):
                best, most = (separator, decimal), total
    return best


def _cells(line: str, separator: str) -> tuple[str, ...]:
    if separator == " ":
        clock = re.sub(r"(\d:\d\d(?::\d\d)?)\s+([AaPp]\.?[Mm]\b)", r"\1_\2", line.replace('"', " "))
        return tuple(clock.split())
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


def _refuse_transposed(text: Text, table: Sequence[Line], decimal: str) -> None:
    """Refuse a table whose temperatures stand in a line, with or without names at the beginning of the lines."""
    rows = [line for line in table if _numbers(line.cells, decimal) >= 2]
    named = all(not weight(line.cells[0], decimal) for line in rows)
    for line in rows:
        if named and read_heading(line.cells[0]).role == TEMPERATURE:
            raise text.fail(
                "the temperatures stand in a line; transpose the table, so that each temperature has a line of its own",
                line.number,
            )
    if rows == list(table) and len(rows) < 4 and min(_width(line.cells) for line in rows) > 5:
        raise text.fail(
            f"{len(rows)} lines of {_width(rows[0].cells)} numbers without names; if the temperatures stand in a line, "
            "transpose the table, else name the columns",
            rows[0].number,
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
) -> tuple[list[str], list[str], int | None, int | None]:
    """Return names and units of the columns, and the lines of both."""
    block: list[Line] = []
    below = next((k for k, line in enumerate(reversed(above)) if _width(line.cells) > 1), 0)
    if below and not (_width(above[-1 - below].cells) >= width and _are_names(above[-1 - below].cells)):
        below = 0  # no title between the names and the rows
    for line in above[len(above) - 1 - below :: -1] if above else ():
        if _width(line.cells) < 2 or _width(line.cells) > max(width, 2) + 20 or len(block) == 4:
            break
        block.insert(0, line)
    if not block:
        block = _commented(comments, separator, width)
    if not block:
        return [""] * width, [""] * width, None, None
    scores = [score(line.cells) for line in block]
    units_in = [sum(bool(read_heading(cell).unit) for cell in line.cells if cell) for line in block]
    named = max(range(len(block)), key=lambda k: (scores[k].names, units_in[k], k)) if block else 0
    others = [k for k in range(len(block)) if k != named and scores[k].units > 0 and not scores[k].names]
    units = block[max(others, key=lambda k: (scores[k].units, -abs(k - named)))] if others else None
    wide = max(width, _width(block[named].cells)) if len(block[named].cells) < 200 else width
    return (
        _filled(block[named].cells, wide),
        _filled(units.cells if units else (), wide),
        block[named].number,
        units.number if units else None,
    )


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

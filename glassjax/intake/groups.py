"""Columns that divide the rows of a file into groups: by sample, field, run, direction or pressure."""

import itertools
import re
from collections.abc import Sequence

import numpy as np

from ..errors import DataError
from .columns import Columns, Doubt, Progress
from .headers import CODE, LIMITS, OTHER, TEMPERATURE, Heading
from .sheet import Line
from .spelling import UnclearNumber, is_missing, number, short

_LISTED = 8
# columns that divide by their names, whatever T their rows have
_NAMED = re.compile(
    r"(?<![^\W_])(?:sample|specimen|probe|id|run|lauf|messung|serie|series|batch|charge|sweep|cycle|zyklus|field|feld|"
    r"magnetic|magnetfeld|b|h|μ0h|µ0h|μ₀h|µ₀h|hdc|bz|pressure|druck|p|direction|richtung|heating|cooling|operator|dose|"
    r"annealing|setup|cell|thermometer|label|name|group|set|curve|dataset|orientation|composition)(?![^\W\d_]|\d{2})",
    re.IGNORECASE,
)
# words of a line between rows that say of what the next ones are
DIVIDES = re.compile(
    r"(?<![^\W_])(?:samples?|specimen|probe|run|lauf|messung|batch|charge|sweep|field|feld|pressure|druck|heating|"
    r"cooling|warming|cooldown|warmup|abkühl\w*|aufwärm\w*|μ0h|µ0h|[bh]\s*=)(?![^\W\d_])",
    re.IGNORECASE,
)
_TIMES = re.compile(r"time|date|datum|zeit|uhr|stamp|hour|stunde|elapsed", re.IGNORECASE)
_STATES = re.compile(r"status|code|time\s*const|iterations?", re.IGNORECASE)
_COUNTERS = re.compile(
    r"^\W*(?:n|no|nr|num|number|index|row|line|point|i|#|zeile|messpunkt|punkt|count)\W*$", re.IGNORECASE
)
_REMARKS = re.compile(r"remark|comment|note|bemerkung|kommentar|notiz|anmerkung|commentaire", re.IGNORECASE)
_CLOCK = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?|\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?[\s_]*(?:[AaPp]\.?[Mm]\.?)?"
)
# unit -> differences below it are noise of the reading or vacuum
_NOISE = {"oe": 20.0, "oersted": 20.0, "g": 20.0, "gauss": 20.0, "t": 2e-3, "tesla": 2e-3, "koe": 0.02}
_NOISE |= {"torr": 1.0, "mbar": 1.0, "pa": 100.0, "mtorr": 1e3}
_FIELDS = {"oe", "oersted", "koe", "t", "tesla", "gauss", "g", "gpa", "mpa", "kbar"}
_NEAR = 1e-3  # of the largest: a setpoint that is held


def rows_where(
    state: Progress, headings: Sequence[Heading], where: Sequence[tuple[str, str]], lenient: bool
) -> tuple[list[Line], tuple[str, ...]]:
    """Return the rows that ``where`` takes, and the columns it named.

    Several values of one column add up; of several columns all must hold. ``*`` takes every row. Where ``lenient``, a
    column that the file has not is passed over.
    """
    rows, wanted = list(state.sheet.rows), {}
    for name, value in where:
        index = _index(state, headings, name, lenient)
        if index is not None:
            wanted.setdefault(index, (name, []))[1].append(value)
    for index, (name, values) in wanted.items():
        if "*" in values:
            continue
        labels, groups = _groups(state, headings[index], rows, index)
        if not groups:
            groups = sorted(set(labels := [row.cells[index] for row in rows]))
        taken = {
            label for value in values for label in groups if _same(label, value, groups, state.sheet.decimal)
        }
        missing = [
            value for value in values if not any(_same(g, value, groups, state.sheet.decimal) for g in groups)
        ]
        if missing:
            raise DataError(
                f"{state.sheet.text.path}: no row has {name}={missing[0]}; there are {_counted(labels, groups)}"
            )
        out = [row for row, label in zip(rows, labels, strict=True) if label not in taken]
        rows = [row for row, label in zip(rows, labels, strict=True) if label in taken]
        listed = " or ".join(value or "empty" for value in values)
        state.leave_out([row.number for row in out], f"{name} is not {listed}")
        state.notes.append(f"{name} is {listed}: {_rows(len(rows))}")
    return rows, tuple(name for name, _ in wanted.values())


def drop_failed_rows(state: Progress, headings: Sequence[Heading], rows: list[Line]) -> list[Line]:
    """Leave out the rows of which an instrument says by a code that they failed; say where all have one."""
    for index in (k for k, heading in enumerate(headings) if heading.role == CODE):
        found = [row for row in rows if _number(state, row.cells[index]) not in (None, 0.0)]
        if len(found) == len(rows):
            state.warnings.append(f"all rows have a '{headings[index].text}' other than 0: is that meant?")
        elif found:
            codes = ", ".join(sorted({row.cells[index] for row in found}))
            state.leave_out([row.number for row in found], f"'{headings[index].text}' is {codes}", warn=True)
            out = {row.number for row in found}
            rows = [row for row in rows if row.number not in out]
    return rows


def choose_group(
    state: Progress, columns: Columns, rows: list[Line], T: np.ndarray, settled: Sequence[str]
) -> list[Line] | None:
    """Ask which rows (n,) at ``T`` (n,) to take where a column divides them; None if there is nothing to choose."""
    used = set(columns.roles.values())
    for index, heading in enumerate(columns.headings):
        if index in used or heading.role in ("error", CODE, LIMITS, OTHER, TEMPERATURE):
            continue
        name = heading.text
        if any(_fits(name, other, state.sheet.numbers[index]) for other in settled):
            continue
        if heading.role:
            continue
        labels, groups = _groups(state, heading, rows, index, T)
        if len(groups) < 2:
            continue
        short_name = _bare(name) or name
        what = (
            f"{state.sheet.text.path}: the column '{name}' divides the rows: {_counted(labels, groups)}; "
            "rows of different things are never averaged"
        )
        example = next(group for group in groups if group)
        answer = state.decide(
            Doubt(what, f"--where '{short_name}={example}', or '{short_name}=*' if they belong together")
        )
        value = answer.partition("=")[2] if "=" in answer else answer
        return rows_where(state, columns.headings, [(name, value.strip(" '"))], False)[0]
    return None


def _index(state: Progress, headings: Sequence[Heading], name: str, lenient: bool) -> int | None:
    for k, heading in enumerate(headings):
        if _fits(heading.text, name, state.sheet.numbers[k]):
            return k
    if lenient:
        return None
    listed = ", ".join(f"'{heading.text}'" for heading in headings)
    raise DataError(f"{state.sheet.text.path}: --where: there is no column '{name}'; there are {listed}")


def _fits(text: str, name: str, number: int) -> bool:
    wanted = " ".join(name.split()).lower()
    return wanted in (text.lower(), _bare(text).lower(), str(number))


def _bare(text: str) -> str:
    return re.split(r"[\[(/]", text)[0].strip()


def _groups(
    state: Progress, heading: Heading, rows: Sequence[Line], index: int, T: np.ndarray | None = None
) -> tuple[list[str], list[str]]:
    """Return the group of each row by one column, and the groups; one group or none where it does not divide."""
    cells = [row.cells[index].strip() for row in rows]
    filled = [cell for cell in cells if not is_missing(cell)]
    numbers = [_number(state, cell) for cell in cells]
    if not filled:
        return cells, []
    if sum(x is not None for x in numbers) == len(filled):
        return _numeric(heading, cells, numbers, T)
    named = _NAMED.search(heading.text) is not None and not _REMARKS.search(heading.text)
    if _TIMES.search(heading.text) or sum(bool(_CLOCK.fullmatch(cell)) for cell in filled) > len(filled) / 2:
        return cells, []
    if (
        len(filled) < len(cells)
        and cells[0]
        and (named or not _REMARKS.search(heading.text))
        and _merged(cells)
    ):
        for k in range(1, len(cells)):  # a cell over several rows
            cells[k] = cells[k] or cells[k - 1]
        filled = cells
    kinds = list(dict.fromkeys(cells))
    some = len(set(filled)) + (len(filled) < len(cells))
    sparse = len(filled) < len(cells)
    if sparse and not named and (len(filled) < max(3, len(cells) / 4) or len(set(filled)) > len(filled) / 2):
        return cells, []  # remarks
    if not named and some > max(len(cells) / 2, 1):
        return cells, []
    folded = {kind.lower(): kind for kind in reversed(kinds)}
    cells = [folded[cell.lower()] for cell in cells]
    return cells, list(dict.fromkeys(cells))


def _merged(cells: Sequence[str]) -> bool:
    """Whether a text stands in the first of several rows each, as in cells joined over rows."""
    starts = [k for k, cell in enumerate(cells) if cell]
    lengths = np.diff([*starts, len(cells)])
    return len(starts) > 1 and bool(lengths.min() >= 2)


def _numeric(
    heading: Heading, cells: Sequence[str], numbers: Sequence[float | None], T: np.ndarray | None
) -> tuple[list[str], list[str]]:
    x = np.array([np.nan if value is None else value for value in numbers])
    known = np.isfinite(x)
    bare = heading.text
    named = _NAMED.search(_bare(bare)) is not None
    if (
        _TIMES.search(bare)
        or (_STATES.search(bare) and not named)
        or (_COUNTERS.match(_bare(bare)) and len(set(cells)) == len(cells))
    ):
        return list(cells), []
    noise = _NOISE.get(heading.unit.strip(" []()").lower(), 0.0) if named else 0.0
    labels = _clusters(x, known, noise, exact=named and bool(np.all(x[known] % 1 == 0)) and not noise)
    kinds = list(dict.fromkeys(labels))
    counts = [labels.count(kind) for kind in kinds]
    if T is None:
        return labels, kinds
    # a field that differs from row to row by more than its noise is no noise
    field = named and heading.unit.strip(" []()").lower() in _FIELDS
    if len(kinds) < 2 or (len(kinds) > len(cells) / 2 and not field) or (not named and min(counts) < 2):
        return labels, []
    if not named and (np.all(np.diff(x) > 0) or np.all(np.diff(x) < 0) or not _overlapping(labels, kinds, T)):
        return labels, []
    return labels, kinds


def _clusters(x: np.ndarray, known: np.ndarray, noise: float, exact: bool) -> list[str]:
    """Label each value by its cluster: equal ones, or values far closer to one another than to those of others."""
    order = np.sort(np.unique(x[known]))
    largest = float(np.max(np.abs(order)))
    near = 0.0 if exact else max(_NEAR * largest, noise)
    if len(order) > 1 and near:
        steps = np.diff(order)
        split = steps > near
        group = np.concatenate([[0], np.cumsum(split)])
        centre = [float(np.median(order[group == k])) for k in range(group[-1] + 1)]
    else:
        group, centre = np.arange(len(order)), order.tolist()
    text = []
    for value, there in zip(x, known, strict=True):
        at = int(group[np.searchsorted(order, value)]) if there else -1
        text.append(short(_round(centre[at], near), 6) if there else "")
    return text


def _round(value: float, near: float) -> float:
    """Round a centre of a cluster to what its noise leaves of it."""
    if not near or value == 0:
        return value
    if abs(value) <= near:
        return 0.0
    digits = -int(np.floor(np.log10(near)))
    rounded = round(value, digits)
    return rounded if rounded else value


def _overlapping(labels: Sequence[str], kinds: Sequence[str], T: np.ndarray) -> bool:
    """Whether the temperatures of two groups overlap, so that the groups are no parts of one curve."""
    names = np.array(labels)
    ranges = sorted((float(T[names == kind].min()), float(T[names == kind].max())) for kind in kinds)
    return any(second[0] < first[1] * (1 - 1e-3) for first, second in itertools.pairwise(ranges))


def _same(label: str, value: str, groups: Sequence[str], decimal: str) -> bool:
    wanted = value.strip().strip("'\"")
    if label.lower() == wanted.lower():
        return True
    try:
        a, b = float(label), float(wanted.replace(",", "."))
    except ValueError:
        return False
    try:
        others = [float(group) for group in groups if group]
    except ValueError:
        return False
    nearest = min(others, key=lambda other: abs(other - b))
    return a == nearest and abs(a - b) <= 0.02 * max(abs(b), max(map(abs, others)) * 1e-3)


def _counted(labels: Sequence[str], groups: Sequence[str]) -> str:
    listed = [f"{group or '(empty)'} ({_rows(labels.count(group))})" for group in groups[:_LISTED]]
    if len(groups) > _LISTED:
        return ", ".join(listed) + f" and {len(groups) - _LISTED} more"
    return ", ".join(listed[:-1]) + f" and {listed[-1]}" if len(listed) > 1 else listed[0]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _number(state: Progress, cell: str) -> float | None:
    if is_missing(cell):
        return None
    try:
        return number(cell, state.sheet.decimal)
    except UnclearNumber:
        return None

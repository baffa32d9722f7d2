"""From a spreadsheet export to a `Measurement`: what was read, what was done to it, and what looks wrong."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..datasets.measurement import Measurement
from ..datasets.reader import read_measurement
from ..errors import DataError, GlassjaxError
from ..quantities import QUANTITIES
from .columns import (
    Columns,
    Decide,
    Doubt,
    Progress,
    choose_columns,
    choose_table,
    has_column,
    has_quantity,
    take_guesses,
)
from .conversion import (
    Amount,
    errors_in_kelvin,
    in_kelvin,
    scale_error,
    si_factor,
    standard_errors,
    with_errors_of_T,
)
from .file_text import Text, is_workbook, read_text, read_workbook
from .groups import DIVIDES, choose_group, drop_failed_rows, rows_where
from .headers import TEMPERATURE
from .known_quantities import times_usual
from .rows import (
    Numbers,
    Rows,
    averaged,
    count_sweeps,
    disagreement,
    drop_impossible_rows,
    read_numbers,
    sweeps,
    thinned,
)
from .sheet import find_tables
from .spelling import short

# Lines that the project's own reader understands, and that nobody writes by chance.
_KEYS = re.compile(r"#\s*(?:quantity|class|relative_error|scale_error|degrees_of_freedom)\s*:\s*\S")
# notes that go with the data
_KEPT_NOTES = (
    "averaged",
    "left out",
    "table ",
    "sheet '",
    "divided",
    "a third",
    "mean of",
    "local slope",
    "common to all",
)
_COUNTED_COLUMNS = (
    "block",
    "sweep",
)  # columns that no file has: what stands between empty lines, and between turns of T

FEWEST = 5  # rows, below which a fit says little


@dataclass(frozen=True)
class Reading:
    """One quantity as read from one file.

    Attributes
    ----------
    path : Path
        The export.
    measurement : Measurement
        In SI, sorted, no temperature twice; its ``origin`` names the file, its hash and what was converted.
    unit, temperature_unit : str
        Units in the file.
    rows : int
        Rows of numbers in the file, before any was left out or averaged.
    notes, warnings : tuple of str
        What was done, and what looks wrong; a sentence each, without the file's name.
    columns : dict of str to str
        Names of the columns that were used, by what they are: ``T``, ``value``, ``its error`` …
    aside : tuple of str
        Names of the columns that were not used.
    lines : tuple of (int, int, str)
        First and last line of each run of lines of the file, and what they are: ``read``, ``column names``,
        ``left out: …``. Every line of the file is in one of them.
    sheet : str
        Sheet of a workbook.
    used : tuple of str
        Columns by which rows were chosen.
    """

    path: Path
    measurement: Measurement
    unit: str
    temperature_unit: str
    rows: int
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)
    aside: tuple[str, ...] = ()
    lines: tuple[tuple[int, int, str], ...] = ()
    sheet: str = ""
    used: tuple[str, ...] = ()


def size_warnings(quantity: str, T: np.ndarray, value: np.ndarray, unit: str) -> list[str]:
    """Say where values (n,) in SI at ``T`` (n,) in K are unlike those of any glass, or few."""
    found, odd = [], QUANTITIES[quantity].odd
    times = times_usual(quantity, T, value)
    if not 1 / odd < times < odd:
        how = f"{short(times)} times what" if times > 1 else f"one {short(1 / times)}th of what"
        found.append(f"{quantity} is {how} glasses have: is {unit} right, and is T?")
    if len(T) < FEWEST:
        found.append(f"only {'one row' if len(T) == 1 else f'{len(T)} rows'}: a fit will say little")
    return found


def read_spreadsheet(
    path: str | Path,
    quantity: str,
    *,
    unit: str | None = None,
    temperature_unit: str | None = None,
    error_unit: str | None = None,
    column: str | None = None,
    temperature_column: str | None = None,
    error_column: str | None = None,
    molar_mass: float | None = None,
    sample_mass: float | None = None,
    density: float | None = None,
    where: Sequence[tuple[str, str]] = (),
    table: int | None = None,
    sheet: str | None = None,
    lenient: bool = False,
    decide: Decide = take_guesses,
) -> Reading:
    """Read one quantity from a spreadsheet export.

    Parameters
    ----------
    path : str or Path
        A CSV file in any dialect (see `find_tables` and `read_text`), or a workbook (.xlsx). One with header lines of
        the project's own format is read by `glassjax.read_measurement`.
    quantity : {"kappa", "heat-capacity", "expansion"}
    unit, temperature_unit : str, optional
        Units of the values and of T; from the column names if not given.
    error_unit : str, optional
        Unit of the errors, or ``%``, ``fraction`` or ``absolute``, which is the unit of the values.
    column, temperature_column, error_column : str, optional
        Names of the columns as the file has them, or their numbers; ``none`` for errors that are not to be used.
    molar_mass, sample_mass, density : float, optional
        In g/mol, kg and kg/m³, for a heat capacity per mole, of the whole sample, or per volume.
    where : sequence of (str, str), optional
        Columns and values: only such rows are taken. Several values of one column add up; ``*`` takes all rows. The
        column ``block`` counts what empty lines and remarks set apart, ``sweep`` the sweeps of T up and down.
    table : int, optional
        Number of the table, where the file has several.
    sheet : str, optional
        Sheet of a workbook; the first that has the quantity if not given.
    lenient : bool
        Whether columns in ``where``, a table, a sheet and a column of errors that the file has not are passed over,
        and the unit of errors that have one by their name.
    decide : callable
        Settles what the file does not say; by default it takes the likely answer and refuses where there is none.

    Raises
    ------
    DataError
        Naming the file, the line and the remedy.
    """
    path = Path(path)
    if is_workbook(path):
        chosen, text = _of_workbook(path, quantity, column, sheet, lenient)
    else:
        if sheet is not None and not lenient:
            raise GlassjaxError(f"--sheet: {path} is no workbook; leave the option out")
        chosen, text = "", read_text(path)
        if any(_KEYS.match(line) for line in text.lines):
            options = {
                f"--{QUANTITIES[quantity].option}-unit": unit,
                f"--{QUANTITIES[quantity].option}-column": column,
                "--temperature-unit": temperature_unit,
                "--temperature-column": temperature_column,
                "--error-unit": error_unit,
                "--error-column": error_column,
                "--where": where,
                "--table": table,
            }
            return _read_own(
                text, quantity, molar_mass, [name for name, value in options.items() if value], lenient
            )
    tables = find_tables(text)
    number = None if lenient and table is not None and all(t.number != table for t in tables) else table
    state = Progress(choose_table(tables, quantity, column, number), quantity, decide)
    if chosen:
        state.notes.append(f"sheet '{chosen}' of the workbook")
    if len(tables) > 1:
        state.notes.append(f"table {state.sheet.number} of {len(tables)}: {state.sheet.span}")
    if lenient and error_column != "none" and not has_column(state.sheet, error_column):
        error_column = None
    columns = choose_columns(
        state.sheet, quantity, decide, value=column, temperature=temperature_column, error=error_column
    )
    if lenient and columns.error is not None and columns.headings[columns.error].unit:
        error_unit = None
    _note_dialect(state, columns)
    total = len(state.sheet.rows)
    numbers, T, unit_of_T, used = _chosen(state, columns, where, temperature_unit, lenient)
    state.notes += [
        f"all of one thing, as the option says: {name}" for name, v in where if v == "*" and name in used
    ]
    amount = Amount(molar_mass, sample_mass, density)
    numbers = _with_T(numbers, T)
    factor, unit_read = si_factor(state, columns, numbers.T, numbers.value, unit, amount)
    numbers = drop_impossible_rows(state, numbers)
    value = numbers.value * factor("")
    error, assumed = standard_errors(state, columns, numbers, value, factor, error_unit)
    shared = scale_error(state, columns, numbers, value, factor)
    error = with_errors_of_T(
        state, numbers.T, value, error, errors_in_kelvin(state, columns, numbers, numbers.T, unit_of_T)
    )
    read = Rows(numbers.T, value, error)
    _refuse_disagreement(state, numbers, read, where, columns)
    count, rows = count_sweeps(read.T), averaged(read, assumed)
    _note_repeats(state, read, rows, count)
    thin = thinned(rows, assumed)
    if len(thin.T) < len(rows.T):
        state.notes.append(f"{len(rows.T)} rows averaged to {len(thin.T)}, in equal steps of ln T")
    state.warnings += size_warnings(quantity, thin.T, thin.value, unit_read)
    return Reading(
        path,
        _measurement(state, thin, unit_read, unit_of_T, shared),
        unit_read,
        unit_of_T,
        total,
        tuple(state.notes),
        tuple(state.warnings),
        {role: columns.headings[k].text for role, k in columns.roles.items()},
        columns.aside,
        state.lines(),
        chosen,
        used,
    )


def _read_own(
    text: Text, quantity: str, molar_mass: float | None, options: Sequence[str], lenient: bool
) -> Reading:
    """Read a file whose comments are header lines of `glassjax.read_measurement`, by that.

    Raises
    ------
    DataError
        If the header says one thing and the columns another, or an option is given that it leaves no room for.
    """
    if options and not lenient:
        raise text.fail(
            f"the header lines of glassjax's own format say all about the file; leave out {options[0]}"
        )
    data = read_measurement(text.path, quantity=quantity, molar_mass=molar_mass)
    origin = f"{data.origin}; {text.path.name}, sha256 {text.sha256}".removeprefix("; ")
    notes = ["in the format of glassjax, whose header gives class and errors"]
    notes += [f"{option} is not used for it" for option in options]
    warnings = size_warnings(quantity, data.temperature, data.value, data.unit)
    warnings += [data.note] if "no error given" in data.note else []
    return Reading(
        text.path,
        replace(data, origin=origin),
        data.unit,
        "K",
        len(data),
        tuple(notes),
        tuple(warnings),
        lines=Progress(find_tables(text)[0], quantity, take_guesses).lines(),
    )


def _of_workbook(
    path: Path, quantity: str, column: str | None, wanted: str | None, lenient: bool
) -> tuple[str, Text]:
    """Return name and text of the sheet of a workbook that is asked for, or else of the first that has the quantity."""
    sheets = read_workbook(path)
    named = next(
        (name for name in sheets if wanted is not None and name.lower() == wanted.strip().lower()), None
    )
    if named is None and wanted is not None and not lenient:
        listed = ", ".join(f"'{name}'" for name in sheets)
        raise DataError(f"{path}: --sheet: there is no sheet '{wanted}' with a table; there are {listed}")
    if named is not None:
        return named, sheets[named]
    readable, having = [], []
    for name, text in sheets.items():
        try:
            tables = find_tables(text)
        except DataError:
            continue
        readable.append(name)
        if any(has_quantity(table, quantity, column) for table in tables):
            having.append(name)
    name = (having or readable or list(sheets))[0]
    if len(having) > 1:
        others = ", ".join(f"'{other}'" for other in having[1:])
        note = f"{quantity} is in the sheets {others} too, which --sheet takes instead"
        return name, replace(sheets[name], notes=(*sheets[name].notes, note))
    return name, sheets[name]


def _chosen(
    state: Progress, columns: Columns, where: Sequence[tuple[str, str]], unit: str | None, lenient: bool
) -> tuple[Numbers, np.ndarray, str, tuple[str, ...]]:
    """Return the rows of one thing as numbers, temperatures in K, the unit of those, and the columns that chose."""
    own = {heading.text.strip().lower() for heading in columns.headings}
    made_up = [name for name in _COUNTED_COLUMNS if name not in own]
    of_file = [(name, value) for name, value in where if name.strip().lower() not in made_up]
    rows, used = rows_where(state, columns.headings, of_file, lenient)
    rows = drop_failed_rows(state, columns.headings, rows)
    numbers = read_numbers(state, columns, rows)
    settled = [name for name, _ in of_file]
    before = len(state.notes)
    T, unit_of_T = in_kelvin(state, columns, numbers, unit)
    taken = choose_group(state, columns, list(numbers.lines), T, settled)
    if taken is not None:
        del state.notes[before:]
        chosen = {line.number for line in taken}
        keep = np.array([line.number in chosen for line in numbers.lines])
        numbers = numbers.rows(keep)
        T, unit_of_T = in_kelvin(state, columns, numbers, unit)
    for name, label in (("block", _blocks(state, numbers)), ("sweep", sweeps(T))):
        values = [value for other, value in where if other.strip().lower() == name and name in made_up]
        if values and "*" not in values:
            keep = np.isin(label.astype(str), values)
            if not keep.any():
                raise DataError(
                    f"{state.sheet.text.path}: --where: there is no {name} {values[0]}; there are {label.max()}"
                )
            out = [line.number for line, good in zip(numbers.lines, keep, strict=True) if not good]
            state.leave_out(out, f"{name} is not {' or '.join(values)}")
            numbers, T = numbers.rows(keep), T[keep]
        used += (name,) if values else ()
    return numbers, T, unit_of_T, used


def _with_T(numbers: Numbers, T: np.ndarray) -> Numbers:
    return replace(numbers, T=T)


def _blocks(state: Progress, numbers: Numbers) -> np.ndarray:
    """Return the number of the block of each row; empty lines, comments and lines of text set blocks apart."""
    label, number, last = [], 1, None
    apart = {
        i
        for i, what in state.sheet.lines.items()
        if what in ("blank", "comment") or what.startswith("left out: no numbers")
    }
    for line in numbers.lines:
        if last is not None and any(i in apart for i in range(last + 1, line.number)):
            number += 1
        label.append(number)
        last = line.number
    return np.array(label)


def _refuse_disagreement(
    state: Progress, numbers: Numbers, rows: Rows, where: Sequence[tuple[str, str]], columns: Columns
) -> None:
    """Refuse rows that no column sets apart and that yet are of different things."""
    settled = {name.strip().lower() for name, value in where if value == "*"}
    blocks, turns = _blocks(state, numbers), sweeps(rows.T)
    between = _titles(state, numbers, blocks, rows.T)
    if between and "block" not in settled:
        what = f"{state.sheet.text.path}: {between} sets the rows apart into {blocks.max()} blocks"
        answer = state.decide(Doubt(what, "--where block=1, or 'block=*' if they belong together"))
        if answer.partition("=")[2] != "*" and answer != "*":
            raise DataError(f"{what}; give --where block={answer.rpartition('=')[2]}")
    name, label = ("block", blocks) if blocks.max() > 1 and turns.max() < 2 else ("sweep", turns)
    if settled & {"block", "sweep"}:
        return
    found = disagreement(rows, label, not QUANTITIES[state.quantity].logarithmic)
    if found:
        what = f"{state.sheet.text.path}: several measurements disagree beyond their errors: {found}"
        several = f"--where {name}=1 to take one, or, to average them, " if label.max() > 1 else ""
        answer = state.decide(Doubt(f"{what}; correct the rows", f"{several}--where '{name}=*'"))
        if "*" not in answer:
            raise DataError(f"{what}; give --where {name}={answer.rpartition('=')[2]}")


def _titles(state: Progress, numbers: Numbers, label: np.ndarray, T: np.ndarray) -> str:
    """Return a line between blocks of overlapping temperatures that says of what the next block is; or nothing."""
    for k in range(1, len(label)):
        if label[k] == label[k - 1]:
            continue
        before, after = T[label == label[k - 1]], T[label == label[k]]
        if min(before.max(), after.max()) <= max(before.min(), after.min()):
            continue
        for i in range(numbers.lines[k - 1].number + 1, numbers.lines[k].number):
            line = state.sheet.text.lines[i - 1].strip()
            title = state.sheet.lines.get(i, "").startswith("left out: no numbers")
            if len(line) < 80 and (title or DIVIDES.search(line)):
                return f"line {i} ('{line[:40]}')"
    return ""


def _note_dialect(state: Progress, columns: Columns) -> None:
    sheet = state.sheet
    mark = "decimal commas" if sheet.decimal == "," else "decimal points"
    if sheet.text.separator:
        state.notes += sheet.text.notes
    else:
        state.notes.append(f"{sheet.text.encoding}, columns set apart by {sheet.separator}, {mark}")
        state.notes += sheet.text.notes
    texts = {role: columns.headings[k].text for role, k in columns.roles.items()}
    pairs = ", ".join(
        f"{state.quantity if role == 'value' else role} from '{text}'" for role, text in texts.items()
    )
    state.notes.append(pairs + (f"; left aside: {', '.join(columns.aside)}" if columns.aside else ""))
    used = set(columns.roles.values())
    for k, heading in enumerate(columns.headings):
        if heading.role == "error" and heading.of == TEMPERATURE and k not in used:
            state.notes.append(
                f"'{heading.text}' is not used: it may be a difference of temperatures, and no error of T"
            )
    if sheet.named_on is None:
        state.warnings.append("no column names: the columns are taken as T, value and error, in this order")
    unused = {i: what for i, what in sheet.lines.items() if what == "header line, not used"}
    for i, what in unused.items():
        state.notes.append(f"line {i}: {what}")


def _note_repeats(state: Progress, read: Rows, rows: Rows, sweeps: int) -> None:
    repeated = len(read.T) - len(rows.T)
    if sweeps > 1:
        state.notes.append(f"{sweeps} sweeps up and down" + ("" if repeated else ", no temperature twice"))
    if repeated:
        state.notes.append(f"temperatures occur more than once: {len(read.T)} rows averaged to {len(rows.T)}")
        nearest = np.clip(np.searchsorted(rows.T, read.T), 1, max(len(rows.T) - 1, 1))
        left, right = rows.T[nearest - 1], rows.T[np.minimum(nearest, len(rows.T) - 1)]
        index = np.where(np.abs(read.T - left) <= np.abs(read.T - right), nearest - 1, nearest)
        index = np.minimum(index, len(rows.T) - 1)
        apart = np.abs(read.value - rows.value[index]) > 3 * read.error
        if apart.mean() > 0.1:
            state.warnings.append(
                f"{int(apart.sum())} of the rows averaged differ from their average by more than three errors: "
                "do the sweeps agree?"
            )


def _measurement(state: Progress, rows: Rows, unit: str, unit_of_T: str, shared: float) -> Measurement:
    si = QUANTITIES[state.quantity].unit
    converted = [f"{unit} to {si}"] if unit != si else []
    converted += [f"{unit_of_T} to K"] if unit_of_T != "K" else []
    text = state.sheet.text
    origin = f"{text.path.name}, sha256 {text.sha256}" + (
        f"; converted: {', '.join(converted)}" if converted else ""
    )
    remarks = [note for note in state.notes if any(word in note for word in _KEPT_NOTES)]
    remarks += [note for note in state.warnings if "left out" in note or "assumed" in note or "taken" in note]
    return Measurement(
        name=text.path.stem,
        quantity=state.quantity,
        temperature=rows.T,
        value=rows.value,
        error=rows.error,
        origin=origin,
        note="; ".join(remarks),
        scale_error=shared,
    )

"""Which columns of a sheet hold temperature, value and error, and what is known of a file while it is read."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..errors import DataError, suggest
from ..quantities import QUANTITIES
from .headers import LIMITS, OTHER, TEMPERATURE, Heading, read_heading
from .sheet import Sheet
from .spelling import is_unit, kelvin_unit


@dataclass(frozen=True)
class Doubt:
    """Something that a file does not say.

    Attributes
    ----------
    what : str
        What is in doubt, a clause that names the file.
    option : str
        Option of ``glassjax new`` that settles it.
    guess : str or None
        The likely answer.
    why : str
        What the guess rests on.
    """

    what: str
    option: str
    guess: str | None = None
    why: str = ""


_DIFFERENCE = re.compile(r"(?:Δ|δ|∆|d|delta)[\s_]*[^\W\d_]", re.IGNORECASE)
Decide = Callable[[Doubt], str]


def take_guesses(doubt: Doubt) -> str:
    """Settle a doubt by its guess; without one, refuse."""
    if doubt.guess is None:
        raise DataError(f"{doubt.what}; give {doubt.option}")
    return doubt.guess


_LISTED = 8  # lines that a note names one by one


@dataclass
class Progress:
    """A sheet, the quantity wanted of it, who settles doubts, the notes and warnings so far, and what each line is."""

    sheet: Sheet
    quantity: str
    decide: Decide
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def option(self) -> str:
        """Option that gives the unit of the values."""
        return f"--{QUANTITIES[self.quantity].option}-unit"

    def leave_out(self, numbers: Sequence[int], why: str, warn: bool = False) -> None:
        """Leave lines out, and say why."""
        if numbers:
            self.sheet.lines.update(dict.fromkeys(numbers, f"left out: {why}"))
            (self.warnings if warn else self.notes).append(f"{named_lines(numbers)} left out: {why}")

    def lines(self) -> tuple[tuple[int, int, str], ...]:
        """Return first and last line of each run of lines, and what they are."""
        runs: list[tuple[int, int, str]] = []
        for i, what in sorted(self.sheet.lines.items()):
            if runs and runs[-1][2] == what:
                runs[-1] = (runs[-1][0], i, what)
            else:
                runs.append((i, i, what))
        return tuple(runs)


def named_lines(numbers: Sequence[int]) -> str:
    """Name lines of the file: ``line 7``, ``lines 7, 9 and 12``."""
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    if len(numbers) > _LISTED:
        return f"{len(numbers)} lines ({', '.join(map(str, numbers[:3]))} … {numbers[-1]})"
    return f"lines {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


@dataclass(frozen=True)
class Columns:
    """Indices of the columns that matter, their headings, and the headings that are left aside.

    ``error`` is that of the rows, ``systematic`` that of the measurement as a whole; ``upper`` and ``lower`` are the
    two sides of an error that has no other column; ``of_T`` is the error of the temperature.
    """

    headings: tuple[Heading, ...]
    temperature: int
    value: int
    error: int | None = None
    systematic: int | None = None
    upper: int | None = None
    lower: int | None = None
    of_T: int | None = None

    @property
    def roles(self) -> dict[str, int]:
        """Columns that are used, by what they are."""
        found = {
            "T": self.temperature,
            "value": self.value,
            "its error": self.error,
            "its systematic error": self.systematic,
            "its upper error": self.upper,
            "its lower error": self.lower,
            "the error of T": self.of_T,
        }
        return {role: k for role, k in found.items() if k is not None}

    @property
    def aside(self) -> tuple[str, ...]:
        """Headings of the columns that are not used."""
        used = set(self.roles.values())
        return tuple(h.text for k, h in enumerate(self.headings) if k not in used)


def choose_table(tables: Sequence[Sheet], quantity: str, column: str | None, number: int | None) -> Sheet:
    """Choose the table that has a quantity; refuse where two have it and ``number`` names neither.

    Raises
    ------
    DataError
        With the lines of the tables.
    """
    if len(tables) == 1 and number in (None, 1):
        return tables[0]
    found = [table for table in tables if has_quantity(table, quantity, column)] or list(tables)
    if number is not None:
        for table in found:
            if table.number == number:
                return table
    elif len(found) == 1:
        return found[0]
    listed = " and ".join(f"table {table.number} ({table.span})" for table in found)
    what = (
        f"{len(found)} tables may hold {quantity}: {listed}"
        if len(found) > 1
        else f"{quantity} is in {listed}"
    )
    raise DataError(
        f"{tables[0].text.path}: {what}; choose one with --table {' or '.join(str(t.number) for t in found)}"
    )


def has_quantity(table: Sheet, quantity: str, column: str | None) -> bool:
    """Whether a table has a quantity by its names or units, or the column that is named."""
    headings = _headings(table)
    if column is not None and not column.isdecimal():
        wanted = " ".join(column.split()).lower()
        return any(heading.text.lower().startswith(wanted) for heading in headings)
    return any(h.role == quantity or (not h.role and is_unit(h.unit, quantity)) for h in headings)


def has_column(table: Sheet, name: str | None) -> bool:
    """Whether a table has a column of this name or number."""
    if name is None:
        return False
    try:
        _named(table, _headings(table), name, "")
    except DataError:
        return False
    return True


def _headings(sheet: Sheet) -> tuple[Heading, ...]:
    units = [
        re.sub(r"^\s*[\[(<]+(.*?)[\])>]+\s*$", r"\1", unit) if not unit.count("(") > 1 else unit
        for unit in sheet.units
    ]
    found = [read_heading(*pair) for pair in zip(sheet.names, units, strict=True)]
    for k, heading in enumerate(found):
        cells = [row.cells[k] for row in sheet.rows if row.cells[k]]
        if not heading.text:
            signs = bool(cells) and all(re.match(r"±|\+/-", cell) for cell in cells)
            found[k] = Heading(f"column {sheet.numbers[k]}", heading.unit, "error" if signs else heading.role)
    return tuple(found)


def choose_columns(
    sheet: Sheet,
    quantity: str,
    decide: Decide,
    *,
    value: str | None = None,
    temperature: str | None = None,
    error: str | None = None,
) -> Columns:
    """Choose the columns of a quantity; without names the first is T, the second the value, the third its error.

    Of several temperatures the sample's is taken. Of tables side by side, each with a temperature of its own, that on
    the left of the value.

    Parameters
    ----------
    sheet : Sheet
    quantity : str
        ``kappa``, ``heat-capacity`` or ``expansion``.
    decide : callable
        Asked where the names leave it open.
    value, temperature, error : str, optional
        Name of a column as the file has it, or its number, the first being 1; ``none`` for an error that is not used.

    Raises
    ------
    DataError
        If a column is missing, is something else, or the choice is not settled.
    """
    option = QUANTITIES[quantity].option
    count = len(sheet.names)
    if sheet.named_on is None and not (value or temperature):
        headings = tuple(Heading(f"column {k}") for k in sheet.numbers)
        named = None if error is None or error == "none" else _named(sheet, headings, error, "--error-column")
        return Columns(headings, 0, 1, 2 if count > 2 and error is None else named)
    headings = _headings(sheet)
    index = None if value is None else _named(sheet, headings, value, f"--{option}-column")
    at = None if temperature is None else _named(sheet, headings, temperature, "--temperature-column")
    candidates = _temperatures(headings, index) if at is None else [at]
    if index is None:
        if not candidates and any(heading.trap for heading in headings):
            _refuse_other_quantity(sheet, headings, quantity, None)
        at = at if at is not None else candidates[0] if len(candidates) == 1 else None
        at = _temperature(sheet, headings, decide) if at is None and not candidates else at
        index = _value(sheet, headings, quantity, {at, *candidates}, decide)
    if at is None:
        at = candidates[0] if len(candidates) == 1 else _beside(headings, candidates, index)
        at = _temperature(sheet, headings, decide, candidates) if at is None else at
    return _with_errors(sheet, headings, quantity, at, index, decide, error)


def _temperatures(headings: Sequence[Heading], value: int | None) -> list[int]:
    """Return the columns that may be T: the sample's if one is, else those of T and not of its logarithm."""
    found = [k for k, heading in enumerate(headings) if heading.role == TEMPERATURE and k != value]
    found = [k for k in found if kelvin_unit(headings[k].unit or "K")] or found  # t (min) is a time
    for kinds in (("sample", ""), ("sample",)):
        better = [k for k in found if headings[k].kind in kinds]
        # columns of one name, each on the left of values of its own, are of tables side by side
        if better and not (kinds == ("sample",) and len({headings[k].kind for k in found}) == 1):
            found = better
    return found


def _beside(headings: Sequence[Heading], candidates: Sequence[int], value: int) -> int | None:
    """Return the T of a value where tables stand side by side, each beginning with T; None where they do not."""
    if not candidates or candidates[0] != 0:
        return None
    ends = [*candidates[1:], len(headings)]
    own = all(
        any(
            headings[k].role in QUANTITIES or (headings[k].unit and not headings[k].role)
            for k in range(start + 1, end)
        )
        for start, end in zip(candidates, ends, strict=True)
    )
    if not own:
        return None
    return max((k for k in candidates if k < value), default=None)


def _temperature(sheet: Sheet, headings: Sequence[Heading], decide: Decide, found: Sequence[int] = ()) -> int:
    found = list(found) or [k for k, h in enumerate(headings) if h.role == OTHER]
    if not found:
        found = [k for k, h in enumerate(headings) if not h.role and h.unit and kelvin_unit(h.unit)]
        if len(found) == 1:
            return found[0]
    listed = ", ".join(f"'{headings[k].text}'" for k in found or range(len(headings)))
    guess, why = None, ""
    if not found and not headings[0].role and not headings[0].trap and len(headings) > 1:
        guess, why = headings[0].text or "1", "it is the first column"
    if len(found) == 1:
        guess, why = headings[found[0]].text, "there is no other, but by its name it may not be the sample's"
    what = f"{len(found)} columns may be" if len(found) > 1 else "no column is named as"
    if len(found) == len({headings[k].text for k in found}) or not found:
        doubt = Doubt(
            f"{sheet.text.path}: {what} the temperature among {listed}", "--temperature-column", guess, why
        )
    else:
        listed = ", ".join(f"'{headings[k].text}' (column {sheet.numbers[k]})" for k in found)
        doubt = Doubt(
            f"{sheet.text.path}: {what} the temperature among {listed}",
            "--temperature-column with its number",
        )
    return _named(sheet, headings, decide(doubt), "--temperature-column")


def _value(
    sheet: Sheet, headings: Sequence[Heading], quantity: str, at: set[int | None], decide: Decide
) -> int:
    option = f"--{QUANTITIES[quantity].option}-column"
    found = [k for k, heading in enumerate(headings) if heading.role == quantity and k not in at]
    if len(found) == 1:
        return found[0]
    free = [k for k, heading in enumerate(headings) if not heading.role and not heading.trap and k not in at]
    if not found:
        found = [k for k in free if is_unit(headings[k].unit, quantity)]
        if len(found) == 1:
            return found[0]
    others = [h for k, h in enumerate(headings) if h.trap or (h.role in QUANTITIES and k not in at)]
    if not found and len(free) == 1 and not others:
        return free[0]
    if not found and (not free or any(h.trap or h.unit for h in others)):
        _refuse_other_quantity(sheet, headings, quantity, at)
    texts = [headings[k].text for k in found or free]
    same = len(set(texts)) < len(texts)
    listed = ", ".join(
        f"'{headings[k].text}'" + (f" (column {sheet.numbers[k]})" if same else "") for k in found or free
    )
    what = f"{len(found)} columns may be" if found else "no column is named as"
    doubt = Doubt(
        f"{sheet.text.path}: {what} {quantity} among {listed}",
        f"{option} with its number" if same else option,
    )
    return _named(sheet, headings, decide(doubt), option)


def _refuse_other_quantity(
    sheet: Sheet, headings: Sequence[Heading], quantity: str, at: set[int | None] | None
) -> None:
    """Refuse a file whose columns are all known, and none of them the quantity."""
    where = f"{sheet.text.path}, line {sheet.named_on}" if sheet.named_on else f"{sheet.text.path}"
    for heading in headings:
        if heading.trap:
            raise DataError(f"{where}: the column '{heading.text}' is {heading.trap}")
    for k, heading in enumerate(headings):
        if k not in (at or ()) and heading.role in QUANTITIES:
            raise DataError(
                f"{where}: the column '{heading.text}' is {heading.role}, not {quantity}; give the file with "
                f"--{QUANTITIES[heading.role].option}, or name a column with --{QUANTITIES[quantity].option}-column"
            )
    listed = ", ".join(f"'{heading.text}'" for heading in headings)
    raise DataError(f"{where}: no column of {quantity} among {listed}; add it, or correct its name")


def _with_errors(
    sheet: Sheet,
    headings: Sequence[Heading],
    quantity: str,
    at: int,
    value: int,
    decide: Decide,
    wanted: str | None,
) -> Columns:
    """Find the errors of T and of the value: those that name them, or stand on their right and name nothing."""
    errors = [k for k, h in enumerate(headings) if h.role == "error" and k not in (at, value)]
    unnamed = [k for k in errors if not headings[k].of]
    of_T = [k for k in errors if headings[k].of == TEMPERATURE]
    of_T += [k for k in unnamed if headings[k].unit != "%" and kelvin_unit(headings[k].unit or "none")]
    mine = [k for k in errors if headings[k].of == quantity and k not in of_T]
    if not any(_DIFFERENCE.match(headings[k].text) for k in mine):  # ΔT alone may be what the heater makes
        of_T = [k for k in of_T if headings[k].relative or not _DIFFERENCE.match(headings[k].text)]
    for k in range(value + 1, len(headings)):
        if headings[k].role in (*QUANTITIES, TEMPERATURE):
            break
        if k in unnamed and k not in of_T:
            mine.append(k)
    beside = [k for k in unnamed if k == at + 1 and k not in (*mine, *of_T)]
    if beside and mine and at < value:
        of_T += beside
    if wanted is not None:
        mine = [] if wanted == "none" else [_named(sheet, headings, wanted, "--error-column")]
        of_T = [k for k in of_T if k not in mine]
        return Columns(tuple(headings), at, value, next(iter(mine), None), of_T=next(iter(of_T), None))
    left = [k for k in unnamed if k not in (*mine, *of_T)]
    if not mine and left:
        alone = sum(h.role in QUANTITIES for h in headings) <= 1
        if alone and beside and at < value:
            what = f"{sheet.text.path}: the column '{headings[beside[0]].text}' may be the error of T or of {quantity}"
            answer = decide(Doubt(what, "--error-column NAME or --error-column none"))
            return _with_errors(sheet, headings, quantity, at, value, decide, answer)
        mine = left if alone else []

    def of(*kinds: str) -> int | None:
        own = [k for k in mine if headings[k].kind in kinds]
        return min(
            own, key=lambda k: (kinds.index(headings[k].kind), not headings[k].of, k < value), default=None
        )

    row = of("statistical", "sample", "")
    upper, lower = (None, None) if row is not None else (of("upper"), of("lower"))
    if row is None and (upper is None) != (lower is None):
        row, upper, lower = upper if upper is not None else lower, None, None
    limits = [f"'{h.text}'" for h in headings if h.role == LIMITS and h.of in ("", quantity)]
    if limits and not mine:
        what = (
            f"{sheet.text.path}: {' and '.join(limits)} may be ends or width of an interval, and {quantity} has no "
            "column of standard errors"
        )
        answer = decide(Doubt(what, "--error-column with half the width, or --error-column none"))
        return _with_errors(sheet, headings, quantity, at, value, decide, answer)
    return Columns(tuple(headings), at, value, row, of("systematic"), upper, lower, of_T[0] if of_T else None)


def _named(sheet: Sheet, headings: Sequence[Heading], name: str, option: str) -> int:
    wanted = " ".join(name.split()).lower()
    texts = [heading.text.lower() for heading in headings]
    for known in (texts, [text.split("[")[0].split("(")[0].split("/")[0].strip() for text in texts]):
        if known.count(wanted) == 1:
            return known.index(wanted)
    if wanted.isdecimal() and int(wanted) in sheet.numbers:
        return sheet.numbers.index(int(wanted))
    if texts.count(wanted) > 1:
        numbers = " or ".join(str(sheet.numbers[k]) for k, text in enumerate(texts) if text == wanted)
        raise DataError(
            f"{sheet.text.path}: {option}: several columns are named '{name}'; give the number {numbers}"
        )
    listed = ", ".join(f"'{heading.text}'" for heading in headings)
    near = suggest(wanted, texts)
    raise DataError(f"{sheet.text.path}: {option}: there is no column '{name}'{near}; there are {listed}")

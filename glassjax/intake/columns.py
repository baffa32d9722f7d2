"""Which columns of a sheet hold temperature, value and error."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import DataError, suggest
from .headers import TEMPERATURE, Heading, read_heading
from .sheet import Sheet
from .spelling import is_unit, kelvin_unit

__all__ = ["Columns", "Decide", "Doubt", "choose_columns", "take_guesses"]

# quantity -> the option that names its file
OPTIONS = {"kappa": "kappa", "heat-capacity": "cp", "expansion": "alpha"}


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


Decide = Callable[[Doubt], str]


def take_guesses(doubt: Doubt) -> str:
    """Settle a doubt by its guess; without one, refuse."""
    if doubt.guess is None:
        raise DataError(f"{doubt.what}; give {doubt.option}")
    return doubt.guess


@dataclass(frozen=True)
class Columns:
    """Indices of the columns that matter, their headings, and the headings that are left aside."""

    headings: tuple[Heading, ...]
    temperature: int
    value: int
    error: int | None
    aside: tuple[str, ...]


def choose_columns(
    sheet: Sheet,
    quantity: str,
    decide: Decide,
    *,
    value: str | None = None,
    temperature: str | None = None,
) -> Columns:
    """Choose the columns of a quantity; without names the first is T, the second the value, the third its error.

    Parameters
    ----------
    sheet : Sheet
    quantity : str
        ``kappa``, ``heat-capacity`` or ``expansion``.
    decide : callable
        Asked where the names leave it open.
    value, temperature : str, optional
        Name of a column as the file has it, or its number, the first being 1.

    Raises
    ------
    DataError
        If a column is missing, is something else, or the choice is not settled.
    """
    option = OPTIONS[quantity]
    count = len(sheet.names)
    if sheet.named_on is None and not (value or temperature):
        headings = tuple(Heading(f"column {k + 1}") for k in range(count))
        return Columns(headings, 0, 1, 2 if count > 2 else None, tuple(h.text for h in headings[3:]))
    headings = tuple(read_heading(*pair) for pair in zip(sheet.names, sheet.units, strict=True))
    taken = []
    if temperature is None:
        at = _temperature(sheet, headings, decide)
    else:
        at = _named(sheet, headings, temperature, "--temperature-column")
    taken.append(at)
    if value is None:
        index = _value(sheet, headings, quantity, at, decide)
    else:
        index = _named(sheet, headings, value, f"--{option}-column")
    error = _error(headings, quantity, index)
    taken += [index, error]
    aside = tuple(h.text or f"column {k + 1}" for k, h in enumerate(headings) if k not in taken)
    return Columns(headings, at, index, error, aside)


def _temperature(sheet: Sheet, headings: Sequence[Heading], decide: Decide) -> int:
    found = [k for k, heading in enumerate(headings) if heading.role == TEMPERATURE]
    if not found:
        found = [k for k, h in enumerate(headings) if not h.role and h.unit and kelvin_unit(h.unit)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"'{headings[k].text}'" for k in found or range(len(headings)))
    guess = None
    if not found and not headings[0].role and len(headings) > 1:
        guess = headings[0].text or "1"
    what = f"{len(found)} columns may be" if found else "no column is named as"
    doubt = Doubt(
        f"{sheet.text.path}: {what} the temperature among {listed}",
        "--temperature-column",
        guess,
        "it is the first column" if guess else "",
    )
    return _named(sheet, headings, decide(doubt), "--temperature-column")


def _value(sheet: Sheet, headings: Sequence[Heading], quantity: str, at: int, decide: Decide) -> int:
    option = f"--{OPTIONS[quantity]}-column"
    found = [k for k, heading in enumerate(headings) if heading.role == quantity and k != at]
    if len(found) == 1:
        return found[0]
    free = [k for k, heading in enumerate(headings) if not heading.role and not heading.trap and k != at]
    if not found:
        found = [k for k in free if is_unit(headings[k].unit, quantity)]
        if len(found) == 1:
            return found[0]
    if not found and len(free) == 1:
        return free[0]
    if not found and not free:
        _refuse_other(sheet, headings, quantity, at)
    listed = ", ".join(f"'{headings[k].text}'" for k in found or free)
    what = f"{len(found)} columns may be" if found else "no column is named as"
    doubt = Doubt(f"{sheet.text.path}: {what} {quantity} among {listed}", option)
    return _named(sheet, headings, decide(doubt), option)


def _refuse_other(sheet: Sheet, headings: Sequence[Heading], quantity: str, at: int) -> None:
    """Refuse a file whose columns are all known, and none of them the quantity."""
    where = f"{sheet.text.path}, line {sheet.named_on}" if sheet.named_on else f"{sheet.text.path}"
    for heading in headings:
        if heading.trap:
            raise DataError(f"{where}: the column '{heading.text}' is {heading.trap}")
    for k, heading in enumerate(headings):
        if k != at and heading.role in OPTIONS:
            raise DataError(
                f"{where}: the column '{heading.text}' is {heading.role}, not {quantity}; give the file with "
                f"--{OPTIONS[heading.role]}, or name a column with --{OPTIONS[quantity]}-column"
            )
    listed = ", ".join(f"'{heading.text}'" for heading in headings)
    raise DataError(f"{where}: no column of {quantity} among {listed}; add it, or correct its name")


def _error(headings: Sequence[Heading], quantity: str, value: int) -> int | None:
    """Return the error of the value: the one that names it, or else the nearest on its right that names nothing."""
    named = [k for k, h in enumerate(headings) if h.role == "error" and h.of == quantity and k != value]
    if named:
        return min(named, key=lambda k: (k < value, abs(k - value)))
    for k in range(value + 1, len(headings)):
        if headings[k].role == "error" and not headings[k].of:
            return k
        if headings[k].role in OPTIONS:
            break
    return None


def _named(sheet: Sheet, headings: Sequence[Heading], name: str, option: str) -> int:
    wanted = " ".join(name.split()).lower()
    texts = [heading.text.lower() for heading in headings]
    for known in (texts, [text.split("[")[0].split("(")[0].split("/")[0].strip() for text in texts]):
        if known.count(wanted) == 1:
            return known.index(wanted)
    if wanted.isdecimal() and 1 <= int(wanted) <= len(headings):
        return int(wanted) - 1
    listed = ", ".join(f"'{heading.text}'" for heading in headings)
    near = suggest(wanted, texts)
    raise DataError(f"{sheet.text.path}: {option}: there is no column '{name}'{near}; there are {listed}")

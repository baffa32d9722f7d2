"""Units of a file: from its column names, from options, or guessed and confirmed; converted to SI."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..datasets.units import UnitProblem, kelvin, mass_in_kilograms, molar_mass_in_grams, value_factor
from ..errors import GlassjaxError
from .columns import Columns, Doubt
from .found import Progress
from .rows import Numbers
from .units import guess_temperature_unit, guess_unit, kelvin_unit, respelled

__all__ = ["Amount", "errors_in_kelvin", "in_kelvin", "si_factor"]

_HEADER_MASS = re.compile(
    r"(?:^|[,;])\s*([\d.]+(?:[eE][-+]?\d+)?)\s*[,;]\s*MASS\b[^,;]*?\(?\b(mg|g|ug|µg)\b", re.IGNORECASE
)
_HEADER_MASS_BEHIND = re.compile(
    r"\bMASS\b[^,;\d]*?\(?(mg|g|ug|µg)?\)?\s*[,;:=]\s*([\d.]+(?:[eE][-+]?\d+)?)\s*(mg|g)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Amount:
    """What turns a quantity of a mole, of a sample or of a volume into one of a kilogram.

    ``molar_mass`` in g/mol, ``sample_mass`` in kg, ``density`` in kg/m³; None where it is not known.
    """

    molar_mass: float | None = None
    sample_mass: float | None = None
    density: float | None = None


def in_kelvin(
    state: Progress, columns: Columns, numbers: Numbers, given: str | None
) -> tuple[np.ndarray, str]:
    """Return temperatures (n,) in K, and their unit in the file."""
    heading = columns.headings[columns.temperature]
    written, T = given or heading.unit, numbers.T
    if heading.kind in ("log10", "ln"):
        T = 10.0**T if heading.kind == "log10" else np.exp(T)
        state.notes.append(f"T from its logarithm in '{heading.text}'")
    if written:
        unit = kelvin_unit(written)
        if unit is None:
            where = "--temperature-unit" if given else f"the column '{heading.text}'"
            raise state.sheet.text.fail(
                f"'{written}' of {where} is no unit of temperature; give --temperature-unit K, mK or degC",
                None if given else state.sheet.named_on,
            )
    else:
        guess = guess_temperature_unit(T)
        unit = guess.unit
        if unit == "K":
            state.notes.append("T has no unit: taken as K")
        else:
            what = f"{state.sheet.text.path}: the temperatures have no unit"
            unit = state.decide(Doubt(what, "--temperature-unit", guess.unit, guess.why))
            state.notes.append(f"T has no unit: {unit}, since {guess.why}")
            unit = kelvin_unit(unit) or unit
    if unit == "mK":
        _refuse_groups(state, columns, numbers)
    try:
        converted = np.asarray(kelvin(unit)(T), dtype=float)
    except UnitProblem as problem:
        raise state.sheet.text.fail(f"{problem}") from None
    if unit != "K":
        state.notes.append(f"T converted from {unit}")
    for line, t in zip(numbers.lines, converted.tolist(), strict=True):
        if not (t > 0 and np.isfinite(t)):
            raise state.sheet.text.fail(
                f"T = {t:g} K is not above 0 K; correct the row, or give the unit with --temperature-unit",
                line.number,
            )
    return converted, unit


def _refuse_groups(state: Progress, columns: Columns, numbers: Numbers) -> None:
    """Refuse millikelvins such as 1,500 where no cell of the table shows whether the mark parts thousands."""
    mark = state.sheet.decimal
    marked = [cell for line in state.sheet.rows for cell in line.cells if mark in cell]
    if not all(re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", cell) for cell in marked):
        return
    for line in numbers.lines:
        cell = line.cells[columns.temperature]
        if mark in cell:
            whole = cell.replace(mark, "")
            raise state.sheet.text.fail(
                f"T = {cell} may be {whole} mK or a thousandth of it; write {whole}, or T in K", line.number
            )


def errors_in_kelvin(
    state: Progress, columns: Columns, numbers: Numbers, T: np.ndarray, unit: str
) -> np.ndarray:
    """Return the errors of T (n,) in K; NaN where the file has none."""
    error = numbers.errors.get("the error of T")
    heading = columns.headings[columns.temperature]
    if error is not None and columns.of_T is not None:
        own = columns.headings[columns.of_T]
        if own.relative or own.unit == "%":
            per_cent = own.unit == "%" or float(np.nanmedian(error)) > 0.3
            return error / own.coverage * T / (100 if per_cent else 1)
        error = error / own.coverage
        unit = kelvin_unit(own.unit) or unit if own.unit else unit
    else:
        error = numbers.in_cell_of_T
    if heading.kind in ("log10", "ln") and (error is numbers.in_cell_of_T):
        return error * T * (np.log(10.0) if heading.kind == "log10" else 1.0)
    steps = kelvin(unit)
    return error * float(steps(np.array([1.0]))[0] - steps(np.array([0.0]))[0])


def si_factor(
    state: Progress, columns: Columns, T: np.ndarray, value: np.ndarray, given: str | None, amount: Amount
) -> tuple[Callable[[str], float], str]:
    """Return the factor of a unit, empty for that of the values, that turns it into SI, and the values' unit."""
    heading = columns.headings[columns.value]
    written, on = given or heading.unit, state.sheet.named_on
    if not written:
        guess = guess_unit(state.quantity, T, value, amount.molar_mass)
        what = f"{state.sheet.text.path}: the values of {state.quantity} have no unit"
        written = state.decide(Doubt(what, state.option, guess.unit, guess.why))
        if written == guess.unit:
            state.warnings.append(f"no unit in the file: {written} taken, since {guess.why}")
        on = None
    third = heading.scale
    if third != 1:
        state.warnings.append(f"'{heading.text}': the values are multiplied by {third:g}, as the name says")
    if heading.kind == "volume":
        third = third / 3
        state.notes.append(f"'{heading.text}' is of the volume: a third of it is taken, the linear expansion")
    unit = respelled(written, state.quantity)
    amount = _known(state, unit, written, amount)
    try:
        whole = third * _factor(unit, state.quantity, amount)
    except UnitProblem as problem:
        if given:
            raise GlassjaxError(f"{state.option}: {problem}") from None
        raise state.sheet.text.fail(f"{problem}, or give {state.option}", on) from None
    if "/" in written and unit != " ".join(written.split()) and not _same(unit, written):
        state.notes.append(f"'{written}' read as {unit}")

    def factor(other: str) -> float:
        if not other:
            return whole
        own = respelled(other, state.quantity)
        try:
            return third * _factor(own, state.quantity, amount)
        except UnitProblem as problem:
            raise state.sheet.text.fail(f"{problem}, or give --error-unit", state.sheet.named_on) from None

    return factor, unit


def _of_what(unit: str, quantity: str) -> str:
    """Return of what a heat capacity in a unit is: ``mole``, ``sample``, ``volume``, or empty for a kilogram."""
    if quantity != "heat-capacity":
        return ""
    for what, form in (
        ("", "{}"),
        ("mole", "({}) * mol/kg"),
        ("sample", "({})/kg"),
        ("volume", "({}) * m**3/kg"),
    ):
        try:
            value_factor(form.format(unit), quantity)
        except UnitProblem:
            continue
        return what
    return ""


def _known(state: Progress, unit: str, written: str, amount: Amount) -> Amount:
    """Ask for what turns a unit into one of a kilogram, if it is not known, and say what was taken."""
    what, path = _of_what(unit, state.quantity), state.sheet.text.path
    if what == "mole":
        mass = amount.molar_mass
        if mass is None:
            doubt = f"{path}: '{written}' is per mole, and what a mole weighs is not known (g/mol)"
            mass = _asked(
                lambda: molar_mass_in_grams(state.decide(Doubt(doubt, "--molar-mass"))), "--molar-mass"
            )
        state.notes.append(f"a mole weighs {mass:g} g")
        return Amount(mass)
    if what == "sample":
        mass = amount.sample_mass
        if mass is None:
            doubt = f"{path}: '{written}' is of the whole sample, and its mass is not known"
            known = _mass_in_header(state)
            example = f"as in '{known or '12.5 mg'}'" + (", which the file's header has" if known else "")
            answer = Doubt(doubt, f"--sample-mass, {example}")
            mass = _asked(lambda: mass_in_kilograms(state.decide(answer)), "--sample-mass")
        state.notes.append(f"'{written}' is of the whole sample: divided by its mass of {mass * 1e6:g} mg")
        return Amount(sample_mass=mass)
    if what == "volume":
        if amount.density is None:
            raise state.sheet.text.fail(
                f"'{written}' is per volume, and the density is not known; give --density, as in '2.2 g/cm3'",
                state.sheet.named_on,
            )
        state.notes.append(f"'{written}' is per volume: divided by the density of {amount.density:g} kg/m3")
        return Amount(density=amount.density)
    return amount


def _factor(unit: str, quantity: str, amount: Amount) -> float:
    what = _of_what(unit, quantity)
    if what == "sample" and amount.sample_mass is not None:
        return value_factor(f"({unit})/kg", quantity) / amount.sample_mass
    if what == "volume" and amount.density is not None:
        return value_factor(f"({unit}) * m**3/kg", quantity) / amount.density
    return value_factor(unit, quantity, amount.molar_mass)


def _mass_in_header(state: Progress) -> str | None:
    """Return the sample's mass from lines of an instrument's header, such as ``INFO,12.5,MASS:Sample mass (mg)``."""
    for i, what in state.sheet.lines.items():
        if what not in ("header of the instrument", "comment", "above the table"):
            continue
        line = state.sheet.text.lines[i - 1]
        found = _HEADER_MASS.search(line)
        if found:
            return f"{float(found[1]):g} {found[2]}"
        found = _HEADER_MASS_BEHIND.search(line)
        if found and (found[1] or found[3]):
            return f"{float(found[2]):g} {found[3] or found[1]}"
    return None


def _asked(answer: Callable[[], float], option: str) -> float:
    try:
        return answer()
    except UnitProblem as problem:
        raise GlassjaxError(f"{option}: {problem}") from None


def _same(unit: str, written: str) -> bool:
    """Whether two spellings differ by no more than signs that no one can mistake."""

    def plain(text: str) -> str:
        return text.replace("·", " ").replace("*", " ").replace(" ", "").replace("(", "").replace(")", "")

    return plain(unit) == plain(written) and "(" in written

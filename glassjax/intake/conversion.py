"""Units of a file: from its column names, from options, or guessed and confirmed; converted to SI."""

from collections.abc import Sequence

import numpy as np

from ..datasets.units import UnitProblem, kelvin, molar_mass_in_grams, value_factor
from ..errors import GlassjaxError
from .columns import Columns, Doubt
from .magnitudes import guess_temperature_unit, guess_unit
from .progress import Progress
from .sheet import Line
from .spelling import kelvin_unit, respelled

__all__ = ["in_kelvin", "si_factor"]


def in_kelvin(
    state: Progress, columns: Columns, lines: Sequence[Line], T: np.ndarray, given: str | None
) -> tuple[np.ndarray, str]:
    """Return temperatures (n,) in K, and their unit in the file."""
    heading = columns.headings[columns.temperature]
    written = given or heading.unit
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
    try:
        converted = np.asarray(kelvin(unit)(T), dtype=float)
    except UnitProblem as problem:
        raise state.sheet.text.fail(f"{problem}") from None
    if unit != "K":
        state.notes.append(f"T converted from {unit}")
    for line, t in zip(lines, converted.tolist(), strict=True):
        if not t > 0:
            raise state.sheet.text.fail(
                f"T = {t:g} K is not above 0 K; correct the row, or give the unit with --temperature-unit",
                line.number,
            )
    return converted, unit


def si_factor(
    state: Progress,
    columns: Columns,
    T: np.ndarray,
    value: np.ndarray,
    given: str | None,
    molar_mass: float | None,
) -> tuple[float, str]:
    """Return the factor that turns values into SI, and their unit."""
    heading = columns.headings[columns.value]
    written, on = given or heading.unit, state.sheet.named_on
    if not written:
        guess = guess_unit(state.quantity, T, value, molar_mass)
        what = f"{state.sheet.text.path}: the values of {state.quantity} have no unit"
        written = state.decide(Doubt(what, state.option, guess.unit, guess.why))
        if written == guess.unit:
            state.warnings.append(f"no unit in the file: {written} taken, since {guess.why}")
        on = None
    unit = respelled(written, state.quantity)
    try:
        factor = value_factor(unit, state.quantity, molar_mass)
    except UnitProblem as problem:
        if "molar mass" in str(problem):
            what = f"{state.sheet.text.path}: '{written}' is per mole, and what a mole weighs is not known (g/mol)"
            mass = state.decide(Doubt(what, "--molar-mass"))
            return si_factor(state, columns, T, value, given, _grams(mass))
        if given:
            raise GlassjaxError(f"{state.option}: {problem}") from None
        raise state.sheet.text.fail(f"{problem}, or give {state.option}", on) from None
    if "/" in written and unit != " ".join(written.split()) and not _same(unit, written):
        state.notes.append(f"'{written}' read as {unit}")
    if state.quantity == "heat-capacity" and "mol" in unit and molar_mass is not None:
        state.notes.append(f"a mole weighs {molar_mass:g} g")
    return factor, unit


def _grams(text: str) -> float:
    try:
        return molar_mass_in_grams(text)
    except UnitProblem as problem:
        raise GlassjaxError(f"--molar-mass: {problem}") from None


def _same(unit: str, written: str) -> bool:
    """Whether two spellings differ by no more than signs that no one can mistake."""

    def plain(text: str) -> str:
        return text.replace("·", " ").replace("*", " ").replace(" ", "").replace("(", "").replace(")", "")

    return plain(unit) == plain(written) and "(" in written

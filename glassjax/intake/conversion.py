"""Values, temperatures and errors of a file in SI.

Units come from column names and options, or are guessed and confirmed. Errors come from columns or cells, or are
assumed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..datasets.reader import ASSUMED_RELATIVE_ERROR
from ..datasets.units import UnitProblem, kelvin, mass_in_kilograms, molar_mass_in_grams, value_factor
from ..errors import GlassjaxError
from ..quantities import QUANTITIES
from .columns import Columns, Doubt, Progress
from .headers import Heading
from .known_quantities import guess_temperature_unit, guess_unit
from .rows import Numbers
from .spelling import kelvin_unit, respelled

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
    amount = _with_amount(state, unit, written, amount)
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


def _heat_capacity_of(unit: str, quantity: str) -> str:
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


def _with_amount(state: Progress, unit: str, written: str, amount: Amount) -> Amount:
    """Ask for what turns a unit into one of a kilogram, if it is not known, and say what was taken."""
    what, path = _heat_capacity_of(unit, state.quantity), state.sheet.text.path
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
    what = _heat_capacity_of(unit, quantity)
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


LARGE = 0.3  # of the values: a median of the errors above it is asked about
SMALL = 1e-4  # share of the values, below which errors are asked about: nobody measures so well
_UNCLEAR = (0.1, 1.0)  # relative errors that may be fractions or per cent
_SPAN = 0.2  # of ln T, over which a slope is taken at least

Factor = Callable[[str], float]


def standard_errors(
    state: Progress,
    columns: Columns,
    numbers: Numbers,
    value: np.ndarray,
    factor: Factor,
    unit: str | None = None,
) -> tuple[np.ndarray, bool]:
    """Return absolute errors (n,) of values (n,) in SI, and whether they are assumed.

    Parameters
    ----------
    state, columns, numbers
        The file, with the numbers in its units.
    value : ndarray of shape (n,)
        In SI.
    factor : callable
        Of a unit, empty for that of the values: what turns it into SI.
    unit : str, optional
        Of the errors: ``%``, ``fraction``, ``absolute`` or a unit; wins over what the columns say.
    """
    upper, lower = (numbers.errors.get(f"its {side} error") for side in ("upper", "lower"))
    if "its error" in numbers.errors and columns.error is not None:
        sigma = _absolute(state, columns, columns.error, numbers.errors["its error"], value, factor, unit)
    elif upper is not None and lower is not None and columns.upper is not None and columns.lower is not None:
        sides = [
            _absolute(state, columns, index, column, value, factor, unit)
            for index, column in ((columns.upper, upper), (columns.lower, lower))
        ]
        state.notes.append(
            "two-sided errors: the mean of the upper and the lower one is taken for both sides"
        )
        sigma = (sides[0] + sides[1]) / 2
    elif np.isfinite(numbers.in_cell).any():
        state.notes.append("errors from the cells of the values, as in 0.015±0.0003 or 0.0150(3)")
        sigma = numbers.in_cell * abs(factor(""))
    else:
        state.warnings.append(f"no error given: {ASSUMED_RELATIVE_ERROR:.0%} of each value assumed")
        return ASSUMED_RELATIVE_ERROR * np.abs(value), True
    return _with_missing_errors(state, sigma, value)


def _absolute(
    state: Progress,
    columns: Columns,
    index: int,
    error: np.ndarray,
    value: np.ndarray,
    factor: Factor,
    unit: str | None = None,
) -> np.ndarray:
    """Return the errors (n,) of one column in SI."""
    heading = columns.headings[index]
    size = np.abs(value)
    written = unit or _unit_of_errors(state, heading, index, error, size, factor)
    if written == "%":
        sigma = error / 100 * size
    elif written in ("fraction", "ppm"):
        sigma = error * size * (1e-6 if written == "ppm" else 1.0)
    else:
        sigma = error * abs(factor("" if written == "absolute" else written))
    if heading.coverage != 1:
        sigma = sigma / heading.coverage
        state.notes.append(f"errors divided by {heading.coverage:g}, as their name says")
    return sigma


def _unit_of_errors(
    state: Progress, heading: Heading, index: int, error: np.ndarray, size: np.ndarray, factor: Factor
) -> str:
    """Return what a column of errors is in: ``%``, ``fraction`` or a unit; ask where that is in doubt."""
    if heading.unit == "%" or any(row.cells[index].endswith("%") for row in state.sheet.rows):
        return "%"
    if heading.unit == "ppm":
        return "ppm"
    middle = float(np.nanmedian(error))
    if heading.relative:
        guess = "%" if middle > LARGE else "fraction"
        if _UNCLEAR[0] <= middle < _UNCLEAR[1]:
            what = f"{state.sheet.text.path}: '{heading.text}' has no unit, and its median is {middle:.2g}"
            why = f"errors of {middle if guess == '%' else 100 * middle:.2g} % are the more likely"
            return state.decide(Doubt(what, "--error-unit % or fraction", guess, why))
        state.notes.append(
            f"relative errors without a unit: taken as {'per cent' if guess == '%' else 'fractions'}"
        )
        return guess
    sigma = error * abs(factor(heading.unit))
    good = np.isfinite(sigma) & (sigma > 0)
    share = float(np.median(sigma[good] / np.maximum(size[good], 1e-300))) if good.any() else 0.0
    if good.any() and share < SMALL and QUANTITIES[state.quantity].logarithmic:
        what = (
            f"{state.sheet.text.path}: the errors in '{heading.text}' are only {share:.1g} of the values; are they in "
            "the unit and with the factor of the values? If not, correct the column's name"
        )
        return state.decide(Doubt(what, "--error-unit absolute, if they are"))
    if share > LARGE:
        guess = "%" if not heading.unit and 0.1 <= middle <= 50 else None
        if not heading.unit and middle <= LARGE and np.nanmax(error) <= 2 * np.nanmin(error):
            guess = "fraction"
        what = f"{state.sheet.text.path}: the errors in '{heading.text}' are {share:.0%} of the values"
        why = f"{middle if guess == '%' else 100 * middle:.3g} % would be usual" if guess else ""
        answer = state.decide(Doubt(what, "--error-unit %, fraction or absolute", guess, why))
        state.warnings.append(
            f"'{heading.text}' taken as {answer}: as absolute errors they are {share:.0%} of the values"
        )
        return answer
    return heading.unit or "absolute"


def _with_missing_errors(state: Progress, sigma: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, bool]:
    """Give rows without an error above 0 the share that the others have."""
    good = np.isfinite(sigma) & (sigma > 0)
    if not good.any():
        state.warnings.append(
            f"no error is above 0: {ASSUMED_RELATIVE_ERROR:.0%} of each value assumed in their place"
        )
        return ASSUMED_RELATIVE_ERROR * np.abs(value), True
    share = float(np.median(sigma[good] / np.maximum(np.abs(value[good]), 1e-300)))
    if not good.all():
        state.warnings.append(
            f"{int((~good).sum())} rows have no error above 0: given that of the others, {share:.2g} of the value"
        )
        size = (
            np.abs(value) if QUANTITIES[state.quantity].logarithmic else float(np.median(np.abs(value[good])))
        )
        sigma = np.where(good, sigma, share * size)
    if share > LARGE:
        state.warnings.append(f"the errors are {share:.0%} of the values")
    return sigma, False


def scale_error(
    state: Progress, columns: Columns, numbers: Numbers, value: np.ndarray, factor: Factor
) -> float:
    """Return the relative error that all rows share: the median of the column of systematic ones, 0 without."""
    error = numbers.errors.get("its systematic error")
    if error is None or columns.systematic is None:
        return 0.0
    share = _absolute(state, columns, columns.systematic, error, value, factor) / np.abs(value)
    share = share[np.isfinite(share) & (share > 0)]
    if not share.size:
        return 0.0
    found = float(np.median(share))
    apart = f", the median of {share.min():.2g} to {share.max():.2g}" if np.ptp(share) > 0.05 * found else ""
    state.notes.append(
        f"'{columns.headings[columns.systematic].text}' is common to all rows: scale_error {found:.3g}{apart}"
    )
    return found


def with_errors_of_T(
    state: Progress, T: np.ndarray, value: np.ndarray, error: np.ndarray, of_T: np.ndarray
) -> np.ndarray:
    """Add errors of T (n,) in K, times the local slope of the values, to their errors (n,) in quadrature.

    The slope of ln value by ln T (of the value by T for ``expansion``) is that of a line between the neighbours at both
    sides, as many as it takes to span a fifth of ln T; at the ends, between the row and its neighbours.
    """
    known = np.isfinite(of_T) & (of_T > 0)
    if not known.any():
        return error
    x, index = np.unique(np.log(T), return_inverse=True)
    y = np.bincount(index, value) / np.bincount(index)
    if len(x) < 3:
        state.notes.append("errors of T are not used: their projection takes three temperatures")
        return error
    y = np.log(y) if QUANTITIES[state.quantity].logarithmic else y
    at = np.arange(len(x))
    low = np.clip(np.minimum(at - 1, np.searchsorted(x, x - _SPAN / 2)), 0, None)
    high = np.clip(np.maximum(at + 1, np.searchsorted(x, x + _SPAN / 2, side="right") - 1), None, len(x) - 1)
    slope = (y[high] - y[low]) / (x[high] - x[low])
    share = np.where(known, of_T, 0.0) / T * np.abs(slope[index])
    added = share * np.abs(value) if QUANTITIES[state.quantity].logarithmic else share
    total = np.hypot(error, added)
    state.notes.append(
        f"errors of T times the local slope are added in quadrature: by them the errors grow by a factor of "
        f"{float(np.median(total / error)):.3g} (median)"
    )
    return total

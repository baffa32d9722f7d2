"""From a CSV file to a `Measurement`: units, errors, and what makes no sense."""

import difflib
import math
import re
from pathlib import Path

import numpy as np

from ..quantities import QUANTITIES
from ..scalars import as_path
from .layout import Layout, find_layout
from .measurement import KINDS, Measurement
from .table import Table, among, read_table
from .units import UnitProblem, kelvin, molar_mass_in_grams, value_factor

# Error of a row whose file says nothing about errors: the reading error of a digitised curve.
ASSUMED_RELATIVE_ERROR = 0.05

_KEYS = (
    *("material", "quantity", "units", "class", "citation", "origin", "licence", "confidence", "note"),
    *("relative_error", "scale_error", "degrees_of_freedom", "molar_mass"),
)


def read_measurement(
    path: str | Path, *, quantity: str | None = None, molar_mass: int | float | None = None
) -> Measurement:
    """Read one measured quantity from a CSV file, shipped or your own, and convert it to SI.

    The file has a line of column names and rows of numbers: a temperature (``T [K]``, ``T (degC)``), a value
    (``kappa [W/cm/K]``, ``Cp (mJ/g/K)``, ``alpha (1e-6/K)``) and, if known, its standard error (``sigma``, in
    the value's unit unless it has its own, or in %). Lines ``# key: value`` may give ``quantity``, ``class``,
    ``citation``, ``origin``, ``licence``, ``confidence``, ``note``, ``material``, ``relative_error``,
    ``scale_error``, ``degrees_of_freedom``, ``molar_mass`` and ``units`` (of the columns, in order). Rows may
    come in any order.

    Without an error of any kind 5 % is assumed, and the note says so. In a fit or a statement whose header
    gives no ``scale_error`` half of the stated variance is taken to be shared by all rows.

    Parameters
    ----------
    path : str or Path
        The CSV file.
    quantity : str, optional
        ``kappa``, ``heat-capacity`` or ``expansion``; needed if neither header nor column names say it.
    molar_mass : float, optional
        In g/mol, for a heat capacity per mole.

    Returns
    -------
    Measurement
        In SI, sorted by temperature.

    Raises
    ------
    DataError
        Naming the file, the line and the reason.
    """
    table = read_table(as_path(path, "the file of a measurement"))
    _check_keys(table)
    layout = find_layout(table, quantity)
    temperature, value, sigma = _numbers(table, layout, molar_mass)
    _check(table, layout.quantity, temperature, value, sigma)
    kind = _kind(table)
    error, scale_error, remark = _errors(table, kind, value, sigma)
    order = np.argsort(temperature)

    def text(key: str) -> str:
        return table.header.get(key, ("", 0))[0]

    return Measurement(
        name=table.path.stem,
        quantity=layout.quantity,
        temperature=temperature[order],
        value=value[order],
        error=error[order],
        kind=kind,
        scale_error=scale_error,
        degrees_of_freedom=_degrees_of_freedom(table, kind),
        citation=text("citation"),
        origin=text("origin"),
        licence=text("licence"),
        confidence=text("confidence"),
        note="; ".join(part for part in (text("note"), remark) if part),
        material=text("material"),
        path=table.path,
        sha256=table.sha256,
    )


def _check_keys(table: Table) -> None:
    """Refuse a header key that is nearly a known one: it would be overlooked."""
    for key, (_, line) in table.header.items():
        near = difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.8)
        if near and key not in _KEYS:
            raise table.fail(
                f"unknown header key '{key}', did you mean '{near[0]}'? Correct or delete it", line
            )


def _numbers(
    table: Table, layout: Layout, molar_mass: int | float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return temperatures, values and absolute errors (if there are any) in SI, in the order of the file."""
    line, per_cent = table.columns_line, False
    try:
        if molar_mass is None and "molar_mass" in table.header:
            text, line = table.header["molar_mass"]
            molar_mass = molar_mass_in_grams(text)
            line = table.columns_line
        elif molar_mass is not None and not (math.isfinite(molar_mass) and molar_mass > 0):
            raise UnitProblem(f"molar_mass must be a positive number in g/mol, not {molar_mass:g}")
        unit = layout.unit(layout.value)
        if not unit:
            known = QUANTITIES[layout.quantity]
            name = layout.columns[layout.value].name
            raise UnitProblem(
                f"the column {name} has no unit; write for example '{known.column} [{known.unit}]'"
            )
        factor = sigma_factor = value_factor(unit, layout.quantity, molar_mass)
        to_kelvin = kelvin(layout.unit(layout.temperature))
        if layout.sigma is not None and layout.unit(layout.sigma):
            per_cent = layout.unit(layout.sigma) == "%"
            if not per_cent:
                sigma_factor = value_factor(layout.unit(layout.sigma), layout.quantity, molar_mass)
    except UnitProblem as problem:
        raise table.fail(str(problem), line) from None

    def column(index: int) -> np.ndarray:
        return np.array([table.number(row, index) for row in table.rows])

    with np.errstate(over="ignore"):  # told by _check, with the line
        temperature = to_kelvin(column(layout.temperature))
        value = column(layout.value) * factor
        if layout.sigma is None:
            return temperature, value, None
        sigma = column(layout.sigma)
        return temperature, value, sigma / 100 * np.abs(value) if per_cent else sigma * sigma_factor


def _check(
    table: Table, quantity: str, temperature: np.ndarray, value: np.ndarray, sigma: np.ndarray | None
) -> None:
    """Refuse rows that make no physical sense, in the order of the file."""
    seen: dict[float, int] = {}
    known = QUANTITIES[quantity]
    for i, row in enumerate(table.rows):
        t, y = float(temperature[i]), float(value[i])
        if not t > 0:
            reason = f"T = {t:g} K; a temperature must be above 0 K, so correct it or delete the row"
        elif not (math.isfinite(t) and math.isfinite(y)):
            reason = "a number too large for SI units; correct it or delete the row"
        elif known.logarithmic and y <= 0:
            reason = f"{quantity} = {y:g} {known.unit}; it must be positive, so correct it or delete the row"
        elif t in seen:
            reason = f"T = {t:g} K appears twice, first on line {seen[t]}; average the two or delete one"
        elif sigma is not None and not sigma[i] > 0:
            reason = (
                f"sigma = {sigma[i]:g} {known.unit}; it must be positive, so correct it or delete the column"
            )
        elif sigma is not None and not math.isfinite(sigma[i]):
            reason = "sigma is too large for SI units; correct it or delete the row"
        else:
            seen[t] = row.line
            continue
        raise table.fail(reason, row.line)


def _kind(table: Table) -> str:
    text, line = table.header.get("class", ("points", 0))
    if text not in KINDS:
        raise table.fail(f"unknown class '{text}'{among(text, KINDS)}", line)
    return text


def _fraction(table: Table, key: str) -> float | None:
    """Return a relative error from the header, given as a number or in %."""
    if key not in table.header:
        return None
    text, line = table.header[key]
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 10:
        raise table.fail(f"{key} is '{text}'; write a fraction such as 0.04, or 4 %", line)
    return number


def _degrees_of_freedom(table: Table, kind: str) -> int | None:
    if "degrees_of_freedom" not in table.header:
        if kind in ("fit", "statement"):
            raise table.fail(
                f"a {kind} must say how many numbers it is worth; add the line "
                "'# degrees_of_freedom: …' with its number of coefficients"
            )
        return None
    text, line = table.header["degrees_of_freedom"]
    if not re.fullmatch(r"[1-9]\d{0,5}", text, re.ASCII):
        raise table.fail(f"degrees_of_freedom is '{text}'; write a whole number of at least 1", line)
    return int(text)


def _errors(
    table: Table, kind: str, value: np.ndarray, sigma: np.ndarray | None
) -> tuple[np.ndarray, float, str]:
    """Return the independent absolute errors, the shared relative error and a remark."""
    relative, shared, remark = _fraction(table, "relative_error"), _fraction(table, "scale_error"), ""
    if relative is not None and (sigma is not None or relative == 0):
        why = "is 0; give a positive one" if sigma is None else "and a column sigma; keep one of them"
        raise table.fail(f"relative_error {why}", table.header["relative_error"][1])
    if sigma is None:
        if relative is None:
            relative = ASSUMED_RELATIVE_ERROR
            remark = f"no error given: {relative:.0%} assumed"
        for row, number in zip(table.rows, value.tolist(), strict=True):
            if number == 0:
                raise table.fail("the value is 0, which has no relative error; add a column sigma", row.line)
        sigma = relative * np.abs(value)
    if shared is None and kind in ("fit", "statement"):
        sigma, shared = share_half(value, sigma)
    return sigma, shared or 0.0, remark


def share_half(value: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, float]:
    """Return independent errors (n,) and a relative scale error that share the variance ``sigma``² (n,) equally."""
    nonzero = value != 0
    shared = float(np.sqrt(np.mean((sigma[nonzero] / value[nonzero]) ** 2) / 2)) if nonzero.any() else 0.0
    return sigma / math.sqrt(2), shared

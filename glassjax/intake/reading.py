"""From a spreadsheet export to a `Measurement`: what was read, what was done to it, and what looks wrong."""

from pathlib import Path

import numpy as np

from ..datasets.measurement import QUANTITIES, Measurement
from .cells import read_numbers, without_nonsense
from .columns import Columns, Decide, choose_columns, take_guesses
from .conversion import in_kelvin, si_factor
from .found import Reading, size_warnings
from .own_format import read_own
from .progress import Progress
from .rows import Rows, averaged, count_sweeps, thinned
from .sheet import find_sheet
from .text import read_text
from .uncertainty import standard_errors

__all__ = ["read_spreadsheet"]


def read_spreadsheet(
    path: str | Path,
    quantity: str,
    *,
    unit: str | None = None,
    temperature_unit: str | None = None,
    column: str | None = None,
    temperature_column: str | None = None,
    molar_mass: float | None = None,
    decide: Decide = take_guesses,
) -> Reading:
    """Read one quantity from a spreadsheet export.

    Parameters
    ----------
    path : str or Path
        A CSV file in any dialect: see `find_sheet` and `read_text`. One with header lines of the project's own format
        is read by `glassjax.read_measurement`.
    quantity : {"kappa", "heat-capacity", "expansion"}
    unit, temperature_unit : str, optional
        Units of the values and of T; from the column names if not given.
    column, temperature_column : str, optional
        Names of the columns as the file has them, or their numbers.
    molar_mass : float, optional
        In g/mol, for a heat capacity per mole.
    decide : callable
        Settles what the file does not say; by default it takes the likely answer and refuses where there is none.

    Raises
    ------
    DataError
        Naming the file, the line and the remedy.
    """
    text = read_text(Path(path))
    if not (unit or temperature_unit or column or temperature_column):
        own = read_own(text, quantity, molar_mass)
        if own is not None:
            return own
    sheet = find_sheet(text)
    state = Progress(sheet, quantity, decide, [], [])
    columns = choose_columns(sheet, quantity, decide, value=column, temperature=temperature_column)
    _tell_dialect(state, columns)
    lines, T, value, error = read_numbers(state, columns)
    T, unit_of_T = in_kelvin(state, columns, lines, T, temperature_unit)
    factor, unit_read = si_factor(state, columns, T, value, unit, molar_mass)
    value = value * factor
    lines, T, value, error = without_nonsense(state, lines, T, value, error)
    error, assumed = standard_errors(state, columns, value, error, factor, molar_mass)
    sweeps, read = count_sweeps(T), Rows(T, value, error)
    rows = averaged(read, assumed)
    _tell_repeats(state, read, rows, sweeps)
    thin = thinned(rows, assumed)
    if len(thin.T) < len(rows.T):
        state.notes.append(f"{len(rows.T)} rows averaged to {len(thin.T)}, in equal steps of ln T")
    state.warnings += size_warnings(quantity, thin.T, thin.value, unit_read)
    measurement = _measurement(state, thin, unit_read, unit_of_T)
    return Reading(
        Path(path),
        measurement,
        unit_read,
        unit_of_T,
        len(sheet.rows),
        tuple(state.notes),
        tuple(state.warnings),
    )


def _tell_dialect(state: Progress, columns: Columns) -> None:
    sheet = state.sheet
    mark = "decimal commas" if sheet.decimal == "," else "decimal points"
    state.notes.append(f"{sheet.text.encoding}, columns set apart by {sheet.separator}, {mark}")
    named = [columns.headings[columns.temperature].text, columns.headings[columns.value].text]
    if columns.error is not None:
        named.append(columns.headings[columns.error].text)
    roles = ("T", state.quantity, "its error")
    pairs = ", ".join(f"{role} from '{text}'" for role, text in zip(roles, named, strict=False))
    state.notes.append(pairs + (f"; left aside: {', '.join(columns.aside)}" if columns.aside else ""))
    if sheet.named_on is None:
        state.warnings.append("no column names: the columns are taken as T, value and error, in this order")


def _tell_repeats(state: Progress, read: Rows, rows: Rows, sweeps: int) -> None:
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


def _measurement(state: Progress, rows: Rows, unit: str, unit_of_T: str) -> Measurement:
    si = QUANTITIES[state.quantity][1]
    converted = [f"{unit} to {si}"] if unit != si else []
    converted += [f"{unit_of_T} to K"] if unit_of_T != "K" else []
    text = state.sheet.text
    origin = f"{text.path.name}, sha256 {text.sha256}" + (
        f"; converted: {', '.join(converted)}" if converted else ""
    )
    remarks = [note for note in state.notes if "averaged" in note or "left out" in note]
    remarks += [note for note in state.warnings if "left out" in note or "assumed" in note or "taken" in note]
    return Measurement(
        name=text.path.stem,
        quantity=state.quantity,
        temperature=rows.T,
        value=rows.value,
        error=rows.error,
        origin=origin,
        note="; ".join(remarks),
    )

"""Which column of a table is what, and in which unit."""

import difflib
import re
from dataclasses import dataclass

from ..errors import DataError
from ..quantities import QUANTITIES
from .table import Column, Table, among

_TEMPERATURE = {"t", "temp", "temperature"}
_VALUE = {quantity: entry.columns for quantity, entry in QUANTITIES.items()}
_SIGMA = {
    *("sigma", "σ", "error", "err", "uncertainty", "std", "stderr", "sd"),
    *("sigmakappa", "sigmac", "sigmacp", "sigmaalpha", "dkappa", "dcp", "dalpha"),
}


@dataclass(frozen=True)
class Layout:
    """The quantity of a table, and the index of each column that matters."""

    quantity: str
    columns: tuple[Column, ...]
    temperature: int
    value: int
    sigma: int | None

    def unit(self, index: int) -> str:
        """Return the unit of a column, empty if none is given."""
        return self.columns[index].unit


def find_layout(table: Table, quantity: str | None) -> Layout:
    """Find temperature, value and error among the columns of a table.

    Parameters
    ----------
    table : Table
    quantity : str or None
        What the caller says the values are; the header and the column name may say it too.

    Raises
    ------
    DataError
        If a column is missing, there twice or nearly understood, or if the three disagree.
    """
    columns = _with_units(table)
    wanted = _wanted(table, quantity)
    line, names = table.columns_line, [_plain(column.name) for column in columns]
    listed = ", ".join(column.name or "(no name)" for column in columns)
    temperatures = [i for i, name in enumerate(names) if name in _TEMPERATURE]
    sigmas = [i for i, name in enumerate(names) if name in _SIGMA]
    values = [(i, q) for i, name in enumerate(names) for q, known in _VALUE.items() if name in known]
    if not temperatures:
        raise table.fail(f"no temperature column among {listed}; name it 'T [K]'", line)
    for found, what in ((temperatures, "temperature"), (sigmas, "error"), (values, "value")):
        if len(found) > 1:
            raise table.fail(f"{len(found)} {what} columns among {listed}; keep one", line)
    used = {temperatures[0], *sigmas, *(i for i, _ in values)}
    others = [i for i in range(len(columns)) if i not in used]
    if not values and wanted and len(others) == 1 and columns[others[0]].unit:
        values, others = [(others[0], wanted)], []
    for i in others:
        _refuse_near_miss(table, columns[i].name, bool(sigmas), bool(values))
    if not values:
        example = "'kappa [W/(m K)]', 'C [J/(kg K)]' or 'alpha [1/K]'"
        raise table.fail(f"no value column among {listed}; name it for example {example}", line)
    index, found = values[0]
    if wanted not in (None, found):
        reason = f"the column {columns[index].name} is {found}, not {wanted}; rename it or the quantity"
        raise table.fail(reason, line)
    return Layout(found, columns, temperatures[0], index, sigmas[0] if sigmas else None)


def _with_units(table: Table) -> tuple[Column, ...]:
    """Return the columns, their units filled in from the header line ``units``."""
    if "units" not in table.header:
        return table.columns
    text, line = table.header["units"]
    units = [unit.strip() for unit in re.split(r"[,;]", text)]
    if len(units) != len(table.columns):
        reason = f"{len(units)} units for {len(table.columns)} columns; give one for each, in order"
        raise table.fail(reason, line)
    columns = []
    for column, unit in zip(table.columns, units, strict=True):
        if column.unit and column.unit != unit:
            reason = f"the column {column.name} is in {column.unit}, but units says {unit}; keep one"
            raise table.fail(reason, line)
        columns.append(Column(column.name, unit))
    return tuple(columns)


def _wanted(table: Table, quantity: str | None) -> str | None:
    """Return the quantity that the caller or the header names, or None."""
    wanted = None
    if quantity is not None:
        wanted = _quantity(quantity)
        if wanted is None:
            raise DataError(f"unknown quantity '{quantity}'{among(quantity, QUANTITIES)}")
    if "quantity" in table.header:
        text, line = table.header["quantity"]
        said = _quantity(text)
        if said is None:
            raise table.fail(f"unknown quantity '{text}'{among(text, QUANTITIES)}", line)
        if wanted not in (None, said):
            raise table.fail(f"this file holds {said}, not {wanted}; name the other file or quantity", line)
        wanted = said
    return wanted


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]", "", name).lower()


def _quantity(text: str) -> str | None:
    """Return the quantity a text names, in any of its spellings, or None."""
    if text in QUANTITIES:
        return text
    plain = _plain(text)
    return next((quantity for quantity, names in _VALUE.items() if plain in names), None)


def _refuse_near_miss(table: Table, name: str, has_sigma: bool, has_value: bool) -> None:
    """Refuse a further column whose name is nearly that of an error or a value: it would be overlooked."""
    known = set() if has_sigma else set(_SIGMA)
    known = known.union(*_VALUE.values()) if not has_value else known
    near = difflib.get_close_matches(_plain(name), [w for w in known if len(w) > 2], n=1, cutoff=0.75)
    if near:
        reason = f"the column '{name}' is not understood, did you mean '{near[0]}'? Rename or delete it"
        raise table.fail(reason, table.columns_line)

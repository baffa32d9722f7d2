"""What was read, in words and as plain values: a table, what was done, what looks wrong, and what to do next."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..datasets.constants import CONSTANTS
from .material import DataFile, Material
from .reading import FEWEST
from .spelling import short

_LISTED_RUNS = 12  # runs of lines
_COLUMNS = ("quantity", "file", "rows", "fitted", "T [K]", "values [SI]", "errors", "unit in the file")


def summary(material: Material) -> str:
    """Return the table of what was read, the constants, notes and warnings."""
    rows = [_COLUMNS, *(_row(material, file) for file in material.files)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_COLUMNS))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines = [*table, "", "Constants", *_constants(material), "", "Done"]
    for file in material.files:
        name = file.reading.path.name
        lines += [f"  {name}: {note}" for note in file.reading.notes]
        lines += [f"  {name}: {each}" for each in _lines(file)]
    warnings = all_warnings(material)
    if warnings:
        lines += ["", "Please check", *(f"  {warning}" for warning in warnings)]
    return "\n".join(lines)


def all_warnings(material: Material) -> list[str]:
    """Return what looks wrong: of each file, its range of temperatures, and the constants."""
    found = []
    for file in material.files:
        name, used = file.reading.path.name, material.used_rows(file)
        found += [f"{name}: {warning}" for warning in file.reading.warnings]
        limit = material.limit(file.quantity)
        if used == 0:
            found.append(
                f"{name}: all rows lie above {limit:g} K, where the theory is not meant: shown, not fitted"
            )
        elif used < FEWEST <= len(file.reading.measurement):
            found.append(f"{name}: only {used} rows lie below {limit:g} K, where the theory is meant")
    return [*found, *material.doubts]


def next_commands(name: str, prefix: str = "") -> list[str]:
    """Return the commands that come next."""
    study = f"{prefix}{name}.toml"
    return [f"glassjax validate {study}", f"glassjax fit {study} --quick", f"glassjax fit {study}"]


def plain_summary(material: Material, written: Sequence[str], commands: Sequence[str]) -> dict[str, Any]:
    """Return everything as plain values, for JSON."""
    files = []
    for file in material.files:
        reading, data = file.reading, file.reading.measurement
        files.append(
            {
                "file": str(reading.path),
                "quantity": file.quantity,
                "written_to": file.name,
                "rows_in_file": reading.rows,
                "rows": len(data),
                "rows_fitted": material.used_rows(file),
                "unit": reading.unit,
                "temperature_unit": reading.temperature_unit,
                "temperature": data.temperature.tolist(),
                "value": data.value.tolist(),
                "error": data.error.tolist(),
                "scale_error": data.scale_error,
                "columns": reading.columns,
                "left_aside": list(reading.aside),
                "sheet": reading.sheet,
                "lines": [{"first": first, "last": last, "as": what} for first, last, what in reading.lines],
                "notes": list(reading.notes),
                "warnings": list(reading.warnings),
            }
        )
    constants: dict[str, Any] = {
        name: {"value": given.value, "uncertainty": given.uncertainty, "stated": given.stated}
        for name, given in material.given.items()
    }
    for name, expected in material.expected.items():
        constants[name] = {"median": expected.median, "spread": expected.spread, "reason": expected.reason}
    return {
        "name": material.name,
        "files": files,
        "constants": constants,
        "warnings": all_warnings(material),
        "written": list(written),
        "next": list(commands),
    }


def _row(material: Material, file: DataFile) -> tuple[str, ...]:
    reading, data = file.reading, file.reading.measurement
    relative = data.error / np.maximum(np.abs(data.value), 1e-300)
    low, high = float(relative.min()), float(np.median(relative))
    errors = f"{low:.1%}" if abs(high - low) < 1e-3 * high else f"{float(np.median(relative)):.1%} (median)"
    return (
        file.quantity,
        reading.path.name,
        str(len(data)),
        str(material.used_rows(file)),
        f"{data.temperature[0]:.3g} … {data.temperature[-1]:.3g}",
        f"{data.value.min():.3g} … {data.value.max():.3g}",
        errors,
        reading.unit,
    )


def _lines(file: DataFile) -> list[str]:
    """Say what the lines of a file are, in one sentence; those left out and blank are in its notes."""
    sentences = [
        f"{'line' if first == last else 'lines'} {first}{'' if first == last else f' to {last}'}: {what}"
        for first, last, what in file.reading.lines
        if what != "blank"
    ]
    if len(sentences) > _LISTED_RUNS:
        sentences = [*sentences[: _LISTED_RUNS - 1], f"… {sentences[-1]} (all of them with --json)"]
    return ["; ".join(sentences)] if sentences else []


def _constants(material: Material) -> list[str]:
    width = max(len(name) for name in CONSTANTS)
    lines = []
    for name, unit in CONSTANTS.items():
        of = "" if unit == "1" else f" {unit}"
        if name in material.given:
            given = material.given[name]
            how = "" if given.stated else ", uncertainty assumed: fixed in the fit"
            lines.append(f"  {name:<{width}}  {given.value:.5g} ± {short(given.uncertainty)}{of}{how}")
        elif name in material.expected:
            expected = material.expected[name]
            lines.append(
                f"  {name:<{width}}  not given: expected {expected.median:g}{of} to a factor of "
                f"{np.exp(expected.spread):.2f}, free in the fit where it matters"
            )
    return lines

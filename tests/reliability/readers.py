"""The rooms of bad input: how each kind of file is read in Python and on the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["ROOMS", "Room"]


class Room(NamedTuple):
    """One kind of file.

    ``read`` does with a path what every use of such a file begins with. ``command`` are the words of a command that
    reads it first of all, the path in place of ``{file}``; none if no command reads such a file by itself.
    """

    read: Callable[[Path], Any]
    command: tuple[str, ...] = ()


def _data(path: Path) -> Any:
    from glassjax.datasets import read_measurement

    return read_measurement(path)


def _study(path: Path) -> Any:
    from glassjax.loading import load_problem

    return load_problem(path)


def _glass(path: Path) -> Any:
    from glassjax.datasets import load_record

    record = load_record(path)
    return record.glass, record.measurements()


def _spreadsheet(path: Path) -> Any:
    from glassjax.intake import read_spreadsheet

    return read_spreadsheet(path, "kappa", molar_mass=60.0)


def _table(path: Path) -> Any:
    from glassjax.batches.rows import TableSource
    from glassjax.batches.table import open_table
    from glassjax.rivals.debye import Debye

    source = TableSource(open_table(path), Debye(), "debye", 10.0)
    return [piece.bad for piece in source.pieces(16)]


def _result(path: Path) -> Any:
    from glassjax import load_result

    return load_result(path)


ROOMS: dict[str, Room] = {
    "data": Room(_data),
    "study": Room(_study, ("validate", "{file}")),
    "glass": Room(_glass, ("glasses", "{file}")),
    "spreadsheet": Room(
        _spreadsheet, ("new", "mine", "--kappa", "{file}", "--molar-mass", "60", "--yes", "--no-plot")
    ),
    "table": Room(_table, ("batch", "{file}", "--out", "out.parquet", "--theory", "debye")),
    "result": Room(_result, ("report", "{file}")),
}

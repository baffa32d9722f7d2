"""What a batch on disk evaluates: the rows of a table, or the draws of a fit, in pieces of some materials each."""

import abc
import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from ..datasets import load_glass
from ..errors import DataError, GlassjaxError, suggest
from ..glass import GLASS_CONSTANTS, Glass
from ..theory import Theory, outside
from .materials import Materials, stack
from .table import ParquetTable, Row, Table

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("name", "id")
GLASS = "glass"
RESERVED = ("row", "error")
_REQUIRED = tuple(name for name in GLASS_CONSTANTS if name != "fragility")
_FRAGILITY = 30.0


@dataclass(frozen=True)
class Piece:
    """Consecutive rows of a source.

    Attributes
    ----------
    rows : sequence of int
        Number of each in the file.
    materials : Materials
    passed : mapping
        Cells of the columns that are passed through; None where there is nothing.
    bad : mapping
        Sentence for each row whose cells make no sense, by its index in the piece.
    """

    rows: Sequence[int]
    materials: Materials
    passed: Mapping[str, Sequence[Any]]
    bad: Mapping[int, str]


class Source(abc.ABC):
    """A table of materials, or the draws of a fit.

    Attributes
    ----------
    place : what a row's number counts, as in "line"
    count : materials
    time : observation time in s
    passed : types of the columns that are passed through, by name
    about : lines that say what is evaluated
    identity : what makes this source the very same again: hashes and options
    """

    place: str
    count: int
    time: float
    passed: "Mapping[str, pa.DataType]"
    about: Sequence[str]
    identity: Mapping[str, Any]

    @abc.abstractmethod
    def pieces(self, size: int, skip: int = 0) -> Iterator[Piece]:
        """Yield pieces of ``size`` rows, the last perhaps shorter; leave the first ``skip`` pieces out."""


class TableSource(Source):
    """Materials of a table: constants and parameters in columns of these names.

    Parameters
    ----------
    table : Table
        A column ``glass`` names shipped glasses, whose constants count where the table has no column for them.
        A column ``name`` or ``id`` is passed through, as are all others that are used.
    theory : Theory
        Its parameters count where the table has no column for them.
    label : str
        Name of the theory.
    time : float
        Observation time in s.
    glass : str, optional
        A shipped glass for all rows, in place of a column.
    keep : sequence of str
        Further columns to pass through.

    Raises
    ------
    DataError
        If a column is unknown or a constant has none, or the table has no rows.
    """

    def __init__(
        self,
        table: Table,
        theory: Theory,
        label: str,
        time: float | int,
        glass: str | None = None,
        keep: Sequence[str] = (),
    ) -> None:
        self.table, self.theory, self.place, self.time = table, theory, table.place, float(time)
        self._known = {parameter.name: parameter for parameter in theory.parameters()}
        self._default = None if glass is None else load_glass(glass)
        self._glasses: dict[str, Glass | str] = {}
        self._at = jax.jit(jax.vmap(self.theory.at))
        self.parameters = [name for name in table.columns if name in self._known]
        self.constants = [name for name in table.columns if name in GLASS_CONSTANTS]
        self._check_columns(label, glass, keep)
        self.count, self.passed = self._survey(keep)
        if not self.count:
            raise table.fail("column names but no rows; write a row for each material")
        given = f"; constants of {glass} where there is no column" if glass else ""
        self.about = [f"{self.count} materials from {table.path.name}{given}"]
        self.identity = {
            "table": table.sha256(),
            "columns passed through": list(self.passed),
            "glass": glass or "",
        }

    def _check_columns(self, label: str, glass: str | None, keep: Sequence[str]) -> None:
        """Refuse columns that mean nothing, nothing certain, or are missing."""
        fail, columns = self.table.fail, self.table.columns
        for name in keep:
            if name not in columns:
                raise fail(f"there is no column '{name}' to keep{suggest(name, columns)}; correct --keep")
        known = (*GLASS_CONSTANTS, *self._known, *NAMES, GLASS)
        for name in columns:
            if name in RESERVED:
                raise fail(f"the results have a column '{name}' of their own; rename that of the table")
            if name not in known and name not in keep:
                raise fail(
                    f"the column '{name}' is no constant and no parameter of {label}{suggest(name, known)}; "
                    f"rename it, delete it, or pass it through with --keep '{name}'"
                )
        if GLASS in columns and glass is not None:
            raise fail("each row names its glass; leave out --glass, or delete the column 'glass'")
        missing = [name for name in _REQUIRED if name not in columns]
        if missing and GLASS not in columns and glass is None:
            raise fail(
                f"there is no column '{missing[0]}' and none named 'glass'; "
                "add one of them, or name a shipped glass for all rows with --glass"
            )
        held = set(self.theory.__dataclass_fields__)
        coordinates = [name for name in self.parameters if name not in held]
        if coordinates:  # the theory itself refuses two columns for one parameter
            values = dict.fromkeys(self.parameters, 0.5)
            try:
                self.theory.at(values, self._default or load_glass("a-SiO2"))
            except GlassjaxError as problem:
                raise fail(str(problem)) from None

    def _survey(self, keep: Sequence[str]) -> "tuple[int, dict[str, pa.DataType]]":
        """Count the rows, and find the type of each column that is passed through."""
        import pyarrow as pa

        numbers = (*self.constants, *self.parameters)
        free = [name for name in self.table.columns if name not in numbers]
        types: dict[str, pa.DataType] = {name: pa.float64() for name in numbers}
        if isinstance(self.table, ParquetTable):
            for name in free:
                kind = self.table.schema.field(name).type
                types[name] = kind.value_type if pa.types.is_dictionary(kind) else kind
            count = sum(1 for _ in self.table.rows())
            return count, {name: types[name] for name in self.table.columns}
        ranks = dict.fromkeys(free, 0)  # 0: whole numbers so far, 1: numbers, 2: text
        indices = {name: self.table.columns.index(name) for name in free}
        count = 0
        for row in self.table.rows():
            count += 1
            for name, index in indices.items():
                if row.cells and ranks[name] < 2:
                    ranks[name] = max(ranks[name], _rank(row.cells[index]))
        kinds = (pa.int64(), pa.float64(), pa.string())
        types |= {name: pa.string() if name == GLASS else kinds[rank] for name, rank in ranks.items()}
        return count, {name: types[name] for name in self.table.columns}

    def pieces(self, size: int, skip: int = 0) -> Iterator[Piece]:
        """Yield pieces of ``size`` rows; leave the first ``skip`` pieces out."""
        rows = itertools.islice(self.table.rows(), skip * size, None)
        while piece := list(itertools.islice(rows, size)):
            yield self._piece(piece, size)

    def _piece(self, rows: list[Row], size: int) -> Piece:
        bad = {i: f"{row.fault}; complete the row" for i, row in enumerate(rows) if row.cells is None}
        columns = dict(zip(self.table.columns, self._transposed(rows), strict=True))
        values = {
            name: self._numbers(name, columns[name], bad) for name in (*self.constants, *self.parameters)
        }
        passed = {
            name: [None if math.isnan(x) else x for x in values[name]]
            if name in values
            else _converted(cells, self.passed[name])
            for name, cells in columns.items()
        }
        own = next((columns[name] for name in (*NAMES, GLASS) if name in columns), None)
        other = "" if self._default is None else self._default.name
        names = [
            str(own[i]) if own and own[i] not in (None, "") else other or f"{self.place} {row.number}"
            for i, row in enumerate(rows)
        ]
        glass = self._glass(columns.get(GLASS), values, len(rows), bad)
        for name in self.parameters:  # of the table, so that a sampling coordinate is checked too
            known = self._known[name]
            for i in np.flatnonzero(~((values[name] >= known.low) & (values[name] <= known.high))):
                bad.setdefault(int(i), outside(name, float(values[name][i]), known))
        theory = self._theory({name: values[name] for name in self.parameters}, glass, size)
        return Piece([row.number for row in rows], Materials(theory, glass, names), passed, bad)

    def _transposed(self, rows: list[Row]) -> list[tuple[Any, ...]]:
        empty = (None,) * len(self.table.columns)
        return list(zip(*(row.cells or empty for row in rows), strict=True))

    def _numbers(self, name: str, cells: Sequence[Any], bad: dict[int, str]) -> np.ndarray:
        found = np.full(len(cells), np.nan)
        for i, cell in enumerate(cells):
            try:
                found[i] = _number(cell)
            except ValueError as problem:
                bad.setdefault(i, f"{name} {problem}")
        return found

    def _glass(
        self,
        cells: Sequence[Any] | None,
        values: Mapping[str, np.ndarray],
        count: int,
        bad: dict[int, str],
    ) -> Glass:
        """Return the constants (k,): of the table, else of the glass that a row names."""
        found = {name: np.full(count, np.nan) for name in GLASS_CONSTANTS}
        found["fragility"] = np.full(count, _FRAGILITY)
        for i in range(count):
            glass = self._default if cells is None else self._shipped(cells[i])
            if isinstance(glass, str):
                bad.setdefault(i, glass)
            elif glass is not None:
                for name in GLASS_CONSTANTS:
                    found[name][i] = getattr(glass, name)
        found |= {name: values[name] for name in self.constants}
        return Glass(**found)

    def _shipped(self, cell: Any) -> Glass | str:
        """Return the glass of that name, or what is wrong with the name."""
        if cell in (None, ""):
            return "glass is empty; name a shipped glass"
        name = str(cell)
        if name not in self._glasses:
            try:
                self._glasses[name] = load_glass(name)
            except DataError as problem:
                self._glasses[name] = str(problem)
        return self._glasses[name]

    def _theory(self, values: Mapping[str, np.ndarray], glass: Glass, size: int) -> Theory:
        """Put the parameters into the theory: leaves (k,), from a program of ``size`` rows."""
        count = len(glass.density)  # type: ignore[arg-type]
        padded = jax.tree.map(lambda x: np.pad(x, (0, size - count), mode="edge"), (dict(values), glass))
        return jax.tree.map(lambda leaf: np.asarray(leaf)[:count], self._at(*padded))


class DrawSource(Source):
    """Every draw of a result file of ``glassjax fit``.

    The numbers are the theory's: factors on the data (``scale.kappa``) and the discrepancy are left out.

    Parameters
    ----------
    path : Path
        Of the NetCDF file.

    Raises
    ------
    GlassjaxError
        If it is the fit of a population.
    """

    place = "draw"

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        from ..loading import load_result

        result = load_result(path)
        if result.population:
            raise GlassjaxError(
                f"'{path}' is the fit of several glasses at once; give the fit of one, or a table of draws"
            )
        if result.kind == "maximum" and not result.curved:
            raise GlassjaxError(f"'{path}' has no draws, as its maximum is flat; fit it without --quick")
        study, self.draws = result.study, {name: np.asarray(x) for name, x in result.draws.items()}
        self.count, self.time = len(next(iter(self.draws.values()))), float(study.time)
        self.passed = dict.fromkeys(self.draws, pa.float64())
        placed = jax.jit(jax.vmap(lambda values: (study.theory_at(values), study.glass_at(values))))
        theory, glass = jax.tree.map(np.asarray, placed(self.draws))
        self.materials = stack(theory, glass)
        self.about = [
            f"{self.count} draws of {path}",
            f"{result.heading}; seed {result.seed}, glassjax {result.provenance['glassjax']}",
        ]
        self.identity = {"table": hashlib.sha256(path.read_bytes()).hexdigest()}

    def pieces(self, size: int, skip: int = 0) -> Iterator[Piece]:
        """Yield pieces of ``size`` draws; leave the first ``skip`` pieces out."""
        for begin in range(skip * size, self.count, size):
            end = min(begin + size, self.count)
            passed = {name: column[begin:end].tolist() for name, column in self.draws.items()}
            yield Piece(range(begin + 1, end + 1), self.materials.part(begin, end), passed, {})


def _number(cell: Any) -> float:
    if cell is None or cell == "":
        raise ValueError("is empty; give a number")
    if isinstance(cell, bool) or (isinstance(cell, str) and "_" in cell):
        raise ValueError(f"is '{cell}', not a number")
    try:
        return float(cell)
    except (TypeError, ValueError):
        raise ValueError(f"is '{cell!s:.40}', not a number") from None


def _rank(cell: str) -> int:
    """0 for a whole number or nothing, 1 for another number, 2 for text."""
    if cell.removeprefix("-").isdecimal() and cell.isascii():
        # a code such as 007 is text, and so is what no 64-bit number holds
        return 0 if len(cell) < 19 and (cell == "0" or not cell.removeprefix("-").startswith("0")) else 2
    if not cell:
        return 0
    try:
        return 1 if math.isfinite(_number(cell)) else 2
    except ValueError:
        return 2


def _converted(cells: Sequence[Any], kind: "pa.DataType") -> list[Any]:
    """Cells of a column that is passed through, as its type wants them."""
    import pyarrow as pa

    make = {pa.int64(): int, pa.float64(): float}.get(kind)
    if make is None:
        return list(cells)
    return [None if cell in (None, "") else make(cell) for cell in cells]

"""A glass on the shelf: its constants with their sources, and the list of its data."""

import functools
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, suggest
from ..quantities import QUANTITIES
from ..scalars import as_path
from ..toml import TomlProblem, read_toml_file
from .constants import CONSTANTS, Constant, read_constant
from .measurement import Measurement
from .reader import read_measurement
from .table import among

if TYPE_CHECKING:
    import glassjax.glass

ROLES = {"fit": "a study fits it", "check": "shown beside a fit, never fitted"}
GLASS_KINDS = ("glass", "semicrystalline", "glass-ceramic", "composite")
_KEYS = ("name", "title", "kind", "note", "molar_mass", "constants", "data")
_DATA_KEYS = ("quantity", "file", "role", "low", "high", "note")


@dataclass(frozen=True, kw_only=True)
class DataEntry:
    """One file of a glass, and which part of it may be trusted.

    Attributes
    ----------
    quantity : str
        ``kappa``, ``heat-capacity`` or ``expansion``.
    file : Path
    role : str
        ``fit`` or ``check``.
    low, high : float
        Temperatures in K outside of which rows are left out.
    note : str
        Why.
    """

    quantity: str
    file: Path
    role: str = "fit"
    low: float = 0.0
    high: float = math.inf
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class GlassRecord:
    """What a glass.toml says.

    Attributes
    ----------
    name, title, kind, note : str
        ``kind`` is ``glass``, ``semicrystalline``, ``glass-ceramic`` or ``composite``.
    constants : dict of str to Constant
    molar_mass : float or None
        In g/mol.
    data : tuple of DataEntry
    folder : Path
    """

    name: str
    title: str
    kind: str
    note: str
    constants: dict[str, Constant]
    molar_mass: float | None
    data: tuple[DataEntry, ...]
    folder: Path

    @functools.cached_property
    def glass(self) -> "glassjax.glass.Glass":
        """The glass; constants without a source take the median of their prior."""
        from ..glass import Glass

        return Glass(name=self.name, **{name: constant.best for name, constant in self.constants.items()})

    def measurements(self, role: str | None = None) -> list[Measurement]:
        """Read the data, rows outside of ``low`` and ``high`` left out.

        Parameters
        ----------
        role : str, optional
            Only the data with this role, ``fit`` or ``check``.
        """
        if role is not None and role not in ROLES:
            raise DataError(f"unknown role '{role}'{among(role, ROLES)}")
        chosen = [entry for entry in self.data if role in (None, entry.role)]
        return [
            read_measurement(entry.file, quantity=entry.quantity, molar_mass=self.molar_mass).between(
                entry.low, entry.high
            )
            for entry in chosen
        ]


def load_record(name: str | Path) -> GlassRecord:
    """Read everything a glass.toml says.

    Parameters
    ----------
    name : str or Path
        A shipped glass (see `list_glasses`), or the path of a glass.toml or its folder.

    Raises
    ------
    DataError
        If there is no such glass, or its file is not understood.
    """
    folder = glass_folder(name)
    path = folder / "glass.toml"
    try:
        content = read_toml_file(path)
    except TomlProblem as problem:
        raise DataError(f"{path} {problem}") from None
    _known(content, _KEYS, path, "key")
    texts = {key: _text(content, key, path) for key in ("name", "title", "kind", "note")}
    texts["title"] = texts["title"] or texts["name"]
    texts["kind"] = texts["kind"] or "glass"
    if not NAME.fullmatch(texts["name"]):
        raise DataError(f"{path}: name = '{texts['name']}'; write only letters, digits and the signs - . _ +")
    if texts["kind"] not in GLASS_KINDS:
        raise DataError(f"{path}: unknown kind '{texts['kind']}'{among(texts['kind'], GLASS_KINDS)}")
    molar_mass = _optional_number(content, "molar_mass", path)
    if molar_mass is not None and not 0 < molar_mass < math.inf:
        raise DataError(f"{path}: molar_mass must be a positive number in g/mol, not {molar_mass:g}")
    entries = content.get("data", [])
    if not isinstance(entries, list):
        raise DataError(f"{path}: data must be a list of tables; write [[data]] above each")
    return GlassRecord(
        **texts,
        constants=_constants(content.get("constants"), path),
        molar_mass=molar_mass,
        data=tuple(_data_entry(entry, folder, path) for entry in entries),
        folder=folder,
    )


def load_glass(name: str | Path) -> "glassjax.glass.Glass":
    """Return a glass: one that is shipped, or the one of a glass.toml (or its folder) at a path.

    Constants without a source take the median of their prior; `load_record` says which.
    """
    return load_record(name).glass


def load_measurements(name: str | Path, *, role: str | None = None) -> list[Measurement]:
    """Return the data of a glass in SI, without the rows that its glass.toml does not trust.

    Parameters
    ----------
    name : str or Path
        A shipped glass, or the path of a glass.toml or its folder.
    role : str, optional
        Only the data to ``fit``, or only those to ``check`` a fit with.
    """
    return load_record(name).measurements(role)


def _constants(tables: Any, path: Path) -> dict[str, Constant]:
    if not isinstance(tables, dict):
        raise DataError(f"{path}: no constants; write a table such as [constants.density] for each")
    _known(tables, CONSTANTS, path, "constant")
    for name in CONSTANTS:
        if name not in tables and name != "fragility":
            raise DataError(f"{path}: no {name}; add [constants.{name}] with a source, or with a prior")
    return {name: read_constant(name, tables[name], str(path)) for name in CONSTANTS if name in tables}


def _data_entry(entry: Any, folder: Path, path: Path) -> DataEntry:
    if not isinstance(entry, dict):
        raise DataError(f"{path}: data must be a list of tables; write [[data]] above each")
    _known(entry, _DATA_KEYS, path, "key")
    quantity, file = _text(entry, "quantity", path), _text(entry, "file", path)
    role = _text(entry, "role", path) or "fit"
    if quantity not in QUANTITIES:
        raise DataError(f"{path}: unknown quantity '{quantity}'{among(quantity, QUANTITIES)}")
    if role not in ROLES:
        raise DataError(f"{path}: unknown role '{role}'{among(role, ROLES)}")
    place = folder / file
    if not NAME.fullmatch(file) or place.resolve().parent != folder.resolve():
        raise DataError(f"{path}: file = '{file}'; name a file in the same folder, without a path")
    if not place.is_file():
        there = sorted(other.name for other in folder.glob("*.csv"))
        raise DataError(f"{path}: there is no file '{file}' in that folder{suggest(file, there)}")
    low, high = _optional_number(entry, "low", path), _optional_number(entry, "high", path)
    low, high = 0.0 if low is None else low, math.inf if high is None else high
    if not low < high:
        raise DataError(f"{path}: {file}: low ({low:g} K) must lie below high ({high:g} K)")
    return DataEntry(
        quantity=quantity, file=place, role=role, low=low, high=high, note=_text(entry, "note", path)
    )


def _known(table: dict[str, Any], keys: Any, path: Path, what: str) -> None:
    for key in table:
        if key not in keys:
            raise DataError(f"{path}: unknown {what} '{key}'{among(key, keys)}")


def _text(table: dict[str, Any], key: str, path: Path) -> str:
    text = table.get(key, "")
    if not isinstance(text, str):
        raise DataError(f"{path}: {key} must be a text in quotation marks, not {text!r}")
    return " ".join(text.split())


def _optional_number(table: dict[str, Any], key: str, path: Path) -> float | None:
    number = table.get(key)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or math.isnan(number):
        raise DataError(f"{path}: {key} must be a number, not {number!r}")
    return float(number)


_PACKAGE = Path(__file__).resolve().parent.parent
_ROOMS = ("datasets", "fits")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")


def shipped(room: str) -> Path:
    """Return the folder of what is shipped: ``"datasets"`` or ``"fits"``.

    The installed package carries a copy; a checkout has the folder at its top.

    Raises
    ------
    DataError
        If there is no such folder.
    """
    if room not in _ROOMS:
        raise DataError(f"nothing is shipped as '{room}'{among(room, _ROOMS)}")
    for folder in (_PACKAGE / "_shipped" / room, _PACKAGE.parent / room):
        if folder.is_dir():
            return folder
    raise DataError(f"the shipped {room} are missing beside {_PACKAGE}; install glassjax again")


def list_glasses() -> list[str]:
    """Return the names of the shipped glasses, in alphabetical order."""
    names = (entry.parent.name for entry in shipped("datasets").glob("*/glass.toml"))
    return sorted(names, key=str.lower)


def glass_folder(name: str | Path) -> Path:
    """Return the folder of a shipped glass, or of the ``glass.toml`` (or its folder) at a path.

    Raises
    ------
    DataError
        If there is neither.
    """
    names = list_glasses()
    if isinstance(name, str) and name in names:
        return shipped("datasets") / name
    path = as_path(name, "a glass")
    try:
        if path.is_dir() and (path / "glass.toml").is_file():
            return path
        if path.name == "glass.toml" and path.is_file():
            return path.parent
        unknown = NAME.fullmatch(str(name)) and not path.exists()
    except OSError as error:
        raise DataError(f"'{name}' names no file ({error.strerror}); name a shipped glass") from None
    if unknown:
        match = next((known for known in names if known.lower() == str(name).lower()), str(name))
        raise DataError(f"no glass '{name}' is shipped{among(match, names)}")
    raise DataError(f"{name}: no glass.toml there; name a shipped glass, a glass.toml or its folder")

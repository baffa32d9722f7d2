"""Where the shipped data sets and studies lie, in the wheel or in a checkout."""

import re
from pathlib import Path

from ..errors import DataError
from ..scalars import as_path
from .wording import among

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

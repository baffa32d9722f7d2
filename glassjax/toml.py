"""TOML files: those that people write, read whole or refused with the reason; and commented ones, written."""

import json
import math
import textwrap
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .plain_text import control_in

LARGEST = 1_000_000  # bytes
_WHOLE = 2**63  # the ends of TOML's whole numbers
_DEEPEST = 20
_WIDTH = 118  # characters of a comment


class TomlProblem(ValueError):
    """Why a file cannot be read, to be put behind its name; with the remedy."""


def read_toml_file(path: Path) -> dict[str, Any]:
    """Return what a TOML file of 1 MB at most holds.

    Raises
    ------
    TomlProblem
        If it cannot be read or is no regular file, no text, no TOML, or holds what nobody means: whole numbers beyond
        64 bits, control characters, tables twenty deep.
    """
    content = _content(path)
    try:
        found = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise TomlProblem(f"is no valid TOML: {error}; correct it there") from None
    except RecursionError:
        raise TomlProblem("is no valid TOML: nested too deep; correct it there") from None
    except ValueError:
        raise TomlProblem("is no valid TOML: a number of thousands of digits; correct it there") from None
    _check(found)
    control = control_in(found)
    if control:
        raise TomlProblem(f"holds a control character in '{control}'; delete it")
    return found


def _content(path: Path) -> str:
    try:
        if not path.is_file():
            raise TomlProblem("is no regular file; name a TOML file")
        if path.stat().st_size > LARGEST:
            raise TomlProblem(f"is larger than {LARGEST // 10**6} MB; name a TOML file that somebody wrote")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TomlProblem(f"cannot be read ({error.strerror}); check its permissions") from None
    except UnicodeDecodeError:
        raise TomlProblem("is no text in UTF-8; save it as that, or name another file") from None


def _check(found: Any, depth: int = 0) -> None:
    """Refuse whole numbers that TOML does not have, and depth."""
    if depth > _DEEPEST:
        raise TomlProblem(f"is nested more than {_DEEPEST} deep; correct it")
    if isinstance(found, int) and not -_WHOLE <= found < _WHOLE:
        digits = math.ceil(found.bit_length() * math.log10(2))
        raise TomlProblem(
            f"holds a whole number of {digits} digits; write it with an exponent, as 1e{digits - 1}"
        )
    for entry in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        _check(entry, depth + 1)


def toml_value(value: object) -> str:
    """Return a text, a number, a truth value or a mapping of those (an inline table) as TOML spells it.

    Raises
    ------
    TypeError
        For a value of another type.
    """
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {toml_value(entry)}' for key, entry in value.items())} }}"
    if isinstance(value, str):  # JSON escapes a text as TOML does, but for the delete character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, float):
        return repr(float(value))  # a NumPy number as well
    raise TypeError(f"no TOML for a {type(value).__name__}")


class TomlWriter:
    """A commented TOML file, written from its first line to its last."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def line(self, text: str = "") -> None:
        """Write a line as it is; an empty one by default."""
        self._lines.append(text)

    def comment(self, text: str) -> None:
        """Write a comment, broken into lines of at most 120 characters."""
        self._lines += [f"# {line}" for line in textwrap.wrap(text, _WIDTH)]

    def table(self, name: str, *, array: bool = False) -> None:
        """Begin the table ``[name]``, or another one of the array ``[[name]]``."""
        self._lines.append(f"[[{name}]]" if array else f"[{name}]")

    def entry(self, key: str, value: object, remark: str = "", *, off: bool = False) -> None:
        """Write ``key = value``, with a remark behind it; ``off`` makes it a comment, for a reader to switch on."""
        behind = f"   # {remark}" if remark else ""
        self._lines.append(f"{'# ' if off else ''}{key} = {toml_value(value)}{behind}")

    def paragraph(self, key: str, text: str) -> None:
        """Write a long text as a string of several lines."""
        escaped = textwrap.fill(text, 100).replace("\\", "\\\\").replace('"', '\\"')
        self._lines += [f'{key} = """', f'{escaped}"""']

    def text(self) -> str:
        """Return the file's content."""
        return "\n".join(self._lines).rstrip() + "\n"

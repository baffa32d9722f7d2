"""TOML files that people write: read whole, or refused for what is wrong with them."""

import math
import tomllib
from pathlib import Path
from typing import Any

from .plain_text import control_in

__all__ = ["TomlProblem", "read_toml_file"]

LARGEST = 1_000_000  # bytes
_WHOLE = 2**63  # the ends of TOML's whole numbers
_DEEPEST = 20


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

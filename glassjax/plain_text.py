"""Text that others wrote, made safe to print: no control characters, which a terminal obeys, and not without end."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What no table of numbers holds: control characters but for white space, and marks that turn the reading around."""
LONGEST = 1900  # characters of a line
_KEPT_AT_END = 400
_CONTROL = (
    "Cc",
    "Cf",
    "Cs",
    "Co",
    "Cn",
    "Zl",
    "Zp",
)  # categories; Cf holds those that turn the direction of reading


def _is_control(letter: str) -> bool:
    return not letter.isprintable() and unicodedata.category(letter) in _CONTROL


def _spelt(letter: str) -> str:
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")


def without_controls(text: str, but: str = "") -> str:
    """Return ``text`` with every control character spelt as an escape, except those in ``but``."""
    if text.isprintable():
        return text
    return "".join(_spelt(letter) if _is_control(letter) and letter not in but else letter for letter in text)


def one_line(text: str) -> str:
    """Return ``text`` without control characters, and the middle of more than 1900 characters left out."""
    text = without_controls(text)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - _KEPT_AT_END]} … {text[-_KEPT_AT_END:]}"
    return text


def control_in(plain: Any, but: str = "\n\t") -> str:
    """Return the first text with a control character among mappings, lists and texts, spelt out; or an empty string."""
    for text in _texts(plain):
        if not text.isprintable() and any(_is_control(letter) and letter not in but for letter in text):
            return one_line(text)
    return ""


def _texts(plain: Any) -> Iterator[str]:
    pending = [plain]
    while pending:
        entry = pending.pop()
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, Mapping):
            pending += [*entry.values(), *entry]
        elif isinstance(entry, list):
            pending += entry

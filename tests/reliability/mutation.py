"""Valid files damaged at random: what a disk, an editor, a mail program or somebody malicious may make of them."""

import copy
import datetime
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["EXTREMES", "mutate", "swap_json", "swap_toml"]

EXTREMES = tuple(
    b"0|-0|-1|1e400|-1e400|1e308|1e-320|nan|inf|-inf|NaN|1_000|1,5|0x10|1e|.|--1|1e5000|2**63|9223372036854775808|"
    b"%b|1e%b|true|null|[]|{}|''|\xe2\x88\x921|\xd9\xa1\xd9\xa2|1 000|1.2.3|2020-01-01".replace(
        b"%b", b"9" * 400
    ).split(b"|")
)
"""What a number may be replaced by."""

_PIECES = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\x1b[31m",
        b"\x1b]0;owned\x07",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\t",
    ),
    *(
        b'"',
        b"'",
        b'"""',
        b"'''",
        b"[",
        b"]",
        b"[[",
        b"{",
        b"}",
        b"(",
        b")",
        b"=",
        b",",
        b";",
        b"#",
        b"\\",
        b"%",
    ),
    *(b"../" * 8, b"/etc/passwd", b"<script>", b"=cmd|' /C calc'!A0", b"\xe2\x80\xae", b"\xf0\x9f\x92\xa9"),
    *(
        b"\xc3\x28",
        b"a" * 5000,
        b"[" * 3000,
        b"(" * 300,
        b"{a=" * 1500,
        b"a." * 2000,
        b"-" * 300,
        b"\xed\xa0\x80",
    ),
)
_NUMBER = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][\w.-]*")

Rng = np.random.Generator
Change = Callable[[bytes, Rng, Sequence[bytes]], bytes]


def mutate(content: bytes, rng: Rng, others: Sequence[bytes], most: int = 4) -> bytes:
    """Return ``content`` with one to ``most`` random changes; ``others`` are valid files to splice in."""
    for _ in range(int(rng.integers(1, most + 1))):
        content = _CHANGES[int(rng.integers(len(_CHANGES)))](content, rng, others)
    return content


def _span(content: bytes, rng: Rng, longest: int = 64) -> tuple[int, int]:
    begin = int(rng.integers(len(content) + 1))
    return begin, min(len(content), begin + int(rng.integers(1, longest)))


def _flip(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    damaged = bytearray(content)
    for _ in range(int(rng.integers(1, 9)) if damaged else 0):
        damaged[int(rng.integers(len(damaged)))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def _overwrite(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    begin, end = _span(content, rng)
    return content[:begin] + rng.bytes(end - begin) + content[end:]


def _cut(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    return content[: int(rng.integers(len(content) + 1))]


def _remove(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    begin, end = _span(content, rng)
    return content[:begin] + content[end:]


def _repeat(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    begin, end = _span(content, rng)
    return content[:begin] + content[begin:end] * int(rng.choice([2, 2, 3, 50, 500])) + content[end:]


def _insert(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    at, piece = int(rng.integers(len(content) + 1)), _PIECES[int(rng.integers(len(_PIECES)))]
    return content[:at] + piece + content[at:]


def _splice(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    other = others[int(rng.integers(len(others)))]
    begin, end = _span(other, rng, max(2, len(other)))
    at = int(rng.integers(len(content) + 1))
    return content[:at] + other[begin:end] + content[at + int(rng.integers(2)) * (end - begin) :]


def _number(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    return _put(content, rng, _NUMBER, EXTREMES[int(rng.integers(len(EXTREMES)))])


def _word(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    words = _WORD.findall(content + b" " + others[int(rng.integers(len(others)))][:20_000]) or [b"x"]
    return _put(content, rng, _WORD, words[int(rng.integers(len(words)))])


def _put(content: bytes, rng: Rng, pattern: re.Pattern[bytes], new: bytes) -> bytes:
    found = list(pattern.finditer(content))
    if not found:
        return content + new
    chosen = found[int(rng.integers(len(found)))]
    return content[: chosen.start()] + new + content[chosen.end() :]


def _lines(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    i, j = rng.integers(len(lines), size=2)
    lines[i], lines[j] = lines[j], lines[int(rng.choice([i, j]))]
    return b"".join(lines)


def _recode(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    codec = ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")[int(rng.integers(5))]
    return content.decode("utf-8", "replace").encode(codec, "replace")


_CHANGES: tuple[Change, ...] = (
    *(_flip, _overwrite, _cut, _remove, _repeat, _insert, _splice),
    *(_number, _number, _word, _lines, _recode),
)


ODD: tuple[Any, ...] = (
    *(0, -1, 1, 2**62, 0.0, -1.0, 1e308, 1e-308, math.nan, math.inf, -math.inf, True, False),
    *(
        "",
        "x",
        "../x",
        "a\0b",
        "\x1b[2J",
        "nan",
        "R",
        "kappa",
        "glass",
        datetime.date(2026, 11, 27),
        "1" * 3000,
    ),
    *([], [1.0], [[]], ["x"], [True], {}, {"a": 1.0}, {"tie": "R"}, {"tie": 1}, {"distribution": "normal"}),
    *({"distribution": "uniform", "low": 1.0, "high": 1.0}, {"distribution": "glass"}, [{}], [{"file": "x"}]),
)
"""What a value may be replaced by, whatever it was."""


def swap_toml(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    """Return a valid TOML file in which one or two values, or keys, are others."""
    plain = tomllib.loads(content.decode())
    _swap(plain, rng)
    return "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in plain.items()).encode()


def swap_json(content: bytes, rng: Rng, others: Sequence[bytes]) -> bytes:
    """Return valid JSON in which one or two values, or keys, are others."""
    plain = json.loads(content)
    _swap(plain, rng)
    return json.dumps(plain, default=str).encode()


def _swap(plain: dict[str, Any], rng: Rng) -> None:
    for _ in range(int(rng.integers(1, 3))):
        places = list(_places(plain))
        if not places:
            return
        table, key = places[int(rng.integers(len(places)))]
        what = rng.random()
        if what < 0.1:
            table.pop(key)
        elif what < 0.2 and isinstance(table, dict):
            table["xyz"] = table.pop(key)
        elif what < 0.4:
            other, there = places[int(rng.integers(len(places)))]
            table[key] = copy.deepcopy(other[there])
        else:
            table[key] = copy.deepcopy(ODD[int(rng.integers(len(ODD)))])


def _places(plain: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value: the table or list that holds it, and its key."""
    for key, value in plain.items() if isinstance(plain, dict) else enumerate(plain):
        yield plain, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _toml(value: Any) -> str:
    """Return a value as TOML has it within a line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value) if isinstance(value, (str, bool, int, float)) else str(value)

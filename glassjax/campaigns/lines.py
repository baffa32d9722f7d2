"""A line of JSON that knows whether it is whole: its last key is the CRC-32 of the others."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

__all__ = ["line_of", "read_line"]

_SUM = "crc32"


def _plain(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def line_of(content: Mapping[str, Any]) -> str:
    """Return plain values as one line of JSON, without the newline."""
    return _plain({**content, _SUM: zlib.crc32(_plain(content).encode())})


def read_line(line: str | bytes) -> dict[str, Any]:
    """Undo `line_of`.

    Raises
    ------
    ValueError
        If it is no object of JSON, or not the one that was written.
    """
    content = json.loads(line)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    known = content.pop(_SUM, None)
    if known != zlib.crc32(_plain(content).encode()):
        raise ValueError("changed since it was written")
    return content

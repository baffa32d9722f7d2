"""JSON on standard output: one document, in which a number that is missing or not finite is null."""

import json
import math
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["echo_json", "finite"]


def echo_json(plain: Any) -> None:
    """Print mappings, lists, strings and numbers, those of NumPy too, as one JSON document."""
    click.echo(json.dumps(finite(plain), indent=2, ensure_ascii=False, allow_nan=False))


def finite(plain: Any) -> Any:
    """Return the same in Python's own types, None for numbers that are not finite."""
    if isinstance(plain, Mapping):
        return {str(key): finite(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [finite(value) for value in plain]
    if hasattr(plain, "tolist"):  # an array or a number of NumPy
        return finite(plain.tolist())
    if isinstance(plain, float) and not math.isfinite(plain):
        return None
    return plain

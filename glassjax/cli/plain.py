"""JSON on standard output: one document, in which a number that is missing or not finite is null."""

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import click

from .streams import is_unicode


def echo_json(plain: Any) -> None:
    """Print mappings, lists, strings and numbers, those of NumPy too, as one JSON document; where need be in ASCII."""
    escaped = not is_unicode(sys.stdout)
    click.echo(json.dumps(finite(plain), indent=2, ensure_ascii=escaped, allow_nan=False))


def echo_either(found: Any, as_json: bool) -> None:
    """Print what was found as JSON or as text."""
    if as_json:
        echo_json(json.loads(found.to_json()))
    else:
        click.echo(found.summary())


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

"""The ``glass.toml`` of a new glass: every constant with its source, or with a prior and its reason."""

import json
import textwrap

from ..datasets.constants import CONSTANTS
from .material import Material

__all__ = ["record_text"]

_HEAD = """\
# Constants and data of {name}, written by `glassjax new`.
#
# A constant has a value with its uncertainty and its source, or a prior with a reason. Say where your values come from:
# replace the lines `source`.

name = {quoted}
title = {quoted}
kind = "glass"   # or "semicrystalline", "glass-ceramic", "composite"
"""


def record_text(material: Material) -> str:
    """Return the content of the glass's file."""
    parts = [_HEAD.format(name=material.name, quoted=json.dumps(material.name))]
    if material.molar_mass is not None:
        parts[0] += (
            f"molar_mass = {material.molar_mass!r}   # g/mol, of what a mole of the heat capacity counted\n"
        )
    parts += [
        _constant(name, material) for name in CONSTANTS if name in (*material.given, *material.expected)
    ]
    for file in material.files:
        lines = ["[[data]]", f'quantity = "{file.quantity}"', f'file = "{file.name}"', 'role = "fit"']
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _constant(name: str, material: Material) -> str:
    lines = [f"[constants.{name}]"]
    unit = CONSTANTS[name]
    if name in material.given:
        given = material.given[name]
        lines += [f"value = {_number(given.value)}", f"uncertainty = {_number(given.uncertainty)}"]
        lines += [f'unit = "{unit}"', f"source = {json.dumps(given.source, ensure_ascii=False)}"]
        if not given.stated:
            share = given.uncertainty / given.value
            lines.append(f'reason = "No uncertainty was given: {100 * share:.2g} % is an assumption."')
    else:
        expected = material.expected[name]
        lines += [f'unit = "{unit}"', f"prior = {prior_text(expected.median, expected.spread)}"]
        lines += ['reason = """', textwrap.fill(expected.reason, 100) + '"""']
    return "\n".join(lines) + "\n"


def prior_text(median: float, spread: float) -> str:
    """Return a log-normal prior as TOML."""
    return f'{{ distribution = "log-normal", median = {_number(median)}, spread = {spread} }}'


def _number(value: float) -> str:
    """Return a number with six digits as TOML, a float in any case."""
    return repr(float(f"{value:.6g}"))

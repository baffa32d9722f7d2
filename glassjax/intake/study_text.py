"""The files of a new glass: ``glass.toml`` and the study, as TOML with a line that explains each choice."""

import json
import math
import textwrap
from collections.abc import Iterator, Sequence

import numpy as np

from ..datasets.constants import CONSTANTS
from ..datasets.measurement import KINDS
from ..errors import GlassjaxError
from .material import DataFile, Material
from .unknowns import CONSTANTS_USED, FIXED, unknowns

__all__ = ["record_text", "study_text"]

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


_WIDTH = 118
_NAMES = {"kappa": "conductivity", "heat-capacity": "heat capacity", "expansion": "expansion"}
_SYMBOLS = {
    "glass_temperature": "T_g",
    "debye_temperature": "T_D",
    "density": "density",
    "sound_speed": "speed of sound",
    "fragility": "fragility",
}


def study_text(material: Material, time: float) -> str:
    """Return the content of the study file.

    Parameters
    ----------
    material : Material
        With the theory to fit.
    time : float
        Observation time of C and α in s.

    Raises
    ------
    GlassjaxError
        If no row lies where the theory is meant.
    """
    theory = material.theory
    fitted = [file for file in material.files if material.used_rows(file)]
    if not fitted:
        lowest = min(float(file.reading.measurement.temperature[0]) for file in material.files)
        raise GlassjaxError(
            f"all rows lie above the temperatures the theory is meant for: the lowest is at {lowest:.3g} K, and "
            f"T_D is at most {material.highest_debye:.3g} K; measure lower, or correct --debye"
        )
    quantities = tuple(dict.fromkeys(file.quantity for file in fitted))
    what = " and ".join(_NAMES[quantity] for quantity in quantities)
    lines = [
        f"# {material.name}: {what}, by the theory {theory}. Written by `glassjax new`; change what you know better.",
        "#",
        f"#   glassjax validate {material.name}.toml",
        f"#   glassjax fit {material.name}.toml",
        "#",
        "# Every key is explained in fits/template.toml of glassjax and in `glassjax fit --help`.",
        "",
        f"name = {json.dumps(material.name)}",
        f"title = {json.dumps(f'{material.name}, {what}')}",
        f"glass = {json.dumps(material.name)}   # the folder beside this file: glass.toml and the data",
        f'theory = "{theory}"',
        "seed = 0",
        "",
        *_data(material),
    ]
    if {"heat-capacity", "expansion"} & set(quantities):
        lines += [
            *_comment(
                "Time (s) that C and the expansion are watched for: two-level systems add to both as they relax. "
                "10 s is usual in calorimetry."
            ),
            "[observation]",
            f"time = {time!r}",
            "",
        ]
    lines += _fixed(material, theory, quantities)
    lines += _free(material, theory, quantities)
    lines += _discrepancy(material, fitted, quantities)
    return "\n".join(lines).rstrip() + "\n"


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH)]


def _data(material: Material) -> Iterator[str]:
    explained: set[str] = set()
    for file in material.files:
        data = file.reading.measurement
        T, limit, used = data.temperature, material.limit(file.quantity), material.used_rows(file)
        if used < len(T) and file.quantity not in explained:
            explained.add(file.quantity)
            yield from _comment(_limit_text(material, file.quantity))
        span = f"{len(T)} rows from {T[0]:.3g} to {T[-1]:.3g} K"
        kind = "" if data.kind == "points" else f", {KINDS[data.kind]}"
        kind += f", worth {data.degrees_of_freedom} numbers" if data.degrees_of_freedom else ""
        shared = f", scale error {100 * data.scale_error:.3g} %" if data.scale_error else ""
        source = f" ({data.citation})" if data.citation else ""
        yield from _comment(f"{file.reading.path.name}{source}: {span}{kind}{shared}.")
        yield "[[data]]"
        yield f'file = "{material.name}/{file.name}"'
        if not used:
            yield 'role = "check"   # all rows lie above: shown, not fitted'
        elif used < len(T):
            above = len(T) - used
            yield f"to = {limit!r}   # {above} row{'s' if above > 1 else ''} above left out"
        yield ""


def _limit_text(material: Material, quantity: str) -> str:
    """Say where the theory is meant to hold for a quantity, and which Debye temperature that takes."""
    share, reason = material.validity(quantity)
    best, highest = material.best("debye_temperature"), material.highest_debye
    T_D = (
        f"T_D = {best:.3g} K"
        if highest == best
        else f"T_D = {best:.3g} K may turn out as high as {highest:.3g} K"
    )
    return (
        f"The theory of the {_NAMES[quantity]} is meant to hold below {share:g} T_D, "
        f"{material.limit(quantity):g} K here ({T_D}): {reason}."
    )


def _fixed(material: Material, theory: str, quantities: Sequence[str]) -> Iterator[str]:
    entries = [entry for entry in FIXED[theory] if set(entry[2]) & set(quantities)]
    if entries:
        yield "# Fixed numbers."
        yield "[parameters]"
        for name, value, _, why in entries:
            yield f"{name} = {value!r}   # {why}"
        yield ""


def _free(material: Material, theory: str, quantities: Sequence[str]) -> Iterator[str]:
    used = {name for quantity in quantities for name in CONSTANTS_USED[theory][quantity]}
    every = unknowns(theory, material.best("density"), material.best("sound_speed"))
    open_ones = [entry for entry in every if set(entry.quantities) & set(quantities)]
    constants = [name for name in _SYMBOLS if name in used and name in (*material.given, *material.expected)]
    fixed = [name for name in constants if name in material.given and not material.given[name].stated]
    if len(fixed) == len(constants) and not open_ones:
        fixed = []  # something must be free
    yield from _comment(
        "What is unknown. A distribution frees a parameter, a number fixes it; glassjax validate --plot draws what "
        "the priors allow."
    )
    yield "[free]"
    free = [name for name in constants if name not in fixed]
    if free:
        yield from _comment(
            "Constants of the glass that are uncertain: value and uncertainty, or prior and reason, are in "
            f"{material.name}/glass.toml."
        )
        yield from (f'{name} = {{ distribution = "glass" }}' for name in free)
    if fixed:
        values = ", ".join(f"{_SYMBOLS[name]} {material.given[name].value:.6g}{_of(name)}" for name in fixed)
        yield from _comment(f"Given without an uncertainty, and fixed: {values}. To free one, remove its #:")
        yield from (f'# {name} = {{ distribution = "glass" }}' for name in fixed)
    left = [_SYMBOLS[name] for name in ("glass_temperature", "density") if name not in used]
    if left:
        verb = "do not enter" if len(left) > 1 else "does not enter"
        yield from _comment(f"{' and '.join(left)} {verb} here.".capitalize())
    for entry in open_ones:
        yield from _comment(entry.reason)
        yield f"{entry.name} = {entry.prior}"
    if "kappa" in quantities:
        yield from _comment(
            "A common factor on κ, for an error of the sample's geometry that all rows share, here 5 %:"
        )
        yield '# scale.kappa = { distribution = "normal", mean = 0.0, sd = 0.05 }'
    yield ""


def _of(constant: str) -> str:
    """Return the unit of a constant, with a space before it."""
    return "" if CONSTANTS[constant] == "1" else f" {CONSTANTS[constant]}"


def _discrepancy(material: Material, fitted: Sequence[DataFile], quantities: Sequence[str]) -> Iterator[str]:
    yield from _comment(
        "The data are good to a few per cent and the theory to some tens: a smooth curve in ln T of this size (in ln κ "
        "and ln C, in 1/K for the expansion) and this reach takes up the difference, or the intervals would be far too "
        "narrow. The theory as printed lacks 0.25 in silica; write a distribution in place of a number to let the data "
        "decide, as the shipped study a-SiO2 does, discrepancy = "
        "false above all tables to see what happens without."
    )
    for quantity in quantities:
        amplitude = 0.25
        if quantity == "expansion":
            values = np.concatenate(
                [
                    file.reading.measurement.between(0.0, material.limit(quantity)).value
                    for file in fitted
                    if file.quantity == quantity
                ]
            )
            amplitude = float(f"{0.25 * math.sqrt(float(np.mean(values**2))):.2g}")
        yield f"[discrepancy.{quantity}]"
        yield f"amplitude = {amplitude!r}" + (
            "   # a quarter of the data's rms" if quantity == "expansion" else ""
        )
        yield "length = 0.5"
        yield ""

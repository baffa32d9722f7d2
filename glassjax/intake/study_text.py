"""The files of a new glass: ``glass.toml`` and the study, as TOML with a line that explains each choice."""

import math
from collections.abc import Sequence

import numpy as np

from ..datasets.constants import CONSTANTS
from ..datasets.measurement import KINDS
from ..errors import GlassjaxError
from ..quantities import QUANTITIES
from ..toml import TomlWriter
from .material import DataFile, Material
from .unknowns import CONSTANTS_USED, FIXED, log_normal, unknowns

_SYMBOLS = {
    "glass_temperature": "T_g",
    "debye_temperature": "T_D",
    "density": "density",
    "sound_speed": "speed of sound",
    "fragility": "fragility",
}


def record_text(material: Material) -> str:
    """Return the content of the glass's file."""
    out = TomlWriter()
    out.comment(f"Constants and data of {material.name}, written by `glassjax new`.")
    out.line("#")
    out.comment(
        "A constant has a value with its uncertainty and its source, or a prior with a reason. Say where your values "
        "come from: replace the lines `source`."
    )
    out.line()
    out.entry("name", material.name)
    out.entry("title", material.name)
    out.entry("kind", "glass", 'or "semicrystalline", "glass-ceramic", "composite"')
    if material.molar_mass is not None:
        out.entry("molar_mass", material.molar_mass, "g/mol, of what a mole of the heat capacity counted")
    for name in CONSTANTS:
        _write_constant(out, name, material)
    for file in material.files:
        out.line()
        out.table("data", array=True)
        out.entry("quantity", file.quantity)
        out.entry("file", file.name)
        out.entry("role", "fit")
    return out.text()


def _write_constant(out: TomlWriter, name: str, material: Material) -> None:
    if name not in (*material.given, *material.expected):
        return
    out.line()
    out.table(f"constants.{name}")
    if name in material.given:
        given = material.given[name]
        out.entry("value", _six_digits(given.value))
        out.entry("uncertainty", _six_digits(given.uncertainty))
        out.entry("unit", CONSTANTS[name])
        out.entry("source", given.source)
        if not given.stated:
            share = 100 * given.uncertainty / given.value
            out.entry("reason", f"No uncertainty was given: {share:.2g} % is an assumption.")
    else:
        expected = material.expected[name]
        out.entry("unit", CONSTANTS[name])
        out.entry("prior", log_normal(_six_digits(expected.median), expected.spread))
        out.paragraph("reason", expected.reason)


def _six_digits(value: float) -> float:
    return float(f"{value:.6g}")


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
    what = " and ".join(QUANTITIES[quantity].label for quantity in quantities)
    out = TomlWriter()
    out.line(
        f"# {material.name}: {what}, by the theory {theory}. Written by `glassjax new`; change what you know better."
    )
    out.line("#")
    out.line(f"#   glassjax validate {material.name}.toml")
    out.line(f"#   glassjax fit {material.name}.toml")
    out.line("#")
    out.comment("Every key is explained in fits/template.toml of glassjax and in `glassjax fit --help`.")
    out.line()
    out.entry("name", material.name)
    out.entry("title", f"{material.name}, {what}")
    out.entry("glass", material.name, "the folder beside this file: glass.toml and the data")
    out.entry("theory", theory)
    out.entry("seed", 0)
    out.line()
    _write_data(out, material)
    if any(QUANTITIES[quantity].timed for quantity in quantities):
        out.comment(
            "Time (s) that C and the expansion are watched for: two-level systems add to both as they relax. "
            "10 s is usual in calorimetry."
        )
        out.table("observation")
        out.entry("time", float(time))
        out.line()
    _write_fixed(out, theory, quantities)
    _write_free(out, material, theory, quantities)
    _write_discrepancy(out, material, fitted, quantities)
    return out.text()


def _write_data(out: TomlWriter, material: Material) -> None:
    explained: set[str] = set()
    for file in material.files:
        data = file.reading.measurement
        T, limit, used = data.temperature, material.limit(file.quantity), material.used_rows(file)
        if used < len(T) and file.quantity not in explained:
            explained.add(file.quantity)
            out.comment(_limit_text(material, file.quantity))
        span = f"{len(T)} rows from {T[0]:.3g} to {T[-1]:.3g} K"
        kind = "" if data.kind == "points" else f", {KINDS[data.kind]}"
        kind += f", worth {data.degrees_of_freedom} numbers" if data.degrees_of_freedom else ""
        shared = f", scale error {100 * data.scale_error:.3g} %" if data.scale_error else ""
        source = f" ({data.citation})" if data.citation else ""
        out.comment(f"{file.reading.path.name}{source}: {span}{kind}{shared}.")
        out.table("data", array=True)
        out.entry("file", f"{material.name}/{file.name}")
        if not used:
            out.entry("role", "check", "all rows lie above: shown, not fitted")
        elif used < len(T):
            above = len(T) - used
            out.entry("to", limit, f"{above} row{'s' if above > 1 else ''} above left out")
        out.line()


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
        f"The theory of the {QUANTITIES[quantity].label} is meant to hold below {share:g} T_D, "
        f"{material.limit(quantity):g} K here ({T_D}): {reason}."
    )


def _write_fixed(out: TomlWriter, theory: str, quantities: Sequence[str]) -> None:
    entries = [entry for entry in FIXED[theory] if set(entry[2]) & set(quantities)]
    if entries:
        out.comment("Fixed numbers.")
        out.table("parameters")
        for name, value, _, why in entries:
            out.entry(name, value, why)
        out.line()


def _write_free(out: TomlWriter, material: Material, theory: str, quantities: Sequence[str]) -> None:
    used = {name for quantity in quantities for name in CONSTANTS_USED[theory][quantity]}
    every = unknowns(theory, material.best("density"), material.best("sound_speed"))
    open_ones = [entry for entry in every if set(entry.quantities) & set(quantities)]
    constants = [name for name in _SYMBOLS if name in used and name in (*material.given, *material.expected)]
    fixed = [name for name in constants if name in material.given and not material.given[name].stated]
    if len(fixed) == len(constants) and not open_ones:
        fixed = []  # something must be free
    of_glass = {"distribution": "glass"}
    out.comment(
        "What is unknown. A distribution frees a parameter, a number fixes it; glassjax validate --plot draws what "
        "the priors allow."
    )
    out.table("free")
    free = [name for name in constants if name not in fixed]
    if free:
        out.comment(
            "Constants of the glass that are uncertain: value and uncertainty, or prior and reason, are in "
            f"{material.name}/glass.toml."
        )
        for name in free:
            out.entry(name, of_glass)
    if fixed:
        values = ", ".join(f"{_SYMBOLS[name]} {material.given[name].value:.6g}{_of(name)}" for name in fixed)
        out.comment(f"Given without an uncertainty, and fixed: {values}. To free one, remove its #:")
        for name in fixed:
            out.entry(name, of_glass, off=True)
    left = [_SYMBOLS[name] for name in ("glass_temperature", "density") if name not in used]
    if left:
        verb = "do not enter" if len(left) > 1 else "does not enter"
        out.comment(f"{' and '.join(left)} {verb} here.".capitalize())
    for entry in open_ones:
        out.comment(entry.reason)
        out.entry(entry.name, entry.prior)
    if "kappa" in quantities:
        out.comment(
            "A common factor on κ, for an error of the sample's geometry that all rows share, here 5 %:"
        )
        out.entry("scale.kappa", {"distribution": "normal", "mean": 0.0, "sd": 0.05}, off=True)
    out.line()


def _of(constant: str) -> str:
    """Return the unit of a constant, with a space before it."""
    return "" if CONSTANTS[constant] == "1" else f" {CONSTANTS[constant]}"


def _write_discrepancy(
    out: TomlWriter, material: Material, fitted: Sequence[DataFile], quantities: Sequence[str]
) -> None:
    out.comment(
        "The data are good to a few per cent and the theory to some tens: a smooth curve in ln T of this size (in ln κ "
        "and ln C, in 1/K for the expansion) and this reach takes up the difference, or the intervals would be far too "
        "narrow. The theory as printed lacks 0.25 in silica; write a distribution in place of a number to let the data "
        "decide, as the shipped study a-SiO2 does, discrepancy = "
        "false above all tables to see what happens without."
    )
    for quantity in quantities:
        amplitude = 0.25
        if not QUANTITIES[quantity].logarithmic:
            values = np.concatenate(
                [
                    file.reading.measurement.between(0.0, material.limit(quantity)).value
                    for file in fitted
                    if file.quantity == quantity
                ]
            )
            amplitude = float(f"{0.25 * math.sqrt(float(np.mean(values**2))):.2g}")
        out.table(f"discrepancy.{quantity}")
        out.entry(
            "amplitude", amplitude, "" if QUANTITIES[quantity].logarithmic else "a quarter of the data's rms"
        )
        out.entry("length", 0.5)
        out.line()

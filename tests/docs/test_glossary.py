"""docs/glossary.md has every parameter of every theory, with its unit and range, and names what exists."""

import importlib
import re

import pytest

import glassjax as gj
from glassjax.glass import GLASS_CONSTANTS

from .blocks import ROOT

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL))
AS_WRITTEN = {"": "–", "(a/xi) omega_D": "(a/ξ) ω_D", "1/K4": "1/K⁴", "kg/m3": "kg/m³"}


def rows(section):
    """Cells of a section's table by the name in code, in code font in the second column."""
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in SECTIONS[section].splitlines()]
    return {cells[1].strip("`"): cells for cells in table if len(cells) > 1 and cells[1].startswith("`")}


@pytest.mark.parametrize("theory", gj.list_theories())
def test_parameters_of_theories(theory):
    told = rows(f"`{theory}`")
    known = {parameter.name: parameter for parameter in gj.get_theory(theory).parameters()}
    assert list(told) == list(known)
    for name, parameter in known.items():
        _, _, unit, span, meaning, where = told[name]
        assert unit == AS_WRITTEN.get(parameter.unit, parameter.unit), name
        assert [float(end) for end in span.split(" … ")] == [parameter.low, parameter.high], name
        assert meaning, name
        assert where, name


def test_constants_of_a_glass():
    told = rows("Constants of a glass")
    assert list(told) == list(GLASS_CONSTANTS)
    for name, (_, unit, _) in GLASS_CONSTANTS.items():
        assert told[name][2] == AS_WRITTEN.get(unit, unit), name


@pytest.mark.parametrize("glass", gj.list_glasses())
def test_constants_of_shipped_glasses_are_in_the_usual_range(glass):
    found = gj.load_glass(glass)
    for name, cells in rows("Constants of a glass").items():
        low, high = (float(end) for end in cells[3].split(" … "))
        assert low <= float(getattr(found, name)) <= high, name


def test_what_follows_from_the_constants_of_silica():
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

    def number(text):
        power = re.fullmatch(r"(?:(.+)·)?10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", text)
        return float(power[1] or 1) * 10.0 ** int(power[2].translate(raised)) if power else float(text)

    silica = gj.load_glass("a-SiO2")
    for name, cells in rows("What follows from them").items():
        value = getattr(silica, name.removeprefix("glass."))
        low, high = (number(end) for end in cells[3].split(" … "))
        assert low <= float(value() if callable(value) else value) <= high, name


def test_functions_exist():
    for module, name in re.findall(r"`(\w+)\.(\w+)`", SECTIONS["Inside the theory"]):
        room = importlib.import_module(f"glassjax.lubchenko_wolynes.{module}")
        assert name in room.__all__, f"{module}.{name}"

"""The reference leaves no public name out, and its command line is click's own."""

import importlib
import inspect
import pkgutil
import re
import sys

import pytest

import glassjax as gj
import glassjax.lubchenko_wolynes
import glassjax.rivals

from .blocks import ROOT

sys.path.insert(0, str(ROOT / "docs"))
from extensions.docstrings import described, escaped, exists, resolve
from extensions.signatures import signature_of

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}
ENTRIES = [
    (kind, name, page)
    for page, text in PAGES.items()
    for kind, name in re.findall(r"^\.\. (auto\w+|click):: (\S+)$", text, flags=re.MULTILINE)
]
NAMES = {name for kind, name, _ in ENTRIES if kind not in ("automodule", "click")}
MODULES = {name for kind, name, _ in ENTRIES if kind == "automodule"}


@pytest.mark.parametrize("name", gj.__all__)
def test_public_names_have_an_entry(name):
    assert f"glassjax.{name}" in NAMES
    assert inspect.getdoc(getattr(gj, name)), f"{name} has no docstring"


@pytest.mark.parametrize(
    "package", [glassjax.lubchenko_wolynes, glassjax.rivals], ids=lambda room: room.__name__
)
def test_modules_of_the_theories_have_an_entry(package):
    public = {
        f"{package.__name__}.{info.name}"
        for info in pkgutil.iter_modules(package.__path__)
        if any(
            inspect.isfunction(inspect.unwrap(getattr(module, name)))
            for module in [importlib.import_module(f"{package.__name__}.{info.name}")]
            for name in getattr(module, "__all__", ())
        )
    }
    assert public <= MODULES, f"no page of the reference has {sorted(public - MODULES)}"


def test_plotting_has_an_entry():
    assert "glassjax.plotting" in MODULES


def test_entries_exist():
    for name in NAMES | MODULES:
        assert exists(name), name
    assert not exists("glassjax.nothing.at_all")


def test_nothing_is_told_twice():
    assert len(ENTRIES) == len(NAMES) + len(MODULES) + 1


def test_the_command_line_is_generated_whole():
    assert [name for kind, name, _ in ENTRIES if kind == "click"] == ["glassjax.cli:commands"]
    assert ":nested: full" in PAGES["command-line"]


def test_every_page_is_listed():
    assert set(re.findall(r"^[\w-]+$", PAGES["index"], flags=re.MULTILINE)) == set(PAGES) - {"index"}


def test_signatures_are_as_written():
    assert signature_of(gj.Theory.heat_capacity, bound=True) == (
        "(T: Float[ArrayLike, 'n'], glass: Glass, *, time: ArrayLike=10.0)", "Float[Array, 'n']",
    )  # fmt: skip
    assert signature_of(gj.LubchenkoWolynes.thermal_conductivity, bound=True)[0] == (
        "(T: Float[ArrayLike, 'n'], glass: Glass)"
    )
    assert signature_of(len, bound=False) is None


@pytest.mark.parametrize(("line", "expected"), [
    ("N* beads, |ε| and `a_*` of ``b*``", r"N\* beads, \|ε\| and `a_*` of ``b*``"),
    ("T_g stays, T_ does not", r"T_g stays, T\_ does not"),
    (">>> 2 * 3", ">>> 2 * 3"),
])  # fmt: skip
def test_formulas_in_docstrings_are_no_markup(line, expected):
    assert escaped(line) == expected


def test_what_is_set_apart_in_help_stays_as_it_is():
    lines = ["Two shells:", "", "| bash  a*", "| zsh   b", "", "    glassjax fit *", "", "End of N*."]
    kept = ["", "::", "", "    bash  a*", "    zsh   b"]
    assert described(lines) == ["Two shells:", "", *kept, "", "    glassjax fit *", "", "", r"End of N\*."]


def test_names_are_those_nearest():
    names = ["glassjax.a.Study", "glassjax.Study", "glassjax.a.b.Study.sample"]
    assert resolve("Study", "glassjax.c", names) == "glassjax.Study"
    assert resolve("Study", "glassjax.a", names) == "glassjax.a.Study"
    assert resolve("Study.sample", "", names) == "glassjax.a.b.Study.sample"
    assert resolve("tudy", "", names) is None

"""docs/theory.md names functions that exist, and leaves none out."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import glassjax.lubchenko_wolynes as rooms

THEORY = (Path(__file__).parents[1] / "docs" / "theory.md").read_text(encoding="utf-8")


def public():
    """Public functions by module."""
    found = {}
    for info in pkgutil.iter_modules(rooms.__path__):
        module = importlib.import_module(f"{rooms.__name__}.{info.name}")
        names = getattr(module, "__all__", [])
        found[info.name] = {
            name
            for name in names
            if inspect.isfunction(getattr(module, name))
            or (callable(getattr(module, name)) and not inspect.isclass(getattr(module, name)))
        }
    return found


def sections():
    """(text, modules of the heading) of every section; names in a section belong to its modules."""
    parts = re.split(r"^## ", THEORY, flags=re.MULTILINE)[1:]
    return [(part, re.findall(r"`(\w+)`", part.splitlines()[0])) for part in parts]


def named():
    """(module, function) pairs that the page names in code font."""
    pairs = set()
    known = public()
    for text, modules in sections():
        for module, name in re.findall(r"`(\w+)\.(\w+)`", text):
            if module in known:
                pairs.add((module, name))
        for name in re.findall(r"`(\w+)`", text.partition("\n")[2]):
            owners = [module for module in modules if name in known[module]]
            pairs.update((module, name) for module in owners)
    return pairs


def test_names_exist():
    for module, name in named():
        assert hasattr(importlib.import_module(f"{rooms.__name__}.{module}"), name), f"{module}.{name}"


@pytest.mark.parametrize("module", sorted(public()))
def test_every_public_function_is_told(module):
    told = {name for owner, name in named() if owner == module}
    silent = {name for name in public()[module] if not name.startswith("log_")} - told
    assert not silent, f"docs/theory.md does not mention {module}: {', '.join(sorted(silent))}"


def test_every_docstring_names_its_equation():
    silent = [
        f"{module}.{name}"
        for module, names in public().items()
        for name in names
        if not re.search(
            r"Eq\.|Sec\.|Fig\.|App\.|from tabulated sums",
            inspect.getdoc(getattr(importlib.import_module(f"{rooms.__name__}.{module}"), name)) or "",
        )
    ]
    assert not silent, f"these do not say where they come from: {', '.join(silent)}"

"""docs/rivals.md names what exists, and every public function of the rivals."""

import importlib
import pkgutil
import re
from pathlib import Path

import glassjax.rivals as rooms

PAGE = (Path(__file__).parents[2] / "docs" / "rivals.md").read_text(encoding="utf-8")


def public():
    modules = [
        importlib.import_module(f"{rooms.__name__}.{m.name}") for m in pkgutil.iter_modules(rooms.__path__)
    ]
    return {name for module in modules for name in module.__all__}


def test_every_public_name_is_told():
    told = set(re.findall(r"`(\w+)`", PAGE))
    assert public() <= told, public() - told


def test_every_parameter_is_told():
    from .probe import RIVALS

    for theory in RIVALS:
        for parameter in theory.parameters():
            assert f"`{parameter.name}`" in PAGE

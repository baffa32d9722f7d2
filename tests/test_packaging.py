import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import glassjax as gj

TOP = Path(__file__).resolve().parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def blocks(language):
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def test_readme_gives_the_two_commands():
    commands = [block.strip() for block in blocks("")]
    assert commands == [
        "python -m pip install . && glassjax fit a-SiO2",
        "python -m pip install '.[test]' && python -m pytest",
    ]


def test_versions_agree():
    citation = (TOP / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {gj.__version__}\n" in citation
    assert re.search(r"^## (\S+)", changelog, flags=re.MULTILINE).group(1) == gj.__version__


@pytest.mark.parametrize("package", ["jax", "jaxlib"])
def test_releases_of_jax_that_compute_wrong_numbers_are_excluded(package):
    [line] = [entry for entry in PROJECT["dependencies"] if re.match(rf"{package}[>=]", entry)]
    assert {"!=0.10.2", "!=0.11.0", "!=0.11.1"} <= set(line[len(package) :].split(","))


@pytest.mark.parametrize("name", gj.__all__)
def test_public_names_load(name):
    assert getattr(gj, name) is not None
    assert name in dir(gj)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'lod_glass'"):
        _ = gj.lod_glass


def imported(path):
    """Return the packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def test_everything_imported_is_a_declared_dependency():
    extras = PROJECT["optional-dependencies"]
    entries = [*PROJECT["dependencies"], *extras["explorer"], *extras["workbooks"]]
    declared = {re.match(r"[\w-]+", entry).group().replace("-", "_") for entry in entries}
    # They come with equinox, with bokeh and distributed, and as h5netcdf[h5py].
    of_a_dependency = {"jaxtyping", "tornado", "h5py"}
    for path in (TOP / "glassjax").rglob("*.py"):
        foreign = set(imported(path)) - set(sys.stdlib_module_names) - {"glassjax"}
        assert foreign <= declared | of_a_dependency, path

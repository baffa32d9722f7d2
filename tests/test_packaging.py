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


def modules_imported():
    """Return the modules of the package, each with those of the package that it imports, wherever in it."""
    files = {
        ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (TOP / "glassjax").rglob("*.py")
    }
    graph = {}
    for name, path in files.items():
        package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
        found = graph[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names} & files.keys()
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*base, *([node.module] if node.module else [])])
                whole = {f"{base}.{alias.name}" for alias in node.names}
                found |= whole & files.keys()
                if base in files and not whole <= files.keys():
                    found.add(base)
        found.discard(name)
    return graph


def in_circles(graph):
    """Return the nodes that lie in a circle, or lead from one circle to another."""
    left = {node: set(targets) for node, targets in graph.items()}
    while ends := {node for node, targets in left.items() if not targets & left.keys()}:
        for node in ends:
            del left[node]
    while starts := left.keys() - {target for targets in left.values() for target in targets}:
        for node in starts:
            del left[node]
    return sorted(left)


def test_a_circle_is_seen():
    assert in_circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == ["b", "c"]


def test_no_module_imports_the_package_and_none_are_in_a_circle():
    graph = modules_imported()
    assert len(graph) > 100
    public = ("glassjax", "glassjax.__main__")  # they hand on what is below them
    assert [name for name, targets in graph.items() if "glassjax" in targets and name not in public] == []
    inner = {name: targets for name, targets in graph.items() if name not in public}
    assert in_circles(inner) == []
    rooms = {}
    for name, targets in inner.items():
        room = name.split(".")[1]
        rooms.setdefault(room, set()).update(target.split(".")[1] for target in targets)
        rooms[room].discard(room)
    assert in_circles(rooms) == []


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

"""Docstrings as plain text: formulas are no markup, and names in backticks are links where they have a page."""

import re
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

__all__ = ["described", "escaped", "exists", "resolve"]

KINDS = ("class", "exception")
_COLON = "\ue000"
"""Stands for a colon in the first line of a property, before which napoleon would look for a type."""


_QUOTED = re.compile(r"(``.+?``|:\w+:`[^`]+`|`[^`]+`)")
_MARKUP = re.compile(r"(?<!\\)([*|]|(?<=\w)_(?!\w))")


def escaped(line: str) -> str:
    """Return a line whose stars, bars and trailing underscores outside of backticks are characters."""
    if line.lstrip().startswith(">>>"):
        return line
    parts = _QUOTED.split(line)
    return "".join(part if i % 2 else _MARKUP.sub(r"\\\1", part) for i, part in enumerate(parts))


def described(lines: list[str]) -> list[str]:
    """Return the help of a command; what is set apart in it, by an indent or a bar of click's, is kept as it is."""
    found: list[str] = []
    apart = False
    for line in lines:
        verbatim = line.startswith(("| ", "    "))
        if verbatim and not apart:
            found += ["", "::", ""]
        elif apart and line and not verbatim:
            found.append("")
        if line:
            apart = verbatim
        found.append(f"    {line[2:]}" if line.startswith("| ") else line if verbatim else escaped(line))
    return found


def resolve(wanted: str, module: str, names: Iterable[str]) -> str | None:
    """Return the documented name that ``wanted``, written in ``module``, stands for: of several the nearest."""
    last = wanted.removeprefix("glassjax.")
    found = [name for name in names if name.endswith(f".{last}")]
    found.sort(key=lambda name: (not name.startswith(f"{module}."), name.count("."), name))
    return found[0] if found else None


def exists(name: str) -> bool:
    """Whether ``glassjax`` holds something of this dotted name, documented or not."""
    module, _, attribute = name.rpartition(".")
    try:
        if find_spec(name):
            return True
    except ModuleNotFoundError:
        pass
    try:
        return hasattr(import_module(module), attribute)
    except ImportError:
        return False


def _process(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    del app, name, thing, options
    lines[:] = [escaped(line) for line in lines]
    if what in ("property", "attribute") and lines:
        lines[0] = lines[0].replace(":", _COLON)


def _finish(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    del app, what, name, thing, options
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def _help(app: Any, context: Any, lines: list[str]) -> None:
    del app, context
    lines[:] = described(lines)


def _options(app: Any, context: Any, lines: list[str]) -> None:
    """Write default paths as they are typed."""
    del app, context
    lines[:] = [re.sub(r"\w*Path\('(.*?)'\)", r"\1", line) for line in lines]


def _exact(app: Any, tree: Any) -> None:
    """Keep Sphinx from guessing at names, so that a word for a type is no link to an attribute of that name."""
    del app
    from sphinx import addnodes

    for node in tree.findall(addnodes.pending_xref):
        node.attributes.pop("refspecific", None)


def _missing(app: Any, env: Any, node: Any, content: Any) -> Any:
    if node.get("refdomain") != "py":
        return None
    from sphinx.util.nodes import make_refnode

    wanted, kind = node.get("reftarget", ""), node.get("reftype")
    known = env.domains["py"].objects
    names = (name for name, entry in known.items() if kind != "class" or entry.objtype in KINDS)
    name = resolve(wanted, node.get("py:module") or "", names)
    if name is not None:
        entry = known[name]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, name)
    return content if wanted.startswith("glassjax.") and exists(wanted) else None


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", _process, priority=100)  # before napoleon
    app.connect("autodoc-process-docstring", _finish, priority=900)  # after it
    app.connect("sphinx-click-process-description", _help)
    app.connect("sphinx-click-process-options", _options)
    app.connect("doctree-read", _exact)
    app.connect("missing-reference", _missing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

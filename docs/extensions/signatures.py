"""Signatures as they are written: shapes as in ``Float[Array, "n"]``, quoted names and aliases not spelled out."""

import ast
import inspect
import textwrap
from typing import Any

__all__ = ["signature_of"]


class _Readable(ast.NodeTransformer):
    """Take annotations out of quotes, and the leading blank out of shapes."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(node.value.strip()) if isinstance(node.value, str) else node


def _annotation(node: ast.expr | None) -> ast.expr | None:
    if node is None:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = ast.parse(node.value, mode="eval").body
    return _Readable().visit(node)


def _definition(function: Any) -> ast.FunctionDef | None:
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
        found = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    return found if isinstance(found, ast.FunctionDef) else None


def signature_of(function: Any, *, bound: bool) -> tuple[str, str] | None:
    """Return arguments in parentheses and what comes back, as the source has them; None where there is none.

    ``bound`` leaves out the first argument, ``self`` or ``cls``.
    """
    found = _definition(function)
    if found is None:
        return None
    arguments = found.args
    for entry in (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ):
        if entry is not None:
            entry.annotation = _annotation(entry.annotation)
    if bound:
        (arguments.posonlyargs or arguments.args).pop(0)
    answer = _annotation(found.returns)
    return f"({ast.unparse(arguments)})", "" if answer is None else ast.unparse(answer)


def _written(app: Any, what: str, name: str, thing: Any, options: Any, signature: str, answer: str) -> Any:
    del app, options
    if what == "class":
        own = vars(thing).get("__init__")
        found = signature_of(own, bound=True) if inspect.isfunction(own) else None
        return (found[0], "") if found else (_without_types(thing) or signature, "")
    if what in ("function", "method"):
        static = what == "method" and isinstance(_attribute(name), staticmethod)
        found = signature_of(getattr(thing, "__func__", thing), bound=what == "method" and not static)
        return found or (signature, answer)
    return None


def _without_types(kind: type) -> str | None:
    """Return the arguments of a dataclass; its fields are told in its docstring."""
    try:
        found = inspect.signature(kind)
    except (TypeError, ValueError):
        return None
    plain = [entry.replace(annotation=inspect.Parameter.empty) for entry in found.parameters.values()]
    return str(found.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def _plain_types(app: Any, domain: str, kind: str, content: Any) -> None:
    """Write the type of a property as its source has it."""
    del app
    if domain != "py" or kind != "property":
        return
    from sphinx import addnodes

    for signature in content.parent.findall(addnodes.desc_signature):
        owner = _attribute(f"{signature['module']}.{signature['fullname']}")
        found = signature_of(getattr(owner, "fget", getattr(owner, "func", None)), bound=True)
        for node in list(signature.findall(addnodes.desc_annotation)):
            if found and node.astext().startswith(": "):
                node.replace_self(addnodes.desc_annotation("", f": {found[1]}"))


def _attribute(name: str) -> Any:
    """Return what a class itself holds under the dotted ``name``, unbound."""
    import importlib

    path, _, last = name.rpartition(".")
    owner, _, kind = path.rpartition(".")
    try:
        return vars(getattr(importlib.import_module(owner), kind)).get(last)
    except (AttributeError, ImportError, ValueError):
        return None


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("autodoc-process-signature", _written)
    app.connect("object-description-transform", _plain_types)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

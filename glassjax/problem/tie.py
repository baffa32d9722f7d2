"""Ties: a parameter as an expression of others, read into a small tree and evaluated by walking it.

An expression holds numbers, names, ``+ - * / **``, parentheses, ``pi``, and the functions ``exp``, ``log``,
``sqrt``, ``minimum`` and ``maximum``. Names are the study's free, fixed or tied parameters, the constants of the
glass, and ``glass_tg`` for its T_g/T_D. Parameters whose name has a dot are written as they are, ``heat-capacity``
with an underscore: ``nuisance.factor``, ``noise.heat_capacity``. Nothing of the text is ever executed: Python's
parser takes it apart, and what is not in the list above is refused.
"""

import ast
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..errors import StudyError, suggest
from ..quantities import QUANTITIES

LONGEST = 500
DEEPEST = 60
MOST = 200
LARGEST_EXPONENT = 64.0

# name -> number of operands
FUNCTIONS = {"exp": 1, "log": 1, "sqrt": 1, "minimum": 2, "maximum": 2}
_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda xp, a, b: a + b,
    "-": lambda xp, a, b: a - b,
    "*": lambda xp, a, b: a * b,
    "/": lambda xp, a, b: a / b,
    "**": lambda xp, a, b: a**b,
    "negative": lambda xp, a: -a,
    **{name: lambda xp, *operands, name=name: getattr(xp, name)(*operands) for name in FUNCTIONS},
}
_BINARY: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_QUANTITY = {name.replace("-", "_"): name for name in QUANTITIES}  # as an expression can spell them
_RATIO = ("/", ("glass_temperature", "debye_temperature"))
_HINTS = {"ln": "log", "min": "minimum", "max": "maximum", "pow": "**", "power": "**"}
_ALLOWED = f"numbers, names, + - * / **, parentheses, pi, {', '.join(FUNCTIONS)}"

Node = Any  # a number, a name, or (operation, operands)


@dataclass(frozen=True)
class Tie:
    """One tie: its text as written, and the tree it was read into.

    The spelling is ``{tie = "3 * xi**3 / (4 * pi**2 * A1)"}``.
    """

    text: str
    tree: Node

    @classmethod
    def parse(cls, spelling: Any, name: str) -> "Tie":
        """Read the tie of the parameter ``name`` from a mapping with the key ``tie``, or from a `Tie`."""
        if isinstance(spelling, Tie):
            return spelling
        others = [key for key in spelling if key != "tie"]
        if others:
            raise StudyError(f"the tie of '{name}' takes no '{others[0]}'; it is {{ tie = \"expression\" }}")
        text = spelling["tie"]
        if not isinstance(text, str):
            raise StudyError(
                f"the tie of '{name}' must be an expression in quotes, not {text!r}; a number alone fixes it"
            )
        if len(text) > LONGEST:
            raise StudyError(f"the tie of '{name}' has {len(text)} characters; {LONGEST} is the most")
        text = " ".join(text.split())
        return cls(text, _Reader(name, text).read())

    @property
    def names(self) -> tuple[str, ...]:
        """What it depends on, in order of appearance."""
        return tuple(dict.fromkeys(_names(self.tree)))

    def __call__(self, values: Mapping[str, Any], xp: ModuleType = jnp) -> Any:
        """Value at ``values`` by name, scalars or arrays of one shape; NaN or infinity where it has none."""
        with np.errstate(all="ignore"):
            return xp.asarray(_value(self.tree, values, xp))

    def to_dict(self) -> dict[str, str]:
        """Return the spelling that `parse` reads."""
        return {"tie": self.text}


def in_order(ties: Mapping[str, Tie]) -> dict[str, Tie]:
    """Sort ties such that each comes after those it depends on; refuse circles."""
    needed = {name: [other for other in tie.names if other in ties] for name, tie in ties.items()}
    try:
        return {name: ties[name] for name in TopologicalSorter(needed).static_order()}
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise StudyError(f"ties go round in a circle, {circle}: free or fix one of them") from None


def _names(node: Node) -> list[str]:
    if isinstance(node, str):
        return [node]
    return [] if isinstance(node, float) else [name for operand in node[1] for name in _names(operand)]


def _value(node: Node, values: Mapping[str, Any], xp: ModuleType) -> Any:
    if isinstance(node, float):
        return node
    if isinstance(node, str):
        return xp.asarray(values[node], dtype=float)
    operation, operands = node
    return _OPERATIONS[operation](xp, *(_value(operand, values, xp) for operand in operands))


class _Reader:
    """Reads the text of one tie; every refusal names the parameter that is tied."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.count = 0

    def refuse(self, why: str) -> StudyError:
        return StudyError(f"the tie of '{self.name}', \"{self.text}\", {why}")

    def read(self) -> Node:
        if not self.text:
            raise self.refuse("is empty")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(self.text, mode="eval")
        except SyntaxError as error:
            at = f" near character {error.offset}" if error.offset else ""
            raise self.refuse(f"is no expression: {error.msg}{at}") from None
        except (ValueError, RecursionError, MemoryError):
            raise self.refuse("is no expression that can be read") from None
        node = self.node(tree.body, 1)
        if isinstance(node, float):
            raise self.refuse(f"names no parameter: write {self.name} = {node:g} to fix it")
        return node

    def node(self, tree: ast.expr, depth: int) -> Node:
        self.count += 1
        if depth > DEEPEST:
            raise self.refuse(f"is nested more than {DEEPEST} deep")
        if self.count > MOST:
            raise self.refuse(f"has more than {MOST} parts")
        if isinstance(tree, ast.Constant):
            return self.number(tree.value)
        if isinstance(tree, (ast.Name, ast.Attribute)):
            return self.named(tree)
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, (ast.USub, ast.UAdd)):
            operand = self.node(tree.operand, depth + 1)
            return operand if isinstance(tree.op, ast.UAdd) else self.fold("negative", (operand,))
        if isinstance(tree, ast.BinOp):
            if type(tree.op) not in _BINARY:
                hint = "; a power is written **" if isinstance(tree.op, ast.BitXor) else ""
                raise self.refuse(f"uses an operation that ties do not know{hint}; they know {_ALLOWED}")
            operands = self.node(tree.left, depth + 1), self.node(tree.right, depth + 1)
            return self.fold(_BINARY[type(tree.op)], operands)
        if isinstance(tree, ast.Call):
            return self.call(tree, depth)
        what = ast.get_source_segment(self.text, tree) or type(tree).__name__
        raise self.refuse(f"holds '{what}', which ties do not know; they know {_ALLOWED}")

    def number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refuse(f"holds {value!r}, which is no real number; ties know {_ALLOWED}")
        return self.finite(value)

    def finite(self, value: Any) -> float:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.refuse("holds a number that is not finite")
        return number

    def named(self, tree: ast.expr) -> Node:
        parts: list[str] = []
        while isinstance(tree, ast.Attribute) and len(parts) < 3:
            parts.insert(0, _QUANTITY.get(tree.attr, tree.attr))
            tree = tree.value
        if not isinstance(tree, ast.Name):
            raise self.refuse("holds a dot that belongs to no name of a parameter")
        name = ".".join([tree.id, *parts])
        if name in FUNCTIONS:
            raise self.refuse(f"names the function {name} without its argument in parentheses")
        if name == "pi":
            return math.pi
        return _RATIO if name == "glass_tg" else name

    def call(self, tree: ast.Call, depth: int) -> Node:
        function = tree.func.id if isinstance(tree.func, ast.Name) else "…"
        if function not in FUNCTIONS:
            hint = f"; write {_HINTS[function]}" if function in _HINTS else suggest(function, FUNCTIONS)
            raise self.refuse(f"calls '{function}', which is no function of ties{hint}; they know {_ALLOWED}")
        count = FUNCTIONS[function]
        if tree.keywords or len(tree.args) != count:
            raise self.refuse(f"must give {function} {count} argument{'s' if count > 1 else ''}")
        return self.fold(function, tuple(self.node(argument, depth + 1) for argument in tree.args))

    def fold(self, operation: str, operands: tuple[Node, ...]) -> Node:
        """Return the node, or its value where that is known."""
        if operation == "**" and isinstance(operands[1], float) and abs(operands[1]) > LARGEST_EXPONENT:
            raise self.refuse(f"has the exponent {operands[1]:g}; {LARGEST_EXPONENT:g} is the largest")
        if all(isinstance(operand, float) for operand in operands):
            with np.errstate(all="ignore"):
                return self.finite(_OPERATIONS[operation](np, *(np.float64(operand) for operand in operands)))
        if operation == "**" and isinstance(operands[1], float) and operands[1].is_integer():
            return ("power", (operands[0], operands[1]))
        return (operation, operands)


# An integer exponent has derivatives at negative bases too.
_OPERATIONS["power"] = lambda xp, a, b: a ** int(b)

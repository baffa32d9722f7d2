"""Theories and glasses side by side: one theory and one glass whose leaves have a number a material."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import jax
import numpy as np

from ..errors import GlassjaxError
from ..glass import GLASS_CONSTANTS, Glass, check_glass
from ..theory import Theory

__all__ = ["Materials", "stack"]

Tree = TypeVar("Tree")


@dataclass(frozen=True)
class Materials:
    """Materials to evaluate.

    Attributes
    ----------
    theory : Theory
        Its leaves are arrays (k,).
    glass : Glass
        Likewise.
    names : sequence of k strings
        What the sentences about bad rows call the glasses.
    """

    theory: Theory
    glass: Glass
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.names)

    def part(self, begin: int, end: int) -> "Materials":
        """Materials from ``begin`` up to, not including, ``end``."""
        theory, glass = jax.tree.map(lambda leaf: leaf[begin:end], (self.theory, self.glass))
        return Materials(theory, glass, self.names[begin:end])

    def constants(self, index: int) -> dict[str, Any]:
        """Arguments that make the glass of one material."""
        values = {name: float(getattr(self.glass, name)[index]) for name in GLASS_CONSTANTS}
        return {**values, "name": self.names[index]}

    def theory_of(self, index: int) -> Theory:
        """Return the theory of one material."""
        return jax.tree.map(lambda leaf: float(leaf[index]), self.theory)


def stack(theories: "Theory | Sequence[Theory]", glasses: "Glass | Sequence[Glass]") -> Materials:
    """Put theories and glasses side by side; one of either serves all of the other.

    Parameters
    ----------
    theories : Theory or sequence of Theory
        One, whose leaves may be arrays (k,), or k of one class and with the same options.
    glasses : Glass or sequence of Glass
        One, whose constants may be arrays (k,), or k of them.

    Raises
    ------
    GlassjaxError
        If theories differ in class or options, or lengths do not agree; it names the parameter.
    """
    sizes: dict[str, int] = {}
    theory = _joined(theories, "theories", Theory, sizes)
    if isinstance(glasses, Glass):
        names = [glasses.name]
        glass = _joined(glasses, "glasses", Glass, sizes)
    else:
        if isinstance(glasses, str) or not isinstance(glasses, Iterable):
            check_glass(glasses)
        names = [getattr(glass, "name", "") for glass in glasses]
        renamed = [glass.replace(name="") if isinstance(glass, Glass) else glass for glass in glasses]
        glass = _joined(renamed, "glasses", Glass, sizes)
    count = max(sizes.values(), default=1)
    for what, size in sizes.items():
        if size != count:
            longest = next(name for name, other in sizes.items() if other == count)
            raise GlassjaxError(
                f"{what} has length {size} and {longest} {count}; give as many of each, or one for all"
            )
    if count == 0:
        raise GlassjaxError(f"{next(iter(sizes))} is empty; give one material at least")
    theory, glass = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (count,)), (theory, glass))
    return Materials(theory, glass, names if len(names) == count else names * count)


def _joined(given: Any, what: str, kind: type[Tree], sizes: dict[str, int]) -> Tree:
    """Return one tree with arrays as leaves, and note the lengths in ``sizes``."""
    if isinstance(given, kind):
        paths, structure = jax.tree_util.tree_flatten_with_path(given)
        leaves = []
        for path, leaf in paths:
            column = _numbers(leaf, name := _named(path))
            if column.ndim > 1:
                raise GlassjaxError(
                    f"{name} has the shape {column.shape}; give a number, or one for each material"
                )
            if column.ndim == 1:
                sizes[name] = len(column)
            leaves.append(column)
        return jax.tree.unflatten(structure, leaves)
    items = list(given) if isinstance(given, Sequence) else [given]
    for index, item in enumerate(items):
        if not isinstance(item, kind):
            raise GlassjaxError(
                f"{what} must be of the class {kind.__name__}, and number {index} is {type(item).__name__}"
            )
    sizes[what] = len(items)
    if not items:
        return given
    structures = [jax.tree.structure(item) for item in items]
    for index, structure in enumerate(structures):
        if structure != structures[0]:
            raise GlassjaxError(
                f"{what} 0 and {index} differ in class, options or parameters left out; "
                "evaluate them in batches of their own"
            )
    paths = [path for path, _ in jax.tree_util.tree_flatten_with_path(items[0])[0]]
    rows = zip(*(jax.tree.leaves(item) for item in items), strict=True)
    columns = [_numbers(row, _named(path)) for path, row in zip(paths, rows, strict=True)]
    for path, column in zip(paths, columns, strict=True):
        if column.ndim != 1:
            raise GlassjaxError(f"{_named(path)} of {what} in a sequence must be single numbers")
    return jax.tree.unflatten(structures[0], columns)


def _numbers(value: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise GlassjaxError(f"{name} must be numbers, not {value!r:.60}") from None


def _named(path: Any) -> str:
    return jax.tree_util.keystr(path).removeprefix(".")

"""Theories and glasses side by side, as one theory and one glass with a number a material; and which are bad."""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import jax
import numpy as np

from ..errors import GlassjaxError
from ..glass import GLASS_CONSTANTS, Glass, check_glass
from ..theory import Parameter, Theory, fault

_STABLE = -1.0  # the barrier above which no theory calls itself unstable

Tree = TypeVar("Tree")


@dataclasses.dataclass(frozen=True)
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


def faults(materials: Materials, size: int, but: Collection[int] = ()) -> dict[int, str]:
    """Return a sentence for each material that is unstable or has a constant or parameter that makes no sense.

    They are found by whole columns and described one by one.

    Parameters
    ----------
    materials : Materials
    size : int
        Rows of the program that looks for instability; not fewer than the materials.
    but : collection of int
        Materials that are known to be bad.
    """
    suspect = np.zeros(len(materials), dtype=bool)
    for constant in GLASS_CONSTANTS:
        column = getattr(materials.glass, constant)
        suspect |= ~(np.isfinite(column) & (column > 0))
    parameters = _parameters(materials.theory)
    for name, known in parameters.items():
        column = getattr(materials.theory, name)
        suspect |= ~((column >= known.low) & (column <= known.high))
    for leaf in jax.tree.leaves(materials.theory):
        suspect |= ~np.isfinite(leaf)
    if type(materials.theory).log_barrier is not Theory.log_barrier:
        suspect |= ~(_barriers(materials, size) > _STABLE)
    found = {int(i): _sentence(materials, int(i)) for i in np.flatnonzero(suspect) if i not in but}
    return {index: sentence for index, sentence in found.items() if sentence}


def _parameters(theory: Theory) -> dict[str, Parameter]:
    """Parameters that are leaves of this theory, by name."""
    held = {field.name for field in dataclasses.fields(theory)}
    return {
        known.name: known
        for known in theory.parameters()
        if known.name in held and getattr(theory, known.name) is not None
    }


def _sentence(materials: Materials, index: int) -> str:
    """Say what is wrong with one material, in the words of what refuses it; empty if nothing is."""
    theory = materials.theory_of(index)
    try:
        glass = Glass(**materials.constants(index))
        wrong = fault(theory, glass)
        if wrong:
            return wrong
        theory.check(glass)
    except GlassjaxError as refusal:
        return str(refusal)
    return ""


@jax.jit
def _log_barriers(theory: Theory, glass: Glass) -> jax.Array:
    return jax.vmap(lambda theory, glass: theory.log_barrier(glass))(theory, glass)


def _barriers(materials: Materials, size: int) -> np.ndarray:
    """Log barrier of every material (k,), from a program of ``size`` rows."""
    missing = size - len(materials)
    padded = jax.tree.map(
        lambda leaf: np.pad(leaf, (0, missing), mode="edge"), (materials.theory, materials.glass)
    )
    return np.asarray(_log_barriers(*padded))[: len(materials)]

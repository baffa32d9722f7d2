"""Materials that cannot be evaluated, each with a sentence: found by whole columns, worded one by one."""

import dataclasses
from collections.abc import Collection

import jax
import numpy as np

from ..errors import GlassjaxError
from ..glass import GLASS_CONSTANTS, Glass
from ..theory import Parameter, Theory, fault
from .materials import Materials

__all__ = ["faults"]

_STABLE = -1.0  # the barrier above which no theory calls itself unstable


def faults(materials: Materials, size: int, but: Collection[int] = ()) -> dict[int, str]:
    """Return a sentence for each material with a constant or parameter that makes no sense, or unstable.

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

"""Directions of the parameters that data determine well or badly, named in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from .information import Fisher

__all__ = ["Direction", "name_directions"]

MEMBER = 0.3  # share of a unit vector from which a parameter is named
FEW = 4


@dataclass(frozen=True)
class Direction:
    """One eigenvector of the information.

    Attributes
    ----------
    information : its eigenvalue, in units of the priors' information
    vector : (d,) of unit length, in sampling coordinates
    members : parameters that take part, the greatest share first
    ends : values of the members one standard deviation (with the priors) to either side of the point
    product : exponents of the product of positive members that a well determined direction measures, or {}
    text : all of it in words
    """

    information: float
    vector: np.ndarray
    members: tuple[str, ...]
    ends: dict[str, tuple[float, float]]
    product: dict[str, float]
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**vars(self), "vector": self.vector.tolist(), "members": list(self.members)}


def name_directions(at: "Fisher") -> tuple[Direction, ...]:
    """Eigenvectors of the information of all rows, the least determined first."""
    level, vectors = np.linalg.eigh(at.matrix)
    return tuple(_named(at, max(float(level[i]), 0.0), vectors[:, i]) for i in range(len(level)))


def _named(at: "Fisher", level: float, vector: np.ndarray) -> Direction:
    order = np.argsort(-np.abs(vector))
    chosen = [i for i in order[:FEW] if abs(vector[i]) >= MEMBER]
    members = tuple(at.names[i] for i in chosen)
    vector = vector * np.sign(vector[chosen[0]])
    sd = 1 / np.sqrt(1 + level)
    constrain = at.study.likelihood.compiled.constrain
    low, high = (constrain(jnp.asarray(at.z + side * sd * vector)) for side in (-1, 1))
    ends = {name: (float(low[name]), float(high[name])) for name in members}
    product = _product(at, vector, chosen) if level > 1 else {}
    return Direction(level, vector, members, ends, product, _words(level, members, ends, product))


def _product(at: "Fisher", vector: np.ndarray, chosen: list[Any]) -> dict[str, float]:
    """Exponents p of Π θᵖ that grows along ``vector``, the least of them 1: v·dz = Σ v_i (θ_i dz_i/dθ_i) dln θ_i."""
    values = np.array([at.values[at.names[i]] for i in chosen])
    positive = all(at.study.free[at.names[i]].support[0] >= 0 for i in chosen) and np.all(values > 0)
    if len(chosen) < 2 or not positive:
        return {}
    powers = np.array([vector[i] for i in chosen]) * values / at.stretch[chosen]
    powers = powers / powers[np.argmin(np.abs(powers))]
    return {at.names[i]: float(p) for i, p in zip(chosen, powers, strict=True)}


def _words(
    level: float, members: tuple[str, ...], ends: dict[str, tuple[float, float]], product: dict[str, float]
) -> str:
    spans = ", ".join(f"{name} {low:.3g} → {high:.3g}" for name, (low, high) in ends.items())
    times = f"{level:.2g} times" if level < 100 else f"{level:.0f} times"
    if level <= 1:
        verb = "is not determined by the data" if len(members) == 1 else "trade off along"
        joined = _and(members)
        what = f"{joined} {verb} ({spans})" if len(members) == 1 else f"{joined} {verb} {spans}"
        return f"{what}: the data say {times} what the priors do"
    if len(members) == 1:
        return f"{members[0]} is determined ({spans}): the data say {times} what the prior does"
    if product:
        combination = " ".join(name if p == 1 else f"{name}^{p:.2g}" for name, p in product.items())
        return f"the combination {combination} is determined ({spans}): {times} the priors' information"
    return f"{_and(members)} are determined together ({spans}): {times} the priors' information"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]

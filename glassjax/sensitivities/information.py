"""What the data of a study determine: Fisher's information, from the rows, their errors and the discrepancy.

For rows y of one quantity, normal around m(z) with covariance Σ(z) (`glassjax.problem.blocks`), the information on
the sampling coordinates z is

    F_ij = ∂_i mᵀ Σ⁻¹ ∂_j m + ½ tr(Σ⁻¹ ∂_i Σ Σ⁻¹ ∂_j Σ)

(Kay, Fundamentals of Statistical Signal Processing I, Eq. 3.31), and quantities add. Σ holds the discrepancy, so that
rows close in temperature do not count twice. z are the normal scores of the parameters under their priors: the priors
add the unit matrix, and an eigenvalue of F says how many times its prior the data know a direction. The covariance is
(F + 1)⁻¹ with the priors, F⁻¹ without.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.linalg import cho_solve

from ..problem.blocks import Block
from .elasticities import coordinates, study_of
from .slopes import Line, Slopes

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study

_NULL = 1e-12  # of the greatest eigenvalue: below it the data say nothing along a direction

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


def fisher(target: "Study | Result", *, at: Mapping[str, float] | None = None) -> "Fisher":
    """Fisher information of a study's own data, errors and discrepancy.

    Parameters
    ----------
    target : Study or Result
    at : mapping, optional
        Free parameters by name at which the information is computed; the maximum if not given, which is found first
        if ``target`` is a study.

    Raises
    ------
    GlassjaxError
        If ``at`` is incomplete or outside the priors, or the theory is not finite there.
    """
    study = study_of(target)
    z = coordinates(target, at)
    slopes = Slopes(study.likelihood)
    lines = slopes(z, {block.quantity: block.temperature for block in study.likelihood.blocks})
    return Fisher(study, z, slopes, lines)


@dataclass(frozen=True, eq=False)
class Fisher:
    """Information of a study's data about its free parameters, around one point.

    Attributes
    ----------
    study : Study
    z : (d,) sampling coordinates of the point
    slopes : evaluates more of the theory around it
    lines : means and slopes at the distinct temperatures of each fitted quantity
    """

    study: "Study"
    z: np.ndarray
    slopes: Slopes
    lines: Mapping[str, Line]

    @property
    def names(self) -> tuple[str, ...]:
        """Free parameters, in the order of all vectors and matrices."""
        return self.study.likelihood.names

    @cached_property
    def values(self) -> dict[str, float]:
        """Free parameters at the point."""
        found = self.study.likelihood.compiled.constrain(jnp.asarray(self.z))
        return {name: float(found[name]) for name in self.names}

    @cached_property
    def stretch(self) -> np.ndarray:
        """dθ/dz (d,): how many units each parameter moves for one of its sampling coordinate."""
        transforms = self.study.likelihood.transforms
        return np.array(
            [
                float(np.exp(transforms[name].log_abs_det_jacobian(z, self.values[name])))
                for name, z in zip(self.names, self.z, strict=True)
            ]
        )

    @cached_property
    def parts(self) -> dict[str, np.ndarray]:
        """Information (d, d) of each quantity's rows, the priors left out."""
        return {
            block.quantity: block_information(block, self.lines[block.quantity].slope[block.row], self)
            for block in self.study.likelihood.blocks
        }

    @property
    def matrix(self) -> np.ndarray:
        """Information (d, d) of all rows, the priors left out."""
        return sum(self.parts.values(), np.zeros((len(self.z), len(self.z))))

    def covariance(self, quantities: Sequence[str] | None = None) -> np.ndarray:
        """Covariance (d, d) of the sampling coordinates given the priors and the rows of ``quantities`` (or all)."""
        chosen = self.parts if quantities is None else {q: self.parts[q] for q in quantities}
        return np.linalg.inv(sum(chosen.values(), np.eye(len(self.z))))

    def deviations(self, quantities: Sequence[str] | None = None, *, priors: bool = True) -> np.ndarray:
        """Return standard deviations (d,) of the sampling coordinates, in units of the priors' own.

        Without ``priors`` they are infinite where the rows leave a parameter undetermined.
        """
        if priors:
            return np.sqrt(np.diagonal(self.covariance(quantities)))
        chosen = self.parts if quantities is None else {q: self.parts[q] for q in quantities}
        level, vectors = np.linalg.eigh(sum(chosen.values(), np.zeros((len(self.z), len(self.z)))))
        null = level <= _NULL * max(level[-1], 1e-300)
        share = vectors**2
        variance = share[:, ~null] @ (1 / level[~null])
        return np.where(share[:, null].sum(axis=1) > 1e-9, np.inf, np.sqrt(variance))

    @cached_property
    def directions(self) -> tuple[Direction, ...]:
        """Eigenvectors of the information, the least determined first, each in words."""
        return name_directions(self)

    def condition(self, *, priors: bool = False) -> float:
        """Ratio of the extreme eigenvalues of F, or of F + 1 with ``priors``; infinite if F is singular."""
        level = np.linalg.eigvalsh(self.matrix + (np.eye(len(self.z)) if priors else 0.0))
        return float(level[-1] / level[0]) if level[0] > _NULL * level[-1] else np.inf

    @property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        """Fitted quantities, one more at each stage: κ, then C, then α."""
        fitted = tuple(self.parts)
        return tuple(fitted[: i + 1] for i in range(len(fitted)))

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """One row a parameter: value, prior, and standard deviations as one quantity after the other is added.

        ``sd`` is in units of the parameter (to first order) with all data and the priors. ``with_priors`` and
        ``without_priors`` map each stage to the deviation in units of the prior's, None where it is infinite.
        ``pinned_by`` is the quantity that adds most to what the priors say, or None if none halves the variance.
        """
        with_priors = [self.deviations(stage) for stage in self.stages]
        without = [self.deviations(stage, priors=False) for stage in self.stages]
        alone = {quantity: self.deviations((quantity,)) for quantity in self.parts}
        labels = ["+".join(stage) for stage in self.stages]
        rows = []
        for i, name in enumerate(self.names):
            best = min(alone, key=lambda quantity: alone[quantity][i])
            rows.append(
                {
                    "name": name,
                    "value": self.values[name],
                    "sd": float(with_priors[-1][i] * self.stretch[i]),
                    "prior": self.study.free[name].describe(),
                    "with_priors": {k: float(sd[i]) for k, sd in zip(labels, with_priors, strict=True)},
                    "without_priors": {
                        k: float(sd[i]) if np.isfinite(sd[i]) else None
                        for k, sd in zip(labels, without, strict=True)
                    },
                    "pinned_by": best if alone[best][i] ** 2 < 0.5 else None,
                }
            )
        return rows

    def to_dataset(self) -> xr.Dataset:
        """Return everything as arrays with coordinates; deviations and information are of the sampling coordinates."""
        names = list(self.names)
        labels = ["+".join(stage) for stage in self.stages]
        return xr.Dataset(
            {
                "information": (
                    ("quantity", "parameter", "parameter_"),
                    np.stack(list(self.parts.values())),
                    {"units": "1", "meaning": "of the sampling coordinates; the priors add the unit matrix"},
                ),
                "sd_with_priors": (
                    ("stage", "parameter"),
                    np.stack([self.deviations(stage) for stage in self.stages]),
                    {"units": "standard deviations of the prior"},
                ),
                "sd_without_priors": (
                    ("stage", "parameter"),
                    np.stack([self.deviations(stage, priors=False) for stage in self.stages]),
                    {"units": "standard deviations of the prior"},
                ),
                "value": ("parameter", np.array(list(self.values.values()))),
                "coordinate": ("parameter", self.z),
                "stretch": ("parameter", self.stretch, {"meaning": "dθ/dz"}),
                "eigenvalue": ("direction", np.array([d.information for d in self.directions])),
                "direction_vector": (
                    ("direction", "parameter"),
                    np.stack([d.vector for d in self.directions]),
                ),
                "direction_text": ("direction", np.array([d.text for d in self.directions], dtype=object)),
            },
            coords={
                "quantity": list(self.parts),
                "parameter": names,
                "parameter_": names,
                "stage": labels,
            },
            attrs={
                "study": self.study.name,
                "condition_number": self.condition(),
                "condition_number_with_priors": self.condition(priors=True),
            },
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; an infinite number is None."""
        conditions = (self.condition(), self.condition(priors=True))
        return {
            "study": self.study.name,
            "at": self.values,
            "parameters": self.table,
            "directions": [direction.to_dict() for direction in self.directions],
            "condition_number": conditions[0] if np.isfinite(conditions[0]) else None,
            "condition_number_with_priors": conditions[1],
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def summary(self) -> str:
        """Return table and directions as text."""
        from .text import fisher_text

        return fisher_text(self)

    def __str__(self) -> str:
        return self.summary()


def block_information(block: Block, slope: np.ndarray, at: Fisher) -> np.ndarray:
    """Information (d, d) of one quantity's rows with slopes ``slope`` (n, d)."""
    root = np.asarray(block.factor(at.values, np))
    white = np.linalg.solve(root, slope)
    found = white.T @ white
    if not block.moving:
        return found
    likelihood = at.study.likelihood

    def covariance(z: jax.Array) -> jax.Array:
        factor = block.factor(likelihood.constrain(z))
        return factor @ factor.T

    change = np.asarray(jax.jit(jax.jacfwd(covariance))(jnp.asarray(at.z)))  # (n, n, d)
    pull = np.stack([cho_solve((root, True), change[..., i]) for i in range(change.shape[2])])
    return found + 0.5 * np.einsum("inm,jmn->ij", pull, pull)


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

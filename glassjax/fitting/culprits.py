"""Where a posterior density is not finite: which data set, which temperatures, and which parameter's doing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ..problem.blocks import Block, to_scale, with_factor
from ..problem.compiling import quick_jit
from ..quantities import QUANTITIES
from ..theory import evaluate

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood

SHOWN = 3
EXAMINED = 20


@dataclass(frozen=True)
class Problem:
    """Something that is not finite.

    Attributes
    ----------
    what : what is not finite, in words
    draws : at how many draws from the prior
    parameters : the culprits with their values at the first of these draws: those that, put at the median of their
        prior, mend it, else those that break it alone; empty where the medians themselves are no better
    quantity, dataset : whose rows, where it is a matter of rows
    temperatures : (n,) of these rows in K
    """

    what: str
    draws: int
    parameters: dict[str, float]
    quantity: str | None = None
    dataset: str | None = None
    temperatures: tuple[float, ...] = ()

    @property
    def text(self) -> str:
        """The problem in one sentence."""
        where = ""
        if self.quantity is not None:
            shown = ", ".join(f"{T:.4g}" for T in self.temperatures[:SHOWN])
            more = len(self.temperatures) - SHOWN
            rows = f"{shown} K" + (f" and {more} more rows" if more > 0 else "")
            where = f"{self.quantity}, {self.dataset}, at {rows}: "
        values = ", ".join(f"{name} = {value:.6g}" for name, value in self.parameters.items())
        cause = f"at {values}" if values else "whatever the parameters, their medians included"
        draws = f"{self.draws} draw{'s' if self.draws > 1 else ''}"
        return f"{where}{self.what} {cause} ({draws})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**vars(self), "temperatures": list(self.temperatures), "text": self.text}


@dataclass(frozen=True)
class Failure:
    """What is not finite at one point: of one block's rows, or of the density as a whole."""

    what: str
    block: Block | None = None
    rows: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What it is and of which quantity."""
        return self.what, "" if self.block is None else self.block.quantity


VALUE = "the theory is not finite"
ZERO = "the theory is zero or negative"
DENSITY = "the posterior density is not finite although the theory is"
GRADIENT = "the gradient of the posterior density is not finite"


def failures(likelihood: "Likelihood", z: np.ndarray) -> list[Failure]:
    """Return what is not finite at the coordinates ``z`` (d,)."""
    (value, means), gradient = likelihood.value_and_gradient(jnp.asarray(z))
    found = []
    for block in likelihood.blocks:
        mean = np.asarray(means[block.quantity])
        wrong = ~np.isfinite(mean)
        if wrong.any():
            found.append(Failure(VALUE, block, tuple(np.flatnonzero(wrong).tolist())))
        elif QUANTITIES[block.quantity].logarithmic:
            # what is not positive was raised to the smallest number before the logarithm
            vanished = mean < 0.9 * np.log(np.finfo(mean.dtype).tiny)
            if vanished.any():
                found.append(Failure(ZERO, block, tuple(np.flatnonzero(vanished).tolist())))
    if not found and not np.isfinite(value):
        found.append(Failure(DENSITY))
    if not found and not np.all(np.isfinite(gradient)):
        found.append(Failure(GRADIENT))
    return found


def find_problems(likelihood: "Likelihood", z: np.ndarray) -> tuple[list[Problem], np.ndarray]:
    """Examine draws ``z`` (n, d); return problems, those of most draws first, and which draws have one (n,)."""
    at = [failures(likelihood, row) for row in z]
    groups: dict[tuple[str, str], list[int]] = {}
    for i, found in enumerate(at):
        for failure in found:
            groups.setdefault(failure.key, []).append(i)
    row_gradients = _RowGradients(likelihood)
    problems = []
    for key, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        by_culprit: dict[tuple[int, ...], list[int]] = {}
        for i in members[:EXAMINED]:
            by_culprit.setdefault(_culprits(likelihood, z[i], key), []).append(i)
        for culprits, examples in by_culprit.items():
            share = len(members) if len(by_culprit) == 1 else len(examples)
            first = examples[0]
            values = {
                likelihood.names[j]: float(
                    likelihood.transforms[likelihood.names[j]](jnp.asarray(z[first, j]))
                )
                for j in culprits
            }
            failure = next(failure for failure in at[first] if failure.key == key)
            places = [failure] if failure.what != GRADIENT else row_gradients(z[first]) or [failure]
            for place in places:
                problems += _by_data_set(likelihood, place, share, values)
    return problems, np.array([bool(found) for found in at])


def _culprits(likelihood: "Likelihood", z: np.ndarray, key: tuple[str, str]) -> tuple[int, ...]:
    """Parameters to blame for the failure ``key`` at ``z`` (d,), by putting them at their medians, z = 0."""

    def fails(z: np.ndarray) -> bool:
        return any(failure.key == key for failure in failures(likelihood, z))

    return _search(z, fails)


def _search(z: np.ndarray, fails: Callable[[np.ndarray], bool]) -> tuple[int, ...]:
    d = len(z)
    if fails(np.zeros(d)):
        return ()
    mends = tuple(i for i in range(d) if not fails(np.where(np.arange(d) == i, 0.0, z)))
    if mends:
        return mends
    return tuple(i for i in range(d) if fails(np.where(np.arange(d) == i, z, 0.0))) or tuple(range(d))


def _by_data_set(
    likelihood: "Likelihood", place: Failure, draws: int, values: dict[str, float]
) -> list[Problem]:
    block = place.block
    if block is None:
        return [Problem(place.what, draws, values)]
    found = []
    rows = np.array(place.rows)
    for source in np.unique(block.source[rows]):
        name = likelihood.study.fitted[source].used.name
        T = block.row_temperature[rows[block.source[rows] == source]]
        found.append(Problem(place.what, draws, values, block.quantity, name, tuple(T.tolist())))
    return found


class _RowGradients:
    """Gradients of the theory at one temperature at a time, so that no row spoils another; compiled if needed."""

    def __init__(self, likelihood: "Likelihood") -> None:
        self.likelihood = likelihood
        self.programs: dict[str, Any] = {}

    def __call__(self, z: np.ndarray) -> "Sequence[Failure]":
        """Rows of each block whose gradient is not finite at ``z`` (d,)."""
        found = []
        for block in self.likelihood.blocks:
            program = self.programs.setdefault(block.quantity, quick_jit(self._make(block.quantity)))
            gradient = np.asarray(program(jnp.asarray(block.temperature), jnp.asarray(z)))
            wrong = ~np.all(np.isfinite(gradient), axis=1)
            if wrong.any():
                found.append(Failure(GRADIENT, block, tuple(np.flatnonzero(wrong[block.row]).tolist())))
        return found

    def _make(self, quantity: str) -> Any:
        study, likelihood = self.likelihood.study, self.likelihood

        def at(z: jax.Array, T: jax.Array) -> jax.Array:
            values = study.complete(likelihood.constrain(z))
            value = evaluate(study.theory_at(values), quantity, T[None], study.glass_at(values), study.time)
            return with_factor(quantity, to_scale(quantity, value), values)[0]

        return lambda T, z: jax.lax.map(lambda t: jax.grad(at)(z, t), T)

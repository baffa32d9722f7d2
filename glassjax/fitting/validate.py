"""Check a study before it is fitted: ties, priors, and the posterior with its gradient at draws from the prior."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ..glass import GLASS_CONSTANTS
from ..problem.blocks import Block, to_scale, with_factor
from ..problem.compiling import quick_jit
from ..problem.naming import idle, natural_range
from ..quantities import QUANTITIES
from ..random_streams import generator
from ..scalars import whole_number
from ..theory import evaluate
from ..validity import beyond_note
from .predictive import barrier_program, prior_coordinates

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.specification import Specification

OUTSIDE = 0.01
UNSTABLE = -1.0
UNSEEN = 1e-9


@dataclass(frozen=True)
class Finding:
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
class Validation:
    """What was found.

    Attributes
    ----------
    problems : what is not finite; a fit would fail there
    warnings : what is allowed and yet probably not meant
    notes : what is worth knowing
    draws, seed : how many draws from the prior were examined, and their seed
    unstable : share of them that describe no stable glass
    """

    study: str
    problems: tuple[Finding, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    draws: int
    seed: int
    unstable: float

    @property
    def ok(self) -> bool:
        """Whether there are no problems."""
        return not self.problems

    def summary(self) -> str:
        """Return problems, warnings and notes as text, and in the last line the verdict."""
        lines = [f"Posterior density and gradient at {self.draws} draws from the prior (seed {self.seed})"]
        for heading, entries in (
            ("Problems", [problem.text for problem in self.problems]),
            ("Warnings", self.warnings),
            ("Notes", self.notes),
        ):
            if entries:
                lines += ["", heading, *(f"  - {entry}" for entry in entries)]
        count = len(self.problems)
        verdict = "ok" if self.ok else f"not ok: {count} problem{'s' if count > 1 else ''}"
        return "\n".join([*lines, "", verdict])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**vars(self), "ok": self.ok, "problems": [problem.to_dict() for problem in self.problems]}

    def to_json(self) -> str:
        """Return everything as JSON; a number that is not finite is null."""
        return json.dumps(_plain(self.to_dict()), indent=2, ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        return self.summary()


def validate(study: "Specification", *, draws: int = 100, seed: int | None = None) -> Validation:
    """Check a study.

    Parameters
    ----------
    draws : int
        Number of draws from the prior at which the posterior density and its gradient are evaluated.
    seed : int
        The study's if not given.
    """
    seed = study.seed if seed is None else seed
    z = prior_coordinates(study, whole_number(draws, "draws"), generator(seed, "draws to validate at"))
    free = study.likelihood.compiled.constrain(jnp.asarray(z))
    values = {name: np.asarray(column) for name, column in free.items()}
    warnings = _priors(study)
    broken, tie_warnings, usable = _ties(study, values)
    log_barrier = barrier_program(study)(z)
    unstable = float(np.mean(~(log_barrier >= UNSTABLE)))
    if unstable > 0:
        warnings.append(
            f"{unstable:.0%} of the draws describe no stable glass; a barrier keeps the sampler from there"
        )
    problems, failed = find_problems(study.likelihood, z[usable])
    healthy = z[usable][~failed]
    unused = idle(study)
    warnings += [f"{name} is idle, as {why}: fix it, or change the option" for name, why in unused.items()]
    if len(healthy):
        warnings += [
            f"no measurement of this study depends on {name}: its posterior will be its prior"
            for name in _unseen(study, healthy)
            if name not in unused
        ]
    return Validation(
        study=study.name,
        problems=(*broken, *problems),
        warnings=(*warnings, *tie_warnings),
        notes=(*_masked(study), *_beyond(study)),
        draws=draws,
        seed=seed,
        unstable=unstable,
    )


def _priors(study: "Specification") -> list[str]:
    """Say which priors reach outside the range of their parameter, by more than a hundredth of their probability."""
    found = []
    for name, prior in study.free.items():
        low, high = natural_range(study, name)
        share = float(prior.frozen.cdf(low) + prior.frozen.sf(high))
        if share > OUTSIDE:
            found.append(f"the prior of {name} puts {share:.1%} outside its range {low:g} … {high:g}")
    return found


def _ties(
    study: "Specification", values: dict[str, np.ndarray]
) -> tuple[list[Finding], list[str], np.ndarray]:
    """Return ties that are not finite at the draws, those that leave their range, and where all are finite (n,)."""
    count = len(next(iter(values.values())))
    usable = np.ones(count, dtype=bool)
    known = {name: float(np.asarray(getattr(study.glass, name))) for name in GLASS_CONSTANTS}
    known = {
        name: np.broadcast_to(value, count) for name, value in (known | study.complete(values, np)).items()
    }
    problems, warnings = [], []
    for name, tie in study.in_order.items():
        value, low, high = known[name], *natural_range(study, name)
        wrong = usable & ~np.isfinite(value)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            at = {needed: float(known[needed][first]) for needed in tie.names}
            problems.append(Finding(f"the tie of {name}, {tie.text}, is not finite", int(wrong.sum()), at))
            usable &= ~wrong
        good = value[usable]
        outside = (good < low) | (good > high)
        if outside.any():
            warnings.append(
                f"{name}, which is tied, lies outside its range {low:g} … {high:g} at {np.mean(outside):.0%} of the "
                f"draws: it runs from {good.min():.4g} to {good.max():.4g}"
            )
    return problems, warnings, usable


def _unseen(study: "Specification", z: np.ndarray) -> list[str]:
    """Names of parameters on which only the prior depends, at the draws ``z`` (n, d)."""
    likelihood = study.likelihood
    largest = np.zeros(len(study.free))
    for row in z:
        gradient = likelihood.evaluate(row)[1] + np.asarray(likelihood.log_prior_gradient(jnp.asarray(row)))
        largest = np.maximum(largest, np.abs(gradient))
        if np.all(largest > UNSEEN):
            break
    return [name for name, size in zip(study.free, largest, strict=True) if size <= UNSEEN]


def _masked(study: "Specification") -> list[str]:
    found = []
    for entry in study.data:
        if entry.left_out:
            bounds = f"{entry.low:g} … {entry.high:g} K"
            found.append(
                f"{entry.left_out} of {len(entry.measurement)} rows of {entry.measurement.name} lie outside {bounds} "
                "and are left out"
            )
    return found


def _beyond(study: "Specification") -> list[str]:
    """Say which fitted rows the theory is not meant for, at the prior's median of the Debye temperature."""
    medians = study.complete({name: prior.median for name, prior in study.free.items()}, np)
    debye = float(np.asarray(medians.get("debye_temperature", study.glass.debye_temperature)))
    notes = []
    for quantity in study.quantities:
        T = np.concatenate([entry.used.temperature for entry in study.fitted if entry.quantity == quantity])
        note = beyond_note(study.theory.validity, quantity, T.tolist(), debye, "fitted rows")
        notes += [note] if note else []
    return notes


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


SHOWN = 3
EXAMINED = 20


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


def find_problems(likelihood: "Likelihood", z: np.ndarray) -> tuple[list[Finding], np.ndarray]:
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
) -> list[Finding]:
    block = place.block
    if block is None:
        return [Finding(place.what, draws, values)]
    found = []
    rows = np.array(place.rows)
    for source in np.unique(block.source[rows]):
        name = likelihood.study.fitted[source].used.name
        T = block.row_temperature[rows[block.source[rows] == source]]
        found.append(Finding(place.what, draws, values, block.quantity, name, tuple(T.tolist())))
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

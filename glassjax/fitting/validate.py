"""Check a study before it is fitted: ties, priors, and the posterior with its gradient at draws from the prior."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from ..glass import GLASS_CONSTANTS
from ..problem.naming import idle, natural_range
from ..random_streams import generator
from ..scalars import whole_number
from ..validity import beyond_note
from .culprits import Problem, find_problems
from .predictive import barrier_program, prior_coordinates

if TYPE_CHECKING:
    from ..problem.specification import Specification

OUTSIDE = 0.01
UNSTABLE = -1.0
UNSEEN = 1e-9


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
    problems: tuple[Problem, ...]
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
) -> tuple[list[Problem], list[str], np.ndarray]:
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
            problems.append(Problem(f"the tie of {name}, {tie.text}, is not finite", int(wrong.sum()), at))
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

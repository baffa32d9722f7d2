"""One fit in a comparison: what it predicts of rows left out, and its evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError, StudyError
from ..results import Draws, Posterior
from ..results.evidence import LogEvidence, bridge, gaussian_evidence

if TYPE_CHECKING:
    from ..datasets import Measurement
    from ..study import Study

HIGH_K = 0.7


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """PSIS-LOO of all fitted rows, quantity after quantity.

    The log likelihoods of a result are densities of each row given all others, p(y_i | y_-i, θ), since rows share
    errors and a discrepancy. The predictive density of row i given the others is then

        p(y_i | y_-i) = 1/⟨1/p(y_i | y_-i, θ)⟩

    over the posterior, with the weights 1/p smoothed by a Pareto distribution whose shape k tells how far to trust it
    (Bürkner, Gabry & Vehtari 2021, doi:10.1007/s00180-020-01045-4; Vehtari, Gelman & Gabry 2017,
    doi:10.1007/s11222-016-9696-4).

    Attributes
    ----------
    quantity, temperature : (n,) of each row, in K
    elpd : (n,) log predictive density of each row given the others, on the scale of the likelihood
    pareto_k : (n,) shape of the tail of its weights
    """

    quantity: np.ndarray
    temperature: np.ndarray
    elpd: np.ndarray
    pareto_k: np.ndarray

    @property
    def high(self) -> np.ndarray:
        """Which rows (n,) have a k above `HIGH_K`, or none at all."""
        return ~(self.pareto_k <= HIGH_K)

    def total(self, quantity: str | None = None) -> tuple[float, float]:
        """Sum of the log densities, of one quantity or of all, and its standard error."""
        return sum_with_error(self.elpd if quantity is None else self.elpd[self.quantity == quantity])

    def minus(self, other: "LeaveOneOut") -> tuple[float, float]:
        """Difference of the sums, and its standard error from the differences row by row."""
        return sum_with_error(self.elpd - other.elpd)


def sum_with_error(terms: np.ndarray) -> tuple[float, float]:
    """Return the sum of ``terms`` (n,) and √(n var), its standard error if rows are drawn independently."""
    return float(np.sum(terms)), float(np.sqrt(len(terms) * np.var(terms)))


@dataclass(frozen=True, eq=False)
class Rival:
    """A fit with its label, predictive densities and evidence (None if it has none)."""

    label: str
    theory: str
    result: Draws
    loo: LeaveOneOut
    evidence: LogEvidence | None

    @cached_property
    def piled(self) -> dict[str, float]:
        """Bounds by name of the parameters that pile up there."""
        return {name: bound for name, bound, _ in self.result.bound_checks()[0]}

    @cached_property
    def laplace(self) -> float | None:
        """Laplace's log evidence at the maximum."""
        result = self.result
        return gaussian_evidence(result.log_posterior, result.covariance) if result.curved else None

    def to_dict(self) -> dict[str, Any]:
        """Return what the table says of this fit alone; a number that is not finite is None."""
        elpd, se = self.loo.total()
        k = np.where(np.isnan(self.loo.pareto_k), np.inf, self.loo.pareto_k)
        quantities = self.result.study.quantities
        parts = {quantity: self.loo.total(quantity) for quantity in quantities}
        evidence = self.evidence
        return {
            "theory": self.theory,
            "label": self.label,
            "study": self.result.study.name,
            "free": len(self.result.study.free),
            "elpd": elpd,
            "se": se,
            "elpd_by_quantity": {name: {"elpd": part[0], "se": part[1]} for name, part in parts.items()},
            "worst_k": float(np.max(k)) if np.isfinite(np.max(k)) else None,
            "high_k": int(np.sum(self.loo.high)),
            "log_evidence": None if evidence is None else evidence.value,
            "log_evidence_error": None if evidence is None else evidence.error,
            "log_evidence_method": None if evidence is None else evidence.method,
            "log_evidence_note": None if evidence is None else evidence.note,
            "log_evidence_laplace": self.laplace,
            **{
                name: {misfit.quantity: getattr(misfit, name) for misfit in self.result.misfits}
                for name in ("rms", "chi2")
            },
            "worst": {misfit.quantity: vars(misfit.worst) for misfit in self.result.misfits},
            "piled": self.piled,
            "draws": self.result.kind,
            "ok": self.result.verdict.ok,
            **self.result.verdict.words,
        }


def judge_rival(label: str, theory: str, result: Draws, seed: int) -> Rival:
    """Work out leave-one-out and evidence of a fit."""
    from ..results.arviz_bridge import leave_one_out

    blocks = result.study.likelihood.blocks
    names = tuple(block.quantity for block in blocks)
    elpd, k = leave_one_out(result.tree, names)
    loo = LeaveOneOut(
        quantity=np.repeat(names, [len(block.row) for block in blocks]),
        temperature=np.concatenate([block.row_temperature for block in blocks]),
        elpd=elpd,
        pareto_k=k,
    )
    return Rival(label, theory, result, loo, _evidence(result, seed))


def _evidence(result: Draws, seed: int) -> LogEvidence | None:
    """Return the evidence a result has; else by bridge sampling; else, where draws are few, by Laplace's formula."""
    if result.log_evidence is not None:
        return result.log_evidence
    why = ""
    if isinstance(result, Posterior):
        try:
            return bridge(result, seed=seed)
        except GlassjaxError:
            why = "the draws do not suffice for bridge sampling"
    if not result.curved:
        return None
    return LogEvidence(gaussian_evidence(result.log_posterior, result.covariance), None, "Laplace", why)


_NUISANCES = ("discrepancy", "noise", "scale")


def check_same_data(studies: "Sequence[Study]") -> None:
    """Raise `StudyError` unless all ``studies`` fit the same rows with the same errors and discrepancy."""
    first = studies[0]
    for other in studies[1:]:
        difference = _difference(first, other)
        if difference:
            raise StudyError(
                f"'{first.name}' and '{other.name}' cannot be compared, as {difference}; "
                "give both the same data, errors and discrepancy"
            )


def _difference(one: "Study", other: "Study") -> str:
    """Say what differs first, or return an empty string."""
    for quantity in dict.fromkeys((*one.quantities, *other.quantities)):
        pairs = zip_longest(*([m for m in s.measurements() if m.quantity == quantity] for s in (one, other)))
        for a, b in pairs:
            found = _of_measurements(a, b)
            if found:
                return found
        found = _of_models(one, other, quantity)
        if found:
            return found
    if one.time != other.time:
        return f"one observes for {one.time:g} s, the other for {other.time:g} s"
    return ""


def _of_measurements(a: "Measurement | None", b: "Measurement | None") -> str:
    if a is None or b is None:
        alone = a if b is None else b
        return "" if alone is None else f"only one of them fits the data set '{alone.name}'"
    named = f"the data set '{a.name}'" if a.name == b.name else f"the data set '{a.name}' (or '{b.name}')"
    if not np.array_equal(a.temperature, b.temperature):
        rows = (f"{len(m)} from {m.temperature[0]:g} to {m.temperature[-1]:g} K" for m in (a, b))
        return f"they fit different rows of {named}: {' and '.join(rows)}"
    if not np.array_equal(a.value, b.value):
        return f"{named} has other values in each"
    if not np.array_equal(a.covariance(), b.covariance()):
        return f"{named} has other errors in each"
    return ""


def _of_models(one: "Study", other: "Study", quantity: str) -> str:
    """Compare what the studies say of noise and discrepancy."""
    if one.discrepancy.get(quantity) != other.discrepancy.get(quantity):
        entries = (study.discrepancy.get(quantity) for study in (one, other))
        words = (
            "none" if entry is None else f"{entry.amplitude:g} over {entry.length:g} ({entry.kernel})"
            for entry in entries
        )
        return f"the discrepancy of {quantity} is not the same: {' and '.join(words)}"
    stated = [_nuisances(study, quantity) for study in (one, other)]
    for name in dict.fromkeys([*stated[0], *stated[1]]):
        if stated[0].get(name) != stated[1].get(name):
            return f"'{name}' of {quantity} is not given alike in both"
    return ""


def _nuisances(study: "Study", quantity: str) -> dict[str, Any]:
    """Priors, ties and fixed values of the nuisances of a quantity."""
    given = {name: entry.to_dict() for name, entry in (study.free | study.ties).items()} | study.parameters
    parts = {name: name.split(".") for name in given}
    return {
        name: given[name]
        for name, part in parts.items()
        if part[0] in _NUISANCES and len(part) > 1 and part[1] == quantity
    }

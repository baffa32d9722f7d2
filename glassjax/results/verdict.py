"""Is the result to be trusted? Every threshold is stated here, and every verdict says its numbers.

A maximum is accepted when
  one more Newton step would gain less than 10⁻³ in the log posterior, the Hessian is positive definite, at
  least two starts (if there were two) ended there, and no other maximum lies within 3 of it in the log
  posterior;
a posterior when
  R-hat ≤ 1.01, effective draws ≥ 400 in bulk and tail, no divergences, E-BFMI ≥ 0.3 in every chain, and at
  most 1 % of the draws at the greatest tree depth;
draws weighed by the posterior (Laplace, variational) when
  the tail of its n weights has Pareto k ≤ min(0.7, 1 − 1/log₁₀ n), the weights are worth 400 draws or more, the starts
  of the maximum agree as above, and, if variational, the ELBO has stopped rising: by less than 0.1, or three standard
  errors, over the last fifth of the steps;
a nested sampling run when
  its live points could add no more to ln Z than was asked for, its weights are worth 400 draws or more, ln Z is
  known to 0.5, and at least one evaluation in 1000 gave a point;
draws when
  no two chains stay in different modes of a parameter (`glassjax.results.modes`);
all of them when
  no parameter piles up at a bound of its prior that is not the end of its own range.

That is the verdict on the sampler. The one on the theory, whether it describes the data with its discrepancy and the
stated errors, is that of `glassjax.results.whitened`, which states its thresholds. A result is to be trusted when
both are good.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..quantities import QUANTITIES
from .limits import percent
from .misfit import Misfit
from .modes import Modes
from .whitened import CARRIED, Predictive, Whitened

GAIN = 1e-3
SAME = 0.1
WINDOW = 3.0
RHAT = 1.01
ESS = 400
BFMI = 0.3
DEPTH_SHARE = 0.01
PARETO_K = 0.7
RISE = 0.1
EVIDENCE_ERROR = 0.5
EFFICIENCY = 1e-3


@dataclass(frozen=True)
class Check:
    """One threshold: whether it is kept, and the sentence that says so."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Part:
    """One of the two verdicts of a fit: good, bad, or None where nothing can be said; in ``words``, and why."""

    ok: bool | None
    words: str
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"ok": self.ok, "words": self.words, "reasons": list(self.reasons)}


@dataclass(frozen=True)
class Verdict:
    """Whether a result is to be trusted: of a fit, whether the verdicts on ``sampler`` and ``theory`` are both good.

    ``reasons`` are the checks that failed or, if all were kept, what they found; ``notes`` are worth knowing
    either way.
    """

    ok: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    sampler: Part | None = None
    theory: Part | None = None

    @property
    def parts(self) -> dict[str, Part]:
        """The two verdicts by what they are on; none where only one thing is judged."""
        named = {"sampler": self.sampler, "theory": self.theory}
        return {name: part for name, part in named.items() if part is not None}

    @property
    def words(self) -> dict[str, str]:
        """Words of the two verdicts for a table, in which the column ``theory`` names the theory."""
        return {
            "theory_verdict" if name == "theory" else name: part.words for name, part in self.parts.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        plain: dict[str, Any] = {"ok": self.ok, "reasons": list(self.reasons), "notes": list(self.notes)}
        return plain | {name: part.to_dict() for name, part in self.parts.items()}


def judge(checks: Sequence[Check], notes: Sequence[str] = (), theory: Part | None = None) -> Verdict:
    """Collect checks into a verdict; with one on the ``theory`` they are the verdict on the sampler."""
    failed = tuple(check.text for check in checks if not check.ok)
    reasons = failed or tuple(check.text for check in checks)
    if theory is None:
        return Verdict(not failed, reasons, tuple(notes))
    sampler = Part(not failed, "NOT CONVERGED" if failed else "converged", reasons)
    bad = [reason for part in (sampler, theory) if not part.ok for reason in part.reasons]
    ok = not bad
    return Verdict(ok, tuple(bad) or sampler.reasons + theory.reasons, tuple(notes), sampler, theory)


def judge_theory(found: Predictive, misfits: Sequence[Misfit]) -> Part:
    """Judge whether theory, discrepancy and stated errors describe the data; see `glassjax.results.whitened`."""
    missed = [_missed(entry) for entry in misfits if entry.stretches]
    if found.rows <= found.parameters or found.freedom < 1:
        few = (
            f"{found.rows} rows (those of a published fit counted by what they are worth) are too few to judge "
            f"{found.parameters} free parameters by: measure more, or fix some"
        )
        return Part(None, "cannot be judged", (few, *missed))
    limit = found.limit
    by_draws = "fitted" in found.result.tree.children
    reference = (
        f"posterior predictive p of {found.rows} rows"
        if by_draws
        else f"{found.freedom:.3g} expected: {found.rows} rows less {found.fitted:.2g} fitted; p"
    )
    together = f"χ² of all whitened residuals {found.chi2:.3g} ({reference} {found.p:.2g}, limit {limit:.1g})"
    checks = [Check(found.p >= limit, together)]
    for part, entry in zip(found.parts, misfits, strict=True):
        checks += _of_quantity(part, entry, limit, found.amplitudes.get(entry.quantity, 1.0))
    failed = tuple(check.text for check in checks if not check.ok)
    if failed:
        return Part(False, "DOES NOT DESCRIBE THE DATA", (*failed, *missed))
    words = "describes the data with its discrepancy" if missed else "describes the data"
    return Part(True, words, (*(check.text for check in checks), *missed))


def join_theories(parts: Mapping[str, Part]) -> Part:
    """Join the verdicts on the theory of several glasses, by the name of each: none may be bad.

    A glass of few rows, which cannot be judged by itself, is judged with the others of its population.
    """
    judged = {name: part for name, part in parts.items() if part.ok is not None} or parts
    bad = {name: part for name, part in judged.items() if not part.ok}
    shown = [f"{name}: {reason}" for name, part in (bad or parts).items() for reason in part.reasons]
    worst = next(iter((bad or judged).values()))
    return replace(worst, reasons=tuple(shown))


def _of_quantity(part: Whitened, entry: Misfit, limit: float, amplitude_p: float) -> list[Check]:
    """Judge the residuals of one quantity."""
    name, checks = part.quantity, []
    size = f"rms residual {entry.rms:.2g} against {entry.allowed:.2g} that errors and discrepancy allow"
    n = len(part.white)
    rows = f"{n} rows" if n > 1 else "1 row"
    failures = {
        f"{name}: {size} (p {part.rms_p:.2g}): intervals are too narrow, the theory or the errors are wrong": (
            part.rms_p
        ),
        f"{name}: χ² {part.chi2:.3g} of {rows} (p {part.chi2_p:.2g})": part.chi2_p,
        f"{name}: neighbouring residuals are alike (p {part.correlation_p:.2g}): the theory misses a shape": (
            part.correlation_p
        ),
        f"{name}: the largest residuals are {'; '.join(part.outliers(least=3.0))} (p {part.outlier_p:.2g})": (
            part.outlier_p
        ),
        f"{name}: the discrepancy's amplitude {entry.amplitude:.2g} lies far above its prior (p {amplitude_p:.2g})": (
            amplitude_p
        ),
    }
    checks = [Check(False, text) for text, p in failures.items() if not p >= limit]
    if entry.carried > CARRIED:
        checks.append(
            Check(
                False,
                f"{name}: the discrepancy carries {_size(entry)} (rms; limit {CARRIED:g}): the theory by itself does "
                "not describe the data",
            )
        )
    if checks:
        return checks
    found = f"χ² {part.chi2:.3g} of {rows}, largest residual {part.outliers(1)[0]}"
    return [Check(True, f"{name}: {size}; {found}")]


def _size(entry: Misfit) -> str:
    known = QUANTITIES[entry.quantity]
    return f"{entry.carried:.2g} " + (f"in ln {known.symbol}" if known.logarithmic else "of its size")


def _missed(entry: Misfit) -> str:
    """Say what the discrepancy carries of a quantity."""
    known = QUANTITIES[entry.quantity]
    worst = max(entry.stretches, key=lambda s: abs(math.expm1(s.offset) if known.logarithmic else s.offset))
    size = percent(worst.offset) if known.logarithmic else f"{abs(worst.offset):.2g} {known.unit}"
    at = f"{worst.low:.3g}–{worst.high:.3g} K" if worst.high > worst.low else f"{worst.low:.3g} K"
    return f"the theory alone misses {entry.quantity} by up to {size} at {at}; the discrepancy carries that"


def check_starts(
    log_posterior: np.ndarray, distance: np.ndarray, gain: float, flat: str, where: str = ""
) -> list[Check]:
    """Judge a maximum from its starts: their log posteriors (s,) and distances (s,) in Laplace standard deviations."""
    return [
        Check(
            gain < GAIN, f"another Newton step would gain {gain:.1e} in the log posterior (limit {GAIN:g})"
        ),
        Check(
            not flat,
            f"the posterior is not curved downwards along {flat}: no interval follows"
            if flat
            else "the Hessian is positive definite",
        ),
        *check_rivals(log_posterior, distance, where),
    ]


def check_rivals(
    log_posterior: np.ndarray, distance: np.ndarray, where: str = "", *, covered: bool = False
) -> list[Check]:
    """Judge whether the starts, as in `check_starts`, agree on one maximum; ``where`` says where the next one is.

    Where draws have ``covered`` all maxima only the first has to be found twice.
    """
    best = float(np.max(log_posterior))
    near = (log_posterior >= best - SAME) & (distance <= 1)
    rivals = (log_posterior >= best - WINDOW) & (distance > 3)
    n, agree = len(log_posterior), int(near.sum())
    checks = []
    if n > 1:
        text = f"{agree} of {n} starts ended at the best maximum"
        checks.append(Check(agree >= 2, text if agree >= 2 else text + ": use more starts"))
        if rivals.any() and not covered:
            drop = best - float(np.max(log_posterior[rivals]))
            checks.append(
                Check(
                    False,
                    f"another maximum lies only {round(drop, 3):.2g} below the best in the log posterior{where}: "
                    "the intervals miss it",
                )
            )
    return checks


def check_chains(
    rhat: dict[str, float],
    bulk: dict[str, float],
    tail: dict[str, float],
    divergences: int,
    bfmi: Sequence[float],
    saturated: float,
) -> list[Check]:
    """Judge a posterior from its diagnostics; a value that is not finite fails."""
    worst = _worst(rhat, largest=True)
    thin_bulk, thin_tail = _worst(bulk, largest=False), _worst(tail, largest=False)
    slow = float(np.min(bfmi))
    return [
        Check(rhat[worst] <= RHAT, f"R-hat at most {rhat[worst]:.3f}, of {worst} (limit {RHAT:g})"),
        Check(
            bulk[thin_bulk] >= ESS,
            f"at least {_count(bulk[thin_bulk])} effective draws in the bulk, of {thin_bulk} (limit {ESS})",
        ),
        Check(
            tail[thin_tail] >= ESS,
            f"at least {_count(tail[thin_tail])} effective draws in the tails, of {thin_tail} (limit {ESS})",
        ),
        Check(divergences == 0, f"{divergences} divergent draws" if divergences else "no divergent draws"),
        Check(slow >= BFMI, f"E-BFMI at least {slow:.2f} (limit {BFMI:g})"),
        Check(
            saturated <= DEPTH_SHARE,
            f"{100 * saturated:.1f} % of the draws at the greatest tree depth (limit {100 * DEPTH_SHARE:g} %)",
        ),
    ]


def check_weights(k: float, n: int, effective: float) -> list[Check]:
    """Judge ``n`` draws weighed by the posterior from the Pareto shape ``k`` of the weights' tail."""
    limit = min(PARETO_K, 1 - 1 / math.log10(n))
    text = f"Pareto k of the weights {k:.2f} (limit {limit:.2f})"
    return [
        Check(
            k <= limit,
            text
            if k <= limit
            else text + ": the draws do not cover the posterior; use study.sample() or study.nested()",
        ),
        Check(effective >= ESS, f"{_count(effective)} effective draws of {n} (limit {ESS})"),
    ]


def check_elbo(elbo: np.ndarray) -> Check:
    """Judge whether the ELBO (steps,) has stopped rising."""
    tenth = max(len(elbo) // 10, 2)
    last, before = elbo[-tenth:], elbo[-2 * tenth : -tenth]
    rise = float(np.mean(last) - np.mean(before))
    error = math.sqrt((np.var(last) + np.var(before)) / tenth)
    ok = abs(rise) <= max(RISE, 3 * error)
    text = f"the ELBO rose by {rise:+.2g} ± {error:.1g} at last"
    return Check(ok, text if ok else text + f" (limit {RISE:g}): use more steps")


def check_nested(
    effective: float, remaining: float, wanted: float, error: float, efficiency: float
) -> list[Check]:
    """Judge a nested sampling run; ``efficiency`` is points over evaluations."""
    done = remaining <= wanted
    left = f"the live points could add {remaining:.2g} to the log evidence (limit {wanted:g})"
    return [
        Check(done, left if done else left + ": allow more calls"),
        Check(effective >= ESS, f"{_count(effective)} effective draws (limit {ESS})"),
        Check(error <= EVIDENCE_ERROR, f"log evidence known to {error:.2g} (limit {EVIDENCE_ERROR:g})"),
        Check(
            efficiency >= EFFICIENCY,
            f"{100 * efficiency:.2g} % of the evaluations gave a point (limit {100 * EFFICIENCY:g} %)",
        ),
    ]


def check_modes(found: Sequence[Modes]) -> list[Check]:
    """Judge draws that are divided between modes: chains that stay in different ones do not say how much is in each."""
    return [Check(False, modes.text) for modes in found if not modes.mixed]


def check_bounds(piled: Sequence[tuple[str, float, bool]]) -> list[Check]:
    """Judge parameters that pile up at a bound: (name, bound, whether the bound is the end of its own range)."""
    return [
        Check(False, f"{name} piles up at the bound {bound:g} of its prior: widen the prior")
        for name, bound, natural in piled
        if not natural
    ]


def _worst(values: dict[str, float], *, largest: bool) -> str:
    """Name of the worst value; one that is not finite is worst of all."""
    bad = math.inf if largest else -math.inf
    safe = {name: value if math.isfinite(value) else bad for name, value in values.items()}
    return (max if largest else min)(safe, key=lambda name: safe[name])


def _count(value: float) -> str:
    return f"{value:.0f}" if math.isfinite(value) else "not enough"

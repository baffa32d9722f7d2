"""Is the result to be trusted? Every threshold is stated here, and every verdict says its numbers.

A maximum is accepted when
  one more Newton step would gain less than 10⁻³ in the log posterior, the Hessian is positive definite, at
  least two starts (if there were two) ended there, and no other maximum lies within 3 of it in the log
  posterior;
a posterior when
  R-hat ≤ 1.01, effective draws ≥ 400 in bulk and tail, no divergences, E-BFMI ≥ 0.3 in every chain, and at
  most 1 % of the draws at the greatest tree depth;
both when
  no parameter piles up at a bound of its prior that is not the end of its own range, and no quantity's rms
  residual exceeds twice what its errors and its discrepancy allow.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .misfit import Misfit

__all__ = [
    "Check",
    "Verdict",
    "check_bounds",
    "check_chains",
    "check_misfits",
    "check_starts",
    "judge",
]

GAIN = 1e-3
SAME = 0.1
WINDOW = 3.0
RHAT = 1.01
ESS = 400
BFMI = 0.3
DEPTH_SHARE = 0.01
MISFIT = 2.0


@dataclass(frozen=True)
class Check:
    """One threshold: whether it is kept, and the sentence that says so."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Verdict:
    """Whether a result is to be trusted.

    ``reasons`` are the checks that failed or, if all were kept, what they found; ``notes`` are worth knowing
    either way.
    """

    ok: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return plain values."""
        return {"ok": self.ok, "reasons": list(self.reasons), "notes": list(self.notes)}


def judge(checks: Sequence[Check], notes: Sequence[str] = ()) -> Verdict:
    """Collect checks into a verdict."""
    failed = tuple(check.text for check in checks if not check.ok)
    return Verdict(not failed, failed or tuple(check.text for check in checks), tuple(notes))


def check_starts(log_posterior: np.ndarray, distance: np.ndarray, gain: float, flat: str) -> list[Check]:
    """Judge a maximum from its starts: their log posteriors (s,) and distances (s,) in Laplace standard deviations."""
    best = float(np.max(log_posterior))
    near = (log_posterior >= best - SAME) & (distance <= 1)
    rivals = (log_posterior >= best - WINDOW) & (distance > 3)
    n, agree = len(log_posterior), int(near.sum())
    checks = [
        Check(
            gain < GAIN, f"another Newton step would gain {gain:.1e} in the log posterior (limit {GAIN:g})"
        ),
        Check(
            not flat,
            f"the posterior is not curved downwards along {flat}: no interval follows"
            if flat
            else "the Hessian is positive definite",
        ),
    ]
    if n > 1:
        text = f"{agree} of {n} starts ended at the best maximum"
        checks.append(Check(agree >= 2, text if agree >= 2 else text + ": use more starts"))
        if rivals.any():
            drop = best - float(np.max(log_posterior[rivals]))
            checks.append(
                Check(
                    False,
                    f"another maximum lies only {drop:.2g} below the best in the log posterior: the intervals miss it",
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


def check_misfits(misfits: Sequence[Misfit]) -> list[Check]:
    """Judge whether the residuals are as large as errors and discrepancy say."""
    checks = []
    for entry in misfits:
        ok = entry.rms <= MISFIT * entry.allowed
        allowed = f"{entry.allowed:.2g} that errors and discrepancy allow"
        size = f"{entry.quantity}: rms residual {entry.rms:.2g} against {allowed}"
        checks.append(
            Check(ok, size if ok else size + ": intervals are too narrow, the theory or the errors are wrong")
        )
    return checks


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

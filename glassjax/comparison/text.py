"""A comparison in plain text: verdicts first, then warnings, then the two rankings and what they say."""

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ..results.text import WIDTH, aligned, bulleted, stretch_words
from .rival import HIGH_K

if TYPE_CHECKING:
    from .rival import Rival

CLEAR = 2.0  # standard errors
CLEAR_FACTOR = 1.0  # of the log evidence: e, below which a Bayes factor is not worth a mention
SMALL = 4.0  # below it standard errors are not reliable (Sivula, Magnusson & Vehtari 2020, arXiv:2008.10296)
NAMED = 6  # rows a warning names


def summary(comparison: Any) -> str:
    """Put the summary together."""
    rivals = comparison.rivals
    study = rivals[0].result.study
    rows = {block.quantity: len(block.row) for block in study.likelihood.blocks}
    counts = ", ".join(f"{quantity} {n}" for quantity, n in rows.items())
    what = f"variants by {comparison.varied}" if comparison.varied else "theories"
    count = len(rivals) + len(comparison.failures)
    lines = [f"Comparison of {count} {what} on {study.glass.name}; fitted rows: {counts}", ""]
    lines += _verdicts(rivals)
    if comparison.failures:
        lines.append(f"NOT FITTED: {', '.join(comparison.failures)}")
        for label, failure in comparison.failures.items():
            lines += bulleted(f"{label}: {failure.reason}")
    lines += _warnings(comparison)
    table = comparison.table[: len(rivals)]
    lines += [
        "",
        f"Leave-one-out (PSIS; log predictive density of {sum(rows.values())} rows, greater is better)",
    ]
    lines += aligned(_predictions(table, list(rows)))
    lines += ["", "Evidence (ln Z, greater is better)"]
    ranked = sorted(table, key=lambda row: math.inf if row["log_evidence"] is None else -row["log_evidence"])
    lines += aligned(_evidences(ranked))
    for row in ranked:
        if row["log_evidence_note"]:
            lines += bulleted(f"{row['label']}: {row['log_evidence_note']}")
    lines += ["", "The theory alone at the maximum (rms of ln κ, ln C, 1/K; χ² under the stated errors)"]
    lines += aligned(_alone(comparison.table, list(rows), comparison.varied))
    lines += ["", "Where the theory alone fails"]
    lines += [line for rival in rivals for line in _failing(rival)]
    lines.append("")
    for sentence in conclusions(rivals):
        lines += wrap(sentence, WIDTH)
    return "\n".join(lines)


def _verdicts(rivals: "Sequence[Rival]") -> list[str]:
    """Say of samplers and theories whether all fits are good, and why some are not."""
    lines = []
    for name, good in (("sampler", "converged"), ("theory", "describes the data")):
        parts = [(rival.label, rival.result.verdict.parts[name]) for rival in rivals]
        bad = [(label, part) for label, part in parts if not part.ok]
        said = "; ".join(f"{label} {part.words}" for label, part in bad) or f"every one {good}"
        lines.append(f"{name.upper()}: {said}")
        for label, part in bad:
            for reason in part.reasons:
                lines += bulleted(f"{label}: {reason}")
    return lines


def _warnings(comparison: Any) -> list[str]:
    lines = []
    if comparison.quick:
        lines += bulleted("quick: draws around each maximum, weighed by the posterior, in place of chains")
    for label, rows in comparison.warnings().items():
        chains = comparison.results[label].kind == "posterior"
        why = "the fit leans on them" if chains else "draws by weight reach less far than chains would"
        worst = sorted(rows, key=lambda row: -row[2])
        named = ", ".join(f"{quantity} at {T:.3g} K ({k:.2f})" for quantity, T, k in worst[:NAMED])
        more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
        count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
        lines += bulleted(
            f"{label}: leave-one-out of {count} is not to be relied on, with Pareto k above {HIGH_K:g}: "
            f"{named}{more}; {why}"
        )
    return ["", "Warnings", *lines] if lines else []


def _predictions(table: Sequence[dict[str, Any]], quantities: Sequence[str]) -> list[list[str]]:
    parts = quantities if len(quantities) > 1 else []
    lines = [["", "elpd", "difference", *parts, "free", "worst k", f"k > {HIGH_K:g}"]]
    for row in table:
        by = row["elpd_by_quantity"]
        k = row["worst_k"]
        lines.append(
            [
                row["label"],
                f"{row['elpd']:.1f} ± {row['se']:.1f}",
                "best" if row is table[0] else f"{row['elpd_difference']:.1f} ± {row['difference_se']:.1f}",
                *(f"{by[name]['elpd']:.1f} ± {by[name]['se']:.1f}" for name in parts),
                str(row["free"]),
                "infinite" if k is None else f"{k:.2f}",
                str(row["high_k"]),
            ]
        )
    return lines


def _alone(table: Sequence[dict[str, Any]], quantities: Sequence[str], corner: str) -> list[list[str]]:
    """Lay out rms and χ² of all fits, also of those that failed."""
    lines = [[corner, "free", *(f"{what} {name}" for name in quantities for what in ("rms", "χ²"))]]
    for row in table:
        if row["failed"]:
            numbers = ["failed"] * (2 * len(quantities))
        else:
            pairs = [(f"{row['rms'][name]:.2g}", f"{row['chi2'][name]:.4g}") for name in quantities]
            numbers = [number for pair in pairs for number in pair]
        lines.append([row["label"], str(row["free"]), *numbers])
    return lines


def _failing(rival: "Rival") -> list[str]:
    """Say at which temperatures a theory misses each quantity most, and which parameters pile up."""
    said = [
        f"{misfit.quantity} at {stretch_words(misfit.worst, misfit.quantity != 'expansion')}"
        for misfit in rival.result.misfits
    ]
    said += [f"{name} piles up at {bound:g}" for name, bound in rival.piled.items()]
    return [line for entry in said for line in bulleted(f"{rival.label}: {entry}")]


def _evidences(table: Sequence[dict[str, Any]]) -> list[list[str]]:
    lines = [["", "ln Z", "ln Bayes factor", "method"]]
    for row in table:
        value, error = row["log_evidence"], row["log_evidence_error"]
        if value is None:
            lines.append([row["label"], "none", "none", "the maximum is none in some direction"])
            continue
        spread = "" if error is None else f" ± {error:.2f}"
        factor = "best" if row is table[0] else f"{row['log_bayes_factor']:.2f}"
        lines.append([row["label"], f"{value:.2f}{spread}", factor, row["log_evidence_method"]])
    return lines


def conclusions(rivals: "Sequence[Rival]") -> list[str]:
    """Say which theory each ranking prefers, which it cannot tell from the best, and whether they disagree.

    ``rivals`` come in the order of their predictions.
    """
    best, *others = rivals
    sentences = []
    gaps = {rival.label: best.loo.minus(rival.loo) for rival in others}
    close = [label for label, (difference, se) in gaps.items() if difference <= CLEAR * se]
    clear = {label: gap for label, gap in gaps.items() if label not in close}
    if clear:
        listed = _and([f"{label} by {gap:.1f} ± {se:.1f}" for label, (gap, se) in clear.items()])
        small = (
            "" if max(gap for gap, _ in clear.values()) >= SMALL else f", which is little (below {SMALL:g})"
        )
        sentences.append(f"Leave-one-out prefers {best.label} to {listed}{small}.")
    if close:
        sentences.append(
            f"Leave-one-out cannot tell {_and(close)} from {best.label}: the difference is within "
            f"{CLEAR:g} standard errors."
        )
    known = [(rival.label, rival.evidence) for rival in rivals if rival.evidence is not None]
    if len(known) < 2:
        return sentences
    (label, top), *rest = sorted(known, key=lambda pair: -pair[1].value)
    like = [
        name
        for name, evidence in rest
        if top.value - evidence.value
        <= max(CLEAR_FACTOR, CLEAR * math.hypot(top.error or 0.0, evidence.error or 0.0))
    ]
    listed = [f"{name} by e^{top.value - evidence.value:.1f}" for name, evidence in rest if name not in like]
    if listed:
        sentences.append(f"The evidence prefers {label} to {_and(listed)}.")
    if like:
        sentences.append(
            f"The evidence cannot tell {_and(like)} from {label}: the factor is below e or twice its error."
        )
    if label != best.label and not (label in close and best.label in like):
        sentences.append(
            "The rankings disagree: leave-one-out asks how well each row follows from the others, "
            "the evidence how well all rows follow from the priors."
        )
    return sentences


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]

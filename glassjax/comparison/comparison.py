"""Several theories on the same data: fitted, then ranked by prediction and by evidence."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ..disk import distinct, folder_name
from ..drawing import write_figures
from ..errors import FitError, GlassjaxError
from ..results import Draws
from ..results.text import WIDTH, aligned, bulleted, stretch_words
from ..scalars import as_path, check_seed
from ..theory import get_theory, list_theories
from .fits import Failure, attempt, find_target, fit_target, study_of_target
from .rival import HIGH_K, Rival, check_same_data, judge_rival
from .variants import grid, variants

if TYPE_CHECKING:
    from ..study import Study
    from .rival import Rival

FIGURE, TEXT, NUMBERS = "comparison", "comparison.txt", "comparison.json"
FORMATS = ("png", "svg")


def compare(
    targets: Any,
    *,
    vary: Mapping[str, Sequence[Any]] | None = None,
    seed: int = 0,
    quick: bool = False,
    chains: int | None = None,
    warmup: int | None = None,
    draws: int | None = None,
    progress: bool | None = None,
) -> "Comparison":
    """Fit several theories, or variants of one, to the same data, and rank them by leave-one-out and by evidence.

    Parameters
    ----------
    targets : sequence or mapping
        Studies, results, their files, or names of shipped studies, two or more; a mapping names them. A result with
        draws is taken as it is, and a `Maximum` is where the chains begin. With ``vary`` one study, or its result.
    vary : mapping, optional
        Options of the study's theory with the values to try, as in ``{"excited": ["thermal", "sharp"]}``: all
        combinations are fitted, each without the parameters that its options leave idle. A parameter of the theory that
        the study does not free may vary too, and ``discrepancy`` over True and False.
    seed : int
        Of everything random.
    quick : bool
        Use importance-weighted draws around each maximum (`Study.laplace`) instead of chains.
    chains, warmup, draws : int, optional
        Of the chains; each study's own if not given.
    progress : bool, optional
        Whether to show a bar.

    Raises
    ------
    StudyError
        If the fits are not of the same rows with the same errors and discrepancy, or there is no such option to vary.
    FitError
        If none of the studies can be fitted; if some cannot, they are in the table with the reason.
    """
    check_seed(seed)
    found, labels = _varied(targets, vary) if vary is not None else _several(targets)
    fits = [
        attempt(
            study_of_target(target),
            lambda target=target: fit_target(
                target, seed=seed, quick=quick, chains=chains, warmup=warmup, draws=draws, progress=progress
            ),
        )
        for target in found
    ]
    return Comparison.of(fits, labels, seed=seed, varied="" if vary is None else grid(vary))


def _several(targets: Any) -> tuple[list[Any], list[str] | None]:
    """Return two targets or more, and their labels if they have some."""
    if isinstance(targets, (str, Path)) or not isinstance(targets, Iterable):
        raise GlassjaxError("a comparison takes a list of studies and results, two or more")
    names = list(targets) if isinstance(targets, Mapping) else None
    found = [
        find_target(target) for target in (targets.values() if isinstance(targets, Mapping) else targets)
    ]
    if len(found) < 2:
        raise GlassjaxError("a comparison takes two studies or results at least")
    check_same_data([study_of_target(target) for target in found])
    return found, names


def _varied(targets: Any, vary: Mapping[str, Sequence[Any]]) -> tuple[list[Any], list[str]]:
    """Return the variants of the one target, and their labels."""
    single = targets if isinstance(targets, (list, tuple)) else [targets]
    if len(single) != 1:
        raise GlassjaxError(f"vary takes one study, not {len(single)}")
    found = variants(study_of_target(find_target(single[0])), vary)
    return list(found.values()), list(found)


class Comparison:
    """Fits of the same data, the best predictor first.

    Attributes
    ----------
    rivals : tuple of Rival
        Each with ``label``, ``theory``, ``result``, ``loo`` and ``evidence``.
    failures : dict
        What could not be fitted, by label: each with ``study`` and ``reason``.
    varied : str
        Names of the options that vary, in the order of the labels; empty if these are no variants of one study.
    seed : int
    """

    def __init__(
        self,
        rivals: Sequence[Rival],
        *,
        seed: int = 0,
        failures: Mapping[str, Failure] | None = None,
        varied: str = "",
    ) -> None:
        self.rivals = tuple(sorted(rivals, key=lambda rival: -rival.loo.total()[0]))
        self.failures, self.varied, self.seed = dict(failures or {}), varied, seed

    @classmethod
    def of(
        cls,
        fits: Sequence[Draws | Failure],
        labels: Sequence[str] | None = None,
        *,
        seed: int,
        varied: str = "",
    ) -> "Comparison":
        """Judge fits, among them failures; ``labels`` are those of theories or studies if not given."""
        labels = _labels([fit.study for fit in fits]) if labels is None else labels
        named = dict(zip(labels, fits, strict=True))
        failures = {label: fit for label, fit in named.items() if isinstance(fit, Failure)}
        if len(failures) == len(fits):
            raise FitError(f"no fit succeeded; the first: {next(iter(failures.values())).reason}")
        rivals = [
            judge_rival(label, _theory_name(fit.study), fit, seed)
            for label, fit in named.items()
            if not isinstance(fit, Failure)
        ]
        return cls(rivals, seed=seed, failures=failures, varied=varied)

    @property
    def results(self) -> dict[str, Draws]:
        """The fits by label."""
        return {rival.label: rival.result for rival in self.rivals}

    @property
    def ok(self) -> bool:
        """Whether the verdict of every fit is good."""
        return not self.failures and all(rival.result.verdict.ok for rival in self.rivals)

    @property
    def quick(self) -> bool:
        """Whether some fit has importance-weighted draws instead of chains."""
        return any(rival.result.kind == "laplace" for rival in self.rivals)

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """One row a fit, the best predictor first.

        Keys: theory, label, study, free (number of free parameters), elpd, se, elpd_by_quantity, elpd_difference to
        the best and its difference_se, worst_k (None if infinite), high_k (rows above 0.7), log_evidence with _error,
        _method and _note, log_evidence_laplace, log_bayes_factor to the greatest; of the theory alone at the maximum,
        without discrepancy, and by quantity: rms, chi2 under the stated errors, and worst, the neighbouring rows that
        add most to it (low and high in K, and the largest offset of ln κ, ln C, or in 1/K); piled, the bounds by name
        of parameters that pile up there; draws, ok, sampler and theory_verdict (words of the two verdicts), and failed.
        What could not be fitted comes last: failed is the reason, and all that is not known None.
        """
        evidences = [rival.evidence.value for rival in self.rivals if rival.evidence is not None]
        rows = []
        for rival in self.rivals:
            difference, se = rival.loo.minus(self.rivals[0].loo)
            factor = None if rival.evidence is None else rival.evidence.value - max(evidences)
            more = {"elpd_difference": difference, "difference_se": se, "log_bayes_factor": factor}
            rows.append(rival.to_dict() | more | {"failed": None})
        for label, failure in self.failures.items():
            study = failure.study
            known = {
                "theory": _theory_name(study),
                "label": label,
                "study": study.name,
                "free": len(study.free),
            }
            rows.append({**dict.fromkeys(rows[0]), **known, "ok": False, "failed": failure.reason})
        return rows

    def warnings(self) -> dict[str, list[tuple[str, float, float]]]:
        """Rows not to be relied on by label of the fit: quantity, temperature in K and Pareto k above 0.7."""
        found = {}
        for rival in self.rivals:
            loo = rival.loo
            rows = [
                (str(loo.quantity[i]), float(loo.temperature[i]), float(loo.pareto_k[i]))
                for i in np.flatnonzero(loo.high)
            ]
            if rows:
                found[rival.label] = rows
        return found

    def summary(self) -> str:
        """Return verdicts, warnings, the two rankings and what they say as text."""
        return summary(self)

    def to_json(self) -> str:
        """Return the comparison as JSON; a missing number is null."""
        pointwise = {
            rival.label: {
                "quantity": rival.loo.quantity.tolist(),
                "temperature": rival.loo.temperature.tolist(),
                "elpd": rival.loo.elpd.tolist(),
                "pareto_k": [k if np.isfinite(k) else None for k in rival.loo.pareto_k.tolist()],
            }
            for rival in self.rivals
        }
        return json.dumps(
            {
                "ok": self.ok,
                "quick": self.quick,
                "seed": self.seed,
                "varied": self.varied,
                "table": self.table,
                "verdicts": {rival.label: rival.result.verdict.to_dict() for rival in self.rivals},
                "rows": pointwise,
            },
            indent=2,
            ensure_ascii=False,
            allow_nan=False,
        )

    def plot(self, **options: Any) -> Any:
        """Draw the rankings, and the theories against the data; see `glassjax.plotting.comparison`."""
        from ..plotting import comparison

        return comparison(self, **options)

    def save(self, folder: str | Path) -> Path:
        """Write text, numbers, the figure, and each fit's posterior.nc in a folder named after its study."""
        folder = as_path(folder, "the folder of a comparison")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / TEXT).write_text(self.summary() + "\n", encoding="utf-8")
            (folder / NUMBERS).write_text(self.to_json() + "\n", encoding="utf-8")
            for name, rival in zip(self._folders(), self.rivals, strict=True):
                (folder / name).mkdir(exist_ok=True)
                rival.result.save(folder / name / "posterior.nc")
            write_figures(folder, {FIGURE: self.plot}, FORMATS)
        except OSError as error:
            raise GlassjaxError(f"cannot write to '{folder}' ({error.strerror}); choose another") from error
        return folder

    def _folders(self) -> list[str]:
        """Name a folder for each fit."""
        return distinct([folder_name(rival.result.study.name, "study") for rival in self.rivals])

    def __repr__(self) -> str:
        state = "" if self.ok else ", not all to be trusted"
        return f"<Comparison of {', '.join(rival.label for rival in self.rivals)}{state}>"


def _theory_name(study: "Study") -> str:
    """Name of a theory in study files, or that of its class."""
    kind = type(study.theory)
    return next((name for name in list_theories() if get_theory(name) is kind), kind.__name__)


def _labels(studies: "Sequence[Study]") -> list[str]:
    """Theories' names, where they tell the fits apart, else those of the studies."""
    theories = [_theory_name(study) for study in studies]
    count = Counter(theories)
    return distinct(
        [
            theory if count[theory] == 1 else study.name
            for theory, study in zip(theories, studies, strict=True)
        ]
    )


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
        f"{misfit.quantity} at {stretch_words(misfit.worst, misfit.quantity)}"
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

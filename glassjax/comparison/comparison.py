"""Several theories on the same data: fitted, then ranked by prediction and by evidence."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..disk import distinct, folder_name
from ..drawing import write_figures
from ..errors import FitError, GlassjaxError
from ..results import Draws
from ..scalars import as_path, check_seed
from ..theory import get_theory, list_theories
from .fits import Failure, attempt, find_target, fit_target, study_of_target
from .rival import Rival, judge_rival
from .same_data import check_same_data
from .text import summary
from .variants import grid, variants

if TYPE_CHECKING:
    from ..study import Study

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

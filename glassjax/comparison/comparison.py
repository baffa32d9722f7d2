"""Several theories on the same data: fitted, then ranked by prediction and by evidence."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..disk import distinct, folder_name
from ..drawing import write_figures
from ..errors import GlassjaxError
from ..results import Draws
from ..scalars import as_path, check_seed
from ..theory import get_theory, list_theories
from .fits import find_target, fit_target, study_of_target
from .rival import Rival, judge_rival
from .same_data import check_same_data
from .text import summary

__all__ = ["Comparison", "compare"]

FIGURE, TEXT, NUMBERS = "comparison", "comparison.txt", "comparison.json"
FORMATS = ("png", "svg")


def compare(
    targets: Sequence[Any] | Mapping[str, Any],
    *,
    seed: int = 0,
    quick: bool = False,
    chains: int | None = None,
    warmup: int | None = None,
    draws: int | None = None,
    progress: bool | None = None,
) -> "Comparison":
    """Fit several theories to the same data, and rank them by leave-one-out and by evidence.

    Parameters
    ----------
    targets : sequence or mapping
        Studies, results, their files, or names of shipped studies, two or more; a mapping names them. A result with
        draws is taken as it is, and a `Maximum` is where the chains begin.
    seed : int
        Of everything random.
    quick : bool
        Draw around each maximum, and weigh the draws by the posterior (`Study.laplace`), in place of running chains.
    chains, warmup, draws : int, optional
        Of the chains; each study's own if not given.
    progress : bool, optional
        Whether to show a bar.

    Raises
    ------
    StudyError
        If the fits are not of the same rows with the same errors and discrepancy.
    """
    check_seed(seed)
    if isinstance(targets, (str, Path)) or not isinstance(targets, Iterable):
        raise GlassjaxError("a comparison takes a list of studies and results, two or more")
    names = list(targets) if isinstance(targets, Mapping) else None
    found = [
        find_target(target) for target in (targets.values() if isinstance(targets, Mapping) else targets)
    ]
    if len(found) < 2:
        raise GlassjaxError("a comparison takes two studies or results at least")
    check_same_data([study_of_target(target) for target in found])
    fits = [
        fit_target(
            target, seed=seed, quick=quick, chains=chains, warmup=warmup, draws=draws, progress=progress
        )
        for target in found
    ]
    labels = _labels(fits) if names is None else names
    rivals = [
        judge_rival(label, _theory_name(fit), fit, seed) for label, fit in zip(labels, fits, strict=True)
    ]
    return Comparison(rivals, seed=seed)


class Comparison:
    """Fits of the same data, the best predictor first.

    Attributes
    ----------
    rivals : tuple of Rival
        Each with ``label``, ``theory``, ``result``, ``loo`` and ``evidence``.
    seed : int
    """

    def __init__(self, rivals: Sequence[Rival], *, seed: int = 0) -> None:
        self.rivals = tuple(sorted(rivals, key=lambda rival: -rival.loo.total()[0]))
        self.seed = seed

    @property
    def results(self) -> dict[str, Draws]:
        """The fits by label."""
        return {rival.label: rival.result for rival in self.rivals}

    @property
    def ok(self) -> bool:
        """Whether every fit is to be trusted."""
        return all(rival.result.verdict.ok for rival in self.rivals)

    @property
    def quick(self) -> bool:
        """Whether any fit is by Laplace's approximation, without chains."""
        return any(rival.result.kind == "laplace" for rival in self.rivals)

    @cached_property
    def table(self) -> list[dict[str, Any]]:
        """One row a fit, the best predictor first.

        Keys: theory, label, study, free (number of free parameters), elpd, se, elpd_by_quantity, elpd_difference to
        the best and its difference_se, worst_k (None if infinite), high_k (rows above 0.7), log_evidence with _error,
        _method and _note, log_evidence_laplace, log_bayes_factor to the greatest, rms by quantity, draws, ok, sampler
        and theory_verdict (words of the two verdicts).
        """
        evidences = [rival.evidence.value for rival in self.rivals if rival.evidence is not None]
        rows = []
        for rival in self.rivals:
            difference, se = rival.loo.minus(self.rivals[0].loo)
            factor = None if rival.evidence is None else rival.evidence.value - max(evidences)
            more = {"elpd_difference": difference, "difference_se": se, "log_bayes_factor": factor}
            rows.append(rival.to_dict() | more)
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


def _theory_name(result: Draws) -> str:
    """Name of a theory in study files, or that of its class."""
    kind = type(result.study.theory)
    return next((name for name in list_theories() if get_theory(name) is kind), kind.__name__)


def _labels(results: Sequence[Draws]) -> list[str]:
    """Theories' names, where they tell the fits apart, else those of the studies."""
    theories = [_theory_name(result) for result in results]
    count = Counter(theories)
    return distinct(
        [
            theory if count[theory] == 1 else result.study.name
            for theory, result in zip(theories, results, strict=True)
        ]
    )

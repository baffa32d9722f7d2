"""Simulated silica studies: how often do intervals hold the truth?

    python -m tests.reliability.studies FOLDER [SETS]

Truths are drawn from the priors of the shipped study, data from its errors and, where ``data`` says so, from its
discrepancy. Each data set is maximised from two starts. Of every parameter two numbers are kept: ``score``, the
distance of the truth from the maximum in standard deviations of the Laplace Gaussian (in sampling coordinates, of which
each parameter is a monotone function, so that the Laplace interval of any level holds the truth where the score is
small enough), and ``rank``, the share of the posterior below the truth, from weighed draws as `Study.laplace` takes
them. FOLDER keeps one line a data set; a run that was stopped goes on from there.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from glassjax import Study
from glassjax.fitting.importance import adapt
from glassjax.fitting.maximise import climb, laplace, spread
from glassjax.fitting.pieces import peaks
from glassjax.fitting.predictive import stable_draws
from glassjax.results.arviz_bridge import pareto_smooth
from tests.inference.other_truth import study_with

LEVELS = (0.5, 0.8, 0.89, 0.95)
SETS = 500
STARTS = 2
DRAWS = 2000
SEED = 9


class Design(NamedTuple):
    """Which discrepancy the data have, and which the fit allows: names of `tests.inference.other_truth.FITS`."""

    data: str
    fit: str


DESIGNS = {
    "as shipped": Design("as shipped", "as shipped"),
    "without discrepancy": Design("none", "none"),
    "discrepancy in the data, none in the fit": Design("as shipped", "none"),
}


def examine(
    study: Study, observed: dict[str, np.ndarray], truth: dict[str, float], seed: int
) -> dict[str, Any]:
    """Fit one data set: ``score`` and ``rank`` of the truth by parameter, Pareto ``k``, ``converged``."""
    likelihood = study.likelihood.observing(study, observed)
    outcomes = climb(likelihood, spread(study, STARTS, seed), study.sampler.steps)
    best = max(outcomes, key=lambda outcome: outcome.log_posterior)
    found = laplace(likelihood, best.end)
    at = np.asarray(likelihood.compiled.unconstrain({name: truth[name] for name in likelihood.names}))
    score = (at - found.centre) / np.sqrt(np.diagonal(found.covariance))
    ends = np.stack([outcome.end for outcome in outcomes])
    maxima = peaks(likelihood, found, ends, np.array([outcome.log_posterior for outcome in outcomes]))
    drawn = adapt(likelihood, maxima, DRAWS, np.random.default_rng([seed, 7]))
    smoothed, k = pareto_smooth(drawn["log_weight"])
    weight = np.exp(smoothed)
    rank = weight @ (drawn["z"] < at) / weight.sum()
    return {
        "score": {name: round(float(x), 3) for name, x in zip(likelihood.names, score, strict=True)},
        "rank": {name: round(float(x), 4) for name, x in zip(likelihood.names, rank, strict=True)},
        "k": round(float(k), 2),
        "converged": bool(not found.flat and found.gain < 1e-3),
    }


def data_sets(design: Design, sets: int) -> Iterator[tuple[dict[str, np.ndarray], dict[str, float]]]:
    """Rows (n,) of every quantity and their true parameters, the same for any number of ``sets``."""
    study = study_with(design.data)
    truths = stable_draws(study, SETS, np.random.default_rng([SEED, 1]))
    for number in range(sets):
        truth = {name: float(column[number]) for name, column in truths.items()}
        yield study.likelihood.simulate(truth, np.random.default_rng([SEED, 2, number])), truth


def _path(design: str, folder: Path) -> Path:
    return folder / f"{design.replace(' ', '-').replace(',', '')}.jsonl"


def kept(design: str, folder: Path) -> list[dict[str, Any]]:
    """Read what `run` keeps of one of `DESIGNS` in ``folder``."""
    path = _path(design, folder)
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


def run(design: str, folder: Path, sets: int = SETS) -> list[dict[str, Any]]:
    """Examine the data sets of one of `DESIGNS` that ``folder`` lacks, and return all."""
    done = kept(design, folder)
    study = study_with(DESIGNS[design].fit)
    for number, (observed, truth) in enumerate(data_sets(DESIGNS[design], sets)):
        if number >= len(done):
            done.append(examine(study, observed, truth, number))
            with _path(design, folder).open("a", encoding="utf-8") as file:
                file.write(json.dumps(done[-1]) + "\n")
    return done[:sets]


def held(found: list[dict[str, Any]], name: str, level: float, kind: str) -> int:
    """Count the central intervals of ``level`` that hold the truth: Laplace's ("score") or the posterior's ("rank")."""
    column = np.array([entry[kind][name] for entry in found])
    if kind == "score":
        return int(np.sum(np.abs(column) <= ndtri(0.5 + level / 2)))
    return int(np.sum(np.abs(column - 0.5) <= level / 2))


if __name__ == "__main__":
    import jax

    jax.config.update("jax_enable_x64", True)
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    for name in DESIGNS:
        run(name, place, int(sys.argv[2]) if len(sys.argv) > 2 else SETS)
        print(name, flush=True)

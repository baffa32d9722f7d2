"""Do the Laplace intervals of the real theory cover the truth as often as they say?

The slow tests simulate data sets of silica at known parameters, maximise each, and count how often the 89 % intervals
hold the truth. What they measured last is in ``coverage.json``, which the fast test reads.

    python -m pytest -m slow tests/inference/test_coverage.py
"""

import json
from pathlib import Path

import numpy as np
import pytest

from glassjax import LubchenkoWolynes, Study
from glassjax.problem.priors import Prior
from glassjax.problem.selection import DataSet

RECORD = Path(__file__).with_name("coverage.json")
WATCHED = ("softening", "B", "R", "A1")
SETS = 80
TRUTH = {"softening": 0.45, "c": 0.08, "B": 150.0, "R": 200.0, "A1": 0.06, "gamma0": -3.0, "lattice_b": 5e-11}


def sharpened(study):
    """The silica study with data that determine every parameter: 5 % for C and α, and a discrepancy of 3 %."""
    data = []
    for entry in study.fitted:
        measurement = entry.used
        fields = {**vars(measurement), "error": 0.03 * np.abs(measurement.value), "scale_error": 0.01}
        if measurement.quantity != "kappa":
            T = np.geomspace(0.1, 5.0, 20)
            theory = study.theory_at(TRUTH)
            evaluate = (
                theory.heat_capacity if measurement.quantity == "heat-capacity" else theory.thermal_expansion
            )
            value = np.asarray(evaluate(T, study.glass, time=10.0))
            fields |= {
                "temperature": T,
                "value": value,
                "error": 0.05 * np.abs(value),
                "degrees_of_freedom": None,
            }
        data.append(DataSet(type(measurement)(**fields)))
    return Study(
        glass=study.glass,
        theory=LubchenkoWolynes(),
        data=data,
        free=study.free,
        parameters=study.parameters,
        discrepancy={
            q: {"amplitude": 0.03 if q != "expansion" else 1e-11, "length": 0.5} for q in study.quantities
        },
    )


def single(study, truth, seed):
    """One data set at ``truth``: whether each 89 % interval holds it, the distance of the estimate, convergence."""
    best = study.simulate(truth, seed=seed).maximise(starts=1)
    found = {"converged": bool(best.starts[0]["reason"].startswith("converged") or best.curved)}
    for row in best.table:
        name = row["name"]
        # the interval itself, also where the table prefers a limit
        low, high = np.quantile(best.draws[name], [0.055, 0.945])
        pull = (row["estimate"] - truth[name]) / row["sd"]
        found[name] = [bool(low <= truth[name] <= high), float(pull)]
    return found


def together(found, names):
    """Share of 89 % intervals that hold the truth, bias and spread of the estimates in their own deviations."""
    columns = {name: np.array([entry[name] for entry in found]) for name in names}
    return {
        "sets": len(found),
        "converged": sum(entry["converged"] for entry in found),
        "coverage": {name: round(float(np.mean(column[:, 0])), 3) for name, column in columns.items()},
        "mean pull": {name: round(float(np.mean(column[:, 1])), 2) for name, column in columns.items()},
        "spread of pulls": {name: round(float(np.std(column[:, 1])), 2) for name, column in columns.items()},
    }


def coverage(study, truths):
    """Fit a data set for each truth, with its place as the seed; see `together`."""
    return together([single(study, truth, seed) for seed, truth in enumerate(truths)], study.free)


def truths_from_priors(study):
    """Truths of `SETS` data sets, drawn from the study's priors."""
    rng = np.random.default_rng(0)
    truths = []
    for _ in range(SETS):
        levels = rng.random(len(study.free))
        truths.append(
            {n: float(Prior.quantile(p, u)) for (n, p), u in zip(study.free.items(), levels, strict=True)}
        )
    return truths


def remember(key, found):
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    RECORD.write_text(json.dumps({**record, key: found}, indent=2) + "\n", encoding="utf-8")


def check(found):
    sd = np.sqrt(0.89 * 0.11 / found["sets"])
    assert found["sets"] >= 40
    assert found["converged"] == found["sets"]
    for name in WATCHED:
        assert abs(found["coverage"][name] - 0.89) < 3 * sd, name


@pytest.mark.slow
def test_sharp_data_at_one_interior_point():
    study = sharpened(Study.load("a-SiO2"))
    found = coverage(study, [TRUTH] * SETS)
    remember("sharp data, one truth", {"truth": TRUTH, **found})
    check(found)
    for name in WATCHED:
        assert abs(found["mean pull"][name]) < 0.4, name


@pytest.mark.slow
def test_the_shipped_study_at_draws_from_its_priors():
    """With the errors, the discrepancy and the priors of the shipped study: truths drawn from the priors."""
    study = Study.load("a-SiO2")
    found = coverage(study, truths_from_priors(study))
    remember("shipped study, truths from its priors", found)
    check(found)


def test_the_record_is_of_intervals_that_cover():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert len(record) == 2
    for found in record.values():
        check(found)

import numpy as np
import pytest
from scipy import stats

from glassjax.problem.priors import Prior
from glassjax.results.derived import contraction, fitted_parameters, prior_notes, score
from tests.inference.test_maximise import linear_study
from tests.inference.toys import measurement, normal

PRIORS = [
    {"distribution": "uniform", "low": -8.4, "high": 8.4},
    {"distribution": "normal", "mean": 3.0, "sd": 2.0},
    {"distribution": "normal", "mean": 0.0, "sd": 2.0, "low": 0.5},
    {"distribution": "half-normal", "scale": 0.1},
    {"distribution": "log-normal", "median": 200.0, "spread": 1.0},
    {"distribution": "beta", "a": 2.0, "b": 5.0, "low": 1.0, "high": 3.0},
]


@pytest.mark.parametrize("prior", PRIORS)
def test_draws_from_the_prior_have_no_contraction_and_unit_scores(prior):
    prior = Prior.parse(prior, "x")
    draws = prior.quantile(np.random.default_rng(0).random(20000))
    assert contraction(prior, draws) == pytest.approx(0, abs=0.03)
    assert stats.kstest(score(prior, draws), "norm").pvalue > 1e-3


def test_contraction_is_of_widths_in_the_priors_own_coordinate():
    half = Prior.parse({"distribution": "log-normal", "median": 200.0, "spread": 1.0}, "x")
    draws = 500 * np.exp(0.5 * np.random.default_rng(0).standard_normal(20000))
    assert contraction(half, draws) == pytest.approx(0.5, abs=0.02)


def test_fitted_parameters_of_a_linear_model_are_the_trace():
    """tr(F C), with F the information of the data and C the covariance of the posterior."""
    rng = np.random.default_rng(4)
    design = rng.standard_normal((6, 2)) * [1.0, 0.1]
    information = design.T @ design
    covariance = np.linalg.inv(information + np.diag([1 / 0.3**2, 1.0]))
    study = linear_study(
        data=[measurement("kappa")],
        free={"offset": normal(0.5, 0.3), "slope": normal(1, 1)},
        discrepancy=False,
    )
    cloud = rng.multivariate_normal([0.7, 0.4], covariance, 40000)
    found = fitted_parameters(study, {"offset": cloud[:, 0], "slope": cloud[:, 1]})
    assert found == pytest.approx(np.trace(information @ covariance), abs=0.03)


def test_what_no_data_see_is_its_prior_and_what_they_contradict_is_said():
    data = [measurement("kappa", n=20, noise=0.05)]
    free = {"offset": normal(0.3, 1), "slope": normal(0.2, 0.1), "bend": normal(0, 2)}
    best = linear_study(data=data, free=free, discrepancy=False).maximise(starts=2)
    notes = prior_notes(best.study, best.draws)
    assert any(note.startswith("bend: its posterior is its prior") for note in notes)
    assert any("slope: its median" in note and "standard deviations above" in note for note in notes)
    assert not any(note.startswith("offset") for note in notes)
    assert sum("bend" in note for note in best.verdict.notes) == 1

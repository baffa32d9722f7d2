"""Profiles of a Gaussian are parabolas; the Hessian is that of double differentiation."""

import numpy as np
import pytest
from scipy.stats import chi2

import glassjax as gj
from tests.inference.toys import measurement
from tests.sensitivities.test_information import PRIORS, plan


@pytest.fixture(scope="module")
def fit():
    return plan().maximise()


def test_the_profile_of_a_gaussian_is_its_parabola(fit):
    found = gj.profile(fit, "slope", span=0.5, points=9)
    variance = gj.fisher(fit).covariance()[1, 1]
    assert found.converged.all()
    # SLSQP stops at 1e-9 of the objective
    np.testing.assert_allclose(found.drop, found.step**2 / (2 * variance), rtol=1e-4, atol=1e-6)
    low, high = found.interval(0.89)
    expected = np.sqrt(chi2.ppf(0.89, 1) * variance)
    np.testing.assert_allclose([low, high], [-expected, expected], rtol=1e-3)
    sd = 0.5
    np.testing.assert_allclose(
        found.parameter_interval(0.89),
        fit.best["slope"] + sd * expected * np.array([-1, 1]),
        atol=1e-3 * sd * expected,
    )


def test_the_profile_along_a_direction(fit):
    information = gj.fisher(fit)
    vector = information.directions[0].vector
    found = gj.profile(fit, vector, span=1.0, points=5)
    variance = vector @ information.covariance() @ vector
    np.testing.assert_allclose(found.drop, found.step**2 / (2 * variance), rtol=1e-4, atol=1e-6)
    assert found.along == "direction"
    with pytest.raises(gj.StudyError, match="a direction is no parameter"):
        found.parameter_interval()


def test_without_priors_an_undetermined_parameter_is_open():
    study = plan(data=[measurement("kappa")], discrepancy=False, free=PRIORS)
    found = gj.profile(study.maximise(starts=1), "bend", priors=False, points=5)
    np.testing.assert_allclose(found.drop, 0.0, atol=1e-6)
    assert found.interval() == (None, None)
    assert found.to_dataset()["drop"].attrs["units"] == "nats"


def test_the_hessian_is_that_of_double_differentiation(fit):
    mine = gj.curvature(fit)
    # central differences of exact gradients, step 1e-3: error ~ 1e-6 of the fourth derivatives
    np.testing.assert_allclose(mine, gj.curvature(fit, exact=True), rtol=1e-5, atol=1e-5)
    # a linear theory has no curvature of its own
    np.testing.assert_allclose(-mine, gj.fisher(fit).matrix + np.eye(3), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("along", "options", "message"),
    [
        ("slop", {}, "'slop' is not free in study 'toy', did you mean 'slope'"),
        ([1.0, 2.0], {}, "a direction needs 3 finite numbers"),
        ("slope", {"span": -1.0}, "span must be a positive number"),
        ("slope", {"points": 0}, "points must be a whole number"),
    ],
)
def test_bad_requests(fit, along, options, message):
    with pytest.raises(gj.StudyError, match=message):
        gj.profile(fit, along, **options)

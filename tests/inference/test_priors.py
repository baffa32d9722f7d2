import jax
import numpy as np
import numpyro.distributions as dist
import pytest
from scipy.stats import norm

from glassjax import StudyError
from glassjax.problem.coordinates import NormalScore
from glassjax.problem.priors import Prior

SPELLINGS = [
    {"distribution": "uniform", "low": -1.0, "high": 2.0},
    {"distribution": "normal", "mean": 1.0, "sd": 2.0},
    {"distribution": "normal", "mean": 1.0, "sd": 2.0, "low": 0.0},
    {"distribution": "normal", "mean": 1.0, "sd": 2.0, "high": 1.5},
    {"distribution": "normal", "mean": 1.0, "sd": 2.0, "low": 0.0, "high": 1.5},
    {"distribution": "half-normal", "scale": 0.1},
    {"distribution": "log-normal", "median": 200.0, "spread": 0.5},
    {"distribution": "beta", "a": 2.0, "b": 3.0},
    {"distribution": "beta", "a": 2.0, "b": 3.0, "low": -1.0, "high": 4.0},
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_density_agrees_with_scipy(spelling):
    prior = Prior.parse(spelling, "x")
    x = prior.quantile([0.02, 0.3, 0.5, 0.9])
    np.testing.assert_allclose(prior.to_numpyro().log_prob(x), prior.frozen.logpdf(x), rtol=1e-10)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spelling_survives_a_round_trip(spelling):
    prior = Prior.parse(spelling, "x")
    assert Prior.parse(prior.to_dict(), "x") == prior


SCORES = np.array([-6.0, -3.0, -1.0, 0.0, 0.5, 2.0, 5.0])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_coordinate_and_its_inverse(spelling):
    prior = Prior.parse(spelling, "x")
    transform = NormalScore(prior)
    x = transform(SCORES)
    low, high = prior.support
    assert np.all((x >= low) & (x <= high))
    assert np.all(np.diff(x) > 0)
    np.testing.assert_allclose(transform.inv(x), SCORES, atol=1e-4)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_coordinate_s_jacobian(spelling):
    transform = NormalScore(Prior.parse(spelling, "x"))
    slope = jax.vmap(jax.grad(transform))(SCORES)
    np.testing.assert_allclose(transform.log_abs_det_jacobian(SCORES, None), np.log(slope), atol=1e-5)


@pytest.mark.parametrize("spelling", [s for s in SPELLINGS if s["distribution"] != "beta"])
def test_coordinate_is_nearly_the_normal_score(spelling):
    prior = Prior.parse(spelling, "x")
    np.testing.assert_allclose(prior.frozen.cdf(NormalScore(prior)(SCORES)), norm.cdf(SCORES), atol=5e-4)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_prior_integrates_to_one_over_its_coordinate(spelling):
    prior = Prior.parse(spelling, "x")
    transform = NormalScore(prior)
    w = np.linspace(-7, 7, 4001)
    x = transform(w)
    density = np.exp(prior.to_numpyro().log_prob(x) + transform.log_abs_det_jacobian(w, x))
    assert np.trapezoid(density, w) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "distribution",
    [
        dist.Uniform(0.0, 2.0),
        dist.Normal(1.0, 2.0),
        dist.HalfNormal(0.1),
        dist.LogNormal(1.0, 0.5),
        dist.Beta(2.0, 3.0),
    ],
)
def test_numpyro_distribution_is_spelled(distribution):
    prior = Prior.parse(distribution, "x")
    x = prior.quantile([0.1, 0.5, 0.8])
    np.testing.assert_allclose(prior.to_numpyro().log_prob(x), distribution.log_prob(x), rtol=1e-12)


@pytest.mark.parametrize(
    ("spelling", "words"),
    [
        (
            {"distribution": "unifrom", "low": 0, "high": 1},
            "unknown distribution 'unifrom', did you mean 'uniform'",
        ),
        ({"distribution": "uniform", "lo": 0, "high": 1}, "no 'lo', did you mean 'low'"),
        ({"distribution": "uniform", "low": 0}, "needs 'high'"),
        ({"distribution": "uniform", "low": 2, "high": 1}, "low (2) must lie below high (1)"),
        ({"distribution": "normal", "mean": 0, "sd": -1}, "sd must be positive"),
        ({"distribution": "normal", "mean": "0", "sd": 1}, "mean must be a finite number"),
        ({"distribution": "half-normal", "scale": True}, "scale must be a finite number"),
        ({"distribution": "half-normal", "scale": 10**400}, "scale must be a finite number"),
        (
            {"distribution": "half-normal", "scale": 1e308},
            "scale must be of a size between 1e-100 and 1e+100",
        ),
        ({"distribution": "uniform", "low": 1e-310, "high": 1}, "low must be of a size between"),
        ({"distribution": "log-normal", "median": 1, "spread": 60}, "must be at most 50, not 60"),
        (
            {"distribution": "log-normal", "median": float("nan"), "spread": 1},
            "median must be a finite number",
        ),
        ({"low": 0, "high": 1}, "names no distribution"),
        (dist.Gamma(1.0, 1.0), "Gamma, which a study cannot store"),
    ],
)
def test_what_is_wrong_is_said(spelling, words):
    with pytest.raises(StudyError) as caught:
        Prior.parse(spelling, "B")
    assert words in str(caught.value)
    assert "'B'" in str(caught.value)


def test_description():
    assert [Prior.parse(spelling, "x").describe() for spelling in SPELLINGS] == [
        "uniform from -1 to 2",
        "normal, 1 ± 2",
        "normal, 1 ± 2, cut to 0 … inf",
        "normal, 1 ± 2, cut to -inf … 1.5",
        "normal, 1 ± 2, cut to 0 … 1.5",
        "half-normal of scale 0.1",
        "log-normal, median 200, spread 0.5 in the logarithm",
        "beta(2, 3) from 0 to 1",
        "beta(2, 3) from -1 to 4",
    ]

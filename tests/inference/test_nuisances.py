"""Ties, common factors and white noise reach the likelihood, the simulated data, the curves and the summary."""

import json

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import glassjax as gj
from glassjax import Study
from tests.inference.test_likelihood import matern
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

HALF = {"distribution": "half-normal", "scale": 0.1}
FREE = {
    "slope": normal(0.8, 0.3),
    "offset": {"tie": "0.5 * slope + nuisance.shift"},
    "nuisance.shift": normal(0, 0.5),
    "scale.kappa": normal(0, 0.2),
    "scale.expansion": 0.1,
    "noise.kappa": HALF,
    "noise.heat-capacity": {"tie": "2 * noise.kappa"},
    "noise.expansion": 3e-10,
}
AT = {"slope": 0.9, "nuisance.shift": -0.1, "scale.kappa": 0.15, "noise.kappa": 0.2}


@pytest.fixture(scope="module")
def plan():
    return Study(
        glass=GLASS,
        theory=PowerLaw(),
        data=[measurement(), measurement("heat-capacity", n=4, seed=3), measurement("expansion", n=3)],
        free=FREE,
        discrepancy={"heat-capacity": False, "expansion": False},
        name="nuisances",
    )


def covariances(plan):
    kappa, heat, expansion = plan.measurements()
    return (
        kappa.covariance() + matern(kappa.temperature, 0.25, 0.5) + 0.2**2 * np.eye(12),
        heat.covariance() + 0.4**2 * np.eye(4),
        expansion.covariance() * 1e18 + 0.3**2 * np.eye(3),
    )


def means(plan):
    kappa, heat, expansion = plan.measurements()
    offset = 0.5 * 0.9 - 0.1
    return (
        offset + 0.9 * np.log(kappa.temperature) + 0.15,
        offset + 1 + 1.8 * np.log(heat.temperature),
        expansion.temperature * np.exp(0.1),
    )


def test_likelihood_agrees_with_scipy(plan):
    kappa, heat, expansion = plan.measurements()
    observed = np.log(kappa.value), np.log(heat.value), expansion.value * 1e9
    likelihood = plan.likelihood
    at = means(plan)
    joint, pointwise = likelihood.log_likelihoods(
        {q: np.asarray(m) for q, m in likelihood.means(AT).items()}, AT
    )
    total = 0.0
    for quantity, y, mean, sigma in zip(plan.quantities, observed, at, covariances(plan), strict=True):
        expected = multivariate_normal(mean, sigma).logpdf(y)
        assert joint[quantity] == pytest.approx(expected, rel=1e-9), quantity
        assert np.all(np.isfinite(pointwise[quantity]))
        total += expected
    z = likelihood.unconstrain(AT)
    assert float(likelihood.log_posterior(z) - likelihood.log_prior(z)) == pytest.approx(total, rel=1e-9)


def test_gradient_agrees_with_differences(plan):
    likelihood = plan.likelihood
    z = likelihood.unconstrain(AT)
    z = np.asarray(z)
    found = likelihood.evaluate(z)[1]
    for i, shift in enumerate(1e-5 * np.eye(len(z))):
        ahead, behind = likelihood.evaluate(z + shift)[0], likelihood.evaluate(z - shift)[0]
        assert found[i] == pytest.approx((ahead - behind) / 2e-5, rel=1e-5, abs=1e-6)


def test_simulated_data_scatter_as_stated(plan):
    drawn = [plan.simulate(AT, seed=seed) for seed in range(300)]
    for i, (mean, sigma) in enumerate(zip(means(plan), covariances(plan), strict=True)):
        sample = np.stack([other.likelihood.blocks[i].observed for other in drawn])
        sd = np.sqrt(np.diagonal(sigma))
        assert np.all(np.abs(sample.mean(axis=0) - mean) < 5 * sd / np.sqrt(300))
        assert np.all(np.abs(np.cov(sample.T) - sigma) < 6 * np.outer(sd, sd) / np.sqrt(300))


def test_plain_values_and_back(plan):
    again = Study.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again.to_dict() == plan.to_dict()
    assert again.describe() == plan.describe()
    z = np.full(len(plan.free), 0.3)
    assert again.likelihood.evaluate(z)[0] == pytest.approx(plan.likelihood.evaluate(z)[0], rel=1e-12)


def test_a_fit_reports_what_is_tied(plan, tmp_path):
    best = plan.maximise(starts=2)
    assert [row["name"] for row in best.table] == list(plan.free)
    offset, noise = best.tied
    assert (offset["name"], noise["name"]) == ("offset", "noise.heat-capacity")
    assert offset["estimate"] == pytest.approx(0.5 * best.best["slope"] + best.best["nuisance.shift"])
    draws = 0.5 * best.draws["slope"] + best.draws["nuisance.shift"]
    assert [offset["low"], offset["high"]] == pytest.approx(list(np.quantile(draws, [0.055, 0.945])))
    text = best.summary()
    assert "Tied parameters" in text
    assert "  offset = 0.5 * slope + nuisance.shift" in text
    assert json.loads(best.to_json())["tied"] == best.tied
    again = gj.load_result(best.save(tmp_path / "tied.nc"))
    assert again.summary() == text
    T = np.array([0.5, 5.0])
    mean = best.best["scale.kappa"] + offset["estimate"] + best.best["slope"] * np.log(T)
    np.testing.assert_allclose(best.curve("kappa", T), np.exp(mean), rtol=1e-9)
    allowed = {entry.quantity: entry for entry in best.misfits}
    assert allowed["heat-capacity"].noise > 2 * best.best["noise.kappa"]
    assert allowed["expansion"].noise > 3e-10
    figure = best.plot("corner").figure
    labels = {ax.get_xlabel() for ax in figure.axes}
    assert {r"$\ln s_{\kappa}$", r"$\sigma_{\kappa}$", r"$\mathrm{shift}$"} & labels
    figure.savefig(tmp_path / "corner.png")


def test_a_tie_is_the_same_study_as_its_value():
    """Offset and slope linked to one free number: the maximum of the one-dimensional problem, by hand."""
    data = [measurement()]
    plan = Study(
        glass=GLASS,
        theory=PowerLaw(),
        data=data,
        free={"slope": normal(0.8, 0.3), "offset": {"tie": "slope - 0.4"}},
        discrepancy=False,
    )
    best = plan.maximise(starts=2)
    x = np.log(data[0].temperature)
    design, known = x + 1, -0.4
    inverse = np.linalg.inv(data[0].covariance())
    precision = design @ inverse @ design + 1 / 0.09
    slope = (design @ inverse @ (np.log(data[0].value) - known) + 0.8 / 0.09) / precision
    assert best.best["slope"] == pytest.approx(slope, rel=1e-6)
    assert best.tied[0]["estimate"] == pytest.approx(slope - 0.4, rel=1e-6)
    assert best.tied[0]["sd"] == pytest.approx(precision**-0.5, rel=0.05)
    assert best.verdict.notes == ()

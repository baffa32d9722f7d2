import numpy as np
import pytest

from glassjax import GlassjaxError, Study, enable_x64
from glassjax.fitting.maximise import spread
from tests.inference.toys import GLASS, Cliff, Folded, PowerLaw, measurement, normal


def linear_study(**changes):
    plan = {
        "glass": GLASS,
        "theory": PowerLaw(),
        "data": [measurement("kappa"), measurement("heat-capacity", seed=4), measurement("expansion")],
        "free": {"offset": normal(0.5, 1.0), "slope": normal(0.5, 0.3), "bend": normal(0.0, 2.0)},
        "discrepancy": {"expansion": {"amplitude": 3e-10}},
    }
    return Study(**{**plan, **changes})


def exact(study):
    """Mean and covariance of the posterior of offset, slope, bend: everything is linear and normal."""
    precision = np.diag([1.0, 1 / 0.3**2, 0.25])
    pull = precision @ np.array([0.5, 0.5, 0.0])
    for block in study.likelihood.blocks:
        logs = np.log(block.row_temperature)
        one, zero = np.ones_like(logs), np.zeros_like(logs)
        design, known = {
            "kappa": (np.stack([one, logs, zero], 1), 0.0),
            "heat-capacity": (np.stack([one, 2 * logs, zero], 1), 1.0),
            "expansion": (np.stack([zero, zero, one], 1), block.row_temperature),
        }[block.quantity]
        sigma = block.noise + block.misfit_covariance(block.row_temperature, block.row_temperature, {}, np)
        inverse = np.linalg.inv(sigma)
        precision = precision + design.T @ inverse @ design
        pull = pull + design.T @ inverse @ (block.observed - known)
    covariance = np.linalg.inv(precision)
    return covariance @ pull, covariance


def test_maximum_and_covariance_of_a_linear_problem_are_exact():
    study = linear_study()
    best = study.maximise(starts=4)
    mean, covariance = exact(study)
    np.testing.assert_allclose(list(best.best.values()), mean, rtol=1e-6)
    scale = np.array([1.0, 0.3, 2.0])  # of the sampling coordinates, normal scores of normal priors
    np.testing.assert_allclose(best.covariance * np.outer(scale, scale), covariance, rtol=1e-5, atol=1e-9)
    assert best.verdict.sampler.ok, best.verdict
    for row, width in zip(best.table, np.sqrt(np.diagonal(covariance)), strict=True):
        assert row["sd"] == pytest.approx(width, rel=0.05)
        assert (row["high"] - row["low"]) / 2 == pytest.approx(1.598 * width, rel=0.05)
        assert row["limit"] is None
        assert "rhat" not in row


def test_every_start_is_reported():
    best = linear_study().maximise(starts=5, seed=3)
    assert len(best.starts) == 5
    assert all(outcome["reason"].startswith("converged") for outcome in best.starts)
    assert np.ptp([outcome["log_posterior"] for outcome in best.starts]) < 1e-6
    assert "5 of 5 starts ended at the best maximum" in best.verdict.reasons
    assert best.seed == 3
    assert best.settings["starts"] == 5


def test_starts_cover_the_priors():
    study = linear_study()
    z = spread(study, 21, seed=0)
    np.testing.assert_allclose(z[0], 0, atol=1e-6)
    assert np.all(np.abs(z) < 1.7)
    assert np.all(z.min(axis=0) < -1.2)
    assert np.all(z.max(axis=0) > 1.2)
    np.testing.assert_array_equal(z, spread(study, 21, seed=0))
    assert not np.array_equal(z, spread(study, 21, seed=1))


def test_two_equal_maxima_are_not_hidden():
    study = linear_study(
        theory=Folded(), data=[measurement("kappa")], free={"offset": normal(0, 1), "slope": normal(0, 1)}
    )
    best = study.maximise(starts=10)
    assert not best.verdict.sampler.ok
    assert any("another maximum lies only" in reason for reason in best.verdict.reasons)
    assert len(best.found_maxima(3.0)) == 2
    assert "NOT CONVERGED" in best.summary()


def test_a_single_start_that_stands_alone_is_doubted():
    study = linear_study()
    best = study.maximise(starts=1)
    assert best.verdict.sampler.ok
    best.tree["starts"]["log_posterior"]
    alone = study.maximise(starts=3)
    alone.tree["starts"]["log_posterior"][:] = [0.0, -50.0, -60.0]
    assert any("1 of 3 starts ended at the best maximum: use more starts" in r for r in alone.verdict.reasons)


def test_a_direction_the_posterior_does_not_curve_down_is_named():
    from glassjax.fitting.maximise import laplace

    study = linear_study(
        theory=Folded(), data=[measurement("kappa")], free={"offset": normal(0, 1), "slope": normal(0, 1)}
    )
    # between the two maxima lies a saddle: stationary, and curved upwards in the slope
    gaussian = laplace(study.likelihood, np.array([0.3, 0.0]), newton=0)
    assert gaussian.flat == "slope"
    assert np.all(np.linalg.eigvalsh(gaussian.covariance) > 0)


def test_a_parameter_no_data_depend_on_is_named():
    best = linear_study(data=[measurement("kappa")]).maximise(starts=2)
    assert any(note.startswith("bend never moved") for note in best.verdict.notes)
    row = best.table[2]
    assert row["estimate"] == pytest.approx(0.0, abs=1e-6)
    assert row["sd"] == pytest.approx(2.0, rel=0.05)


def test_a_prior_that_cuts_the_answer_off_is_named():
    free = {"offset": normal(0.5, 1.0), "slope": {"distribution": "uniform", "low": 0.0, "high": 0.7}}
    best = linear_study(data=[measurement("kappa", noise=0.02)], free=free, discrepancy=False).maximise(
        starts=3
    )
    assert not best.verdict.sampler.ok
    assert any("slope piles up at the bound 0.7 of its prior" in reason for reason in best.verdict.reasons)
    row = best.table[1]
    assert (row["limit"], row["high"]) == ("lower", None)
    assert row["low"] > 0.6


def test_an_unstable_region_is_avoided_smoothly():
    free = {"offset": normal(0.5, 1.0), "slope": {"distribution": "uniform", "low": 0.0, "high": 3.0}}
    study = linear_study(theory=Cliff(), data=[measurement("kappa", slope=1.1)], free=free)
    best = study.maximise(starts=6)
    assert best.best["slope"] < 1.2
    assert all(np.isfinite(outcome["log_posterior"]) for outcome in best.starts)
    assert best.verdict.sampler.ok, best.verdict


def test_a_theory_without_a_finite_value_is_refused_in_a_sentence():
    class Broken(PowerLaw):
        def thermal_conductivity(self, T, glass):
            return super().thermal_conductivity(T, glass) * np.nan

    with pytest.raises(GlassjaxError, match="none of the 2 starts found a point"):
        linear_study(theory=Broken()).maximise(starts=2)


def test_single_precision_is_refused_with_the_remedy():
    study = linear_study()
    enable_x64(False)
    try:
        with pytest.raises(GlassjaxError, match=r"call glassjax\.enable_x64"):
            study.maximise()
    finally:
        enable_x64()


@pytest.mark.parametrize("studies", [20, pytest.param(60, marks=pytest.mark.slow)])
def test_recovery_and_coverage_on_simulated_data(studies):
    """Laplace intervals of 89 % cover the truth of simulated data as often as they say."""
    inside, total = 0, 0
    for seed in range(studies):
        data = [measurement("kappa", seed=seed), measurement("heat-capacity", seed=1000 + seed)]
        free = {"offset": normal(0.0, 3.0), "slope": {"distribution": "uniform", "low": 0.0, "high": 2.0}}
        best = linear_study(data=data, free=free, discrepancy=False).maximise(starts=1)
        for row, truth in zip(best.table, (0.3, 0.8), strict=True):
            inside += row["low"] < truth < row["high"]
            total += 1
    # 120 intervals at 0.89: standard deviation 0.029; 40 of them: 0.049
    assert 0.80 < inside / total < 0.97

import dataclasses

import numpy as np
import pytest
from scipy import stats

import glassjax as gj
from glassjax.results.whitened import FALSE_ALARM
from tests.inference.test_maximise import linear_study
from tests.inference.toys import measurement, normal

FREE = {"offset": normal(0.5, 1.0), "slope": normal(0.5, 0.5)}
FIXED = {"kappa": {"amplitude": 0.25, "length": 0.5}}
LOOSE = {"kappa": {"amplitude": {"distribution": "half-normal", "scale": 0.1}, "length": 0.5}}


def fit(value=lambda T: 1.0, *, discrepancy=False, n=30, noise=0.05, changes=None, **others):
    """Fit a power law to one whose values were multiplied by ``value(T)``, errors as they were."""
    data = measurement("kappa", n=n, noise=noise, **others)
    factor = value(data.temperature)
    data = dataclasses.replace(data, value=data.value * factor, error=data.error * factor)
    data = dataclasses.replace(data, **(changes or (lambda _: {}))(data))
    return linear_study(data=[data], free=FREE, discrepancy=discrepancy).maximise(starts=2)


def two_samples(T):
    return np.exp(np.where(np.arange(len(T)) % 2, 0.35, -0.35))


def bump(size):
    return lambda T: np.exp(size * np.exp(-(np.log(T / 2) ** 2)))


def spike(T):
    return np.where(np.arange(len(T)) == 7, 1.6, 1.0)


def test_residuals_are_whitened_by_the_whole_covariance():
    best = fit(bump(0.3), discrepancy=FIXED, scale=0.1)
    (block,) = best.study.likelihood.blocks
    T = np.log(block.row_temperature)
    s = np.sqrt(5) * np.abs(T[:, None] - T) / 0.5
    covariance = 0.05**2 * np.eye(30) + 0.1**2 + 0.25**2 * (1 + s + s**2 / 3) * np.exp(-s)
    residual = block.observed - best.best["offset"] - best.best["slope"] * T
    (part,) = best.whitened.parts
    assert part.chi2 == pytest.approx(residual @ np.linalg.solve(covariance, residual), rel=1e-6)
    inverse = np.linalg.inv(covariance)
    np.testing.assert_allclose(part.alone, inverse @ residual / np.sqrt(np.diagonal(inverse)), atol=1e-6)
    assert part.chi2_p == pytest.approx(stats.chi2.sf(part.chi2, 30), rel=1e-6)
    assert best.whitened.freedom == pytest.approx(28, abs=0.3)


def test_a_right_model_describes_the_data():
    for discrepancy in (False, FIXED):
        verdict = fit(discrepancy=discrepancy).verdict
        assert (verdict.sampler.ok, verdict.theory.ok, verdict.ok) == (True, True, True)
        assert verdict.to_dict()["theory"]["ok"] is True


@pytest.mark.parametrize("discrepancy", [False, FIXED, LOOSE])
@pytest.mark.parametrize("value", [two_samples, bump(2.5), spike])
def test_what_the_model_cannot_do_is_refused(value, discrepancy):
    verdict = fit(value, discrepancy=discrepancy).verdict
    assert verdict.sampler.ok
    assert verdict.theory.ok is False
    assert not verdict.ok
    assert verdict.to_dict()["theory"]["ok"] is False


def test_the_outlier_is_named_with_its_data_set_and_temperature():
    best = fit(spike)
    T = measurement("kappa", n=30).temperature[7]
    assert any(f"toy-kappa at {T:.3g} K" in reason for reason in best.verdict.theory.reasons)


def test_what_the_discrepancy_carries_is_said():
    best = fit(bump(0.6), discrepancy=FIXED)
    assert best.verdict.theory.ok
    assert any("the theory alone misses kappa by up to" in reason for reason in best.verdict.theory.reasons)


def test_small_errors_are_refused_and_large_ones_noted():
    def errors(factor):
        return lambda data: {"error": data.error * factor}

    assert fit(changes=errors(0.4)).verdict.theory.ok is False
    large = fit(changes=errors(5.0))
    assert large.verdict.theory.ok
    assert any("larger than the data need" in note for note in large.verdict.notes)


def test_too_few_rows_cannot_be_judged():
    verdict = fit(n=2).verdict
    assert verdict.theory.ok is None
    assert not verdict.ok


def test_a_published_fit_counts_as_what_it_is_worth():
    """Its rows scatter together: those of a curve of 5 coefficients are averaged in 5 groups."""
    best = fit(lambda T: 1.04 + 0 * T, n=40, changes=lambda _: {"kind": "fit", "degrees_of_freedom": 5})
    assert best.whitened.rows == 5
    (part,) = best.whitened.parts
    assert len(part.white) == 5
    assert part.temperature[0] == pytest.approx(
        np.exp(np.mean(np.log(measurement("kappa", n=40).temperature[:8])))
    )


def test_false_alarms_are_as_rare_as_stated():
    """White residuals of a study that is right, without a fit in between: 150 data sets."""
    best = fit(discrepancy=FIXED)
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        other = best.study.likelihood.simulate(best.best, rng)
        study = best.study.likelihood.observing(best.study, other)
        again = type(best)(best.tree, best.study)
        made = again.study.made
        kept, made["likelihood"] = made["likelihood"], study
        refused += again.verdict.theory.ok is not True
        made["likelihood"] = kept
    assert stats.binomtest(refused, 150, FALSE_ALARM, "greater").pvalue > 1e-3


def test_draws_replicate_data_for_arviz(tmp_path):
    study = linear_study(data=[measurement("kappa", n=15)], free=FREE, discrepancy=LOOSE)
    drawn = study.laplace(draws=500)
    tree = gj.load_result(drawn.save(tmp_path / "posterior.nc")).tree
    replicated, fitted = tree["posterior_predictive"]["kappa"], tree["fitted"]["kappa"]
    assert replicated.dims == tree["log_likelihood"]["kappa"].dims == fitted.dims
    spread = np.asarray(replicated - fitted).reshape(-1, 15).std(axis=0)
    amplitude = drawn.draws["discrepancy.kappa.amplitude"]
    np.testing.assert_allclose(spread, np.sqrt(0.1**2 + np.mean(amplitude**2)), rtol=0.15)
    from arviz_stats import loo_pit

    pit = loo_pit(tree, var_names=["kappa"])["kappa"]
    assert pit.shape == (15,)
    assert np.all((pit >= 0) & (pit <= 1))
    assert drawn.verdict.theory.ok


def test_an_old_file_without_replicated_data_has_its_verdicts():
    best = linear_study(data=[measurement("kappa", n=15)], free=FREE).laplace(draws=300)
    tree = best.tree.copy()
    for name in ("posterior_predictive", "fitted"):
        del tree[name]
    again = type(best)(tree, best.study)
    assert again.verdict.theory.ok

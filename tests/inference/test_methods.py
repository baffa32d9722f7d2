"""Every way to fit one study, against the exact answer of a linear problem and against two maxima."""

import json
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

import glassjax as gj
from glassjax import GlassjaxError
from glassjax.fitting.importance import weigh
from glassjax.numerics.gaussian import Gaussian
from glassjax.results import Laplace, Nested, Variational
from glassjax.results.arviz_bridge import pareto_smooth
from glassjax.results.evidence import bridge
from tests.inference.test_maximise import exact, linear_study
from tests.inference.toys import Folded, PowerLaw, measurement, normal
from tests.reliability import shapes

PRIOR_MEAN, PRIOR_SD = np.array([0.5, 0.5, 0.0]), np.array([1.0, 0.3, 2.0])


def exact_log_evidence(study):
    """Log density of all rows, which are jointly normal with the priors integrated out."""
    total_mean, designs, sigmas, observed = [], [], [], []
    for block in study.likelihood.blocks:
        logs = np.log(block.row_temperature)
        one, zero = np.ones_like(logs), np.zeros_like(logs)
        design, known = {
            "kappa": (np.stack([one, logs, zero], 1), zero),
            "heat-capacity": (np.stack([one, 2 * logs, zero], 1), one),
            "expansion": (np.stack([zero, zero, one], 1), block.row_temperature),
        }[block.quantity]
        designs.append(design)
        sigmas.append(
            block.noise + block.misfit_covariance(block.row_temperature, block.row_temperature, {}, np)
        )
        observed.append(block.observed)
        total_mean.append(design @ PRIOR_MEAN + known)
    design = np.concatenate(designs)
    n = len(design)
    covariance = design @ np.diag(PRIOR_SD**2) @ design.T
    begin = 0
    for sigma in sigmas:
        end = begin + len(sigma)
        covariance[begin:end, begin:end] += sigma
        begin = end
    residual = np.concatenate(observed) - np.concatenate(total_mean)
    sign, determinant = np.linalg.slogdet(covariance)
    assert sign > 0
    return -0.5 * (residual @ np.linalg.solve(covariance, residual) + determinant + n * np.log(2 * np.pi))


@pytest.fixture(scope="module")
def study():
    return linear_study(sampler={"starts": 2, "chains": 4, "warmup": 100, "draws": 400}, name="toy")


@pytest.fixture(scope="module")
def best(study):
    return study.maximise()


RUNS = {
    "laplace": lambda study, best: study.laplace(start=best, draws=2000),
    "normal": lambda study, best: study.variational(start=best, guide="normal", steps=500),
    "multivariate-normal": lambda study, best: study.variational(start=best, steps=500),
    "nested": lambda study, best: study.nested(start=best, live=100, seed=1),
    "nuts": lambda study, best: study.sample(start=best, progress=False),
}


@pytest.fixture(scope="module", params=list(RUNS))
def fit(request, study, best):
    return RUNS[request.param](study, best)


@pytest.fixture(scope="module")
def folded():
    """Two equal maxima, at slopes of either sign."""
    free = {"offset": normal(0, 1), "slope": normal(0, 1)}
    study = linear_study(
        theory=Folded(), data=[measurement("kappa")], free=free, sampler={"starts": 8}, discrepancy=False
    )
    return study, study.maximise()


def test_laplace_evidence_of_a_linear_problem_is_exact(study, best):
    found = best.log_evidence
    assert found.value == pytest.approx(exact_log_evidence(study), abs=1e-5)
    assert (found.error, found.method, found.note) == (None, "Laplace", "")
    assert f"log evidence {found.value:.2f} (Laplace)" in best.summary()


def test_every_method_finds_the_exact_moments(study, fit):
    mean, covariance = exact(study)
    draws = np.stack(list(fit.draws.values()), axis=1)
    width = np.sqrt(np.diagonal(covariance))
    # at least 400 effective draws: means to 5/√400 standard deviations, covariances to 0.25
    np.testing.assert_allclose((draws.mean(axis=0) - mean) / width, 0, atol=0.25)
    np.testing.assert_allclose(
        np.cov(draws.T) / np.outer(width, width), covariance / np.outer(width, width), atol=0.25
    )
    assert fit.verdict.sampler.ok, fit.verdict


def test_every_method_finds_the_exact_evidence(study, fit):
    found = fit.bridge() if fit.kind == "posterior" else fit.log_evidence
    assert fit.log_evidence == found
    assert 0 < found.error < 0.3
    assert abs(found.value - exact_log_evidence(study)) < 4 * found.error + 0.005


def test_every_result_has_the_same_interface(fit, tmp_path):
    again = gj.load_result(fit.save(tmp_path / "fit.nc"))
    assert type(again) is type(fit)
    assert again.to_json() == fit.to_json()
    assert again.summary() == fit.summary()
    assert again.verdict == fit.verdict
    assert again.log_evidence == fit.log_evidence
    assert [row["name"] for row in again.table] == ["offset", "slope", "bend"]
    assert json.loads(fit.to_json())["kind"] == fit.kind
    assert fit.predict("kappa", [1.0, 2.0], draws=7).shape == (7, 2)
    chains, draws = fit.tree["posterior"]["slope"].shape
    assert fit.tree["log_likelihood"]["kappa"].shape == (chains, draws, 12)
    assert fit.tree["joint_log_likelihood"]["kappa"].shape == (chains, draws)
    values = {name: float(fit.tree["posterior"][name][0, 3]) for name in fit.study.free}
    z = np.asarray(fit.study.likelihood.unconstrain(values))
    assert float(fit.tree["sample_stats"]["lp"][0, 3]) == pytest.approx(
        -fit.study.likelihood.evaluate(z)[0], rel=1e-6
    )


def test_every_figure_can_be_drawn(fit):
    for kind in ("observables", "corner", "trace"):
        assert fit.plot(kind).size


def test_the_same_seed_gives_the_same_draws(study, best):
    for run in (
        lambda seed: study.laplace(start=best, draws=200, seed=seed),
        lambda seed: study.variational(start=best, steps=100, draws=200, seed=seed),
        lambda seed: study.nested(start=best, live=20, calls=300, seed=seed),
    ):
        first, again, other = run(3), run(3), run(4)
        np.testing.assert_array_equal(first.draws["slope"], again.draws["slope"])
        assert not np.array_equal(first.draws["slope"], other.draws["slope"])
        assert first.seed == 3


def test_nested_sampling_finds_both_maxima(folded):
    study, best = folded
    fit = study.nested(start=best, live=60)
    assert isinstance(fit, Nested)
    assert 0.2 < np.mean(fit.draws["slope"] > 0) < 0.8
    # one maximum is half of the evidence
    whole = best.log_evidence.value + np.log(2)
    assert fit.log_evidence.value == pytest.approx(whole, abs=3 * fit.log_evidence.error)


def test_weighed_draws_cover_both_maxima(folded):
    study, best = folded
    fit = study.laplace(start=best)
    assert np.mean(fit.draws["slope"] > 0) == pytest.approx(0.5, abs=2 / np.sqrt(fit.effective_draws))
    whole = best.log_evidence.value + np.log(2)
    assert fit.log_evidence.value == pytest.approx(whole, abs=4 * fit.log_evidence.error + 0.02)
    assert fit.verdict.sampler.ok, fit.verdict
    assert "bimodal in slope" in fit.summary()


@pytest.mark.slow
def test_one_hump_for_two_maxima_is_not_trusted(folded):
    study, best = folded
    fit = study.variational(start=best, steps=100, draws=500)
    assert not fit.verdict.sampler.ok
    assert any("another maximum lies only" in reason for reason in fit.verdict.reasons)
    assert abs(np.mean(np.sign(fit.draws["slope"]))) == 1


def step_of(height):
    """A study whose log posterior is a step of ``height`` on a unit normal prior, and as steep as it is high."""

    class Step(PowerLaw):
        def thermal_conductivity(self, T, glass):
            return jnp.exp(jnp.tanh(height * self.slope) * jnp.ones_like(jnp.asarray(T)))

    point = replace(measurement("kappa", n=1), value=np.array([1.0]), error=np.array([1.0]))
    return linear_study(theory=Step(), data=[point], free={"slope": normal(0, 1)}, discrepancy=False)


def test_rounds_cover_what_the_gaussian_at_the_maximum_does_not():
    """A narrow peak on a broad plateau: the Gaussian sees the peak alone, which holds a twentieth of the posterior."""
    study = step_of(40)
    best = study.maximise(starts=1)
    gaussian = Gaussian(best.coordinate, np.linalg.cholesky(best.covariance))
    once = weigh(study.likelihood, gaussian, 2000, np.random.default_rng(0))
    assert np.std(once["z"][once["index"]]) < 0.2
    fit = study.laplace(start=best)
    assert fit.verdict.sampler.ok, fit.verdict
    assert np.std(fit.draws["slope"]) == pytest.approx(1.0, abs=0.1)

    def density(z):
        return np.exp(-0.5 * (z**2 + np.tanh(40 * z) ** 2)) / (2 * np.pi)

    whole, error = quad(density, -10, 10, points=[0], limit=400)
    assert error < 1e-8
    assert fit.log_evidence.value == pytest.approx(np.log(whole), abs=4 * fit.log_evidence.error)


def test_a_posterior_that_the_draws_do_not_cover_is_told_by_pareto_k():
    """A funnel, whose neck no Gaussian and no profile shows."""
    ((fit, _),) = shapes.weigh(shapes.funnel(), 1)
    assert isinstance(fit, Laplace)
    assert fit.pareto_k > 0.7
    assert not fit.verdict.sampler.ok
    assert any("Pareto k of the weights" in reason for reason in fit.verdict.reasons)
    assert "not to be trusted" in fit.log_evidence.note


@pytest.mark.parametrize("k", [0.3, 0.6, 1.2])
def test_pareto_smoothing_finds_the_shape_of_the_tail(k):
    log_weight = k * np.random.default_rng(0).exponential(size=20000)
    smoothed, found = pareto_smooth(log_weight)
    assert found == pytest.approx(k, abs=0.15)
    assert smoothed[np.argmax(log_weight)] == pytest.approx(smoothed.max())
    assert np.exp(smoothed).sum() == pytest.approx(1.0)


def test_variational_keeps_its_elbo_below_the_evidence(study, fit):
    if not isinstance(fit, Variational):
        return
    assert fit.elbo.shape == (500,)
    last = fit.elbo[-100:]
    assert last.mean() < exact_log_evidence(study) + 4 * last.std() / 10
    assert any("the ELBO rose by" in reason for reason in fit.verdict.reasons)


def test_an_unfinished_run_is_not_trusted(study, best):
    fit = study.nested(start=best, live=50, calls=400)
    assert not fit.verdict.sampler.ok
    assert any("allow more calls" in reason for reason in fit.verdict.reasons)


@pytest.mark.slow
def test_a_piled_up_parameter_makes_the_laplace_evidence_rough():
    free = {"offset": normal(0.5, 1.0), "slope": {"distribution": "half-normal", "scale": 0.5}}
    study = linear_study(data=[measurement("kappa", slope=-0.2)], free=free)
    best = study.maximise(starts=2)
    assert best.log_evidence.note == "rough, as slope piles up at a bound"
    nested = study.nested(start=best, live=50)
    assert nested.log_evidence.value == pytest.approx(best.log_evidence.value, abs=1.0)


@pytest.mark.slow
def test_bridge_sampling_agrees_with_laplace_weights_where_nothing_is_gaussian():
    """A bounded, skewed posterior: three estimates without any Gaussian assumption agree."""
    free = {"offset": normal(0.5, 1.0), "slope": {"distribution": "uniform", "low": 0.0, "high": 0.85}}
    study = linear_study(
        data=[measurement("kappa")], free=free, sampler={"starts": 2, "chains": 2, "draws": 800}
    )
    best = study.maximise()
    weighed = study.laplace(start=best, draws=4000).log_evidence
    bridged = bridge(study.sample(start=best, progress=False))
    assert bridged.value == pytest.approx(weighed.value, abs=4 * np.hypot(bridged.error, weighed.error))


def test_what_cannot_be_done_is_said(study, best):
    with pytest.raises(GlassjaxError, match="did you mean 'normal'"):
        study.variational(guide="norml", start=best)
    with pytest.raises(
        GlassjaxError, match=r"live \(for 3 parameters\) must be a whole number of at least 7"
    ):
        study.nested(live=3, start=best)
    with pytest.raises(GlassjaxError, match="dlogz must be a positive number"):
        study.nested(dlogz=0.0, start=best)
    with pytest.raises(GlassjaxError, match="draws must be a whole number of at least 100"):
        study.laplace(draws=5, start=best)
    other = linear_study(free={"offset": normal(0, 1)}).maximise(starts=1)
    with pytest.raises(GlassjaxError, match="frees offset, the study offset, slope, bend"):
        study.laplace(start=other)
    few = study.sample(start=best, chains=1, warmup=5, draws=10, progress=False)
    with pytest.raises(GlassjaxError, match="needs at least 80 draws for 3 parameters, not 10"):
        few.bridge()
    assert few.log_evidence is None

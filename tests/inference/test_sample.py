import numpy as np
import pytest

from glassjax import GlassjaxError, Study
from tests.inference.test_maximise import exact, linear_study
from tests.inference.toys import Cliff, Folded, measurement, normal


@pytest.fixture(scope="module")
def linear():
    study = linear_study(sampler={"chains": 4, "warmup": 100, "draws": 500, "starts": 2})
    return study, study.sample(seed=1, progress=False)


def test_moments_of_a_linear_problem(linear):
    study, post = linear
    mean, covariance = exact(study)
    draws = np.stack(list(post.draws.values()), axis=1)
    error = np.sqrt(np.diagonal(covariance) / 1000)
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=4 * error.max())
    width = np.sqrt(np.diagonal(covariance))
    np.testing.assert_allclose(
        np.cov(draws.T) / np.outer(width, width), covariance / np.outer(width, width), atol=0.15
    )
    assert post.verdict.sampler.ok, post.verdict


def test_diagnostics_are_in_the_table(linear):
    _, post = linear
    for row in post.table:
        assert row["rhat"] < 1.01
        assert row["ess_bulk"] > 400
        assert row["ess_tail"] > 400
        assert row["limit"] is None
        assert row["low"] < row["estimate"] < row["high"]


def test_tree_has_the_groups_of_arviz(linear):
    _, post = linear
    tree = post.tree
    assert tree["posterior"]["slope"].dims == ("chain", "draw")
    assert tree["posterior"]["slope"].shape == (4, 500)
    assert tree["log_likelihood"]["kappa"].dims == ("chain", "draw", "kappa_row")
    assert tree["joint_log_likelihood"]["kappa"].dims == ("chain", "draw")
    assert set(tree["sample_stats"].data_vars) >= {
        "diverging",
        "energy",
        "lp",
        "tree_depth",
        "acceptance_rate",
    }
    assert tree["observed_data"]["kappa"].shape == tree["constant_data"]["kappa_temperature"].shape


def test_log_likelihoods_belong_to_the_draws(linear):
    study, post = linear
    values = {name: float(post.tree["posterior"][name][2, 17]) for name in study.free}
    means = {quantity: np.asarray(mean) for quantity, mean in study.likelihood.means(values).items()}
    joint, pointwise = study.likelihood.log_likelihoods(means, values)
    for quantity in study.quantities:
        assert float(post.tree["joint_log_likelihood"][quantity][2, 17]) == pytest.approx(
            joint[quantity], rel=1e-9
        )
        np.testing.assert_allclose(
            post.tree["log_likelihood"][quantity][2, 17], pointwise[quantity], rtol=1e-8
        )
    lp = float(post.tree["sample_stats"]["lp"][2, 17])
    z = np.asarray(study.likelihood.unconstrain(values))
    assert lp == pytest.approx(-study.likelihood.evaluate(z)[0], rel=1e-6)


def test_the_same_seed_gives_the_same_draws_and_another_others():
    study = linear_study()
    options = {"chains": 2, "warmup": 20, "draws": 30, "progress": False}
    first, again, other = (study.sample(seed=seed, **options) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.draws["slope"], again.draws["slope"])
    assert not np.array_equal(first.draws["slope"], other.draws["slope"])
    assert first.seed == 5
    assert first.settings["draws"] == 30


def test_too_few_draws_are_not_called_converged():
    post = linear_study().sample(chains=2, warmup=10, draws=20, progress=False)
    assert not post.verdict.sampler.ok
    assert any("effective draws" in reason for reason in post.verdict.reasons)


def test_chains_in_two_maxima_are_not_called_converged():
    study = linear_study(
        theory=Folded(), data=[measurement("kappa")], free={"offset": normal(0, 1), "slope": normal(0, 1)}
    )
    post = study.sample(chains=4, warmup=50, draws=100, progress=False)
    assert not post.verdict.sampler.ok
    assert any("R-hat" in reason and "slope" in reason for reason in post.verdict.reasons)
    slopes = np.asarray(post.tree["posterior"]["slope"]).mean(axis=1)
    assert slopes.min() < 0 < slopes.max()


def test_divergences_are_reported():
    free = {"offset": normal(0.5, 1.0), "slope": {"distribution": "uniform", "low": 0.0, "high": 3.0}}
    study = linear_study(theory=Cliff(), data=[measurement("kappa", slope=1.16, noise=0.3)], free=free)
    post = study.sample(chains=2, warmup=50, draws=200, progress=False)
    assert np.all(post.draws["slope"] < 1.3)
    post.tree["sample_stats"]["diverging"][0, :3] = True
    fresh = type(post)(post.tree, study)
    assert not fresh.verdict.sampler.ok
    assert "3 divergent draws" in fresh.verdict.reasons


def test_a_start_of_another_study_is_refused():
    other = linear_study(free={"offset": normal(0, 1)}).maximise(starts=1)
    with pytest.raises(GlassjaxError, match="frees offset, the study offset, slope, bend"):
        linear_study().sample(start=other, progress=False)


def test_a_free_discrepancy_is_sampled():
    free = {"offset": normal(0.5, 1.0), "slope": normal(0.5, 1.0)}
    discrepancy = {"kappa": {"amplitude": {"distribution": "half-normal", "scale": 0.3}}}
    study: Study = linear_study(data=[measurement("kappa", n=30)], free=free, discrepancy=discrepancy)
    assert list(study.free) == ["offset", "slope", "discrepancy.kappa.amplitude"]
    post = study.sample(chains=2, warmup=100, draws=300, progress=False)
    row = post.table[2]
    # the data are a power law with white scatter only, so the discrepancy is small: a limit
    assert row["limit"] == "upper"
    assert row["symbol"] == r"a_{\kappa}"
    assert post.predict("kappa", [1.0, 2.0], draws=20, discrepancy=True).shape == (20, 2)

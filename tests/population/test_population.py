"""The hierarchical posterior against densities and integrals written down apart from it."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import glassjax as gj
from glassjax import GlassjaxError, StudyError
from tests.population.members import NOISE, SHARED, population, study


@pytest.fixture(scope="module")
def plan():
    return population()


@pytest.fixture(scope="module")
def maximum(plan):
    return plan.maximise()


@pytest.fixture(scope="module")
def posterior(plan, maximum):
    return plan.sample(start=maximum)


def log_density(plan, values):
    """Hierarchical log density over the parameters themselves, up to a constant, from scipy alone."""
    m, tau = values["slope.median"], values["slope.spread"]
    total = stats.lognorm(0.5).logpdf(m) + stats.halfnorm(scale=0.5).logpdf(tau)
    for name, member in plan.members.items():
        offset, slope = values[f"{name}.offset"], values[f"{name}.slope"]
        total += stats.norm.logpdf(offset) + stats.lognorm(tau, scale=m).logpdf(slope)
        data = member.fitted[0].used
        residual = np.log(data.value) - offset - slope * np.log(data.temperature)
        total += stats.norm(scale=NOISE[int(name[1:])]).logpdf(residual).sum()
    return total


def log_jacobian(plan, likelihood, z):
    """Ln |∂values/∂z| by finite differences."""

    def values(z):
        found = likelihood.compiled.constrain(jnp.asarray(z))
        return np.array([float(found[name]) for name in likelihood.names])

    step = 1e-5
    columns = [(values(z + e) - values(z - e)) / (2 * step) for e in step * np.eye(len(z))]
    return np.linalg.slogdet(np.stack(columns, axis=1))[1]


@pytest.mark.parametrize("by_value", [False, True])
def test_density_is_that_of_the_hierarchical_model(plan, by_value):
    """To what finite differences of the Jacobian leave: 1e-7, and 1e-10 found."""
    likelihood = plan.likelihood
    if by_value:
        flags = {name: np.array([i % 2 == 0]) for i, name in enumerate(plan.members)}
        likelihood = likelihood.centred(flags)
    rng = np.random.default_rng(1)
    found = []
    for z in 0.5 * rng.standard_normal((4, likelihood.dimension)):
        values = {name: float(value) for name, value in likelihood.compiled.constrain(jnp.asarray(z)).items()}
        expected = log_density(plan, values) + log_jacobian(plan, likelihood, z)
        found.append(-likelihood.evaluate(z)[0] - expected)
    assert max(map(abs, found)) < 1e-7


def test_gradients(plan):
    likelihood = plan.likelihood.centred({name: np.array([name != "g4"]) for name in plan.members})
    z = 0.3 * np.random.default_rng(2).standard_normal(likelihood.dimension)
    value, gradient = likelihood.evaluate(z)
    (joint, _), inside = likelihood.differentiate(jnp.asarray(z), likelihood.observed)
    assert np.isclose(value, joint, rtol=1e-12)
    assert np.allclose(gradient, inside, rtol=1e-9, atol=1e-9)
    for i in range(likelihood.dimension):
        e = 1e-5 * np.eye(likelihood.dimension)[i]
        slope = (likelihood.evaluate(z + e)[0] - likelihood.evaluate(z - e)[0]) / 2e-5
        assert np.isclose(gradient[i], slope, rtol=1e-5, atol=1e-5)


def test_maps_between_coordinates(plan):
    likelihood = plan.likelihood.centred({name: np.array([name in ("g0", "g3")]) for name in plan.members})
    z = np.random.default_rng(4).standard_normal((3, likelihood.dimension))
    assert np.allclose(likelihood.scores(np.asarray(likelihood.values(z))), z, atol=1e-10)
    for one in (plan.likelihood, likelihood):
        assert np.allclose(one.unconstrain(one.constrain(jnp.asarray(z))), z, atol=1e-8)


def integrated(plan):
    """Posterior mean and deviation of ln m and τ on a grid; each glass integrated over offset and slope."""
    log_m, tau = np.linspace(-0.6, 0.3, 61), np.linspace(0.004, 0.9, 90)
    slope = np.linspace(0.3, 1.6, 1501)
    total = stats.norm(scale=0.5).logpdf(log_m)[:, None] + stats.halfnorm(scale=0.5).logpdf(tau)[None, :]
    for member, noise in zip(plan.members.values(), NOISE, strict=True):
        data = member.fitted[0].used
        x, y = np.log(data.temperature), np.log(data.value)
        covariance = noise**2 * np.eye(len(x)) + 1.0  # the offset, N(0, 1), integrated out
        residual = y[:, None] - x[:, None] * slope[None, :]
        log_likelihood = -0.5 * np.sum(residual * np.linalg.solve(covariance, residual), axis=0)
        for j, width in enumerate(tau):
            log_prior = (
                stats.norm.logpdf(np.log(slope)[None, :], log_m[:, None], width) - np.log(slope)[None, :]
            )
            total[:, j] += logsumexp(log_likelihood + log_prior, axis=1)
    weight = np.exp(total - total.max())
    weight /= weight.sum()
    moments = []
    for value in (np.broadcast_to(log_m[:, None], weight.shape), np.broadcast_to(tau, weight.shape)):
        mean = np.sum(weight * value)
        moments.append((mean, np.sqrt(np.sum(weight * (value - mean) ** 2))))
    return moments


def test_posterior_of_the_population_is_the_integral(plan, posterior):
    """Means within four standard errors of 400 or more effective draws, deviations within 20 %."""
    assert posterior.verdict.ok, posterior.verdict.reasons
    drawn = (np.log(posterior.draws["slope.median"]), posterior.draws["slope.spread"])
    for draws, (mean, sd) in zip(drawn, integrated(plan), strict=True):
        assert abs(np.mean(draws) - mean) < 4 * sd / np.sqrt(400)
        assert np.isclose(np.std(draws), sd, rtol=0.2)


def test_glasses_shrink_towards_each_other(posterior):
    """The poorest glass learns from the others; the best determined hardly."""
    rows = {row["member"]: row for row in posterior.glasses}
    assert rows["g4"]["shrinkage"] > 0.1 > abs(rows["g0"]["shrinkage"])
    middle = np.median(posterior.draws["slope.median"])
    for row in rows.values():
        assert abs(row["estimate"] - middle) < abs(row["alone"] - middle) + 0.01
        assert row["low"] < row["estimate"] < row["high"]


def test_chains_move_in_what_the_data_determine(plan, maximum):
    """Four slopes are known better than the spread at the maximum, 0.3; the fifth is sampled by its score."""
    space = plan.chain_space(maximum)
    assert [bool(flags.all()) for flags in space.likelihood._by_value.values()] == [True] * 4 + [False]


def test_results_come_back(tmp_path, plan, maximum, posterior):
    for result in (maximum, posterior):
        again = gj.load_result(result.save(tmp_path / "result.nc"))
        assert again.summary() == result.summary()
        assert again.to_json() == result.to_json()
        assert again.study.to_dict() == plan.to_dict()
        member = again.members["g1"]
        assert member.summary() == result.members["g1"].summary()
        assert member.study.name == "g1"


def test_members_hold_the_population_s_draws(posterior):
    member = posterior.members["g2"]
    assert np.allclose(member.draws["slope"], posterior.draws["g2.slope"], rtol=1e-12)
    T = np.array([1.0])
    curves = member.predict("kappa", T, draws=2000)[:, 0]
    expected = np.exp(posterior.draws["g2.offset"])
    assert np.isclose(np.median(curves), np.median(expected), rtol=0.01)


def test_prediction_of_another_glass(posterior):
    draws = np.log(posterior.predictive("slope"))
    m, tau = np.log(posterior.draws["slope.median"]), posterior.draws["slope.spread"]
    assert np.isclose(np.var(draws), np.var(m) + np.mean(tau**2), rtol=0.15)
    with pytest.raises(GlassjaxError, match=r"does not share 'slop'.*slope"):
        posterior.predictive("slop")


def test_summary_and_refusals(posterior):
    text = posterior.summary()
    assert "posterior of a population of 5 glasses" in text
    assert "g3: kappa: 4 points" in text
    for call in (
        lambda: posterior.predict("kappa", [1.0]),
        posterior.bridge,
        lambda: posterior.plot("residuals"),
    ):
        with pytest.raises(GlassjaxError, match="population"):
            call()


@pytest.mark.parametrize("kind", ["population", "observables", "corner", "trace"])
def test_figures(posterior, kind):
    assert posterior.plot(kind).figure.axes


def test_the_figure_shows_the_numbers(posterior):
    ax = posterior.plot("population")[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(posterior.members)
    drawn = [bars.lines[0].get_xdata()[0] for bars in ax.containers]
    expected = [value for row in posterior.glasses for value in (row["estimate"], row["alone"])]
    assert np.allclose(drawn, expected)


def test_report(posterior):
    from glassjax.results.report import render

    page = render(posterior)
    assert page.count("<h2>") == 8
    for row in posterior.glasses:
        assert f"{row['estimate']:.3g}" in page
    assert "g4: kappa: 2 points" in page


@pytest.mark.slow  # half a minute; `tests/inference/test_checkpoint.py` has the same of a study
def test_resumed_as_if_never_stopped(tmp_path, plan, maximum, posterior):
    """Interrupted in the middle, and continued from the checkpoint: the same draws."""
    from glassjax.fitting import sample as sampling

    class Stop(Exception):
        pass

    class Impatient(sampling.Checkpoint):
        def offer(self, number, chain, *, now=False):
            super().offer(number, chain, now=True)
            if chain.done >= 300:
                raise Stop

    with pytest.raises(Stop):
        plan.sample(start=maximum, checkpoint=Impatient(tmp_path / "kept"))
    again = plan.sample(start=maximum, checkpoint=tmp_path / "kept")
    assert np.array_equal(again.draws["g3.slope"], posterior.draws["g3.slope"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shared": {}}, "shares no parameter"),
        ({"shared": {"slop": SHARED["slope"]}}, "shares 'slop', which PowerLaw of g0 has not.*slope"),
        ({"shared": {"slope": {"median": SHARED["slope"]["median"]}}}, "needs a prior of its spread"),
        ({"shared": {"slope": SHARED["slope"] | {"sprad": 1}}}, "no key 'sprad'.*spread"),
        (
            {
                "shared": {
                    "slope": SHARED["slope"] | {"median": {"distribution": "normal", "mean": 1, "sd": 1}}
                }
            },
            "must keep to positive values",
        ),
        ({"members": [study(0)]}, "two members at least"),
        ({"members": [study(0), study(0)]}, "names 'g0' twice"),
        ({"members": study(0)}, "takes a list of studies"),
        ({"members": {"a/b": study(0), "c": study(1)}}, "without '/'"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(StudyError, match=message):
        population(**changes)


def test_a_tied_parameter_cannot_be_shared():
    tied = study(
        1, free={"offset": {"distribution": "normal", "mean": 0, "sd": 1}, "slope": {"tie": "1 + offset"}}
    )
    with pytest.raises(StudyError, match="the study of g1 ties 'slope'"):
        population(members=[study(0), tied])

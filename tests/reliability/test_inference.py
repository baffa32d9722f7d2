"""Short forms of the attacks on optimisers, samplers and intervals of `tests.reliability.inference`."""

import numpy as np
import pytest
from scipy import stats

from glassjax.fitting.least_squares import descend
from glassjax.fitting.maximise import climb, laplace
from glassjax.problem.coordinates import Coordinates
from glassjax.problem.priors import Prior
from glassjax.results.modes import FoundMaximum, distinct_maxima, find_modes
from glassjax.results.shape import find_ridges
from tests.reliability import certified, record, shapes, studies

QUICK = [
    ("Misra1a", 0, "bfgs"),
    ("ENSO", 0, "bfgs"),  # whose neighbouring maxima a long first step finds
    ("MGH10", 0, "bfgs"),
    ("MGH10", 1, "levenberg-marquardt"),
]
REST = [
    pytest.param(name, start, method, marks=pytest.mark.slow)
    for name in ("Lanczos3", "Gauss3", "Nelson", "Thurber", "Rat42", "Kirby2")
    for start in (0, 1)
    for method in ("bfgs", "levenberg-marquardt")
]


@pytest.mark.parametrize(("name", "start", "method"), [*QUICK, *REST])
def test_certified_parameters_are_found(name, start, method):
    found = certified.solve(certified.read(name), start, method)
    assert found.parameters > 6
    assert found.residual > 6
    assert found.ok


def test_the_files_are_those_of_all_models_and_agree_with_their_own_residuals():
    names = {path.stem for path in certified.FOLDER.glob("*.dat")}
    assert names == set(certified.MODELS)
    for name in names - {"Lanczos1"}:  # whose residuals drown in the rounding of certified parameters
        problem = certified.read(name)
        misses = problem.y - np.asarray(certified.MODELS[name](problem.certified, problem.x))
        freedom = len(problem.y) - len(problem.certified)
        assert np.sqrt(np.sum(misses**2) / freedom) == pytest.approx(problem.residual, rel=1e-5), name


def test_terms_of_a_sum_may_come_out_in_any_order():
    problem = certified.read("Lanczos3")
    other = problem.certified[[4, 5, 0, 1, 2, 3]]
    assert certified.agreement(other, problem) == 11
    assert certified.agreement(other * (1 + 1e-5), problem) == pytest.approx(5, abs=0.1)
    assert certified.agreement(problem.certified[[1, 0, 2, 3, 4, 5]], problem) < 1


class Meyer(Coordinates):
    """NIST's MGH10, b1 exp[b2/(x + b3)], in NumPy: the potential over z = b/start − 1, which is all a climb needs."""

    deviation = np.array([1.5687892471e-04, 2.3309021107e01, 7.8486103508e-01])  # certified

    def __init__(self, start):
        super().__init__({})
        self.names = ("x1", "x2", "x3")
        self.problem = certified.read("MGH10")
        self.begin = self.problem.starts[start]

    def evaluate(self, z):
        b, x = self.begin * (1 + z), self.problem.x
        with np.errstate(all="ignore"):
            model = b[0] * np.exp(b[1] / (x + b[2]))
            slopes = np.stack([model / b[0], model / (x + b[2]), -model * b[1] / (x + b[2]) ** 2])
            misses = (model - self.problem.y) / self.problem.residual
            return 0.5 * misses @ misses, self.begin * (slopes @ misses) / self.problem.residual

    def log_prior(self, z):
        return 0.0 * z.sum()


def test_a_posterior_far_narrower_than_its_priors_is_curved_downwards():
    """Over steps of a thousandth of the priors' width the Hessian came out indefinite at the true maximum."""
    meyer = Meyer(1)
    found = laplace(meyer, meyer.problem.certified / meyer.begin - 1)
    assert found.flat == ""
    np.testing.assert_allclose(
        np.sqrt(np.diagonal(found.covariance)) * np.abs(meyer.begin), meyer.deviation, rtol=0.02
    )


def test_bfgs_that_got_stuck_begins_anew():
    """From NIST's far start the first line search fails after two steps, at a potential of 10⁸."""
    (outcome,) = climb(Meyer(0), np.zeros((1, 3)), 1000)
    assert outcome.log_posterior > -1e5
    assert outcome.steps > 100


@pytest.mark.parametrize("curvature", [1e3, 1e18, 1e40])
def test_a_valley_is_climbed_however_narrow(curvature):
    """Its curvature is where BFGS begins, unless rounding would make it indefinite or nothing of it is left."""

    class Valley(Coordinates):
        names = ("x1", "x2")

        def __init__(self):
            super().__init__({})

        def evaluate(self, z):
            pull = np.array([curvature, 1.0]) * (z - 1)
            return 0.5 * pull @ (z - 1), pull

        def log_prior(self, z):
            return 0.0 * z.sum()

    (outcome,) = climb(Valley(), np.zeros((1, 2)), 1000)
    assert outcome.log_posterior > -1e-12
    np.testing.assert_allclose(outcome.end, 1, atol=1e-6)


def test_levenberg_marquardt_ends_where_the_potential_falls_for_ever():
    """Its damping underflowed to zero there, and once a step failed it could not grow again."""

    class Slope:
        calls = 0

        def information(self, z):
            self.calls += 1
            assert self.calls < 5000
            value = -1e-3 * z[0] if z[0] < 1500 else np.nan
            return value, np.array([-1e-3]), np.array([[1e-3]])

    end, _, _, reason = descend(Slope(), np.zeros(1), 3000)
    assert reason == "rounding"
    assert end[0] > 1400


@pytest.mark.parametrize(
    "name", ["truncated", *(pytest.param(n, marks=pytest.mark.slow) for n in ("student", "banana"))]
)
def test_moments_that_are_known(name):
    target = shapes.TARGETS[name]()
    post = shapes.draw(target, warmup=200)
    z = shapes.deviations(shapes.by_chain(post), target.exact)
    assert max(map(abs, z.values())) < 4, z


@pytest.mark.parametrize(
    "name",
    ["truncated", *(pytest.param(n, marks=pytest.mark.slow) for n in ("gaussian", "student", "log-normal"))],
)
def test_moments_that_are_known_by_weighed_draws(name):
    ((fit, z),) = shapes.weigh(shapes.TARGETS[name](), 1)
    assert max(map(abs, z.values())) < 4, z
    assert fit.pareto_k < 0.7


@pytest.mark.slow
def test_a_funnel_is_not_called_converged():
    assert not shapes.draw(shapes.funnel()).verdict.sampler.ok


def test_errors_of_averages_are_neither_too_small_nor_too_large():
    """Of autoregressive draws, whose mean has a known error."""
    rng = np.random.default_rng(0)
    draws = shapes.FAMILIES["autoregressive"]
    found = [shapes.error(np.stack([draws(rng, 2000) for _ in range(4)])) for _ in range(20)]
    assert np.mean(found) == pytest.approx(1 / (1 - 0.9) / np.sqrt(8000), rel=0.1)


def many(draws):
    return draws.size


def two_normals(rng, apart, share, n=600):
    return rng.standard_normal((4, n)) + apart * (rng.random((4, n)) < share)


def test_two_modes_are_found_and_one_is_not_called_two():
    rng = np.random.default_rng(1)
    assert shapes.false_alarms(3) == 0
    found = find_modes("x", two_normals(rng, 6.0, 0.3), many)
    np.testing.assert_allclose(found.places, (0, 6), atol=0.15)
    np.testing.assert_allclose(found.shares, (0.7, 0.3), atol=0.04)
    assert found.mixed
    assert "bimodal in x" in found.text
    assert find_modes("x", two_normals(rng, 6.0, 0.3), lambda draws: 20) is None  # too few to tell
    three = rng.standard_normal((4, 600)) + 7.0 * rng.integers(0, 3, (4, 600))
    assert "3 modes in x" in find_modes("x", three, many).text
    assert find_modes("x", np.ones((4, 600)), many) is None


def test_chains_that_stay_in_two_modes_are_told_apart():
    rng = np.random.default_rng(2)
    draws = rng.standard_normal((4, 600)) + np.array([0.0, 9.0, 9.0, 9.0])[:, None]
    found = find_modes("x", draws, many)
    assert found.staying == (1, 3)
    assert "1 of 4 chains stay near" in found.text
    assert "how much of the posterior is near each is not known" in found.text


def log_normal(median, spread):
    return Prior.parse({"distribution": "log-normal", "median": median, "spread": spread}, "x")


def test_a_product_that_is_known_is_named():
    rng = np.random.default_rng(3)
    a, b, e = rng.standard_normal((3, 4000))
    draws = {"x": np.exp(a), "w": np.exp(b), "y": 3 * np.exp(-a + 0.02 * e)}
    (ridge,) = find_ridges(draws, dict.fromkeys(draws, log_normal(1.0, 1.0)))
    assert ridge.combination == "x·y"
    assert ridge.value == pytest.approx(3, rel=0.01)
    assert ridge.error == pytest.approx(0.02, rel=0.1)
    assert ridge.open
    assert "the data fix the combination x·y = 3 to 2.0%, not its parts" in ridge.text
    assert find_ridges({"x": np.exp(a), "w": np.exp(b)}, dict.fromkeys("xw", log_normal(1.0, 1.0))) == []
    (narrow,) = find_ridges(draws, dict.fromkeys(draws, log_normal(1.0, 10.0)))
    assert not narrow.open


def test_a_difference_that_is_known_is_named():
    rng = np.random.default_rng(4)
    a, e = rng.standard_normal((2, 4000))
    prior = Prior.parse({"distribution": "normal", "mean": 0.0, "sd": 1.0}, "x")
    (ridge,) = find_ridges({"x": a, "y": (a - 0.4 + 0.01 * e) / 3}, {"x": prior, "y": prior})
    assert ridge.combination == "x − 3·y"
    assert ridge.value == pytest.approx(0.4, abs=0.01)
    np.testing.assert_allclose(ridge.ends["x"], stats.norm.ppf([0.055, 0.945]), atol=0.1)


def test_ends_near_one_another_are_one_maximum():
    best = FoundMaximum(np.zeros(2), 0.0)
    ends = [
        FoundMaximum(np.array(z), value)
        for z, value in (((0.1, 0), -0.01), ((5.0, 0), -1.0), ((5, 1), -1.1), ((0, 9), -7))
    ]
    found = distinct_maxima(best, ends, np.eye(2), 3.0)
    assert [(m.log_posterior, m.starts) for m in found] == [(0.0, 1), (-1.0, 2)]


@pytest.mark.parametrize(
    "name", ["product", *(pytest.param(n, marks=pytest.mark.slow) for n in shapes.TOLD if n != "product")]
)
def test_what_must_not_be_averaged_is_told(name):
    target = shapes.TOLD[name]()
    study = shapes.study_of(target, chains=4, warmup=300, draws=1000)
    best = study.maximise(starts=12 if target.modes else 3)
    assert shapes.told(target, best), best.summary()
    assert best.to_dict()["ridges"] == [ridge.to_dict() for ridge in best.ridges]
    if name != "product":
        post = study.sample(start=best, progress=False)
        assert shapes.told(target, post), post.summary()


@pytest.mark.parametrize("kind", ["score", "rank"])
def test_coverage_counts_central_intervals(kind):
    rng = np.random.default_rng(5)
    u = rng.random(4000)
    rows = [{"score": {"a": stats.norm.ppf(x)}, "rank": {"a": x}} for x in u]
    for level in studies.LEVELS:
        held = studies.held(rows, "a", level, kind)
        assert held == np.sum((u > (1 - level) / 2) & (u < (1 + level) / 2))


@pytest.mark.slow
def test_a_simulated_study_gives_a_score_and_a_rank_that_agree():
    study = studies.study_with("as shipped")
    (observed, truth), *_ = studies.data_sets(studies.DESIGNS["as shipped"], 1)
    found = studies.examine(study, observed, truth, 0)
    assert found["converged"]
    for name, score in found["score"].items():
        assert found["rank"][name] == pytest.approx(stats.norm.cdf(score), abs=0.2), name


def test_the_record_counts_what_ran():
    for attack in record.load("inference")["attacks"]:
        assert attack["tried"] >= attack["failed"] >= 0
        assert attack["tried"] > 0
        assert attack["finding"]

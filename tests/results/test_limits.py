import numpy as np
import pytest
from scipy import stats

from glassjax.problem.priors import Prior
from glassjax.results.limits import ends, interval

N = 20000


def normals(seed=0):
    return np.random.default_rng(seed).standard_normal(N)


def posterior(prior, likelihood, n=8000):
    """Draws of prior × likelihood, by inverting its distribution function on a fine grid of prior quantiles."""
    levels = (np.arange(400_000) + 0.5) / 400_000
    x = Prior.parse(prior, "x").frozen.ppf(levels)
    weight = np.cumsum(likelihood(x))
    return np.interp(np.random.default_rng(1).random(n), weight / weight[-1], x)


def test_a_normal_away_from_its_bounds_has_an_equal_tailed_interval():
    span = interval(3 + normals(), -np.inf, np.inf)
    assert span.low == pytest.approx(3 - 1.598, abs=0.03)
    assert span.high == pytest.approx(3 + 1.598, abs=0.03)
    assert span.limit is None


def test_three_standard_deviations_from_a_bound_are_an_interval():
    draws = 3 + normals()
    assert interval(draws[draws > 0], 0.0, np.inf).limit is None


def test_half_normal_at_its_bound_is_an_upper_limit():
    span = interval(np.abs(normals()), 0.0, np.inf)
    assert (span.limit, span.low, span.bound) == ("upper", None, 0.0)
    assert span.high == pytest.approx(1.96, abs=0.04)


def test_piling_up_at_the_upper_bound_is_a_lower_limit():
    span = interval(0.9 - 0.05 * np.abs(normals()), 0.0, 0.9)
    assert (span.limit, span.high, span.bound) == ("lower", None, 0.9)
    assert span.low == pytest.approx(0.9 - 0.098, abs=0.003)


def test_a_filled_range_keeps_its_interval_and_is_named():
    span = interval(np.random.default_rng(0).random(N), 0.0, 1.0)
    assert span.limit is None
    assert span.fills
    assert span.low == pytest.approx(0.055, abs=0.01)


@pytest.mark.parametrize("n", [400, 2000, N])
@pytest.mark.parametrize("spread", [0.5, 0.8, 1.2])
def test_a_log_normal_is_an_interval_however_wide(spread, n):
    """Its density vanishes at 0, whether the prior's does or not."""
    draws = 490 * np.exp(spread * normals()[:n])
    for bounds in ((0.0, np.inf), (0.0, 1e5), ends(Prior.parse(LOG_NORMAL, "R"))):
        span = interval(draws, *bounds)
        if n == N or spread < 1:
            assert span.limit is None
            assert span.low == pytest.approx(490 * np.exp(-1.598 * spread), rel=0.25)


LOG_NORMAL = {"distribution": "log-normal", "median": 490.0, "spread": 3.0}
UNIFORM = {"distribution": "uniform", "low": -1.0, "high": 1.0}
HALF = {"distribution": "half-normal", "scale": 0.3}
CUT = {"distribution": "normal", "mean": 0.0, "sd": 1.0, "low": -0.5, "high": 2.0}
BETA = {"distribution": "beta", "a": 1.0, "b": 1.5, "low": 2.0, "high": 4.0}


@pytest.mark.parametrize(
    ("prior", "centre", "sd", "limit"),
    [
        (UNIFORM, 0.1, 0.1, None),
        (UNIFORM, -0.6, 0.1, None),  # four deviations from the bound
        (UNIFORM, -1.0, 0.2, "upper"),
        (UNIFORM, -1.5, 0.2, "upper"),
        (UNIFORM, 1.1, 0.2, "lower"),
        (UNIFORM, 0.0, 50.0, "fills"),
        (HALF, 0.0, 0.1, "upper"),
        (HALF, 0.4, 0.1, None),
        (HALF, 0.0, 50.0, "upper"),  # the prior itself
        (CUT, -0.6, 0.3, "upper"),
        (CUT, 2.2, 0.3, "lower"),
        (CUT, 0.9, 0.2, None),
        (BETA, 1.9, 0.2, "upper"),
        (BETA, 3.0, 0.2, None),
        (LOG_NORMAL, -300.0, 500.0, None),  # wants negative values, which the logarithm keeps away
    ],
)
def test_limits_of_every_distribution(prior, centre, sd, limit):
    parsed = Prior.parse(prior, "x")
    draws = posterior(prior, lambda x: stats.norm.pdf(x, centre, sd))
    span = interval(draws, *ends(parsed))
    assert ("fills" if span.fills else span.limit) == limit
    if limit == "upper":
        assert span.high == pytest.approx(np.quantile(draws, 0.95), rel=1e-6, abs=1e-9)


def test_draws_taken_again_by_weight():
    """Ties among them do not pass for a density."""
    rng = np.random.default_rng(2)
    proposal = np.abs(rng.standard_normal(3000)) * 2
    weight = stats.halfnorm.pdf(proposal) / stats.halfnorm.pdf(proposal, scale=2)
    draws = rng.choice(proposal, 2000, p=weight / weight.sum())
    assert interval(draws, 0.0, np.inf).limit == "upper"
    assert interval(draws + 3, 0.0, np.inf).limit is None

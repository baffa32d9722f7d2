import numpy as np
import pytest

from glassjax.results.limits import interval

N = 20000


def normals(seed=0):
    return np.random.default_rng(seed).standard_normal(N)


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

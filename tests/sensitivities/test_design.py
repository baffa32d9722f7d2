"""Gains of new rows against the Fisher information of the study that has them, and against simulated refits."""

import json
from itertools import combinations_with_replacement

import numpy as np
import pytest

import glassjax as gj
from glassjax.sensitivities.gains import linear_gain, nested_gain
from glassjax.sensitivities.refits import refits, with_row
from tests.inference.toys import measurement
from tests.sensitivities.test_information import AT, plan

T = np.array([0.05, 0.21, 1.0, 6.0])
ERROR = {"kappa": 0.05, "heat-capacity": 0.05, "expansion": 2e-10}


@pytest.fixture(scope="module")
def known():
    study = plan()
    return study, gj.fisher(study, at=AT)


def entropy(matrix):
    return 0.5 * np.linalg.slogdet(matrix)[1]


def test_the_gain_is_what_fisher_information_says_with_the_row_there(known):
    """The discrepancy of κ included: 0.21 K lies beside a fitted row and brings little, 0.05 K outside brings more."""
    study, now = known
    found = gj.design(now, T=T, error=ERROR)
    for quantity, t in (("kappa", 0), ("kappa", 1), ("heat-capacity", 3), ("expansion", 1)):
        more = with_row(study, quantity, float(T[t]), 1.0, ERROR[quantity])
        after = gj.fisher(more, at=AT).covariance()
        expected = entropy(now.covariance()) - entropy(after)
        gain = float(found.gain.sel(quantity=quantity)[t])
        assert gain == pytest.approx(expected, rel=1e-6, abs=1e-9), (quantity, t)
    kappa = found.gain.sel(quantity="kappa").values
    assert kappa[0] > 3 * kappa[1]


def test_the_gain_about_one_parameter(known):
    study, now = known
    found = gj.design(now, T=T, about=["slope"], error=ERROR, n=2)
    best = found.best
    more = with_row(study, best["quantity"], best["temperature"], 1.0, best["error"])
    after = gj.fisher(more, at=AT).covariance()[1, 1]
    assert best["gain"] == pytest.approx(0.5 * np.log(now.covariance()[1, 1] / after), rel=1e-6)
    assert best["sd"]["slope"] == pytest.approx(np.sqrt(after))
    assert found.chosen[1]["gain"] > best["gain"]
    text = found.summary()
    assert "gain about slope" in text
    plain = json.loads(found.to_json())
    assert plain["chosen"][0]["quantity"] == best["quantity"]
    assert found.to_dataset()["gain"].attrs["units"] == "nats"


def test_greedy_choice_against_all_pairs(known):
    _, now = known
    found = gj.design(now, T=T, error=ERROR, n=2, scale_error=0.1)
    from glassjax.sensitivities.gains import Candidates

    lines = now.slopes(now.z, dict.fromkeys(ERROR, T))
    all_rows = Candidates.build(now, lines, T, ERROR, 0.1)
    P, every = now.covariance(), np.arange(3)
    pairs = [
        linear_gain(P, *all_rows.rows(pair), every)[0]
        for pair in combinations_with_replacement(range(len(all_rows.error)), 2)
    ]
    greedy = found.chosen[1]["gain"]
    assert (1 - 1 / np.e) * max(pairs) <= greedy <= max(pairs) + 1e-12
    # a scale error that new rows share keeps the second row of the same quantity from counting in full
    without = gj.design(now, T=T, error=ERROR, n=2)
    assert greedy < without.chosen[1]["gain"]


def test_nested_monte_carlo_agrees_where_all_is_gaussian():
    rng = np.random.default_rng(0)
    root = np.array([[1.0, 0, 0], [0.5, 0.8, 0], [-0.3, 0.2, 0.6]])
    z = rng.standard_normal((1500, 3)) @ root.T
    slope, variance = np.array([0.7, -0.4, 0.5]), 0.3**2
    covariance = np.cov(z.T)  # of these very draws
    means = z @ slope
    expected = 0.5 * np.log(1 + slope @ covariance @ slope / variance)
    every = nested_gain(means, np.array([variance]), z, None, rng)
    # four standard errors, and the bias of order 1/draws
    assert every.nats == pytest.approx(expected, abs=4 * every.error + 0.005)
    part = np.array([0, 2])
    some = nested_gain(means, np.array([variance]), z, part, rng)
    expected = linear_gain(covariance, slope[None], np.array([[variance]]), part)[0]
    assert some.nats == pytest.approx(expected, abs=4 * some.error + 0.005)


def test_news_of_other_parameters_is_no_gain():
    """A precise row about one parameter leaves few draws with weight: that alone must not look like news of others."""
    rng = np.random.default_rng(2)
    z = rng.standard_normal((1500, 4))
    found = nested_gain(z[:, 0], np.array([0.05**2]), z, np.array([1, 2, 3]), rng)
    # without the correction for few draws it would be 0.065; the standard error is 0.004
    assert abs(found.nats) < 0.015


def test_a_gain_beyond_the_draws_is_not_told():
    rng = np.random.default_rng(1)
    z = rng.standard_normal((100, 2))
    for about in (None, np.array([0])):
        assert np.isnan(nested_gain(z[:, 0], np.array([1e-12]), z, about, rng).nats)


@pytest.fixture(scope="module")
def fit():
    return plan().maximise()


def test_nested_gains_of_a_linear_study(fit):
    found = gj.design(fit, T=T, error=ERROR, nested=True, draws=800, nested_points=4)
    gap = np.abs(found.nested["nested_gain"].values - found.gain.values)
    # the draws are 800 of the maximum's 4000: their scatter moves a gain by some per cent
    assert np.all(gap < 4 * found.nested["nested_error"].values + 0.04)
    assert "Nested Monte Carlo with 800 draws (maximum)" in found.summary()


def test_simulated_measurements_bring_what_was_expected(fit):
    found = gj.design(fit, T=T, error=ERROR, about=["offset", "slope"])
    checked = refits(fit, found, repeats=4)
    # a linear theory with normal errors: every refit brings the same, to the accuracy of the numerical Hessian
    np.testing.assert_allclose(checked.falls, checked.expected, rtol=2e-3)
    assert np.ptp(checked.values) > 0


def test_a_quantity_that_was_not_fitted_has_the_default_discrepancy():
    study = plan(data=[measurement("kappa")], discrepancy={})
    now = gj.fisher(study, at=AT)
    found = gj.design(now, T=T, quantities=["heat-capacity"], error=0.05)
    more = with_row(study, "heat-capacity", float(T[2]), 1.0, 0.05)
    assert more.discrepancy["heat-capacity"].amplitude == 0.25
    after = gj.fisher(more, at=AT).covariance()
    expected = entropy(now.covariance()) - entropy(after)
    assert float(found.gain.squeeze()[2]) == pytest.approx(expected, rel=1e-6)


def test_temperatures_for_which_the_theory_is_not_meant_are_left_out(known):
    _, now = known
    found = gj.design(now, T=[1.0, 100.0])  # T_D = 300 K
    assert np.isnan(found.gain.sel(quantity="heat-capacity").values).tolist() == [False, True]
    assert np.isnan(found.gain.sel(quantity="kappa").values).tolist() == [False, False]
    assert not np.isnan(gj.design(now, T=[1.0, 100.0], everywhere=True).gain).any()
    json.loads(found.to_json())
    with pytest.raises(gj.GlassjaxError, match="meant for none of these temperatures"):
        gj.design(now, T=[200.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"about": ["slop"]}, "'slop' is not free in study 'toy', did you mean 'slope'"),
        ({"error": {"kapa": 0.1}}, "no quantity 'kapa' to give an error to, did you mean 'kappa'"),
        ({"error": {"kappa": 5.0}}, "the error of kappa is relative: 5 is 500 %"),
        ({"error": -1.0}, "the error of kappa must be a positive number"),
        ({"n": 0}, "n must be a whole number"),
        ({"scale_error": 1.5}, "scale_error must be relative"),
        ({"quantities": []}, "name one quantity at least"),
        ({"nested": True}, "needs draws"),
    ],
)
def test_bad_requests(known, options, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        gj.design(known[1], **({"T": T} | options))

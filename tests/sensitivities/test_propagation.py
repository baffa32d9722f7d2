"""Shares of a prediction's variance against closed forms and a brute-force average over orders."""

from itertools import permutations

import numpy as np
import pytest

import glassjax as gj
from glassjax.sensitivities.propagation import shapley_shares
from tests.sensitivities.test_information import plan


def over_orders(z, y):
    """What each column adds to R² of least squares, averaged over all orders."""
    d = z.shape[1]

    def r2(columns):
        if not columns:
            return 0.0
        design = np.column_stack([np.ones(len(z)), z[:, columns]])
        left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        return 1 - np.var(left) / np.var(y)

    shares = np.zeros(d)
    orders = list(permutations(range(d)))
    for order in orders:
        for i, column in enumerate(order):
            shares[column] += (r2(list(order[: i + 1])) - r2(list(order[:i]))) / len(orders)
    return shares


def test_shares_are_those_of_all_orders():
    rng = np.random.default_rng(1)
    z = rng.standard_normal((60, 4)) @ rng.standard_normal((4, 4))
    y = z @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.3 * z[:, 0] ** 2
    np.testing.assert_allclose(shapley_shares(z, y[:, None])[:, 0], over_orders(z, y), atol=1e-12)


def test_independent_parameters_share_by_their_variances():
    rng = np.random.default_rng(2)
    z = rng.standard_normal((4000, 2))
    shares = shapley_shares(z, (3 * z[:, 0] + z[:, 1])[:, None])[:, 0]
    np.testing.assert_allclose(shares, [0.9, 0.1], atol=0.02)  # correlation of 4000 draws: 0.016


@pytest.fixture(scope="module")
def fit():
    return plan().maximise()


def test_a_prediction_of_a_linear_theory(fit):
    T = np.array([0.5, 2.0])
    found = gj.propagate(fit, "kappa", T, draws=2000)
    P = gj.fisher(fit).covariance()
    slopes = np.stack([np.ones(2), 0.5 * np.log(T), np.zeros(2)], axis=1)
    # 2000 draws: a standard deviation to 1.6 %
    np.testing.assert_allclose(found["sd"], np.sqrt(np.sum(slopes @ P * slopes, axis=1)), rtol=0.06)
    np.testing.assert_allclose(found["share"].sum("parameter") + found["curvature"], 1.0)
    np.testing.assert_allclose(found["curvature"], 0.0, atol=1e-9)
    middle = np.exp(fit.best["offset"] + fit.best["slope"] * np.log(T))
    np.testing.assert_allclose(found["median"], middle, rtol=0.02)
    assert np.all(found["low"] < found["median"])
    assert found["median"].attrs["units"] == "W/(m K)"
    # two correlated parameters by hand, from the exact covariance
    g, C = slopes[0, :2], P[:2, :2]
    v = [(C[i] @ g) ** 2 / C[i, i] / (g @ C @ g) for i in (0, 1)]
    np.testing.assert_allclose(
        found["share"][:2, 0], [0.5 * (1 + v[0] - v[1]), 0.5 * (1 + v[1] - v[0])], atol=0.05
    )


def test_what_the_theory_misses_has_its_share(fit):
    T = [0.001, 0.5]
    found = gj.propagate(fit, "kappa", T, draws=300, discrepancy=True)
    # far below all rows nothing is known of the discrepancy: its whole variance, 0.2²
    far = float(found["discrepancy"][0]) * float(found["sd"][0]) ** 2
    assert far == pytest.approx(0.2**2, rel=1e-6)
    assert float(found["discrepancy"][1]) * float(found["sd"][1]) ** 2 < 0.5 * far
    total = found["share"].sum("parameter") + found["curvature"] + found["discrepancy"]
    np.testing.assert_allclose(total, 1.0)
    plain = gj.propagate(fit, "expansion", T, draws=300)
    assert plain["sd"].attrs["units"] == "1/K"
    assert float(plain["share"].sel(parameter="bend")[0]) > 0.9


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("kapa", [1.0]), "no quantity 'kapa', did you mean 'kappa'"),
        (("kappa", [-1.0]), "temperatures must be"),
    ],
)
def test_bad_requests(fit, given, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        gj.propagate(fit, *given)
    with pytest.raises(gj.GlassjaxError, match="draws are too few"):
        gj.propagate(fit, "kappa", [1.0], draws=5)

"""Profiles and the pieces of a mixture, on posteriors whose shape is known."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from glassjax.fitting.maximise import climb, laplace
from glassjax.fitting.pieces import FALL, PEAKS, Frame, Piece, peaks, pieces, profile
from glassjax.results.outcome import Peak
from tests.inference.test_maximise import linear_study
from tests.inference.toys import normal
from tests.reliability import shapes


@pytest.fixture(scope="module")
def linear():
    """A Gaussian posterior in three coordinates: likelihood and maximum."""
    likelihood = linear_study().likelihood
    (end,) = climb(likelihood, np.zeros((1, 3)), 200)
    return likelihood, laplace(likelihood, end.end)


def best_of(target, starts=4):
    study = shapes.study_of(target)
    best = study.maximise(starts=starts)
    return study.likelihood, Peak(best.coordinate, best.log_posterior, best.covariance)


def test_a_profile_of_a_gaussian_is_its_parabola_along_the_conditional_means(linear):
    likelihood, peak = linear
    found = profile(likelihood, peak)
    width = np.sqrt(np.diagonal(peak.covariance))
    assert {(point.parameter, np.sign(point.step[point.parameter])) for point in found} == {
        (i, sign) for i in range(3) for sign in (-1, 1)
    }
    for point in found:
        i = point.parameter
        s = (point.z - peak.centre)[i] / width[i]
        expected = peak.centre + s * peak.covariance[:, i] / width[i]
        # corrections end at a slope of 0.3 across the ridge, which is 0.3 deviations and 0.045 in the posterior
        assert peak.log_posterior - point.log_posterior == pytest.approx(s**2 / 2, abs=0.05)
        assert np.all(np.abs(point.z - expected) <= 0.3 * width + 1e-9)
        assert peak.log_posterior - point.log_posterior < FALL


def test_a_gaussian_needs_one_piece(linear):
    likelihood, peak = linear
    (piece,) = pieces(likelihood, [peak], Frame(peak.centre, peak.covariance))
    np.testing.assert_allclose(piece.mean, 0.0, atol=1e-12)
    np.testing.assert_allclose(piece.scale, np.eye(3), atol=1e-9)


def test_one_parameter_has_no_ridge():
    likelihood = linear_study(free={"offset": normal(0.5, 1.0)}).likelihood
    (end,) = climb(likelihood, np.zeros((1, 1)), 200)
    peak = laplace(likelihood, end.end)
    for point in profile(likelihood, peak):
        s = (point.z - peak.centre)[0] / np.sqrt(peak.covariance[0, 0])
        assert peak.log_posterior - point.log_posterior == pytest.approx(s**2 / 2, rel=1e-3)


def test_a_frame_there_and_back():
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]])
    frame = Frame(np.array([1.0, -2.0]), covariance)
    z = np.random.default_rng(0).standard_normal((5, 2))
    np.testing.assert_allclose(frame.back(frame.into(z)), z)
    np.testing.assert_allclose(frame.back(frame.into(z[0])), z[0])
    assert frame.stretch == pytest.approx(0.5 * np.log(np.linalg.det(covariance)))


def test_a_piece_weighs_what_a_gaussian_of_its_height_does():
    """Its density over u, with its weight, has the integral of the Gaussian over z."""
    frame = Frame(np.array([3.0]), np.array([[0.25]]))
    piece = Piece.around(np.array([4.0]), np.array([[0.2]]), -1.5, frame)
    whole, error = quad(lambda u: float(np.exp(piece.log_density(np.array([[u]]))[0])), -200, 200, points=[2])
    gaussian, _ = quad(lambda z: np.exp(-1.5 - 0.5 * ((z - 4.0) / 0.2) ** 2), 2, 6)
    assert error < 1e-6
    assert whole == pytest.approx(gaussian, rel=1e-6)
    assert piece.mean[0] == pytest.approx(2.0)


def test_a_flat_piece_is_thick_enough_to_draw_from():
    frame = Frame(np.zeros(2), np.eye(2))
    piece = Piece.around(np.zeros(2), np.diag([1.0, 1e-9]), 0.0, frame)
    np.testing.assert_allclose(np.diagonal(piece.scale), [1.0, 1e-8], rtol=1e-6)
    assert np.isfinite(piece.log_density(np.zeros((1, 2)))).all()


def test_pieces_lie_along_a_hook_and_hold_its_shoulder():
    likelihood, peak = best_of(shapes.hook())
    frame = Frame(peak.centre, peak.covariance)
    found = pieces(likelihood, [peak], frame)
    values = likelihood.constrain(jnp.asarray(frame.back(np.stack([piece.mean for piece in found]))))
    x1, x2 = np.asarray(values["x1"]), np.asarray(values["x2"])
    np.testing.assert_allclose(x2, np.tanh(2 * x1), atol=0.03)
    assert np.any(x1 > 0.8)
    shoulder = np.exp([piece.log_weight for piece in found])[x1 > 0.5].sum()
    whole = np.exp(found[0].log_weight)  # of the peak, half of the mass
    assert shoulder / whole > 0.5


def test_draws_along_a_hook_have_its_moments():
    """Half of the mass lies twelve deviations from the maximum; within 4 standard errors of quadrature."""
    for fit, off in shapes.weigh(shapes.hook(), 2):
        assert fit.pareto_k < 0.7
        assert max(map(abs, off.values())) < 4, off


@pytest.mark.parametrize(("apart", "share"), [(4.5, 0.5), (12.0, 0.5), (9.0, 0.2)])
def test_draws_of_two_modes_are_shared_between_them(apart, share):
    target = shapes.two_modes(apart, share)
    for fit, _ in shapes.weigh(target, 2):
        above = float(np.mean(fit.draws["x1"] > 0))
        assert above == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / fit.effective_draws))
        assert shapes.told(target, fit), fit.summary()
        assert not any("intervals miss it" in reason for reason in fit.verdict.reasons)


def test_maxima_far_below_or_at_the_same_place_do_not_count():
    likelihood, peak = best_of(shapes.two_modes(8.0, 0.4))
    other = np.asarray(likelihood.unconstrain({"x1": 4.0, "x2": 0.0}))
    ends = np.stack([peak.centre, peak.centre + 0.1, other, other + 0.01])
    values = [-likelihood.evaluate(z)[0] for z in ends]
    found = peaks(likelihood, peak, ends, np.array(values))
    assert len(found) == 2
    assert float(likelihood.constrain(jnp.asarray(found[1].centre))["x1"]) == pytest.approx(4.0, abs=0.01)
    np.testing.assert_allclose(np.diagonal(found[1].covariance), [1 / 25, 1.0], rtol=0.01)
    assert len(peaks(likelihood, peak, ends, np.array(values) - [0, 0, 11, 11])) == 1
    many = peak.centre + np.outer(np.arange(1, 9), [0.0, 5.0])
    assert len(peaks(likelihood, peak, many, np.full(8, peak.log_posterior))) == PEAKS


@pytest.mark.slow
def test_tails_of_a_banana_are_seen():
    """The variance of x2 = x1² + 0.5 e is that of its horns, at ± 3 deviations of x1 and beyond."""
    target = shapes.banana()
    fits = [fit for fit, _ in shapes.weigh(target, 8)]
    found = [np.mean((fit.draws["x2"] - 1.0) ** 2) for fit in fits]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - 2.25) < stats.t.ppf(0.999, len(found) - 1) * error
    assert error < 0.1

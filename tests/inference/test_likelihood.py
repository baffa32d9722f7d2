import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro.infer import Predictive, log_likelihood
from numpyro.infer.util import log_density
from scipy.stats import multivariate_normal

from glassjax import Study
from glassjax.problem.blocks import leave_one_out
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

LENGTH, AMPLITUDE = 0.7, 0.3


def study(**changes):
    plan = {
        "glass": GLASS,
        "theory": PowerLaw(),
        "data": [
            measurement("kappa"),
            measurement("kappa", n=5, seed=2, scale=0.2),
            measurement("heat-capacity", n=4, seed=3, kind="statement", degrees_of_freedom=2),
            measurement("expansion", n=3),
        ],
        "free": {
            "offset": normal(0, 1),
            "slope": {"distribution": "uniform", "low": 0, "high": 2},
            "bend": normal(0, 1),
        },
        "discrepancy": {
            "kappa": {"amplitude": AMPLITUDE, "length": LENGTH},
            "heat-capacity": False,
            "expansion": {"amplitude": 2e-10, "kernel": "squared-exponential"},
        },
    }
    return Study(**{**plan, **changes})


def matern(T, amplitude, length):
    r = np.sqrt(5) * np.abs(np.subtract.outer(np.log(T), np.log(T))) / length
    return amplitude**2 * (1 + r + r**2 / 3) * np.exp(-r)


def by_hand(plan, offset, slope, bend):
    """Joint log likelihood of every quantity, from scipy."""
    first, second, heat, expansion = plan.measurements()
    T = np.concatenate([first.temperature, second.temperature])
    noise = np.zeros((len(T), len(T)))
    noise[: len(first), : len(first)] = first.covariance()
    noise[len(first) :, len(first) :] = second.covariance()
    kappa = multivariate_normal(offset + slope * np.log(T), noise + matern(T, AMPLITUDE, LENGTH))
    logs = np.log(heat.temperature)
    C = multivariate_normal(offset + 1 + 2 * slope * logs, heat.covariance())
    x = np.log(expansion.temperature)
    smooth = 0.2**2 * np.exp(-(np.subtract.outer(x, x) ** 2) / (2 * 0.5**2))
    alpha = multivariate_normal(bend + expansion.temperature, expansion.covariance() * 1e18 + smooth)
    return {
        "kappa": kappa.logpdf(np.log(np.concatenate([first.value, second.value]))),
        "heat-capacity": C.logpdf(np.log(heat.value)),
        "expansion": alpha.logpdf(expansion.value * 1e9),
    }


def means_of(likelihood, values):
    return {quantity: np.asarray(mean) for quantity, mean in likelihood.means(values).items()}


VALUES = {"offset": 0.2, "slope": 0.9, "bend": 0.4}


def test_marginal_likelihood_agrees_with_scipy():
    plan = study()
    likelihood = plan.likelihood
    joint, _ = likelihood.log_likelihoods(means_of(likelihood, VALUES), VALUES)
    for quantity, expected in by_hand(plan, **VALUES).items():
        assert float(joint[quantity]) == pytest.approx(expected, rel=1e-9)


def test_numpyro_agrees_with_our_density():
    plan = study()
    likelihood = plan.likelihood
    draws = {name: jnp.array([value]) for name, value in VALUES.items()}
    found = log_likelihood(likelihood.model, draws)
    joint, _ = likelihood.log_likelihoods(means_of(likelihood, VALUES), VALUES)
    for quantity, value in joint.items():
        assert float(found[quantity][0]) == pytest.approx(float(value), rel=1e-10)
    z = likelihood.unconstrain(VALUES)
    density, _ = log_density(likelihood.model, (), {}, VALUES)
    jacobian = [
        likelihood.transforms[name].log_abs_det_jacobian(w, None) for name, w in zip(VALUES, z, strict=True)
    ]
    expected = -density - sum(jacobian)
    assert float(likelihood.potential(z)) == pytest.approx(float(expected), rel=1e-12)
    (value, means), gradient = likelihood.value_and_gradient(z)
    assert float(value) == pytest.approx(float(expected), rel=1e-12)
    np.testing.assert_allclose(gradient, jax.grad(likelihood.potential)(z), rtol=1e-10)
    np.testing.assert_allclose(means["kappa"], likelihood.means(VALUES)["kappa"], rtol=1e-12)


def test_numpyro_draws_parameters_from_the_prior():
    plan = study(data=[measurement("kappa", n=3)], free={"offset": normal(1, 2)}, discrepancy=False)
    drawn = Predictive(plan.likelihood.model, num_samples=500)(jax.random.key(0))
    assert float(drawn["offset"].mean()) == pytest.approx(1.0, abs=0.3)
    assert float(drawn["offset"].std()) == pytest.approx(2.0, abs=0.2)


def test_coordinates_go_there_and_back():
    likelihood = study().likelihood
    z = jnp.array([[0.3, -0.2, 1.0], [0.0, 2.0, -1.0]])
    np.testing.assert_allclose(likelihood.unconstrain(likelihood.constrain(z)), z, rtol=1e-10)
    np.testing.assert_allclose(
        likelihood.compiled.unconstrain(likelihood.compiled.constrain(z)), z, rtol=1e-10
    )


def test_leave_one_out_agrees_with_conditioning():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((6, 6))
    sigma = root @ root.T + np.eye(6)
    residual = rng.standard_normal(6)
    found = leave_one_out(residual, np.linalg.cholesky(sigma))
    for i in range(6):
        rest = [j for j in range(6) if j != i]
        weights = np.linalg.solve(sigma[np.ix_(rest, rest)], sigma[rest, i])
        mean, variance = weights @ residual[rest], sigma[i, i] - weights @ sigma[rest, i]
        expected = -0.5 * np.log(2 * np.pi * variance) - 0.5 * (residual[i] - mean) ** 2 / variance
        assert float(found[i]) == pytest.approx(expected, rel=1e-10)


def test_rows_at_one_temperature_are_evaluated_once():
    plan = study(data=[measurement("kappa"), measurement("kappa", seed=5)])
    (block,) = plan.likelihood.blocks
    assert len(block.temperature) == 12
    assert len(block.observed) == 24
    assert plan.likelihood.means(VALUES)["kappa"].shape == (24,)


def test_discrepancy_is_conditioned_on_the_residuals():
    plan = study(data=[measurement("kappa", noise=1e-4)])
    (block,) = plan.likelihood.blocks
    residual = np.sin(np.log(block.row_temperature))
    weights, covariance = block.gain(block.temperature, {})
    np.testing.assert_allclose(weights @ residual, residual, atol=1e-3)
    assert np.all(np.diagonal(covariance) < 1e-6)
    far_weights, far = block.gain(np.array([1e6]), {})
    assert (far_weights @ residual)[0] == pytest.approx(0, abs=1e-3)
    assert far[0, 0] == pytest.approx(AMPLITUDE**2, rel=1e-3)


def test_free_discrepancy_changes_the_covariance():
    free = {
        "offset": normal(0, 1),
        "discrepancy.kappa.amplitude": {"distribution": "half-normal", "scale": 0.3},
    }
    plan = study(data=[measurement("kappa")], free=free, discrepancy=None)
    likelihood = plan.likelihood
    (block,) = likelihood.blocks
    for amplitude in (0.1, 0.4):
        values = {"offset": 0.3, "discrepancy.kappa.amplitude": amplitude}
        joint, _ = likelihood.log_likelihoods(means_of(likelihood, values), values)
        sigma = block.noise + matern(block.row_temperature, amplitude, 0.5)
        expected = multivariate_normal(0.3 + np.log(block.row_temperature), sigma).logpdf(block.observed)
        assert float(joint["kappa"]) == pytest.approx(expected, rel=1e-8)


def test_single_precision_stays_finite():
    plan = study()
    potential = jax.jit(jax.value_and_grad(plan.likelihood.potential))
    jax.config.update("jax_enable_x64", False)
    try:
        value, gradient = potential(jnp.array([0.2, 0.1, 0.4], dtype=jnp.float32))
        assert value.dtype == jnp.float32
        assert np.isfinite(value)
        assert np.all(np.isfinite(gradient))
    finally:
        jax.config.update("jax_enable_x64", True)

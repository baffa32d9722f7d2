"""The free scale of each data set: integrated out of the likelihood, and found again."""

import json

import numpy as np
import pytest

from glassjax import Study
from glassjax.results.misfit import scales
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

PRIOR = 0.15


def two_sets(**second):
    """One curve for two data sets of the heat capacity, the second with a scale of its own."""
    return Study(
        glass=GLASS,
        theory=PowerLaw(),
        data=[
            measurement("heat-capacity", n=5, seed=3, noise=0.05),
            measurement("heat-capacity", n=9, seed=4, noise=0.05, **second),
        ],
        free={"offset": normal(0.5, 0.2), "slope": 0.8},
        discrepancy={"heat-capacity": {"amplitude": 0.1, "length": 0.5}},
    )


def joint(plan, own):
    """Mean and standard deviation of the scale, and its covariance with the offset (offset first), in closed form."""
    block = plan.likelihood.blocks[0]
    other = [entry.used for entry in plan.fitted]
    n = [len(m) for m in other]
    error = np.concatenate([m.error / m.value for m in other])
    logs = np.log(block.row_temperature)
    r = np.sqrt(5) * np.abs(logs[:, None] - logs) / 0.5
    noise = np.diag(error**2) + 0.1**2 * (1 + r + r**2 / 3) * np.exp(-r)
    design = np.stack([np.ones(sum(n)), np.repeat([0.0, 1.0], n)], axis=1)
    before = np.array([0.2, own]) ** -2.0
    covariance = np.linalg.inv(np.diag(before) + design.T @ np.linalg.solve(noise, design))
    left = np.concatenate([np.log(m.value) for m in other]) - 1 - 1.6 * logs
    mean = covariance @ (before * [0.5, 0.0] + design.T @ np.linalg.solve(noise, left))
    return mean[1], np.sqrt(covariance[1, 1]), covariance


@pytest.fixture(scope="module")
def plan():
    return two_sets(offset=0.3 + np.log(1.3), scale=PRIOR)  # 30 % high


def test_draws_give_the_posterior_of_the_scale(plan):
    """Everything is normal, so the two data sets with offset and scale have a posterior in closed form."""
    post = plan.laplace(draws=4000, seed=1)
    (found,) = post.misfits[0].scales
    mean, sd, _ = joint(plan, PRIOR)
    assert found.data == "toy-heat-capacity"
    assert found.prior == PRIOR
    assert not found.held
    assert found.mean == pytest.approx(mean, abs=0.15 * sd)  # of a hundred draws
    assert found.sd == pytest.approx(sd, rel=0.1)
    assert 0.05 < found.mean < 0.3
    assert f"{found.mean:+.2g} ± {found.sd:.2g} over the posterior" in post.summary()
    assert json.loads(post.to_json())["fit"][0]["scales"][0]["mean"] == found.mean


def test_at_the_maximum_the_parameters_are_held(plan):
    best = plan.maximise(starts=2)
    (found,) = best.misfits[0].scales
    mean, sd, covariance = joint(plan, PRIOR)
    assert found.held
    assert found.mean == pytest.approx(mean, rel=1e-3)
    assert found.sd == pytest.approx(np.linalg.inv(covariance)[1, 1] ** -0.5, rel=1e-6)
    assert found.sd < sd
    assert "parameters held" in best.summary()


def test_scale_errors_are_integrated_out_exactly(plan):
    """The same curve with the scale as a free parameter: as good at the maximum, where it is what was found."""
    alone = plan.data[1].measurement
    one = Study(glass=GLASS, theory=PowerLaw(), data=[alone], free={"offset": normal(0.5, 0.2)}).maximise(
        starts=2
    )
    (found,) = one.misfits[0].scales
    bare = measurement("heat-capacity", n=9, seed=4, noise=0.05, offset=0.3 + np.log(1.3))
    free = {"offset": normal(0.5, 0.2), "scale.heat-capacity": normal(0.0, PRIOR)}
    best = Study(glass=GLASS, theory=PowerLaw(), data=[bare], free=free).maximise(starts=2)
    assert found.mean == pytest.approx(best.best["scale.heat-capacity"], rel=1e-4)
    assert one.best["offset"] == pytest.approx(best.best["offset"], rel=1e-4)


def test_the_expansion_has_a_scale_of_its_values():
    """1 + s of the measured values in place of its logarithm."""
    data = [measurement("expansion", n=4, scale=0.2)]
    plan = Study(
        glass=GLASS, theory=PowerLaw(), data=data, free={"bend": normal(0.0, 2.0)}, discrepancy=False
    )
    block = plan.likelihood.blocks[0]
    value, error = data[0].value * 1e9, data[0].error * 1e9
    (found,) = scales(block, plan.fitted, [(0.9 * value, {})])
    precision = 1 / 0.2**2 + np.sum((value / error) ** 2)
    assert found.sd == pytest.approx(precision**-0.5, rel=1e-9)
    assert found.mean == pytest.approx(np.sum(value * 0.1 * value / error**2) / precision, rel=1e-9)


def test_data_without_a_scale_error_have_none():
    plan = Study(glass=GLASS, theory=PowerLaw(), data=[measurement()], free={"offset": normal(0.5, 1.0)})
    best = plan.maximise(starts=1)
    assert best.misfits[0].scales == ()
    assert "scale of" not in best.summary()

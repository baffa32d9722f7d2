"""BFGS, Levenberg-Marquardt and Adam end at the same maximum."""

import jax.numpy as jnp
import numpy as np
import pytest

from glassjax import StudyError, load_result
from glassjax.problem.study_file import Sampler
from tests.inference.test_maximise import exact, linear_study
from tests.inference.toys import Cliff, PowerLaw, measurement, normal

METHODS = ("bfgs", "levenberg-marquardt", "adam")


class Bent(PowerLaw):
    """Nonlinear in both parameters, and badly scaled."""

    def thermal_conductivity(self, T, glass):
        logs = jnp.log(jnp.asarray(T))
        return jnp.exp(self.offset * jnp.tanh(self.slope * logs) + 0.1 * jnp.exp(self.offset) * logs)


def bent_study(**changes):
    free = {"offset": normal(0.5, 1.0), "slope": {"distribution": "uniform", "low": 0.0, "high": 3.0}}
    plan = {"theory": Bent(), "data": [measurement("kappa")], "free": free}
    return linear_study(**{**plan, **changes})


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_problem_is_solved_exactly(method):
    study = linear_study()
    best = study.maximise(method=method, starts=3)
    np.testing.assert_allclose(list(best.best.values()), exact(study)[0], rtol=1e-5)
    assert best.method == method
    assert best.verdict.sampler.ok, best.verdict
    assert all(outcome["log_posterior"] is not None for outcome in best.starts)


def test_a_nonlinear_problem_has_one_maximum_for_all():
    study = bent_study()
    found = {method: study.maximise(method=method, starts=4) for method in METHODS}
    for method in METHODS:
        np.testing.assert_allclose(
            list(found[method].best.values()), list(found["bfgs"].best.values()), rtol=1e-5
        )
        assert found[method].log_posterior == pytest.approx(found["bfgs"].log_posterior, abs=1e-8)
    assert "(Levenberg-Marquardt)" in found["levenberg-marquardt"].summary()


def test_a_free_discrepancy_keeps_its_determinant():
    discrepancy = {"kappa": {"amplitude": {"distribution": "half-normal", "scale": 0.3}, "length": 0.5}}
    study = bent_study(discrepancy=discrepancy)
    found = [study.maximise(method=method, starts=2) for method in METHODS[:2]]
    np.testing.assert_allclose(list(found[0].best.values()), list(found[1].best.values()), rtol=1e-4)
    z = np.array([0.2, -0.3, 0.4])
    value, gradient, information = study.likelihood.information(z)
    assert value == pytest.approx(study.likelihood.evaluate(z)[0], abs=1e-8)
    np.testing.assert_allclose(gradient, study.likelihood.evaluate(z)[1], rtol=1e-6, atol=1e-9)
    assert np.all(np.linalg.eigvalsh(information) > 0)


def test_information_of_a_linear_problem_is_the_inverse_covariance():
    study = linear_study()
    scale = np.array([1.0, 0.3, 2.0])
    _, _, information = study.likelihood.information(np.zeros(3))
    np.testing.assert_allclose(
        np.linalg.inv(information) * np.outer(scale, scale), exact(study)[1], rtol=1e-5
    )


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_barrier_holds(method):
    free = {"offset": normal(0.5, 1.0), "slope": {"distribution": "uniform", "low": 0.0, "high": 3.0}}
    study = linear_study(theory=Cliff(), data=[measurement("kappa", slope=1.1)], free=free)
    assert study.maximise(method=method, starts=4).best["slope"] < 1.2


def test_the_method_is_a_setting_and_is_kept(tmp_path):
    best = bent_study(sampler={"method": "adam", "starts": 2}).maximise()
    assert best.method == "adam"
    assert any(outcome["reason"].startswith(("followed", "converged")) for outcome in best.starts)
    assert load_result(best.save(tmp_path / "maximum.nc")).method == "adam"
    with pytest.raises(StudyError, match="did you mean 'adam'"):
        bent_study(sampler={"method": "adan"})
    with pytest.raises(StudyError, match="did you mean 'vectorised'"):
        Sampler.parse({"chain_method": "vectorized"})


def test_a_file_of_the_first_format_still_loads(tmp_path):
    import json

    best = bent_study().maximise(starts=1)
    tree = best.tree.copy()
    tree.attrs["format_version"] = 1
    settings = json.loads(tree.attrs["settings"])
    study = json.loads(tree.attrs["study"])
    for table in (settings, study["sampler"]):
        del table["method"], table["chain_method"]
    tree.attrs |= {"settings": json.dumps(settings), "study": json.dumps(study)}
    tree.to_netcdf(tmp_path / "old.nc", engine="h5netcdf")
    old = load_result(tmp_path / "old.nc")
    assert old.method == "bfgs"
    assert old.best == best.best
    assert old.log_evidence == best.log_evidence


def test_vectorised_chains_are_valid():
    study = linear_study(
        sampler={"chain_method": "vectorised", "chains": 4, "warmup": 100, "draws": 400, "starts": 2}
    )
    post = study.sample(progress=False)
    mean, covariance = exact(study)
    draws = np.stack(list(post.draws.values()), axis=1)
    np.testing.assert_allclose((draws.mean(axis=0) - mean) / np.sqrt(np.diagonal(covariance)), 0, atol=0.2)
    assert post.tree["posterior"]["slope"].shape == (4, 400)
    assert post.verdict.sampler.ok, post.verdict
    assert len(np.unique(post.tree["posterior"]["slope"])) > 1500

"""Studies of one structure use one program, and find what each finds with its own."""

import jax
import jax.monitoring
import jax.numpy as jnp
import numpy as np
import pytest

from glassjax import Study
from glassjax.problem.sharing import SharedPrograms, size_for, structure
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

COMPILED = "/jax/core/compile/backend_compile_duration"


@pytest.fixture
def compilations():
    """A list that gets an entry for every program that JAX compiles."""
    seen = []

    def listen(event, seconds, **details):
        if event == COMPILED:
            seen.append(seconds)

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield seen
    jax.monitoring.unregister_event_duration_listener(listen)


def plain(number, n=12, **changes):
    """Two quantities, everything about them fixed: the covariance is a constant."""
    arguments = {
        "glass": GLASS.replace(name=f"glass {number}", glass_temperature=1000.0 + 10 * number),
        "theory": PowerLaw(bend=0.1 * number),
        "data": [
            measurement(n=n, seed=number, scale=0.02 * number),
            measurement("heat-capacity", n=n - 2, seed=50 + number),
        ],
        "free": {"offset": normal(0.1 * number, 1.0), "slope": uniform(-1.0, 2.0 + number)},
        "discrepancy": {"kappa": {"amplitude": 0.2 + 0.01 * number}, "heat-capacity": False},
        "parameters": {"noise.heat-capacity": 0.01 * (1 + number)},
        "sampler": {"starts": 2, "chains": 1, "warmup": 40, "draws": 60},
        "name": f"plain {number}",
    }
    return Study(**{**arguments, **changes})


def tied(number, n=12):
    """Everything that can be free or tied is: the covariance moves."""
    free = {
        "offset": {"tie": "nuisance.f - 0.5 + 0 * glass_tg"},
        "nuisance.f": {"distribution": "beta", "a": 2.0 + number, "b": 2.0},
        "slope": {"distribution": "half-normal", "scale": 1.0 + 0.1 * number},
        "density": {"distribution": "normal", "mean": 2000.0 + number, "sd": 100.0, "low": 0.0},
        "noise.kappa": {"distribution": "log-normal", "median": 0.05 + 0.01 * number, "spread": 0.5},
        "scale.kappa": {"distribution": "beta", "a": 2.0, "b": 2.0, "low": -0.1, "high": 0.1 + 0.1 * number},
    }
    spread = {"distribution": "log-normal", "median": 0.2, "spread": 0.5 + 0.1 * number}
    return plain(
        number,
        n,
        free=free,
        discrepancy={"kappa": {"amplitude": spread, "length": 0.4 + 0.1 * number}, "heat-capacity": False},
    )


def uniform(low, high):
    return {"distribution": "uniform", "low": low, "high": high}


@pytest.mark.parametrize("make", [plain, tied])
def test_posterior_of_a_shared_program_is_that_of_each_alone(make):
    """All numbers different, and the numbers of rows: value, gradient and means to rounding."""
    shared = SharedPrograms()
    shared.share(make(0, 12))  # whose program it is
    alone, other = make(1, 14), make(1, 14)
    shared.share(other)
    ours, theirs = other.likelihood, alone.likelihood
    z = np.linspace(-0.7, 0.9, ours.dimension)
    for mine, right in zip(ours.evaluate(z), theirs.evaluate(z), strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-10, atol=1e-9)
    for quantity, mean in theirs.means_at(z).items():
        np.testing.assert_allclose(ours.means_at(z)[quantity], mean, rtol=1e-12, atol=1e-12)
    values = ours.compiled.constrain(z)
    np.testing.assert_allclose(ours.compiled.unconstrain(values), z, atol=1e-8)
    for name, value in theirs.constrain(jnp.asarray(z)).items():
        np.testing.assert_allclose(values[name], value, rtol=1e-12)
    assert shared.structures == 1


@pytest.mark.slow
def test_other_programs_agree_too():
    """Information of the rows, potential without gradient, gradient of the prior: of the last study that shares."""
    shared = SharedPrograms()
    shared.share(tied(0, 12))
    alone, other = tied(1, 11), tied(1, 11)
    shared.share(other)
    z = np.linspace(-0.5, 0.8, other.likelihood.dimension)
    ours, theirs = (study.likelihood for study in (other, alone))
    for mine, right in zip(ours.information(z), theirs.information(z), strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-9, atol=1e-8)
    value, means = ours.value_and_means(z)
    assert np.isclose(value, ours.information(z)[0], rtol=1e-12)
    assert {quantity: len(mean) for quantity, mean in means.items()} == {"kappa": 11, "heat-capacity": 9}
    np.testing.assert_allclose(ours.log_prior_gradient(z), theirs.log_prior_gradient(z), atol=1e-10)


def test_second_study_of_a_structure_compiles_nothing(compilations):
    shared = SharedPrograms()
    first, second = plain(1, 12), plain(2, 14)
    shared.share(first)
    first.maximise()
    before, traces = len(compilations), shared.traces
    assert before > 0
    shared.share(second)
    found = second.maximise()
    assert len(compilations) == before
    assert shared.traces == traces
    right = plain(2, 14).maximise()
    np.testing.assert_allclose(found.coordinate, right.coordinate, atol=1e-6)
    np.testing.assert_allclose(found.covariance, right.covariance, rtol=1e-5)
    np.testing.assert_allclose(found.log_evidence.value, right.log_evidence.value, atol=1e-8)


@pytest.mark.slow
def test_second_study_that_is_sampled_compiles_nothing(compilations):
    shared = SharedPrograms()
    first, second = plain(1, 12), plain(2, 14)
    for study in (first, second):
        shared.share(study)
        before = len(compilations)
        drawn = study.sample(start=study.maximise())
    assert len(compilations) == before
    alone = plain(2, 14)
    right = alone.sample(start=alone.maximise())
    np.testing.assert_allclose(np.mean(drawn.draws["slope"]), np.mean(right.draws["slope"]), rtol=1e-3)


def test_what_is_compiled_in_makes_another_structure():
    sizes = {"kappa": (16, 16), "heat-capacity": (16, 16)}
    same = structure(plain(0), sizes)
    assert structure(plain(3), sizes) == same

    class Other(PowerLaw):
        pass

    for changes in (
        {"theory": Other()},
        {"free": {"offset": normal(0.0, 1.0), "slope": normal(0.0, 1.0)}},
        {"free": {"offset": normal(0.0, 1.0), "slope": {"tie": "2 * offset"}}},
        {"parameters": {}},
        {"discrepancy": {"kappa": {"kernel": "squared-exponential"}, "heat-capacity": False}},
        {"discrepancy": False},
    ):
        assert structure(plain(0, **changes), sizes) != same
    assert structure(plain(0), sizes | {"kappa": (16, 24)}) != same


def test_programs_last_used_are_kept():
    shared = SharedPrograms(most=2)
    for n in (8, 20, 28, 20):
        shared.share(plain(0, n))
    assert shared.structures == 2
    assert [size_for(n) for n in (1, 8, 9, 64, 65, 256, 257)] == [8, 8, 16, 64, 96, 256, 384]


@pytest.mark.slow
def test_simulated_data_share_too(compilations):
    shared = SharedPrograms()
    study = plain(0)
    shared.share(study)
    simulated = study.simulate({"offset": 0.2, "slope": 0.9}, seed=3)
    simulated.maximise()
    before = len(compilations)
    other = study.simulate({"offset": 0.1, "slope": 0.8}, seed=4)
    z = np.array([0.1, 0.2])
    value = other.likelihood.evaluate(z)[0]
    assert len(compilations) == before
    alone = plain(0).simulate({"offset": 0.1, "slope": 0.8}, seed=4)
    np.testing.assert_allclose(value, alone.likelihood.evaluate(z)[0], rtol=1e-9)

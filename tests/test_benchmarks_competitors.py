"""The theory written once more in NumPy and numba agrees with glassjax, and so does its posterior."""

import importlib
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

import glassjax as gj
from glassjax.theory import evaluate

FOLDER = Path(__file__).parents[1] / "benchmarks"
T = {
    "kappa": np.geomspace(0.05, 100.0, 11),
    "heat-capacity": np.geomspace(0.05, 40.0, 11),
    "expansion": np.geomspace(0.05, 20.0, 11),
}
MATERIALS = [
    {"softening": 0.4, "c": 0.03, "B": 160.0, "R": 230.0, "A1": 0.07, "gamma0": -8.0},
    {
        "glass_temperature": 900.0,
        "debye_temperature": 180.0,
        "density": 1300.0,
        "sound_speed": 2500.0,
        "softening": 0.65,
        "c": 0.12,
        "B": 40.0,
        "R": 60.0,
        "A1": 0.04,
        "gamma0": 3.0,
    },
    {
        "glass_temperature": 400.0,
        "debye_temperature": 125.0,
        "softening": 0.1,
        "c": 0.0,
        "B": 0.0,
        "xi": 5.5,
        "fragility": 60.0,
        "lattice_b": 3e-12,
        "time": 0.1,
        "floor": 0.7,
    },
]
TOLERANCE = 2e-4


def load(name):
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def plain():
    return load("competitors.numpy_theory")


@pytest.fixture(scope="module")
def known(plain):
    """Glassjax's answers for `MATERIALS`, compiled once."""
    constants = ("glass_temperature", "debye_temperature", "density", "sound_speed", "fragility")
    parameters = ("softening", "c", "B", "R", "A1", "xi", "gamma0", "lattice_b", "floor")

    @jax.jit
    def answers(values):
        glass = gj.Glass(name="any", **{name: values[name] for name in constants})
        theory = gj.LubchenkoWolynes.as_printed(counting="saddle", sums="direct").at(
            {name: values[name] for name in parameters}, glass
        )
        return {q: evaluate(theory, q, at, glass, values["time"]) for q, at in T.items()}

    return [answers(vars(plain.Material(**values))) for values in MATERIALS]


def check(answers, plain, known):
    for values, truth in zip(MATERIALS, known, strict=True):
        found = answers(T, plain.Material(**values))
        assert set(found) == set(truth)
        for quantity, value in found.items():
            # the expansion changes its sign: relative to what it is made of
            scale = np.maximum(np.abs(truth[quantity]), 0.05 * np.max(np.abs(truth[quantity])))
            if quantity != "expansion":
                scale = np.abs(truth[quantity])
            assert np.max(np.abs(value - truth[quantity]) / scale) < TOLERANCE, quantity


def test_script_agrees(plain, known):
    check(plain.answers, plain, known)


def test_fast_script_agrees(plain, known):
    check(load("competitors.numpy_fast").answers, plain, known)


def test_numba_loops_agree(plain, known, monkeypatch):
    """The loops as Python runs them: compiling takes longer than all the rest here."""
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    monkeypatch.delitem(sys.modules, "competitors.numba_theory", raising=False)
    program = load("competitors.numba_theory")
    kernels = program.kernels(False)
    check(lambda temperatures, m: program.answers(temperatures, m, kernels), plain, known)
    sys.modules.pop("competitors.numba_theory")


@pytest.mark.slow
@pytest.mark.parametrize("parallel", [False, True])
def test_compiled_numba_agrees(plain, known, parallel):
    pytest.importorskip("numba")
    program = load("competitors.numba_theory")
    kernels = program.kernels(parallel)
    check(lambda temperatures, m: program.answers(temperatures, m, kernels), plain, known)


@pytest.fixture(scope="module")
def study():
    return gj.Study.load("a-SiO2-saddle")


@pytest.fixture(scope="module")
def posterior(study):
    return load("competitors.posterior").Posterior(study, load("competitors.numpy_fast").answers)


def test_posterior_agrees(study, posterior):
    """Normalised alike, so that the densities themselves agree."""
    points = np.random.default_rng(3).normal(scale=0.7, size=(4, len(study.free)))
    program = jax.jit(study.likelihood.log_posterior)
    for z in points:
        assert posterior.log_posterior(z) == pytest.approx(float(program(z)), abs=0.03)


def test_residuals_are_the_posterior(posterior):
    """Minus half the squares differs from the log posterior by a constant, at bounded priors too."""
    points = np.random.default_rng(4).normal(size=(4, len(posterior.priors)))
    offsets = [-0.5 * np.sum(posterior.residuals(z) ** 2) - posterior.log_posterior(z) for z in points]
    np.testing.assert_allclose(offsets, offsets[0], atol=1e-9)


def test_priors_of_the_posterior_are_those_of_the_study(study, posterior):
    """Each density over z integrates to one, and the parameters' quantiles are SciPy's."""
    z = np.linspace(-8, 8, 4001)
    for name, score in posterior.priors.items():
        density = np.exp([score.log_density(one) for one in z])
        assert np.trapezoid(density, z) == pytest.approx(1, abs=1e-8)
        below = np.trapezoid(density[z <= 0.5], z[z <= 0.5])
        assert study.free[name].frozen.cdf(score.parameter(0.5)) == pytest.approx(below, abs=1e-6)


def test_a_study_that_is_not_written_is_refused(study):
    other = gj.Study.load("a-SiO2-debye")
    with pytest.raises(ValueError, match="not written here"):
        load("competitors.posterior").Posterior(other, None)


def test_speed_in_turns(monkeypatch):
    """Two candidates without JAX at few temperatures: rows are complete, and results those of the rivals."""
    speed = load("speed")
    monkeypatch.setattr(speed, "TEMPERATURES", {q: at[::5] for q, at in T.items()})
    rows, results = speed.measured(("script", "fast"), "value", 1)
    assert rows["script"]["ratio"] == 1
    assert {"task", "candidate", "precision", "counting", "ms", "quartiles_ms", "compile_s"} <= set(
        rows["fast"]
    )
    assert speed.deviation(results["script"], results["script"], "value") == 0
    assert 0 < speed.deviation(results["fast"], results["script"], "value") < TOLERANCE


def test_finite_differences(plain):
    """Elasticities of a power law are its exponents."""
    speed = load("speed")
    material = plain.Material(**speed.PARAMETERS)
    result = speed.differences(lambda m: {"kappa": np.array([m.R * m.B**2, 3 / m.density])}, material)
    exponents = {"R": 0.5, "B": 1.0, "density": -0.5}
    for name, elasticity in speed.flat(result).items():
        assert elasticity == pytest.approx(exponents.get(name, 0.0), abs=1e-3)


def test_stretch_moves_on_a_gaussian():
    """Effective draws of a unit normal in three dimensions: fewer than draws, and enough to have mixed."""
    pytest.importorskip("emcee")
    fitting = load("fitting")
    begins = np.random.default_rng(5).normal(size=(12, 3))
    found = fitting.stretch(lambda z: -0.5 * float(z @ z), begins, 400, vectorised=False)
    assert 5 < found["tau"] < 100
    assert found["ess"] == pytest.approx(12 * 300 / found["tau"])


def test_scipy_finds_the_maximum_of_a_quadratic():
    """Known end: residuals that are linear in z."""
    fitting = load("fitting")
    end = np.array([0.3, -0.2])

    class Quadratic:
        priors = ("a", "b")

        def residuals(self, z):
            return np.append(2 * (z - end), 0.5 * np.sum(z - end))

        def log_posterior(self, z):
            return -0.5 * float(np.sum(self.residuals(z) ** 2))

    class Known:
        coordinate, covariance = end, np.eye(2)

    row = fitting.scipy_maximum("a quadratic", Quadratic(), Known())
    np.testing.assert_allclose(row["end"], end, atol=1e-6)
    assert row["apart"] < 1e-6
    assert row["evaluations"] >= 4


def test_counting_shares_the_timing():
    counting = load("counting")
    assert counting.in_turns is load("timing").in_turns

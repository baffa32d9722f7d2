import json

import jax.numpy as jnp
import numpy as np
import pytest

from glassjax import Study, StudyError
from glassjax.fitting.validate import Finding
from glassjax.plotting import prior
from glassjax.problem.selection import DataSet
from glassjax.theory import Parameter
from tests.inference.toys import GLASS, Cliff, PowerLaw, measurement, normal


class Hole(PowerLaw):
    """κ is no number above 10 K where the slope exceeds 1.2; C vanishes where the offset lies below −1."""

    def thermal_conductivity(self, T, glass):
        kappa = super().thermal_conductivity(T, glass)
        return jnp.where((jnp.asarray(self.slope) > 1.2) & (jnp.asarray(T) > 10), jnp.nan, kappa)

    def heat_capacity(self, T, glass, *, time=10.0):
        C = super().heat_capacity(T, glass, time=time)
        return jnp.where(jnp.asarray(self.offset) < -1, 0.0, C)


class Kink(PowerLaw):
    """κ has no derivative where slope × T exceeds 25 K."""

    def thermal_conductivity(self, T, glass):
        bend = jnp.sqrt(jnp.maximum(25 - self.slope * jnp.asarray(T), 0.0))
        return jnp.exp(self.offset + self.slope * jnp.log(jnp.asarray(T)) + 0.01 * bend)


class Narrow(PowerLaw):
    """A power law whose slope has a range."""

    @classmethod
    def parameters(cls):
        return (*super().parameters()[::2], Parameter("slope", "b", "", 0.0, 1.5, "exponent"))


FREE = {"slope": normal(0.8, 0.3), "offset": normal(0, 1)}
DATA = [measurement(), measurement("heat-capacity", n=4, seed=3)]


def study(**changes):
    return Study(**{"glass": GLASS, "theory": PowerLaw(), "data": DATA, "free": FREE, **changes})


def test_a_good_study_is_ok():
    data = [DataSet(measurement(), low=1.0), DATA[1]]
    found = study(data=data, free=FREE | {"bend": normal(0, 1)}).validate(draws=20, seed=3)
    assert found.ok
    assert found.problems == ()
    assert found.unstable == 0.0
    assert (found.draws, found.seed) == (20, 3)
    assert found.warnings == (
        "no measurement of this study depends on bend: its posterior will be its prior",
    )
    assert found.notes == ("4 of 12 rows of toy-kappa lie outside 1 … inf K and are left out",)
    assert str(found).splitlines()[-1] == "ok"
    plain = json.loads(found.to_json())
    assert plain["ok"] is True
    assert plain["study"] == "study"


def test_values_that_are_not_finite_are_traced():
    found = study(theory=Hole()).validate(draws=60)
    assert not found.ok
    by_what = {problem.quantity: problem for problem in found.problems}
    kappa, heat = by_what["kappa"], by_what["heat-capacity"]
    assert kappa.what == "the theory is not finite"
    assert kappa.dataset == "toy-kappa"
    T = DATA[0].temperature
    assert kappa.temperatures == tuple(T[T > 10])
    assert list(kappa.parameters) == ["slope"]
    assert kappa.parameters["slope"] > 1.2
    assert heat.what == "the theory is zero or negative"
    assert list(heat.parameters) == ["offset"]
    assert heat.parameters["offset"] < -1
    assert len(heat.temperatures) == 4
    text = found.summary()
    assert "kappa, toy-kappa, at 13.16, 20 K: the theory is not finite at slope = 1." in text
    assert text.splitlines()[-1] == "not ok: 2 problems"
    assert 1 <= kappa.draws < 20
    assert json.loads(found.to_json())["problems"][0]["text"] in text


def test_gradients_that_are_not_finite_are_traced_to_rows():
    found = study(theory=Kink()).validate(draws=60)
    (problem,) = found.problems
    assert problem.what == "the gradient of the posterior density is not finite"
    assert (problem.quantity, problem.dataset) == ("kappa", "toy-kappa")
    assert list(problem.parameters) == ["slope"]
    T = DATA[0].temperature
    assert problem.temperatures == tuple(T[problem.parameters["slope"] * T > 25])


def test_what_fails_everywhere_is_said():
    found = study(theory=Hole(), free=FREE | {"slope": normal(2, 0.1)}, data=[DATA[0]]).validate(draws=5)
    (problem,) = found.problems
    assert problem.parameters == {}
    assert problem.draws == 5
    assert "whatever the parameters, their medians included (5 draws)" in problem.text


def test_ties_are_checked():
    free = {
        "slope": {"tie": "2 + nuisance.k**2"},
        "offset": {"tie": "sqrt(nuisance.k) + 0 * glass_tg"},
        "nuisance.k": normal(0, 1),
    }
    found = study(theory=Narrow(), free=free).validate(draws=40)
    (problem,) = found.problems
    assert problem.what == "the tie of offset, sqrt(nuisance.k) + 0 * glass_tg, is not finite"
    assert problem.parameters["nuisance.k"] < 0
    assert problem.parameters["glass_temperature"] == 1000.0
    (warning,) = found.warnings
    assert warning.startswith("slope, which is tied, lies outside its range 0 … 1.5 at 100% of the draws")


def test_priors_and_stability_are_checked():
    uniform = {"distribution": "uniform", "low": 0.0, "high": 3.0}
    found = study(theory=Narrow(), free={"slope": uniform}).validate(draws=4)
    assert "the prior of slope puts 50.0% outside its range 0 … 1.5" in found.warnings
    found = study(theory=Cliff(), free={"slope": uniform}).validate(draws=100)
    assert found.ok
    assert 0.45 < found.unstable < 0.75  # 1 - 1.2/3, to three standard errors of 100 draws
    assert any("describe no stable glass" in warning for warning in found.warnings)


@pytest.mark.parametrize("draws", [0, True])
def test_a_number_of_draws_is_wanted(draws):
    with pytest.raises(StudyError, match="draws must be a whole number"):
        study().validate(draws=draws)


def test_a_problem_of_no_row_reads_well():
    problem = Finding("the posterior density is not finite", 1, {"a": 1.0})
    assert problem.text == "the posterior density is not finite at a = 1 (1 draw)"


# --- prior predictive ----------------------------------------------------------------------------------------------


def test_prior_curves_are_those_of_the_prior():
    """A linear theory: ln κ is normal with known mean and variance at every temperature."""
    T = np.array([0.3, 1.0, 4.0])
    plan = study(free=FREE | {"scale.kappa": normal(0, 0.5)})
    found = plan.prior_predictive(draws=4000, T=T)
    assert list(found) == ["kappa", "heat-capacity"]
    logs = np.log(found["kappa"].curves)
    assert logs.shape == (4000, 3)
    np.testing.assert_allclose(logs.mean(axis=0), 0.8 * np.log(T), atol=0.08)
    np.testing.assert_allclose(logs.std(axis=0), np.sqrt(1 + 0.25 + (0.3 * np.log(T)) ** 2), rtol=0.05)
    axes = prior(plan, draws=50)
    assert [ax.get_xlabel() for ax in axes] == ["$T$ [K]"] * 2
    assert axes[0].get_ylabel() == r"$\kappa$ [W/(m K)]"
    labels = axes[0].get_legend_handles_labels()[1]
    assert labels == ["89% of the prior", "50% of the prior", "median of the prior", "toy-kappa (points)"]
    assert plan.plot_prior(axes=axes, draws=20).figure is axes.figure


def test_unstable_draws_are_left_out():
    uniform = {"distribution": "uniform", "low": 0.0, "high": 3.0}
    plan = study(theory=Cliff(), data=[DATA[0]], free={"slope": uniform})
    curves = plan.prior_predictive(draws=300, T=[np.e])["kappa"].curves
    slopes = np.log(curves[:, 0])
    assert slopes.max() < 1.21
    assert slopes.min() < 0.05
    hopeless = study(theory=Cliff(), data=[DATA[0]], free={"slope": normal(9, 0.1)})
    with pytest.raises(StudyError, match="only 0 describe a stable glass; narrow the priors"):
        hopeless.prior_predictive(draws=3)

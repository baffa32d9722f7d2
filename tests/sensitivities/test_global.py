"""Sobol's indices and Morris's screening of functions with known answers."""

import jax.numpy as jnp
import numpy as np
import pytest

import glassjax as gj
from tests.inference.toys import PowerLaw, measurement, normal
from tests.sensitivities.test_information import plan

AROUND = {"distribution": "uniform", "low": -np.pi, "high": np.pi}


class Ishigami(PowerLaw):
    """ln κ = sin a + 7 sin² b + 0.1 h⁴ sin a (Ishigami & Homma 1990)."""

    def thermal_conductivity(self, T, glass):
        a, b, h = (jnp.asarray(x) for x in (self.offset, self.slope, self.bend))
        y = jnp.sin(a) + 7 * jnp.sin(b) ** 2 + 0.1 * h**4 * jnp.sin(a)
        return jnp.exp(y) * jnp.ones_like(jnp.asarray(T))


def ishigami():
    free = dict.fromkeys(("offset", "slope", "bend"), AROUND)
    return plan(theory=Ishigami(), data=[measurement("kappa")], free=free, discrepancy=False)


def test_ishigami():
    found = gj.sobol(ishigami(), T=[1.0], n=2048, central=1.0, seed=3)
    # variances by integration (Saltelli et al., Global Sensitivity Analysis, Sec. 4.6)
    alone = np.array([0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8, 0.0])
    both = 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = alone + np.array([both, 0.0, both])
    variance = alone.sum() + both
    at = found.sel(quantity="kappa").isel(temperature=0)
    # the bootstrap's own half-widths are up to 0.06 at n = 2048
    np.testing.assert_allclose(at["first"], alone / variance, atol=0.05)
    np.testing.assert_allclose(at["total"], total / variance, atol=0.05)
    assert float(at["variance"]) == pytest.approx(variance, rel=0.03)
    assert float(at["first_error"].max()) < 0.1
    # the slopes at the middle, 1, 0 and 0, miss two parameters altogether
    np.testing.assert_allclose(at["local"], [1.0, 0.0, 0.0], atol=1e-5)
    assert found.attrs["evaluations"] == 2048 * 5


def linear():
    return plan(
        data=[measurement("kappa")],
        free={"offset": normal(0, 1), "slope": normal(0, 0.5), "bend": normal(0, 1)},
        discrepancy=False,
    )


def test_where_the_theory_is_linear_global_and_local_agree():
    T = np.array([1.0, 3.0, 20.0])
    found = gj.sobol(linear(), T=T, n=512, seed=1).sel(quantity="kappa")
    steep = (0.5 * np.log(T)) ** 2
    expected = np.stack([1 / (1 + steep), steep / (1 + steep), 0 * T])
    np.testing.assert_allclose(found["local"], expected, atol=1e-9)
    np.testing.assert_allclose(found["first"], expected, atol=0.03)
    np.testing.assert_allclose(found["total"], expected, atol=0.03)


def test_morris_of_a_linear_theory_has_no_scatter():
    from scipy.stats import norm

    free = {"offset": {"distribution": "uniform", "low": 0, "high": 2}, "slope": AROUND}
    study = plan(data=[measurement("kappa")], free=free, discrepancy=False)
    found = gj.morris(study, T=[5.0], trajectories=6, central=0.9).sel(quantity="kappa").isel(temperature=0)
    np.testing.assert_allclose(found["mu_star"], [0.9 * 2, 0.9 * 2 * np.pi * np.log(5)], rtol=2e-3)
    np.testing.assert_allclose(found["sigma"], 0.0, atol=0.01)
    # a normal prior bends the map from quantiles: all steps of 2/3 still average to less than the whole range
    found = gj.morris(linear(), T=[1.0], trajectories=6, central=0.9, quantities=["kappa"])
    whole = norm.ppf(0.95) - norm.ppf(0.05)
    size = float(found["mu_star"].sel(parameter="offset").squeeze())
    assert 0.8 * whole < size < whole * 1.001


def test_the_same_seed_gives_the_same_indices():
    one, two = (gj.sobol(linear(), T=[2.0], n=16, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one["first"], two["first"])
    np.testing.assert_array_equal(one["first_error"], two["first_error"])


class Falling(PowerLaw):
    def log_barrier(self, glass):
        return -10.0 * (jnp.asarray(self.slope) > 0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 100}, "n must be a power of two"),
        ({"central": 0.0}, "central must be above 0"),
        ({"T": [0.0]}, "temperatures must be"),
        ({"quantities": ["kapa"]}, "no quantity 'kapa', did you mean 'kappa'"),
    ],
)
def test_bad_requests(options, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        gj.sobol(linear(), **options)


def test_an_unstable_part_of_the_cube_is_refused():
    study = plan(theory=Falling(), data=[measurement("kappa")], discrepancy=False)
    with pytest.raises(gj.GlassjaxError, match="no stable glass"):
        gj.sobol(study, T=[1.0], n=16)

"""Fisher's information against linear algebra by hand, the fitting engine's own, and the spread of refits."""

import json

import numpy as np
import pytest

import glassjax as gj
from glassjax.fitting.maximise import climb
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

PRIORS = {"offset": normal(0, 1), "slope": normal(0.5, 0.5), "bend": normal(0, 2)}


def plan(**changes):
    given = {
        "name": "toy",
        "glass": GLASS,
        "theory": PowerLaw(),
        "data": [
            measurement("kappa"),
            measurement("heat-capacity", n=4, seed=3),
            measurement("expansion", n=3),
        ],
        "free": PRIORS,
        "discrepancy": {
            "kappa": {"amplitude": 0.2, "length": 0.7},
            "heat-capacity": False,
            "expansion": False,
        },
        "sampler": {"starts": 2},
    }
    return gj.Study(**{**given, **changes})


AT = {"offset": 0.3, "slope": 0.8, "bend": 0.5}


def by_hand(study):
    """Information about (offset, slope, bend) in units of the priors', from designs written down here."""
    kappa, heat, expansion = study.measurements()
    x = np.log(kappa.temperature)
    r = np.sqrt(5) * np.abs(np.subtract.outer(x, x)) / 0.7
    sigma = kappa.covariance() + 0.2**2 * (1 + r + r**2 / 3) * np.exp(-r)
    parts = {}
    design = np.stack([np.ones_like(x), x, 0 * x], axis=1)
    parts["kappa"] = design.T @ np.linalg.inv(sigma) @ design
    y = np.log(heat.temperature)
    design = np.stack([np.ones_like(y), 2 * y, 0 * y], axis=1)
    parts["heat-capacity"] = design.T @ np.linalg.inv(heat.covariance()) @ design
    one = np.array([[0.0, 0.0, 1.0]] * len(expansion))
    parts["expansion"] = one.T @ np.linalg.inv(expansion.covariance() * 1e18) @ one
    sd = np.diag([1.0, 0.5, 2.0])
    return {quantity: sd @ part @ sd for quantity, part in parts.items()}


@pytest.fixture(scope="module")
def linear():
    study = plan()
    return study, gj.fisher(study, at=AT)


def test_it_is_the_linear_algebra_of_the_design(linear):
    study, found = linear
    expected = by_hand(study)
    for quantity, part in expected.items():
        np.testing.assert_allclose(found.parts[quantity], part, rtol=1e-9, atol=1e-9)
    total = sum(expected.values())
    np.testing.assert_allclose(found.covariance(), np.linalg.inv(total + np.eye(3)), rtol=1e-8)
    np.testing.assert_allclose(
        found.deviations(priors=False), np.sqrt(np.diagonal(np.linalg.inv(total))), rtol=1e-8
    )
    level = np.linalg.eigvalsh(total)
    assert found.condition() == pytest.approx(level[-1] / level[0])
    # sd in the parameter's own units: a prior of sd 0.5 stretches the coordinate by 0.5
    assert found.table[1]["sd"] == pytest.approx(0.5 * np.sqrt(np.linalg.inv(total + np.eye(3))[1, 1]))


def test_adding_data_shows_what_pins_what(linear):
    _, found = linear
    bend = found.table[2]
    assert list(bend["with_priors"]) == [
        "kappa",
        "kappa+heat-capacity",
        "kappa+heat-capacity+expansion",
    ]
    assert bend["with_priors"]["kappa"] == 1.0
    assert bend["without_priors"]["kappa+heat-capacity"] is None
    assert bend["pinned_by"] == "expansion"
    assert found.table[1]["pinned_by"] in ("kappa", "heat-capacity")
    text = found.summary()
    assert "(∞)" in text
    assert json.loads(found.to_json())["parameters"][2]["without_priors"]["kappa"] is None
    assert found.to_dataset()["information"].dims == ("quantity", "parameter", "parameter_")


def test_it_is_the_information_of_the_fitting_engine():
    """Free amplitude and white noise too, by another route: `Likelihood.information`."""
    study = plan(
        data=[measurement("kappa")],
        discrepancy={"kappa": {"amplitude": {"distribution": "half-normal", "scale": 0.3}, "length": 0.5}},
        free=PRIORS | {"noise.kappa": {"distribution": "half-normal", "scale": 0.1}},
    )
    found = gj.fisher(study, at=AT | {"discrepancy.kappa.amplitude": 0.25, "noise.kappa": 0.07})
    _, _, expected = study.likelihood.information(found.z)
    # the engine's holds the priors' unit matrix; both are exact but for rounding
    np.testing.assert_allclose(found.matrix + np.eye(5), expected, rtol=1e-7, atol=1e-7)


class Trading(PowerLaw):
    """κ ∝ offset·slope³: one combination of two parameters."""

    def thermal_conductivity(self, T, glass):
        import jax.numpy as jnp

        return jnp.asarray(self.offset) * jnp.asarray(self.slope) ** 3 * jnp.asarray(T)


def test_directions_are_named_in_words():
    wide = {"distribution": "log-normal", "median": 1.0, "spread": 1.0}
    study = plan(
        theory=Trading(), data=[measurement("kappa")], free={"offset": wide, "slope": wide}, discrepancy=False
    )
    found = gj.fisher(study, at={"offset": 2.0, "slope": 1.5})
    weak, strong = found.directions
    assert weak.information == pytest.approx(0.0, abs=1e-6)
    assert weak.text.startswith("offset and slope trade off along")
    assert strong.product == pytest.approx({"slope": 3.0, "offset": 1.0})
    assert "the combination slope^3 offset is determined" in strong.text
    # along the weak direction the product does not change
    low, high = weak.ends["offset"], weak.ends["slope"]
    assert low[0] * high[0] ** 3 == pytest.approx(low[1] * high[1] ** 3)
    assert found.condition() == np.inf
    assert found.deviations(priors=False).tolist() == [np.inf, np.inf]


def test_refits_of_simulated_data_scatter_as_it_says():
    """Posterior means of a linear Gaussian fit scatter by C F C around the truth's pull, C = (F + 1)⁻¹."""
    study = plan(discrepancy=False)
    found = gj.fisher(study, at=AT)
    n = 100
    ends = []
    for seed in range(n):
        likelihood = study.simulate(AT, seed=seed).likelihood
        ends.append(climb(likelihood, found.z[None], 100)[0].end)
    C = found.covariance()
    expected = C @ found.matrix @ C
    scatter = np.cov(np.array(ends).T)
    # relative error of a variance from n refits is √(2/(n−1)) = 0.14: three of them
    np.testing.assert_allclose(np.diagonal(scatter), np.diagonal(expected), rtol=3 * np.sqrt(2 / (n - 1)))


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ({"offset": 0.3}, "give a value to every free parameter; slope has none"),
        (AT | {"slop": 1.0}, "'slop' is not free in study 'toy', did you mean 'slope'"),
    ],
)
def test_incomplete_points_are_refused(at, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        gj.fisher(plan(), at=at)


def test_only_studies_and_results_have_information():
    with pytest.raises(gj.StudyError, match="takes a study or a result, not str"):
        gj.fisher("a-SiO2")

"""What the figures show is what was computed."""

import numpy as np
import pytest

import glassjax as gj
from glassjax import plotting
from tests.inference.toys import GLASS, PowerLaw
from tests.sensitivities.test_global import linear
from tests.sensitivities.test_information import AT, plan

T = np.geomspace(0.1, 40, 6)


@pytest.fixture(scope="module")
def known():
    return gj.fisher(plan(), at=AT)


def test_elasticities():
    found = gj.sensitivity(PowerLaw(offset=0.5, slope=-2.0, bend=0.0), GLASS, T)
    panels = plotting.elasticities(found)
    assert [ax.get_title() for ax in panels] == [
        "thermal conductivity",
        "heat capacity",
        "linear thermal expansion",
    ]
    drawn = panels[0].collections[0].get_array().reshape(found.sizes["parameter"], -1)
    np.testing.assert_allclose(drawn[1], found["elasticity"].sel(quantity="kappa", parameter="slope"))
    assert np.all(drawn.mask[2])  # zero has no elasticity
    curves = plotting.elasticity_curves(found)[0]
    slopes = {line.get_label(): line.get_ydata() for line in curves.lines}
    np.testing.assert_allclose(slopes["$b$"], -2 * np.log(T))


def test_information_shows_each_stage(known):
    left, right = plotting.information(known)
    filled = [line for line in left.lines if line.get_label() == r"$\kappa$ + $C$"]
    np.testing.assert_allclose(filled[0].get_xdata(), known.deviations(("kappa", "heat-capacity")))
    np.testing.assert_allclose(right.images[0].get_array()[0], known.directions[0].vector)


def test_design_names_the_row_to_measure(known):
    found = gj.design(known, T=T, n=2)
    left, right = plotting.design(found)
    best = found.best
    assert f"at {best['temperature']:.3g} K" in left.figure.get_suptitle()
    curve = next(line for line in left.lines if line.get_label().startswith("heat capacity"))
    np.testing.assert_allclose(curve.get_ydata(), found.gain.sel(quantity="heat-capacity"))
    assert "1" in [text.get_text() for text in left.texts]
    widths = [bar.get_width() for bar in right.patches]
    np.testing.assert_allclose(widths[:3], list(found.before.values()))


def test_indices_stack_to_at_most_one_and_axes_are_counted():
    found = gj.sobol(linear(), T=T, n=16)
    axes = plotting.indices(found)
    assert axes[0, 0].get_ylim() == (0, 1)
    assert len(axes.figure.legends[0].get_texts()) == 3
    with pytest.raises(ValueError, match="indices needs 2 axes, got 1"):
        plotting.indices(found, axes[0, :1])

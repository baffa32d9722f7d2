import math
import subprocess
import sys
from types import SimpleNamespace

import equinox as eqx
import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest
import xarray as xr
from jax.typing import ArrayLike

from glassjax import plotting
from glassjax.datasets import Measurement
from glassjax.glass import Glass
from glassjax.theory import Parameter, Theory


class PowerLaws(Theory):
    """Power laws with one height each: enough of a theory to draw."""

    height: ArrayLike = eqx.field(default=0.02)

    def thermal_conductivity(self, T, glass):
        return self.height * jnp.asarray(T) ** 1.8

    def heat_capacity(self, T, glass, *, time=10.0):
        return 1e-3 * (jnp.asarray(T) + jnp.asarray(T) ** 3)

    def thermal_expansion(self, T, glass, *, time=10.0):
        return -1e-9 * jnp.asarray(T)

    @classmethod
    def parameters(cls):
        return (Parameter("height", r"\kappa_1", "W/(m K)", 0.0, 1.0, "conductivity at 1 K"),)


SILICA = Glass(
    name="a", glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0
)
ROWS = (("softening", r"\varsigma", ""), ("B", "B", ""), ("R", "R", ""), ("glass_temperature", "T_g", "K"))


def measure(quantity, low, high, count, rng, **kwargs):
    T = np.geomspace(low, high, count)
    truth = np.asarray(
        {
            "kappa": PowerLaws().thermal_conductivity,
            "heat-capacity": PowerLaws().heat_capacity,
            "expansion": PowerLaws().thermal_expansion,
        }[quantity](T, SILICA)
    )
    value = truth * np.exp(0.1 * np.sin(2 * np.log(T)) + 0.03 * rng.normal(size=count))
    error = 0.05 * np.abs(value)
    return Measurement(
        name=f"{quantity}_{count}", quantity=quantity, temperature=T, value=value, error=error, **kwargs
    )


class FakeResult:
    """What figures ask of a result, with made-up draws."""

    def __init__(self):
        rng = np.random.default_rng(1)
        self.theory, self.glass = PowerLaws(), SILICA
        self._fitted = [
            measure("kappa", 0.08, 100.0, 30, rng, kind="curve", scale_error=0.03),
            measure("kappa", 30.0, 90.0, 7, rng),
            measure("heat-capacity", 0.4, 2.0, 4, rng, kind="statement", degrees_of_freedom=2),
            measure("expansion", 0.5, 1.0, 2, rng, kind="statement", scale_error=0.2),
        ]
        checks = [measure("kappa", 1.0, 80.0, 9, rng, kind="curve")]
        self.study = SimpleNamespace(
            time=10.0, measurements=lambda role="fit": checks if role == "check" else self._fitted
        )
        covariance = 0.5 * np.ones((4, 4)) + 0.5 * np.eye(4)
        draws = rng.multivariate_normal([0.5, 117, 238, 1500], covariance, size=(4, 250))
        self.tree = xr.DataTree.from_dict(
            {
                "posterior": xr.Dataset(
                    {name: (("chain", "draw"), draws[..., i]) for i, (name, _, _) in enumerate(ROWS)}
                )
            }
        )
        self.table = [{"name": name, "symbol": symbol, "unit": unit} for name, symbol, unit in ROWS]
        self.best = {name: float(draws[..., i].mean()) for i, (name, _, _) in enumerate(ROWS)}

    def predict(self, quantity, T, draws=200, seed=0, discrepancy=False):
        rng = np.random.default_rng(seed)
        curve = {
            "kappa": self.theory.thermal_conductivity,
            "heat-capacity": self.theory.heat_capacity,
            "expansion": self.theory.thermal_expansion,
        }[quantity](T, self.glass)
        scatter = 0.08 * rng.normal(size=(draws, 1)) + discrepancy * 0.1 * rng.normal(size=(draws, 1))
        return np.asarray(curve) * np.exp(scatter + discrepancy * 0.1 * np.sin(2 * np.log(T)))

    def residuals(self):
        out = []
        for m in self._fitted:
            best = np.asarray(self.predict(m.quantity, m.temperature, draws=1))[0]
            left = (m.value - best) / m.error if m.quantity == "expansion" else np.log(m.value / best)
            out.append((m, left))
        return out


@pytest.fixture(scope="module")
def result():
    return FakeResult()


KINDS = ("observables", "residuals", "corner", "trace")


@pytest.mark.parametrize(("kind", "ending"), [*zip(KINDS, ("svg", "pdf", "png", "png"), strict=True)])
def test_every_figure_can_be_saved(result, kind, ending, tmp_path):
    figure = getattr(plotting, kind)(result)
    figure.savefig(tmp_path / f"{kind}.{ending}")
    assert (tmp_path / f"{kind}.{ending}").stat().st_size > 5000


def test_observables_name_units_and_the_level_of_the_band(result):
    axes = plotting.observables(result, level=0.5).axes
    assert [ax.get_ylabel() for ax in axes] == [
        r"$\kappa$ [W/(m K)]",
        r"$C/T^3$ [J/(kg K$^4$)]",
        r"$\alpha$ [1/K]",
    ]
    assert all(ax.get_xlabel() == "$T$ [K]" for ax in axes)
    labels = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert any("50%" in label for label in labels)
    assert [ax.get_xscale() for ax in axes] == ["log"] * 3
    assert [ax.get_yscale() for ax in axes] == ["log", "log", "linear"]


def test_heat_capacity_is_drawn_over_the_cube_of_temperature(result):
    ax = plotting.observables(result).axes[1]
    curve = next(line for line in ax.lines if line.get_label() == "maximum a posteriori")
    T, y = curve.get_data()
    np.testing.assert_allclose(y, 1e-3 * (T + T**3) / T**3, rtol=1e-6)


def test_curves_keep_to_the_temperatures_of_the_data(result):
    ax = plotting.observables(result).axes[2]
    curve = next(line for line in ax.lines if line.get_label() == "maximum a posteriori")
    assert curve.get_xdata()[0] == pytest.approx(0.5)
    assert curve.get_xdata()[-1] == pytest.approx(1.0)


def test_figures_draw_on_the_axes_given(result):
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots(1, 3)
    assert plotting.observables(result, axes=axes) is figure
    assert all(ax.lines for ax in axes)


def test_a_wrong_number_of_axes_is_refused_with_the_number_wanted(result):
    from matplotlib.figure import Figure

    with pytest.raises(ValueError, match="observables needs 3 axes, got 2"):
        plotting.observables(result, axes=Figure().subplots(1, 2))


def test_corner_shows_every_pair_once(result):
    figure = plotting.corner(result)
    assert len(figure.axes) == len(ROWS) ** 2
    assert figure.axes[-1].get_xlabel() == "$T_g$ [K]"


def test_prediction_overlays_only_measurements_of_its_quantity(result):
    T = np.geomspace(0.1, 10, 20)
    figure = plotting.prediction(T, 0.02 * T**1.8, "kappa", [m for m, _ in result.residuals()])
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["theory", "kappa_30 (curve)", "kappa_7 (points)"]


def test_no_backend_is_chosen_and_pyplot_stays_out():
    code = (
        "import sys; import glassjax.plotting; "
        "assert 'matplotlib.pyplot' not in sys.modules; assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert math.isfinite(matplotlib.rcParams["figure.dpi"])

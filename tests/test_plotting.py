import dataclasses
import math
import subprocess
import sys

import equinox as eqx
import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest
from jax.typing import ArrayLike
from matplotlib.figure import Figure
from scipy import constants, integrate

from glassjax import plotting
from glassjax.datasets import Measurement
from glassjax.errors import GlassjaxError
from glassjax.glass import Glass
from glassjax.plotting.style import symbol_label
from glassjax.problem.selection import DataSet
from glassjax.results.result import PLOTS
from glassjax.study import Study
from glassjax.theory import Parameter, Theory, evaluate


class PowerLaws(Theory):
    """Power laws: enough of a theory to fit and to draw."""

    height: ArrayLike = eqx.field(default=0.02)
    slope: ArrayLike = eqx.field(default=1.8)

    def thermal_conductivity(self, T, glass):
        return self.height * jnp.asarray(T) ** self.slope

    def heat_capacity(self, T, glass, *, time=10.0):
        return self.height * (jnp.asarray(T) + jnp.asarray(T) ** 3)

    def thermal_expansion(self, T, glass, *, time=10.0):
        return -5e-8 * self.height * jnp.asarray(T)

    @classmethod
    def parameters(cls):
        return (
            Parameter("height", r"\kappa_1", "W/(m K)", 0.0, 1.0, "conductivity at 1 K"),
            Parameter("slope", "s", "", 1.0, 3.0, "logarithmic slope of the conductivity"),
        )


SILICA = Glass(
    name="a", glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0
)


def measure(quantity, low, high, count, **kwargs):
    T = np.geomspace(low, high, count)
    truth = np.asarray(evaluate(PowerLaws(), quantity, T, SILICA))
    value = truth * np.exp(0.1 * np.sin(2 * np.log(T)))
    return Measurement(
        name=f"{quantity}_{count}",
        quantity=quantity,
        temperature=T,
        value=value,
        error=0.05 * np.abs(value),
        **kwargs,
    )


@pytest.fixture(scope="module")
def study():
    data = [
        measure("kappa", 0.08, 100.0, 30, kind="curve", scale_error=0.03),
        measure("kappa", 30.0, 90.0, 7),
        DataSet(measure("kappa", 1.0, 80.0, 9, kind="curve"), role="check"),
        measure("heat-capacity", 0.4, 2.0, 4, kind="statement", degrees_of_freedom=2),
        measure("expansion", 0.5, 1.0, 2, kind="statement", scale_error=0.2),
    ]
    free = {
        "height": {"distribution": "log-normal", "median": 0.02, "spread": 0.5},
        "slope": {"distribution": "uniform", "low": 1.0, "high": 3.0},
    }
    return Study(glass=SILICA, theory=PowerLaws, data=data, free=free, sampler={"starts": 2})


@pytest.fixture(scope="module")
def result(study):
    return study.maximise()


@pytest.fixture(scope="module")
def posterior(study, result):
    return study.sample(chains=2, warmup=50, draws=50, progress=False, start=result)


ENDINGS = ("svg", "pdf", "png")


@pytest.mark.parametrize(("kind", "ending"), [(kind, ENDINGS[i % 3]) for i, kind in enumerate(PLOTS)])
def test_every_figure_can_be_saved(posterior, kind, ending, tmp_path):
    plotting.save(posterior.plot(kind), tmp_path / f"{kind}.{ending}", dpi=50)
    assert (tmp_path / f"{kind}.{ending}").stat().st_size > 3000


def test_observables_name_units_and_the_level_of_the_band(result):
    axes = plotting.observables(result, level=0.5)
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
    ax = plotting.observables(result)[1]
    curve = next(line for line in ax.lines if line.get_label() == "maximum a posteriori")
    T, y = curve.get_data()
    np.testing.assert_allclose(y, result.best["height"] * (T + T**3) / T**3, rtol=1e-6)


def test_curves_keep_to_the_temperatures_of_the_data(result):
    ax = plotting.observables(result)[2]
    curve = next(line for line in ax.lines if line.get_label() == "maximum a posteriori")
    assert curve.get_xdata()[0] == pytest.approx(0.5)
    assert curve.get_xdata()[-1] == pytest.approx(1.0)


def test_figures_draw_on_the_axes_given(result):
    figure = Figure()
    axes = figure.subplots(1, 3)
    assert list(plotting.observables(result, axes=axes)) == list(axes)
    assert all(ax.lines for ax in axes)


def test_a_wrong_number_of_axes_is_refused_with_the_number_wanted(result):
    with pytest.raises(ValueError, match="observables needs 3 axes, got 2"):
        plotting.observables(result, axes=Figure().subplots(1, 2))


def test_corner_shows_every_pair_once(result):
    axes = plotting.corner(result)
    assert axes.shape == (2, 2)
    assert axes[1, 1].get_xlabel() == "$s$"
    assert axes[1, 0].get_xlabel() == "$\\kappa_1$\n[W/(m K)]"
    assert axes[1, 0].get_ylabel() == "$s$"


def test_priors_and_posteriors_enclose_one_area_each(result):
    """On one axis both are densities: the bars and the curve each hold all that lies inside the panel."""
    axes = plotting.priors(result)
    assert [ax.get_xlabel() for ax in axes] == [r"$\kappa_1$ [W/(m K)]", "$s$"]
    for ax, name in zip(axes, ("height", "slope"), strict=True):
        low, high = ax.get_xlim()
        assert bars_of(ax) == pytest.approx(1.0, abs=1e-9)
        curve = next(line for line in ax.lines if line.get_label() == "prior")
        inside = result.study.free[name].frozen.cdf([low, high])
        assert np.trapezoid(curve.get_ydata(), curve.get_xdata()) == pytest.approx(
            np.diff(inside)[0], rel=1e-3
        )


def bars_of(ax, scale=np.asarray):
    """Area under the posterior on an axis of ``scale``."""
    heights, edges, _ = ax.patches[0].get_data()
    return np.sum(heights * np.diff(scale(edges)))


def test_a_prior_over_decades_is_drawn_as_density_of_the_logarithm():
    from scipy.stats import lognorm

    from glassjax.plotting.posterior import _densities
    from glassjax.problem.priors import Prior

    ax = Figure().subplots()
    prior = Prior.parse({"distribution": "log-normal", "median": 3.0, "spread": 2.0}, "rayleigh")
    draws = np.exp(np.random.default_rng(0).normal(1.0, 0.2, 5000))
    _densities(ax, prior, draws, 0.1)
    assert ax.get_xscale() == "log"
    assert bars_of(ax, np.log) == pytest.approx(1.0, abs=1e-9)
    curve = ax.lines[0]
    inside = np.diff(lognorm(2.0, scale=3.0).cdf(0.1 * np.array(ax.get_xlim())))[0]
    assert inside == pytest.approx(0.96, abs=1e-6)
    area = np.trapezoid(curve.get_ydata(), np.log(curve.get_xdata()))
    assert area == pytest.approx(inside, rel=1e-3)


def test_correlations_stand_in_their_cells(result):
    ax = plotting.correlations(result)
    r = np.corrcoef(result.draws["height"], result.draws["slope"])[0, 1]
    assert [text.get_text() for text in ax.texts] == ["+1.00", f"{r:+.2f}", f"{r:+.2f}", "+1.00"]
    assert [label.get_text() for label in ax.get_xticklabels()] == [r"$\kappa_1$", "$s$"]


def test_priors_and_correlations_draw_on_the_axes_given(result):
    figure = Figure(layout="constrained")
    axes = figure.subplots(1, 3)
    assert plotting.priors(result, axes=axes[:2]).figure is figure
    assert plotting.correlations(result, ax=axes[2]) is axes[2]
    with pytest.raises(ValueError, match="priors needs 2 axes, got 3"):
        plotting.priors(result, axes=axes)


def test_a_dollar_in_the_name_of_a_file_is_no_mathematics(study, tmp_path):
    data = [dataclasses.replace(measure("kappa", 0.1, 100.0, 20), name=r"a$\no$b")]
    odd = Study(glass=SILICA, theory=PowerLaws, data=data, free=study.free, sampler={"starts": 1})
    axes = odd.maximise().plot("residuals")
    plotting.save(axes, tmp_path / "residuals.svg")
    assert r"a\$\no\$b (points)" in [text.get_text() for text in axes[0].get_legend().get_texts()]


def test_small_numbers_carry_their_power_of_ten_in_the_label():
    assert symbol_label("b", "1/K4", -11) == "$b$ [$10^{-11}$ 1/K$^{4}$]"
    assert symbol_label(r"\rho", "kg/m3") == r"$\rho$ [kg/m$^{3}$]"
    assert symbol_label("R", "") == "$R$"


def test_prediction_overlays_only_measurements_of_its_quantity(result):
    T = np.geomspace(0.1, 10, 20)
    ax = plotting.prediction(T, 0.02 * T**1.8, "kappa", [m for m, _ in result.residuals()])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["theory", "kappa_30 (curve)", "kappa_7 (points)"]


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label).get_data()


def one_wavelength(T_reduced):
    """κ/κ₀ of phonons with l = λ, by SciPy: ∫₀¹dω ω [x/2 sinh(x/2)]², x = ω/T."""

    def integrand(omega):
        x = omega / T_reduced
        return omega * (x / (2 * np.sinh(x / 2))) ** 2 if x < 600 else 0.0

    return integrate.quad(integrand, 0, min(1.0, 60 * T_reduced), epsabs=0, epsrel=1e-9)[0]


def test_reduced_conductivity_stands_on_the_universal_scales(result):
    ax = result.plot("reduced", width="single")
    unit = constants.k**3 * 342.0**2 / (np.pi * constants.hbar**2 * 4100.0)
    x, y = line(ax, "maximum a posteriori")
    np.testing.assert_allclose(y, result.curve("kappa", x * 342.0) / unit, rtol=1e-6)
    for ratio in (1, 150):
        x, y = line(ax, rf"$l/\lambda$ = {ratio}")
        np.testing.assert_allclose(y[::20], [ratio * one_wavelength(T) for T in x[::20]], rtol=1e-5)
    assert "T_D^2" in ax.get_ylabel()


def test_mean_free_path_of_data_needs_no_theory(result):
    ax = result.plot("mean-free-path")
    data = next(m for m, _ in result.residuals() if m.quantity == "kappa")
    unit = constants.k**3 * 342.0**2 / (np.pi * constants.hbar**2 * 4100.0)
    expected = [
        k / unit / one_wavelength(T / 342.0) for T, k in zip(data.temperature, data.value, strict=True)
    ]
    drawn = ax.containers[0].lines[0].get_ydata()
    np.testing.assert_allclose(drawn, expected, rtol=1e-5)


def test_one_quantity_alone(result):
    ax = result.plot("heat-capacity")
    assert ax.get_ylabel() == r"$C/T^3$ [J/(kg K$^4$)]"
    ours = Figure().subplots()
    assert plotting.observable(result, "kappa", ax=ours) is ours
    with pytest.raises(GlassjaxError, match="not 'kapa', did you mean 'kappa'"):
        plotting.observable(result, "kapa")


def test_no_backend_is_chosen_and_pyplot_stays_out():
    code = (
        "import sys; import glassjax.plotting; "
        "assert 'matplotlib.pyplot' not in sys.modules; assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert math.isfinite(matplotlib.rcParams["figure.dpi"])

"""The computation behind the explorer: curves, misfits, stability, elasticities, and the files made of them."""

import dataclasses

import numpy as np
import pytest

import glassjax as gj
from glassjax.explorer import downloads
from glassjax.explorer.curves import POINTS, compute, elasticities
from glassjax.explorer.scene import DEFAULTS, NAMES, controls, of_glass, of_study, read_values
from glassjax.quantities import QUANTITIES
from tests.inference.toys import PowerLaw, measurement, normal

MOVED = {"omega_c": 1.5, "B": 60.0, "R": 220.0, "gamma0": -5.0, "A1": 0.05}
CONSTANTS = {
    "glass_temperature": 1400.0,
    "debye_temperature": 350.0,
    "density": 2300.0,
    "sound_speed": 4000.0,
}
STUDY = """
name = "mine"
glass = { name = "mine", glass_temperature = 1400, debye_temperature = 350, density = 2300, sound_speed = 4000 }

[[data]]
file = "kappa.csv"
from = 0.2
to = 5.0

[observation]
time = 2.0

[parameters]
xi = 5.5
scale.kappa = 0.1

[free]
softening = { distribution = "uniform", low = 0.0, high = 0.9 }
tg = { distribution = "uniform", low = 2, high = 6 }
R = { distribution = "log-normal", median = 150, spread = 0.5 }
"""


@pytest.fixture(scope="module")
def silica():
    return of_glass("a-SiO2")


@pytest.fixture(scope="module")
def start(silica):
    return compute(silica, {})


@pytest.fixture(scope="module")
def moved(silica):
    return compute(silica, MOVED)


@pytest.fixture
def mine(tmp_path):
    gj.datasets.write_measurement(measurement("kappa"), tmp_path / "kappa.csv")
    (tmp_path / "mine.toml").write_text(STUDY, encoding="utf-8")
    return of_study(gj.Study.load(tmp_path / "mine.toml"))


def test_curves_are_the_theorys(silica, moved):
    theory, glass = gj.LubchenkoWolynes(**{**silica.start, **MOVED}), gj.load_glass("a-SiO2")
    assert len(moved.T) == POINTS
    for quantity in QUANTITIES:
        np.testing.assert_allclose(
            moved.of(quantity), gj.evaluate(theory, quantity, moved.T, glass), rtol=1e-6, atol=1e-16
        )
    assert moved.softening == pytest.approx(float(theory.softening(glass)), rel=1e-9)


def test_misfits_are_those_of_the_rows(silica, moved):
    """ln κ between the points of a curve is read off it: 96 of them bend too little to matter."""
    assert [entry.role for entry in moved.misfits] == [entry.role for entry in silica.data]
    for found, entry in zip(moved.misfits, silica.data, strict=True):
        T, value = entry.used.temperature, entry.used.value
        curve = np.interp(np.log(T), np.log(moved.T), moved.of(entry.quantity))
        if entry.quantity == "expansion":
            spread = entry.used.error**2 * len(T) / entry.used.worth + (entry.used.scale_error * value) ** 2
            wanted = np.sqrt(np.mean((value - curve) ** 2 / spread))
        else:
            curve = np.exp(np.interp(np.log(T), np.log(moved.T), np.log(moved.of(entry.quantity))))
            wanted = np.sqrt(np.mean(np.log(value / curve) ** 2))
        assert found.rms == pytest.approx(wanted, rel=0.02)
        assert found.rows == len(T)


def test_where_no_spectrum_is_stable_it_says_how_far(silica):
    """ς is proportional to tg, so that tg/ς is its limit; omega_c's is found by halving."""
    beyond = compute(silica, {"omega_c": 2.4})
    assert not beyond.stable
    assert beyond.misfits == ()
    theory, glass = gj.LubchenkoWolynes(), gj.load_glass("a-SiO2")
    low, high = 1.8, 2.5
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (
            (middle, high)
            if float(theory.at({"omega_c": middle}, glass).softening(glass)) < 1
            else (low, middle)
        )
    assert beyond.omega_c_limit == pytest.approx(low, rel=1e-6)
    at_limit = gj.LubchenkoWolynes(tg=beyond.tg_limit, omega_c=2.4)
    assert float(at_limit.softening(glass)) == pytest.approx(1.0, rel=1e-9)
    with pytest.raises(
        gj.GlassjaxError, match=r"softening is 1\.076 .* choose omega_c below 2\.342 or tg below 4\.0"
    ):
        beyond.of("kappa")
    with pytest.raises(gj.GlassjaxError, match="unstable"):
        downloads.csv(silica, beyond)


@pytest.mark.slow
def test_elasticities_are_slopes_of_the_curves(silica, start):
    T = float(start.T[40])
    found = {entry.name: entry for entry in elasticities(silica, {}, T)}
    assert tuple(found) == NAMES
    step = 1e-4
    for name in ("omega_c", "B", "R", "xi", "gamma0"):
        value = silica.start[name]
        low, high = (compute(silica, {name: value * (1 + side * step)}) for side in (-1, 1))
        kappa, capacity = (
            np.log(high.of(quantity)[40] / low.of(quantity)[40]) / (2 * step)
            for quantity in list(QUANTITIES)[:2]
        )
        expansion = (high.of("expansion")[40] - low.of("expansion")[40]) / (2 * step)
        assert found[name].kappa == pytest.approx(kappa, rel=1e-4, abs=1e-6)
        assert found[name].heat_capacity == pytest.approx(capacity, rel=1e-4, abs=1e-6)
        assert found[name].expansion == pytest.approx(expansion, rel=1e-4, abs=1e-15)
        assert found[name].logarithmic


def test_every_shipped_glass_has_a_place_to_start():
    for name in gj.list_glasses():
        scene = of_glass(name)
        assert scene.name == scene.glass_name == name
        assert scene.origin == DEFAULTS
        assert all(slider.low <= slider.start <= slider.high for slider in scene.controls)


def test_a_range_gives_way_to_its_start(silica):
    wide = {slider.name: slider for slider in controls({**silica.start, "B": 2000.0, "R": 0.5})}
    assert (wide["B"].low, wide["B"].high) == (0.0, 3000.0)
    assert (wide["R"].low, wide["R"].high) == (pytest.approx(1 / 3), 1000.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"omega": 1.0}, "no slider 'omega', did you mean 'omega_c'"),
        ({"B": float("nan")}, "B must be a number from 0 to 1000"),
        ({"B": "1e999"}, "B must be a number"),
        ({"B": [1]}, "B must be a number"),
        ({"B": -1}, "B must be a number"),
        ({"tg": None}, "tg must be a number from 1 to 8"),
    ],
)
def test_what_no_slider_sends_is_refused(silica, given, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        read_values(given, silica.controls)


def test_another_theory_is_refused():
    study = gj.Study(
        glass=gj.load_glass("PEEK"),
        theory=PowerLaw,
        data=[measurement("kappa")],
        free={"offset": normal(0, 1)},
        name="toy",
    )
    with pytest.raises(
        gj.GlassjaxError, match="'toy' is of the theory PowerLaw, and the sliders are those of"
    ):
        of_study(study)


def test_the_table_holds_curves_units_and_parameters(silica, moved):
    text = downloads.csv(silica, moved)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    names, *rows = text.splitlines()[len(comments) :]
    assert names == "T [K], kappa [W/(m K)], C [J/(kg K)], alpha [1/K]"
    table = np.array([[float(number) for number in row.split(",")] for row in rows])
    wanted = [moved.T, *(moved.of(quantity) for quantity in QUANTITIES)]
    np.testing.assert_array_equal(table, np.transpose(wanted))
    assert "omega_c = 1.5" in text
    assert "debye_temperature = 342 K" in text
    assert "kappa 0.4, heat-capacity 0.15, expansion 0.01\n" in text


def test_the_figure_is_of_vectors(silica, start, moved):
    picture = downloads.svg(silica, moved, start)
    assert picture.startswith("<?xml")
    assert "<image" not in picture
    for label in ("theory", DEFAULTS, "omega_c = 1.5"):
        assert label in picture


def test_the_study_starts_where_the_sliders_stand(silica, moved, tmp_path):
    file = tmp_path / "explored.toml"
    file.write_text(downloads.study(silica, moved), encoding="utf-8")
    study, shipped = gj.Study.load(file), gj.Study.load("a-SiO2")
    assert [vars(m)["sha256"] for m in study.measurements()] == [m.sha256 for m in shipped.measurements()]
    assert [len(m) for m in study.measurements("check")] == [len(m) for m in shipped.measurements("check")]
    assert set(study.free) == {name for name in shipped.free if not name.startswith("discrepancy")}
    assert study.parameters == {"xi": 5.8, "floor": 1.0, "alpha_exc": 1.0}
    assert study.free["B"].to_dict()["median"] == 60.0
    assert study.free["R"].to_dict()["median"] == 220.0
    bent = compute(silica, {"tg": 4.0, "xi": 6.0})
    file.write_text(downloads.study(silica, bent), encoding="utf-8")
    assert gj.Study.load(file).parameters == {"tg": 4.0, "xi": 6.0, "floor": 1.0, "alpha_exc": 1.0}


def test_a_study_of_ones_own_comes_back(mine, tmp_path):
    """Its constants, options, rows and time; what was free and has no data is fixed. The scale moves curve and rms."""
    assert mine.start["xi"] == 5.5
    assert not mine.fitted
    found = compute(mine, {"tg": 3.0})
    theory = gj.LubchenkoWolynes(**{**mine.start, "tg": 3.0, "xi": 5.5})
    glass = gj.Glass(**CONSTANTS, name="a-SiO2")  # a name whose program is there
    np.testing.assert_allclose(
        found.of("kappa"), np.exp(0.1) * theory.thermal_conductivity(found.T, glass), rtol=1e-6
    )
    other = dataclasses.replace(
        mine, theory=dataclasses.replace(mine.theory, smearing="gauss", normalise=True)
    )
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / "elsewhere" / "mine.toml"
    file.write_text(downloads.study(other, found), encoding="utf-8")
    study = gj.Study.load(file)
    assert (study.name, study.time) == ("mine-explored", 2.0)
    assert (study.theory.smearing, study.theory.normalise, study.theory.friction) == ("gauss", True, "cubic")
    assert {name: float(getattr(study.glass, name)) for name in CONSTANTS} == CONSTANTS
    assert len(study.measurements()[0]) == len(mine.data[0].used)
    assert set(study.free) == {"softening", "c", "B", "R"}
    fixed = {
        "tg": 3.0,
        "xi": 5.5,
        "A1": 0.07,
        "gamma0": -8.0,
        "floor": 1.0,
        "alpha_exc": 1.0,
        "vertical_weight": 1.0,
        "lattice_b": 0.0,
        "scale.kappa": 0.1,
    }
    assert study.parameters == pytest.approx(fixed)


@pytest.mark.slow
def test_validate_accepts_the_study(silica, moved, tmp_path):
    file = tmp_path / "explored.toml"
    file.write_text(downloads.study(silica, moved), encoding="utf-8")
    assert gj.Study.load(file).validate(draws=10).ok

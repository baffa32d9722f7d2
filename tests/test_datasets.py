"""The shipped glasses: every file loads, with the numbers of its source."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from glassjax.datasets import (
    Constant,
    list_glasses,
    load_glass,
    load_measurements,
    load_record,
    read_measurement,
    shipped,
)
from glassjax.datasets.constants import CONSTANTS, prior_median, read_constant
from glassjax.datasets.record import glass_folder
from glassjax.glass import GLASS_CONSTANTS

GLASSES = ["a-SiO2", "nylon", "PEEK", "PTFE", "Pyrex", "Torlon", "Vespel-SP1"]

# glass, file: quantity, rows, three rows (T, value) as in the source, class, worth
SHIPPED = {
    ("a-SiO2", "kappa-cahill-pohl-1988"): (
        "kappa", 44, [(0.0810095, 0.000220645), (0.973161, 0.0205196), (687.633, 1.67365)], "curve", 44),
    ("a-SiO2", "kappa-cahill-1990"): (
        "kappa", 53, [(30.8818, 0.20482), (102.392, 0.673843), (755.519, 1.75354)], "points", 53),
    ("a-SiO2", "kappa-lake-shore"): ("kappa", 23, [(1, 0.017), (10, 0.1395), (300, 1.0753)], "curve", 23),
    ("a-SiO2", "heat-capacity-fagaly-bohn-1978"): (
        "heat-capacity", 4, [(0.4, 0.000528), (1.2, 0.004656), (2.0, 0.018)], "statement", 2),
    ("a-SiO2", "heat-capacity-dauer-2020-film"): (
        "heat-capacity", 15, [(3.2168, 0.1075), (10.3961, 4.029), (25.1114, 48.14)], "points", 15),
    ("a-SiO2", "expansion-ackerman-1984"): ("expansion", 2, [(0.5, -5e-10), (1.0, -1e-9)], "statement", 1),
    ("PTFE", "kappa-anderson-1963-sample-1"): (
        "kappa", 14, [(0.315, 0.000235), (0.461, 0.000536), (0.732, 0.00165)], "points", 14),
    ("PTFE", "kappa-anderson-1963-sample-2"): (
        "kappa", 6, [(0.124, 3.33e-05), (0.202, 9.6e-05), (0.219, 0.000145)], "points", 6),
    ("PTFE", "kappa-reese-tucker-1965"): (
        "kappa", 20, [(1.1, 0.00409), (2.38, 0.0156), (4.36, 0.0381)], "points", 20),
    ("PTFE", "kappa-nist"): (
        "kappa", 40, [(4, 0.0459949), (32.7757, 0.180647), (300, 0.272802)], "fit", 9),
    ("PTFE", "heat-capacity-nist"): (
        "heat-capacity", 40, [(4, 2.23233), (32.7757, 135.9), (300, 1031.71)], "fit", 9),
    ("PTFE", "expansion-nist"): ("expansion", 18, [], "fit", 4),
    ("Torlon", "kappa-runyan-jones-2008"): (
        "kappa", 16, [(0.303, 0.000843), (0.563, 0.0032), (2.977, 0.0226)], "points", 16),
    ("Torlon", "heat-capacity-barucci-2006-below-1K"): (
        "heat-capacity", 15, [(0.15, 0.000572258), (0.387298, 0.00324483), (1, 0.03361)], "fit", 3),
    ("Torlon", "heat-capacity-barucci-2006-above-1K"): (
        "heat-capacity", 12, [(1.02, 0.0286212), (2.20731, 0.371331), (4.2, 3.14284)], "fit", 2),
    ("Vespel-SP1", "kappa-runyan-jones-2008"): (
        "kappa", 14, [(0.328, 0.000417), (0.539, 0.00104), (2.883, 0.0066)], "points", 14),
    ("Pyrex", "kappa-cahill-1990"): (
        "kappa", 49, [(32.6278, 0.195659), (105.27, 0.622926), (494.582, 1.33664)], "points", 49),
    ("Pyrex", "kappa-lake-shore"): ("kappa", 14, [(1, 0.02), (25, 0.1525), (100, 0.5179)], "curve", 14),
    ("PEEK", "kappa-runyan-jones-2008"): (
        "kappa", 16, [(0.300389, 0.000603632), (0.528053, 0.00184996), (2.71399, 0.008616)], "points", 16),
    ("nylon", "kappa-nist"): (
        "kappa", 40, [(1, 0.00243501), (18.6345, 0.0898696), (300, 0.336837)], "fit", 8),
    ("nylon", "heat-capacity-nist"): (
        "heat-capacity", 40, [(4, 1.56014), (32.7757, 227.672), (300, 1619.19)], "fit", 8),
    ("nylon", "expansion-nist"): ("expansion", 20, [], "fit", 4),
}  # fmt: skip


def test_the_shelf_holds_what_the_tests_know():
    assert list_glasses() == GLASSES
    found = {(p.parent.name, p.stem) for p in shipped("datasets").glob("*/*.csv")}
    assert found == set(SHIPPED)
    listed = {(name, entry.file.stem) for name in GLASSES for entry in load_record(name).data}
    assert listed == found


@pytest.mark.parametrize(("glass", "file"), SHIPPED)
def test_shipped_file_holds_the_numbers_of_its_source(glass, file):
    quantity, rows, some, kind, worth = SHIPPED[glass, file]
    read = read_measurement(glass_folder(glass) / f"{file}.csv")
    assert (read.name, read.quantity, len(read), read.kind, read.worth) == (file, quantity, rows, kind, worth)
    for temperature, value in some:
        assert value == read.value[np.flatnonzero(read.temperature == temperature)[0]]
    for text in (read.citation, read.origin, read.licence, read.confidence, read.note, read.material):
        assert text
    assert len(read.sha256) == 64
    if kind in ("fit", "statement"):
        assert f"worth {worth} number" in read.note
        assert read.scale_error > 0


@pytest.mark.parametrize(
    ("glass", "coefficients"),
    [
        ("nylon", [-1389.0, -0.1561, 0.02988, -7.948e-05, 1.181e-07]),
        ("PTFE", [-2125.0, -0.8201, 0.06161, -0.0003171, 6.85e-07]),
    ],
)
def test_expansion_is_the_slope_of_nist_polynomial(glass, coefficients):
    """(L - L293)/L293 = 1e-5 Σ c_i T^i, so that α = d ln L/dT; 0.5 % for the digits of the lengths."""
    read = read_measurement(glass_folder(glass) / "expansion-nist.csv")
    length = np.polynomial.Polynomial(coefficients) * 1e-5
    slope = length.deriv()(read.temperature) / (1 + length(read.temperature))
    np.testing.assert_allclose(read.value, slope, rtol=5e-3)


def test_errors_of_shipped_files():
    """The stated 30 % and 20 % are half shared, half independent; Pyrex has its own column."""
    folder = shipped("datasets")
    heat = read_measurement(folder / "a-SiO2" / "heat-capacity-fagaly-bohn-1978.csv")
    np.testing.assert_allclose(heat.error / heat.value, 0.3 / np.sqrt(2))
    assert heat.scale_error == pytest.approx(0.3 / np.sqrt(2))
    alpha = read_measurement(folder / "a-SiO2" / "expansion-ackerman-1984.csv")
    np.testing.assert_allclose(alpha.error, np.array([0.5e-9, 1e-9]) * 0.2 / np.sqrt(2))
    kappa = read_measurement(folder / "a-SiO2" / "kappa-cahill-pohl-1988.csv")
    np.testing.assert_allclose(kappa.error, 0.04 * kappa.value)
    assert kappa.scale_error == 0.02
    assert kappa.degrees_of_freedom is None
    pyrex = read_measurement(folder / "Pyrex" / "kappa-cahill-1990.csv")
    assert pyrex.error[0] == 0.00391317
    assert read_measurement(folder / "PTFE" / "kappa-nist.csv").scale_error == 0.3


# The raw points of two bins of the film: T [K], heat capacity of all, of the copper and of the bare calorimeter [nJ/K]
FILM_POINTS = {
    4.9839: [(4.6918, 4.5636, 1.7939, 1.8031), (4.7868, 4.8002, 1.8758, 1.8719), (4.8837, 5.1391, 1.962, 1.9439),
             (4.9825, 5.2689, 2.0527, 2.0195), (5.0834, 5.5063, 2.1481, 2.0989), (5.1864, 5.6919, 2.2485, 2.1821),
             (5.3013, 6.1526, 2.3646, 2.278)],
    10.3961: [(9.7893, 35.363, 11.504, 8.8672), (9.9876, 37.144, 12.173, 9.2993), (10.1899, 39.635, 12.861, 9.753),
              (10.3959, 41.876, 13.582, 10.228), (10.607, 43.6, 14.362, 10.729), (10.8211, 46.648, 15.208, 11.251),
              (11.0403, 49.854, 16.127, 11.799)],
}  # fmt: skip


@pytest.mark.parametrize("temperature", FILM_POINTS)
def test_bins_of_the_film_are_the_means_of_its_points(temperature):
    """C/T³ of what copper and calorimeter leave, over the mass of a film 2.5 mm x 2.5 mm x 323.44 nm of 2200 kg/m³."""
    read = read_measurement(glass_folder("a-SiO2") / "heat-capacity-dauer-2020-film.csv")
    T, total, copper, bare = np.array(FILM_POINTS[temperature]).T
    cubic = np.mean((total - copper - bare) * 1e-9 / (2.5e-3**2 * 323.44e-9 * 2200) / T**3)
    middle = np.exp(np.mean(np.log(T)))
    row = np.flatnonzero(read.temperature == temperature)[0]
    assert middle == pytest.approx(temperature, abs=1e-4)
    assert read.value[row] == pytest.approx(cubic * middle**3, rel=2e-4)
    assert 0.04 < read.error[row] / read.value[row] < 0.1


def test_the_film_has_the_bump_and_a_scale_of_its_own():
    read = read_measurement(glass_folder("a-SiO2") / "heat-capacity-dauer-2020-film.csv")
    cubic = read.value / read.temperature**3
    assert read.temperature[np.argmin(cubic)] == 4.9839
    assert read.temperature[np.argmax(cubic)] == 10.3961
    np.testing.assert_allclose([cubic.min(), cubic.max(), cubic[-1]], [2.2e-3, 3.6e-3, 3.0e-3], rtol=0.02)
    assert read.scale_error == 0.15
    # what the page says of the rows below 4 K, against c1 T + c3 T³ of the bulk
    bulk = 1e-3 * read.temperature + 2e-3 * read.temperature**3
    np.testing.assert_allclose((read.value / bulk)[:3], [1.54, 1.25, 1.11], atol=5e-3)


def test_masks_and_roles():
    """Radiation above 350 K, drooping points below 0.4 K, an upturn below 5 K are left out."""
    silica = {m.name: m for m in load_measurements("a-SiO2", role="fit")}
    assert set(silica) == {
        "kappa-cahill-pohl-1988",
        "heat-capacity-fagaly-bohn-1978",
        "expansion-ackerman-1984",
    }
    assert silica["kappa-cahill-pohl-1988"].temperature[[0, -1]].tolist() == [0.0810095, 301.245]
    checks = load_measurements("a-SiO2", role="check")
    assert [m.name for m in checks] == [
        "kappa-cahill-1990",
        "kappa-lake-shore",
        "heat-capacity-dauer-2020-film",
    ]
    assert checks[2].temperature[[0, -1]].tolist() == [4.3304, 25.1114]
    assert len(checks[2]) == 13
    for name in ("Torlon", "Vespel-SP1", "PEEK"):
        kappa = next(m for m in load_measurements(name) if m.quantity == "kappa")
        assert kappa.temperature[0] > 0.4
    cp = next(m for m in load_measurements("PTFE") if m.name == "heat-capacity-nist")
    assert (np.diff(cp.value) > 0).all()
    assert cp.worth == 8


def test_kinds_are_labelled():
    kinds = {name: load_record(name).kind for name in GLASSES}
    assert [name for name in GLASSES if kinds[name] == "semicrystalline"] == ["nylon", "PEEK", "PTFE"]


def test_constants_of_silica_are_the_papers():
    record, silica = load_record("a-SiO2"), load_glass("a-SiO2")
    constants = {name: (c.value, c.uncertainty) for name, c in record.constants.items()}
    assert constants == {
        "glass_temperature": (1500.0, 50.0),
        "debye_temperature": (342.0, 17.0),
        "density": (2200.0, 5.0),
        "sound_speed": (4100.0, 45.0),
    }
    assert (silica.name, silica.glass_temperature, silica.sound_speed) == ("a-SiO2", 1500.0, 4100.0)
    assert silica.fragility == 30.0


@pytest.mark.parametrize("name", GLASSES)
def test_every_constant_has_a_source_or_a_reasoned_prior(name):
    record, glass = load_record(name), load_glass(name)
    for label, constant in record.constants.items():
        if constant.value is None:
            assert constant.prior
            assert constant.reason
            assert constant.uncertainty is None
        else:
            assert constant.source
            assert constant.uncertainty
        assert getattr(glass, label) == constant.best
    assert 1.5 < glass.tg < 6


def test_units_of_constants_are_those_of_the_glass():
    assert {name: unit or "1" for name, (_, unit, _) in GLASS_CONSTANTS.items()} == CONSTANTS


@pytest.mark.parametrize(
    ("prior", "median"),
    [
        ({"distribution": "uniform", "low": 1.0, "high": 4.0}, 2.5),
        ({"distribution": "log-normal", "median": 7.0, "spread": 0.3}, 7.0),
        ({"distribution": "half-normal", "scale": 0.1}, stats.halfnorm(scale=0.1).median()),
        ({"distribution": "normal", "mean": 3.0, "sd": 2.0}, 3.0),
        ({"distribution": "normal", "mean": 3.0, "sd": 2.0, "low": 2.5},
         stats.truncnorm(-0.25, np.inf, loc=3.0, scale=2.0).median()),
        ({"distribution": "beta", "a": 2.0, "b": 5.0, "low": 1.0, "high": 3.0},
         stats.beta(2.0, 5.0, loc=1.0, scale=2.0).median()),
    ],
)  # fmt: skip
def test_median_of_a_prior(prior, median):
    assert prior_median(prior, "here") == pytest.approx(median, rel=1e-12)
    constant = Constant(value=None, uncertainty=None, unit="K", source="", prior=prior, reason="a guess")
    assert constant.best == pytest.approx(median, rel=1e-12)


def test_a_normal_prior_of_a_constant_keeps_to_positive_values():
    def read(**numbers):
        entry = {"unit": "K", "reason": "a guess", "prior": {"distribution": "normal", **numbers}}
        return read_constant("glass_temperature", entry, "here")

    cut = read(mean=100.0, sd=200.0)
    assert cut.prior == {"distribution": "normal", "mean": 100.0, "sd": 200.0, "low": 0.0}
    assert cut.best == pytest.approx(
        stats.truncnorm(-0.5, np.inf, loc=100.0, scale=200.0).median(), rel=1e-12
    )
    assert read(mean=100.0, sd=200.0, low=50.0).prior["low"] == 50.0


def test_the_wheels_copy_comes_first(tmp_path, monkeypatch):
    monkeypatch.setattr("glassjax.datasets.record._PACKAGE", tmp_path / "glassjax")
    with pytest.raises(ValueError, match="the shipped datasets are missing"):
        shipped("datasets")
    (tmp_path / "datasets").mkdir()
    assert shipped("datasets") == tmp_path / "datasets"
    (tmp_path / "glassjax" / "_shipped" / "datasets").mkdir(parents=True)
    assert shipped("datasets") == tmp_path / "glassjax" / "_shipped" / "datasets"
    assert list_glasses() == []


def test_reading_what_is_shipped_imports_neither_jax_nor_pint():
    code = (
        "import sys, glassjax.datasets as d\n"
        "[d.load_measurements(name) for name in d.list_glasses()]\n"
        "print(*sorted({'jax', 'pint', 'pandas', 'scipy.stats', 'numpyro'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

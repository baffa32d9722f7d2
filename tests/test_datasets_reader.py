"""Units, errors and layouts of files as people write them; what a `Measurement` means to a likelihood."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from glassjax.datasets import Measurement, read_measurement, write_measurement
from glassjax.datasets.units import kelvin, molar_mass_in_grams, value_factor
from glassjax.errors import DataError


def read(tmp_path, text, **options):
    path = tmp_path / "mine.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_measurement(path, **options)


@pytest.mark.parametrize(
    ("unit", "quantity", "factor"),
    [
        ("W/(m K)", "kappa", 1.0),
        ("W/cm/K", "kappa", 100.0),
        ("W/(cm K)", "kappa", 100.0),
        ("W cm^-1 K^-1", "kappa", 100.0),
        ("W cm-1 K-1", "kappa", 100.0),
        ("W·cm⁻¹·K⁻¹", "kappa", 100.0),
        ("W.cm-1.K-1", "kappa", 100.0),
        ("W/(m.K)", "kappa", 1.0),
        ("W/(m·K)", "kappa", 1.0),
        ("W/(m*K)", "kappa", 1.0),
        ("mW/cm/K", "kappa", 0.1),
        ("mW/(m K)", "kappa", 1e-3),
        ("µW/(cm K)", "kappa", 1e-4),
        ("erg/(s cm K)", "kappa", 1e-5),
        ("cal/(s cm K)", "kappa", 418.4),
        ("J/g/K", "heat-capacity", 1e3),
        ("mJ/g/K", "heat-capacity", 1.0),
        ("mJ/(g K)", "heat-capacity", 1.0),
        ("J g-1 K-1", "heat-capacity", 1e3),
        ("erg/(g K)", "heat-capacity", 1e-4),
        ("1e-6/K", "expansion", 1e-6),
        ("10^-6/K", "expansion", 1e-6),
        ("10⁻⁶ K⁻¹", "expansion", 1e-6),
        ("10^-6 K^-1", "expansion", 1e-6),
        ("1e-8 1/K", "expansion", 1e-8),
        ("ppm/K", "expansion", 1e-6),
        ("µm/m/K", "expansion", 1e-6),
        ("K-1", "expansion", 1.0),
        ("1/mK", "expansion", 1e3),
    ],
)
def test_units_against_hand_conversion(unit, quantity, factor):
    assert value_factor(unit, quantity) == pytest.approx(factor, rel=1e-12)


def test_heat_capacity_per_mole():
    """60 g/mol: 1 J/(mol K) is 1/0.06 J/(kg K)."""
    assert value_factor("J/mol/K", "heat-capacity", 60.0) == pytest.approx(1 / 0.06, rel=1e-12)
    assert value_factor("mJ/(mol K)", "heat-capacity", 60.0) == pytest.approx(1e-3 / 0.06, rel=1e-12)


@pytest.mark.parametrize("text", ["60 g/mol", "0.06 kg/mol", "60", "6e1 g mol-1"])
def test_molar_mass(text):
    assert molar_mass_in_grams(text) == pytest.approx(60.0, rel=1e-12)


@pytest.mark.parametrize(
    ("unit", "given", "wanted"),
    [
        ("", 4.2, 4.2),
        ("K", 4.2, 4.2),
        ("mK", 50.0, 0.05),
        ("degC", -268.95, 4.2),
        ("°C", 20.0, 293.15),
        ("degF", 32.0, 273.15),
    ],
)
def test_temperatures(unit, given, wanted):
    np.testing.assert_allclose(kelvin(unit)(np.array([given])), [wanted], rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "T [K], kappa [W/cm/K], sigma [mW/cm/K]\n1, 2e-4, 0.01\n2, 8e-4, 0.04\n",
        "T (K),kappa (W/cm/K),sigma (W/cm/K)\n2,8e-4,4e-5\n1,2e-4,1e-5\n",
        "T/K;kappa/(W/(cm K));sigma\n1;2e-4;1e-5\n2;8e-4;4e-5\n",
        "Temperature [mK]\tThermal conductivity [W/(m K)]\terror [%]\n1000\t0.02\t5\n2000\t0.08\t5\n",
        "\ufeffT,k,err\r\n# units: K, W/m/K, W/m/K\r\n\r\n1,2e-2,1e-3\r\n2,8e-2,4e-3\r\n",
        "# units: K, W/cm/K\n# relative_error: 5 %\nT, kappa\n 1 , 2E-4\n+2.0, .0008\n",
        '"T [K]","kappa [W/(m K)]","run"\n"1","0.02","a"\n"2","0.08","b"\n',
        "# quantity: thermal conductivity\nT [K], lambda [W/m/K]\n1, 0.02\n2, 0.08",
        'T [K], "kappa, (W/(m K))"\n1, 0.02\n2, 0.08\n',
        "T/K, kappa/W/(m K)\n1, 0.02\n2, 0.08\n",
    ],
)
def test_layouts_mean_the_same(tmp_path, text):
    """kappa = 0.02 T² W/(m K) with 5 %, in ten spellings."""
    got = read(tmp_path, text)
    assert got.quantity == "kappa"
    np.testing.assert_allclose(got.temperature, [1, 2], rtol=1e-14)
    np.testing.assert_allclose(got.value, [0.02, 0.08], rtol=1e-12)
    np.testing.assert_allclose(got.error, [0.001, 0.004], rtol=1e-12)


def test_assumed_error_is_said(tmp_path):
    got = read(tmp_path, "# note: by hand\nT [K], C [J/g/K]\n1, 2\n")
    assert got.note == "by hand; no error given: 5% assumed"
    assert (got.kind, got.scale_error, got.degrees_of_freedom) == ("points", 0.0, None)


def test_header_is_carried_along(tmp_path):
    text = "# Citation: A. Author (1999)\n# origin: Fig. 2: open circles\n# note: one\n# note: two\n"
    text += "# by hand, 2026\n# scale error: 0.1\n# class: curve\nT [K], C [J/g/K]\n1, 2\n"
    got = read(tmp_path, text)
    assert (got.citation, got.origin, got.note.split(";")[0]) == (
        "A. Author (1999)",
        "Fig. 2: open circles",
        "one two",
    )
    assert (got.kind, got.scale_error) == ("curve", 0.1)
    assert got.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert got.path == tmp_path / "mine.csv"


def test_molar_mass_from_header_or_argument(tmp_path):
    text = "T [K], Cp (J/mol/K)\n1, 0.6\n"
    assert read(tmp_path, "# molar_mass: 60 g/mol\n" + text).value[0] == pytest.approx(10.0)
    assert read(tmp_path, text, molar_mass=60.0).value[0] == pytest.approx(10.0)


def test_value_column_of_any_name_if_the_quantity_is_told(tmp_path):
    text = "T [K], y [1e-6/K]\n1, -2\n"
    got = read(tmp_path, text, quantity="expansion")
    assert (got.quantity, got.value[0]) == ("expansion", pytest.approx(-2e-6))
    assert got.error[0] == pytest.approx(1e-7)


def test_stated_error_of_a_fit_is_half_shared(tmp_path):
    """Variance 0.04² splits into two of 0.04²/2; a file's own scale_error is left alone."""
    head = "# class: fit\n# degrees_of_freedom: 3\n"
    body = "T [K], C [J/kg/K], sigma\n1, 10, 0.4\n2, 20, 0.8\n"
    got = read(tmp_path, head + body)
    assert got.scale_error == pytest.approx(0.04 / np.sqrt(2))
    np.testing.assert_allclose(got.error, [0.4 / np.sqrt(2), 0.8 / np.sqrt(2)])
    own = read(tmp_path, head + "# scale_error: 0.3\n" + body)
    assert own.scale_error == 0.3
    np.testing.assert_allclose(own.error, [0.4, 0.8])


def make(**changes):
    values = {
        "name": "made",
        "quantity": "kappa",
        "temperature": np.arange(1.0, 7.0),
        "value": np.arange(1.0, 7.0) ** 2,
        "error": 0.1 * np.arange(1.0, 7.0) ** 2,
    }
    return Measurement(**{**values, **changes})


def test_covariance_of_points_and_of_a_scale_error():
    np.testing.assert_allclose(make().covariance(), 0.01 * np.eye(6))
    np.testing.assert_allclose(make(scale_error=0.2).covariance(), 0.01 * np.eye(6) + 0.04)


def test_fit_of_k_coefficients_is_worth_k_points():
    """The mean of n rows of a fit is known as well as that of k points: 0.01/k, whatever n is."""
    for k in (1, 2, 3, 6, 60):
        covariance = make(kind="fit", degrees_of_freedom=k).covariance()
        weight = np.ones(6) @ np.linalg.solve(covariance, np.ones(6))
        assert weight == pytest.approx(min(k, 6) / 0.01)
    assert make(degrees_of_freedom=60).worth == 6


def test_covariance_of_expansion_is_absolute():
    alpha = make(quantity="expansion", value=-np.arange(1.0, 7.0), error=np.full(6, 0.1), scale_error=0.2)
    expected = 0.01 * np.eye(6) + 0.04 * np.outer(np.arange(1.0, 7.0), np.arange(1.0, 7.0))
    np.testing.assert_allclose(alpha.covariance(), expected)


def test_between():
    fit = make(kind="fit", degrees_of_freedom=4)
    part = fit.between(2.0, 4.0)
    assert part.temperature.tolist() == [2.0, 3.0, 4.0]
    assert part.worth == 2
    assert fit.between() is fit
    assert make().between(5.5).temperature.tolist() == [6.0]
    with pytest.raises(DataError, match=r"made: no row lies between 7 and inf K; .* from 1 to 6 K"):
        make().between(7.0)


def test_measurement_is_frozen_and_checked():
    made = make()
    with pytest.raises(ValueError, match="read-only"):
        made.value[0] = 3.0
    assert made.unit == "W/(m K)"
    for change, reason in [
        ({"temperature": np.array([2.0, 1, 3, 4, 5, 6])}, "positive, sorted and without repetition"),
        ({"temperature": np.arange(6.0)}, "positive, sorted"),
        ({"value": np.zeros(6)}, "kappa must be positive"),
        ({"value": np.ones(5)}, "vectors of one length"),
        ({"value": np.full(6, np.nan)}, "not finite"),
        ({"value": np.array([10**400] * 6)}, "value must be real numbers"),
        ({"error": np.zeros(6)}, "positive error"),
        ({"scale_error": -1.0}, "scale_error must be 0 or"),
        ({"degrees_of_freedom": 0}, "degrees_of_freedom must be a whole number"),
        ({"kind": "point"}, "unknown class 'point', did you mean 'points'"),
        ({"quantity": "kapa"}, "unknown quantity 'kapa', did you mean 'kappa'"),
    ]:
        with pytest.raises(DataError, match=reason):
            replace(made, **change)


@pytest.mark.parametrize("quantity", ["kappa", "heat-capacity", "expansion"])
def test_round_trip(tmp_path, quantity):
    rng = np.random.default_rng(3)
    sign = -1 if quantity == "expansion" else 1
    made = make(
        quantity=quantity,
        temperature=np.sort(rng.uniform(0.1, 300, 6)),
        value=sign * rng.lognormal(-8, 5, 6),
        error=rng.lognormal(-10, 3, 6),
        kind="fit",
        scale_error=0.1 / 3,
        degrees_of_freedom=3,
        citation="A: B & C (2001), “D”",
        origin="here",
        licence="none",
        confidence="low",
        note="n; m",
        material="m # 1",
    )
    back = read_measurement(write_measurement(made, tmp_path / "made.csv"))
    for field in ("temperature", "value", "error"):
        assert getattr(back, field).tolist() == getattr(made, field).tolist()
    plain = ("name", "quantity", "kind", "scale_error", "degrees_of_freedom", "citation", "origin", "licence")
    for field in (*plain, "confidence", "note", "material"):
        assert getattr(back, field) == getattr(made, field)
    np.testing.assert_array_equal(back.covariance(), made.covariance())
    assert [p.name for p in tmp_path.iterdir()] == ["made.csv"]


def test_writing_where_nothing_can_be_written(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_measurement(make(), tmp_path / "no" / "folder.csv")

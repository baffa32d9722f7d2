"""Columns, units, errors, repeated temperatures and missing rows of somebody's file."""

import numpy as np
import pytest

from glassjax.errors import DataError, GlassjaxError
from glassjax.intake import read_spreadsheet
from glassjax.intake.headers import read_heading
from glassjax.intake.known_quantities import guess_unit, times_usual
from glassjax.intake.rows import Rows, averaged, count_sweeps, thinned
from glassjax.intake.spelling import respelled


def read(tmp_path, text, quantity="kappa", **options):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return read_spreadsheet(path, quantity, **options)


@pytest.mark.parametrize(
    ("text", "role", "unit"),
    [
        ("T(K)", "temperature", "K"),
        ("Temp. / K", "temperature", "K"),
        ("Sample Temp (Kelvin)", "temperature", "Kelvin"),
        ("T_K", "temperature", "K"),
        ("Temperatur in °C", "temperature", "°C"),
        ("K", "temperature", "K"),
        ("k", "kappa", ""),
        ("k, W/mK", "kappa", "W/mK"),
        ("kappa_W/mK", "kappa", "W/mK"),
        ("κ / W/(m K)", "kappa", "W/(m K)"),
        ("$\\kappa$ (W m$^{-1}$ K$^{-1}$)", "kappa", "W m^-1 K^-1"),
        ("k (thermal) [W/mK]", "kappa", "W/mK"),
        ("lambda in W/(m*K)", "kappa", "W/(m*K)"),
        ("Cp/J/(kg K)", "heat-capacity", "J/(kg K)"),
        ("Samp HC (J/mole-K)", "heat-capacity", "J/mole-K"),
        ("alpha (10^-6/K)", "expansion", "10^-6/K"),
        ("α / 10⁻⁶ K⁻¹", "expansion", "10⁻⁶ K⁻¹"),
        ("u(k) / W/(m K)", "error", "W/(m K)"),
        ("dκ/κ", "error", ""),
        ("±", "error", ""),
        ("+/- (W/m/K)", "error", "W/m/K"),
        ("Std.Dev.", "error", ""),
        ("σ_κ", "error", ""),
        ("Samp HC Err (J/mole-K)", "error", "J/mole-K"),
        ("error in kappa", "error", ""),
        ("dT (K)", "error", "K"),
        ("Thermal Conductivity, W/(m*K)", "kappa", "W/(m*K)"),
        ("T°C", "temperature", "°C"),
        ("Cu", "", ""),
        ("Seebeck (uV/K)", "", "uV/K"),
        ("Time Stamp (Seconds)", "", "Seconds"),
    ],
)
def test_headings(text, role, unit):
    found = read_heading(text)
    assert (found.role, found.unit) == (role, unit)


@pytest.mark.parametrize(
    ("unit", "quantity", "meant"),
    [
        ("W/mK", "kappa", "W/(m K)"),
        ("W/(mK)", "kappa", "W/(m K)"),
        ("W/m K", "kappa", "W/(m K)"),
        ("W/K-m", "kappa", "W/(m K)"),
        ("mW/cmK", "kappa", "mW/(cm K)"),
        ("W m^{-1} K^{-1}", "kappa", "W/(m K)"),
        ("Wm-1K-1", "kappa", "W/(m K)"),
        ("W·K⁻¹·m⁻¹", "kappa", "W/(m K)"),
        ("W/(m °C)", "kappa", "W/(m K)"),
        ("J/gK", "heat-capacity", "J/(g K)"),
        ("J mol-1 K-1", "heat-capacity", "J/(mol K)"),
        ("J/mole-K", "heat-capacity", "J/(mol K)"),
        ("10-6/K", "expansion", "1e-6/K"),
        ("x10^-6 K^-1", "expansion", "1e-6 K^-1"),
        ("W/(m K)", "kappa", "W/(m K)"),
        ("W/cm/K", "kappa", "W/cm/K"),
        ("furlong", "kappa", "furlong"),
    ],
)
def test_units_are_respelled(unit, quantity, meant):
    assert respelled(unit, quantity) == meant


def test_a_column_is_chosen_by_name_and_by_number(tmp_path):
    text = "T1 (K),T2 (K),k up (W/m/K),k down (W/m/K)\n1,2,3,4\n2,3,4,5\n"
    first = read(tmp_path, text, column="k down (W/m/K)", temperature_column="2")
    second = read(tmp_path, text, column="K DOWN", temperature_column="t2")
    for found in (first, second):
        assert found.measurement.temperature.tolist() == [2.0, 3.0]
        assert found.measurement.value.tolist() == [4.0, 5.0]
    with pytest.raises(DataError, match="there is no column 'k dwn', did you mean 'k down"):
        read(tmp_path, text, column="k dwn", temperature_column="t2")


def test_one_table_of_all_three(tmp_path):
    names = "T/K;k [W/mK];err k;Cp [J/kgK];err Cp [%];alpha [1e-6/K]"
    text = f"{names}\n1;0.01;0.001;0.02;3;-0.001\n2;0.02;0.002;-;3;0.002\n"
    kappa, heat, expansion = (read(tmp_path, text, q) for q in ("kappa", "heat-capacity", "expansion"))
    assert kappa.measurement.error.tolist() == [0.001, 0.002]
    assert heat.measurement.error.tolist() == pytest.approx([0.0006])
    assert "line 3 left out: T or the value is missing" in heat.notes
    assert expansion.measurement.value.tolist() == pytest.approx([-1e-9, 2e-9])
    assert expansion.measurement.error.tolist() == pytest.approx([5e-11, 1e-10])


def test_per_mole(tmp_path):
    text = "T,Cp\nK,J/mol-K\n1,0.6\n"
    found = read(tmp_path, text, "heat-capacity", molar_mass=60.0)
    assert found.measurement.value.tolist() == pytest.approx([10.0])
    asked = read(tmp_path, text, "heat-capacity", decide=lambda doubt: "0.06 kg/mol")
    assert asked.measurement.value.tolist() == pytest.approx([10.0])
    with pytest.raises(GlassjaxError, match=r"what a mole weighs is not known .* give --molar-mass"):
        read(tmp_path, text, "heat-capacity")


@pytest.mark.parametrize(
    ("unit", "factor"), [("W/(m K)", 1.0), ("mW/(cm K)", 10.0), ("W/(cm K)", 0.01), ("mW/(m K)", 1e3)]
)
def test_a_unit_is_guessed_of_silica_and_of_polymers(unit, factor):
    """The shipped data, given in other units."""
    import glassjax as gj

    for name in ("a-SiO2", "nylon", "PTFE"):
        data = next(m for m in gj.load_measurements(name) if m.quantity == "kappa" and len(m) > 20)
        assert guess_unit("kappa", data.temperature, data.value * factor).unit == unit
        assert 1 / 5 < times_usual("kappa", data.temperature, data.value) < 5


def test_guesses_are_asked_for_and_told(tmp_path):
    asked = []

    def decide(doubt):
        asked.append(doubt)
        return doubt.guess

    found = read(tmp_path, "T,k\n1,8\n10,70\n100,400\n", decide=decide)
    assert found.measurement.value.tolist() == pytest.approx([0.008, 0.07, 0.4])
    assert [(doubt.option, doubt.guess) for doubt in asked] == [("--kappa-unit", "mW/(m K)")]
    assert "glasses have about 70 mW/(m K) at 10 K, and here it is 70" in asked[0].why
    assert any("no unit in the file: mW/(m K) taken" in warning for warning in found.warnings)
    cold = read(tmp_path, "T,k [W/mK]\n-270,0.01\n-260,0.1\n", decide=decide)
    assert cold.measurement.temperature.tolist() == pytest.approx([3.15, 13.15])
    assert asked[-1].option == "--temperature-unit"


def test_options_win_over_headers(tmp_path):
    text = "T [K],k [W/mK]\n500,0.1\n1000,0.2\n"
    found = read(tmp_path, text, unit="mW/(cm K)", temperature_unit="mK")
    assert found.measurement.temperature.tolist() == [0.5, 1.0]
    assert found.measurement.value.tolist() == pytest.approx([0.01, 0.02])


def test_rows_without_a_number_are_left_out_and_told(tmp_path):
    text = "T (K);k (W/mK);err\n1;0.01;0.001\n2;-;0.001\n3;NaN;0.001\n;0.5;0.1\n"
    text += "5;-0.05;0.001\n6;0.06;\n7;#N/A;0.1\n8;0.08;0.004\n"
    found = read(tmp_path, text)
    assert found.measurement.temperature.tolist() == [1.0, 6.0, 8.0]
    assert "lines 3, 4, 5 and 8 left out: T or the value is missing" in found.notes
    assert "line 6 left out: kappa is not above 0" in found.warnings
    # one has no error: given the median share of the others, (0.1 + 0.05)/2
    assert found.measurement.error.tolist() == pytest.approx([0.001, 0.075 * 0.06, 0.004])
    assert "left out" in found.measurement.note


def test_a_first_row_without_a_value_is_told_too(tmp_path):
    assert (
        "lines 2 and 4 left out: T or the value is missing"
        in read(tmp_path, "T,k (W/mK)\n1,#N/A\n2,0.02\n#N/A,0.2\n3,0.04\n").notes
    )


@pytest.mark.parametrize("name", ["u(k) (k=2)", "uncertainty (k = 2)", "2 sigma", "2σ"])
def test_expanded_uncertainties_become_standard_errors(tmp_path, name):
    found = read(tmp_path, f"T (K),k (W/mK),{name}\n1,0.01,0.002\n")
    assert found.measurement.error.tolist() == [0.001]
    assert "errors divided by 2, as their name says" in found.notes


def test_sweeps_are_averaged_where_they_meet(tmp_path):
    text = "T (K),k (W/mK),err\n1,0.010,0.001\n2,0.020,0.002\n3,0.030,0.003\n2,0.022,0.002\n1,0.012,0.001\n"
    found = read(tmp_path, text)
    assert found.measurement.temperature.tolist() == [1.0, 2.0, 3.0]
    assert found.measurement.value.tolist() == pytest.approx([0.011, 0.021, 0.03])
    # of two: 0.001/√2, unless they scatter more: √((0.001² + 0.001²)/1)/√2 = 0.001
    assert found.measurement.error.tolist() == pytest.approx([0.001, 0.002 / np.sqrt(2), 0.003])
    assert "2 sweeps up and down" in found.notes
    assert "temperatures occur more than once: 5 rows averaged to 3" in found.notes
    assert "5 rows averaged to 3" in found.measurement.note


def test_sweeps_that_disagree_are_told(tmp_path):
    text = "T (K),k (W/mK),err\n1,0.010,0.0001\n2,0.020,0.0002\n2,0.030,0.0002\n1,0.020,0.0001\n"
    with pytest.raises(DataError, match="disagree beyond their errors"):
        read(tmp_path, text)
    warnings = read(tmp_path, text, where=[("sweep", "*")]).warnings
    assert any("differ from their average by more than three errors" in w for w in warnings)


def test_assumed_errors_do_not_shrink_and_counts_are_kept():
    rows = Rows(np.array([2.0, 1.0, 1.0 + 1e-9]), np.array([4.0, 1.0, 3.0]), np.array([0.2, 0.05, 0.15]))
    found = averaged(rows, assumed=True)
    assert found.value.tolist() == [2.0, 4.0]
    assert found.error.tolist() == pytest.approx([0.1, 0.2])


def test_a_long_record_is_thinned_without_bias():
    """Ten thousand rows of a power law with 5 % of scatter: the averages lie on it."""
    T = np.geomspace(0.3, 300.0, 10_000)
    rng = np.random.default_rng(1)
    value = 0.01 * T**1.8 * (1 + 0.05 * rng.standard_normal(10_000))
    found = thinned(Rows(T, value, 0.05 * value), assumed=False)
    assert len(found.T) == 100
    left = found.value / (0.01 * found.T**1.8) - 1
    assert np.all(np.abs(left) < 0.02)
    np.testing.assert_allclose(found.error / found.value, 0.05 / np.sqrt(100), rtol=0.1)
    assert thinned(Rows(T[:200], value[:200], value[:200]), assumed=False).T is not found.T


@pytest.mark.parametrize(
    ("T", "sweeps"),
    [
        ([1, 2, 3, 4], 1),
        ([4, 3, 2, 1], 1),
        ([1, 2, 3, 2, 1], 2),
        ([3, 2, 1, 2, 3, 2, 1], 3),
        ([1, 2, 2.001, 1.999, 3, 9], 1),
    ],
)
def test_sweeps_are_counted(T, sweeps):
    assert count_sweeps(np.array(T, dtype=float)) == sweeps


def test_a_wrong_unit_leaps_to_the_eye(tmp_path):
    text = "T (K),k (mW/cmK)\n1,20\n2,40\n3,60\n5,70\n10,100\n"
    [odd] = [w for w in read(tmp_path, text).warnings if "glasses have" in w]
    assert odd.endswith("times what glasses have: is mW/(cm K) right, and is T?")
    assert "only" not in odd
    assert any(
        w == "only one row: a fit will say little" for w in read(tmp_path, "T (K),k (W/mK)\n1,.01\n").warnings
    )


def test_a_file_of_our_own_format_keeps_what_its_header_says(tmp_path):
    text = "# quantity: kappa\n# class: curve\n# citation: Doe (1999)\n# relative_error: 0.02\n# scale_error: 0.1\n"
    found = read(tmp_path, text + "T [K], kappa [mW/(cm K)]\n1, 0.1\n2, 0.3\n").measurement
    assert found.error.tolist() == pytest.approx([0.0002, 0.0006])
    assert (found.kind, found.scale_error, found.citation) == ("curve", 0.1, "Doe (1999)")
    assert found.origin.startswith("mine.csv, sha256 ")
    with pytest.raises(DataError, match="this file holds kappa, not heat-capacity"):
        read(tmp_path, text + "T [K], kappa [W/(m K)]\n1, 0.1\n", "heat-capacity")

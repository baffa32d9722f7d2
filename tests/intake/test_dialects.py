"""Spreadsheet exports of every kind: the same numbers are read, whoever wrote them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassjax.errors import DataError
from glassjax.intake import read_spreadsheet
from glassjax.intake.spelling import UnclearNumber, number

T = [0.5, 1.25, 12.5, 80.0]
KAPPA = [1.25e-3, 0.0125, 0.0625, 0.25]  # W/(m K)

GERMAN = """Probe: Harz 12;Datum: 26.11.2026
# Zwei-Heizer-Methode; 3. Abkühlung
Temperatur;Wärmeleitfähigkeit;Unsicherheit;;
K;mW/(cm K);%;;
0,5;0,0125;4,0;;
1,25;1,25E-01;4,0;;

12,5;0,625;4,0;;
80,0;2,5;4,0;;
;;;;
"""
PPMS = """[Header]
TITLE,Thermal Transport Option
INFO,12.3,SAMPLE:mass
[Data]
Comment,Time Stamp (Seconds),Sample Temp (Kelvin),Conductivity (W/K-m),Cond Std.Dev. (W/K-m),Seebeck (uV/K)
,1,0.5,0.00125,5e-5,1.1
,2,1.25,0.0125,5e-4,1.2
,3,12.5,0.0625,2.5e-3,1.3
,4,80,0.25,1e-2,1.4
"""
NUMPY = """# sample 12
# T [K] kappa [W/mK] sigma
5.000000e-01 1.250000e-03 5.0e-05
1.250000e+00 1.250000e-02 5.0e-04
1.250000e+01 6.250000e-02 2.5e-03
8.000000e+01 2.500000e-01 1.0e-02
"""
QUOTED = """"T (K)","κ (W m^-1 K^-1)","err %"
"0,5","0,00125","4"
"1,25","0,0125","4"
"12,5","0,0625","4"
"80,0","0,25","4"
"""
CELSIUS = "T / °C;k / µW/(cm K);±\n-272,65;12,5;0,5\n-271,9;125;5\n-260,65;625;25\n-193,15;2500;100\n"
MATLAB = "% T, k\n% K, W/m/K\n0.5, 1.25D-3\n1.25, 1.25D-2\n12.5, 6.25D-2\n80, 2.5D-1\n"
UNITS_ONLY = "K|W/mK|%\n0.5|0.00125|4\n1.25|0.0125|4\n12.5|0.0625|4\n80|0.25|4\n"
HINT = (
    'sep=;\r\n"Temp. / K";"λ / W/(m*K)"\r\n0.5;1.25×10⁻³\r\n1.25;1.25x10^-2\r\n12.5;6.25·10-2\r\n80;0.25\r\n'
)
MILLIKELVIN = "T in mK, kappa in mW/cmK\n500, 0.0125\n1250, 0.125\n12500, 0.625\n80000, 2.5\n"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (GERMAN.encode("utf-16"), 0.04),
        (GERMAN.encode("utf-8-sig"), 0.04),
        (GERMAN.encode("latin-1").replace(b"\n", b"\r\n"), 0.04),
        (GERMAN.encode("utf-16-le"), 0.04),
        (GERMAN.replace("\n", "\r").encode(), 0.04),
        (PPMS.encode(), 0.04),
        (NUMPY.encode(), 0.04),
        (QUOTED.encode(), 0.04),
        (CELSIUS.encode("cp1252"), 0.04),
        (MATLAB.encode(), 0.05),  # none given
        (UNITS_ONLY.encode(), 0.04),
        (HINT.encode(), 0.05),
        (MILLIKELVIN.encode(), 0.05),
    ],
)
def test_exports_that_people_have(tmp_path, content, error):
    path = tmp_path / "k.csv"
    path.write_bytes(content)
    found = read_spreadsheet(path, "kappa").measurement
    np.testing.assert_allclose(found.temperature, T, rtol=1e-9)
    np.testing.assert_allclose(found.value, KAPPA, rtol=1e-12)
    np.testing.assert_allclose(found.error, error * found.value, rtol=1e-9)
    assert "k.csv, sha256 " in found.origin


HEADERS = (
    ("T(K)", "k [W/mK]", "err [%]"),
    ("Temp. / K", "κ / W/(m K)", "err %"),
    ("Temperature (K)", "kappa (W m^-1 K^-1)", "rel. uncertainty / %"),
    ("T [K]", "thermal conductivity [W/m/K]", "std (%)"),
    ("Temperatur [K]", "Wärmeleitfähigkeit (W/(m·K))", "Fehler %"),
)


@st.composite
def exports(draw):
    """Numbers, and the bytes of a table of them in some dialect."""
    count = draw(st.integers(2, 12))
    digits = draw(st.integers(1, 9))
    sizes = st.lists(st.integers(-3000, 2000), min_size=count, max_size=count)
    temperatures = sorted({float(f"{10 ** (x / 1000):.{digits}e}") for x in draw(sizes)})
    values = [float(f"{10 ** draw(st.floats(-6.0, 0.0)):.{digits}e}") for _ in temperatures]
    errors = [float(f"{draw(st.floats(0.5, 20.0)):.2f}") for _ in temperatures]
    separator = draw(st.sampled_from([";", "\t", ",", " ", "|"]))
    decimal = draw(st.sampled_from([".", ","])) if separator != "," else "."
    form = draw(st.sampled_from(["{:.9e}", "{:.9E}", "{!r}", "{:.14f}"]))
    header = draw(st.sampled_from(HEADERS))
    quoted = separator != " " and draw(st.booleans())
    trailing = separator * draw(st.integers(0, 2)) if separator in ";,\t" else ""

    def row(cells):
        cells = [f'"{cell}"' for cell in cells] if quoted else list(cells)
        return separator.join(cells) + trailing

    def plain(x):
        return form.format(x).replace(".", decimal)

    lines = draw(
        st.sampled_from([[], ["# measured by night"], ["% run 3", "% good"], ["Sample 12"], ["", "Run"]])
    )
    if separator == " ":
        header = ("T[K]", "k[W/mK]", "err[%]")
    lines = [*lines, row(header)]
    table = list(zip(temperatures, values, errors, strict=True))
    if draw(st.booleans()):
        table.reverse()
    for entry in table:
        lines.append(row([plain(x) for x in entry]))
        if draw(st.integers(0, 5)) == 0:
            lines.append(
                draw(st.sampled_from(["", "# a remark", row(["", "", ""]) if separator != " " else ""]))
            )
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    text = end.join(lines) + draw(st.sampled_from(["", end, end + end]))
    return temperatures, values, errors, text.encode(encoding)


@settings(max_examples=80, deadline=None)
@given(exports())
def test_a_table_in_any_dialect_has_the_same_numbers(tmp_path_factory, export):
    temperatures, values, errors, content = export
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    found = read_spreadsheet(path, "kappa").measurement
    assert found.temperature.tolist() == pytest.approx(temperatures, rel=1e-8, abs=1e-14)
    assert found.value.tolist() == pytest.approx(values, rel=1e-8, abs=1e-14)
    assert (found.error / found.value).tolist() == pytest.approx([e / 100 for e in errors], rel=1e-8)


@given(st.floats(-1e9, 1e9), st.sampled_from([".", ","]), st.sampled_from(["", ".", ",", "'", " ", "\u202f"]))
def test_numbers_in_groups_are_right_or_refused(value, decimal, group):
    if group == decimal:
        return
    text = f"{value:,.3f}".replace(",", "g").replace(".", decimal).replace("g", group)
    assert number(text, decimal) == pytest.approx(float(f"{value:.3f}"), abs=1e-9)
    other = "," if decimal == "." else "."
    try:
        wrong = number(text, other)
    except UnclearNumber:
        return
    assert wrong is None or wrong == pytest.approx(float(f"{value:.3f}"), abs=1e-9) or decimal in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty; export the table again"),
        (
            "T (K),k (W/m/K)\n",
            "no line with two numbers or more; the table needs a column of T and one of values",
        ),
        ("T (K),k (W/m/K)\n1,2\n2,0.0l\n", "line 3: k (W/m/K) is '0.0l', not a number with decimal points"),
        (
            "T (K);k (W/m/K)\n1,0;0,2\n1.500;0,3\n",
            "line 3: T (K): '1.500' may be 1500 or 1.500; write it without",
        ),
        (
            "T,k [W/mK]\n1,5,0,02\n2,5,0,03\n",
            "line 1: 2 column names over rows of 4 numbers: commas seem to be",
        ),
        (
            "T (K),k (W/m/K)\n1,0.2\n0,0.3\n",
            "line 3: T = 0 K is not above 0 K; correct the row, or give the unit",
        ),
        (
            "T (K),Cp (J/kg/K)\n1,0.2\n",
            "line 1: the column 'Cp (J/kg/K)' is heat-capacity, not kappa; give the file wi",
        ),
        ("T (K),k (W/m)\n1,0.2\n", "line 1: the unit 'W/m' is no unit of kappa"),
        (
            "T (s),k (W/m/K)\n1,0.2\n",
            "line 1: 's' of the column 'T (s)' is no unit of temperature; give --temperat",
        ),
        (
            "T (K),k1 (W/m/K),k2 (W/m/K)\n1,2,3\n",
            "2 columns may be kappa among 'k1 (W/m/K)', 'k2 (W/m/K)'; give --kap",
        ),
        ("T (K),k (W/m/K)\n1,-1\n2,-3\n", "no value of kappa is above 0; is it the right column?"),
        (
            "T (K),k (W/m/K)\n1,.1\n2,.2,5,7\n3,.3\n",
            "line 3: 4 cells where most rows have 2; correct the row",
        ),
        (
            "T1 (K),T2 (K),k (W/m/K)\n1,2,3\n",
            "2 columns may be the temperature among 'T1 (K)', 'T2 (K)'; give --temperature-column",
        ),
        ("T (K),thermal resistivity (m K/W)\n1,2\n", "is no conductivity; convert it first"),
    ],
)
def test_refusals(tmp_path, text, words):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as refused:
        read_spreadsheet(path, "kappa")
    assert f"{path}" in str(refused.value)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"PK\x03\x04....",
            "this is a workbook (.xlsx, .ods or .numbers), not a CSV file; open it there and save",
        ),
        (b"\xd0\xcf\x11\xe0....", "this is an old workbook (.xls)"),
        (b"\x00\x01\x02\x03\x04\xff\x07", "not a text file; save the table as CSV"),
        (b"\xff\xfeT\x00\x00", "not valid UTF-16; export the table again"),
    ],
)
def test_what_is_no_text(tmp_path, content, words):
    path = tmp_path / "mine.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"mine\.xlsx") as refused:
        read_spreadsheet(path, "kappa")
    assert words in str(refused.value)


def test_heat_capacity_divided_by_a_power_of_T_is_refused(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("T (K);C/T^3 (mJ/(mol K^4))\n1;2\n2;3\n")
    with pytest.raises(DataError, match="C divided by a power of T; multiply it out"):
        read_spreadsheet(path, "heat-capacity")


def test_no_numbers_become_other_numbers():
    assert number("1,5", ".") is None
    assert number("1.5", ",") is None
    assert math.isclose(number("1.234.567,5", ","), 1234567.5)
    with pytest.raises(UnclearNumber, match=r"may be 1234 or 1\.234"):
        number("1,234", ".")

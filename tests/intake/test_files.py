"""Files as instruments and people write them: the right rows, values and errors are read, or the file is refused."""

import numpy as np
import pytest

from glassjax.errors import DataError, GlassjaxError
from glassjax.intake import read_spreadsheet

T = [0.4, 0.9, 2.1, 5.0, 11.0]
K = [0.003, 0.011, 0.037, 0.071, 0.113]
HEAD = "T (K),k (W/(m K))"


def table(line, factor=1.0, T=T, start=0):
    """Lines of T, κ and what else ``line`` has."""
    return "".join(
        line.format(i=i + start, T=t, k=round(k * factor, 9))
        for i, (t, k) in enumerate(zip(T, K, strict=True))
    )


PLAIN = HEAD + "\n" + table("{T},{k}\n")
TWO_TABLES = PLAIN + "\nT (K),C (J/(kg K))\n" + table("{T},{k}\n", 10)
TTO = """[Header]
TITLE,bar 3
INFO,0.5,0.015
[Data]
Comment,Time Stamp (sec),Sample Temp. (K),Conductivity (W/K-m),Cond. Std.Dev.,Seebeck Std.Dev.,Min. Temp. (K),\
Temp. Rise (K),System Temp (K),Error (code),
""" + table(",{i},{T},{k},0.001,0.1,0.1,0.01,{T},0,\n")
HC = """[Header]
INFO,3.5,MASS:Sample Mass (mg)
[Data]
Comment (),Puck Temp (Kelvin),Sample Temp (Kelvin),Samp HC (%sJ/K),Samp HC Err (µJ/K),Addenda HC (µJ/K),\
Debye Temp (Kelvin),Samp HC/Temp (µJ/K/K),Error (Code)
""" + table(",1,{T},{k},0.002,9,200,7,{i}\n").replace(",4\n", ",0\n").replace(",1\n", ",0\n").replace(
    ",2\n", ",0\n"
)


@pytest.fixture
def read(tmp_path):
    def read(content, quantity="kappa", name="mine.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_spreadsheet(path, quantity, **options)

    return read


def refused(read, content, *words, error=DataError, **options):
    with pytest.raises(error) as found:
        read(content, **options)
    assert "\n" not in str(found.value)
    for word in words:
        assert word in str(found.value)


@pytest.mark.parametrize(
    ("column", "values", "of_unit"),
    [
        ("sample", ("A", "B"), ""),
        ("ID", ("S1", "S2"), ""),
        ("run", ("1", "2"), ""),
        ("direction", ("heat", "cool"), ""),
        ("operator", ("Ada", "Bo"), ""),
        ("B", ("0", "9"), " (T)"),
        ("Field", ("0.01", "90000.2"), " (Oersted)"),
        ("μ0H", ("0", "5"), " (T)"),
        ("p", ("0.0", "1.2"), " (GPa)"),
        ("remark", ("", "cooling"), ""),
        ("batch", ("7", "8"), ""),
    ],
)
@pytest.mark.parametrize("interleaved", [False, True])
def test_a_column_divides_the_rows(read, column, values, of_unit, interleaved):
    halves = [table(f"{value},{{T}},{{k}}\n", factor) for value, factor in zip(values, (1, 1.5), strict=True)]
    lines = "".join(halves)
    if interleaved:
        lines = "".join(
            a + b for a, b in zip(*(half.splitlines(keepends=True) for half in halves), strict=True)
        )
    text = f"{column}{of_unit},{HEAD}\n" + lines
    refused(read, text, f"'{column}{of_unit}' divides the rows", "(5 rows)", "--where")
    for value, factor in zip(values, (1, 1.5), strict=True):
        found = read(text, where=[(column, value)])
        assert found.measurement.temperature.tolist() == T
        np.testing.assert_allclose(found.measurement.value, np.array(K) * factor)
        assert found.used == (column,)
        out = [(first, last) for first, last, what in found.lines if what.startswith("left out")]
        assert sum(last - first + 1 for first, last in out) == 5
    refused(read, text, "no row has", where=[(column, "other")])


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Field (Oe)", (90000, 90001, 89999, 90000, 90001)),
        ("Field (Oe)", (0.1, -0.1, 0.0, 0.1, 0.0)),
        ("n", (0, 1, 2, 3, 4)),
        ("Time Stamp (sec)", (3800, 3801, 3802, 9000, 9001)),
        ("Date", ("1/2/2024", "1/2/2024", "1/2/2024", "1/3/2024", "1/3/2024")),
        ("Time", ("1:05:00 PM", "1:06:00 PM", "1:07:00 PM", "1:08:00 PM", "1:08:00 PM")),
        ("note", ("", "", "new heater", "", "")),
        ("sample", ("A", "A", "A", "A", "A")),
        ("Pressure (Torr)", (1e-5, 2e-5, 1e-5, 2e-5, 1e-5)),
        ("Status (code)", (1, 1, 2, 1, 2)),
        ("heater (mA)", (1, 1, 2, 2, 2)),
        ("Seebeck (uV/K)", (1.1, 1.2, 1.3, 1.1, 1.6)),
    ],
)
def test_other_columns_do_not_divide(read, name, cells):
    lines = "".join(f"{t},{k},{cell}\n" for t, k, cell in zip(T, K, cells, strict=True))
    found = read(f"{HEAD},{name}\n{lines}")
    assert found.measurement.value.tolist() == K
    assert found.aside == (name,)


@pytest.mark.parametrize("fields", [(0, 1, 2, 3, 9), (0, 0, 3, 9, 9)])
def test_a_field_of_many_values_divides_too(read, fields):
    lines = "".join(f"{t},{k},{field}\n" for t, k, field in zip(T, K, fields, strict=True))
    refused(read, f"{HEAD},B (T)\n{lines}", "'B (T)' divides the rows")
    assert read(f"{HEAD},B (T)\n{lines}", where=[("B", "*")]).measurement.value.tolist() == K


def test_a_column_called_sweep_is_that_of_the_file(read):
    text = f"sweep,{HEAD}\n" + table("1,{T},{k}\n") + table("2,{T},{k}\n", 2)
    np.testing.assert_allclose(read(text, where=[("sweep", "2")]).measurement.value, np.array(K) * 2)


def test_a_time_of_day_is_one_cell(read):
    found = read("Time T(K) k(W/m/K)\n" + table("1:05:0{i} PM {T} {k}\n"))
    assert found.measurement.value.tolist() == K
    assert found.aside == ("Time",)


def test_cells_joined_over_rows_divide_too(read):
    lines = "".join(
        f"{name if i == 0 else ''},{t},{k * factor}\n"
        for name, factor in (("A", 1), ("B", 2))
        for i, (t, k) in enumerate(zip(T, K, strict=True))
    )
    refused(read, f"sample,{HEAD}\n{lines}", "A (5 rows) and B (5 rows)")
    found = read(f"sample,{HEAD}\n{lines}", where=[("sample", "b")])
    np.testing.assert_allclose(found.measurement.value, np.array(K) * 2)


def test_conditions_add_up_and_narrow(read):
    text = f"sample,B (T),{HEAD}\n" + "".join(
        table(f"{name},{field},{{T}},{{k}}\n", factor)
        for name, field, factor in (("A", 0, 1), ("A", 9, 2), ("B", 0, 3))
    )
    refused(read, text, "'B (T)'", where=[("sample", "A")])
    found = read(text, where=[("sample", "A"), ("B", "9")])
    np.testing.assert_allclose(found.measurement.value, np.array(K) * 2)
    refused(read, text, "there is no column 'Sampel'", where=[("Sampel", "A")])
    assert read(text, where=[("sample", "A"), ("B", "9"), ("x", "1")], lenient=True).used == ("sample", "B")


@pytest.mark.parametrize("shift", [1.0, 0.95])
def test_sweeps_that_disagree_are_refused_and_those_that_agree_averaged(read, shift):
    below = [t * shift for t in T]
    down = "".join(reversed(table("{T},{k},3\n", 1.8, below).splitlines(keepends=True)))
    text = f"{HEAD},err (%)\n" + table("{T},{k},3\n") + down
    refused(read, text, "disagree beyond their errors", "sweep=1")
    assert read(text, where=[("sweep", "1")]).measurement.value.tolist() == K
    np.testing.assert_allclose(read(text, where=[("sweep", "2")]).measurement.value, np.array(K) * 1.8)
    both = read(text, where=[("sweep", "*")])
    assert len(both.measurement) == (5 if shift == 1 else 10)
    agreeing = read(f"{HEAD},err (%)\n" + table("{T},{k},3\n") + table("{T},{k},3\n", 1.02))
    np.testing.assert_allclose(agreeing.measurement.value, np.array(K) * 1.01)
    np.testing.assert_allclose(agreeing.measurement.error, np.hypot(0.03, 0.0306) / 2 * np.array(K))


@pytest.mark.parametrize("between", ["sample B\n", "# H = 9 T\n"])
def test_a_title_between_rows_divides_them(read, between):
    text = PLAIN + between + table("{T},{k}\n", 1.01, [t * 1.1 for t in T])
    refused(read, text, "line 7", "block=1")
    assert read(text, where=[("block", "1")]).measurement.value.tolist() == K
    assert len(read(text, where=[("block", "*")]).measurement) == 10


def test_each_quantity_comes_from_its_table(read):
    kappa, heat = read(TWO_TABLES), read(TWO_TABLES, "heat-capacity")
    assert kappa.measurement.value.tolist() == K
    np.testing.assert_allclose(heat.measurement.value, np.array(K) * 10)
    assert kappa.lines == ((1, 1, "column names"), (2, 6, "read"), (7, 7, "blank"), (8, 13, "of table 2"))
    assert heat.lines == ((1, 6, "of table 1"), (7, 7, "blank"), (8, 8, "column names"), (9, 13, "read"))


@pytest.mark.parametrize("title", ["", "\n", "\nsample B\n"])
def test_two_tables_of_one_quantity_are_refused(read, title):
    text = PLAIN + title + HEAD + "\n" + table("{T},{k}\n", 2)
    refused(read, text, "table 1 (lines 1 to 6)", "table 2 (lines", "--table")
    np.testing.assert_allclose(read(text, table=2).measurement.value, np.array(K) * 2)
    refused(read, text, "--table 1 or 2", table=3)


def test_tables_side_by_side(read):
    lines = "".join(f"{t},{k},,{2 * t},{10 * k}\n" for t, k in zip(T, K, strict=True))
    text = f"{HEAD},,T (K),C (J/(kg K))\n{lines}"
    assert read(text).measurement.temperature.tolist() == T
    heat = read(text, "heat-capacity").measurement
    np.testing.assert_allclose(heat.temperature, 2 * np.array(T))
    np.testing.assert_allclose(heat.value, 10 * np.array(K))
    refused(read, text.replace("C (J/(kg K))", "k (W/(m K))"), "(column 2)", "(column 5)")
    other = read(text.replace("C (J/(kg K))", "k (W/(m K))"), column="5").measurement
    np.testing.assert_allclose(other.temperature, 2 * np.array(T))


def test_every_line_is_accounted_for(read):
    text = (
        "bar 3\n\nT,k\nK,W/(m K)\nmean,corrected\n"
        + table("{T},{k}\n")
        + "-,0.3\nby hand,\n# a remark\nmean,0.05\n"
    )
    found = read(text)
    assert [(first, last, what.split(":")[0]) for first, last, what in found.lines] == [
        (1, 1, "above the table"),
        (2, 2, "blank"),
        (3, 3, "column names"),
        (4, 4, "units"),
        (5, 5, "header line, not used"),
        (6, 10, "read"),
        (11, 11, "left out"),
        (12, 12, "left out"),
        (13, 13, "comment"),
        (14, 14, "left out"),
    ]
    assert found.measurement.value.tolist() == K


def test_a_damaged_first_row_does_not_vanish(read):
    refused(read, PLAIN.replace("\n", "\n0.1,abc\n", 1), "line 2", "'abc'")


def test_an_instrument_of_thermal_transport(read):
    found = read(TTO)
    assert found.measurement.temperature.tolist() == T
    assert found.measurement.value.tolist() == K
    assert found.measurement.error.tolist() == [0.001] * 5
    assert found.columns == {
        "T": "Sample Temp. (K)",
        "value": "Conductivity (W/K-m)",
        "its error": "Cond. Std.Dev.",
    }
    assert {"Min. Temp. (K)", "Temp. Rise (K)", "System Temp (K)", "Seebeck Std.Dev."} <= set(found.aside)
    assert found.lines[:3] == ((1, 4, "header of the instrument"), (5, 5, "column names"), (6, 10, "read"))


@pytest.mark.parametrize("micro", ["µ", "�", "u"])
@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_an_instrument_of_heat_capacity(read, micro, codec):
    content = (HC % micro).encode(codec, "replace")
    refused(read, content, "whole sample", "--sample-mass", "3.5 mg", quantity="heat-capacity")
    refused(read, content, "--sample-mass", quantity="heat-capacity", molar_mass=60.0)
    found = read(content, "heat-capacity", sample_mass=4e-6)
    keep = [0, 1, 2, 4]  # the row with the code 3 is left out
    assert found.measurement.temperature.tolist() == [T[k] for k in keep]
    np.testing.assert_allclose(found.measurement.value, np.array(K)[keep] / 4)
    np.testing.assert_allclose(found.measurement.error, 0.002 / 4)
    assert (8, 8, "left out: 'Error (Code)' is 3") in found.lines
    assert {"Puck Temp (Kelvin)", "Debye Temp (Kelvin)", "Addenda HC (µJ/K)"} <= set(found.aside)


@pytest.mark.parametrize(
    ("unit", "options", "factor"),
    [
        ("mJ/mole-K", {"molar_mass": 50.0}, 1 / 50),
        ("J/g-K", {}, 1e3),
        ("µJ/mg-K", {}, 1.0),
        ("J/(cm3 K)", {"density": 2000.0}, 500.0),
        ("mJ/cm3-K", {"density": 2000.0}, 0.5),
        ("J/K", {"sample_mass": 0.01}, 100.0),
    ],
)
def test_heat_capacities_of_anything(read, unit, options, factor):
    text = f"T (K),Samp HC ({unit})\n" + table("{T},{k}\n")
    np.testing.assert_allclose(
        read(text, "heat-capacity", **options).measurement.value, np.array(K) * factor, rtol=1e-9
    )
    if options:
        option = {"molar_mass": "--molar-mass", "density": "--density", "sample_mass": "--sample-mass"}
        refused(read, text, option[next(iter(options))], quantity="heat-capacity", error=GlassjaxError)


@pytest.mark.parametrize(
    "name",
    [
        "T_bar",
        "<T> (K)",
        "T_av",
        "Tmean/K",
        "T sample",
        "T90",
        "T_sample (K)",
        "mean T (K)",
        "Probentemperatur (K)",
    ],
)
def test_names_of_T(read, name):
    found = read(f"T_bath (K),{name},k (W/(m K))\n" + table("0.1,{T},{k}\n"))
    assert found.measurement.temperature.tolist() == T
    assert found.columns["T"] == name
    assert found.aside == ("T_bath (K)",)


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("delta k / k", 0.03),
        ("dk/k", 0.03),
        ("Δκ/κ", 0.03),
        ("sigma_k/k", 0.03),
        ("u(k)/k [%]", 3),
        ("Δκ/κ (%)", 3),
        ("rel. err", 0.03),
        ("relative error", 0.03),
        ("unc (%)", 3),
        ("fractional error", 0.03),
        ("err (rel.)", 0.03),
        ("percent error", 3),
        ("RSD", 0.03),
        ("rel. Fehler in %", 3),
        ("Std.Dev./mean", 0.03),
        ("u_r(k)", 0.03),
        ("error [% of value]", 3),
        ("error (in percent)", 3),
        ("Δk / k × 100", 3),
        ("Delta k/k (in %)", 3),
        ("|Δκ|/κ", 0.03),
        ("dlnk", 0.03),
        ("error (ppm)", 30000),
        ("2σ (%)", 6),
        ("U(k) (k=2) (%)", 6),
        ("err (95 %) (%)", 5.88),
    ],
)
def test_relative_errors_in_any_spelling(read, name, share):
    found = read(f"{HEAD},{name}\n" + table(f"{{T}},{{k}},{share}\n")).measurement
    np.testing.assert_allclose(found.error, 0.03 * np.array(K), rtol=1e-9)


def test_large_errors_are_asked_about(read):
    asked = []

    def decide(doubt):
        asked.append((doubt.option.split()[0], doubt.guess))
        return "%"

    text = f"{HEAD},sigma\n" + table("{T},{k},3\n")
    np.testing.assert_allclose(read(text, decide=decide).measurement.error, 0.03 * np.array(K))
    assert asked == [("--error-unit", "%")]
    assert read(text, error_unit="absolute").measurement.error.tolist() == [3.0] * 5
    refused(read, f"{HEAD},err (W/(m K))\n" + table("{T},{k},0.08\n"), "--error-unit")


@pytest.mark.parametrize(
    ("names", "cells", "error", "scale"),
    [
        ("sys. error (%),stat. error (%)", "8,2", 0.02, 0.08),
        ("u_stat (%),u_syst (%)", "2,8", 0.02, 0.08),
        ("statistische Unsicherheit / %,systematische Unsicherheit / %", "2,8", 0.02, 0.08),
        ("err (%),calibration error (%)", "2,8", 0.02, 0.08),
        ("Type A (%),Type B (%)", "2,8", 0.02, 0.08),
        ("err+ (%),err- (%)", "4,2", 0.03, 0.0),
        ("upper error (%),lower error (%)", "4,2", 0.03, 0.0),
        ("systematic error (%)", "8", 0.05, 0.08),
    ],
)
def test_several_columns_of_errors(read, names, cells, error, scale):
    found = read(f"{HEAD},{names}\n" + table(f"{{T}},{{k}},{cells}\n")).measurement
    np.testing.assert_allclose(found.error, error * np.array(K))
    assert found.scale_error == pytest.approx(scale)


@pytest.mark.parametrize(
    ("cell", "separator"),
    [
        ("0.0150±0.0003", ","),
        ("0.015 +/- 0.0003", ";"),
        ("0.0150(3)", ","),
        ("1.50(3)e-2", ","),
        ("0,0150(3)", ";"),
    ],
)
def test_errors_in_the_cells(read, cell, separator):
    text = f"T (K){separator}k (W/(m K))\n1{separator}{cell}\n2{separator}{cell}\n"
    found = read(text).measurement
    assert found.value.tolist() == pytest.approx([0.015] * 2)
    assert found.error.tolist() == pytest.approx([0.0003] * 2)


@pytest.mark.parametrize(
    ("names", "cells"),
    [
        ("T (K),dT (K),k (W/(m K)),dk", "{T},{s},{k},{e}"),
        ("T (K),u(T)/T,k (W/(m K)),u(k)", "{T},0.02,{k},{e}"),
    ],
)
def test_errors_of_T_are_projected(read, names, cells):
    """Of a power law with the exponent 1.5, 2 % of T are 3 % of κ."""
    lines = "".join(
        cells.format(T=t, s=0.02 * t, k=0.01 * t**1.5, e=0.0004 * t**1.5) + "\n" for t in (0.5, 1.0, 3.0, 8.0)
    )
    found = read(f"{names}\n{lines}")
    np.testing.assert_allclose(found.measurement.error / found.measurement.value, 0.05)
    assert "the error of T" in found.columns
    few = read(f"{names}\n" + "\n".join(lines.splitlines()[:2]) + "\n")
    np.testing.assert_allclose(few.measurement.error / few.measurement.value, 0.04)
    assert any("errors of T are not used" in note for note in few.notes)


@pytest.mark.parametrize(
    "name",
    [
        "(L-L293)/L293 (10^-5)",
        "dL/L (1e-6)",
        "ΔL/L0 (ppm)",
        "thermal contraction (%)",
        "(L(T)-L(293))/L(293)",
    ],
)
def test_a_strain_is_no_expansion(read, name):
    refused(read, f"T (K),{name}\n" + table("{T},-{k}\n"), "line 1", "a strain", quantity="expansion")


def test_expansion_of_the_volume(read):
    found = read("T (K),β (1e-6/K),err\n" + table("{T},{k},0.0003\n"), "expansion").measurement
    np.testing.assert_allclose(found.value, np.array(K) / 3 * 1e-6)
    np.testing.assert_allclose(found.error, 1e-10)


def test_logarithms_of_T(read):
    assert read("log10 T,k (W/(m K))\n-1,0.01\n0,0.02\n").measurement.temperature.tolist() == [0.1, 1.0]
    refused(read, "log T,k (W/(m K))\n-1,0.01\n0,0.02\n", "line 1", "log10 T or ln T")


@pytest.mark.parametrize(
    "text",
    [
        "Fit Type,Low Temp,High Temp,Perc Err,a,b,c\nlog10-polynomial,4,300,5,-1.5,1.1,-0.2\n",
        "Coefficient,Value\na,-1.5\nb,1.1\n",
        ",k (W/(m K)),C (J/(kg K))\na,-1.5,2\nb,1.1,3\nc,-0.2,1\n",
        "material,a0,a1,a2\nX,1,2,3\n",
    ],
)
def test_coefficients_of_a_fit_are_no_table(read, text):
    refused(read, text, "these are coefficients of a fit")


def test_coefficients_beside_a_table_are_left_alone(read):
    found = read(PLAIN + "\nCoefficient,Value,error\na,-1.5,0.1\nb,1.1,0.1\n")
    assert found.measurement.value.tolist() == K
    assert found.lines[-1] == (8, 10, "of table 2")


def test_a_table_of_other_things_below_is_not_read(read):
    found = read(PLAIN + "t (s),U (V)\n" + table("{T},{k}\n", 3))
    assert found.measurement.value.tolist() == K
    assert found.lines[-1] == (7, 12, "of table 2")


def test_stray_bytes_and_trailing_cells_do_no_harm(read):
    lines = table("{T},{k},,,\n").replace("9,0.011,,", "9,0.011,ä,").replace("2.1,0.037,,", "2.1,0.037,?,")
    content = (f"{HEAD},note,,\n{lines}by hand,,,,\n").encode().replace(b"?", b"\xb5")
    assert read(content).measurement.value.tolist() == K
    cyrillic = ("T (K);k (W/(m K));примечание\n" + table("{T};{k};новый нагреватель\n")).encode("cp1251")
    assert read(cyrillic).aside == ("примечание",)
    quoted = '"T\n(K)","k\n(W/(m K))"\n' + table("{T},{k}\n")
    assert read(quoted).lines[:2] == ((1, 1, "column names"), (2, 3, "continues line 1"))


def test_workbooks(read, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["nothing here"])
    first, second = book.create_sheet("up"), book.create_sheet("down")
    first.append(["bar 3"])
    first.merge_cells("A1:C1")
    first.append([])
    for sheet, factor in ((first, 1), (second, 2)):
        sheet.append(["T (K)", "k (W/(m K))", "err"])
        for t, k in zip(T, K, strict=True):
            sheet.append([t, k * factor, 0.03])
            sheet.cell(sheet.max_row, 3).number_format = "0.0%"
    first.append([20.0, "#N/A", 0.03])
    first.append([30.0, "=B4*2", 0.03])
    book.save(tmp_path / "book.xlsx")
    content = (tmp_path / "book.xlsx").read_bytes()
    found = read(content, name="mine.xlsx")
    assert (found.sheet, found.measurement.value.tolist()) == ("up", K)
    np.testing.assert_allclose(found.measurement.error, 0.03 * np.array(K))
    assert (9, 10, "left out: T or the value is missing") in found.lines
    other = read(content, name="mine.xlsx", sheet="Down")
    np.testing.assert_allclose(other.measurement.value, np.array(K) * 2)
    refused(read, content, "'up'", "'down'", name="mine.xlsx", sheet="sideways")
    refused(read, content[:2000], "workbook", name="mine.xlsx")
    with pytest.raises(GlassjaxError, match="no workbook"):
        read(PLAIN, sheet="up")


def test_a_file_of_our_own_format_takes_no_options_of_columns(read):
    text = "# quantity: kappa\n# class: curve\n# scale_error: 0.1\n# relative_error: 0.02\nT [K], kappa [W/(m K)]\n"
    text += table("{T}, {k}\n")
    found = read(text)
    assert (found.measurement.kind, found.measurement.scale_error) == ("curve", 0.1)
    assert found.lines == ((1, 4, "comment"), (5, 5, "column names"), (6, 10, "read"))
    refused(read, text, "leave out --temperature-unit", temperature_unit="K")
    kept = read(text, temperature_unit="K", lenient=True).measurement
    assert (kept.kind, kept.scale_error) == ("curve", 0.1)


@pytest.mark.parametrize("name", ["α × 10^6 (1/K)", "10⁶ α (1/K)", "α x10^-6 (1/K)", "alpha*10^6 [1/K]"])
def test_a_power_of_ten_in_a_name_is_taken_off(read, name):
    found = read(f"T (K),{name}\n" + table("{T},{k}\n"), "expansion")
    np.testing.assert_allclose(found.measurement.value, np.array(K) * 1e-6)
    assert any("multiplied by 1e-06" in warning for warning in found.warnings)


def test_a_difference_of_temperatures_is_no_error(read):
    found = read(f"{HEAD},err (%),ΔT (K)\n" + table("{T},{k},3,{T}\n"))
    np.testing.assert_allclose(found.measurement.error, 0.03 * np.array(K))
    assert found.aside == ("ΔT (K)",)
    assert any("'ΔT (K)' is not used" in note for note in found.notes)


def test_names_with_units_win_over_a_second_line_of_names(read):
    found = read("T (mK),k (mW/(m K))\nTemperature,conductivity\n" + table("{T},{k}\n"))
    np.testing.assert_allclose(found.measurement.temperature, np.array(T) * 1e-3)
    np.testing.assert_allclose(found.measurement.value, np.array(K) * 1e-3)
    assert found.lines[1] == (2, 2, "header line, not used")


def test_a_column_is_not_taken_because_its_neighbour_looks_like_something_else(read):
    refused(read, "T (K),A,B\n" + table("{T},{k},1{k}\n"), "no column is named as kappa", "--kappa-column")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("T (K),0.5,1,2,5\nkappa (W/m K),0.002,0.008,0.025,0.06\nerr (%),3,3,3,3\n", 1),
        ("Probe;Harz\nTemperatur / K;0,5;1,0;2,0\nλ / W/(m K);0,002;0,008;0,025\n", 2),
        ("T K 0.5 1 2 5\nA - 0.002 0.008 0.025 0.06\nB - 0.003 0.009 0.026 0.07\n", 1),
        ("0.5,1,2,5,10,20\n0.002,0.008,0.025,0.06,0.08,0.1\n", 1),
    ],
)
def test_temperatures_along_a_line_are_refused(read, content, line):
    refused(read, content, f"line {line}:", "transpose")


@pytest.mark.parametrize("name", ["1000 T (K)", "1000T/K", "1000/T (1/K)", "10^3/T"])
def test_a_multiple_or_inverse_of_T_without_a_sign_is_refused(read, name):
    refused(
        read, f"{name},kappa (W/(m K))\n500,0.002\n1000,0.008\n2000,0.025\n", "line 1", name, "give T itself"
    )


def test_a_multiple_of_the_value_without_a_sign_is_divided(read):
    found = read("T (K),1000 kappa (W/(m K))\n0.5,2\n1,8\n2,25\n")
    assert found.measurement.value == pytest.approx([0.002, 0.008, 0.025])


@pytest.mark.parametrize(("mark", "separator"), [(",", ";"), (",", "\t"), (".", ",")])
def test_millikelvins_that_may_have_thousands_are_refused(read, mark, separator):
    rows = [
        ("T (mK)", "kappa (mW/(m K))"),
        (f"1{mark}500", "8"),
        (f"2{mark}500", "25"),
        (f"10{mark}000", "80"),
    ]
    refused(read, "".join(f"{T}{separator}{k}\n" for T, k in rows), "line 2", f"1{mark}500", "1500")
    proven = "".join(f"{T}{separator}{k}\n" for T, k in (rows[0], (f"1{mark}500", f"0{mark}2"), *rows[2:]))
    assert read(proven).measurement.temperature == pytest.approx([0.0015, 0.0025, 0.01])


@pytest.mark.parametrize(
    "names",
    [
        ("k_min", "k_max"),
        ("kappa lower (W/(m K))", "kappa upper (W/(m K))"),
        ("lower bound", "upper bound"),
        ("CI95 low", "CI95 high"),
        ("95% CI",),
        ("kappa_CI95 (W/(m K))",),
    ],
)
def test_limits_of_an_interval_are_asked_about(read, names):
    cells = [",".join(cells[: len(names)]) for cells in (("0.0018", "0.0022"), ("0.0075", "0.0085"))]
    content = f"T (K),kappa (W/(m K)),{','.join(names)}\n0.5,0.002,{cells[0]}\n1,0.008,{cells[1]}\n"
    refused(read, content, *names, "--error-column")
    assert read(content, error_column="none").measurement.error == pytest.approx([0.0001, 0.0004])


def test_half_the_width_of_a_stated_interval_is_taken_where_it_is_named(read):
    found = read("T (K),kappa (W/(m K)),CI95\n1,0.1,0.00196\n2,0.2,0.00392\n", error_column="CI95")
    assert found.measurement.error == pytest.approx([0.001, 0.002])


def test_a_time_called_t_is_no_temperature(read):
    found = read("t (min),T (K),kappa (W/(m K))\n1,0.5,0.002\n7,1,0.008\n9,2,0.025\n")
    assert found.measurement.temperature == pytest.approx([0.5, 1.0, 2.0])


@pytest.mark.parametrize("other", ["power / mW", "power", "remark, power / mW"])
def test_a_column_beside_another_quantity_is_not_taken_for_want_of_a_better(read, other):
    cells = ",".join(["1"] * (other.count(",") + 1))
    rows = f"0.5,0.002,{cells}\n1,0.008,{cells}\n2,0.025,{cells}\n"
    content = f"T (K),kappa (W/(m K)),{other}\n{rows}"
    refused(read, content, "is kappa, not heat-capacity", "--kappa", quantity="heat-capacity")

"""Slips that a first user made: each number is right, or the file is refused with the place."""

import numpy as np
import pytest

from glassjax.errors import DataError
from glassjax.intake import read_spreadsheet

T = np.array([1.0, 2.0, 3.0, 5.0])
K = np.array([0.01, 0.02, 0.035, 0.07])  # W/(m K)


@pytest.fixture
def read(tmp_path):
    def read(content, quantity="kappa", **options):
        path = tmp_path / "mine.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_spreadsheet(path, quantity, **options)

    return read


def rows(factor=1.0, more=""):
    return "".join(f"{t},{k * factor:.9g}{more.format(k=k)}\n" for t, k in zip(T, K, strict=True))


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("k*1000 (W/mK)", 1e3),
        ("100*k (W/mK)", 1e2),
        ("k x 1e3 (W/mK)", 1e3),
        ("1e3 k (W/mK)", 1e3),
        ("κ × 10^3 (W/mK)", 1e3),
        ("κ·10⁻³ (W/mK)", 1e3),
        ("k [1e-3 W/mK]", 1e3),
        ("k (×10^-3 W/mK)", 1e3),
        ("k (10-3 W/mK)", 1e3),
        ("k [x 10⁻³ W m⁻¹ K⁻¹]", 1e3),
        ("κ / 10⁻³ W m⁻¹ K⁻¹", 1e3),
        ("κ / 10-3 W m-1 K-1", 1e3),
        ("κ / 10³ W m⁻¹ K⁻¹", 1e-3),
        (r"\g(k) (W m\+(-1) K\+(-1))", 1.0),
    ],
)
def test_factors_in_a_name(read, name, factor):
    found = read(f"T (K),{name}\n" + rows(factor)).measurement
    assert np.allclose(found.value, K)


@pytest.mark.parametrize(
    ("name", "share"),
    [("expanded uncertainty", 0.02), ("expanded uncertainty (k=3)", 0.04 / 3), ("yEr±", 0.04)],
)
def test_errors_by_their_name(read, name, share):
    text = f"T (K),k (W/mK),{name}\n" + "".join(
        f"{t},{k},{0.04 * k:.9g}\n" for t, k in zip(T, K, strict=True)
    )
    found = read(text).measurement
    assert np.allclose(found.error / found.value, share)


def test_readings_out_of_range_are_left_out(read):
    reading = read("T (K),k (W/mK)\n0.5,9.91E37\n" + rows())
    assert np.allclose(reading.measurement.value, K)
    assert reading.lines[1][:2] == (2, 2)
    assert "left out" in reading.lines[1][2]


def test_titles_with_spaces_do_not_hide_the_tabs(read):
    head = "Ramp 10.00 °C/min to {} °C\nTemperature (K)\tk (W/mK)\n"
    body = rows().replace(",", "\t")
    with pytest.raises(DataError, match="2 tables"):
        read(head.format("50.00") + body + head.format("-150.00") + body)


def test_mark_of_thousands_by_the_order_of_T(read):
    text = "T (mK);k (mW/mK)\n900;12\n950;13\n{};14\n{};15\n"
    with pytest.raises(DataError, match=r"line 4.*1000 or 1"):
        read(text.format("1.000", "1.050"))
    assert np.allclose(read(text.format("1000", "1050")).measurement.temperature, [0.9, 0.95, 1.0, 1.05])


@pytest.mark.parametrize(
    ("content", "quantity", "words"),
    [
        ("T (K),k (W/mK)\n1,1.2%\n2,0.015\n", "kappa", "line 2"),
        ("T (K),k (W/mK)\n1%,0.012\n2,0.015\n", "kappa", "line 2"),
        ("T (K),k (W/mK)\n" + rows() + "PS\n" + rows(1.1), "kappa", "line 6"),
        ("T (K),k (W/mK)\n0 T\n" + rows() + "9 T\n" + rows(1.1), "kappa", "line 7"),
        ("1000*T (K),k (W/mK)\n1000,0.012\n2000,0.015\n", "kappa", "a multiple of T"),
        (b"\0" * 100, "kappa", "empty"),
        ("T (K),ε (10^-6)\n1,0.1\n2,0.2\n", "expansion", "a strain"),
        ("T (K),relative length change\n1,0.1\n2,0.2\n", "expansion", "a strain"),
        ("T (K),Change in length (ppm)\n1,0.1\n2,0.2\n", "expansion", "a strain"),
        ("T (K),Addenda HC (J/K)\n1,0.1\n2,0.2\n", "heat-capacity", "sample holder"),
        ("T (K),k (W/mK),strain (%)\n" + rows(more=",0") + rows(1.3, ",2"), "kappa", "'strain"),
    ],
)
def test_refused(read, content, quantity, words):
    with pytest.raises(DataError, match=words):
        read(content, quantity)


def test_a_value_may_stand_in_the_first_column(read):
    text = "T (K),k (W/mK)\n" + rows()
    with pytest.raises(DataError, match="temperature"):
        read(text, column="1")


def test_errors_far_too_small_are_asked_about(read):
    """Errors without the factor of the values are a thousandth of what they should be."""
    text = "T (K);k × 10³ (W/mK);err (W/mK)\n" + "".join(
        f"{t};{1e3 * k:.9g};{0.02 * k:.9g}\n" for t, k in zip(T, K, strict=True)
    )
    with pytest.raises(DataError, match="--error-unit"):
        read(text)
    found = read(text, error_unit="absolute").measurement
    assert np.allclose(found.error, 2e-5 * K)

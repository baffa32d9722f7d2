"""Measured data that make no sense, each with the sentence a user reads."""

import os

import numpy as np
import pytest

from glassjax.datasets import read_measurement
from glassjax.errors import DataError

KAPPA = "T [K], kappa [W/(m K)]\n"
EXAMPLE = "'T [K], kappa [W/(m K)]'"
CASES = {
    # what stands in a row
    "zero temperature": (KAPPA + "1, 2\n0, 3\n", "line 3: T = 0 K; a temperature must be above 0 K"),
    "negative temperature": (KAPPA + "-1, 2\n", "line 2: T = -1 K; a temperature must be above 0 K"),
    "below absolute zero": ("T [degC], kappa [W/m/K]\n-300, 2\n", "line 2: T = -26.85 K"),
    "zero kappa": (KAPPA + "1, 0\n", "line 2: kappa = 0 W/(m K); it must be positive"),
    "negative kappa": (KAPPA + "# a remark\n\n1, -2e-3\n", "line 4: kappa = -0.002 W/(m K)"),
    "negative heat capacity": ("T [K],Cp [J/g/K]\n1,-2\n", "line 2: heat-capacity = -2000 J/(kg K)"),
    "nan": (KAPPA + "1, 2\n2, nan\n", "line 3: kappa is nan, not a finite number; delete the row"),
    "NaN as temperature": (KAPPA + "NaN, 2\n", "line 2: T is NaN, not a finite number; delete the row"),
    "infinite": (KAPPA + "1, -inf\n", "line 2: kappa is -inf, not a finite number; delete the row"),
    "too large": (KAPPA + "1, 1e999\n", "line 2: kappa = 1e999 is too large for a number"),
    "too large in SI": ("T [K],kappa [W/cm/K]\n1,1e308\n", "line 2: a number too large for SI units"),
    "text": (
        KAPPA + "1, about 2\n",
        "line 2: kappa is 'about 2', not a number; correct it or delete the row",
    ),
    "underscore": (KAPPA + "1, 1_000\n", "line 2: kappa is '1_000', not a number"),
    "empty cell": (KAPPA + "1,\n", "line 2: kappa is empty; fill it in or delete the row"),
    "decimal comma": (
        "T [K]; kappa [W/m/K]\n1,5; 2,0\n",
        "line 2: T is '1,5'; write it with a decimal point",
    ),
    "duplicate": (
        KAPPA + "2, 1\n1, 1\n2, 3\n",
        "line 4: T = 2 K appears twice, first on line 2; average the two or delete one",
    ),
    "short row": (
        KAPPA + "1, 2\n3\n",
        "line 3: 1 cell where the column names promise 2; complete the row or delete it",
    ),
    "long row": (KAPPA + "1, 2, 3\n", "line 2: 3 cells where the column names promise 2"),
    "zero sigma": ("T [K],kappa [W/m/K],sigma\n1,2,0\n", "line 2: sigma = 0 W/(m K); it must be positive"),
    "negative sigma": ("T [K],kappa [W/m/K],sigma [%]\n1,2,-3\n", "line 2: sigma = -0.06 W/(m K)"),
    "nan sigma": ("T [K],kappa [W/m/K],sigma\n1,2,nan\n", "line 2: sigma is nan, not a finite number"),
    "zero expansion": (
        "T [K],alpha [1/K]\n1,0\n",
        "line 2: the value is 0, which has no relative error; add a column sigma",
    ),
    # the line of column names
    "no column names": (
        "1, 2\n3, 4\n",
        f"line 1: no column names above the numbers; add a line such as {EXAMPLE}",
    ),
    "no temperature": (
        "x [K], kappa [W/m/K]\n1, 2\n",
        "line 1: no temperature column among x, kappa; name it 'T [K]'",
    ),
    "no value": (
        "T [K], y [W/m/K]\n1, 2\n",
        "line 1: no value column among T, y; name it for example 'kappa [W/(m K)]'",
    ),
    "two values": (
        "T [K],kappa [W/m/K],C [J/g/K]\n1,2,3\n",
        "line 1: 2 value columns among T, kappa, C; keep one",
    ),
    "two temperatures": (
        "T [K],T [mK],kappa [W/m/K]\n1,2,3\n",
        "line 1: 2 temperature columns among T, T, kappa; keep one",
    ),
    "misspelled sigma": (
        "T [K],kappa [W/m/K],sigm\n1,2,3\n",
        "line 1: the column 'sigm' is not understood, did you mean 'sigma'? Rename or delete it",
    ),
    "separated by blanks": (
        "T[K] kappa[W/m/K]\n1 2\n",
        "line 1: only one column; separate columns by commas, semicolons or tabs",
    ),
    # units
    "no unit": (
        "T, kappa\n1, 2\n",
        "line 1: the column kappa has no unit; write for example 'kappa [W/(m K)]'",
    ),
    "unknown unit": (
        "T [K], kappa [W/(m Q)]\n1, 2\n",
        "line 1: unknown unit 'W/(m Q)': write for example W/(m K), W/(cm K) or mW/(cm K)",
    ),
    "open bracket": ("T [K], kappa [W/(m K]\n1, 2\n", "line 1: unknown unit 'W/(m K'"),
    "code for a unit": ("T [K], kappa [__import__('os')]\n1, 2\n", "line 1: unknown unit '__import__('os')'"),
    "endless power": ("T [K], alpha [9**9**9**9/K]\n1, 2\n", "line 1: unknown unit '9**9**9**9/K'"),
    "division by zero": ("T [K], alpha [1/0/K]\n1, 2\n", "line 1: unknown unit '1/0/K'"),
    "zero factor": ("T [K], alpha [0/K]\n1, 2\n", "line 1: the unit '0/K' has the factor 0"),
    "millikelvin": (
        "T [K], kappa [W/mK]\n1, 2\n",
        "line 1: the unit 'W/mK' is no unit of kappa: mK is the millikelvin; write W/(m K)",
    ),
    "kelvin above the bar": (
        "T [K], kappa [W/m K]\n1, 2\n",
        "line 1: the unit 'W/m K' is no unit of kappa: the K stands above the fraction bar; write W/(m K)",
    ),
    "star": ("T [K], kappa [W/m*K]\n1, 2\n", "the K stands above the fraction bar; write W/(m K)"),
    "hyphen": ("T [K], kappa [W/cm-K]\n1, 2\n", "the K stands above the fraction bar; write W/(cm K)"),
    "glued": (
        "T [K], Cp [mJ/gK]\n1, 2\n",
        "line 1: unknown unit 'mJ/gK': there is no unit 'gK'; write mJ/(g K)",
    ),
    "wrong dimension": (
        "T [K], C [J/(m^3 K)]\n1, 2\n",
        (
            "line 1: the unit 'J/(m^3 K)' is no unit of heat-capacity: it has not the dimension of J/(kg K); "
            "write for example J/(kg K), J/(g K), mJ/(g K) or, with a molar mass, J/(mol K)"
        ),
    ),
    "no dimension": ("T [K], alpha [1e-6]\n1, 2\n", "line 1: the unit '1e-6' is no unit of expansion"),
    "per mole": (
        "T [K], C [J/mol/K]\n1, 2\n",
        (
            "line 1: the unit 'J/mol/K' is per mole and no molar mass is known; give molar_mass in g/mol, "
            "or the line '# molar_mass: … g/mol' at the top of the file"
        ),
    ),
    "bad molar mass": (
        "# molar_mass: heavy\nT [K], C [J/mol/K]\n1, 2\n",
        "line 1: the molar mass 'heavy' is not understood; write for example 100 g/mol",
    ),
    "molar mass in metres": (
        "# molar_mass: 3 m\nT [K], C [J/mol/K]\n1, 2\n",
        "line 1: the unit 'm' is no unit of molar mass; write for example 100 g/mol",
    ),
    "negative molar mass": ("# molar_mass: -3\nT [K], C [J/mol/K]\n1, 2\n", "must be a positive number"),
    "coulomb": (
        "T [C], kappa [W/m/K]\n1, 2\n",
        "line 1: the unit 'C' is no unit of temperature: C is the coulomb, write degC",
    ),
    "temperature in metres": (
        "T [m], kappa [W/m/K]\n1, 2\n",
        "line 1: the unit 'm' is no unit of temperature: write K, mK or degC",
    ),
    "degrees in a value": (
        "T [K], kappa [W/(m degC)]\n1, 2\n",
        "line 1: the unit 'W/(m degC)' holds degrees with an offset, which only a temperature may have",
    ),
    "sigma of another dimension": (
        "T [K], kappa [W/m/K], sigma [K]\n1, 2, 3\n",
        "line 1: the unit 'K' is no unit of kappa",
    ),
    "too few units": (
        "# units: K\nT, kappa\n1, 2\n",
        "line 1: 1 units for 2 columns; give one for each, in order",
    ),
    "two units": (
        "# units: K, W/m/K\nT [K], kappa [W/cm/K]\n1, 2\n",
        "line 1: the column kappa is in W/cm/K, but units says W/m/K; keep one",
    ),
    # header lines
    "misspelled key": (
        "# relative_eror: 0.1\n" + KAPPA + "1, 2\n",
        "line 1: unknown header key 'relative_eror', did you mean 'relative_error'? Correct or delete it",
    ),
    "unknown quantity": (
        "# quantity: heat capacty\nT [K], y [J/g/K]\n1, 2\n",
        (
            "line 1: unknown quantity 'heat capacty', did you mean 'heat-capacity'? "
            "There are kappa, heat-capacity, expansion"
        ),
    ),
    "contradiction": (
        "# quantity: expansion\n" + KAPPA + "1, 2\n",
        "line 2: the column kappa is kappa, not expansion; rename it or the quantity",
    ),
    "unknown class": (
        "# class: point\n" + KAPPA + "1, 2\n",
        "line 1: unknown class 'point', did you mean 'points'? There are points, curve, fit, statement",
    ),
    "fit of unknown worth": (
        "# class: fit\n" + KAPPA + "1, 2\n",
        (
            ": a fit must say how many numbers it is worth; add the line '# degrees_of_freedom: …' with its "
            "number of coefficients"
        ),
    ),
    "half a degree of freedom": (
        "# class: fit\n# degrees_of_freedom: 0.5\n" + KAPPA + "1, 2\n",
        "line 2: degrees_of_freedom is '0.5'; write a whole number of at least 1",
    ),
    "bad relative error": (
        "# relative_error: small\n" + KAPPA + "1, 2\n",
        "line 1: relative_error is 'small'; write a fraction such as 0.04, or 4 %",
    ),
    "zero relative error": (
        "# relative_error: 0\n" + KAPPA + "1, 2\n",
        "line 1: relative_error is 0; give a positive",
    ),
    "error given twice": (
        "# relative_error: 0.1\nT [K],kappa [W/m/K],sigma\n1,2,3\n",
        "line 1: relative_error and a column sigma; keep one of them",
    ),
    "nan scale error": (
        "# scale_error: nan\n" + KAPPA + "1, 2\n",
        "line 1: scale_error is 'nan'; write a fraction",
    ),
    # the file
    "empty": ("", f": the file is empty; it needs column names such as {EXAMPLE} and rows of numbers"),
    "blank": ("\n \n", ": the file is empty"),
    "remarks only": ("# class: points\n# remark\n", ": the file holds no table"),
    "no rows": ("# material: x\n" + KAPPA, "line 2: column names but no rows; add the numbers"),
    "zeros in the bytes": (
        b"T [K], kappa [W/m/K]\n1, \x00\n",
        "line 2: not a text file; save the table as CSV in UTF-8",
    ),
    "UTF-16": ("T [K]".encode("utf-16"), "line 1: not a text file; save the table as CSV in UTF-8"),
    "Latin-1": (
        "T [K], kappa [W/m/K]\n# 5 °C\n1, 2\n".encode("latin-1"),
        "line 2: not UTF-8 text; save the table as CSV in UTF-8",
    ),
    "open quotation": (
        'T [K], kappa [W/m/K]\n"1, 2\n',
        "line 2: not readable as CSV (unexpected end of data)",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_file_is_refused_with_file_line_and_reason(case, tmp_path):
    content, sentence = CASES[case]
    path = tmp_path / "mine.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        read_measurement(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert sentence in message
    assert "\n" not in message


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match=r"gone.csv: there is no such file; check the name and the folder"):
        read_measurement(tmp_path / "gone.csv")
    with pytest.raises(DataError, match="this is a folder; name a CSV file in it"):
        read_measurement(tmp_path)
    with pytest.raises(DataError, match="there is no such file"):
        read_measurement("a\0b.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match="not a regular file"):
        read_measurement(tmp_path / "pipe.csv")


def test_unreadable_file(tmp_path, monkeypatch):
    path = tmp_path / "mine.csv"
    path.write_text(KAPPA + "1, 2\n")

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\); check its permissions"):
        read_measurement(path)


def test_huge_file_is_not_read(tmp_path):
    path = tmp_path / "mine.csv"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(DataError, match="larger than 50 MB"):
        read_measurement(path)


def test_arguments_that_make_no_sense(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("T [K], C [J/mol/K]\n1, 2\n")
    with pytest.raises(DataError, match="molar_mass must be a positive number in g/mol, not -1"):
        read_measurement(path, molar_mass=-1.0)
    with pytest.raises(DataError, match="unknown quantity 'kapa', did you mean 'kappa'"):
        read_measurement(path, quantity="kapa")
    with pytest.raises(DataError, match="the column C is heat-capacity, not kappa"):
        read_measurement(path, quantity="kappa")


def test_damaged_files_raise_nothing_else(tmp_path):
    """Bytes changed, removed and inserted at random: a file is read or refused, nothing else happens."""
    good = b"# class: fit\n# degrees_of_freedom: 2\n# molar_mass: 60 g/mol\n# relative_error: 4 %\n"
    good += b'T [degC]; C [J/mol/K]\n-272; 1e-3\n-271.5; 2.5e-3\n-270; "3e-2"\n'
    path = tmp_path / "mine.csv"
    rng = np.random.default_rng(5)
    alphabet = list(b"#:;,.\"'()[]/*^%-+e0 9\n\r\tKTx\xc2\xb7\x00")
    refused = 0
    for _ in range(400):
        content = bytearray(good)
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(content)))
            if rng.random() < 0.3:
                del content[at]
            elif rng.random() < 0.5:
                content[at] = int(rng.choice(alphabet))
            else:
                content.insert(at, int(rng.choice(alphabet)))
        path.write_bytes(content)
        try:
            read = read_measurement(path)
        except DataError:
            refused += 1
        else:
            assert np.isfinite(read.value).all()
            assert (read.error > 0).all()
    assert 100 < refused < 400

"""``glassjax batch``: tables in, tables out, bad rows told, runs that are killed continued."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import glassjax as gj
from glassjax import disk, theory
from glassjax.batches.output import BatchFolder
from tests import commands
from tests.commands import enter
from tests.inference import toys
from tests.inference.test_maximise import linear_study

GRID = ("--from", "1", "--to", "4", "--points", "3")
T = np.array([1.0, 2.0, 4.0])
TOY = ("--theory", "toy", "--glass", "a-SiO2", *GRID)


def run(*arguments):
    return commands.run("batch", *map(str, arguments))


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    monkeypatch.setitem(theory._THEORIES, "toy", ("tests.inference.toys", "PowerLaw"))
    return tmp_path


def drawn(count):
    rng = np.random.default_rng(3)
    return pd.DataFrame({"offset": rng.normal(size=count), "slope": rng.uniform(0.5, 1.5, count)})


def numbers(table, quantity):
    return table.filter(like=f"{quantity} [").to_numpy()


def known(draws, T=T):
    return np.exp(draws["offset"].to_numpy()[:, None] + draws["slope"].to_numpy()[:, None] * np.log(T))


def test_a_csv_and_a_parquet_table_give_the_numbers_of_the_closed_form(capsys):
    draws = drawn(23)
    draws["name"] = [f"draw {i}" for i in range(23)]
    draws["code"], draws["note"] = np.arange(23), "a, b"
    draws.to_csv("t.csv", index=False)
    draws.to_parquet("t.parquet")
    keep = ("--keep", "code", "--keep", "note")
    for source in ("t.csv", "t.parquet"):
        for out in ("r.parquet", "r.csv"):
            assert run(source, "--out", out, *TOY, *keep, "--chunk", 10) == 0
            table = pd.read_parquet(out) if out == "r.parquet" else pd.read_csv(out, comment="#")
            np.testing.assert_allclose(numbers(table, "kappa"), known(draws), rtol=1e-6)
            np.testing.assert_allclose(numbers(table, "expansion"), np.tile(T * 1e-9, (23, 1)), rtol=1e-12)
            first = 2 if source == "t.csv" else 1
            assert table["row"].tolist() == list(range(first, first + 23))
            for column in draws:
                assert table[column].tolist() == draws[column].tolist()
            assert table["error"].isna().all()
    assert sorted(os.listdir()) == ["r.csv", "r.parquet", "t.csv", "t.parquet"]  # noqa: PTH208
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1] == "written to r.csv"
    assert "evaluating 23 materials ..." in captured.err


def test_what_it_was_computed_from_is_told_in_the_file():
    drawn(2).to_csv("t.csv", index=False)
    assert run("t.csv", "--out", "r.parquet", *TOY, "--quantity", "kappa", "--time", 3) == 0
    schema = pq.read_schema("r.parquet")
    assert schema.names[-1] == "kappa [W/(m K)] at 4 K"
    field = schema.field("kappa [W/(m K)] at 2 K")
    assert field.metadata == {b"quantity": b"kappa", b"unit": b"W/(m K)", b"T_K": b"2.0"}
    about = json.loads(schema.metadata[b"glassjax"])
    assert about["T_K"] == {"kappa": [1.0, 2.0, 4.0]}
    assert (about["theory"], about["time"], about["materials"]) == ("toy", 3.0, 2)
    assert run("t.csv", "--out", "r.csv", *TOY, "--quantity", "kappa", "--precision", "float64") == 0
    header = [line[2:] for line in Path("r.csv").read_text().splitlines() if line.startswith("# ")]
    assert header == [
        f"glassjax {gj.__version__}: kappa in W/(m K)",
        "2 materials from t.csv; constants of a-SiO2 where there is no column",
        "theory: toy",
        "parameters without a column: bend = 0",
        "observation time: 10 s; float64",
        "kappa at T [K]: 1.0, 2.0, 4.0",
    ]


BAD = """
# draws of mine
name,glass,R,density
good,a-SiO2,100,2200
unknown,a-SiO3,100,2200
empty,a-SiO2,,2200
wide,a-SiO2,5000,2200
text,a-SiO2,1oo,2200
short,a-SiO2,100
light,a-SiO2,100,-1
nan,a-SiO2,nan,2200
plain,Pyrex,100,2230
"""


def test_bad_rows_are_told_and_do_not_stop_the_others(capsys):
    Path("t.csv").write_text(BAD)
    assert run("t.csv", "--out", "r.csv", "--theory", "debye", *GRID, "--chunk", 4, "--json") == 1
    told = dict(
        zip(
            (5, 6, 7, 8, 9, 10, 11),
            (
                "no glass 'a-SiO3' is shipped, did you mean 'a-SiO2'?",
                "R is empty; give a number",
                "R = 5000 lies outside its range, 0.1 to 1000",
                "R is '1oo', not a number",
                "3 cells where the column names promise 4; complete the row",
                "glass 'light': density must be a positive number in kg/m3, not -1.0",
                "R = nan is not a finite number",
            ),
            strict=True,
        )
    )
    with Path("r.bad.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["row"]) for row in rows] == list(told)
    assert [row["name"] for row in rows] == ["unknown", "empty", "wide", "text", "", "light", "nan"]
    for row, sentence in zip(rows, told.values(), strict=True):
        assert row["error"].startswith(sentence)
    out, err = capsys.readouterr()
    plain = json.loads(out)
    assert (plain["rows"], plain["bad"], plain["file"], plain["bad_file"]) == (9, 7, "r.csv", "r.bad.csv")
    assert plain["bad_rows"][1] == {"row": 6, "name": "empty", "error": "R is empty; give a number"}
    assert "line 6 (empty): R is empty; give a number\n" in err
    assert "and 2 more\n7 of 9 rows are bad; 'r.bad.csv' lists them" in err
    table = pd.read_csv("r.csv", comment="#")
    assert table["error"].notna().tolist() == [False, *[True] * 7, False]
    assert numbers(table, "kappa").shape == (9, 3)
    for row, (name, density) in {0: ("a-SiO2", 2200.0), 8: ("Pyrex", 2230.0)}.items():
        glass = gj.load_glass(name).replace(density=density)
        expected = gj.Debye(R=100.0).heat_capacity(T, glass)
        np.testing.assert_allclose(numbers(table, "heat-capacity")[row], expected, rtol=1e-6)
    Path("t.csv").write_text("glass,R\na-SiO2,100\n")
    assert run("t.csv", "--out", "r.csv", "--theory", "debye", *GRID) == 0
    assert not Path("r.bad.csv").exists()


CONSTANTS = "glass_temperature,debye_temperature,density,sound_speed"


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", (), "t.csv: no column names and no rows"),
        ("# nothing\n", (), "t.csv: no column names and no rows"),
        ("glass,R\n", (), "t.csv: column names but no rows"),
        ("glass,R,R\nx,1,2\n", (), "t.csv: there are two columns 'R'"),
        ("glass,,R\nx,1,2\n", (), "t.csv: column 2 has no name"),
        ("R\n1\n", (), "there is no column 'glass_temperature' and none named 'glass'; add"),
        ("glass;softning\nx;1\n", (), "the column 'softning' is no constant and no parameter of lub"),
        ("glass,softning\nx,1\n", (), "did you mean 'softening'?; rename it, delete it, or pass it"),
        ("glass,R\nx,1\n", ("--keep", "note"), "t.csv: there is no column 'note' to keep"),
        ("glass,error\nx,1\n", ("--keep", "error"), "the results have a column 'error' of their own"),
        ("glass,R\nx,1\n", ("--glass", "a-SiO2"), "each row names its glass; leave out --glass"),
        ("R\n1\n", ("--glass", "a-SiO3"), "no glass 'a-SiO3' is shipped, did you mean 'a-SiO2'"),
        ("glass,softening,omega_c\nx,1,1\n", (), "softening and omega_c are the same parameter"),
        (f"{CONSTANTS},R\n1,1,1,1,1\n", ("--theory", "deby"), "no theory 'deby', did you mean 'debye'"),
        ("glass,R\n\xe9,1\n".encode("latin-1"), (), "t.csv: not UTF-8 text; save"),
        ("glass,R\nx,1\n", ("--counting", "exact", "--theory", "debye"), "counts no scattering states"),
        ("glass,R\nx,1\n", ("--from", "9", "--to", "2"), "--from (9 K) must lie below --to (2 K)"),
        ("glass,R\nx,1\n", ("--resume",), "there is no interrupted batch in '.r.parquet.parts'; leave"),
        ("glass,R\nx,1\n", ("--out", "r.txt"), "cannot write 'r.txt'; end its name in .parquet or .csv"),
        ("glass,R\nx,1\n", ("--out", "t.csv"), "'t.csv' would replace the table it is computed from"),
        ("glass,R\nx,1\n", ("--out", "no/r.csv"), "(there is no folder 'no'); choose another file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(text, options, message, capsys):
    Path("t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert run("t.csv", "--out", "r.parquet", *options) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["t.csv"]


def test_other_files_than_tables_are_refused(capsys):
    for name, message in (("no.csv", "there is no such file"), ("t.xlsx", "not a table; end its name in")):
        assert run(name, "--out", "r.parquet") == 2
        assert message in capsys.readouterr().err
    Path("t.parquet").write_bytes(b"PAR1 no PAR1")
    assert run("t.parquet", "--out", "r.parquet") == 2
    assert "t.parquet: not readable as parquet" in capsys.readouterr().err


KILLED = """
import os, signal
from glassjax import theory
from glassjax.batches.output import BatchFolder
theory._THEORIES["toy"] = ("tests.inference.toys", "PowerLaw")
keep = BatchFolder.keep
def last(self, number, content):
    keep(self, number, content)
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
BatchFolder.keep = last
from glassjax.cli import main
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_killed_and_resumed_is_as_if_nothing_had_happened(workplace, capsys):
    drawn(45).to_csv("t.csv", index=False)
    options = ("t.csv", *TOY, "--chunk", "8", "--quantity", "kappa")
    assert run(*options, "--out", "whole.csv") == 0
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "batch", *options, "--out", "r.csv"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(toys.__file__).parents[2]), *sys.path])},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert not Path("r.csv").exists()
    assert run(*options, "--out", "r.csv") == 2
    assert (
        "'.r.csv.parts' keeps 24 of 45 materials of an interrupted batch; add --resume"
        in capsys.readouterr().err
    )
    assert run(*options, "--out", "r.csv", "--time", 3, "--resume") == 2
    assert (
        "keeps an unfinished batch that differs in time (10.0, now 3.0); add --fresh to discard it"
        in capsys.readouterr().err
    )
    assert run(*options, "--out", "r.csv", "--resume") == 0
    assert Path("r.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert sorted(path.name for path in workplace.iterdir()) == ["r.csv", "t.csv", "whole.csv"]


def test_interrupted_tells_what_is_kept_and_fresh_discards_it(workplace, monkeypatch, capsys):
    drawn(45).to_csv("t.csv", index=False)
    several = ("--quantity", "kappa", "--quantity", "expansion")
    options = ("t.csv", "--out", "r.csv", *TOY, "--chunk", "8", *several)
    again = (
        f"glassjax batch t.csv --out r.csv {' '.join(several)} --from 1.0 --to 4.0 --points 3 --theory toy "
        "--glass a-SiO2 --chunk 8 --resume"
    )
    keep = BatchFolder.keep

    def interrupting(after):
        def interrupt(self, number, content):
            if number == after:
                raise KeyboardInterrupt
            keep(self, number, content)

        return interrupt

    monkeypatch.setattr("glassjax.cli.os._exit", sys.exit)
    for after, told, left in (
        (0, "interrupted; nothing was written", ["t.csv"]),
        (2, f"interrupted; 16 of 45 materials are kept: continue with '{again}'", [".r.csv.parts", "t.csv"]),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(BatchFolder, "keep", interrupting(after))
            assert run(*options) == 130
        assert told in capsys.readouterr().err
        assert sorted(path.name for path in workplace.iterdir()) == left
    drawn(46).to_csv("t.csv", index=False)
    assert run(*options, "--resume") == 2
    assert "differs in materials (45, now 46), table; add --fresh" in capsys.readouterr().err
    assert run(*options, "--fresh") == 0
    assert len(pd.read_csv("r.csv", comment="#")) == 46
    assert sorted(path.name for path in workplace.iterdir()) == ["r.csv", "t.csv"]


def test_a_full_disk_loses_nothing(workplace, monkeypatch, capsys):
    drawn(20).to_csv("t.csv", index=False)
    options = ("t.csv", "--out", "r.csv", *TOY, "--chunk", "8", "--quantity", "kappa")
    Path("r.csv").write_text("# glassjax earlier")
    with monkeypatch.context() as patch:
        patch.setattr(disk.shutil, "disk_usage", lambda _: type("usage", (), {"free": 1000})())
        assert run(*options) == 2
        assert "'.' has 0 MB free on its disk, and this needs 20 MB" in capsys.readouterr().err
    assert sorted(path.name for path in workplace.iterdir()) == ["r.csv", "t.csv"]

    def full(path, content):
        if path.name.startswith("part-000001"):
            raise OSError(errno.ENOSPC, "No space left on device")
        disk.write_synced(path, content)

    with monkeypatch.context() as patch:
        patch.setattr("glassjax.batches.output.write_synced", full)
        assert run(*options) == 2
    err = capsys.readouterr().err
    assert "(No space left on device); nothing is lost: make room, then continue with 'glassjax batch" in err
    assert Path("r.csv").read_text() == "# glassjax earlier"
    assert run(*options, "--resume") == 0
    assert len(pd.read_csv("r.csv", comment="#")) == 20


@pytest.mark.slow
def test_the_draws_of_a_fit(capsys):
    linear_study(name="toy").maximise(starts=1).save("maximum.nc")
    fit = gj.load_result("maximum.nc")
    assert run("maximum.nc", "--out", "r.parquet", *GRID, "--time", 3) == 2
    assert "'maximum.nc' is a fit with a theory of its own; leave out --time" in capsys.readouterr().err
    assert run("maximum.nc", "--out", "r.parquet", *GRID, "--chunk", 999) == 0
    check_draws(fit.draws)


def test_draws_in_chunks(monkeypatch):
    draws = drawn(23)
    fit = SimpleNamespace(
        study=linear_study(name="toy"),
        draws={name: column.to_numpy() for name, column in draws.items()} | {"bend": np.zeros(23)},
        heading="a fit",
        seed=1,
        provenance={"glassjax": gj.__version__},
        kind="posterior",
        population=False,
    )
    monkeypatch.setattr("glassjax.loading.load_result", lambda path: fit)
    Path("posterior.nc").touch()
    assert run("posterior.nc", "--out", "r.parquet", *GRID, "--chunk", 10) == 0
    check_draws(fit.draws)


def check_draws(draws):
    table = pd.read_parquet("r.parquet")
    assert table["row"].tolist() == list(range(1, len(draws["slope"]) + 1))
    np.testing.assert_array_equal(table["slope"], draws["slope"])
    np.testing.assert_allclose(numbers(table, "kappa"), known(table), rtol=1e-6)

"""``glassjax new``: what a user types, answers and gets."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import glassjax as gj
from glassjax.cli import commands, main
from glassjax.cli.new_figure import picture
from glassjax.datasets import load_record

KAPPA = """Temperatur;Wärmeleitfähigkeit;Fehler
K;mW/(cm K);%
0,5;0,02;3
1,0;0,08;3
2,0;0,25;3
5,0;0,5;3
10,0;0,7;3
"""
BARE = "T,k\n0.5,0.002\n1,0.008\n2,0.025\n5,0.05\n10,0.07\n"


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("k.csv").write_bytes(KAPPA.encode("utf-16"))
    Path("bare.csv").write_text(BARE)
    return tmp_path


@pytest.fixture
def run(workplace, capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(("new", *arguments))
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_study_from_one_file(run, workplace):
    code, out, err = run("mine", "--kappa", "k.csv", "--no-plot")
    assert (code, err) == (0, "")
    assert {"mine", "mine.toml", "mine/glass.toml", "mine/kappa.csv", "k.csv", "bare.csv"} == names(workplace)
    first, second = (" ".join(line.split()) for line in out.splitlines()[:2])
    assert first == "quantity file rows fitted T [K] values [SI] errors unit in the file"
    assert second == "kappa k.csv 5 5 0.5 … 10 0.002 … 0.07 3.0% mW/(cm K)"
    assert "debye_temperature  not given: expected 170 K to a factor of 1.49, free in the fit" in out
    assert out.rstrip().endswith(
        "Next:\n  glassjax validate mine.toml\n  glassjax fit mine.toml --quick\n  glassjax fit mine.toml"
    )
    study = gj.Study.load("mine.toml")
    [data] = study.measurements()
    np.testing.assert_allclose(data.value, [0.002, 0.008, 0.025, 0.05, 0.07], rtol=1e-12)
    assert data.origin.startswith("k.csv, sha256 ")
    assert "converted: mW/(cm K) to W/(m K)" in data.origin


def test_the_picture_shows_data_and_theory(run, workplace, monkeypatch):
    """By the theory that compiles soonest; 0.4 T_D is 8 K, so that one row is hollow."""
    drawn = []

    def kept(study):
        drawn.append(picture(study))
        return drawn[0]

    monkeypatch.setattr("glassjax.cli.new_figure.picture", kept)
    code, out, _ = run("mine", "--kappa", "k.csv", "--debye", "20±2", "--theory", "debye")
    assert code == 0
    assert (workplace / "mine" / "mine.png").stat().st_size > 10_000
    assert "mine/mine.png" in out
    [ax] = drawn[0]
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    assert told[-1] == "not fitted"
    assert "kappa (points)" in told
    assert ax.get_xlim()[1] > 10.0


def test_a_file_of_the_same_name_beside_the_study_is_not_taken_for_it(run):
    Path("k.csv").rename("kappa.csv")
    assert run("mine", "--kappa", "kappa.csv", "--no-plot")[0] == 0
    [data] = gj.Study.load("mine.toml").measurements()
    assert data.path == Path("mine/kappa.csv")


def test_json_is_all_there_is(run):
    code, out, err = run(
        "mine", "--kappa", "k.csv", "--no-plot", "--json", "--tg", "400±10", "--out", "there"
    )
    assert (code, err) == (0, "")
    plain = json.loads(out)
    assert plain["files"][0]["rows_fitted"] == 5
    assert plain["files"][0]["value"] == pytest.approx([0.002, 0.008, 0.025, 0.05, 0.07])
    assert plain["constants"]["glass_temperature"] == {"value": 400.0, "uncertainty": 10.0, "stated": True}
    assert plain["written"] == ["there/mine.toml", "there/mine/glass.toml", "there/mine/kappa.csv"]
    assert plain["next"][0] == "glassjax validate there/mine.toml"


def test_a_guess_is_demanded_or_taken(run, workplace):
    code, _, err = run("mine", "--kappa", "bare.csv", "--no-plot")
    assert code == 2
    assert err == (
        "glassjax: bare.csv: the values of kappa have no unit; give --kappa-unit, or --yes to take W/(m K) (glasses "
        "have about 0.02 W/(m K) at 2 K, and here it is 0.025)\n"
    )
    assert names(workplace) == {"k.csv", "bare.csv"}
    code, out, _ = run("mine", "--kappa", "bare.csv", "--no-plot", "--yes")
    assert code == 0
    assert "bare.csv: no unit in the file: W/(m K) taken" in out
    assert "bare.csv: no error given: 5% of each value assumed" in out
    assert run("other", "--kappa", "bare.csv", "--no-plot", "--kappa-unit", "W/mK")[0] == 0


def test_what_is_there_is_not_overwritten(run, workplace):
    assert run("mine", "--kappa", "k.csv", "--no-plot")[0] == 0
    Path("mine.toml").write_text("changed")
    code, _, err = run("mine", "--kappa", "k.csv", "--no-plot")
    assert (code, err) == (
        2,
        "glassjax: 'mine.toml' exists already; choose another name, or replace it with --force\n",
    )
    assert Path("mine.toml").read_text() == "changed"
    assert run("mine", "--cp", "k.csv", "--no-plot", "--force")[0] == 2  # κ is no C: nothing is replaced
    assert Path("mine.toml").read_text() == "changed"
    Path("mine/notes.txt").write_text("dear")
    code, _, err = run("mine", "--kappa", "k.csv", "--no-plot", "--force")
    assert code == 2
    assert "'mine' holds 'notes.txt', which glassjax new did not write and would be lost" in err
    Path("mine/notes.txt").unlink()
    assert run("mine", "--kappa", "k.csv", "--no-plot", "--force", "--yes")[0] == 0
    assert gj.Study.load("mine.toml").name == "mine"
    assert names(workplace) == {"mine", "mine.toml", "mine/glass.toml", "mine/kappa.csv", "k.csv", "bare.csv"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mine"], "no data; give at least one file with --kappa, --cp or --alpha, as in --kappa k.csv"),
        (["peek", "--kappa", "k.csv"], "'PEEK' is shipped with glassjax; choose another name"),
        (["a/b", "--kappa", "k.csv"], "'a/b' is no name for a glass; write letters, digits"),
        (["mine", "--kappa", "no.csv"], "no.csv: there is no such file; check the name and the folder"),
        (
            ["mine", "--kappa", "k.csv", "--kappa", "./k.csv"],
            "--kappa k.csv is given twice, and its rows would",
        ),
        (
            ["mine", "--cp", "k.csv"],
            "k.csv, line 1: the column 'Wärmeleitfähigkeit' is kappa, not heat-capacity; give",
        ),
        (
            ["mine", "--kappa", "k.csv", "--kappa-unit", "furlong"],
            "--kappa-unit: the unit 'furlong' is no unit of kappa",
        ),
        (
            ["mine", "--kappa", "k.csv", "--tg", "hot"],
            "--tg: 'hot' is not a positive number; write for example",
        ),
        (
            ["mine", "--kappa", "k.csv", "--longitudinal", "5970"],
            "give --transverse too, or the mean with --sound",
        ),
        (
            ["mine", "--kappa", "k.csv", "--sound", "4100", "--longitudinal", "5970", "--transverse", "3760"],
            "--sound is the mean of --longitudinal and --transverse; give it or the two",
        ),
        (["mine", "--kappa", "k.csv", "--out", "k.csv"], "k.csv"),
        (["mine", "--kappa", "k.csv", "--theory", "deby"], "'deby' is not one of"),
    ],
)
def test_refusals_leave_nothing(run, workplace, arguments, words):
    code, out, err = run(*arguments, "--no-plot")
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert names(workplace) == {"k.csv", "bare.csv"}


def test_questions_on_a_terminal(workplace, monkeypatch):
    """A guess is confirmed by Enter, a constant is asked for again until it makes sense, Enter leaves it unknown."""
    monkeypatch.setattr("glassjax.cli.questions.on_terminal", lambda: True)
    answers = ["", "1490±20", "hot", "", "2.2 g/cm3", "5970±10 3760±10", ""]
    done = CliRunner().invoke(
        commands, ["new", "mine", "--kappa", "bare.csv", "--no-plot"], input="\n".join(answers) + "\n"
    )
    assert done.exit_code == 0, done.output
    assert "the values of kappa have no unit; W/(m K)?" in done.stderr
    assert "the answer: 'hot' is not a positive number; write for example 1490±20" in done.stderr
    record = load_record("mine")
    assert record.constants["glass_temperature"].value == 1490.0
    assert record.constants["debye_temperature"].value is None
    assert record.constants["density"].value == 2200.0
    assert record.constants["sound_speed"].value == pytest.approx(4138.5, abs=0.1)
    assert "fragility" not in record.constants


def test_an_answer_wins_over_the_guess_and_yes_asks_nothing(workplace, monkeypatch):
    monkeypatch.setattr("glassjax.cli.questions.on_terminal", lambda: True)
    arguments = ["new", "mine", "--kappa", "bare.csv", "--no-plot"]
    done = CliRunner().invoke(commands, arguments, input="mW/(cm K)\n\n\n\n\n\n")
    assert done.exit_code == 0, done.output
    assert gj.Study.load("mine.toml").measurements()[0].value[0] == pytest.approx(0.0002)
    done = CliRunner().invoke(commands, [*arguments, "--yes", "--force"], input="")
    assert done.exit_code == 0, done.output
    assert gj.Study.load("mine.toml").measurements()[0].value[0] == pytest.approx(0.002)


def test_a_failing_disk_leaves_what_was_there(run, workplace, monkeypatch):
    assert run("mine", "--kappa", "k.csv", "--no-plot")[0] == 0
    before = Path("mine/glass.toml").read_text()
    replace = Path.replace

    def failing(self, target):
        if Path(target).name == "mine.toml":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    code, _, err = run("mine", "--kappa", "k.csv", "--tg", "400", "--no-plot", "--force")
    assert code == 2
    assert "No space left on device" in err
    assert Path("mine/glass.toml").read_text() == before
    assert names(workplace) == {"mine", "mine.toml", "mine/glass.toml", "mine/kappa.csv", "k.csv", "bare.csv"}


def test_interrupted_it_leaves_nothing(workplace):
    """Ctrl-C while the theory is drawn."""
    command = [sys.executable, "-m", "glassjax", "new", "mine", "--kappa", "k.csv", "--no-cache"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        until = time.monotonic() + 60
        while not list(workplace.glob(".*.partial/mine.toml")) and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.endswith("\nglassjax: interrupted; nothing was written\n")
    assert "Traceback" not in err
    assert names(workplace) == {"k.csv", "bare.csv"}


@pytest.mark.slow
@pytest.mark.parametrize("known", [False, True])
def test_what_made_the_data_is_recovered(run, workplace, known):
    """A glass of the theory, as a German spreadsheet writes it: every truth lies in its 89 % interval, or nearly."""
    truth = {"softening": 0.4, "c": 0.03, "B": 250.0, "R": 130.0, "A1": 0.06}
    constants = {
        "glass_temperature": 700.0,
        "debye_temperature": 180.0,
        "density": 1800.0,
        "sound_speed": 2500.0,
    }
    glass = gj.Glass(name="x", **constants)
    theory = gj.LubchenkoWolynes().at(truth, glass)
    rng = np.random.default_rng(3)
    for name, quantity, unit, factor, T in (
        ("kappa.csv", "kappa", "mW/(cm K)", 10.0, np.geomspace(0.3, 60.0, 40)),
        ("c.csv", "heat-capacity", "J/gK", 1e-3, np.geomspace(0.4, 25.0, 30)),
    ):
        value = np.asarray(gj.evaluate(theory, quantity, T, glass)) * np.exp(
            0.02 * rng.standard_normal(len(T))
        )
        rows = [f"{t:.5E};{y:.5E};2,0;;".replace(".", ",") for t, y in zip(T, factor * value, strict=True)]
        symbol = {"kappa": "κ", "heat-capacity": "Cp"}[quantity]
        head = f"Probe: Harz 12;Datum: 26.11.2026\n# nachts\nTemp. / K;{symbol} [{unit}];Fehler %;;"
        Path(name).write_bytes("\r\n".join([*head.split("\n"), *rows, ";;;;"]).encode("utf-16"))
    options = (
        ["--tg", "700±10", "--debye", "180±2", "--density", "1800±10", "--sound", "2500±20"] if known else []
    )
    assert run("harz", "--kappa", "kappa.csv", "--cp", "c.csv", "--no-plot", *options)[0] == 0
    with pytest.raises(SystemExit) as left:
        main(["fit", "harz.toml", "--quick"])
    assert left.value.code == 0
    summary = json.loads(Path("results/harz/summary.json").read_text())
    found = {row["name"]: row for row in summary["parameters"]}
    for name, value in (truth | constants).items():
        if found[name]["limit"] is None:
            width = found[name]["high"] - found[name]["low"]
            assert found[name]["low"] - 0.2 * width < value < found[name]["high"] + 0.2 * width, name
    assert found["R"]["high"] / found["R"]["low"] < 4


def test_rows_of_two_samples_are_refused_and_one_is_taken(run, workplace):
    lines = "".join(
        f"{name},{t},{t * 0.01 * factor}\n" for name, factor in (("A", 1), ("B", 2)) for t in range(1, 7)
    )
    Path("two.csv").write_text(f"sample,T (K),k (W/(m K))\n{lines}")
    code, _, err = run("mine", "--kappa", "two.csv", "--no-plot", "--yes")
    assert (code, err.count("\n")) == (2, 1)
    assert "A (6 rows) and B (6 rows)" in err
    assert not (workplace / "mine").exists()
    code, out, _ = run("mine", "--kappa", "two.csv", "--no-plot", "--json", "--where", "sample=B")
    [file] = json.loads(out)["files"]
    assert code == 0
    assert file["value"] == pytest.approx([t * 0.02 for t in range(1, 7)])
    assert file["columns"] == {"T": "T (K)", "value": "k (W/(m K))"}
    assert [(run["first"], run["last"]) for run in file["lines"]] == [(1, 1), (2, 7), (8, 13)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--where", "sample"), "write COLUMN=VALUE"),
        (("--where", "colour=red"), "there is no column 'colour'"),
        (("--sheet", "up"), "no workbook"),
        (("--table", "3"), "--table 1"),
        (("--sample-mass", "heavy"), "write for example 12.5 mg"),
        (("--error-column", "x"), "there is no column 'x'"),
    ],
)
def test_options_of_reading_that_fit_no_file(run, workplace, options, words):
    code, _, err = run("mine", "--kappa", "k.csv", "--no-plot", *options)
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert names(workplace) == {"k.csv", "bare.csv"}


def test_a_condition_holds_for_the_files_that_have_its_column(run):
    Path("c.csv").write_text(
        "run,T (K),C (J/(kg K))\n" + "".join(f"{r},{t},{t * r}\n" for r in (1, 2) for t in range(1, 7))
    )
    code, out, _ = run(
        "mine",
        "--kappa",
        "k.csv",
        "--cp",
        "c.csv",
        "--no-plot",
        "--json",
        "--where",
        "run=2",
        "--density",
        "2 g/cm3",
    )
    assert code == 0
    assert [file["rows"] for file in json.loads(out)["files"]] == [5, 6]
    code, _, err = run(
        "other", "--kappa", "k.csv", "--cp", "c.csv", "--no-plot", "--where", "run=2", "--where", "x=1"
    )
    assert code == 2
    assert "no file has a column 'x'" in err

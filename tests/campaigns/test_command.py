"""``glassjax campaign`` as its users call it."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from glassjax import theory
from tests.commands import enter, run

STUDY = """
glass = "a-SiO2"
theory = "toy"
discrepancy = {{ kappa = {{ amplitude = {amplitude} }} }}

[[data]]
file = "kappa-cahill-pohl-1988.csv"
to = 2.0

[free]
offset = {{ distribution = "normal", mean = 0, sd = 3 }}
slope = {{ distribution = "normal", mean = 1, sd = 1 }}

[sampler]
starts = 2
"""
COMMAND = """
from glassjax import theory
theory._THEORIES["toy"] = ("tests.inference.toys", "PowerLaw")
from glassjax.cli import main
main()
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    monkeypatch.setitem(theory._THEORIES, "toy", ("tests.inference.toys", "PowerLaw"))
    (tmp_path / "studies").mkdir()
    for number, amplitude in enumerate((0.25, 0.3)):
        (tmp_path / "studies" / f"toy-{number}.toml").write_text(STUDY.format(amplitude=amplitude))
    return tmp_path


def test_folder_of_studies(workplace, scheduler, capsys):
    arguments = ("campaign", "studies", "--out", "out", "--scheduler", scheduler)
    assert run(*arguments) == 0
    captured = capsys.readouterr()
    assert (
        captured.out.splitlines()[0] == "2 studies: 2 fitted with a good verdict, 0 with a bad one, 0 failed"
    )
    assert captured.err == "fitting 2 of 2 studies ...\n"
    table = pd.read_csv(workplace / "out" / "results.csv")
    assert list(table["study"]) == ["toy-0", "toy-1"]
    assert run(*arguments) == 2
    assert "keeps 2 of 2 fits of this campaign; add --resume to continue it" in capsys.readouterr().err
    assert run(*arguments, "--resume", "--json") == 0
    assert json.loads(capsys.readouterr().out)["good"] == 2
    (workplace / "studies" / "empty.toml").touch()
    assert run(*arguments, "--resume") == 2
    assert "differs in the number of studies (2, now 3)" in capsys.readouterr().err
    assert run(*arguments, "--fresh") == 1  # a study has failed
    assert "failed: empty: " in capsys.readouterr().out


def test_options_that_make_no_sense(workplace, capsys):
    for arguments, words in (
        (("--draws", "100"), "--draws is of the sampling: add --sample"),
        (("--quick", "--sample"), "--quick stops where --sample begins"),
        (("--resume", "--fresh"), "leave out --fresh"),
        (("--scheduler", "tcp://127.0.0.1:9", "--workers", "2"), "a scheduler has workers of its own"),
    ):
        assert run("campaign", "studies", "--out", "out", *arguments) == 2
        assert words in capsys.readouterr().err
    assert not (workplace / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("whole_group", [False, True])
def test_ctrl_c_keeps_what_is_done(workplace, whole_group):
    """One Ctrl-C, for the command alone or, as terminals send it, for all its processes."""
    for number in range(20):
        (workplace / "studies" / f"more-{number}.toml").write_text(
            STUDY.format(amplitude=0.25 + 0.01 * number)
        )
    command = [
        sys.executable,
        "-c",
        COMMAND,
        "campaign",
        "studies",
        "--out",
        "out",
        "--unshared",
        "--workers",
        "1",
    ]
    with subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONSTARTUP": ""},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        rows = workplace / "out" / "rows.jsonl"
        until = time.monotonic() + 120
        while not rows.exists() and time.monotonic() < until:
            time.sleep(0.1)
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    assert "fits are kept in 'out': continue with 'glassjax campaign studies --out out" in err
    assert rows.read_text().endswith("\n")

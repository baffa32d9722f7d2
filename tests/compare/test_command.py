import json
import shutil

import pytest

import glassjax as gj
from tests import commands
from tests.commands import enter

STUDY = """
glass = "a-SiO2"
theory = "debye"

[[data]]
file = "kappa-cahill-pohl-1988.csv"
from = {low}
to = 2.0

[free]
R = {{ distribution = "log-normal", median = 150, spread = 0.5 }}
{more}

[sampler]
starts = 2
"""
FILES = {"request.json", "comparison.json", "comparison.txt", "comparison.png", "comparison.svg"}


def run(*arguments):
    return commands.run("compare", *arguments)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with three studies, one of them of other rows."""
    enter(tmp_path, monkeypatch)
    steeper = 'rayleigh = { distribution = "log-normal", median = 1000, spread = 2 }'
    for name, low, more in (("plain", 0.1, ""), ("steeper", 0.1, steeper), ("other", 0.2, "")):
        (tmp_path / f"{name}.toml").write_text(STUDY.format(low=low, more=more))
    return tmp_path


def test_studies_then_their_results(workplace, capsys):
    code = run("plain.toml", "steeper.toml", "--quick", "--seed", "3", "--no-progress")
    shown = capsys.readouterr()
    folder = workplace / "results" / "comparison-a-SiO2"
    assert {path.name for path in folder.iterdir()} == FILES | {"plain", "steeper"}
    assert (folder / "comparison.txt").read_text() in shown.out
    assert "fitting plain by Debye" in shown.err
    plain = json.loads((folder / "comparison.json").read_text())
    assert code == (0 if plain["ok"] else 1)
    assert [row["label"] for row in plain["table"]] in (["plain", "steeper"], ["steeper", "plain"])
    assert gj.load_result(folder / "plain" / "posterior.nc").seed == 3

    again = run(*(str(folder / name) for name in ("plain", "steeper")), "--json")
    shown = capsys.readouterr()
    assert again == code
    assert "fitting" not in shown.err
    assert json.loads(shown.out)["table"] == plain["table"]
    assert [path.name for path in folder.parent.iterdir() if not path.name.startswith(".")] == [folder.name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plain.toml"], "a comparison takes two fits at least"),
        (["plain.toml", "other.toml"], "they fit different rows of the data set 'kappa-cahill-pohl-1988'"),
        (["a-SiO2", "--theories", "lubchenko-wolynes,debey"], "no theory 'debey', did you mean 'debye'"),
        (["a-SiO", "--theories", "debye"], "'a-SiO', did you mean 'a-SiO2'"),
        (["a-SiO2", "nothere.nc"], "there is no result 'nothere.nc'"),
        (
            ["plain.toml", "steeper.toml", "--out", "taken"],
            "holds 'notes.txt', which is not part of a result",
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_work_begins(workplace, capsys, arguments, message):
    (workplace / "taken").mkdir()
    (workplace / "taken" / "notes.txt").write_text("precious")
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert (workplace / "taken" / "notes.txt").read_text() == "precious"
    assert not (workplace / "results").exists()


def test_a_full_disk_is_refused_before_anything_is_fitted(workplace, monkeypatch, capsys):
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 25 * 10**6, 25 * 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert run("plain.toml", "steeper.toml", "--no-progress") == 2
    shown = capsys.readouterr()
    assert "has 25 MB free on its disk, and this needs" in shown.err
    assert "fitting" not in shown.err
    assert not [path for path in (workplace / "results").rglob("*") if path.is_file()]

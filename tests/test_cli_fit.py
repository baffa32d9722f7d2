import base64
import importlib
import inspect
import json
import re

import numpy as np
import pytest

import glassjax as gj
from glassjax.cli import main
from tests.commands import enter, run

STUDY = """
glass = "a-SiO2"

[[data]]
file = "kappa-cahill-pohl-1988.csv"
from = 0.1
to = 2.0

[free]
R = { distribution = "log-normal", median = 150, spread = 0.5 }
B = { distribution = "half-normal", scale = 200 }

[sampler]
starts = 2
"""
FIGURES = {
    f"{kind}.{ending}"
    for kind in ("observables", "residuals", "predictive", "corner")
    for ending in ("png", "svg")
}
COMMON = {"study.toml", "summary.txt", "summary.json", "report.html"} | FIGURES


def embedded(page):
    return [base64.b64decode(data) for data in re.findall(r'src="data:image/[^;]*;base64,([^"]*)"', page)]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with a study, in which the device count that a fit sets does not outlive the test."""
    enter(tmp_path, monkeypatch)
    (tmp_path / "mine.toml").write_text(STUDY)
    return tmp_path


def test_quick_fit_then_weighed_draws_then_full_fit(workplace, capsys):
    """All in one test, since compiling dominates: a full result replaces a quick one, whole."""
    assert run("fit", "mine.toml", "--quick", "--seed", "3", "--json") == 0
    printed = capsys.readouterr()
    plain, shown = json.loads(printed.out), printed.err
    folder = workplace / "results" / "mine"
    assert {path.name for path in folder.iterdir()} == COMMON | {"maximum.nc"}
    assert (folder / "study.toml").read_text() == STUDY
    quick = gj.load_result(folder / "maximum.nc")
    assert quick.study.describe() in shown
    assert quick.summary() in shown
    assert quick.summary() == (folder / "summary.txt").read_text().rstrip("\n")
    assert json.loads((folder / "summary.json").read_text())["maximum"] == quick.best
    assert plain["maximum"] == quick.best
    assert plain["folder"] == "results/mine"
    assert quick.seed == 3
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert quick.heading in report
    assert (folder / "corner.svg").read_bytes() in embedded(report)

    assert run("fit", "mine.toml", "--weighed", "--seed", "3", "--draws", "1500", "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert {path.name for path in folder.iterdir()} == COMMON | {"posterior.nc"}
    weighed = gj.load_result(folder / "posterior.nc")
    assert plain["kind"] == weighed.kind == "laplace"
    assert weighed.tree["posterior"].sizes["draw"] == 1500
    assert weighed.heading in (folder / "report.html").read_text(encoding="utf-8")
    middle = np.median(weighed.draws["R"])
    assert abs(middle - quick.best["R"]) < np.std(weighed.draws["R"])
    assert run("predict", "results/mine", "--quantity", "kappa", "--points", "3") == 0
    assert "89% band of 1000 draws" in capsys.readouterr().err

    code = run("fit", "mine.toml", "--chains", "2", "--warmup", "10", "--draws", "20", "--no-progress")
    assert code == 1, "so few draws cannot have converged"
    assert weighed.verdict.ok, "which a bad verdict does not replace"
    assert gj.load_result(folder).kind == "laplace"
    folder = workplace / "results" / "mine-2"
    assert {path.name for path in folder.iterdir()} == COMMON | {"posterior.nc", "trace.png", "trace.svg"}
    posterior = gj.load_result(folder / "posterior.nc")
    assert not posterior.verdict.ok
    assert posterior.verdict.reasons[0] in capsys.readouterr().out
    assert posterior.tree["posterior"].sizes["draw"] == 20
    assert sorted(path.name for path in (workplace / "results").iterdir()) == ["mine", "mine-2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothere"], "there is no study file 'nothere'"),
        (["a-SiO"], "a-SiO2"),
        (["mine.toml", "--out", "mine.toml"], "mine.toml"),
        (["mine.toml", "--out", "taken"], "holds 'notes.txt', which is not part of a result"),
        (["mine.toml", "--chains", "0"], "--chains"),
        (["mine.toml", "--draws", "many"], "--draws"),
        (["mine.toml", "--weighed", "--quick"], "leave out --quick"),
        (["mine.toml", "--weighed", "--chains", "2"], "leave out --chains"),
        (["mine.toml", "--weighed", "--draws", "50"], "--weighed needs at least 100 draws, not 50"),
        (["bad.toml"], "no valid TOML"),
    ],
)
def test_what_cannot_be_done_is_said_before_work_begins(workplace, capsys, arguments, message):
    (workplace / "taken" / "mine").mkdir(parents=True)
    (workplace / "taken" / "mine" / "notes.txt").write_text("precious")
    (workplace / "bad.toml").write_text("glass = a-SiO2")
    before = sorted(workplace.rglob("*"))
    assert run("fit", *arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert sorted(workplace.rglob("*")) == before


def test_figures_that_cannot_be_drawn_do_not_end_a_fit(workplace, monkeypatch, capsys):
    monkeypatch.setattr("glassjax.results.Maximum.plot", lambda self, kind, **options: 1 / 0)
    assert run("fit", "mine.toml", "--quick") == 0
    folder = workplace / "results" / "mine"
    assert {path.name for path in folder.iterdir()} == COMMON - FIGURES | {"maximum.nc"}
    said = capsys.readouterr().err
    assert all(f"the figure '{kind}' was not drawn" in said for kind in ("observables", "corner", "report"))


def test_a_crash_while_writing_leaves_the_earlier_result(workplace, monkeypatch, capsys):
    folder = workplace / "results" / "mine"
    folder.mkdir(parents=True)
    (folder / "summary.txt").write_text("earlier")
    monkeypatch.setattr("glassjax.results.Maximum.to_json", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["fit", "mine.toml", "--quick"])
    assert [path.name for path in folder.iterdir()] == ["summary.txt"]
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


def test_methods_and_numbers_are_those_of_the_study():
    from glassjax.fitting import importance
    from glassjax.problem import study_file as settings

    command = importlib.import_module("glassjax.cli.fit")
    assert command.METHODS == settings.METHODS
    assert command.LEAST == importance.LEAST
    assert inspect.signature(gj.Study.laplace).parameters["draws"].default == command.WEIGHED

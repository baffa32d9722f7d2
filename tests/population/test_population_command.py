"""`glassjax fit`, `validate` and `report` with a population, as a user has it: study and data files in a folder."""

import json

import numpy as np
import pytest

import glassjax as gj
from tests.commands import enter, run

NAMES = ("first", "second")
MEMBER = """
glass = "a-SiO2"
theory = "debye"
discrepancy = false
[[data]]
file = "{name}.csv"
[parameters]
floor = 1.0
[free]
R = {{ distribution = "log-normal", median = 150, spread = 0.5 }}
"""
POPULATION = """
title = "two samples"
members = ["first.toml", "second.toml"]
seed = 4

[shared.R]
median = { distribution = "log-normal", median = 150, spread = 0.5 }
spread = { distribution = "half-normal", scale = 0.3 }

[sampler]
starts = 2
chains = 2
warmup = 50
draws = 100
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """Conductivities of two samples by the Debye theory, R = 100 and 160, good to 5 %."""
    enter(tmp_path, monkeypatch)
    T = np.array([0.3, 0.6, 1.0, 1.5])
    for name, R in zip(NAMES, (100.0, 160.0), strict=True):
        kappa = gj.Debye(R=R, floor=1.0).thermal_conductivity(T, gj.load_glass("a-SiO2"))
        rows = "".join(f"{t}, {k:.6e}\n" for t, k in zip(T, kappa, strict=True))
        (tmp_path / f"{name}.csv").write_text(
            f"# quantity: kappa\n# relative_error: 0.05\nT [K], kappa [W/(m K)]\n{rows}"
        )
        (tmp_path / f"{name}.toml").write_text(MEMBER.format(name=name))
    (tmp_path / "samples.toml").write_text(POPULATION)
    return tmp_path


def test_a_population_is_checked_fitted_and_reported(workplace, capsys):
    assert run("validate", "samples.toml", "--draws", "5") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "ok"

    code = run("fit", "samples.toml", "--no-progress")
    shown = capsys.readouterr().out
    folder = workplace / "results" / "samples"
    assert {path.name for path in folder.iterdir()} == {
        "study.toml", "posterior.nc", "summary.txt", "summary.json", "report.html",
        *(f"{kind}.{ending}" for kind in ("population", "observables", "corner", "trace") for ending in ("png", "svg")),
    }  # fmt: skip
    found = gj.load_result(folder / "posterior.nc")
    assert found.summary() in shown
    assert code == (0 if found.verdict.ok else 1)
    rows = json.loads((folder / "summary.json").read_text())["glasses"]
    for row, R in zip(rows, (100.0, 160.0), strict=True):
        # Four points of 5 % each tell R to 2.5 %, more than a population of two could.
        assert row["low"] < R < row["high"]
        assert abs(row["shrinkage"]) < 0.2

    assert run("report", str(folder), "--member", "second", "--out", "second.html") == 0
    assert "second" in (workplace / "second.html").read_text(encoding="utf-8")


def test_quick_and_refusals(workplace, capsys):
    assert run("fit", "samples.toml", "--weighed") == 2
    assert (
        "'samples' is a population, of which only chains draw: leave out --weighed" in capsys.readouterr().err
    )
    assert run("fit", "samples.toml", "--quick") in (0, 1)
    assert (workplace / "results" / "samples" / "maximum.nc").is_file()
    capsys.readouterr()
    for wrong, right, message in [
        ('"second.toml"', '"secnod.toml"', "there is no study file 'secnod.toml'"),
        ("[shared.R]", "[shared.r]", "shares 'r', which Debye of first has not"),
        ("spread = { distribution", "sprd = { distribution", "has no key 'sprd'"),
    ]:
        (workplace / "wrong.toml").write_text(POPULATION.replace(wrong, right, 1))
        assert run("fit", "wrong.toml") == 2
        assert message in capsys.readouterr().err
    assert not (workplace / "results" / "wrong").exists()
    assert run("report", "results/samples", "--member", "third") == 2
    assert "third" in capsys.readouterr().err

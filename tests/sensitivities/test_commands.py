"""The commands: tables, files that are whole or not there, and requests that cannot be met."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from glassjax.datasets import shipped
from tests.commands import enter, run

STUDY = """
glass = "a-SiO2"
theory = "debye"

[[data]]
file = "kappa-cahill-pohl-1988.csv"
from = 0.1
to = 2.0

[free]
R = { distribution = "log-normal", median = 150, spread = 0.5 }
rayleigh = { distribution = "log-normal", median = 1000, spread = 2 }

[sampler]
starts = 2
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    (tmp_path / "plain.toml").write_text(STUDY)
    return tmp_path


def test_a_study_is_analysed_and_designed(workplace, capsys, monkeypatch):
    monkeypatch.setattr(importlib.import_module("glassjax.cli.sensitivity"), "FORMATS", ("png",))
    options = ["--points", "4", "--profile", "R", "--sobol", "8", "--predict", "kappa@0.1"]
    assert run("sensitivity", "plain.toml", *options, "--out", "found", "--no-progress") == 0
    shown = capsys.readouterr()
    folder = workplace / "found"
    assert (folder / "sensitivity.txt").read_text() == shown.out
    assert "is determined" in shown.out
    assert "kappa predicted by plain" in shown.out
    made = {path.name for path in folder.iterdir()}
    figures = (
        "elasticities",
        "elasticity-curves",
        "information",
        "profiles",
        "sobol",
        "shares-kappa",
    )
    assert {f"{name}.png" for name in figures} <= made
    plain = json.loads((folder / "sensitivity.json").read_text())
    with xr.open_datatree(folder / "sensitivity.nc", engine="h5netcdf") as tree:
        stored = tree["elasticities"]["elasticity"].load()
        np.testing.assert_allclose(stored, plain["elasticities"]["elasticity"])
        assert float(tree["information"].attrs["condition_number_with_priors"]) > 1
    lines = (folder / "elasticities.csv").read_text().splitlines()
    assert len(lines) == 1 + 3 * len(plain["elasticities"]["parameter"]) * 4
    # R scales l/λ, and κ with it but for the floor
    row = next(line.split(", ") for line in lines if line.startswith("kappa, R"))
    assert 0.9 < float(row[6]) < 1.0

    options = ["--quantity", "kappa", "--points", "5", "--rows", "2", "--error", "kappa=0.02"]
    options += ["--out", "next", "--json"]
    assert run("design", "plain.toml", *options, "--no-progress") == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain == json.loads((workplace / "next" / "design.json").read_text())
    assert len(plain["chosen"]) == 2
    assert plain["errors"] == {"kappa": 0.02}
    assert (workplace / "next" / "design.png").stat().st_size > 10_000


@pytest.mark.slow
def test_a_glass(workplace, capsys):
    assert run("sensitivity", "a-SiO2", "--set", "c=0", "--points", "3", "--json") == 0
    plain = json.loads(capsys.readouterr().out)["elasticities"]
    flags = dict(zip(plain["parameter"], plain["logarithmic"], strict=True))
    assert [name for name, flag in flags.items() if not flag] == ["c", "lattice_b"]
    kappa = np.array(plain["elasticity"])[plain["quantity"].index("kappa")]
    assert np.all(np.isfinite(kappa))
    assert kappa[plain["parameter"].index("R")][0] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sensitivity", "a-SiO"], "no result or study 'a-SiO', did you mean 'a-SiO2'"),
        (
            ["sensitivity", "Torlon", "--defaults", "--weakest", "1"],
            "--weakest needs a study or a result: 'Torlon' is taken as a glass",
        ),
        (["sensitivity", "a-SiO2", "--set", "omegac=1"], "has no parameter 'omegac', did you mean 'omega_c'"),
        (["sensitivity", "a-SiO2", "--predict", "kapa@1"], "'kapa@1' is not of the form quantity@T"),
        (["sensitivity", "a-SiO2", "--from", "9", "--to", "1"], "--from (9 K) must lie below --to (1 K)"),
        (["design", "universality"], "'universality' is of a population of several glasses"),
        (["sensitivity", str(Path(shipped("fits")) / "universality.toml")], "give one of its members"),
        (["design", "a-SiO"], "no result or study 'a-SiO', did you mean 'a-SiO2'"),
        (["design", "own/glass.toml"], "a design needs data: 'own/glass.toml' is a glass"),
        (
            ["design", "a-SiO2", "--error", "kapa=0.1"],
            "no quantity 'kapa' to give an error to, did you mean 'kappa'",
        ),
        (["design", "plain.toml", "--about", "Q"], "'Q' is not free in study 'plain'"),
        (["sensitivity", "plain.toml", "--profile", "Q"], "'Q' is not free in study 'plain'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(workplace, capsys, arguments, message):
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert message in " ".join(captured.err.split())
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_a_folder_with_other_things_is_left_alone(workplace, capsys):
    (workplace / "taken").mkdir()
    (workplace / "taken" / "notes.txt").write_text("precious")
    for command in ("sensitivity", "design"):
        assert run(command, "plain.toml", "--out", "taken") == 2
        assert "holds 'notes.txt', which is not part of a result" in capsys.readouterr().err
    assert [path.name for path in (workplace / "taken").iterdir()] == ["notes.txt"]

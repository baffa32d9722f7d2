"""Simulation-based calibration: an inference that is right passes, one that is not does not."""

import json
from pathlib import Path

import numpy as np
import pytest

from glassjax import GlassjaxError, Study
from glassjax.calibration import Calibration, KeptSimulations, Simulation, calibrate, load_calibration
from glassjax.calibration.simulations import DENSITY
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

DOCS = Path(__file__).parents[2] / "docs"
SIMULATIONS = 60


def toy():
    return Study(
        glass=GLASS,
        theory=PowerLaw(),
        data=[measurement()],
        free={"offset": normal(0.0, 1.0), "slope": normal(1.0, 0.5)},
        discrepancy=False,
        name="toy",
    )


@pytest.fixture(scope="module")
def study():
    return toy()


@pytest.fixture(scope="module")
def found(study):
    return calibrate(study, simulations=SIMULATIONS, seed=1)


def test_an_exact_inference_is_calibrated(found):
    """A linear theory with normal errors: the posterior is known, and NUTS draws from it."""
    assert found.verdict.ok, found.summary()
    for row in found.table:
        if row["name"] == DENSITY:
            continue
        for level in (0.5, 0.8, 0.95):
            assert abs(row[f"coverage_{level:g}"] - level) < 4 * found.error(level)
        assert abs(row["pull"]) < 4 / np.sqrt(SIMULATIONS)
        assert row["contraction"] > 0.9


def test_wrong_errors_are_noticed(study, monkeypatch):
    """Data that scatter three times as much as the study says: the intervals are too narrow."""
    honest = Study.simulate

    def careless(self, values, *, seed=0):
        good = honest(self, values, seed=seed)
        mean = self.likelihood.means_at(np.asarray(self.likelihood.compiled.unconstrain(values)))
        observed = {q: mean[q] + 3 * (row - mean[q]) for q, row in good.likelihood.observed.items()}
        good.made["likelihood"] = self.likelihood.observing(good, observed)
        return good

    monkeypatch.setattr(Study, "simulate", careless)
    found = calibrate(study, simulations=40, seed=1)
    assert not found.verdict.ok
    assert "NOT CALIBRATED" in found.summary()
    assert found.table[0]["coverage_0.8"] < 0.6


def test_continued_after_a_stop(study, found, tmp_path):
    class Stop(Exception):
        pass

    def impatient(done):
        if done == 7:
            raise Stop

    with pytest.raises(Stop):
        calibrate(study, simulations=SIMULATIONS, seed=1, folder=tmp_path / "kept", progress=impatient)
    told = []
    again = calibrate(study, simulations=SIMULATIONS, seed=1, folder=tmp_path / "kept", progress=told.append)
    assert told[0] == 7
    assert again.simulations == found.simulations


def test_other_settings_and_damage_are_refused(study, tmp_path):
    folder = tmp_path / "kept"
    calibrate(study, simulations=2, seed=1, folder=folder)
    with pytest.raises(GlassjaxError, match=r"an unfinished calibration that differs in seed \(1, now 2\)"):
        calibrate(study, simulations=2, seed=2, folder=folder)
    for name in ("simulations.jsonl", "simulations.json"):
        (folder / name).write_text("{\n")
        with pytest.raises(GlassjaxError, match=rf"{name}' is damaged"):
            calibrate(study, simulations=2, seed=1, folder=folder)


def test_simulations_of_an_earlier_version_are_refused_and_left_alone(tmp_path):
    kept, old = KeptSimulations(tmp_path, discard="add --fresh"), '{"run": {}, "simulations": [{}]}'
    (tmp_path / "simulations.json").write_text(old)
    with pytest.raises(GlassjaxError, match="another version of glassjax; add --fresh"), kept.held():
        kept.load({})
    with pytest.raises(GlassjaxError, match="another version of glassjax; add --fresh"):
        kept.describe()
    assert (tmp_path / "simulations.json").read_text() == old


def test_saved_and_read_again(found, tmp_path):
    found.save(tmp_path)
    again = load_calibration(tmp_path)
    assert again.summary() == found.summary()
    assert {path.name for path in tmp_path.iterdir()} == {
        f"calibration.{e}" for e in ("json", "txt", "png", "svg")
    }
    (tmp_path / "other.json").write_text('{"format": "something else"}')
    with pytest.raises(GlassjaxError, match="holds no calibration"):
        load_calibration(tmp_path / "other.json")
    with pytest.raises(GlassjaxError, match="cannot read"):
        load_calibration(tmp_path / "missing.json")


def test_histograms_count_every_simulation(found):
    for name in found.names:
        counts, expected = found.histogram(name)
        assert counts.sum() == SIMULATIONS
        assert np.isclose(expected.sum(), SIMULATIONS)
        assert np.allclose(expected, SIMULATIONS / 20, rtol=0.3)  # 81 ranks do not divide into 20 bins


def made(ranks):
    """A calibration with given ranks among 80 draws."""
    simulations = [
        Simulation({"x": 0.0}, {"x": int(r), DENSITY: i % 81}, 80, {"x": 0.0}, {"x": 0.5}, 0)
        for i, r in enumerate(ranks)
    ]
    origin = {"glassjax": "0", "versions": {"jax": "0"}, "date": "today"}
    return Calibration("made", simulations, {"chains": 2, "warmup": 40, "draws": 80}, 0, origin)


def test_coverage_counts_ranks():
    """Of the ranks 0 … 80, the 41 in the middle are half of them, 77 are 95 %."""
    found = made(range(81))
    assert [round(81 * found.coverage("x", level)) for level in (0.5, 0.8, 0.95)] == [41, 65, 77]


def test_p_values():
    """Against χ² by hand: all ranks in one bin of twenty, and ranks spread evenly."""
    p = {row["name"]: row["p"] for row in made([0] * 162).table}
    assert p["x"] < 1e-100
    assert p[DENSITY] > 0.99


@pytest.mark.parametrize(
    ("file", "study", "ok"),
    [("calibration.json", "a-SiO2-kappa", True), ("calibration-all.json", "a-SiO2", False)],
)
def test_the_records_of_silica(file, study, ok):
    """What docs/calibration.md says is what 200 simulations gave: uniform ranks, a few divergences of the second."""
    record = load_calibration(DOCS / file)
    assert record.study == study
    assert len(record.simulations) >= 200
    assert record.summary() in (DOCS / "calibration.md").read_text(encoding="utf-8")
    assert json.loads((DOCS / file).read_text())["verdict"]["ok"] == record.verdict.ok == ok
    assert ok or all("divergent" in reason for reason in record.verdict.reasons)


@pytest.mark.slow
def test_silica_s_conductivity_is_calibrated(tmp_path):
    """Forty simulations of the shipped study, ten minutes; docs/calibration.md tells of 200."""
    found = Study.load("a-SiO2-kappa").calibrate(simulations=40, seed=5, folder=tmp_path)
    assert found.verdict.ok, found.summary()

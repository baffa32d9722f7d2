"""Campaigns: studies of all kinds go in, one table comes out, whatever dies or is interrupted on the way."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import glassjax as gj
from glassjax import GlassjaxError, Study, campaigns
from glassjax.campaigns import cluster, run, task
from glassjax.campaigns.folder import folder_of
from glassjax.disk import held
from tests.campaigns.mortal import MARK, Doomed, Mortal, MortalChains
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

VARYING = ["seconds", "worker", "folder"]  # columns that differ between two runs of one campaign


def toy(number, theory=PowerLaw, **changes):
    return Study(
        glass=GLASS.replace(name=f"glass {number}"),
        theory=theory(),
        data=[measurement(n=8 + number % 3, seed=number)],
        free={"offset": normal(0.0, 1.0), "slope": normal(1.0, 0.5)},
        discrepancy=False,
        name=f"toy {number}",
        sampler={"starts": 2, **changes},
    )


BROKEN = "glass = 'a-SiO2"
HASTY = "glass = 'a-SiO2'\n[free]\nhaste = { distribution = 'normal', mean = 0, sd = 1 }\n"


@pytest.fixture(scope="module")
def found(scheduler, tmp_path_factory):
    """Six toys, and two files that are no studies."""
    folder = tmp_path_factory.mktemp("campaign")
    files = folder / "files"
    files.mkdir()
    (files / "broken.toml").write_text(BROKEN)
    (files / "hasty.toml").write_text(HASTY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task, "_prepare", lambda programs: None)
        return campaigns.campaign(
            [*map(toy, range(6)), files], folder / "out", scheduler=scheduler, share=True
        )


def test_table_holds_what_each_fit_alone_gives(found):
    assert list(found.table["study"]) == [*(f"toy-{i}" for i in range(6)), "broken", "hasty"]
    for number in (0, 2, 5):
        row, alone = found.table.iloc[number], toy(number).maximise()
        assert row["status"] == "done"
        assert row["ok"] == alone.verdict.ok
        assert row["glass"] == f"glass {number}"
        assert row["rows"] == 8 + number % 3
        for entry in alone.table:
            for column, key in (("", "estimate"), (".low", "low"), (".high", "high")):
                assert np.isclose(row[entry["name"] + column], entry[key], rtol=1e-6)
        assert np.isclose(row["rms.kappa"], alone.misfits[0].rms, rtol=1e-6)
        assert np.isclose(row["log_evidence"], alone.log_evidence.value, atol=1e-6)


def test_result_of_each_fit_can_be_loaded(found):
    row = found.table.iloc[2]
    loaded = gj.load_result(f"{row['folder']}/maximum.nc")
    assert loaded.best["slope"] == row["slope"]
    assert loaded.study.name == "toy 2"


def test_studies_that_cannot_be_fitted_have_a_row_and_a_sentence(found):
    broken, hasty = found.table.iloc[6], found.table.iloc[7]
    assert broken["status"] == hasty["status"] == "failed"
    assert "broken.toml is no valid TOML" in broken["error"]
    assert "no parameter 'haste' to free" in hasty["error"]
    assert np.isnan(broken["slope"])
    assert found.counts == {"good": 6, "bad": 0, "failed": 2}
    assert not found.ok
    assert "6 fitted with a good verdict, 0 with a bad one, 2 failed" in found.summary()


def test_csv_and_parquet_hold_the_same(found):
    csv = pd.read_csv(found.folder / "results.csv", keep_default_na=False, na_values=[""])
    parquet = pd.read_parquet(found.folder / "results.parquet")
    assert list(csv) == list(parquet) == list(found.table)
    for column in ("slope", "slope.low", "rms.kappa", "log_posterior"):
        np.testing.assert_allclose(csv[column], parquet[column], rtol=1e-12)


def test_resumed_after_an_interruption(found, scheduler, tmp_path, monkeypatch):
    studies = [toy(i) for i in range(6)]
    monkeypatch.setattr(run, "LEAST", 2)  # handed out at once
    monkeypatch.setattr(run, "AHEAD", 1)

    def impatient(done, total):
        assert total == 6
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        campaigns.campaign(studies, tmp_path, scheduler=scheduler, progress=impatient)
    rows = (tmp_path / "rows.jsonl").read_text()
    assert rows.count("\n") == 2
    (tmp_path / "rows.jsonl").write_text(rows + rows[:40])  # as a kill in the midst of writing leaves it
    with pytest.raises(GlassjaxError, match=r"keeps 2 of 6 fits of this campaign; give resume=True"):
        campaigns.campaign(studies, tmp_path, scheduler=scheduler)
    with pytest.raises(GlassjaxError, match=r"differs in seed \(None, now 5\); give fresh=True"):
        campaigns.campaign(studies, tmp_path, scheduler=scheduler, seed=5, resume=True)
    with pytest.raises(GlassjaxError, match=r"differs in the number of studies .* the studies or their data"):
        campaigns.campaign(studies[:5], tmp_path, scheduler=scheduler, resume=True)
    told = []
    again = campaigns.campaign(
        studies, tmp_path, scheduler=scheduler, resume=True, progress=lambda done, total: told.append(done)
    )
    assert told[0] == 2
    same(again.table, found.table[:6])


def same(first, second):
    """Two tables agree to the rounding of programs that were compiled for other studies."""
    columns = [name for name in first if name not in VARYING]
    pd.testing.assert_frame_equal(
        first[columns].reset_index(drop=True),
        second[columns].reset_index(drop=True).astype(first[columns].dtypes),
        rtol=1e-9,
    )


def test_fit_that_is_on_the_disk_is_not_done_again(scheduler, tmp_path, monkeypatch):
    campaigns.campaign(toy(0), tmp_path, scheduler=scheduler)
    (tmp_path / "rows.jsonl").unlink()  # as a kill before the row was kept leaves it
    monkeypatch.setattr(task, "_result", lambda *arguments: pytest.fail("fitted again"))
    again = campaigns.campaign(toy(0), tmp_path, scheduler=scheduler, resume=True)
    assert again.counts["good"] == 1
    with (
        pytest.raises(GlassjaxError, match="another process is working on"),
        held(tmp_path / ".lock", ""),
    ):
        campaigns.campaign(toy(0), tmp_path, scheduler=scheduler, resume=True)


def test_table_only(scheduler, tmp_path):
    found = campaigns.campaign(toy(0), tmp_path, scheduler=scheduler, table_only=True)
    assert found.ok
    assert {path.name for path in tmp_path.iterdir()} == {
        "campaign.json",
        "rows.jsonl",
        "results.csv",
        "results.parquet",
    }
    fresh = campaigns.campaign(toy(1), tmp_path, scheduler=scheduler, fresh=True)
    assert list(fresh.table["study"]) == ["toy-1"]


def test_what_cannot_be_done_is_said(scheduler, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(GlassjaxError, match=r"holds 'thesis.tex', which is not part of a campaign"):
        campaigns.campaign(toy(0), tmp_path / "mine", scheduler=scheduler)
    with pytest.raises(GlassjaxError, match="holds no study"):
        campaigns.campaign(tmp_path / "mine", tmp_path / "out", scheduler=scheduler)
    with pytest.raises(GlassjaxError, match="did you mean 'a-SiO2"):
        campaigns.campaign("a-SiO3", tmp_path / "out", scheduler=scheduler)
    with pytest.raises(GlassjaxError, match="at least one study"):
        campaigns.campaign([], tmp_path / "out", scheduler=scheduler)
    with pytest.raises(GlassjaxError, match=r"fits studies, .* not int"):
        campaigns.campaign([3], tmp_path / "out", scheduler=scheduler)
    with pytest.raises(GlassjaxError, match=r"there is no campaign to resume in .* begin one"):
        campaigns.campaign(toy(0), tmp_path / "out", scheduler=scheduler, resume=True)
    with pytest.raises(GlassjaxError, match="number of workers or its address"):
        campaigns.campaign(toy(0), tmp_path / "out", scheduler=scheduler, workers=2)


def test_scheduler_that_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_CONNECT", 0.3)
    with pytest.raises(
        GlassjaxError, match=r"no scheduler answers at 'tcp://127\.0\.0\.1:9' .* start one with"
    ):
        campaigns.campaign(toy(0), tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    assert list((tmp_path / "out").iterdir()) == []


def test_workers_of_another_version_are_refused(scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_look", lambda mark: ("0.0.9", True))
    with pytest.raises(GlassjaxError, match=r"has glassjax 0\.0\.9, not .*; install the same on all"):
        campaigns.campaign(toy(0), tmp_path / "out", scheduler=scheduler)
    monkeypatch.setattr(cluster, "_look", lambda mark: (cluster.installed(), False))
    with pytest.raises(GlassjaxError, match=r"does not see .* a file system that all workers share"):
        campaigns.campaign(toy(0), tmp_path / "out", scheduler=scheduler)


def test_names_are_distinct_and_folders_hold_a_thousand_each(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for name in ("a", "b", "a-2"):
            (tmp_path / folder / f"{name}.toml").touch()
    sources = campaigns.sources.find_sources(
        [tmp_path / "one", tmp_path / "two", tmp_path / "one" / "a.toml"]
    )
    names = [source.name for source in sources]
    assert len(set(names)) == len(names) == 7
    assert folder_of(tmp_path, 7, "x", 1000) == tmp_path / "fits" / "x"
    assert folder_of(tmp_path, 2007, "x", 3000) == tmp_path / "fits" / "0002" / "x"
    before = campaigns.sources.fingerprint_of(sources)
    (tmp_path / "two" / "b.toml").write_text("seed = 1")
    assert campaigns.sources.fingerprint_of(sources) != before


def test_workers_that_die_lose_nothing_but_time(scheduler, tmp_path, monkeypatch):
    """Real processes, one of which dies while it compiles. The table is that of a campaign in which none died."""
    studies = [toy(i, Mortal) for i in (0, 3)]
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    found = campaigns.campaign(studies, tmp_path / "dying", workers=1)
    assert (tmp_path / "mark").exists()  # which keeps all others alive
    assert found.counts == {"good": 2, "bad": 0, "failed": 0}
    peaceful = campaigns.campaign(studies, tmp_path / "peaceful", scheduler=scheduler)
    same(found.table, peaceful.table)


@pytest.mark.slow
def test_sampled_fit_continues_where_its_worker_died(tmp_path, monkeypatch):
    study = toy(0, MortalChains, chains=2, warmup=50, draws=200)
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    found = campaigns.campaign([study, toy(1)], tmp_path / "dying", workers=2, sample=True)
    assert (tmp_path / "mark").exists()
    peaceful = campaigns.campaign([study, toy(1)], tmp_path / "peaceful", workers=2, sample=True)
    same(found.table, peaceful.table)
    draws = [
        gj.load_result(tmp_path / name / "fits/toy-0/posterior.nc").draws for name in ("dying", "peaceful")
    ]
    for name in draws[0]:
        np.testing.assert_array_equal(draws[0][name], draws[1][name])
    assert sorted(path.name for path in (tmp_path / "dying/fits/toy-0").iterdir()) == [
        "posterior.nc",
        "row.json",
    ]


@pytest.mark.slow
def test_fit_that_kills_every_worker_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    found = campaigns.campaign([toy(0, Doomed), toy(1)], tmp_path / "out", workers=1)
    assert list(found.table["status"]) == ["failed", "done"]
    assert "workers died while they fitted it" in found.table["error"][0]
    shutil.rmtree(tmp_path / "out")


def test_many_cores_get_bundles(found, scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "MANY", 0.25)  # as if there were 128 cores: four studies a task
    seen, fit_study = [], task.fit_study

    def strained(one, orders):
        seen.append(one.index)
        if seen == [0, 1]:
            raise MemoryError("too much for this worker")
        return fit_study(one, orders)

    monkeypatch.setattr(task, "fit_study", strained)
    again = campaigns.campaign([toy(i) for i in range(6)], tmp_path, scheduler=scheduler)
    assert sorted(seen) == [
        0,
        0,
        1,
        1,
        2,
        3,
        4,
        5,
    ]  # the first bundle of four broke, and each was handed out alone
    same(again.table, found.table[:6])


def test_rows_are_plain_json(found):
    for line in (found.folder / "rows.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} in a row"))

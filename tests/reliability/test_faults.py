"""Short forms of the attacks of `faults`: kills, full disks, signals, memory, locks. Damaged files: `test_damage`."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassjax import GlassjaxError, cli, theory
from glassjax.batches import program
from glassjax.batches.output import BatchFolder
from glassjax.campaigns import run as campaigns_run
from glassjax.campaigns.folder import CampaignFolder
from glassjax.cli import files
from glassjax.fitting.checkpoint import Chain, Checkpoint
from tests import commands
from tests.commands import enter
from tests.inference.test_checkpoint import study_of_two

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and disks of POSIX")

TOY = ("--theory", "toy", "--glass", "a-SiO2", "--from", "1", "--to", "4", "--points", "3", "--chunk", "8")
BATCH = ("batch", "t.csv", "--out", "out/r.csv", "--quantity", "kappa", *TOY)
COUNT = 40


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    monkeypatch.setitem(theory._THEORIES, "toy", ("tests.inference.toys", "PowerLaw"))
    (tmp_path / "out").mkdir()
    return tmp_path


def drawn(seed=3):
    """Write a table, and return the κ that the closed form gives for it."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"offset": rng.normal(size=COUNT), "slope": rng.uniform(0.5, 1.5, COUNT)})
    table.to_csv("t.csv", index=False)
    return np.exp(
        table["offset"].to_numpy()[:, None] + table["slope"].to_numpy()[:, None] * np.log([1.0, 2.0, 4.0])
    )


def assert_written(expected):
    table = pd.read_csv("out/r.csv", comment="#")
    np.testing.assert_allclose(table.filter(like="kappa").to_numpy(), expected, rtol=1e-6)
    assert [path.name for path in Path("out").iterdir()] == ["r.csv"]


class Disk:
    """Every opening of a file for writing, renaming, making of a folder and synchronising below a folder, counted.

    The ``failing``-th fails as on a full disk, and with ``stays`` all that follow.
    """

    def __init__(self):
        self.folder, self.count, self.failing, self.stays = "", 0, 0, False

    def __call__(self, event, arguments):
        if not self.folder or event not in ("open", "os.rename", "os.mkdir", "sync"):
            return
        path = str(arguments[0])
        reading = event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        inside = event == "sync" or os.path.abspath(path).startswith(self.folder)  # noqa: PTH100
        if reading or not inside or path.endswith("lock"):
            return
        self.count += 1
        if self.count == self.failing or (self.stays and self.count > self.failing > 0):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


DISK = Disk()
sys.addaudithook(DISK)  # for good, idle but for these tests


@pytest.fixture
def disk(workplace, monkeypatch):
    sync = os.fsync

    def synchronise(number):
        DISK("sync", ("",))
        sync(number)

    monkeypatch.setattr(os, "fsync", synchronise)
    DISK.folder = str(workplace / "out")
    yield DISK
    DISK.folder, DISK.failing, DISK.stays = "", 0, False


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_batch_on_a_disk_that_fails_at_any_moment(disk, capsys, step):
    expected, failing, refused = drawn(), 1 - step, 0
    while True:
        failing += step
        disk.count, disk.failing, disk.stays = 0, failing, refused % 2 == 0
        code = commands.run(*BATCH)
        err = capsys.readouterr().err
        if disk.count < failing:  # it had done all before that
            break
        if code == 0:  # without which it could do
            disk.failing = 0
            assert_written(expected)
            shutil.rmtree("out")
            Path("out").mkdir()
            continue
        refused += 1
        assert code == 2
        said = [line for line in err.splitlines() if line.startswith("glassjax: ")]
        assert len(said) == 1
        assert "No space left on device" in said[0]
        disk.failing = 0
        if failing % 9 == 0:  # and goes on when there is room
            kept = "continue with" in said[0]
            assert commands.run(*BATCH, *(["--resume"] if kept else [])) == 0
            assert_written(expected)
        shutil.rmtree("out")
        Path("out").mkdir()
    assert code == 0
    assert refused > 15 / step
    assert_written(expected)


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_checkpoint_and_result_on_a_disk_that_fails_at_any_moment(disk, recwarn, step):
    """What was there stays whole, whichever write fails; the error is one sentence."""
    study = study_of_two()
    settings = study.sampler.replace(chains=1, warmup=5, draws=5)
    best = study.maximise()
    target = Path("out/fit")

    def work(value):
        kept = Checkpoint("out/.fit.checkpoint", every=0.0)
        with (
            kept.running(study, settings, 0),
            files.result_folder(Path("out"), "fit", ("maximum.nc",)) as folder,
        ):
            kept.keep_maximum(best)
            kept.offer(0, Chain({"x": np.full(3, float(value))}, value), now=True)
            best.save(folder / "maximum.nc")

    work(1)
    before = (target / "maximum.nc").read_bytes()
    for failing in range(1, 100, step):
        disk.count, disk.failing, disk.stays = 0, failing, failing % 8 < 4
        said = ""
        try:
            work(1 + failing)
        except GlassjaxError as error:
            said = str(error)
        reached, disk.failing = disk.count >= failing, 0
        assert "\n" not in said
        assert "No space left" in said or not said
        kept = Checkpoint("out/.fit.checkpoint")
        with kept.running(study, settings, 0):
            assert kept.restore(0, Chain({"x": np.zeros(3)})).done in range(1, 2 + failing)
            assert np.array_equal(kept.maximum(study).coordinate, best.coordinate)
        assert (target / "maximum.nc").read_bytes()[:8] == before[:8]
        assert [path.name for path in target.iterdir()] == ["maximum.nc"]
        if not reached:
            break
    assert 10 < failing < 99
    assert sorted(path.name for path in Path("out").iterdir()) == [".fit.checkpoint", "fit"]
    assert all("its progress is not kept" in str(warning.message) for warning in recwarn)


def test_chunks_of_a_batch_that_was_killed_while_it_was_cleared_away_are_not_taken_for_others(workplace):
    expected = drawn(1)
    parts = workplace / "out" / ".r.csv.parts"
    assert commands.run(*BATCH) == 0
    parts.mkdir()
    for number in range(5):  # as a kill left them when run.json went first
        (parts / f"part-{number:06d}.parquet").write_bytes(b"of another table")
    (workplace / "out" / ".r.csv-0123abcd.csv").write_text("half")
    expected = drawn(2)
    assert commands.run(*BATCH) == 0
    assert_written(expected)


def test_a_kill_while_chunks_are_cleared_away_leaves_what_is_known(tmp_path, monkeypatch):
    kept = BatchFolder(tmp_path, discard="")
    run = {"chunk": 1, "materials": 3}
    kept.begin(run)
    for number in range(3):
        kept.keep(number, b"content")
    unlink = Path.unlink
    for _ in range(4):

        def once(path, missing_ok=False):
            unlink(path, missing_ok=missing_ok)
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", once)
            with pytest.raises(SystemExit):
                kept.clear()
        there = [path for path in tmp_path.iterdir() if path.name.startswith("part")]
        assert not there or kept.begun
    assert not list(tmp_path.iterdir())


def test_memory_that_runs_out_at_a_row_is_said_and_nothing_is_lost(workplace, monkeypatch, capsys):
    from jax.errors import JaxRuntimeError

    expected = drawn()
    for error in (MemoryError(), JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes.")):
        finish, calls = program.Evaluator._finish, []

        def failing(self, *arguments, error=error, finish=finish, calls=calls):
            calls.append(0)
            if len(calls) == 3:
                raise error
            return finish(self, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(program.Evaluator, "_finish", failing)
            assert commands.run(*BATCH) == 2
        err = capsys.readouterr().err
        assert (
            "memory ran out at lines 18 to 33; nothing that was done is lost: free some, then continue with"
            in err
        )
        assert commands.run(*BATCH) == 2
        assert "keeps 16 of 40 materials" in capsys.readouterr().err
        assert commands.run(*BATCH, "--resume") == 0
        assert_written(expected)


def test_memory_that_runs_out_anywhere_is_one_sentence(monkeypatch, capsys):
    def exhausted(*_, **__):
        raise MemoryError

    monkeypatch.setattr(cli.commands, "main", exhausted)
    assert commands.run("glasses") == 2
    assert capsys.readouterr().err.startswith("glassjax: memory ran out; close other programs")


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_signals_are_answered_like_ctrl_c(name, code, monkeypatch, capsys):
    before = signal.getsignal(getattr(signal, name))

    def sleep(*_, **__):
        os.kill(os.getpid(), getattr(signal, name))
        time.sleep(5)
        pytest.fail("not interrupted")

    monkeypatch.setattr(cli.commands, "main", sleep)
    monkeypatch.setattr("glassjax.cli.os._exit", sys.exit)
    assert commands.run("glasses") == code
    assert capsys.readouterr().err == "\nglassjax: interrupted; nothing was written\n"
    assert signal.getsignal(getattr(signal, name)) == before


def test_a_signal_that_is_ignored_stays_so(monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr(cli.commands, "main", lambda *_, **__: os.kill(os.getpid(), signal.SIGHUP))
        assert commands.run("glasses") is None  # and is not interrupted
    finally:
        signal.signal(signal.SIGHUP, before)


COUNTING = """
import sys
from pathlib import Path
from glassjax import GlassjaxError
from glassjax.disk import held
done, folder = 0, Path(sys.argv[1])
while done < 60:
    try:
        with held(folder / "lock", "busy"):
            (folder / "inside").touch(exist_ok=False)
            (folder / "inside").unlink()
            done += 1
    except GlassjaxError as error:
        assert str(error) == "busy"
"""


def test_a_lock_that_is_removed_and_made_again_is_held_by_one(tmp_path):
    crowd = [subprocess.Popen([sys.executable, "-c", COUNTING, str(tmp_path)]) for _ in range(3)]
    assert [process.wait(timeout=120) for process in crowd] == [0, 0, 0]
    assert not list(tmp_path.iterdir())


def test_a_clock_that_jumps_changes_nothing(workplace, monkeypatch):
    rng = np.random.default_rng(0)
    expected = drawn()
    monkeypatch.setattr(time, "time", lambda: float(rng.uniform(-1e9, 4e9)))
    with monkeypatch.context() as patch:
        patch.setattr(BatchFolder, "clear", lambda self: None)
        assert commands.run(*BATCH) == 0  # as if killed at the end
    for path in (workplace / "out" / ".r.csv.parts").iterdir():
        os.utime(path, (4e9, 4e9))
    assert commands.run(*BATCH, "--resume") == 0
    assert_written(expected)


def test_output_folder_that_is_deleted_meanwhile(tmp_path):
    kept = BatchFolder(tmp_path / "parts", discard="")
    with pytest.raises(GlassjaxError, match=r"was deleted while the batch ran.*begin anew"):
        kept.keep(0, b"")
    study = study_of_two()
    checkpoint = Checkpoint(tmp_path / "run", every=0.0)
    settings = study.sampler.replace(chains=1)
    with checkpoint.running(study, settings, 0):
        shutil.rmtree(tmp_path / "run")
        checkpoint.offer(0, Chain({"x": np.ones(3)}, 7), now=True)
    with checkpoint.running(study, settings, 0):
        assert checkpoint.restore(0, Chain({"x": np.zeros(3)})).done == 7


def test_rows_of_a_campaign_that_are_gone_are_missed(tmp_path, monkeypatch):
    from contextlib import nullcontext

    rows = iter([{"index": 1, "study": "b", "status": "done", "ok": True}])
    monkeypatch.setattr(campaigns_run, "connected", lambda *_: nullcontext())
    monkeypatch.setattr(campaigns_run, "_rows", lambda *_: rows)
    for name in "ab":
        (tmp_path / f"{name}.toml").touch()
    with pytest.raises(GlassjaxError, match="rows of 1 of 2 fits are gone from"):
        campaigns_run.campaign([tmp_path / "a.toml", tmp_path / "b.toml"], tmp_path / "out")
    assert not (tmp_path / "out" / "results.csv").exists()


def test_campaign_killed_in_its_first_moments_or_begun_afresh_is_known_as_one(tmp_path):
    kept = CampaignFolder(tmp_path, again="", discard="", elsewhere="")
    (tmp_path / ".campaign.json.part").write_text("{")
    (tmp_path / ".programs").mkdir()
    with kept.running({"count": 1}, 0):
        kept.append([{"index": 0, "status": "done"}])
    with kept.running({"count": 2}, 0, fresh=True):
        assert list(kept.rows()) == []
    assert {path.name for path in tmp_path.iterdir()} == {".programs"}


def test_workers_that_cannot_be_started_are_one_sentence(monkeypatch):
    from glassjax.campaigns import cluster

    def fail(**_):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(cluster.dask("distributed"), "LocalCluster", fail)
    with (
        pytest.raises(
            GlassjaxError, match=r"no workers can be started on this machine \(Nanny failed to start\.\)"
        ),
        cluster._local(1),
    ):
        pytest.fail("no cluster")

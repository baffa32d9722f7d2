import errno
import json
import os
import shutil

import numpy as np
import pytest

from glassjax import GlassjaxError
from glassjax.disk import held
from glassjax.fitting import checkpoint as checkpoints
from glassjax.fitting import sample as sampling
from glassjax.fitting.checkpoint import Checkpoint
from tests.inference.test_maximise import linear_study
from tests.inference.toys import Folded, measurement, normal

OPTIONS = {"seed": 1, "chains": 3, "warmup": 30, "draws": 70, "progress": False}


def study_of_two(**changes):
    plan = {
        "data": [measurement("kappa")],
        "free": {"offset": normal(0.5, 1.0), "slope": normal(0.5, 0.3)},
        "discrepancy": False,
        "sampler": {"starts": 2},
    }
    return linear_study(**{**plan, **changes})


@pytest.fixture(scope="module")
def whole():
    """A study, whose kernel is compiled once for all its runs, and the posterior of one that was not interrupted.

    Warmup adapts the metric along with the step size, so that a checkpoint has all to restore that there is.
    """
    study = study_of_two(sampler={"starts": 2, "adapt_metric": True})
    return study, study.sample(**OPTIONS)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A study, and the checkpoint of a run of it that was interrupted."""
    study = study_of_two()
    folder = tmp_path_factory.mktemp("kept") / "run"
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 6)
        with pytest.raises(InterruptedError):
            study.sample(**OPTIONS, checkpoint=Checkpoint(folder, every=0.0))
    return study, folder


@pytest.fixture
def copied(kept, tmp_path):
    study, folder = kept
    return study, shutil.copytree(folder, tmp_path / "run")


def interrupt_after(patch, count):
    """Make the ``count``-th report of progress fail."""
    reports = iter(range(count))

    def advance(bar, steps):
        if steps and next(reports, None) is None:
            raise InterruptedError

    patch.setattr(sampling._Bar, "advance", advance)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_same_draws(one, other):
    for group in ("posterior", "sample_stats", "log_likelihood", "fitted", "maximum", "starts"):
        assert one.tree[group].to_dataset().equals(other.tree[group].to_dataset()), group


def test_interrupted_anywhere_and_resumed_gives_the_same_draws(whole, tmp_path, monkeypatch):
    study, reference = whole
    folder = tmp_path / "run"
    rng = np.random.default_rng(0)
    interruptions = 0
    for _ in range(30):
        with monkeypatch.context() as patch:
            interrupt_after(patch, int(rng.integers(0, 6)))
            try:
                post = study.sample(**OPTIONS, checkpoint=Checkpoint(folder, every=0.0))
                break
            except InterruptedError:
                interruptions += 1
        assert "run.json" in content(folder)
        monkeypatch.setattr(sampling, "maximise", None)  # it was kept
    assert interruptions >= 3
    assert_same_draws(post, reference)
    assert (folder / "run.json").exists(), "who gives a Checkpoint removes it"
    assert_same_draws(study.sample(**OPTIONS, checkpoint=folder), reference)
    assert not folder.exists()


def test_draws_do_not_depend_on_where_blocks_end(whole, monkeypatch):
    study, reference = whole
    monkeypatch.setattr(sampling, "CHUNK", 7)
    assert_same_draws(study.sample(**OPTIONS), reference)


def test_checkpoint_that_was_never_saved_begins_anew(whole, tmp_path, monkeypatch):
    study, reference = whole
    with monkeypatch.context() as patch:
        patch.setattr(sampling, "maximise", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            study.sample(**OPTIONS, checkpoint=tmp_path / "run")
    assert not (tmp_path / "run").exists(), "nothing was worth keeping"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{")
    (tmp_path / "run" / ".chain-0.npz.part").write_text("half")
    assert_same_draws(study.sample(**OPTIONS, checkpoint=tmp_path / "run"), reference)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({}, {"seed": 2}, r"differs in seed \(1, now 2\); to begin anew, delete that folder"),
        ({}, {"chains": 2, "draws": 80}, r"differs in chains \(3, now 2\), draws \(70, now 80\)"),
        ({"data": [measurement("kappa", noise=0.2)]}, {}, r"differs in data;"),
        ({"free": {"offset": normal(0, 1), "slope": normal(0, 1)}}, {}, r"differs in free parameters;"),
        ({"theory": Folded()}, {}, r"differs in theory;"),
    ],
)
def test_checkpoint_of_another_run_is_refused(copied, changes, options, message):
    _, folder = copied
    before = content(folder)
    with pytest.raises(GlassjaxError, match=message):
        study_of_two(**changes).sample(**(OPTIONS | options), checkpoint=folder)
    assert content(folder) == before


def test_checkpoint_of_another_version_is_refused(copied, monkeypatch):
    study, folder = copied
    plain = json.loads((folder / "run.json").read_text())
    plain["run"]["machinery"]["jax"] = "0.1"
    (folder / "run.json").write_text(json.dumps(plain))
    with pytest.raises(GlassjaxError, match=r"differs in jax \(0\.1, now "):
        study.sample(**OPTIONS, checkpoint=folder)
    (folder / "run.json").write_text(json.dumps(plain | {"format": "glassjax checkpoint 9"}))
    with pytest.raises(GlassjaxError, match="another version of glassjax"):
        study.sample(**OPTIONS, checkpoint=folder)


def test_code_of_the_theory_that_has_changed_is_noticed(copied, monkeypatch):
    _, folder = copied
    run = json.loads((folder / "run.json").read_text())["run"]
    monkeypatch.setattr(checkpoints, "fingerprint", lambda *_: run)
    with pytest.raises(GlassjaxError, match=r"no longer gives the log posterior .* its code has changed"):
        study_of_two(theory=Folded()).sample(**OPTIONS, checkpoint=folder)


def test_another_maximum_is_refused(copied):
    study, folder = copied
    with pytest.raises(GlassjaxError, match="another maximum than the one given"):
        study.sample(**OPTIONS, checkpoint=folder, start=study_of_two(theory=Folded()).maximise())


@pytest.mark.parametrize("name", ["chain-0.npz", "maximum.npz", "run.json"])
def test_damaged_checkpoint_is_refused_and_left_alone(copied, name):
    study, folder = copied
    path = folder / name
    original = path.read_bytes()
    rng = np.random.default_rng(3)
    damaged = [b"", original[: len(original) // 2], original[:-1], b"\0" * len(original)]
    for place in rng.integers(0, len(original), 40):
        damaged.append(original[:place] + bytes([original[place] ^ 255]) + original[place + 1 :])
    refused, messages = [], []
    for wrong in damaged:
        path.write_bytes(wrong)
        try:
            with Checkpoint(folder).running(study, study.sampler.replace(chains=3, warmup=30, draws=70), 1):
                checkpoint = Checkpoint(folder)
                checkpoint._run = json.loads((folder / "run.json").read_text())["run"]
                loaded = checkpoint._load(folder / "chain-0.npz")
            path.write_bytes(original)
            sound = checkpoint._load(folder / "chain-0.npz")
            assert all(np.array_equal(loaded[key], sound[key]) for key in sound)
        except GlassjaxError as error:
            refused.append(wrong)
            messages.append(str(error))
    # What is not noticed is what no number depends on: the date in an archive's directory, say.
    assert refused[:4] == damaged[:4]
    assert all("to begin anew" in message for message in messages)
    assert path.read_bytes() == damaged[-1] or damaged[-1] not in refused
    assert len(refused) > 0.6 * len(damaged)


def test_chain_of_another_run_among_the_files_is_refused(copied, tmp_path, monkeypatch):
    study, folder = copied
    other = tmp_path / "other"
    interrupt_after(monkeypatch, 4)
    with pytest.raises(InterruptedError):
        study.sample(**(OPTIONS | {"seed": 2}), checkpoint=Checkpoint(other, every=0.0))
    name = next(path.name for path in other.glob("chain-*"))
    shutil.copy(other / name, folder / name)
    with pytest.raises(GlassjaxError, match=rf"{name}' is of another run than"):
        study.sample(**OPTIONS, checkpoint=folder)
    (folder / "run.json").unlink()
    with pytest.raises(GlassjaxError, match=r"run\.json' is damaged or incomplete"):
        study.sample(**OPTIONS, checkpoint=folder)


def test_one_run_at_a_time(copied):
    study, folder = copied
    with (
        held(folder / "lock", "never"),
        pytest.raises(GlassjaxError, match="another process is working on"),
    ):
        study.sample(**OPTIONS, checkpoint=folder)
    (folder / "lock").write_text("of a process that was killed")
    with Checkpoint(folder).running(study, study.sampler.replace(chains=3, warmup=30, draws=70), 1):
        assert (folder / "lock").exists()
    assert not (folder / "lock").exists()


def test_folder_that_cannot_be_made_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "maximise", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(GlassjaxError, match=r"cannot write to .*run.* give another folder"):
        study_of_two().sample(**OPTIONS, checkpoint=tmp_path / "file" / "run")


def test_full_disk_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "maximise", None)
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 10**6, 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(GlassjaxError, match=r"has 1 MB free on its disk, and this needs 20 MB; free some"):
        study_of_two().sample(**OPTIONS, checkpoint=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_disk_that_fills_up_during_the_run_costs_a_warning_not_the_run(whole, tmp_path, monkeypatch):
    study, reference = whole
    write = checkpoints.write_synced

    def fail(path, content):
        if path.name.startswith("chain"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(path, content)

    monkeypatch.setattr(checkpoints, "write_synced", fail)
    with pytest.warns(UserWarning, match=r"No space left.*the run goes on"):
        post = study.sample(**OPTIONS, checkpoint=tmp_path / "run")
    assert_same_draws(post, reference)


def test_saving_keeps_to_its_share_of_the_time(kept, tmp_path):
    study, folder = kept
    checkpoint = Checkpoint(shutil.copytree(folder, tmp_path / "run"), every=100.0)
    saved = []
    checkpoint._store = lambda name, arrays: saved.append(name)
    with checkpoint.running(study, study.sampler.replace(chains=3, warmup=30, draws=70), 1):
        chain = checkpoints.Chain(np.zeros(2))
        checkpoint.offer(0, chain)
        assert saved == []
        checkpoint.offer(0, chain, now=True)
        checkpoint.offer(0, chain)
        assert saved == ["chain-0.npz"]

"""Fits that are killed, and continued by ``--resume``: a theory that compiles fast, through the real command."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import glassjax as gj
from glassjax import disk, theory
from glassjax.cli import files
from tests.commands import enter, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

STUDY = """
glass = "a-SiO2"
theory = "toy"
discrepancy = { kappa = { amplitude = 0.25 } }

[[data]]
file = "kappa-cahill-pohl-1988.csv"
to = 2.0

[free]
offset = { distribution = "normal", mean = 0, sd = 3 }
slope = { distribution = "normal", mean = 1, sd = 1 }

[sampler]
starts = 2
warmup = 50
draws = 400
"""
# The command with the toy theory among those it knows, saving every block, and slow enough to be killed half-way.
COMMAND = """
import time
from glassjax import theory
theory._THEORIES["toy"] = ("tests.inference.toys", "PowerLaw")
from glassjax.fitting.checkpoint import Checkpoint
offer = Checkpoint.offer
def slow(self, number, chain, *, now=False):
    time.sleep({pause})
    offer(self, number, chain, now=True)
Checkpoint.offer = slow
from glassjax.cli import main
main()
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    monkeypatch.setitem(theory._THEORIES, "toy", ("tests.inference.toys", "PowerLaw"))
    (tmp_path / "mine.toml").write_text(STUDY)
    return tmp_path


def start(workplace, *arguments, pause=0.1, verb=("fit", "mine.toml")):
    command = [sys.executable, "-c", COMMAND.format(pause=pause), *verb, *arguments]
    with workplace.with_suffix(".said").open("w") as said:  # a pipe would fill up where nobody reads it
        return subprocess.Popen(
            command,
            cwd=workplace,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=said,
        )


def said(workplace):
    """What the command that was started last wrote to standard error."""
    return workplace.with_suffix(".said").read_text()


def steps_kept(checkpoint):
    found = 0
    for path in checkpoint.glob("chain-*.npz"):
        with np.load(path) as stored:
            found += int(stored["done"])
    return found


def stop_at(process, checkpoint, steps, how):
    """Send the signal ``how`` when so many steps are kept."""
    end = time.monotonic() + 300
    with process:
        while process.poll() is None and steps_kept(checkpoint) < steps and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(how)
        process.wait(timeout=60)


def killed_until_done(begin, patience):
    """Start, kill after a moment of ``patience(attempt)`` seconds, and so on until one ends; how many were killed."""
    for attempt in range(40):
        with begin() as process:
            try:
                process.wait(timeout=patience(attempt) if attempt < 30 else 600)
            except subprocess.TimeoutExpired:
                process.kill()
                continue
        return attempt, process.returncode
    raise AssertionError("none of 40 ended")


def assert_same(folder, reference):
    post = gj.load_result(folder / "posterior.nc")
    for group in ("posterior", "sample_stats", "log_likelihood", "maximum", "starts"):
        assert post.tree[group].to_dataset().equals(reference.tree[group].to_dataset()), group


def test_interrupted_then_killed_then_resumed_is_as_if_nothing_had_happened(workplace, capsys):
    options = ("--chains", "2", "--no-progress")
    results = workplace / "results"
    checkpoint = results / ".mine.checkpoint"
    process = start(workplace, *options)
    stop_at(process, checkpoint, 150, signal.SIGINT)
    assert process.returncode == 130
    err = said(workplace)
    assert "glassjax: interrupted; the maximum and " in err
    assert err.rstrip().endswith(
        "of 900 steps of the chains are kept: continue with "
        "'glassjax fit mine.toml --chains 2 --no-progress --resume'"
    )
    assert [path.name for path in results.iterdir()] == [".mine.checkpoint"]
    interrupted = steps_kept(checkpoint)
    assert interrupted >= 150

    assert run("fit", "mine.toml", *options) == 2
    err = capsys.readouterr().err
    assert "of an interrupted fit; add --resume to continue it, or --fresh to discard it" in err
    assert run("fit", "mine.toml", "--resume", "--chains", "2", "--seed", "4") == 2
    assert "differs in seed (0, now 4); add --fresh to discard it" in capsys.readouterr().err
    assert steps_kept(checkpoint) == interrupted

    process = start(workplace, *options, "--resume")
    stop_at(process, checkpoint, interrupted + 150, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert interrupted + 150 <= steps_kept(checkpoint) < 900

    assert run("fit", "mine.toml", *options, "--resume") in (0, 1)
    captured = capsys.readouterr()
    assert "continuing from the maximum and " in captured.err
    assert "looking for the maximum" not in captured.err
    assert [path.name for path in results.iterdir()] == ["mine"]
    assert_same(results / "mine", gj.Study.load("mine.toml").sample(chains=2, progress=False))
    assert run("fit", "mine.toml", *options, "--resume") == 2
    assert "no interrupted fit" in capsys.readouterr().err


@pytest.mark.slow
def test_killed_at_random_moments_until_it_is_done(workplace):
    options = ("--chains", "2", "--no-progress")
    results = workplace / "results"
    rng = np.random.default_rng(7)

    def begin():
        begun = (results / ".mine.checkpoint" / "run.json").exists()
        return start(workplace, *options, *(["--resume"] if begun else []), pause=0.3)

    # The first ones cannot finish, even where ten seconds are enough for all; the last ones are left alone, should the
    # machine be too slow to finish between kills.
    kills, code = killed_until_done(begin, lambda attempt: rng.uniform(0, 7 if attempt < 6 else 14))
    assert code in (0, 1), said(workplace)
    assert kills >= 3
    assert [path.name for path in results.iterdir()] == ["mine"]
    assert_same(results / "mine", gj.Study.load("mine.toml").sample(chains=2, progress=False))


def test_nothing_to_resume(workplace, capsys):
    assert run("fit", "mine.toml", "--resume") == 2
    assert "there is no interrupted fit in" in capsys.readouterr().err
    for other in ("quick", "weighed", "fresh"):
        assert run("fit", "mine.toml", "--resume", f"--{other}") == 2
        assert f"leave out --{other}" in capsys.readouterr().err
    assert [path.name for path in workplace.iterdir()] == ["mine.toml"]


def test_fresh_discards_and_a_result_that_cannot_be_written_is_not_lost(workplace, monkeypatch, capsys):
    checkpoint = workplace / "results" / ".mine.checkpoint"
    checkpoint.mkdir(parents=True)
    (checkpoint / "chain-0.npz").write_bytes(b"damaged")
    assert run("fit", "mine.toml") == 2
    assert "run.json' is damaged or incomplete; add --fresh to discard it" in capsys.readouterr().err

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    options = ("--chains", "1", "--warmup", "10", "--draws", "10")
    monkeypatch.setattr(sys.modules["glassjax.cli.fit"], "_write", full)
    assert run("fit", "mine.toml", *options, "--fresh") == 2
    err = capsys.readouterr().err
    assert "No space left on device; nothing is lost: make room, then continue with 'glassjax fit" in err
    assert steps_kept(checkpoint) == 20


def full_disk(patch):
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 3 * 10**6, 3 * 10**6)
    patch.setattr(disk.shutil, "disk_usage", lambda _: usage)


def quota(patch):
    """Let files grow to 1 MB only, as a quota does, which the disk's own account does not show."""
    import resource

    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, old[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, old)


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(
    ("trouble", "message"),
    [(full_disk, "has 3 MB free on its disk"), (quota, "(File too large); free some space or choose")],
)
def test_no_room_is_said_before_work_begins(workplace, monkeypatch, capsys, trouble, message, quick):
    undo = trouble(monkeypatch)
    try:
        assert run("fit", "mine.toml", *(["--quick"] if quick else [])) == 2
    finally:
        if undo:
            undo()
    captured = capsys.readouterr()
    assert message in captured.err
    assert "--out" in captured.err
    assert captured.out == ""
    assert list((workplace / "results").iterdir()) == []


def test_folder_that_cannot_be_written_is_said_before_work_begins(workplace, capsys):
    (workplace / "file").write_text("")
    assert run("fit", "mine.toml", "--out", "file/results") == 2
    captured = capsys.readouterr()
    assert "cannot write to 'file/results" in captured.err
    assert captured.out == ""


def test_two_fits_of_one_name_do_not_run_at_once(workplace, capsys):
    results = workplace / "results"
    with files.result_folder(results, "mine", ()):
        assert run("fit", "mine.toml") == 2
        assert "another process is working on 'results/mine'; wait" in capsys.readouterr().err
    assert [path.name for path in results.iterdir()] == ["mine"]

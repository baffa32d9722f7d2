"""Comparisons that are killed, and continued by ``--resume``: through the real command."""

import os
import signal
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

import glassjax as gj
from glassjax import theory
from glassjax.comparison import fit_target
from tests import commands
from tests.commands import enter
from tests.test_cli_resume import STUDY, assert_same, killed_until_done, said, steps_kept, stop_at
from tests.test_cli_resume import start as begin

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

TARGETS = ("plain.toml", "steeper.toml")
OPTIONS = ("--chains", "2", "--no-progress", "--out", "out")


def run(*arguments):
    return commands.run("compare", *arguments)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with two studies of the same data, one of which does not know the slope."""
    enter(tmp_path, monkeypatch)
    monkeypatch.setitem(theory._THEORIES, "toy", ("tests.inference.toys", "PowerLaw"))
    (tmp_path / "steeper.toml").write_text(STUDY)
    (tmp_path / "plain.toml").write_text(
        STUDY.replace('slope = { distribution = "normal", mean = 1, sd = 1 }', "")
    )
    return tmp_path


def start(workplace, *arguments, pause=0.1):
    return begin(workplace, *OPTIONS, *arguments, pause=pause, verb=("compare", *TARGETS))


def assert_as_if_nothing_had_happened(workplace):
    assert sorted(path.name for path in workplace.iterdir()) == ["out", *TARGETS]
    for name in TARGETS:
        assert_same(
            workplace / "out" / name[:-5], gj.Study.load(name).sample(chains=2, seed=0, progress=False)
        )


def test_interrupted_in_the_second_fit_and_resumed(workplace, monkeypatch, capsys):
    options = (*OPTIONS, "--warmup", "10", "--draws", "20")
    kept = workplace / ".out.checkpoint"

    def interrupt(target, **given):
        if target.name == "steeper":
            raise KeyboardInterrupt
        return fit_target(target, **given)

    with monkeypatch.context() as patch:
        patch.setattr("glassjax.comparison.fits.fit_target", interrupt)
        patch.setattr("glassjax.cli.os._exit", sys.exit)
        assert run(*TARGETS, *options) == 130
    again = (
        "glassjax compare plain.toml steeper.toml --out out --chains 2 --draws 20 --warmup 10 --no-progress"
    )
    err = capsys.readouterr().err
    assert f"interrupted; what is done is kept (the fit 'plain'): continue with '{again} --resume'" in err
    assert sorted(path.name for path in workplace.iterdir()) == [kept.name, *TARGETS]
    assert sorted(path.name for path in kept.rglob("*")) == ["plain", "posterior.nc", "run.json"]
    first = gj.load_result(kept / "plain" / "posterior.nc")

    for arguments, message in (
        (
            (),
            "keeps the fit 'plain' of an interrupted comparison; add --resume to continue it, or --fresh to",
        ),
        (
            ("--resume", "--seed", "4"),
            "plain' keeps an unfinished run that differs in seed (0, now 4); add --fresh",
        ),
        (("--resume", "--draws", "70"), "differs in draws (20, now 70); add --fresh to discard it"),
    ):
        assert run(*TARGETS, *options, *arguments) == 2
        assert message in capsys.readouterr().err
    (workplace / "other.toml").write_text(STUDY)
    assert run("steeper.toml", "other.toml", *options, "--resume") == 2
    assert (
        "keeps an unfinished comparison with other targets, 'plain' among them; add"
        in capsys.readouterr().err
    )
    (workplace / "other.toml").unlink()

    monkeypatch.setattr("glassjax.comparison.Comparison.plot", lambda self: Figure())  # drawn elsewhere
    assert run(*TARGETS, *options, "--resume") in (0, 1)
    err = capsys.readouterr().err
    assert "there is a fit of plain by PowerLaw" in err
    assert "fitting steeper by PowerLaw" in err
    assert sorted(path.name for path in workplace.iterdir()) == ["out", *TARGETS]
    assert gj.load_result("out/plain/posterior.nc").tree.identical(first.tree)


def test_resume_and_fresh_are_refused_or_obeyed(workplace, monkeypatch, capsys):
    assert run(*TARGETS, *OPTIONS, "--resume") == 2
    assert "there is no interrupted comparison in '.out.checkpoint'; leave out" in capsys.readouterr().err
    assert run(*TARGETS, *OPTIONS, "--resume", "--fresh") == 2
    assert "leave out --fresh" in capsys.readouterr().err
    assert sorted(path.name for path in workplace.iterdir()) == list(TARGETS)

    kept = workplace / ".out.checkpoint" / "plain"
    kept.mkdir(parents=True)
    (kept / "posterior.nc").write_bytes(b"damaged")
    assert run(*TARGETS, *OPTIONS, "--resume") == 2
    assert "plain/run.json' is damaged or incomplete; add --fresh to discard it" in capsys.readouterr().err

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("glassjax.comparison.fits.fit_target", interrupt)
    monkeypatch.setattr("glassjax.cli.os._exit", sys.exit)
    assert run(*TARGETS, *OPTIONS, "--fresh") == 130
    assert "interrupted; nothing was written" in capsys.readouterr().err
    assert sorted(path.name for path in workplace.iterdir()) == list(TARGETS)


@pytest.mark.slow
def test_killed_at_random_moments_until_it_is_done(workplace):
    rng = np.random.default_rng(3)

    def again():
        begun = any(workplace.glob(".out.checkpoint/*/run.json"))
        return start(workplace, *(["--resume"] if begun else []), pause=0.3)

    kills, code = killed_until_done(again, lambda attempt: rng.uniform(0, 7 if attempt < 6 else 20))
    assert code in (0, 1), said(workplace)
    assert kills >= 3
    assert_as_if_nothing_had_happened(workplace)


@pytest.mark.slow
def test_killed_in_the_second_fit_and_resumed_is_as_if_nothing_had_happened(workplace, capsys):
    kept = workplace / ".out.checkpoint"
    process = start(workplace)
    stop_at(process, kept / "steeper", 150, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert [path.name for path in sorted(kept.iterdir())] == ["plain", "steeper"]
    assert sorted(path.name for path in (kept / "plain").iterdir()) == ["posterior.nc", "run.json"]
    steps = steps_kept(kept / "steeper")
    assert 150 <= steps < 900
    assert run(*TARGETS, *OPTIONS, "--resume") in (0, 1)
    err = capsys.readouterr().err
    assert "there is a fit of plain by PowerLaw" in err
    assert "fitting steeper by PowerLaw" in err
    assert_as_if_nothing_had_happened(workplace)

"""Compiled programs are kept from one command to the next, unless told otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from glassjax.cli import cache, commands

PREDICT = ["predict", "a-SiO2", "--theory", "debye", "--quantity", "heat-capacity", "--points", "3"]


def predict(home: Path, *more: str) -> str:
    """Output of a command whose user keeps caches in ``home``."""
    ours = ("JAX_COMP", "JAX_PERS", "TF_CPP_MIN_LOG_LEVEL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "glassjax", *PREDICT, *more],
        env=kept | {"XDG_CACHE_HOME": str(home), "LOCALAPPDATA": str(home), "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ".cc:" not in done.stderr, "XLA says something of its own"
    return done.stdout


def traces(home: Path) -> list[Path]:
    return sorted(home.rglob("*.trace"))


def test_a_program_is_kept_used_again_and_made_anew_if_damaged(tmp_path):
    first = predict(tmp_path)
    (trace,) = traces(tmp_path)
    written = trace.stat().st_mtime_ns
    # other parameters are another answer of the same program
    other = predict(tmp_path, "--set", "debye_temperature=400")
    assert other != first
    assert [path.stat().st_mtime_ns for path in traces(tmp_path)] == [written]
    trace.write_bytes(b"damaged")
    assert predict(tmp_path) == first
    assert trace.read_bytes() != b"damaged"


def test_nothing_is_kept_without_cache_or_where_nothing_can_be(tmp_path):
    expected = predict(tmp_path / "home", "--no-cache")
    assert not traces(tmp_path)
    (tmp_path / "file").write_text("no folder")
    assert predict(tmp_path / "file") == expected


def test_every_command_that_compiles_has_the_option():
    without = {name for name, command in commands.commands.items() if "--no-cache" not in options(command)}
    assert without == {"completion", "glasses"}


def options(command: click.Command) -> list[str]:
    return [option for parameter in command.params for option in parameter.opts]


def test_a_folder_for_every_kind_of_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    here = cache.cache_folder()
    monkeypatch.setattr(cache, "_features", lambda: ["another processor"])
    assert cache.cache_folder() != here
    assert cache.cache_folder().parent == here.parent


def test_a_folder_that_is_named_already_stays(monkeypatch, tmp_path):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "/named/before")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.keep_programs()
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == "/named/before"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["fit", "predict"])
def test_help_tells_of_it(name):
    command = commands.commands[name]
    assert "--no-cache" in command.get_help(click.Context(command))

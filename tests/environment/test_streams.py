"""Commands on terminals that are not UTF-8, whose reader leaves, whose device is full, or that are not there."""

import codecs
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glassjax.cli.streams import _spelt

ARGUMENTS = [sys.executable, "-W", "error", "-m", "glassjax"]
FULL = Path("/dev/full")
STUDY = """
glass = "a-SiO2"
theory = "debye"
discrepancy = false

[[data]]
file = "kappa-cahill-pohl-1988.csv"
from = 0.1
to = 0.5

[free]
R = { distribution = "log-normal", median = 150, spread = 0.5 }

[sampler]
starts = 1
"""


def run(*arguments, stdout=subprocess.PIPE, cwd=None, **environment):
    """Run a command and return it when done, its output as bytes."""
    names = ("PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL", "TF_CPP_MIN_LOG_LEVEL")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return subprocess.run(
        [*ARGUMENTS, *arguments],
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=cwd,
        check=False,
    )


@pytest.mark.parametrize(
    ("encoding", "environment"),
    [
        ("ascii", {"PYTHONIOENCODING": "ascii"}),
        ("ascii", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        ("cp1252", {"PYTHONIOENCODING": "cp1252"}),
        ("latin-1", {"PYTHONIOENCODING": "latin-1:strict"}),
        ("utf-8", {"PYTHONIOENCODING": "utf-8"}),
    ],
)
def test_text_reaches_every_terminal(encoding, environment):
    """Its words are there, and the JSON holds the same as in UTF-8."""
    help_ = run("predict", "--help", **environment)
    assert (help_.returncode, help_.stderr) == (0, b"")
    assert help_.stdout.decode(encoding).startswith("Usage: glassjax predict")
    table = run("glasses", "a-SiO2", **environment)
    assert table.returncode == 0
    assert ("342 +/- 17 K" if encoding == "ascii" else "342 ± 17 K") in table.stdout.decode(encoding)
    document = run("glasses", "a-SiO2", "--json", **environment)
    assert json.loads(document.stdout.decode(encoding)) == json.loads(
        run("glasses", "a-SiO2", "--json").stdout
    )


def test_what_a_terminal_lacks_is_spelt():
    codecs.register_error("test.spelt", _spelt)
    assert "κ = 10⁻⁴ Ω ≤ 5 Å é 日".encode("ascii", "test.spelt") == b"kappa = 10^-4 Omega <= 5 A e ?"
    assert "10³ Ω".encode("latin-1", "test.spelt").decode("latin-1") == "10³ Omega"


def test_an_error_with_letters_the_terminal_lacks():
    done = run("fit", "μ-glass", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"mu-glass" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise")
def test_a_reader_that_leaves_ends_it_quietly():
    reading, writing = os.pipe()
    os.close(reading)
    done = run("--help", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not FULL.exists(), reason="no full device")
@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["glasses", "--json"], ["completion", "bash"]]
)
def test_a_full_device_is_named(arguments):
    with FULL.open("wb") as full:
        done = run(*arguments, stdout=full)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"standard output" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise")
def test_a_reader_that_leaves_a_fit_loses_no_result(tmp_path):
    """Who reads the first line of a fit only still gets the result on the disk."""
    (tmp_path / "mine.toml").write_text(STUDY)
    with subprocess.Popen(
        [*ARGUMENTS, "fit", "mine.toml", "--quick"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as fitting:
        assert fitting.stdout.readline()
        fitting.stdout.close()
        error = fitting.stderr.read()
        assert fitting.wait() == 141, error
    assert b"Traceback" not in error
    assert {"maximum.nc", "summary.txt"} <= {path.name for path in (tmp_path / "results" / "mine").iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams(closed):
    command = " ".join([*ARGUMENTS, "glasses", closed])
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_messages_of_the_compiler_stay_away_unless_asked_for():
    """JAX sets 1 for the processes that a program of JAX starts; 0 and 2 are somebody's wish."""
    code = "from glassjax.backend import quiet_compiler; print(quiet_compiler())"
    for given, expected in (
        ({}, "{'TF_CPP_MIN_LOG_LEVEL': '3'}"),
        ({"TF_CPP_MIN_LOG_LEVEL": "1"}, "{'TF_CPP_MIN_LOG_LEVEL': '3'}"),
        ({"TF_CPP_MIN_LOG_LEVEL": "0"}, "{}"),
        ({"TF_CPP_MIN_LOG_LEVEL": "2"}, "{}"),
        ({"TF_CPP_MIN_LOG_LEVEL": "1", "GLASSJAX_DEBUG": "1"}, "{}"),
    ):
        ours = ("TF_CPP_MIN_LOG_LEVEL", "GLASSJAX_DEBUG")
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        done = subprocess.run(
            [sys.executable, "-c", code], env=kept | given, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected


@pytest.mark.parametrize("level", ["1", None])
def test_programs_from_the_cache_are_read_silently(tmp_path, level):
    environment = {"JAX_COMPILATION_CACHE_DIR": str(tmp_path)} | (
        {} if level is None else {"TF_CPP_MIN_LOG_LEVEL": level}
    )
    arguments = ("predict", "a-SiO2", "--theory", "debye", "--quantity", "heat-capacity", "--points", "3")
    first, second = (run(*arguments, **environment) for _ in range(2))
    assert first.stdout == second.stdout
    assert first.stderr == second.stderr
    assert b".cc:" not in first.stderr


@pytest.mark.parametrize("platform", ["cuda", "gpux"])
@pytest.mark.parametrize(
    "arguments",
    [["predict", "a-SiO2", "--theory", "debye", "--quantity", "kappa"], ["fit", "a-SiO2", "--quick"]],
)
def test_a_platform_that_is_not_there(tmp_path, platform, arguments):
    done = run(*arguments, cwd=tmp_path, JAX_PLATFORMS=platform)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert f"'{platform}'" in done.stderr.decode()
    assert b"JAX_PLATFORMS" in done.stderr


def test_doctor_tells_of_a_platform_that_is_not_there():
    done = run("doctor", "--json", JAX_PLATFORMS="cuda")
    assert done.returncode == 1
    (check,) = [check for check in json.loads(done.stdout)["checks"] if check["name"] == "devices"]
    assert not check["ok"]
    assert "JAX_PLATFORMS" in check["remedy"]


@pytest.mark.parametrize(
    "call",
    [
        "gj.Debye().heat_capacity([1.0], glass)",
        "gj.batch(gj.Debye(), glass, [1.0])",
        "gj.Study.load('a-SiO2').maximise()",
        "gj.sensitivity(gj.Debye(), glass, [1.0])",
    ],
)
def test_a_platform_that_is_not_there_in_python(call):
    code = f"""
import glassjax as gj
gj.enable_x64()
glass = gj.load_glass("a-SiO2")
try:
    {call}
except gj.GlassjaxError as error:
    print(error)
"""
    environment = os.environ | {"JAX_PLATFORMS": "cuda"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "JAX_PLATFORMS" in done.stdout

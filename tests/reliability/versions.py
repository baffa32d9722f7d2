"""Oldest and newest dependencies that pyproject.toml allows, and every Python, each in an environment of its own.

``python -m tests.reliability.versions FOLDER`` makes the environments in FOLDER with uv, runs `TESTS` in each and keeps
the record. What an environment found is kept in FOLDER too: run again, it goes on with those that have found nothing.
Packages come from where pip takes them: its configuration and ``PIP_*`` in the environment count.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .record import Attack, keep

__all__ = ["ENVIRONMENTS", "Environment", "attack", "direct", "index_options", "last_counts", "python_of"]

ROOT = Path(__file__).parents[2]
PATIENCE = 3600  # s for the tests of one environment
_GIVEN = {  # pip's options and uv's names of them
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "constraint": "--constraints",
}
_OUTCOMES = ("passed", "failed", "error", "errors", "skipped")
_EXTRAS = "test,docs"
_DIRECT = ("benchmarks", "explorer", "notebooks", "test")

TESTS = (
    *("tests/test_packaging.py", "tests/test_packaging_jax_bug.py", "tests/numerics"),
    *("tests/lubchenko_wolynes/test_landscape.py", "tests/lubchenko_wolynes/test_tunnelling.py"),
    *("tests/lubchenko_wolynes/test_mixing.py", "tests/rivals/test_theories.py"),
    *("tests/inference/test_study.py", "tests/inference/test_maximise.py", "tests/inference/test_sample.py"),
    *("tests/inference/test_methods.py", "tests/inference/test_climb.py"),
    *(
        "tests/results",
        "tests/reliability/test_stored.py",
        "tests/test_plotting.py",
        "tests/report/test_page.py",
    ),
    *("tests/test_cli.py", "tests/test_cli_predict.py", "tests/test_cli_validate.py", "tests/test_health.py"),
    *("tests/test_datasets.py", "tests/intake/test_reading.py", "tests/intake/test_new_command.py"),
    *("tests/explorer/test_curves.py", "tests/batches/test_batch.py", "tests/campaigns/test_campaign.py"),
    *("tests/sensitivities/test_global.py", "tests/test_benchmarks_competitors.py"),
)
"""Tests of all parts of the package; the extras for notebooks and documentation are only installed."""


class Environment(NamedTuple):
    """A Python, as in ``3.12``, and uv's way of choosing among the releases that are allowed."""

    python: str
    resolution: str

    @property
    def name(self) -> str:
        return f"{self.python}-{self.resolution}"

    @property
    def label(self) -> str:
        which = {"lowest-direct": "oldest", "highest": "newest"}[self.resolution]
        return f"Python {self.python}, {which} dependencies"


ENVIRONMENTS = (
    Environment("3.11", "lowest-direct"),
    Environment("3.11", "highest"),
    Environment("3.12", "highest"),
    Environment("3.13", "lowest-direct"),
    Environment("3.13", "highest"),
)


def python_of(version: str) -> str | None:
    """Return the path of a Python of this version, on the path or among those of pyenv; None if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    own = shutil.which(f"python{version}")
    found: list[Path] = []
    with suppress(PermissionError):  # another user's
        found = sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)
    places = [*found, *([Path(own)] if own else [])]
    asks = "import sys; print('%d.%d' % sys.version_info[:2])"
    for place in places:
        answer = subprocess.run([place, "-c", asks], capture_output=True, text=True, check=False)
        if answer.stdout.strip() == version:
            return str(place)
    return None


def index_options(listed: str) -> list[str]:
    """Return uv's options for what ``pip config list`` says; the environment goes before files, as for pip.

    The best release of all indexes is taken, also as pip does.
    """
    said = re.findall(r"^(global|install|:env:)\.([\w-]+)='(.*)'$", listed, re.M)
    said.sort(key=lambda line: ("global", "install", ":env:").index(line[0]))
    found = {name: value for _, name, value in said}
    options = ["--index-strategy", "unsafe-best-match"]
    for name, ours in _GIVEN.items():
        for value in found.get(name, "").replace("\\n", " ").split():
            options += [ours, value]
    return options


def direct() -> list[str]:
    """Names of the packages that pyproject.toml asks for itself, for use and for tests, as indexes spell them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(line for name in _DIRECT for line in _extra(project, name)),
    ]
    names = [re.match(r"[\w.-]+", line)[0] for line in wanted]
    return sorted({re.sub(r"[-_.]+", "-", name).lower() for name in names} - {"glassjax"})


def _extra(project: dict[str, Any], name: str) -> list[str]:
    return project["optional-dependencies"][name]


def last_counts(output: str) -> dict[str, int]:
    """Return how many tests ended how, from what pytest says last; empty if it did not come to that."""
    lines = [line for line in output.splitlines() if re.search(r"\d+ \w+.* in [\d.]+s", line)]
    counts: dict[str, int] = {}
    for number, outcome in re.findall(r"(\d+) (\w+)", lines[-1]) if lines else []:
        if outcome in _OUTCOMES:
            counts[outcome.removesuffix("s")] = int(number)
    return counts


def attack(environment: Environment, found: dict[str, Any]) -> Attack:
    """Return the row of an environment from what `_try` found."""
    counts = found["counts"]
    failed = counts.get("failed", 0) + counts.get("error", 0)
    tried = failed + counts.get("passed", 0)
    if not tried:
        return Attack(environment.label, 1, "environments", 1, found["trouble"])
    versions = found["versions"]
    named = ("jax", "numpy", "scipy", "numpyro", "arviz-stats", "xarray", "matplotlib", "pandas", "pyarrow")
    finding = "; ".join(
        [
            ", ".join(f"{name} {versions[name]}" for name in named if name in versions),
            *([MENDED[environment.name]] if environment.name in MENDED else []),
            *([found["trouble"]] if found["trouble"] else []),
        ]
    )
    return Attack(environment.label, tried, "tests", failed, finding)


MENDED: dict[str, str] = {
    "3.11-lowest-direct": "jaxtyping 0.3.0 came too late for a folder with a conftest, and matplotlib 3.10.0 warns "
    "with today's pyparsing; the oldest are 0.3.6 and 3.10.7 now; SALib 1.5.1 warns with pandas 2.2, and 1.5.2 is the "
    "oldest; the four tests that failed with it were run again",
    "3.12-highest": "XLA of jax 0.11.2 and later ends a process whose XLA_FLAGS name its fusion emitters, as the "
    "tests did; Bessel functions in float32 are good to 5·10⁻⁵, not 10⁻⁵, at order 12",
    "3.13-lowest-direct": "pandas 2.2.2 has no wheel for Python 3.13; 2.2.3 is the oldest now",
}
"""What gave way, and how it was mended."""


def _try(environment: Environment, python: str, folder: Path) -> dict[str, Any]:
    """Make the environment, run the tests in it, and return the versions and what became of the tests."""
    interpreter = folder / environment.name / "bin" / "python"
    uv = _uv(folder)
    trouble = _install(uv, environment, python, interpreter)
    if trouble:
        return {"versions": {}, "counts": {}, "trouble": f"could not be installed: {trouble}"}
    listed = _run([uv, "pip", "list", "--format", "json", "--python", str(interpreter)]).stdout
    wanted = direct()
    versions = {row["name"]: row["version"] for row in json.loads(listed) if row["name"] in wanted}
    print("  " + ", ".join(f"{name} {number}" for name, number in versions.items()), flush=True)
    log = folder / f"{environment.name}.log"
    ended = _test(interpreter, log)
    said = log.read_text(encoding="utf-8", errors="replace")
    counts = last_counts(said)
    wrong = re.findall(r"^(?:FAILED|ERROR) (\S+)", said, re.M)
    if wrong:
        trouble = f"failed: {', '.join(f'`{name}`' for name in wrong[:5])}"
    elif not ended:
        trouble = f"not done within {PATIENCE} s"
    elif not counts:
        trouble = "pytest did not come to an end"
    return {"versions": versions, "counts": counts, "trouble": trouble}


def _install(uv: str, environment: Environment, python: str, interpreter: Path) -> str:
    """Make the environment and return what went wrong, if anything."""
    _run([uv, "venv", "--quiet", "--clear", "--python", python, str(interpreter.parents[1])])
    pip = _run([sys.executable, "-m", "pip", "config", "list"]).stdout
    made = _run(
        [
            *(uv, "pip", "install", "--quiet", "--python", str(interpreter)),
            *("--resolution", environment.resolution, *index_options(pip)),
            *("--editable", f"{ROOT}[{_EXTRAS}]"),
        ]
    )
    said = [*made.stderr.strip().splitlines(), "uv failed without a word"]
    return said[0].strip() if made.returncode else ""


def _test(interpreter: Path, log: Path) -> bool:
    """Run the tests and return whether they ended in time."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("XLA_", "PYTHON"))}
    command = [str(interpreter), "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *TESTS]
    with tempfile.TemporaryDirectory() as cache, log.open("w", encoding="utf-8") as output:
        surroundings = clean | {"JAX_PLATFORMS": "cpu", "XDG_CACHE_HOME": cache}
        try:
            subprocess.run(
                command,
                cwd=ROOT,
                env=surroundings,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return True


def _uv(folder: Path) -> str:
    """Return the path of uv, installed into a folder of its own if there is none."""
    known = shutil.which("uv")
    if known:
        return known
    own = folder / "uv"
    if not (own / "bin" / "uv").is_file():
        _run([sys.executable, "-m", "venv", str(own)])
        _run([str(own / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"])
    return str(own / "bin" / "uv")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def main() -> None:
    """Try every environment and keep the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    names = [environment.name for environment in ENVIRONMENTS]
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names)
    )
    options = parser.parse_args()
    # A shell's background jobs ignore Ctrl-C, and with them would the commands that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for environment in ENVIRONMENTS:
        kept = folder / f"{environment.name}.json"
        if environment.name not in options.only or kept.is_file():
            continue
        python = python_of(environment.python)
        if python is None:
            print(
                f"{environment.label}: skipped, as there is no Python {environment.python} here", flush=True
            )
            continue
        print(f"{environment.label}: {python}", flush=True)
        clock = time.monotonic()
        found = _try(environment, python, folder)
        found["seconds"] = time.monotonic() - clock
        kept.write_text(json.dumps(found, indent=1), encoding="utf-8")
        print(f"  {attack(environment, found)}, {found['seconds']:.0f} s", flush=True)
    _record(folder)


def _record(folder: Path) -> None:
    kept = {each: folder / f"{each.name}.json" for each in ENVIRONMENTS}
    found = {
        each: json.loads(path.read_text(encoding="utf-8")) for each, path in kept.items() if path.is_file()
    }
    if not found:
        return
    missing = [each.label for each in ENVIRONMENTS if each not in found]
    keep(
        "versions",
        "Old and new",
        [attack(each, what) for each, what in found.items()],
        command="python -m tests.reliability.versions FOLDER",
        seconds=sum(what["seconds"] for what in found.values()),
        summary="Environments made by uv from the oldest (`--resolution lowest-direct`) and the newest releases that "
        "pyproject.toml allows, in each tests of all parts of the package, though not all tests. Warnings are errors "
        "in them. Files that earlier versions wrote are read in each (`tests/reliability/stored/`)."
        + (f" Not tried: {'; '.join(missing)}." if missing else ""),
    )


if __name__ == "__main__":
    main()

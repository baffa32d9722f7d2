"""How long the command line takes to start, and to answer with and without compiled programs in its cache.

python benchmarks/startup.py [--json FILE] [--repeats N]

Every command is a process of its own, timed from outside; the table has medians. The cache is an empty folder at first.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent))
from timing import Row, interruptible, machine, new_file, positive, show, write_json

GLASSJAX = [sys.executable, "-m", "glassjax"]
PREDICT = [*GLASSJAX, "predict", "a-SiO2", "--quantity", "kappa", "--from", "0.1", "--to", "100"]
FIT = [*GLASSJAX, "fit", "a-SiO2", "--quick"]
FOLDER = "JAX_COMPILATION_CACHE_DIR"


def seconds(command: list[str], environment: Mapping[str, str]) -> float:
    """Run a command to its end, its output thrown away; 0 and 1 are its good exit codes."""
    begin = time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with the exit code {done.returncode}: {done.stderr}")
    return time.perf_counter() - begin


def measured(repeats: int) -> list[Row]:
    """Time everything: quick commands ``repeats`` times, what compiles once where its cache is to be empty."""
    rows: list[Row] = []

    def add(task: str, command: list[str], times: int, cache: str = "") -> None:
        environment = {FOLDER: cache, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.1"} if cache else {}
        runs = [seconds(command, environment) for _ in range(times)]
        rows.append({"task": task, "seconds": statistics.median(runs), "all_s": runs})

    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "programs")
        add("python -c pass", [sys.executable, "-c", "pass"], repeats)
        add("import glassjax", [sys.executable, "-c", "import glassjax"], repeats)
        add("import jax", [sys.executable, "-c", "import jax"], repeats)
        add("glassjax --help", [*GLASSJAX, "--help"], repeats)
        add("predict kappa, first", PREDICT, 1, cache)
        add("predict kappa, second", PREDICT, repeats, cache)
        add("predict kappa --no-cache", [*PREDICT, "--no-cache"], 1)
        quick = [*FIT, "--out", str(Path(folder) / "results")]
        add("fit --quick, first", quick, 1, cache)
        add("fit --quick, second", quick, 1, cache)
    return rows


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=new_file, help="file for all numbers, with machine, versions and load")
    parser.add_argument("--repeats", type=positive, default=5, help="runs to take the median of (default 5)")
    options = parser.parse_args()
    before = machine()
    rows = measured(options.repeats)
    lines = [[row["task"], f"{row['seconds']:.2f}"] for row in rows]
    show(Console(), "start-up", ["task", "s"], lines, ("task",))
    write_json(
        options.json,
        {"machine": before | {"load_after": machine()["load"]}, "repeats": options.repeats, "rows": rows},
    )


if __name__ == "__main__":
    interruptible(main)

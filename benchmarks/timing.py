"""What the benchmarks have in common: candidates that take turns, the machine, tables, processes of their own."""

import argparse
import importlib.util
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

__all__ = [
    "Row",
    "in_child",
    "in_turns",
    "interruptible",
    "machine",
    "need",
    "new_file",
    "peak_memory",
    "positive",
    "seconds",
    "show",
    "write_json",
]

Row = dict[str, Any]
PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "numba", "emcee", "numpyro")


def seconds(call: Callable[[], Any]) -> float:
    """Run once, to the end, and return how long it took."""
    jax = sys.modules.get("jax")  # not loaded for candidates that do without
    begin = time.perf_counter()
    result = call()
    if jax is not None:
        jax.block_until_ready(result)
    return time.perf_counter() - begin


LEAST = 0.05
"""Seconds that a candidate computes in its turn: one that is quicker is called again, as a fit or a loop does."""
WARM = 0.03
"""Seconds that it computes untimed before: threads of the one before wait actively, and caches are its."""


def in_turns(calls: Mapping[str, Callable[[], Any]], reference: str, repeats: int) -> dict[str, Row]:
    """Time the calls in turns: median in ms, quartiles, ratio to the reference, and s to compile.

    The time of a turn is the mean of as many calls as last `LEAST`, after others that last `WARM`. ``ratio`` is the
    median of the ratios within each turn, ``compile_s`` the first call less a warm one.
    """
    first = {name: seconds(call) for name, call in calls.items()}
    often = {name: max(1, math.ceil(LEAST / seconds(call))) for name, call in calls.items()}
    turns = []
    for i in range(repeats + 1):
        order = list(calls) if i % 2 else list(reversed(calls))
        turns.append({name: _mean(calls[name], often[name]) for name in order})
    turns = turns[1:]  # the first turn warms the caches
    found = {}
    for name in calls:
        times = [turn[name] for turn in turns]
        low, middle, high = np.quantile(times, [0.25, 0.5, 0.75])
        found[name] = {
            "ms": 1e3 * middle,
            "quartiles_ms": [1e3 * low, 1e3 * high],
            "ratio": statistics.median(turn[name] / turn[reference] for turn in turns),
            "compile_s": max(first[name] - middle, 0.0),
        }
    return found


def _mean(call: Callable[[], Any], often: int) -> float:
    begin = time.perf_counter()
    while time.perf_counter() - begin < WARM:
        seconds(call)
    return statistics.fmean(seconds(call) for _ in range(often))


def machine() -> dict[str, Any]:
    """Return processor, cores, device, versions and load."""
    import jax

    try:
        listed = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next(line.partition(":")[2].strip() for line in listed if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = platform.processor() or platform.machine()
    versions = {}
    for name in (*PACKAGES, "glassjax"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "device": str(jax.devices()[0]),
        "python": platform.python_version(),
        "versions": versions,
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def peak_memory() -> float:
    """Return the largest resident size of this process so far, in MiB; nan where the system does not tell.

    Linux counts the memory of the process that started this one among its ``ru_maxrss``, but not in ``VmHWM``.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(float(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM"))
    try:
        import resource
    except ImportError:
        return float("nan")
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def in_child(arguments: list[str]) -> Any:
    """Run Python with these arguments in a process of its own; return what it prints last, as JSON."""
    done = subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} ended with the exit code {done.returncode}; its message is above")
    return json.loads(done.stdout.splitlines()[-1])


def show(console: Console, title: str, head: list[str], rows: list[list[str]], words: Iterable[str]) -> None:
    """Print a table, the columns of ``words`` to the left and numbers to the right."""
    table = Table(title=title)
    left = set(words)
    for name in head:
        table.add_column(name, justify="left" if name in left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def new_file(name: str) -> Path:
    """Return the path of a file to be written, refused before anything is measured; for `argparse`."""
    path = Path(name)
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"'{name}' cannot be written; name a file in a folder that exists")
    return path


def positive(text: str) -> int:
    """Return a whole number of at least 1; for `argparse`."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)


def need(parser: argparse.ArgumentParser, *packages: str) -> None:
    """End with a sentence if a rival's package is not installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        parser.error(f"rivals are missing: python -m pip install {' '.join(missing)}")


def write_json(path: Path | None, found: Mapping[str, Any]) -> None:
    """Write everything that was found, whole or not at all, if a file was asked for."""
    if path is not None:
        from glassjax.disk import write_synced

        write_synced(path, (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode())


def interruptible(main: Callable[[], None]) -> None:
    """Run a benchmark; Ctrl-C ends it with a sentence and the exit code 130."""
    try:
        main()
    except KeyboardInterrupt:
        print("interrupted: nothing is kept, files from before are as they were", file=sys.stderr)
        sys.exit(130)

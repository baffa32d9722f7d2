"""Commands that are killed at random moments, and continued by ``--resume`` until they are done.

The process that kills imports everything and computes nothing, so that commands are forked from it within milliseconds.
Moments are counted in seconds of the victim's processor, not of the clock: a busy machine does not move them.
"""

import io
import json
import os
import shutil
import signal
import sys
import time
import tomllib
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_WORK = (".partial", ".part", ".room", ".lock", ".seen")
_LONGEST = 1500.0  # s that a command may take before it counts as one that hangs


class Killed(NamedTuple):
    """What became of a command that was killed until it was done, again and again.

    ``kills`` by SIGKILL, ``writing`` those of them within 50 ms of a change on the disk, ``runs`` that were finished,
    ``files`` read between the kills, ``faults`` what was wrong, in words.
    """

    kills: int
    writing: int
    runs: int
    files: int
    faults: list[str]


def preload() -> None:
    """Import what commands import; nothing of JAX is started."""
    import matplotlib.pyplot  # noqa: F401
    import numpyro.infer  # noqa: F401
    import pandas  # noqa: F401

    import glassjax.batches.output
    import glassjax.campaigns
    import glassjax.population
    import glassjax.results.report
    import glassjax.results.storage  # noqa: F401


def begin(arguments: list[str], folder: Path) -> int:
    """Start ``glassjax`` with these arguments in ``folder``, in a session of its own; return its process number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # JAX warns of fork, which harms only what has started its threads
        child = os.fork()
    if child:
        return child
    code = 70
    try:
        os.setsid()
        os.chdir(folder)
        with (folder.parent / f"{folder.name}.log").open("ab", buffering=0) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(n, "w"), write_through=True) for n in (1, 2))
        sys.argv = ["glassjax", *arguments]
        from glassjax.cli import main

        main(arguments)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(child: int) -> int | None:
    """Exit code of a process that was begun here, or None while it runs."""
    found, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def kill_group(child: int) -> None:
    """End a process and all that it started, at once."""
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


def descendants(child: int) -> list[int]:
    """Workers of a command: processes below ``child`` that were spawned by multiprocessing."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, layer = [], {child}
    while layer:
        layer = {number for number, parent in parents.items() if parent in layer}
        found += sorted(layer)
    return [number for number in found if b"spawn_main" in _command(number)]


def _command(number: int) -> bytes:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return b""


def processor_time(child: int) -> float:
    """Seconds of the processor that a process has used."""
    try:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def state(folder: Path) -> frozenset[tuple[str, int, int]]:
    """What is in a folder: names, sizes and times of all files."""
    found = set()
    for parent, _, names in os.walk(folder):  # which is not put off by folders that go meanwhile
        for name in names:
            with suppress(OSError):
                about = os.stat(f"{parent}/{name}")  # noqa: PTH116
                found.add((f"{parent}/{name}", about.st_size, about.st_mtime_ns))
    return frozenset(found)


def readable(folder: Path) -> Iterator[Path]:
    """Read every file that has its final name, and yield it; what is half-written raises.

    Files with the names of work in progress are left out, whose readers do not read them either.
    """
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts = path.relative_to(folder).parts
        if path.name.startswith(".") or path.name == "lock" or any(part.endswith(_WORK) for part in parts):
            continue
        if ".programs" in parts:  # of JAX, which checks them itself
            continue
        _read(path)
        yield path


def _read(path: Path) -> None:
    if path.suffix == ".nc":
        from glassjax.loading import load_result

        load_result(path)
    elif path.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.read_table(path)
    elif path.suffix == ".npz":
        with np.load(path) as stored:
            for name in stored.files:
                stored[name]
    elif path.suffix == ".json":
        json.loads(path.read_text())
    elif path.suffix == ".jsonl":  # whose last line may be torn: it is cut off before it is read
        for line in path.read_text().split("\n")[:-1]:
            json.loads(line)
    elif path.suffix == ".toml":
        tomllib.loads(path.read_text())
    elif path.suffix == ".csv":
        import pandas as pd

        pd.read_csv(path, comment="#")
    elif path.suffix == ".svg":
        ElementTree.fromstring(path.read_text())
    elif path.suffix == ".png":
        assert path.read_bytes()[-8:-4] == b"IEND", path
    elif path.suffix == ".html":
        assert path.read_text().rstrip().endswith("</html>"), path


def killed_until_done(
    arguments: list[str],
    folder: Path,
    place: Path,
    check: Callable[[], None],
    *,
    kills: int,
    life: float,
    seed: int,
    left: Callable[[], list[str]],
    anew: tuple[str, ...] = (),
    worker_share: float = 0.0,
    until: float = float("inf"),
) -> Killed:
    """Kill a command ``kills`` times; continue it each time, and begin it again when it is done.

    Parameters
    ----------
    arguments : of ``glassjax``, without ``--resume`` and ``--fresh``
    folder, place : where it works, and where it writes
    check : raises if what a finished run has written is not what a run that was left alone writes
    life : seconds of the processor that it takes
    left : names of what is there after a finished run and should not be
    anew : options with which it is begun again where a finished run is
    worker_share : share of the kills that are of a single worker, after which the command goes on by itself
    until : when to stop, on the clock of `time.monotonic`; what is running then is finished first
    """
    rng = np.random.default_rng(seed)
    done = writing = runs = files = 0
    faults: list[str] = []
    resume = False
    while resume or (done < kills and time.monotonic() < until):
        last = done >= kills or time.monotonic() >= until
        options = ["--resume"] if resume else anew if any(place.iterdir()) else []
        child = begin([*arguments, *options], folder)
        code = None
        while code is None and not last:
            by_change = rng.uniform() < 0.5
            if not _wait(child, place, rng, life, by_change):
                break
            workers = descendants(child) if rng.uniform() < worker_share else []
            if workers:
                _end(int(rng.choice(workers)))
            else:
                kill_group(child)
                code = -signal.SIGKILL
            done += 1
            writing += by_change
            last = done >= kills
        if code is None:
            code = finish(child)
        try:
            files += sum(1 for _ in readable(place))
        except Exception as error:
            faults.append(f"after {done} kills: {type(error).__name__}: {error}")
        if code == -signal.SIGKILL:
            resume = True
        elif code in (0, 1):
            runs, resume = runs + 1, False
            try:
                check()
            except AssertionError as error:
                faults.append(f"run {runs}: {str(error).splitlines()[0]}")
            faults += [f"run {runs} leaves {name}" for name in left()]
            if rng.uniform() < 0.5:  # else an earlier result is there to be replaced
                _empty(place)
        elif resume and code == 2:  # killed before anything was kept, or after all was written
            resume = False
        else:
            faults.append(f"after {done} kills: exit code {code}")
            resume = False
            _empty(place)
    return Killed(done, writing, runs, files, faults)


def _empty(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)


def _end(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def _wait(child: int, place: Path, rng: np.random.Generator, life: float, by_change: bool) -> bool:
    """Return at a random moment, whether the process still runs then."""
    moment = processor_time(child) + rng.uniform(0, life)
    changes = int(rng.integers(1, 8)) if by_change else -1
    before = state(place) if by_change else frozenset()
    begun = time.monotonic()
    while running(child):
        if by_change:
            now = state(place)
            changes -= now != before
            before = now
            if changes == 0:
                time.sleep(rng.uniform(0, 0.05))
                return running(child)
        elif processor_time(child) >= moment:
            return True
        if time.monotonic() > begun + _LONGEST:
            return True
        time.sleep(0.004 if by_change else 0.02)
    return False


def running(child: int) -> bool:
    """Whether a process runs; one that has ended is left for `finish`."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def finish(child: int) -> int:
    """Wait for a process to end, and return its exit code; one that hangs is killed."""
    begun = time.monotonic()
    while (code := ended(child)) is None:
        if time.monotonic() > begun + _LONGEST:
            kill_group(child)
            return 124
        time.sleep(0.05)
    return code

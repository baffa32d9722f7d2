"""How many cores this process may use: those it is confined to, and no more than a container's quota pays for."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ROOT = Path("/")  # of the file systems of processes and control groups


def cores() -> int:
    """Return their number, 1 or more.

    The system tells which cores the process is confined to (``taskset``, ``cpuset``, a job system), and Linux how much
    of their time its control group has (``docker run --cpus 2.5``, a limit of Kubernetes): a part of a core counts as
    one.
    """
    if hasattr(os, "process_cpu_count"):  # of Python 3.13, which also honours PYTHON_CPU_COUNT
        number = os.process_cpu_count()  # pyright: ignore[reportAttributeAccessIssue]
    elif hasattr(os, "sched_getaffinity"):
        number = len(os.sched_getaffinity(0))
    else:
        number = os.cpu_count()
    return max(1, min([number or 1, *(math.ceil(share) for share in _quotas())]))


def _quotas() -> Iterator[float]:
    """Yield how many cores' time each control group that the process is in may take."""
    mounts = _ROOT / "sys/fs/cgroup"
    for controllers, path in _groups():
        if controllers == "":  # version 2; beside version 1 it is mounted as "unified"
            places, read = (mounts, mounts / "unified"), _quota
        elif "cpu" in controllers.split(","):
            places, read = (mounts / controllers, mounts / "cpu"), _quota_of_version_1
        else:
            continue
        inner = Path(path.lstrip("/"))
        for place in places:
            for folder in (place / inner, *(place / above for above in inner.parents), place):
                with suppress(
                    OSError, ValueError
                ):  # the root has no quota; in a container the path is the host's
                    quota, period = read(folder)
                    if quota > 0 and period > 0:
                        yield quota / period


def _groups() -> list[tuple[str, str]]:
    """Return controllers and path of each control group of this process."""
    try:
        lines = (
            (_ROOT / "proc/self/cgroup").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        )
    except OSError:  # not Linux
        return []
    parts = [line.split(":", 2) for line in lines]
    return [(entry[1], entry[2]) for entry in parts if len(entry) == 3]


def _quota(folder: Path) -> tuple[float, float]:
    quota, period = (folder / "cpu.max").read_text().split()
    return float(quota) if quota != "max" else -1.0, float(period)


def _quota_of_version_1(folder: Path) -> tuple[float, float]:
    quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
    return float(quota), float(period)

"""Cores are those that the process may use, and no more than the quotas of its control groups."""

import os
import subprocess
import sys

import pytest

from glassjax import cores as module
from glassjax.cores import cores


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A file system with the given files in place of the machine's, and eight cores to run on."""
    monkeypatch.setattr(module, "_ROOT", tmp_path)
    name = "process_cpu_count" if hasattr(os, "process_cpu_count") else "sched_getaffinity"
    answer = (lambda: 8) if name == "process_cpu_count" else (lambda pid: set(range(8)))
    monkeypatch.setattr(os, name, answer, raising=False)

    def write(files):
        for file, text in files.items():
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


V1 = "7:memory:/a\n3:cpu,cpuacct:/docker/1\n"
QUOTA, PERIOD = "cpu.cfs_quota_us", "cpu.cfs_period_us"


@pytest.mark.parametrize(
    ("groups", "files", "number"),
    [
        ("", {}, 8),
        ("0::/\n", {"cpu.max": "250000 100000\n"}, 3),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "1000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "6400000 100000\n"}, 8),
        ("0::/\n", {"cpu.max": "nonsense\n"}, 8),
        ("0::/pod/inner\n", {"pod/cpu.max": "200000 100000\n", "pod/inner/cpu.max": "max 100000\n"}, 2),
        ("0::/of/the/host\n", {"cpu.max": "400000 100000\n"}, 4),
        (V1, {f"cpu,cpuacct/docker/1/{QUOTA}": "150000\n", f"cpu,cpuacct/docker/1/{PERIOD}": "100000\n"}, 2),
        (V1, {f"cpu,cpuacct/{QUOTA}": "500000\n", f"cpu,cpuacct/{PERIOD}": "100000\n"}, 5),
        ("1:cpu:/\n0::/\n", {f"cpu/{QUOTA}": "-1\n", f"cpu/{PERIOD}": "100000\n"}, 8),
        ("1:cpu:/\n0::/\n", {"unified/cpu.max": "300000 100000\n"}, 3),
    ],
)
def test_a_quota_counts_rounded_up(system, groups, files, number):
    system({"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    assert cores() == number


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_a_process_confined_to_one_core_has_one():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from glassjax.cores import cores; print(cores())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"

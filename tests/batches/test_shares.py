"""The batch spread over devices and processes, in programs of their own: the same numbers, to rounding."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from glassjax.quantities import QUANTITIES


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.batches.shares", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes):
    try:
        for process in processes:
            _, err = process.communicate(timeout=300)
            assert process.returncode == 0, err
    finally:
        for process in processes:
            process.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check(file, devices, bad, quantities):
    found = np.load(file)
    assert found["devices"] == devices
    assert found["bad"].tolist() == [bad]
    for quantity in quantities:
        assert np.isnan(found[quantity]).all(axis=1).nonzero()[0].tolist() == [bad]
        np.testing.assert_allclose(found[quantity], found[f"{quantity} alone"], rtol=1e-12)


def test_four_devices_give_the_numbers_of_one(tmp_path):
    finish(start(tmp_path / "four.npz", 4))
    check(tmp_path / "four.npz", 4, 33, ("heat-capacity", "expansion"))


def test_two_processes_give_each_the_numbers_of_one(tmp_path):
    port = free_port()
    finish(*(start(tmp_path / f"{i}.npz", 1, port, 2, i) for i in range(2)))
    for i in range(2):
        check(tmp_path / f"{i}.npz", 2, 33, ("heat-capacity", "expansion"))


@pytest.mark.slow
def test_two_processes_of_two_devices_with_the_papers_theory(tmp_path):
    port = free_port()
    finish(*(start(tmp_path / f"{i}.npz", 2, port, 2, i, "--full") for i in range(2)))
    for i in range(2):
        check(tmp_path / f"{i}.npz", 4, 44, QUANTITIES)

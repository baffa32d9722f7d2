"""A theory whose workers die once in mid-fit, for workers of a campaign to import.

The file that `MARK` of the environment names is made by the first process that dies, and no other does.
"""

import os
import signal
from pathlib import Path

from glassjax.fitting.checkpoint import Checkpoint
from tests.inference.toys import PowerLaw

MARK = "GLASSJAX_TEST_DEATH"


def die_once():
    """Kill this process as an operating system out of memory does, unless another died before."""
    mark = Path(os.environ[MARK])
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(PowerLaw):
    """Dies while its program is traced, in the midst of a fit."""

    def thermal_conductivity(self, T, glass):
        die_once()
        return super().thermal_conductivity(T, glass)


class Doomed(PowerLaw):
    """Dies at every attempt."""

    def thermal_conductivity(self, T, glass):
        if MARK in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().thermal_conductivity(T, glass)


class MortalChains(PowerLaw):
    """Dies after half of a chain is on the disk."""


_offer = Checkpoint.offer


def _offer_and_die(self, number, chain, *, now=False):
    _offer(self, number, chain, now=True)
    if chain.kept:
        die_once()


# in the workers alone: pytest's process imports this too, for the names of the theories
if MARK in os.environ:
    Checkpoint.offer = _offer_and_die

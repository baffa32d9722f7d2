"""How many cores this process may use."""

import os

__all__ = ["cores"]


def cores() -> int:
    """Return their number: those it is confined to, where the system tells, or all of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

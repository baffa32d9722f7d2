"""Materials a chunk at a time: the bad ones set aside with a sentence each, the others through the program."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import GlassjaxError
from ..scalars import whole_number
from .faults import faults
from .materials import Materials
from .program import Layout, Program

__all__ = ["Evaluator"]


class Evaluator:
    """Evaluates materials a chunk at a time.

    Parameters
    ----------
    T : mapping
        Temperatures in K of each quantity, (n,) or (k, n).
    time, chunk, devices
        As for `batch`.
    """

    def __init__(
        self,
        T: Mapping[str, np.ndarray],
        *,
        time: float | int = 10.0,
        chunk: int | None = None,
        devices: Sequence[Any] | None = None,
    ) -> None:
        if not (np.isfinite(time) and time > 0):
            raise GlassjaxError(f"time must be a positive number of seconds, not {time!r}")
        if chunk is not None:
            chunk = whole_number(chunk, "chunk", error=GlassjaxError)
        self.T = dict(T)
        self.layout = Layout(chunk, devices)
        own = frozenset(quantity for quantity, grid in T.items() if grid.ndim == 2)
        self._program = Program(self.layout, tuple(T), time, own)

    @property
    def chunk(self) -> int:
        """Most materials in a chunk."""
        return self.layout.chunk

    def stream(
        self, parts: "Iterable[tuple[Materials, Mapping[int, str]]]"
    ) -> Iterator[tuple[dict[str, np.ndarray], dict[int, str]]]:
        """Yield numbers (m, n) by quantity and what is bad of each part; the next is being computed meanwhile.

        Parameters
        ----------
        parts : iterable of (Materials, mapping)
            Each with `chunk` materials at most, and sentences about those that are known to be bad.
        """
        begin, waiting = 0, None
        for materials, known in parts:
            entry = self._start(materials, known, begin)
            begin += len(materials)
            if waiting is not None:
                yield self._finish(*waiting)
            waiting = entry
        if waiting is not None:
            yield self._finish(*waiting)

    def _start(self, materials: Materials, known: Mapping[int, str], begin: int) -> tuple[Any, ...]:
        end = begin + len(materials)
        T = {q: grid[begin:end] if grid.ndim == 2 else grid for q, grid in self.T.items()}
        bad = dict(known) | _bad_temperatures(T, known)
        bad |= faults(materials, self.layout.size, bad)
        good = np.ones(len(materials), dtype=bool)
        good[list(bad)] = False
        return self._program.start(materials.theory, materials.glass, T, good), T, bad

    def _finish(
        self, collect: Callable[[], dict[str, np.ndarray]], T: Mapping[str, np.ndarray], bad: dict[int, str]
    ) -> tuple[dict[str, np.ndarray], dict[int, str]]:
        values = collect()
        for quantity, rows in values.items():
            finite = np.isfinite(rows)
            for i in np.flatnonzero(~finite.all(axis=1)):
                at = np.broadcast_to(T[quantity], rows.shape)[i][~finite[i]][0]
                bad.setdefault(int(i), f"{quantity} is not finite at T = {at:g} K")
        return values, dict(sorted(bad.items()))


def _bad_temperatures(T: Mapping[str, np.ndarray], known: Collection[int]) -> dict[int, str]:
    """Say which materials have temperatures of their own that make no sense."""
    bad = {}
    for quantity, grid in T.items():
        if grid.ndim == 2:
            sound = (grid > 0) & np.isfinite(grid)
            for i in np.flatnonzero(~sound.all(axis=1)):
                if i not in known:
                    bad[int(i)] = (
                        f"temperature {grid[i][~sound[i]][0]:g} K of {quantity} is not positive and finite"
                    )
    return bad

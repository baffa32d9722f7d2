"""`batch`: any number of materials through one compiled program, all at once or as a stream of chunks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..backend import require_backend
from ..errors import GlassjaxError, choose
from ..glass import Glass
from ..scalars import number_array
from ..theory import QUANTITIES, Theory, check_temperatures
from .materials import Materials, stack
from .program import Evaluator

Progress = Callable[[int, int], Any]  # called with how many are done, and of how many


class Chunk(NamedTuple):
    """Materials ``begin`` and following of a batch: arrays (m, n) by quantity, and a sentence for each bad one."""

    begin: int
    values: dict[str, np.ndarray]
    bad: dict[int, str]


@dataclass(frozen=True, eq=False)
class Batch:
    """What `batch` returns; ``found["kappa"]`` is the array of a quantity.

    Attributes
    ----------
    T : mapping
        Temperatures in K of each quantity, (n,) or (k, n).
    values : mapping
        Quantities (k, n) in SI units: W/(m K), J/(kg K) and 1/K. NaN for a material that is bad.
    bad : mapping
        What is wrong with a material, in a sentence, by its index.
    """

    T: dict[str, np.ndarray]
    values: dict[str, np.ndarray]
    bad: dict[int, str]

    def __getitem__(self, quantity: str) -> np.ndarray:
        choose(quantity, tuple(self.values), "quantity here")
        return self.values[quantity]


def batch(
    theories: Theory | Sequence[Theory],
    glasses: Glass | Sequence[Glass],
    T: Any,
    *,
    quantities: Sequence[str] | None = None,
    time: float | int = 10.0,
    chunk: int | None = None,
    progress: Progress | None = None,
    devices: Sequence[Any] | None = None,
) -> Batch:
    """Evaluate k materials, each a theory and a glass.

    The program is compiled once for a class of theories with its options, the shapes of ``T`` and ``chunk``; how many
    materials there are makes no difference. They are spread over all devices: on a CPU that is one, unless
    ``XLA_FLAGS=--xla_force_host_platform_device_count=N`` was set before JAX started, as the command line does. In a
    program of several processes (``jax.distributed``) each must call this with the same arguments, and gets all
    numbers.

    Parameters
    ----------
    theories : Theory or sequence of Theory
        One, whose parameters may be arrays (k,), or k of one class and with the same options.
    glasses : Glass or sequence of Glass
        One, whose constants may be arrays (k,), or k of them. One of either serves all of the other.
    T : (n,), (k, n) or mapping
        Temperatures in K: for all materials, for each its own, or these by quantity.
    quantities : sequence of str, optional
        Some of ``"kappa"``, ``"heat-capacity"``, ``"expansion"``; all, or those that ``T`` names, if not given.
    time : float
        Observation time in s.
    chunk : int, optional
        Materials that go through the program at once; about 1,000 if not given. On a CPU they are taken in
        blocks of 32 at most, see `glassjax.batches.program`; on a GPU they share its memory, 0.4 to 4.4 MiB each.
    progress : callable, optional
        Called with how many materials are done, and of how many.
    devices : sequence of jax.Device, optional
        All of them if not given.

    Returns
    -------
    Batch
        Numbers (k, n) by quantity. A material with a constant that is not positive, a parameter outside its range or
        an unstable spectrum does not stop the others: it is NaN, and ``bad`` says why. So it does where a number is
        not finite.

    Raises
    ------
    GlassjaxError
        If lengths do not agree, theories differ in class or options, or temperatures are not positive.
    """
    chunks = batch_chunks(
        theories,
        glasses,
        T,
        quantities=quantities,
        time=time,
        chunk=chunk,
        progress=progress,
        devices=devices,
    )
    values: dict[str, np.ndarray] = {}
    bad: dict[int, str] = {}
    for begin, found, sentences in chunks:
        for quantity, rows in found.items():
            if quantity not in values:
                values[quantity] = np.empty((chunks.count, rows.shape[1]), rows.dtype)
            values[quantity][begin : begin + len(rows)] = rows
        bad |= sentences
    return Batch(chunks.T, values, bad)


def batch_chunks(
    theories: Theory | Sequence[Theory],
    glasses: Glass | Sequence[Glass],
    T: Any,
    *,
    quantities: Sequence[str] | None = None,
    time: float | int = 10.0,
    chunk: int | None = None,
    progress: Progress | None = None,
    devices: Sequence[Any] | None = None,
) -> "Chunks":
    """Evaluate k materials as `batch` does, one `Chunk` after the other, for results that do not fit in memory."""
    require_backend()
    materials = stack(theories, glasses)
    grids = _temperatures(T, quantities, len(materials))
    evaluator = Evaluator(grids, time=time, chunk=chunk, devices=devices)
    return Chunks(materials, evaluator, progress)


class Chunks:
    """Iterator over the chunks of a batch: ``count`` materials at temperatures ``T``."""

    def __init__(self, materials: Materials, evaluator: Evaluator, progress: Progress | None) -> None:
        self.count, self.T = len(materials), evaluator.T
        self._chunks = self._run(materials, evaluator, progress)

    def __iter__(self) -> Iterator[Chunk]:
        return self._chunks

    def __next__(self) -> Chunk:
        return next(self._chunks)

    def _run(self, materials: Materials, evaluator: Evaluator, progress: Progress | None) -> Iterator[Chunk]:
        size = evaluator.chunk
        begins = range(0, self.count, size)
        parts = ((materials.part(begin, begin + size), {}) for begin in begins)
        for begin, (values, bad) in zip(begins, evaluator.stream(parts), strict=True):
            named = {begin + i: f"material {begin + i}: {sentence}" for i, sentence in bad.items()}
            yield Chunk(begin, values, named)
            if progress is not None:
                progress(min(begin + size, self.count), self.count)


def _temperatures(T: Any, quantities: Sequence[str] | None, count: int) -> dict[str, np.ndarray]:
    """Return the temperatures (n,) or (k, n) of each quantity that is asked for."""
    if quantities is None:
        quantities = tuple(T if isinstance(T, Mapping) else QUANTITIES)
    if isinstance(quantities, str) or not len(quantities):
        raise GlassjaxError(f"quantities must be a list of some of {', '.join(QUANTITIES)}")
    found = {}
    for quantity in quantities:
        choose(quantity, QUANTITIES, "quantity")
        if isinstance(T, Mapping) and quantity not in T:
            raise GlassjaxError(f"there are no temperatures for {quantity}; add them to T")
        grid = number_array(T[quantity] if isinstance(T, Mapping) else T, f"temperatures of {quantity}", "K")
        if grid.ndim not in (1, 2) or (grid.ndim == 2 and len(grid) != count) or grid.size == 0:
            raise GlassjaxError(
                f"temperatures of {quantity} have the shape {grid.shape}; "
                f"give (n,), or ({count}, n) for {count} materials"
            )
        if grid.ndim == 1:
            check_temperatures(grid)
        found[quantity] = grid
    return found

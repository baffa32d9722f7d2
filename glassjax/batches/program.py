"""One compiled program for a chunk of materials: blocks of rows, one after the other, on each of several devices.

A chunk is what goes to the devices at once; every device has an equal share of it and takes that block by block. How
many rows a block has is a matter of the device. On a CPU the numbers of a few dozen materials stay in its caches:
per material and core silica-like glasses take 1.9 to 2.2 ms in blocks of 8 to 64, and 2.9 ms in blocks of 256 or more
(three quantities at 60 temperatures, two cores with 512 kB each, jax 0.10.1). A GPU is idle with few: 4.5 µs a material
in blocks of 1,000. Two cores are best used as two devices: 0.8 to 0.95 ms a material, against 1.0 ms where one
device's operations are shared out by XLA.

The program is compiled as JAX does by default: `glassjax.problem.compiling` saves 3 of 16 s there and costs a tenth
of the speed, which thousands of materials feel.

Only blocks that hold materials are computed: a chunk that is not full costs what it holds, rounded up to whole blocks,
and needs no program of its own.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from ..errors import GlassjaxError
from ..glass import Glass
from ..scalars import whole_number
from ..theory import Theory, evaluate
from .materials import Materials, faults

BLOCK = {"cpu": 32}
CHUNK = 1024
"""Rows of a chunk unless more devices want more, and of a block on anything but a CPU."""


class Layout:
    """Where the rows of a chunk go.

    Parameters
    ----------
    chunk : int, optional
        Most materials in a chunk.
    devices : sequence of jax.Device, optional
        All of them if not given, those of other processes included.

    Attributes
    ----------
    chunk, size : int
        Most materials in a chunk, and rows of the program: a multiple of block times devices.
    block : int
        Rows that a device computes at once.
    """

    def __init__(self, chunk: int | None = None, devices: Sequence[Any] | None = None) -> None:
        self.devices = tuple(jax.devices() if devices is None else devices)
        number = len(self.devices)
        block = BLOCK.get(self.devices[0].platform, CHUNK)
        if chunk is None:
            chunk = max(1, CHUNK // (number * block)) * number * block
        self.chunk = chunk
        self.block = min(block, math.ceil(chunk / number))
        self.size = math.ceil(chunk / (number * self.block)) * number * self.block
        self.local = self.size // number

    def places(self, count: int) -> np.ndarray:
        """Rows (count,) of the program that hold the materials: as many on each device."""
        each = math.ceil(count / len(self.devices))
        rows = np.arange(count)
        return rows // each * self.local + rows % each

    def blocks(self, count: int) -> int:
        """Blocks that each device computes for that many materials."""
        return math.ceil(math.ceil(count / len(self.devices)) / self.block)


def in_blocks(one: Callable[..., Any], rows: Any, blocks: Any, block: int) -> Any:
    """Map ``one`` over the first ``blocks`` blocks of ``rows``; NaN for the rest.

    Parameters
    ----------
    one : callable
        Of one row, a tuple of pytrees; returns a pytree of arrays.
    rows : tuple of pytrees
        Leaves (m, ...), m a multiple of ``block``.
    blocks : int, may be traced
    block : int
        Rows that are computed at once.
    """
    mapped = jax.jit(jax.vmap(one))  # a program of its own, so that it is traced once

    def piece(at: Any) -> Any:
        return jax.tree.map(lambda leaf: jax.lax.dynamic_slice_in_dim(leaf, at, block), rows)

    def step(index: Any, filled: Any) -> Any:
        found = mapped(*piece(index * block))
        return jax.tree.map(
            lambda whole, part: jax.lax.dynamic_update_slice_in_dim(whole, part, index * block, 0),
            filled,
            found,
        )

    length = jax.tree.leaves(rows)[0].shape[0]
    empty = jax.tree.map(
        lambda shape: jnp.full((length, *shape.shape[1:]), jnp.nan, shape.dtype),
        jax.eval_shape(lambda: mapped(*piece(0))),
    )
    return jax.lax.fori_loop(0, blocks, step, empty)


class Program:
    """Evaluates chunks of materials.

    Parameters
    ----------
    layout : Layout
    quantities : tuple of str
    time : float
        Observation time in s.
    own : frozenset of str
        Quantities at temperatures of each material's own.
    """

    def __init__(
        self, layout: Layout, quantities: tuple[str, ...], time: float | int, own: frozenset[str]
    ) -> None:
        self.layout, self.quantities, self.own = layout, quantities, own
        self.time = np.asarray(time, dtype=float)
        mesh = Mesh(np.array(layout.devices), ("batch",))
        self._rows = NamedSharding(mesh, PartitionSpec("batch"))
        self._all = NamedSharding(mesh, PartitionSpec())
        self._run = compiled_chunk(layout.devices, layout.block, quantities)

    def start(
        self, theory: Theory, glass: Glass, T: Mapping[str, np.ndarray], good: np.ndarray
    ) -> "Callable[[], dict[str, np.ndarray]]":
        """Send k materials to the devices; what is returned waits for the answers (k, n) by quantity.

        Parameters
        ----------
        theory, glass : pytrees with leaves (k,)
        T : mapping
            Temperatures in K of each quantity, (n,) or, of its own, (k, n).
        good : (k,)
            Materials to evaluate. The others are NaN: in the program the first good one stands in their place.
        """
        own, shared = {}, {}
        for quantity, temperatures in T.items():
            (own if quantity in self.own else shared)[quantity] = temperatures
        count, kept = len(good), np.flatnonzero(good)
        if not len(kept):
            nothing = {q: np.full((count, T[q].shape[-1]), np.nan) for q in self.quantities}
            return lambda: nothing
        places = self.layout.places(len(kept))
        source = np.full(self.layout.size, kept[0])
        source[places] = kept
        rows = jax.tree.map(lambda leaf: self._place(leaf[source], self._rows), (theory, glass, own))
        blocks = np.asarray(self.layout.blocks(len(kept)), dtype=np.int32)
        rest = jax.tree.map(lambda leaf: self._place(leaf, self._all), (shared, self.time, blocks))
        found = self._run(*rows, *rest)

        def collect() -> dict[str, np.ndarray]:
            answers = {}
            for quantity, values in found.items():
                answers[quantity] = np.full((count, values.shape[1]), np.nan, values.dtype)
                answers[quantity][kept] = _whole(values)[places]
            return answers

        return collect

    def _place(self, array: np.ndarray, sharding: NamedSharding) -> jax.Array:
        if np.issubdtype(array.dtype, np.floating):
            array = array.astype(jax.dtypes.canonicalize_dtype(float))
        return jax.make_array_from_callback(array.shape, sharding, lambda index: array[index])


@lru_cache(maxsize=64)
def compiled_chunk(devices: tuple[Any, ...], block: int, quantities: tuple[str, ...]) -> Any:
    """Return the program of chunks on these devices; JAX compiles it for each kind of theory and shape it meets."""

    def share(
        theory: Theory, glass: Glass, own: Any, shared: Any, time: jax.Array, blocks: jax.Array
    ) -> dict[str, jax.Array]:
        def one(theory: Theory, glass: Glass, own: Any) -> dict[str, jax.Array]:
            T = {**shared, **own}
            return {quantity: evaluate(theory, quantity, T[quantity], glass, time) for quantity in quantities}

        return in_blocks(one, (theory, glass, own), blocks, block)

    rows, everywhere = PartitionSpec("batch"), PartitionSpec()
    return jax.jit(
        jax.shard_map(
            share,
            mesh=Mesh(np.array(devices), ("batch",)),
            in_specs=(rows, rows, rows, everywhere, everywhere, everywhere),
            out_specs=rows,
            check_vma=False,
        )
    )


def _whole(values: jax.Array) -> np.ndarray:
    """All rows, also those that other processes computed."""
    if values.is_fully_addressable:
        return np.asarray(values)
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(values, tiled=True))


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

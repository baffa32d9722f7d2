"""κ, C and α of 10³, 10⁴ and 10⁵ materials by `gj.batch`: time a material, and memory.

python benchmarks/batch.py [--json FILE] [--up-to N] [--devices N ...] [--blocks N ...]

The materials are those of gpu.py, all different, at its 60 temperatures for each quantity. "value" is `gj.batch`;
"gradient" is the mean logarithm with its derivatives by nine parameters and constants, in the same blocks. Every row is
measured in a process of its own; its peak memory counts Python, JAX and the compiler. Devices are those that the cores
of a CPU are divided into. On a GPU give ``--devices 1``.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gpu
import numpy as np
from rich.console import Console
from timing import machine, peak_memory, show, write_json

SIZES = (1_000, 10_000, 100_000)
CONSTANTS = ("glass_temperature", "debye_temperature", "density", "sound_speed")
Row = dict[str, Any]


def theory(counting: str) -> Any:
    """Return the theory with its default options; by the saddle point, the theory as printed, whose rule that is."""
    import glassjax as gj

    if counting == "saddle":
        return gj.LubchenkoWolynes.as_printed(gamma0=-3.0)
    return gj.LubchenkoWolynes(gamma0=-3.0, counting=counting)


def inputs(count: int, counting: str) -> tuple[Any, Any]:
    """Theory and glass with leaves (count,)."""
    import glassjax as gj

    values = gpu.materials(count)
    glass = gj.Glass(name="drawn", **{name: values.pop(name) for name in CONSTANTS})
    return theory(counting).at(values, glass), glass


def value(count: int, counting: str) -> None:
    """Evaluate the batch; every number must be finite."""
    import glassjax as gj

    found = gj.batch(*inputs(count, counting), gpu.TEMPERATURES)
    assert not found.bad, found.bad
    assert all(np.isfinite(numbers).all() for numbers in found.values.values())


class Gradient:
    """The mean logarithm and its derivatives, chunk after chunk through a program as that of `gj.batch`."""

    def __init__(self, counting: str) -> None:
        import jax
        from jax.sharding import Mesh, PartitionSpec

        import glassjax as gj
        from glassjax.batches.program import Layout, in_blocks

        self.layout = Layout()

        def mean_log(values: Any) -> Any:
            import jax.numpy as jnp

            constants = {name: values[name] for name in CONSTANTS}
            rest = {name: x for name, x in values.items() if name not in CONSTANTS}
            glass = gj.Glass(name="drawn", **constants)
            found = [
                gj.evaluate(theory(counting).at(rest, glass), q, T, glass)
                for q, T in gpu.TEMPERATURES.items()
            ]
            return sum(jnp.mean(jnp.log(jnp.abs(numbers))) for numbers in found)

        def share(values: Any, blocks: Any) -> Any:
            return in_blocks(jax.value_and_grad(mean_log), (values,), blocks, self.layout.block)

        rows, everywhere = PartitionSpec("batch"), PartitionSpec()
        mesh = Mesh(np.array(self.layout.devices), ("batch",))
        self.program = jax.jit(
            jax.shard_map(share, mesh=mesh, in_specs=(rows, everywhere), out_specs=rows, check_vma=False)
        )

    def __call__(self, count: int, counting: str) -> None:
        """Evaluate the batch; every number must be finite."""
        import jax

        del counting
        values = gpu.materials(count)
        for begin in range(0, count, self.layout.chunk):
            part = {name: column[begin : begin + self.layout.chunk] for name, column in values.items()}
            size = len(part["c"])
            rows = {name: np.full(self.layout.size, column[0]) for name, column in part.items()}
            places = self.layout.places(size)
            for name, column in part.items():
                rows[name][places] = column
            found = self.program(rows, np.int32(self.layout.blocks(size)))
            assert all(np.isfinite(np.asarray(leaf)[places]).all() for leaf in jax.tree.leaves(found))


def measured(task: str, counting: str, count: int, block: int | None) -> Row:
    """Time one batch in this process, twice where that takes less than a minute."""
    import jax

    import glassjax as gj
    from glassjax.batches import program

    gj.enable_x64()
    if block is not None:
        program.BLOCK["cpu"] = block
    run = value if task == "value" else Gradient(counting)
    begin = time.perf_counter()
    run(1, counting)
    compiled = time.perf_counter() - begin
    times, cores = [], []
    for _ in range(2):
        begin, used = time.perf_counter(), time.process_time()
        run(count, counting)
        times.append(time.perf_counter() - begin)
        cores.append(time.process_time() - used)
        if times[0] > 60:
            break
    device = jax.devices()[0]
    return {
        "task": task,
        "counting": counting,
        "devices": jax.device_count(),
        "device": f"{device.platform}: {device.device_kind}",
        "block": program.Layout().block,
        "materials": count,
        "ms_each": 1e3 * min(times) / count,
        "cpu_ms_each": 1e3 * min(cores) / count,
        "compile_s": compiled,
        "peak_MiB": peak_memory(),
    }


def main() -> None:
    """Measure each row in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="file for all numbers")
    parser.add_argument("--up-to", type=int, default=SIZES[-1], help="largest batch")
    parser.add_argument("--devices", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tasks", nargs="+", choices=("value", "gradient"), default=["value", "gradient"])
    parser.add_argument(
        "--counting", nargs="+", choices=("saddle", "uniform", "exact"), default=["saddle", "uniform"]
    )
    parser.add_argument(
        "--blocks", type=int, nargs="+", default=[None], help="rows of a block, in place of the usual ones"
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)  # a row, for the process that measures it
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(*json.loads(options.one))))
        return
    before = machine()
    rows = []
    sizes = [size for size in SIZES if size <= options.up_to] or [options.up_to]
    for task, counting, devices, block, count in itertools.product(
        options.tasks, options.counting, options.devices, options.blocks, sizes
    ):
        given = os.environ.get("XLA_FLAGS", "")
        flags = {"XLA_FLAGS": f"{given} --xla_force_host_platform_device_count={devices}".strip()}
        one = json.dumps([task, counting, count, block])
        found = subprocess.run(
            [sys.executable, __file__, "--one", one],
            env=os.environ | flags,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        rows.append(json.loads(found.stdout.splitlines()[-1]))
        print(rows[-1], file=sys.stderr, flush=True)
    print_rows(rows)
    write_json(options.json, {"machine": before | {"load_after": machine()["load"]}, "rows": rows})


def print_rows(rows: list[Row]) -> None:
    """Print the table."""
    labels = ("task", "counting", "devices", "block", "materials")
    lines = [
        [
            *(str(row[label]) for label in labels),
            *(f"{row['ms_each']:.3g}", f"{row['cpu_ms_each']:.3g}"),
            *(f"{row['compile_s']:.1f}", f"{row['peak_MiB']:.0f}"),
        ]
        for row in rows
    ]
    head = [*labels, "ms each", "cores' ms each", "compile s", "MiB"]
    show(Console(), rows[0]["device"], head, lines, ("task", "counting"))


if __name__ == "__main__":
    main()

"""κ, C and α of many materials at once, on whatever device JAX finds, in double and in single precision.

python benchmarks/gpu.py [--json FILE] [--up-to N] [--chunk N] [--repeats N]

Every material has a glass and a theory of its own, drawn around silica's. One program computes κ, C and α at 60
temperatures each, or ("gradient") their mean logarithm with its derivatives by nine parameters and constants. Batches
longer than a chunk go through the program of one chunk, again and again. Deviations are from the first materials,
computed on the CPU in double precision by a process of its own.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

TEMPERATURES = {
    "kappa": np.geomspace(0.05, 100.0, 60),
    "heat-capacity": np.geomspace(0.05, 40.0, 60),
    "expansion": np.geomspace(0.05, 20.0, 60),
}
BATCHES = (1, 1_000, 10_000, 100_000)
COMPARED = 64
"""Materials whose numbers are compared with those of the CPU."""

Row = dict[str, Any]


def materials(count: int) -> dict[str, np.ndarray]:
    """Parameters and constants (count,) drawn around silica's, always the same; K, K, kg/m³ and m/s."""
    rng = np.random.default_rng(7)
    levels = rng.random((count, 9))

    def log_uniform(column: int, low: float, high: float) -> np.ndarray:
        return low * (high / low) ** levels[:, column]

    ratio = log_uniform(0, 3.0, 6.0)
    debye = log_uniform(1, 150.0, 500.0)
    return {
        "debye_temperature": debye,
        "glass_temperature": ratio * debye,
        "density": log_uniform(2, 1000.0, 3000.0),
        "sound_speed": log_uniform(3, 2000.0, 5000.0),
        "softening": 0.1 + 0.6 * levels[:, 4],
        "c": 0.12 * levels[:, 5],
        "B": log_uniform(6, 30.0, 600.0),
        "R": log_uniform(7, 50.0, 400.0),
        "A1": log_uniform(8, 0.03, 0.12),
    }


def answers(values: Any) -> dict[str, Any]:
    """κ, C and α (60,) of one material."""
    from glassjax import Glass, LubchenkoWolynes
    from glassjax.theory import evaluate

    constants = ("glass_temperature", "debye_temperature", "density", "sound_speed")
    glass = Glass(name="drawn", **{name: values[name] for name in constants})
    rest = {name: value for name, value in values.items() if name not in constants}
    theory = LubchenkoWolynes(gamma0=-3.0).at(rest, glass)
    return {q: evaluate(theory, q, T.astype(values["c"].dtype), glass, 10.0) for q, T in TEMPERATURES.items()}


def mean_log(values: Any) -> Any:
    """Mean of ln|κ|, ln|C| and ln|α|, whose gradient a fit asks for."""
    import jax.numpy as jnp

    return sum(jnp.mean(jnp.log(jnp.abs(value))) for value in answers(values).values())


def tasks() -> dict[str, Callable[[Any], Any]]:
    """Return what is timed, of one material."""
    import jax

    return {"value": answers, "gradient": jax.value_and_grad(mean_log)}


def in_chunks(program: Callable[[Any], Any], values: Mapping[str, Any], chunk: int) -> list[Any]:
    """Send a batch of any multiple of ``chunk`` through a compiled program; keep the results of every chunk."""
    count = len(values["c"])
    size = min(count, chunk)
    return [program({k: v[at : at + size] for k, v in values.items()}) for at in range(0, count, size)]


def seconds(call: Callable[[], Any]) -> float:
    """Run to the end and return how long it took."""
    import jax

    begin = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - begin


def measured(precision: str, up_to: int, chunk: int, repeats: int, reference: Path) -> dict[str, Any]:
    """Time every batch in this process; ``reference`` holds the CPU's numbers."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", precision == "float64")
    known = np.load(reference)
    rows: list[Row] = []
    for task, function in tasks().items():
        program = jax.jit(jax.vmap(function))
        for count in (size for size in BATCHES if size <= up_to):
            values = {name: jnp.asarray(column) for name, column in materials(count).items()}
            run = partial(in_chunks, program, values, chunk)
            first = seconds(run)
            once = seconds(run)
            times = [once, *(seconds(run) for _ in range(repeats if once < 20 else 0))]
            row = {"task": task, "materials": count, "ms": 1e3 * statistics.median(times)}
            row |= {"us_each": 1e3 * row["ms"] / count, "compile_s": max(first - once, 0.0)}
            chunks = [flat(part) for part in run()]
            row["finite"] = all(bool(np.isfinite(x).all()) for part in chunks for x in part.values())
            if count >= COMPARED:
                row["deviation"] = {
                    name: deviation(column[:COMPARED], known[f"{task}/{name}"])
                    for name, column in chunks[0].items()
                }
            rows.append(row)
            print(f"{precision} {task} {count}: {row['ms']:.4g} ms", file=sys.stderr, flush=True)
    device = jax.devices()[0]
    statistic = device.memory_stats() or {}
    return {
        "precision": precision,
        "device": f"{device.platform}: {device.device_kind}",
        "peak_MiB": statistic.get("peak_bytes_in_use", 0) / 2**20 or None,
        "rows": rows,
    }


def flat(found: Any) -> dict[str, np.ndarray]:
    """Arrays of a task's result by name: quantities, or derivatives by parameter."""
    if isinstance(found, tuple):
        return {
            "value": np.asarray(found[0]),
            **{f"d/d{name}": np.asarray(x) for name, x in found[1].items()},
        }
    return {name: np.asarray(value) for name, value in found.items()}


def deviation(found: np.ndarray, known: np.ndarray) -> float:
    """Largest difference relative to the known number or, as slopes cross zero, a hundredth of the largest."""
    scale = np.maximum(np.abs(known), 0.01 * np.max(np.abs(known)))
    return float(np.max(np.abs(found - known) / scale))


def keep_reference(path: Path) -> None:
    """Compute the first materials in double precision and store them."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    values = {name: jnp.asarray(column[:COMPARED]) for name, column in materials(COMPARED).items()}
    known = {
        f"{task}/{name}": value
        for task, function in tasks().items()
        for name, value in flat(jax.jit(jax.vmap(function))(values)).items()
    }
    np.savez(path, **known)


def main() -> None:
    """Measure each precision in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="file for all numbers")
    parser.add_argument("--up-to", type=int, default=BATCHES[-1], help="largest batch")
    parser.add_argument("--chunk", type=int, default=1_000, help="materials that the device holds at once")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--precision", choices=("float64", "float32"), help="in this process, for one precision only"
    )
    parser.add_argument(
        "--reference", type=Path, help="numbers to compare with, or with --precision left out to keep"
    )
    options = parser.parse_args()
    if options.precision:
        found = measured(options.precision, options.up_to, options.chunk, options.repeats, options.reference)
        options.json.write_text(json.dumps(found), encoding="utf-8")
        return
    if options.reference:
        keep_reference(options.reference)
        return
    with tempfile.TemporaryDirectory() as scratch:
        known, part = Path(scratch) / "known.npz", Path(scratch) / "part.json"
        cpu = os.environ | {"JAX_PLATFORMS": "cpu"}
        subprocess.run([sys.executable, __file__, "--reference", known], env=cpu, check=True)
        parts = []
        for precision in ("float64", "float32"):
            more = ["--precision", precision, "--up-to", str(options.up_to)]
            more += ["--chunk", str(options.chunk), "--repeats", str(options.repeats)]
            subprocess.run(
                [sys.executable, __file__, *more, "--json", part, "--reference", known], check=True
            )
            parts.append(json.loads(part.read_text(encoding="utf-8")))
    show(parts)
    if options.json:
        about = {
            "processor": platform.processor(),
            "python": platform.python_version(),
            "jax": version("jax"),
        }
        options.json.write_text(
            json.dumps({"about": about, "parts": parts}, indent=1) + "\n", encoding="utf-8"
        )


def show(parts: list[dict[str, Any]]) -> None:
    """Print one table a precision."""
    for part in parts:
        memory = f", at most {part['peak_MiB']:.0f} MiB" if part["peak_MiB"] else ""
        table = Table(title=f"{part['precision']} on {part['device']}{memory}")
        for heading in ("task", "materials", "ms", "µs each", "compile s", "largest deviation"):
            table.add_column(heading, justify="left" if heading == "task" else "right")
        for row in part["rows"]:
            worst = max(row.get("deviation", {"": 0.0}).items(), key=lambda entry: entry[1])
            compared = f"{worst[1]:.1g} ({worst[0]})" if worst[0] else ""
            cells = [f"{row['ms']:.3g}", f"{row['us_each']:.3g}", f"{row['compile_s']:.1f}"]
            table.add_row(
                row["task"], f"{row['materials']}", *cells, compared if row["finite"] else "not finite"
            )
        Console().print(table)


if __name__ == "__main__":
    main()

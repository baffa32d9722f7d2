"""κ, C and α of one glass by a NumPy script, by glassjax's algorithm in NumPy, by numba and by glassjax.

python benchmarks/speed.py [--json FILE] [--repeats N] [--quick]

Each candidate computes silica's κ, C and α at 60 temperatures each ("value"), or the mean of their logarithms with its
derivatives by nine parameters and constants ("gradient": exact in glassjax, one-sided finite differences elsewhere,
that is ten evaluations). Candidates take turns; ``ratio`` is to the script, within each turn. Deviations are the
largest relative ones from glassjax in double precision with the same formulas (counting "saddle"); those of the
gradient are in the elasticities, relative to each or to a hundredth of the largest. Single precision runs in a process
of its own, in turns with the same script. ``peak MiB`` and ``first s`` (imports, compilation and the first answer) are
of a process that does nothing else.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent))
from gpu import TEMPERATURES
from timing import (
    Row,
    in_child,
    in_turns,
    interruptible,
    machine,
    need,
    new_file,
    peak_memory,
    positive,
    show,
    write_json,
)

PARAMETERS = {
    "debye_temperature": 342.0,
    "glass_temperature": 1500.0,
    "density": 2200.0,
    "sound_speed": 4100.0,
    "softening": 0.4,
    "c": 0.03,
    "B": 160.0,
    "R": 230.0,
    "A1": 0.07,
}
"""Silica as fitted; the gradient is by all of them."""
CONSTANTS = ("glass_temperature", "debye_temperature", "density", "sound_speed")
GAMMA0, TIME = -8.0, 10.0
STEP = 3e-4
"""Relative step of finite differences: below, the rivals' own jumps from panel to panel show."""
TASKS = ("value", "gradient")

Answers = dict[str, np.ndarray]


class Candidate(NamedTuple):
    """One program to be timed; ``counting`` is how it counts states."""

    name: str
    precision: str
    counting: str
    make: Callable[[str], Callable[[], Any]]


# ------------------------------------------------------------------ rivals


def differences(evaluate: Callable[[Any], Answers], material: Any) -> tuple[float, Answers]:
    """Mean logarithm of κ, C and α, and its derivatives by `PARAMETERS`, from ten evaluations."""

    def mean_log(at: Any) -> float:
        return sum(float(np.mean(np.log(np.abs(part)))) for part in evaluate(at).values())

    here = mean_log(material)
    slopes = {}
    for name, value in PARAMETERS.items():
        moved = replace(material, **{name: value * (1 + STEP)})
        slopes[name] = np.asarray((mean_log(moved) - here) / (value * STEP))
    return here, slopes


def rival(module: str, task: str, parallel: bool | None = None) -> Callable[[], Any]:
    """Return the call of one of ``competitors``; ``parallel`` is for numba."""
    import importlib

    program = importlib.import_module(f"competitors.{module}")
    from competitors.material import Material

    compute = program.answers
    if parallel is not None:
        compute = partial(compute, with_kernels=program.kernels(parallel))
    material = Material(**PARAMETERS, gamma0=GAMMA0, time=TIME)
    evaluate = partial(compute, TEMPERATURES)
    return partial(evaluate, material) if task == "value" else partial(differences, evaluate, material)


# ------------------------------------------------------------------ glassjax


def glassjax_answers(values: Mapping[str, Any], counting: str, shipped: bool = False) -> dict[str, Any]:
    """κ, C and α (60,) of one material, by the theory as printed, which the rivals have, or as ``shipped``."""
    from glassjax import Glass, LubchenkoWolynes
    from glassjax.theory import evaluate

    glass = Glass(name="silica", **{name: values[name] for name in CONSTANTS})
    rest = {name: value for name, value in values.items() if name not in CONSTANTS}
    printed = LubchenkoWolynes.as_printed(gamma0=GAMMA0, counting=counting, sums="direct")
    theory = LubchenkoWolynes(gamma0=GAMMA0, counting=counting) if shipped else printed
    theory = theory.at(rest, glass)
    return {q: evaluate(theory, q, T.astype(values["c"].dtype), glass, TIME) for q, T in TEMPERATURES.items()}


def glassjax_call(counting: str, task: str, shipped: bool = False) -> Callable[[], Any]:
    """Return the call of glassjax, compiled at its first use."""
    import jax
    import jax.numpy as jnp

    function: Any = partial(glassjax_answers, counting=counting, shipped=shipped)
    if task == "gradient":

        def mean_log(values: Mapping[str, Any]) -> Any:
            parts = glassjax_answers(values, counting, shipped).values()
            return sum(jnp.mean(jnp.log(jnp.abs(part))) for part in parts)

        function = jax.value_and_grad(mean_log)
    values = {name: jnp.asarray(value, dtype=float) for name, value in PARAMETERS.items()}
    return partial(jax.jit(function), values)


def double() -> None:
    """Switch double precision on."""
    import glassjax

    glassjax.enable_x64()


def candidates() -> dict[str, Candidate]:
    """Return all candidates by a short key; "script" is what the others are compared with."""
    found = {
        "script": Candidate("NumPy script", "float64", "saddle", partial(rival, "numpy_theory")),
        "fast": Candidate("the same algorithm in NumPy", "float64", "saddle", partial(rival, "numpy_fast")),
    }
    for key, parallel, name in (
        ("numba", False, "numba, 1 thread"),
        ("numba-parallel", True, "numba, parallel"),
    ):
        found[key] = Candidate(name, "float64", "saddle", partial(rival, "numba_theory", parallel=parallel))
    for counting in ("saddle", "uniform", "exact"):
        make = partial(glassjax_call, counting)
        found[f"glassjax-{counting}"] = Candidate("glassjax", "float64", counting, make)
    make = partial(glassjax_call, "uniform", shipped=True)
    found["glassjax-shipped"] = Candidate("glassjax, its default options", "float64", "uniform", make)
    found["glassjax-float32"] = Candidate("glassjax", "float32", "saddle", partial(glassjax_call, "saddle"))
    return found


# ------------------------------------------------------------------ measuring


def flat(result: Any) -> Answers:
    """Return observables, or elasticities: derivatives times the parameter."""
    if isinstance(result, tuple):
        return {name: np.asarray(slope, dtype=float) * PARAMETERS[name] for name, slope in result[1].items()}
    return {name: np.asarray(value, dtype=float) for name, value in result.items()}


def deviation(found: Answers, known: Answers, task: str) -> float:
    """Largest relative deviation; of elasticities relative to a hundredth of the largest, if that is more."""
    least = (
        0.01 * max(float(np.max(np.abs(value))) for value in known.values()) if task == "gradient" else 0.0
    )
    return max(
        float(np.max(np.abs(found[name] - value) / np.maximum(np.abs(value), least)))
        for name, value in known.items()
    )


def measured(keys: Iterable[str], task: str, repeats: int) -> tuple[dict[str, Row], dict[str, Answers]]:
    """Time candidates in turns in this process; return rows and results."""
    chosen = {key: candidates()[key] for key in keys}
    calls = {key: candidate.make(task) for key, candidate in chosen.items()}
    timed = in_turns(calls, "script", repeats)
    rows = {
        key: {
            "task": task,
            "candidate": candidate.name,
            "precision": candidate.precision,
            "counting": candidate.counting,
            **timed[key],
        }
        for key, candidate in chosen.items()
    }
    return rows, {key: flat(call()) for key, call in calls.items()}


def gradient_over_value(repeats: int) -> dict[str, float]:
    """Time of value and gradient over that of the value, taking turns, for each way of counting by glassjax."""
    return {
        counting: in_turns({task: glassjax_call(counting, task) for task in TASKS}, "value", repeats)[
            "gradient"
        ]["ratio"]
        for counting in ("saddle", "uniform")
    }


def alone(key: str, task: str, begin: float) -> dict[str, float]:
    """Run one candidate three times: s from ``begin`` to its first answer, and the peak memory."""
    if candidates()[key].precision == "float64" and key.startswith("glassjax"):
        double()
    call = candidates()[key].make(task)
    flat(call())
    first = time.perf_counter() - begin
    for _ in range(2):
        flat(call())
    return {"first_s": first, "peak_MiB": peak_memory()}


def all_rows(keys: Iterable[str], repeats: int, memory: bool = True) -> list[Row]:
    """Measure both tasks in double precision here, single precision and memory in processes of their own."""
    keys = list(keys)
    here = [key for key in keys if not key.endswith("float32")]
    rows = []
    for task in TASKS:
        found, results = measured(here, task, repeats)
        if "glassjax-float32" in keys:
            child = in_child([__file__, "--single", task, "--repeats", str(repeats)])
            found["glassjax-float32"] = child["row"]
            results["glassjax-float32"] = {name: np.array(value) for name, value in child["result"].items()}
        known = results["glassjax-saddle"]
        for key, row in found.items():
            same = row["counting"] == "saddle"
            row["deviation"] = deviation(results[key], known, task) if same else None
            row |= (
                in_child([__file__, "--alone", key, task]) if memory else {"first_s": None, "peak_MiB": None}
            )
            rows.append(row)
    return rows


def print_rows(console: Console, rows: list[Row], load: str) -> None:
    """Print one table a task."""
    head = ["candidate", "precision", "counting", "ms", "quartiles", "ratio", "compile s", "first s"]
    head += ["deviation", "peak MiB"]
    for task in TASKS:
        lines = []
        for row in (row for row in rows if row["task"] == task):
            low, high = row["quartiles_ms"]
            far = "other counting" if row["deviation"] is None else f"{row['deviation']:.0e}"
            first = "" if row["first_s"] is None else f"{row['first_s']:.1f}"
            peak = "" if row["peak_MiB"] is None else f"{row['peak_MiB']:.0f}"
            times = [f"{row['ms']:.3g}", f"{low:.3g} … {high:.3g}", f"{row['ratio']:.4f}"]
            times += [f"{row['compile_s']:.1f}", first]
            lines.append([row["candidate"], row["precision"], row["counting"], *times, far, peak])
        title = {
            "value": "κ, C and α at 60 temperatures each",
            "gradient": "mean logarithm with nine derivatives",
        }
        show(console, title[task], head, lines, ("candidate", "precision", "counting"))
    console.print(load)


def main() -> None:
    """Measure, print, and write."""
    begin = time.perf_counter()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=new_file, help="file for all numbers, with machine, versions and load")
    parser.add_argument(
        "--repeats", type=positive, default=15, help="turns to take the median of (default 15)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="three turns; not the exact counting, float32 and memory"
    )
    parser.add_argument("--single", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        key, task = options.alone
        print(json.dumps(alone(key, task, begin)))
        return
    if options.single:
        rows, results = measured(("script", "glassjax-float32"), options.single, options.repeats)
        single = {name: value.tolist() for name, value in results["glassjax-float32"].items()}
        print(json.dumps({"row": rows["glassjax-float32"], "result": single}))
        return
    need(parser, "numba")
    double()
    before = machine()
    left_out = ("glassjax-float32", "glassjax-exact") if options.quick else ()
    keys = [key for key in candidates() if key not in left_out]
    rows = all_rows(keys, 3 if options.quick else options.repeats, memory=not options.quick)
    slopes = gradient_over_value(3 if options.quick else 4 * options.repeats)
    after = machine()["load"]
    about = f"{before['processor']}, {before['cores']} cores; load before {before['load']}, after {after}"
    console = Console(width=None if os.isatty(1) else 160)
    print_rows(console, rows, about)
    for counting, ratio in slopes.items():
        console.print(f"glassjax, {counting}, in turns: value and gradient take {ratio:.2f} times the value")
    write_json(
        options.json,
        {
            "machine": before | {"load_after": after},
            "parameters": PARAMETERS | {"gamma0": GAMMA0, "time": TIME},
            "finite_differences": {"step": STEP, "evaluations": len(PARAMETERS) + 1},
            "repeats": options.repeats,
            "rows": rows,
            "gradient_over_value": slopes,
        },
    )


if __name__ == "__main__":
    interruptible(main)

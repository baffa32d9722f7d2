"""How far κ, C and α of one glass are from what this machine could do, and where the rest of the time goes.

python benchmarks/limit.py [--json FILE] [--repeats N]

XLA counts the transcendental functions, the additions and multiplications, and the bytes that the compiled program
reads and writes (a loop's body once). The machine's rates for the three are measured here, on one core and with arrays
of the size that the program has. The limit is the slowest of the three, as if they went on side by side: this work
does not take less. Of what is above, the start of each of the program's steps is measured too, and so are the parts of
the program taken alone.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent))
from speed import GAMMA0, PARAMETERS, TEMPERATURES, TIME, glassjax_answers
from timing import Row, in_turns, machine, seconds, show, write_json

SIZE = 4096
"""Numbers in one of the program's arrays: 61 temperatures times 67 frequencies."""
COUNTINGS = ("saddle", "uniform")
_FREE = ("parameter", "constant", "bitcast", "tuple", "get-tuple-element")

Call = Callable[[], Any]


def programs() -> dict[tuple[str, str], tuple[Any, Any]]:
    """Compile value and gradient for both ways of counting: (program, argument)."""
    import jax
    import jax.numpy as jnp

    values = {name: jnp.asarray(value, dtype=float) for name, value in PARAMETERS.items()}

    def mean_log(values: Any, counting: str) -> Any:
        parts = glassjax_answers(values, counting).values()
        return sum(jnp.mean(jnp.log(jnp.abs(part))) for part in parts)

    found = {}
    for counting in COUNTINGS:
        tasks = {
            "value": partial(glassjax_answers, counting=counting),
            "gradient": jax.value_and_grad(partial(mean_log, counting=counting)),
        }
        for task, function in tasks.items():
            found[counting, task] = jax.jit(function).lower(values).compile(), values
    return found


def work(program: Any) -> dict[str, float]:
    """Return what XLA counts in a compiled program, and the number of its steps."""
    cost = program.cost_analysis()
    return {
        "transcendentals": cost["transcendentals"],
        "flops": cost["flops"],
        "MB": cost["bytes accessed"] / 1e6,
        "steps": steps(program.as_text()),
    }


def steps(text: str) -> int:
    """Count what runs one after the other in a compiled program: its entry's instructions, less those that are free."""
    entry = text[text.index("\nENTRY ") :]
    operations = re.findall(r"^  (?:ROOT )?%\S+ = \S+(?: \S+)*? ([a-z][a-z-]*)\(", entry, flags=re.MULTILINE)
    return sum(operation not in _FREE for operation in operations)


def rates(repeats: int) -> dict[str, float]:
    """Measure this machine: exponentials/s, flops/s, bytes/s in its caches, and s to start a step."""
    import jax
    import jax.numpy as jnp

    x = jnp.linspace(-3.0, -1.0, SIZE)
    turns = 64

    def chained(step: Callable[[Any], Any], count: int, start: Any = x) -> Call:
        def run(x: Any) -> Any:
            return jax.lax.fori_loop(0, count, lambda _, y: step(y), x)

        return partial(jax.jit(run), start)

    def dozen(y: Any) -> Any:  # none waits for another
        return sum(jnp.exp(y * (0.05 * k)) for k in range(1, 13)) - 13.0

    def many(y: Any) -> Any:  # eight side by side, 25 in a row
        chains = [y * (0.1 * k) for k in range(1, 9)]
        for _ in range(25):
            chains = [chain * 0.999 + 1e-3 for chain in chains]
        return sum(chains) * 0.25

    def separate(y: Any, count: int) -> Any:
        for _ in range(count):
            y = small @ y  # that no compiler joins with the next
        return y

    small, few, long = jnp.eye(4), jnp.ones(4), jnp.tile(x, 8)
    calls: dict[str, Call] = {
        "exp": chained(dozen, turns),
        "flops": chained(many, turns),
        "copy": chained(lambda y: y + 1.0, 10 * turns, long),
        "nothing": chained(lambda y: y, 1),
        "steps": partial(jax.jit(partial(separate, count=400)), few),
        "half the steps": partial(jax.jit(partial(separate, count=200)), few),
    }
    timed = in_turns(calls, "nothing", repeats)
    s = {name: row["ms"] / 1e3 for name, row in timed.items()}
    return {
        "exp_per_s": 12 * turns * SIZE / s["exp"],
        "flops_per_s": 2 * 200 * turns * SIZE / s["flops"],
        "bytes_per_s": 10 * turns * 2 * long.nbytes / s["copy"],
        "step_s": (s["steps"] - s["half the steps"]) / 200,
    }


def parts(counting: str) -> dict[str, Call]:
    """Return pieces of the program, compiled alone."""
    import jax
    import jax.numpy as jnp

    from glassjax import Glass, LubchenkoWolynes
    from glassjax.lubchenko_wolynes.canonical import tabulate
    from glassjax.theory import evaluate

    values = {name: jnp.asarray(value, dtype=float) for name, value in PARAMETERS.items()}
    constants = ("glass_temperature", "debye_temperature", "density", "sound_speed")

    def build(values: Any) -> tuple[Any, Any]:
        glass = Glass(name="silica", **{name: values[name] for name in constants})
        rest = {name: value for name, value in values.items() if name not in constants}
        return LubchenkoWolynes.as_printed(gamma0=GAMMA0, counting=counting).at(rest, glass), glass

    def spectrum(values: Any) -> Any:
        theory, glass = build(values)
        return theory.spectrum(glass).weights

    def table(values: Any) -> Any:
        theory, glass = build(values)
        return tabulate(theory.spectrum(glass)).rows

    def quantity(values: Any, name: str) -> Any:
        theory, glass = build(values)
        return evaluate(theory, name, TEMPERATURES[name], glass, TIME)

    found: dict[str, Any] = {"spectrum": spectrum, "spectrum and its canonical sums": table}
    found |= {
        f"{symbol}, with all it needs": partial(quantity, name=name)
        for symbol, name in (("κ", "kappa"), ("C", "heat-capacity"), ("α", "expansion"))
    }
    found["κ, C and α"] = partial(glassjax_answers, counting=counting)
    return {name: partial(jax.jit(function), values) for name, function in found.items()}


def limits(repeats: int) -> dict[str, Any]:
    """Measure everything."""
    measured = rates(repeats)
    compiled = programs()
    calls = {f"{c} {task}": partial(program, values) for (c, task), (program, values) in compiled.items()}
    for call in calls.values():
        seconds(call)
    timed = in_turns(calls, next(iter(calls)), repeats)
    rows: list[Row] = []
    for (counting, task), (program, _) in compiled.items():
        count = work(program)
        bounds = {
            "transcendentals": 1e3 * count["transcendentals"] / measured["exp_per_s"],
            "flops": 1e3 * count["flops"] / measured["flops_per_s"],
            "bytes": 1e3 * count["MB"] * 1e6 / measured["bytes_per_s"],
        }
        ms = timed[f"{counting} {task}"]["ms"]
        limit = max(bounds.values())
        rows.append(
            {"counting": counting, "task": task, "ms": ms, **count}
            | {f"{name}_ms": value for name, value in bounds.items()}
            | {
                "start_ms": 1e3 * count["steps"] * measured["step_s"],
                "limit_ms": limit,
                "over_limit": ms / limit,
            }
        )
    pieces = {counting: in_turns(parts(counting), "κ, C and α", repeats) for counting in COUNTINGS}
    return {"rates": measured, "rows": rows, "parts": pieces}


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="file for all numbers, with machine, versions and load")
    parser.add_argument("--repeats", type=int, default=40, help="turns to take the median of (default 40)")
    options = parser.parse_args()
    import glassjax

    glassjax.enable_x64()
    before = machine()
    found = limits(options.repeats)
    console = Console(width=None if os.isatty(1) else 150)
    rate = found["rates"]
    console.print(
        f"one core: {rate['exp_per_s'] / 1e6:.0f} million exponentials/s, {rate['flops_per_s'] / 1e9:.1f} Gflop/s, "
        f"{rate['bytes_per_s'] / 1e9:.1f} GB/s in its caches, {1e6 * rate['step_s']:.2f} µs to start a step"
    )
    head = ["counting", "task", "ms", "transcendentals", "Mflop", "MB", "steps"]
    head += ["functions ms", "flops ms", "bytes ms", "starts ms", "ms over limit"]
    lines = [
        [row["counting"], row["task"], f"{row['ms']:.2f}", f"{row['transcendentals']:.0f}"]
        + [f"{row['flops'] / 1e6:.1f}", f"{row['MB']:.1f}", f"{row['steps']}"]
        + [
            f"{row[name]:.2f}"
            for name in ("transcendentals_ms", "flops_ms", "bytes_ms", "start_ms", "over_limit")
        ]
        for row in found["rows"]
    ]
    show(console, "The work and what it would take alone", head, lines, ("counting", "task"))
    lines = [
        [counting, name, f"{row['ms']:.2f}", f"{row['ratio']:.2f}"]
        for counting, pieces in found["parts"].items()
        for name, row in pieces.items()
    ]
    show(console, "Parts alone", ["counting", "part", "ms", "share"], lines, ("counting", "part"))
    load = machine()["load"]
    console.print(
        f"{before['processor']}, {before['cores']} cores; load before {before['load']}, after {load}"
    )
    write_json(options.json, {"machine": before | {"load_after": load}, "repeats": options.repeats, **found})


if __name__ == "__main__":
    main()

"""Value and slopes of every observable at draws from the widest shipped priors; what is not finite or not positive.

``python -m tests.reliability.numbers [DRAWS [EXACT]]`` runs all jobs, each in a process of its own, then the properties
with many examples, and writes the record ``numbers``. EXACT is the number of draws counted exactly, DRAWS that of all
others. Finished chunks are kept in the temporary folder, and a run that was stopped continues with them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jax
import jax.numpy as jnp
import numpy as np

import glassjax as gj
from glassjax.theory import evaluate

from .record import Attack, keep
from .widest import CONSTANTS, ROOT, SEED, UNLISTED, beyond, draws, shipped_priors, softening

REDUCED = np.geomspace(1e-5, 1.0, 16)
"""T/T_D (16,)."""

COUNTINGS = ("saddle", "uniform", "exact")
JOBS = (("heat-capacity", ""), ("expansion", ""), *(("kappa", counting) for counting in COUNTINGS))
DTYPES = ("float64", "float32")
PLACES = ("value", "slope", "sign")
CHUNK = 1000
BLOCK = 20
"""Draws of a chunk, and of those computed at once."""

EXAMPLES = 500
"""Of each property, in the long run."""

FEW = 400
"""Draws beyond the bound."""

MENDED = (
    "a single temperature was an IndexError and a time of 0 gave NaN: both are refused in a sentence now; a test "
    "allowed 10⁻³ where the wings of soft ripplons' lines are up to 3·10⁻³ of the rate at ω₀, by exact counting too"
)

TITLES = {"kappa": "κ", "heat-capacity": "C", "expansion": "α"}
RELEASES = (
    "tests/test_packaging_jax_bug.py",
    "tests/test_packaging.py::test_releases_of_jax_that_compute_wrong_numbers_are_excluded",
    "tests/test_health.py::test_a_release_of_jax_that_computes_wrong_is_named",
)

FOLDER = Path(tempfile.gettempdir()) / "glassjax-reliability"


def observable(values: dict[str, Any], quantity: str, counting: str) -> jax.Array:
    """Return κ, C or α (16,) at one draw, in SI."""
    glass = gj.Glass(name="drawn", **{name: values[name] for name in CONSTANTS})
    parameters = {name: value for name, value in values.items() if name not in CONSTANTS}
    theory = gj.LubchenkoWolynes(counting=counting or "uniform").at(parameters, glass)
    return evaluate(theory, quantity, jnp.asarray(REDUCED) * glass.debye_temperature, glass)


@cache
def program(quantity: str, counting: str) -> Any:
    """Return the compiled program: of draws (m,) by name, values (m, 16) and slopes (m,) by name.

    Slopes are those of Σ ln κ, Σ ln C or 10⁹ K Σ α over the temperatures: one that is not finite spoils the sum.
    """

    def total(values: dict[str, Any]) -> tuple[jax.Array, jax.Array]:
        found = observable(values, quantity, counting)
        return jnp.sum(1e9 * found if quantity == "expansion" else jnp.log(found)), found

    one = jax.value_and_grad(total, has_aux=True)

    def run(values: dict[str, jax.Array]) -> tuple[jax.Array, dict[str, jax.Array]]:
        (_, found), slopes = jax.lax.map(one, values, batch_size=BLOCK)
        return found, slopes

    return jax.jit(run)


def judge(values: dict[str, np.ndarray], first: int, quantity: str, counting: str) -> dict[str, Any]:
    """Evaluate the draws ``values`` (m,) by name, the first of which has the number ``first``, and count what is bad.

    Returns ``tried``; ``value``, ``slope`` and ``sign``, lists of the numbers of draws with something not finite among
    their values or slopes, or with a κ or C that is not positive; and ``by``, how often each parameter's slope was bad.
    """
    found, slopes = program(quantity, counting)(
        {name: jnp.asarray(value, float) for name, value in values.items()}
    )
    found = np.asarray(found)
    flawed = {name: ~np.isfinite(np.asarray(slope)) for name, slope in slopes.items()}
    groups = {
        "value": ~np.isfinite(found).all(axis=1),
        "slope": np.any(list(flawed.values()), axis=0),
        "sign": np.zeros(len(found), bool) if quantity == "expansion" else ~(found > 0).all(axis=1),
    }
    return {
        "tried": len(found),
        "dtype": str(found.dtype),
        **{kind: (first + np.flatnonzero(bad)).tolist() for kind, bad in groups.items()},
        "by": {name: int(bad.sum()) for name, bad in flawed.items() if bad.any()},
    }


def chunks(count: int) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """Cut the draws into chunks; those of a chunk do not depend on how many follow."""
    for first in range(0, count, CHUNK):
        found = draws(CHUNK, SEED + first)
        yield first, {name: value[: count - first] for name, value in found.items()}


def merge(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up what `judge` found in several chunks."""
    by: dict[str, int] = {}
    for part in parts:
        for name, number in part["by"].items():
            by[name] = by.get(name, 0) + number
    listed = {kind: [i for part in parts for i in part[kind]] for kind in PLACES}
    return {"tried": sum(part["tried"] for part in parts), "dtype": parts[0]["dtype"], **listed, "by": by}


def run_job(quantity: str, counting: str, count: int) -> dict[str, Any]:
    """Judge ``count`` draws in the precision of this process, with progress in a file that a later run continues."""
    dtype = str(jnp.zeros(()).dtype)
    path = FOLDER / f"{quantity}-{counting or 'any'}-{dtype}.jsonl"
    path.parent.mkdir(exist_ok=True)
    parts = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    kept = {part["first"]: part for part in parts}
    with path.open("a") as file:
        for first, values in chunks(count):
            if first in kept and kept[first]["tried"] >= len(values["c"]):
                continue
            start = time.perf_counter()
            found = judge(values, first, quantity, counting)
            kept[first] = {"first": first, "seconds": time.perf_counter() - start, **found}
            file.write(json.dumps(kept[first]) + "\n")
            file.flush()
    found = [part for first, part in sorted(kept.items()) if first < count]
    return {**merge(found), "seconds": sum(part["seconds"] for part in found)}


def unstable(count: int) -> dict[str, Any]:
    """Count unstable draws that `gj.batch` does not report as such, or stable ones that it reports; and bad barriers.

    Returns ``tried``; ``unstable``, how many are; and lists of the numbers of draws: ``missed``, ``invented``, and
    ``barrier`` where the log barrier or its slope is not finite.
    """
    theory, glass, values = beyond(count)
    bad = gj.batch(theory, glass, [1.0, 10.0], quantities=["expansion"]).bad
    told = np.isin(np.arange(count), [i for i, reason in bad.items() if "unstable" in reason])
    soft = softening(values)
    barrier = jax.vmap(jax.value_and_grad(lambda theory, glass: theory.log_barrier(glass)))
    height, slopes = jax.jit(barrier)(jax.tree.map(jnp.asarray, theory), jax.tree.map(jnp.asarray, glass))
    finite = np.isfinite(np.asarray(height)) & np.all(
        [np.isfinite(s) for s in jax.tree.leaves(slopes)], axis=0
    )
    return {
        "tried": count,
        "unstable": int(np.sum(soft >= 1)),
        "missed": np.flatnonzero((soft >= 1 + 1e-5) & ~told).tolist(),
        "invented": np.flatnonzero((soft < 1 - 1e-5) & np.isin(np.arange(count), list(bad))).tolist(),
        "barrier": np.flatnonzero(~finite).tolist(),
    }


def alone(quantity: str, counting: str, dtype: str, count: int) -> dict[str, Any]:
    """Run a job in a process of the precision ``dtype``."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.reliability.numbers", str(count), "--job", quantity, counting],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": str(int(dtype == "float64"))},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(run.stdout.splitlines()[-1])


def ran(*arguments: str, examples: int) -> tuple[int, int, float]:
    """Run tests of this repository; return how many ran, how many of them failed, and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "0", "-q", f"--junitxml={report}", *arguments],
            cwd=ROOT,
            env={**os.environ, "JAX_PLATFORMS": "cpu", "GLASSJAX_EXAMPLES": str(examples)},
            stdout=sys.stderr,
            check=False,
        )
        suite = ElementTree.parse(report).getroot()[0].attrib
    failed = int(suite["failures"]) + int(suite["errors"])
    return int(suite["tests"]) - int(suite["skipped"]), failed, float(suite["time"])


def of_draws(found: dict[tuple[str, str, str], dict[str, Any]]) -> list[Attack]:
    """Rows of what the jobs found, by quantity, counting and precision."""
    rows = []
    for quantity, counting in JOBS:
        both = [found[quantity, counting, dtype] for dtype in DTYPES]
        rows.append(
            Attack(
                f"{TITLES[quantity]}{counting and f', counting {counting}'}: value and slopes by 15 numbers finite",
                sum(part["tried"] for part in both),
                "draws",
                sum(len({*part["value"], *part["slope"]}) for part in both),
                " and ".join(f"{part['tried']:,} in {part['dtype']}" for part in both),
            )
        )
    signed = [part for (quantity, _, _), part in found.items() if quantity != "expansion"]
    tried, failed = (
        sum(numbers) for numbers in zip(*((p["tried"], len(p["sign"])) for p in signed), strict=True)
    )
    return [*rows, Attack("κ > 0 and C > 0", tried, "draws", failed, "the same draws")]


def of_ranges(count: int) -> list[Attack]:
    """Rows of what happens where the coupling is above its bound: refused, and smooth where nothing can refuse it."""
    told = unstable(count)
    values = beyond(FEW)[2]
    inside = [judge(values, 0, quantity, counting) for quantity, counting in JOBS]
    return [
        Attack(
            "whole ranges of the parameters: unstable spectra, and no others, are refused by `batch`",
            count,
            "draws",
            len({*told["missed"], *told["invented"], *told["barrier"]}),
            f"{told['unstable']:,} are unstable by the formula; the barrier and its slopes are finite for all",
        ),
        Attack(
            "the same within a program, where nothing is refused: κ three times, C and α with their slopes",
            len(inside) * FEW,
            "draws",
            sum(len({i for kind in PLACES for i in part[kind]}) for part in inside),
            f"{int(np.sum(softening(values) >= 1))} of {FEW} are unstable",
        ),
    ]


def of_tests() -> tuple[list[Attack], float]:
    """Rows of tests, and seconds: the properties with many examples, odd sizes, and the excluded releases of jax."""
    here = "tests/reliability/test_properties.py"
    runs = (
        (
            f"properties of the physics by Hypothesis, {EXAMPLES} examples each; temperatures and times that are none",
            MENDED,
            ran(here, examples=EXAMPLES),
        ),
        (
            "compiled equals operation by operation at 1 to 61 temperatures; vmap equals a loop",
            "to 11 digits",
            ran(here, "-m", "slow", examples=1),
        ),
        (
            "releases of jax that compute wrong numbers: excluded, named by `doctor`, and not installed",
            "",
            ran(*RELEASES, examples=1),
        ),
    )
    rows = [Attack(what, tried, "tests", failed, finding) for what, finding, (tried, failed, _) in runs]
    return rows, sum(seconds for *_, (*_, seconds) in runs)


def main() -> None:
    """Read the command line: one job, or all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("draws", nargs="?", type=int, default=100_000)
    parser.add_argument("exact", nargs="?", type=int, default=100_000)
    parser.add_argument("--job", nargs=2, metavar=("QUANTITY", "COUNTING"))
    given = parser.parse_args()
    if given.job:
        print(json.dumps(run_job(*given.job, given.draws)))
        return
    jax.config.update("jax_enable_x64", True)
    found = {
        (*job, dtype): alone(*job, dtype, given.exact if job[1] == "exact" else given.draws)
        for job in JOBS
        for dtype in DTYPES
    }
    rest, seconds = of_tests()
    start = time.perf_counter()
    ranges = of_ranges(given.draws // 10)
    seconds += time.perf_counter() - start + sum(part["seconds"] for part in found.values())
    keep(
        "numbers",
        "Numbers",
        [*of_draws(found), *ranges, *rest],
        command=f"python -m tests.reliability.numbers {given.draws} {given.exact}",
        seconds=seconds,
        seed=SEED,
        summary=summary(),
    )


def summary() -> str:
    """Say what the draws are."""
    widest, population = shipped_priors()
    from_population = ", ".join(f"{name} ({prior.describe()})" for name, prior in sorted(population.items()))
    told = ", ".join(f"{name} {prior.describe()}" for name, prior in sorted(widest.items()))
    even = " and ".join(f"{name} ({low:g} … {high:g})" for name, (low, high) in UNLISTED.items())
    return (
        f"Each parameter and constant is drawn from the widest prior that a shipped study has of it: {told}; in odd "
        f"draws, where the universality study has one, from that: {from_population}. No study frees {even}, which are "
        "drawn evenly; in half of the draws tg is tied to T_g/T_D instead, and then reaches from 0.4 to 30 or so. "
        "T/T_D is 10⁻⁵ … 1."
    )


if __name__ == "__main__":
    main()

"""Attacks on optimisers, samplers and intervals: `python -m tests.reliability.inference FOLDER` writes their record.

FOLDER keeps what is done, one line a run, and a run that was stopped goes on from there; ``--as-is`` writes the record
of what there is. All of it takes hours of one core.
"""

import math
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import jax

from glassjax.results.verdict import PARETO_K
from tests.inference import other_truth
from tests.reliability import certified, shapes, studies
from tests.reliability.record import Attack, keep, load

DIGITS = 4.0
"""Digits of the worst parameter that make a regression solved (McCullough, Am. Stat. 53, 149 (1999))."""
CORES = 2
"""Jobs that run at once."""

REASONS = 8
"""Different reasons that are told, at most."""

WORDS = {"bfgs": "BFGS", "levenberg-marquardt": "Levenberg-Marquardt", "adam": "Adam"}


def of_certified(found: dict[str, certified.Outcome]) -> list[Attack]:
    """One attack a method, from both of NIST's starts; and BFGS from six starts."""
    attacks = []
    for method in certified.METHODS:
        what = f"NIST's certified regressions, {WORDS[method]} from both of NIST's starts"
        runs = {key: run for key, run in found.items() if f" {method} " in key and key.endswith("of 1")}
        attacks.append(_certified(what, runs, MENDED.get(method, "")))
    spread = {key: run for key, run in found.items() if key.endswith("of 6")}
    attacks.append(_certified("the same, BFGS from six starts around the first of NIST's", spread))
    return [attack for attack in attacks if attack.tried]


def _certified(what: str, runs: dict[str, certified.Outcome], mended: str = "") -> Attack:
    missed = {key: run for key, run in runs.items() if run.parameters < DIGITS}
    unsaid = [_problem(key) for key, run in missed.items() if run.ok]
    six = [sum(getattr(run, field) >= 6 for run in runs.values()) for field in ("parameters", "residual")]
    text = f"four digits of every parameter in {len(runs) - len(missed)}, six in {six[0]}"
    text += f"; six of the residual deviation in {six[1]}"
    if missed:
        text += f"; missed: {', '.join(map(_problem, missed))}"
        text += (
            f"; the verdict refused all of these but {', '.join(unsaid)}"
            if unsaid
            else "; the verdict refused all of these"
        )
    return Attack(what, len(runs), "fits", len(missed), "; ".join(filter(None, [text, mended])))


def _problem(key: str) -> str:
    """Name a problem, and NIST's start where the run had one start."""
    name, _, _, start, _, starts = key.split()
    return f"{name} from start {start}" if starts == "1" else name


def of_shapes(found: dict[str, Any]) -> list[Attack]:
    """One attack a target with known moments, then what has to be told."""
    attacks = []
    for name in shapes.TARGETS:
        runs = [run for key, run in found.items() if key.startswith(f"{name}, seed")]
        if not runs:
            continue
        attacks.append(_averages(f"known moments: {_doc(name)}", runs))
    attacks += [
        _averages(f"the same by weighed draws: {_doc(name)}", found[f"weighed: {name}"])
        for name in shapes.TARGETS
        if f"weighed: {name}" in found
    ]
    told = {key: run for key, run in found.items() if key.startswith("told")}
    modes = {key: run for key, run in told.items() if "modes" in key}
    ridges = {key: run for key, run in told.items() if key not in modes}
    for what, runs, mended in (
        ("two modes, told by maximum, posterior and weighed draws", modes, MENDED["modes"]),
        ("ridges, told by maximum, posterior and weighed draws", ridges, MENDED["ridges"]),
    ):
        ways = [(key[6:], kind, run[kind]) for key, run in runs.items() for kind in ("maximum", "posterior")]
        ways += [
            (key[6:], "weighed", r["told"]) for key in runs for r in found.get(f"weighed: {key[6:]}", [])
        ]
        missed = [f"{name} ({kind})" for name, kind, told in ways if not told]
        words = next((run["words"][0] for run in runs.values() if run["words"]), "")
        text = f"missed: {'; '.join(missed)}" if missed else f"“{words}”"
        attacks.append(Attack(what, len(ways), "results", len(missed), f"{text}; {mended}"))
    if "false alarms" in found:
        tried = 200 * len(shapes.FAMILIES)
        text = f"of draws of {', '.join(shapes.FAMILIES)}"
        attacks.append(
            Attack("one mode, not called several", tried, "sets of draws", found["false alarms"], text)
        )
    return attacks


def _averages(what: str, runs: list[dict[str, Any]]) -> Attack:
    """Count the averages that are off although the verdict of their run is good."""
    z = [abs(value) for run in runs for value in run["z"].values()]
    wrong = [value for run in runs if run["ok"] for value in run["z"].values() if not abs(value) < 4]
    off = sum(not value < 4 for value in z)
    refused = sum(not run["ok"] for run in runs)
    text = (
        f"largest deviation {max(z):.1f} standard errors"
        if off == 0
        else f"{off} off by more than 4 standard errors"
    )
    text += f"; verdict good in {len(runs) - refused} of {len(runs)} runs"
    if refused:
        reasons = (reason.split(":")[0] for run in runs if not run["ok"] for reason in run["reasons"])
        text += f", else: {'; '.join(list(dict.fromkeys(reasons))[:REASONS])}"
    return Attack(what, len(z), "averages", len(wrong), text)


def _doc(name: str) -> str:
    first = (shapes.TARGETS[name].__doc__ or "").split("\n")[0].rstrip(".")
    return first[0].lower() + first[1:] if first.startswith(("A ", "One")) else first


def of_studies(found: dict[str, list[dict[str, Any]]]) -> list[Attack]:
    """Two attacks a design: Laplace's intervals, and those of draws weighed by the posterior."""
    attacks = []
    kinds = {
        "score": "Laplace's intervals",
        "rank": "intervals of draws weighed by the posterior (`Study.laplace`)",
    }
    for design, rows in found.items():
        for kind, words in kinds.items():
            if not rows:
                continue
            n, texts, off = len(rows), [], 0
            for name in rows[0]["score"]:
                shares = [studies.held(rows, name, level, kind) / n for level in studies.LEVELS]
                errors = [math.sqrt(level * (1 - level) / n) for level in studies.LEVELS]
                off += sum(abs(s - p) > 3 * e for s, p, e in zip(shares, studies.LEVELS, errors, strict=True))
                texts.append(f"{name} {' '.join(f'{100 * s:.0f}' for s in shares)}")
            spread = " ".join(f"{100 * math.sqrt(level * (1 - level) / n):.1f}" for level in studies.LEVELS)
            levels = ", ".join(f"{100 * level:.0f}" for level in studies.LEVELS)
            text = f"of the {levels} % intervals these shares (%) hold the truth: {'; '.join(texts)}"
            text += f" (binomial errors {spread})"
            if kind == "rank":
                refused = sum(row["k"] > PARETO_K for row in rows)
                text += f"; Pareto k above {PARETO_K}, which the verdict refuses, in {refused} sets; {REMARKS[design]}"
            what = f"{n} simulated silica studies, {design}: {words}"
            attacks.append(Attack(what, len(rows[0]["score"]) * len(studies.LEVELS), "coverages", off, text))
    return attacks


def of_other_truths() -> list[Attack]:
    """What the record of `tests.inference.other_truth` says, an attack a truth, of Laplace's intervals as shipped."""
    attacks = []
    for truth, fits in other_truth.read().items():
        texts, off, count = [], 0, 0
        rows = fits["as shipped"]
        for name in rows[0]:
            shares = [other_truth.coverage(rows, name, level) for level in studies.LEVELS]
            errors = [math.sqrt(level * (1 - level) / len(rows)) for level in studies.LEVELS]
            off += sum(p - s > 3 * e for s, p, e in zip(shares, studies.LEVELS, errors, strict=True))
            count += len(shares)
            texts.append(f"{name} {' '.join(f'{100 * s:.0f}' for s in shares)}")
        bare = fits["none"]
        none = ", ".join(f"{name} {100 * other_truth.coverage(bare, name, 0.89):.0f}" for name in bare[0])
        levels = ", ".join(f"{100 * level:.0f}" for level in studies.LEVELS)
        text = f"of the {levels} % intervals these shares (%) hold the truth: {'; '.join(texts)}; fitted without "
        text += f"discrepancy, of the 89 % intervals: {none}; docs/discrepancy.md says why (fits of an earlier run)"
        what = f"{len(rows)} studies whose truth is another theory ({truth}), fitted as shipped: Laplace's intervals"
        attacks.append(Attack(what, count, "coverages", off, text))
    return attacks


def main(folder: Path, *, as_is: bool) -> None:
    """Do what ``folder`` lacks, unless it is taken ``as_is``, and write the record."""
    clock = time.perf_counter()
    spent = folder / "seconds"
    before = float(spent.read_text()) if spent.exists() else 0.0
    (folder / "studies").mkdir(parents=True, exist_ok=True)
    if not as_is:
        os.environ["JAX_ENABLE_X64"] = "1"
        with ProcessPoolExecutor(CORES, get_context("spawn")) as pool:
            tasks = [partial(studies.run, design, folder / "studies") for design in studies.DESIGNS]
            tasks += [
                partial(certified.run, folder / "nist.jsonl"),
                partial(shapes.run, folder / "shapes.jsonl"),
            ]
            for job in [pool.submit(task) for task in tasks]:
                job.result()
    regressions, drawn = certified.kept(folder / "nist.jsonl"), shapes.kept(folder / "shapes.jsonl")
    simulated = {design: studies.kept(design, folder / "studies") for design in studies.DESIGNS}
    seconds = before + time.perf_counter() - clock
    spent.write_text(f"{seconds:.0f}")
    write(regressions, drawn, simulated, seconds)


def write(regressions: Any, drawn: Any, simulated: Any, seconds: float) -> None:
    """Write the record; what it has of attacks that this folder lacks stays."""
    attacks = [*of_certified(regressions), *of_shapes(drawn), *of_studies(simulated), *of_other_truths()]
    attacks = [attack for attack in attacks if attack.tried]
    found = {attack.what for attack in attacks}
    before = [Attack(**entry) for entry in load("inference")["attacks"]]
    keep(
        "inference",
        "Optimisers and samplers",
        [*(attack for attack in before if attack.what not in found), *attacks],
        command="python -m tests.reliability.inference FOLDER",
        seconds=seconds,
        seed=studies.SEED,
        summary=SUMMARY,
    )


SUMMARY = """Each regression and each target is a study: its likelihood, or its theory's barrier, is the problem, and
`Study.maximise` and `Study.sample` solve it as they solve every study. An average fails if it is off by more than four
standard errors although the verdict is good; a coverage if it is off by more than three binomial errors (of another
theory's truth: too low by that). Laplace's intervals (`glassjax fit --quick`) are symmetric about the maximum, which
few posteriors are; those of weighed draws (`Study.laplace`) and of the sampler ([calibration.md](calibration.md)) need
no such shape."""

MENDED = {
    "bfgs": "mended: a line search that failed far from the maximum ended the climb, now it begins anew there; the "
    "Hessian of a posterior far narrower than its priors came out indefinite (MGH10), now its steps follow it; from a "
    "steep start the second step leapt to another maximum, which the verdict trusted (ENSO), now it sees the curvature",
    "levenberg-marquardt": "mended: it never returned where the potential falls for ever (MGH17 from start 1)",
    "modes": "mended: a maximum said that there was another and not where, a posterior only had a large R-hat",
    "ridges": "mended: nothing told of them before",
}
"""What gave way when this was first run."""

REMARKS = {
    "as shipped": "mended: draws were of Laplace's Gaussian, whose tails end before those of the posterior do",
    "without discrepancy": "mended: where the true softening is below 0.1 a narrow bent ridge or a second maximum runs "
    "to 0, whose end draws around the maximum missed; pieces along the profiles see it",
    "discrepancy in the data, none in the fit": "the fit takes for certain what it cannot know",
}

if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    main(Path(sys.argv[1]), as_is="--as-is" in sys.argv)

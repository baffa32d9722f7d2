"""Write docs/performance.md from what the benchmarks measured.

python benchmarks/page.py [RESULTS] [--out FILE]

RESULTS is a folder of JSON files, benchmarks/results if not given; a section whose file is missing says how to measure
it.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Found = dict[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """Return a Markdown table, its first ``words`` columns to the left and the others to the right."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def short(value: float | None, digits: int = 3) -> str:
    """Return a number with a few digits, nothing where there is none."""
    if value is None:
        return ""
    text = f"{value:.{digits}g}"
    return f"{float(text):,.0f}" if "e+" in text else text


def power(value: float) -> str:
    """Return a small number as a power of ten."""
    digits, exponent = f"{value:.0e}".split("e")
    return f"{digits}·10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


def where(found: Found) -> str:
    """Say where and when nobody else was computing it was measured."""
    machine = found.get("machine") or found.get("about")
    before = machine["load"][0] if isinstance(machine.get("load"), list) else None
    versions = machine.get("versions", {})
    named = ", ".join(
        f"{name} {versions[name]}" for name in ("jax", "numpy", "scipy", "numba") if name in versions
    )
    load = f", load {before:.1f} before it began" if before is not None else ""
    named = named or f"jax {machine['jax']}"
    return f"{machine['processor']}, {machine['cores']} cores{load}; Python {machine['python']}, {named}."


def speed(found: Found) -> str:
    """One glass: value and gradient of all candidates."""
    parts = []
    for task, title in (("value", "Value"), ("gradient", "Mean logarithm with nine derivatives")):
        rows = []
        for row in (row for row in found["rows"] if row["task"] == task):
            times = 1 / row["ratio"]
            rows.append(
                [
                    row["candidate"],
                    row["counting"],
                    row["precision"],
                    short(row["ms"]),
                    short(times),
                    short(row["compile_s"], 2),
                    short(row["first_s"], 2),
                    short(row["peak_MiB"]),
                    "" if row["deviation"] is None else power(row["deviation"]) if row["deviation"] else "0",
                ]
            )
        head = [
            "",
            "counting",
            "precision",
            "ms",
            "times faster than the script",
            "compile s",
            "first answer s",
        ]
        head += ["peak MiB", "deviation"]
        parts.append(f"**{title}**\n\n{table(head, rows, 3)}")
    return "\n\n".join(parts)


def limit(found: Found) -> str:
    """How far from the limit, and the parts."""
    rate = found["rates"]
    text = (
        f"One core of this machine computes {rate['exp_per_s'] / 1e6:.0f} million exponentials a second in double "
        f"precision (compiled by XLA, vectors in its caches), {rate['flops_per_s'] / 1e9:.1f}·10⁹ additions and "
        f"multiplications, reads and writes {rate['bytes_per_s'] / 1e9:.0f} GB/s in its caches, and takes "
        f"{1e6 * rate['step_s']:.1f} µs to begin one of a program's steps."
    )
    rows = [
        [row["counting"], row["task"], short(row["ms"]), f"{row['transcendentals']:,.0f}"]
        + [short(row["flops"] / 1e6), short(row["MB"]), str(row["steps"])]
        + [short(row[f"{name}_ms"], 2) for name in ("transcendentals", "flops", "bytes", "start")]
        + [short(row["over_limit"], 2)]
        for row in found["rows"]
    ]
    head = ["counting", "task", "ms", "exp, ln, …", "Mflop", "MB", "steps"]
    head += ["functions ms", "flops ms", "bytes ms", "beginnings ms", "time over limit"]
    pieces = [
        [part, *(short(found["parts"][counting][part]["ms"], 2) for counting in found["parts"])]
        for part in next(iter(found["parts"].values()))
    ]
    return "\n\n".join(
        [
            text,
            table(head, rows, 2),
            "Parts of the program compiled alone, in ms:",
            table(["", *found["parts"]], pieces),
        ]
    )


def fitting(found: Found) -> str:
    """Effective draws a second, and maxima."""
    draws = [
        [
            row["candidate"],
            row["counting"],
            row["settings"],
            short(row["ess"]),
            short(row["seconds"]),
            short(row["compile_s"], 2),
            short(row["evaluations_per_s"]),
            short(row["ess_per_evaluation"], 2),
            short(row["ess_per_s"]) + ("*" if row["extrapolated"] else ""),
        ]
        for row in found["rows"]
        if row["task"] == "draws"
    ]
    head = ["", "counting", "run", "ESS", "s", "compile s", "evaluations/s", "ESS/evaluation", "ESS/s"]
    maxima = [
        [
            row["candidate"],
            row["counting"],
            short(row["seconds"], 2),
            short(row["compile_s"], 2),
            str(row["evaluations"]),
            f"{row['log_posterior']:.3f}",
            short(row["apart"], 1),
        ]
        for row in found["rows"]
        if row["task"] == "maximum"
    ]
    note = (
        "\\* the same chain as on glassjax's log posterior: evaluations a second were measured, effective draws an "
        "evaluation are those of that run."
    )
    second = ["", "counting", "s", "compile s", "evaluations", "ln posterior", "from the maximum, sd"]
    return "\n\n".join(
        [
            table(head, draws, 3),
            note,
            "Levenberg-Marquardt from the priors' medians:",
            table(second, maxima, 2),
        ]
    )


def batch(found: Found) -> str:
    """Many materials."""
    rows = [
        [
            row["task"],
            row["counting"],
            str(row["devices"]),
            f"{row['materials']:,}",
            short(row["ms_each"]),
            short(row["cpu_ms_each"]),
            short(row["compile_s"], 2),
            short(row["peak_MiB"]),
        ]
        for row in found["rows"]
    ]
    head = ["task", "counting", "devices", "materials", "ms each", "cores' ms each", "compile s", "peak MiB"]
    return table(head, rows, 2)


def startup(found: Found) -> str:
    """Start of the command line."""
    return table(["", "s"], [[row["task"], f"{row['seconds']:.2f}"] for row in found["rows"]])


def targets(results: dict[str, Found]) -> str:
    """Return what was asked for beside what was measured."""
    rows: list[list[str]] = []

    def add(what: str, wanted: str, got: str, good: bool) -> None:
        rows.append([what, wanted, got, "yes" if good else "**no**"])

    if "speed" in results:
        by = {
            (row["task"], row["candidate"], row["precision"], row["counting"]): row
            for row in results["speed"]["rows"]
        }
        value = by["value", "glassjax", "float64", "saddle"]
        gradient = by["gradient", "glassjax", "float64", "saddle"]
        add(
            "value, against the SciPy script",
            "100 times faster",
            f"{1 / value['ratio']:.0f}",
            value["ratio"] <= 0.01,
        )
        over = results["speed"]["gradient_over_value"]["saddle"]
        add("value and gradient, against the value", "at most 3 times", f"{over:.1f}", over <= 3)
        add("value", "2 ms", f"{value['ms']:.2f} ms", value["ms"] <= 2)
        add("value and gradient", "6 ms", f"{gradient['ms']:.2f} ms", gradient["ms"] <= 6)
    if "fitting" in results:
        draws = {
            row["candidate"]: row for row in reversed(results["fitting"]["rows"]) if row["task"] == "draws"
        }
        nuts = next(
            r for r in results["fitting"]["rows"] if r["task"] == "draws" and r["counting"] == "saddle"
        )
        times = nuts["ess_per_s"] / draws["emcee on NumPy script"]["ess_per_s"]
        add(
            "effective draws a second, NUTS against emcee on the script",
            "50 times",
            f"{times:.0f}",
            times >= 50,
        )
        climb = next(
            r for r in results["fitting"]["rows"] if r["task"] == "maximum" and r["counting"] == "saddle"
        )
        add("Levenberg-Marquardt after compilation", "1 s", f"{climb['seconds']:.2f} s", climb["seconds"] < 1)
    if "batch" in results:
        most = max(results["batch"]["rows"], key=lambda row: row["materials"])
        peak = max(
            row["peak_MiB"] for row in results["batch"]["rows"] if row["materials"] == most["materials"]
        )
        add(f"memory at {most['materials']:,} materials", "2 GiB", f"{peak / 1024:.2f} GiB", peak < 2048)
    if "startup" in results:
        s = {row["task"]: row["seconds"] for row in results["startup"]["rows"]}
        for what, key, most in (
            ("`glassjax --help`", "glassjax --help", 0.5),
            ("`import glassjax`", "import glassjax", 1.0),
            ("second `glassjax predict`", "predict kappa, second", 3.0),
        ):
            add(what, f"{most:g} s", f"{s[key]:.2f} s", s[key] < most)
    return table(["", "wanted", "measured", "met"], rows)


SECTIONS: tuple[tuple[str, str, str, Callable[[Found], str]], ...] = (
    (
        "speed",
        "One glass",
        (
            "κ, C and α of silica at 60 temperatures each. The script is NumPy and SciPy as a careful physicist "
            "writes them: what does not depend on T is computed once, quadratures are fixed, roots are `brentq`'s. "
            "Behind it the same formulas by glassjax's own algorithm in NumPy, which tells algorithm and compiler "
            "apart, and compiled by numba. Their derivatives are one-sided differences, ten evaluations. Candidates "
            "take turns; deviations are from glassjax with the same counting. All compute the theory as printed, "
            "but for the row of glassjax with its default options."
        ),
        speed,
    ),
    (
        "limit",
        "How far from the limit",
        (
            "The limit is the time of the dearest of three: functions such as exp and ln, additions and "
            "multiplications, bytes read and written, each at the rate measured on one core. The rest is the "
            "beginning of some hundred steps, and what each of them loses by being short."
        ),
        limit,
    ),
    (
        "fitting",
        "Fitting silica",
        (
            "The posterior of the study `a-SiO2-saddle` (the theory as printed), and for glassjax of `a-SiO2` too, "
            "with its default options, the film, and free discrepancies (counting uniform, 12 free parameters). NUTS "
            "runs as in `glassjax fit`, its time includes warmup and diagnostics."
        ),
        fitting,
    ),
    (
        "batch",
        "Many materials",
        (
            "`gj.batch`, all materials different; every row is a process of its own, whose memory counts Python, JAX "
            "and the compiler."
        ),
        batch,
    ),
    ("startup", "Start of the command line", "Each command is a process of its own.", startup),
)


def page(results: dict[str, Found]) -> str:
    """Return the whole page."""
    parts = [
        "# Performance",
        (
            "Written by `python benchmarks/page.py` from `benchmarks/results/`; `benchmarks/README.md` says how to "
            "measure it again, and `benchmarks/compare.py` compares two such folders. [scale.md](scale.md) has "
            "campaigns of fits, [benchmarks](../benchmarks/README.md) a GPU."
        ),
        "## Targets",
        targets(results),
    ]
    for name, title, text, section in SECTIONS:
        parts += [f"## {title}", text]
        if name in results:
            parts += [section(results[name]), f"Measured on {where(results[name])}"]
        else:
            parts.append(
                f"Not measured: `python benchmarks/{name}.py --json benchmarks/results/{name}.json`."
            )
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Read the results and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("results", type=Path, nargs="?", default=HERE / "results")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "performance.md")
    options = parser.parse_args()
    files = {name: options.results / f"{name}.json" for name, *_ in SECTIONS}
    results = {
        name: json.loads(path.read_text(encoding="utf-8")) for name, path in files.items() if path.is_file()
    }
    if not results:
        parser.error(f"there are no results in '{options.results}'; run a benchmark with --json first")
    options.out.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Write docs/reliability.md from the records: `python -m tests.reliability.page`."""

from pathlib import Path

from .record import FOLDER, load

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
SECTIONS = ("numbers", "inference", "faults", "input", "safety", "versions")
"""Records in the order of the page."""

HEAD = """# Reliability

Here is what glassjax has withstood, and what it has not, in a minute; the log of all attacks follows.

**You can rely on these.**

- Values and gradients are finite for every parameter that a shipped prior allows, in float64 and in float32.
- Intervals of NUTS and of importance-weighted draws (`Study.laplace`) hold the truth as often as they say, if the
  study has a discrepancy for what the theory misses ([calibration](calibration.md)).
- Where a sampler fails, on funnels and on modes far apart, the verdict refuses its result.
- A run that is killed continues to the same numbers. A damaged file is refused.
- Text in your files is never executed.

**Take care with these.**

- Laplace's intervals (`glassjax fit --quick`) are too narrow: about three quarters of those of 89 % hold silica's
  softening.
- Without a discrepancy, intervals of a theory that misses something are worthless: a fifth of those of 89 % hold
  the softening.
- An optimiser may stop at the wrong maximum. From a bad start four of 54 climbs on NIST's certified regressions end
  there; the verdict refuses three of the four. More starts help (`starts` in `[sampler]`).
- Results written before glassjax sealed its files may hold a changed byte that nobody notices.

## How to read the log

`python -m tests.reliability.page` writes this page from `tests/reliability/records/`. Each row says what was
attacked, how often, how many attempts failed in the last run, and what was seen or mended. Each record has its
date, as they were not all made on one state of the code. Every run of the tests repeats short forms of all attacks,
and the commands below repeat the long ones.
"""


def section(name: str) -> str:
    """Return one section of the page."""
    found = load(name)
    rows = [
        f"| {row['what']} | {row['tried']:,} {row['unit']} | {row['failed']:,} | {row['finding']} |"
        for row in found["attacks"]
    ]
    seed = "" if found["seed"] is None else f", seed {found['seed']}"
    made = f"{found['date']}, " if "date" in found else ""
    lines = [
        f"## {found['title']}",
        found["summary"],
        "\n".join(["| attack | tried | failed | what was seen |", "| --- | ---: | ---: | --- |", *rows]),
        f"`{found['command']}` ({made}{_span(found['seconds'])}{seed}; Python {found['python']}, jax {found['jax']}).",
    ]
    return "\n\n".join(line for line in lines if line)


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"


def page() -> str:
    """Return the whole page: totals, then the records that there are."""
    names = [name for name in SECTIONS if (FOLDER / f"{name}.json").is_file()]
    attacks = [row for name in names for row in load(name)["attacks"]]
    failed = sum(row["failed"] > 0 for row in attacks)
    total = f"{len(attacks)} kinds of attack; in {failed or 'none'} of them something failed when last run."
    return "\n\n".join([HEAD.rstrip(), total, *map(section, names)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

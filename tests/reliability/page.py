"""Write docs/reliability.md from the records: `python -m tests.reliability.page`."""

from pathlib import Path

from .record import FOLDER, load

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
SECTIONS = ("numbers", "inference", "faults", "input", "safety", "versions")
"""Records in the order of the page."""

HEAD = """# Reliability

Written by `python -m tests.reliability.page` from `tests/reliability/records/`. Each table lists what was attacked,
how often, and how many of the attempts failed when they were last run; what gave way earlier was mended, and the last
column says what it was. The records were made while that was going on, not all on one state of the code: each has its
date. Short forms of all attacks run with every test; the commands repeat the long ones.
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

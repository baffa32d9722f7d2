"""Write docs/fits.md, the table of the shipped fits of Lubchenko and Wolynes' theory, from a folder of results.

    python docs/fits.py results

Rows of studies that the folder lacks are kept as they are, so that one study can be fitted again alone.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("fits.md")
COLUMNS = ("softening", "B", "R", "c")
HEAD = """# Fits of the shipped studies

Lubchenko and Wolynes, by NUTS: posterior medians with 89 % intervals, limits at 95 %. Priors, data and masks are
those of the study files in `fits/`, where each says its reasons. rms is that of ln(measured/theory) at the maximum,
discrepancy not counted. The time is that of the sampling, compilation included, on two cores of an Intel Xeon whose
other cores were busy. Each row is made by the command in it, and this page by `python docs/fits.py results`.
The rival theories are in [rivals.md](rivals.md). Rows with a verdict of one word were made with the theory as printed
and discrepancies of 0.25; their B counts fast centres of both signs of ε, half of today's.

| command | verdict | softening | B | R | c | rms ln κ | rms ln C | time |
|---|---|---|---|---|---|---|---|---|
"""
ROW = re.compile(r"^\| `glassjax fit (\S+)` \|.*$", re.MULTILINE)


def cell(row: dict[str, Any]) -> str:
    """Return a parameter's median and interval, or its limit."""

    def number(value: float) -> str:
        return f"{value:.0f}" if value >= 100 else f"{value:.2g}"

    if row["limit"] == "upper":
        return f"< {number(row['high'])}"
    if row["limit"] == "lower":
        return f"> {number(row['low'])}"
    return f"{number(row['estimate'])} ({number(row['low'])} … {number(row['high'])})"


def line(summary: dict[str, Any]) -> str:
    """Return the row of one summary.json."""
    rows = {row["name"]: row for row in summary["parameters"]}
    rms = {entry["quantity"]: f"{entry['rms']:.2g}" for entry in summary["fit"]}
    cells = [
        f"`glassjax fit {summary['study']}`",
        "; ".join(summary["verdict"][part]["words"] for part in ("sampler", "theory")),
        *(cell(rows[name]) if name in rows else "" for name in COLUMNS),
        rms.get("kappa", ""),
        rms.get("heat-capacity", ""),
        f"{summary['provenance']['seconds'] / 60:.1f} min",
    ]
    return f"| {' | '.join(cells)} |"


def page(summaries: list[dict[str, Any]], before: str = "") -> str:
    """Return the page with the rows of ``summaries`` (full fits only), and those of ``before`` that they lack."""
    rows = {found[1]: found[0] for found in ROW.finditer(before)}
    for summary in summaries:
        if summary["kind"] == "posterior" and any(
            row["name"] == "softening" for row in summary["parameters"]
        ):
            rows[summary["study"]] = line(summary)
    return HEAD + "".join(f"{rows[study]}\n" for study in sorted(rows))


def main(results: Path) -> None:
    """Bring the page up to date."""
    summaries = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*/summary.json"))
    ]
    before = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    PAGE.write_text(page(summaries, before), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

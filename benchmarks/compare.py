"""Compare two runs of the benchmarks: what has become slower, or needs more memory.

python benchmarks/compare.py OLD NEW [--tolerance 1.3] [--all]

OLD and NEW are two JSON files of one benchmark, or two folders of them. A number is matched by its place and by the
labels of its row. Where a row has its ratio to a rival in the same run, that ratio is judged, as the machine
may be another one; elsewhere times, rates and memory are. Exit code 1 if something is worse by more than the tolerance.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent))
from timing import show

LABELS = ("task", "candidate", "precision", "counting", "part", "spectrum", "method", "answer", "route")
LABELS += ("materials", "devices", "block")
"""What says what a row is about."""
SMALLER = ("ms", "_ms", "ms_each", "us_each", "_s", "seconds", "MiB", "_mb", "ratio", "over_limit", "_bytes")
LARGER = ("per_s",)
PASSED = ("machine", "about", "versions", "load", "quartiles_ms", "all_s", "rates")
"""What is not judged: where it was measured, and scatter."""


class Change(NamedTuple):
    """One number in both runs; ``worse`` is above 1 if the new one is slower or larger."""

    name: str
    old: float
    new: float
    worse: float


def numbers(found: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, float]]:
    """All numbers that are judged, with their places."""
    if isinstance(found, list):
        for entry in found:
            if isinstance(entry, dict):
                yield from numbers(entry, (*place, *labels(entry)))
    elif isinstance(found, dict):
        judged = (
            found if "ratio" not in found else {"ratio": found["ratio"], "peak_MiB": found.get("peak_MiB")}
        )
        for key, value in judged.items():
            if key in PASSED:
                continue
            if isinstance(value, (dict, list)):
                yield from numbers(value, (*place, key))
            elif (
                isinstance(value, (int, float))
                and not isinstance(value, bool)
                and key.endswith(SMALLER + LARGER)
            ):
                yield " ".join((*place, key)), float(value)


def labels(row: dict[str, Any]) -> list[str]:
    """Return what tells a row from the others."""
    return [str(row[key]) for key in LABELS if key in row]


def changes(old: Any, new: Any) -> list[Change]:
    """Numbers that both runs have, the worst first."""
    before = dict(numbers(old))
    found = []
    for name, value in numbers(new):
        earlier = before.get(name)
        if earlier and value:
            worse = earlier / value if name.endswith(LARGER) else value / earlier
            found.append(Change(name, earlier, value, worse))
    return sorted(found, key=lambda change: -change.worse)


def runs(path: Path) -> dict[str, Any]:
    """Contents of a file, or of all JSON files in a folder, by their names."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    return {
        file.stem if path.is_dir() else "": json.loads(file.read_text(encoding="utf-8")) for file in files
    }


def existing(name: str) -> Path:
    """Return a path that exists; for `argparse`."""
    path = Path(name)
    if not path.exists():
        raise argparse.ArgumentTypeError(
            f"there is no '{name}'; name a JSON file of a benchmark, or a folder of them"
        )
    return path


def main() -> int:
    """Compare, print, and say whether something is worse."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("old", type=existing)
    parser.add_argument("new", type=existing)
    parser.add_argument("--tolerance", type=float, default=1.3, help="what counts as worse (default 1.3)")
    parser.add_argument("--all", action="store_true", help="show what has not changed too")
    options = parser.parse_args()
    try:
        old, new = runs(options.old), runs(options.new)
    except ValueError as error:
        parser.error(f"not a JSON file of a benchmark: {error}")
    found = changes(old, new)
    if not found:
        parser.error(
            f"'{options.old}' and '{options.new}' have no number in common; compare runs of one benchmark"
        )
    worse = [change for change in found if change.worse > options.tolerance]
    better = [change for change in found if change.worse < 1 / options.tolerance]
    listed = found if options.all else worse + better
    lines = [[c.name, f"{c.old:.4g}", f"{c.new:.4g}", f"{c.new / c.old:.2f}"] for c in listed]
    console = Console()
    if lines:
        show(console, "old against new", ["number", "old", "new", "new/old"], lines, ("number",))
    console.print(
        f"{len(found)} numbers compared: {len(worse)} worse by more than {options.tolerance:g}, {len(better)} better"
    )
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())

"""Two runs of a benchmark are compared, and the page is made of what was measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
RUN = {
    "machine": {"load": [0.1], "processor": "p", "cores": 2, "python": "3", "versions": {"jax": "0"}},
    "rows": [
        {"task": "value", "candidate": "script", "ms": 100.0, "ratio": 1.0, "peak_MiB": 90.0},
        {"task": "value", "candidate": "glassjax", "ms": 1.0, "ratio": 0.01, "peak_MiB": 400.0},
        {"task": "draws", "candidate": "NUTS", "seconds": 3.0, "ess_per_s": 50.0},
    ],
}


def run(script: str, *arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, BENCHMARKS / script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def changed(folder: Path, row: int, key: str, value: float) -> Path:
    other = json.loads(json.dumps(RUN))
    other["rows"][row][key] = value
    path = folder / f"{row}-{key}-{value}.json"
    path.write_text(json.dumps(other))
    return path


@pytest.mark.parametrize(
    ("row", "key", "value", "code", "says"),
    [
        (1, "ratio", 0.0101, 0, "0 worse"),
        (1, "ratio", 0.02, 1, "1 worse"),  # twice the time, relative to the script
        (1, "ms", 9.0, 0, "0 worse"),  # another machine: its script takes nine times as long too
        (1, "peak_MiB", 900.0, 1, "1 worse"),
        (2, "ess_per_s", 20.0, 1, "1 worse"),
        (2, "ess_per_s", 90.0, 0, "1 better"),
        (2, "seconds", 9.0, 1, "1 worse"),
    ],
)
def test_what_has_become_worse_is_told(tmp_path, row, key, value, code, says):
    old = tmp_path / "old.json"
    old.write_text(json.dumps(RUN))
    found, text = run("compare.py", old, changed(tmp_path, row, key, value))
    assert found == code
    assert says in text


def test_what_cannot_be_compared_is_refused(tmp_path):
    old, other = tmp_path / "old.json", tmp_path / "other.json"
    old.write_text(json.dumps(RUN))
    other.write_text("nothing")
    for second, says in ((other, "not a JSON file"), (tmp_path / "missing.json", "there is no")):
        code, text = run("compare.py", old, second)
        assert code == 2
        assert says in text


def test_the_page_is_what_the_results_say():
    # docs/performance.md is made from benchmarks/results and nothing else
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import page
    finally:
        sys.path.remove(str(BENCHMARKS))
    results = {path.stem: json.loads(path.read_text()) for path in (BENCHMARKS / "results").glob("*.json")}
    text = page.page({name: results[name] for name, *_ in page.SECTIONS if name in results})
    assert text == (BENCHMARKS.parent / "docs" / "performance.md").read_text()

"""The notebooks as tests read and run them."""

import os
import re
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
SLOW = ("counting", "plateau-and-bump")  # take minutes: eight fits, two of them by the exact count
HEAVY = ("batch",)  # computes for longer than it compiles: compiled as for users, it takes half as long
FITS = ("first-fit", "numpyro", "universality")  # as long as all others: half for each of two processes
QUICKER = ("--xla_backend_optimization_level", "--xla_cpu_use_fusion_emitters")  # of `tests/conftest.py`
LIMIT = (
    1200  # s a notebook: some take half a minute, and a machine at work on other things is ten times slower
)

# What the text of a notebook must say: patterns of numbers, and the least and greatest value of each.
NUMBERS = {
    "batch": [(r"(\d+) materials;", 1e4, 1e4), (r"materials; (\d+) have no stable spectrum", 20, 1000)],
    "comparing-theories": [
        (r"lubchenko-wolynes +(\S+) ± \S+ +-\S+ +importance sampling", 27.0, 27.3),
        (r"lubchenko-wolynes +3 +(0\.\d+) ", 0.055, 0.059),
    ],
    "counting": [
        (r"discrete,  saddle: at worst +(\S+) %", -35.0, -32.0),
        (r"discrete, uniform: at worst +(\S+) %", 2.0, 3.0),
    ],
    "first-fit": [
        (r"30 points, rms residual (\S+) in ln κ", 0.055, 0.059),
        (r"R +(\d+) +\d+ … \d+ +\d+$", 225, 250),
        (r"^  5 {2,}(\S+) \(", 0.10, 0.14),
    ],
    "numpyro": [(r"R = (\d+)", 200, 290), (r"wrong rows among them: (\d)", 4, 4)],
    "paper-figures": [
        (r"(\d+)  reproduced", 43, 43),
        (r"5   from (\S+) to", 0.0135, 0.0145),
        (r"2   from \S+ to (\S+) T_D", 0.090, 0.096),
    ],
    "plateau-and-bump": [
        (r"as printed: rms of ln κ (\S+),", 0.24, 0.29),
        (r"remarks: rms of ln κ (\S+),", 0.045, 0.055),
        (r"46 K: ln Z = (\S+)", 14.5, 16.0),
        (r"maxima of C/T³ at (\S+) K, ", 1.5, 1.9),
        (r"n_v = (\S+) ±", 2.2, 2.8),
    ],
    "universality": [(r"R\.spread +(\d\S*)", 0.7, 1.0), (r"B\.spread +\S+ +< (\S+)", 0.9, 1.3)],
    "where-to-measure-next": [
        (r"kappa +\S+ +5 % +(\S+)", 0.004, 0.02),
        (r"1 heat-capacity +\S+ +5 % +(\S+)", 1.0, 1.3),
        (r"2 heat-capacity +\S+ +5 % +(\S+)", 1.3, 1.6),
    ],
}


def names():
    """Names of all notebooks."""
    return sorted(path.stem for path in FOLDER.glob("*.ipynb"))


def read(name):
    nbformat = pytest.importorskip("nbformat", reason="pip install '.[notebooks]'")
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run(name):
    """Run a notebook in its folder, within `LIMIT`."""
    nbclient = pytest.importorskip("nbclient", reason="pip install '.[notebooks]'")
    pytest.importorskip("ipykernel", reason="pip install '.[notebooks]'")
    notebook = read(name)
    for cell in code_cells(notebook):
        cell.outputs = []
    until = time.monotonic() + (LIMIT if name not in SLOW else 10 * LIMIT)
    client = nbclient.NotebookClient(
        notebook,
        timeout_func=lambda cell: max(1.0, until - time.monotonic()),
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
    )
    flags = os.environ["XLA_FLAGS"].split()
    kept = [flag for flag in flags if name not in HEAVY or not flag.startswith(QUICKER)]
    client.execute(env=os.environ | {"XLA_FLAGS": " ".join(kept)})
    return notebook


def check(name, notebook):
    """Refuse a notebook that failed, complained, drew nothing or found other numbers."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    complaints = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not complaints
    assert any("image/png" in output.get("data", {}) for output in outputs), "no figure"
    text = "".join(output.text for output in outputs if output.get("name") == "stdout")
    for pattern, low, high in NUMBERS[name]:
        found = re.search(pattern, text, re.MULTILINE)
        assert found, f"{pattern} is not among what it prints"
        assert low <= float(found[1]) <= high, f"{pattern} is {found[1]}, not {low:g} to {high:g}"

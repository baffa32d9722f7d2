"""Shipped studies of Lubchenko and Wolynes' theory converge, and docs/fits.md has a row of each."""

import importlib.util
from pathlib import Path

import pytest

from glassjax import LubchenkoWolynes, Study
from glassjax.problem.study_file import list_studies

ROOT = Path(__file__).parents[1]


def table():
    spec = importlib.util.spec_from_file_location("fits_table", ROOT / "docs" / "fits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def studies():
    plans = {name: Study.load(name) for name in list_studies()}
    return [name for name, plan in plans.items() if isinstance(plan.theory, LubchenkoWolynes)]


def test_rows_are_of_shipped_studies_and_say_what_was_found():
    page = (ROOT / "docs" / "fits.md").read_text(encoding="utf-8")
    rows = {found[1]: found[0] for found in table().ROW.finditer(page)}
    assert {"PTFE", "Torlon", "Vespel-SP1", "a-SiO2"} <= set(rows) <= set(studies())
    for name, row in rows.items():
        assert "| converged" in row, name


def row(name, estimate, low, high, limit=None):
    return {"name": name, "estimate": estimate, "low": low, "high": high, "limit": limit}


def test_the_table_is_made_of_summaries():
    summary = {
        "study": "mine",
        "kind": "posterior",
        "verdict": {"ok": True, "sampler": {"words": "converged"}, "theory": {"words": "describes the data"}},
        "parameters": [row("softening", 0.4123, 0.3, 0.51), row("B", 164.2, None, 362.1, "upper")],
        "fit": [{"quantity": "kappa", "rms": 0.1949}],
        "provenance": {"seconds": 90.0},
    }
    make = table()
    line = (
        "| `glassjax fit mine` | converged; describes the data "
        "| 0.41 (0.3 … 0.51) | < 362 |  |  | 0.19 |  | 1.5 min |"
    )
    assert make.line(summary) == line
    page = make.page(
        [{**summary, "study": "theirs"}, {**summary, "kind": "maximum"}], make.HEAD + line + "\n"
    )
    assert page == make.HEAD + line + "\n" + line.replace("mine", "theirs") + "\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["PTFE", "Torlon", "Vespel-SP1", "a-SiO2-exact", "a-SiO2-saddle"])
def test_fits_converge(name):
    post = Study.load(name).sample(progress=False)
    assert post.verdict.ok, post.verdict.reasons

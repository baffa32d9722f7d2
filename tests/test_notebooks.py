"""The notebooks run, and are committed as they ran; those that fit are in `test_notebooks_fits`."""

import re

import pytest

from tests.notebooks import FITS, FOLDER, NUMBERS, SLOW, check, code_cells, names, read, run


def test_every_notebook_is_listed_and_has_numbers_to_check():
    listed = re.findall(r"\]\((\S+)\.ipynb\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == names() == sorted(NUMBERS)
    assert set(SLOW) | set(FITS) < set(names())


@pytest.mark.parametrize("name", names())
def test_committed_as_it_ran(name):
    notebook = read(name)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), "run it from the top"
    check(name, notebook)
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    assert len(text) < 500_000, "smaller figures"
    assert not re.search(r"(/home/|/Users/|/tmp/|/root/|/work/|[A-Z]:\\\\)", text), (
        "a path of the machine it ran on"
    )


@pytest.mark.parametrize("name", [name for name in names() if name not in FITS and name not in SLOW])
def test_runs(name):
    check(name, run(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_slow_ones_run(name):
    check(name, run(name))

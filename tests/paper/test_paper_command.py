"""``glassjax paper``: one run makes every table and figure; what is asked for wrongly is refused in one sentence.

The whole run (80 s) is slow; by default one figure is drawn, and `test_claims` computes the numbers.
"""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib import image

from glassjax.cli import commands
from glassjax.errors import GlassjaxError
from glassjax.paper.figures import FIGURES, caption

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return CliRunner().invoke(commands, ["paper", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("paper")
    (out / "mine.txt").write_text("kept")
    result = run("--out", out, "--format", "png")
    assert result.exit_code == 0
    assert "prefactor p" in result.stdout
    return out


@pytest.mark.slow
def test_writes_all_and_leaves_the_rest(folder):
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    wanted = {"claims.txt", "claims.csv", "claims.md", "validation.md", "mine.txt"}
    assert made == wanted | {f"figures/{name}.png" for name in FIGURES}


@pytest.mark.slow
def test_figures_are_drawn(folder):
    for name in FIGURES:
        picture = image.imread(folder / "figures" / f"{name}.png")
        assert picture.shape[0] > 300
        assert np.std(picture[..., :3]) > 0.02, f"{name} is blank"


@pytest.mark.slow
def test_page_links_to_its_figures_and_captions(folder):
    page = (folder / "validation.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((figures/[^)]+)\)", page)
    assert sorted(links) == sorted(f"figures/{name}.png" for name in FIGURES)
    assert all((folder / link).is_file() for link in links)
    assert all(caption(name) in page for name in FIGURES)


@pytest.mark.slow
def test_page_in_the_repository_is_what_the_command_writes(folder):
    # tables to the printed digits; a last digit may differ between machines, so numbers are compared to 1 %
    number = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")
    shipped = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    fresh = (folder / "validation.md").read_text(encoding="utf-8")
    assert number.sub("#", shipped) == number.sub("#", fresh), (
        "run `glassjax paper --out docs --format png --force`"
    )
    ours, theirs = (np.array([float(x) for x in number.findall(page)]) for page in (shipped, fresh))
    np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=1e-3)


@pytest.mark.slow
def test_claims_csv_reads_back(folder):
    with (folder / "claims.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 40
    assert all(np.isfinite(float(row["computed"])) for row in rows)


def test_one_figure_only(tmp_path):
    result = run("--out", tmp_path, "--only", "fig-04", "--format", "svg")
    assert result.exit_code == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["fig-04.svg"]


def test_refuses_an_unknown_figure(tmp_path):
    with pytest.raises(GlassjaxError, match=r"no figure 'fig-91'.*there are fig-01"):
        run("--out", tmp_path, "--only", "fig-91")
    assert not any(tmp_path.iterdir())


def test_refuses_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GlassjaxError, match=r"cannot write to .*choose another folder with --out"):
        run("--out", tmp_path / "file" / "below")


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail():
        raise KeyboardInterrupt

    monkeypatch.setitem(FIGURES, "fig-04", fail)
    assert run("--out", tmp_path, "--only", "fig-10", "--only", "fig-04").exit_code != 0
    assert not any(tmp_path.iterdir())

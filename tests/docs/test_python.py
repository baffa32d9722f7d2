"""Python on a page runs: its blocks in order, in one namespace, in a folder of its own.

By default fits are short and of a theory that compiles in a second (`Sketch`); with ``-m slow`` all is as it stands.
"""

import os
import re
import sys
import traceback
from pathlib import Path

import pytest
from matplotlib import pyplot

import glassjax as gj
import glassjax.theory
from glassjax.problem import study_file as settings

from .blocks import PAGES, blocks
from .sketch import Sketch

RUNNING = {
    page: found
    for page, path in PAGES.items()
    if (found := [block for block in blocks(path.read_text(encoding="utf-8")) if block.language == "python"])
}
NEED_A_FIT = ("docs/sensitivity.md",)  # fragments, about a fit made before
LONG = (
    "README.md",
    "docs/how-to/compare-theories.md",
)  # left to -m slow; the tutorial has a fit like the README's
SHORT = {"starts": 2, "steps": 40, "chains": 2, "warmup": 20, "draws": 30, "tree_depth": 4}
SHORTER = {
    "num_warmup=300": "num_warmup=4", "num_samples=500": "num_samples=4",
}  # fmt: skip


def run(page, change=lambda text: text):
    """Run the blocks of a page; a failure names the page and the line."""
    namespace = {"__name__": page}
    for block in RUNNING[page]:
        code = compile("\n" * (block.line - 1) + change(block.text), str(PAGES[page]), "exec")
        try:
            exec(code, namespace)
        except Exception as error:
            line = next(
                f.lineno
                for f in reversed(traceback.extract_tb(error.__traceback__))
                if f.filename == str(PAGES[page])
            )
            pytest.fail(f"{page}, line {line}: {type(error).__name__}: {error}")


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder of its own; what examples set for JAX does not outlive the test, nor do figures."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XLA_FLAGS", os.environ["XLA_FLAGS"])
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    yield tmp_path
    pyplot.close("all")


@pytest.fixture
def quick(monkeypatch):
    """Short fits of `Sketch`, wherever a study names Lubchenko and Wolynes' theory."""
    parse = settings.Sampler.parse.__func__
    short = classmethod(lambda kind, spelling: parse(kind, spelling).replace(**SHORT))
    monkeypatch.setattr(settings.Sampler, "parse", short)
    monkeypatch.setattr(gj, "LubchenkoWolynes", Sketch)
    monkeypatch.setitem(gj.theory._THEORIES, "lubchenko-wolynes", (Sketch.__module__, "Sketch"))


def test_there_are_examples():
    assert {"README.md", "docs/tutorial.md", "docs/how-to/numpyro.md"} <= set(RUNNING)


@pytest.mark.parametrize("page", sorted(set(RUNNING) - {*NEED_A_FIT, *LONG}))
def test_examples_run(page, quick, elsewhere):
    def shorter(text):
        for long, short in SHORTER.items():
            text = text.replace(long, short)
        return text

    run(page, shorter)


@pytest.mark.slow
@pytest.mark.parametrize("page", sorted(set(RUNNING) - set(NEED_A_FIT)))
def test_examples_run_as_they_stand(page, elsewhere):
    run(page)
    if page == "README.md":
        assert {"posterior.nc", "corner.pdf"} <= {path.name for path in elsewhere.iterdir()}


@pytest.mark.parametrize("page", sorted(RUNNING))
def test_examples_are_python(page):
    for block in RUNNING[page]:
        compile(block.text, f"{page}, line {block.line}", "exec")
        for name in re.findall(r"\bgj\.(\w+)", block.text):
            assert name in gj.__all__, f"{page}: there is no gj.{name}"

"""Figures of commands do not depend on what a user has set up for matplotlib, and never end what they illustrate."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from glassjax.drawing import undrawn, write_figures

LINE = [
    "predict",
    "a-SiO2",
    "--theory",
    "debye",
    "--quantity",
    "kappa",
    "--from",
    "1",
    "--to",
    "10",
    "--points",
    "3",
]
SETTINGS = {
    "latex": "text.usetex: True\n",
    "no mathematics": "text.parse_math: False\n",
    "a font that is not there": "font.family: Nothing Of This Name\nmathtext.fontset: custom\nmathtext.rm: Nowhere\n",
    "unknown settings": "lines.colour: blue\nfont.size: many\n",
    "a window": "backend: TkAgg\ninteractive: True\n",
}


def drawn(folder, **environment):
    """Draw κ by a command of a process of its own, in ``folder``; return what it printed on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "glassjax", *LINE, "--plot", "k.png"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "k.png").read_bytes().startswith(b"\x89PNG")
    return done.stderr


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_user_do_not_count(tmp_path, name):
    (tmp_path / "matplotlibrc").write_text(SETTINGS[name])
    assert "matplotlib" not in drawn(tmp_path)


def test_a_notebooks_backend_and_a_home_that_cannot_be_written(tmp_path):
    home = tmp_path / "home"
    home.write_text("no folder")
    backend = "module://matplotlib_inline.backend_inline"
    said = drawn(tmp_path, MPLBACKEND=backend, MPLCONFIGDIR=str(home), HOME=str(home))
    assert "atplotlib" not in said


def test_a_figure_that_fails_is_named_and_the_others_are_written(tmp_path, capsys):
    class Drawn:
        @property
        def figure(self):
            return self

        def savefig(self, path, **options):
            Path(path).write_text("drawn")

    def fail():
        raise RuntimeError("no LaTeX here\nlong explanation")

    write_figures(tmp_path, {"first": fail, "second": Drawn}, ("png",))
    assert [path.name for path in tmp_path.iterdir()] == ["second.png"]
    said = capsys.readouterr().err
    assert "'first'" in said
    assert "no LaTeX here" in said
    assert "explanation" not in said


def test_a_full_disk_is_no_fault_of_a_figure():
    with pytest.raises(OSError, match="disk"), undrawn("first"):
        raise OSError("disk full")


def test_a_settings_file_that_is_no_text_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matplotlibrc").write_bytes(b"\xe6")
    with undrawn("first"):
        b"\xe6".decode()
    assert "matplotlibrc" in capsys.readouterr().err

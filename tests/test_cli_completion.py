"""Shell completion: the scripts, what they offer, and that JAX is not imported for it."""

import os
import shutil
import subprocess
import sys

import pytest

import glassjax as gj
from glassjax.cli import commands
from glassjax.cli.completion import THEORIES
from glassjax.theory import list_theories
from tests.commands import run


def offered(*words):
    """What is offered for the last word, as (type, value)."""
    from click.shell_completion import ShellComplete

    completing = ShellComplete(commands, {}, "glassjax", "_GLASSJAX_COMPLETE")
    return [(item.type, item.value) for item in completing.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(shell, capsys):
    assert run("completion", shell) == 0
    script = capsys.readouterr().out
    assert f"_GLASSJAX_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_names_of_what_is_shipped():
    assert [value for _, value in offered("predict", "P")] == ["PEEK", "PTFE", "Pyrex"]
    studies = [value for _, value in offered("fit", "")]
    assert {"a-SiO2", "universality", "a-SiO2-debye"} < set(studies)
    assert "template" not in studies
    assert set(gj.list_glasses()) <= {value for _, value in offered("sensitivity", "")}
    assert offered("fit", "mine.t") == [("file", "mine.t")]


def test_options_and_their_values():
    assert offered("predict", "a-SiO2", "--quantity", "h") == [("plain", "heat-capacity")]
    assert offered("predict", "a-SiO2", "--theory", "so") == [("plain", "soft-potential")]
    assert offered("compare", "a-SiO2", "--theories", "debye,s") == [
        ("plain", "debye,soft-potential"),
        ("plain", "debye,standard-tunnelling"),
    ]
    assert ("plain", "--quick") in offered("fit", "--q")


def test_theories_are_those_of_the_package():
    assert sorted(THEORIES) == sorted(list_theories())


def test_nothing_heavy_is_imported():
    code = (
        "import sys\nfrom glassjax.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert not {'jax', 'matplotlib', 'scipy', 'pandas', 'pint'} & set(sys.modules)\n"
    )
    words = {"COMP_WORDS": "glassjax fit a-S", "COMP_CWORD": "2", "_GLASSJAX_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | words, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert "plain,a-SiO2\n" in done.stdout

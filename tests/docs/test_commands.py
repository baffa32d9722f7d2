"""Every command on a page is one that the command line knows, with options it has."""

import re

import click
import pytest

from glassjax.cli import commands as group
from tests.commands import enter, run

from .blocks import PAGES, ROOT, commands, inline_commands

SEEN = [(page, words) for page, path in PAGES.items() for words in commands(path.read_text(encoding="utf-8"))]
INLINE = [
    (page, words)
    for page, path in PAGES.items()
    for words in inline_commands(path.read_text(encoding="utf-8"))
]
CHEAP = ("glasses",)


def parse(words):
    """Read the words of a command as click does, types included, without running anything."""
    if words[0].startswith("-"):
        group.make_parser(click.Context(group)).parse_args(list(words))
        return
    command = group.get_command(click.Context(group), words[0])
    assert command is not None, f"there is no command {words[0]}"
    context = click.Context(command, info_name=words[0])
    given, _, _ = command.make_parser(context).parse_args(list(words[1:]))
    for parameter in command.params:
        value = given.get(parameter.name)
        if isinstance(value, (str, list, tuple)) and not isinstance(parameter, click.Argument):
            parameter.type_cast_value(context, value)


def places(found):
    """Name a test after its page and its command."""
    return [f"{page}: {' '.join(words)[:60]}" for page, words in found]


def test_there_are_commands():
    assert len(SEEN) > 20
    assert {"fit", "predict", "batch", "campaign", "compare"} <= {words[0] for _, words in SEEN}


@pytest.mark.parametrize(("page", "words"), SEEN, ids=places(SEEN))
def test_commands_of_blocks_exist(page, words):
    parse(words)
    command = group.get_command(click.Context(group), words[0])
    if command is not None and command.params:
        wanted = [p for p in command.params if isinstance(p, click.Argument) and p.required]
        assert len(words) > len(wanted), f"{page}: {words[0]} needs {wanted[-1].name if wanted else ''}"


@pytest.mark.parametrize(("page", "words"), INLINE, ids=places(INLINE))
def test_commands_in_prose_exist(page, words):
    parse(words)


@pytest.mark.parametrize("words", [["fitt", "a-SiO2"], ["fit", "--quik"], ["predict", "--quantity", "kapa"]])
def test_wrong_commands_are_found(words):
    with pytest.raises((AssertionError, click.UsageError)):
        parse(words)


def test_cheap_commands_run(tmp_path, monkeypatch, capsys):
    enter(tmp_path, monkeypatch)
    cheap = {tuple(words) for _, words in SEEN if words[0] in CHEAP or words == ["--help"]}
    assert cheap
    for words in sorted(cheap):
        assert run(*words) == 0, words
    assert "a-SiO2" in capsys.readouterr().out


@pytest.mark.slow
def test_the_tutorial_prints_what_it_says(tmp_path, monkeypatch, capsys):
    """Of the quick commands; the fit itself is test_cli_fit's."""
    enter(tmp_path, monkeypatch)
    said = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert run("validate", "a-SiO2", "--plot", "prior.png", "--no-cache") == 0
    printed = capsys.readouterr().out
    [priors] = re.findall(r"(Free parameters and their priors\n(?:  .*\n)+)", said)
    assert priors in printed
    assert (tmp_path / "prior.png").is_file()

"""What the README and the pages hold: code that runs, commands, and links."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

__all__ = ["PAGES", "ROOT", "Block", "blocks", "commands", "inline_commands", "links"]

ROOT = Path(__file__).parents[2]
GENERATED = ("_build", "notebooks")
PAGES = {
    path.relative_to(ROOT).as_posix(): path
    for path in sorted(
        [
            *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
            *(ROOT / "benchmarks").glob("*.md"),
            *(ROOT / "datasets").glob("*.md"),
            *(ROOT / "notebooks").glob("*.md"),
            *(path for path in (ROOT / "docs").rglob("*.md") if not {*path.parts} & {*GENERATED}),
        ]
    )
}
"""Every page by its path in the repository."""

SHELL = ("", "console", "bash", "sh", "shell")
_FENCE = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2`* *$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block: its language, its text, and the line it begins in."""

    language: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    return [
        Block(found[3].strip(), found[4], text.count("\n", 0, found.start(4)) + 1)
        for found in _FENCE.finditer(text)
    ]


def commands(text: str) -> list[list[str]]:
    """Return the words after ``glassjax`` of every command in a block of the shell, or in an indented one."""
    shell = [block.text for block in blocks(text) if block.language in SHELL]
    indented = re.findall(r"(?<=\n\n)((?: {4}\S.*\n)+)", _FENCE.sub("", text))
    lines = "\n".join([*shell, *indented]).replace("\\\n", " ").splitlines()
    found = []
    for line in lines:
        for part in re.split(r"&&|;|\|", line.strip().removeprefix("$ ")):
            words = part.split()
            if words[:1] == ["glassjax"] and re.match(r"[a-z-]", "".join(words[1:2])):
                found.append(shlex.split(part, comments=True)[1:])
    return found


def inline_commands(text: str) -> list[list[str]]:
    """Return the words after ``glassjax`` of every command within a line of prose, where it names a command."""
    return [shlex.split(words) for words in re.findall(r"`glassjax ([a-z][^`\n]*)`", _FENCE.sub("", text))]


def links(text: str) -> list[str]:
    """Return the targets of all links and images outside of code and formulas."""
    prose = re.sub(r"`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$", "", _FENCE.sub("", text), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", prose)

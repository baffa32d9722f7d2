"""Questions of ``glassjax new`` on a terminal, and what stands for an answer where there is none."""

import re
import sys
from typing import TYPE_CHECKING

import click

from ..errors import GlassjaxError

if TYPE_CHECKING:
    from ..intake import Doubt, KnownConstant

# constant -> question
QUESTIONS = {
    "glass_temperature": "Glass transition temperature in K",
    "debye_temperature": "Debye temperature of the beads in K (from scaling κ; silica: 342, not the elastic 494)",
    "density": "Density in kg/m3",
    "sound_speed": "Mean speed of sound in m/s, or two numbers: longitudinal and transverse",
    "fragility": "Fragility D, 5 (fragile) to 100 (strong)",
}
_JOINED = re.compile(r"\s*(±|\+/-|\+-)\s*")


def on_terminal() -> bool:
    """Whether somebody is there to answer: standard input and error are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


class Asker:
    """Settles what a file does not say: asks on a terminal, takes the guess if told to, or refuses.

    Parameters
    ----------
    yes : bool
        Whether guesses are taken, and nothing is asked.
    silent : bool
        Whether nothing is asked and no guess is taken either.
    """

    def __init__(self, yes: bool, silent: bool = False) -> None:
        self.asking, self.yes = on_terminal() and not (yes or silent), yes

    def __call__(self, doubt: "Doubt") -> str:
        """Return the answer to a doubt, or refuse with the option that settles it."""
        if self.yes and doubt.guess is not None:
            return doubt.guess
        if self.asking:
            click.echo(doubt.what + (f"; {doubt.guess}? ({doubt.why})" if doubt.guess else ""), err=True)
            return str(click.prompt(doubt.option.lstrip("-"), default=doubt.guess, err=True)).strip()
        if doubt.guess is None:
            raise GlassjaxError(f"{doubt.what}; give {doubt.option}")
        raise GlassjaxError(
            f"{doubt.what}; give {doubt.option}, or --yes to take {doubt.guess} ({doubt.why})"
        )

    def constants(self, given: "dict[str, KnownConstant]", source: str) -> "dict[str, KnownConstant]":
        """Ask for each constant that is not given; an empty answer leaves it unknown."""
        missing = [name for name in QUESTIONS if name not in given]
        if not self.asking or not missing:
            return given
        click.echo(
            "Constants of the glass: a number, with ± and its uncertainty if known, such as 1490±20; Enter alone if "
            "unknown.",
            err=True,
        )
        found = {name: self._constant(name, source) for name in missing}
        return given | {name: entry for name, entry in found.items() if entry is not None}

    def _constant(self, name: str, source: str) -> "KnownConstant | None":
        while True:
            answer = click.prompt(QUESTIONS[name], default="", show_default=False, err=True).strip()
            if not answer:
                return None
            try:
                return _read(name, answer, source)
            except GlassjaxError as problem:
                click.echo(f"  {problem}", err=True)


def _read(name: str, answer: str, source: str) -> "KnownConstant":
    from ..intake import debye_mean, read_constant

    parts = _JOINED.sub(r"\1", answer).split()
    if name == "sound_speed" and len(parts) == 2 and parts[1][0].isdigit():
        longitudinal, transverse = (read_constant(name, part, source, option="the answer") for part in parts)
        return debye_mean(longitudinal, transverse)
    return read_constant(name, answer, source, option="the answer")

"""The corpus of bad input: every file of ``tests/bad_input/`` with the sentence that a user reads.

``sentences.tsv`` has a line a case: a file of ``corpus/`` or a name of `tests.bad_input.made.MADE`, what reads it, and
the sentence.
"""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from glassjax.errors import GlassjaxError
from tests.bad_input.made import MADE

from .readers import ROOMS

__all__ = ["ELSEWISE", "Case", "Hang", "cases", "command_fault", "limited", "reader_fault", "typed"]

FOLDER = Path(__file__).parents[1] / "bad_input"
ANYTHING = "⋯"
LIMIT = 30  # seconds of the processor that a reader may take
ELSEWISE = (
    "table/folder",
    "result/endless device",
)  # that a command takes for something else, and refuses as that


class Case(NamedTuple):
    """One bad file: the room it belongs to, and the sentence with which it is refused."""

    name: str
    room: str
    sentence: str

    def path(self, folder: Path) -> Path:
        """Return its path; ``folder`` is empty, for what is made."""
        found = FOLDER / "corpus" / self.name
        return found if self.name not in MADE else MADE[self.name](folder)

    def told(self, said: str, path: Path) -> bool:
        """Whether ``said`` is the sentence."""
        wanted = self.sentence.replace("{file}", str(path)).replace("{folder}", str(path.parent))
        return bool(re.fullmatch(".*".join(map(re.escape, wanted.split(ANYTHING))), said))


class Hang(Exception):
    """A reader took longer than it may."""


@cache
def cases() -> dict[str, Case]:
    """Return every case by name."""
    lines = (FOLDER / "sentences.tsv").read_text(encoding="utf-8").splitlines()[1:]
    entries = (line.split("\t") for line in lines)
    return {name: Case(name, name.partition("/")[0], sentence) for name, _, sentence in entries}


@contextmanager
def limited(seconds: int = LIMIT) -> Iterator[None]:
    """Raise `Hang` where the block takes longer on the processor, or ten times as long by the clock."""

    def ring(*_: object) -> None:
        raise Hang(f"longer than {seconds} s")

    before = [signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(10 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for number, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(number, handler)


def typed(error: Exception) -> bool:
    """Whether it is beartype that refused a value, which only tests have, before the package could."""
    return type(error).__name__ == "TypeCheckError"


def reader_fault(case: Case, folder: Path) -> str:
    """Read a case in Python; return what is wrong with how it is refused, or an empty string."""
    path = case.path(folder)
    before = sorted(folder.rglob("*"))
    try:
        with limited():
            ROOMS[case.room].read(path)
    except GlassjaxError as error:
        fault = "" if case.told(str(error), path) else f"says: {error}"
    except Exception as error:  # whatever it is, that is what is looked for
        fault = "" if typed(error) else f"{type(error).__name__}: {error}"
    else:
        fault = "is accepted"
    if not fault and sorted(folder.rglob("*")) != before:
        fault = "leaves a file behind"
    return fault


def command_fault(case: Case, folder: Path, place: Path) -> str:
    """Give a case to the command of its room, working in ``place``; return what is wrong with it, or an empty string.

    The command is to leave with the code 2, one line on standard error beside its progress, and nothing in ``place``.
    """
    import contextlib
    import io

    from glassjax.cli import main

    path = case.path(folder)
    words = [word.replace("{file}", str(path)) for word in ROOMS[case.room].command]
    out, err, here = io.StringIO(), io.StringIO(), Path.cwd()
    os.chdir(place)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), limited():
            main(words)
    except SystemExit as left:
        code = left.code
    except Exception as error:  # likewise
        return "" if typed(error) else f"{type(error).__name__}: {error}"
    finally:
        os.chdir(here)
    lines = err.getvalue().strip().splitlines() or [""]
    if code != 2 or out.getvalue() or not lines[-1].startswith("glassjax: "):
        return f"leaves with {code}: {err.getvalue()[-300:]}"
    if not case.told(lines[-1].removeprefix("glassjax: "), path):
        return f"says: {lines[-1]}"
    if list(place.iterdir()):
        return f"leaves {next(place.iterdir()).name} behind"
    return ""

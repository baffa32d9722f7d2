"""Standard input, output and error of a command, whatever is behind them.

Text reaches an output of any encoding: letters that it lacks are spelt in others, as ``kappa`` and ``10^-4``. An output
that cannot be written is told apart from files that cannot: it raises `Unheard`, which no command catches. What cannot
be written to standard error is dropped, as no fit should end for its progress.
"""

import codecs
import errno
import io
import json
import math
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import click

_SPELLING = "glassjax.spelt"
_PLAIN = dict(
    zip("−–—×·±…→≤≥≈√∂ħ“”‘’⁄•", "- - - x * +/- ... -> <= >= ~ sqrt d hbar ' ' ' ' / -".split(), strict=True)  # noqa: SIM905
)


class Unheard(BaseException):
    """Standard output cannot be written: its reader has left (``left``), or the device says ``why``."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.left, self.why = error.errno == errno.EPIPE, error.strerror


class _Channel(io.FileIO):
    """A descriptor that is quiet once it could not be written."""

    loud = True

    def write(self, data: Any) -> int | None:
        try:
            return super().write(data)
        except OSError as error:
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, self.fileno())
            os.close(silent)
            if self.loud:
                raise Unheard(error) from None
            return len(data)


class _Text(io.TextIOWrapper):
    """Text over a `_Channel`. To click, which would write UTF-8 where the encoding is ASCII, that one is Latin-1."""

    def __init__(self, stream: Any, loud: bool) -> None:
        self._narrow = codecs.lookup(stream.encoding).name
        channel = _Channel(stream.fileno(), "w", closefd=False)
        channel.loud = loud
        super().__init__(
            io.BufferedWriter(channel),
            encoding="latin-1" if self._narrow == "ascii" else self._narrow,
            errors=_SPELLING,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )

    def write(self, text: str) -> int:
        if self._narrow == "ascii":
            text = text.encode("ascii", _SPELLING).decode("ascii")
        return super().write(text)


def is_unicode(stream: Any) -> bool:
    """Whether a text stream takes every letter, as far as it tells."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-").startswith("utf")


def _spelt(error: UnicodeError) -> tuple[str, int]:
    """Spell what an encoding lacks in ASCII; a question mark for what has no spelling."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text, raised = "", False
    for letter in error.object[error.start : error.end]:
        above = unicodedata.decomposition(letter).startswith("<super>")
        text += ("^" if above and not raised else "") + _ascii(letter)
        raised = above
    return text, error.end


def _ascii(letter: str) -> str:
    if letter in _PLAIN:
        return _PLAIN[letter]
    alike = unicodedata.normalize("NFKD", letter)
    kept = "".join(_PLAIN.get(part, part) for part in alike if not unicodedata.combining(part))
    if kept.isascii() and kept:
        return kept
    name = unicodedata.name(letter, "").split()
    if name[:1] == ["GREEK"] and "LETTER" in name:
        word = name[name.index("LETTER") + 1].lower()
        return word.capitalize() if "CAPITAL" in name else word
    return "?"


@contextmanager
def open_streams() -> Iterator[None]:
    """Make the three streams usable while the block runs; those that were closed lead to nowhere."""
    codecs.register_error(_SPELLING, _spelt)
    before = sys.stdin, sys.stdout, sys.stderr
    for number in range(3):  # else the next file that is opened takes the place of a closed one
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif name != "stdin" and type(stream) is io.TextIOWrapper:  # not what a test or a notebook put there
            with suppress(OSError, ValueError):
                stream.flush()
                setattr(sys, name, _Text(stream, loud=name == "stdout"))
    try:
        yield
    finally:
        for name, stream in zip(("stdin", "stdout", "stderr"), before, strict=True):
            ours = getattr(sys, name)
            setattr(sys, name, stream)
            if ours is not stream:
                ours.close()


def echo_json(plain: Any) -> None:
    """Print mappings, lists, strings and numbers, those of NumPy too, as one JSON document; where need be in ASCII."""
    escaped = not is_unicode(sys.stdout)
    click.echo(json.dumps(finite(plain), indent=2, ensure_ascii=escaped, allow_nan=False))


def echo_either(found: Any, as_json: bool) -> None:
    """Print what was found as JSON or as text."""
    if as_json:
        echo_json(json.loads(found.to_json()))
    else:
        click.echo(found.summary())


def finite(plain: Any) -> Any:
    """Return the same in Python's own types, None for numbers that are not finite."""
    if isinstance(plain, Mapping):
        return {str(key): finite(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [finite(value) for value in plain]
    if hasattr(plain, "tolist"):  # an array or a number of NumPy
        return finite(plain.tolist())
    if isinstance(plain, float) and not math.isfinite(plain):
        return None
    return plain


STOPS = ("SIGTERM", "SIGHUP")  # of job systems and shutdowns, and of a terminal that is closed

Result = TypeVar("Result")


class Interrupted(Exception):
    """Ctrl-C, answered with a sentence on what is kept."""


@contextmanager
def stoppable() -> Iterator[list[int]]:
    """Answer `STOPS` like Ctrl-C while the block runs; yield a list that gets the number of the first.

    A signal that is ignored, as nohup has it, stays so, and further ones do not stop what the first one made end.
    """
    told: list[int] = []

    def stop(number: int, frame: object) -> None:
        del frame
        if not told:
            told.append(number)
            raise KeyboardInterrupt

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in STOPS if hasattr(signal, name)):
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, stop)
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interruptible(work: Callable[[], Result]) -> Result:
    """Run ``work`` in a daemon thread and return its result; Ctrl-C raises here without delay."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # handed to the caller, who sees it as its own
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    while not wait([future], timeout=0.2).done:
        pass
    return future.result()


@contextmanager
def counting(shown: bool, what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function that is told how many are done, and of how many; None where no bar is shown."""
    if not shown:
        click.echo(f"{what} ...", err=True)
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def working(shown: bool, what: str) -> Iterator[None]:
    """Show a spinner on the terminal's standard error while the block runs."""
    if not shown:
        click.echo(f"{what} ...", err=True)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield

"""What a user can get wrong, said in one sentence each."""

import difflib
import os
import sys
import traceback
from collections.abc import Collection, Iterable

from .plain_text import one_line


class GlassjaxError(ValueError):
    """A request cannot be carried out; the message says what is wrong, where, and what to do.

    The message is one printable line, whatever the files and names contain that it quotes.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


class DataError(GlassjaxError):
    """A data file or a glass cannot be read or makes no physical sense."""


class StudyError(GlassjaxError):
    """A study (which glass, data, parameters, priors) is not well posed."""


class FitError(GlassjaxError):
    """A study is well posed, and yet there is nothing finite to fit."""


class UnstableSpectrumError(GlassjaxError):
    """The lowest ripplon has gone soft: the coupling to phonons exceeds its bound (theory of Sec. IV.F)."""


def memory_ran_out(error: BaseException) -> bool:
    """Whether an error of Python, NumPy or XLA says that there is no memory left, of the machine or of a GPU."""
    return isinstance(error, MemoryError) or (
        type(error).__name__ in ("JaxRuntimeError", "XlaRuntimeError") and "RESOURCE_EXHAUSTED" in str(error)
    )


def show_traceback(error: BaseException) -> None:
    """Print the traceback of a failure on standard error, if ``GLASSJAX_DEBUG`` asks for it.

    All that came before it is printed too, also what a ``raise ... from None`` leaves out.
    """
    if os.environ.get("GLASSJAX_DEBUG", "0") in ("", "0"):
        return
    link: BaseException | None = error
    while link is not None:
        link.__suppress_context__ = False
        link = link.__cause__ or link.__context__
    traceback.print_exception(error, file=sys.stderr)


def suggest(word: str, options: Iterable[str]) -> str:
    """Return ``", did you mean 'x'?"`` for the option nearest to ``word``, or an empty string."""
    known = {option.casefold(): option for option in options}
    nearest = difflib.get_close_matches(str(word).casefold(), list(known), n=1, cutoff=0.5)
    return f", did you mean '{known[nearest[0]]}'?" if nearest else ""


def choose(option: str, options: Collection[str], name: str) -> None:
    """Refuse an ``option`` of that ``name`` that is none of ``options``."""
    if not isinstance(option, str) or option not in options:
        raise GlassjaxError(
            f"no {name} '{option}'{suggest(str(option), options)}; there are {', '.join(options)}"
        )

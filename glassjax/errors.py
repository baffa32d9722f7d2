"""What a user can get wrong, said in one sentence each."""

import difflib
from collections.abc import Iterable

__all__ = ["DataError", "GlassjaxError", "StudyError", "UnstableSpectrumError", "choose", "suggest"]


class GlassjaxError(ValueError):
    """Something the user asked for cannot be done; the message says what, where and the remedy."""


class DataError(GlassjaxError):
    """A data file or a glass cannot be read or makes no physical sense."""


class StudyError(GlassjaxError):
    """A study (which glass, data, parameters, priors) is not well posed."""


class UnstableSpectrumError(GlassjaxError):
    """The lowest ripplon has gone soft: the coupling to phonons exceeds its bound (theory of Sec. IV.F)."""


def suggest(word: str, options: Iterable[str]) -> str:
    """Return ``", did you mean 'x'?"`` for the option nearest to ``word``, or an empty string."""
    nearest = difflib.get_close_matches(word, list(options), n=1, cutoff=0.5)
    return f", did you mean '{nearest[0]}'?" if nearest else ""


def choose(option: str, options: tuple[str, ...], name: str) -> None:
    """Refuse an ``option`` of that ``name`` that is none of ``options``."""
    if option not in options:
        raise GlassjaxError(f"no {name} '{option}'{suggest(option, options)}; there are {', '.join(options)}")

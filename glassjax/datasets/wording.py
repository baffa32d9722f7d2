"""How a refusal lists what would have been understood."""

from collections.abc import Iterable

from ..errors import suggest


def among(word: str, options: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown ``word``: the nearest option, and all of them."""
    options = list(options)
    hint, there = suggest(word, options), f"there are {', '.join(options)}"
    return f"{hint} T{there[1:]}" if hint else f"; {there}"

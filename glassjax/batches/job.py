"""A batch on disk: chunk after chunk of a source evaluated and kept, then put together in one file."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import GlassjaxError, memory_ran_out
from .evaluator import Evaluator
from .kept import KeptParts
from .materials import Materials
from .output import BadRow, ResultFile
from .source import Piece, Source

__all__ = ["evaluate_source", "put_together"]


def evaluate_source(
    source: Source,
    evaluator: Evaluator,
    result: ResultFile,
    kept: KeptParts,
    progress: Callable[[int, int], Any] | None = None,
) -> None:
    """Evaluate what is not done yet, and keep each chunk when it is done.

    Raises
    ------
    GlassjaxError
        If the memory or the disk has no room for a chunk; those before it are kept.
    """
    waiting: deque[Piece] = deque()
    size, done = evaluator.chunk, kept.done

    def parts() -> Iterator[tuple[Materials, Mapping[int, str]]]:
        for piece in source.pieces(size, done):
            waiting.append(piece)
            yield piece.materials, piece.bad

    def tell(chunks: int) -> None:
        if progress is not None:
            progress(min(chunks * size, source.count), source.count)

    tell(done)
    try:
        for number, (values, bad) in enumerate(evaluator.stream(parts()), start=done):
            kept.keep(number, result.part(waiting.popleft(), values, bad))
            tell(number + 1)
    except Exception as error:
        if not memory_ran_out(error):
            raise
        place = f" at {source.place}s {waiting[0].rows[0]} to {waiting[-1].rows[-1]}" if waiting else ""
        raise GlassjaxError(
            f"memory ran out{place}; nothing that was done is lost: free some, then {kept.onward}, or compute "
            "fewer rows at once with a smaller chunk"
        ) from error


def put_together(result: ResultFile, kept: KeptParts, path: Path) -> list[BadRow]:
    """Write the chunks, all of them done, to one file, and return what is bad."""
    parts = [kept.path(number) for number in range(kept.done)]
    result.assemble(parts, path)
    return result.bad_rows(parts)

"""What a batch on disk evaluates: pieces of materials with the columns that are passed through to the results."""

import abc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .materials import Materials

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Piece", "Source"]


@dataclass(frozen=True)
class Piece:
    """Consecutive rows of a source.

    Attributes
    ----------
    rows : sequence of int
        Number of each in the file.
    materials : Materials
    passed : mapping
        Cells of the columns that are passed through; None where there is nothing.
    bad : mapping
        Sentence for each row whose cells make no sense, by its index in the piece.
    """

    rows: Sequence[int]
    materials: Materials
    passed: Mapping[str, Sequence[Any]]
    bad: Mapping[int, str]


class Source(abc.ABC):
    """A table of materials, or the draws of a fit.

    Attributes
    ----------
    place : what a row's number counts, as in "line"
    count : materials
    time : observation time in s
    passed : types of the columns that are passed through, by name
    about : lines that say what is evaluated
    identity : what makes this source the very same again: hashes and options
    """

    place: str
    count: int
    time: float
    passed: "Mapping[str, pa.DataType]"
    about: Sequence[str]
    identity: Mapping[str, Any]

    @abc.abstractmethod
    def pieces(self, size: int, skip: int = 0) -> Iterator[Piece]:
        """Yield pieces of ``size`` rows, the last perhaps shorter; leave the first ``skip`` pieces out."""

"""A glass as it goes into a new folder: its constants, given or expected, and the files of its data."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .estimates import Estimate, doubts, estimates
from .found import Reading
from .given import Given

__all__ = ["DataFile", "Material", "data_files"]


@dataclass(frozen=True)
class DataFile:
    """A measurement and the name of the file it goes to."""

    name: str
    reading: Reading

    @property
    def quantity(self) -> str:
        """What was measured."""
        return self.reading.measurement.quantity


@dataclass(frozen=True)
class Material:
    """What is known of a glass.

    Attributes
    ----------
    name : str
    given : dict of str to Given
        Constants by name, in SI.
    files : tuple of DataFile
    molar_mass : float or None
        In g/mol.
    expected : dict of str to Estimate
        Priors of the constants that are not given; the fragility has none.
    """

    name: str
    given: dict[str, Given]
    files: tuple[DataFile, ...]
    molar_mass: float | None = None
    expected: dict[str, Estimate] = field(init=False)

    def __post_init__(self) -> None:
        """Work out what is to be expected of the constants that are not given."""
        object.__setattr__(self, "expected", estimates(self.given))

    def best(self, constant: str) -> float:
        """Return a constant's value, or the median of what is expected."""
        return self.given[constant].value if constant in self.given else self.expected[constant].median

    @property
    def quantities(self) -> tuple[str, ...]:
        """What was measured, each once."""
        return tuple(dict.fromkeys(file.quantity for file in self.files))

    @property
    def doubts(self) -> list[str]:
        """What looks wrong about the constants."""
        return doubts(self.given)


def data_files(readings: Sequence[Reading]) -> tuple[DataFile, ...]:
    """Name the files of what was read: ``kappa.csv``, ``kappa-2.csv`` and so on."""
    counts: dict[str, int] = {}
    found = []
    for reading in readings:
        quantity = reading.measurement.quantity
        counts[quantity] = counts.get(quantity, 0) + 1
        ending = f"-{counts[quantity]}" if counts[quantity] > 1 else ""
        found.append(DataFile(f"{quantity}{ending}.csv", reading))
    return tuple(found)

"""A glass as it goes into a new folder: its constants, given or expected, and the files of its data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ..validity import VALIDITY, Validity
from .estimates import Estimate, doubts, estimates
from .found import Reading
from .given import Given

__all__ = ["DataFile", "Material", "data_files"]

_UPPER = 1.645  # standard deviations to the end that 95 % of a normal distribution lie below


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
    theory : str
        Name of the theory of its study, as in study files.
    expected : dict of str to Estimate
        Priors of the constants that are not given; the fragility has none.
    """

    name: str
    given: dict[str, Given]
    files: tuple[DataFile, ...]
    molar_mass: float | None = None
    theory: str = "lubchenko-wolynes"
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
    def highest_debye(self) -> float:
        """Highest Debye temperature in K that the fit may find: the upper 95 % end where it is free, or its value."""
        if "debye_temperature" in self.given:
            given = self.given["debye_temperature"]
            return given.value + (_UPPER * given.uncertainty if given.stated else 0.0)
        expected = self.expected["debye_temperature"]
        return expected.median * math.exp(_UPPER * expected.spread)

    def validity(self, quantity: str) -> Validity:
        """Return the limit of the theory for a quantity, as a share of T_D."""
        return VALIDITY[self.theory][quantity]

    def limit(self, quantity: str) -> float:
        """Return the temperature in K above which rows of a quantity are not fitted, to two digits.

        It is that of `highest_debye`, so that no row is left out that the fitted T_D may turn out to allow.
        """
        return float(f"{self.validity(quantity).share * self.highest_debye:.2g}")

    def used_rows(self, file: "DataFile") -> int:
        """Count the rows of a file that are fitted."""
        return int(np.sum(file.reading.measurement.temperature <= self.limit(file.quantity)))

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

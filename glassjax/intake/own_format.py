"""Files in the project's own format: their header says what comments of other files do not."""

import re
from dataclasses import replace

from ..datasets.reader import read_measurement
from .found import Reading, size_warnings
from .text import Text

__all__ = ["read_own"]

# Lines that the project's own reader understands, and that nobody writes by chance.
_KEYS = re.compile(r"#\s*(?:quantity|class|relative_error|scale_error|degrees_of_freedom)\s*:\s*\S")


def read_own(text: Text, quantity: str, molar_mass: float | None) -> Reading | None:
    """Read a file whose comments are header lines of `glassjax.read_measurement`, by that; return None for any other.

    Raises
    ------
    DataError
        If the header says one thing and the columns another.
    """
    if not any(_KEYS.match(line) for line in text.lines):
        return None
    data = read_measurement(text.path, quantity=quantity, molar_mass=molar_mass)
    origin = f"{data.origin}; {text.path.name}, sha256 {text.sha256}".removeprefix("; ")
    notes = ["in the format of glassjax, whose header gives class and errors"]
    warnings = size_warnings(quantity, data.temperature, data.value, data.unit)
    warnings += [data.note] if "no error given" in data.note else []
    return Reading(
        text.path, replace(data, origin=origin), data.unit, "K", len(data), tuple(notes), tuple(warnings)
    )

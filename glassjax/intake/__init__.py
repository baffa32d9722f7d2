"""From spreadsheet exports to a glass and a study of it: what ``glassjax new`` does, without the command line.

Nothing here imports JAX.
"""

from .columns import Doubt, take_guesses
from .material import KnownConstant, Material, data_files, debye_mean, read_constant
from .reading import Reading, read_spreadsheet
from .study_text import record_text, study_text

__all__ = [
    "Doubt",
    "KnownConstant",
    "Material",
    "Reading",
    "data_files",
    "debye_mean",
    "read_constant",
    "read_spreadsheet",
    "record_text",
    "study_text",
    "take_guesses",
]

"""Measured data and glasses: what is shipped, and the reader for anybody's own files.

Nothing here imports JAX until a `Glass` is made, or the units library until a file needs it.
"""

from .constants import Constant
from .measurement import KINDS, Measurement, write_measurement
from .reader import read_measurement
from .record import (
    ROLES,
    DataEntry,
    GlassRecord,
    list_glasses,
    load_glass,
    load_measurements,
    load_record,
    shipped,
)

__all__ = [
    "KINDS",
    "ROLES",
    "Constant",
    "DataEntry",
    "GlassRecord",
    "Measurement",
    "list_glasses",
    "load_glass",
    "load_measurements",
    "load_record",
    "read_measurement",
    "shipped",
    "write_measurement",
]

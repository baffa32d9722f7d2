"""Which rows of which measurement a study fits, and which it only shows."""

import math
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import StudyError, suggest
from ..quantities import QUANTITIES
from ..scalars import as_finite

if TYPE_CHECKING:
    from ..datasets import Measurement

ROLES = ("fit", "check")


@dataclass(frozen=True, eq=False)
class DataSet:
    """One measurement in a study.

    Rows between ``low`` and ``high`` (K) are used: fitted if ``role`` is "fit", only shown and compared if
    it is "check".
    """

    measurement: "Measurement"
    role: str = "fit"
    low: Any = 0.0
    high: Any = math.inf
    used: "Measurement" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Apply the mask and refuse an empty one."""
        if not hasattr(self.measurement, "temperature"):
            raise StudyError(
                f"a data set holds a Measurement, not the type {type(self.measurement).__name__}; "
                "gj.read_measurement(path) reads one from a file"
            )
        name = self.measurement.name
        if self.role not in ROLES:
            raise StudyError(
                f"data '{name}' has the unknown role '{self.role}'{suggest(str(self.role), ROLES)}; "
                f"there are {', '.join(ROLES)}"
            )
        for key, bound in (("from", self.low), ("to", self.high)):
            if as_finite(bound) is None and bound not in (-math.inf, math.inf):
                raise StudyError(f"data '{name}': '{key}' must be a temperature in K, not {bound!r}")
        if not self.low < self.high:
            raise StudyError(f"data '{name}': 'from' ({self.low:g} K) must lie below 'to' ({self.high:g} K)")
        temperature = np.asarray(self.measurement.temperature)
        if not np.any((temperature >= self.low) & (temperature <= self.high)):
            raise StudyError(
                f"data '{name}' has no row between {self.low:g} and {self.high:g} K; "
                f"its temperatures run from {temperature.min():g} to {temperature.max():g} K"
            )
        object.__setattr__(self, "used", self.measurement.between(self.low, self.high))

    @property
    def quantity(self) -> str:
        """What was measured."""
        return self.measurement.quantity

    @property
    def left_out(self) -> int:
        """Number of rows outside the mask."""
        return len(self.measurement.temperature) - len(self.used.temperature)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, numbers included, as plain values."""
        high = None if math.isinf(self.high) else self.high
        return {
            "role": self.role,
            "from": self.low,
            "to": high,
            "measurement": measurement_to_dict(self.measurement),
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "DataSet":
        """Rebuild a data set from `to_dict`, without reading any file."""
        high = math.inf if plain["to"] is None else plain["to"]
        return cls(measurement_from_dict(plain["measurement"]), plain["role"], plain["from"], high)


def simulated(measurement: "Measurement", value: np.ndarray) -> "Measurement":
    """Return a measurement with drawn values (n,); its errors stay, relative ones for κ and C."""
    relative = QUANTITIES[measurement.quantity].logarithmic
    error = measurement.error * (value / measurement.value if relative else 1.0)
    return replace(
        measurement, name=f"{measurement.name}-simulated", value=value, error=error, path=None, sha256=""
    )


_ARRAYS = ("temperature", "value", "error")


def measurement_to_dict(measurement: "Measurement") -> dict[str, Any]:
    """Return a measurement as plain values."""
    plain = {entry.name: getattr(measurement, entry.name) for entry in fields(measurement)}
    plain["path"] = None if measurement.path is None else str(measurement.path)
    return {**plain, **{name: getattr(measurement, name).tolist() for name in _ARRAYS}}


def measurement_from_dict(plain: dict[str, Any]) -> "Measurement":
    """Rebuild a measurement from `measurement_to_dict`."""
    from ..datasets import Measurement

    arrays = {name: np.asarray(plain[name], dtype=float) for name in _ARRAYS}
    path = None if plain["path"] is None else Path(plain["path"])
    return Measurement(**{**plain, **arrays, "path": path})

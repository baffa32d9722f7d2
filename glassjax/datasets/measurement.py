"""One set of measured values with its errors, and what those errors mean for a likelihood."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError
from ..quantities import QUANTITIES
from ..scalars import as_finite, as_path, number_array, whole_number
from .table import among

KINDS: dict[str, str] = {
    "points": "measured points",
    "curve": "a curve read off a figure",
    "fit": "a published smooth fit evaluated on a grid",
    "statement": "a published statement of a few numbers, evaluated at a few temperatures",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Measurement:
    """Values of one quantity against temperature, in SI, sorted by temperature.

    Attributes
    ----------
    name : str
        Label; the file's stem where it was read from a file.
    quantity : str
        ``kappa`` [W/(m K)], ``heat-capacity`` [J/(kg K)] or ``expansion`` (linear, [1/K]).
    temperature, value, error : ndarray of shape (n,)
        T in K; the values; their absolute standard errors, independent from row to row.
    kind : str
        ``points``, ``curve``, ``fit`` or ``statement`` (see `KINDS`).
    scale_error : float
        Relative standard error shared by all rows.
    degrees_of_freedom : int or None
        How many numbers a fit or a statement is worth; None if its rows are independent.
    citation, origin, licence, confidence, note, material : str
        What the file's header says.
    path : Path or None
        File the values come from.
    sha256 : str
        Hash of that file's bytes.

    Raises
    ------
    DataError
        If the arrays differ in length, are empty, or hold values that make no physical sense.
    """

    name: str
    quantity: str
    temperature: np.ndarray | Any  # of any kind when given, an array afterwards
    value: np.ndarray | Any
    error: np.ndarray | Any
    kind: str = "points"
    scale_error: int | float = 0.0
    degrees_of_freedom: int | None = None
    citation: str = ""
    origin: str = ""
    licence: str = ""
    confidence: str = ""
    note: str = ""
    material: str = ""
    path: Path | None = None
    sha256: str = ""

    def __post_init__(self) -> None:
        """Freeze the arrays and check them."""
        if not isinstance(self.name, str):
            raise DataError(f"the name of a measurement must be a text, not {self.name!r}")
        if self.quantity not in QUANTITIES:
            raise DataError(
                f"{self.name}: unknown quantity '{self.quantity}'{among(self.quantity, QUANTITIES)}"
            )
        if self.kind not in KINDS:
            raise DataError(f"{self.name}: unknown class '{self.kind}'{among(self.kind, KINDS)}")
        for field in ("temperature", "value", "error"):
            unit = (
                "K" if field == "temperature" else self.unit.replace(" ", "*")
            )  # as pint and astropy read it
            array = number_array(getattr(self, field), f"{self.name}: {field}", unit, DataError)
            if array.ndim != 1 or array.shape != np.shape(self.temperature) or not array.size:
                raise DataError(
                    f"{self.name}: temperature, value and error must be vectors of one length, at least 1; "
                    f"{field} has the shape {array.shape}"
                )
            if not np.isfinite(array).all():
                raise DataError(f"{self.name}: {field} holds a number that is not finite; leave that row out")
            array.flags.writeable = False
            object.__setattr__(self, field, array)
        if not (np.diff(self.temperature) > 0).all() or self.temperature[0] <= 0:
            raise DataError(f"{self.name}: temperatures must be positive, sorted and without repetition")
        if QUANTITIES[self.quantity].logarithmic and not (self.value > 0).all():
            raise DataError(f"{self.name}: {self.quantity} must be positive; leave the other rows out")
        if not (self.error > 0).all():
            raise DataError(f"{self.name}: every row needs a positive error; give one or leave the row out")
        if self.path is not None:
            object.__setattr__(self, "path", as_path(self.path, f"{self.name}: path"))
        scale = as_finite(self.scale_error)
        if scale is None or scale < 0:
            raise DataError(
                f"{self.name}: scale_error must be 0 or a positive number, not {self.scale_error!r}"
            )
        if self.degrees_of_freedom is not None:
            whole_number(self.degrees_of_freedom, f"{self.name}: degrees_of_freedom", error=DataError)

    def __len__(self) -> int:
        return self.temperature.size

    @property
    def unit(self) -> str:
        """SI unit of the values."""
        return QUANTITIES[self.quantity].unit

    @property
    def worth(self) -> int:
        """Number of independent numbers the rows are worth."""
        return len(self) if self.degrees_of_freedom is None else min(self.degrees_of_freedom, len(self))

    def covariance(self) -> np.ndarray:
        """Return the (n, n) covariance of ln(value); of the value itself for ``expansion``.

        diag(s² n/k) + e² 1 1ᵀ with s the independent (relative) error, e the shared scale error, n the
        number of rows and k the number of independent numbers they are worth: n nodes of a fit of k
        coefficients, each with the variance s² n/k, determine it as well as k points with s² do.
        """
        absolute = not QUANTITIES[self.quantity].logarithmic
        independent = self.error if absolute else self.error / self.value
        shared = self.scale_error * (self.value if absolute else np.ones(len(self)))
        return np.diag(independent**2 * (len(self) / self.worth)) + np.outer(shared, shared)

    def between(self, low: int | float = 0.0, high: int | float = math.inf) -> "Measurement":
        """Return the rows with ``low`` <= T <= ``high`` (in K).

        A part of a fit or of a statement is worth its share of the degrees of freedom, at least 1.

        Raises
        ------
        DataError
            If no row is left.
        """
        for bound in (low, high):
            if as_finite(bound) is None and bound not in (-math.inf, math.inf):
                raise DataError(f"{self.name}: rows lie between two temperatures in K, not {bound!r}")
        keep = (self.temperature >= low) & (self.temperature <= high)
        if not keep.any():
            raise DataError(
                f"{self.name}: no row lies between {low:g} and {high:g} K; its temperatures run from "
                f"{self.temperature[0]:g} to {self.temperature[-1]:g} K"
            )
        if keep.all():
            return self
        worth = self.degrees_of_freedom
        if worth is not None:
            worth = max(1, round(self.worth * int(keep.sum()) / len(self)))
        return replace(
            self,
            temperature=self.temperature[keep],
            value=self.value[keep],
            error=self.error[keep],
            degrees_of_freedom=worth,
        )


def write_measurement(measurement: Measurement, path: str | Path) -> Path:
    """Write a measurement in the project's own format; `read_measurement` gives the same numbers back.

    The file appears whole or not at all.

    Parameters
    ----------
    measurement : Measurement
    path : str or Path
        File to write; an existing one is replaced.

    Returns
    -------
    Path
        The file written.
    """
    symbol, unit = QUANTITIES[measurement.quantity].column, measurement.unit
    header = {
        "material": measurement.material,
        "quantity": measurement.quantity,
        "class": measurement.kind,
        "citation": measurement.citation,
        "origin": measurement.origin,
        "licence": measurement.licence,
        "confidence": measurement.confidence,
        "note": measurement.note,
        "scale_error": repr(float(measurement.scale_error)),
        "degrees_of_freedom": measurement.degrees_of_freedom or "",
    }
    lines = [f"# {key}: {' '.join(str(text).split())}" for key, text in header.items() if text != ""]
    lines.append(f"T [K], {symbol} [{unit}], sigma [{unit}]")
    columns = (measurement.temperature, measurement.value, measurement.error)
    lines += [", ".join(repr(float(x)) for x in row) for row in zip(*columns, strict=True)]
    path = as_path(path, "the file of a measurement")
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as problem:
        raise DataError(f"{path}: cannot be written ({problem.strerror}); choose another place") from None
    return path

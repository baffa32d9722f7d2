"""A material constant: a value with a source, or a prior with a reason."""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import DataError
from ..scalars import as_finite
from .table import among

# constant of a glass -> its unit
CONSTANTS: dict[str, str] = {
    "glass_temperature": "K",
    "debye_temperature": "K",
    "density": "kg/m3",
    "sound_speed": "m/s",
    "fragility": "1",
}
_KEYS = ("value", "uncertainty", "unit", "source", "prior", "reason")
# distribution -> (required numbers, optional numbers)
_DISTRIBUTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uniform": (("low", "high"), ()),
    "normal": (("mean", "sd"), ("low", "high")),
    "half-normal": (("scale",), ()),
    "log-normal": (("median", "spread"), ()),
    "beta": (("a", "b"), ("low", "high")),
}
_POSITIVE = ("sd", "scale", "median", "spread", "a", "b")


@dataclass(frozen=True, kw_only=True)
class Constant:
    """One constant of a glass.

    Attributes
    ----------
    value, uncertainty : float or None
        In the SI unit, with its standard error; None if there is no source.
    unit : str
    source : str
        Where the value comes from; empty if there is none.
    prior : dict or None
        There always is one without a source. Spelled as in a study:
        ``{"distribution": "log-normal", "median": …, "spread": …}``. It keeps to positive values: a normal one is cut
        at ``low = 0`` unless the file says otherwise.
    reason : str
        Why this prior, or why this uncertainty.
    """

    value: float | None
    uncertainty: float | None
    unit: str
    source: str
    prior: dict[str, Any] | None
    reason: str

    @functools.cached_property
    def best(self) -> float:
        """The value; without one, the median of the prior."""
        if self.value is not None:
            return self.value
        return prior_median(self.prior, "prior")


def read_constant(name: str, entry: Any, where: str) -> Constant:
    """Check the table ``[constants.name]`` of a glass.toml and return the constant.

    Parameters
    ----------
    name : str
        One of `CONSTANTS`.
    entry : dict
        The table.
    where : str
        The file, for the message.
    """
    where = f"{where}: {name}"
    if not isinstance(entry, Mapping):
        raise DataError(f"{where} must be a table with value, uncertainty, unit and source, not {entry!r}")
    for key in entry:
        if key not in _KEYS:
            raise DataError(f"{where}: unknown key '{key}'{among(key, _KEYS)}")
    if entry.get("unit") != CONSTANTS[name]:
        raise DataError(f'{where} must be given in its unit; write unit = "{CONSTANTS[name]}"')
    for key in ("source", "reason"):
        if not isinstance(entry.get(key, ""), str):
            raise DataError(f"{where}: {key} must be a text, not {entry[key]!r}")
    source, reason = (" ".join(entry.get(key, "").split()) for key in ("source", "reason"))
    prior: dict[str, Any] | None = None
    if "prior" in entry:
        prior = _positive(entry["prior"], where)
        if not reason:
            raise DataError(f"{where}: a prior needs a reason; say why in one sentence")
    if "value" not in entry and prior is not None:
        if source or "uncertainty" in entry:
            raise DataError(f"{where}: source and uncertainty belong to a value; add it, or leave them out")
        return Constant(
            value=None, uncertainty=None, unit=entry["unit"], source="", prior=prior, reason=reason
        )
    missing = [key for key in ("value", "uncertainty", "source") if key not in entry]
    if missing or not source:
        lacking = " and ".join(missing or ["source"])
        raise DataError(f"{where}: no {lacking}; a constant needs value, uncertainty and source, or a prior")
    return Constant(
        value=_number(entry["value"], "value", where),
        uncertainty=_number(entry["uncertainty"], "uncertainty", where),
        unit=entry["unit"],
        source=source,
        prior=prior,
        reason=reason,
    )


def _positive(prior: Any, where: str) -> dict[str, Any]:
    """Return a prior of a constant, all of which are positive: a normal one is cut at 0 where it has no ``low``."""
    median = prior_median(prior, where)
    if not median > 0:
        raise DataError(f"{where}: the prior's median {median:g} must be positive")
    kept = {**prior, "low": 0.0} if prior["distribution"] == "normal" and "low" not in prior else dict(prior)
    if kept.get("low", 0.0) < 0:
        raise DataError(f"{where}: the prior reaches below 0, where no constant of a glass is; write low = 0")
    return kept


def prior_median(prior: Any, where: str) -> float:
    """Return the median of a prior spelled as in a study; refuse a misspelled one."""
    if not isinstance(prior, Mapping) or not isinstance(prior.get("distribution"), str):
        raise DataError(f'{where}: a prior is spelled {{ distribution = "log-normal", median = , spread = }}')
    kind = prior["distribution"]
    if kind not in _DISTRIBUTIONS:
        raise DataError(f"{where}: unknown distribution '{kind}'{among(kind, _DISTRIBUTIONS)}")
    required, optional = _DISTRIBUTIONS[kind]
    numbers = {key: number for key, number in prior.items() if key != "distribution"}
    for key in numbers:
        if key not in (*required, *optional):
            raise DataError(f"{where}: the {kind} prior has no '{key}'{among(key, (*required, *optional))}")
        if key in _POSITIVE:
            _number(numbers[key], key, where)
        elif as_finite(numbers[key]) is None:
            raise DataError(f"{where}: {key} must be a finite number, not {numbers[key]!r}")
    for key in required:
        if key not in numbers:
            raise DataError(f"{where}: the {kind} prior needs '{key}'")
    low, high = numbers.get("low", -math.inf), numbers.get("high", math.inf)
    if not low < high:
        raise DataError(f"{where}: the prior's low ({low:g}) must lie below its high ({high:g})")
    return _median(kind, numbers)


def _median(kind: str, numbers: dict[str, float]) -> float:
    from scipy import special

    if kind == "uniform":
        return (numbers["low"] + numbers["high"]) / 2
    if kind == "log-normal":
        return float(numbers["median"])
    if kind == "half-normal":
        return numbers["scale"] * float(special.ndtri(0.75))
    if kind == "beta":
        low, high = numbers.get("low", 0.0), numbers.get("high", 1.0)
        return low + (high - low) * float(special.betaincinv(numbers["a"], numbers["b"], 0.5))
    mean, sd = numbers["mean"], numbers["sd"]
    low, high = numbers.get("low", -math.inf), numbers.get("high", math.inf)
    middle = (special.ndtr((low - mean) / sd) + special.ndtr((high - mean) / sd)) / 2
    return mean + sd * float(special.ndtri(middle))


def _number(value: Any, key: str, where: str) -> float:
    number = as_finite(value)
    if number is None or number <= 0:
        raise DataError(f"{where}: {key} must be a positive number, not {value!r}")
    return number

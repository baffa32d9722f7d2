"""Where a study is looked at: its maximum, or values given by name."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError, StudyError, suggest
from ..fitting.maximise import require_float64
from ..results import Maximum
from ..results.result import Result
from ..scalars import as_finite

if TYPE_CHECKING:
    from ..study import Study


def study_of(target: "Study | Result") -> "Study":
    """Return the study itself, or that of a result."""
    from ..study import Study

    if isinstance(target, Result):
        return target.study
    if not isinstance(target, Study):
        raise StudyError(f"this takes a study or a result, not {type(target).__name__}")
    return target


def result_of(target: "Study | Result") -> Result:
    """Return the result itself, or the maximum of a study, which is looked for."""
    require_float64()
    study = study_of(target)
    return target if isinstance(target, Result) else study.maximise()


def coordinates(target: "Study | Result", at: Mapping[str, float] | None = None) -> np.ndarray:
    """Return the sampling coordinates (d,) of the free parameters ``at``, or of the maximum, which is looked for.

    Raises
    ------
    GlassjaxError
        If a free parameter has no value, a name is not free, or a value lies outside its prior.
    """
    require_float64()
    study = study_of(target)
    if at is None:
        found = result_of(target)
        if isinstance(found, Maximum) and not np.all(np.isfinite(found.coordinate)):
            raise GlassjaxError(f"study '{study.name}' has no maximum; give values to look at instead")
        return found.coordinate
    if not isinstance(at, Mapping):
        raise StudyError(f"give values by name, as in {{'{next(iter(study.free))}': 1.0}}, not {at!r}")
    for name in at:
        if name not in study.free:
            raise GlassjaxError(f"'{name}' is not free in study '{study.name}'{suggest(name, study.free)}")
    missing = [name for name in study.free if name not in at]
    if missing:
        raise GlassjaxError(f"give a value to every free parameter; {missing[0]} has none")
    for name, prior in study.free.items():
        low, high = prior.support
        if as_finite(at[name]) is None:
            raise StudyError(f"{name} must be a finite number, not {at[name]!r}")
        if not low < at[name] < high:
            raise GlassjaxError(f"{name} = {at[name]:g} lies outside its prior, {low:g} to {high:g}")
    values: dict[str, Any] = {name: float(at[name]) for name in study.free}
    return np.asarray(study.likelihood.compiled.unconstrain(values))

"""Refuse to compare fits of different data: their predictive densities and evidences say nothing of one another."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import StudyError

if TYPE_CHECKING:
    from ..datasets import Measurement
    from ..study import Study

_NUISANCES = ("discrepancy", "noise", "scale")


def check_same_data(studies: "Sequence[Study]") -> None:
    """Raise `StudyError` unless all ``studies`` fit the same rows with the same errors and discrepancy."""
    first = studies[0]
    for other in studies[1:]:
        difference = _difference(first, other)
        if difference:
            raise StudyError(
                f"'{first.name}' and '{other.name}' cannot be compared, as {difference}; "
                "give both the same data, errors and discrepancy"
            )


def _difference(one: "Study", other: "Study") -> str:
    """Say what differs first, or return an empty string."""
    for quantity in dict.fromkeys((*one.quantities, *other.quantities)):
        pairs = zip_longest(*([m for m in s.measurements() if m.quantity == quantity] for s in (one, other)))
        for a, b in pairs:
            found = _of_measurements(a, b)
            if found:
                return found
        found = _of_models(one, other, quantity)
        if found:
            return found
    if one.time != other.time:
        return f"one observes for {one.time:g} s, the other for {other.time:g} s"
    return ""


def _of_measurements(a: "Measurement | None", b: "Measurement | None") -> str:
    if a is None or b is None:
        alone = a if b is None else b
        return "" if alone is None else f"only one of them fits the data set '{alone.name}'"
    named = f"the data set '{a.name}'" if a.name == b.name else f"the data set '{a.name}' (or '{b.name}')"
    if not np.array_equal(a.temperature, b.temperature):
        rows = (f"{len(m)} from {m.temperature[0]:g} to {m.temperature[-1]:g} K" for m in (a, b))
        return f"they fit different rows of {named}: {' and '.join(rows)}"
    if not np.array_equal(a.value, b.value):
        return f"{named} has other values in each"
    if not np.array_equal(a.covariance(), b.covariance()):
        return f"{named} has other errors in each"
    return ""


def _of_models(one: "Study", other: "Study", quantity: str) -> str:
    """Compare what the studies say of noise and discrepancy."""
    if one.discrepancy.get(quantity) != other.discrepancy.get(quantity):
        entries = (study.discrepancy.get(quantity) for study in (one, other))
        words = (
            "none" if entry is None else f"{entry.amplitude:g} over {entry.length:g} ({entry.kernel})"
            for entry in entries
        )
        return f"the discrepancy of {quantity} is not the same: {' and '.join(words)}"
    stated = [_nuisances(study, quantity) for study in (one, other)]
    for name in dict.fromkeys([*stated[0], *stated[1]]):
        if stated[0].get(name) != stated[1].get(name):
            return f"'{name}' of {quantity} is not given alike in both"
    return ""


def _nuisances(study: "Study", quantity: str) -> dict[str, Any]:
    """Priors, ties and fixed values of the nuisances of a quantity."""
    given = {name: entry.to_dict() for name, entry in (study.free | study.ties).items()} | study.parameters
    parts = {name: name.split(".") for name in given}
    return {
        name: given[name]
        for name, part in parts.items()
        if part[0] in _NUISANCES and len(part) > 1 and part[1] == quantity
    }

"""Variants of a study: all combinations of options of its theory, without the parameters that they leave idle."""

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from ..errors import StudyError, suggest

if TYPE_CHECKING:
    from ..study import Study

DISCREPANCY = "discrepancy"


def grid(vary: Mapping[str, Any]) -> str:
    """Name what varies, in the order in which the labels of the variants give it."""
    return "/".join(vary)


def variants(study: "Study", vary: Mapping[str, Sequence[Any]]) -> "dict[str, Study]":
    """Return the study under every combination of options, by labels such as ``sharp/bare``.

    Parameters
    ----------
    study : Study
    vary : mapping
        Values by the name of an option of the theory, of a parameter that the study does not free or tie, or of
        ``discrepancy``, whose values are whether to have it.

    Raises
    ------
    StudyError
        If there is no such option or value, or fewer than two combinations.
    """
    if not isinstance(vary, Mapping):
        raise StudyError(f"vary takes values by the name of an option, not {vary!r}")
    for name, values in vary.items():
        _check(study, name, values)
    chosen = [dict(zip(vary, values, strict=True)) for values in product(*vary.values())]
    if len(chosen) < 2:
        raise StudyError("a comparison of variants takes two values of an option at least")
    return {label: _variant(study, options, label) for options in chosen for label in [_label(options)]}


def _check(study: "Study", name: str, values: Any) -> None:
    """Refuse an option that the study does not have, and lists of values that are none."""
    known = (*_options(study), *(parameter.name for parameter in study.theory.parameters()), DISCREPANCY)
    if name not in known:
        raise StudyError(
            f"{study.theory_name} has no option '{name}' to vary{suggest(str(name), known)}; there are "
            f"{', '.join(known)}"
        )
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise StudyError(f"to vary '{name}' give a list of values, not {values!r}")
    twice = [value for i, value in enumerate(values) if value in values[:i]]
    if twice:
        raise StudyError(f"'{name}' is to vary over {_word(name, twice[0])} twice; leave one out")


def _options(study: "Study") -> list[str]:
    """Names of the theory's static options."""
    fields = dataclasses.fields(study.theory)  # pyright: ignore[reportArgumentType]
    return [field.name for field in fields if field.metadata.get("static")]


def _label(options: Mapping[str, Any]) -> str:
    return "/".join(_word(name, value) for name, value in options.items())


def _word(name: str, value: Any) -> str:
    """Return a word as it is, anything else with the name of its option."""
    if isinstance(value, str):
        return value
    return f"{name}={str(value).lower() if isinstance(value, bool) else value}"


def _variant(study: "Study", options: Mapping[str, Any], label: str) -> "Study":
    from ..problem.materials import find_theory
    from ..problem.naming import idle

    static = _options(study)
    fields = {field.name: getattr(study.theory, field.name) for field in dataclasses.fields(study.theory)}  # pyright: ignore[reportArgumentType]
    fields |= {name: value for name, value in options.items() if name in static}
    numbers = {name: value for name, value in options.items() if name not in (*static, DISCREPANCY)}
    free = study.free | study.ties
    discrepancy = {}
    wanted = options.get(DISCREPANCY, True)
    if not isinstance(wanted, bool):
        raise StudyError(f"'{DISCREPANCY}' varies over true and false, not {wanted!r}")
    if not wanted:
        free = {name: entry for name, entry in free.items() if not name.startswith(f"{DISCREPANCY}.")}
        discrepancy = {DISCREPANCY: False}
    elif DISCREPANCY in options and not study.discrepancy:
        discrepancy = {DISCREPANCY: True}
    variant = study.replace(
        name="-".join([study.name, *label.replace("=", "-").split("/")]),
        theory=find_theory({**fields, "name": type(study.theory)}),
        free=free,
        parameters=study.parameters | numbers,
        **discrepancy,
    )
    left = idle(variant)
    return (
        variant.replace(free={name: entry for name, entry in free.items() if name not in left})
        if left
        else variant
    )

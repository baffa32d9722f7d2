"""What a study can name: parameters of the theory, constants of the glass, and nuisances of the data.

========================  ===================================================================================
name                      meaning
========================  ===================================================================================
any of `parameters`       a parameter of the theory
any of `GLASS_CONSTANTS`  a constant of the glass
discrepancy.Q.amplitude   size of what the theory misses in the quantity Q; ``.length`` its reach in ln T
scale.Q                   ln of a common factor on the theory's Q, for a scale error that all data sets share
noise.Q                   white standard deviation added to every row of Q in quadrature: of ln κ and ln C, in
                          1/K for the expansion
nuisance.anything         a number of your own, for use in ties
========================  ===================================================================================
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import StudyError, suggest
from ..glass import GLASS_CONSTANTS
from ..quantities import QUANTITIES

if TYPE_CHECKING:
    from ..theory import Theory
    from .discrepancy import Discrepancy
    from .priors import Prior
    from .tie import Tie

GROUPS = ("discrepancy", "scale", "noise", "nuisance")


class Named:
    """What has parameters by name: free, tied, fixed, and those of its discrepancy."""

    theory: "Theory"
    quantities: tuple[str, ...]
    discrepancy: "dict[str, Discrepancy]"
    free: "dict[str, Prior]"
    ties: "dict[str, Tie]"
    in_order: "dict[str, Tie]"
    parameters: dict[str, float]


def flatten(table: Mapping[str, Any]) -> dict[str, Any]:
    """Join TOML's nested tables of dotted names: ``noise.kappa = 0.1`` arrives as ``{"noise": {"kappa": 0.1}}``."""
    found: dict[str, Any] = {}

    def visit(name: str, value: Any, depth: int) -> None:
        ends = not isinstance(value, Mapping) or "distribution" in value or "tie" in value
        if ends or not value or depth == 3 or name.partition(".")[0] not in GROUPS:
            found[name] = value
            return
        for key, inner in value.items():
            visit(f"{name}.{key}", inner, depth + 1)

    for key, value in table.items():
        visit(str(key), value, 1)
    return found


def is_physical(name: str) -> bool:
    """Whether a name is of the theory or the glass, not of the data."""
    return name.partition(".")[0] not in GROUPS


def is_nuisance(name: str) -> bool:
    """Whether a name is one that only ties use."""
    group, _, rest = name.partition(".")
    return group == "nuisance" and rest.isidentifier()


def known_names(study: "Named") -> tuple[str, ...]:
    """Every name the study may free, fix or tie, but for those under ``nuisance``."""
    return (
        *(parameter.name for parameter in study.theory.parameters()),
        *GLASS_CONSTANTS,
        *(name for entry in study.discrepancy.values() for name in entry.names),
        *(f"{group}.{quantity}" for group in ("scale", "noise") for quantity in study.quantities),
    )


def idle(study: "Named") -> dict[str, str]:
    """Free and tied parameters on which nothing depends under the theory's options, each with the reason."""
    unused, given = study.theory.idle(), (*study.free, *study.ties)
    needed = {name for name in given if name not in unused and not is_nuisance(name)}
    for name in reversed(study.in_order):
        if name in needed:
            needed |= set(study.ties[name].names)
    return {
        name: unused.get(name, "only ties of unused parameters use it")
        for name in given
        if name not in needed
    }


def natural_range(study: "Named", name: str) -> tuple[float, float]:
    """Return the ends of a parameter's own range, which its prior may cut short."""
    for parameter in study.theory.parameters():
        if parameter.name == name:
            return parameter.low, parameter.high
    return (-math.inf if name.partition(".")[0] in ("scale", "nuisance") else 0.0), math.inf


def symbol_and_unit(study: "Named", name: str) -> tuple[str, str]:
    """Mathtext symbol and unit of a parameter."""
    for parameter in study.theory.parameters():
        if parameter.name == name:
            return parameter.symbol, parameter.unit
    if name in GLASS_CONSTANTS:
        return GLASS_CONSTANTS[name][:2]
    group, rest, *kind = name.split(".")
    if group == "nuisance":
        return rf"\mathrm{{{rest.replace('_', chr(92) + '_')}}}", ""
    known, sized = QUANTITIES[rest], group == "noise" or kind == ["amplitude"]
    unit = known.unit if sized and not known.logarithmic else ""
    symbol = {"scale": r"\ln s", "noise": r"\sigma", "discrepancy": "a" if kind == ["amplitude"] else r"\ell"}
    return f"{symbol[group]}_{{{known.mathtext}}}", unit


def check_names(study: "Named") -> None:
    """Refuse names that nothing has, values and priors outside what they can be, and names given twice."""
    known = known_names(study)
    for names, verb in ((study.parameters, "fix"), (study.free, "free"), (study.ties, "tie")):
        for name in names:
            if name not in known and not is_nuisance(name):
                raise StudyError(
                    f"no parameter '{name}' to {verb}{suggest(name, known)}; there are {', '.join(known)}, "
                    "and nuisance.<name>"
                )
    for name in study.parameters:
        if name in study.free:
            raise StudyError(f"'{name}' is both fixed and free; keep it in [parameters] or in [free]")
        if name in study.ties:
            raise StudyError(f"'{name}' is both fixed and tied; keep it in [parameters] or in [free]")
        low, high = natural_range(study, name)
        if not low <= study.parameters[name] <= high:
            raise StudyError(
                f"'{name}' is fixed at {study.parameters[name]:g}, outside its range {low:g} … {high:g}"
            )
    for name, prior in study.free.items():
        data_or_glass = name in GLASS_CONSTANTS or not is_physical(name)
        if data_or_glass and natural_range(study, name)[0] == 0 and prior.support[0] < 0:
            raise StudyError(f"the prior of '{name}' must keep to positive values; add low = 0")


def check_ties(study: "Named") -> None:
    """Refuse ties to names without a value, and nuisances that no tie uses."""
    given: Sequence[str] = (*study.free, *study.parameters, *study.ties)
    usable = (*given, *GLASS_CONSTANTS, "glass_tg")
    for name, tie in study.ties.items():
        for needed in tie.names:
            if needed in usable:
                continue
            if needed in known_names(study):
                default = getattr(study.theory, needed, None)
                value = f" = {default:g}" if isinstance(default, (int, float)) else ""
                raise StudyError(
                    f"the tie of '{name}' uses '{needed}', which this study neither frees, fixes nor ties; "
                    f"write {needed}{value or ' and its value'} in [parameters]"
                )
            raise StudyError(
                f"the tie of '{name}' uses '{needed}', which nothing has{suggest(needed, usable)}; "
                f"it may use {', '.join(usable)}"
            )
    used = {needed for tie in study.ties.values() for needed in tie.names}
    for name in given:
        if is_nuisance(name) and name not in used:
            raise StudyError(f"no tie uses '{name}'; write it in one, or remove it")

"""Derived quantities of a fit, in units of the laboratory: what its parameters and its glass imply, with intervals."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from .limits import LEVEL, interval

if TYPE_CHECKING:
    from ..problem.specification import Specification
    from ..theory import Derived


def derived_rows(
    study: "Specification", best: Mapping[str, float] | None, draws: Mapping[str, np.ndarray] | None
) -> list[dict[str, Any]]:
    """Return one row for each quantity of `Theory.derived`, as those of the parameter table.

    Parameters
    ----------
    study : Specification
        Its theory says what there is; its glass has the constants that are not free.
    best : mapping or None
        Free parameters by name: the estimate is the value there. None takes the median over ``draws``.
    draws : mapping or None
        Draws (n,) of every free parameter; None where there is no interval.

    Returns
    -------
    list of dict
        ``name``, ``symbol``, ``unit``, ``estimate``, ``low``, ``high``, ``sd``, ``level``, ``meaning``. ``low`` and
        ``high`` are the ends of the equal-tailed 89 % interval. They are None where nothing that the quantity depends
        on is free, or where it is not finite at some draw. ``limit`` is always None.
    """
    over = {} if draws is None else {entry.name: entry for entry in _derived(study, draws)}
    central = over if best is None else {entry.name: entry for entry in _derived(study, best)}
    table = []
    for name, entry in central.items():
        row: dict[str, Any] = {
            "name": name,
            "symbol": entry.symbol,
            "unit": entry.unit,
            "estimate": float(np.median(entry.value)),
            **dict.fromkeys(("low", "high", "sd", "limit")),
            "level": LEVEL,
            "meaning": entry.meaning,
        }
        values = np.asarray(over[name].value) if over else np.zeros(0)
        if values.ndim == 1 and len(values) > 1 and np.all(np.isfinite(values)) and np.ptp(values) > 0:
            span = interval(values, -math.inf, math.inf)
            row |= {"low": span.low, "high": span.high, "sd": float(np.std(values, ddof=1))}
        table.append(row)
    return table


def _derived(
    study: "Specification", values: Mapping[str, float] | Mapping[str, np.ndarray]
) -> tuple["Derived", ...]:
    """Ask the theory for what it derives, with leaves in NumPy and double precision."""

    def plain(leaf: object) -> np.ndarray:
        return np.asarray(leaf, dtype=float)

    theory, glass = jax.tree.map(plain, (study.theory_at(values), study.glass_at(values)))
    return theory.derived(glass)

"""Derived quantities of a fit, in units of the laboratory: what its parameters and its glass imply, with intervals."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from scipy import stats

from ..problem.naming import is_physical, natural_range
from .limits import LEVEL, interval

if TYPE_CHECKING:
    from ..problem.priors import Prior
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


LEAST = 0.1  # contraction below which a posterior is its prior
SHIFT = 0.5  # of the median, in scores, beyond which it is not
FAR = 2.0  # scores


def contraction(prior: "Prior", draws: np.ndarray) -> float:
    """Return 1 − width of the ``draws`` (n,)/width of the prior; negative where the posterior is wider."""
    tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    ends, before = np.quantile(draws, tails), prior.quantile(tails)
    if prior.distribution == "log-normal":
        ends, before = np.log(ends), np.log(before)
    return float(1 - np.diff(ends)[0] / np.diff(before)[0])


def score(prior: "Prior", values: Any) -> np.ndarray:
    """Return the normal score of ``values`` (...) under their prior, at most 8 in size."""
    frozen = prior.frozen
    below, above = frozen.cdf(values), frozen.sf(values)
    found = np.where(below < 0.5, stats.norm.ppf(below), stats.norm.isf(above))
    return np.asarray(np.clip(found, -8.0, 8.0))


def fitted_parameters(study: "Specification", draws: Mapping[str, np.ndarray]) -> float:
    """Return the number of parameters of the mean that the data determine: Σ (1 − variance of the score).

    Where theory and scores are linear this is exactly what the fit takes from χ²; what sizes noise and discrepancy
    takes nothing.
    """
    names = [name for name in study.free if name.partition(".")[0] not in ("noise", "discrepancy")]
    return float(sum(max(0.0, 1 - np.var(score(study.free[name], draws[name]))) for name in names))


def prior_notes(
    study: "Specification", draws: Mapping[str, np.ndarray], silent: tuple[str, ...] = ()
) -> list[str]:
    """Say which posteriors are their priors, unless ``silent`` names them, and which medians lie where few expect them.

    ``draws`` (n,) by the name of the free parameter.
    """
    notes = []
    for name, prior in study.free.items():
        middle = float(np.median(draws[name]))
        far = float(score(prior, middle))
        narrower = contraction(prior, draws[name])
        if narrower < LEAST and abs(far) < SHIFT and name not in silent:
            notes.append(
                f"{name}: its posterior is its prior ({max(narrower, 0):.0%} narrower): the data do not determine it"
            )
        if abs(far) > FAR:
            side = "above" if far > 0 else "below"
            notes.append(
                f"{name}: its median {middle:.3g} lies {abs(far):.1f} standard deviations {side} the centre of its "
                f"prior ({prior.describe()}): data and prior disagree"
            )
        low, high = natural_range(study, name)
        if not low <= middle <= high:
            what = "the theory" if is_physical(name) else "such a parameter"
            notes.append(
                f"{name}: its median {middle:.3g} lies outside the range {low:g} … {high:g} of {what}"
            )
    return notes

"""Rows that could be measured: which quantity, at which temperatures, with which error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GlassjaxError, suggest
from ..quantities import QUANTITIES
from .conditional import Conditional

if TYPE_CHECKING:
    from .information import Fisher
    from .slopes import Line

# Error of one more row where none is stated: relative for κ and C, in 1/K for the expansion.
ERRORS = {quantity: entry.typical_error for quantity, entry in QUANTITIES.items()}


def parse_errors(error: "Mapping[str, float] | float | None", quantities: Sequence[str]) -> dict[str, float]:
    """Return the error of a new row of each quantity: relative for κ and C, in 1/K for the expansion.

    ``error`` maps quantities to numbers; one number alone is that of κ and C.
    """
    if isinstance(error, (int, float)):
        error = {quantity: error for quantity, entry in QUANTITIES.items() if entry.logarithmic}
    if not isinstance(error, Mapping | None):
        raise GlassjaxError(f"error must be a number, or numbers by quantity, not {error!r}")
    given: dict[str, Any] = {} if error is None else dict(error)
    for quantity, value in given.items():
        if quantity not in QUANTITIES:
            raise GlassjaxError(
                f"no quantity '{quantity}' to give an error to{suggest(quantity, QUANTITIES)}; there are "
                f"{', '.join(QUANTITIES)}"
            )
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
            known = QUANTITIES[quantity]
            unit = "relative, as 0.05" if known.logarithmic else f"in {known.unit}"
            raise GlassjaxError(f"the error of {quantity} must be a positive number, {unit}, not {value!r}")
        if QUANTITIES[quantity].logarithmic and value >= 1:
            raise GlassjaxError(
                f"the error of {quantity} is relative: {value:g} is {100 * value:.0f} %; give 0.05 for 5 %"
            )
    return {q: float((ERRORS | given)[q]) for q in quantities}


@dataclass(frozen=True)
class Candidates:
    """All rows a design chooses from, quantity by quantity, on the likelihood's scale.

    Attributes
    ----------
    quantity, temperature : (m,) of each candidate
    error : (m,) on the likelihood's scale
    slope : (m, d) G̃, what is left of each slope once the discrepancy at the fitted rows is known
    noise : (m, m) covariance of the candidates given the parameters and the fitted rows, but for their errors
    """

    quantity: np.ndarray
    temperature: np.ndarray
    error: np.ndarray
    slope: np.ndarray
    noise: np.ndarray

    @classmethod
    def build(
        cls,
        at: "Fisher",
        lines: "Mapping[str, Line]",
        grid: np.ndarray,
        errors: Mapping[str, float],
        scale_error: float = 0.0,
    ) -> "Candidates":
        """Collect the candidates at temperatures ``grid`` for the quantities of ``lines``."""
        slopes, blocks, sigma = [], [], []
        for quantity, line in lines.items():
            size = float(np.sqrt(np.mean(line.mean**2)))
            conditional = Conditional(at.study, quantity, grid)
            weights, covariance = conditional.weights(at.values, size)
            slope = line.slope
            if conditional.block is not None:
                slope = slope - weights @ at.lines[quantity].slope[conditional.block.row]
            shared = scale_error * (np.ones(len(grid)) if QUANTITIES[quantity].logarithmic else line.mean)
            slopes.append(slope)
            blocks.append(covariance + np.outer(shared, shared))
            sigma.append(np.full(len(grid), errors[quantity] / conditional.unit))
        total = sum(len(block) for block in blocks)
        noise, begin = np.zeros((total, total)), 0
        for block in blocks:
            noise[begin : begin + len(block), begin : begin + len(block)] = block
            begin += len(block)
        return cls(
            quantity=np.repeat(list(lines), len(grid)),
            temperature=np.tile(grid, len(lines)),
            error=np.concatenate(sigma),
            slope=np.concatenate(slopes),
            noise=noise,
        )

    def rows(self, chosen: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Slopes (k, d) and covariance (k, k) of the candidates ``chosen``, one twice if it is measured twice."""
        picked: Any = list(chosen)
        return self.slope[picked], self.noise[np.ix_(picked, picked)] + np.diag(self.error[picked] ** 2)

"""Fitted rows of one quantity with their covariance, on the scale the likelihood works on.

For one quantity with rows at temperatures T (n,) the measured y = ln κ, ln C or α/10⁻⁹ K⁻¹ is normal around the
theory's m(T) with covariance

    Σ = noise + a² k(ln T − ln T′; length),

noise being what the sources state (independent errors, shared scale errors, degrees of freedom of published
fits) and the second term the discrepancy, shared by all data sets of the quantity and integrated out. The
expansion is counted in 10⁻⁹/K so that no product underflows in float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from scipy.linalg import solve_triangular

from . import discrepancy as gp

if TYPE_CHECKING:
    from .study import Study

__all__ = ["EXPANSION_UNIT", "Block", "from_scale", "leave_one_out", "make_block", "scale_of", "to_scale"]

EXPANSION_UNIT = 1e-9


def scale_of(quantity: str) -> str:
    """Return "log" for κ and C, whose errors are relative, and "linear" for the expansion."""
    return "linear" if quantity == "expansion" else "log"


def to_scale(quantity: str, value: Any, xp: ModuleType = jnp) -> Any:
    """Return ln of κ or C, or the expansion in 10⁻⁹/K."""
    if scale_of(quantity) == "linear":
        return value / EXPANSION_UNIT
    return xp.log(xp.maximum(value, float(xp.finfo(value.dtype).tiny)))


def from_scale(quantity: str, value: np.ndarray) -> np.ndarray:
    """Undo `to_scale`."""
    return value * EXPANSION_UNIT if scale_of(quantity) == "linear" else np.exp(value)


@dataclass(frozen=True, eq=False)
class Block:
    """All fitted rows of one quantity, on the scale of the likelihood.

    Attributes
    ----------
    temperature : (m,) distinct temperatures in K, where the theory is evaluated once
    row : (n,) which of them each measured row has
    source : (n,) which of the study's fitted data sets each row comes from
    observed : (n,) ln κ, ln C or α/10⁻⁹ K⁻¹
    noise : (n, n) covariance of the measurement
    discrepancy : what the theory may miss, or None; its numbers are the fixed ones
    """

    quantity: str
    temperature: np.ndarray
    row: np.ndarray
    source: np.ndarray
    observed: np.ndarray
    noise: np.ndarray
    discrepancy: gp.Discrepancy | None

    @property
    def row_temperature(self) -> np.ndarray:
        """Temperature of each row (n,) in K."""
        return self.temperature[self.row]

    def observing(self, observed: np.ndarray) -> "Block":
        """Return the block with other measured values (n,)."""
        return replace(self, observed=observed)

    def hyperparameters(self, values: Mapping[str, Any]) -> tuple[Any, Any]:
        """Amplitude (on the likelihood's scale) and length of the discrepancy, from ``values`` where free."""
        if self.discrepancy is None:
            return 0.0, 1.0
        unit = EXPANSION_UNIT if scale_of(self.quantity) == "linear" else 1.0
        amplitude, length = self.discrepancy.names
        return (
            values.get(amplitude, self.discrepancy.amplitude) / unit,
            values.get(length, self.discrepancy.length),
        )

    def misfit_covariance(
        self, first: Any, second: Any, values: Mapping[str, Any], xp: ModuleType = jnp
    ) -> Any:
        """Covariance (n, m) of the discrepancy between temperatures ``first`` (n,) and ``second`` (m,) in K."""
        if self.discrepancy is None:
            return xp.zeros((len(first), len(second)))
        amplitude, length = self.hyperparameters(values)
        logs = np.log(np.asarray(first)), np.log(np.asarray(second))
        return gp.covariance(*logs, amplitude, length, self.discrepancy.kernel, xp)

    def is_free(self, values: Mapping[str, Any]) -> bool:
        """Whether Σ depends on parameters named among ``values``."""
        return self.discrepancy is not None and any(name in values for name in self.discrepancy.names)

    def factor(self, values: Mapping[str, Any], xp: ModuleType = jnp) -> Any:
        """Cholesky factor (n, n) of Σ; a constant unless a parameter of the discrepancy is free."""
        if not self.is_free(values):
            return self._fixed_factor
        T = self.row_temperature
        return gp.factor(xp.asarray(self.noise) + self.misfit_covariance(T, T, values, xp), xp)

    @cached_property
    def _fixed_factor(self) -> np.ndarray:
        T = self.row_temperature
        return gp.factor(self.noise + self.misfit_covariance(T, T, {}, np), np)

    def gain(self, T: np.ndarray, values: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """Return what the rows say of the discrepancy at ``T`` (m,): weights (m, n) and covariance (m, m).

        Given the residuals y − m (n,) of the rows, the discrepancy there is normal with mean weights @ residuals.
        """
        cross = self.misfit_covariance(self.row_temperature, T, values, np)
        factor = self.factor(values, np)
        half = solve_triangular(factor, cross, lower=True)
        weights = solve_triangular(factor, half, lower=True, trans=1).T
        return weights, self.misfit_covariance(T, T, values, np) - half.T @ half


def leave_one_out(residual: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Log density of each row given all the others, for jointly normal rows.

    With Q = Σ⁻¹ and r = y − m, row i given the rest is normal with variance 1/Q_ii and its residual is
    (Qr)_i/Q_ii (Sundararajan & Keerthi 2001; Bürkner, Gabry & Vehtari 2021). Correlated rows have no log
    likelihood each of their own; they have these, which leave-one-out comparison may use.

    Parameters
    ----------
    residual : (..., n), of one parameter vector or of many
    factor : (n, n), the lower Cholesky factor of Σ
    """
    inverse = solve_triangular(factor, np.eye(len(factor)), lower=True)
    precision = np.sum(inverse**2, axis=0)
    pull = residual @ inverse.T @ inverse
    return 0.5 * (np.log(precision) - np.log(2 * np.pi) - pull**2 / precision)


def make_block(study: "Study", quantity: str) -> Block:
    """Collect the fitted rows of a quantity from all data sets of a study."""
    used = [(i, entry.used) for i, entry in enumerate(study.fitted) if entry.quantity == quantity]
    T = np.concatenate([np.asarray(measurement.temperature, dtype=float) for _, measurement in used])
    value = np.concatenate([np.asarray(measurement.value, dtype=float) for _, measurement in used])
    noise = np.zeros((len(T), len(T)))
    begin = 0
    for _, measurement in used:
        end = begin + len(measurement.temperature)
        noise[begin:end, begin:end] = measurement.covariance()
        begin = end
    if scale_of(quantity) == "linear":
        noise = noise / EXPANSION_UNIT**2
    discrepancy = study.discrepancy.get(quantity)
    distinct, row = np.unique(T, return_inverse=True)
    return Block(
        quantity=quantity,
        temperature=distinct,
        row=row,
        source=np.concatenate([np.full(len(measurement.temperature), i) for i, measurement in used]),
        observed=to_scale(quantity, value, np),
        noise=noise,
        discrepancy=discrepancy,
    )

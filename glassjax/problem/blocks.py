"""Fitted rows of one quantity with their covariance, on the scale the likelihood works on.

For one quantity with rows at temperatures T (n,) the measured y = ln κ, ln C or α/10⁻⁹ K⁻¹ is normal around the
theory's m(T) with covariance

    Σ = noise + σ² 1 + a² k(ln T − ln T′; length),

noise being what the sources state (independent errors, shared scale errors, degrees of freedom of published
fits), σ a white addition (``noise.<quantity>`` of the study, none by default) and the last term the discrepancy,
shared by all data sets of the quantity and integrated out. m is the theory's answer times e^s, s being
``scale.<quantity>`` of the study, zero by default. The expansion is counted in 10⁻⁹/K so that no product underflows
in float32.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from scipy.linalg import solve_triangular

from ..errors import StudyError
from ..quantities import QUANTITIES
from . import discrepancy as gp

if TYPE_CHECKING:
    from .specification import Specification

MOST_ROWS = 10_000  # of a quantity; a matrix of their square is 800 MB


def to_scale(quantity: str, value: Any, xp: ModuleType = jnp) -> Any:
    """Return ln of κ or C, or the expansion in 10⁻⁹/K."""
    if not QUANTITIES[quantity].logarithmic:
        return value / QUANTITIES[quantity].likelihood_unit
    return xp.log(xp.maximum(value, float(xp.finfo(value.dtype).tiny)))


def from_scale(quantity: str, value: np.ndarray) -> np.ndarray:
    """Undo `to_scale`."""
    known = QUANTITIES[quantity]
    return np.exp(value) if known.logarithmic else value * known.likelihood_unit


def with_factor(quantity: str, mean: Any, values: Mapping[str, Any], xp: ModuleType = jnp) -> Any:
    """Multiply the theory by its common factor: ``mean`` (n,) on the likelihood's scale, ``values`` complete."""
    s = values.get(f"scale.{quantity}")
    if s is None:
        return mean
    return mean + s if QUANTITIES[quantity].logarithmic else mean * xp.exp(s)


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
    white : the fixed white addition to the noise (1/K for the expansion), or None
    complete : adds the study's fixed and tied parameters to values of the free ones
    moving : whether Σ depends on a free or tied parameter
    """

    quantity: str
    temperature: np.ndarray
    row: np.ndarray
    source: np.ndarray
    observed: np.ndarray
    noise: np.ndarray
    discrepancy: gp.Discrepancy | None
    white: float | None
    complete: Callable[[Mapping[str, Any], ModuleType], Mapping[str, Any]]
    moving: bool

    @property
    def row_temperature(self) -> np.ndarray:
        """Temperature of each row (n,) in K."""
        return self.temperature[self.row]

    def of_rows(self, mean: Any) -> Any:
        """Return the mean of every row (n,) from that at every temperature (m,)."""
        return mean[self.row]

    def observing(self, observed: np.ndarray) -> "Block":
        """Return the block with other measured values (n,)."""
        return replace(self, observed=observed)

    @property
    def unit(self) -> float:
        """Unit of the likelihood's scale: 10⁻⁹/K for the expansion."""
        return QUANTITIES[self.quantity].likelihood_unit

    def hyperparameters(self, values: Mapping[str, Any], xp: ModuleType = np) -> tuple[Any, Any]:
        """Amplitude (on the likelihood's scale) and length of the discrepancy, from ``values`` where free or tied."""
        if self.discrepancy is None:
            return 0.0, 1.0
        values = self.complete(values, xp) if self.moving else {}
        amplitude, length = self.discrepancy.names
        return (
            values.get(amplitude, self.discrepancy.amplitude) / self.unit,
            values.get(length, self.discrepancy.length),
        )

    def noise_at(self, values: Mapping[str, Any], xp: ModuleType = np) -> Any:
        """Covariance (n, n) of the measurement with the white addition, free or tied as it may be in ``values``."""
        white = self.complete(values, xp).get(f"noise.{self.quantity}") if self.moving else self.white
        if white is None:
            return self.noise
        return xp.asarray(self.noise) + (white / self.unit) ** 2 * xp.eye(len(self.row))

    def misfit_covariance(
        self, first: Any, second: Any, values: Mapping[str, Any], xp: ModuleType = jnp
    ) -> Any:
        """Covariance (n, m) of the discrepancy between temperatures ``first`` (n,) and ``second`` (m,) in K."""
        if self.discrepancy is None:
            return xp.zeros((len(first), len(second)))
        amplitude, length = self.hyperparameters(values, xp)
        logs = np.log(np.asarray(first)), np.log(np.asarray(second))
        return gp.covariance(*logs, amplitude, length, self.discrepancy.kernel, xp)

    def factor(self, values: Mapping[str, Any], xp: ModuleType = jnp) -> Any:
        """Cholesky factor (n, n) of Σ; a constant unless a parameter of the noise or the discrepancy is not fixed."""
        if not self.moving:
            return self._fixed_factor
        T = self.row_temperature
        return gp.factor(xp.asarray(self.noise_at(values, xp)) + self.misfit_covariance(T, T, values, xp), xp)

    @cached_property
    def _fixed_factor(self) -> np.ndarray:
        T = self.row_temperature
        return gp.factor(self.noise_at({}, np) + self.misfit_covariance(T, T, {}, np), np)

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


def make_block(study: "Specification", quantity: str) -> Block:
    """Collect the fitted rows of a quantity from all data sets of a study."""
    used = [(i, entry.used) for i, entry in enumerate(study.fitted) if entry.quantity == quantity]
    T = np.concatenate([np.asarray(measurement.temperature, dtype=float) for _, measurement in used])
    value = np.concatenate([np.asarray(measurement.value, dtype=float) for _, measurement in used])
    if len(T) > MOST_ROWS:
        raise StudyError(
            f"study '{study.name}' fits {len(T)} rows of {quantity}, and the covariance of more than {MOST_ROWS} takes "
            "too much memory; average rows, as glassjax new does, or narrow the data by 'from' and 'to'"
        )
    noise = np.zeros((len(T), len(T)))
    begin = 0
    for _, measurement in used:
        end = begin + len(measurement.temperature)
        noise[begin:end, begin:end] = measurement.covariance()
        begin = end
    noise /= QUANTITIES[quantity].likelihood_unit ** 2
    discrepancy = study.discrepancy.get(quantity)
    names = (f"noise.{quantity}", *(() if discrepancy is None else discrepancy.names))
    distinct, row = np.unique(T, return_inverse=True)
    return Block(
        quantity=quantity,
        temperature=distinct,
        row=row,
        source=np.concatenate([np.full(len(measurement.temperature), i) for i, measurement in used]),
        observed=to_scale(quantity, value, np),
        noise=noise,
        discrepancy=discrepancy,
        white=study.parameters.get(names[0]),
        complete=study.complete,
        moving=any(name in study.free or name in study.ties for name in names),
    )

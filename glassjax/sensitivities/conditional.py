"""One more row of a quantity, given the rows there are: what the discrepancy takes over from them."""

from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from ..problem import discrepancy as gp
from ..problem.blocks import Block
from ..quantities import QUANTITIES

if TYPE_CHECKING:
    from ..study import Study


class Conditional:
    """What existing rows say of new ones at ``T`` (m,) in K, for known parameters.

    Given the residuals y − m of the fitted rows, the new ones are normal with mean m(T) + W(y − m) and covariance
    k(T, T) − W k(T_rows, T), W = k(T, T_rows) Σ⁻¹, before their own errors are added (`Block.gain`).
    """

    def __init__(self, study: "Study", quantity: str, T: np.ndarray) -> None:
        self.study, self.quantity, self.T = study, quantity, T
        blocks = study.likelihood.blocks
        self.block: Block | None = next((b for b in blocks if b.quantity == quantity), None)

    @property
    def unit(self) -> float:
        """Unit of the likelihood's scale: 10⁻⁹/K for the expansion."""
        return QUANTITIES[self.quantity].likelihood_unit

    def weights(self, values: dict[str, float], size: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Return W (m, n) and the covariance (m, m) at free parameters ``values``.

        ``size`` is the theory's rms on the likelihood's scale, for the expansion where no row of it is fitted.
        """
        if self.block is not None:
            return self.block.gain(self.T, values)
        found = new_discrepancy(self.study, self.quantity, size)
        empty = np.zeros((len(self.T), 0))
        if found is None:
            return empty, np.zeros((len(self.T), len(self.T)))
        logs = np.log(self.T)
        return empty, gp.covariance(logs, logs, found.amplitude / self.unit, found.length, found.kernel, np)

    def __call__(self, means: np.ndarray, rows: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return conditional means (k, m) and covariances (k or 1, m, m) at k draws ``z`` (k, d).

        ``means`` (k, m) are the theory's at ``T`` and ``rows`` (k, n) those at the distinct fitted temperatures.
        """
        size = float(np.sqrt(np.mean(means**2)))
        if self.block is None:
            return means, self.weights({}, size)[1][None]
        residual = self.block.observed - rows[:, self.block.row]
        if not self.block.moving:
            weights, covariance = self.weights({})
            return means + residual @ weights.T, covariance[None]
        columns = self.study.likelihood.compiled.constrain(jnp.asarray(z))
        moved, covariances = [], []
        for i in range(len(z)):
            weights, covariance = self.weights({name: float(column[i]) for name, column in columns.items()})
            moved.append(means[i] + weights @ residual[i])
            covariances.append(covariance)
        return np.stack(moved), np.stack(covariances)


def new_discrepancy(study: "Study", quantity: str, size: float) -> gp.Discrepancy | None:
    """Discrepancy of a quantity that a study does not fit: as by default there, and none if it has none at all."""
    if not study.discrepancy:
        return None
    amplitude = (
        0.25 if QUANTITIES[quantity].logarithmic else 0.25 * size * QUANTITIES[quantity].likelihood_unit
    )
    return gp.Discrepancy(quantity, amplitude)

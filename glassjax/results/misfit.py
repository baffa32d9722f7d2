"""How well the best point describes the data, and where it does not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..inference.blocks import EXPANSION_UNIT, Block, scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Misfit", "Stretch", "misfit"]


@dataclass(frozen=True)
class Stretch:
    """Temperatures ``low`` to ``high`` (K) where the data lie systematically off the theory.

    ``offset`` is the largest mean of the discrepancy there: of ln κ or ln C, or in 1/K for the expansion.
    """

    low: float
    high: float
    offset: float


@dataclass(frozen=True)
class Misfit:
    """How one quantity fits.

    ``rms`` of the residuals, ``noise`` the rms of their stated errors and ``amplitude`` of the discrepancy,
    all in ln κ or ln C, or in 1/K for the expansion; ``stretches`` where the mean of the discrepancy exceeds
    twice its standard deviation. ``carried`` is the rms of that mean over the rows: of ln κ or ln C, or as a share of
    the rms of the expansion.
    """

    quantity: str
    points: int
    rms: float
    noise: float
    amplitude: float
    stretches: tuple[Stretch, ...]
    carried: float = 0.0

    @property
    def allowed(self) -> float:
        """Size of residual that noise and discrepancy together expect."""
        return float(np.hypot(self.noise, self.amplitude))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {**vars(self), "stretches": [vars(stretch) for stretch in self.stretches]}
        return plain | {"unit": "1/K" if scale_of(self.quantity) == "linear" else "ln"}


def misfit(block: Block, mean: np.ndarray, values: "Mapping[str, float]") -> Misfit:
    """Compare the rows of a block with the theory's ``mean`` (n,) of them at the parameters ``values``."""
    unit = EXPANSION_UNIT if scale_of(block.quantity) == "linear" else 1.0
    residual = block.observed - mean
    amplitude = float(block.hyperparameters(values)[0])
    carried, stretches = 0.0, ()
    if block.discrepancy is not None:
        weights, covariance = block.gain(block.temperature, values)
        missed = weights @ residual
        carried = float(np.sqrt(np.mean(missed[block.row] ** 2)))
        if scale_of(block.quantity) == "linear":
            carried /= float(np.sqrt(np.mean(block.observed**2)))
        sd = np.sqrt(np.maximum(np.diagonal(covariance), 0))
        stretches = _stretches(block.temperature, missed, sd, unit)
    return Misfit(
        quantity=block.quantity,
        points=len(residual),
        rms=float(np.sqrt(np.mean(residual**2))) * unit,
        noise=float(np.sqrt(np.mean(np.diagonal(block.noise_at(values))))) * unit,
        amplitude=amplitude * unit,
        stretches=stretches,
        carried=carried,
    )


def _stretches(T: np.ndarray, mean: np.ndarray, sd: np.ndarray, unit: float) -> tuple[Stretch, ...]:
    """Find where the ``mean`` (m,) of the discrepancy at ``T`` exceeds twice its standard deviation ``sd``."""
    sign = np.where(np.abs(mean) > 2 * sd, np.sign(mean), 0)
    found, begin = [], 0
    for i in range(1, len(T) + 1):
        if i < len(T) and sign[i] == sign[begin]:
            continue
        if sign[begin]:
            run = mean[begin:i]
            found.append(Stretch(float(T[begin]), float(T[i - 1]), float(run[np.argmax(np.abs(run))]) * unit))
        begin = i
    return tuple(found)

"""How well the best point describes the data, and where it does not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import solve_triangular

from ..inference.blocks import EXPANSION_UNIT, Block, scale_of
from ..inference.discrepancy import factor

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
    all in ln κ or ln C, or in 1/K for the expansion; ``chi2`` of the residuals under the stated errors, without
    discrepancy, and ``worst`` the neighbouring rows on one side of the theory that add most to it; ``stretches`` where
    the mean of the discrepancy exceeds twice its standard deviation. ``carried`` is the rms of that mean over the rows:
    of ln κ or ln C, or as a share of the rms of the expansion.
    """

    quantity: str
    points: int
    rms: float
    chi2: float
    noise: float
    amplitude: float
    worst: Stretch
    stretches: tuple[Stretch, ...]
    carried: float = 0.0

    @property
    def allowed(self) -> float:
        """Size of residual that noise and discrepancy together expect."""
        return float(np.hypot(self.noise, self.amplitude))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {
            **vars(self),
            "worst": vars(self.worst),
            "stretches": [vars(part) for part in self.stretches],
        }
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
        sign = np.where(np.abs(missed) > 2 * sd, np.sign(missed), 0)
        runs = [run for run in _runs(sign) if sign[run[0]]]
        stretches = tuple(_stretch(block.temperature[run], missed[run], unit) for run in runs)
    noise = block.noise_at(values)
    white = solve_triangular(factor(noise, np), residual, lower=True)
    order = np.argsort(block.row_temperature, kind="stable")
    share = residual**2 / np.diagonal(noise)
    worst = max((order[run] for run in _runs(np.sign(residual[order]))), key=lambda rows: np.sum(share[rows]))
    return Misfit(
        quantity=block.quantity,
        points=len(residual),
        rms=float(np.sqrt(np.mean(residual**2))) * unit,
        chi2=float(white @ white),
        noise=float(np.sqrt(np.mean(np.diagonal(noise)))) * unit,
        amplitude=amplitude * unit,
        worst=_stretch(block.row_temperature[worst], residual[worst], unit),
        stretches=stretches,
        carried=carried,
    )


def _runs(sign: np.ndarray) -> list[np.ndarray]:
    """Split the indices of ``sign`` (n,) into neighbours that have the same."""
    return np.split(np.arange(len(sign)), np.flatnonzero(np.diff(sign)) + 1)


def _stretch(T: np.ndarray, offset: np.ndarray, unit: float) -> Stretch:
    """Make a stretch of rows at ``T`` (m,), with the largest of their offsets (m,)."""
    return Stretch(float(T[0]), float(T[-1]), float(offset[np.argmax(np.abs(offset))]) * unit)

"""How well the best point describes the data, and where it does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import solve_triangular

from ..problem.blocks import Block
from ..problem.discrepancy import factor
from ..quantities import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..problem.selection import DataSet


@dataclass(frozen=True)
class Scale:
    """What a fit says of the scale of one data set: ln of the common factor on its values.

    A data set with a ``scale_error`` has its own free scale with the prior N(0, ``prior``), which the likelihood
    integrates out. ``mean`` and ``sd`` are those of its posterior; the mean is positive where the data lie too high.
    ``held`` says that all parameters are held at the maximum, which makes ``sd`` too small. In the expansion, which is
    not compared in the logarithm, the factor is 1 + the scale.
    """

    data: str
    prior: float
    mean: float
    sd: float
    held: bool


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
    of ln κ or ln C, or as a share of the rms of the expansion. ``scales`` are those of the data sets that have one of
    their own.
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
    scales: tuple[Scale, ...] = ()

    @property
    def allowed(self) -> float:
        """Size of residual that noise and discrepancy together expect."""
        return float(np.hypot(self.noise, self.amplitude))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {
            **vars(self),
            "worst": vars(self.worst),
            **{name: [vars(part) for part in vars(self)[name]] for name in ("stretches", "scales")},
        }
        return plain | {"unit": QUANTITIES[self.quantity].residual_unit}


def scales(
    block: Block, fitted: "tuple[DataSet, ...]", points: "Iterable[tuple[np.ndarray, Mapping[str, float]]]"
) -> tuple[Scale, ...]:
    """Return the scale of each of the ``fitted`` data sets that has one of its own.

    ``points`` are the theory's mean (n,) of the block's rows with the parameters there, of draws that count alike
    from the posterior, or of the maximum alone.
    """
    own = {
        i: entry.used
        for i, entry in enumerate(fitted)
        if entry.quantity == block.quantity and entry.used.scale_error
    }
    if not own:
        return ()
    linear = not QUANTITIES[block.quantity].logarithmic
    pattern = np.stack([np.where(block.source == i, block.observed if linear else 1.0, 0.0) for i in own])
    prior = np.array([measurement.scale_error for measurement in own.values()])
    means, variances = [], []
    white, factor = np.empty(0), None
    for mean, values in points:
        if factor is None or block.moving:
            factor = block.factor(values, np)
            white = solve_triangular(factor, (prior[:, None] * pattern).T, lower=True)
            variances.append(prior**2 * np.maximum(1 - np.sum(white**2, axis=0), 0))
        means.append(prior * (white.T @ solve_triangular(factor, block.observed - mean, lower=True)))
    sd = np.sqrt(np.mean(variances, axis=0) + np.var(means, axis=0))
    central = np.mean(means, axis=0)
    return tuple(
        Scale(
            measurement.name, float(measurement.scale_error), float(central[j]), float(sd[j]), len(means) == 1
        )
        for j, measurement in enumerate(own.values())
    )


def misfit(
    block: Block, mean: np.ndarray, values: "Mapping[str, float]", scales: tuple[Scale, ...] = ()
) -> Misfit:
    """Compare the rows of a block with the theory's ``mean`` (n,) of them at the parameters ``values``."""
    unit = QUANTITIES[block.quantity].likelihood_unit
    residual = block.observed - mean
    amplitude = float(block.hyperparameters(values)[0])
    carried, stretches = 0.0, ()
    if block.discrepancy is not None:
        weights, covariance = block.gain(block.temperature, values)
        missed = weights @ residual
        carried = float(np.sqrt(np.mean(missed[block.row] ** 2)))
        if not QUANTITIES[block.quantity].logarithmic:
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
        scales=scales,
    )


def _runs(sign: np.ndarray) -> list[np.ndarray]:
    """Split the indices of ``sign`` (n,) into neighbours that have the same."""
    return np.split(np.arange(len(sign)), np.flatnonzero(np.diff(sign)) + 1)


def _stretch(T: np.ndarray, offset: np.ndarray, unit: float) -> Stretch:
    """Make a stretch of rows at ``T`` (m,), with the largest of their offsets (m,)."""
    return Stretch(float(T[0]), float(T[-1]), float(offset[np.argmax(np.abs(offset))]) * unit)

"""The posterior of a study in NumPy alone: data, covariance, priors and coordinates written once more.

A study lends its data, the numbers of its priors and its fixed values; what is made of them is computed here. The
sampling coordinates are glassjax's normal scores, so that maxima and densities are the same ones: parameter = F⁻¹[Φ(z)]
with Φ the logistic function of a z + b z³.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit

from .material import Material

__all__ = ["Posterior"]

A, B = 1.5976, 0.07056
UNIT = 1e-9
"""Unit of the expansion, which is fitted as it is; κ and C are in their logarithms."""
CONSTANTS = ("glass_temperature", "debye_temperature", "density", "sound_speed", "fragility")

Answers = Callable[[Mapping[str, np.ndarray], Material], dict[str, np.ndarray]]


class Posterior:
    """Log posterior and whitened residuals of ``study`` over its sampling coordinates z (d,).

    Parameters
    ----------
    study : glassjax.Study
        Its free parameters must be fields of `Material`, its discrepancy fixed and of kernel Matérn-5/2.
    answers : callable
        One of the ``answers`` of this package, of temperatures and a material.

    Raises
    ------
    ValueError
        For a study with ties, a free discrepancy, or another kernel.
    """

    def __init__(self, study: Any, answers: Answers) -> None:
        self.priors = {
            name: _Score(prior.distribution, dict(prior.numbers)) for name, prior in study.free.items()
        }
        unknown = [name for name in study.free if name not in vars(Material())]
        if study.ties or unknown:
            raise ValueError(
                f"ties and {', '.join(unknown)} are not written here: choose a study without them"
            )
        fixed = {name: getattr(study.glass, name) for name in CONSTANTS} | dict(study.parameters)
        self.fixed = {name: float(value) for name, value in fixed.items()} | {"time": study.time}
        self.answers = answers
        self.temperatures, self.observed, self.whiten, self.log_norm = {}, {}, {}, 0.0
        for entry in study.fitted:
            self._add(entry.used, study.discrepancy[entry.used.quantity])

    def _add(self, rows: Any, misfit: Any) -> None:
        """Take in one data set, the only one of its quantity."""
        quantity = rows.quantity
        if quantity in self.observed or misfit.kernel != "matern-5/2":
            raise ValueError(
                f"only one data set of {quantity}, with a Matérn-5/2 discrepancy, is written here"
            )
        log = quantity != "expansion"
        value = np.log(rows.value) if log else rows.value / UNIT
        error = rows.error / rows.value if log else rows.error / UNIT
        shared = rows.scale_error * (np.ones(len(value)) if log else value)
        distance = np.abs(np.subtract.outer(np.log(rows.temperature), np.log(rows.temperature)))
        r = math.sqrt(5) * distance / misfit.length
        amplitude = misfit.amplitude if log else misfit.amplitude / UNIT
        covariance = amplitude**2 * (1 + r + r**2 / 3) * np.exp(-r) + np.outer(shared, shared)
        covariance += np.diag(error**2 * len(value) / rows.worth)
        factor = np.linalg.cholesky(covariance)
        self.temperatures[quantity], self.observed[quantity] = np.array(rows.temperature), value
        self.whiten[quantity] = np.linalg.inv(factor)
        self.log_norm -= np.sum(np.log(np.diagonal(factor))) + 0.5 * len(value) * math.log(2 * math.pi)

    def material(self, z: np.ndarray) -> Material:
        """Parameters at ``z`` (d,)."""
        free = {name: score.parameter(x) for (name, score), x in zip(self.priors.items(), z, strict=True)}
        return Material(**(self.fixed | free))

    def data_residuals(self, material: Material) -> np.ndarray:
        """Whitened rows (n,) of all quantities."""
        parts = []
        for quantity, mean in self.answers(self.temperatures, material).items():
            mean = mean / UNIT if quantity == "expansion" else np.log(mean)
            parts.append(self.whiten[quantity] @ (self.observed[quantity] - mean))
        return np.concatenate(parts)

    def residuals(self, z: np.ndarray) -> np.ndarray:
        """Rows, priors and barrier (n + d + 1,): minus half their squares is the log posterior up to a constant."""
        material = self.material(z)
        priors = [score.residual(x) for score, x in zip(self.priors.values(), z, strict=True)]
        return np.concatenate([self.data_residuals(material), priors, [_barrier(material.softening)]])

    def log_posterior(self, z: np.ndarray) -> float:
        """Log posterior density over ``z`` (d,), normalised as glassjax's is; -inf where nothing finite is found."""
        material = self.material(z)
        with np.errstate(all="ignore"):
            try:
                rows = self.data_residuals(material)
            except (ValueError, ZeroDivisionError, OverflowError):
                return -math.inf
        prior = sum(score.log_density(x) for score, x in zip(self.priors.values(), z, strict=True))
        total = self.log_norm - 0.5 * float(rows @ rows) + prior - 0.5 * _barrier(material.softening) ** 2
        return total if math.isfinite(total) else -math.inf


def _barrier(softening: float) -> float:
    """Nothing below a softening of 0.9; beyond it keeps away from the instability."""
    return float(np.logaddexp(0.0, (softening - 0.95) / 0.01))


class _Score:
    """One prior in its normal score z: parameter, log density, and that density as half a square."""

    def __init__(self, kind: str, numbers: dict[str, float]) -> None:
        known = ("uniform", "normal", "log-normal", "half-normal")
        if kind not in known or (kind == "normal" and len(numbers) > 2):
            raise ValueError(
                f"a prior '{kind}' is not written here: choose one of {', '.join(known)}, not cut"
            )
        self.kind, self.numbers = kind, numbers
        found: Any = minimize_scalar(lambda z: -self.log_density(z), (-0.5, 0.5), tol=1e-12)
        self.top, self.highest = float(found.x), -float(found.fun)

    def parameter(self, z: float) -> float:
        """Value of the parameter."""
        n = self.numbers
        if self.kind == "log-normal":
            return n["median"] * math.exp(n["spread"] * z)
        if self.kind == "normal":
            return n["mean"] + n["sd"] * z
        t = z * (A + B * z * z)
        if self.kind == "uniform":
            return n["low"] + (n["high"] - n["low"]) * float(expit(t))
        return n["scale"] * self._half(t)

    @staticmethod
    def _half(t: float) -> float:
        """Solve a w + b w³ = ln(1 + 2eᵗ) for w: half of a normal distribution."""
        target = float(np.logaddexp(0.0, t + math.log(2)))
        return 2 * math.sqrt(A / (3 * B)) * math.sinh(math.asinh(target * 1.5 / A * math.sqrt(3 * B / A)) / 3)

    def log_density(self, z: float) -> float:
        """Log density of z."""
        if self.kind in ("log-normal", "normal"):
            return -0.5 * z * z - 0.5 * math.log(2 * math.pi)
        t, slope = z * (A + B * z * z), math.log(A + 3 * B * z * z)
        if self.kind == "uniform":
            return float(log_expit(t) + log_expit(-t)) + slope
        w = self._half(t)
        inner = float(log_expit(t + math.log(2))) + slope - math.log(A + 3 * B * w * w)
        return 0.5 * math.log(2 / math.pi) - 0.5 * w * w + inner

    def residual(self, z: float) -> float:
        """Root of twice the distance from the highest density, with a sign."""
        if self.kind in ("log-normal", "normal"):
            return z
        return math.copysign(math.sqrt(2 * max(self.highest - self.log_density(z), 0.0)), z - self.top)

"""The likelihood of a study: logarithms of κ and C, the expansion as it is, and a smooth discrepancy in each.

For one quantity with rows at temperatures T (n,) the measured y = ln κ, ln C or α/10⁻⁹ K⁻¹ is normal around
the theory's m(T) with covariance

    Σ = noise + a² k(ln T − ln T′; length),

noise being what the sources state (independent errors, shared scale errors, degrees of freedom of published
fits) and the second term the discrepancy, shared by all data sets of the quantity and integrated out. The
expansion is counted in 10⁻⁹/K so that no product underflows in float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from numpyro.infer.util import log_density
from scipy.linalg import solve_triangular

from ..theory import evaluate
from . import discrepancy as gp
from .coordinates import NormalScore

if TYPE_CHECKING:
    from .study import Study

__all__ = ["Block", "Likelihood", "leave_one_out", "scale_of"]

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

    @cached_property
    def amplitude(self) -> float:
        """Standard deviation of the discrepancy on the likelihood's scale, where it is fixed; 0 if it is off."""
        if self.discrepancy is None:
            return 0.0
        unit = EXPANSION_UNIT if scale_of(self.quantity) == "linear" else 1.0
        if self.discrepancy.amplitude is None:
            return 0.25 * float(np.sqrt(np.mean(self.observed**2)))
        return self.discrepancy.amplitude / unit

    def hyperparameters(self, values: Mapping[str, Any]) -> tuple[Any, Any]:
        """Amplitude (on the likelihood's scale) and length of the discrepancy, from ``values`` where free."""
        if self.discrepancy is None:
            return 0.0, 1.0
        unit = EXPANSION_UNIT if scale_of(self.quantity) == "linear" else 1.0
        amplitude, length = self.discrepancy.names
        return (
            values[amplitude] / unit if amplitude in values else self.amplitude,
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

    def factor(self, values: Mapping[str, Any], xp: ModuleType = jnp) -> Any:
        """Cholesky factor (n, n) of Σ; a constant unless a parameter of the discrepancy is free."""
        if self.discrepancy is None or not any(name in values for name in self.discrepancy.names):
            return self._fixed_factor
        T = self.row_temperature
        return gp.factor(xp.asarray(self.noise) + self.misfit_covariance(T, T, values, xp), xp)

    @cached_property
    def _fixed_factor(self) -> np.ndarray:
        T = self.row_temperature
        return gp.factor(self.noise + self.misfit_covariance(T, T, {}, np), np)

    def conditional(
        self, residual: np.ndarray, T: np.ndarray, values: Mapping[str, float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean (m,) and covariance (m, m) of the discrepancy at ``T`` (m,), given the rows' residuals y − m (n,)."""
        cross = self.misfit_covariance(self.row_temperature, T, values, np)
        factor = self.factor(values, np)
        half = solve_triangular(factor, cross, lower=True)
        white = solve_triangular(factor, residual, lower=True)
        return half.T @ white, self.misfit_covariance(T, T, values, np) - half.T @ half


def leave_one_out(residual: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Log density of each row given all the others, for jointly normal rows.

    With Q = Σ⁻¹ and r = y − m, row i given the rest is normal with variance 1/Q_ii and its residual is
    (Qr)_i/Q_ii (Sundararajan & Keerthi 2001; Bürkner, Gabry & Vehtari 2021). Correlated rows have no log
    likelihood each of their own; they have these, which leave-one-out comparison may use.

    Parameters
    ----------
    residual : (n,)
    factor : (n, n), the lower Cholesky factor of Σ
    """
    inverse = solve_triangular(factor, np.eye(len(residual)), lower=True)
    precision = np.sum(inverse**2, axis=0)
    pull = inverse.T @ (inverse @ residual)
    return 0.5 * (np.log(precision) - np.log(2 * np.pi) - pull**2 / precision)


class Compiled(NamedTuple):
    """Compiled `Likelihood.constrain` and `Likelihood.unconstrain`."""

    constrain: Any
    unconstrain: Any


class Likelihood:
    """Everything the engine needs of a study: a NumPyro model, and the log posterior in sampling coordinates.

    The sampling coordinates z (d,), in the order of ``study.free``, are the normal scores of the parameters
    under their priors (`glassjax.inference.coordinates`). Densities over z include the Jacobian of that map,
    so that a maximum or a Gaussian in z means the same for the optimiser and the sampler.
    """

    def __init__(self, study: "Study") -> None:
        self.study = study
        self.names = tuple(study.free)
        self.distributions = {name: prior.to_numpyro() for name, prior in study.free.items()}
        self.transforms = {name: NormalScore(prior) for name, prior in study.free.items()}
        self.blocks = tuple(_block(study, quantity) for quantity in study.quantities)

    @property
    def dimension(self) -> int:
        """Number of free parameters d."""
        return len(self.names)

    def model(self) -> None:
        """NumPyro's model of the study, for NUTS, Predictive and log_likelihood alike."""
        values = {name: numpyro.sample(name, prior) for name, prior in self.distributions.items()}
        theory, glass = self.study.theory_at(values), self.study.glass_at(values)
        numpyro.factor("stability", theory.log_barrier(glass))
        for block in self.blocks:
            numpyro.sample(
                block.quantity,
                dist.MultivariateNormal(
                    self._mean(block, theory, glass), scale_tril=jnp.asarray(block.factor(values))
                ),
                obs=jnp.asarray(block.observed),
            )

    def _mean(self, block: Block, theory: Any, glass: Any) -> Float[Array, " n"]:
        T = jnp.asarray(block.temperature)
        return to_scale(block.quantity, evaluate(theory, block.quantity, T, glass, self.study.time))[
            block.row
        ]

    def means(self, values: Mapping[str, ArrayLike]) -> dict[str, Array]:
        """Evaluate the theory at every fitted row, on the likelihood's scale: a (n,) array for each quantity."""
        theory, glass = self.study.theory_at(values), self.study.glass_at(values)
        return {block.quantity: self._mean(block, theory, glass) for block in self.blocks}

    def constrain(self, z: Float[Array, "*n d"]) -> dict[str, Array]:
        """Parameters by name at the sampling coordinates ``z`` (d,), or (..., d)."""
        return {name: self.transforms[name](z[..., i]) for i, name in enumerate(self.names)}

    def unconstrain(self, values: Mapping[str, ArrayLike]) -> Float[Array, "*n d"]:
        """Return sampling coordinates (d,) of parameters by name, or (..., d)."""
        columns = [self.transforms[name].inv(jnp.asarray(values[name])) for name in self.names]
        return jnp.stack(columns, axis=-1)

    @cached_property
    def compiled(self) -> "Compiled":
        """The maps between coordinates as single compiled functions, for use outside of others."""
        return Compiled(jax.jit(self.constrain), jax.jit(self.unconstrain))

    def log_prior(self, z: Float[Array, " d"]) -> Array:
        """Log prior density over the sampling coordinates ``z`` (d,)."""
        values = self.constrain(z)
        return sum(
            (
                self.distributions[name].log_prob(values[name])
                + self.transforms[name].log_abs_det_jacobian(z[i], values[name])
                for i, name in enumerate(self.names)
            ),
            jnp.zeros(()),
        )

    def log_posterior(self, z: Float[Array, " d"]) -> Array:
        """Log posterior density (not normalised) over the sampling coordinates ``z`` (d,)."""
        return self._posterior_and_means(z)[0]

    def _posterior_and_means(self, z: Float[Array, " d"]) -> tuple[Array, dict[str, Array]]:
        values = self.constrain(z)
        joint, trace = log_density(self.model, (), {}, values)
        jacobian = [
            self.transforms[n].log_abs_det_jacobian(z[i], values[n]) for i, n in enumerate(self.names)
        ]
        means = {block.quantity: trace[block.quantity]["fn"].loc for block in self.blocks}
        return joint + sum(jacobian, jnp.zeros(())), means

    def potential(self, z: Float[Array, " d"]) -> Array:
        """−log posterior: what is minimised, and what NUTS moves in."""
        return -self.log_posterior(z)

    @cached_property
    def value_and_gradient(self) -> Any:
        """Compiled ``z -> ((potential, means of the rows), gradient)``; the only compilation a maximum needs."""

        def potential(z: Array) -> tuple[Array, dict[str, Array]]:
            log_posterior, means = self._posterior_and_means(z)
            return -log_posterior, means

        return jax.jit(jax.value_and_grad(potential, has_aux=True))

    @cached_property
    def log_prior_gradient(self) -> Any:
        """Compiled gradient (d,) of `log_prior`."""
        return jax.jit(jax.grad(self.log_prior))

    def evaluate(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Potential and its gradient (d,) at ``z`` (d,), as plain numbers."""
        (value, _), gradient = self.value_and_gradient(jnp.asarray(z, dtype=float))
        return float(value), np.asarray(gradient)

    def means_at(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Evaluate the theory at every fitted row for ``z`` (d,), as `means` does, without a new compilation."""
        (_, means), _ = self.value_and_gradient(jnp.asarray(z, dtype=float))
        return {quantity: np.asarray(mean) for quantity, mean in means.items()}

    def log_likelihoods(
        self, means: Mapping[str, np.ndarray], values: Mapping[str, float]
    ) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        """Joint log likelihood of each quantity, and the leave-one-out densities (n,) of its rows."""
        joint, pointwise = {}, {}
        for block in self.blocks:
            residual = block.observed - means[block.quantity]
            factor = block.factor(values, np)
            white = solve_triangular(factor, residual, lower=True)
            determinant = np.sum(np.log(np.diagonal(factor)))
            joint[block.quantity] = float(-0.5 * np.sum(white**2 + np.log(2 * np.pi)) - determinant)
            pointwise[block.quantity] = leave_one_out(residual, factor)
        return joint, pointwise


def _block(study: "Study", quantity: str) -> Block:
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

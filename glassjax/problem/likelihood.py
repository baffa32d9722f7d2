"""The likelihood of a study and its posterior in sampling coordinates; see `glassjax.problem.blocks` for the data."""

import copy
import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from scipy.linalg import solve_triangular

from ..theory import evaluate
from .blocks import Block, leave_one_out, make_block, to_scale, with_factor
from .compiling import made_once, quick_jit
from .coordinates import Coordinates

if TYPE_CHECKING:
    from .specification import Specification

Observed = dict[str, np.ndarray]


class Likelihood(Coordinates):
    """Everything the engine needs of a study: a NumPyro model, and the log posterior in sampling coordinates.

    The sampling coordinates z (d,), in the order of ``study.free``, are the normal scores of the parameters
    under their priors (`glassjax.problem.coordinates`). Densities over z include the Jacobian of that map,
    so that a maximum or a Gaussian in z means the same for the optimiser and the sampler.
    """

    def __init__(self, study: "Specification", blocks: tuple[Block, ...] | None = None) -> None:
        super().__init__(study.free)
        self.study = study
        if blocks is None:
            blocks = tuple(make_block(study, quantity) for quantity in study.quantities)
        self.blocks = blocks
        self.observed: Observed = {block.quantity: block.observed for block in self.blocks}

    def model(self, observed: Mapping[str, ArrayLike] | None = None) -> None:
        """NumPyro's model of the study, for models and samplers of one's own.

        ``observed`` (n,) by quantity stands in for the measured rows.
        """
        observed = self.observed if observed is None else observed
        values = {name: numpyro.sample(name, prior) for name, prior in self.distributions.items()}
        theory, glass = self.study.theory_at(values), self.study.glass_at(values)
        numpyro.factor("stability", theory.log_barrier(glass))
        for block in self.blocks:
            density = self._density(block, self.mean(block, theory, glass, values), values)
            numpyro.sample(block.quantity, density, obs=jnp.asarray(observed[block.quantity]))

    @staticmethod
    def _density(block: Block, mean: Any, values: Mapping[str, Any]) -> Any:
        """Distribution of one block's rows."""
        return dist.MultivariateNormal(mean, scale_tril=jnp.asarray(block.factor(values)))

    def mean(self, block: Block, theory: Any, glass: Any, values: Mapping[str, Any]) -> Float[Array, " n"]:
        """Mean of one block's rows (n,), on the likelihood's scale, for use inside other programs."""
        T = jnp.asarray(block.temperature)
        mean = to_scale(block.quantity, evaluate(theory, block.quantity, T, glass, self.study.time))
        return block.of_rows(with_factor(block.quantity, mean, self.study.complete(values)))

    def means(self, values: Mapping[str, ArrayLike]) -> dict[str, Array]:
        """Evaluate the theory at every fitted row, on the likelihood's scale: a (n,) array for each quantity."""
        theory, glass = self.study.theory_at(values), self.study.glass_at(values)
        return {block.quantity: self.mean(block, theory, glass, values) for block in self.blocks}

    def log_posterior(self, z: Float[Array, " d"]) -> Array:
        """Log posterior density (not normalised) over the sampling coordinates ``z`` (d,)."""
        return self._posterior_and_means(z, self.observed)[0]

    def _posterior_and_means(
        self, z: Float[Array, " d"], observed: Mapping[str, ArrayLike]
    ) -> tuple[Array, dict[str, Array]]:
        """Sum the densities of `model`, whose handlers, global as they are, do not allow two threads at once."""
        values = self.constrain(z)
        theory, glass = self.study.theory_at(values), self.study.glass_at(values)
        joint = jnp.zeros(())
        for name, prior in self.distributions.items():
            joint += prior.log_prob(values[name])
        joint += jnp.sum(theory.log_barrier(glass))
        means = {}
        for block in self.blocks:
            means[block.quantity] = self.mean(block, theory, glass, values)
            density = self._density(block, means[block.quantity], values)
            joint += density.log_prob(jnp.asarray(observed[block.quantity]))
        jacobian = [
            self.transforms[n].log_abs_det_jacobian(z[i], values[n]) for i, n in enumerate(self.names)
        ]
        return joint + sum(jacobian, jnp.zeros(())), means

    def potential(self, z: Float[Array, " d"]) -> Array:
        """−log posterior: what is minimised, and what NUTS moves in."""
        return -self.log_posterior(z)

    def value_with_means(
        self, z: Float[Array, " d"], observed: Mapping[str, ArrayLike]
    ) -> tuple[Array, dict[str, Array]]:
        """Return potential and means of the rows at ``z`` (d,), for use inside other programs."""
        log_posterior, means = self._posterior_and_means(z, observed)
        return -log_posterior, means

    def differentiate(
        self, z: Float[Array, " d"], observed: Mapping[str, ArrayLike]
    ) -> tuple[tuple[Array, dict[str, Array]], Float[Array, " d"]]:
        """Return potential, means of the rows, and gradient (d,) at ``z`` (d,), for use inside other programs."""
        return jax.value_and_grad(self.value_with_means, has_aux=True)(z, observed)

    @property
    @made_once
    def _program(self) -> Any:
        """`differentiate`, compiled: all that a maximum needs."""
        return quick_jit(self.differentiate)

    @property
    def compiled_ahead(self) -> bool:
        """Whether `differentiate` has its compiled program."""
        return "_program" in self.made

    def lower(self) -> Any:
        """Trace `differentiate` for compilation ahead of its first use; hand what ``.compile()`` returns to `use`."""
        return quick_jit(self.differentiate).lower(jnp.zeros(self.dimension), self.data)

    def use(self, program: Any) -> None:
        """Take a compiled `differentiate`."""
        self.made["_program"] = program

    def value_and_gradient(self, z: ArrayLike) -> tuple[tuple[Array, dict[str, Array]], Array]:
        """Return potential, means of the rows, and gradient (d,) at ``z`` (d,); compiled once."""
        return self._program(z, self.data)

    @property
    @made_once
    def _linear_program(self) -> Any:
        """`linearise`, compiled: what Levenberg-Marquardt needs."""
        return quick_jit(partial(linearise, self))

    def information(self, z: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Potential, gradient (d,) and expected information (d, d) at ``z`` (d,); compiled once."""
        value, gradient, matrix = self._linear_program(jnp.asarray(z, dtype=float), self.data)
        return float(value), np.asarray(gradient), np.asarray(matrix)

    @property
    @made_once
    def _value_program(self) -> Any:
        """Potential and means, compiled without a gradient: a third of the time of one with it."""
        return quick_jit(self.value_with_means)

    def value_and_means(self, z: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Potential at ``z`` (d,), and means of the rows, for methods that need no gradient; compiled once."""
        value, means = self._value_program(jnp.asarray(z, dtype=float), self.data)
        return float(value), {quantity: np.asarray(mean) for quantity, mean in means.items()}

    def evaluate(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Potential and its gradient (d,) at ``z`` (d,), as plain numbers."""
        (value, _), gradient = self._program(jnp.asarray(z, dtype=float), self.data)
        return float(value), np.asarray(gradient)

    def means_at(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Evaluate the theory at every fitted row for ``z`` (d,), as `means` does, without a new compilation."""
        (_, means), _ = self.value_and_gradient(jnp.asarray(z, dtype=float))
        return {quantity: np.asarray(mean) for quantity, mean in means.items()}

    def simulate(self, values: Mapping[str, ArrayLike], rng: np.random.Generator) -> Observed:
        """Draw every fitted row (n,) at the parameters ``values``, with its errors and the discrepancy."""
        z = np.asarray(self.compiled.unconstrain(dict(values)))
        at = {name: float(np.asarray(value)) for name, value in values.items()}
        means = self.means_at(z)
        return {
            block.quantity: means[block.quantity] + block.factor(at, np) @ rng.standard_normal(len(block.row))
            for block in self.blocks
        }

    def observing(self, study: "Specification", observed: Observed) -> "Likelihood":
        """Return the same likelihood of a study with other measured rows; nothing is compiled again."""
        other = copy.copy(self)  # which shares what is made for either
        other.study, other.observed = study, observed
        other.blocks = tuple(block.observing(observed[block.quantity]) for block in self.blocks)
        return other

    def log_likelihoods(
        self, means: Mapping[str, np.ndarray], values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Joint log likelihood (...) of each quantity, and the leave-one-out densities (..., n) of its rows.

        ``means`` are (..., n) by quantity and ``values`` (...) by name, of one draw or of many.
        """
        joint, pointwise, _ = self.replicate(means, values, None)
        return joint, pointwise

    def replicate(
        self, means: Mapping[str, np.ndarray], values: Mapping[str, Any], rng: np.random.Generator | None
    ) -> tuple[dict[str, Any], dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return `log_likelihoods`, and data (..., n) by quantity drawn anew at the same parameters, by ``rng``."""
        joint, pointwise, replicated = {}, {}, {}
        for block in self.blocks:
            residual = block.observed - means[block.quantity]
            normal = np.zeros(residual.shape) if rng is None else rng.standard_normal(residual.shape)
            if residual.ndim == 1 or not block.moving:
                factor = block.factor(values, np)
                found = _log_density(residual, factor), leave_one_out(residual, factor), normal @ factor.T
            else:
                found = np.empty(residual.shape[:-1]), np.empty(residual.shape), normal
                for at in np.ndindex(residual.shape[:-1]):
                    factor = block.factor({name: float(column[at]) for name, column in values.items()}, np)
                    found[0][at] = _log_density(residual[at], factor)
                    found[1][at] = leave_one_out(residual[at], factor)
                    found[2][at] = factor @ normal[at]
            joint[block.quantity], pointwise[block.quantity] = found[:2]
            replicated[block.quantity] = means[block.quantity] + found[2]
        return joint, pointwise, replicated


def _log_density(residual: np.ndarray, factor: np.ndarray) -> Any:
    """Log density (...) of normal rows with ``residual`` (..., n) and the Cholesky ``factor`` (n, n) of Σ."""
    white = solve_triangular(factor, residual.reshape(-1, len(factor)).T, lower=True)
    constant = np.sum(np.log(np.diagonal(factor))) + 0.5 * len(factor) * np.log(2 * np.pi)
    return (-0.5 * np.sum(white**2, axis=0) - constant).reshape(residual.shape[:-1])[()]


def linearise(
    likelihood: "Likelihood", z: Float[Array, " d"], observed: "Mapping[str, Any]"
) -> tuple[Array, Float[Array, " d"], Float[Array, "d d"]]:
    """Return potential, gradient (d,) and expected information (d, d) at ``z`` (d,), for use in other programs."""

    def features(z: Array) -> tuple[tuple[Array, Array], Array]:
        values = likelihood.constrain(z)
        theory, glass = likelihood.study.theory_at(values), likelihood.study.glass_at(values)
        barrier = -jnp.asarray(theory.log_barrier(glass))
        potential = barrier - likelihood.log_prior(z)
        # the barrier as half a square, kept away from the root's infinite slope at 0
        parts = [z, jnp.sqrt(2 * jnp.maximum(barrier, 1e-12))[None]]
        for block in likelihood.blocks:
            root = jnp.asarray(block.factor(values))
            mean = likelihood.mean(block, theory, glass, values)
            white = jax.scipy.linalg.solve_triangular(root, observed[block.quantity] - mean, lower=True)
            potential += 0.5 * jnp.sum(white**2 + math.log(2 * math.pi)) + jnp.sum(
                jnp.log(jnp.diagonal(root))
            )
            whiten = partial(jax.scipy.linalg.solve_triangular, jax.lax.stop_gradient(root), lower=True)
            parts.append(whiten(mean))
            if block.moving:
                parts.append(whiten(whiten(root @ root.T).T).ravel() / math.sqrt(2))
        return (jnp.concatenate(parts), potential), potential

    (jacobian, gradient), potential = jax.jacfwd(features, has_aux=True)(z)
    return potential, gradient, jacobian.T @ jacobian

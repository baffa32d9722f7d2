"""NumPyro's NUTS over the coordinates of a Laplace covariance, compiled once for all data of the same rows.

The chains move in u (d,), z = z_max + L u with L Lᵀ the Laplace covariance of the sampling coordinates z of
`Likelihood`: the Laplace covariance is the dense mass matrix. Maximum, covariance and measured rows are arguments
of the compiled program, not constants in it, so that simulated data sets are sampled without compiling again.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer.hmc import hmc
from numpyro.infer.util import ParamInfo

from .. import random_streams
from ..problem.compiling import quick_jit

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.settings import Sampler

CHUNK = 25  # steps between two returns to Python
_FIELDS = ("z", "potential_energy", "energy", "accept_prob", "num_steps", "diverging")

Advance = Callable[[Any, int], tuple[Any, dict[str, jax.Array]]]


class Metric:
    """The map z = centre + root u between the chains' coordinates u (d,) and the sampling coordinates z (d,)."""

    def __init__(self, centre: np.ndarray, root: np.ndarray) -> None:
        self.centre, self.root = centre, root

    def forward(self, u: np.ndarray) -> np.ndarray:
        """Return sampling coordinates (..., d) of ``u`` (..., d)."""
        return self.centre + u @ self.root.T

    def inverse(self, z: np.ndarray) -> np.ndarray:
        """Return chains' coordinates (d,) of ``z`` (d,)."""
        return np.linalg.solve(self.root, z - self.centre)


def kernel_of(likelihood: "Likelihood", settings: "Sampler", batch: int | None) -> "Kernel":
    """Return the kernel for these settings, made once for a likelihood and its simulated kin.

    ``batch`` is the number of chains that advance as one, None for one chain.
    """
    key = (settings.warmup, settings.target_accept, settings.tree_depth, settings.adapt_metric, batch)
    return likelihood.kernels.once(key, lambda: Kernel(likelihood, settings, batch))


class Kernel:
    """Transitions of NUTS of one chain or a batch, and the compiled program that makes `CHUNK` of them."""

    def __init__(self, likelihood: "Likelihood", settings: "Sampler", batch: int | None) -> None:
        self.settings, self.batch = settings, batch
        self._init, self._move = hmc(potential_fn_gen=potentials(likelihood), algo="NUTS")
        self._compiled: Any = None

    def begin(self, likelihood: "Likelihood", metric: Metric, begins: np.ndarray, seed: int) -> list[Any]:
        """Return NumPyro's states of chains that begin at u ``begins`` (chains, d), or the one of a batch."""
        states = []
        keys = jax.random.split(random_streams.key(seed, "chains"), len(begins))
        for key, u in zip(keys, begins, strict=True):
            value, gradient = likelihood.evaluate(metric.forward(u))
            where = ParamInfo(jnp.asarray(u), jnp.asarray(value), jnp.asarray(metric.root.T @ gradient))
            state = self._init(
                where,
                self.settings.warmup,
                step_size=0.5,
                adapt_mass_matrix=self.settings.adapt_metric,
                dense_mass=self.settings.adapt_metric,
                target_accept_prob=self.settings.target_accept,
                trajectory_length=None,
                max_tree_depth=self.settings.tree_depth,
                model_args=chain_arguments(metric, likelihood.data),
                rng_key=key,
            )
            states.append(state)
        if self.batch is not None:
            states = [jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)]
        return states

    def program(self, state: Any, metric: Metric, observed: Any) -> Advance:
        """Return ``(state, n) -> (state after n ≤ CHUNK steps, fields of those steps)``, compiled at the first call."""
        arguments = chain_arguments(metric, observed)
        if self._compiled is None:
            self._compiled = quick_jit(self._advance).lower(state, 1, arguments).compile()
        compiled = self._compiled
        return lambda state, n: compiled(state, n, arguments)

    def _advance(
        self, state: Any, n: jax.Array, arguments: tuple[Any, ...]
    ) -> tuple[Any, dict[str, jax.Array]]:
        def move(state: Any) -> Any:
            return self._move(state, arguments, {})

        move_all = move if self.batch is None else jax.vmap(move)
        room = jax.tree.map(lambda x: jnp.zeros((CHUNK, *jnp.shape(x)), jnp.result_type(x)), _fields(state))

        def step(i: jax.Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            state, rows = carry
            state = move_all(state)
            return state, jax.tree.map(lambda row, x: row.at[i].set(x), rows, _fields(state))

        return jax.lax.fori_loop(0, n, step, (state, room))


def chain_arguments(metric: Metric, observed: Any) -> tuple[Any, ...]:
    """Return what `potentials` makes a potential of: centre, root and measured rows."""
    return jnp.asarray(metric.centre), jnp.asarray(metric.root), jax.tree.map(jnp.asarray, observed)


def _fields(state: Any) -> dict[str, jax.Array]:
    found = {name: getattr(state, name) for name in _FIELDS}
    return found | {"step_size": state.adapt_state.step_size}


def potentials(likelihood: "Likelihood") -> Callable[..., Any]:
    """Return ``(centre, root, observed) -> potential over u (d,)``, whose gradient comes with the value."""

    def generate(centre: jax.Array, root: jax.Array, observed: Any) -> Any:
        @jax.custom_vjp
        def potential(u: jax.Array) -> jax.Array:
            return forward(u)[0]

        def forward(u: jax.Array) -> tuple[jax.Array, jax.Array]:
            (value, _), gradient = likelihood.differentiate(centre + root @ u, observed)
            return value, root.T @ gradient

        potential.defvjp(forward, lambda gradient, scale: (scale * gradient,))
        return potential

    return generate

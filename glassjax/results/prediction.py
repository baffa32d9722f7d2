"""Curves at draws from a posterior, with or without the discrepancy that the data show."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import GlassjaxError, suggest
from ..problem.blocks import from_scale, to_scale, with_factor
from ..problem.compiling import Programs, quick_jit
from ..quantities import QUANTITIES
from ..theory import evaluate

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood

# One program for each quantity serves every figure and table: temperatures and draws are padded to these numbers.
TEMPERATURES = 96
DRAWS = 20


class Curves:
    """Evaluates a quantity at many parameter vectors, with one compilation for each quantity.

    The temperatures asked for and those of the fitted rows are evaluated together, so that the discrepancy
    at the former can be conditioned on the residuals at the latter.
    """

    def __init__(self, likelihood: "Likelihood") -> None:
        self.likelihood = likelihood
        self.made = Programs()
        self._kept: dict[Any, np.ndarray] = {}

    def __call__(self, quantity: str, T: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Return curves (k, n + m) on the likelihood's scale at ``T`` and m fitted temperatures, for k parameters."""
        block = self.block(quantity)
        grid = T if block is None else np.concatenate([T, block.temperature])
        key = (quantity, grid.tobytes(), parameters.tobytes())
        found = self._kept.get(key)
        if found is None:
            run = self.made.once(quantity, lambda: quick_jit(self._run(quantity)))
            found = np.concatenate(
                [
                    np.concatenate([_padded_run(run, T, rows) for rows in _parts(parameters, DRAWS)])
                    for T in _parts(grid, TEMPERATURES)
                ],
                axis=1,
            )
            self._kept = {**dict(list(self._kept.items())[-5:]), key: found}
        return found

    def block(self, quantity: str) -> Any:
        """Fitted rows of a quantity, or None."""
        return next((block for block in self.likelihood.blocks if block.quantity == quantity), None)

    def _run(self, quantity: str) -> Any:
        study, names = self.likelihood.study, self.likelihood.names

        def run(T: jax.Array, parameters: jax.Array) -> jax.Array:
            def one(vector: jax.Array) -> jax.Array:
                values = {name: vector[i] for i, name in enumerate(names)}
                theory, glass = study.theory_at(values), study.glass_at(values)
                mean = to_scale(quantity, evaluate(theory, quantity, T, glass, study.time))
                return with_factor(quantity, mean, study.complete(values))

            return jax.lax.map(one, parameters)

        return run

    def with_discrepancy(
        self, quantity: str, T: np.ndarray, parameters: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Curves (k, n) with a draw of the discrepancy, given the residuals, added to each."""
        curves = self(quantity, T, parameters)
        block = self.block(quantity)
        if block is None or block.discrepancy is None:
            return curves[:, : len(T)]
        means = curves[:, len(T) :][:, block.row]
        names = self.likelihood.names
        added = []
        weights = root = np.empty(0)
        for i, (vector, mean) in enumerate(zip(parameters, means, strict=True)):
            if block.moving or i == 0:
                weights, covariance = block.gain(T, dict(zip(names, vector.tolist(), strict=True)))
                level, directions = np.linalg.eigh(covariance)
                root = directions * np.sqrt(np.maximum(level, 0))
            added.append(weights @ (block.observed - mean) + root @ rng.standard_normal(len(T)))
        return curves[:, : len(T)] + np.stack(added)

    def to_si(self, quantity: str, curves: np.ndarray) -> np.ndarray:
        """Curves in SI units."""
        return from_scale(quantity, curves)


def _parts(array: np.ndarray, size: int) -> list[np.ndarray]:
    """Cut an array into pieces of at most ``size`` along its first axis."""
    return [array[begin : begin + size] for begin in range(0, len(array), size)]


def _padded_run(run: Any, T: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Curves (k, n) at ``T`` (n,) and ``parameters`` (k, d), by a program for `TEMPERATURES` and `DRAWS`."""
    padded_T = np.pad(T, (0, TEMPERATURES - len(T)), mode="edge")
    padded = np.pad(parameters, ((0, DRAWS - len(parameters)), (0, 0)), mode="edge")
    return np.asarray(run(jnp.asarray(padded_T), jnp.asarray(padded)))[: len(parameters), : len(T)]


def check_quantity(quantity: str) -> None:
    """Refuse a quantity no theory has."""
    if quantity not in QUANTITIES:
        raise GlassjaxError(
            f"no quantity '{quantity}'{suggest(quantity, QUANTITIES)}; there are {', '.join(QUANTITIES)}"
        )

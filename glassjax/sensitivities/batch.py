"""The theory at many points of a study: compiled once, evaluated in chunks of one size."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from ..problem.compiling import Programs, made_once, quick_jit
from .slopes import mean_at

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood

CHUNK = 32
Progress = Callable[[int, int], None]  # called with how many are done, and of how many


class Batch:
    """Evaluates quantities at fixed temperatures for many sampling coordinates.

    Parameters
    ----------
    likelihood : Likelihood
    grids : mapping
        Temperatures (n,) in K of each quantity.
    """

    def __init__(self, likelihood: "Likelihood", grids: Mapping[str, np.ndarray]) -> None:
        self.likelihood = likelihood
        self.grids = {quantity: np.asarray(T, dtype=float) for quantity, T in grids.items()}
        self.made = Programs()

    @property
    @made_once
    def _program(self) -> Any:
        return quick_jit(self._run)

    def _run(self, z: jax.Array, grids: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        def one(z: jax.Array) -> dict[str, jax.Array]:
            values = self.likelihood.constrain(z)
            return {q: mean_at(self.likelihood, q, T, values) for q, T in grids.items()}

        return jax.lax.map(one, z)

    def __call__(self, z: np.ndarray, progress: Progress | None = None) -> dict[str, np.ndarray]:
        """Return each quantity (k, n) on the likelihood's scale at the coordinates ``z`` (k, d)."""
        parts = []
        for begin in range(0, len(z), CHUNK):
            piece = z[begin : begin + CHUNK]
            padded = np.pad(piece, ((0, CHUNK - len(piece)), (0, 0)), mode="edge")
            found = self._program(jnp.asarray(padded), self.grids)
            parts.append({q: np.asarray(y)[: len(piece)] for q, y in found.items()})
            if progress is not None:
                progress(min(begin + CHUNK, len(z)), len(z))
        return {q: np.concatenate([part[q] for part in parts]) for q in self.grids}

"""The theory's answers and their slopes along the sampling coordinates, at fitted rows and anywhere else.

A fit is linear near a point z₀ of its sampling coordinates (normal scores under the priors): the mean of a row on the
likelihood's scale, ln κ, ln C or α/10⁻⁹ K⁻¹, is m(T, z) ≈ m(T, z₀) + g(T)ᵀ(z − z₀). Fisher information, designs and
propagated errors are made of these g.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import GlassjaxError
from ..problem.blocks import to_scale, with_factor
from ..problem.compiling import Programs, made_once, quick_jit
from ..theory import evaluate

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood


class Line(NamedTuple):
    """Means (n,) and slopes (n, d) of one quantity, on the likelihood's scale."""

    mean: np.ndarray
    slope: np.ndarray


def mean_at(likelihood: "Likelihood", quantity: str, T: Any, values: Mapping[str, Any]) -> jax.Array:
    """Evaluate a quantity on the likelihood's scale (n,) at ``T`` (n,) in K, for free parameters ``values``."""
    study = likelihood.study
    theory, glass = study.theory_at(values), study.glass_at(values)
    mean = to_scale(quantity, evaluate(theory, quantity, T, glass, study.time))
    return with_factor(quantity, mean, study.complete(values))


class Slopes:
    """Evaluates means and slopes of all quantities asked for in one forward-mode program, compiled once a shape."""

    def __init__(self, likelihood: "Likelihood") -> None:
        self.likelihood = likelihood
        self.made = Programs()

    @property
    @made_once
    def _program(self) -> Any:
        return quick_jit(self._run)

    def _run(self, z: jax.Array, grids: Mapping[str, jax.Array]) -> tuple[Any, Any]:
        def means(z: jax.Array) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
            values = self.likelihood.constrain(z)
            found = {q: mean_at(self.likelihood, q, T, values) for q, T in grids.items()}
            return found, found

        slope, mean = jax.jacfwd(means, has_aux=True)(z)
        return mean, slope

    def __call__(self, z: np.ndarray, grids: Mapping[str, np.ndarray]) -> dict[str, Line]:
        """Return the `Line` of each quantity at temperatures ``grids`` (n,) in K, around ``z`` (d,)."""
        mean, slope = self._program(jnp.asarray(z), {q: jnp.asarray(T) for q, T in grids.items()})
        lines = {q: Line(np.asarray(mean[q]), np.asarray(slope[q])) for q in grids}
        for quantity, line in lines.items():
            if not (np.all(np.isfinite(line.mean)) and np.all(np.isfinite(line.slope))):
                raise GlassjaxError(
                    f"{quantity} or its derivatives are not finite here; choose other temperatures or another point"
                )
        return lines

"""A theory without physics, for problems that are not of glasses: x1 to x10 are free, and its every answer is 1."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from glassjax import Theory
from glassjax.theory import Parameter

__all__ = ["DIMENSIONS", "Blank"]

DIMENSIONS = 10


class Blank(Theory):
    """Ten parameters without bounds; a subclass says what they mean."""

    x1: Any = 0.0
    x2: Any = 0.0
    x3: Any = 0.0
    x4: Any = 0.0
    x5: Any = 0.0
    x6: Any = 0.0
    x7: Any = 0.0
    x8: Any = 0.0
    x9: Any = 0.0
    x10: Any = 0.0

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """x1 to x10; a problem uses the first of them."""
        return tuple(
            Parameter(f"x{i}", f"x_{{{i}}}", "", -np.inf, np.inf, "of the problem")
            for i in range(1, DIMENSIONS + 1)
        )

    @property
    def x(self) -> list[Any]:
        """All parameters."""
        return [getattr(self, f"x{i}") for i in range(1, DIMENSIONS + 1)]

    def thermal_conductivity(self, T: Any, glass: Any) -> Any:
        """One."""
        return jnp.ones_like(T)

    def heat_capacity(self, T: Any, glass: Any, *, time: Any = 10.0) -> Any:
        """One."""
        return jnp.ones_like(T)

    def thermal_expansion(self, T: Any, glass: Any, *, time: Any = 10.0) -> Any:
        """One."""
        return jnp.ones_like(T)

"""A Gaussian over the sampling coordinates, to draw from and to weigh the draws by."""

import math

import numpy as np
from scipy.linalg import solve_triangular

__all__ = ["Gaussian"]


class Gaussian:
    """The normal distribution with mean ``centre`` (d,) and covariance root rootᵀ, ``root`` (d, d) lower triangular."""

    def __init__(self, centre: np.ndarray, root: np.ndarray) -> None:
        self.centre, self.root = centre, root

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw (n, d)."""
        return self.centre + rng.standard_normal((n, len(self.centre))) @ self.root.T

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Log density (...,) at ``z`` (..., d)."""
        d = len(self.centre)
        white = solve_triangular(self.root, (z - self.centre).reshape(-1, d).T, lower=True)
        constant = 0.5 * d * math.log(2 * math.pi) + np.sum(np.log(np.diagonal(self.root)))
        return (-0.5 * np.sum(white**2, axis=0) - constant).reshape(z.shape[:-1])

"""The smeared phonon cut-off that friction and shift of a ripplon have in common (Sec. IV.F, Eq. 53-54).

Frequencies in units of the cut-off's centre; δ = 1/√D is its relative width.
"""

import math

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.safe import x_log_abs

__all__ = ["SMEARINGS", "mean_cube", "relative_width", "share_above", "shift_function"]

SMEARINGS = ("box", "gauss", "sharp")


def relative_width(fragility: ArrayLike) -> Array:
    """δ = 1/√D, relative width of the phonon cut-off (Sec. IV.F)."""
    return 1 / jnp.sqrt(jnp.asarray(fragility, dtype=float))


def _first_integral(X: Array, x: Array, cell: Array | None = None) -> Array:
    """∫₀^X X³H(x/X) dX with the sharp H: the box average is a difference of two of these (Sec. 5, G).

    ``cell`` averages (X - x) ln|X - x| over x ± cell/2.
    """
    singular = x_log_abs(X - x) if cell is None else _averaged_x_log(X - x, cell)
    logs = singular - (X - x) - X * jnp.log(jnp.maximum(x, 1e-30))
    return X**4 / 12 + x * X**3 / 6 + x**2 * X**2 / 2 + x**3 * logs


def _second_integral(X: Array, x: Array) -> Array:
    """∫₀^X of `_first_integral`, up to a linear function of X."""
    logs = (X - x) * x_log_abs(X - x) / 2 - 0.75 * (X - x) ** 2 - X**2 / 2 * jnp.log(jnp.maximum(x, 1e-30))
    return X**5 / 60 + x * X**4 / 24 + x**2 * X**3 / 6 + x**3 * logs


_FAR = 8.0
_TERMS = {"box": 12, "gauss": 20, "sharp": 11}
"""Terms of the series beyond `_FAR`."""


def _gauss_nodes(delta: Array) -> tuple[Array, Array]:
    """Nodes X and weights of the Gaussian-smeared cut-off, on X > 0 and |X - 1| < 6δ (trapezoidal rule)."""
    X = jnp.linspace(jnp.maximum(1 - 6 * delta, 0.0), 1 + 6 * delta, 257)
    density = jnp.exp(-(((X - 1) / delta) ** 2) / 2) / (delta * math.sqrt(2 * math.pi))
    return X, (X[1] - X[0]) * density.at[jnp.array([0, -1])].multiply(0.5)


def _moments(k: np.ndarray, delta: Array, smearing: str) -> Array:
    """⟨X^k⟩ of the smeared cut-off, X in units of its centre."""
    if smearing == "sharp":
        return jnp.ones(len(k))
    if smearing == "box":
        return ((1 + delta) ** (k + 1) - (1 - delta) ** (k + 1)) / (2 * delta * (k + 1))
    X, weights = _gauss_nodes(delta)
    return X[None, :] ** k[:, None] @ weights


def _averaged_log(v: Array, cell: Array) -> Array:
    """Mean of ln|v| over a cell of width ``cell`` around v; far from v = 0 its expansion."""
    r = v / cell
    close = jnp.abs(r) < 4
    r = jnp.where(close, r, 4.0)
    inside = jnp.log(cell) + x_log_abs(r + 0.5) - x_log_abs(r - 0.5) - 1
    v = jnp.where(close, 4 * cell, v)
    return jnp.where(close, inside, jnp.log(jnp.abs(v)) - (cell / v) ** 2 / 24 - (cell / v) ** 4 / 320)


def _averaged_x_log(v: Array, cell: Array) -> Array:
    """Mean of v ln|v| over a cell of width ``cell`` around v; far from v = 0 its expansion, from one logarithm."""
    close = jnp.abs(v) < 4 * cell
    left, right = jnp.where(close, v - cell / 2, v), jnp.where(close, v + cell / 2, v)

    def integral(v: Array, v_log: Array) -> Array:
        return v * v_log / 2 - v**2 / 4

    v_log = x_log_abs(right)
    inside = (integral(right, v_log) - integral(left, x_log_abs(left))) / cell
    far = cell / jnp.where(close, 4 * cell, v)
    return jnp.where(close, inside, v_log + cell * (far / 24 + far**3 / 960))


def shift_function(
    x: Float[Array, " n"], delta: ArrayLike, smearing: str = "box", cell: Float[Array, " n"] | None = None
) -> Float[Array, " n"]:
    """H(x) of Eq. 54, x = ω/ω_c: P∫₀¹ y³dy/(y-x), averaged over the smeared cut-off.

    ``smearing``: "box" (cut-off uniform on 1 ± δ), "gauss" (normal with standard deviation δ; good to 10⁻⁵) or
    "sharp" (δ ignored; logarithmic singularity at x = 1). Checked for 0 ≤ x < ∞; beyond x = 8 the series
    -Σ_n ⟨X^{n+4}⟩ x^{-(n+1)}/(n+4) replaces the closed form, which cancels there. With ``cell``, the logarithms at the
    edges of the cut-off are averaged over x ± cell/2, so that a sum over nodes that far apart sees their integral.
    """
    delta = jnp.asarray(delta, dtype=float)
    near = jnp.minimum(x, _FAR)
    if smearing == "sharp":
        edge = 1 - near
        log_edge = jnp.log(jnp.maximum(jnp.abs(edge), 1e-12)) if cell is None else _averaged_log(edge, cell)
        close = 1 / 3 + near / 2 + near**2 + near**3 * (log_edge - jnp.log(jnp.maximum(near, 1e-30)))
    elif smearing == "box":
        close = _first_integral(1 + delta, near, cell) - _first_integral(1 - delta, near, cell)
        close = close / (2 * delta)
    else:
        X, weights = (part[None, :] for part in _gauss_nodes(delta))
        curvature = (((X - 1) / delta) ** 2 - 1) / delta**2 * weights
        at, zero = near[:, None], jnp.zeros(())  # two integrations by parts, no boundary terms at X = 0
        tangent = _second_integral(zero, at) + _first_integral(zero, at) * X
        close = jnp.sum(curvature * (_second_integral(X, at) - tangent), axis=-1)
    k = np.arange(4, 4 + _TERMS[smearing])
    ratio = 1 / jnp.maximum(x, _FAR)
    terms = _moments(k, delta, smearing) / k
    far = jnp.zeros_like(ratio)
    for term in terms[::-1]:  # Horner's rule: powers of so many numbers would take longer than all else here
        far = (far + term) * ratio
    return jnp.where(x < _FAR, close, -far)


def share_above(x: Array, delta: Array, smearing: str, cell: Array | None) -> Array:
    """Share of the smeared cut-off (mean 1) above x, averaged over x ± cell/2 unless normal (Eq. 53)."""
    if smearing == "gauss":
        return ndtr((1 - x) / delta)
    if smearing == "sharp":
        delta = jnp.zeros_like(delta)

    def ramp(x: Array) -> Array:
        if smearing == "sharp":
            return jnp.where(x < 1, 1.0, 0.0)
        return jnp.clip((1 + delta - x) / (2 * delta), 0.0, 1.0)

    def above(x: Array) -> Array:  # ∫_x^∞ of the ramp
        return delta * ramp(x) ** 2 + jnp.maximum(1 - delta - x, 0.0)

    if cell is None:
        return ramp(x)
    averaged = (above(x - cell / 2) - above(x + cell / 2)) / cell
    return jnp.where(x + cell / 2 < 1 - delta, 1.0, averaged)


def mean_cube(fragility: ArrayLike, smearing: str) -> Array:
    """⟨X³⟩ of the smeared cut-off, 3H(0): 1 + δ² for a box, 1 + 3δ² if normal, 1 if sharp (Eq. 54)."""
    return 1 + {"box": 1.0, "gauss": 3.0, "sharp": 0.0}[smearing] * relative_width(fragility) ** 2

"""Friction and shift of ripplons by phonons up to a smeared cut-off, and when the lowest goes soft (Eq. 53-54).

The functions of the cut-off itself take frequencies in units of its centre; δ = 1/√D is its relative width.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import GlassjaxError, choose
from ..numerics.functions import elementwise, x_log_abs
from .landscape import XI
from .walls import L_MIN, frequency

__all__ = [
    "FRICTIONS",
    "SMEARINGS",
    "friction",
    "mean_cube",
    "omega_c_from_softening",
    "relative_width",
    "share_above",
    "shift",
    "shift_function",
    "softening",
]

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


FRICTIONS = ("cubic", "cut-off")


def friction(
    omega: ArrayLike,
    tg: ArrayLike,
    omega_c: ArrayLike | None = None,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    smearing: str = "box",
    *,
    form: str = "cubic",
    cell: ArrayLike | None = None,
) -> Array:
    """Ripplon friction γ_ω = (3π/2)(T_g/ω_D) ω³ in ω_D (Eq. 53), kept cubic above the cut-off as the paper does.

    Parameters
    ----------
    omega : any shape, in ω_D.
    tg, omega_c, xi, D, smearing
        As in `broadened_spectrum`; all but ``tg`` are used by the form "cut-off" only, which needs ``omega_c``.
    form : {"cubic", "cut-off"}
        "cut-off" multiplies by the share of the smeared cut-off that lies above ω: for a box 1 below ω̂_c(1-δ),
        falling linearly to 0 at ω̂_c(1+δ); a normal's tail; or a step. With the `shift` it is then the imaginary part
        of one causal self-energy.
    cell : as omega
        Width of the cell around ω over which a ramp or step is averaged.

    Raises
    ------
    GlassjaxError
        For an unknown ``form`` or ``smearing``, and for "cut-off" without ``omega_c``.
    """
    cubic = 1.5 * math.pi * tg * jnp.asarray(omega) ** 3
    choose(form, FRICTIONS, "friction")
    if form == "cubic":
        return cubic
    choose(smearing, SMEARINGS, "smearing")
    if omega_c is None:
        raise GlassjaxError("the friction 'cut-off' needs omega_c")
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    safe = jnp.maximum(cutoff, 1e-3)
    scaled = None if cell is None else jnp.asarray(cell) / safe
    share = share_above(jnp.asarray(omega) / safe, relative_width(D), smearing, scaled)
    return cubic * jnp.where(cutoff > 1e-3, share, 0.0)


def shift(
    omega: Float[ArrayLike, " n"],
    tg: ArrayLike,
    omega_c: ArrayLike,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    smearing: str = "box",
    *,
    cell: Float[ArrayLike, " n"] | None = None,
) -> Float[Array, " n"]:
    """Downward shift ω_l - ω_l(ω) = (3/2)(T_g/ω_D) ω̂_c³ H(ω/ω̂_c) of every ripplon, in ω_D (Eq. 54).

    ω̂_c = ``omega_c``/``xi`` is the phonon cut-off; ``omega_c`` = 0 gives zero. ``cell`` (n,) averages the logarithms at
    the edges of the cut-off over ω ± cell/2. An unknown ``smearing`` raises `GlassjaxError`.
    """
    choose(smearing, SMEARINGS, "smearing")
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    omega = jnp.asarray(omega, dtype=float)
    return 1.5 * tg * _per_coupling(smearing, cell is None)(omega, cutoff, D, 0.0 if cell is None else cell)


@lru_cache
def _per_coupling(smearing: str, pointwise: bool) -> Callable[..., Array]:
    """ω̂_c³ H(ω/ω̂_c) as a function of ω, ω̂_c, D and the cell, for one smearing."""

    @elementwise
    def shift(omega: Array, cutoff: Array, D: Array, cell: Array) -> Array:
        safe = jnp.maximum(cutoff, 1e-3)
        scaled = None if pointwise else cell / safe
        inside = safe**3 * shift_function(omega / safe, relative_width(D), smearing, scaled)
        # below the clip the shift is the leading term of the far series, exact to (cutoff/omega) there
        outside = -0.25 * cutoff**4 / jnp.maximum(omega, 4 * safe)
        return jnp.where(cutoff > 1e-3, inside, outside)

    return shift


def softening(
    tg: ArrayLike, omega_c: ArrayLike, xi: ArrayLike = XI, D: ArrayLike = 30.0, smearing: str = "box"
) -> Array:
    """ς = tg ω̂_c³ (1 + δ²)/(2 ω_2): share of the lowest ripplon's frequency lost at ω = 0; unstable at ς ≥ 1.

    Follows from Eq. 54; 1 + δ² is for the box. κ(T) measures this combination, so fits sample it instead of
    ``omega_c``.
    """
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    return tg * cutoff**3 * mean_cube(D, smearing) / (2 * frequency(L_MIN, xi))


def omega_c_from_softening(
    value: ArrayLike, tg: ArrayLike, xi: ArrayLike = XI, D: ArrayLike = 30.0, smearing: str = "box"
) -> Array:
    """``omega_c`` at a given `softening` (Eq. 54); below 10⁻¹² the root is cut to keep its gradient finite."""
    value = jnp.maximum(value, 1e-12)
    return xi * jnp.cbrt(2 * frequency(L_MIN, xi) * value / (tg * mean_cube(D, smearing)))

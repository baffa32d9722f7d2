"""Friction and shift of ripplons by phonons, and where the lowest goes soft (Sec. IV.F, Eq. 53-54)."""

import math
from collections.abc import Callable
from functools import lru_cache

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import GlassjaxError, choose
from ..numerics.elementwise import elementwise
from .cutoff import SMEARINGS, mean_cube, relative_width, share_above, shift_function
from .modes import L_MIN, frequency
from .units import XI

__all__ = ["FRICTIONS", "friction", "omega_c_from_softening", "shift", "softening"]

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

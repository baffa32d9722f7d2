"""Excited states by the rule of Fig. 20, ρ_exc = N_{αT}, counted on a coarse grid of energies (Sec. IV.E).

With the states within E = αT of the ground state instead of thermally weighted ones, all that scatters a phonon is

    T_g(ρ + N_E) = e^{-β_gω} [1 + P(ω)] + e^{β_gω} [M(ω + E) - M(ω)],

P(x) = Σ g_n e^{β_gE_n} and M(x) = Σ g_n e^{-β_gE_n} over the levels 0 < E_n < x: functions of one variable, which need
no temperature. A saddle point would wash out the steps at sharp levels that κ sees here.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from .levels import EMPTY, broadened_levels
from .ripplons import Spectrum

__all__ = ["log_cumulative_density", "log_sharp_density"]

_HIGHEST, _COUNT = 2.0, 2**12
"""Grid of energies in ω_D: beyond ω + E = 2 so many states scatter that only the floor of l/λ is left."""


def log_sharp_density(
    omega: Float[ArrayLike, " n"] | Float[ArrayLike, "m n"],
    E: Float[ArrayLike, " m"],
    tg: ArrayLike,
    spectrum: Spectrum,
    width: Float[ArrayLike, "m n"] | None = None,
) -> Float[Array, "m n"]:
    """Ln T_g(ρ + N_E) of Eq. 37 and 42, all that scatters a phonon by the rule of Fig. 20.

    Parameters
    ----------
    omega : (n,) or (m, n)
        Phonon frequencies in ω_D, up to 1; (m, n) if each E has its own.
    E : (m,)
        Largest energy of the initial state, αT in ω_D. States above ω + E = 2 are left out.
    tg : scalar
    spectrum : Spectrum
        Discrete or broadened ripplons.
    width : (m, n), optional
        Averages over that much of ω around each frequency. A quadrature that gives its weights here has an integrand
        without steps, and its sum varies smoothly as a step passes from one node to the next.

    Returns
    -------
    (m, n). Exact for states spread over cells of 5·10⁻⁴: right at a resonance or level narrower than a cell it is an
    average over the cell. κ is within 3 % of exact counting for tg 1 … 8 and softening up to 0.7.
    """
    omega = jnp.atleast_2d(jnp.asarray(omega, dtype=float))
    E = jnp.asarray(E, omega.dtype)[:, None]
    ground, excited = _densities(omega, E, tg, spectrum, width)
    return jnp.log(ground + excited)


def log_cumulative_density(
    omega: Float[ArrayLike, "*n"], E: Float[ArrayLike, "*n"], tg: ArrayLike, spectrum: Spectrum
) -> Float[Array, "*n"]:
    """Ln T_gN_E(ω) of Eq. 42, arguments as in `log_sharp_density` but of one shape; `levels.EMPTY` where nothing is."""
    _, excited = _densities(jnp.asarray(omega, dtype=float), jnp.asarray(E, dtype=float), tg, spectrum)
    tiny = float(jnp.finfo(excited.dtype).tiny)
    return jnp.where(excited > tiny, jnp.log(jnp.maximum(excited, tiny)), EMPTY)


def _densities(
    omega: Array, E: Array, tg: ArrayLike, spectrum: Spectrum, width: ArrayLike | None = None
) -> tuple[Array, Array]:
    """T_gρ(ω) and T_gN_E(ω), for ω and E that broadcast, where there is a ``width`` averaged over as much of ω."""
    step, bound = _HIGHEST / _COUNT, 1 / jnp.asarray(tg, omega.dtype)
    counts = jnp.exp(broadened_levels(spectrum, _HIGHEST, _COUNT).log_counts)
    energies = jnp.asarray(np.arange(1, _COUNT) * step, counts.dtype)
    rise = jnp.exp(bound * omega)
    falling, rising = (
        _sums(counts * jnp.exp(sign * bound * energies), width is not None) for sign in (-1.0, 1.0)
    )

    def below(table: Array, x: Array) -> Array:
        """States below x, those of a cell spread evenly over it, or their average over ``width`` around x."""
        place = x / step - 0.5
        if width is None:
            return _interpolated(table, place)
        cells = jnp.maximum(jnp.asarray(width, omega.dtype) / step, 1.0)
        return (_interpolated(table, place + cells / 2) - _interpolated(table, place - cells / 2)) / cells

    excited = below(falling, omega + E) - below(falling, omega)
    return (1 + below(rising, omega)) / rise, excited * rise


def _sums(weights: Array, integrated: bool) -> Array:
    """Return the states below each cell and in it, (n, 2); or with the integral of the former, (n, 3)."""
    summed = jnp.pad(jnp.cumsum(weights), (1, 0))[:-1]
    if not integrated:
        return jnp.stack([summed, weights], axis=-1)
    integral = jnp.pad(jnp.cumsum(summed + weights / 2), (1, 0))[:-1]
    return jnp.stack([integral, summed, weights / 2], axis=-1)


def _interpolated(table: Array, place: Array) -> Array:
    """Value of `_sums` at a place in cells, 0 below the first one; the last cell goes on beyond the grid."""
    place = jnp.maximum(place, 0.0)
    cell = jnp.clip(jnp.floor(jax.lax.stop_gradient(place)), 0, _COUNT - 2).astype(int)
    part, row = place - cell, table[cell]
    value = row[..., -1]
    for k in range(table.shape[-1] - 2, -1, -1):
        value = row[..., k] + part * value
    return value

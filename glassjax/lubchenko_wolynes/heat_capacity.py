"""Heat capacity of a tunnelling centre dressed by ripplons, and of the Debye phonons (Sec. IV.C, Eq. 34-36)."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.functions import sigmoid
from ..numerics.quadrature import gauss_legendre
from .canonical import CanonicalTable, condense, tabulate
from .ripplons import Spectrum

__all__ = [
    "debye_heat_capacity",
    "domain_heat_capacity",
    "ripplon_heat_capacity",
    "two_level_heat_capacity",
    "vertical_heat_capacity",
]

_REACH = 40.0  # in units of T: sech² and Fermi factors are below e^{-40} beyond
_BEYOND = 1e4
"""|ε| in ω_D that no centre reaches: stands for ∞ where a gradient would meet ∞ · 0."""
_RULE = gauss_legendre(28)


class ThermalSums(NamedTuple):
    """Sums of a spectrum at each T, x = βω: E = Σ w x/(e^x - 1), L = Σ w ln(1 - e^{-x}), Q = Σ w [x/2sinh(x/2)]²."""

    energy: Array
    log_open: Array
    variance: Array


def _peak(y: Array, shift: Array) -> Array:
    """(y + shift)²/4cosh²(y/2)."""
    return (y + shift) ** 2 * sigmoid(y) * sigmoid(-y)


def _upper(T: Float[Array, " m"], tg: ArrayLike, sums: ThermalSums) -> Float[Array, " m"]:
    """Eq. 36 averaged over Eq. 34 for centres with ε > 0.

    With y = βε + L the average is a∫dy e^{-a(y-L)} {(y - L + E)²/4cosh²(y/2) + Q/(e^y + 1)} from y = L ≤ 0, a = T/tg.
    Its functions break at y = 0, so two panels: [L, 0], from the side where the peak is, and [0, 40].
    """
    a = (T / tg)[:, None]
    E, L, Q = (part[:, None] for part in sums)
    unit, weight = (jnp.asarray(part, T.dtype) for part in _RULE)
    unit = unit[None, :]
    middle = jnp.minimum(-L, _REACH)

    def both(y: Array, fermi: Array) -> Array:
        return jnp.exp(-a * (y - L)) * (_peak(y, E - L) + Q * fermi)

    # y = L … 0: 1/(e^y+1) = 1 - σ(y), and the 1 integrates to Q(1 - e^{aL})
    y = -middle * unit
    inside = middle[:, 0] * (both(y, -sigmoid(y)) @ weight)
    y = _REACH * unit
    above = _REACH * both(y, sigmoid(-y)) @ weight
    return a[:, 0] * (inside + above) - (Q * jnp.expm1(a * L))[:, 0]


def _lower(
    T: Float[Array, " m"],
    tg: ArrayLike,
    sums: ThermalSums,
    start: Array | float = 0.0,
    end: Array | float = _BEYOND,
) -> Float[Array, " m"]:
    """Eq. 36 averaged over Eq. 34 for centres with ε < 0, |ε| from ``start`` to ``end`` in ω_D.

    With t = β|ε|, y = L - t: 1/(e^y+1) = 1 - σ(y), the 1 is integrated in closed form, and the rest falls as e^{-t}.
    """
    a, unit = T / tg, jnp.asarray(_RULE.nodes, T.dtype)[None, :]
    E, L, Q = (part[:, None] for part in sums)
    first = (start / T)[:, None]
    width = jnp.minimum((end - start) / T, _REACH)[:, None]
    t = first + width * unit
    values = jnp.exp(-a[:, None] * t) * (_peak(L - t, E - L) - Q * sigmoid(L - t))
    share = jnp.exp(-start / tg) - jnp.exp(-end / tg)
    closed = Q[:, 0] * share
    return closed + a * width[:, 0] * (values @ jnp.asarray(_RULE.weights, T.dtype))


def _of_table(T: Array, table: CanonicalTable) -> ThermalSums:
    sums = table.at(-jnp.log(T))
    return ThermalSums(jnp.exp(sums.log_energy), -sums.log_partition, jnp.exp(sums.log_variance))


def thermal_sums(T: Float[Array, " m"], modes: Spectrum) -> ThermalSums:
    """Return the sums (m, k) of k spectra: weights (k, n) at frequencies (n,) or (k, n) (Eq. 36)."""
    frequencies = jnp.asarray(modes.frequencies, dtype=float)
    weights = jnp.asarray(modes.weights, frequencies.dtype)
    if frequencies.ndim == 1:
        with jax.ensure_compile_time_eval():
            frequencies, condensed = condense(jnp.asarray(modes.frequencies, dtype=float))
        weights = jax.vmap(condensed)(weights)
    inverse = (1 / T)[:, None] if frequencies.ndim == 1 else (1 / T)[None, :, None]
    x = frequencies[..., None, :] * inverse  # (m, n) or (k, m, n)
    bound, open_ = jnp.exp(-x), -jnp.expm1(-x)
    energy = x * bound / open_
    parts = jnp.stack([energy, jnp.log(open_), energy * x / open_])
    rule = "...mn,kn->...mk" if x.ndim == 2 else "...kmn,kn->...mk"
    return ThermalSums(*jnp.einsum(rule, parts, weights, precision=jax.lax.Precision.HIGHEST))


def ripplon_heat_capacity(T: Float[Array, " m"], tg: ArrayLike, table: CanonicalTable) -> Float[Array, " m"]:
    """`domain_heat_capacity` from tabulated sums."""
    sums = _of_table(T, table)
    return _upper(T, tg, sums) + _lower(T, tg, sums)


def vertical_heat_capacity(
    T: Float[Array, " m"], tg: ArrayLike, coupled: Spectrum, bare: Spectrum, thresholds: Float[Array, " k"]
) -> Float[Array, " m"]:
    """Eq. 36 where only transitions between structural states couple ripplons to phonons (theory Sec. 15.2).

    A ripplon is dressed where it can decay into the other structural state, ε + ω_l > 0: every one of centres with
    ε > 0, and of those with ε < 0 the order l where |ε| < ω_l. The others, "vertical" ones, are bare. The integral over
    ε is done order by order: between two thresholds the spectrum of a centre does not change.

    Parameters
    ----------
    T : (m,)
        Temperatures in T_D, 10⁻⁵ … 1.
    tg : scalar
        T_g/ω_D.
    coupled, bare : Spectrum
        Dressed and bare ripplons by order: frequencies (n,) or (k, n), weights (k, n); see `ripplons.broadened_modes`
        and `ripplons.vertical_modes`.
    thresholds : (k,)
        ω_l in ω_D, ascending.

    Returns
    -------
    (m,) in k_B per domain, two-level systems included, as `ripplon_heat_capacity`, to which it comes back where both
    spectra are the same.
    """
    dressed, vertical = thermal_sums(T, coupled), thermal_sums(T, bare)
    # between the thresholds j and j + 1 the orders from j on are dressed: (k + 1, m)
    orders = len(thresholds)
    is_dressed = np.arange(orders)[None, None, :] >= np.arange(orders + 1)[:, None, None]
    panels = ThermalSums(
        *(
            jnp.sum(jnp.where(is_dressed, above[None], below[None]), axis=2)
            for above, below in zip(dressed, vertical, strict=True)
        )
    )
    starts = jnp.concatenate([jnp.zeros_like(thresholds[:1]), thresholds])
    ends = jnp.append(thresholds, _BEYOND)
    lower = jax.vmap(_lower, in_axes=(None, None, 0, 0, 0))(T, tg, panels, starts, ends)
    return _upper(T, tg, ThermalSums(*(part[0] for part in panels))) + jnp.sum(lower, axis=0)


def domain_heat_capacity(T: Float[ArrayLike, " m"], tg: ArrayLike, spectrum: Spectrum) -> Float[Array, " m"]:
    """Heat capacity per domain, in k_B, of a two-level system with ripplons on its excited state (Eq. 36).

    c_ε = (βε + E)²/[2cosh((βε + L)/2)]² + Q/(e^{βε+L} + 1) with E = Σ w x/(e^x - 1), L = Σ w ln(1 - e^{-x}),
    Q = Σ w [x/2sinh(x/2)]², x = βω, averaged over n(ε) = e^{-|ε|/T_g}/T_g of both signs (Eq. 34).

    Parameters
    ----------
    T : (m,)
        Temperatures in T_D, 10⁻⁵ … 1.
    tg : scalar
        T_g/ω_D.
    spectrum : Spectrum
        Discrete or broadened ripplons.

    Returns
    -------
    (m,) in k_B per domain of volume ξ³, without the Debye phonons; tends to 2Σw at high T.
    """
    T = jnp.asarray(T, dtype=float)
    return ripplon_heat_capacity(T, tg, tabulate(spectrum))


def two_level_heat_capacity(T: Float[ArrayLike, " m"], tg: ArrayLike) -> Float[Array, " m"]:
    """Two-level systems alone, ∫dε n(ε) (βε/2cosh(βε/2))², in k_B per domain: Eq. 36 without ripplons.

    Tends to (π²/3) T/tg at low T.
    """
    T = jnp.asarray(T, dtype=float)
    nothing = ThermalSums(*(jnp.zeros_like(T),) * 3)
    return _upper(T, tg, nothing) + _lower(T, tg, nothing)


def debye_heat_capacity(T: Float[ArrayLike, " m"]) -> Float[Array, " m"]:
    """Debye heat capacity per bead, in k_B: 9T³∫₀^{1/T} x⁴eˣ/(eˣ-1)² dx → 233.8 T³ (Fig. 15).

    ``T`` (m,) in T_D.
    """
    T = jnp.asarray(T, dtype=float)
    rule = gauss_legendre(40)
    limit = jnp.minimum(1 / T, 60.0)[:, None]
    x = limit * jnp.asarray(rule.nodes, T.dtype)[None, :]
    # (x/(1-e^{-x}))² is 1 + x + … at 0
    ratio = x / -jnp.expm1(-x)
    return 9 * T**3 * limit[:, 0] * ((x**2 * ratio**2 * jnp.exp(-x)) @ jnp.asarray(rule.weights, T.dtype))

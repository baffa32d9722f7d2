"""Heat capacity of a tunnelling centre dressed by ripplons, and of the Debye phonons (Sec. IV.C, Eq. 34-36)."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.quadrature import gauss_legendre
from ..numerics.safe import sigmoid
from .canonical import CanonicalTable, tabulate
from .ripplons import Spectrum

__all__ = ["debye_heat_capacity", "domain_heat_capacity", "ripplon_heat_capacity", "two_level_heat_capacity"]

_REACH = 40.0  # in units of T: sech² and Fermi factors are below e^{-40} beyond
_RULE = gauss_legendre(28)


def _average(
    T: Float[Array, " m"], tg: ArrayLike, energy: Array, log_partition: Array, variance: Array
) -> Float[Array, " m"]:
    """Eq. 36 averaged over Eq. 34 (ε of both signs), from E = βS, ln Z and Q = β²V at s = β.

    With y = βε + L, L = -ln Z ≤ 0, the average is
    a∫dy e^{-a|y-L|} {(y - L + E)²/4cosh²(y/2) + Q/(e^y + 1)}, a = T/tg. Its density breaks at y = L (ε = 0) and its
    functions at y = 0, so three panels: [L - 40, L], [L, 0] and [0, 40]. The slow tail of the second term (where the
    excited state lies below the ground state) is integrated in closed form.
    """
    a = (T / tg)[:, None]
    L, E, Q = -log_partition[:, None], energy[:, None], variance[:, None]
    unit, weight = (jnp.asarray(part, T.dtype) for part in _RULE)
    unit = unit[None, :]
    middle = jnp.minimum(-L, _REACH)

    def both(y: Array, decay: Array, fermi: Array) -> Array:
        peak = (y - L + E) ** 2 * sigmoid(y) * sigmoid(-y)
        return decay * (peak + Q * fermi)

    # y = L - 40 … L: ε < 0; there 1/(e^y+1) = 1 - σ(y), and the 1 integrates to Q
    t = _REACH * unit
    below = _REACH * both(L - t, jnp.exp(-a * t), -sigmoid(L - t)) @ weight
    # y = L … 0, from the side of y = 0 where the peak is; again 1 - σ(y), the 1 integrates to Q(1 - e^{aL})
    y = -middle * unit
    inside = middle[:, 0] * (both(y, jnp.exp(-a * (y - L)), -sigmoid(y)) @ weight)
    # y = 0 … 40
    y = _REACH * unit
    above = _REACH * both(y, jnp.exp(-a * (y - L)), sigmoid(-y)) @ weight
    closed = Q[:, 0] * (1 - jnp.expm1(a * L)[:, 0])
    return closed + a[:, 0] * (below + inside + above)


def _log_table_sums(T: Array, table: CanonicalTable) -> tuple[Array, Array, Array]:
    sums = table.at(-jnp.log(T))
    return jnp.exp(sums.log_energy), sums.log_partition, jnp.exp(sums.log_variance)


def ripplon_heat_capacity(T: Float[Array, " m"], tg: ArrayLike, table: CanonicalTable) -> Float[Array, " m"]:
    """`domain_heat_capacity` from tabulated sums."""
    return _average(T, tg, *_log_table_sums(T, table))


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
    zero = jnp.zeros_like(T)
    return _average(T, tg, zero, zero, zero)


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

"""Mean free path of phonons and thermal conductivity (Sec. IV.E-F, Eq. 48)."""

import math
from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.quadrature import Rule, gauss_legendre
from . import counting, mixing
from .canonical import CanonicalTable, tabulate
from .ripplons import Spectrum

__all__ = ["CALIBRATION", "Scattering", "joint_conductivity", "mean_free_path", "reduced_conductivity"]

CALIBRATION = 1e-3
"""ω₀ of the joint model (Sec. 12): l/λ equals R there at T = ω₀, where only bare two-level systems scatter."""

_LOWEST = 6e-7
_RULE = gauss_legendre(66)
OMEGA = Rule(_LOWEST ** (1 - _RULE.nodes), _RULE.weights * -math.log(_LOWEST) * _LOWEST ** (1 - _RULE.nodes))
"""Fixed nodes ω and weights dω of every conductivity integral ∫₀¹dω, shared by all temperatures."""


class Scattering(NamedTuple):
    """What scatters phonons beside ripplon-dressed centres (Sec. 12); the default is the paper's Eq. 48."""

    c: ArrayLike = 0.0
    B: ArrayLike = 0.0
    floor: ArrayLike = 1.0
    cut_fast: bool = False


def _mode_heat(omega: Array, T: Array) -> Array:
    """C_ω = [βω/2sinh(βω/2)]², (m, n), written with e^{-x} alone."""
    x = omega[None, :] / T[:, None]
    open_ = -jnp.expm1(-x)
    return jnp.where(x > 1e-6, (x / jnp.where(x > 1e-6, open_, 1.0)) ** 2 * jnp.exp(-x), 1.0)


def _log_total(
    omega: Array, T: Array, tg: ArrayLike, table: CanonicalTable, excited: str
) -> Float[Array, "m n"]:
    """Ln T_g(ρ + ρ_exc)."""
    ground = counting.log_ground_density(omega, tg, table)[None, :]
    return jnp.logaddexp(ground, counting.log_excited_density(omega, T, tg, table, excited))


def mean_free_path(
    omega: Float[Array, " n"],
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
    R: ArrayLike,
    *,
    scattering: Scattering | None = None,
    excited: str = "thermal",
) -> Float[Array, "m n"]:
    """Mean free path over wavelength l/λ, λ = 2πc_s/ω, at frequencies ω (n,) and temperatures T (m,).

    Without ``scattering``: l/λ = R/[T_gρ + T_gρ_exc] + 1 (Eq. 48 and text). With it, the joint model of Sec. 12:
    l/λ = R N/{(ω₀/ω)^c [Bω + I(c) T_g(ρ + ρ_exc)]} + floor, N = the braces at ω = T = ω₀.
    """
    if scattering is None:
        return R * jnp.exp(-_log_total(omega, T, tg, table, excited)) + 1.0
    # the calibration point rides along as one more frequency and one more temperature
    omega = jnp.append(omega, CALIBRATION)
    log_braces = _log_braces(
        omega, _log_total(omega, jnp.append(T, CALIBRATION), tg, table, excited), scattering
    )
    return R * jnp.exp(log_braces[-1, -1] - log_braces[:-1, :-1]) + scattering.floor


def _log_braces(omega: Array, log_total: Array, scattering: Scattering) -> Array:
    """ln{(ω₀/ω)^c [Bω + I(c) T_g(ρ + ρ_exc)]} of Sec. 12."""
    c = jnp.asarray(scattering.c, omega.dtype)
    fast = scattering.B * omega
    if scattering.cut_fast:
        fast = fast * mixing.fast_centre_window(omega, scattering.B)
    ordinary = jnp.log(mixing.angular_integral(c)) + log_total
    # ln(fast + e^ordinary) without overflow and without ln 0 at B = 0
    joined = ordinary + jnp.log1p(fast[None, :] * jnp.exp(-jnp.maximum(ordinary, -60.0)))
    return joined - c * jnp.log(omega / CALIBRATION)[None, :]


def _integrate(T: Array, path: Float[Array, "m n"]) -> Float[Array, " m"]:
    """κ/κ₀ = ∫₀¹dω ω (l/λ) C_ω."""
    omega = jnp.asarray(OMEGA.nodes, T.dtype)
    return (path * _mode_heat(omega, T)) @ jnp.asarray(OMEGA.weights * OMEGA.nodes, T.dtype)


def reduced_conductivity(
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    spectrum: Spectrum,
    R: ArrayLike = 150.0,
    excited: str = "thermal",
    *,
    method: str = "saddle",
) -> Float[Array, " m"]:
    """Thermal conductivity κ/κ₀ of Fig. 19 and 20, κ₀ = k_B³T_D²/(πħ²c_s) (Sec. IV.E, Eq. 48).

    Parameters
    ----------
    T : (m,)
        Temperatures in T_D, 10⁻⁵ … 1; the theory is meant below about 0.4.
    tg : scalar
        T_g/ω_D.
    spectrum : Spectrum
        Ripplons: `discrete_spectrum` is "no coupling", `broadened_spectrum` the solid lines.
    R : scalar
        l/λ of the bare two-level systems: 150 measured, about 65 from Eq. 20.
    excited : {"thermal", "sharp"}
        How excited states are counted; "sharp" is Fig. 20's N_{E=T}.
    method : {"saddle"}
        How states are counted.

    Returns
    -------
    (m,) dimensionless; multiply by `Glass.kappa_unit`.

    Raises
    ------
    GlassjaxError
        For an unknown ``method`` or ``excited``.
    """
    counting.choose(method, counting.METHODS, "method")
    counting.choose(excited, counting.EXCITED, "rule for excited states")
    T = jnp.asarray(T, dtype=float)
    omega = jnp.asarray(OMEGA.nodes, T.dtype)
    return _integrate(T, mean_free_path(omega, T, tg, tabulate(spectrum), R, excited=excited))


def joint_conductivity(
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
    R: ArrayLike,
    scattering: Scattering,
    *,
    excited: str = "thermal",
) -> Float[Array, " m"]:
    """κ/κ₀ of the joint model (Sec. 12): ordinary centres dressed by ripplons, and fast centres of quantum mixing."""
    omega = jnp.asarray(OMEGA.nodes, T.dtype)
    return _integrate(T, mean_free_path(omega, T, tg, table, R, scattering=scattering, excited=excited))

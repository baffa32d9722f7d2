"""Mean free path of phonons and thermal conductivity (Sec. IV.E-F, Eq. 48)."""

import math
from functools import reduce
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import GlassjaxError, choose
from ..numerics.quadrature import Rule, gauss_legendre
from . import counting, exact, mixing
from . import levels as exact_levels
from .canonical import CanonicalTable, tabulate
from .form_factor import form_factor
from .levels import Levels
from .ripplons import Spectrum
from .units import XI

__all__ = [
    "CALIBRATION",
    "Scattering",
    "constant_path_conductivity",
    "counting_floor",
    "joint_conductivity",
    "mean_free_path",
    "reduced_conductivity",
]

CALIBRATION = 1e-3
"""ω₀ of the joint model (Sec. 12): l/λ equals R there at T = ω₀, where only bare two-level systems scatter."""

_LOWEST = 6e-7
_RULE = gauss_legendre(66)
OMEGA = Rule(_LOWEST ** (1 - _RULE.nodes), _RULE.weights * -math.log(_LOWEST) * _LOWEST ** (1 - _RULE.nodes))
"""Fixed nodes ω and weights dω of conductivity integrals ∫₀¹dω, shared by all temperatures."""

_REACH = 25.0
"""Phonons of this energy in T count for e^{-25}."""
_OWN = gauss_legendre(28)
_FRACTION, _SHARE = _OWN.nodes**2, 2 * _OWN.nodes * _OWN.weights
"""Nodes and weights of ∫₀^{min(1, 25T)}dω in units of its end, where each temperature may have its own frequencies.

κ is within 10⁻⁶ of 400 nodes for tg 1.5-6, omega_c to 1.9 and c to 0.2, within 4·10⁻⁵ for tg 0.7-10, softening to 0.9,
c to 0.5 and B to 10⁴ (66 nodes of `OMEGA`: 2·10⁻⁵ and 4·10⁻⁴).
"""

_SHARP, _SHARP_REACH = gauss_legendre(76), 16.0
_SHARP_FRACTION, _SHARP_SHARE = _SHARP.nodes**2, 2 * _SHARP.nodes * _SHARP.weights
"""The same for the rule "sharp", where a density steps up at ω = E_n - αT.

Each node has the density averaged over its share of ω, so that κ varies smoothly with T and the parameters as a step
passes from one node to the next. For silica κ is 0.2 to 0.5 % below the exact count from 2 to 40 K.
"""

_FLOOR = 4e-6
"""Smallest relative error that the exact κ claims: interpolations that a coarser grid does not show."""
_LOG_HALF = math.log(math.tanh(0.5))
_LEAST_COUPLING = 1e-6
"""Below any form factor up to kR_d = 14; keeps its inverse finite."""
_OPAQUE = 80.0
"""ln T_gρ or ln T_gρ_exc from which on only the floor of the mean free path is left, within the range of float32."""


class Scattering(NamedTuple):
    """What scatters phonons beside ripplon-dressed centres, and how (Sec. 12 and 15); the default is Eq. 48.

    ``fast_share`` is ½ where ordinary centres have both signs of ε and fast ones have one; ``alpha`` belongs to the
    rule "sharp"; ``form_factor``, ``form_spread`` and ``xi`` are those of `form_factor.form_factor`.
    """

    c: ArrayLike = 0.0
    B: ArrayLike = 0.0
    floor: ArrayLike = 1.0
    cut_fast: bool = False
    fast_share: float = 1.0
    alpha: ArrayLike = 1.0
    form_factor: str = "none"
    form_spread: ArrayLike = 0.0
    xi: ArrayLike = XI


Frequencies = Array | np.ndarray
"""ω (n,), NumPy where it is known before any parameter, or (m, n)."""


def _mode_heat(omega: Frequencies, T: Array) -> Array:
    """C_ω = [βω/2sinh(βω/2)]² (m, n) at ω (n,) or (m, n), written with e^{-x} alone."""
    x = jnp.atleast_2d(omega) / T[:, None]
    open_ = -jnp.expm1(-x)
    return jnp.where(x > 1e-6, (x / jnp.where(x > 1e-6, open_, 1.0)) ** 2 * jnp.exp(-x), 1.0)


def _log_parts(
    omega: Frequencies,
    T: Array,
    tg: ArrayLike,
    table: CanonicalTable,
    excited: str,
    levels: Levels | None,
    method: str,
    spectrum: Spectrum | None,
    coarse: bool,
    alpha: ArrayLike = 1.0,
    width: Array | None = None,
) -> tuple[Array, ...]:
    """Logarithms of what adds up to T_g(ρ + ρ_exc).

    Full populations, which saturate by themselves, are 1 where a bare centre has βω = 1.
    """
    if excited == "populations":
        if levels is None:
            raise GlassjaxError(
                "excited 'populations' needs the levels of the spectrum: pass levels=levels.of_spectrum(spectrum)"
            )
        return (counting.log_population_density(jnp.asarray(omega), T, tg, levels, table) - _LOG_HALF,)
    return counting.log_parts(
        omega,
        T,
        tg,
        table,
        excited,
        alpha=alpha,
        method=method,
        spectrum=spectrum,
        coarse=coarse,
        width=width,
    )


def _rule(
    T: Array, excited: str, method: str, spectrum: Spectrum | None, coarse: bool = False
) -> tuple[Frequencies, Array]:
    """Nodes and weights of ∫₀¹dω.

    (n,): `OMEGA`, in NumPy, or where the steps of an exact density need more. Or (m, n), up to where each temperature
    has phonons, which takes fewer: for the uniform saddle, which has no use for frequencies in common.
    """
    if excited == "populations" or spectrum is None or method == "saddle":
        return OMEGA.nodes.astype(T.dtype), jnp.asarray(OMEGA.weights, T.dtype)
    if method == "exact":
        omega, weights = exact.nodes(spectrum, coarse)
        return jnp.asarray(omega, T.dtype), jnp.asarray(weights, T.dtype)
    if excited == "sharp":
        nodes, weights, reach = _SHARP_FRACTION, _SHARP_SHARE, _SHARP_REACH
    else:
        nodes, weights, reach = _FRACTION, _SHARE, _REACH
    end = jnp.minimum(1.0, reach * T)[:, None]
    return end * jnp.asarray(nodes[None, :], T.dtype), end * jnp.asarray(weights[None, :], T.dtype)


def _width(rule: tuple[Frequencies, Array]) -> Array | None:
    """Return what of ω each node stands for, where each temperature has its own nodes; else None."""
    omega, weights = rule
    return weights if omega.ndim == 2 else None


def mean_free_path(
    omega: Float[Array, " n"] | Float[np.ndarray, " n"] | Float[Array, "m n"],
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
    R: ArrayLike,
    *,
    scattering: Scattering | None = None,
    excited: str = "thermal",
    levels: Levels | None = None,
    saturation: bool = False,
    method: str = "saddle",
    spectrum: Spectrum | None = None,
    coarse: bool = False,
    width: Float[Array, "m n"] | None = None,
) -> Float[Array, "m n"]:
    """Mean free path over wavelength l/λ, λ = 2πc_s/ω, at frequencies ω (n,) and temperatures T (m,).

    The uniform saddle also takes ω (m, n), for each temperature its own.

    Without ``scattering``: l/λ = R/[T_gρ + T_gρ_exc] + 1 (Eq. 48 and text). With it, the joint model of Sec. 12:
    l/λ = R N/{F(ω) (ω₀/ω)^c [sBω + I(c) T_g(ρ + ρ_exc)]} + floor, N = the braces at ω = T = ω₀ with F = 1, s =
    ``fast_share`` (½ in `LubchenkoWolynes`).

    ``excited`` is one of `counting.EXCITED`; "populations" needs ``levels``, as `levels.of_spectrum` gives them.
    ``saturation`` restores the tanh of Eq. 19 that Eq. 48 leaves out: rates times tanh(βω/2)/tanh(1/2), so that R
    stays l/λ at ħω = k_BT (low-T κ times 0.63). Full populations carry that factor for the ordinary centres in any
    case; ``saturation`` then concerns the fast ones alone.

    ``method`` is one of `counting.METHODS`; all but "saddle" need the ``spectrum``. ``coarse`` makes "exact" coarser on
    purpose, to estimate its error. ``width`` (m, n), for the uniform count of the rule "sharp", averages the density
    over as much of ω (`sharp.log_sharp_density`).
    """
    if scattering is None:
        log_parts = _log_parts(omega, T, tg, table, excited, levels, method, spectrum, coarse, width=width)
        log_total = reduce(jnp.logaddexp, log_parts)
        if saturation and excited != "populations":
            log_total = log_total + _log_saturation(omega, T)
        return R * jnp.exp(-log_total) + 1.0
    # the calibration point rides along as one more temperature and, where all share them, one more frequency
    shared = omega.ndim == 1
    pad = np.pad if isinstance(omega, np.ndarray) else jnp.pad
    omega = pad(omega, (0, 1) if shared else ((0, 1), (0, 0)), constant_values=CALIBRATION)
    T = jnp.append(T, CALIBRATION)
    if width is not None:
        width = jnp.pad(width, ((0, 1), (0, 0)))
    log_parts = _log_parts(
        omega, T, tg, table, excited, levels, method, spectrum, coarse, scattering.alpha, width
    )
    log_fast = _log_saturation(omega, T) if saturation else None
    if log_fast is not None and excited != "populations":
        log_parts = tuple(part + log_fast for part in log_parts)
    inverse = _inverse_braces(omega, log_parts, scattering, log_fast)
    at = inverse[:-1, :-1] if shared else inverse[:-1]
    if scattering.form_factor != "none":
        coupled = omega[:-1] if shared else omega[:-1, :]
        F = form_factor(coupled, scattering.xi, scattering.form_spread, scattering.form_factor)
        at = at / jnp.atleast_2d(jnp.maximum(F, _LEAST_COUPLING))
    return R * (at / inverse[-1, -1]) + scattering.floor


def _log_saturation(omega: Frequencies, T: Array) -> Array:
    """ln[tanh(βω/2)/tanh(1/2)], (m, n)."""
    x = jnp.atleast_2d(omega) / T[:, None]
    return jnp.log(jnp.tanh(x / 2)) - _LOG_HALF


def _inverse_braces(
    omega: Frequencies, log_parts: tuple[Array, ...], scattering: Scattering, log_fast: Array | None = None
) -> Array:
    """Inverse of (ω₀/ω)^c [fast_share Bω e^{log_fast} + I(c) T_g(ρ + ρ_exc)] of Sec. 12."""
    c = jnp.asarray(scattering.c, log_parts[0].dtype)
    omega = jnp.atleast_2d(omega)
    fast = scattering.fast_share * scattering.B * omega
    if scattering.cut_fast:
        fast = fast * mixing.fast_centre_window(omega, scattering.B)
    fast = fast if log_fast is None else fast * jnp.exp(log_fast)
    total = sum(jnp.exp(jnp.minimum(part, _OPAQUE)) for part in log_parts)
    return jnp.exp(c * jnp.log(omega / CALIBRATION)) / (fast + mixing.angular_integral(c) * total)


def _integrate(
    T: Array, path: Float[Array, "m n"], rule: tuple[Frequencies, Array], saturated: bool = False
) -> Float[Array, " m"]:
    """κ/κ₀ = ∫₀¹dω ω (l/λ) C_ω, on the nodes and weights of `_rule`.

    Rates that saturate leave ω (l/λ) constant below the lowest of shared nodes; the integral down to 0 then counts (1 %
    of κ at T = 10⁻⁵).
    """
    omega, weights = rule
    weights = weights * omega
    if saturated and omega.ndim == 1:
        weights = weights.at[0].add(_LOWEST * omega[0])
    return jnp.sum(path * _mode_heat(omega, T) * jnp.atleast_2d(weights), axis=-1)


def constant_path_conductivity(T: Float[ArrayLike, " m"], ratio: ArrayLike) -> Float[Array, " m"]:
    """κ/κ₀ at a constant l/λ, the straight lines of Fig. 1: ``ratio`` ∫₀¹dω ω C_ω → 6ζ(3) ``ratio`` T² (Sec. I).

    ``T`` (m,) in T_D, 10⁻⁵ … 1; ``ratio`` scalar, 150 at low and 1 at high temperature. Error below 10⁻⁶.
    """
    T = jnp.asarray(T, dtype=float)
    below = _LOWEST**2 / 2  # the integral up to the lowest node
    rule = jnp.asarray(OMEGA.nodes, T.dtype), jnp.asarray(OMEGA.weights, T.dtype)
    return _integrate(T, jnp.full((T.shape[0], len(OMEGA.nodes)), ratio, T.dtype), rule) + ratio * below


def reduced_conductivity(
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    spectrum: Spectrum,
    R: ArrayLike = 150.0,
    excited: str = "thermal",
    *,
    method: str = "saddle",
    saturation: bool = False,
    return_error: bool = False,
) -> Float[Array, " m"] | tuple[Float[Array, " m"], Float[Array, " m"]]:
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
    excited : {"thermal", "sharp", "populations"}
        How excited states are counted; "sharp" is Fig. 20's N_{E=T}, "populations" the centre's true occupations,
        counted exactly whatever the method.
    method : {"saddle", "exact", "uniform"}
        How states are counted: the paper's saddle point, every level (10⁻⁵), or a saddle point with the ground state
        and the first levels counted apart.
    saturation : bool
        Restore the tanh of Eq. 19; see `mean_free_path`.
    return_error : bool
        Return an estimate of the relative error too, (m,): the change on a grid of twice the step, plus what the
        partition function of the grid lacks. With method "exact" only; costs a second evaluation.

    Returns
    -------
    (m,) dimensionless; multiply by `Glass.kappa_unit`. Differentiable, also for the discrete spectrum: ρ jumps at its
    levels, but ρ + ρ_exc does not, and the nodes of the integral move with them.

    Raises
    ------
    GlassjaxError
        For an unknown ``method`` or ``excited``.
    """
    choose(method, counting.METHODS, "method")
    choose(excited, counting.EXCITED, "rule for excited states")
    T = jnp.asarray(T, dtype=float)
    levels = exact_levels.of_spectrum(spectrum) if excited == "populations" else None
    table = tabulate(spectrum)

    def kappa(coarse: bool) -> Array:
        rule = _rule(T, excited, method, spectrum, coarse)
        path = mean_free_path(
            rule[0],
            T,
            tg,
            table,
            R,
            excited=excited,
            levels=levels,
            saturation=saturation,
            method=method,
            spectrum=spectrum,
            coarse=coarse,
            width=_width(rule),
        )
        return _integrate(T, path, rule, saturation or excited == "populations")

    value = kappa(False)
    if not return_error:
        return value
    if method != "exact" or excited == "populations":
        raise GlassjaxError("only method 'exact' estimates its error, for the rules thermal and sharp")
    error = jnp.abs(kappa(True) / value - 1) + exact.grid_mismatch(T, tg, spectrum, table)
    return value, error + counting_floor(T.dtype)


def joint_conductivity(
    T: Float[Array, " m"],
    tg: ArrayLike,
    table: CanonicalTable,
    R: ArrayLike,
    scattering: Scattering,
    *,
    excited: str = "thermal",
    levels: Levels | None = None,
    saturation: bool = False,
    method: str = "saddle",
    spectrum: Spectrum | None = None,
    coarse: bool = False,
) -> Float[Array, " m"]:
    """κ/κ₀ of the joint model (Sec. 12): ordinary centres dressed by ripplons, and fast centres of quantum mixing.

    ``excited="populations"`` needs ``levels``, every ``method`` but "saddle" the ``spectrum``: see `mean_free_path`.
    """
    choose(excited, counting.EXCITED, "rule for excited states")
    choose(method, counting.METHODS, "method")
    rule = _rule(T, excited, method, spectrum, coarse)
    path = mean_free_path(
        rule[0],
        T,
        tg,
        table,
        R,
        scattering=scattering,
        excited=excited,
        levels=levels,
        saturation=saturation,
        method=method,
        spectrum=spectrum,
        coarse=coarse,
        width=_width(rule),
    )
    return _integrate(T, path, rule, saturation or excited == "populations")


def counting_floor(dtype: Any) -> float:
    """Smallest relative error that the exact count of κ claims (Sec. IV.E): interpolation, and rounding."""
    return max(_FLOOR, 1e3 * float(jnp.finfo(dtype).eps))

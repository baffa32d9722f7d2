"""Ripplons as resonances: A_l(ω) of Eq. 55 at the nodes of a spectrum, and the undamped lines beyond the cut-off."""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

from ..numerics.functions import elementwise, increasing_root, reciprocal
from ..numerics.quadrature import Rule, graded
from .coupling import friction, relative_width, shift
from .walls import L_MIN, frequency, harmonics, over_lowest

__all__ = ["LOWEST_RESOLVED", "Coupling", "densities", "frequency_rule", "lines", "summed"]

# Nodes in ln ω. A resonance at ω has relative half width γ/ω = (3π/2) tg ω² over 1 - dω_l/dω (1.3 to 1.6 for a soft
# mode), that is at least 3 tg ω². With a spacing 4.5 ω² the trapezoidal error 2e^{-2π(half width)/spacing} of that mode
# is 10⁻⁵ at tg = 3; below, resonances are given the width of tg = 3, see `_resolved`. The nodes reach below the lowest
# ripplon at softening 0.9 (0.010 at tg = 4). Lower still, the profiles are the smooth tail ∝ ω³. From 0.04 to 1.2 a
# finer spacing resolves the kinks of the smeared cut-off.
LOWEST_RESOLVED = 0.0088
_CELLS = 3.3
"""Least half width of a resonance, in distances of the nodes."""


@lru_cache(maxsize=1)
def frequency_rule() -> tuple[Rule, np.ndarray]:
    """Return fixed nodes ω with weights dω (Eq. 55), and each node's narrowest resolvable half width (0 if all are)."""

    def spacing(x: np.ndarray) -> np.ndarray:
        omega = np.exp(x)
        below = math.log(LOWEST_RESOLVED) - x
        narrow = 4.5 * omega**2 + 0.3 * (
            below + np.hypot(below, 0.002)
        )  # opens linearly below the resonances
        middle = 1 / (1 + np.exp(-(x - math.log(0.04)) / 0.2)) / (1 + np.exp((x - math.log(1.2)) / 0.2))
        return 1 / (1 / 0.22 + 1 / narrow + middle / 0.008)

    rule = graded(math.log(2e-5), math.log(300.0), spacing)
    omega = np.exp(rule.nodes)
    gap = spacing(rule.nodes) * omega
    unresolved = np.where(omega < LOWEST_RESOLVED, gap / 2, 0.0)
    return Rule(omega, rule.weights * omega), unresolved


class Coupling(NamedTuple):
    """What friction and shift of the ripplons depend on; see `broadened_spectrum`."""

    tg: ArrayLike
    omega_c: ArrayLike
    xi: ArrayLike
    D: ArrayLike
    smearing: str
    form: str


def densities(
    coupling: Coupling,
    omega: np.ndarray,
    cell: np.ndarray,
    width: np.ndarray,
    unresolved: np.ndarray,
    shifted: Array,
    shares: Array | None,
) -> Array:
    """A_l(ω) of Eq. 55, (8, n), at points ``omega`` (n,), ``cell`` (n,) apart.

    ``width`` (n,) is what each stands for in a sum, less than its cell where two sets of points overlap.
    ``unresolved`` (n,) is the narrowest half width that the points resolve, 0 where all are; ``shares`` (8,) of a mode
    are in undamped lines, if the friction is "cut-off".
    """
    tg, omega_c, xi, D, smearing, form = coupling
    gamma = friction(omega, tg, omega_c, xi, D, smearing, form=form, cell=cell)
    position = frequency(harmonics(), xi)[:, None] - shifted[None, :]
    if shares is None:
        return _resolved(omega[None, :] - position, gamma, cell, unresolved)
    unresolved_square: Any = unresolved**2
    if form == "cut-off" and smearing == "gauss":  # in the far tail the resonances become lines
        tail = omega > _end(omega_c, xi, D, smearing)
        unresolved_square = unresolved_square + jnp.where(tail, cell, 0.0) ** 2
    spread = (gamma**2 + unresolved_square)[None, :]
    density = (gamma / math.pi)[None, :] / ((omega[None, :] - position) ** 2 + spread)
    # Where a line is about to leave it, the continuum ends in a peak finer than the rule: what is missing of a mode is
    # put back there, but not what a soft resonance below the resolved ones has lost.
    soft = unresolved > 0
    least = np.where(soft, unresolved, 1.0)[None, :]
    faded = jnp.sqrt(1 + (least / friction(omega, tg)[None, :]) ** 2) - 1
    at_resonance = 1 / (1 + ((omega[None, :] - position) / (10 * least)) ** 2) ** 2
    lost = jnp.where(soft[None, :], density * faded * at_resonance, 0.0) @ width
    missed = 1 - shares - density @ width - lost
    missed = missed / (1 + (missed / 0.5) ** 6)
    end = jnp.maximum(_end(omega_c, xi, D, smearing), 1e-3)
    near = density * jnp.exp(-(((omega - end) / (0.03 * end)) ** 2))[None, :]
    change = jnp.maximum(missed / (near @ width + 1e-4), -0.9)
    return density + change[:, None] * near


def _resolved(distance: Array, gamma: Array, cell: np.ndarray, unresolved: np.ndarray) -> Array:
    """Lorentzians of half width ``gamma`` (n,) at ``distance`` (8, n) from resonance, none narrower than the points.

    With w ≥ 3.3 cells in place of a narrower γ, the core keeps its area and the tails γ/πx² stay as they are,

        A = (γ/π)/(x² + w²) + (1 - γ/w)(2w³/π)/(x² + w²)².

    A thermal factor varies over ω, of which w is 1 % or less, so that sums change by some 10⁻⁴ where γ is a third of w,
    and would scatter by 10⁻² from point to point without. Well resolved ones (γ > 1.3 w) change by 10⁻³ of their width.
    """
    return elementwise(_profile)(distance, gamma, _widened(gamma, _least(cell, unresolved)), unresolved)


def summed(
    coupling: Coupling, omega: np.ndarray, cell: np.ndarray, unresolved: np.ndarray, shifted: Array
) -> Array:
    """Σ_l (2l+1) A_l(ω) of Eq. 55, (n,): `densities` added up, in one pass over ω."""
    gamma = friction(omega, coupling.tg)
    wide = _widened(gamma, _least(cell, unresolved))
    return _modes(omega + shifted, frequency(L_MIN, coupling.xi), gamma, wide, unresolved)


@elementwise
def _modes(position: Array, lowest: Array, gamma: Array, wide: Array, unresolved: Array) -> Array:
    """Profiles of all ripplons at ω + shift = ``position``, l = 2 … 9 at their multiples of ω_2 = ``lowest``."""
    orders = harmonics()
    # distances from the resonances, as a product: XLA would find the shift in ``position`` anew for each of them
    both = jnp.stack([position, jnp.broadcast_to(lowest, position.shape)])
    apart = jnp.stack([jnp.ones(len(orders)), -over_lowest(orders)], axis=-1).astype(both.dtype)
    distance = jnp.matmul(apart, both, precision=jax.lax.Precision.HIGHEST)
    profile = _profile(distance, gamma[None, :], wide[None, :], unresolved[None, :])
    return jnp.asarray(2.0 * orders + 1, profile.dtype) @ profile


def _least(cell: np.ndarray, unresolved: np.ndarray) -> np.ndarray:
    """Least half width (n,) of `_resolved`; 0 where resonances fade out instead."""
    return np.where(unresolved > 0, 0.0, _CELLS * cell)


@elementwise
def _widened(gamma: Array, least: Array) -> Array:
    """``gamma``, or ``least`` where that is more."""
    excess = 1 + (least / gamma) ** 16
    for _ in range(4):  # the 16th root; a power takes as long as all else here
        excess = jnp.sqrt(excess)
    return gamma * excess


def _profile(distance: Array, gamma: Array, wide: Array, unresolved: Array) -> Array:
    """Profile of `_resolved`, with w = ``wide``; elementwise."""
    core = reciprocal(distance**2 + wide**2 + unresolved**2)
    return (core * gamma + 2 * core**2 * (1 - gamma / wide) * wide**3) / math.pi


def _end(omega_c: ArrayLike, xi: ArrayLike, D: ArrayLike, smearing: str) -> Array:
    """Frequency ω_e above which there is no friction; for a normal cut-off, 2δ above its centre, lines begin there."""
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    return cutoff * (1 + {"box": 1.0, "gauss": 2.0, "sharp": 0.0}[smearing] * relative_width(D))


def lines(
    tg: ArrayLike, omega_c: ArrayLike, xi: ArrayLike, D: ArrayLike, smearing: str
) -> tuple[Array, Array]:
    """Undamped ripplons above the smeared cut-off (Sec. IV.F): frequencies and shares of a mode, for l = 2 … 9.

    Above ω_e the function ω - ω_l(ω) increases, so there is one root if it is negative at ω_e, else none (share 0, and
    a stand-in for the frequency). The root is sought in ln(ω - ω_e), where it may lie exponentially close. In the tail
    of a normal cut-off friction is left: the line takes what the fixed nodes do not resolve.
    """
    bare = frequency(harmonics(), xi)
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    end = _end(omega_c, xi, D, smearing)
    resolution = 64 * float(jnp.finfo(bare.dtype).eps)
    low = jnp.broadcast_to(jnp.log(resolution * jnp.maximum(end, 1e-3)), bare.shape)
    high = jnp.log(bare + cutoff + 3 * tg * cutoff**3)

    def shift_at(omega: Array) -> Array:
        return shift(omega, tg, omega_c, xi, D, smearing)

    def excess(y: Array) -> Array:
        omega = end + jnp.exp(y)
        return omega - bare + shift_at(omega)

    exists = excess(low) < 0
    y = increasing_root(
        lambda y: jnp.where(exists, excess(y), y - jax.lax.stop_gradient((low + high) / 2)),
        low,
        high,
        steps=40,
    )
    omega = end + jnp.exp(y)
    _, slope = jax.jvp(shift_at, (omega,), (jnp.ones_like(omega),))
    share = 1 / (1 + jnp.maximum(slope, 0.0))
    if smearing == "gauss":
        gamma = friction(omega, tg, omega_c, xi, D, smearing, form="cut-off")
        rule, _ = frequency_rule()
        gap = jnp.interp(omega, jnp.asarray(rule.nodes), jnp.asarray(rule.weights))
        share = share * (1 - gamma / jnp.sqrt(gamma**2 + gap**2))
    return omega, jnp.where(exists, share, 0.0)

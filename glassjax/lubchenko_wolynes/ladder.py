"""The exact counting for the discrete spectrum of Eq. 33, made for κ (Sec. IV.E).

Low levels are sharp, high ones thinned out. All are multiples of the lowest ripplon ω_2 = p (a/ξ)^{5/4}, so they, and
the nodes of the integral over ω between them, are numbers known beforehand, times ω_2.
"""

import math
from functools import lru_cache
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.quadrature import gauss_legendre
from . import levels as _levels
from .landscape import XI
from .ripplons import Spectrum
from .walls import L_MAX, L_MIN, prefactor

__all__ = ["is_ladder", "log_densities", "log_excited_density", "log_partition", "nodes"]

HIGHEST = 5.0
"""Levels are enumerated up to this energy in ω_D at ξ/a = 5.8: 85,034 of them."""
_SHARP, _CELL = 5.2, 0.02
_LOWEST = 4e-6
"""Levels below 5.2 ω_2 stay as they are; above, cells of this relative width hold two levels each."""


def is_ladder(spectrum: Spectrum) -> bool:
    """Eight frequencies are taken for the ladder of Eq. 33, of which the lowest sets the scale."""
    return len(spectrum.weights) == L_MAX - L_MIN + 1


@lru_cache(maxsize=2)
def _thinned(cell: float = _CELL) -> tuple[np.ndarray, np.ndarray]:
    """Levels in units of ω_2 and ln multiplicities; in each cell two levels keep the moments 0 to 3."""
    energies, counts = _levels._enumerate(HIGHEST / (prefactor() * XI**-1.25))
    low = energies < _SHARP
    out = [np.stack([energies[low], counts[low]])]
    edges = np.exp(np.arange(math.log(_SHARP), math.log(energies[-1]) + cell, cell))
    for left, right in pairwise(edges):
        inside = (energies >= left) & (energies < right)
        e, g = energies[inside], counts[inside]
        if len(e) > 2:
            total = g.sum()
            mean = g @ e / total
            deviation = math.sqrt(g @ (e - mean) ** 2 / total)
            skew = g @ (e - mean) ** 3 / total / deviation**3
            root = math.sqrt(1 + skew**2 / 4)
            e = mean + deviation * np.array([skew / 2 - root, skew / 2 + root])
            g = total * np.array([0.5 + skew / (4 * root), 0.5 - skew / (4 * root)])
        out.append(np.stack([e, g]))
    energies, counts = np.concatenate(out, axis=1)
    return energies, np.log(counts)


@lru_cache(maxsize=1)
def _panels() -> np.ndarray:
    """Edges of the panels between the levels, ω/ω_2 = 0.002 … 11."""
    energies, _ = _thinned()
    inside = [np.geomspace(2e-3, 1.0, 19)]
    sharp = np.append(energies[energies < _SHARP], _SHARP)
    for left, right in pairwise(sharp):
        parts = max(1, round((right - left) / 0.2))
        inside.append(left + (right - left) * np.arange(1, parts + 1) / parts)
    inside.append(np.exp(np.arange(math.log(_SHARP), math.log(11.0), 0.06))[1:])
    return np.concatenate(inside)


@lru_cache(maxsize=2)
def _partial(order: int) -> np.ndarray:
    """∫₀^x of the polynomials through the ``order`` Gauss-Legendre nodes of [0, 1]: (order, powers of x from 1)."""
    inverse = np.linalg.inv(np.vander(gauss_legendre(order).nodes, increasing=True))
    return inverse.T / np.arange(1, order + 1)


def nodes(lowest: ArrayLike, coarse: bool = False) -> tuple[Array, Array]:
    """Nodes ω and weights dω of ∫₀¹dω (Sec. IV.E) for a ladder whose lowest ripplon is ``lowest``.

    The nodes are fixed multiples of ``lowest``, in panels between the levels; where 1 falls into a panel, the
    polynomial through its nodes is integrated up to there. ``coarse`` takes three nodes a panel in place of four.
    """
    lowest = jnp.asarray(lowest, dtype=float)
    order = 3 if coarse else 4
    edges, rule = _panels(), gauss_legendre(order)
    left, width = edges[:-1, None], np.diff(edges)[:, None]
    u = left + width * rule.nodes[None, :]
    cut = jnp.clip((1 / lowest - left) / width, 0.0, 1.0)
    powers = cut[..., None] ** np.arange(1, order + 1)[None, None, :]
    shares = jnp.sum(powers * jnp.asarray(_partial(order), lowest.dtype)[None, :, :], axis=-1)
    shares = jnp.where(cut < 1, shares, jnp.asarray(rule.weights, lowest.dtype)[None, :])
    # below 2·10⁻³ ω_2 nothing but the bare centre scatters: Gauss-Legendre in ln ω
    low = gauss_legendre(32)
    span = math.log(edges[0] / _LOWEST)
    bottom = _LOWEST * np.exp(span * low.nodes)
    u = np.concatenate([bottom, u.reshape(-1)])
    weights = jnp.concatenate(
        [jnp.asarray(bottom * span * low.weights, lowest.dtype), (shares * width).reshape(-1)]
    )
    return lowest * jnp.asarray(u, lowest.dtype), lowest * weights


def log_partition(s: Array, spectrum: Spectrum) -> Array:
    """Ln Z(s) to rounding, by the sum over the lines (Sec. IV.D); any shape of ``s``."""
    frequencies = jnp.asarray(spectrum.frequencies, s.dtype)
    x = s[..., None] * frequencies.reshape((1,) * s.ndim + frequencies.shape)
    return -jnp.log(-jnp.expm1(-x)) @ jnp.asarray(spectrum.weights, s.dtype)


_TERMS = 8
_FIT = 8


@lru_cache(maxsize=1)
def _distances() -> np.ndarray:
    """Distances E - ω in units of ω_2 at which f is needed: 1/1024 apart, later 1/64 … 1/32 of themselves."""
    kept, top = 64, 40 * 1024
    parts, step = [np.arange(kept)], 2
    while kept // 2 * step < top:
        parts.append(step * np.arange(kept // 2, kept))
        step *= 2
    return np.concatenate(parts) / 1024


def _onto_distances(gap: Array, states: Array) -> Array:
    """Share ``states`` (n, levels) at distances ``gap`` in ω_2 among `_distances`, to eighth order: (n, k)."""
    nodes = _distances()
    place = gap * 1024
    # 32 nodes an octave, 64 in the first: node = 32 octave + place / 2^octave
    octave = jnp.maximum(jnp.floor(jnp.log2(jnp.maximum(place, 1.0) / 32)), 0.0)
    index = (32 * octave + place * jnp.exp2(-octave)).astype(int)
    first = jnp.clip(index - _FIT // 2 + 1, 0, len(nodes) - _FIT)
    around = jnp.asarray(nodes * 1024, gap.dtype)[first[..., None] + np.arange(_FIT)[None, None, :]]
    apart = place[..., None] - around
    n = gap.shape[0]
    out = jnp.zeros((n, len(nodes)), gap.dtype)
    row = np.broadcast_to(np.arange(n)[:, None], gap.shape)
    for j in range(_FIT):
        weight = jnp.ones_like(gap)
        for i in range(_FIT):
            if i != j:
                weight = weight * apart[..., i] / (around[..., j] - around[..., i])
        out = out.at[row, first + j].add(weight * states)
    return out


def twice_fermi(x: Array) -> Array:
    """2/(e^x + 1), twice the Fermi function, without overflow (Eq. 43)."""
    return 2 * jnp.exp(-x) / (1 + jnp.exp(-x))


@jax.custom_jvp
def _sum_over_levels(gap: Array, states: Array, scaled_beta: Array) -> Array:
    """Σ_n states f(gap), f = 2/(e^{x}+1), x = gap β; (n, levels) twice and (m,) give (n, m)."""
    x = jnp.asarray(_distances(), gap.dtype)[:, None] * scaled_beta[None, :]
    return _onto_distances(gap, states) @ twice_fermi(x)


@_sum_over_levels.defjvp
def _(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    gap, states, scaled_beta = primals
    dgap, dstates, dbeta = tangents
    u = jnp.asarray(_distances(), gap.dtype)[:, None]
    x = u * scaled_beta[None, :]
    f = twice_fermi(x)
    slope = -f / (1 + jnp.exp(-x))
    gathered = _onto_distances(gap, states)
    change = _onto_distances(gap, dstates) @ f
    change = change + _onto_distances(gap, states * dgap) @ (slope * scaled_beta[None, :])
    return gathered @ f, change + gathered @ (slope * u) * dbeta[None, :]


def log_densities(
    omega: Float[Array, " n"], T: Float[Array, " m"], tg: ArrayLike, spectrum: Spectrum, coarse: bool = False
) -> tuple[Float[Array, " n"], Float[Array, "m n"]]:
    """Ln T_gρ(ω) and ln T_gρ_exc(ω, T) of the discrete spectrum (Eq. 37, 43); `EMPTY` where nothing is.

    Exact up to ω = 5.2 ω_2 (0.77 ω_D); above, levels are thinned out, which integrals over ω do not see.
    """
    scale = jnp.asarray(spectrum.frequencies, dtype=float)[0]
    energies, log_counts = (
        jnp.asarray(part, omega.dtype) for part in _thinned(_CELL * 2 if coarse else _CELL)
    )
    energies = energies * scale
    bound = 1 / jnp.asarray(tg, omega.dtype)
    gap = energies[None, :] - omega[:, None]
    states = jnp.exp(log_counts[None, :] - bound * jnp.abs(gap))
    open_ = gap <= 0
    ground = jnp.log(jnp.exp(-bound * omega) + jnp.sum(jnp.where(open_, states, 0.0), axis=-1))
    above = jnp.where(open_, 0.0, states)
    excited = jnp.maximum(_sum_over_levels(jnp.maximum(gap, 0.0) / scale, above, scale / T).T, 0.0)
    tail = _log_tail(omega, T, bound, energies, log_counts, spectrum, 1e-6)
    return ground, jnp.logaddexp(_levels.log_or_empty(excited), tail)


def _log_tail(
    omega: Array, T: Array, bound: Array, energies: Array, log_counts: Array, spectrum: Spectrum, least: float
) -> Array:
    """Ln of ρ_exc from states above the levels: Σ_k 2(-1)^{k-1} e^{ωs_k}[Z(s_k) - counted], s_k = β_g + kβ (m, n).

    Where they are less than ``least`` of Z they are left out, with a smooth start over a factor 10.
    """
    k = jnp.arange(1, _TERMS + 1, dtype=omega.dtype)[:, None]
    s = bound + k / T[None, :]

    def logs(s: Array) -> Array:
        return jax.scipy.special.logsumexp(log_counts[None, :] - s[:, None] * energies[None, :], axis=-1)

    held = jax.lax.map(logs, s) if energies.shape[0] > 1000 else jax.vmap(logs)(s)
    log_z = log_partition(s, spectrum)
    missing = -jnp.expm1(jnp.minimum(jnp.logaddexp(held, 0.0) - log_z, 0.0))
    inside = missing > least
    tail = jnp.log(jnp.where(inside, missing, 1.0)) + log_z
    fade = jnp.where(inside, _levels.rise(jnp.log10(jnp.where(inside, missing, 1.0) / least)), 0.0)
    tail = jnp.where(inside, tail, 0.0)
    exponent = s[..., None] * omega[None, None, :] + tail[..., None]
    peak = jax.lax.stop_gradient(jnp.max(jnp.where(inside[..., None], exponent, _levels.EMPTY), axis=0))
    signs = jnp.asarray(2.0 * (-1.0) ** np.arange(_TERMS), omega.dtype)
    exponent = jnp.where(inside[..., None], exponent - peak[None], 0.0)
    series = jnp.sum((signs[:, None] * fade)[..., None] * jnp.exp(exponent), axis=0)
    some = (peak > -1e20) & (series > float(jnp.finfo(omega.dtype).tiny))
    return jnp.where(some, jnp.log(jnp.where(some, series, 1.0)) + peak, _levels.EMPTY)


def log_excited_density(
    omega: Float[Array, " n"], T: Float[Array, " m"], tg: ArrayLike, spectrum: Spectrum
) -> Float[Array, "m n"]:
    """Ln T_gρ_exc(ω, T) of the discrete spectrum by every level up to 4 and what they leave of Z (Eq. 43)."""
    level = _levels.of_spectrum(spectrum, 4.0)
    bound = 1 / jnp.asarray(tg, omega.dtype)
    gap = level.energies[None, :] - omega[:, None]
    base = jnp.where(gap > 0, level.log_counts[None, :] - bound * gap, _levels.EMPTY)
    gap = jnp.maximum(gap, 0.0)

    def at(beta: Array) -> Array:
        return jax.scipy.special.logsumexp(base - jax.nn.softplus(gap * beta), axis=-1) + math.log(2)

    counted = jnp.maximum(jax.lax.map(at, 1 / T), _levels.EMPTY)
    least = 1e-12 if omega.dtype == jnp.float64 else 1e-5
    return jnp.logaddexp(
        counted, _log_tail(omega, T, bound, level.energies, level.log_counts, spectrum, least)
    )

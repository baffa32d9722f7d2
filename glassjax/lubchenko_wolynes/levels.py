"""Multi-ripplon levels and their multiplicities, counted exactly, and the densities they give (Sec. IV.D-E, Eq. 37-43).

The ground state is left apart: every level here has E > 0, and the densities add the term n = 0 themselves. A
discrete spectrum has sharp levels, a broadened one a level density on a uniform grid; both go through the same sums.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from .canonical import CanonicalTable
from .landscape import XI
from .profiles import frequency_rule
from .ripplons import Spectrum
from .walls import L_MAX, L_MIN, frequency, prefactor

__all__ = [
    "Levels",
    "broadened_levels",
    "coarsened",
    "discrete_levels",
    "exact_cumulative_density",
    "exact_excited_density",
    "exact_ground_density",
    "log_exact_excited_density",
    "log_tail",
    "of_spectrum",
]

EMPTY = -1e30
"""Stands for ln 0 where a level holds nothing: finite, so that no gradient meets an infinity."""

_PADDING = 4
_DAMPING = {"float64": (18.0, 9.0), "float32": (192.0, 96.0, 48.0, 32.0, 24.0, 18.0, 14.0, 11.0, 9.0)}
"""s₀: each is accurate around E = S(s₀), where the damped density peaks above the rounding noise of the transform."""


class Levels(NamedTuple):
    """Excited levels E_n > 0 and their multiplicities.

    Attributes
    ----------
    energies : (n,) in ω_D, ascending.
    log_counts : (n,) ln g_n; `EMPTY` where nothing is.
    widths : (n,) or scalar
        Each level stands for states spread evenly over E_n ± width/2; 0 for sharp levels.
    """

    energies: Any
    log_counts: Any
    widths: Any = 0.0


@lru_cache(maxsize=16)
def _enumerate(highest: float) -> tuple[np.ndarray, np.ndarray]:
    """Levels 0 < E < ``highest`` and multiplicities of Σ_l n_l u_l, u_l = √[(l-1)(l+2)/4], 2l + 1 bosons each."""
    energies, counts = np.zeros(1), np.ones(1)
    for l in range(L_MIN, L_MAX + 1):  # noqa: E741
        quantum, flavours = math.sqrt((l - 1) * (l + 2) / 4), 2 * l + 1
        added = []
        for n in range(math.ceil(highest / quantum)):
            inside = energies + n * quantum < highest
            ways = math.comb(n + flavours - 1, n)
            added.append(np.stack([energies[inside] + n * quantum, counts[inside] * ways]))
        energies, counts = np.concatenate(added, axis=1)
        order = np.argsort(energies, kind="stable")
        energies, counts = energies[order], counts[order]
        # ω_6 = 2ω_3: the same level by two sums, equal to rounding
        first = np.flatnonzero(np.diff(energies, prepend=-1.0) > 1e-9)
        energies, counts = energies[first], np.add.reduceat(counts, first)
    return energies[1:], counts[1:]


def discrete_levels(xi: ArrayLike = XI, highest: float = 3.0) -> Levels:
    """Multi-ripplon levels E_n = Σ n_l ω_l of the discrete spectrum (Eq. 33), with g_n as in Eq. 37.

    Counted once, in units of p(a/ξ)^{5/4}, and scaled: ``highest`` (static, in ω_D) refers to ξ/a = 5.8, where 66, 922
    and 6037 levels lie below 1, 2 and 3 (one more with the ground state, which is left out). Exact; differentiable in
    ``xi``.
    """
    energies, counts = _enumerate(float(highest) / (prefactor() * XI**-1.25))
    scale = frequency(L_MIN, xi)  # u_2 = 1
    return Levels(scale * jnp.asarray(energies, scale.dtype), jnp.asarray(np.log(counts), scale.dtype))


@lru_cache(maxsize=8)
def _deposit(count: int, step: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share the fixed nodes of a broadened spectrum among ``count`` cells of a grid: (node, cell, share).

    A node's weight is spread evenly over the interval it stands for, then linearly onto the two neighbouring cells,
    which keeps the mean frequency.
    """
    nodes = frequency_rule()[0].nodes
    middle = np.sqrt(nodes[1:] * nodes[:-1])
    edges = np.concatenate([[nodes[0] ** 2 / middle[0]], middle, [nodes[-1] ** 2 / middle[-1]]]) / step
    nodes_in = np.flatnonzero(edges[:-1] < count)
    node, cell, share = [], [], []

    def ramp(u: np.ndarray) -> np.ndarray:
        """Integral of the hat max(1 - |u|, 0) from -∞."""
        u = np.clip(u, -1, 1)
        return 0.5 + u - 0.5 * u * np.abs(u)

    for j in nodes_in:
        cells = np.arange(int(edges[j]), min(int(edges[j + 1]) + 2, count + 1))
        part = (ramp(edges[j + 1] - cells) - ramp(edges[j] - cells)) / (edges[j + 1] - edges[j])
        node.append(np.full(len(cells), j))
        cell.append(np.maximum(cells, 1))
        share.append(part)
    joined = [np.concatenate(part) for part in (node, cell, share)]
    kept = joined[1] < count
    return joined[0][kept].astype(np.int32), joined[1][kept].astype(np.int32), joined[2][kept]


@lru_cache(maxsize=4)
def _divisors(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs n = k m below ``count``, sorted by n: (m, n, 1/k). k ripplons of energy m weigh a_m/k in c_n."""
    pairs = [(np.full((count - 1) // k, k), np.arange(1, (count - 1) // k + 1)) for k in range(1, count)]
    k, m = (np.concatenate(part) for part in zip(*pairs, strict=True))
    order = np.argsort(k * m, kind="stable")
    return m[order].astype(np.int32), (k * m)[order].astype(np.int32), 1 / k[order]


def _grid_modes(spectrum: Spectrum, count: int, step: float) -> Array:
    """Modes per cell of the uniform grid, (count,)."""
    weights = jnp.asarray(spectrum.weights, dtype=float)
    fixed = len(frequency_rule()[0].nodes)
    fixed = fixed if weights.shape[0] >= fixed else 0
    modes = jnp.zeros(count, weights.dtype)
    if fixed:
        node, cell, share = _deposit(count, step)
        modes = modes.at[cell].add(weights[node] * jnp.asarray(share, weights.dtype))
    if weights.shape[0] > fixed:  # sharp lines
        place = jnp.asarray(spectrum.frequencies, dtype=float)[fixed:] / step
        below = jnp.maximum(jnp.floor(jax.lax.stop_gradient(place)), 1.0)
        upper = place - below
        cell = below.astype(int)
        modes = modes.at[cell].add(weights[fixed:] * (1 - upper), mode="drop")
        modes = modes.at[cell + 1].add(weights[fixed:] * upper, mode="drop")
    return modes


def broadened_levels(spectrum: Spectrum, highest: float = 4.0, count: int = 2**14) -> Levels:
    """Level density of a broadened spectrum on a uniform grid (Sec. IV.F), exact for the spectrum put on that grid.

    With c(y) = Σ_k A(y/k)/k², ln Z(s) = ∫dy c(y) e^{-sy}, so that δ(E) + Ω(E) is the convolution exponential of c: damp
    by e^{-s₀y}, zero-pad, transform, expm1, transform back, undamp.

    Parameters
    ----------
    spectrum : Spectrum
        The fixed nodes of `ripplons.broadened_spectrum`, then any number of sharp lines; a spectrum with fewer
        frequencies than that counts as lines.
    highest : float
        Static, 2 … 4 (beyond, rounding noise creeps in).
    count : int
        Static. The grid has that many energies less one; by default 2.4·10⁻⁴ to 4.

    Returns
    -------
    Levels
        ln(Ω dE) at each energy, the ground state apart. Sums ΣF(E_n) g_n are good to 10⁻⁴ where F varies over more than
        a few hundredths of ω_D. In float32 several dampings are stitched together, good to 10⁻³ up to E = 3; above,
        cells that drown in rounding noise stay empty.
    """
    step = highest / count
    modes = _grid_modes(spectrum, count, step)
    dtype = modes.dtype
    m, n, inverse = _divisors(count)
    c = jnp.zeros(count, dtype).at[n].add(modes[m] * jnp.asarray(inverse, dtype), indices_are_sorted=True)
    energies = np.arange(count) * step
    damping = np.asarray(_DAMPING[dtype.name])
    log_damp = -damping[:, None] * energies[None, :]
    spectral = jnp.fft.rfft(c[None, :] * jnp.asarray(np.exp(log_damp), dtype), n=_PADDING * count, axis=-1)
    # two or more ripplons; single quanta and their multiples are known exactly
    several = jnp.fft.irfft(jnp.expm1(spectral) - spectral, n=_PADDING * count, axis=-1)[:, :count]
    noise = jax.lax.stop_gradient(jnp.sqrt(jnp.mean(several**2, axis=-1))) * float(jnp.finfo(dtype).eps)
    undamp = jnp.asarray(-log_damp, dtype)
    # the damping whose rounding noise is lowest at each energy
    best = jnp.argmin(jnp.log(noise + jnp.finfo(dtype).tiny)[:, None] + undamp, axis=0)
    several, undamp, noise = (
        jnp.take_along_axis(part, best[None, :], axis=0)[0]
        for part in (several, undamp, jnp.broadcast_to(noise[:, None], several.shape))
    )
    log_several = jnp.where(several > 8 * noise, _safe_log(several) + undamp, EMPTY)
    log_counts = jnp.logaddexp(jnp.where(c > 0, _safe_log(c), EMPTY), log_several)
    return Levels(jnp.asarray(energies[1:], dtype), log_counts[1:], step)


def _safe_log(x: Array) -> Array:
    return jnp.log(jnp.where(x > 0, x, 1.0))


def log_or_empty(x: Array) -> Array:
    """Ln x of a count, `EMPTY` where it is zero or underflows (Sec. IV.D)."""
    tiny = float(jnp.finfo(x.dtype).tiny)
    return jnp.where(x > tiny, jnp.log(jnp.maximum(x, tiny)), EMPTY)


def rise(x: Array) -> Array:
    """x²(3 - 2x) of ``x`` clipped to 0 … 1: a smooth step (Sec. IV.D)."""
    x = jnp.clip(x, 0.0, 1.0)
    return x**2 * (3 - 2 * x)


def coarsened(levels: Levels, relative: float = 0.01) -> Levels:
    """Merge cells of a uniform grid into cells of relative width ``relative``; keeps count and mean energy (Sec. IV.F).

    For sums of functions that are smooth over such a cell: 2¹⁴ levels up to 4 become about 600.
    """
    count = levels.energies.shape[0]
    edges = [0]
    while edges[-1] < count:
        edges.append(min(count, edges[-1] + max(1, int(relative * (edges[-1] + 1)))))
    lengths = np.diff(edges)
    group = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    dtype = levels.log_counts.dtype

    def sums(x: Array) -> Array:
        return jnp.zeros(len(lengths), dtype).at[group].add(x, indices_are_sorted=True)

    peak = jnp.full(len(lengths), EMPTY, dtype)
    peak = peak.at[group].max(jax.lax.stop_gradient(levels.log_counts), indices_are_sorted=True)
    share = jnp.exp(levels.log_counts - peak[group])
    total = sums(share)
    return Levels(
        sums(share * levels.energies) / total,
        jnp.log(total) + peak,
        levels.widths * jnp.asarray(lengths, dtype),
    )


def of_spectrum(spectrum: Spectrum, highest: float | None = None) -> Levels:
    """Levels of any spectrum for `counting.log_population_density`: enumerated if discrete, else on a coarsened grid.

    Eight frequencies are taken for the ladder of Eq. 33, of which the lowest sets the scale. ``highest`` is 3 or 4.
    """
    if len(spectrum.weights) == L_MAX - L_MIN + 1:
        levels = discrete_levels(XI, 3.0 if highest is None else highest)
        scale = jnp.asarray(spectrum.frequencies, dtype=float)[0] / frequency(L_MIN, XI)
        return levels._replace(energies=levels.energies * scale)
    return coarsened(broadened_levels(spectrum, 4.0 if highest is None else highest))


def _below(omega: Array, levels: Levels) -> Array:
    """Share of each level that lies below ω: a step, or a ramp as wide as the level; (..., levels)."""
    energies = jnp.asarray(levels.energies)
    widths = jnp.broadcast_to(jnp.asarray(levels.widths, energies.dtype), energies.shape)
    spread = widths > 0
    omega = omega[..., None]
    lead = (1,) * (omega.ndim - 1)
    energies, widths, spread = (x.reshape(lead + x.shape) for x in (energies, widths, spread))
    ramp = jnp.clip((omega - energies) / jnp.where(spread, widths, 1.0) + 0.5, 0.0, 1.0)
    return jnp.where(spread, ramp, jnp.where(energies <= omega, 1.0, 0.0))


def _over_levels(x: Array, like: Array) -> Array:
    """Give ``x`` (levels,) the leading axes of ``like`` (...)."""
    return x.reshape((1,) * like.ndim + x.shape)


def exact_ground_density(omega: Float[ArrayLike, " n"], tg: ArrayLike, levels: Levels) -> Float[Array, " n"]:
    """States that absorb ω from the ground state, counted exactly: T_gρ = Σ_n g_n θ(ω-E_n) e^{-β_g(ω-E_n)} (Eq. 37).

    ``omega`` (n,) in ω_D, below the highest level. Jumps where a sharp level opens.
    """
    omega = jnp.asarray(omega, dtype=float)
    above = jnp.maximum(omega[:, None] - _over_levels(levels.energies, omega), 0.0)
    terms = jnp.exp(_over_levels(levels.log_counts, omega) - above / tg)
    return jnp.exp(-omega / tg) + jnp.sum(_below(omega, levels) * terms, axis=-1)


def exact_cumulative_density(omega: ArrayLike, E: ArrayLike, tg: ArrayLike, levels: Levels) -> Array:
    """T_gN_E(ω) = Σ g_n e^{-β_g(E_n-ω)} over ω < E_n < ω + E, counted exactly (Eq. 42).

    ``omega`` and ``E`` broadcast; in ω_D, with ω + E below the highest level.
    """
    omega, E = jnp.broadcast_arrays(jnp.asarray(omega, dtype=float), jnp.asarray(E, dtype=float))
    gap = jnp.maximum(_over_levels(levels.energies, omega) - omega[..., None], 0.0)
    inside = _below(omega + E, levels) - _below(omega, levels)
    return jnp.sum(inside * jnp.exp(_over_levels(levels.log_counts, omega) - gap / tg), axis=-1)


def log_tail(s: Array, levels: Levels, table: CanonicalTable) -> Array:
    """Ln of Z(s) - 1 - Σ g_n e^{-sE_n}: states above the highest level (Eq. 43), at inverse temperatures ``s``.

    The difference means nothing where the levels already hold all of Z. The canonical energy S(s) ± √V tells: where S
    is between 3 and 4 standard deviations below the highest level the tail (10⁻³ of Z at most) fades out smoothly, and
    beyond it is `EMPTY`.
    """
    sums = table.at(jnp.log(s))
    exponent = _over_levels(levels.log_counts, s) - s[..., None] * _over_levels(levels.energies, s)
    counted = jnp.logaddexp(jax.scipy.special.logsumexp(exponent, axis=-1), 0.0)
    mean, spread = jnp.exp(sums.log_energy) / s, jnp.exp(0.5 * sums.log_variance) / s
    room = 4.0 - (levels.energies[-1] - mean) / jnp.maximum(spread, 1e-6)
    missing = -jnp.expm1(jnp.minimum(counted - sums.log_partition, 0.0))
    inside = (room > 1e-3) & (missing > 1e-7)
    log_share = jnp.log(jnp.where(inside, missing, 1.0)) + jnp.log(rise(jnp.where(inside, room, 1.0)))
    return jnp.where(inside, log_share, EMPTY) + sums.log_partition


_TERMS = 12
"""Terms of the alternating series: e^{-kβ(E-ω)} at T ≤ 1, E - ω ≥ 2 leaves e^{-24}."""


def log_exact_excited_density(
    omega: Float[Array, " n"], T: Float[Array, " m"], tg: ArrayLike, levels: Levels, table: CanonicalTable
) -> Float[Array, "m n"]:
    """Ln T_gρ_exc(ω, T), counted exactly: Σ_{E_n>ω} g_n f(E_n-ω) e^{-β_g(E_n-ω)}, f = 2/(e^{βE}+1) (Eq. 43).

    Above the highest level (at least ω + 2), Σ_k 2(-1)^{k-1} e^{ωs_k} [Z(s_k) - counted], s_k = β_g + kβ, with
    `log_tail`.
    """
    gap = jnp.maximum(levels.energies[None, :] - omega[:, None], 0.0)
    above = 1 - _below(omega, levels)
    open_ = above > 0
    base = (
        jnp.where(open_, levels.log_counts[None, :] + jnp.log(jnp.where(open_, above, 1.0)), EMPTY) - gap / tg
    )
    k = np.arange(1, _TERMS + 1)

    def at(beta: Array) -> Array:
        counted = jax.scipy.special.logsumexp(base - jax.nn.softplus(gap * beta), axis=-1)
        s = 1 / jnp.asarray(tg) + jnp.asarray(k, omega.dtype) * beta
        tail = log_tail(s, levels, table)[None, :] + omega[:, None] * s[None, :]
        series = jnp.sum(jnp.asarray((-1.0) ** (k - 1))[None, :] * jnp.exp(tail - tail[:, :1]), axis=-1)
        first = tail[:, 0] + jnp.log(jnp.maximum(series, 1e-6))
        return jnp.logaddexp(counted, first) + math.log(2)

    return jax.lax.map(at, 1 / T)


def exact_excited_density(
    omega: Float[ArrayLike, " n"],
    T: Float[ArrayLike, " m"],
    tg: ArrayLike,
    levels: Levels,
    table: CanonicalTable,
) -> Float[Array, "m n"]:
    """T_gρ_exc(ω, T) by exact counting (Eq. 43); see `log_exact_excited_density`.

    Parameters
    ----------
    omega : (n,)
        Phonon frequencies in ω_D, at least 2 below the highest level.
    T : (m,)
        Temperatures in T_D, 10⁻⁵ … 1.
    tg : scalar
    levels : Levels
        `discrete_levels` or `broadened_levels`.
    table : CanonicalTable
        `canonical.tabulate` of the same spectrum.

    Returns
    -------
    (m, n) dimensionless.
    """
    omega, T = jnp.asarray(omega, dtype=float), jnp.asarray(T, dtype=float)
    return jnp.exp(log_exact_excited_density(omega, T, tg, levels, table))

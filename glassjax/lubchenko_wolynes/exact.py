"""The exact counting, made for κ: one level density, then all frequencies and temperatures at once (Sec. IV.D-F).

With G = e^{-β_g|x|} below and f(x) e^{-β_g x} above, f(x) = 2/(e^{βx}+1), the exact T_g(ρ + ρ_exc)(ω, T) is
e^{-β_gω} + ∫dE Ω(E) G(E - ω) (Eq. 37, 43). Ω is the convolution exponential on a uniform grid. It is first gathered,
for each ω, onto distances u = E - ω graded like ln u, which keeps every smooth sum to eighth order; after that all
temperatures are one product of matrices.
"""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.quadrature import Rule, gauss_legendre, lagrange, panels
from . import ladder
from . import levels as _levels
from .canonical import CanonicalTable
from .convolution import level_density, points
from .ripplons import GRID_COUNT, GRID_STEP, Spectrum

__all__ = [
    "Distances",
    "distances",
    "grid_mismatch",
    "log_cumulative",
    "log_densities",
    "nodes",
]

_LOWEST = 6e-7
_FILTER = np.array([-5, 49, -245, 1225, 1225, -245, 49, -5]) / 2048
"""Interpolation halfway between equidistant points, exact for polynomials up to the seventh power."""
_KEPT = 64
"""Distances are kept one by one up to this number of steps, then in steps of 2, 4, 8 …, so 1/128 … 1/64 of u apart."""
_ROOM = 0.25
"""Part of the grid's length added beyond its end, for what the smoothing spreads there."""
_REFINED = 4
"""How much finer the grid is that densities at a point are taken from."""
_FIT = 6
"""Neighbours in the interpolation from the rows to any ω."""


class _Plan(NamedTuple):
    """How states are gathered onto graded distances: all static.

    Attributes
    ----------
    nodes : (k,) distances u in steps of the grid.
    level, offset : (e,) the smoothed copy of the density, and where to read it, for each entry.
    share : (e, k) what each entry gives to each node.
    levels : how many smoothed copies there are.
    """

    nodes: np.ndarray
    level: np.ndarray
    offset: np.ndarray
    share: np.ndarray
    levels: int


def _graded(highest: int, kept: int) -> list[tuple[int, int]]:
    """Distances n·2^k below ``highest`` as pairs (k, n): n < ``kept`` at k = 0, then kept/2 … kept."""
    pairs = [(0, n) for n in range(kept)]
    k = 1
    while kept << (k - 1) < highest:
        pairs += [(k, n) for n in range(kept // 2, kept)]
        k += 1
    return [(k, n) for k, n in pairs if n << k < highest]


def _extended(count: int) -> int:
    return count + int(_ROOM * count)


@lru_cache(maxsize=4)
def _plan(count: int = GRID_COUNT, kept: int = _KEPT) -> _Plan:
    """Thin out the distances on a grid of ``count`` points and the room beyond it, octave by octave.

    An odd distance beyond ``kept`` steps gives its states to its eight even neighbours, as `_FILTER` says; the even
    ones then are the distances of the next octave. Copy k of the density, smoothed by the same filter, holds what a
    node in the middle of an octave receives; near the start of an octave the shares are put together from copy k - 1.
    """
    margin = len(_FILTER) // 2
    pairs = _graded(_extended(count), kept)
    count = pairs[-1][0] + 1
    index = {n << k: i for i, (k, n) in enumerate(pairs)}
    entries: dict[tuple[int, int], dict[int, float]] = {}

    def give(level: int, offset: int, node: int, share: float) -> None:
        shares = entries.setdefault((level, offset), {})
        shares[node] = shares.get(node, 0.0) + share

    for k, n in pairs:
        node = index[n << k]
        # what arrives at octave k: in full, unless some of the odd neighbours lie before its start
        first = kept // 2  # in steps of octave k; odd neighbours at (2n ± 1 …) in steps of octave k - 1
        if k == 0 or n - margin >= first:
            give(k, n << k, node, 1.0)
            continue
        give(k - 1, n << k, node, 1.0)
        for j, weight in zip(range(-2 * margin + 1, 2 * margin, 2), _FILTER, strict=True):
            if 2 * n + j > kept:
                give(k - 1, (2 * n + j) << (k - 1), node, float(weight))
    # octave starts also give backwards, to nodes of the octave before
    for k in range(1, count):
        for odd in range(kept + 1, kept + 2 * margin, 2):
            for j, weight in zip(range(-2 * margin + 1, 2 * margin, 2), _FILTER, strict=True):
                even = odd + j
                if even < kept and even << (k - 1) in index:
                    give(k - 1, odd << (k - 1), index[even << (k - 1)], float(weight))
    keys = list(entries)
    share = np.zeros((len(keys), len(pairs)))
    for row, key in enumerate(keys):
        for node, weight in entries[key].items():
            share[row, node] = weight
    return _Plan(
        np.array([n << k for k, n in pairs]),
        np.array([key[0] for key in keys], np.int32),
        np.array([key[1] for key in keys], np.int32),
        share,
        count,
    )


def _smoothed(density: Array, count: int) -> Array:
    """Smooth the density (n,) over ever more steps, (count, n): what the nodes of each octave receive."""
    taps = np.zeros(2 * len(_FILTER) - 1)
    taps[::2], taps[len(_FILTER) - 1] = _FILTER, 1.0
    kernel = jnp.asarray(taps, density.dtype)[None, None]
    copies = [density]
    for k in range(1, count):
        step = 1 << (k - 1)
        reach = (len(_FILTER) - 1) * step
        smoothed = jax.lax.conv_general_dilated(
            copies[-1][None, None],
            kernel,
            (1,),
            [(reach, reach)],
            rhs_dilation=(step,),
            precision=jax.lax.Precision.HIGHEST,
        )
        copies.append(smoothed[0, 0])
    return jnp.stack(copies)


class Distances(NamedTuple):
    """States above and below each of some frequencies, gathered once for all temperatures.

    Attributes
    ----------
    above : (rows, k)
        T_g-weighted states at each distance u = E - ω of `_plan`: Σ g e^{-β_gu}.
    below : (rows,)
        T_gρ.
    at : (rows,)
        States in the cell of ω itself.
    u : (k,)
        The distances in ω_D.
    slope : (rows,)
        (h²/12) dΩ/dE - (h⁴/720) d³Ω/dE³, the next orders of the trapezoidal rule, by central differences.
    """

    above: Array
    below: Array
    at: Array
    slope: Array
    u: Array


@lru_cache(maxsize=1)
def _rows() -> np.ndarray:
    """Frequencies, in steps of the grid, at which the densities are computed: up to 2 ω_D."""
    return np.array([n << k for k, n in _graded(int(2.1 / GRID_STEP), _KEPT)])


def distances(density: Array, tg: ArrayLike, rows: Any = None) -> Distances:
    """Gather the level density (n,) by the distance from each row of frequencies (Eq. 37, 43).

    ``rows`` are whole numbers of steps of the grid up to half its length; by default graded ones up to 2 ω_D.
    """
    rows = _rows() if rows is None else rows
    count = density.shape[0]
    step, extended = GRID_COUNT * GRID_STEP / count, _extended(count)
    plan = _plan(count)
    dtype = density.dtype
    bound = 1 / jnp.asarray(tg, dtype)
    fall = jnp.exp(-bound * jnp.asarray(np.arange(count) * step, dtype))
    copies = _smoothed(jnp.pad(density * fall, (0, extended - count)), plan.levels)
    place = rows[:, None] + plan.offset[None, :]
    inside = place < extended
    flat = jnp.where(inside, plan.level[None, :] * extended + place, extended - 1)
    gathered = jnp.take(copies.reshape(-1), jnp.asarray(flat, jnp.int32))
    gathered = jnp.where(inside, gathered, 0.0) @ jnp.asarray(plan.share, dtype)
    last = count // 2 + 512
    # exp(β_gE) grows to e^{2/tg} only
    summed = jnp.cumsum(density[:last] / fall[:last])[rows]
    at = density[rows]
    around = jnp.pad(density[: last + 2], (2, 0))  # nothing lies below the ground state
    nearest, next_nearest = around[rows + 3] - around[rows + 1], around[rows + 4] - around[rows]
    slope = (82 * nearest - 11 * next_nearest) / 1440
    raised = 1 / fall[rows]
    half = 0.5 + step / 12 * bound
    return Distances(
        gathered * raised[:, None],
        fall[rows] * (1 + summed) - half * at - slope,
        at,
        slope,
        jnp.asarray(plan.nodes * step, dtype),
    )


def _excited_rows(gathered: Distances, T: Array, tg: ArrayLike) -> Array:
    """T_gρ_exc from states below 4, (rows, m)."""
    dtype = gathered.above.dtype
    f = ladder.twice_fermi(gathered.u[:, None] / T[None, :])
    # the state at distance 0 counts half, less the next order of the trapezoidal rule
    edge = 0.5 / (1 + gathered.u[1] / 6 * (0.5 / T + 1 / jnp.asarray(tg, dtype)))
    value = gathered.above @ f + gathered.at[:, None] * (edge - 1)[None, :] + gathered.slope[:, None]
    return jnp.maximum(value, 0.0)


_TERMS = 8
"""Terms of the alternating series beyond 4: at ω ≤ 1, e^{-3k/T}."""


def _log_tail(
    gathered: Distances, T: Array, tg: ArrayLike, table: CanonicalTable, spectrum: Spectrum | None = None
) -> tuple[Array, Array]:
    """Inverse temperatures s_k = β_g + kβ (k, m) and ln of the part of Z(s_k) above the grid.

    What the grid holds is subtracted from the table or, with a ``spectrum``, from its direct sum. That means nothing
    where the grid holds all: the tail fades out where the canonical energy S is 5 to 6 standard deviations √V below
    its end, 7 to 8 with the better sum.
    """
    dtype = gathered.above.dtype
    k = jnp.arange(1, _TERMS + 1, dtype=dtype)[:, None]
    beta = 1 / T[None, :]
    s = 1 / jnp.asarray(tg, dtype) + k * beta
    counted = jnp.exp(-(k * beta)[..., None] * gathered.u[None, None, :]) @ gathered.above[0]
    sums = table.at(jnp.log(s))
    log_z = sums.log_partition if spectrum is None else ladder.log_partition(s, points(spectrum))
    mean, spread = jnp.exp(sums.log_energy) / s, jnp.exp(0.5 * sums.log_variance) / s
    room = (6.0 if spectrum is None else 8.0) - (GRID_COUNT * GRID_STEP - mean) / jnp.maximum(spread, 1e-6)
    missing = -jnp.expm1(jnp.minimum(jnp.log1p(counted) - log_z, 0.0))
    inside = (room > 1e-3) & (missing > 1e-9)
    log_share = jnp.log(jnp.where(inside, missing, 1.0)) + jnp.log(_levels.rise(jnp.where(inside, room, 1.0)))
    return s, jnp.where(inside, log_share, _levels.EMPTY) + log_z


def _among_rows(omega: Array) -> tuple[Array, Array]:
    """Six of the graded rows (n, 6) around each ω, and their weights in the interpolation."""
    rows = _rows()
    x = omega / GRID_STEP
    nodes = jnp.asarray(rows, x.dtype)
    first = jnp.searchsorted(nodes, jax.lax.stop_gradient(x), side="right") - _FIT // 2
    chosen = jnp.clip(first, 0, len(rows) - _FIT)[:, None] + np.arange(_FIT)[None, :]
    return chosen, lagrange(nodes[chosen], x)


def _among_points(omega: Array) -> tuple[Array, Array, Array]:
    """Six points of the refined grid around each ω: 0 and their rows (1 + 6n,), places there and weights (n, 6)."""
    x = omega * (_REFINED / GRID_STEP)
    first = jnp.floor(jax.lax.stop_gradient(x)).astype(int) - _FIT // 2 + 1
    rows = jnp.clip(first, 0, GRID_COUNT * _REFINED // 2)[:, None] + np.arange(_FIT)[None, :]
    chosen = 1 + np.arange(rows.size).reshape(rows.shape)
    rows_and_zero = jnp.concatenate([jnp.zeros(1, rows.dtype), rows.reshape(-1)])
    return rows_and_zero, jnp.asarray(chosen), lagrange(jnp.asarray(rows, x.dtype), x)


def _omega_rule(order: int) -> Rule:
    """Gauss-Legendre in ln ω: 32 nodes below 10⁻³, 30 panels above."""
    low, high = gauss_legendre(32), panels(tuple(np.linspace(math.log(1e-3), 0.0, 31)), order)
    span = math.log(1e-3 / _LOWEST)
    x = np.concatenate([math.log(_LOWEST) + span * low.nodes, high.nodes])
    return Rule(np.exp(x), np.concatenate([low.weights * span, high.weights]) * np.exp(x))


OMEGA, _COARSE_OMEGA = _omega_rule(8), _omega_rule(6)
"""Fixed nodes ω and weights dω of ∫₀¹dω for a broadened spectrum: 240 above 10⁻³, 32 below."""


def nodes(spectrum: Spectrum, coarse: bool = False) -> tuple[ArrayLike, ArrayLike]:
    """Nodes ω and weights dω of κ's integral (Sec. IV.E); between the levels if they are sharp, moving with ξ."""
    if ladder.is_ladder(spectrum):
        return ladder.nodes(spectrum.frequencies[0], coarse)
    return _COARSE_OMEGA if coarse else OMEGA


def _thinned(density: Array) -> Array:
    """Give the states at odd points of the grid to the even ones: the same density on a grid of twice the step."""
    return jnp.where(np.arange(GRID_COUNT) % 2 == 0, _smoothed(density, 2)[1], 0.0)


def log_densities(
    omega: Float[Array, " n"],
    T: Float[Array, " m"],
    tg: ArrayLike,
    spectrum: Spectrum,
    table: CanonicalTable,
    *,
    coarse: bool = False,
    pointwise: bool = False,
) -> tuple[Float[Array, " n"], Float[Array, "m n"]]:
    """Ln T_gρ(ω) and ln T_gρ_exc(ω, T), counted exactly on the uniform grid (Eq. 37, 43).

    Parameters
    ----------
    omega : (n,)
        Phonon frequencies in ω_D, up to 2.
    T : (m,)
        Temperatures in T_D, 10⁻⁵ … 1.
    tg : scalar
    spectrum : Spectrum
        Broadened ripplons, or any lines.
    table : CanonicalTable
        Of the same spectrum.
    coarse : bool
        On a grid of twice the step, to estimate the error.
    pointwise : bool
        Interpolate between neighbouring points of the grid instead of graded rows. This is right beside a narrow
        resonance too, and slower. An integral over ω does not see the difference.
    """
    if ladder.is_ladder(spectrum):
        return ladder.log_densities(omega, T, tg, spectrum, coarse)
    if pointwise:
        rows, chosen, weights = _among_points(omega)
        gathered = distances(level_density(spectrum, _REFINED), tg, rows)
    else:
        chosen, weights = _among_rows(omega)
        density = level_density(spectrum)
        gathered = distances(_thinned(density) if coarse else density, tg)
    below = jnp.sum(gathered.below[chosen] * weights, axis=-1)
    excited = jnp.einsum("nkm,nk->mn", _excited_rows(gathered, T, tg)[chosen], weights)
    s, log_tail = _log_tail(gathered, T, tg, table, spectrum if pointwise else None)
    exponent = s[..., None] * omega[None, None, :] + log_tail[..., None]
    peak = jax.lax.stop_gradient(jnp.max(exponent, axis=0))
    signs = jnp.asarray(2.0 * (-1.0) ** np.arange(_TERMS), omega.dtype)
    series = jnp.einsum("k,kmn->mn", signs, jnp.exp(exponent - peak[None]))
    tiny = float(jnp.finfo(omega.dtype).tiny)
    log_series = jnp.where(peak > -1e20, jnp.log(jnp.maximum(series, tiny)) + peak, _levels.EMPTY)
    return jnp.log(jnp.maximum(below, tiny)), jnp.logaddexp(_levels.log_or_empty(excited), log_series)


def log_cumulative(
    omega: Float[Array, "*n"], E: Float[Array, "*n"], tg: ArrayLike, spectrum: Spectrum
) -> Float[Array, "*n"]:
    """Ln T_gN_E(ω) = ln ∫_ω^{ω+E} Ω(E')e^{-β_g(E'-ω)}dE', counted exactly (Eq. 42); ω + E below 4.

    Of the ladder of Eq. 33 by its sharp levels, else on the uniform grid.
    """
    bound = 1 / jnp.asarray(tg, omega.dtype)
    if ladder.is_ladder(spectrum):
        value = _levels.exact_cumulative_density(omega, E, tg, _levels.of_spectrum(spectrum, 4.0))
    else:
        density = level_density(spectrum, _REFINED)
        count, step = density.shape[0], GRID_STEP / _REFINED
        weighted = density * jnp.exp(-bound * jnp.asarray(np.arange(count) * step, density.dtype))
        # trapezoidal rule with its next order
        slope = jnp.pad((weighted[2:] - weighted[:-2]) / 24, (1, 1))
        summed = jnp.cumsum(weighted) - weighted / 2 - slope

        def below(x: Array) -> Array:
            place = jnp.clip(x / step, 0.0, count - 3.0)
            first = jnp.clip(jnp.floor(jax.lax.stop_gradient(place)).astype(int) - 1, 0, count - 4)
            around = jnp.stack([first + j for j in range(4)], axis=-1)
            return jnp.sum(summed[around] * lagrange(around.astype(place.dtype), place), axis=-1)

        value = (below(omega + E) - below(omega)) * jnp.exp(bound * omega)
    return _levels.log_or_empty(value)


def grid_mismatch(T: Float[Array, " m"], tg: ArrayLike, spectrum: Spectrum, table: CanonicalTable) -> Array:
    """|ln Z(s)| of the grid less that of the table, of other nodes, at s = β_g + β (Sec. IV.D).

    Zero where states lie above the grid.
    """
    if ladder.is_ladder(spectrum):
        return jnp.zeros_like(T)
    gathered = distances(level_density(spectrum), tg)
    s = 1 / jnp.asarray(tg, T.dtype) + 1 / T
    counted = jnp.exp(-gathered.u[None, :] / T[:, None]) @ gathered.above[0]
    sums = table.at(jnp.log(s))
    top = jnp.exp(sums.log_energy) / s + 6 * jnp.exp(0.5 * sums.log_variance) / s
    return jnp.where(top < GRID_COUNT * GRID_STEP, jnp.abs(jnp.log1p(counted) - sums.log_partition), 0.0)

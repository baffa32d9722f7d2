"""The level density of broadened ripplons as the convolution exponential of their density of modes (Sec. IV.E-F).

ln Z(s) = ∫dy c(y)e^{-sy}, c(y) = Σ_k A(y/k)/k², so that δ(E) + Ω(E) is the exponential of c under convolution: damp,
transform, expm1, transform back. The k-th term is the density of k equal quanta; up to k = 8 it is interpolated at
every point of the grid, because k-fold multiples of grid points alone would leave gaps that densities at a point see.
"""

from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..numerics.quadrature import lagrange
from . import levels as _levels
from .profiles import frequency_rule
from .ripplons import (
    _COARSE_FROM,
    _FINE,
    _FINE_CELLS,
    _SPARSE,
    _SPARSE_FROM,
    GRID_COUNT,
    GRID_STEP,
    GriddedSpectrum,
    Spectrum,
    grid_frequencies,
)

__all__ = ["level_density", "points"]

_PADDING = 2
_SKIPPED = 16
"""Cells, up to 0.004 ω_D, whose quanta are not counted more than eightfold: they hold 10⁻⁷ of a mode."""
_INTERPOLATED = 8
"""Multiples k that are interpolated; higher ones are smooth even where they are counted at every k-th point only."""
_TAPS = 8
_TAKEN_OVER = 256
"""Cell from which the points of the grid resolve every resonance."""


@lru_cache(maxsize=1)
def _deposit() -> np.ndarray:
    """Share of a point between the grid's with its five nearest neighbours, (8 places, 5): moments 0 to 4 are kept."""
    places = (np.arange(_FINE) + 0.5) / _FINE - 0.5
    return lagrange(np.arange(-2.0, 3.0), places, np)


def _parts(density: Array) -> tuple[Array, Array]:
    """Return A at eight places in each of the first cells, and at every point of the grid from the 192nd on."""
    fine, coarse, sparse = jnp.split(
        density, [_FINE_CELLS * _FINE, _FINE_CELLS * _FINE + _SPARSE_FROM - _COARSE_FROM]
    )
    before = 4 * _SPARSE
    tail = _stretched(sparse, _SPARSE, 1, before + GRID_COUNT - _SPARSE_FROM)[before:]
    return fine, jnp.concatenate([coarse, tail])


def _modes(fine: Array, coarse: Array) -> Array:
    """Modes at each point of the uniform grid (n,), those below 0.078 gathered from eight places in each cell."""
    width = jnp.asarray(grid_frequencies()[1], fine.dtype)[
        : _FINE_CELLS * _FINE + _SPARSE_FROM - _COARSE_FROM
    ]
    fine = fine * width[: _FINE_CELLS * _FINE]
    width = jnp.pad(width[_FINE_CELLS * _FINE :], (0, GRID_COUNT - _SPARSE_FROM), constant_values=GRID_STEP)
    coarse = coarse * width
    parts = fine.reshape(_FINE_CELLS, _FINE) @ jnp.asarray(_deposit(), fine.dtype)  # cell by neighbour
    # the first entry is cell -2
    joined = jnp.sum(jnp.stack([jnp.pad(parts[:, j], (j, 4 - j)) for j in range(5)]), axis=0)
    joined = jnp.pad(joined[3:], (1, GRID_COUNT - _FINE_CELLS - 2))
    return joined + jnp.pad(coarse, (_COARSE_FROM, 0))


@lru_cache(maxsize=32)
def _between(stretch: int, dense: int) -> tuple[np.ndarray, int]:
    """Interpolation to the points r/stretch, r = 0 … stretch - 1, of a cell that has ``dense`` samples.

    One sample lies at the cell's point, or eight at midpoints. Returns weights (stretch, window) and the place of the
    window's first sample relative to the cell's first.
    """
    shift = (
        0.0 if dense == 1 else 0.5 - dense / 2
    )  # place of the cell's first sample, in samples from its point
    at = np.arange(stretch) / stretch * dense - shift
    first = np.floor(at).astype(int) - _TAPS // 2 + 1
    begin = int(first.min())
    weights = np.zeros((stretch, int(first.max()) - begin + _TAPS))
    around = first[:, None] + np.arange(_TAPS)[None, :]
    np.put_along_axis(weights, around - begin, lagrange(around.astype(float), at, np), axis=1)
    return weights, begin


def _stretched(samples: Array, stretch: int, dense: int, count: int) -> Array:
    """Values at n/stretch cells, n = 0 … count - 1, from ``dense`` samples of each cell, 0 outside of them."""
    weights, begin = _between(stretch, dense)
    cells = -(-count // stretch)
    window = weights.shape[1]
    reach = begin + (cells - 1) * dense + window
    padded = jnp.pad(samples, (max(-begin, 0), max(reach - samples.shape[0], 0)))
    start = max(begin, 0)
    columns = [padded[start + j : start + j + (cells - 1) * dense + 1 : dense] for j in range(window)]
    return (jnp.stack(columns, axis=-1) @ jnp.asarray(weights.T, samples.dtype)).reshape(-1)[:count]


def _sampled(fine: Array, coarse: Array, stretch: int, count: int) -> Array:
    """A(nh/stretch), n = 0 … count - 1, from the two parts of the density; A(0) = 0."""
    # A ∝ ω³ is odd around 0, where the first half cell of places lies
    fine = jnp.concatenate([-jnp.flip(fine[_FINE // 2 : _FINE]), fine[_FINE // 2 :]])
    low = _stretched(fine, stretch, _FINE, min(count, _TAKEN_OVER * stretch))
    if count <= _TAKEN_OVER * stretch:
        return low.at[0].set(0.0)
    skipped = _TAKEN_OVER - _COARSE_FROM - _TAPS
    begin = _TAPS * stretch
    high = _stretched(coarse[skipped:], stretch, 1, begin + count - _TAKEN_OVER * stretch)[begin:]
    return jnp.concatenate([low, high]).at[0].set(0.0)


@lru_cache(maxsize=2)
def _multiples(least: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs n = k m on the grid with k ≥ ``least``, sorted by n: (m, n, 1/k)."""
    m, n, inverse = _levels._divisors(GRID_COUNT)
    kept = (n >= least * m) & (m >= _SKIPPED)
    return m[kept], n[kept], inverse[kept]


def _lines(frequencies: Array, weights: Array, count: int, step: float) -> Array:
    """Add k quanta of sharp lines at their places, shared among the six nearest points: c(y) (count,)."""
    quanta = np.arange(1, 81)
    place = jnp.maximum(frequencies[:, None] * quanta[None, :] / step, 3.0)
    first = jnp.floor(jax.lax.stop_gradient(place)).astype(int) - 2
    around = first[..., None] + np.arange(6)[None, None, :]
    shares = lagrange(around.astype(place.dtype), place) * (weights[:, None] / quanta[None, :])[..., None]
    return jnp.zeros(count, weights.dtype).at[around].add(shares, mode="drop")


def _quanta(spectrum: Spectrum, refined: int) -> Array:
    """c(y) times the step, on the grid refined ``refined`` times (n,)."""
    count, step = GRID_COUNT * refined, GRID_STEP / refined
    frequencies, weights = (jnp.asarray(part, dtype=float) for part in spectrum)
    if not isinstance(spectrum, GriddedSpectrum):
        modes = _levels._grid_modes(spectrum, GRID_COUNT, GRID_STEP)
        m, n, inverse = _multiples(2)
        c = modes.at[n].add(modes[m] * jnp.asarray(inverse, modes.dtype), indices_are_sorted=True)
        return c if refined == 1 else jnp.zeros(count, c.dtype).at[::refined].set(c)
    fine, coarse = _parts(jnp.asarray(spectrum.density, dtype=float))
    modes = _modes(fine, coarse)
    c = modes if refined == 1 else _sampled(fine, coarse, refined, count) * step
    for k in range(2, _INTERPOLATED + 1):
        c = c + _sampled(fine, coarse, refined * k, count) * (step / k**2)
    m, n, inverse = _multiples(_INTERPOLATED + 1)
    c = c.at[refined * n].add(modes[m] * jnp.asarray(inverse, c.dtype), indices_are_sorted=True)
    lines = frequencies.shape[0] - len(frequency_rule()[0].nodes)
    if lines > 0:
        c = c + _lines(frequencies[-lines:], weights[-lines:], count, step)
    return c


def points(spectrum: Spectrum) -> Spectrum:
    """Return the spectrum at the points that know its density, if it has one: its kinks are summed better there.

    What lies above ω = 4 stays at its nodes (Sec. IV.F).
    """
    if not isinstance(spectrum, GriddedSpectrum):
        return spectrum
    at, width = grid_frequencies()
    density = jnp.asarray(spectrum.density, dtype=float)
    frequencies, weights = (jnp.asarray(part, dtype=float) for part in spectrum)
    far = int(np.searchsorted(frequency_rule()[0].nodes, at[-1] + _SPARSE * GRID_STEP / 2))
    return Spectrum(
        jnp.concatenate([jnp.asarray(at, density.dtype), frequencies[far:]]),
        jnp.concatenate([density * jnp.asarray(width, density.dtype), weights[far:]]),
    )


def level_density(spectrum: Spectrum, refined: int = 1) -> Float[Array, " n"]:
    """Multi-ripplon states at each point of the uniform grid E = 0 … 4, the ground state apart: Ω dE (Sec. IV.E-F).

    The convolution exponential of c(y) = Σ_k A(y/k)/k². In float64 good to 10⁻⁶ where a sum varies slowly over the
    step, 2.4·10⁻⁴; ``refined`` (static, 1 or 4) makes it that many times smaller.
    """
    count = GRID_COUNT * refined
    c = _quanta(spectrum, refined)
    dtype = c.dtype
    energies = np.arange(count) * (GRID_STEP / refined)
    several = 0.0
    noise = jnp.full(count, jnp.inf, dtype)
    for damping in _levels._DAMPING[dtype.name]:
        log_damp = -damping * energies
        spectral = jnp.fft.rfft(c * jnp.asarray(np.exp(log_damp), dtype), n=_PADDING * count)
        # two or more ripplons; one is known without rounding
        damped = jnp.fft.irfft(jnp.expm1(spectral) - spectral, n=_PADDING * count)[:count]
        level = jax.lax.stop_gradient(jnp.sqrt(jnp.mean(damped**2))) * float(jnp.finfo(dtype).eps)
        # undamped where its rounding noise is the lowest so far
        undamp = np.exp(np.minimum(-log_damp, 80.0))
        here = jnp.where(-log_damp < 80.0, level * jnp.asarray(undamp, dtype), jnp.inf)
        better = here < noise
        value = jnp.where(jnp.abs(damped) > 8 * level, damped, 0.0) * jnp.asarray(undamp, dtype)
        several = jnp.where(better, value, several)
        noise = jnp.where(better, here, noise)
    return (c + several).at[0].set(0.0)

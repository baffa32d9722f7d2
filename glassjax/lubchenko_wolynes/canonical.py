"""Canonical sums of a spectrum, S(s), ln Z(s) and V(s), tabulated once and looked up everywhere (Sec. 4).

Counting, heat capacity and conductivity need these functions of one variable at thousands of points. The table holds
them, with two exact derivatives each, at nodes in ln s; quintic interpolation gives them (and the inverse of S) to
about 10⁻⁶, so the hot path searches for no root.

A broadened spectrum has 1930 frequencies, nine tenths of them where resonances or the kinks of the cut-off may be. The
summands, functions of sω, hardly vary from one of these to the next. `condense` therefore keeps every eighth of them
and gives it the weights of its neighbours, in the shares of Lagrange interpolation of order 12. The matrices of the
tables shrink to a fifth, 3 MB in place of 14 MB, which matters because chains that run side by side wait for memory.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.quadrature import lagrange, quintic
from .ripplons import Spectrum

__all__ = [
    "CanonicalSums",
    "CanonicalTable",
    "condense",
    "cumulants",
    "tabulate",
]

_STRIDE = 8
_ORDER = 12
_DENSE, _EVEN = 0.012, 0.05
"""Largest distance of two neighbours in ln ω, and largest change of its logarithm from one to the next."""
_WORTHWHILE = 200  # frequencies to be saved

Weights = Callable[[Array], Array]


def condense(frequencies: Float[ArrayLike, " n"]) -> tuple[Array, Weights]:
    """Return fewer frequencies (m,), and the function that turns weights (n,) into theirs (m,), for sums of Sec. IV.D.

    Σ w f(ω) is the same over both for every f that is smooth over a twentieth of ω. Frequencies in rising order; those
    not yet known, while a program is traced, are returned as they are, as are those that are few or far between.
    """
    if not isinstance(frequencies, Tracer):
        known = np.asarray(frequencies, dtype=np.float64)
        plan = _plan(known.tobytes())
        if plan is not None:
            coarse, handed = plan
            return jnp.asarray(coarse, jnp.asarray(frequencies).dtype), handed
    return jnp.asarray(frequencies), jnp.asarray


@lru_cache(maxsize=8)
def _plan(content: bytes) -> tuple[np.ndarray, Weights] | None:
    omega = np.frombuffer(content)
    gaps = np.diff(np.log(omega))
    even = np.flatnonzero((gaps[1:] < _DENSE) & (np.abs(np.diff(np.log(gaps))) < _EVEN))
    if len(even) < _WORTHWHILE:
        return None
    run = max(np.split(even, np.flatnonzero(np.diff(even) > 1) + 1), key=len)
    cells = len(run) // _STRIDE - (_ORDER - 1)  # with all the nodes of their stencils in the run
    if cells * (_STRIDE - 1) - _ORDER < _WORTHWHILE:
        return None
    around = np.arange(_ORDER) - (_ORDER // 2 - 1)  # nodes of a cell, from its left end
    first = int(run[0]) - _STRIDE * int(around[0])
    last = first + _STRIDE * cells
    share = lagrange(around.astype(float), np.arange(_STRIDE) / _STRIDE, np)
    nodes = int(run[0]) + _STRIDE * np.arange(cells + _ORDER - 1)
    coarse = np.concatenate([omega[:first], omega[nodes], omega[last:]])

    def handed(weights: Array) -> Array:
        spread = weights[first:last].reshape(cells, _STRIDE) @ jnp.asarray(share, weights.dtype)
        total = sum(jnp.pad(spread[:, k], (k, _ORDER - 1 - k)) for k in range(_ORDER))
        return jnp.concatenate([weights[:first], jnp.asarray(total), weights[last:]])

    return coarse, handed


# Denser where the sums of a coupled spectrum turn from the exponential of its lowest mode to the power law of its tail.
_EDGES, _COUNTS = [math.log(s) for s in (0.03, 20.0, 3e3, 1e9)], (26, 35, 26)
LOG_S = np.concatenate(
    [
        *(
            np.linspace(a, b, n, endpoint=False)
            for a, b, n in zip(_EDGES[:-1], _EDGES[1:], _COUNTS, strict=True)
        ),
        _EDGES[-1:],
    ]
)
"""Nodes ln s. s = 0.03 is S ~ 10³, above any energy that matters at T ≤ T_D; s = 10⁹ is the absorption of ω = 10⁻⁹."""

_LOWEST_LOG_Y, _FINE = -24.0, 256


class CanonicalSums(NamedTuple):
    """The sums at some s: ln Z, ln(sS) and ln(s²V), arrays of one shape."""

    log_partition: Array
    log_energy: Array
    log_variance: Array


class CanonicalTable(NamedTuple):
    """Rows for the nodes `LOG_S`: value and two derivatives, with respect to ln s, of ln Z, ln(sS), ln(s²V): (n, 9)."""

    rows: Float[Array, "nodes 9"]

    def at(self, log_s: Float[Array, "*n"]) -> CanonicalSums:
        """Look up at ``log_s``, clipped to the table."""
        nodes = jnp.asarray(LOG_S, self.rows.dtype)
        log_s = jnp.clip(log_s, nodes[0], nodes[-1])
        return self._interpolate(log_s, _cell(log_s))

    def _interpolate(self, log_s: Array, cell: Array) -> CanonicalSums:
        nodes = jnp.asarray(LOG_S, self.rows.dtype)
        start, width = nodes[cell], nodes[cell + 1] - nodes[cell]
        left, right = self.rows[cell], self.rows[cell + 1]
        columns = [
            quintic(
                (log_s - start) / width,
                width,
                (left[..., k], left[..., k + 1], left[..., k + 2]),
                (right[..., k], right[..., k + 1], right[..., k + 2]),
            )
            for k in (0, 3, 6)
        ]
        return CanonicalSums(*columns)

    def inverse(self, log_y: Float[Array, "*n"], origin: Array | None = None) -> tuple[Array, CanonicalSums]:
        """Solve S(s) = y, or S(s) + 1/(s + origin) = y, for s; return ln s and the sums there.

        ``log_y`` is clipped to the table, and to y above 4·10⁻¹¹. The inverse function is itself interpolated from
        exact derivatives.
        """
        log_s = jnp.asarray(LOG_S, self.rows.dtype)
        # Y(x) = ln y with x = ln s: value, slope, second derivative
        value, slope, curvature = self.rows[:, 3] - log_s, self.rows[:, 4] - 1, self.rows[:, 5]
        if origin is not None:
            # ln(e^a + e^b) with b = -ln(s + origin)
            s = jnp.exp(log_s)
            share = s / (s + origin)
            other, other_slope, other_curvature = -jnp.log(s + origin), -share, -share * (1 - share)
            total = jnp.logaddexp(value, other)
            p = jnp.exp(value - total)
            mean = p * slope + (1 - p) * other_slope
            curvature = p * (curvature + slope**2) + (1 - p) * (other_curvature + other_slope**2) - mean**2
            value, slope = total, mean
        # x(Y): x' = 1/Y', x'' = -Y''/Y'^3
        inverse = jnp.stack([value, log_s, 1 / slope, -curvature / slope**3], axis=-1)
        log_y = jnp.clip(log_y, jnp.maximum(value[-1], _LOWEST_LOG_Y), value[0])
        cell = _cell_among(-value, -log_y)
        left, right = inverse[cell], inverse[cell + 1]
        width = right[..., 0] - left[..., 0]
        x = quintic(
            (log_y - left[..., 0]) / width,
            width,
            (left[..., 1], left[..., 2], left[..., 3]),
            (right[..., 1], right[..., 2], right[..., 3]),
        )
        return x, self._interpolate(x, cell)


def _cell(log_s: Array) -> Array:
    """Return the cell of `LOG_S` that ``log_s`` is in: the nodes passed in each of its equidistant parts."""
    log_s = jax.lax.stop_gradient(log_s)
    passed = sum(
        jnp.clip(jnp.floor((log_s - a) * (n / (b - a))), 0, n)
        for a, b, n in zip(_EDGES[:-1], _EDGES[1:], _COUNTS, strict=True)
    )
    return jnp.clip(passed, 0, len(LOG_S) - 2).astype(int)


def _cell_among(nodes: Array, x: Array) -> Array:
    """Return the cell of the increasing ``nodes`` (n,) that ``x`` is in, from -ln y of the first node on.

    Looked up in an equidistant grid, finer than the nodes are apart (0.14 at least), then one comparison: a third of
    the time of a search.
    """
    nodes, x = jax.lax.stop_gradient((nodes, x))
    low = nodes[0]
    step = (jnp.minimum(nodes[-1], -_LOWEST_LOG_Y) - low) / _FINE
    grid = low + step * jnp.arange(_FINE, dtype=nodes.dtype)
    first = jnp.sum(nodes[None, :] <= grid[:, None], axis=1) - 1
    cell = first[jnp.clip(jnp.floor((x - low) / step), 0, _FINE - 1).astype(int)]
    return jnp.clip(cell + (x >= nodes[cell + 1]), 0, len(LOG_S) - 2)


@jax.jit
def _kernels(frequencies: Array) -> tuple[Array, Array]:
    """Return the lowest frequency, and ln Z and s^k ω^k times Bose factors for k = 1 … 4 over e^{-sω_low}.

    The latter are per mode and node, (5, nodes, modes).
    """
    lowest = jnp.min(frequencies)
    s = jnp.asarray(np.exp(LOG_S)[:, None], frequencies.dtype)
    frequencies = frequencies[None, :]
    x = s * frequencies
    bound = jnp.exp(-x)
    open_ = -jnp.expm1(-x)
    first = x / open_ * jnp.exp(-s * (frequencies - lowest))  # x n(x) e^{s ω_low}
    log_partition = -jnp.log(open_)
    # cumulants: x² n(n+1), x³ n(n+1)(2n+1), x⁴ n(n+1)(6n²+6n+1), written with e^{-x} alone
    second = first * x / open_
    third = second * x * (1 + bound) / open_
    fourth = second * x**2 * (1 + 4 * bound + bound**2) / open_**2
    return lowest, jnp.stack([log_partition, first, second, third, fourth])


def tabulate(spectrum: Spectrum) -> CanonicalTable:
    """Tabulate S(s) = Σ w ω/(e^{sω}-1), ln Z(s) = -Σ w ln(1-e^{-sω}) and V(s) = -S'(s) of a spectrum (Sec. IV.D).

    Frequencies known when the program is traced (the nodes of a broadened spectrum) turn into a constant matrix, and
    the table into one product with the weights.
    """
    with jax.ensure_compile_time_eval():
        frequencies, condensed = condense(jnp.asarray(spectrum.frequencies, dtype=float))
        lowest, kernels = _kernels(frequencies)
    weights = condensed(jnp.asarray(spectrum.weights, dtype=kernels.dtype))
    log_z, e1, e2, e3, e4 = kernels @ weights
    s = jnp.asarray(np.exp(LOG_S), log_z.dtype)
    scale = jnp.exp(-s * lowest)
    energy, variance = e1 * scale, e2 * scale
    # with x = ln s: d ln Z = -E, dE = E - Q, dQ = 2Q - C₃, dC₃ = 3C₃ - C₄
    r21, r32, r42 = e2 / e1, e3 / e2, e4 / e2
    rows = jnp.stack(
        [
            log_z,
            -energy,
            variance - energy,
            jnp.log(e1) - s * lowest,
            1 - r21,
            r21 * (r32 - 1 - r21),
            jnp.log(e2) - s * lowest,
            2 - r32,
            r42 - r32 - r32**2,
        ],
        axis=-1,
    )
    return CanonicalTable(rows)


def cumulants(s: Float[ArrayLike, "*n"], spectrum: Spectrum) -> Float[Array, "5 *n"]:
    """Return ln Z and its cumulants κ_k = (-1)^k d^k ln Z/ds^k, k = 1 … 4, at given s, by direct sums (Sec. IV.D).

    With ν = 1/(e^{sω}-1): -Σw ln(1-e^{-sω}), S = Σwων, V = Σwω²ν(ν+1), Σwω³ν(ν+1)(2ν+1), Σwω⁴ν(ν+1)(6ν²+6ν+1).
    To rounding, and as slow as a sum over every frequency; ``s`` above 0. Underflows to 0 where sω > 700, in float32
    where sω > 88.
    """
    s = jnp.asarray(s, dtype=float)
    frequencies = jnp.asarray(spectrum.frequencies, dtype=s.dtype)
    frequencies = frequencies.reshape((1,) * s.ndim + frequencies.shape)
    x = s[..., None] * frequencies
    bound, open_ = jnp.exp(-x), -jnp.expm1(-x)
    occupied = bound / open_
    moments = jnp.stack(
        [
            -jnp.log(open_),
            frequencies * occupied,
            frequencies**2 * occupied / open_,
            frequencies**3 * occupied * (1 + bound) / open_**2,
            frequencies**4 * occupied * (1 + 4 * bound + bound**2) / open_**3,
        ]
    )
    return moments @ jnp.asarray(spectrum.weights, dtype=s.dtype)

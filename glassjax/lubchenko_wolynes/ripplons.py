"""Vibrations of the domain walls, discrete (Eq. 33) and broadened by their coupling to phonons (Eq. 53-55)."""

from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

from ..errors import choose
from ..numerics.quadrature import lagrange
from .coupling import FRICTIONS, SMEARINGS, friction, omega_c_from_softening, relative_width, shift, softening
from .landscape import XI
from .profiles import LOWEST_RESOLVED, Coupling, densities, frequency_rule, lines, summed
from .walls import L_MAX, frequency, harmonics, prefactor

__all__ = [
    "FRICTIONS",
    "GRID_COUNT",
    "GRID_STEP",
    "SMEARINGS",
    "GriddedSpectrum",
    "Spectrum",
    "broadened_modes",
    "broadened_spectrum",
    "discrete_spectrum",
    "frequency",
    "friction",
    "grid_frequencies",
    "omega_c_from_softening",
    "prefactor",
    "shift",
    "softening",
    "vertical_modes",
]


class Spectrum(NamedTuple):
    """Ripplons as they enter every sum Σ_j w_j F(ω_j): a pair.

    Attributes
    ----------
    frequencies : (n,) in units of ω_D, ascending.
    weights : (n,) number of modes each frequency stands for.
    """

    frequencies: Any
    weights: Any


@jax.tree_util.register_pytree_node_class
class GriddedSpectrum(Spectrum):
    """A broadened spectrum: still a pair, which also knows its density A(ω) for the exact counting (Sec. IV.F).

    Attributes
    ----------
    density : (n,) modes per ω_D at `grid_frequencies`.
    """

    density: Any

    def __new__(cls, frequencies: Any, weights: Any, density: Any) -> "GriddedSpectrum":
        """Build the pair and attach the density."""
        made = super().__new__(cls, frequencies, weights)
        made.density = density
        return made

    def tree_flatten(self) -> tuple[tuple[Any, Any, Any], None]:
        """Frequencies, weights and density are the leaves."""
        return (self.frequencies, self.weights, self.density), None

    @classmethod
    def tree_unflatten(cls, _: None, leaves: tuple[Any, Any, Any]) -> "GriddedSpectrum":
        """Put the leaves together again."""
        return cls(*leaves)


GRID_COUNT = 2**14
GRID_STEP = 4 / GRID_COUNT
"""The uniform grid of the exact counting: E = 0 … 4 in ω_D."""
_FINE_CELLS, _FINE, _COARSE_FROM = 320, 8, 192
_SPARSE_FROM, _SPARSE = GRID_COUNT // 4, 16
"""From ω = 1 on, beyond any cut-off, the density is a smooth tail, known at every 16th point."""


@lru_cache(maxsize=1)
def grid_frequencies() -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (7,241) at which a broadened spectrum knows its density (Eq. 55), and the widths they stand for.

    Each of the first 320 cells of the uniform grid (width 2.4·10⁻⁴) has 8 midpoints, which resolve a soft resonance;
    the points of the grid itself take over smoothly, from the 192nd on, and every 16th of them from ω = 1 on.
    """
    fine = (np.arange(_FINE_CELLS * _FINE) + 0.5) / _FINE - 0.5
    coarse = np.arange(_COARSE_FROM, _SPARSE_FROM)
    sparse = np.arange(_SPARSE_FROM - 4 * _SPARSE, GRID_COUNT + 5 * _SPARSE, _SPARSE)

    def taken_over(x: np.ndarray) -> np.ndarray:
        x = np.clip((x - _COARSE_FROM) / (_FINE_CELLS - 1 - _COARSE_FROM), 2e-3, 1 - 2e-3)
        return 1 / (1 + np.exp(1 / x - 1 / (1 - x)))

    thin = np.where(sparse > _SPARSE_FROM, _SPARSE, np.where(sparse == _SPARSE_FROM, (_SPARSE + 1) / 2, 0))
    width = [(1 - taken_over(fine)) * (fine > 0) / _FINE, taken_over(coarse), thin]
    fine = np.where(fine > 0, fine, 0.5 / _FINE)
    return np.concatenate([fine, coarse, sparse]) * GRID_STEP, np.concatenate(width) * GRID_STEP


def discrete_spectrum(xi: ArrayLike = XI, l_max: int = L_MAX) -> Spectrum:
    """Ripplons without coupling to phonons: ω_l of Eq. 33 with weights 2l + 1, l = 2 … ``l_max``.

    ``l_max`` stays 9 (96 modes) when ``xi`` is free, because the paper's bound would jump.
    """
    orders = harmonics(l_max)
    return Spectrum(frequency(orders, xi), jnp.asarray(2.0 * orders + 1))


def broadened_spectrum(
    tg: ArrayLike,
    omega_c: ArrayLike,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    smearing: str = "box",
    *,
    normalise: bool = False,
    friction: str = "cubic",
    gridded: bool = True,
) -> Spectrum:
    """Ripplons with friction and dispersion: Σ_l F(ω_l) → Σ_l (2l+1) ∫dω F(ω) A_l(ω) (Eq. 53-55).

    A_l is the Lorentzian of half width γ_ω around ω_l(ω) = ω_l - `shift`. The profiles do not integrate to one
    (friction overdamps high l): 96 modes become 29 at tg = 3.5, omega_c = 1.8, which is the paper's model.

    Parameters
    ----------
    tg : scalar
        T_g/ω_D, 1 … 8.
    omega_c : scalar
        Phonon cut-off in units of (a/ξ)ω_D, 0 … 2.5. At 0 the friction remains.
    xi : scalar
        ξ/a.
    D : scalar
        Fragility; the cut-off is smeared by δ = 1/√D.
    smearing : {"box", "gauss", "sharp"}
    normalise : bool
        Scale every profile back to 2l + 1 modes; no effect with the friction "cut-off".
    friction : {"cubic", "cut-off"}
        "cut-off" lets γ_ω end with the phonons that cause it (see `friction`). Then every A_l integrates to one: a
        continuum below the end ω_e of the smeared cut-off, and above it at most one undamped line per l, at
        ω = ω_l(ω) with the share 1/(1 - dω_l/dω).
    gridded : bool
        Carry the density that ``method="exact"`` wants. Nothing else needs it, and compiling it takes time. With the
        friction "cut-off" and the smearing "gauss" there is none: the exact count then puts the nodes on its grid, good
        to about 10⁻⁴.

    Returns
    -------
    Spectrum
        2,000 fixed nodes with the weights of a trapezoidal rule. Sums are good to 10⁻⁵ for tg ≥ 3, softening ≤ 0.7 and
        omega_c ≤ 2.2, and to 10⁻³ for softening ≤ 0.9; below tg = 3, where a soft resonance is narrower than the nodes
        and `_resolved` widens it, those of a thermal factor are to 2·10⁻⁴ at tg = 2 and 10⁻³ at tg = 1 (T above a
        seventh of its frequency). A resonance below the nodes that resolve it fades out smoothly.
        With the friction "cut-off" the eight lines follow, l = 2 … 9; their frequencies depend on the parameters. Sums
        are then good to 10⁻⁵ (box, sharp) or 2·10⁻⁴ (gauss) for softening ≤ 0.88, the number of modes to 2·10⁻⁵. A line
        enters or leaves the continuum with the weight 0 but an infinite slope, ∝ 1/ln of its distance d from ω_e:
        weights are continuous and not differentiable there, and derivatives are large, ∝ 1/(d ln²d), close by. Just
        before it leaves, its place is known to one node only, 1 % of ω, which costs up to 2·10⁻³ in a sum over a
        thermal factor (tg = 4, omega_c = 0.85).

    Raises
    ------
    GlassjaxError
        For an unknown ``smearing`` or ``friction``.
    """
    choose(smearing, SMEARINGS, "smearing")
    choose(friction, FRICTIONS, "friction")
    rule, unresolved = frequency_rule()
    coupling = Coupling(tg, omega_c, xi, D, smearing, friction)
    shifted = shift(rule.nodes, tg, omega_c, xi, D, smearing, cell=rule.weights)
    if friction == "cubic" and not normalise:
        density = summed(coupling, rule.nodes, rule.weights, unresolved, shifted)
        plain, norm, shares = Spectrum(rule.nodes, density * rule.weights), jnp.ones(()), None
    else:
        each, norm, shares = _each(coupling, shifted, normalise)
        plain = Spectrum(each.frequencies, jnp.sum(each.weights, axis=0))
    # a normal cut-off's lines are as wide as the nodes, not the grid
    if not gridded or (friction == "cut-off" and smearing == "gauss"):
        return plain
    degeneracy = jnp.asarray(2.0 * harmonics() + 1)
    return GriddedSpectrum(*plain, (degeneracy / norm) @ _density_on_grid(coupling, shifted, shares))


def broadened_modes(
    tg: ArrayLike,
    omega_c: ArrayLike,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    smearing: str = "box",
    *,
    normalise: bool = False,
    friction: str = "cubic",
) -> Spectrum:
    """`broadened_spectrum` by order: weights (8, n) of (2l + 1) A_l, l = 2 … 9, at its frequencies (n,) (Eq. 55)."""
    choose(smearing, SMEARINGS, "smearing")
    choose(friction, FRICTIONS, "friction")
    rule, _ = frequency_rule()
    shifted = shift(rule.nodes, tg, omega_c, xi, D, smearing, cell=rule.weights)
    return _each(Coupling(tg, omega_c, xi, D, smearing, friction), shifted, normalise)[0]


def _each(coupling: Coupling, shifted: Array, normalise: bool) -> tuple[Spectrum, Array, Array | None]:
    """Weights (8, n) by order, the norm of each profile (1 if left alone), and the shares of undamped lines."""
    tg, omega_c, xi, D, smearing, form = coupling
    degeneracy = jnp.asarray(2.0 * harmonics() + 1)
    rule, unresolved = frequency_rule()
    widths = rule.weights
    undamped = shares = None
    if form == "cut-off":
        undamped, shares = lines(tg, omega_c, xi, D, smearing)
    each = densities(coupling, rule.nodes, widths, widths, unresolved, shifted, shares)
    norm = each @ widths if normalise and shares is None else jnp.ones_like(degeneracy)
    weights = (degeneracy / norm)[:, None] * each * widths[None, :]
    frequencies: Any = rule.nodes  # known while tracing, so that tables of the spectrum are constants
    if undamped is not None and shares is not None:
        # Without any friction (omega_c → 0) the nodes hold nothing: a trace keeps the logarithms of their sums finite.
        weights = weights + (1e-12 / len(degeneracy) * np.minimum(rule.nodes, 1.0) ** 3 * widths)[None, :]
        weights = jnp.concatenate([weights, jnp.diag(degeneracy * shares)], axis=1)
        frequencies = jnp.concatenate([jnp.asarray(rule.nodes, weights.dtype), undamped])
    return Spectrum(frequencies, weights), norm, shares


def vertical_modes(
    xi: ArrayLike = XI, D: ArrayLike = 30.0, weight: ArrayLike = 1.0, width: ArrayLike | None = None
) -> Spectrum:
    """Bare ripplons, broadened by disorder alone: log-normal around the ω_l of Eq. 33 (theory Sec. 15.2, App. A).

    Parameters
    ----------
    xi, D : scalar
        ξ/a and the fragility.
    weight : scalar
        n_v: n_v (2l + 1) modes of each order; the paper's count is 1.
    width : scalar or None
        Standard deviation of ln ω, 0 … 0.5; None is 1/(2√D).

    Returns
    -------
    Spectrum
        Frequencies (8, 12) and weights (8, 12) by order l = 2 … 9: a Gauss-Hermite rule.
    """
    orders = harmonics()
    width = 0.5 * relative_width(D) if width is None else jnp.asarray(width, dtype=float)
    nodes, shares = np.polynomial.hermite_e.hermegauss(12)
    spread = jnp.exp(width * jnp.asarray(nodes, width.dtype))
    frequencies = frequency(orders, xi)[:, None] * spread[None, :]
    degeneracy = jnp.asarray((2.0 * orders + 1)[:, None] * (shares / np.sum(shares))[None, :], width.dtype)
    return Spectrum(frequencies, weight * degeneracy)


def _density_on_grid(coupling: Coupling, shifted: Array, shares: Array | None) -> Array:
    """A_l(ω) at `grid_frequencies` (8, n) (Eq. 55).

    ``shifted`` is the shift at the nodes of the spectrum: that of a normal cut-off is smooth, and is interpolated.
    """
    omega, width = grid_frequencies()
    fine = np.arange(len(omega)) < _FINE_CELLS * _FINE
    cell = np.where(fine, GRID_STEP / _FINE, GRID_STEP)
    unresolved = np.where(omega < LOWEST_RESOLVED, cell / 2, 0.0)
    tg, omega_c, xi, D, smearing, _ = coupling
    if smearing == "gauss":
        chosen, weights = _from_nodes()
        moved = jnp.sum(shifted[chosen] * jnp.asarray(weights, shifted.dtype), axis=-1)
    else:
        moved = shift(omega, tg, omega_c, xi, D, smearing, cell=cell)
    return densities(coupling, omega, cell, width, unresolved, moved, shares)


@lru_cache(maxsize=1)
def _from_nodes() -> tuple[np.ndarray, np.ndarray]:
    """Six nodes of the spectrum around each grid frequency, (n, 6), and their weights for a polynomial in ln ω."""
    x, nodes = np.log(grid_frequencies()[0]), np.log(frequency_rule()[0].nodes)
    chosen = np.clip(np.searchsorted(nodes, x) - 3, 0, len(nodes) - 6)[:, None] + np.arange(6)[None, :]
    return chosen.astype(np.int32), lagrange(nodes[chosen], x, np)

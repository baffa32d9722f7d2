"""Vibrations of the domain walls, discrete (Eq. 33) and broadened by their coupling to phonons (Eq. 53-55)."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..errors import GlassjaxError, suggest
from ..numerics.elementwise import elementwise
from ..numerics.interpolation import lagrange
from ..numerics.quadrature import Rule, graded
from ..numerics.roots import increasing_root
from ..numerics.safe import reciprocal
from .cutoff import SMEARINGS, mean_cube, relative_width, share_above, shift_function
from .units import SOUND_SPEED, XI

__all__ = [
    "FRICTIONS",
    "GRID_COUNT",
    "GRID_STEP",
    "SMEARINGS",
    "GriddedSpectrum",
    "Spectrum",
    "broadened_spectrum",
    "discrete_spectrum",
    "frequency",
    "friction",
    "grid_frequencies",
    "omega_c_from_softening",
    "prefactor",
    "shift",
    "softening",
]

L_MIN, L_MAX = 2, 9
FRICTIONS = ("cubic", "cut-off")


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


def prefactor() -> float:
    """Return p = 1.342857… of Eq. 33, from the wall tension and wall mass density of Sec. IV.B.

    With σ(R) ∝ R^{-1/2} the Laplace pressure gains the factor 9/8 (Eq. 32): ω_l² = (9/8) σ (l-1)(l+2)/(ρ_W R²),
    σ/ρ_W = (3/4) ln[(a/d_L)²/πe] c_s² (a/R)^{1/2}, R = ξ(3/4π)^{1/3}, a/d_L = 10.
    """
    tension = 0.75 * math.log(100 / (math.pi * math.e)) * SOUND_SPEED**2
    radius_per_xi = (3 / (4 * math.pi)) ** (1 / 3)
    return math.sqrt(4 * 9 / 8 * tension * radius_per_xi ** (-5 / 2))


def frequency(l: ArrayLike, xi: ArrayLike = XI) -> Array:  # noqa: E741
    """ω_l = p (a/ξ)^{5/4} √[(l-1)(l+2)/4] in ω_D (Eq. 33); ``l`` and ``xi`` broadcast."""
    l = jnp.asarray(l)  # noqa: E741
    return prefactor() * jnp.asarray(xi) ** -1.25 * jnp.sqrt((l - 1) * (l + 2) / 4)


def _harmonics(l_max: int) -> np.ndarray:
    return np.arange(L_MIN, l_max + 1)


def discrete_spectrum(xi: ArrayLike = XI, l_max: int = L_MAX) -> Spectrum:
    """Ripplons without coupling to phonons: ω_l of Eq. 33 with weights 2l + 1, l = 2 … ``l_max``.

    ``l_max`` stays 9 (96 modes) when ``xi`` is free, because the paper's bound would jump.
    """
    harmonics = _harmonics(l_max)
    return Spectrum(frequency(harmonics, xi), jnp.asarray(2.0 * harmonics + 1))


def _choose(option: str, options: tuple[str, ...], name: str) -> None:
    if option not in options:
        raise GlassjaxError(f"no {name} '{option}'{suggest(option, options)}; there are {', '.join(options)}")


def friction(
    omega: ArrayLike,
    tg: ArrayLike,
    omega_c: ArrayLike | None = None,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    smearing: str = "box",
    *,
    form: str = "cubic",
    cell: ArrayLike | None = None,
) -> Array:
    """Ripplon friction γ_ω = (3π/2)(T_g/ω_D) ω³ in ω_D (Eq. 53), kept cubic above the cut-off as the paper does.

    Parameters
    ----------
    omega : any shape, in ω_D.
    tg, omega_c, xi, D, smearing
        As in `broadened_spectrum`; all but ``tg`` are used by the form "cut-off" only, which needs ``omega_c``.
    form : {"cubic", "cut-off"}
        "cut-off" multiplies by the share of the smeared cut-off that lies above ω: for a box 1 below ω̂_c(1-δ),
        falling linearly to 0 at ω̂_c(1+δ); a normal's tail; or a step. With the `shift` it is then the imaginary part
        of one causal self-energy.
    cell : as omega
        Width of the cell around ω over which a ramp or step is averaged.

    Raises
    ------
    GlassjaxError
        For an unknown ``form`` or ``smearing``, and for "cut-off" without ``omega_c``.
    """
    cubic = 1.5 * math.pi * tg * jnp.asarray(omega) ** 3
    _choose(form, FRICTIONS, "friction")
    if form == "cubic":
        return cubic
    _choose(smearing, SMEARINGS, "smearing")
    if omega_c is None:
        raise GlassjaxError("the friction 'cut-off' needs omega_c")
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    safe = jnp.maximum(cutoff, 1e-3)
    scaled = None if cell is None else jnp.asarray(cell) / safe
    share = share_above(jnp.asarray(omega) / safe, relative_width(D), smearing, scaled)
    return cubic * jnp.where(cutoff > 1e-3, share, 0.0)


def shift(
    omega: Float[ArrayLike, " n"],
    tg: ArrayLike,
    omega_c: ArrayLike,
    xi: ArrayLike = XI,
    D: ArrayLike = 30.0,
    smearing: str = "box",
    *,
    cell: Float[ArrayLike, " n"] | None = None,
) -> Float[Array, " n"]:
    """Downward shift ω_l - ω_l(ω) = (3/2)(T_g/ω_D) ω̂_c³ H(ω/ω̂_c) of every ripplon, in ω_D (Eq. 54).

    ω̂_c = ``omega_c``/``xi`` is the phonon cut-off; ``omega_c`` = 0 gives zero. ``cell`` (n,) averages the logarithms at
    the edges of the cut-off over ω ± cell/2.
    """
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    omega = jnp.asarray(omega, dtype=float)
    return 1.5 * tg * _per_coupling(smearing, cell is None)(omega, cutoff, D, 0.0 if cell is None else cell)


@lru_cache
def _per_coupling(smearing: str, pointwise: bool) -> Callable[..., Array]:
    """ω̂_c³ H(ω/ω̂_c) as a function of ω, ω̂_c, D and the cell, for one smearing."""

    @elementwise
    def shift(omega: Array, cutoff: Array, D: Array, cell: Array) -> Array:
        safe = jnp.maximum(cutoff, 1e-3)
        scaled = None if pointwise else cell / safe
        inside = safe**3 * shift_function(omega / safe, relative_width(D), smearing, scaled)
        # below the clip the shift is the leading term of the far series, exact to (cutoff/omega) there
        outside = -0.25 * cutoff**4 / jnp.maximum(omega, 4 * safe)
        return jnp.where(cutoff > 1e-3, inside, outside)

    return shift


def softening(
    tg: ArrayLike, omega_c: ArrayLike, xi: ArrayLike = XI, D: ArrayLike = 30.0, smearing: str = "box"
) -> Array:
    """ς = tg ω̂_c³ (1 + δ²)/(2 ω_2): share of the lowest ripplon's frequency lost at ω = 0; unstable at ς ≥ 1.

    Follows from Eq. 54; 1 + δ² is for the box. κ(T) measures this combination, so fits sample it instead of
    ``omega_c``.
    """
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    return tg * cutoff**3 * mean_cube(D, smearing) / (2 * frequency(L_MIN, xi))


def omega_c_from_softening(
    value: ArrayLike, tg: ArrayLike, xi: ArrayLike = XI, D: ArrayLike = 30.0, smearing: str = "box"
) -> Array:
    """``omega_c`` at a given `softening` (Eq. 54); below 10⁻¹² the root is cut to keep its gradient finite."""
    value = jnp.maximum(value, 1e-12)
    return xi * jnp.cbrt(2 * frequency(L_MIN, xi) * value / (tg * mean_cube(D, smearing)))


# Nodes in ln ω. A resonance at ω has relative half width γ/ω = (3π/2) tg ω² over 1 - dω_l/dω (1.3 to 1.6 for a soft
# mode), that is at least 3 tg ω². With a spacing 4.5 ω² the trapezoidal error 2e^{-2π(half width)/spacing} of that mode
# is 10⁻⁵ at tg = 3; below, resonances are given the width of tg = 3, see `_resolved`. The nodes reach below the lowest
# ripplon at softening 0.9 (0.010 at tg = 4). Lower still, the profiles are the smooth tail ∝ ω³. From 0.04 to 1.2 a
# finer spacing resolves the kinks of the smeared cut-off.
_LOWEST_RESOLVED = 0.0088


@lru_cache(maxsize=1)
def _frequency_rule() -> tuple[Rule, np.ndarray]:
    """Return fixed nodes ω with weights dω, and each node's narrowest resolvable half width (0 if all are)."""

    def spacing(x: np.ndarray) -> np.ndarray:
        omega = np.exp(x)
        below = math.log(_LOWEST_RESOLVED) - x
        narrow = 4.5 * omega**2 + 0.3 * (
            below + np.hypot(below, 0.002)
        )  # opens linearly below the resonances
        middle = 1 / (1 + np.exp(-(x - math.log(0.04)) / 0.2)) / (1 + np.exp((x - math.log(1.2)) / 0.2))
        return 1 / (1 / 0.22 + 1 / narrow + middle / 0.008)

    rule = graded(math.log(2e-5), math.log(300.0), spacing)
    omega = np.exp(rule.nodes)
    gap = spacing(rule.nodes) * omega
    unresolved = np.where(omega < _LOWEST_RESOLVED, gap / 2, 0.0)
    return Rule(omega, rule.weights * omega), unresolved


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
    _choose(smearing, SMEARINGS, "smearing")
    _choose(friction, FRICTIONS, "friction")
    harmonics = _harmonics(L_MAX)
    degeneracy = jnp.asarray(2.0 * harmonics + 1)
    rule, unresolved = _frequency_rule()
    omega = rule.nodes
    shifted = shift(omega, tg, omega_c, xi, D, smearing, cell=rule.weights)
    coupling = _Coupling(tg, omega_c, xi, D, smearing, friction)
    lines = shares = None
    if friction == "cut-off":
        lines, shares = _lines(tg, omega_c, xi, D, smearing)
    widths = rule.weights
    norm = jnp.ones(len(harmonics))
    if shares is None and not normalise:
        density = _summed(coupling, omega, widths, unresolved, shifted)
    else:
        densities = _densities(coupling, omega, widths, widths, unresolved, shifted, shares)
        if shares is None:
            norm = densities @ widths
        density = (degeneracy / norm) @ densities
    weights = density * widths
    frequencies: Any = omega  # known while tracing, so that tables of the spectrum are constants
    if lines is not None and shares is not None:
        # Without any friction (omega_c → 0) the nodes hold nothing: a trace keeps the logarithms of their sums finite.
        weights = weights + 1e-12 * np.minimum(omega, 1.0) ** 3 * rule.weights
        weights = jnp.concatenate([weights, degeneracy * shares])
        frequencies = jnp.concatenate([jnp.asarray(omega, weights.dtype), lines])
    # a normal cut-off's lines are as wide as the nodes, not the grid
    if not gridded or (friction == "cut-off" and smearing == "gauss"):
        return Spectrum(frequencies, weights)
    return GriddedSpectrum(
        frequencies, weights, (degeneracy / norm) @ _density_on_grid(coupling, shifted, shares)
    )


class _Coupling(NamedTuple):
    """What friction and shift of the ripplons depend on; see `broadened_spectrum`."""

    tg: ArrayLike
    omega_c: ArrayLike
    xi: ArrayLike
    D: ArrayLike
    smearing: str
    form: str


def _densities(
    coupling: _Coupling,
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
    gamma = _friction(omega, tg, omega_c, xi, D, smearing, form=form, cell=cell)
    position = frequency(_harmonics(L_MAX), xi)[:, None] - shifted[None, :]
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
    faded = jnp.sqrt(1 + (least / _friction(omega, tg)[None, :]) ** 2) - 1
    at_resonance = 1 / (1 + ((omega[None, :] - position) / (10 * least)) ** 2) ** 2
    lost = jnp.where(soft[None, :], density * faded * at_resonance, 0.0) @ width
    missed = 1 - shares - density @ width - lost
    missed = missed / (1 + (missed / 0.5) ** 6)
    end = jnp.maximum(_end(omega_c, xi, D, smearing), 1e-3)
    near = density * jnp.exp(-(((omega - end) / (0.03 * end)) ** 2))[None, :]
    change = jnp.maximum(missed / (near @ width + 1e-4), -0.9)
    return density + change[:, None] * near


_friction = friction


def _resolved(distance: Array, gamma: Array, cell: np.ndarray, unresolved: np.ndarray) -> Array:
    """Lorentzians of half width ``gamma`` (n,) at ``distance`` (8, n) from resonance, none narrower than the points.

    With w ≥ 3.3 cells in place of a narrower γ, the core keeps its area and the tails γ/πx² stay as they are,

        A = (γ/π)/(x² + w²) + (1 - γ/w)(2w³/π)/(x² + w²)².

    A thermal factor varies over ω, of which w is 1 % or less, so that sums change by some 10⁻⁴ where γ is a third of w,
    and would scatter by 10⁻² from point to point without. Well resolved ones (γ > 1.3 w) change by 10⁻³ of their width.
    """
    least = np.where(unresolved > 0, 0.0, _CELLS * cell)
    return _profile(distance, gamma, _widened(gamma, least), unresolved)


def _summed(
    coupling: _Coupling, omega: np.ndarray, cell: np.ndarray, unresolved: np.ndarray, shifted: Array
) -> Array:
    """Σ_l (2l+1) A_l(ω), (n,): `_densities` added up, in one pass over ω."""
    gamma = _friction(omega, coupling.tg)
    least = np.where(unresolved > 0, 0.0, _CELLS * cell)
    below = omega + shifted
    return _modes(below, frequency(L_MIN, coupling.xi), gamma, _widened(gamma, least), unresolved)


@elementwise
def _modes(position: Array, lowest: Array, gamma: Array, wide: Array, unresolved: Array) -> Array:
    """Profiles of all ripplons at ω + shift = ``position``, l = 2 … 9 at their multiples of ω_2 = ``lowest``."""
    harmonics = _harmonics(L_MAX)
    degeneracy, ratios = 2.0 * harmonics + 1, np.sqrt((harmonics - 1) * (harmonics + 2) / 4)
    # distances from the resonances, as a product: XLA would find the shift in ``position`` anew for each of them
    both = jnp.stack([position, jnp.broadcast_to(lowest, position.shape)])
    distance = jnp.asarray(np.stack([np.ones(len(ratios)), -ratios], axis=-1), both.dtype) @ both
    core = reciprocal(distance**2 + (wide**2 + unresolved**2)[None, :])
    first, second = (jnp.asarray(degeneracy, core.dtype) @ power for power in (core, core**2))
    return (first * gamma + second * (2 * (1 - gamma / wide) * wide**3)) / math.pi


@elementwise
def _widened(gamma: Array, least: Array) -> Array:
    """``gamma``, or ``least`` where that is more."""
    return gamma * (1 + (least / gamma) ** 16) ** (1 / 16)


@elementwise
def _profile(distance: Array, gamma: Array, wide: Array, unresolved: Array) -> Array:
    """The profile of `_resolved`, with w = ``wide``."""
    core = 1 / (distance**2 + wide**2 + unresolved**2)
    return (core * gamma + 2 * core**2 * (1 - gamma / wide) * wide**3) / math.pi


_CELLS = 3.3


def _density_on_grid(coupling: _Coupling, shifted: Array, shares: Array | None) -> Array:
    """A_l(ω) at `grid_frequencies` (8, n) (Eq. 55).

    ``shifted`` is the shift at the nodes of the spectrum: that of a normal cut-off is smooth, and is interpolated.
    """
    omega, width = grid_frequencies()
    fine = np.arange(len(omega)) < _FINE_CELLS * _FINE
    cell = np.where(fine, GRID_STEP / _FINE, GRID_STEP)
    unresolved = np.where(omega < _LOWEST_RESOLVED, cell / 2, 0.0)
    tg, omega_c, xi, D, smearing, _ = coupling
    if smearing == "gauss":
        chosen, weights = _from_nodes()
        moved = jnp.sum(shifted[chosen] * jnp.asarray(weights, shifted.dtype), axis=-1)
    else:
        moved = shift(omega, tg, omega_c, xi, D, smearing, cell=cell)
    return _densities(coupling, omega, cell, width, unresolved, moved, shares)


@lru_cache(maxsize=1)
def _from_nodes() -> tuple[np.ndarray, np.ndarray]:
    """Six nodes of the spectrum around each grid frequency, (n, 6), and their weights for a polynomial in ln ω."""
    x, nodes = np.log(grid_frequencies()[0]), np.log(_frequency_rule()[0].nodes)
    chosen = np.clip(np.searchsorted(nodes, x) - 3, 0, len(nodes) - 6)[:, None] + np.arange(6)[None, :]
    return chosen.astype(np.int32), lagrange(nodes[chosen], x, np)


def _end(omega_c: ArrayLike, xi: ArrayLike, D: ArrayLike, smearing: str) -> Array:
    """Frequency ω_e above which there is no friction; for a normal cut-off, 2δ above its centre, lines begin there."""
    cutoff = jnp.asarray(omega_c, dtype=float) / xi
    return cutoff * (1 + {"box": 1.0, "gauss": 2.0, "sharp": 0.0}[smearing] * relative_width(D))


def _lines(
    tg: ArrayLike, omega_c: ArrayLike, xi: ArrayLike, D: ArrayLike, smearing: str
) -> tuple[Array, Array]:
    """Undamped ripplons above the smeared cut-off: frequencies and shares of a mode, for l = 2 … 9.

    Above ω_e the function ω - ω_l(ω) increases, so there is one root if it is negative at ω_e, else none (share 0, and
    a stand-in for the frequency). The root is sought in ln(ω - ω_e), where it may lie exponentially close. In the tail
    of a normal cut-off friction is left: the line takes what the fixed nodes do not resolve.
    """
    bare = frequency(_harmonics(L_MAX), xi)
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
        gamma = _friction(omega, tg, omega_c, xi, D, smearing, form="cut-off")
        rule, _ = _frequency_rule()
        gap = jnp.interp(omega, jnp.asarray(rule.nodes), jnp.asarray(rule.weights))
        share = share * (1 - gamma / jnp.sqrt(gamma**2 + gap**2))
    return omega, jnp.where(exists, share, 0.0)

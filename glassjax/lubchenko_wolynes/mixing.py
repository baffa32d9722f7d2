"""Quantum mixing of a two-level system with the ripplons (Sec. V): fast centres, their scattering and heat capacity."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..numerics.functions import increasing_root, sigmoid
from ..numerics.quadrature import gauss_legendre
from .landscape import XI
from .ripplons import Spectrum, discrete_spectrum
from .tunnelling import schottky_integral

__all__ = [
    "amplitude_norm",
    "angular_integral",
    "bare_splitting",
    "centre_hamiltonian",
    "fast_centre_window",
    "first_order_tunnelling",
    "lambert_w",
    "linked_scattering",
    "mixed_heat_capacity",
    "mixed_levels",
    "mixing_constants",
    "mixing_energy",
    "pile_up",
    "reduced_tunnelling",
    "renormalised_tunnelling",
    "repelled_splitting",
    "repulsion_slope",
    "scattering_rate",
    "splitting_density",
    "stiffened_spectrum",
]


def angular_integral(c: ArrayLike) -> Array:
    """I(c) = ∫₀¹dx x^{1-c}/√(1-x²) = (√π/2) Γ(1-c/2)/Γ(3/2-c/2) of Eq. 68; 1 at c = 0, π/2 at c = 1; c < 2."""
    c = jnp.asarray(c, dtype=float)
    return math.sqrt(math.pi) / 2 * jnp.exp(gammaln(1 - c / 2) - gammaln(1.5 - c / 2))


@jax.custom_jvp
def lambert_w(x: Array) -> Array:
    """Principal branch W₀(x) for x ≥ 0: W e^W = x (Eq. 64). Halley iteration, exact to rounding."""
    x = jnp.asarray(x, dtype=float)
    w = jnp.log1p(x) * (1 - jnp.log1p(jnp.log1p(x)) / (2 + jnp.log1p(x)))
    for _ in range(4):
        e = jnp.exp(w)
        miss = w * e - x
        w = w - miss / (e * (w + 1) - (w + 2) * miss / (2 * w + 2))
    return w


@lambert_w.defjvp
def _lambert_w_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    w = lambert_w(primals[0])
    return w, tangents[0] * jnp.exp(-w) / (1 + w)


def renormalised_tunnelling(delta: ArrayLike, B: ArrayLike) -> Array:
    """Δ̃ = Δ exp(-BΔ̃²/2), that is Δ̃² = W₀(BΔ²)/B (Eq. 64), in ω_D; Δ̃ → Δ as B → 0.

    Written Δ̃ = Δ exp(-W₀(BΔ²)/2), which needs no limit at B = 0.
    """
    delta = jnp.asarray(delta, dtype=float)
    return delta * jnp.exp(-lambert_w(B * delta**2) / 2)


def fast_centre_window(omega: Array, B: ArrayLike) -> Array:
    """Share of fast centres kept at splitting ω if there are none beyond Δ̃(ω_D) = √(W₀(B)/B) (Eq. 64).

    A smooth step in ln ω, 5 % wide, so that the cut has a gradient and fixed quadratures see it.
    """
    edge = renormalised_tunnelling(1.0, B)
    return sigmoid((jnp.log(edge) - jnp.log(omega)) / 0.05)


def linked_scattering(
    A1: ArrayLike, B: ArrayLike, c: ArrayLike, xi: ArrayLike = XI, omega: float = 1e-3
) -> Array:
    """l/λ at ω that Eq. 68 ties to A₁, ordinary centres of both signs of ε and fast ones of one counted (Sec. 12).

    R = 3(ξ/a)³/{4π² A₁ [½Bω₀ + I(c)] ω₀^{-c}}.
    """
    strength = (B * omega / 2 + angular_integral(c)) * omega ** (-jnp.asarray(c, dtype=float))
    return 3 * xi**3 / (4 * math.pi**2 * A1 * strength)


def mixed_heat_capacity(
    T: Float[Array, " m"],
    time: ArrayLike,
    tg: ArrayLike,
    A1: ArrayLike,
    B: ArrayLike,
    c: ArrayLike,
    *,
    cut_fast: bool = False,
    fast_share: float = 1.0,
) -> Float[Array, " m"]:
    """Heat capacity of ordinary and fast two-level systems per domain, in k_B, of one sign of ε (Eq. 69).

    C(t) = (A₁/T_g) ∫dE [βE/2cosh(βE/2)]² E^{-c} {BE θ(t - τ_min) + ∫dz e^{cz/2}/2√(1-e^{-z})}, with Δ_max = ω_D = 1.

    Parameters
    ----------
    T : (m,) in T_D.
    time : scalar
        Observation time t in 1/ω_D.
    tg : scalar
        The glass's own T_g/T_D.
    A1, B, c : scalar
        A₁ normalises the distribution of tunnelling amplitudes, about 1/ln(Δ_max/Δ_min); B is the strength of mixing.
    cut_fast : bool
        Leave out fast centres beyond Δ̃(ω_D), an extrapolation (Sec. 12).
    fast_share : float
        1 as printed; ½ for twice the result to count ordinary centres of both signs of ε and fast ones of one.

    Returns
    -------
    (m,) per domain of volume ξ³; double it to count both signs of ε.
    """

    def fast(E: Array) -> Array:
        share = fast_share * B * E
        return share * fast_centre_window(E, B) if cut_fast else share

    return A1 / tg * schottky_integral(T, time, tg, c, extra=fast)


def centre_hamiltonian(
    epsilon: ArrayLike,
    delta: ArrayLike,
    frequencies: Float[ArrayLike, " n"],
    couplings: Float[ArrayLike, " n"],
) -> Float[Array, "n+2 n+2"]:
    """Hamiltonian of a tunnelling centre coupled to ripplons, ε < 0 (Eq. 58), in ħω_D.

    The lower state has energy 0 and is joined by Δ/2 to the upper one at |ε|, which alone is joined, by Δ_i, to the
    ripplon states at ħω_i. ``epsilon`` and ``delta`` are scalars, ``frequencies`` and ``couplings`` (n,).
    """
    frequencies = jnp.asarray(frequencies, dtype=float)
    couplings = jnp.asarray(couplings, dtype=float)
    n = frequencies.shape[0]
    upper = jnp.concatenate(
        [jnp.asarray(delta, frequencies.dtype)[None] / 2, jnp.zeros(1, frequencies.dtype), couplings]
    )
    levels = jnp.concatenate(
        [jnp.zeros(1), jnp.abs(jnp.asarray(epsilon, frequencies.dtype))[None], frequencies]
    )
    hamiltonian = jnp.zeros((n + 2, n + 2), frequencies.dtype).at[1].set(upper)
    return hamiltonian + hamiltonian.T + jnp.diag(levels)


@jax.custom_jvp
def _eigenvalues(matrix: Array) -> Array:
    return jnp.linalg.eigvalsh(matrix)


@_eigenvalues.defjvp
def _eigenvalues_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    values, vectors = jnp.linalg.eigh(primals[0])
    vectors = jax.lax.stop_gradient(vectors)
    return values, jnp.sum(vectors * (tangents[0] @ vectors), axis=0)


def mixed_levels(
    epsilon: ArrayLike,
    delta: ArrayLike,
    frequencies: Float[ArrayLike, " n"],
    couplings: Float[ArrayLike, " n"],
) -> Float[Array, "n+2"]:
    """Energies of a tunnelling centre coupled to ripplons, ascending, in ħω_D: eigenvalues of Eq. 58.

    Arguments as in `centre_hamiltonian`. First derivatives are exact; of equal levels (the 2l + 1 modes of one
    frequency) only the sum has a derivative.
    """
    return _eigenvalues(centre_hamiltonian(epsilon, delta, frequencies, couplings))


def _over_modes(
    splitting: ArrayLike, frequencies: ArrayLike, couplings: ArrayLike
) -> tuple[Array, Array, Array]:
    """Give |ε̃| a last axis for the modes, and ω_i, Δ_i² leading axes for the splittings."""
    splitting = jnp.abs(jnp.asarray(splitting, dtype=float))
    shape = (1,) * splitting.ndim + (-1,)
    frequencies = jnp.asarray(frequencies, dtype=float).reshape(shape)
    return splitting[..., None], frequencies, jnp.asarray(couplings, dtype=float).reshape(shape) ** 2


def bare_splitting(
    splitting: ArrayLike, frequencies: Float[ArrayLike, " n"], couplings: Float[ArrayLike, " n"]
) -> Array:
    """Bare |ε| = |ε̃| + ΣΔ_i²/(ω_i - |ε̃|) of an effective splitting ε̃, in ħω_D (Eq. 59, Fig. 22a).

    ``splitting`` of any shape, |ε̃| below every ω_i; ``frequencies`` and ``couplings`` Δ_i (n,).
    """
    effective, omega, squares = _over_modes(splitting, frequencies, couplings)
    return effective[..., 0] + jnp.sum(squares / (omega - effective), axis=-1)


def repelled_splitting(
    epsilon: ArrayLike, frequencies: Float[ArrayLike, " n"], couplings: Float[ArrayLike, " n"]
) -> Array:
    """Effective splitting |ε̃| below the lowest ripplon, of a bare ε, in ħω_D: the root of Eq. 59 (Fig. 22a).

    Zero where |ε| < Σ (Eq. 61); at most the lowest ω_i, which it reaches to rounding if the coupling is weak and |ε|
    larger. ``epsilon`` of any shape; ``frequencies`` and ``couplings`` (n,).
    """
    frequencies = jnp.asarray(frequencies, dtype=float)
    bare = jnp.abs(jnp.asarray(epsilon, frequencies.dtype))
    least = mixing_energy(frequencies, couplings)
    highest = jnp.broadcast_to(
        jnp.min(frequencies) * (1 - 8 * float(jnp.finfo(frequencies.dtype).eps)), bare.shape
    )
    beyond = bare_splitting(highest, frequencies, couplings) < bare
    target = jnp.where((bare > least) & ~beyond, bare, least)
    root = increasing_root(
        lambda x: bare_splitting(x, frequencies, couplings) - target, jnp.zeros_like(bare), highest
    )
    return jnp.where(beyond, highest, jnp.where(bare > least, root, 0.0))


def repulsion_slope(
    splitting: ArrayLike, frequencies: Float[ArrayLike, " n"], couplings: Float[ArrayLike, " n"]
) -> Array:
    """Slope |∂ε/∂ε̃| = 1 + ΣΔ_i²/(ω_i - |ε̃|)² of Eq. 59, which Eq. 66 sets to 1 (Fig. 22b).

    The pile-up Σδ(ε̃) comes on top. Arguments as in `bare_splitting`.
    """
    effective, omega, squares = _over_modes(splitting, frequencies, couplings)
    return 1 + jnp.sum(squares / (omega - effective) ** 2, axis=-1)


def reduced_tunnelling(
    delta: ArrayLike, frequencies: Float[ArrayLike, " n"], couplings: Float[ArrayLike, " n"]
) -> Array:
    """Tunnelling amplitude reduced by virtual ripplons, Δ̃ = Δ(1 - ½ΣΔ_i²/ω_i²), in ħω_D (Eq. 60).

    ``delta`` of any shape; ``frequencies`` and ``couplings`` Δ_i (n,).
    """
    ratio = jnp.asarray(couplings, dtype=float) / jnp.asarray(frequencies, dtype=float)
    return jnp.asarray(delta, dtype=float) * (1 - jnp.sum(ratio**2) / 2)


def mixing_energy(frequencies: Float[ArrayLike, " n"], couplings: Float[ArrayLike, " n"]) -> Array:
    """Σ = ΣΔ_i²/ω_i in ħω_D: the bare splitting that mixing brings down to zero (Eq. 61). Arguments (n,)."""
    return jnp.sum(jnp.asarray(couplings, dtype=float) ** 2 / jnp.asarray(frequencies, dtype=float))


def mixing_constants(xi: ArrayLike = XI) -> tuple[Array, Array]:
    """Two constants called B: Σω_D/ω_i of Eq. 65 and Σ(ω_D/ω_i)² of Eq. 62 over the 96 modes; 229 and 702."""
    frequencies, weights = discrete_spectrum(xi)
    return jnp.sum(weights / frequencies), jnp.sum(weights / frequencies**2)


def pile_up(delta: ArrayLike, B: ArrayLike) -> Array:
    """Σ = BΔ²/ω_D in ħω_D, the range of bare splittings that piles up at zero (Eq. 65)."""
    return B * jnp.asarray(delta, dtype=float) ** 2


def first_order_tunnelling(delta: ArrayLike, B: ArrayLike) -> Array:
    """Δ̃ = Δ(1 - BΔ̃²/2) to first order, in ħω_D (Eq. 62): 2Δ/[1 + √(1 + 2BΔ²)]. See `renormalised_tunnelling`."""
    delta = jnp.asarray(delta, dtype=float)
    return 2 * delta / (1 + jnp.sqrt(1 + 2 * B * delta**2))


def splitting_density(
    splitting: ArrayLike, tg: ArrayLike, *, delta: ArrayLike = 0.0, B: ArrayLike = 0.0
) -> tuple[Array, Array]:
    """Density of effective splittings ε̃ per domain (Eq. 67): smooth part, and weight of the pile-up δ(ε̃).

    n_Δ(ε̃) = (1/T_gξ³)[BΔ²/ω_D δ(ε̃) + e^{-|ε̃|/T_g}]; times ξ³ the parts are e^{-|ε̃|/T_g}/T_g in 1/ħω_D and BΔ²/T_g,
    for one sign of ε̃. All arguments broadcast; ``delta`` Δ, ``splitting`` and ``tg`` in ħω_D.
    """
    smooth = jnp.exp(-jnp.abs(jnp.asarray(splitting, dtype=float)) / tg) / tg
    return smooth, pile_up(delta, B) / tg


def amplitude_norm(
    B: ArrayLike, c: ArrayLike, tg: ArrayLike, delta_min: ArrayLike, delta_max: ArrayLike = 1.0
) -> Array:
    """A₁, which normalises the distribution of Δ and ε̃ (after Eq. 67).

    1/A₁ = BΔ_max²[1 - (Δ_min/Δ_max)^{2-c}]/[(2-c)T_g] + [(Δ_max/Δ_min)^c - 1]/c; the last term tends to
    ln(Δ_max/Δ_min) as c → 0. 0 < Δ_min < Δ_max in ħω_D, c < 2. Without mixing about 1/ln(Δ_max/Δ_min).
    """
    c = jnp.asarray(c, dtype=float)
    log_ratio = jnp.log(delta_max) - jnp.log(jnp.asarray(delta_min, dtype=float))
    power = c * log_ratio
    small = jnp.abs(power) < 1e-2
    safe = jnp.where(small, 1.0, power)
    series = 1 + power / 2 * (1 + power / 3 * (1 + power / 4 * (1 + power / 5)))
    ordinary = log_ratio * jnp.where(small, series, jnp.expm1(safe) / safe)
    share = -jnp.expm1(-(2 - c) * log_ratio)
    fast = B * jnp.asarray(delta_max) ** 2 * share / ((2 - c) * tg)
    return 1 / (fast + ordinary)


_ANGLE = gauss_legendre(48)


def _amplitude_integral(least: Array, c: Array) -> Array:
    """∫_m^1 dx x^{1-c}/√(1-x²) for 0 ≤ m ≤ 1, c ≤ 1: x = sin θ, θ = θ_m + (π/2 - θ_m)v⁴ tames θ^{1-c} at m = 0."""
    least, c = jnp.broadcast_arrays(least, c)
    open_ = least < 1
    start = jnp.arcsin(jnp.where(open_, least, 0.5))[..., None]
    v = jnp.asarray(_ANGLE.nodes, least.dtype).reshape((1,) * least.ndim + (-1,))
    theta = start + (math.pi / 2 - start) * v**4
    values = jnp.exp((1 - c[..., None]) * jnp.log(jnp.sin(theta))) * (math.pi / 2 - start) * 4 * v**3
    return jnp.where(open_, values @ jnp.asarray(_ANGLE.weights, least.dtype), 0.0)


def scattering_rate(
    E: ArrayLike,
    A1: ArrayLike,
    B: ArrayLike,
    c: ArrayLike,
    xi: ArrayLike = XI,
    delta_min: ArrayLike = 0.0,
    delta_max: ArrayLike = 1.0,
) -> Array:
    """Scattering rate 1/τ_E of a phonon of energy E by ordinary and fast centres, in ω_D (Eq. 68).

    1/τ_E = (π/3) A₁ (a/ξ)³ E (Δ_max/E)^c [BE + ∫_{Δ_min/E}^1 dx x^{1-c}/√(1-x²)]; the integral is I(c) of
    `angular_integral` at Δ_min = 0, and 0 for E ≤ Δ_min.

    Parameters
    ----------
    E : any shape, > 0, in ħω_D.
    A1, B, c : scalar or as ``E``
        `amplitude_norm`, strength of mixing, exponent 0 ≤ c ≤ 1.
    xi, delta_min, delta_max : scalar
        ξ/a, and the range of tunnelling amplitudes in ħω_D.

    Returns
    -------
    As ``E``; the quadrature of the integral is good to 10⁻¹⁰.
    """
    E = jnp.asarray(E, dtype=float)
    c = jnp.asarray(c, dtype=E.dtype)
    integral = _amplitude_integral(jnp.asarray(delta_min, E.dtype) / E, c)
    power = jnp.exp(c * (jnp.log(delta_max) - jnp.log(E)))
    return math.pi / 3 * A1 * jnp.asarray(xi, E.dtype) ** -3 * E * power * (B * E + integral)


def stiffened_spectrum(
    spectrum: Spectrum, epsilon: ArrayLike, *, width: float = 0.05, sharp: bool = False
) -> Spectrum:
    """Ripplons of a centre of splitting ε, which has none below it: the mosaic stiffens (Sec. V.B, Fig. 23).

    The weights are cut at ω = |ε| by a step in ln ω ``width`` wide, so that the cut has a gradient, or by a ``sharp``
    one, which has none by ε. ``epsilon`` is a scalar in ħω_D.
    """
    frequencies = jnp.asarray(spectrum.frequencies, dtype=float)
    edge = jnp.abs(jnp.asarray(epsilon, frequencies.dtype))
    if sharp:
        share = jnp.where(frequencies >= edge, 1.0, 0.0)
    else:
        share = sigmoid((jnp.log(frequencies) - jnp.log(jnp.maximum(edge, 1e-30))) / width)
    return Spectrum(spectrum.frequencies, jnp.asarray(spectrum.weights) * share)

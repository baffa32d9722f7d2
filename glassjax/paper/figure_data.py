"""What the paper draws in Fig. 1, 6, 15, 19 and 20, what is read off it, and the effect of choices left open.

The effects are those on κ(T), C(T) and α(T) of silica at ω_c = 1.8 (a/ξ)ω_D.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from scipy import constants as si
from scipy.optimize import least_squares

from ..glass import Glass
from ..lubchenko_wolynes import attraction, conductivity, heat_capacity, mixing, ripplons, tunnelling, walls
from ..lubchenko_wolynes.landscape import XI
from ..lubchenko_wolynes.model import LubchenkoWolynes
from ..numerics.quadrature import panels

SILICA = Glass(
    name="a-SiO2", glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0
)
"""Silica with the paper's constants."""

RATIOS = (5.0, 3.5, 2.0)
"""T_g/ω_D of the solid lines of Fig. 19 and 20."""

BUMP_RATIOS = (2.0, 4.0)
"""T_g/ω_D of the curves with friction and shift in Fig. 15."""

CUTOFF = 1.8
"""Phonon cut-off of Fig. 15 and 19 in (a/ξ)ω_D."""

TEMPERATURES = np.geomspace(1e-3, 0.4, 160)
"""T/T_D of every curve."""

UNCOUPLED = 4.0
"""T_g/ω_D of the curves without coupling to phonons, which hardly depend on it."""


@lru_cache(maxsize=64)
def spectrum(
    tg: float | None,
    omega_c: float = CUTOFF,
    smearing: str = "box",
    normalise: bool = False,
    friction: str = "cubic",
) -> ripplons.Spectrum:
    """Ripplons at T_g/ω_D = ``tg``, or uncoupled ones if it is None."""
    if tg is None:
        return ripplons.discrete_spectrum()
    return _broadened(tg, omega_c, smearing=smearing, normalise=normalise, friction=friction)


@partial(jax.jit, static_argnames=("smearing", "normalise", "friction"))
def _broadened(
    tg: ArrayLike, omega_c: ArrayLike, *, smearing: str, normalise: bool, friction: str
) -> ripplons.Spectrum:
    nodes = ripplons.broadened_spectrum(
        tg, omega_c, smearing=smearing, normalise=normalise, friction=friction, gridded=False
    )
    return ripplons.Spectrum(jnp.asarray(nodes.frequencies), nodes.weights)


_conductivity = jax.jit(conductivity.reduced_conductivity, static_argnames=("excited", "saturation"))
_domain = jax.jit(heat_capacity.domain_heat_capacity)


@lru_cache(maxsize=64)
def reduced_conductivity(
    tg: float | None,
    omega_c: float = CUTOFF,
    *,
    R: float = 150.0,
    excited: str = "thermal",
    saturation: bool = False,
    smearing: str = "box",
    normalise: bool = False,
    friction: str = "cubic",
) -> np.ndarray:
    """κ/κ₀ at `TEMPERATURES` (Eq. 48); ``tg`` None is Fig. 19's "no coupling"."""
    modes = spectrum(tg, omega_c, smearing, normalise, friction)
    ratio = UNCOUPLED if tg is None else tg
    T = jnp.asarray(TEMPERATURES)
    return np.asarray(_conductivity(T, ratio, modes, R, excited=excited, saturation=saturation))


@lru_cache(maxsize=64)
def heat_capacity_over_cube(
    tg: float | None,
    omega_c: float = CUTOFF,
    *,
    smearing: str = "box",
    normalise: bool = False,
    friction: str = "cubic",
) -> np.ndarray:
    """Heat capacity per domain over (T/T_D)³, in k_B, with Debye's phonons, at `TEMPERATURES` (Eq. 36)."""
    T = jnp.asarray(TEMPERATURES)
    modes = spectrum(tg, omega_c, smearing, normalise, friction)
    ripplon = _domain(T, UNCOUPLED if tg is None else tg, modes)
    return np.asarray((ripplon + heat_capacity.debye_heat_capacity(T) * XI**3) / T**3)


def debye_coefficient() -> float:
    """C/(T/T_D)³ per bead at low T: 12π⁴/5 = 233.8."""
    return float(heat_capacity.debye_heat_capacity(jnp.array([1e-3]))[0]) * 1e9


def bumps() -> dict[str, tuple[float, float]]:
    """Height of the bump of C/T³ and its T/T_D, for the three calculated curves of Fig. 15."""
    curves = {"no coupling": heat_capacity_over_cube(None)}
    for tg in BUMP_RATIOS:
        curves[f"T_g/ω_D = {tg:g}"] = heat_capacity_over_cube(tg)
    return {label: _top(curve) for label, curve in curves.items()}


def _top(curve: np.ndarray) -> tuple[float, float]:
    """Highest local maximum above T = 0.005 T_D, by a parabola through three points in ln T."""
    start = int(np.searchsorted(TEMPERATURES, 5e-3))
    at = start + int(np.argmax(curve[start:-1]))
    x, y = np.log(TEMPERATURES[at - 1 : at + 2]), np.log(curve[at - 1 : at + 2])
    a, b, _ = np.polyfit(x - x[1], y, 2)
    shift = -b / (2 * a)
    return float(np.exp(np.polyval([a, b, y[1]], shift))), float(np.exp(x[1] + shift))


def plateaus() -> dict[float, tuple[float, float]]:
    """Return the ends, in T/T_D, of the stretch where d ln κ/d ln T < 1/2, for the solid lines of Fig. 19."""
    found = {}
    x = np.log(TEMPERATURES)
    for tg in RATIOS:
        slope = np.gradient(np.log(reduced_conductivity(tg)), x)
        first = int(np.argmax(slope < 0.5))
        last = first + int(np.argmax(slope[first:] > 0.5)) - 1
        ends = []
        for before in (first - 1, last):
            share = (0.5 - slope[before]) / (slope[before + 1] - slope[before])
            ends.append(float(np.exp(x[before] + share * (x[before + 1] - x[before]))))
        found[tg] = (ends[0], ends[1])
    return found


_THERMAL = panels((0.0, 2.0, 6.0, 14.0, 40.0), 16)  # in ω/T


def mixing_exponent(T: float, B: float, c: float = 0.1) -> float:
    """Exponent d ln κ/d ln T of κ ∝ ∫dω ω (l/λ) C_ω, l/λ ∝ ω τ_E, where Eq. 68 alone scatters; T ≪ 0.03 T_D."""
    x, weights = jnp.asarray(_THERMAL.nodes), jnp.asarray(_THERMAL.weights)
    mode = x * (x / 2 / jnp.sinh(x / 2)) ** 2

    def log_conductivity(log_T: jax.Array) -> jax.Array:
        E = jnp.exp(log_T) * x
        return 2 * log_T + jnp.log(jnp.sum(weights * mode * E / mixing.scattering_rate(E, 1.0, B, c)))

    return float(jax.grad(log_conductivity)(jnp.log(T)))


_DEVIATES = np.linspace(-8, 8, 801)
_NORMAL = np.exp(-(_DEVIATES**2) / 2) / np.sum(np.exp(-(_DEVIATES**2) / 2))


def fitted_stretching(spread: float, *, highest: bool = False) -> float:
    """β of e^{-(t/t₀)^β} that fits the relaxation of normally distributed barriers, by least squares in ln t (Fig. 6).

    ``spread`` is δF‡/k_BT, 0.1 … 15. With ``highest``, barriers above the most probable one have its height, as half of
    all do then.
    """
    barriers = spread * (np.minimum(_DEVIATES, 0) if highest else _DEVIATES)
    log_time = np.linspace(-5 * spread - 6, 5 * spread + 3, 400)
    relaxation = np.exp(-np.exp(log_time[:, None] - barriers)) @ _NORMAL

    def miss(free: np.ndarray) -> np.ndarray:
        return np.exp(-np.exp(np.exp(free[0]) * (log_time - free[1]))) - relaxation

    return float(np.exp(least_squares(miss, [-0.5 * np.log1p(spread**2), 0.0]).x[0]))


def heat_axis(glass: Glass) -> float:
    """Return what turns J/(kg K) into k_B per domain: ρ ξ³/k_B (caption of Fig. 15, with a from c_s and ω_D)."""
    return float(glass.density * glass.domain_size(XI) ** 3 / si.k)


_TG = float(SILICA.tg)
MIXING, MIXED_PATH = 117.0, 238.0  # B and R of a least-squares fit to silica


@dataclass(frozen=True)
class Choice:
    """One option, and what it does.

    Attributes
    ----------
    name : str
        As the option is called in the package.
    quantity : str
        Symbol of what it changes.
    reference : str
        What the others are divided by: the theory as printed, and c = 0.
    ratios : dict
        Alternative over the reference at `TEMPERATURES`, by the name of the alternative.
    """

    name: str
    quantity: str
    reference: str
    ratios: dict[str, np.ndarray]


@lru_cache(maxsize=1)
def all_choices() -> tuple[Choice, ...]:
    """Return every choice with its effect, computed."""
    heat: Callable[..., np.ndarray] = heat_capacity_over_cube
    kappa: Callable[..., np.ndarray] = reduced_conductivity
    return (
        _varied(
            "excited",
            "κ",
            kappa,
            thermal={},
            sharp={"excited": "sharp"},
            populations={"excited": "populations"},
        ),
        _mixed_populations(),
        _varied("friction", "κ", kappa, cubic={}, **{"cut-off": {"friction": "cut-off"}}),
        _varied("normalise", "κ", kappa, no={}, yes={"normalise": True}),
        _varied("smearing", "κ", kappa, box={}, gauss={"smearing": "gauss"}, sharp={"smearing": "sharp"}),
        _varied("saturation", "κ", kappa, off={}, on={"saturation": True}),
        _exponent(),
        _varied("friction", "C", heat, cubic={}, **{"cut-off": {"friction": "cut-off"}}),
        _varied("normalise", "C", heat, no={}, yes={"normalise": True}),
        _varied("smearing", "C", heat, box={}, gauss={"smearing": "gauss"}, sharp={"smearing": "sharp"}),
        _expansion(),
    )


def _varied(name: str, quantity: str, curve: Callable[..., np.ndarray], **options: dict[str, Any]) -> Choice:
    """Compare the first of ``options`` with the others."""
    (reference, _), *others = options.items()
    base = curve(_TG)
    return Choice(name, quantity, reference, {other: curve(_TG, **given) / base for other, given in others})


@lru_cache(maxsize=2)
def mixed_conductivity(excited: str) -> np.ndarray:
    """κ/κ₀ where fast centres (quantum mixing) scatter as well, with `MIXING` and `MIXED_PATH` of a fit of silica."""
    T = jnp.asarray(TEMPERATURES * SILICA.debye_temperature)
    theory = LubchenkoWolynes.as_printed(
        c=0.0, B=MIXING, R=MIXED_PATH, omega_c=CUTOFF, counting="saddle", excited=excited, fast="both"
    )
    return np.asarray(jax.jit(theory.thermal_conductivity)(T, SILICA) / SILICA.kappa_unit)


def _mixed_populations() -> Choice:
    ratio = mixed_conductivity("populations") / mixed_conductivity("thermal")
    return Choice("excited (with mixing)", "κ", "thermal", {"populations": ratio})


def _exponent() -> Choice:
    """Exponent c of Eq. 22 as printed, and with the 1/π of Eq. 14 and 21, against c = 0 (no quantum mixing)."""
    top = float(walls.barrier_top_frequency(XI))
    T = jnp.asarray(TEMPERATURES * SILICA.debye_temperature)

    compiled = eqx.filter_jit(lambda theory: theory.thermal_conductivity(T, SILICA))

    def kappa(c: float) -> np.ndarray:
        theory = LubchenkoWolynes.as_printed(c=c, B=0.0, omega_c=CUTOFF, counting="saddle")
        return np.asarray(compiled(theory))

    base = kappa(0.0)
    values = {
        "as printed": tunnelling.amplitude_exponent(top, _TG, with_pi=False),
        "with 1/π": tunnelling.amplitude_exponent(top, _TG, with_pi=True),
    }
    return Choice("c", "κ", "0", {name: kappa(float(c)) / base for name, c in values.items()})


def _expansion() -> Choice:
    """Double sums and pairs in the ripplon-ripplon expansion (Eq. 73-75)."""
    T = jnp.asarray(TEMPERATURES)
    base = attraction.attraction_expansion(T, _TG, XI)
    others = {
        "sums = direct": attraction.attraction_expansion(T, _TG, XI, sums="direct"),
        "sums = printed": attraction.attraction_expansion(T, _TG, XI, sums="printed"),
        "pairs = unordered": attraction.attraction_expansion(T, _TG, XI, pairs="unordered"),
    }
    ratios = {name: np.asarray(value / base) for name, value in others.items()}
    return Choice("sums, pairs", "α_rr", "full, ordered", ratios)

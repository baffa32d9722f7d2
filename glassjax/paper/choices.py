"""What each choice that the paper leaves open changes in κ(T), C(T) and α(T), for silica at ω_c = 1.8 (a/ξ)ω_D."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..lubchenko_wolynes import attraction, tunnelling, walls
from ..lubchenko_wolynes.model import LubchenkoWolynes
from ..lubchenko_wolynes.units import XI
from . import curves
from .claims import SILICA

__all__ = ["MIXED_PATH", "MIXING", "Choice", "all_choices", "mixed_conductivity"]

TG = float(SILICA.tg)
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
        Alternative over the reference at `curves.TEMPERATURES`, by the name of the alternative.
    """

    name: str
    quantity: str
    reference: str
    ratios: dict[str, np.ndarray]


@lru_cache(maxsize=1)
def all_choices() -> tuple[Choice, ...]:
    """Return every choice with its effect, computed."""
    heat: Callable[..., np.ndarray] = curves.heat_capacity_over_cube
    kappa: Callable[..., np.ndarray] = curves.reduced_conductivity
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
    base = curve(TG)
    return Choice(name, quantity, reference, {other: curve(TG, **given) / base for other, given in others})


@lru_cache(maxsize=2)
def mixed_conductivity(excited: str) -> np.ndarray:
    """κ/κ₀ where fast centres (quantum mixing) scatter as well, with `MIXING` and `MIXED_PATH` of a fit of silica."""
    T = jnp.asarray(curves.TEMPERATURES * SILICA.debye_temperature)
    theory = LubchenkoWolynes.as_printed(
        c=0.0, B=MIXING, R=MIXED_PATH, omega_c=curves.CUTOFF, counting="saddle", excited=excited, fast="both"
    )
    return np.asarray(jax.jit(theory.thermal_conductivity)(T, SILICA) / SILICA.kappa_unit)


def _mixed_populations() -> Choice:
    ratio = mixed_conductivity("populations") / mixed_conductivity("thermal")
    return Choice("excited (with mixing)", "κ", "thermal", {"populations": ratio})


def _exponent() -> Choice:
    """Exponent c of Eq. 22 as printed, and with the 1/π of Eq. 14 and 21, against c = 0 (no quantum mixing)."""
    top = float(walls.barrier_top_frequency(XI))
    T = jnp.asarray(curves.TEMPERATURES * SILICA.debye_temperature)

    compiled = eqx.filter_jit(lambda theory: theory.thermal_conductivity(T, SILICA))

    def kappa(c: float) -> np.ndarray:
        theory = LubchenkoWolynes.as_printed(c=c, B=0.0, omega_c=curves.CUTOFF, counting="saddle")
        return np.asarray(compiled(theory))

    base = kappa(0.0)
    values = {
        "as printed": tunnelling.amplitude_exponent(top, TG, with_pi=False),
        "with 1/π": tunnelling.amplitude_exponent(top, TG, with_pi=True),
    }
    return Choice("c", "κ", "0", {name: kappa(float(c)) / base for name, c in values.items()})


def _expansion() -> Choice:
    """Double sums and pairs in the ripplon-ripplon expansion (Eq. 73-75)."""
    T = jnp.asarray(curves.TEMPERATURES)
    base = attraction.attraction_expansion(T, TG, XI)
    others = {
        "sums = direct": attraction.attraction_expansion(T, TG, XI, sums="direct"),
        "sums = printed": attraction.attraction_expansion(T, TG, XI, sums="printed"),
        "pairs = unordered": attraction.attraction_expansion(T, TG, XI, pairs="unordered"),
    }
    ratios = {name: np.asarray(value / base) for name, value in others.items()}
    return Choice("sums, pairs", "α_rr", "full, ordered", ratios)

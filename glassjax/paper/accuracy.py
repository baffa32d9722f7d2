"""The paper's saddle point against the exact count of states, for the densities of Fig. 17 and 18 and κ of Fig. 19."""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from ..lubchenko_wolynes import counting, levels
from ..lubchenko_wolynes.canonical import CanonicalTable, tabulate
from ..numerics.quadrature import panels
from . import curves

__all__ = [
    "CONDUCTIVITY_TEMPERATURES",
    "EXCITED_TEMPERATURES",
    "RATIO",
    "Comparison",
    "Path",
    "conductivity",
    "excited",
    "ground",
]

RATIO = 4.0
"""T_g/ω_D of the comparison."""

EXCITED_TEMPERATURES = (0.02, 0.05, 0.1)
CONDUCTIVITY_TEMPERATURES = np.geomspace(1e-3, 0.3, 28)

_BARE = 150.0  # l/λ of bare two-level systems
_OMEGA = np.geomspace(1e-3, 2.0, 500)
_PANELS = panels(tuple(np.linspace(np.log(1e-6), 0.0, 57)), 9)  # in ln ω


class Comparison(NamedTuple):
    """A density by both counts, at frequencies ω (n,) in ω_D."""

    omega: np.ndarray
    saddle: np.ndarray
    exact: np.ndarray


class Path(NamedTuple):
    """κ by both counts, at temperatures T (m,) in T_D."""

    T: np.ndarray
    saddle: np.ndarray
    exact: np.ndarray


def ground() -> Comparison:
    """T_gρ(ω), no coupling."""
    omega, spectrum = jnp.asarray(_OMEGA), curves.spectrum(None)
    saddle = counting.ground_density(omega, RATIO, spectrum)
    exact = levels.exact_ground_density(omega, RATIO, levels.discrete_levels())
    return Comparison(_OMEGA, np.asarray(saddle), np.asarray(exact))


def excited() -> dict[float, Comparison]:
    """T_gρ_exc(ω, T), no coupling, by temperature."""
    omega, T, spectrum = jnp.asarray(_OMEGA), jnp.asarray(EXCITED_TEMPERATURES), curves.spectrum(None)
    saddle = counting.excited_density(omega, T, RATIO, spectrum)
    exact = levels.exact_excited_density(omega, T, RATIO, levels.discrete_levels(), tabulate(spectrum))
    return {
        float(t): Comparison(_OMEGA, np.asarray(saddle[i]), np.asarray(exact[i])) for i, t in enumerate(T)
    }


@lru_cache(maxsize=1)
def conductivity() -> dict[str, Path]:
    """κ without coupling to phonons, and with it for the three T_g/ω_D of Fig. 19."""
    found = {"no coupling": _conductivity(None)}
    for tg in curves.RATIOS:
        found[f"T_g/ω_D = {tg:g}"] = _conductivity(tg)
    return found


def _conductivity(tg: float | None) -> Path:
    spectrum = curves.spectrum(tg)
    count = (
        levels.discrete_levels() if tg is None else levels.coarsened(levels.broadened_levels(spectrum), 0.003)
    )
    ratio = RATIO if tg is None else tg
    table = tabulate(spectrum)
    omega = jnp.asarray(np.exp(_PANELS.nodes))
    saddle, exact = [], []
    for T in CONDUCTIVITY_TEMPERATURES:
        by_saddle, by_count = _at(jnp.asarray([T]), omega, ratio, table, count)
        saddle.append(float(by_saddle))
        exact.append(float(by_count))
    return Path(CONDUCTIVITY_TEMPERATURES, np.asarray(saddle), np.asarray(exact))


@jax.jit
def _at(
    T: jax.Array, omega: jax.Array, tg: ArrayLike, table: CanonicalTable, count: levels.Levels
) -> tuple[jax.Array, jax.Array]:
    """κ/κ₀ by the saddle point and by the exact count, at one T (1,), with the same quadrature (Eq. 48)."""
    x = omega / T[0]
    mode = jnp.where(x < 500, x**2 * jnp.exp(-x) / jnp.expm1(-x) ** 2, 0.0)
    weight = jnp.asarray(_PANELS.weights) * omega**2 * mode
    ground = counting.log_ground_density(omega, tg, table)
    rest = counting.log_excited_density(omega, T, tg, table)[0]
    total = levels.exact_ground_density(omega, tg, count)
    total = total + levels.exact_excited_density(omega, T, tg, count, table)[0]
    by_saddle = _BARE * jnp.exp(-jnp.logaddexp(ground, rest)) + 1
    return jnp.sum(weight * by_saddle), jnp.sum(weight * (_BARE / total + 1))

"""The saddle points against the exact count of states: maps of ρ, ρ_exc, N_E and κ, and Fig. 17-19 (Sec. IV.D-F).

A map holds ln(method/exact). Where coupling to phonons would make the lowest ripplon unstable, or nearly so (softening
above `SOFTEST`), it is empty (NaN).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array

from ..lubchenko_wolynes import counting, levels, ripplons, saddle
from ..lubchenko_wolynes.canonical import CanonicalTable, tabulate
from ..lubchenko_wolynes.conductivity import reduced_conductivity
from ..numerics.quadrature import panels
from . import figure_data

APPROXIMATE = ("saddle", "uniform")
TABLE = {"saddle": ("saddle", "thermal"), "uniform": ("uniform", "thermal"), "sharp": ("uniform", "sharp")}
"""Columns of the table: how states are counted, and which excited ones; "sharp" is the default of the joint model."""
RATIOS = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0)
CUTOFFS = (0.0, 0.6, 1.0, 1.3, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2)
SOFTEST = 0.7
TEMPERATURES = np.geomspace(1e-3, 0.3, 40)
_OMEGA = np.geomspace(1e-3, 1.0, 48)
_ENERGY = np.geomspace(1e-2, 1.0, 40)
_DENSITY_TEMPERATURES = np.geomspace(1e-2, 0.3, 32)
TYPICAL = (4.0, 1.8)
"""T_g/ω_D and ω_c of the maps of densities."""


@dataclass(frozen=True)
class Map:
    """ln(method/exact) of one quantity on a grid.

    Attributes
    ----------
    name, x_name, y_name : str
    x, y : (n,), (m,)
    logs : dict
        (m, n) by method; N_E has no uniform saddle.
    """

    name: str
    x_name: str
    y_name: str
    x: np.ndarray
    y: np.ndarray
    logs: dict[str, np.ndarray]


@partial(jax.jit, static_argnames=("method", "excited"))
def _kappa(tg: ArrayLike, omega_c: ArrayLike, *, method: str, excited: str) -> Array:
    """Ln κ/κ₀ at `TEMPERATURES`."""
    spectrum = ripplons.broadened_spectrum(tg, omega_c)
    T = jnp.asarray(TEMPERATURES)
    return jnp.log(reduced_conductivity(T, tg, spectrum, excited=excited, method=method))


@lru_cache(maxsize=1024)
def _ratio(tg: float, omega_c: float, method: str, excited: str = "thermal") -> np.ndarray:
    """Ln κ(method)/κ(exact) at `TEMPERATURES`; NaN if too soft."""
    if float(ripplons.softening(tg, omega_c)) > SOFTEST:
        return np.full(len(TEMPERATURES), np.nan)
    exact = _kappa(tg, omega_c, method="exact", excited=excited)
    return np.asarray(_kappa(tg, omega_c, method=method, excited=excited) - exact)


def maps() -> Iterator[Map]:
    """Yield the maps: κ over (T, tg) and (T, ω_c), the latter by Fig. 20's rule too, and three densities."""
    tg, omega_c = TYPICAL
    by_ratio = {m: np.array([_ratio(x, omega_c, m) for x in RATIOS]) for m in APPROXIMATE}
    yield Map("κ, ω_c = 1.8", "T/T_D", "T_g/ω_D", TEMPERATURES, np.array(RATIOS), by_ratio)
    for excited, name in (("thermal", "κ, T_g/ω_D = 4"), ("sharp", "κ by N_T, T_g/ω_D = 4")):
        logs = {m: np.array([_ratio(tg, x, m, excited) for x in CUTOFFS]) for m in APPROXIMATE}
        yield Map(name, "T/T_D", "ω_c", TEMPERATURES, np.array(CUTOFFS), logs)
    spectrum = ripplons.broadened_spectrum(tg, omega_c)
    omega = jnp.asarray(_OMEGA)

    def against(density: "partial[Array]", methods: tuple[str, ...] = APPROXIMATE) -> dict[str, np.ndarray]:
        exact = jnp.log(density(method="exact"))
        return {m: np.asarray(jnp.log(density(method=m)) - exact) for m in methods}

    states = against(
        partial(counting.excited_density, omega, jnp.asarray(_DENSITY_TEMPERATURES), tg, spectrum)
    )
    yield Map("T_gρ_exc", "ω/ω_D", "T/T_D", _OMEGA, _DENSITY_TEMPERATURES, states)
    grid = jnp.asarray(_OMEGA)[None, :], jnp.asarray(_ENERGY)[:, None]
    cumulative = against(partial(counting.cumulative_density, *grid, tg, spectrum), ("saddle",))
    yield Map("T_gN_E", "ω/ω_D", "E/ħω_D", _OMEGA, _ENERGY, cumulative)
    ground = {m: [] for m in APPROXIMATE}
    for ratio in RATIOS:
        at = partial(counting.ground_density, omega, ratio, ripplons.broadened_spectrum(ratio, 1.5))
        for m, row in against(at).items():
            ground[m].append(row)
    yield Map(
        "T_gρ, ω_c = 1.5",
        "ω/ω_D",
        "T_g/ω_D",
        _OMEGA,
        np.array(RATIOS),
        {m: np.array(r) for m, r in ground.items()},
    )


def conductivity_table() -> list[dict[str, float]]:
    """Return the largest error of κ over `TEMPERATURES` for each coupling, and where it lies, for each of `TABLE`.

    ω_c = NaN stands for no coupling to phonons (the discrete spectrum).
    """
    couplings = [(tg, omega_c) for tg in RATIOS[1::2] for omega_c in (*CUTOFFS[::3], CUTOFFS[-1])]
    found = [(TYPICAL[0], np.nan, {name: _uncoupled(*how) for name, how in TABLE.items()})]
    for tg, omega_c in couplings:
        found.append((tg, omega_c, {name: _ratio(tg, omega_c, *how) for name, how in TABLE.items()}))
    rows = []
    for tg, omega_c, logs in found:
        if any(np.isnan(part).any() for part in logs.values()):
            continue
        row = {"tg": tg, "omega_c": omega_c}
        for name, part in logs.items():
            worst = int(np.argmax(np.abs(part)))
            row[name] = float(np.expm1(part[worst]))
            row[f"{name} T"] = float(TEMPERATURES[worst])
        rows.append(row)
    return rows


def _uncoupled(method: str, excited: str) -> np.ndarray:
    """Ln κ(method)/κ(exact) at `TEMPERATURES` for the discrete spectrum."""
    spectrum, T = ripplons.discrete_spectrum(), jnp.asarray(TEMPERATURES)
    kappa, exact = (
        np.asarray(reduced_conductivity(T, TYPICAL[0], spectrum, excited=excited, method=m))
        for m in (method, "exact")
    )
    return np.log(kappa / exact)


RATIO = 4.0
"""T_g/ω_D of the comparison."""

EXCITED_TEMPERATURES = (0.02, 0.05, 0.1)
CONDUCTIVITY_TEMPERATURES = np.geomspace(1e-3, 0.3, 28)

_BARE = 150.0  # l/λ of bare two-level systems
_WIDE_OMEGA = np.geomspace(1e-3, 2.0, 500)
_PANELS = panels(tuple(np.linspace(np.log(1e-6), 0.0, 57)), 9)  # in ln ω


class BothCounts(NamedTuple):
    """A quantity by the paper's saddle point and by the exact count (n,), at ω/ω_D or T/T_D."""

    x: np.ndarray
    saddle: np.ndarray
    exact: np.ndarray


def ground() -> BothCounts:
    """T_gρ(ω), no coupling."""
    omega, spectrum = jnp.asarray(_WIDE_OMEGA), figure_data.spectrum(None)
    approximate = counting.ground_density(omega, RATIO, spectrum)
    exact = levels.exact_ground_density(omega, RATIO, levels.discrete_levels())
    return BothCounts(_WIDE_OMEGA, np.asarray(approximate), np.asarray(exact))


def excited() -> dict[float, BothCounts]:
    """T_gρ_exc(ω, T), no coupling, by temperature."""
    omega, T, spectrum = (
        jnp.asarray(_WIDE_OMEGA),
        jnp.asarray(EXCITED_TEMPERATURES),
        figure_data.spectrum(None),
    )
    approximate = counting.excited_density(omega, T, RATIO, spectrum)
    exact = levels.exact_excited_density(omega, T, RATIO, levels.discrete_levels(), tabulate(spectrum))
    return {
        float(t): BothCounts(_WIDE_OMEGA, np.asarray(approximate[i]), np.asarray(exact[i]))
        for i, t in enumerate(T)
    }


@lru_cache(maxsize=1)
def conductivity() -> dict[str, BothCounts]:
    """κ without coupling to phonons, and with it for the three T_g/ω_D of Fig. 19."""
    found = {"no coupling": _conductivity(None)}
    for tg in figure_data.RATIOS:
        found[f"T_g/ω_D = {tg:g}"] = _conductivity(tg)
    return found


def _conductivity(tg: float | None) -> BothCounts:
    spectrum = figure_data.spectrum(tg)
    count = (
        levels.discrete_levels() if tg is None else levels.coarsened(levels.broadened_levels(spectrum), 0.003)
    )
    ratio = RATIO if tg is None else tg
    table = tabulate(spectrum)
    omega = jnp.asarray(np.exp(_PANELS.nodes))
    approximate, exact = [], []
    for T in CONDUCTIVITY_TEMPERATURES:
        by_saddle, by_count = _at(jnp.asarray([T]), omega, ratio, table, count)
        approximate.append(float(by_saddle))
        exact.append(float(by_count))
    return BothCounts(CONDUCTIVITY_TEMPERATURES, np.asarray(approximate), np.asarray(exact))


@jax.jit
def _at(
    T: jax.Array, omega: jax.Array, tg: ArrayLike, table: CanonicalTable, count: levels.Levels
) -> tuple[jax.Array, jax.Array]:
    """κ/κ₀ by the saddle point and by the exact count, at one T (1,), with the same quadrature (Eq. 48)."""
    x = omega / T[0]
    mode = jnp.where(x < 500, x**2 * jnp.exp(-x) / jnp.expm1(-x) ** 2, 0.0)
    weight = jnp.asarray(_PANELS.weights) * omega**2 * mode
    ground = saddle.log_ground_density(omega, tg, table)
    rest = saddle.log_excited_density(omega, T, tg, table)[0]
    total = levels.exact_ground_density(omega, tg, count)
    total = total + levels.exact_excited_density(omega, T, tg, count, table)[0]
    by_saddle = _BARE * jnp.exp(-jnp.logaddexp(ground, rest)) + 1
    return jnp.sum(weight * by_saddle), jnp.sum(weight * (_BARE / total + 1))

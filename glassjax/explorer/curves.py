"""The computation behind the page: curves, misfits and stability at the sliders' values, in one compiled program.

The program takes theory, glass and temperatures as arguments of fixed shapes, so that every glass, and every browser,
uses the same one: 5 s to compile, 7 ms a call (κ, C and α at 288 temperatures each, on one core in float64).
"""

import dataclasses
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..errors import GlassjaxError
from ..glass import Glass
from ..lubchenko_wolynes import ripplons
from ..lubchenko_wolynes.model import LubchenkoWolynes
from ..problem.compiling import quick_jit
from ..problem.selection import DataSet
from ..quantities import QUANTITIES
from ..theory import evaluate
from .scene import NAMES, Scene

POINTS = 96  # temperatures of a curve
_ROWS = 192  # room for the temperatures of measured rows; more of them take a multiple, and a program of their own


@dataclasses.dataclass(frozen=True)
class Misfit:
    """How far the theory is from one data set.

    ``rms`` is that of ln(measured/theory), and of (measured - theory)/error for the expansion. Rows that are only
    compared with have the role "check".
    """

    name: str
    quantity: str
    role: str
    rows: int
    rms: float


@dataclasses.dataclass(frozen=True, eq=False)
class Curves:
    """What the page shows at one set of values.

    Attributes
    ----------
    values : mapping
        The sliders.
    softening : float
        ς of Sec. IV.F; the spectrum is stable below 1.
    omega_c_limit, tg_limit : float
        Where ς = 1, the other one held fixed.
    T : (POINTS,) in K
    found : by quantity (POINTS,) in SI units; empty where the spectrum is unstable
    misfits : of every data set; empty where the spectrum is unstable
    """

    values: Mapping[str, float]
    softening: float
    omega_c_limit: float
    tg_limit: float
    T: np.ndarray
    found: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    misfits: tuple[Misfit, ...] = ()

    @property
    def stable(self) -> bool:
        """Whether the lowest ripplon has a positive frequency."""
        return self.softening < 1

    def of(self, quantity: str) -> np.ndarray:
        """Return the curve of a quantity (POINTS,) in SI units.

        Raises
        ------
        GlassjaxError
            Where the spectrum is unstable.
        """
        if not self.found:
            raise GlassjaxError(self.trouble)
        return self.found[quantity]

    @property
    def trouble(self) -> str:
        """What is wrong where there are no curves, how far it is, and the remedy; empty where there are."""
        if self.stable:
            return "" if self.found else "the theory gives no finite number here; move a slider back"
        values = self.values
        return (
            f"the lowest ripplon is unstable at tg = {values['tg']:.4g} and omega_c = {values['omega_c']:.4g}: its "
            f"softening is {self.softening:.3f} and must stay below 1; choose omega_c below "
            f"{self.omega_c_limit:.4g} or tg below {self.tg_limit:.4g}"
        )


@dataclasses.dataclass(frozen=True)
class Elasticity:
    """By how much the curves follow one parameter p at one temperature.

    ``kappa`` and ``heat_capacity`` are ∂ln κ/∂ln p and ∂ln C/∂ln p, ``expansion`` is ∂α/∂ln p in 1/K; where p is 0,
    and ``logarithmic`` False, the derivatives are by p.
    """

    name: str
    kappa: float
    heat_capacity: float
    expansion: float
    logarithmic: bool


def compute(scene: Scene, values: Mapping[str, float]) -> Curves:
    """Evaluate the theory and its distance from the data with the sliders at ``values``."""
    values = {**scene.start, **values}
    ranges = [scene.temperatures(quantity) for quantity in QUANTITIES]
    T = np.geomspace(min(low for low, _ in ranges), max(high for _, high in ranges), POINTS)
    rows = {quantity: _rows(scene, quantity) for quantity in QUANTITIES}
    grids = {quantity: np.concatenate([T, _padded(rows[quantity])]) for quantity in QUANTITIES}
    glass: Any = scene.glass.replace(name="glass")  # a name of its own would be a program of its own
    glass = jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype=float), glass)
    found, softening, limit = _program()(
        scene.theory_at(values), glass, grids, jnp.asarray(scene.time, float)
    )
    softening = float(softening)
    stability = {
        "softening": softening,
        "omega_c_limit": float(limit),
        "tg_limit": values["tg"] / softening if softening > 0 else np.inf,
    }
    curves = {q: np.asarray(y) * scene.factors.get(q, 1.0) for q, y in found.items()}
    if softening >= 1 or not all(np.all(np.isfinite(y)) for y in curves.values()):
        return Curves(values, T=T, **stability)
    misfits = _misfits(scene, {q: y[POINTS : POINTS + len(rows[q])] for q, y in curves.items()})
    return Curves(values, T=T, found={q: y[:POINTS] for q, y in curves.items()}, misfits=misfits, **stability)


@cache
def _program() -> Any:
    """Compiled curves (n,) by quantity, softening, and the omega_c at which that is 1."""

    def run(
        theory: LubchenkoWolynes, glass: Glass, grids: Mapping[str, Any], time: Any
    ) -> tuple[dict[str, Any], Any, Any]:
        tg = theory.energy_ratio(glass)
        limit = ripplons.omega_c_from_softening(1.0, tg, theory.xi, glass.fragility, theory.smearing)
        found = {quantity: evaluate(theory, quantity, T, glass, time) for quantity, T in grids.items()}
        return found, theory.softening(glass), limit

    return quick_jit(run)


def _rows(scene: Scene, quantity: str) -> np.ndarray:
    """Temperatures (n,) of all measured rows of a quantity, one data set after the other."""
    found = [entry.used.temperature for entry in scene.data if entry.quantity == quantity]
    return np.concatenate(found) if found else np.empty(0)


def _padded(T: np.ndarray) -> np.ndarray:
    room = _ROWS * max(1, -(-len(T) // _ROWS))
    return np.concatenate([T, np.ones(room - len(T))])


def _misfits(scene: Scene, theory: Mapping[str, np.ndarray]) -> tuple[Misfit, ...]:
    """Compare every data set with the theory's values at its rows, which follow one another by quantity."""
    rest = {quantity: iter(values) for quantity, values in theory.items()}
    return tuple(
        _misfit(entry, np.fromiter(islice(rest[entry.quantity], len(entry.used)), float))
        for entry in scene.data
    )


def _misfit(entry: DataSet, theory: np.ndarray) -> Misfit:
    measured = entry.used
    if not QUANTITIES[entry.quantity].logarithmic:
        residual = (measured.value - theory) / np.sqrt(np.diagonal(measured.covariance()))
    else:
        residual = np.log(measured.value / theory)
    rms = float(np.sqrt(np.mean(residual**2)))
    return Misfit(measured.name, entry.quantity, entry.role, len(measured), rms)


def elasticities(scene: Scene, values: Mapping[str, float], T: float) -> tuple[Elasticity, ...]:
    """Differentiate the curves by every slider's parameter at ``T`` in K; the first call compiles for some 15 s.

    Raises
    ------
    UnstableSpectrumError
        Where the spectrum is unstable.
    """
    from ..sensitivities import sensitivity

    theory = scene.theory_at({**scene.start, **values})
    glass = scene.glass.replace(name="glass")
    found = sensitivity(theory, glass, [T], parameters=NAMES, time=scene.time)
    numbers = np.asarray(found["elasticity"])[:, :, 0]
    numbers[list(QUANTITIES).index("expansion")] *= scene.factors.get("expansion", 1.0)
    logarithmic = np.asarray(found["logarithmic"])
    return tuple(
        Elasticity(name, float(kappa), float(capacity), float(expansion), bool(by_logarithm))
        for name, kappa, capacity, expansion, by_logarithm in zip(NAMES, *numbers, logarithmic, strict=True)
    )

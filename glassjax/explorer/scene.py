"""What is explored: a glass with its data, the theory that the sliders start from, and the sliders."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..errors import GlassjaxError, suggest
from ..glass import GLASS_CONSTANTS, Glass
from ..lubchenko_wolynes.model import LubchenkoWolynes
from ..problem.naming import is_physical
from ..problem.selection import DataSet
from ..quantities import QUANTITIES
from ..validity import beyond

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study

DEFAULTS = "the theory's defaults"
FITTED = "the fitted values"
# name -> (symbol in plain text, unit, whether the slider is logarithmic, whether it is shown at once)
_SHOWN: Mapping[str, tuple[str, str, bool, bool]] = {
    "tg": ("T_g/T_D", "", False, True),
    "omega_c": ("ω_c", "(a/ξ) ω_D", False, True),
    "c": ("c", "", False, True),
    "B": ("B", "", False, True),
    "R": ("R", "", True, True),
    "xi": ("ξ/a", "", False, True),
    "A1": ("A₁", "", True, False),
    "gamma0": ("γ₀", "", False, False),
    "floor": ("f", "", True, False),
    "alpha_exc": ("α", "", True, False),
    "vertical_weight": ("n_v", "", False, False),
}
NAMES: tuple[str, ...] = tuple(_SHOWN)
_MEANING = {"tg": "ratio of the two energy scales, in the ripplons' coupling"}


@dataclasses.dataclass(frozen=True)
class Control:
    """One slider.

    Attributes
    ----------
    name : str
        Of the theory's parameter.
    symbol, unit, meaning : str
        Plain text.
    low, high, start : float
        Ends, and where it stands at first.
    logarithmic : bool
        Whether equal steps are equal ratios.
    first : bool
        Whether it is shown at once, not under "more".
    """

    name: str
    symbol: str
    unit: str
    meaning: str
    low: float
    high: float
    start: float
    logarithmic: bool
    first: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


def controls(start: Mapping[str, float]) -> tuple[Control, ...]:
    """Return the sliders at the values ``start``, every one of `NAMES`; a range gives way to a start outside of it."""
    known = {parameter.name: parameter for parameter in LubchenkoWolynes.parameters()}
    found = []
    for name, (symbol, unit, logarithmic, first) in _SHOWN.items():
        parameter, value = known[name], start[name]
        low, high = parameter.low, parameter.high
        if value > high:
            high = 1.5 * value
        if value < low:
            low = value / 1.5 if logarithmic else value
        meaning = _MEANING.get(name, parameter.meaning)
        found.append(Control(name, symbol, unit, meaning, low, high, value, logarithmic, first))
    return tuple(found)


def read_values(given: Mapping[str, Any], sliders: tuple[Control, ...]) -> dict[str, float]:
    """Return a number for every slider from what a browser sent; what it left out stands at the start.

    Raises
    ------
    GlassjaxError
        If a name is none of the sliders', or a value no number between its ends.
    """
    known = {slider.name: slider for slider in sliders}
    values = {name: slider.start for name, slider in known.items()}
    for name, value in given.items():
        if name not in known:
            raise GlassjaxError(
                f"there is no slider '{name}'{suggest(name, known)}; there are {', '.join(known)}"
            )
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        slider = known[name]
        if not slider.low <= number <= slider.high:
            raise GlassjaxError(f"{name} must be a number from {slider.low:g} to {slider.high:g}")
        values[name] = number
    return values


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """A glass, its data, and where the sliders start.

    Attributes
    ----------
    name, title : str
        Of the glass or the study.
    glass : Glass
    glass_name : str
        What a study file calls the glass: a shipped name or the path of its folder; empty where neither is known.
    theory : LubchenkoWolynes
        At the start, ``tg`` a number.
    tied : bool
        Whether that ``tg`` is the glass's own T_g/T_D.
    data : tuple of DataSet
    origin : str
        What the start is, as in "the fitted values".
    time : float
        Observation time of C and α in s.
    factors : mapping
        Common factor on the theory's curve of a quantity, which a fit found for the scale of its data.
    own_data : bool
        Whether the data are those that the glass's own record lists.
    """

    name: str
    title: str
    glass: Glass
    glass_name: str
    theory: LubchenkoWolynes
    tied: bool
    data: tuple[DataSet, ...]
    origin: str
    time: float = 10.0
    factors: Mapping[str, float] = dataclasses.field(default_factory=dict)
    own_data: bool = False

    @property
    def start(self) -> dict[str, float]:
        """Value of every slider at the start."""
        return {name: float(np.asarray(getattr(self.theory, name))) for name in NAMES}

    @property
    def controls(self) -> tuple[Control, ...]:
        """The sliders."""
        return controls(self.start)

    @property
    def fitted(self) -> bool:
        """Whether a fit found the start."""
        return self.origin == FITTED

    def theory_at(self, values: Mapping[str, float]) -> LubchenkoWolynes:
        """Return the theory with the sliders at ``values``; all its numbers are arrays, as `curves` wants them."""
        theory: Any = eqx.tree_at(
            lambda t: [getattr(t, name) for name in values], self.theory, list(values.values())
        )
        return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype=float), theory)

    def temperatures(self, quantity: str) -> tuple[float, float]:
        """Range in K to show of a quantity: where the theory is meant to hold, and all data."""
        T = [
            float(t)
            for entry in self.data
            if entry.quantity == quantity
            for t in entry.used.temperature[[0, -1]]
        ]
        debye = float(np.asarray(self.glass.debye_temperature))
        low, (_, high) = QUANTITIES[quantity].coldest, beyond(self.theory.validity, quantity, (), debye)
        return min([low, *(0.8 * t for t in T)]), max([high, *(1.25 * t for t in T)])


def of_glass(name: str | Path) -> Scene:
    """Return a glass, shipped or from the path of a glass.toml, with the theory's defaults.

    Where a study of that name is shipped, its choice of rows, its fixed parameters and its observation time hold.
    """
    from ..datasets import list_glasses, load_record
    from ..problem.study_file import list_studies
    from ..study import Study

    if name in list_glasses() and name in list_studies():
        return of_study(Study.load(name))
    record = load_record(name)
    shipped = name in list_glasses()
    data = tuple(
        DataSet(measurement, entry.role)
        for entry, measurement in zip(record.data, record.measurements(), strict=True)
    )
    return _scene(
        record.name,
        record.title,
        record.glass,
        record.name if shipped else str(record.folder.resolve()),
        LubchenkoWolynes(),
        data,
        DEFAULTS,
        own_data=True,
    )


def of_study(study: "Study") -> Scene:
    """Return the glass and the data of a study, not fitted: the theory's defaults and what the study fixes."""
    require_theory(study)
    fixed = {name: value for name, value in study.parameters.items() if is_physical(name)}
    glass = study.glass.replace(**{name: fixed.pop(name) for name in GLASS_CONSTANTS if name in fixed})
    return _of_plan(study, glass, study.theory.at(fixed, glass), DEFAULTS, study.parameters)


def of_result(result: "Result") -> Scene:
    """Return the glass and the data of a fit, at its maximum a posteriori."""
    require_theory(result.study)
    values = {name: float(np.asarray(value)) for name, value in result.study.complete(result.best).items()}
    return _of_plan(result.study, result.glass, result.theory, FITTED, values)


def require_theory(study: "Study") -> None:
    """Refuse a study of another theory."""
    if not isinstance(study.theory, LubchenkoWolynes):
        raise GlassjaxError(
            f"study '{study.name}' is of the theory {type(study.theory).__name__}, and the sliders are those of "
            "lubchenko-wolynes; choose a study of it"
        )


def _of_plan(study: "Study", glass: Glass, theory: Any, origin: str, values: Mapping[str, float]) -> Scene:
    factors = {
        quantity: float(np.exp(values[f"scale.{quantity}"]))
        for quantity in study.quantities
        if f"scale.{quantity}" in values
    }
    return _scene(
        study.name,
        study.title or study.glass.name,
        glass,
        _find_glass(study.glass),
        theory,
        study.data,
        origin,
        time=study.time,
        factors=factors,
    )


def _scene(
    name: str,
    title: str,
    glass: Glass,
    glass_name: str,
    theory: LubchenkoWolynes,
    data: Sequence[DataSet],
    origin: str,
    **more: Any,
) -> Scene:
    tied = theory.tg is None
    if tied:
        theory = dataclasses.replace(theory, tg=glass.tg)
    theory.check(glass)
    return Scene(name, title, glass, glass_name, theory, tied, tuple(data), origin, **more)


def _find_glass(glass: Glass) -> str:
    """Name of the shipped glass that has these constants, or an empty string."""
    from ..datasets import list_glasses, load_glass

    if glass.name in list_glasses() and bool(load_glass(glass.name) == glass):
        return glass.name
    return ""

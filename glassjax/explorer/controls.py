"""The sliders: which parameters of Lubchenko and Wolynes' theory they move, and between which ends."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from ..errors import GlassjaxError, suggest
from ..lubchenko_wolynes.model import LubchenkoWolynes

__all__ = ["NAMES", "Control", "controls", "read_values"]

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

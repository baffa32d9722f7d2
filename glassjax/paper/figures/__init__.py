"""The figures of the paper that are calculations, each a function that returns a matplotlib figure in the house style.

`FIGURES` maps the name of the file to the function; the function's docstring is the caption.
"""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from ...plotting.house import housed
from .domains import (
    aging,
    barrier_profile,
    boson_peak,
    droplet_free_energy,
    form_factor,
    gas_filled_shell,
    level_repulsion,
    observed_heat_capacity,
    stiffening,
    stretching,
)
from .scattering import (
    choices,
    contour,
    excited_orders,
    ground_orders,
    plateau,
    populations,
    saddle_accuracy,
    sharp_rule,
    universality,
)

__all__ = ["FIGURES", "caption"]

_DRAWN: Mapping[str, Callable[[], Figure]] = {
    "fig-01": universality,
    "fig-04": droplet_free_energy,
    "fig-06": stretching,
    "fig-08": aging,
    "fig-10": barrier_profile,
    "fig-11": observed_heat_capacity,
    "fig-13": gas_filled_shell,
    "fig-15": boson_peak,
    "fig-16": contour,
    "fig-17": ground_orders,
    "fig-18": excited_orders,
    "fig-19": plateau,
    "fig-20": sharp_rule,
    "fig-22": level_repulsion,
    "fig-23": stiffening,
    "fig-24": form_factor,
    "saddle-accuracy": saddle_accuracy,
    "populations": populations,
    "choices": choices,
}
FIGURES: Mapping[str, Callable[[], Figure]] = {name: housed(draw) for name, draw in _DRAWN.items()}


def caption(name: str) -> str:
    """Return the caption of a figure, on one line."""
    return " ".join((FIGURES[name].__doc__ or "").split())

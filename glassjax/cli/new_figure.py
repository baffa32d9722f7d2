"""The picture of a new study: all that was read, over what the theory's priors allow, so that a wrong unit shows."""

from typing import TYPE_CHECKING

import numpy as np

from ..plotting.fits import draw_points, prior, total_error
from ..plotting.house import Panels, housed, new_panels
from ..plotting.style import legend_below, prepare, scaled
from ..quantities import QUANTITIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..study import Study

DRAWS = 100
_MARGIN = 1.15


@housed
def picture(study: "Study") -> Panels:
    """Draw the data of a study with error bars over the bands of its priors; rows that are not fitted are hollow.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Panels (q,), the fitted quantities and then those only shown: κ logarithmically, C as C/T³, α linearly.
    """
    fitted = study.quantities
    shown = [q for q in QUANTITIES if q not in fitted and any(entry.quantity == q for entry in study.checks)]
    axes = new_panels(len(fitted) + len(shown))
    prior(study, axes[: len(fitted)], draws=DRAWS)
    for ax, quantity in zip(axes[len(fitted) :], shown, strict=True):
        prepare(ax, quantity)
    for ax, quantity in zip(axes, (*fitted, *shown), strict=True):
        _draw_rest(ax, study, quantity)
        legend_below(ax)
    return axes


def _draw_rest(ax: "Axes", study: "Study", quantity: str) -> None:
    """Draw the rows of a quantity that the study does not fit, and widen the axis to them."""
    label = "not fitted"
    for entry in study.data:
        data = entry.measurement
        kept = entry.role == "fit" and np.isin(data.temperature, entry.used.temperature)
        T = data.temperature[~kept] if entry.role == "fit" else data.temperature
        if entry.quantity != quantity or not len(T):
            continue
        rest = np.isin(data.temperature, T)
        value, bars = (scaled(quantity, T, column[rest]) for column in (data.value, total_error(data)))
        low, high = ax.get_xlim()
        draw_points(ax, T, value, bars, color="0.5", marker="o", markerfacecolor="none", label=label)
        label = "_nolegend_"
        ax.set_xlim(min(low, T[0] / _MARGIN), max(high, T[-1] * _MARGIN))

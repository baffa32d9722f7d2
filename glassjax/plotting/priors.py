"""What the data added: the prior of each parameter against its posterior."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .house import Panels, housed, new_panels
from .posterior import free_parameters
from .style import BAND, LINE, VERMILION, legend_above, pick_axes

Result = Any  # a Maximum or a Posterior
COLUMNS = 4
CENTRAL = (0.02, 0.98)  # part of the prior that is shown even where the posterior is not
DECADES = 200.0  # a positive parameter that spans more than this ratio is drawn on a logarithmic axis


@housed
def priors(result: Result, axes: Sequence[Axes] | np.ndarray | None = None, columns: int = COLUMNS) -> Panels:
    """Draw the densities of the prior (dashed) and of the posterior (filled) of each free parameter.

    The two look alike where the data say nothing. Each panel spans the central 96 % of the prior and all but
    the outermost draws; where that is a ratio above 200, the axis is logarithmic and the densities are those of the
    logarithm.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : p axes for p free parameters, optional
        Made if not given.
    columns : int
        Panels side by side, where the axes are made.

    Returns
    -------
    Panels (p,)
    """
    free = free_parameters(result)
    count = len(free)
    if axes is None:
        axes = new_panels(count, 2.6, 2.2, columns=columns, narrowest=1.6)
    panels = pick_axes(axes, count, "priors")
    for ax, parameter in zip(panels, free, strict=True):
        _densities(ax, result.study.free[parameter.name], parameter.draws.ravel(), parameter.unit)
        ax.axvline(parameter.best, color=VERMILION, linewidth=1.0, label="maximum a posteriori")
        ax.set_xlabel(parameter.label)
        ax.set_ylim(bottom=0.0)
        ax.set_yticks([])
    found = Panels.of(panels)
    legend_above(panels)
    return found


def _densities(ax: Axes, prior: Any, draws: np.ndarray, unit: float) -> None:
    """Draw both densities of a parameter in units of ``unit``, with equal areas on the axis."""
    shown = np.quantile(draws, [0.002, 0.998])
    known = prior.quantile(CENTRAL) / unit
    ends = np.array([min(shown[0], known[0]), max(shown[1], known[1])])
    logarithmic = ends[0] > 0 and ends[1] > DECADES * ends[0]
    to_axis, from_axis = (np.log, np.exp) if logarithmic else (np.asarray, np.asarray)
    span, width = to_axis(ends), np.diff(to_axis(shown))[0]
    # Bins as wide as a twentieth of the posterior keep it smooth however far the prior reaches.
    bins = int(np.clip(20 * (span[1] - span[0]) / max(width, 1e-300), 20, 400))
    heights, edges = np.histogram(to_axis(draws), bins=bins, range=tuple(span), density=True)
    ax.stairs(heights, from_axis(edges), fill=True, color=BAND, label="posterior")
    x = from_axis(np.linspace(span[0], span[1], 400))
    density = prior.frozen.pdf(x * unit) * unit * (x if logarithmic else 1.0)
    ax.plot(x, density, color=LINE, linestyle="--", linewidth=1.2, label="prior")
    if logarithmic:
        ax.set_xscale("log")
    ax.set_xlim(*ends)

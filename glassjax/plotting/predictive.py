"""Do the data look as the fit says that they should? Whitened residuals against the unit normal."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from ..quantities import QUANTITIES
from ..random_streams import generator
from .house import Panels, housed, new_panels
from .style import BAND, LINE, VERMILION, finish, pick_axes

LEVEL = 0.95
TRIALS = 2000
FAR = 3.0  # standard deviations


@housed
def predictive(result: Any, axes: Sequence[Axes] | np.ndarray | None = None) -> Panels:
    """Draw the whitened residuals of every quantity in order against normal quantiles, with a simultaneous band.

    If theory, discrepancy and stated errors are right all points of a panel lie within the band in 95 of 100 cases,
    along the diagonal. A steeper line: the errors are too small. A flatter one: they are too large. Ends that leave:
    outliers, of which those beyond 3 standard deviations are red.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : axes, one a quantity, optional
        Made if not given.

    Returns
    -------
    Panels (quantities,)
    """
    parts = result.whitened.parts
    panels = Panels.of(new_panels(len(parts)) if axes is None else pick_axes(axes, len(parts), "predictive"))
    for ax, part in zip(panels.ravel(), parts, strict=True):
        n = len(part.white)
        expected = stats.norm.ppf((np.arange(1, n + 1) - 0.5) / n)
        values = np.sort(part.white)
        low, high = _band(n)
        if n > 1:
            ax.fill_between(
                expected, low, high, color=BAND, linewidth=0, label=f"{LEVEL:.0%} of right models"
            )
        else:
            ax.vlines(expected, low, high, color=BAND, linewidth=6, label=f"{LEVEL:.0%} of right models")
        reach = 1.1 * max(2.0, float(np.max(np.abs([*expected, *values, *low, *high]))))
        ax.plot([-reach, reach], [-reach, reach], color=LINE, linewidth=0.8)
        far = np.abs(values) > FAR
        ax.plot(expected[~far], values[~far], "o", color="black", label=f"whitened residuals ({n})")
        if np.any(far):
            ax.plot(expected[far], values[far], "o", color=VERMILION, label=f"beyond {FAR:g} σ")
        across = 1.15 * max(1.0, float(expected[-1]))
        ax.set_xlim(-across, across)
        ax.set_ylim(-reach, reach)
        ax.set_xlabel("expected of a unit normal")
        ax.set_ylabel("whitened residual [σ]")
        ax.set_title(QUANTITIES[part.quantity].title)
        ax.grid(True)
        finish(ax)
    return panels


def _band(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (n,) between which all ``n`` ordered unit normals lie, with the probability `LEVEL`."""
    order = np.arange(1, n + 1)
    uniform = np.sort(generator(n, "band of quantiles").random((TRIALS, n)), axis=1)
    below = stats.beta.cdf(uniform, order, n + 1 - order)
    tail = float(np.quantile(np.min(np.minimum(below, 1 - below), axis=1), 1 - LEVEL))
    ends = stats.norm.ppf(stats.beta.ppf([[tail], [1 - tail]], order, n + 1 - order))
    return ends[0], ends[1]

"""Which parameters the data cannot tell apart."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .house import housed, new_panels
from .style import figure_of, symbol_label

Result = Any  # a Maximum or a Posterior
PALE = 0.6  # correlations beyond it stand in white on their colour


@housed
def correlations(result: Result, ax: Axes | None = None) -> Axes:
    """Draw the correlation matrix of the draws as a heat map, each number in its cell.

    Parameters
    ----------
    result : Maximum or Posterior
    ax : axes, optional
        Made if not given.
    """
    labels = [symbol_label(row["symbol"]) for row in result.table]
    count = len(labels)
    size = 1.6 + 0.62 * count
    panel: Axes = new_panels(1, size + 0.7, size)[0] if ax is None else ax
    draws = np.stack([result.draws[row["name"]] for row in result.table])
    matrix = np.corrcoef(draws).reshape(count, count)
    picture = panel.imshow(matrix, cmap="RdBu_r", vmin=-1.0, vmax=1.0)
    for row in range(count):
        for column in range(count):
            r = matrix[row, column]
            colour = "white" if abs(r) > PALE else "black"
            panel.text(column, row, f"{r:+.2f}", ha="center", va="center", color=colour, fontsize="small")
    panel.set_xticks(range(count), labels)
    panel.set_yticks(range(count), labels)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    bar = figure_of(panel).colorbar(picture, ax=panel, shrink=0.8)
    bar.set_label("correlation")
    return panel

"""Which parameters the data cannot tell apart."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import figure_of, new_figure, pick_axes, symbol_label

__all__ = ["correlations"]

Result = Any  # a Maximum or a Posterior
PALE = 0.6  # correlations beyond it stand in white on their colour


def correlations(result: Result, ax: Axes | None = None) -> Figure:
    """Draw the correlation matrix of the draws as a heat map, each number in its cell.

    Parameters
    ----------
    result : Maximum or Posterior
    ax : axes, optional
        Made if not given.
    """
    labels = [symbol_label(row["symbol"]) for row in result.table]
    count = len(labels)
    if ax is None:
        size = 1.6 + 0.62 * count
        ax = new_figure(1, 1, size + 0.7, size)[1][0, 0]
    [ax] = pick_axes([ax], 1, "correlations")
    draws = np.stack([result.draws[row["name"]] for row in result.table])
    matrix = np.corrcoef(draws).reshape(count, count)
    picture = ax.imshow(matrix, cmap="RdBu_r", vmin=-1.0, vmax=1.0)
    for row in range(count):
        for column in range(count):
            r = matrix[row, column]
            colour = "white" if abs(r) > PALE else "black"
            ax.text(column, row, f"{r:+.2f}", ha="center", va="center", color=colour, fontsize=8)
    ax.set_xticks(range(count), labels)
    ax.set_yticks(range(count), labels)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    figure = figure_of([ax])
    bar = figure.colorbar(picture, ax=ax, shrink=0.8)
    bar.set_label("correlation")
    return figure

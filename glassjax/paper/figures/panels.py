"""What all figures of the paper share: the size for one column of print, and axes."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...plotting.house import new_figure as _new_figure


def new_figure(
    rows: int = 1, columns: int = 1, width: float = 4.6, height: float = 3.6
) -> tuple[Figure, np.ndarray]:
    """Return a figure of panels of ``width`` × ``height`` inches, and its axes (rows, columns)."""
    return _new_figure(rows, columns, width * columns, height * rows)


def one_panel() -> tuple[Figure, Axes]:
    """Return a figure of one panel, and its axes."""
    figure, axes = new_figure()
    return figure, axes[0, 0]


def logarithmic(ax: Axes, x: str, y: str) -> None:
    """Make both axes logarithmic and name them."""
    ax.set(xscale="log", yscale="log", xlabel=x, ylabel=y)


def finish(ax: Axes, *, loc: str = "best", title: str = "") -> None:
    """Draw the grid and the legend."""
    ax.grid(True, which="major")
    if title:
        ax.set_title(title)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc=loc)

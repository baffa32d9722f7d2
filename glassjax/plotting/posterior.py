"""The parameters of a fit: pairwise distributions and the history of the chains."""

import math
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from scipy import ndimage, stats

from .house import Panels, empty_figure, housed, new_figure
from .style import BAND, CHAIN_COLOURS, LINE, VERMILION, pick_axes, symbol_label

__all__ = ["corner", "free_parameters", "trace"]

Result = Any  # a Maximum or a Posterior
_ROOMY = 0.8  # inches a parameter from which on tick labels lie side by side


@housed
def corner(result: Result, axes: np.ndarray | None = None, level: float = 0.89) -> Panels:
    """Draw the distribution of each free parameter and of each pair.

    Below the diagonal a density of draws with the contours that hold half of them and ``level`` of them; the
    best fit as a line or a cross. Above the diagonal the correlation.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : axes (p, p) for p free parameters, optional
        Made if not given.
    level : float
        Probability inside the outer contour and between the dotted lines.

    Returns
    -------
    Panels (p, p)
    """
    free = free_parameters(result)
    draws = {parameter.label: parameter.draws.ravel() for parameter in free}
    best = {parameter.label: parameter.best for parameter in free}
    count = len(free)
    if axes is None:
        axes = _grid(count)
    grid = Panels.of(pick_axes(axes, count * count, "corner")).reshape(count, count)
    roomy = grid[0, 0].figure.get_figwidth() > _ROOMY * count
    # A few draws far out would squeeze all others into a corner.
    spans = {label: np.quantile(values, [0.002, 0.998]) for label, values in draws.items()}
    for row, down in enumerate(draws):
        for column, across in enumerate(draws):
            ax = grid[row, column]
            ax.tick_params(labelsize="small" if roomy else "x-small", labelrotation=0)
            ax.tick_params(axis="x", labelrotation=0 if roomy else 90)
            ax.locator_params(nbins=3 if roomy else 2)
            if column < row:
                _pair(ax, draws[across], draws[down], (spans[across], spans[down]), level)
                ax.plot(best[across], best[down], "+", color=VERMILION, markersize=7)
            elif column == row:
                _marginal(ax, draws[down], spans[down], level)
                ax.axvline(best[down], color=VERMILION, linewidth=1.0)
            else:
                ax.set_axis_off()
                r = np.corrcoef(draws[across], draws[down])[0, 1]
                ax.text(
                    0.5,
                    0.5,
                    f"{r:+.2f}",
                    ha="center",
                    va="center",
                    transform=ax.transAxes,
                    fontsize=6 + 4 * abs(r),
                )
            if row < count - 1:
                ax.tick_params(labelbottom=False)
            if column > 0 or row == 0:
                ax.tick_params(labelleft=False)
            if row == count - 1:
                ax.set_xlabel(across.replace(" [", "\n["), fontsize="medium" if roomy else "small")
            if column == 0 and row > 0:
                ax.set_ylabel(down.replace(" [", "\n["), fontsize="medium" if roomy else "small")
    return grid


@housed
def trace(result: Result, axes: np.ndarray | None = None) -> Panels:
    """Draw each parameter's draws in order, and the ranks of each chain's draws among all: flat if alike.

    Parameters
    ----------
    result : Posterior
    axes : axes (p, 2) for p free parameters, optional
        Made if not given.

    Returns
    -------
    Panels (p, 2)
    """
    free = free_parameters(result)
    if axes is None:
        _, axes = new_figure(len(free), 2, 9.0, 0.6 + 1.1 * len(free), as_high=True)
    grid = Panels.of(pick_axes(axes, 2 * len(free), "trace")).reshape(-1, 2)
    for (left, right), parameter in zip(grid, free, strict=True):
        values = parameter.draws
        ranks = stats.rankdata(values).reshape(values.shape) / values.size
        for chain, colour in zip(range(values.shape[0]), CHAIN_COLOURS * values.shape[0], strict=False):
            left.plot(values[chain], color=colour, linewidth=0.4)
            right.hist(ranks[chain], bins=20, range=(0, 1), histtype="step", density=True, color=colour)
        left.set_ylabel(parameter.label)
        right.axhline(1.0, color="0.5", linewidth=0.6, linestyle=":")
        right.set_ylim(bottom=0.0)
    grid[0, 0].set_title("draws of each chain")
    grid[0, 1].set_title("ranks of its draws")
    grid[-1, 0].set_xlabel("draw")
    grid[-1, 1].set_xlabel("rank / draws")
    return grid


class FreeParameter(NamedTuple):
    """A free parameter as it is drawn: very small and very large numbers carry their power of ten in the label."""

    name: str
    label: str
    draws: np.ndarray  # (chain, draw), in units of ``unit``
    best: float
    unit: float  # the power of ten


def free_parameters(result: Result) -> list[FreeParameter]:
    """Free parameters in the order of the result's table."""
    posterior = result.tree["posterior"]
    found = []
    for row in result.table:
        draws = np.asarray(posterior[row["name"]].transpose("chain", "draw"))
        size = float(np.quantile(np.abs(draws), 0.9))
        exponent = math.floor(math.log10(size)) if size > 0 else 0
        if -3 <= exponent <= 4:
            exponent = 0
        label = symbol_label(row["symbol"], row["unit"], exponent)
        unit = 10.0**exponent
        found.append(FreeParameter(row["name"], label, draws / unit, result.best[row["name"]] / unit, unit))
    return found


def _grid(count: int) -> Panels:
    """Square panels (count, count) at fixed places: letting matplotlib arrange so many is slow."""
    size = 1.0 + 1.3 * count
    figure = empty_figure(size, size, layout="none")
    margin = 0.62 / figure.get_figwidth()
    axes = figure.subplots(
        count,
        count,
        squeeze=False,
        gridspec_kw={
            "left": margin,
            "bottom": margin,
            "right": 1 - margin / 4,
            "top": 1 - margin / 4,
            "wspace": 0.1,
            "hspace": 0.1,
        },
    )
    return Panels.of(axes)


def _marginal(ax: Axes, values: np.ndarray, span: np.ndarray, level: float) -> None:
    ax.hist(values, bins=30, range=tuple(span), density=True, color=BAND, edgecolor="none")
    for bound in np.quantile(values, [(1 - level) / 2, (1 + level) / 2]):
        ax.axvline(bound, color=LINE, linewidth=0.8, linestyle=":")
    ax.set_xlim(*span)
    ax.set_yticks([])


def _pair(ax: Axes, x: np.ndarray, y: np.ndarray, spans: tuple[np.ndarray, np.ndarray], level: float) -> None:
    """Density of draws with the contours that hold ``level`` and half of them."""
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=24, range=spans)
    smooth = ndimage.gaussian_filter(counts, 1.0)
    descending = np.sort(smooth.ravel())[::-1]
    held = np.cumsum(descending) / descending.sum()
    heights = sorted({float(descending[np.searchsorted(held, share)]) for share in (level, 0.5)})
    centres = [(edges[1:] + edges[:-1]) / 2 for edges in (x_edges, y_edges)]
    ax.pcolormesh(x_edges, y_edges, smooth.T, cmap="Blues", rasterized=True)
    ax.contour(*centres, smooth.T, levels=heights, colors=LINE, linewidths=0.8)

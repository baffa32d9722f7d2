"""The parameters of a fit by arviz-plots: pairwise distributions, the history of the chains, and their ranks.

The only module that touches arviz-plots, of which Python 3.11 gets version 0.8 and later ones 1.x. It draws on axes of
ours, so that no state of pyplot is touched and the house style holds.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from scipy import ndimage

from .house import Panels, empty_figure, housed, new_figure, new_panels
from .style import (
    BAND,
    CHAIN_COLOURS,
    LINE,
    VERMILION,
    figure_of,
    legend_above,
    name_glass,
    pick_axes,
    symbol_label,
)

if TYPE_CHECKING:
    import xarray as xr

Result = Any  # a Maximum or a Posterior
_ROOMY = 0.8  # inches a parameter from which on tick labels lie side by side
_RANKED = (
    500  # draws of each chain, at most, of which ranks are drawn: the envelope is simulated for their number
)


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
    from arviz_plots import plot_dist

    free = free_parameters(result)
    count = len(free)
    own = axes is None
    grid = (
        _grid(count)
        if own
        else Panels.of(
            np.asarray(pick_axes(axes, count * count, "corner"), dtype=object).reshape(count, count)
        )
    )
    # A few draws far out would squeeze all others into a corner.
    spans = [_span(parameter.draws) for parameter in free]
    kept = [
        values[(values >= low) & (values <= high)]
        for values, (low, high) in zip((parameter.draws.ravel() for parameter in free), spans, strict=True)
    ]
    for ax, values, parameter in zip(grid.diagonal(), kept, free, strict=True):
        if np.ptp(values) > 0:  # a histogram of equal draws has no bins
            data = _dataset([values[None]])
            hidden = (
                "credible_interval",
                "point_estimate",
                "point_estimate_text",
                "title",
                "rug",
                "remove_axis",
            )
            look = {"dist": {"color": LINE, "width": 1.0}, **dict.fromkeys(hidden, False)}
            plot_dist(data, kind="hist", plot_collection=_collection(data, [ax]), visuals=look)
        for bound in np.quantile(parameter.draws, [(1 - level) / 2, (1 + level) / 2]):
            ax.axvline(bound, color=LINE, linewidth=0.8, linestyle=":")
        ax.axvline(parameter.best, color=VERMILION, linewidth=1.0)
    for row, down in enumerate(free):
        for column, across in enumerate(free):
            ax = grid[row, column]
            if column < row:
                _pair(ax, across.draws.ravel(), down.draws.ravel(), (spans[column], spans[row]), level)
                ax.plot(across.best, down.best, "+", color=VERMILION, markersize=7)
                ax.set_ylim(*spans[row])
            if column <= row:
                ax.set_xlim(*spans[column])
            else:
                _correlation(ax, across.draws.ravel(), down.draws.ravel())
    _label_grid(grid, [parameter.label for parameter in free])
    if own:
        name_glass(grid.figure, result)
        _fit_margins(grid)
    return grid


@housed
def trace(result: Result, axes: np.ndarray | None = None) -> Panels:
    """Draw each parameter's draws in order, and how the ranks of each chain's draws among all differ from even ones.

    Chains that sample alike stay within the grey envelope, which holds all of a chain in 99 % of the cases (Säilynoja,
    Bürkner & Vehtari, Stat. Comput. 32, 32 (2022)).

    Parameters
    ----------
    result : Posterior
    axes : axes (p, 2) for p free parameters, optional
        Made if not given.

    Returns
    -------
    Panels (p, 2)
    """
    from arviz_plots import plot_rank, plot_trace

    free = free_parameters(result)
    if axes is None:
        _, axes = new_figure(len(free), 2, 9.0, 0.6 + 1.1 * len(free), as_high=True)
    grid = Panels.of(pick_axes(axes, 2 * len(free), "trace")).reshape(-1, 2)
    step = max(1, free[0].draws.shape[1] // _RANKED)
    whole = _dataset([parameter.draws for parameter in free])
    varied = [
        i for i, parameter in enumerate(free) if np.ptp(parameter.draws) > 0
    ]  # equal draws have no ranks
    thinned = _dataset([free[i].draws[:, ::step] for i in varied])
    colours = {"color": list(CHAIN_COLOURS)}
    look: dict[str, Any] = {"aes": {"color": ["chain"], "overlay": ["chain"]}, **colours}
    bare = dict.fromkeys(("xlabel", "title", "ticklabels", "remove_axis"), False)
    plot_trace(
        whole,
        plot_collection=_collection(whole, grid[:, 0], **look),
        visuals={
            "trace": {"width": 0.4},
            **{k: bare[k] for k in ("xlabel", "title", "ticklabels")},
        },
    )
    plot_rank(
        thinned,
        plot_collection=_collection(thinned, grid[varied, 1], **look),
        visuals={
            "ecdf_lines": {"width": 0.8},
            "credible_interval": {"color": "0.5", "alpha": 0.2},
            **{k: bare[k] for k in ("xlabel", "title", "remove_axis")},
        },
    )
    for (left, right), parameter in zip(grid, free, strict=True):
        left.set_ylabel(parameter.label.replace(" [", "\n["), fontsize="small")
        right.axhline(0.0, color="0.5", linewidth=0.6, linestyle=":")
    grid[0, 0].set_title("draws of each chain")
    grid[0, 1].set_title("ranks of its draws: share below, less the even share")
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


def _dataset(columns: Sequence[np.ndarray]) -> "xr.Dataset":
    """Return draws (chain, draw) as variables p0, p1 and so on; arviz-plots wants names without brackets."""
    import xarray as xr

    return xr.Dataset(
        {f"p{i}": (("chain", "draw"), draws) for i, draws in enumerate(columns)},
        coords={"chain": np.arange(columns[0].shape[0]), "draw": np.arange(columns[0].shape[1])},
    )


def _span(draws: np.ndarray) -> np.ndarray:
    """Return the ends (2,) of an axis that all but a few draws lie between; some width where they are all equal."""
    low, high = np.quantile(draws, [0.002, 0.998])
    margin = 0.0 if high > low else 0.1 * abs(low) or 1.0
    return np.array([low - margin, high + margin])


def _collection(data: "xr.Dataset", axes: Sequence[Axes] | np.ndarray, **look: Any) -> Any:
    """Return arviz-plots' collection of one panel a variable, on the axes given."""
    import xarray as xr
    from arviz_plots.plot_collection import PlotCollection

    panels = {name: ((), np.array(ax, dtype=object)) for name, ax in zip(data, axes, strict=True)}
    place = {name: ((), i) for i, name in enumerate(data)}
    column = dict.fromkeys(data, ((), 0))
    tree = {
        "/": xr.Dataset({"figure": ((), np.array(axes[0].figure, dtype=object))}),
        "plot": xr.Dataset(panels),
        "row_index": xr.Dataset(place),
        "col_index": xr.Dataset(column),
    }
    return PlotCollection(data, xr.DataTree.from_dict(tree), backend="matplotlib", **look)


def _grid(count: int) -> Panels:
    """Square panels (count, count) at fixed places: letting matplotlib arrange so many is slow."""
    size = 1.2 + 1.3 * count
    figure = empty_figure(size, size, layout="none")
    axes = figure.subplots(count, count, squeeze=False, gridspec_kw={"wspace": 0.1, "hspace": 0.1})
    return Panels.of(axes)


def _label_grid(grid: Panels, labels: list[str]) -> None:
    """Give the outer panels ticks and names, as many as do not run together."""
    count = len(labels)
    roomy = grid[0, 0].figure.get_figwidth() > _ROOMY * count
    size = "medium" if roomy else "small"
    for (row, column), ax in np.ndenumerate(grid):
        if column > row:
            continue
        ax.tick_params(labelsize="small" if roomy else "x-small", labelrotation=0)
        ax.tick_params(axis="x", labelrotation=0 if roomy else 90)
        # Labels at the ends of an axis would touch those of its neighbour.
        ax.xaxis.set_major_locator(MaxNLocator(2, prune="both"))
        ax.yaxis.set_major_locator(MaxNLocator(3 if roomy else 2, prune="both"))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_major_formatter("{x:g}")
        ax.tick_params(labelbottom=row == count - 1, labelleft=column == 0 < row)
        across, down = (label.replace(" [", "\n[") for label in (labels[column], labels[row]))
        ax.set_xlabel(across if row == count - 1 else "", fontsize=size)
        ax.set_ylabel(down if column == 0 < row else "", fontsize=size)
        if row == column:
            ax.set_yticks([])


def _fit_margins(grid: Panels) -> None:
    """Give the outer labels of a grid the room that they take, so that none is cut."""
    figure = grid.figure
    width, height = figure.get_size_inches() * figure.dpi
    pad = 0.04 * figure.dpi
    boxes = [(ax.get_tightbbox(), ax.get_window_extent()) for ax in (*grid[:, 0], *grid[-1, 1:])]
    left = max(inner.x0 - tight.x0 for tight, inner in boxes)
    bottom = max(inner.y0 - tight.y0 for tight, inner in boxes)
    right = max(0.0, *(tight.x1 - inner.x1 for tight, inner in boxes))
    top = max([0.0, *(text.get_window_extent().height + 2 * pad for text in figure.texts)])
    figure.subplots_adjust(
        left=(left + pad) / width,
        bottom=(bottom + pad) / height,
        right=1 - (right + pad) / width,
        top=1 - (top + pad) / height,
    )
    for edge, axis, place in ((grid[1:, 0], "yaxis", -left), (grid[-1], "xaxis", -bottom)):
        for ax in edge:  # one line of names, beyond the longest tick label
            size = ax.get_window_extent().size
            low = float((place + pad) / size[int(axis == "xaxis")])
            getattr(ax, axis).set_label_coords(*((low, 0.5) if axis == "yaxis" else (0.5, low)))
            getattr(ax, axis).label.set_verticalalignment("top" if axis == "yaxis" else "bottom")


def _correlation(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Write the correlation of two parameters, the larger the stronger; none where one of them does not vary."""
    ax.set_axis_off()
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        r = float(np.corrcoef(x, y)[0, 1])
        most = 26 * ax.get_window_extent().width / ax.figure.dpi  # points that five characters leave room for
        look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": min(6 + 4 * abs(r), most)}
        ax.text(0.5, 0.5, f"{r:+.2f}", transform=ax.transAxes, **look)


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


COLUMNS = 4
CENTRAL = (0.02, 0.98)  # part of the prior that is shown even where the posterior is not
DECADES = 200.0  # a positive parameter that spans more than this ratio is drawn on a logarithmic axis


@housed
def priors(result: Any, axes: Sequence[Axes] | np.ndarray | None = None, columns: int = COLUMNS) -> Panels:
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


PALE = 0.6  # correlations beyond it stand in white on their colour


@housed
def correlations(result: Any, ax: Axes | None = None) -> Axes:
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

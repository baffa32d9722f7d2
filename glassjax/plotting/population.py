"""The glasses of a population: what each shared parameter is in each, with the others and alone."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from ..quantities import QUANTITIES
from .fits import observables
from .house import Panels, housed, new_figure, new_panels
from .style import FAINT, LINE, VERMILION, leftmost, literal, pick_axes, symbol_label

Result = Any  # a PopulationMaximum or a PopulationPosterior


@housed
def population(result: Result, axes: Any = None, level: float = 0.89) -> Panels:
    """Draw each shared parameter of each glass, in the population and alone, over what an unmeasured glass would have.

    Points are medians, bars 89 % intervals. The band is the population's prediction for another glass, the line the
    median of the population. How far a hollow point moves to its full one is the shrinkage.

    Parameters
    ----------
    result : PopulationMaximum or PopulationPosterior
    axes : axes, one a shared parameter, optional
        Made if not given.
    level : float
        Probability inside the band.

    Returns
    -------
    Panels (s,) for s shared parameters
    """
    study = result.study
    names, members = list(study.shared), list(study.members)
    if axes is None:
        axes = new_panels(len(names), 3.0, 1.4 + 0.42 * len(members))
    panels = pick_axes(axes, len(names), "population")
    for ax, name in zip(panels, names, strict=True):
        low, high = np.quantile(result.predictive(name), [(1 - level) / 2, (1 + level) / 2])
        ax.axvspan(low, high, color=FAINT, linewidth=0, label=f"{level:.0%} of another glass")
        middle = float(np.median(result.draws[f"{name}.median"]))
        ax.axvline(middle, color=LINE, linewidth=0.9, label="median of the population")
        rows = {row["member"]: row for row in result.glasses if row["parameter"] == name}
        for place, member in enumerate(members):
            row, first = rows[member], place == 0
            _bar(
                ax, place - 0.16, row["estimate"], row["low"], row["high"], True, "in the population" * first
            )
            _bar(ax, place + 0.16, row["alone"], row["alone_low"], row["alone_high"], False, "alone" * first)
        parameter = next(iter(study.members.values())).theory.parameters()
        entry = next(p for p in parameter if p.name == name)
        ax.set_xlabel(symbol_label(entry.symbol, entry.unit))
        ax.set_xscale("log" if name != "c" else "linear")  # c piles up at 0
        if ax.get_xscale() == "log":
            short = ax.get_xlim()[1] < 3 * ax.get_xlim()[0]
            ax.xaxis.set_major_formatter("{x:g}")
            ax.xaxis.set_minor_locator(LogLocator(subs=tuple(range(2, 10)) if short else (2, 5)))
            ax.xaxis.set_minor_formatter("{x:g}")
        ax.tick_params(axis="x", which="both", labelsize="small")
        ax.set_yticks(range(len(members)), list(map(literal, members)) if leftmost(ax) else [])
        ax.set_ylim(len(members) - 0.5, -0.5)
        ax.grid(True, axis="x")
    found = Panels.of(panels)
    handles, labels = panels[0].get_legend_handles_labels()
    found.figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return found


def _bar(ax: Axes, y: float, middle: float, low: float, high: float, full: bool, label: str) -> None:
    ax.errorbar(
        middle,
        y,
        xerr=[[middle - low], [high - middle]],
        fmt="o",
        color=VERMILION if full else "0.45",
        markerfacecolor=VERMILION if full else "white",
        markersize=4.5,
        elinewidth=1.2 if full else 0.8,
        label=label or None,
    )


@housed
def population_observables(result: Result) -> Panels:
    """Draw the data of every glass with the theory's bands in the population: a row a glass, a column a quantity.

    Returns
    -------
    Panels (g, q), those of a quantity that a glass was not fitted to switched off
    """
    members = result.members
    quantities = [q for q in QUANTITIES if any(q in member.study.quantities for member in members.values())]
    _, grid = new_figure(len(members), len(quantities), 4.6 * len(quantities), 3.6 * len(members))
    for row, (name, member) in zip(grid, members.items(), strict=True):
        own = [
            ax for ax, quantity in zip(row, quantities, strict=True) if quantity in member.study.quantities
        ]
        observables(member, axes=own)
        for ax, quantity in zip(row, quantities, strict=True):
            if quantity in member.study.quantities:
                ax.set_title(f"{literal(name)}: {QUANTITIES[quantity].title}")
            else:
                ax.set_axis_off()
    return grid

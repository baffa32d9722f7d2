"""What predictions depend on: elasticities, indices over the prior, and shares of a prediction's variance."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import SymLogNorm

from ..quantities import QUANTITIES
from .house import Panels, housed, new_figure, new_panels
from .style import BLACK, CHAIN_COLOURS, figure_of, finish, leftmost, literal, pick_axes, symbol_label

ALPHA_UNIT = 1e-9
LEAST = 0.05  # share of the greatest elasticity from which a parameter has a curve
FAINT = 0.02  # share of the axis below which a mark of the screening has no name
HATCHES = ("", "//", "..")


@housed
def elasticities(found: xr.Dataset, axes: Sequence[Axes] | np.ndarray | None = None) -> Panels:
    """Draw the elasticities as heat maps, a panel a quantity: parameters against temperature.

    Colours are linear near zero and logarithmic beyond a tenth. Rows of parameters that are zero, and have no
    elasticity, are grey.

    Parameters
    ----------
    found : xarray.Dataset
        From `glassjax.sensitivity`, at two temperatures or more.
    axes : axes, one for each quantity, optional
        Made if not given.
    """
    quantities = [str(q) for q in found["quantity"].values]
    T = found["temperature"].values
    count = found.sizes["parameter"]
    if axes is None:
        axes = new_panels(len(quantities), 4.3, 1.6 + 0.27 * count)
    panels = Panels.of(pick_axes(axes, len(quantities), "elasticities"))
    edges = _edges(T)
    grey = ~found["logarithmic"].values
    for ax, quantity in zip(panels, quantities, strict=True):
        values, unit = _drawn(found, quantity)
        values = np.where(grey[:, None], np.nan, values)
        top = max(float(np.nanmax(np.abs(values), initial=0.0)), 0.2)
        norm = SymLogNorm(linthresh=0.1, vmin=-top, vmax=top)
        ax.set_facecolor("0.85")
        picture = ax.pcolormesh(
            edges, np.arange(count + 1), values, cmap="RdBu_r", norm=norm, rasterized=True
        )
        ax.set_xscale("log")
        ax.invert_yaxis()
        labels = (
            [symbol_label(str(symbol)) for symbol in found["symbol"].values] if leftmost(ax) else [""] * count
        )
        ax.set_yticks(np.arange(count) + 0.5, labels)
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("$T$ [K]")
        ax.set_title(QUANTITIES[quantity].title)
        ax.xaxis.set_major_formatter("{x:g}")
        bar = panels.figure.colorbar(picture, ax=ax, orientation="horizontal", shrink=0.9, pad=0.02)
        small = (-0.1, 0.1) if top < 20 else ()
        ticks = sorted(t for t in (-100, -10, -1, *small, 0, 1, 10, 100) if abs(t) <= top)
        bar.set_ticks(ticks, labels=[f"{t:g}" for t in ticks])
        bar.ax.xaxis.set_minor_locator(_no_ticks())
        bar.set_label(rf"$\partial {_name(quantity)}/\partial\ln\theta$" + unit)
    return panels


@housed
def elasticity_curves(found: xr.Dataset, axes: Sequence[Axes] | np.ndarray | None = None) -> Panels:
    """Draw the elasticities against temperature, a panel a quantity; parameters that hardly matter there are left out.

    Parameters
    ----------
    found : xarray.Dataset
        From `glassjax.sensitivity`.
    axes : axes, one for each quantity, optional
        Made if not given.
    """
    quantities = [str(q) for q in found["quantity"].values]
    if axes is None:
        axes = new_panels(len(quantities))
    panels = pick_axes(axes, len(quantities), "elasticity_curves")
    styles = dict(zip(found["parameter"].values, _styles(), strict=False))
    for ax, quantity in zip(panels, quantities, strict=True):
        values, unit = _drawn(found, quantity)
        shown = found["logarithmic"].values & (np.abs(values).max(axis=1) > 0)
        top = np.abs(values[shown]).max(initial=0.0)
        ax.axhline(0.0, color="0.6", linewidth=0.8)
        for p, name in enumerate(found["parameter"].values):
            if shown[p] and np.abs(values[p]).max() >= LEAST * top:
                colour, line = styles[name]
                label = symbol_label(str(found["symbol"].values[p]))
                ax.plot(found["temperature"], values[p], color=colour, linestyle=line, label=label)
        ax.set_xscale("log")
        ax.set_xlabel("$T$ [K]")
        ax.set_ylabel(rf"$\partial {_name(quantity)}/\partial\ln\theta$" + unit)
        ax.set_title(QUANTITIES[quantity].title)
        ax.grid(True, which="major")
        if not QUANTITIES[quantity].logarithmic and top > 1:
            ax.set_yscale("symlog", linthresh=1.0)
        if not top > 0:
            ax.text(0.5, 0.5, "depends on none of them", ha="center", transform=ax.transAxes, color="0.4")
            continue
        finish(ax)
        ax.legend(ncols=2)
    return Panels.of(panels)


@housed
def indices(found: xr.Dataset, axes: np.ndarray | None = None) -> Panels:
    """Draw Sobol's first-order indices (top) and the shares of the linear model (bottom), stacked, against temperature.

    What is left to 1 in the top row are interactions, and the sampling error.

    Parameters
    ----------
    found : xarray.Dataset
        From `glassjax.sobol`.
    axes : axes (2, q) for q quantities, optional
        Made if not given.
    """
    quantities = [str(q) for q in found["quantity"].values]
    if axes is None:
        axes = new_figure(2, len(quantities), 1.0 + 3.8 * len(quantities), 6.0)[1]
    grid = Panels.of(pick_axes(axes, 2 * len(quantities), "indices")).reshape(2, -1)
    names = [str(name) for name in found["parameter"].values]
    for row, (variable, what) in enumerate(
        (("first", "first-order Sobol indices"), ("local", "shares of the linear model"))
    ):
        for ax, quantity in zip(grid[row], quantities, strict=True):
            here = found[variable].sel(quantity=quantity).dropna("temperature")
            _stack(ax, here["temperature"].values, np.clip(here.values, 0.0, None), names)
            ax.set_title(f"{QUANTITIES[quantity].title}: {what}")
    grid[0, 0].set_ylabel("share of the variance over the priors")
    grid[1, 0].set_ylabel("share of the variance over the priors")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure_of(grid[0, 0]).legend(handles, labels, loc="outside right center")
    return Panels.of(grid)


@housed
def screening(found: xr.Dataset, axes: Sequence[Axes] | np.ndarray | None = None) -> Panels:
    """Draw Morris's μ* against σ, a panel a quantity, averaged over the temperatures.

    Far to the right is what matters; above the line σ = μ*, effects change sign or depend on other parameters.

    Parameters
    ----------
    found : xarray.Dataset
        From `glassjax.morris`.
    axes : axes, one for each quantity, optional
        Made if not given.
    """
    quantities = [str(q) for q in found["quantity"].values]
    if axes is None:
        axes = new_panels(len(quantities), 3.8, 3.8)
    panels = pick_axes(axes, len(quantities), "screening")
    names = [str(name) for name in found["parameter"].values]
    for ax, quantity in zip(panels, quantities, strict=True):
        here = found.sel(quantity=quantity).mean("temperature")
        size, scatter = here["mu_star"].values, here["sigma"].values
        top = 1.15 * max(size.max(), scatter.max(), 1e-12)
        ax.plot([0, top], [0, top], color="0.7", linewidth=0.8)
        for name, (colour, _), x, y in zip(names, _styles(), size, scatter, strict=False):
            ax.plot(x, y, "o", color=colour, markersize=5)
            if max(x, y) < FAINT * top:
                continue
            ax.annotate(name, (x, y), xytext=(4, 4), textcoords="offset points", fontsize="small")
        ax.set_xlim(0, 1.2 * top)
        ax.set_ylim(0, top)
        unit = f"${_name(quantity)}$" if QUANTITIES[quantity].logarithmic else "$10^{-9}$/K"
        ax.set_xlabel(rf"$\mu^*$ [{unit}]")
        ax.set_ylabel(rf"$\sigma$ [{unit}]")
        ax.set_title(QUANTITIES[quantity].title)
    return Panels.of(panels)


@housed
def shares(found: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Draw which parameters the variance of a prediction comes from: stacked shares against temperature, or bars.

    Parameters
    ----------
    found : xarray.Dataset
        From `glassjax.propagate`.
    ax : axes, optional
        Made if not given.
    """
    T = found["temperature"].values
    names = [str(name) for name in found["parameter"].values]
    values = [*found["share"].values, np.clip(found["curvature"].values, 0.0, None)]
    parts = [*names, "curvature of the theory"]
    if found.attrs["with_discrepancy"]:
        parts.append("discrepancy")
        values.append(found["discrepancy"].values)
    panel: Axes = new_panels(1, 6.4, 4.0)[0] if ax is None else ax
    _stack(panel, T, np.array(values), parts)
    panel.set_ylabel("share of the variance")
    title = QUANTITIES[found.attrs["quantity"]].title
    panel.set_title(literal(f"{title} predicted by {found.attrs['study']}"))
    handles, labels = panel.get_legend_handles_labels()
    figure_of(panel).legend(handles, labels, loc="outside right center")
    return panel


def _stack(ax: Axes, T: np.ndarray, values: np.ndarray, names: list[str]) -> None:
    """Stack ``values`` (p, n) against temperature, or as bars where there are few temperatures."""
    looks = [(colour, hatch) for hatch in HATCHES for colour in (*CHAIN_COLOURS, "0.6")]
    if len(T) >= 4:
        patches: Any = ax.stackplot(T, values, labels=names, linewidth=0)
        for patch, (colour, hatch) in zip(patches, looks, strict=False):
            patch.set(facecolor=colour, hatch=hatch, edgecolor="white")
        ax.set_xscale("log")
        ax.set_xlim(T[0], T[-1])
        ax.xaxis.set_major_formatter("{x:g}")
    else:
        foot = np.zeros(len(T))
        for row, name, (colour, hatch) in zip(values, names, looks, strict=False):
            ax.bar(range(len(T)), row, bottom=foot, color=colour, hatch=hatch, edgecolor="white", label=name)
            foot = foot + row
        ax.set_xticks(range(len(T)), [f"{t:g}" for t in T])
    ax.set_xlabel("$T$ [K]")
    ax.set_ylim(0, 1)


def _drawn(found: xr.Dataset, quantity: str) -> tuple[np.ndarray, str]:
    """Elasticities (p, n) as they are drawn, and the unit on the axis."""
    values = found["elasticity"].sel(quantity=quantity).values
    return (values, "") if QUANTITIES[quantity].logarithmic else (values / ALPHA_UNIT, " [$10^{-9}$/K]")


def _name(quantity: str) -> str:
    known = QUANTITIES[quantity]
    return rf"\ln {known.mathtext}" if known.logarithmic else known.mathtext


def _styles() -> list[tuple[str, str]]:
    colours = (*CHAIN_COLOURS, BLACK)
    return [(colour, line) for line in ("-", "--", ":") for colour in colours]


def _edges(T: np.ndarray) -> np.ndarray:
    """Edges (n + 1,) of cells around logarithmic temperatures (n,)."""
    if len(T) < 2:
        return np.array([T[0] / 1.1, T[0] * 1.1])
    middle = np.sqrt(T[1:] * T[:-1])
    return np.concatenate([[T[0] ** 2 / middle[0]], middle, [T[-1] ** 2 / middle[-1]]])


def _no_ticks() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()

"""Maps of the saddle points against the exact count."""

from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ..methods import APPROXIMATE, Map
from .style import new_figure

__all__ = ["accuracy_maps"]

LIMITS = {"saddle": 0.5, "uniform": 0.1}
"""Ends of the colour scale in ln(method/exact)."""
LOGARITHMIC = ("T/T_D", "E/ħω_D")


def accuracy_maps(found: list[Map]) -> Figure:
    """Draw ln(method/exact) of every map, a row for each method; empty where the spectrum is too soft."""
    figure, axes = new_figure(len(APPROXIMATE), len(found), 3.2, 2.9)
    for method, row in zip(APPROXIMATE, axes, strict=True):
        limit = LIMITS[method]
        for one, ax in zip(found, row, strict=True):
            if method not in one.logs:
                ax.set_axis_off()
                continue
            ax.pcolormesh(
                one.x,
                one.y,
                one.logs[method],
                vmin=-limit,
                vmax=limit,
                cmap="RdBu",
                shading="nearest",
                rasterized=True,
            )
            ax.set(xscale="log", xlabel=one.x_name, ylabel=one.y_name, title=f"{method}: {one.name}")
            if one.y_name in LOGARITHMIC:
                ax.set_yscale("log")
            ax.title.set_fontsize("medium")
        scale = ScalarMappable(Normalize(-limit, limit), "RdBu")
        figure.colorbar(scale, ax=row[-1], extend="both", label=r"$\ln$(method / exact)")
    return figure

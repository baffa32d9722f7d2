"""Theories side by side: their rankings, and their curves through the data."""

from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..errors import GlassjaxError, suggest
from ..quantities import QUANTITIES
from .fits import draw_data, total_error
from .house import Panels, empty_figure, housed
from .style import BLACK, CHAIN_COLOURS, finish, literal, prepare, scaled

POINTS = 64
MARKERS = ("o", "s", "^", "D", "v", "P")


@housed
def comparison(comparison: Any, *, quantity: str | None = None, level: float = 0.89) -> Panels:
    """Draw (a) differences of the predictive density, (b) of the evidence, (c) curves and (d) residuals.

    Each theory keeps its colour. Error bars in (a) are standard errors of the differences to the best; bands in (c)
    are those of the theory, without discrepancy, and (d) is ln(measured/theory), or (measured − theory)/error for the
    expansion, at the maximum, with the errors of the data about zero.

    Parameters
    ----------
    comparison : Comparison
    quantity : str, optional
        What (c) and (d) show; the first fitted one if not given, which is the conductivity where that is fitted.
    level : float
        Probability inside the bands.

    Returns
    -------
    Panels (2, 2): (a) and (c) above (b) and (d).
    """
    fitted = comparison.rivals[0].result.study.quantities
    quantity = fitted[0] if quantity is None else quantity
    if quantity not in fitted:
        raise GlassjaxError(
            f"these fits are of {', '.join(fitted)}, not of '{quantity}'{suggest(quantity, fitted)}"
        )
    figure = empty_figure(11.0, 6.6)
    if comparison.varied:
        glass = comparison.rivals[0].result.study.glass.name
        figure.suptitle(literal(f"{glass}: variants by {comparison.varied}"))
    axes = figure.subplot_mosaic(
        [["prediction", "curves"], ["evidence", "residuals"]], width_ratios=[1, 1.35], height_ratios=[1.5, 1]
    )
    colours = dict(zip((rival.label for rival in comparison.rivals), cycle(CHAIN_COLOURS), strict=False))
    _rank(
        axes["prediction"],
        [(row["label"], row["elpd_difference"], row["difference_se"]) for row in comparison.table],
        colours,
        "(a) leave-one-out",
        "difference of the log predictive density to the best",
    )
    _rank(
        axes["evidence"],
        [(row["label"], row["log_bayes_factor"], row["log_evidence_error"]) for row in comparison.table],
        colours,
        "(b) evidence",
        "ln Bayes factor to the best",
    )
    _curves(axes["curves"], comparison, quantity, colours, level)
    _residuals(axes["residuals"], comparison, quantity, colours)
    return Panels.of([[axes["prediction"], axes["curves"]], [axes["evidence"], axes["residuals"]]])


def _rank(
    ax: Axes,
    rows: list[tuple[str, float | None, float | None]],
    colours: dict[str, str],
    title: str,
    axis: str,
) -> None:
    """One line a theory, the best predictor on top; those without a number are left blank."""
    ax.axvline(0.0, color="0.6", linewidth=0.8)
    for place, (label, value, error) in enumerate(rows):
        if value is not None:
            ax.errorbar(value, place, xerr=error, fmt="o", color=colours[label], capsize=3, markersize=6)
    words = [literal(label if value is not None else f"{label} (none)") for label, value, _ in rows]
    ax.set_yticks(range(len(rows)), words)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel(axis)
    ax.set_title(title)
    ax.margins(x=0.12)
    ax.grid(True, axis="x")


def _curves(ax: Axes, comparison: Any, quantity: str, colours: dict[str, str], level: float) -> None:
    measurements = [m for m in comparison.rivals[0].result.study.measurements() if m.quantity == quantity]
    lowest = min(float(m.temperature[0]) for m in measurements)
    highest = max(float(m.temperature[-1]) for m in measurements)
    T = np.geomspace(lowest, highest, POINTS)
    prepare(ax, quantity)
    for rival in comparison.rivals:
        colour = colours[rival.label]
        draws = scaled(quantity, T, rival.result.predict(quantity, T))
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        ax.fill_between(T, low, high, color=colour, alpha=0.22, linewidth=0)
        ax.plot(
            T, scaled(quantity, T, rival.result.curve(quantity, T)), color=colour, label=literal(rival.label)
        )
    draw_data(ax, measurements, up=lambda T, values: scaled(quantity, T, values), colours=(BLACK,))
    finish(ax)
    ax.set_title(f"(c) {QUANTITIES[quantity].title}: maxima and {level:.0%} bands")


def _residuals(ax: Axes, comparison: Any, quantity: str, colours: dict[str, str]) -> None:
    prepare(ax, quantity)
    ax.set_yscale("linear")
    relative = QUANTITIES[quantity].logarithmic
    ax.set_ylabel(r"$\ln$(measured / theory)" if relative else "(measured − theory) / error")
    ax.axhline(0.0, color="0.6", linewidth=0.8)
    for number, rival in enumerate(comparison.rivals):
        pairs = [(m, left) for m, left in rival.result.residuals() if m.quantity == quantity]
        for (measurement, left), marker in zip(pairs, cycle(MARKERS), strict=False):
            T, colour = measurement.temperature, colours[rival.label]
            if number == 0:
                error = total_error(measurement)
                bars = error / np.abs(measurement.value) if relative else np.ones_like(T)
                label = None if any(ax.containers) else "errors of the data"
                style = {"fmt": "none", "color": "0.5", "elinewidth": 0.8}
                ax.errorbar(T, np.zeros_like(T), yerr=bars, label=label, **style)
            ax.plot(T, left, marker=marker, markersize=3, linewidth=0.8, color=colour)
    finish(ax)
    ax.set_title("(d) residuals at the maxima")

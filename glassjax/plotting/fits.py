"""Data against theory: the observables, what is left over, and a prediction."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import (
    BAND,
    DATA_STYLES,
    DISCREPANCY,
    FAINT,
    LINE,
    PANELS,
    figure_of,
    finish,
    new_figure,
    pick_axes,
    prepare,
    scaled,
)

if TYPE_CHECKING:
    from ..datasets import Measurement
    from ..inference.study import Study

__all__ = ["observables", "prediction", "prior", "residuals"]

Result = Any  # a Maximum or a Posterior: both answer the same questions
POINTS = 64


def observables(
    result: Result, axes: Sequence[Axes] | np.ndarray | None = None, level: float = 0.89
) -> Figure:
    """Draw every fitted quantity against temperature: data, best fit, and the band that the posterior allows.

    The blue band is the theory alone, the yellow one includes the discrepancy where the study has one. Heat
    capacity is divided by T³. Curves reach as far as the fitted data do. Error bars hold the independent and
    the shared error. Data that are only compared with are hollow.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : axes, one for each fitted quantity, optional
        Made if not given.
    level : float
        Probability inside the bands.
    """
    groups = _by_quantity(result)
    panels = _panels(axes, len(groups), "observables")
    for ax, (quantity, fitted) in zip(panels, groups.items(), strict=True):
        measurements = [measurement for measurement, _ in fitted]
        T = _temperatures(measurements)
        prepare(ax, quantity)
        for band, colour, what in _bands(result, quantity, T, level):
            low, _, high = scaled(quantity, T, band)
            ax.fill_between(T, low, high, color=colour, linewidth=0, label=f"{level:.0%} {what}")
        ax.plot(T, scaled(quantity, T, result.curve(quantity, T)), color=LINE, label="maximum a posteriori")
        _draw_data(ax, quantity, measurements)
        checks = [m for m in result.study.measurements("check") if m.quantity == quantity]
        _draw_data(ax, quantity, checks, hollow=True)
        finish(ax)
    return figure_of(panels)


def residuals(result: Result, axes: Sequence[Axes] | np.ndarray | None = None, level: float = 0.89) -> Figure:
    """Draw what the best theory leaves over, and the smooth discrepancy that the fit found in it.

    For conductivity and heat capacity ln(measured/theory), for the expansion (measured - theory)/error.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : axes, one for each fitted quantity, optional
        Made if not given.
    level : float
        Probability inside the discrepancy's band.
    """
    groups = _by_quantity(result)
    panels = _panels(axes, len(groups), "residuals")
    for ax, (quantity, fitted) in zip(panels, groups.items(), strict=True):
        prepare(ax, quantity)
        ax.set_yscale("linear")
        relative = PANELS[quantity].logarithmic
        ax.set_ylabel(r"$\ln$(measured / theory)" if relative else "(measured − theory) / error")
        ax.axhline(0.0, color=LINE, linewidth=1.0, label="maximum a posteriori")
        if relative and quantity in result.study.discrepancy:
            _draw_discrepancy(ax, result, quantity, _temperatures([m for m, _ in fitted]), level)
        for (measurement, left), (colour, marker) in zip(fitted, cycle(DATA_STYLES), strict=False):
            bars = _total_error(measurement) / np.abs(measurement.value) if relative else np.ones_like(left)
            _points(ax, measurement, left, bars, color=colour, marker=marker)
        ax.margins(y=0.2)
        finish(ax)
    return figure_of(panels)


def prediction(
    T: np.ndarray,
    value: np.ndarray,
    quantity: str,
    measurements: "Sequence[Measurement]" = (),
    ax: Axes | None = None,
    *,
    bands: Mapping[str, np.ndarray] | None = None,
    checks: "Sequence[Measurement]" = (),
) -> Figure:
    """Draw a predicted quantity with measurements of it.

    Parameters
    ----------
    T : (n,) in K
    value : (n,) in SI units
    quantity : {"kappa", "heat-capacity", "expansion"}
    measurements : sequence of Measurement
        Those of other quantities are left out.
    ax : axes, optional
        Made if not given.
    bands : mapping, optional
        Lower and upper end (2, n) by name, the theory's first and then that with discrepancy; ``value`` is the median.
    checks : sequence of Measurement
        Drawn hollow.
    """
    [panel] = _panels(None if ax is None else [ax], 1, "prediction")
    prepare(panel, quantity)
    for (name, ends), colour in zip((bands or {}).items(), (BAND, DISCREPANCY), strict=False):
        panel.fill_between(T, *scaled(quantity, T, ends), color=colour, linewidth=0, label=name)
    panel.plot(T, scaled(quantity, T, value), color=LINE, label="median" if bands else "theory")
    _draw_data(panel, quantity, [m for m in measurements if m.quantity == quantity])
    _draw_data(panel, quantity, [m for m in checks if m.quantity == quantity], hollow=True)
    finish(panel)
    return figure_of([panel])


def prior(
    study: "Study",
    axes: Sequence[Axes] | np.ndarray | None = None,
    *,
    levels: tuple[float, float] = (0.5, 0.89),
    draws: int = 200,
    seed: int | None = None,
) -> Figure:
    """Draw what the priors allow before any data speak: bands of the theory, over the data with their errors.

    Draws that describe no stable glass are left out, and so are curves that are not finite.

    Parameters
    ----------
    study : Study
    axes : axes, one for each fitted quantity, optional
        Made if not given.
    levels : (2,) floats
        Probabilities inside the inner and the outer band.
    draws, seed : int
        Of the curves; the study's seed if not given.
    """
    found = study.prior_predictive(draws=draws, seed=seed)
    panels = _panels(axes, len(found), "prior")
    for ax, (quantity, (T, curves)) in zip(panels, found.items(), strict=True):
        prepare(ax, quantity)
        curves = scaled(quantity, T, curves[np.all(np.isfinite(curves), axis=1)])
        if len(curves):
            for level, colour in zip(sorted(levels, reverse=True), (FAINT, BAND), strict=True):
                low, high = np.quantile(curves, [(1 - level) / 2, (1 + level) / 2], axis=0)
                ax.fill_between(T, low, high, color=colour, linewidth=0, label=f"{level:.0%} of the prior")
            ax.plot(T, np.median(curves, axis=0), color=LINE, label="median of the prior")
        _draw_data(ax, quantity, [m for m in study.measurements("fit") if m.quantity == quantity])
        margin = (T[-1] / T[0]) ** 0.04
        if margin > 1:
            ax.set_xlim(T[0] / margin, T[-1] * margin)
        finish(ax)
        # the bands fill the panel: below it, the legend hides none of them
        ax.legend(fontsize="x-small", frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    return figure_of(panels)


def _panels(axes: Sequence[Axes] | np.ndarray | None, count: int, what: str) -> list[Axes]:
    if axes is None:
        return list(new_figure(1, count, 4.6 * count, 4.2)[1][0])
    return pick_axes(axes, count, what)


def _by_quantity(result: Result) -> "dict[str, list[tuple[Measurement, np.ndarray]]]":
    groups: dict[str, list[tuple[Measurement, np.ndarray]]] = {}
    for measurement, left in result.residuals():
        groups.setdefault(measurement.quantity, []).append((measurement, np.asarray(left)))
    return {quantity: groups[quantity] for quantity in PANELS if quantity in groups}


def _temperatures(measurements: "Sequence[Measurement]") -> np.ndarray:
    lowest = min(float(measurement.temperature[0]) for measurement in measurements)
    highest = max(float(measurement.temperature[-1]) for measurement in measurements)
    return np.geomspace(lowest, highest, POINTS)


def _bands(result: Result, quantity: str, T: np.ndarray, level: float) -> list[tuple[np.ndarray, str, str]]:
    """Bands (3, n) of the theory, and of theory and discrepancy, each with colour and name."""
    bands = [(result.band(quantity, T, level=level), BAND, "of the theory")]
    if quantity in result.study.discrepancy:
        wider = result.band(quantity, T, level=level, discrepancy=True)
        bands.append((wider, DISCREPANCY, "with discrepancy"))
    return bands


def _draw_discrepancy(ax: Axes, result: Result, quantity: str, T: np.ndarray, level: float) -> None:
    relative = np.log(result.predict(quantity, T, discrepancy=True) / result.curve(quantity, T))
    low, middle, high = np.quantile(relative, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    ax.fill_between(T, low, high, color=DISCREPANCY, linewidth=0, label=f"{level:.0%} with discrepancy")
    ax.plot(T, middle, color="0.3", linewidth=0.8, linestyle="--", label="median with discrepancy")


def _draw_data(ax: Axes, quantity: str, measurements: "Sequence[Measurement]", hollow: bool = False) -> None:
    for measurement, (colour, marker) in zip(measurements, cycle(DATA_STYLES), strict=False):
        T = measurement.temperature
        values, bars = (scaled(quantity, T, y) for y in (measurement.value, _total_error(measurement)))
        face = {"markerfacecolor": "none"} if hollow else {}
        _points(ax, measurement, values, bars, color=colour, marker=marker, **face)


def _points(ax: Axes, measurement: "Measurement", values: np.ndarray, bars: np.ndarray, **style: Any) -> None:
    name = measurement.name.replace("$", r"\$")  # a file's name is no mathematics
    label = f"{name} ({measurement.kind})"
    ax.errorbar(
        measurement.temperature,
        values,
        yerr=bars,
        markersize=3.5,
        elinewidth=0.8,
        linestyle="none",
        label=label,
        **style,
    )


def _total_error(measurement: "Measurement") -> np.ndarray:
    """Independent and shared error of each row, added in quadrature."""
    return np.hypot(measurement.error, measurement.scale_error * np.abs(measurement.value))

"""Data against theory: the observables, what is left over, a prediction, and what the priors allow."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from ..errors import GlassjaxError, suggest
from ..quantities import QUANTITIES
from .house import Panels, housed, new_panels
from .sources import draw_data, draw_points, source_labels, total_error
from .style import (
    BAND,
    DATA_STYLES,
    DISCREPANCY,
    FAINT,
    LINE,
    finish,
    legend_below,
    pick_axes,
    prepare,
    scaled,
)

if TYPE_CHECKING:
    from ..datasets import Measurement

Result = Any  # a Maximum or a Posterior: both answer the same questions
POINTS = 64


@housed
def observables(
    result: Result, axes: Sequence[Axes] | np.ndarray | None = None, level: float = 0.89
) -> Panels:
    """Draw every fitted quantity against temperature: data, best fit, and the band that the posterior allows.

    The blue band is the theory alone, the yellow one includes the discrepancy where the study has one. Heat
    capacity is divided by T³. Curves reach as far as the fitted data do. Error bars hold the independent and
    the shared error; the legend names the source and the class of the data. Those only compared with are hollow.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : axes, one for each fitted quantity, optional
        Made if not given.
    level : float
        Probability inside the bands.

    Returns
    -------
    Panels (q,), the fitted quantities in the order κ, C, α.
    """
    groups = _by_quantity(result)
    panels = _panels(axes, len(groups), "observables")
    for ax, (quantity, fitted) in zip(panels, groups.items(), strict=True):
        _observable(ax, result, quantity, [measurement for measurement, _ in fitted], level)
    return Panels.of(panels)


@housed
def observable(result: Result, quantity: str, ax: Axes | None = None, level: float = 0.89) -> Axes:
    """Draw one panel of `observables`.

    Parameters
    ----------
    result : Maximum or Posterior
    quantity : {"kappa", "heat-capacity", "expansion"}
        A fitted one.
    ax : axes, optional
        Made if not given.
    level : float
        Probability inside the bands.

    Raises
    ------
    GlassjaxError
        If it was not fitted.
    """
    groups = _by_quantity(result)
    if quantity not in groups:
        raise GlassjaxError(
            f"study '{result.study.name}' fits {', '.join(groups)}, not '{quantity}'{suggest(quantity, groups)}"
        )
    [panel] = _panels(None if ax is None else [ax], 1, "observable")
    _observable(panel, result, quantity, [measurement for measurement, _ in groups[quantity]], level)
    return panel


def _observable(
    ax: Axes, result: Result, quantity: str, measurements: "Sequence[Measurement]", level: float
) -> None:
    T = span_of(measurements)

    def up(T: np.ndarray, values: np.ndarray) -> np.ndarray:
        return scaled(quantity, T, values)

    prepare(ax, quantity)
    draw_bands(ax, result, quantity, T, level, up=up)
    ax.plot(T, up(T, result.curve(quantity, T)), color=LINE, label="maximum a posteriori")
    draw_data(ax, measurements, up=up)
    checks = [m for m in result.study.measurements("check") if m.quantity == quantity]
    draw_data(ax, checks, up=up, hollow=True)
    finish(ax)


@housed
def residuals(result: Result, axes: Sequence[Axes] | np.ndarray | None = None, level: float = 0.89) -> Panels:
    """Draw what the best theory leaves over, and the smooth discrepancy that the fit found in it.

    For conductivity and heat capacity ln(measured/theory), for the expansion (measured - theory)/error.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : axes, one for each fitted quantity, optional
        Made if not given.
    level : float
        Probability inside the discrepancy's band.

    Returns
    -------
    Panels (q,), the fitted quantities in the order κ, C, α.
    """
    groups = _by_quantity(result)
    panels = _panels(axes, len(groups), "residuals")
    for ax, (quantity, fitted) in zip(panels, groups.items(), strict=True):
        prepare(ax, quantity)
        ax.set_yscale("linear")
        relative = QUANTITIES[quantity].logarithmic
        ax.set_ylabel(r"$\ln$(measured / theory)" if relative else "(measured − theory) / error")
        ax.axhline(0.0, color=LINE, linewidth=1.0, label="maximum a posteriori")
        measurements = [measurement for measurement, _ in fitted]
        if relative and quantity in result.study.discrepancy:
            _draw_discrepancy(ax, result, quantity, span_of(measurements), level)
        looks = zip(source_labels(measurements), cycle(DATA_STYLES), strict=False)
        for (measurement, left), (label, (colour, marker)) in zip(fitted, looks, strict=True):
            bars = total_error(measurement) / np.abs(measurement.value) if relative else np.ones_like(left)
            draw_points(ax, measurement.temperature, left, bars, color=colour, marker=marker, label=label)
        ax.margins(y=0.2)
        finish(ax)
    return Panels.of(panels)


@housed
def prediction(
    T: np.ndarray,
    value: np.ndarray,
    quantity: str,
    measurements: "Sequence[Measurement]" = (),
    ax: Axes | None = None,
    *,
    bands: Mapping[str, np.ndarray] | None = None,
    checks: "Sequence[Measurement]" = (),
) -> Axes:
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

    def up(T: np.ndarray, values: np.ndarray) -> np.ndarray:
        return scaled(quantity, T, values)

    prepare(panel, quantity)
    for (name, ends), colour in zip((bands or {}).items(), (BAND, DISCREPANCY), strict=False):
        panel.fill_between(T, *up(T, ends), color=colour, linewidth=0, label=name)
    panel.plot(T, up(T, value), color=LINE, label="median" if bands else "theory")
    draw_data(panel, [m for m in measurements if m.quantity == quantity], up=up)
    draw_data(panel, [m for m in checks if m.quantity == quantity], up=up, hollow=True)
    finish(panel)
    return panel


@housed
def prior(
    study: Any,
    axes: Sequence[Axes] | np.ndarray | None = None,
    *,
    levels: tuple[float, float] = (0.5, 0.89),
    draws: int = 200,
    seed: int | None = None,
) -> Panels:
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

    Returns
    -------
    Panels (q,), the fitted quantities in the order κ, C, α.
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
        measurements = [m for m in study.measurements("fit") if m.quantity == quantity]
        draw_data(ax, measurements, up=lambda T, values, quantity=quantity: scaled(quantity, T, values))
        margin = (T[-1] / T[0]) ** 0.04
        if margin > 1:
            ax.set_xlim(T[0] / margin, T[-1] * margin)
        finish(ax)
        legend_below(ax)  # the bands fill the panel
    return Panels.of(panels)


def _panels(axes: Sequence[Axes] | np.ndarray | None, count: int, what: str) -> list[Axes]:
    return list(new_panels(count)) if axes is None else pick_axes(axes, count, what)


def _by_quantity(result: Result) -> "dict[str, list[tuple[Measurement, np.ndarray]]]":
    groups: dict[str, list[tuple[Measurement, np.ndarray]]] = {}
    for measurement, left in result.residuals():
        groups.setdefault(measurement.quantity, []).append((measurement, np.asarray(left)))
    return {quantity: groups[quantity] for quantity in QUANTITIES if quantity in groups}


def span_of(measurements: "Sequence[Measurement]") -> np.ndarray:
    """Temperatures (n,) over all of the data, equally spaced in ln T."""
    lowest = min(float(measurement.temperature[0]) for measurement in measurements)
    highest = max(float(measurement.temperature[-1]) for measurement in measurements)
    return np.geomspace(lowest, highest, POINTS)


def draw_bands(
    ax: Axes,
    result: Result,
    quantity: str,
    T: np.ndarray,
    level: float,
    across: Callable[[np.ndarray], np.ndarray] = np.asarray,
    up: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda T, values: values,
) -> None:
    """Draw the bands of the theory, and of theory and discrepancy; ``across`` and ``up`` as in `sources.draw_data`."""
    bands = [(result.band(quantity, T, level=level), BAND, "of the theory")]
    if quantity in result.study.discrepancy:
        wider = result.band(quantity, T, level=level, discrepancy=True)
        bands.append((wider, DISCREPANCY, "with discrepancy"))
    for band, colour, what in bands:
        low, _, high = up(T, band)
        ax.fill_between(across(T), low, high, color=colour, linewidth=0, label=f"{level:.0%} {what}")


def _draw_discrepancy(ax: Axes, result: Result, quantity: str, T: np.ndarray, level: float) -> None:
    relative = np.log(result.predict(quantity, T, discrepancy=True) / result.curve(quantity, T))
    low, middle, high = np.quantile(relative, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
    ax.fill_between(T, low, high, color=DISCREPANCY, linewidth=0, label=f"{level:.0%} with discrepancy")
    ax.plot(T, middle, color="0.3", linewidth=0.8, linestyle="--", label="median with discrepancy")

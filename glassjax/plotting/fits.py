"""Data against theory: the observables, what is left over, a prediction, and what the priors allow."""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox
from scipy import stats

from ..errors import GlassjaxError, suggest
from ..quantities import QUANTITIES
from ..random_streams import generator
from .house import Panels, housed, new_panels
from .style import (
    BAND,
    DATA_STYLES,
    DISCREPANCY,
    FAINT,
    LINE,
    VERMILION,
    finish,
    legend_below,
    literal,
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


COLOURS, MARKERS = zip(*DATA_STYLES, strict=True)
_LONGEST = 36  # characters of a source


def source_labels(measurements: "Sequence[Measurement]") -> list[str]:
    """Return authors and year of each measurement, or its name without a citation, and its class in brackets.

    Names are added where sources would look alike.
    """
    short = [_source(measurement) for measurement in measurements]
    labels = [
        measurement.name if short.count(source) > 1 else source
        for measurement, source in zip(measurements, short, strict=True)
    ]
    return [literal(f"{label} ({m.kind})") for label, m in zip(labels, measurements, strict=True)]


def _source(measurement: "Measurement") -> str:
    """Return "Cahill & Pohl 1988" for "Cahill & Pohl, Annu. Rev. Phys. Chem. 39, 93 (1988)"."""
    citation = " ".join(measurement.citation.split())
    if not citation:
        return measurement.name
    parts = re.split(r", | \(|; ", citation)
    authors = parts[0]
    for count, part in enumerate(parts[:8], start=1):
        if re.search(r"[\d.]", part):
            break
        if "&" in part or " and " in part:
            authors = part if count == 1 else f"{parts[0]} et al."
            break
    year = re.search(r"(?<=\()(?:18|19|20)\d\d(?=\))", citation)
    authors = textwrap.shorten(authors, _LONGEST, placeholder=" …")
    return authors if year is None or year[0] in authors else f"{authors} {year[0]}"


def total_error(measurement: "Measurement") -> np.ndarray:
    """Independent and shared error (n,) of each row, added in quadrature."""
    return np.hypot(measurement.error, measurement.scale_error * np.abs(measurement.value))


def draw_data(
    ax: Axes,
    measurements: "Sequence[Measurement]",
    across: Callable[[np.ndarray], np.ndarray] = np.asarray,
    up: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda T, values: values,
    *,
    hollow: bool = False,
    colours: Sequence[str] | None = None,
) -> None:
    """Draw each measurement with both errors, ``across`` telling where a T stands on the axis and ``up`` a value at T.

    Files differ in marker and colour, or in marker and in the given ``colours``.
    """
    looks = zip(cycle(colours or COLOURS), cycle(MARKERS), strict=False)
    for measurement, label, (colour, marker) in zip(
        measurements, source_labels(measurements), looks, strict=False
    ):
        T = measurement.temperature
        values, bars = (up(T, y) for y in (measurement.value, total_error(measurement)))
        face = {"markerfacecolor": "none"} if hollow else {}
        draw_points(ax, across(T), values, bars, color=colour, marker=marker, label=label, **face)


def draw_points(ax: Axes, x: np.ndarray, y: np.ndarray, bars: np.ndarray, **look: Any) -> None:
    """Draw points (n,) with error bars and no line."""
    # matplotlib 3.10.9 takes logarithms of the ends of error bars for data, which shifts the limits of the axes
    known = np.vstack([ax.dataLim.get_points(), ax.dataLim.minpos])
    ax.errorbar(x, y, yerr=bars, elinewidth=0.8, linestyle="none", **look)
    ends = [np.column_stack([x, end]) for end in (y - bars, y, y + bars)]
    ax.dataLim = Bbox.null()
    ax.update_datalim(np.vstack([known[np.isfinite(known).all(axis=1)], *ends]))


LEVEL = 0.95
TRIALS = 2000
FAR = 3.0  # standard deviations


@housed
def predictive(result: Any, axes: Sequence[Axes] | np.ndarray | None = None) -> Panels:
    """Draw the whitened residuals of every quantity in order against normal quantiles, with a simultaneous band.

    If theory, discrepancy and stated errors are right all points of a panel lie within the band in 95 of 100 cases,
    along the diagonal. A steeper line: the errors are too small. A flatter one: they are too large. Ends that leave:
    outliers, of which those beyond 3 standard deviations are red.

    Parameters
    ----------
    result : Maximum or Posterior
    axes : axes, one a quantity, optional
        Made if not given.

    Returns
    -------
    Panels (quantities,)
    """
    parts = result.whitened.parts
    panels = Panels.of(new_panels(len(parts)) if axes is None else pick_axes(axes, len(parts), "predictive"))
    for ax, part in zip(panels.ravel(), parts, strict=True):
        n = len(part.white)
        expected = stats.norm.ppf((np.arange(1, n + 1) - 0.5) / n)
        values = np.sort(part.white)
        low, high = _band(n)
        if n > 1:
            ax.fill_between(
                expected, low, high, color=BAND, linewidth=0, label=f"{LEVEL:.0%} of right models"
            )
        else:
            ax.vlines(expected, low, high, color=BAND, linewidth=6, label=f"{LEVEL:.0%} of right models")
        reach = 1.1 * max(2.0, float(np.max(np.abs([*expected, *values, *low, *high]))))
        ax.plot([-reach, reach], [-reach, reach], color=LINE, linewidth=0.8)
        far = np.abs(values) > FAR
        ax.plot(expected[~far], values[~far], "o", color="black", label=f"whitened residuals ({n})")
        if np.any(far):
            ax.plot(expected[far], values[far], "o", color=VERMILION, label=f"beyond {FAR:g} σ")
        across = 1.15 * max(1.0, float(expected[-1]))
        ax.set_xlim(-across, across)
        ax.set_ylim(-reach, reach)
        ax.set_xlabel("expected of a unit normal")
        ax.set_ylabel("whitened residual [σ]")
        ax.set_title(QUANTITIES[part.quantity].title)
        ax.grid(True)
        finish(ax)
    return panels


def _band(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (n,) between which all ``n`` ordered unit normals lie, with the probability `LEVEL`."""
    order = np.arange(1, n + 1)
    uniform = np.sort(generator(n, "band of quantiles").random((TRIALS, n)), axis=1)
    below = stats.beta.cdf(uniform, order, n + 1 - order)
    tail = float(np.quantile(np.min(np.minimum(below, 1 - below), axis=1), 1 - LEVEL))
    ends = stats.norm.ppf(stats.beta.ppf([[tail], [1 - tail]], order, n + 1 - order))
    return ends[0], ends[1]

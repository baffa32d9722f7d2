"""The three panels: data with their errors, the curve of the sliders, and the curve of the start."""

import dataclasses
import math
from itertools import cycle
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, LogTickFormatter, Range1d
from bokeh.plotting import figure

from ..plotting.fits import total_error
from ..plotting.style import BLUE, DATA_STYLES, scaled
from ..problem.selection import DataSet
from ..quantities import QUANTITIES
from .curves import Curves
from .scene import Scene

_AXES = {"kappa": "κ [W/(m K)]", "heat-capacity": "C/T³ [J/(kg K⁴)]"}
_GLYPHS = {
    "o": "circle",
    "s": "square",
    "^": "triangle",
    "D": "diamond",
    "v": "inverted_triangle",
    "P": "plus",
}
_SIGNS = {"o": "●○", "s": "■□", "^": "▲△", "D": "◆◇", "v": "▼▽", "P": "✚✚"}
_FAINT = "#8a8a8a"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclasses.dataclass(frozen=True)
class Mark:
    """How a data set is drawn: colour, Bokeh's name of the marker, a sign for text, and whether it is hollow."""

    colour: str
    glyph: str
    sign: str
    hollow: bool


def marks(scene: Scene) -> list[Mark]:
    """Return a mark for every data set; those of one quantity differ in colour and shape, checks are hollow."""
    styles = {quantity: cycle(DATA_STYLES) for quantity in QUANTITIES}
    found = []
    for entry in scene.data:
        colour, marker = next(styles[entry.quantity])
        hollow = entry.role == "check"
        found.append(Mark(colour, _GLYPHS[marker], _SIGNS[marker][hollow], hollow))
    return found


def expansion_power(scene: Scene, start: Curves) -> int:
    """Return the power of ten, a multiple of three, in whose units the expansion is drawn."""
    low, high = scene.temperatures("expansion")
    values = [start.of("expansion")[(low <= start.T) & (high >= start.T)]]
    values += [entry.used.value for entry in scene.data if entry.quantity == "expansion"]
    largest = max(float(np.max(np.abs(y))) for y in values)
    return 3 * math.floor(math.log10(largest) / 3) if largest > 0 else 0


def columns(curves: Curves, power: int) -> dict[str, Any]:
    """Return what a curve's source holds: ``T``, and every quantity as it stands on its axis; α in 10^``power``/K."""
    return {"T": curves.T} | {q: _drawn(q, curves.T, curves.of(q), power) for q in QUANTITIES}


def _drawn(quantity: str, T: np.ndarray, values: np.ndarray, power: int) -> np.ndarray:
    return scaled(quantity, T, values) / (1.0 if QUANTITIES[quantity].logarithmic else 10.0**power)


def draw(
    scene: Scene, curve: ColumnDataSource, start: dict[str, Any], power: int
) -> tuple[dict[str, Any], list[Any]]:
    """Return the panels by quantity, and the lines that show the sliders' curve.

    The axes hold data and start, so that a curve moves and the axes do not. ``power`` is that of `columns`.
    """
    styles = list(zip(scene.data, marks(scene), strict=True))
    panels, lines = {}, []
    for quantity in QUANTITIES:
        own = [(entry, mark) for entry, mark in styles if entry.quantity == quantity]
        low, high = scene.temperatures(quantity)
        shown = (start["T"] >= low) & (start["T"] <= high)
        span = _span(quantity, start[quantity][shown], [entry for entry, _ in own], power)
        panel = figure(
            name=quantity,
            x_axis_type="log",
            y_axis_type="log" if QUANTITIES[quantity].logarithmic else "linear",
            x_range=Range1d(low, high),
            y_range=span,
            x_axis_label="T [K]",
            y_axis_label=_AXES.get(quantity, f"α [10{str(power).translate(_RAISED)}/K]"),
            sizing_mode="stretch_both",
            min_height=200,
            tools="pan,wheel_zoom,box_zoom,reset",
            toolbar_location="above",
        )
        panel.toolbar.logo = None
        _tick(panel.xaxis, low, high, plain=True)
        if QUANTITIES[quantity].logarithmic:
            _tick(panel.yaxis, span.start, span.end, plain=False)
        panel.line(
            "T", quantity, source=ColumnDataSource(start), color=_FAINT, line_width=2, line_dash="dashed"
        )
        lines.append(panel.line("T", quantity, source=curve, color=BLUE, line_width=3))
        for entry, mark in own:
            _points(panel, entry, mark, power)
        panels[quantity] = panel
    return panels, lines


def _points(panel: Any, entry: DataSet, mark: Mark, power: int) -> None:
    measured = entry.used
    T = measured.temperature
    error = total_error(measured)
    lower = measured.value - error
    if QUANTITIES[entry.quantity].logarithmic:
        lower = np.maximum(lower, 0.01 * measured.value)
    source = ColumnDataSource(
        {
            "T": T,
            "value": measured.value,
            "error": error,
            "y": _drawn(entry.quantity, T, measured.value, power),
            "low": _drawn(entry.quantity, T, lower, power),
            "high": _drawn(entry.quantity, T, measured.value + error, power),
        }
    )
    panel.segment("T", "low", "T", "high", source=source, color=mark.colour)
    points = panel.scatter(
        "T",
        "y",
        source=source,
        marker=mark.glyph,
        size=7,
        color=mark.colour,
        fill_color=None if mark.hollow else mark.colour,
    )
    number = "{0.000e+0}"
    unit = measured.unit
    panel.add_tools(
        HoverTool(
            renderers=[points],
            visible=False,
            tooltips=[
                ("data", measured.name.replace("@", "(at)").replace("$", " ")),
                ("T", "@T{0.[0000]} K"),
                ("value", f"@value{number} ± @error{{0.0e+0}} {unit}"),
            ],
        )
    )


def _span(quantity: str, curve: np.ndarray, data: list[DataSet], power: int) -> Range1d:
    used = [entry.used for entry in data]
    values = [curve, *(_drawn(quantity, measured.temperature, measured.value, power) for measured in used)]
    low, high = min(float(np.min(y)) for y in values), max(float(np.max(y)) for y in values)
    if QUANTITIES[quantity].logarithmic:
        return Range1d(low / 2, high * 2)
    low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.6 * (high - low)
    return Range1d(low - margin, high + margin)


def _tick(axis: Any, low: float, high: float, *, plain: bool) -> None:
    """Label a logarithmic axis at decades, and at 2 and 5 where it is short; also beyond its ends, for who moves it."""
    short = high < 100 * low
    powers = range(math.floor(math.log10(low)) - 3, math.ceil(math.log10(high)) + 3)
    ticks = [float(f"{mantissa}e{power}") for power in powers for mantissa in ((1, 2, 5) if short else (1,))]
    minor = [float(f"{mantissa}e{power}") for power in powers for mantissa in range(2, 10)]
    axis.ticker = FixedTicker(ticks=ticks, minor_ticks=minor)
    axis.formatter = LogTickFormatter()
    if plain or short:
        axis.major_label_overrides = {tick: f"{tick:g}" for tick in ticks}

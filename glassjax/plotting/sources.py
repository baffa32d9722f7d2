"""Measured points with their errors, and where they come from in a few words."""

import re
import textwrap
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from .style import DATA_STYLES, literal

if TYPE_CHECKING:
    from ..datasets import Measurement

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

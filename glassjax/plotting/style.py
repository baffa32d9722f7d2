"""Axes, units and colours shared by all figures; no state of pyplot is touched."""

import math
import re
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from ..quantities import QUANTITIES

# Okabe & Ito's colours, told apart by every kind of colour vision; files differ in marker too.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
LINE = BLUE
BAND = "#8FC1E3"
FAINT = "#D4E6F4"
DISCREPANCY = ORANGE + "59"  # seen through, since either band may be the wider one
CHAIN_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
DATA_STYLES: tuple[tuple[str, str], ...] = (
    (BLACK, "o"),
    (VERMILION, "s"),
    (GREEN, "^"),
    (PURPLE, "D"),
    (BLUE, "v"),
    (SKY, "P"),
)


def prepare(ax: Axes, quantity: str) -> None:
    """Scale and name the axes for a quantity."""
    panel = QUANTITIES[quantity]
    ax.set_xscale("log")
    ax.set_yscale("log" if panel.logarithmic else "linear")
    ax.set_xlabel("$T$ [K]")
    ax.set_ylabel(panel.axis)
    ax.set_title(panel.title)
    ax.grid(True, which="major")


def finish(ax: Axes) -> None:
    """Label logarithmic axes in plain numbers, at 2 and 5 too where they are short; place the legend."""
    for axis, scale, (low, high), longest in (
        (ax.xaxis, ax.get_xscale(), ax.get_xlim(), math.inf),
        (ax.yaxis, ax.get_yscale(), ax.get_ylim(), 100.0),
    ):
        if scale == "log" and high < longest * low:
            short = high < 30 * low
            axis.set_major_formatter("{x:g}")
            axis.set_minor_locator(LogLocator(subs=(2, 5) if short else tuple(range(2, 10))))
            axis.set_minor_formatter("{x:g}" if short else NullFormatter())
    ax.legend()


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes belong to."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def leftmost(ax: Axes) -> bool:
    """Whether no other panel of the figure's grid stands left of these axes, which then carry the labels."""
    place = ax.get_subplotspec()
    return place is None or place.is_first_col()


def legend_above(axes: Sequence[Axes] | np.ndarray, columns: int = 3) -> None:
    """Give the figure of these axes one legend, of what is drawn on the first, above all of them."""
    first = axes[0]
    figure_of(first).legend(*first.get_legend_handles_labels(), loc="outside upper center", ncols=columns)


def legend_below(ax: Axes, columns: int = 2) -> None:
    """Place the legend below the axes, where it hides nothing."""
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=columns)


def scaled(quantity: str, T: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return ``values`` (..., n) as they stand on the axis at temperatures ``T`` (n,)."""
    return values / T ** QUANTITIES[quantity].power


def literal(text: str) -> str:
    """Return a name that comes from a file or a study for a figure: it is no mathematics, whatever dollars it has."""
    return text.replace("$", r"\$")


def name_glass(figure: Figure, subject: Any) -> None:
    """Write above a figure which glass it is of, and which study where that has a name of its own.

    Parameters
    ----------
    figure : Figure
        One that was made here; the caller's own has the caller's title. A title that stands there is kept.
    subject : Study, or what has one as its ``study``
        A Dataset names its study in its attributes. Figures of anything else get no name.
    """
    for step in ("information", "rivals", "result", "study"):  # of a Design, a Comparison, a Rival, a result
        subject = getattr(subject, "attrs", {}).get(step) or getattr(subject, step, subject)
        subject = subject[0] if isinstance(subject, tuple) else subject
    glass = getattr(getattr(subject, "glass", None), "name", None)
    name = subject if isinstance(subject, str) else getattr(subject, "name", None)
    if (glass is None and not isinstance(subject, str)) or figure.get_suptitle():
        return
    label = name if glass in (None, name) else f"{glass} (study {name})"
    figure.suptitle(literal(textwrap.fill(str(label), 60)))


def symbol_label(symbol: str, unit: str = "", exponent: int = 0) -> str:
    """Return an axis label from a mathtext symbol (without $), a unit such as 1/K4 and a power of ten."""
    unit = re.sub(r"(?<=[A-Za-z])(-?\d+)", r"$^{\1}$", unit)
    factor = f"$10^{{{exponent}}}$" if exponent else ""
    bracket = " ".join(part for part in (factor, unit) if part)
    return f"${symbol}$" + (f" [{bracket}]" if bracket else "")


def pick_axes(axes: Sequence[Axes] | np.ndarray, count: int, what: str) -> list[Axes]:
    """Return the caller's axes as a flat list of ``count``, or say how many are wanted."""
    given = list(np.asarray(axes, dtype=object).ravel())
    if len(given) != count:
        raise ValueError(f"{what} needs {count} axes, got {len(given)}")
    return given

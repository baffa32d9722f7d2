"""The house style: fonts and colours, widths of print, and figures whose text stays text.

Every function of `glassjax.plotting` draws in it, over the user's own settings of matplotlib. The commands draw with a
complete style of their own (`glassjax.drawing`). `style` is for your own figures, and sets the width of those that
the functions make; ``plt.style.use("glassjax.plotting.house")`` takes fonts, colours and vector output for a script.
"""

import inspect
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from pathlib import Path
from typing import Any, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..drawing import OWN_STYLE
from ..errors import GlassjaxError, suggest
from ..scalars import as_path
from .style import figure_of, name_glass

WIDTHS = {"single": 3.4, "double": 7.0}
"""Columns of a journal, in inches."""

_FILE = Path(__file__).with_name("house.mplstyle")
_NARROWEST = 3.0  # inches; a row of panels is broken where they would be narrower
_FLATTEST, _STEEPEST = 0.6, 0.9  # height of a panel over its width in print
_LEAST, _MOST = 1.0, 50.0  # inches
_PRINT = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 6.5,
    "figure.titlesize": 9,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.0,
}
_width: ContextVar[float | None] = ContextVar("width", default=None)
Drawing = TypeVar("Drawing", bound=Callable[..., Any])


class Panels(np.ndarray):
    """An array of axes, in the shape they are drawn in, that knows its figure as each of them does."""

    @property
    def figure(self) -> Figure:
        """The figure that the axes belong to."""
        return figure_of(self.ravel()[0])

    @classmethod
    def of(cls, axes: Any) -> "Panels":
        """Return axes, in any arrangement, as `Panels` of the same shape."""
        return np.asarray(axes, dtype=object).view(cls)


class _HouseFigure(Figure):
    """A figure that is written with text as text."""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write it; see `matplotlib.figure.Figure.savefig`."""
        with matplotlib.rc_context({**_base(), **_vector()}):
            super().savefig(fname, **options)


@contextmanager
def style(width: "str | int | float | None" = None) -> Iterator[None]:
    """Draw in the house style while the block runs; with a width, for print.

    Parameters
    ----------
    width : {"single", "double"} or float, optional
        Of the figures made in the block: a column of a journal (3.4 in), both (7 in), or inches, with type of 6.5
        to 8 points. A row of panels is broken where they would be too narrow. For a screen if not given.

    Raises
    ------
    GlassjaxError
        If the width is not valid.
    """
    inches = _inches(width)
    sizes: dict[str, Any] = {} if inches is None else {**_PRINT, "figure.figsize": (inches, 0.8 * inches)}
    token = _width.set(inches)
    try:
        with matplotlib.rc_context({**_base(), **_parameters(), **sizes}):
            yield
    finally:
        _width.reset(token)


def housed(draw: Drawing) -> Drawing:
    """Let a function draw in the house style, at the width of the `style` it is called in.

    A figure that it makes, where no axes are given, bears the name of the glass that its first argument is of.
    """
    parameters = inspect.signature(draw)

    @wraps(draw)
    def drawing(*arguments: Any, **options: Any) -> Any:
        with style(_width.get()):
            drawn = draw(*arguments, **options)
            given = parameters.bind(*arguments, **options).arguments
            if arguments and given.get("axes") is None and given.get("ax") is None:
                name_glass(figure_of(np.ravel(drawn)[0]), arguments[0])
            return drawn

    return drawing  # type: ignore[return-value]


def save(drawn: "Axes | Panels | Figure", path: str | Path, *, dpi: int | float = 200) -> Path:
    """Write the figure that axes belong to, with text as text in SVG, PDF and PostScript.

    Parameters
    ----------
    drawn : Axes, Panels or Figure
        What a function of `glassjax.plotting` returned, or your own axes.
    path : str or Path
        Its ending says the kind of file.
    dpi : float
        Of what has pixels.

    Raises
    ------
    GlassjaxError
        If matplotlib does not know the ending, or the file cannot be written.
    """
    path = as_path(path, "the file of a figure")
    figure = drawn if isinstance(drawn, Figure) else Panels.of(drawn).figure
    kinds = sorted(figure.canvas.get_supported_filetypes())
    if path.suffix.lower().lstrip(".") not in kinds:
        raise GlassjaxError(
            f"cannot draw '{path}'; end its name in .pdf, .svg, .png or another of {', '.join(kinds)}"
        )
    try:
        with matplotlib.rc_context(_vector()):
            figure.savefig(path, dpi=dpi)
    except OSError as error:
        raise GlassjaxError(f"cannot write '{path}' ({error.strerror}); choose another file") from error
    return path


def empty_figure(
    width: float, height: float, *, layout: str = "constrained", as_high: bool = False
) -> Figure:
    """Return a figure without a window or axes: of this size on a screen, in proportion at the width of a `style`.

    ``as_high`` keeps the height there.
    """
    inches = _width.get() or width
    height = height if as_high else height * inches / width
    return _HouseFigure(figsize=(inches, height), layout=layout)  # type: ignore[arg-type]


def new_figure(
    rows: int, columns: int, width: float, height: float, *, as_high: bool = False
) -> tuple[Figure, Panels]:
    """Return such a figure with axes (rows, columns)."""
    figure = empty_figure(width, height, as_high=as_high)
    return figure, Panels.of(figure.subplots(rows, columns, squeeze=False))


def new_panels(
    count: int,
    width: float = 4.6,
    height: float = 4.2,
    *,
    columns: int | None = None,
    narrowest: float = _NARROWEST,
) -> Panels:
    """Return ``count`` axes (count,), each of this size on a screen, ``columns`` or all in a row.

    Where a `style` makes them narrower than ``narrowest`` inches, there are fewer in a row.
    """
    inches = _width.get()
    columns = min(columns or count, count)
    if inches is not None:
        columns = min(columns, max(1, int(inches / narrowest)))
        width, ratio = inches / columns, height / width
        height = width * min(max(ratio, _FLATTEST), _STEEPEST if width < 5 else 0.7)
    rows = math.ceil(count / columns)
    _, axes = new_figure(rows, columns, width * columns, height * rows)
    for spare in axes.ravel()[count:]:
        spare.remove()
    return axes.ravel()[:count]


def _inches(width: "str | int | float | None") -> float | None:
    if width is None:
        return None
    if isinstance(width, str):
        if width not in WIDTHS:
            raise GlassjaxError(
                f"no width '{width}'{suggest(width, WIDTHS)}; there are {', '.join(WIDTHS)}, or inches"
            )
        return WIDTHS[width]
    if not _LEAST <= width <= _MOST:
        raise GlassjaxError(f"a figure is {_LEAST:g} to {_MOST:g} inches wide, not {width!r}")
    return float(width)


def _base() -> Mapping[str, Any]:
    """Return the settings below the house style: matplotlib's own for the commands, the user's otherwise."""
    return _defaults() if os.environ.get(OWN_STYLE) else {}


@cache
def _defaults() -> Mapping[str, Any]:
    own = ("backend", "backend_fallback", "interactive", "date.epoch", "svg.hashsalt")  # not of a style
    return {name: value for name, value in matplotlib.rcParamsDefault.items() if name not in own}


@cache
def _parameters() -> Mapping[str, Any]:
    return dict(matplotlib.rc_params_from_file(_FILE, use_default_template=False))


def _vector() -> dict[str, Any]:
    return {name: value for name, value in _parameters().items() if name.endswith(".fonttype")}

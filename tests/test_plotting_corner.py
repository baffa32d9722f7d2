"""Corner and trace of parameters with long names: nothing is cut, no ticks run together, equal draws are drawn."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from glassjax import plotting

UNIT = "W/(m K4)"
SIZES = (1e-3, 25.0, 1500.0, 0.3, 2e-7)  # of the draws of each parameter; the last has none but one value


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(0)
    names = [f"p{i}" for i in range(len(SIZES))]
    draws = {
        name: (("chain", "draw"), size * (3 + rng.standard_normal((2, 400))))
        for name, size in zip(names, SIZES, strict=True)
    }
    draws["p4"] = (("chain", "draw"), np.full((2, 400), SIZES[-1]))
    return SimpleNamespace(
        tree={"posterior": xr.Dataset(draws)},
        table=[{"name": name, "symbol": r"\Delta_\mathrm{some\,long\,name}", "unit": UNIT} for name in names],
        best={name: float(np.mean(values)) for name, (_, values) in draws.items()},
        study=SimpleNamespace(name="one-study", glass=SimpleNamespace(name="one-glass")),
    )


def texts_of(figure):
    """Every text that is drawn, with its box in pixels."""
    figure.canvas.draw()
    for ax in figure.axes:
        labels = [ax.xaxis.label, ax.yaxis.label, ax.title]
        for axis in (ax.xaxis, ax.yaxis):  # ticks beyond the ends of an axis are made, and not drawn
            low, high = sorted(axis.get_view_interval())
            labels += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        for text in labels:
            if ax.axison and text.get_visible() and text.get_text():
                yield ax, text, text.get_window_extent()


@pytest.mark.parametrize("width", [None, "double"])
@pytest.mark.parametrize("draw", [plotting.corner, plotting.trace])
def test_no_text_is_cut_and_no_ticks_run_together(result, draw, width):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with plotting.style(width):
        figure = draw(result).figure
    FigureCanvasAgg(figure)
    right, top = figure.bbox.width, figure.bbox.height
    boxes = list(texts_of(figure))
    assert len(boxes) > 4 * len(SIZES)
    for _, text, box in boxes:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= right + 1 and box.y1 <= top + 1
        assert inside, (text.get_text(), box)
    edge = [box for ax, text, box in boxes if draw is plotting.corner and text in ax.get_xticklabels()]
    for one, other in itertools.combinations(edge, 2):
        assert not one.shrunk(0.9, 0.9).overlaps(other.shrunk(0.9, 0.9)), (one, other)


def test_the_figure_names_its_glass(result):
    assert plotting.corner(result).figure.get_suptitle() == "one-glass (study one-study)"


def test_axes_of_ones_own_are_drawn_on_and_keep_their_title(result):
    from matplotlib.figure import Figure

    figure = Figure()
    figure.suptitle("mine")
    axes = figure.subplots(len(SIZES), 2)
    drawn = plotting.trace(result, axes)
    assert drawn[0, 0] is axes[0, 0]
    assert figure.get_suptitle() == "mine"
    assert len(axes[0, 0].lines) == 2  # a line for each chain

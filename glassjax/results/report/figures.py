"""The figures of a report, as images that are part of the page."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure

from ...drawing import undrawn
from ...plotting.house import empty_figure
from ...quantities import QUANTITIES

if TYPE_CHECKING:
    from ..base import BaseResult

LARGE = 300_000  # bytes of SVG above which a bitmap may be the smaller file
DPI = 180
_LEGENDS = {
    "observables": "Data, the most probable theory (line), the band that the posterior allows (blue) and the same "
    "with the discrepancy that the data show (yellow). Hollow points are only compared with, not fitted.",
    "residuals": "What the most probable theory leaves over. A run of points on one side is a shape the theory does "
    "not have; yellow is the smooth discrepancy that the fit found in it.",
    "predictive": "Whitened residuals in order against normal quantiles. If theory, discrepancy and stated errors are "
    "right, all points lie along the line, within the band in 95 of 100 cases; steeper: the errors are too small.",
    "priors": "What was believed before (dashed) and after the data (filled). Where both look alike the data say "
    "nothing.",
    "correlations": "Correlations of the draws. Of two parameters near +1 or −1 the data determine a combination only.",
    "corner": "Each parameter's distribution, and that of each pair with the contours that hold half and 89 % of it. "
    "The cross is the most probable point; above the diagonal the correlations.",
    "population": "Each shared parameter in every glass: with the others (full) and alone (hollow). Band: what a glass "
    "that was not measured would have; line: the median of the population.",
    "trace": "Each chain's draws in order, and the ranks of its draws among all: flat where the chains agree.",
}


@dataclass(frozen=True)
class Picture:
    """One image: what it shows in a word (``kind``), in words for those who do not see it, and its data."""

    kind: str
    description: str
    legend: str
    uri: str
    width: int  # CSS pixels at full size


def pictures(result: "BaseResult", drawn: Path | None = None) -> dict[str, list[Picture]]:
    """Draw the figures of a result, by kind: one image a quantity, one image, or none where it has no chains.

    Parameters
    ----------
    result : Maximum or Posterior
    drawn : Path, optional
        Folder with ``corner.svg``, ``corner.png`` and so on, already drawn from this result.
    """
    found: dict[str, list[Picture]] = {kind: [] for kind in _LEGENDS}
    drawing = _population_figures if result.population else _figures
    with undrawn("report"):  # which then lacks the rest of its figures
        for kind, description, figure in drawing(result, drawn):
            picture = Picture(kind, description, _LEGENDS[kind], *_embedded(figure))
            found[kind].append(picture)
    return found


def _figures(result: Any, drawn: Path | None) -> Iterator[tuple[str, str, Figure | Path]]:
    quantities = [quantity for quantity in QUANTITIES if quantity in result.study.quantities]
    for kind, what in (("observables", "data and theory"), ("residuals", "residuals")):
        panels = [empty_figure(4.6, 4.0) for _ in quantities]
        result.plot(kind, axes=[figure.subplots() for figure in panels])
        for quantity, figure in zip(quantities, panels, strict=True):
            yield kind, f"{QUANTITIES[quantity].title} against temperature: {what}", figure
    checked = "quantiles of the whitened residuals of each quantity against those of a normal"
    yield "predictive", checked, _drawn(result, "predictive", drawn)
    priors = result.plot("priors", columns=2).figure
    yield "priors", "densities of prior and posterior of each parameter", priors
    yield (
        "correlations",
        "heat map of the correlations between parameters",
        result.plot("correlations").figure,
    )
    yield from _draws(result, drawn)


def _population_figures(result: Any, drawn: Path | None) -> Iterator[tuple[str, str, Figure | Path]]:
    for kind, what in (
        ("population", "shared parameters of each glass, with the others and alone"),
        ("observables", "data and theory of each glass"),
    ):
        yield kind, what, _drawn(result, kind, drawn)
    yield from _draws(result, drawn)


def _draws(result: Any, drawn: Path | None) -> Iterator[tuple[str, str, Figure | Path]]:
    yield "corner", "distributions of each parameter and each pair", _drawn(result, "corner", drawn)
    if "sample_stats" in result.tree.children:
        yield "trace", "draws of each chain in order, and their ranks", _drawn(result, "trace", drawn)


def _drawn(result: Any, kind: str, drawn: Path | None) -> Figure | Path:
    """Return a figure already drawn, or draw it."""
    there = drawn is not None and (drawn / f"{kind}.svg").is_file()
    return drawn / kind if drawn is not None and there else result.plot(kind).figure


def _embedded(figure: Figure | Path) -> tuple[str, int]:
    """Return an image as a data address, and its width; a `Path` lacks the endings of its files, SVG and PNG."""
    data, kind = _image(figure, "svg"), "svg+xml"
    size = re.search(rb'width="([\d.]+)pt"', data)
    width = round(float(size[1]) * 4 / 3) if size else 600
    if len(data) > LARGE:
        bitmap = _image(figure, "png")
        if len(bitmap) < len(data):
            data, kind = bitmap, "png"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}", width


def _image(figure: Figure | Path, ending: str) -> bytes:
    if isinstance(figure, Path):
        return figure.with_suffix(f".{ending}").read_bytes()
    # A fixed salt and no date: the same result gives the same page.
    with matplotlib.rc_context({"svg.hashsalt": "glassjax"}), io.BytesIO() as buffer:
        figure.savefig(buffer, format=ending, dpi=DPI, metadata={"Date": None} if ending == "svg" else None)
        return buffer.getvalue()

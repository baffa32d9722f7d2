"""What data determine and where to measure next: deviations, directions, profiles, and gains against temperature."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import chi2

from ..quantities import QUANTITIES
from .house import Panels, empty_figure, housed, new_panels
from .style import BLACK, CHAIN_COLOURS, LINE, ORANGE, VERMILION, literal, pick_axes, symbol_label

if TYPE_CHECKING:
    from ..problem.specification import Specification

COLOURS = dict(zip(QUANTITIES, cycle(CHAIN_COLOURS), strict=False))
SIGNS = {quantity: f"${entry.mathtext}$" for quantity, entry in QUANTITIES.items()}
LEAST_GAIN = 1e-3  # nats


@housed
def information(found: Any, axes: Sequence[Axes] | np.ndarray | None = None) -> Panels:
    """Draw (left) how the deviations shrink as κ, C and α are added, and (right) the directions of the information.

    Filled marks hold the priors, hollow ones do not; those beyond the axis are marked at its edge. A square of the
    right panel is a parameter's part in a direction, whose information in units of the priors' stands beside it.

    Parameters
    ----------
    found : Fisher
    axes : two axes, optional
        Made if not given.
    """
    count = len(found.names)
    if axes is None:
        figure = empty_figure(10.5, 1.8 + 0.42 * count)
        axes = figure.subplots(1, 2, width_ratios=(1.25, 1))
    left, right = pick_axes(axes, 2, "information")
    symbols = _symbols(found.study, found.names)
    places = np.arange(count)
    edge = 1.6
    for number, stage in enumerate(found.stages):
        label = " + ".join(SIGNS[q] for q in stage)
        at = places + 0.22 * (number - (len(found.stages) - 1) / 2)
        colour = COLOURS[stage[-1]]
        bare = np.minimum(found.deviations(stage, priors=False), edge)
        left.plot(bare, at, "o", markerfacecolor="none", color=colour, markersize=5)
        left.plot(found.deviations(stage), at, "o", color=colour, markersize=6, label=label)
    left.plot([], [], "o", markerfacecolor="none", color="0.4", label="without the priors")
    left.axvline(1.0, color="0.5", linewidth=0.8, linestyle="--", label="prior")
    left.axvspan(edge - 0.06, edge + 0.06, color="0.93", zorder=0)
    left.set_xlim(0, edge + 0.06)
    left.set_xticks([0, 0.5, 1, edge], ["0", "0.5", "1", "beyond"])
    left.set_yticks(places, symbols)
    left.set_ylim(count - 0.5, -0.5)
    left.set_xlabel("standard deviation / that of the prior")
    left.grid(True, axis="x")
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    vectors = np.stack([d.vector for d in found.directions])
    picture = right.imshow(vectors, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    right.set_xticks(places, symbols)
    right.set_yticks(places, [f"{d.information:.2g}" for d in found.directions])
    right.set_ylabel("information / that of the priors")
    right.set_title("directions, the least determined on top")
    right.tick_params(length=0)
    found_axes = Panels.of([left, right])
    found_axes.figure.colorbar(picture, ax=right, shrink=0.8, label="part in the direction")
    return found_axes


@housed
def profiles(
    found: Sequence[Any], axes: Sequence[Axes] | np.ndarray | None = None, level: float = 0.89
) -> Panels:
    """Draw profiles: the drop in nats against the parameter, or the step along a direction, with the threshold.

    Parameters
    ----------
    found : sequence of Profile
    axes : axes, one a profile, optional
        Made if not given.
    level : float
        Probability of the χ² interval.
    """
    if axes is None:
        axes = new_panels(len(found), 3.6, 3.4)
    panels = pick_axes(axes, len(found), "profiles")
    limit = 0.5 * float(chi2.ppf(level, 1))
    for ax, one in zip(panels, found, strict=True):
        named = one.along in one.names
        x = one.path[:, one.names.index(one.along)] if named else one.step
        shown = x[one.drop <= 3 * limit]
        ax.set_xlim(shown.min() - 0.05 * np.ptp(shown), shown.max() + 0.05 * np.ptp(shown))
        ax.plot(x, one.drop, color=LINE, marker="o", markersize=3)
        ax.axhline(limit, color=VERMILION, linewidth=1.0, linestyle="--", label=f"{level:.0%}")
        ax.set_ylim(-0.05 * limit, 3 * limit)
        ax.set_xlabel(one.along if named else f"step along {one.along} [sd of the prior]")
        what = "log posterior" if one.priors else "log likelihood"
        ax.set_ylabel(f"drop of the {what} [nats]")
        ax.legend()
    return Panels.of(panels)


@housed
def design(found: Any, axes: Sequence[Axes] | np.ndarray | None = None) -> Panels:
    """Draw the gain of one more row against temperature, the rows to measure, and what they do to the parameters.

    Curves are linear gains, points with error bars those of nested Monte Carlo, numbered circles the rows chosen in
    their order; ticks below show where the study has data. Bars are standard deviations, now and after the rows.

    Parameters
    ----------
    found : Design
    axes : two axes, optional
        Made if not given.
    """
    if axes is None:
        figure = empty_figure(10.5, 5.2)
        axes = figure.subplots(1, 2, width_ratios=(2.3, 1))
    left, right = pick_axes(axes, 2, "design")
    _gains(left, found)
    _bars(right, found)
    panels = Panels.of([left, right])
    title = f"{literal(found.information.study.glass.name)}: {_sentence(found)}"
    panels.figure.suptitle(title, fontsize="x-large", fontweight="bold")
    return panels


def _gains(ax: Axes, found: Any) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    top = float(np.nanmax(found.gain))
    for quantity in found.gain["quantity"].values:
        row = found.gain.sel(quantity=quantity)
        colour = COLOURS[str(quantity)]
        title = QUANTITIES[str(quantity)].title
        stated = f"±{QUANTITIES[str(quantity)].error_text(found.errors[str(quantity)])}"
        values = np.maximum(row.values, LEAST_GAIN / 10)
        ax.plot(row["temperature"], values, color=colour, linewidth=1.8, label=f"{title}, {stated}")
        if found.nested is not None:
            here = found.nested.sel(quantity=quantity)
            ax.errorbar(
                here["nested_temperature"],
                np.maximum(here["nested_gain"].values, LEAST_GAIN / 10),
                yerr=here["nested_error"],
                fmt="s",
                color=colour,
                markersize=4,
                capsize=2,
                label="nested Monte Carlo" if quantity == found.gain["quantity"].values[0] else None,
            )
    seen: dict[tuple[str, float], list[int]] = {}
    for number, row in enumerate(found.chosen, start=1):
        seen.setdefault((row["quantity"], row["temperature"]), []).append(number)
    for (quantity, T), numbers in seen.items():
        height = float(found.gain.sel(quantity=quantity, temperature=T))
        ax.plot(T, max(height, LEAST_GAIN), "o", color=COLOURS[quantity], markersize=13, zorder=4)
        text = ",".join(str(number) for number in numbers)
        ax.annotate(
            text,
            (T, max(height, LEAST_GAIN)),
            color="white",
            ha="center",
            va="center",
            fontsize="small",
            zorder=5,
        )
    blocks = {block.quantity: block for block in found.information.study.likelihood.blocks}
    transform = ax.get_xaxis_transform()
    for i, quantity in enumerate(q for q in found.gain["quantity"].values if q in blocks):
        T: Any = blocks[quantity].temperature
        heights = np.full(len(T), 0.02 + 0.035 * i)
        label = "data there are" if i == 0 else None
        ax.plot(
            T,
            heights,
            "|",
            color=COLOURS[quantity],
            markersize=7,
            transform=transform,
            clip_on=False,
            label=label,
        )
    ax.set_ylim(LEAST_GAIN, 2 * top)
    ax.set_xlabel("$T$ [K]")
    ax.set_ylabel("expected information gain of one more row [nats]")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.grid(True, which="major")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)


def _bars(ax: Axes, found: Any) -> None:
    places = np.arange(len(found.about))
    after = found.chosen[-1]["sd"]
    count = len(found.chosen)
    ax.barh(places - 0.2, [found.before[name] for name in found.about], 0.36, color="0.75", label="now")
    label = "after the row" if count == 1 else f"after {count} rows"
    ax.barh(places + 0.2, [after[name] for name in found.about], 0.36, color=ORANGE, label=label)
    ax.set_yticks(places, _symbols(found.information.study, found.about))
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.set_xlabel("standard deviation / that of the prior")
    ax.axvline(1.0, color=BLACK, linewidth=0.8, linestyle="--")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def _symbols(study: "Specification", names: Sequence[str]) -> list[str]:
    from ..problem.naming import symbol_and_unit  # which imports JAX

    return [symbol_label(symbol_and_unit(study, name)[0]) for name in names]


def _sentence(found: Any) -> str:
    best = found.best
    of = QUANTITIES[best["quantity"]].title
    every = len(found.about) == len(found.information.names)
    about = "all parameters" if every else ", ".join(found.about)
    precision = QUANTITIES[best["quantity"]].error_text(best["error"])
    name = literal(found.information.study.name)
    return f"{name}: measure the {of} at {best['temperature']:.3g} K to {precision} next, for {about}"

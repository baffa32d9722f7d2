"""The effect of every choice, as ratios to a reference."""

from matplotlib.figure import Figure

from .. import curves
from ..choices import all_choices
from .style import BLACK, CYCLE, finish, new_figure

__all__ = ["choices"]

COLUMNS = 4
HOW_IT_READS = {"κ": r"$\kappa$", "C": "$C$", "α_rr": r"$\alpha_{rr}$"}


def choices() -> Figure:
    """Effect of every choice the paper leaves open: result over the reference's, for silica at ω_c = 1.8 (a/ξ)ω_D.

    excited: how excited states are counted. friction: cubic at all frequencies, or cut off with the phonons. normalise:
    every broadened ripplon counts as one mode. smearing: shape of the phonon cut-off. saturation: the tanh of Eq. 19 in
    Eq. 48, calibrated at ħω = k_BT. c: tunnelling exponent of Eq. 22. sums, pairs: pair energies in the expansion,
    Eq. 73, 74 and 75.
    """
    found = all_choices()
    rows = -(-len(found) // COLUMNS)
    figure, axes = new_figure(rows, COLUMNS, 3.0, 2.6)
    for ax, choice in zip(axes.ravel(), found, strict=False):
        for (name, ratio), colour in zip(choice.ratios.items(), CYCLE, strict=False):
            ax.plot(curves.TEMPERATURES, ratio, color=colour, label=name)
        ax.axhline(1, color=BLACK, linewidth=0.8, label=f"{choice.reference} (= 1)")
        ax.set(xscale="log", xlabel="$T/T_D$", ylabel=f"{HOW_IT_READS[choice.quantity]} / reference")
        if max(float(ratio.max()) for ratio in choice.ratios.values()) > 3:
            ax.set_yscale("log")
        if len(choice.ratios) > 2:  # room for the legend
            bottom, top = ax.get_ylim()
            ax.set_ylim(bottom, top + 0.7 * (top - bottom))
        finish(ax, title=choice.name)
    for ax in axes.ravel()[len(found) :]:
        ax.set_axis_off()
    return figure

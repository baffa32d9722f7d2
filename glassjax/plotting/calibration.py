"""Ranks of the truth among posterior draws over simulated data sets: flat if the inference is calibrated."""

import math
from typing import Any

import numpy as np
from scipy import stats

from .house import Panels, housed, new_figure
from .style import BAND, BLACK, FAINT, LINE

LEVEL = 0.99


@housed
def calibration(calibration: Any, *, columns: int = 4) -> Panels:
    """Draw a histogram of the ranks of each parameter and of the log posterior density.

    The shaded band holds a bin of uniform ranks with the probability 99 %. A hill means intervals too wide, a valley
    too narrow, a slope a bias.

    Returns
    -------
    Panels (n,), one a parameter and the last the log posterior density.
    """
    names = calibration.names
    rows = math.ceil(len(names) / columns)
    figure, axes = new_figure(rows, columns, 2.7 * columns, 2.2 * rows + 0.3)
    for ax, name in zip(axes.ravel(), names, strict=False):
        counts, expected = calibration.histogram(name)
        total = counts.sum()
        share = expected / expected.sum()
        low, high = (stats.binom.ppf(p, total, share) for p in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        edges = np.linspace(0, 1, len(counts) + 1)
        ax.fill_between(edges, np.append(low, low[-1]), np.append(high, high[-1]), step="post", color=FAINT)
        ax.stairs(counts, edges, fill=True, color=BAND)
        ax.stairs(counts, edges, color=LINE, linewidth=0.8)
        ax.stairs(total * share, edges, color=BLACK, linewidth=0.8, linestyle=":", baseline=None)
        row = next(row for row in calibration.table if row["name"] == name)
        ax.set_title(f"{name}  (p = {row['p']:.2g})", fontsize="medium")
        ax.set_xlim(0, 1)
        ax.set_ylim(bottom=0)
    for ax in axes.ravel()[len(names) :]:
        ax.set_axis_off()
    for ax in axes[-1]:
        ax.set_xlabel("rank / number of draws")
    for ax in axes[:, 0]:
        ax.set_ylabel("simulations")
    figure.suptitle(
        f"{calibration.study}: rank of the truth, {len(calibration.simulations)} simulated data sets "
        f"(band: {LEVEL:.0%} of uniform ranks)"
    )
    return axes.ravel()[: len(names)]

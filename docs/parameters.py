"""Draws the figure of docs/parameters.md: what each parameter does to κ, C and α of silica.

python docs/parameters.py
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import glassjax as gj
from glassjax import plotting

TYPICAL = {
    "softening": 0.73,
    "B": 117.0,
    "R": 231.0,
    "c": 0.02,
    "A1": 0.065,
    "xi": 5.8,
    "vertical_weight": 2.4,
}
"""Near the fit of silica (docs/fits.md)."""
RANGE = {
    "softening": ("ς", 0.5, 0.85),
    "B": ("B", 20.0, 400.0),
    "R": ("R", 120.0, 400.0),
    "c": ("c", 0.0, 0.2),
    "A1": ("A₁", 0.03, 0.12),
    "xi": ("ξ/a", 5.2, 6.4),
    "vertical_weight": ("n_v", 1.0, 4.0),
}
"""Symbol, and the values drawn beside the typical one."""
COLOURS = ("#0072B2", "0.1", "#D55E00")
KAPPA_T = np.geomspace(0.1, 100.0, 80)
HEAT_T = np.geomspace(0.3, 30.0, 80)
EXPANSION_T = np.geomspace(0.3, 3.4, 60)  # α is meant below 0.01 T_D


def main() -> None:
    """Write docs/figures/parameters.png."""
    gj.enable_x64()
    glass = gj.load_glass("a-SiO2")
    with plotting.style("double"):
        figure, rows = plt.subplots(
            len(RANGE), 3, figsize=(7.0, 1.45 * len(RANGE)), layout="constrained", sharex="col"
        )
        for (kappa, heat, expansion), (name, (symbol, low, high)) in zip(rows, RANGE.items(), strict=True):
            for value, colour in zip((low, TYPICAL[name], high), COLOURS, strict=True):
                theory = gj.LubchenkoWolynes().at({**TYPICAL, name: value}, glass)
                label = f"{symbol} = {value:g}"
                line = "-" if value == TYPICAL[name] else "--"
                kappa.loglog(
                    KAPPA_T, theory.thermal_conductivity(KAPPA_T, glass), line, color=colour, label=label
                )
                heat.loglog(
                    HEAT_T, np.asarray(theory.heat_capacity(HEAT_T, glass)) / HEAT_T**3, line, color=colour
                )
                alpha = np.asarray(theory.thermal_expansion(EXPANSION_T, glass)) * 1e9
                expansion.semilogx(EXPANSION_T, alpha, line, color=colour)
            kappa.legend(loc="lower right")
            kappa.set_ylabel("κ [W/(m K)]")
            heat.set_ylabel("C/T³ [J/(kg K⁴)]")
            expansion.set_ylabel("α [10⁻⁹/K]")
            heat.set_ylim(8e-4, 2e-2)
        for ax in rows[-1]:
            ax.set_xlabel("T [K]")
    figure.savefig(Path(__file__).parent / "figures" / "parameters.png", dpi=130)


if __name__ == "__main__":
    main()

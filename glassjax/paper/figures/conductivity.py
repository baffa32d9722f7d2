"""Fig. 1, 19 and 20, and full populations: the thermal conductivity and its plateau (Sec. I, IV.E-F)."""

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...datasets import load_measurements
from ...lubchenko_wolynes import conductivity
from .. import curves
from ..choices import MIXED_PATH, MIXING, mixed_conductivity
from ..claims import SILICA
from .style import BLACK, CYCLE, ORANGE, finish, logarithmic, new_figure

__all__ = ["plateau", "populations", "sharp_rule", "universality"]

AXIS = r"$\kappa\,/\,(k_B^3T_D^2/\pi\hbar^2c_s)$"
SHARP_CUTOFF = 2.0  # ω_c of Fig. 20


def _silica(ax: Axes) -> None:
    """Draw measured silica on the scaled axes."""
    for measured in load_measurements("a-SiO2"):
        if measured.name != "kappa-cahill-pohl-1988":
            continue
        unit = float(SILICA.kappa_unit)
        error = np.hypot(measured.error, measured.scale_error * measured.value) / unit
        style = {"fmt": "o", "color": ORANGE, "markersize": 3, "elinewidth": 0.7, "zorder": 1}
        T = measured.temperature / SILICA.debye_temperature
        ax.errorbar(T, measured.value / unit, yerr=error, label="a-SiO$_2$ (Cahill & Pohl 1988)", **style)


def _finished(figure: Figure, ax: Axes) -> Figure:
    """Scale and label an axis of Fig. 19 and its variants."""
    logarithmic(ax, "$T/T_D$", AXIS)
    ax.set(ylim=(5e-4, 2), xlim=(1e-3, 0.5))
    finish(ax, loc="lower right")
    return figure


def _constant_path(ax: Axes) -> None:
    """Draw κ for l/λ = 150 and 1 at all frequencies."""
    T = np.geomspace(1e-4, 2.0, 120)
    for ratio, style in ((150, "-"), (1, "--")):
        kappa = conductivity.constant_path_conductivity(jnp.asarray(T), ratio)
        ax.plot(T, kappa, color="0.5", linewidth=0.9, linestyle=style, label=rf"$l/\lambda$ = {ratio}")


def universality() -> Figure:
    """Fig. 1. Measured conductivity of silica on the universal scales, with l/λ = 150 and l/λ = 1."""
    figure, axes = new_figure()
    ax = axes[0, 0]
    _constant_path(ax)
    _silica(ax)
    logarithmic(ax, "$T/T_D$", AXIS)
    ax.set(ylim=(3e-5, 2), xlim=(2e-4, 2))
    finish(ax, loc="lower right")
    return figure


def plateau() -> Figure:
    """Fig. 19. Thermal conductivity for T_g/ω_D = 5, 3.5 and 2 at ω_c = 1.8 (a/ξ)ω_D, and without coupling to phonons.

    The larger T_g/ω_D, the lower the temperature of the plateau. Silica has T_g/ω_D = 4.4.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    _silica(ax)
    for tg, colour in zip(curves.RATIOS, CYCLE, strict=False):
        ax.plot(
            curves.TEMPERATURES,
            curves.reduced_conductivity(tg),
            color=colour,
            label=f"$T_g/\\omega_D$ = {tg:g}",
        )
    ax.plot(
        curves.TEMPERATURES,
        curves.reduced_conductivity(None),
        color=BLACK,
        linestyle="--",
        label="no coupling",
    )
    return _finished(figure, ax)


def sharp_rule() -> Figure:
    """Fig. 20. The same with the simpler rule ρ_exc(ω, T) = N_T(ω), at ω_c = 2 (a/ξ)ω_D."""
    figure, axes = new_figure()
    ax = axes[0, 0]
    _silica(ax)
    for tg, colour in zip(curves.RATIOS, CYCLE, strict=False):
        kappa = curves.reduced_conductivity(tg, SHARP_CUTOFF, excited="sharp")
        ax.plot(curves.TEMPERATURES, kappa, color=colour, label=f"$T_g/\\omega_D$ = {tg:g}")
    return _finished(figure, ax)


def populations() -> Figure:
    """Conductivity with the centre's full populations and stimulated emission, against the paper's rules.

    With true occupations the scattering saturates and the plateau of silica is lost; the paper waives populations as
    "an error of the order unity". Dashed: with fast centres (Eq. 68). T_g/ω_D = 4.4, ω_c = 1.8 (a/ξ)ω_D.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    _silica(ax)
    tg = float(SILICA.tg)
    names = {"thermal": "thermal (Eq. 43)", "sharp": "$E = T$ (Fig. 20)", "populations": "full populations"}
    for (rule, label), colour in zip(names.items(), CYCLE, strict=False):
        ax.plot(curves.TEMPERATURES, curves.reduced_conductivity(tg, excited=rule), color=colour, label=label)
    for rule, colour in (("thermal", CYCLE[0]), ("populations", CYCLE[2])):
        label = f"{names[rule]}, B = {MIXING:g}, R = {MIXED_PATH:g}"
        ax.plot(curves.TEMPERATURES, mixed_conductivity(rule), color=colour, linestyle="--", label=label)
    return _finished(figure, ax)

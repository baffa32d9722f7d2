"""Fig. 13, 15 and 23: vibrations of a domain wall (Sec. IV.C, IV.F, V.B)."""

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from ...datasets import load_measurements
from ...lubchenko_wolynes import ripplons, walls
from ...lubchenko_wolynes.units import SOUND_SPEED, XI
from .. import curves
from ..claims import SILICA
from ..units import heat_axis
from .style import BLACK, BLUE, CYCLE, GREEN, ORANGE, VERMILION, finish, logarithmic, new_figure

__all__ = ["boson_peak", "gas_filled_shell", "stiffening"]


def gas_filled_shell() -> Figure:
    """Fig. 13. The two sides of Eq. 30 for l = 2: a shell filled with gas vibrates where they cross.

    Circles: the lowest crossing is the mode of the wall itself. As the density of the gas vanishes it goes to
    Eq. 31, and the others become standing sound waves in the gas. Densities are shares of the glass's own,
    and sound is as fast in the gas as in the glass.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    speed, tg = SOUND_SPEED, SILICA.tg
    z = np.linspace(0.05, 10, 1400)
    left = np.asarray(walls.shell_cotangent(2, jnp.asarray(z)))
    ax.plot(z, np.where(np.abs(left) < 8, left, np.nan), color=BLACK, label=r"$\cot\,\alpha_2(z)$")
    for density, colour in ((0.01, BLUE), (0.003, GREEN), (0.0003, VERMILION)):
        response = np.asarray(walls.shell_response(2, jnp.asarray(z), density, speed, XI, tg))
        ax.plot(z, response, color=colour, linewidth=1, label=f"right side, gas density {density:g}")
        omega = float(walls.gas_shell_frequency(2, density, speed, XI, tg))
        at = omega * float(walls.region_radius(XI)) / speed
        ax.plot([at], [walls.shell_cotangent(2, jnp.asarray(at))], "o", color=colour, markersize=5)
    ax.axhline(0, color=BLACK, linewidth=0.6)
    ax.set(xlabel=r"$z = \omega R/c_g$", ylabel="both sides of Eq. 30", ylim=(-6, 6), xlim=(0, 10))
    finish(ax, loc="lower right")
    return figure


def boson_peak() -> Figure:
    """Fig. 15. The bump of the heat capacity over T³, per domain (Eq. 36), with measured silica.

    Thin: ripplons without coupling to phonons. Thick: with friction and frequency shift at ω_c = 1.8 (a/ξ)ω_D. The
    silica data shipped are a statement c₁T + c₃T³ below 2 K, so they lie on the rise towards low T only.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    T = curves.TEMPERATURES
    ax.plot(T, curves.heat_capacity_over_cube(None), color=BLACK, linewidth=0.9, label="no coupling")
    for tg, colour in zip(curves.BUMP_RATIOS, CYCLE, strict=False):
        ax.plot(T, curves.heat_capacity_over_cube(tg), color=colour, label=f"$T_g/\\omega_D$ = {tg:g}")
    ax.axhline(curves.debye_coefficient() * XI**3, color="0.5", linestyle=":", label="Debye")
    for measured in load_measurements("a-SiO2"):
        if measured.quantity == "heat-capacity":
            reduced = measured.temperature / SILICA.debye_temperature
            scale = heat_axis(SILICA) / reduced**3
            error = np.hypot(measured.error, measured.scale_error * measured.value)
            style = {"fmt": "o", "color": ORANGE, "markersize": 4, "elinewidth": 0.8}
            ax.errorbar(
                reduced,
                measured.value * scale,
                yerr=error * scale,
                label=f"a-SiO$_2$, {measured.kind}",
                **style,
            )
    logarithmic(ax, "$T/T_D$", r"$C\,/\,k_B(T/T_D)^3$ per domain")
    finish(ax)
    return figure


def stiffening() -> Figure:
    """Fig. 23. Levels of a tunnelling centre that becomes active at T: no ripplons below its own energy (Sec. V.B).

    Each ripplon ends where the transition energy, about k_BT (dashed), crosses it. Right: the number of modes left.
    """
    figure, axes = new_figure(1, 2, 3.6, 3.4)
    ax, count = axes[0]
    frequencies, weights = (np.asarray(part) for part in ripplons.discrete_spectrum())
    T = np.linspace(0, 0.75, 400)
    ax.plot(T, T, color=BLACK, linestyle="--", label=r"transition energy $\approx k_BT$")
    for index, omega in enumerate(frequencies):
        colour = VERMILION if index == 0 else BLUE
        label = {0: "$l = 2$", 1: "$l = 3$ … 9"}.get(index)
        ax.plot([0, omega], [omega, omega], color=colour, label=label)
        ax.plot([omega], [omega], "o", color=colour, markersize=3)
    ax.set(
        xlabel="$T/T_D$",
        ylabel=r"energy above the lowest state [$\hbar\omega_D$]",
        xlim=(0, 0.75),
        ylim=(0, 0.8),
    )
    finish(ax, loc="lower right")
    left = np.sum(np.where(frequencies[None, :] > T[:, None], weights[None, :], 0.0), axis=1)
    count.plot(T, left, color=BLUE)
    count.set(
        xlabel=r"transition energy [$\hbar\omega_D$]",
        ylabel="ripplon modes left",
        xlim=(0, 0.75),
        ylim=(0, 100),
    )
    finish(count)
    return figure

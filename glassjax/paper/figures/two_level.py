"""Fig. 11: the heat capacity of two-level systems grows with the time of observation (Sec. III.C)."""

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from ...lubchenko_wolynes import tunnelling
from ..claims import SILICA
from .style import BLACK, CYCLE, finish, logarithmic, new_figure

__all__ = ["observed_heat_capacity"]

TIMES = {"10 µs": 1e-5, "10 s": 10.0, "3 h": 10800.0}
EXPONENT = 0.1


def observed_heat_capacity() -> Figure:
    """Fig. 11. Heat capacity of two-level systems of silica after 10 µs, 10 s and 3 h (Eq. 27, c = 0.1).

    Dashed: the law C ∝ t^{c/2} T^{1+c/2} of long times (Eq. 28), which at c = 0.1 still lies above the integral after
    hours. After 10 µs the systems at low energies have not relaxed yet, as if their spectrum had a gap.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    kelvin = np.geomspace(5e-3, 2.0, 120)
    T = jnp.asarray(kelvin / SILICA.debye_temperature)
    for (label, seconds), colour in zip(TIMES.items(), CYCLE, strict=False):
        time = seconds * SILICA.debye_frequency
        ax.plot(
            kelvin,
            tunnelling.two_level_heat_capacity(T, time, SILICA.tg, EXPONENT),
            color=colour,
            label=label,
        )
        asymptote = tunnelling.long_time_heat_capacity(T, time, SILICA.tg, EXPONENT, leading=True)
        ax.plot(kelvin, asymptote, color=colour, linewidth=0.8, linestyle="--")
    ax.plot([], [], color=BLACK, linewidth=0.8, linestyle="--", label="Eq. 28")
    logarithmic(ax, "$T$ [K]", r"$C(t)\,/\,\bar P k_B\hbar\omega_D$")
    ax.set_ylim(1e-7, None)
    finish(ax)
    return figure

"""The conductivity as the field draws it: on the universal scales of all glasses, and as a mean free path.

The mean free path over the wavelength is the κ measured or computed, over the κ of the same glass whose phonons all go
one wavelength between collisions (l = λ): an average of l/λ over the phonons that carry heat at T. It needs no theory,
so that data have one too.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from ..errors import GlassjaxError
from .fits import draw_bands, draw_data, span_of
from .house import housed, new_panels
from .style import LINE, finish

if TYPE_CHECKING:
    from ..datasets import Measurement
    from ..glass import Glass

Result = Any  # a Maximum or a Posterior
RATIOS = ((150, "--"), (1, ":"))
"""l/λ of two-level systems at low T in nearly all glasses, and of phonons at the Ioffe-Regel limit."""
KAPPA_UNIT = r"$\kappa\,/\,(k_B^3T_D^2/\pi\hbar^2c_s)$"
GREY = "0.35"


@housed
def reduced(result: Result, ax: Axes | None = None, level: float = 0.89) -> Axes:
    """Draw κ/(k_B³T_D²/πħ²c_s) against T/T_D, where all glasses lie near one curve, with the lines l/λ = 150 and 1.

    Data with both errors, the most probable theory and its bands, as in `observables`.

    Parameters
    ----------
    result : Maximum or Posterior
        Of a study that fits the conductivity.
    ax : axes, optional
        Made if not given.
    level : float
        Probability inside the bands.

    Raises
    ------
    GlassjaxError
        If the study does not fit the conductivity.
    """
    glass = result.glass
    debye, unit = float(glass.debye_temperature), float(glass.kappa_unit)
    ax, T = _drawn(result, ax, level, "reduced", lambda T: T / debye, lambda T, kappa: kappa / unit)
    wide = np.geomspace(T[0] / 1.5, 1.5 * T[-1], 80)
    limits = ax.get_ylim()
    for ratio, line in RATIOS:
        kappa = ratio * _one_wavelength(glass, wide) / unit
        ax.plot(
            wide / debye, kappa, color=GREY, linewidth=0.9, linestyle=line, label=rf"$l/\lambda$ = {ratio}"
        )
    ax.set_xlim(wide[0] / debye, wide[-1] / debye)
    ax.set_ylim(limits)
    ax.set_xlabel("$T/T_D$")
    ax.set_ylabel(KAPPA_UNIT)
    ax.set_title("thermal conductivity, universal scales")
    finish(ax)
    return ax


@housed
def mean_free_path(result: Result, ax: Axes | None = None, level: float = 0.89) -> Axes:
    """Draw the mean free path of phonons over their wavelength, l/λ, against T, averaged over those that carry heat.

    κ over that of the same glass with l = λ for all phonons: of the data, of the most probable theory, and its bands.
    It is near 150 where two-level systems alone scatter, and 1 where phonons cease to be waves.

    Parameters
    ----------
    result : Maximum or Posterior
        Of a study that fits the conductivity.
    ax : axes, optional
        Made if not given.
    level : float
        Probability inside the bands.

    Raises
    ------
    GlassjaxError
        If the study does not fit the conductivity.
    """
    glass = result.glass
    ax, _ = _drawn(
        result, ax, level, "mean-free-path", np.asarray, lambda T, kappa: kappa / _one_wavelength(glass, T)
    )
    for ratio, line in RATIOS:
        ax.axhline(ratio, color=GREY, linewidth=0.9, linestyle=line, label=rf"$l/\lambda$ = {ratio}")
    ax.set_xlabel("$T$ [K]")
    ax.set_ylabel(r"$l/\lambda$, mean of the phonons that carry heat")
    ax.set_title("mean free path over wavelength")
    finish(ax)
    return ax


def _drawn(
    result: Result,
    ax: Axes | None,
    level: float,
    what: str,
    across: Callable[[np.ndarray], np.ndarray],
    up: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> tuple[Axes, np.ndarray]:
    """Draw data, curve and bands of κ through two changes of scale; return the axes and the temperatures."""
    fitted: Sequence[Measurement] = [m for m, _ in result.residuals() if m.quantity == "kappa"]
    if not fitted:
        raise GlassjaxError(
            f"'{what}' draws the conductivity, which study '{result.study.name}' does not fit: choose another figure, "
            f"as {result.study.quantities[0]}"
        )
    panel = new_panels(1)[0] if ax is None else ax
    panel.set(xscale="log", yscale="log")
    panel.grid(True, which="major")
    T = span_of(fitted)
    draw_bands(panel, result, "kappa", T, level, across, up)
    panel.plot(across(T), up(T, result.curve("kappa", T)), color=LINE, label="maximum a posteriori")
    draw_data(panel, fitted, across, up)
    draw_data(
        panel,
        [m for m in result.study.measurements("check") if m.quantity == "kappa"],
        across,
        up,
        hollow=True,
    )
    return panel, T


def _one_wavelength(glass: "Glass", T: np.ndarray) -> np.ndarray:
    """κ (n,) in W/(m K) of phonons whose mean free path is their wavelength."""
    from ..lubchenko_wolynes.conductivity import constant_path_conductivity  # which imports JAX

    path = constant_path_conductivity(np.asarray(T, dtype=float) / float(glass.debye_temperature), 1.0)
    return float(glass.kappa_unit) * np.asarray(path)

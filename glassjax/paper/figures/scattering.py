"""Fig. 1 and 16-20: thermal conductivity, the count of states that scatter, its accuracy, and other choices."""

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from scipy.optimize import root_scalar

from ...datasets import load_measurements
from ...lubchenko_wolynes import conductivity, ripplons, saddle
from ...plotting.style import BLACK, BLUE, CHAIN_COLOURS, GREEN, ORANGE, VERMILION
from .. import figure_data, saddle_errors
from ..figure_data import MIXED_PATH, MIXING, SILICA, all_choices, mixed_conductivity
from ..saddle_errors import APPROXIMATE, Map
from .panels import finish, logarithmic, new_figure, one_panel

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
    figure, ax = one_panel()
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
    figure, ax = one_panel()
    _silica(ax)
    for tg, colour in zip(figure_data.RATIOS, CHAIN_COLOURS, strict=False):
        ax.plot(
            figure_data.TEMPERATURES,
            figure_data.reduced_conductivity(tg),
            color=colour,
            label=f"$T_g/\\omega_D$ = {tg:g}",
        )
    ax.plot(
        figure_data.TEMPERATURES,
        figure_data.reduced_conductivity(None),
        color=BLACK,
        linestyle="--",
        label="no coupling",
    )
    return _finished(figure, ax)


def sharp_rule() -> Figure:
    """Fig. 20. The same with the simpler rule ρ_exc(ω, T) = N_T(ω), at ω_c = 2 (a/ξ)ω_D."""
    figure, ax = one_panel()
    _silica(ax)
    for tg, colour in zip(figure_data.RATIOS, CHAIN_COLOURS, strict=False):
        kappa = figure_data.reduced_conductivity(tg, SHARP_CUTOFF, excited="sharp")
        ax.plot(figure_data.TEMPERATURES, kappa, color=colour, label=f"$T_g/\\omega_D$ = {tg:g}")
    return _finished(figure, ax)


def populations() -> Figure:
    """Conductivity with the centre's full populations and stimulated emission, against the paper's rules.

    With true occupations the scattering saturates and the plateau of silica is lost; the paper waives populations as
    "an error of the order unity". Dashed: with fast centres (Eq. 68). T_g/ω_D = 4.4, ω_c = 1.8 (a/ξ)ω_D.
    """
    figure, ax = one_panel()
    _silica(ax)
    tg = float(SILICA.tg)
    names = {"thermal": "thermal (Eq. 43)", "sharp": "$E = T$ (Fig. 20)", "populations": "full populations"}
    for (rule, label), colour in zip(names.items(), CHAIN_COLOURS, strict=False):
        ax.plot(
            figure_data.TEMPERATURES,
            figure_data.reduced_conductivity(tg, excited=rule),
            color=colour,
            label=label,
        )
    for rule, colour in (("thermal", CHAIN_COLOURS[0]), ("populations", CHAIN_COLOURS[2])):
        label = f"{names[rule]}, B = {MIXING:g}, R = {MIXED_PATH:g}"
        ax.plot(figure_data.TEMPERATURES, mixed_conductivity(rule), color=colour, linestyle="--", label=label)
    return _finished(figure, ax)


CONTOUR_OMEGA, CONTOUR_RATIO = 0.3, 4.0
EXCITED_RATIO = 5.0


def _log_integrand(k: np.ndarray) -> np.ndarray | np.floating:
    """ln|e^{ikω} Z(ik - β_g)/ik| of Eq. 38, where its sums converge (Im k < -β_g)."""
    frequencies, weights = (np.asarray(part, float) for part in ripplons.discrete_spectrum())
    kappa = 1j * k
    s = kappa - 1 / CONTOUR_RATIO
    log_z = -np.sum(weights * np.log(np.abs(1 - np.exp(-s[..., None] * frequencies))), axis=-1)
    return (s * CONTOUR_OMEGA).real + log_z - np.log(np.abs(kappa))


def contour() -> Figure:
    """Fig. 16. |Integrand| of Eq. 38 in the complex plane at ω = 0.3 ω_D, and the path of steepest descent.

    The path of integration (white) is moved from the real axis through the saddle point at k = -iκ₀, without crossing
    the pole (cross, drawn at ε₁ → 0). Above Im k = -β_g the sum over occupations diverges. Right: along the path the
    integrand falls off like a Gaussian, of the width that Eq. 41 gives.
    """
    figure, axes = new_figure(1, 2, 4.4, 3.6)
    ax, along = axes[0]
    frequencies, weights = (np.asarray(part, float) for part in ripplons.discrete_spectrum())

    def excess(s: float) -> float:
        energy = np.sum(weights * frequencies / np.expm1(s * frequencies))
        return float(energy + 1 / (s + 1 / CONTOUR_RATIO) - CONTOUR_OMEGA)

    s = float(root_scalar(excess, bracket=(1e-2, 3e2)).root)
    kappa = s + 1 / CONTOUR_RATIO
    curvature = np.sum(weights * frequencies**2 / (4 * np.sinh(s * frequencies / 2) ** 2)) + kappa**-2
    x = np.linspace(-14, 14, 281)
    y = np.linspace(-2.2 * kappa, -1 / CONTOUR_RATIO - 0.4, 201)
    field = _log_integrand(x[None, :] + 1j * y[:, None]) - _log_integrand(np.array(-1j * kappa))
    shades = ax.contourf(
        x, y, np.clip(field / np.log(10), -3, 3), levels=np.arange(-3, 3.25, 0.25), cmap="cividis"
    )
    figure.colorbar(shades, ax=ax, label=r"$\log_{10}$ |integrand / saddle|")
    ax.axhspan(-1 / CONTOUR_RATIO - 0.4, 1.5, color="0.85")
    ax.axhline(-kappa, color="white", linewidth=1.5)
    ax.plot([0], [-kappa], "o", color="white", markersize=6)
    ax.plot([0], [0], "x", color=VERMILION, markersize=8)
    ax.annotate(r"pole $i\epsilon_1$", (0, 0), (1, -0.1), fontsize=8)
    ax.annotate(r"$-i\kappa_0$", (0, -kappa), (0.8, -kappa + 0.5), fontsize=8, color="white")
    ax.set(xlabel=r"Re $k$ [$1/\omega_D$]", ylabel=r"Im $k$ [$1/\omega_D$]", ylim=(y[0], 1.5))
    t = np.linspace(-14, 14, 561)
    along.plot(
        t,
        np.exp(_log_integrand(t - 1j * kappa) - _log_integrand(np.array(-1j * kappa))),
        color=BLUE,
        label="|integrand|",
    )
    along.plot(t, np.exp(-curvature * t**2 / 2), color=BLACK, linestyle="--", label="Gaussian of Eq. 41")
    along.set(xlabel=r"Re $k$ along the path [$1/\omega_D$]", ylabel="|integrand / saddle|")
    finish(along)
    return figure


def ground_orders() -> Figure:
    """Fig. 17. T_gρ(ω) by the saddle point (Eq. 39), with the third- and fourth-order terms at one σ.

    Grey: the exact count of states (Eq. 37), a staircase of single levels. T_g/ω_D = 4, no coupling.
    """
    figure, ax = one_panel()
    result = saddle_errors.ground()
    ax.plot(result.x, result.exact, color="0.6", linewidth=0.8, label="exact count (Eq. 37)")
    ax.plot(result.x, result.saddle, color=BLUE, label=r"$T_g\rho$, saddle point")
    third, fourth = saddle.saddle_orders(
        jnp.asarray(result.x), saddle_errors.RATIO, ripplons.discrete_spectrum()
    )
    ax.plot(result.x, third, color=GREEN, linestyle="--", label="third-order term")
    ax.plot(
        result.x, np.abs(np.asarray(fourth)), color=VERMILION, linestyle="-.", label="|fourth-order term|"
    )
    logarithmic(ax, r"$\omega/\omega_D$", r"$T_g\rho$, and terms in the exponent")
    ax.set(ylim=(3e-2, 1e5), xlim=(result.x[0], 1.0))
    finish(ax, loc="upper left")
    return figure


def excited_orders() -> Figure:
    """Fig. 18. Fourth-order term of the two-dimensional saddle point of N_E(ω) at one σ, with coupling, T_g/ω_D = 5.

    The larger of the terms along the two principal axes of the curvature.
    """
    figure, ax = one_panel()
    omega, E = np.geomspace(1e-3, 1.0, 41), np.geomspace(1e-3, 1.0, 41)
    modes = figure_data.spectrum(EXCITED_RATIO)
    terms = jax.jit(saddle.cumulative_orders)(
        jnp.asarray(omega)[:, None], jnp.asarray(E)[None, :], EXCITED_RATIO, modes
    )
    largest = np.max(np.abs(np.asarray(terms)), axis=0)
    logs = np.log10(np.maximum(largest, 1e-12)).T
    shades = ax.contourf(omega, E, logs, levels=np.arange(-1.2, 0.25, 0.1), cmap="cividis", extend="both")
    lines = ax.contour(omega, E, logs, levels=[-1, 0], colors="white", linewidths=1)
    ax.clabel(lines, fmt={-1.0: "0.1", 0.0: "1"}, fontsize=8)
    figure.colorbar(shades, ax=ax, ticks=[-1, -0.5, 0], label=r"$\log_{10}$ |fourth-order term|")
    logarithmic(ax, r"$\omega/\omega_D$", r"$E/\hbar\omega_D$")
    return figure


def saddle_accuracy() -> Figure:
    """Accuracy of the saddle point against exact counting, for Fig. 17, 18 and 19.

    Ratio saddle/exact of T_gρ, of T_gρ_exc and of κ. Near the lowest ripplon and at low T the saddle point counts
    states that are not there, so κ comes out too low by a third where the plateau begins. T_g/ω_D = 4 without coupling;
    κ also with it.
    """
    figure, axes = new_figure(1, 3, 3.8, 3.4)
    ground, excited, path = axes[0]
    result = saddle_errors.ground()
    ground.plot(result.x, result.saddle / result.exact, color=BLUE)
    ground.set(xscale="log", yscale="log", xlabel=r"$\omega/\omega_D$", ylabel="saddle / exact")
    finish(ground, title=r"$T_g\rho$ (Fig. 17)")
    for (T, result), colour in zip(saddle_errors.excited().items(), CHAIN_COLOURS, strict=False):
        excited.plot(result.x, result.saddle / result.exact, color=colour, label=f"$T/T_D$ = {T:g}")
    excited.set(xscale="log", yscale="log", xlabel=r"$\omega/\omega_D$", ylabel="saddle / exact")
    finish(excited, title=r"$T_g\rho_{exc}$ (Fig. 18)")
    for (label, result), colour in zip(saddle_errors.conductivity().items(), CHAIN_COLOURS, strict=False):
        path.plot(
            result.x,
            result.saddle / result.exact,
            color=colour,
            label=label.replace("T_g/ω_D", r"$T_g/\omega_D$"),
        )
    path.set(xscale="log", xlabel="$T/T_D$", ylabel="saddle / exact")
    finish(path, title=r"$\kappa$ (Fig. 19)")
    for ax in axes[0]:
        ax.axhline(1, color=BLACK, linewidth=0.6)
    return figure


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
        for (name, ratio), colour in zip(choice.ratios.items(), CHAIN_COLOURS, strict=False):
            ax.plot(figure_data.TEMPERATURES, ratio, color=colour, label=name)
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


LIMITS = {"saddle": 0.5, "uniform": 0.1}
"""Ends of the colour scale in ln(method/exact)."""
LOGARITHMIC = ("T/T_D", "E/ħω_D")


def accuracy_maps(found: list[Map]) -> Figure:
    """Draw ln(method/exact) of every map, a row for each method; empty where the spectrum is too soft."""
    figure, axes = new_figure(len(APPROXIMATE), len(found), 3.2, 2.9)
    for method, row in zip(APPROXIMATE, axes, strict=True):
        limit = LIMITS[method]
        for one, ax in zip(found, row, strict=True):
            if method not in one.logs:
                ax.set_axis_off()
                continue
            ax.pcolormesh(
                one.x,
                one.y,
                one.logs[method],
                vmin=-limit,
                vmax=limit,
                cmap="RdBu",
                shading="nearest",
                rasterized=True,
            )
            ax.set(xscale="log", xlabel=one.x_name, ylabel=one.y_name, title=f"{method}: {one.name}")
            if one.y_name in LOGARITHMIC:
                ax.set_yscale("log")
            ax.title.set_fontsize("medium")
        scale = ScalarMappable(Normalize(-limit, limit), "RdBu")
        figure.colorbar(scale, ax=row[-1], extend="both", label=r"$\ln$(method / exact)")
    return figure

"""Fig. 16, 17 and 18, and how good the saddle point is: counting the states that scatter (Sec. IV.D-E)."""

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import root_scalar

from ...lubchenko_wolynes import orders, ripplons
from .. import accuracy, curves
from .style import BLACK, BLUE, CYCLE, GREEN, VERMILION, finish, logarithmic, new_figure

__all__ = ["contour", "excited_orders", "ground_orders", "saddle_accuracy"]

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
    figure, axes = new_figure()
    ax = axes[0, 0]
    result = accuracy.ground()
    ax.plot(result.omega, result.exact, color="0.6", linewidth=0.8, label="exact count (Eq. 37)")
    ax.plot(result.omega, result.saddle, color=BLUE, label=r"$T_g\rho$, saddle point")
    third, fourth = orders.saddle_orders(
        jnp.asarray(result.omega), accuracy.RATIO, ripplons.discrete_spectrum()
    )
    ax.plot(result.omega, third, color=GREEN, linestyle="--", label="third-order term")
    ax.plot(
        result.omega, np.abs(np.asarray(fourth)), color=VERMILION, linestyle="-.", label="|fourth-order term|"
    )
    logarithmic(ax, r"$\omega/\omega_D$", r"$T_g\rho$, and terms in the exponent")
    ax.set(ylim=(3e-2, 1e5), xlim=(result.omega[0], 1.0))
    finish(ax, loc="upper left")
    return figure


def excited_orders() -> Figure:
    """Fig. 18. Fourth-order term of the two-dimensional saddle point of N_E(ω) at one σ, with coupling, T_g/ω_D = 5.

    The larger of the terms along the two principal axes of the curvature.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    omega, E = np.geomspace(1e-3, 1.0, 41), np.geomspace(1e-3, 1.0, 41)
    modes = curves.spectrum(EXCITED_RATIO)
    terms = jax.jit(orders.cumulative_orders)(
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
    result = accuracy.ground()
    ground.plot(result.omega, result.saddle / result.exact, color=BLUE)
    ground.set(xscale="log", yscale="log", xlabel=r"$\omega/\omega_D$", ylabel="saddle / exact")
    finish(ground, title=r"$T_g\rho$ (Fig. 17)")
    for (T, result), colour in zip(accuracy.excited().items(), CYCLE, strict=False):
        excited.plot(result.omega, result.saddle / result.exact, color=colour, label=f"$T/T_D$ = {T:g}")
    excited.set(xscale="log", yscale="log", xlabel=r"$\omega/\omega_D$", ylabel="saddle / exact")
    finish(excited, title=r"$T_g\rho_{exc}$ (Fig. 18)")
    for (label, result), colour in zip(accuracy.conductivity().items(), CYCLE, strict=False):
        path.plot(
            result.T,
            result.saddle / result.exact,
            color=colour,
            label=label.replace("T_g/ω_D", r"$T_g/\omega_D$"),
        )
    path.set(xscale="log", xlabel="$T/T_D$", ylabel="saddle / exact")
    finish(path, title=r"$\kappa$ (Fig. 19)")
    for ax in axes[0]:
        ax.axhline(1, color=BLACK, linewidth=0.6)
    return figure

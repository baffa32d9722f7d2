"""Fig. 22 and 24: level repulsion, and the strain that a domain feels (Sec. V, App. B)."""

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from ...lubchenko_wolynes import mixing, rayleigh, ripplons
from .style import BLACK, BLUE, VERMILION, finish, new_figure

__all__ = ["form_factor", "level_repulsion"]

REPULSION = 0.05


def level_repulsion() -> Figure:
    """Fig. 22. (a) Bare against effective splitting of a centre coupled to eight ripplons (Eq. 59); (b) its slope.

    Circles: splittings of the Hamiltonian (58), diagonalised. Bare splittings below Σ (Eq. 61) pile up at zero.
    The couplings are such that Σ = 0.05 ω_D.
    """
    figure, axes = new_figure(1, 2, 3.8, 3.4)
    bare, slope = axes[0]
    frequencies, weights = ripplons.discrete_spectrum()
    couplings = jnp.sqrt(weights / jnp.sum(weights / frequencies) * REPULSION)
    effective = jnp.linspace(0.0, 0.13, 200)
    epsilon = jax.vmap(lambda x: mixing.bare_splitting(x, frequencies, couplings))(effective)
    bare.plot(effective, epsilon, color=BLUE, label="Eq. 59")
    bare.plot(effective, effective, color="0.5", linestyle=":", label="without mixing")
    levels = []
    for e in epsilon[::20]:
        values = np.asarray(mixing.mixed_levels(e, 0.0, frequencies, couplings))
        levels.append(np.sort(values)[1] - np.sort(values)[0])
    bare.plot(levels, epsilon[::20], "o", color=VERMILION, markersize=4, label="Eq. 58 diagonalised")
    total = float(mixing.mixing_energy(frequencies, couplings))
    bare.axhline(total, color=BLACK, linewidth=0.6)
    bare.annotate(r"$\Sigma$", (0.11, total), (0.11, total + 0.003))
    bare.set(
        xlabel=r"effective splitting $|\tilde\epsilon|/\hbar\omega_D$",
        ylabel=r"bare splitting $|\epsilon|/\hbar\omega_D$",
        ylim=(0, None),
    )
    finish(bare, title="(a)", loc="upper left")
    values = jax.vmap(lambda x: mixing.repulsion_slope(x, frequencies, couplings))(effective)
    slope.plot(effective, values, color=BLUE, label=r"$|\partial\epsilon/\partial\tilde\epsilon|$")
    top = float(values[-1])
    slope.annotate("", (0, top), (0, 1), arrowprops={"arrowstyle": "->", "color": VERMILION, "linewidth": 2})
    slope.annotate(r"$\Sigma\,\delta(\tilde\epsilon)$", (0.003, 0.9 * top), color=VERMILION)
    slope.set(xlabel=r"effective splitting $|\tilde\epsilon|/\hbar\omega_D$", ylabel="slope", ylim=(0, None))
    finish(slope, title="(b)")
    return figure


def form_factor() -> Figure:
    """Fig. 24. (dj₁/dx)², the share of a phonon's strain that a domain feels, against x = kR (App. B).

    Beyond kR ≈ 6 it is negligible, which bounds the cut-off by ω_c = 2.5 (a/ξ)ω_D.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    x = np.linspace(0, 10, 400)
    ax.plot(x, rayleigh.strain_form_factor(jnp.asarray(x)), color=BLUE)
    ax.axvline(6, color=VERMILION, linestyle="--", linewidth=0.9, label="kR = 6")
    ax.set(xlabel="$x = kR$", ylabel="$(dj_1/dx)^2$", xlim=(0, 10), ylim=(0, None))
    finish(ax)
    return figure

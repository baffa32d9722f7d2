"""Fig. 4, 6, 8 and 10: barriers of a region, and how their spread and freezing show in the liquid (Sec. II, III.A)."""

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from ...lubchenko_wolynes import landscape
from .. import curves
from .style import BLACK, BLUE, GREEN, VERMILION, finish, new_figure

__all__ = ["aging", "barrier_profile", "droplet_free_energy", "stretching"]


def droplet_free_energy() -> Figure:
    """Fig. 4. Free energy of a rearranging region against its size (Eq. 6), at T_g and for two other entropies.

    At N‡ the barrier F‡ is passed; at N* a state of the same energy is found, which fixes the size of a domain.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    glass = float(landscape.entropy_at_transition())
    N = np.linspace(0, 260, 400)
    for entropy, colour, label in (
        (1.15 * glass, GREEN, "15 % more entropy"),
        (glass, BLUE, f"at $T_g$: $s_c$ = {glass:.2f} $k_B$"),
        (0.9 * glass, VERMILION, "10 % less"),
    ):
        ax.plot(N, landscape.droplet_free_energy(jnp.asarray(N), entropy), color=colour, label=label)
    top, height = float(landscape.critical_size(glass)), float(landscape.activation_barrier(glass))
    size = float(landscape.cooperative_size(glass))
    ax.plot([top, size], [height, 0], "o", color=BLACK, markersize=4)
    ax.annotate(
        f"$N^‡$ = {top:.0f}\n$F^‡$ = {height:.1f} $k_BT_g$",
        (top, height),
        (top - 18, 17),
        fontsize=8,
        arrowprops={"arrowstyle": "-", "linewidth": 0.6},
    )
    ax.annotate(f"$N^*$ = {size:.0f}", (size, 0), (size - 9, 0.7), fontsize=8, ha="right")
    ax.axhline(0, color=BLACK, linewidth=0.6)
    ax.set(xlabel="beads moved $N$", ylabel="free energy $F(N)$ [$k_BT_g$]", ylim=(-15, 52), xlim=(0, 260))
    finish(ax, loc="lower left")
    return figure


def stretching() -> Figure:
    """Fig. 6. Exponent β of stretched relaxation at T_g against the fragility index m, by the spread of barriers.

    Dashed: barriers normally distributed, β = [1+(δF‡/k_BT)²]^{-1/2}; dotted: the stretched exponential that fits the
    relaxation of such barriers best. Solid: the same fit with every barrier above the most probable one lowered to it,
    as the paper has it. m and the spread follow from D. The measured liquids of the paper's figure are not shipped.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    D = np.geomspace(4.5, 400, 40)
    height = float(landscape.activation_barrier())
    m = landscape.fragility_index(D, height / (height + D))  # F‡ = D T₀/(T_g - T₀)
    spreads = height * np.asarray(landscape.barrier_spread(D))
    lowered, normal = (
        [curves.fitted_stretching(spread, highest=highest) for spread in spreads] for highest in (True, False)
    )
    ax.plot(m, lowered, color=BLUE, label="none above the most probable barrier")
    ax.plot(m, normal, color=VERMILION, linestyle=":", label="normal barriers, fitted")
    ax.plot(
        m,
        landscape.stretching_exponent(height, D),
        color=VERMILION,
        linestyle="--",
        label="normal barriers, closed form",
    )
    ax.set(xlabel="fragility index $m$", ylabel=r"stretching exponent $\beta$", xlim=(15, 165), ylim=(0, 1))
    finish(ax)
    return figure


def aging() -> Figure:
    """Fig. 8. Fragility index m against the nonlinearity x of aging below T_g, m = 19/x.

    The measured liquids of the paper's figure are not shipped.
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    m = np.linspace(19, 190, 300)
    ax.plot(landscape.nonlinearity(m), m, color=BLUE, label="$m = 19/x$")
    ax.set(xlabel="nonlinearity $x$ of aging", ylabel="fragility index $m$", xlim=(0, 1), ylim=(0, 200))
    finish(ax)
    return figure


def barrier_profile() -> Figure:
    """Fig. 10. Barrier along the most probable tunnelling path (Eq. 12), and the free energy of the liquid (Eq. 6).

    At T_g the latter is also the energy of the lowest state of N beads (Eq. 11). The maximum, at N‡ ≈ 14 beads, decides
    about tunnelling; the curvature there gives ω‡ (Eq. 29).
    """
    figure, axes = new_figure()
    ax = axes[0, 0]
    entropy = float(landscape.entropy_at_transition())
    N = np.linspace(0, 200, 500)
    at = jnp.asarray(N)
    ax.plot(
        N,
        landscape.droplet_free_energy(at, entropy),
        color=GREEN,
        linestyle="--",
        label="$F(N)$ at $T_g$, Eq. 6",
    )
    ax.plot(
        N, landscape.barrier_profile(at, entropy), color=BLACK, label="most probable barrier $V(N)$, Eq. 12"
    )
    count, height = (float(x) for x in landscape.highest_barrier(entropy))
    ax.plot([count], [height], "o", color=VERMILION, markersize=4)
    text = f"$N^‡$ = {count:.1f}, $V_{{max}}$ = {height:.1f} $k_BT_g$"
    ax.annotate(text, (count, height), (count + 10, height + 4), fontsize=8)
    ax.axhline(0, color=BLACK, linewidth=0.6)
    ax.set(xlabel="beads moved $N$", ylabel="energy [$k_BT_g$]", xlim=(0, 200), ylim=(-60, 45))
    finish(ax, loc="lower left")
    return figure

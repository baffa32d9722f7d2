"""Fig. 4-15 and 22-24: barriers of a region, its two-level system, its vibrating wall, quantum mixing (Sec. II-V)."""

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from ...datasets import load_measurements
from ...lubchenko_wolynes import landscape, mixing, rayleigh, ripplons, tunnelling, walls
from ...lubchenko_wolynes.landscape import SOUND_SPEED, XI
from ...plotting.style import BLACK, BLUE, CHAIN_COLOURS, GREEN, ORANGE, VERMILION
from .. import figure_data
from ..figure_data import SILICA, heat_axis
from .panels import finish, logarithmic, new_figure, one_panel


def droplet_free_energy() -> Figure:
    """Fig. 4. Free energy of a rearranging region against its size (Eq. 6), at T_g and for two other entropies.

    At N‡ the barrier F‡ is passed; at N* the energy is that of the start again, which fixes the size of a domain.
    """
    figure, ax = one_panel()
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
    figure, ax = one_panel()
    D = np.geomspace(4.5, 400, 40)
    height = float(landscape.activation_barrier())
    m = landscape.fragility_index(D, height / (height + D))  # F‡ = D T₀/(T_g - T₀)
    spreads = height * np.asarray(landscape.barrier_spread(D))
    lowered, normal = (
        [figure_data.fitted_stretching(spread, highest=highest) for spread in spreads]
        for highest in (True, False)
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
    figure, ax = one_panel()
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
    figure, ax = one_panel()
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


TIMES = {"10 µs": 1e-5, "10 s": 10.0, "3 h": 10800.0}
EXPONENT = 0.1


def observed_heat_capacity() -> Figure:
    """Fig. 11. Heat capacity of two-level systems of silica after 10 µs, 10 s and 3 h (Eq. 27, c = 0.1).

    Dashed: the law C ∝ t^{c/2} T^{1+c/2} of long times (Eq. 28), which at c = 0.1 still lies above the integral after
    hours. After 10 µs the systems at low energies have not relaxed yet, as if their spectrum had a gap.
    """
    figure, ax = one_panel()
    kelvin = np.geomspace(5e-3, 2.0, 120)
    T = jnp.asarray(kelvin / SILICA.debye_temperature)
    for (label, seconds), colour in zip(TIMES.items(), CHAIN_COLOURS, strict=False):
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


def gas_filled_shell() -> Figure:
    """Fig. 13. The two sides of Eq. 30 for l = 2: a shell filled with gas vibrates where they cross.

    Circles: the lowest crossing is the mode of the wall itself. As the density of the gas vanishes it goes to
    Eq. 31, and the others become standing sound waves in the gas. Densities are shares of the glass's own,
    and sound is as fast in the gas as in the glass.
    """
    figure, ax = one_panel()
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
    figure, ax = one_panel()
    T = figure_data.TEMPERATURES
    ax.plot(T, figure_data.heat_capacity_over_cube(None), color=BLACK, linewidth=0.9, label="no coupling")
    for tg, colour in zip(figure_data.BUMP_RATIOS, CHAIN_COLOURS, strict=False):
        ax.plot(T, figure_data.heat_capacity_over_cube(tg), color=colour, label=f"$T_g/\\omega_D$ = {tg:g}")
    ax.axhline(figure_data.debye_coefficient() * XI**3, color="0.5", linestyle=":", label="Debye")
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
    figure, ax = one_panel()
    x = np.linspace(0, 10, 400)
    ax.plot(x, rayleigh.strain_form_factor(jnp.asarray(x)), color=BLUE)
    ax.axvline(6, color=VERMILION, linestyle="--", linewidth=0.9, label="kR = 6")
    ax.set(xlabel="$x = kR$", ylabel="$(dj_1/dx)^2$", xlim=(0, 10), ylim=(0, None))
    finish(ax)
    return figure

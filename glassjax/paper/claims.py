"""The numbers that the paper prints, set against what its formulas give (Lubchenko & Wolynes, Sec. I-VI, App. A, B).

Constants are the paper's: silica with T_g = 1500 K, T_D = 342 K, ρ = 2200 kg/m³, c_s = 4100 m/s and ξ/a = 5.8, unless a
row says otherwise.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from scipy import constants as si
from scipy.optimize import brentq

from ..lubchenko_wolynes import (
    attraction,
    counting,
    coupling,
    expansion,
    landscape,
    mixing,
    rayleigh,
    ripplons,
    saddle,
    tunnelling,
    walls,
)
from ..lubchenko_wolynes.landscape import SOUND_SPEED, XI
from . import figure_data
from .figure_data import SILICA

VERDICTS = ("reproduced", "to rounding", "not reproduced", "no number printed")

ROUNDING = 0.1
"""A number that misses a printed one by less than this share of it agrees to rounding; ranges have their ends."""


@dataclass(frozen=True)
class Printed:
    """What the paper prints: its words, and the numbers that agree with them.

    Attributes
    ----------
    text : str
        As printed.
    low, high : float
        Ends of the interval of numbers that round to it.
    rounding : float
        Share of an end by which a number may miss it and agree to rounding.
    """

    text: str
    low: int | float = math.nan
    high: int | float = math.nan
    rounding: float = ROUNDING


def about(value: int | float, half: int | float, text: str = "") -> Printed:
    """Return a printed ``value`` whose last digit is good to ``half``, usually half a unit."""
    return Printed(text or f"{value:g}", value - half, value + half)


def order(value: int | float, text: str) -> Printed:
    """Return a value given by its order of magnitude: half a decade to either side."""
    return Printed(text, value / math.sqrt(10), value * math.sqrt(10))


def between(low: int | float, high: int | float, text: str) -> Printed:
    """Return a range, to which no rounding is added."""
    return Printed(text, low, high, rounding=0.0)


def above(value: int | float, text: str = "") -> Printed:
    """Return a lower bound of a positive number."""
    return Printed(text or f"> {value:g}", value, math.inf)


def below(value: int | float, text: str = "") -> Printed:
    """Return an upper bound of a positive number."""
    return Printed(text or f"< {value:g}", 0.0, value)


@dataclass(frozen=True)
class Claim:
    """One row of the table.

    Attributes
    ----------
    where : str
        Equation, figure or section of the paper.
    what : str
        The quantity, with its unit.
    printed : Printed
    computed : float
        From the formulas, with the constants the paper names.
    note : str
        Constants that were taken, and why the two differ if they do.
    """

    where: str
    what: str
    printed: Printed
    computed: float
    note: str = ""

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`: whether the computed number rounds to the printed one."""
        low, high = sorted((self.printed.low, self.printed.high))
        if math.isnan(low):
            return "no number printed"
        if low <= self.computed <= high:
            return "reproduced"
        nearest = low if self.computed < low else high
        if abs(self.computed - nearest) <= self.printed.rounding * abs(nearest):
            return "to rounding"
        return "not reproduced"


_BEAD = 3.5e-10  # m, the paper's rounded lattice spacing of silica
_SIZE = 20e-10  # m, its rounded size of a domain
_XI_200 = 200.0 ** (1 / 3)  # the paper's rounded number of beads in a domain


def claims() -> list[Claim]:
    """Return the table: every number that the paper prints about its own formulas, with what they give."""
    sections = (_landscape, _two_level, _ripplons, _counting, _mixing, _expansion, _appendices)
    return [claim for section in sections for claim in section()]


def _landscape() -> Iterator[Claim]:
    entropy = float(landscape.entropy_at_transition())
    yield Claim("Sec. II", "configurational entropy at T_g [k_B per bead]", about(0.82, 0.005), entropy)
    size = float(landscape.cooperative_size(entropy))
    yield Claim("Sec. II", "size of a cooperative region N* [beads]", about(190, 5), size)
    length = float(landscape.cooperative_length())
    yield Claim("Sec. II", "ξ/a", about(5.8, 0.05), length)
    shorter = 15 * math.log(10)
    small = float(landscape.cooperative_length(shorter))
    yield Claim(
        "Sec. II",
        "ξ/a at τ/τ₀ = 10¹⁵",
        between(5.75, 5.85, "5.8"),
        small,
        f"5.8 needs the 10¹⁷ that Sec. II takes for an hour; 10¹⁵ leaves {small**3:.0f} of {size:.0f} beads",
    )
    barrier = float(landscape.activation_barrier(entropy))
    yield Claim("Eq. 7", "typical barrier F‡/k_BT_g", about(39, 0.5), barrier)
    lower = float(landscape.activation_barrier(landscape.entropy_at_transition(shorter)))
    yield Claim("Sec. II", "typical barrier F‡/k_BT_g at τ/τ₀ = 10¹⁵", about(35, 0.5), lower)
    yield Claim("Sec. II", "D Δc_p/R", about(32, 0.5), float(landscape.fragility(1.0)))
    count, highest = (float(x) for x in landscape.highest_barrier(entropy))
    yield Claim("Eq. 13", "beads moved at the highest barrier N‡", about(14, 0.5), count)
    yield Claim("Eq. 13", "V_max/T_g s_c", about(26, 0.5), highest / entropy)
    yield Claim("Eq. 14", "V_max/√2T_g s_c", about(18, 0.5), highest / entropy / math.sqrt(2))
    fraction = float(landscape.barrierless_fraction(entropy))
    yield Claim("Eq. 14", "fraction of paths without a barrier", about(3e-7, 0.5e-7, "3·10⁻⁷"), fraction)


def _two_level() -> Iterator[Claim]:
    elastic = SILICA.density * SILICA.sound_speed**2 * _BEAD**3 / si.eV
    thermal = SILICA.glass_temperature * si.k / si.eV
    density = 1 / (thermal * si.eV * _SIZE**3)
    rounded = "with the paper's rounded a = 3.5 Å"
    yield Claim(
        "Sec. III.A",
        "P̄ of silica [1/(J m³)]",
        about(6e45, 0.5e45, "6·10⁴⁵"),
        density,
        "with the paper's rounded ξ = 20 Å; the formula has no number (Eq. 16 is the coupling to strain)",
    )
    wavelength = 2 * math.pi * SOUND_SPEED * SILICA.debye_temperature
    yield Claim(
        "Sec. III.B", "thermal wavelength 2πħc_s/k_BT at 1 K, silica [a]", order(1e3, "10³"), wavelength
    )
    yield Claim(
        "Fig. 1",
        "the same by Fig. 1, ħc_s/k_BT [a]",
        order(1e3, "10³"),
        wavelength / (2 * math.pi),
        "Fig. 1 defines λ without the 2π; l/λ = 150 and Eq. 20 hold with it",
    )
    yield Claim(
        "Eq. 18", "g of silica [eV]", order(1.0, "of the order of eV"), math.sqrt(elastic * thermal), rounded
    )
    yield Claim("Sec. III.B", "ρ a³ c_s² of silica [eV]", order(10.0, "~10"), elastic, rounded)
    strain = math.sqrt(thermal / elastic)
    yield Claim(
        "footnote 5",
        "|∇φ| = (k_BT_g/ρ c_s² a³)^{1/2} of silica",
        about(0.05, 0.005),
        strain,
        f"the formula gives {strain:.3f} with a = 3.5 Å; 0.05 would need a = 6 Å; "
        "the paper warns that the number is sensitive to a",
    )
    path = float(tunnelling.mean_free_path(XI))
    yield Claim(
        "Eq. 20",
        "l/λ of thermal phonons",
        about(70, 5),
        path,
        f"{float(tunnelling.mean_free_path(_XI_200)):.1f} with (ξ/a)³ = 200; measured 150",
    )
    rate = float(tunnelling.fastest_rate(5.7e-4, 1e-6, SILICA.tg))
    lifetime = 1e6 / (rate * SILICA.debye_frequency)
    share = 2 * float(coupling.friction(5.7e-4, SILICA.tg)) / rate  # Eq. 53 is an amplitude's rate
    yield Claim(
        "Fig. 11",
        "τ_min at E = 5.7·10⁻⁴ k_BT_D ≫ k_BT [µs]",
        about(2.0, 0.05),
        lifetime,
        f"Eq. 25 with 3/2 in place of 3 gives {2 * lifetime:.2f}; Eq. 23 and 25 lack the orientational 1/3 of "
        f"Eq. 20 and 53 (2/τ of Eq. 53 is {share:.3f} of 1/τ_min at T = 0), with which it is {lifetime / share:.2f}",
    )
    cold = 0.01 / SILICA.debye_temperature
    rates = [
        float(tunnelling.fastest_rate(x * cold, cold, SILICA.tg)) * SILICA.debye_frequency for x in (1, 2)
    ]
    yield Claim(
        "Eq. 25",
        "1/τ_min of silica at E = k_BT, 10 mK [1/s]",
        order(1e3, "of order 1/ms"),
        rates[0],
        f"the order of magnitude depends on E: {rates[1]:.0f} at E = 2k_BT",
    )
    at = jnp.array([0.1 / SILICA.debye_temperature])
    after = 10 * SILICA.debye_frequency
    law = tunnelling.long_time_heat_capacity(at, after, SILICA.tg, 0.1, leading=True)
    ratio = float(law[0] / tunnelling.two_level_heat_capacity(at, after, SILICA.tg, 0.1)[0])
    yield Claim(
        "Fig. 11",
        "Eq. 28 over Eq. 27, silica, 0.1 K, 10 s, c = 0.1",
        about(1.0, 0.1, "describes well"),
        ratio,
        "the power law leaves out a term of relative size (t/τ_min)^{-c/2}, still large at c = 0.1",
    )
    top = float(walls.barrier_top_frequency(XI))
    with_pi, printed = (
        float(tunnelling.amplitude_exponent(top, SILICA.tg, with_pi=pi)) for pi in (True, False)
    )
    yield Claim(
        "Eq. 22",
        "exponent c of silica, ħω‡/√2k_BT_g as printed",
        Printed("ħω‡/√2k_BT_g, ≲ 0.1", 0.0, 0.1),
        printed,
        f"Eq. 14 and 21 together give a further 1/π: {with_pi:.4f}",
    )


def _ripplons() -> Iterator[Claim]:
    yield Claim(
        "Sec. IV.B", "mass of a wall in beads", about(1 / 3, 0.05, "1/3"), float(walls.wall_mass_in_beads())
    )
    length = float(landscape.cooperative_length())
    top = float(walls.barrier_top_frequency(length)) * length
    yield Claim(
        "Eq. 29",
        "ω‡ in (a/ξ) ω_D",
        about(1.6, 0.05),
        top,
        "ω‡² = -V''/M_w at the maximum of Eq. 12's profile; the printed ω‡ lacks the square",
    )
    activated = float(walls.barrier_top_frequency(XI)) / (2 * math.pi)
    short = 1 / (2 * math.pi * XI)
    yield Claim(
        "Sec. IV.B",
        "T' = ħω‡/2πk_B [T_D]",
        about(short, 0.0005, f"(a/ξ)/2π = {short:.3f}"),
        activated,
        "the printed right side leaves out the 1.6 of Eq. 29",
    )
    lower, upper = zip(*figure_data.plateaus().values(), strict=True)
    plateau = between(max(lower), min(upper), "within the plateau")
    yield Claim(
        "Sec. IV.B",
        "the same T' [T_D]",
        plateau,
        activated,
        "the part that the plateaus of Fig. 19 have in common",
    )
    yield Claim("Eq. 33", "prefactor p", about(1.34, 0.005), ripplons.prefactor())
    lowest = float(ripplons.frequency(2, XI))
    yield Claim("Sec. IV.C", "ω_2 in ω_D", about(0.15, 0.005), lowest)
    kelvin = lowest * SILICA.debye_temperature
    yield Claim("Sec. V.B", "ω_2 of silica [K]", about(51, 0.5), kelvin)
    yield Claim("Sec. IV.C", "ω_2/2π of silica [THz]", about(1, 0.5), kelvin * si.k / si.h / 1e12)
    highest = float(walls.highest_harmonic(length))
    yield Claim("Sec. IV.C", "highest harmonic", between(9, 10, "9 to 10"), highest, f"at ξ/a = {length:.4f}")
    modes = float(jnp.sum(ripplons.discrete_spectrum().weights))
    yield Claim("Sec. IV.D", "number of modes up to l = 9", about(96, 0.5), modes)
    debye = figure_data.debye_coefficient()
    yield Claim("Fig. 15", "Debye coefficient per bead", about(234, 0.5), debye)
    yield Claim(
        "Fig. 15",
        "Debye coefficient per domain",
        about(4.6e4, 0.05e4, "4.6·10⁴"),
        200 * debye,
        "with (ξ/a)³ = 200",
    )
    bumps = figure_data.bumps()
    for label, (height, place) in bumps.items():
        yield Claim("Fig. 15", f"height of the bump of C/T³, {label}", Printed("figure"), height)
        yield Claim("Fig. 15", f"T/T_D of the bump, {label}", Printed("figure"), place)
    matching, own = (bumps[f"T_g/ω_D = {ratio:g}"][1] for ratio in figure_data.BUMP_RATIOS)
    measured = 11.0 / SILICA.debye_temperature
    yield Claim(
        "Sec. IV.F",
        "T of the bump at T_g/ω_D = 2, said to match silica, over that at 4",
        about(3, 0.5, "about 3"),
        matching / own,
        f"the measured bump, at 11 K in a film of silica (T. Dauer 2021), is {measured / matching:.1f} and "
        f"{measured / own:.1f} times as high as the two",
    )


def _counting() -> Iterator[Claim]:
    spectrum = ripplons.discrete_spectrum()
    limit = float(counting.ground_density(jnp.array([1e-6]), 4.0, spectrum)[0])
    yield Claim(
        "Eq. 39",
        "T_gρ at ω → 0, where 1 is right",
        about(1.08, 0.005),
        limit,
        "1 counts centres with ε > 0; Eq. 37 and 43 leave out the bare absorption of those with ε < 0, as large again",
    )
    omega = jnp.array([1e-6, 0.024, 0.1])
    _, fourth = saddle.saddle_orders(omega, 4.0, spectrum)
    for at, value in zip(("0", "0.024", "0.1"), np.asarray(fourth), strict=True):
        note = "the largest of all, hardly small" if at == "0.024" else ""
        printed = Printed("satisfactorily small", -0.3, 0.3)
        yield Claim("Fig. 17", f"fourth-order term at ω/ω_D = {at}", printed, float(value), note)
    zeros = {smearing: _sign_change(smearing) for smearing in ("box", "gauss", "sharp")}
    yield Claim(
        "Eq. 54",
        "frequency at which the shift changes sign [ω_c]",
        above(1, "a multiple of ω_c"),
        zeros["box"],
        f"cut-off uniform within 1/√D; {zeros['gauss']:.2f} if it is normal and {zeros['sharp']:.2f} if sharp, "
        "below ω_c in every case",
    )
    bound = 6 / float(rayleigh.scaled_wavenumber(1.0, XI)) * XI
    yield Claim("App. B", "ω_c for kR = 6 in (a/ξ) ω_D", about(2.5, 0.05), bound)
    for tg, (low, high) in figure_data.plateaus().items():
        yield Claim("Fig. 19", f"lower end of the plateau, T_g/ω_D = {tg:g} [T_D]", Printed("figure"), low)
        yield Claim("Fig. 19", f"upper end of the plateau, T_g/ω_D = {tg:g} [T_D]", Printed("figure"), high)


def _sign_change(smearing: str) -> float:
    """Frequency in ω_c at which the shift of Eq. 54 is zero; T_g/ω_D cancels."""

    def shift(ratio: float) -> float:
        omega = jnp.array([ratio * figure_data.CUTOFF / XI])
        return float(coupling.shift(omega, 1.0, figure_data.CUTOFF, smearing=smearing)[0])

    return float(brentq(shift, 0.5, 0.99))


def _mixing() -> Iterator[Claim]:
    first, second = (float(x) for x in mixing.mixing_constants(XI))
    several = between(200, 1000, "several hundred")
    yield Claim("Eq. 65", "B = Σω_D/ω_i", several, first)
    yield Claim("Eq. 62", "B = Σ(ω_D/ω_i)²", several, second, "another sum under the same letter")
    share = between(1, 10, "10⁰ to 10¹")
    yield Claim(
        "Eq. 68", "fast over ordinary centres at E = 10⁻² ħω_D", share, first * 1e-2, "BE with B of Eq. 65"
    )
    for T, label in ((1e-4, "10⁻⁴"), (1e-3, "10⁻³"), (3e-3, "3·10⁻³")):
        exponent = figure_data.mixing_exponent(T, 100.0)
        yield Claim(
            "Eq. 68",
            f"exponent of κ at T/T_D = {label}, c = 0.1, B = 100",
            between(1.8, 2.0, "1.9 ± 0.1"),
            exponent,
            f"falls from 2 + c towards 1 + c; {figure_data.mixing_exponent(T, first):.2f} with B = {first:.0f}",
        )
    T = jnp.array([1e-2])
    after = 60 * SILICA.debye_frequency
    with_fast, without = (
        float(mixing.mixed_heat_capacity(T, after, SILICA.tg, 1.0, B, 0.1)[0]) for B in (100.0, 0.0)
    )
    yield Claim(
        "Eq. 69",
        "fast over ordinary centres in C at 10⁻² T_D after 60 s, B = 100",
        below(0.1, "≤ 1/10"),
        with_fast / without - 1,
        f"{first / 100:.2g} times as much with B = {first:.0f}",
    )


def _expansion() -> Iterator[Claim]:
    tg, T = SILICA.tg, 1 / SILICA.debye_temperature
    rounded = float(expansion.printed_ripplon_grueneisen(1500 / 350, _XI_200))
    printed = float(expansion.printed_ripplon_grueneisen(tg, XI))
    direct = float(attraction.ripplon_grueneisen(jnp.array([T]), tg, XI)[0])
    yield Claim(
        "Eq. 76",
        "γ_rr of silica",
        about(-3.0, 0.5, "-3."),
        rounded,
        f"with (ξ/a)³ = 200, T_g/T_D = 1500/350; {printed:.2f} with ξ/a = 5.8, T_D = 342 K",
    )
    yield Claim(
        "Eq. 74",
        "γ_rr of silica, modes summed one by one",
        about(-3.0, 0.5, "-3."),
        direct,
        "the integral that replaces the double sum over l in Eq. 75 is twice too large",
    )
    volume = float(expansion.printed_ripplon_expansion(jnp.array([T]), _XI_200)[0])
    linear = volume * si.k / (3 * SILICA.bulk_modulus * _SIZE**3)
    yield Claim(
        "Eq. 75",
        "α of silica at 1 K from Eq. 75 [1/K]",
        about(-0.4e-9, 0.05e-9, "-0.4·10⁻⁹"),
        linear,
        "with the constants named there, (ξ/a)³ = 200, ξ = 20 Å, K = ρc_s²/3; measured -1.0·10⁻⁹",
    )
    printed_ratio, direct_ratio = (
        float(attraction.expansion_ratio(jnp.array([T]), tg, XI, sums=sums)[0])
        for sums in ("printed", "direct")
    )
    yield Claim("Eq. 79", "ratio of Eq. 79 to Eq. 75 at 1 K", about(1.2, 0.05), printed_ratio)
    yield Claim(
        "Eq. 78",
        "the same ratio, modes summed one by one",
        about(1.2, 0.05),
        direct_ratio,
        "Eq. 78 over Eq. 74: the printed double sum is too large and the printed mixed sum too small",
    )
    vacuum, pairs = (
        attraction.two_level_free_energy(jnp.array([t]), tg, XI, form="low")[0] for t in (1e-9, T)
    )
    ripplon = {
        sums: float(expansion.ripplon_free_energy(jnp.array([T]), tg, XI, sums=sums)[0] / (vacuum - pairs))
        for sums in ("printed", "direct")
    }
    least = above(1e3, "≥ 10³")
    what = "ripplons' attraction over the T² ln T of Eq. 81, silica at 1 K"
    yield Claim("Sec. VI", what, least, ripplon["printed"])
    yield Claim(
        "Sec. VI",
        "attraction over that T² ln T, modes summed one by one",
        least,
        ripplon["direct"],
        "Eq. 74 over Eq. 81; the term has the other sign and expands the glass",
    )
    share = float(expansion.interaction_heat_share(XI))
    yield Claim(
        "Sec. VI",
        "share of interactions in the heat capacity",
        between(1e-5, 1e-4, "10⁻⁴ to 10⁻⁵"),
        share,
        "10 (a/ξ)⁵(d_L/a)² as printed",
    )
    added = expansion.interaction_heat_capacity(
        lambda t: expansion.ripplon_free_energy(t, tg, XI), jnp.array([T])
    )
    yield Claim(
        "Sec. VI",
        "the same from the free energy of Eq. 74",
        between(1e-5, 1e-4, "10⁻⁴ to 10⁻⁵"),
        float(added[0]) / (math.pi**2 / 6 * T / tg),
        "F_rr ∝ -T² of Eq. 74 has a heat capacity of |γ_rr|/2 in units of k_BT/T_gξ³: not negligible",
    )
    breakdown = float(attraction.nernst_temperature(tg, XI)) / tg
    yield Claim("Sec. VI", "T/T_g below which Eq. 79 cannot hold", order(1e-3, "10⁻³"), breakdown)
    yield Claim(
        "Eq. 82", "bound on |γ| of two-level systems", about(8, 0.5), float(expansion.direct_coupling_bound())
    )


def _appendices() -> Iterator[Claim]:
    omega = jnp.array([10**-1.5])
    path = float(rayleigh.mean_free_path(omega, omega, SILICA.tg, XI, resonant=True)[0, 0])
    least = float(
        rayleigh.mean_free_path(jnp.array([ripplons.frequency(2, XI)]), jnp.array([0.03]), SILICA.tg)[0, 0]
    )
    yield Claim(
        "App. A",
        "Rayleigh l/λ at ω = 10⁻¹·⁵ ω_D",
        above(1e4, "> 10⁴"),
        path,
        f"l = 2 alone, as if ω_2 were the phonon's frequency; {least:.2g} at ω = ω_2 itself, T = 0.03 T_D. Eq. A12 is "
        f"an amplitude's rate, half of the energy's; taken for the latter it gives {2 * path:.2g}",
    )
    unit = 1 / float(rayleigh.scaled_wavenumber(1 / XI, XI))
    yield Claim("App. A", "ω at kR = 1 in (a/ξ) ω_D", about(0.4, 0.05), unit)
    yield Claim("App. B", "kR at ω_D/30", below(0.5, "< 0.5"), float(rayleigh.scaled_wavenumber(1 / 30, XI)))
    root, bead = XI**-0.5, (6 * math.pi**2) ** (1 / 3)
    yield Claim(
        "App. B",
        "ω/ω_D of equal linear and quadratic coupling, 4(a/ξ)^{1/2}/(6π²)^{1/2}",
        about(0.4, 0.05),
        4 * root / bead**1.5,
        "as printed; c_s = aω_D/(6π²)^{1/3} asks for 1/3 in place of the last 1/2",
    )
    yield Claim(
        "App. B",
        "the same with (6π²)^{1/3}",
        about(0.4, 0.05),
        4 * root / bead,
        f"{4 * root**3 / bead:.3f} if the border moves by (a/ξ)d_L as in Sec. III.B: not beyond the plateau",
    )

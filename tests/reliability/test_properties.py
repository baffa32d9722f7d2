"""What the physics demands of κ, C and α whatever the parameters, at examples that Hypothesis chooses.

Limits are computed here by SciPy from the formulas, in SI; the rest are exact relations between two evaluations. All
examples go through one compiled program: two materials, each at four temperatures of its own.
"""

import math
import os
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import constants as si
from scipy import integrate, special

import glassjax as gj
from glassjax.lubchenko_wolynes import expansion, landscape
from glassjax.quantities import QUANTITIES
from glassjax.theory import evaluate

from .widest import CONSTANTS, draws

RANGES = {
    "softening": (0.0, 0.9),
    "c": (0.0, 0.5),
    "B": (0.0, 1000.0),
    "R": (1.0, 1000.0),
    "xi": (4.0, 8.0),
    "A1": (0.005, 0.5),
    "gamma0": (-8.4, 8.4),
    "lattice_b": (-1e-9, 1e-9),
    "floor": (0.1, 10.0),
    "tg": (1.0, 8.0),
    "debye_temperature": (50.0, 600.0),
    "density": (900.0, 6000.0),
    "sound_speed": (1000.0, 6000.0),
    "fragility": (5.0, 100.0),
}
MATERIALS = st.fixed_dictionaries({name: st.floats(*bounds) for name, bounds in RANGES.items()})
FACTORS = st.floats(0.2, 5.0)
MODES = 96  # Σ(2l+1) of l = 2 … 9
START = 1e-3  # ω₀ of Sec. 12, where R is l/λ
examples = settings(
    max_examples=int(os.environ.get("GLASSJAX_EXAMPLES", "25")),
    derandomize=True,
    database=None,
    deadline=None,
)


@jax.jit
@jax.vmap
def _curves(values, T, time):
    glass = gj.Glass(**{name: values[name] for name in CONSTANTS})
    theory = gj.LubchenkoWolynes().at({k: v for k, v in values.items() if k not in CONSTANTS}, glass)
    return {quantity: evaluate(theory, quantity, T, glass, time) for quantity in QUANTITIES}


def curves(first, second, reduced, times=(10.0, 10.0)):
    """κ, C and α of two materials, (2, 4) each, at ``reduced`` (4,) or (2, 4) temperatures in T_D."""
    rows = [{"glass_temperature": row["tg"] * row["debye_temperature"], **row} for row in (first, second)]
    values = {name: jnp.asarray([float(row[name]) for row in rows]) for name in rows[0]}
    T = np.broadcast_to(reduced, (2, 4)) * np.asarray(values["debye_temperature"])[:, None]
    return {q: np.asarray(found) for q, found in _curves(values, T, jnp.asarray(times)).items()}


def bead(row):
    """Size of a bead a in m."""
    return row["sound_speed"] * si.hbar / (si.k * row["debye_temperature"]) * (6 * math.pi**2) ** (1 / 3)


def per_domain(C, row):
    """A specific heat in J/(kg K) as k_B per domain."""
    return C * row["density"] * (row["xi"] * bead(row)) ** 3 / si.k


def debye(reduced):
    """Heat capacity of Debye phonons in k_B per bead."""

    def integrand(x):
        return (x**2 / (2 * math.sinh(x / 2))) ** 2 if x else 0.0

    top = min(1 / reduced, 200.0)
    return 9 * reduced**3 * integrate.quad(integrand, 0, top, epsrel=1e-10)[0]


def coldest(row, reduced):
    """κ in W/(m K) where no ripplon is excited: l/λ = R N/{F(ω) (ω₀/ω)^c [½Bω + I(c) e^{-ω/T_g}]} + f (Sec. 12)."""
    c, B, tg = row["c"], row["B"], row["tg"]
    integral = math.sqrt(math.pi) / 2 * special.gamma(1 - c / 2) / special.gamma(1.5 - c / 2)

    def rate(omega):
        return (START / omega) ** c * (B * omega / 2 + integral * math.exp(-omega / tg))

    def integrand(x):
        path = row["R"] * rate(START) / rate(x * reduced) + row["floor"]
        return x * path * (x / 2 / math.sinh(x / 2)) ** 2

    unit = si.k**3 * row["debye_temperature"] ** 2 / (math.pi * si.hbar**2 * row["sound_speed"])
    return unit * reduced**2 * integrate.quad(integrand, 0, 80, epsrel=1e-9, limit=200)[0]


@examples
@given(MATERIALS, MATERIALS)
def test_conductivity_and_heat_capacity_are_positive(first, second):
    found = curves(first, second, [1e-5, 1e-3, 0.03, 1.0])
    assert all(np.isfinite(values).all() for values in found.values())
    assert (found["kappa"] > 0).all()
    assert (found["heat-capacity"] > 0).all()


def test_conductivity_and_heat_capacity_are_positive_at_the_widest_priors():
    drawn = draws(200)
    for i in range(0, 200, 2):
        pair = [{name: values[j] for name, values in drawn.items()} for j in (i, i + 1)]
        found = curves(*pair, np.geomspace(1e-5, 1.0, 4))
        assert all(np.isfinite(values).all() for values in found.values())
        assert (found["kappa"] > 0).all()
        assert (found["heat-capacity"] > 0).all()


@examples
@given(MATERIALS)
def test_heat_capacity_above_is_that_of_debye_phonons_and_saturated_ripplons(row):
    reduced = np.array([1.0, 3.0, 30.0, 60.0])
    found = per_domain(curves(row, {**row, "A1": 0.0}, reduced)["heat-capacity"][1], row)
    excess = found - row["xi"] ** 3 * np.array([debye(T) for T in reduced])
    assert (excess > 0).all()  # of domains that ripple
    assert (excess < 2 * MODES).all()  # two structures, a k_B for each mode of either
    np.testing.assert_allclose(excess[2], excess[3], rtol=0.02)  # all excited
    np.testing.assert_allclose(found[3], 3 * row["xi"] ** 3 + excess[3], rtol=1e-4)  # Dulong and Petit


@examples
@given(MATERIALS)
def test_conductivity_at_low_temperatures_is_that_of_two_level_systems(row):
    """To 10⁻³, and 5·10⁻³ above a softening of 0.8: wings of ripplons' lines are up to 3·10⁻³ of the rate at ω₀ there.

    `coldest` leaves ripplons out; counted exactly the excess is the same (softening 0.88, ξ = 8: 2.5·10⁻³).
    """
    reduced = np.array([1e-5, 3e-5, 1e-4, 3e-4])
    found = curves(row, row, reduced)["kappa"][0]
    tolerance = 1e-3 if row["softening"] < 0.8 else 5e-3
    np.testing.assert_allclose(found, [coldest(row, T) for T in reduced], rtol=tolerance)


@examples
@given(MATERIALS)
def test_conductivity_rises_as_the_power_two_plus_c(row):
    bare = {**row, "B": 0.0, "floor": 0.0}
    found = curves({**bare, "c": 0.0}, bare, [1e-6, 1e-5, 3e-5, 1e-4])["kappa"]
    powers = np.diff(np.log(found), axis=1) / np.diff(np.log([1e-6, 1e-5, 3e-5, 1e-4]))
    np.testing.assert_allclose(powers[0], 2, atol=2e-3)
    np.testing.assert_allclose(powers[1], 2 + row["c"], atol=2e-3)


@examples
@given(MATERIALS, st.floats(0.2, 0.5))
def test_heat_capacity_rises_as_the_power_one_plus_half_c(row, c):
    reduced = np.geomspace(1e-5, 1e-4, 4)
    cold = {**row, "c": c, "B": 0.0}
    found = curves(cold, cold, reduced, times=(1e40, 1e40))["heat-capacity"][0]  # t ≫ τ_min of Eq. 28
    powers = np.diff(np.log(found)) / np.diff(np.log(reduced))
    np.testing.assert_allclose(powers, 1 + c / 2, atol=1e-2)


@examples
@given(MATERIALS, st.floats(-9.0, 9.0), st.floats(0.5, 6.0))
def test_heat_capacity_grows_with_the_time_it_is_watched_for(row, decades, more):
    times = (10**decades, 10 ** (decades + more))
    early, late = curves(row, row, [1e-4, 1e-3, 1e-2, 1e-1], times)["heat-capacity"]
    assert (late >= early).all()
    assert late[2] > early[2]  # fast enough at 0.01 T_D that a nanosecond sees some


@examples
@given(MATERIALS, st.floats(1.05, 5.0))
def test_conductivity_falls_as_mixing_grows(row, factor):
    # R N, the scattering of ordinary centres, is held: Sec. 12 has N = Bω₀ + I(c)
    c, small = row["c"], max(row["B"], 1.0)
    integral = math.sqrt(math.pi) / 2 * special.gamma(1 - c / 2) / special.gamma(1.5 - c / 2)
    rows = [
        {**row, "B": B, "R": row["R"] * integral / (B * START + integral)} for B in (small, factor * small)
    ]
    weak, strong = curves(*rows, [1e-3, 1e-2, 3e-2, 3e-1])["kappa"]
    assert (strong <= weak * (1 + 1e-3)).all()  # N neglects e^{-ω₀/T_g}
    assert (strong < weak)[0]


@examples
@given(MATERIALS, FACTORS)
def test_conductivity_is_linear_in_the_mean_free_path_and_its_floor(row, factor):
    reduced = [1e-4, 1e-2, 0.1, 1.0]
    more = {**row, "R": row["R"] * (1 + factor)}
    low, high = curves(row, more, reduced)["kappa"]
    assert (high >= low).all()
    assert (high > low)[:2].all()  # above, the share of R is lost in rounding
    bare, floor = curves({**row, "floor": 0.0}, {**row, "R": 0.0}, reduced)["kappa"]
    np.testing.assert_allclose(low, bare + floor, rtol=1e-12)
    np.testing.assert_allclose(high, (1 + factor) * bare + floor, rtol=1e-12)


@examples
@given(MATERIALS, FACTORS, FACTORS, FACTORS)
def test_rescaled_materials_have_the_same_reduced_curves(row, hotter, faster, denser):
    """With T_g and T_D, c_s and ρ multiplied: κ₀ ∝ T_D²/c_s, C ∝ 1/ρa³, α ∝ 1/ρc_s²a³, a ∝ c_s/T_D, t ∝ 1/T_D."""
    strained = denser * faster**2 * (faster / hotter) ** 3
    scaled = {
        **row,
        "debye_temperature": row["debye_temperature"] * hotter,
        "sound_speed": row["sound_speed"] * faster,
        "density": row["density"] * denser,
        "lattice_b": row["lattice_b"] / (strained * hotter**3),
    }
    reduced = [1e-5, 1e-3, 0.03, 0.5]
    found = curves(row, scaled, reduced, times=(10.0, 10.0 / hotter))
    units = {
        "kappa": hotter**2 / faster,
        "heat-capacity": 1 / (denser * (faster / hotter) ** 3),
        "expansion": 1 / strained,
    }
    for quantity, (before, after) in found.items():
        np.testing.assert_allclose(after, before * units[quantity], rtol=1e-9, atol=1e-9 * abs(before).max())


@examples
@given(MATERIALS)
def test_two_level_systems_expand_as_grueneisen_says(row):
    """α - α(γ₀ = 0) = γ₀ ρ C/(3K), C the part of the heat capacity that A₁ brings and K = ρc_s²/3."""
    reduced = [1e-4, 1e-3, 3e-3, 1e-2]
    with_strain = curves(row, {**row, "gamma0": 0.0}, reduced)
    without = curves(row, {**row, "A1": 0.0}, reduced)["heat-capacity"]
    heat = (without[0] - without[1]) * row["density"]
    alpha = with_strain["expansion"][0] - with_strain["expansion"][1]
    wanted = row["gamma0"] * heat / (row["density"] * row["sound_speed"] ** 2)
    np.testing.assert_allclose(alpha, wanted, rtol=1e-7, atol=1e-9 * np.abs(with_strain["expansion"]).max())


@examples
@given(FACTORS, FACTORS, FACTORS, FACTORS, st.floats(0.5, 2.0))
def test_constants_of_a_glass_scale(hotter, stiffer, faster, denser, larger):
    """K ∝ ρc_s², a ∝ c_s/T_D, P̄ ∝ 1/(T_g ξ³), g ∝ (ρc_s²a³T_g)^½."""
    glass = gj.Glass(glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0)
    other = glass.replace(
        glass_temperature=1500.0 * hotter,
        debye_temperature=342.0 * stiffer,
        sound_speed=4100.0 * faster,
        density=2200.0 * denser,
    )
    cube = (faster / stiffer) ** 3
    pairs = [
        (other.bulk_modulus / glass.bulk_modulus, denser * faster**2),
        (other.lattice_spacing / glass.lattice_spacing, faster / stiffer),
        (
            other.density_of_states(5.8 * larger) / glass.density_of_states(5.8),
            1 / (hotter * larger**3 * cube),
        ),
        (other.coupling / glass.coupling, math.sqrt(denser * faster**2 * cube * hotter)),
    ]
    for found, wanted in pairs:
        assert float(found) == pytest.approx(wanted, rel=1e-12)


@examples
@given(st.floats(0.3, 3.0), st.floats(0.3, 3.0), st.floats(5.0, 20.0))
def test_domains_scale_with_entropy_and_temperature(entropy, T, lindemann):
    """N* ∝ (T s_c)^{-2}, F‡ ∝ (T s_c)^{-1}, N‡ = N*/4, F(N*) = 0 and F(N‡) = F‡; ξ/a ∝ (ln τ/τ₀)^{2/3}."""
    size = float(landscape.cooperative_size(entropy, T, lindemann=lindemann))
    barrier = float(landscape.activation_barrier(entropy, T, lindemann=lindemann))
    unit = {"lindemann": lindemann}
    assert size == pytest.approx(
        float(landscape.cooperative_size(1.0, 1.0, **unit)) / (T * entropy) ** 2, rel=1e-12
    )
    assert barrier == pytest.approx(
        float(landscape.activation_barrier(1.0, 1.0, **unit)) / (T * entropy), rel=1e-12
    )
    assert float(landscape.critical_size(entropy, T, **unit)) == pytest.approx(size / 4, rel=1e-12)
    assert abs(float(landscape.droplet_free_energy(size, entropy, T, **unit))) < 1e-9 * barrier
    peak = float(landscape.droplet_free_energy(size / 4, entropy, T, **unit))
    assert peak == pytest.approx(barrier, rel=1e-9)
    longer, shorter = (float(landscape.cooperative_length(x, lindemann)) for x in (40.0 * T, 40.0))
    assert longer / shorter == pytest.approx(T ** (2 / 3), rel=1e-12)


@partial(jax.jit, static_argnames="sums")
@partial(jax.vmap, in_axes=(None, 0, 0, None))
def _ripplons(T, tg, xi, sums):
    return expansion.ripplon_expansion(T, tg, xi, sums=sums, pairs="ordered")


@examples
@given(st.floats(1.0, 8.0), FACTORS, st.floats(0.5, 1.5))
def test_ripplons_expand_in_proportion_to_temperature(tg, hotter, larger):
    """α_rr ∝ T ξ^{-31/4} below T_g, whatever T_g: q = T ln 2/T_g, S_rr ∝ ξ^{5/4}; printed ∝ ξ^{-19/4} (Eq. 75)."""
    T = np.array([1e-6, 1e-6 * hotter])
    for sums, power in (("direct", -31 / 4), ("printed", -19 / 4)):
        found, wider, hot = np.asarray(
            _ripplons(T, np.array([tg, tg, 2 * tg]), 5.8 * np.array([1, larger, 1]), sums)
        )
        np.testing.assert_allclose(found[1] / found[0], hotter, rtol=1e-4)
        np.testing.assert_allclose(
            wider / found, larger ** (power + 3), rtol=1e-6
        )  # of a domain, of volume ξ³
        np.testing.assert_allclose(hot, found, rtol=1e-4)


SILICA = gj.Glass(glass_temperature=1500.0, debye_temperature=342.0, density=2200.0, sound_speed=4100.0)


def answers(quantity, counting, T):
    """Compiled, and operation by operation."""
    theory = gj.LubchenkoWolynes(counting=counting, lattice_b=1e-10)
    compiled = evaluate(theory, quantity, T, SILICA)
    with jax.disable_jit():
        return np.asarray(compiled), np.asarray(evaluate(theory, quantity, T, SILICA))


CASES = [
    (quantity, counting, size)
    for quantity, counting, sizes in [
        ("expansion", "uniform", (1, 2, 3, 7, 61)),
        ("heat-capacity", "uniform", (1, 2, 3, 7, 61)),
        ("kappa", "uniform", (1, 7, 61)),
        ("kappa", "saddle", (3,)),
        ("kappa", "exact", (3,)),
    ]
    for size in sizes
]


@pytest.mark.slow
@pytest.mark.parametrize(("quantity", "counting", "size"), CASES)
def test_compiled_equals_operation_by_operation(quantity, counting, size):
    compiled, plain = answers(quantity, counting, np.geomspace(0.05, 100.0, size))
    assert compiled.shape == (size,)
    np.testing.assert_allclose(compiled, plain, rtol=1e-11)


def test_no_temperatures_give_no_values():
    assert gj.LubchenkoWolynes().thermal_expansion(np.zeros(0), SILICA).shape == (0,)


@pytest.mark.slow
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_vmap_equals_a_loop(quantity):
    fields = {"omega_c": jnp.linspace(0.0, 1.9, 5), "R": jnp.geomspace(30.0, 600.0, 5)}
    T = np.array([0.1, 3.0, 40.0])

    def one(values):
        return evaluate(gj.LubchenkoWolynes(**values), quantity, T, SILICA)

    loop = [one({name: float(values[i]) for name, values in fields.items()}) for i in range(5)]
    np.testing.assert_allclose(jax.jit(jax.vmap(one))(fields), loop, rtol=1e-11)


@pytest.mark.parametrize("T", [1.0, [[1.0], [2.0]], ["warm"], [[1.0], [2.0, 3.0]], [1j]])
def test_temperatures_that_are_no_list_of_numbers_are_refused(T):
    with pytest.raises(gj.GlassjaxError, match="temperatures must be "):
        gj.LubchenkoWolynes().thermal_expansion(T, SILICA)


@pytest.mark.parametrize("time", [0.0, -1.0, math.nan, math.inf, 1e300, "long"])
def test_times_that_are_none_are_refused(time):
    with pytest.raises(gj.GlassjaxError, match="time must be"):
        gj.LubchenkoWolynes().heat_capacity([1.0], SILICA, time=time)

"""The oracles meet the numbers of theory.md, slower versions of themselves, and the table."""

import numpy as np
import pytest
from scipy import optimize

from . import (
    conductivity,
    contour,
    counting,
    expansion,
    heat_capacity,
    joint,
    mixing,
    ripplons,
    table,
    tabulate_exact,
    tunnelling,
    volterra,
)


@pytest.mark.parametrize(("tg", "modes"), [(2.0, 33.0), (3.5, 29.2), (4.0, 28.7), (5.0, 28.3)])
def test_modes_left_by_friction(tg, modes):
    assert ripplons.modes(ripplons.broadened(tg, 1.8), tg) == pytest.approx(modes, abs=0.05)


def test_printed_numbers_of_ripplons():
    assert ripplons.prefactor() == pytest.approx(1.342857, abs=5e-7)
    assert ripplons.mode(2) == pytest.approx(0.1492, abs=5e-5)
    assert ripplons.modes(ripplons.discrete()) == 96
    assert ripplons.dispersion(np.array([0, 0.95])) == pytest.approx([0.344444, -0.511660], abs=5e-7)
    for omega_c, tg in ((1.8, 9.66), (2.0, 7.04), (2.5, 3.61)):
        assert ripplons.critical_cutoff(tg) == pytest.approx(omega_c, rel=1e-3)


@pytest.mark.parametrize(
    ("tg", "omega_c", "height", "where"),
    [(4.0, None, 8.86e4, 0.0378), (2.0, 1.8, 1.59e5, 0.0215), (4.0, 1.8, 3.65e5, 0.0133)],
)
def test_bump_of_the_heat_capacity(tg, omega_c, height, where):
    rule = ripplons.discrete() if omega_c is None else ripplons.broadened(tg, omega_c)

    def minus(T):
        return -(heat_capacity.domain(T, tg, rule) + 5.8**3 * heat_capacity.debye(T)) / T**3

    best = optimize.minimize_scalar(
        minus, bounds=(0.7 * where, 1.4 * where), method="bounded", options={"xatol": 1e-6}
    )
    assert -best.fun == pytest.approx(height, rel=0.005)
    assert best.x == pytest.approx(where, rel=0.01)


def test_other_printed_numbers():
    assert tunnelling.scattering_ratio(5.8) == pytest.approx(64.2, abs=0.05)
    assert heat_capacity.debye(1e-3) * 1e9 == pytest.approx(233.78, abs=0.01)
    assert expansion.ripplon_pairs(ripplons.discrete()) == pytest.approx(9912, abs=0.5)
    assert expansion.printed_pairs(5.8) == pytest.approx(19499, abs=0.5)
    assert expansion.grueneisen(1e-4, joint.SILICA.tg) == pytest.approx(-1.46, abs=0.005)
    assert mixing.fast_extent(117.0) == pytest.approx(mixing.lambert_extent(117.0), rel=1e-14)
    assert counting.ground(1e-6, 4.0, ripplons.discrete()) == pytest.approx(
        np.e / np.sqrt(2 * np.pi), rel=1e-5
    )
    plain = joint.Parameters(tg=joint.SILICA.tg, coupling=False)
    # at 1 K the excited states take a little off 6 zeta(3) R (T/T_D)^2, which is 0.0199
    assert joint.thermal_conductivity(1.0, joint.SILICA, plain) == pytest.approx(0.020, abs=0.001)


@pytest.mark.parametrize("smearing", ["sharp", "box", "gauss"])
def test_dispersion_by_cauchy_quadrature(smearing):
    x = np.array([0.01, 0.3, 0.8, 1.0001, 1.19, 2.7, 30.0])
    slow = [ripplons.dispersion_slow(float(one), smearing) for one in x]
    assert ripplons.dispersion(x, smearing) == pytest.approx(slow, rel=1e-11)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(ripplons.discrete(), id="discrete"),
        pytest.param(ripplons.broadened(3.7, 2.2), id="broadened", marks=pytest.mark.slow),
    ],
)
def test_grids_agree_with_single_points(rule):
    tg, omega = 3.7, np.array([1e-5, 0.03, 0.9])
    counter = counting.Counter(tg, rule)
    assert counter.ground(omega) == pytest.approx([counting.ground(w, tg, rule) for w in omega], rel=1e-10)
    for E in (1e-3, 0.3, 5.0):
        single = [counting.cumulative(w, E, tg, rule) for w in omega]
        assert np.exp(counter.log_cumulative(omega, E)) == pytest.approx(single, rel=1e-9)
    grid = counting.ExcitedTable(counter, omega[1:2]).excited(0.03)[0]
    assert grid == pytest.approx(counting.excited(0.03, 0.03, tg, rule, 1e-8), rel=1e-8)


@pytest.mark.slow
def test_conductivity_grid_agrees_with_adaptive_integration():
    rule = ripplons.discrete()
    channels = conductivity.Channels(4.0, rule)
    for T in (1e-3, 0.03, 0.5):
        slow = conductivity.reduced(T, 4.0, rule, excited_rule="sharp", tolerance=1e-9)
        assert channels.reduced(T, excited_rule="sharp") == pytest.approx(slow, rel=1e-9)
    assert channels.reduced(0.02) == pytest.approx(
        conductivity.reduced(0.02, 4.0, rule, tolerance=1e-3), rel=1e-6
    )


def test_two_level_integrals_at_c_zero():
    z = np.array([1e-6, 0.5, 30.0])
    assert [tunnelling.relaxed(0.0, one) for one in z] == pytest.approx(np.arccosh(np.exp(z / 2)), rel=1e-10)
    # long times: pi^2 T/6 times a logarithm, so a factor e in t adds pi^2 T/12
    step = tunnelling.observed(0.01, np.e * 1e30, 4.0, 0.0) - tunnelling.observed(0.01, 1e30, 4.0, 0.0)
    assert step == pytest.approx(np.pi**2 * 0.01 / 12, rel=1e-7)


@pytest.mark.parametrize("part", [1, pytest.param(0, marks=pytest.mark.slow)], ids=["some", "more"])
def test_table_is_up_to_date(part):
    for entry in table.entries("reduced_conductivity")[:: 40 if part == 0 else 160]:
        given, s = entry["arguments"], entry["spectrum"]
        rule = ripplons.discrete(s["xi"])
        if s["kind"] == "broadened":
            rule = ripplons.broadened(s["tg"], s["omega_c"], s["xi"], s["D"], s["smearing"])
        channels = conductivity.Channels(s["tg"], rule)
        live = [channels.reduced(T, given["R"], given["excited"]) for T in given["T"]]
        assert entry["value"] == pytest.approx(live, rel=1e-8)
    for entry in table.entries("thermal_expansion")[: 2 - part] + table.entries("heat_capacity")[:1]:
        given = entry["arguments"]
        glass, p = joint.Constants(**given["glass"]), joint.Parameters(**given["parameters"])
        answer = joint.heat_capacity_si if entry["function"] == "heat_capacity" else joint.thermal_expansion
        assert entry["value"] == pytest.approx([answer(T, glass, p) for T in given["T"]], rel=1e-8)


def test_contour_agrees_with_volterra():
    # the Volterra equation's own error is 10⁻⁶ at these temperatures
    line = contour.Contour(1.5, 2.2)
    marched = volterra.Volterra(1.5, 2.2)
    T = np.array([0.003, 0.01])
    assert [line.conductivity(t) for t in T] == pytest.approx(marched.conductivity(T), rel=3e-6)
    index = np.array([200, 850, 1500, 5000])
    omega = (index + 1) * marched.step
    slow = marched.total(omega, T)
    for i, t in enumerate(T):
        assert line.total(omega, t) == pytest.approx(slow[i], rel=1e-5)
        assert line.ground(omega) + line.excited(omega, t) == pytest.approx(line.total(omega, t), rel=1e-9)
    # N_E as a sum of states, those at both ends by half
    for E in (400, 2000):
        kept = np.arange(E + 1)
        weight = np.where((kept == 0) | (kept == E), 0.5, 1.0) * np.exp(-kept * marched.step / 1.5)
        summed = [marched.states[i : i + E + 1] @ weight for i in index]
        assert line.cumulative(omega, E * marched.step) == pytest.approx(summed, rel=3e-5)


@pytest.mark.slow
@pytest.mark.parametrize("finer", [{}, {"folds": 40.0, "phase": 8.0, "room": 120.0}], ids=["same", "finer"])
def test_exact_table_is_up_to_date(finer):
    # T_D/1000, where little is left of rho_exc, shows the rounding: 10⁻⁹ of the total
    kappa, ground, excited = table.entries(group="exact")[12:15]
    oracle = tabulate_exact.contour(kappa["spectrum"], **finer)
    omega = np.array(ground["arguments"]["omega"])
    assert oracle.ground(omega) == pytest.approx(ground["value"], rel=1e-8)
    for i in (0, 3, 6):
        T = kappa["arguments"]["T"][i]
        assert oracle.conductivity(T) == pytest.approx(kappa["value"][i], rel=1e-9)
        near = np.abs(oracle.excited(omega, T) - excited["value"][i])
        assert np.all(near < 1e-8 * (np.array(ground["value"]) + np.array(excited["value"][i])))

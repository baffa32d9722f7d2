"""Elasticities against closed forms, finite differences, and the other way of differentiating."""

import jax
import numpy as np
import pytest

import glassjax as gj
from glassjax.sensitivities import elasticities
from tests.inference.toys import GLASS, PowerLaw

T = np.array([0.3, 1.0, 5.0])


def test_a_power_law_has_known_elasticities():
    found = gj.sensitivity(PowerLaw(offset=0.5, slope=-2.0, bend=0.0), GLASS, T)
    of = found["elasticity"]
    np.testing.assert_allclose(of.sel(quantity="kappa", parameter="offset"), 0.5, rtol=1e-12)
    np.testing.assert_allclose(
        of.sel(quantity="heat-capacity", parameter="slope"), -4 * np.log(T), atol=1e-12
    )
    np.testing.assert_allclose(of.sel(quantity="expansion", parameter="slope"), 0.0)
    # zero has no logarithm: the derivative itself, flagged
    np.testing.assert_allclose(of.sel(quantity="expansion", parameter="bend"), 1e-9, rtol=1e-12)
    flags = dict(zip(found["parameter"].values, found["logarithmic"].values, strict=True))
    assert [name for name, flag in flags.items() if not flag] == ["bend"]
    assert list(found["elasticity_unit"].values) == ["1", "1", "1/K"]
    kappa = np.exp(0.5 - 2 * np.log(T))
    np.testing.assert_allclose(found["value"].sel(quantity="kappa"), kappa)
    np.testing.assert_allclose(
        found["derivative"].sel(quantity="kappa", parameter="slope"), kappa * np.log(T), atol=1e-12
    )


def test_single_precision_is_enough():
    theory = PowerLaw(offset=0.5, slope=-2.0, bend=0.7)
    double = gj.sensitivity(theory, GLASS, T)
    with jax.enable_x64(False):
        single = gj.sensitivity(theory, GLASS, T)
    assert single["value"].dtype == np.float64  # stored so; computed in float32
    np.testing.assert_allclose(single["elasticity"], double["elasticity"], rtol=1e-5, atol=1e-15)


def by_differences(theory, glass, name, quantity, step):
    """∂/∂ln θ by central differences of the theory, no derivative of JAX's."""
    sides = []
    for sign in (1, -1):
        if name in gj.glass.GLASS_CONSTANTS:
            value = getattr(glass, name) * (1 + sign * step)
            sides.append(gj.evaluate(theory, quantity, T, glass.replace(**{name: value})))
        else:
            held = getattr(theory, name)
            held = held(glass) if callable(held) else held
            moved = theory.at({name: float(held) * (1 + sign * step)}, glass)
            sides.append(gj.evaluate(moved, quantity, T, glass))
    up, down = (np.asarray(side) for side in sides)
    return (up - down) / (2 * step) / (1 if quantity == "expansion" else np.sqrt(up * down))


def test_both_modes_agree():
    theory = PowerLaw(offset=0.5, slope=-2.0, bend=0.7)
    forward, reverse = (gj.sensitivity(theory, GLASS, T, mode=mode) for mode in ("forward", "reverse"))
    assert (forward.attrs["mode"], reverse.attrs["mode"]) == ("forward", "reverse")
    np.testing.assert_allclose(forward["elasticity"], reverse["elasticity"], rtol=1e-12, atol=1e-20)
    assert elasticities.choose_mode(14, 3) == "forward"
    assert elasticities.choose_mode(49, 3) == "reverse"


def test_finite_differences_agree():
    glass, theory = gj.load_glass("a-SiO2"), gj.Debye(gruneisen=1.5)
    found = gj.sensitivity(theory, glass, T)
    for quantity in ("kappa", "heat-capacity", "expansion"):
        for name in ("R", "gruneisen", "debye_temperature", "sound_speed"):
            mine = found["elasticity"].sel(quantity=quantity, parameter=name)
            # error of the difference: step²·third derivative ~ 1e-7, rounding 1e-16/1e-4
            expected = by_differences(theory, glass, name, quantity, 1e-4)
            scale = (
                1.0 if quantity != "expansion" else float(abs(found["value"].sel(quantity=quantity)).max())
            )
            np.testing.assert_allclose(
                mine, expected, rtol=1e-6, atol=1e-6 * scale, err_msg=f"{quantity} {name}"
            )


@pytest.mark.slow
def test_the_theory_of_lubchenko_and_wolynes():
    glass = gj.load_glass("a-SiO2")
    theory = gj.LubchenkoWolynes(lattice_b=1e-10)
    names = ("softening", *(n for n in elasticities.own_parameters(theory) if n not in ("omega_c", "floor")))
    found = gj.sensitivity(theory, glass, T, parameters=names)
    assert bool(found["logarithmic"].all())
    for name in names:
        for quantity in ("kappa", "heat-capacity", "expansion"):
            # `at` keeps softening where it is named only: constants are moved at fixed omega_c, so compare softening's
            # own derivative and those of parameters that softening does not depend on
            if name in ("softening", "c", "B", "R", "A1", "gamma0", "lattice_b", "density"):
                mine = found["elasticity"].sel(quantity=quantity, parameter=name)
                expected = by_differences(theory, glass, name, quantity, 1e-4)
                scale = 1.0 if quantity != "expansion" else 1e-9
                np.testing.assert_allclose(
                    mine, expected, rtol=1e-5, atol=1e-6 * scale, err_msg=f"{quantity} {name}"
                )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parameters": ["slop"]}, "no parameter 'slop', did you mean 'slope'"),
        ({"quantities": ["kapa"]}, "no quantity 'kapa', did you mean 'kappa'"),
        ({"mode": "forwards"}, "no mode 'forwards', did you mean 'forward'"),
        ({"parameters": []}, "one parameter and one quantity at least"),
        ({"T": [-1.0]}, "temperatures must be positive"),
    ],
)
def test_bad_requests_are_one_sentence(options, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        gj.sensitivity(**({"theory": PowerLaw(), "glass": GLASS, "T": T} | options))


def test_a_tied_ratio_is_named():
    with pytest.raises(gj.GlassjaxError, match="tg is tied to the glass"):
        gj.sensitivity(gj.LubchenkoWolynes(), GLASS, T, parameters=["tg"])


def test_an_unstable_theory_is_refused():
    with pytest.raises(gj.UnstableSpectrumError, match="unstable"):
        gj.sensitivity(gj.LubchenkoWolynes(omega_c=2.5), gj.load_glass("a-SiO2"), T)

"""docs/rivals.md names every public function of the rivals, and prints numbers that are still found."""

import importlib
import math
import pkgutil
import re
from pathlib import Path

import equinox as eqx
import numpy as np
import pytest
from scipy import constants as si

import glassjax as gj
import glassjax.rivals as rooms

PAGE = (Path(__file__).parents[2] / "docs" / "rivals.md").read_text(encoding="utf-8")


def public():
    modules = [
        importlib.import_module(f"{rooms.__name__}.{m.name}") for m in pkgutil.iter_modules(rooms.__path__)
    ]
    return {name for module in modules for name in module.__all__}


def test_every_public_name_is_told():
    told = set(re.findall(r"`(\w+)`", PAGE))
    assert public() <= told, public() - told


def test_every_parameter_is_told():
    from .probe import RIVALS

    for theory in RIVALS:
        for parameter in theory.parameters():
            assert f"`{parameter.name}`" in PAGE


def printed(text):
    """Return a printed number, and half a unit of its last figure: the true one is rounded to it."""
    mantissa, _, exponent = text.partition("e")
    scale = 10.0 ** int(exponent or 0)
    return float(mantissa) * scale, 0.5 * 10.0 ** -len(mantissa.partition(".")[2]) * scale


def assert_rounds_to(found, text):
    value, half = printed(text)
    assert abs(found - value) <= 1.0001 * half, f"{found} does not round to {text}"


HEAD = re.search(r"^\| study .*\(stated (\S+)\).*\(stated (\S+)\)", PAGE, re.M)
ROWS = re.findall(r"^\| `(a-SiO2-[\w-]+)` \| (\d+) \| (\S+) \| (\S+) \| (\S+) \| (.+) \|$", PAGE, re.M)


def test_the_table_of_fits_is_read_here():
    assert HEAD is not None
    assert [row[0][7:] for row in ROWS] == ["debye", "standard-tunnelling", "soft-potential"]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_fits_of_silica_are_those_printed(row):
    """A fresh maximum gives every number of the row to its last printed figure."""
    name, free, kappa, heat, expansion, verdict = row
    study = gj.Study.load(name)
    best = study.maximise()
    assert len(study.free) == int(free)
    found = {entry.quantity: entry for entry in best.misfits}
    for quantity, text in (("kappa", kappa), ("heat-capacity", heat), ("expansion", expansion)):
        assert_rounds_to(found[quantity].rms, text)
    assert_rounds_to(found["heat-capacity"].noise, HEAD[1])
    assert_rounds_to(found["expansion"].noise, HEAD[2])
    theory = best.verdict.theory
    assert best.verdict.sampler.ok
    assert theory.ok == (verdict == "describes the data"), theory.reasons
    symbols = {"heat-capacity": "C", "expansion": "α"}
    failed = [symbols[q] for q in symbols if any(r.startswith(f"{q}: ") for r in theory.reasons)]
    if not theory.ok:
        assert verdict == f"fails at {' and '.join(failed)}"
    if name == "a-SiO2-soft-potential":
        [(middle, width)] = re.findall(r"\$W = ([\d.]+)\\pm([\d.]+)\$ K", PAGE)
        [entry] = [entry for entry in best.table if entry["name"] == "W"]
        assert_rounds_to(entry["estimate"], middle)
        assert_rounds_to(entry["sd"], width)


def test_half_a_wavelength_is_the_least_conductivity_of_cahill_and_pohl():
    """κ = (1/2)(π/6)^(1/3) k_B n^(2/3) Σv at T ≫ T_D, n the density of beads: the prior of ``floor`` says so."""
    silica = gj.load_glass("a-SiO2")
    theory = gj.get_theory("debye")(R=1e-9, floor=0.5)
    found = eqx.filter_jit(gj.evaluate)(theory, "kappa", np.array([1e5]), silica)[0]
    n = (si.k * 342.0 / (si.hbar * 4100.0)) ** 3 / (6 * math.pi**2)
    assert found == pytest.approx(0.5 * (math.pi / 6) ** (1 / 3) * si.k * n ** (2 / 3) * 3 * 4100.0, rel=1e-5)


def test_heat_capacity_over_t_cubed_is_least_where_the_prior_of_w_says():
    T = np.geomspace(1.0, 6.0, 200)
    evaluate = eqx.filter_jit(gj.evaluate)
    for W in (3.0, 4.0):
        theory = gj.get_theory("soft-potential")(W=np.asarray(W))
        heat = np.asarray(evaluate(theory, "heat-capacity", T, gj.load_glass("a-SiO2")))
        assert T[np.argmin(heat / T**3)] / W == pytest.approx(0.6, abs=0.05)

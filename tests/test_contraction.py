"""Statements of contraction: what the table says, and what the theory has to say of it (datasets/README.md)."""

import csv

import numpy as np
import pytest

import glassjax as gj
from glassjax.datasets import shipped

TEMPERATURES = (4.0, 40.0, 77.0)
STATED = {  # the mean expansion that the table gives, 1/K, from 4 to 40 K and from 40 to 77 K, as computed by others
    "borosilicate (Pyrex)": (-5.56e-07, 8.11e-07),
    "epoxy (unfilled)": (1.39e-05, 2.22e-05),
    "PMMA": (1.67e-05, 2.73e-05),
    "polyimide (Kapton)": (0.0, 2.70e-06),
}


@pytest.fixture(scope="module")
def contraction():
    """(L293 - L)/L293 at 4, 40 and 77 K by material, and the half of its last digit."""
    lines = (shipped("datasets") / "contraction-ekin-2006.csv").read_text(encoding="utf-8").splitlines()
    header, *rows = csv.reader((line for line in lines if not line.startswith("#")), skipinitialspace=True)
    assert header == ["material", "4 K [%]", "40 K [%]", "77 K [%]"]
    return {
        name: [float(number) / 100 if number else np.nan for number in numbers] for name, *numbers in rows
    }


def expansion(theory, glass, low, high):
    """ln L(high)/L(low) by Simpson's rule."""
    T = np.linspace(low, high, 73)
    alpha = np.asarray(theory.thermal_expansion(T, glass))
    return (high - low) / 216 * (alpha[0] + 4 * alpha[1::2].sum() + 2 * alpha[2:-1:2].sum() + alpha[-1])


@pytest.mark.parametrize("material", STATED)
def test_the_table_has_the_mean_expansions_of_its_source(contraction, material):
    length = 1 - np.array(contraction[material])
    mean = np.diff(length) / np.diff(TEMPERATURES)
    np.testing.assert_allclose(mean, STATED[material], rtol=5e-3, atol=1e-12)


def test_silica_is_longer_at_4_K(contraction):
    assert contraction["fused silica"][0] == -8e-5
    assert np.isnan(contraction["fused silica"][1:]).all()


def test_what_the_page_quotes_of_the_table(contraction):
    """ln of the ratio of lengths; printed to 0.001 %, so that a difference is known to 1e-5/√6."""
    change = {name: -np.diff(values) for name, values in contraction.items()}
    np.testing.assert_allclose(change["borosilicate (Pyrex)"], [-2.0e-5, 3.0e-5], atol=1e-9)
    found = [change[name][0] for name in ("PMMA", "epoxy (unfilled)", "polyimide (Kapton)")]
    np.testing.assert_allclose(found, [60e-5, 50e-5, 0.0], atol=1e-9)
    assert 1e-5 / np.sqrt(6) == pytest.approx(0.4e-5, rel=0.03)
    assert 1e-4 / np.sqrt(6) == pytest.approx(4e-5, rel=0.03)


@pytest.mark.parametrize("B", [0.0, 100.0, 230.0])
def test_pyrex_agrees_in_sign_where_two_level_systems_contract_it(contraction, B):
    """Only the sign and the order of magnitude: the whole integral lies above the theory's limit."""
    glass = gj.load_glass("Pyrex")
    stated = -np.diff(contraction["borosilicate (Pyrex)"])[0]
    theory = gj.LubchenkoWolynes(gamma0=-8.4, B=B)
    found = expansion(theory, glass, 4.0, 40.0)
    assert -1.1e-5 < found < -0.3e-5
    assert stated < found < 0.1 * stated
    assert theory.validity["expansion"].share * glass.debye_temperature < 4.0
    assert expansion(gj.LubchenkoWolynes(gamma0=8.4, B=B), glass, 4.0, 40.0) > 0  # the wrong sign


def test_ripplons_alone_have_the_sign_and_far_from_the_size(contraction):
    glass = gj.load_glass("Pyrex")
    found = expansion(gj.LubchenkoWolynes(gamma0=0.0), glass, 4.0, 40.0)
    stated = -np.diff(contraction["borosilicate (Pyrex)"])[0]
    assert 0.001 < found / stated < 0.005
    # the lattice term b T³ that would make up for what is missing
    missing = stated - expansion(gj.LubchenkoWolynes(gamma0=-8.4), glass, 4.0, 40.0)
    assert missing / ((40.0**4 - 4.0**4) / 4) == pytest.approx(-2e-11, rel=0.25)

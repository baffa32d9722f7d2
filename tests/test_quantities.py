"""The table of quantities is complete, and nothing else decides by their names."""

import re
from pathlib import Path

import numpy as np
import pytest

import glassjax as gj
from glassjax.datasets.units import value_factor
from glassjax.intake.unknowns import CONSTANTS_USED
from glassjax.quantities import QUANTITIES
from glassjax.theory import evaluate
from glassjax.validity import VALIDITY

PACKAGE = Path(gj.__file__).parent
# Modules in which one quantity is the matter itself, and why.
OWN = {
    "cli/answers.py": "the error of counting is one of κ",
    "datasets/units.py": "only a heat capacity is stated per mole",
    "explorer/panels.py": "the explorer chooses a power of ten for α",
    "intake/conversion.py": "only a heat capacity is stated for a sample or a volume",
    "intake/headers.py": "an expansion may be one of the volume",
    "intake/spelling.py": "units of an expansion have their own spellings",
    "intake/study_text.py": "what a study says of the parameters of κ",
    "paper/figures/domains.py": "a figure of C",
    "plotting/reduced.py": "figures of κ",
}


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_module_that_has_a_table_knows_each_quantity(quantity):
    known = QUANTITIES[quantity]
    assert value_factor(known.unit, quantity) == 1.0
    assert all(value_factor(unit, quantity) > 0 for unit in known.units)
    assert len(known.usual) == 8
    for theory in gj.list_theories():
        assert quantity in VALIDITY[theory]
        assert quantity in CONSTANTS_USED[theory]
        assert callable(getattr(gj.get_theory(theory), known.method))


def test_words_of_headers_mean_one_quantity():
    words = [word for known in QUANTITIES.values() for word in known.columns | known.words]
    assert len(words) == len(set(words))
    assert len({known.option for known in QUANTITIES.values()}) == len(QUANTITIES)


def test_an_error_is_relative_where_the_quantity_is_compared_by_its_logarithm():
    assert QUANTITIES["kappa"].error_text(0.05) == "5 %"
    assert QUANTITIES["expansion"].error_text(2e-10) == "2e-10 1/K"
    assert [known.residual_unit for known in QUANTITIES.values()] == ["ln", "ln", "1/K"]


def test_a_theory_answers_by_the_method_of_the_table():
    theory, glass, T = gj.get_theory("debye")(), gj.load_glass("a-SiO2"), np.array([1.0, 5.0])
    for quantity, known in QUANTITIES.items():
        np.testing.assert_array_equal(
            evaluate(theory, quantity, T, glass), getattr(theory, known.method)(T, glass)
        )


def test_no_other_module_compares_with_the_name_of_a_quantity():
    name = rf"[\"'](?:{'|'.join(QUANTITIES)})[\"']"
    compared = re.compile(rf"[=!]= {name}|{name} [=!]=|{name} (?:not )?in ")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if compared.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(OWN)

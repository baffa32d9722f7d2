"""The table of the theories' limits, and the notes made from it."""

import numpy as np
import pytest

import glassjax as gj
from glassjax.quantities import QUANTITIES
from glassjax.theory import Theory, get_theory, list_theories
from glassjax.validity import VALIDITY, Validity, beyond, beyond_note

TABLE = {"kappa": Validity(0.4, "only the floor is left")}


@pytest.mark.parametrize("name", list_theories())
def test_every_shipped_theory_has_its_limits(name):
    assert get_theory(name).validity == VALIDITY[name]
    assert set(VALIDITY[name]) == set(QUANTITIES)
    assert all(0 < share <= 0.4 for share, _ in VALIDITY[name].values())


def test_a_theory_of_ones_own_has_none():
    assert Theory.validity == {}
    assert beyond({}, "kappa", [1e6], 100.0) == (0, np.inf)
    assert beyond_note({}, "kappa", [1e6], 100.0, "fitted rows") is None


def test_rows_above_the_limit_are_counted():
    assert beyond(TABLE, "kappa", [10.0, 40.0, 41.0, 80.0], 100.0) == (2, 40.0)
    assert beyond_note(TABLE, "kappa", [10.0, 40.0], 100.0, "fitted rows") is None
    note = beyond_note(TABLE, "kappa", [10.0, 41.0, 80.0], 100.0, "fitted rows")
    assert "2 of 3 fitted rows of kappa" in note
    assert "40 K" in note


def test_a_fit_notes_rows_and_predictions_beyond():
    """Debye's heat capacity, T_D = 342 K: fitted to 60 K, meant to 0.15 T_D = 51.3 K."""
    silica = gj.load_glass("a-SiO2")
    theory = get_theory("debye")()
    T = np.array([5.0, 20.0, 40.0, 50.0, 55.0, 60.0])
    value = np.asarray(theory.heat_capacity(T, silica))
    data = gj.Measurement(name="c", quantity="heat-capacity", temperature=T, value=value, error=0.02 * value)
    study = gj.Study(
        glass=silica,
        theory=theory,
        data=[data],
        free={"sound_speed": {"distribution": "normal", "mean": 4100.0, "sd": 50.0, "low": 0.0}},
        discrepancy=False,
        name="beyond",
    )
    best = study.maximise()
    assert best.debye_temperature == 342.0
    [note] = best.validity_notes()
    assert "2 of 6 fitted rows of heat-capacity" in note
    assert note in best.verdict.notes
    assert note in study.validate(draws=2).notes
    assert best.validity_note("kappa", [1.0, 100.0], "predicted temperatures") is None
    assert "1 of 2" in best.validity_note("kappa", [1.0, 200.0], "predicted temperatures")

"""The study and the record that are written: whatever is known and measured, they load and say what they do."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

import glassjax as gj
from glassjax.datasets import load_record, write_measurement
from glassjax.errors import GlassjaxError
from glassjax.intake import KnownConstant, Material, Reading, data_files, record_text, study_text
from glassjax.intake.unknowns import CONSTANTS_USED, UNKNOWNS
from glassjax.problem.naming import natural_range
from glassjax.theory import list_theories

QUANTITIES = ("kappa", "heat-capacity", "expansion")
GIVEN = {
    "glass_temperature": KnownConstant(700.0, 20.0, True, "a book"),
    "debye_temperature": KnownConstant(180.0, 9.0, False, 'the "blue" book'),
    "density": KnownConstant(1800.0, 18.0, False, "a book"),
    "sound_speed": KnownConstant(2500.0, 20.0, True, "a book"),
    "fragility": KnownConstant(40.0, 5.0, False, "a book"),
}


def reading(quantity, T=(0.5, 1.0, 2.0, 4.0, 8.0)):
    T = np.array(T)
    value = {"kappa": 0.01 * T**1.8, "heat-capacity": 0.01 * T**3, "expansion": -1e-9 * T}[quantity]
    data = gj.Measurement(
        name="mine",
        quantity=quantity,
        temperature=T,
        value=value,
        error=0.05 * np.abs(value),
        origin="mine.csv",
    )
    return Reading(Path("mine.csv"), data, "", "K", len(T), (), ())


def material(quantities=QUANTITIES, given=GIVEN, theory="lubchenko-wolynes", **ranges):
    files = data_files([reading(q, ranges[q[0]]) if q[0] in ranges else reading(q) for q in quantities])
    return Material("mine", dict(given), files, theory=theory)


def written(folder, material):
    """Write it and load it as a fit would."""
    (folder / "mine").mkdir()
    for file in material.files:
        write_measurement(file.reading.measurement, folder / "mine" / file.name)
    (folder / "mine" / "glass.toml").write_text(record_text(material), encoding="utf-8")
    (folder / "mine.toml").write_text(study_text(material, 10.0), encoding="utf-8")
    return gj.Study.load(folder / "mine.toml")


@pytest.mark.parametrize("theory", list_theories())
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("given", [{}, GIVEN], ids=["nothing", "all"])
def test_every_study_loads_and_frees_what_its_data_depend_on(tmp_path, theory, count, given):
    for number, chosen in enumerate(itertools.combinations(QUANTITIES, count)):
        folder = tmp_path / str(number)
        folder.mkdir()
        study = written(folder, material(chosen, given, theory))
        assert study.quantities == chosen
        used = {name for quantity in chosen for name in CONSTANTS_USED[theory][quantity]}
        unknown = {u.name for u in UNKNOWNS[theory] if set(u.quantities) & set(chosen)}
        constants = {name for name in used if name not in given and name != "fragility"}
        constants |= {name for name in used & given.keys() if given[name].stated}
        assert set(study.free) - {"lattice_b"} == unknown | constants
        assert ("lattice_b" in study.free) == (theory == "lubchenko-wolynes" and "expansion" in chosen)
        for name in given:
            assert float(getattr(study.glass, name)) == given[name].value


def test_the_numbers_come_back(tmp_path):
    mine = material()
    study = written(tmp_path, mine)
    for file, entry in zip(mine.files, study.data, strict=True):
        data = entry.measurement
        assert data.temperature.tolist() == file.reading.measurement.temperature.tolist()
        assert data.value.tolist() == file.reading.measurement.value.tolist()
        assert data.error.tolist() == file.reading.measurement.error.tolist()
    record = load_record(tmp_path / "mine")
    assert record.constants["debye_temperature"].source == 'the "blue" book'
    assert record.constants["debye_temperature"].reason == "No uncertainty was given: 5 % is an assumption."
    assert study.free["glass_temperature"].describe() == "normal, 700 ± 20, cut to 0 … inf"


def test_rows_above_what_the_theory_is_meant_for_are_left_out_or_shown(tmp_path):
    """T_D = 180 K: κ up to 72 K, C up to 27 K, α up to 1.8 K."""
    mine = material(k=(1.0, 70.0, 75.0), h=(30.0, 40.0), e=(1.0, 1.75, 12.0))
    study = written(tmp_path, mine)
    assert [entry.used.temperature.tolist() for entry in study.fitted] == [[1.0, 70.0], [1.0, 1.75]]
    assert [entry.quantity for entry in study.checks] == ["heat-capacity"]
    text = (tmp_path / "mine.toml").read_text()
    assert "to = 72.0   # 1 row above left out" in text
    assert "meant to hold below 0.4 T_D, 72 K here (T_D = 180 K)" in " ".join(
        text.replace("\n# ", " ").split()
    )


@pytest.mark.parametrize(
    ("debye", "limit"),
    [
        (KnownConstant(180.0, 9.0, False, "a book"), 72.0),  # fixed in the fit
        (KnownConstant(180.0, 20.0, True, "a book"), 85.0),  # 0.4 (180 + 1.645 20)
        (None, 140.0),  # 0.4 times 210 K, which T_g lets expect to a factor of exp(0.3), times exp(0.3 1.645)
    ],
)
def test_the_range_follows_the_highest_debye_temperature(debye, limit):
    given = {"glass_temperature": KnownConstant(700.0, 20.0, True, "a book")}
    mine = material(("kappa",), given | ({"debye_temperature": debye} if debye else {}), k=(1.0, 84.0, 140.0))
    assert mine.limit("kappa") == limit
    assert (f"to = {limit!r}" in study_text(mine, 10.0)) == (limit < 140.0)


def test_a_study_without_a_row_to_fit_is_refused():
    with pytest.raises(
        GlassjaxError,
        match=r"the lowest is at 100 K, and T_D is at most 180 K; measure lower, or correct --debye",
    ):
        study_text(material(("kappa",), k=(100.0, 200.0)), 10.0)


def test_something_is_free_in_any_case(tmp_path):
    """Debye's heat capacity of a glass whose constants are all fixed."""
    given = {
        name: KnownConstant(entry.value, entry.uncertainty, False, "a book") for name, entry in GIVEN.items()
    }
    study = written(tmp_path, material(("heat-capacity",), given, "debye"))
    assert set(study.free) == {"debye_temperature", "density", "sound_speed"}


def test_every_choice_has_a_comment_and_files_are_numbered():
    mine = material(("kappa", "kappa", "heat-capacity"))
    assert [file.name for file in mine.files] == ["kappa.csv", "kappa-2.csv", "heat-capacity.csv"]
    text = study_text(mine, 10.0)
    assert tomllib.loads(text)["data"][1] == {"file": "mine/kappa-2.csv"}
    assert max(len(line) for line in text.splitlines()) <= 130
    lines = text.splitlines()
    for name in ("softening", "B", "R", "A1", "time", "amplitude"):
        at = next(k for k, line in enumerate(lines) if line.startswith(f"{name} = "))
        before = [line for line in lines[max(at - 3, 0) : at] if line.startswith("#")]
        assert before or "#" in lines[at] or lines[at - 1].startswith("["), name


@pytest.mark.parametrize("theory", list_theories())
@pytest.mark.parametrize("given", [{}, GIVEN], ids=["nothing", "all"])
def test_priors_keep_to_the_ranges_of_their_parameters(tmp_path, theory, given):
    """At most a hundredth of each prior lies outside, by SciPy's distributions."""
    study = written(tmp_path, material(QUANTITIES, given, theory))
    for name, prior in study.free.items():
        low, high = natural_range(study, name)
        assert prior.frozen.cdf(low) + prior.frozen.sf(high) <= 0.01, name


@pytest.mark.slow
@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("theory", list_theories())
def test_data_depend_on_all_that_is_free(tmp_path, theory, quantity):
    found = written(tmp_path, material((quantity,), {}, theory)).validate(draws=30)
    assert found.ok, found.summary()
    assert found.warnings == ()

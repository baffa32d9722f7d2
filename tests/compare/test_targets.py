import json
from dataclasses import replace

import pytest

import glassjax as gj
from glassjax.comparison import check_same_data, shipped_studies
from tests.compare.rivals import Flat, rival
from tests.inference.toys import measurement


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": [measurement(n=23)]}, "different rows of the data set 'toy-kappa': 24 from .* and 23"),
        ({"data": [measurement(n=24, seed=2)]}, "the data set 'toy-kappa' has other values"),
        ({"data": [replace(measurement(n=24), scale_error=0.1)]}, "'toy-kappa' has other errors"),
        (
            {"data": [measurement(n=24), measurement("heat-capacity")]},
            "only one of them fits the data set 'toy-heat-capacity'",
        ),
        ({"discrepancy": True}, "the discrepancy of kappa is not the same: none and 0.25 over 0.5"),
        ({"parameters": {"noise.kappa": 0.1}}, "'noise.kappa' of kappa is not given alike"),
        ({"time": 20.0}, "one observes for 10 s, the other for 20 s"),
    ],
)
def test_different_data_are_refused(changes, message):
    with pytest.raises(gj.StudyError, match=f"'powerlaw' and 'flat' cannot be compared, .*{message}"):
        gj.compare([rival(), rival(Flat, **changes)])


def test_the_same_rows_under_another_name_are_the_same_data():
    check_same_data([rival(), rival(Flat, data=[replace(measurement(n=24), name="copy")])])


def test_shipped_studies_of_silica_are_of_the_same_data():
    names = shipped_studies("a-SiO2", ["standard-tunnelling", "lubchenko-wolynes", "soft-potential", "debye"])
    assert names == ["a-SiO2-standard-tunnelling", "a-SiO2", "a-SiO2-soft-potential", "a-SiO2-debye"]
    check_same_data([gj.Study.load(name) for name in names])


@pytest.mark.parametrize(
    ("glass", "theory", "message"),
    [
        ("a-SiO2", "soft-potentials", "no theory 'soft-potentials', did you mean 'soft-potential'"),
        ("a-SiO", "debye", "no glass 'a-SiO' is shipped, did you mean 'a-SiO2'"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(glass, theory, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        shipped_studies(glass, [theory])


def test_a_theory_without_a_study_of_the_glass_is_refused():
    bare = next(name for name in gj.list_glasses() if name != "a-SiO2")
    with pytest.raises(gj.GlassjaxError, match=f"no study of {bare} by 'debye' is shipped"):
        shipped_studies(bare, ["debye"])


@pytest.mark.parametrize("targets", [[], ["a-SiO2"], "a-SiO2"])
def test_one_alone_cannot_be_compared(targets):
    with pytest.raises(gj.GlassjaxError, match=r"a comparison takes"):
        gj.compare(targets)


def test_what_is_neither_study_nor_result_is_refused():
    with pytest.raises(gj.StudyError, match="not float"):
        gj.compare([rival(), 3.0])


def test_a_study_and_its_copy_in_a_result_are_of_the_same_data():
    data = [measurement(n=24), measurement("expansion")]
    noise = {"noise.kappa": {"distribution": "half-normal", "scale": 0.1}}
    study = rival(data=data, discrepancy=True, free={**rival().free, **noise})
    check_same_data([study, gj.Study.from_dict(json.loads(json.dumps(study.to_dict())))])
    with pytest.raises(gj.StudyError, match=r"'noise\.kappa' of kappa is not given alike"):
        check_same_data([study, rival(data=data, discrepancy=True)])


def test_a_glass_among_the_targets_stands_for_its_studies():
    from glassjax.cli.compare import _names

    found = _names(("a-SiO2", "mine.toml"), "lubchenko-wolynes, debye")
    assert found == ["a-SiO2", "a-SiO2-debye", "mine.toml"]

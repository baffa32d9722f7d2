import json
from dataclasses import replace

import pytest

import glassjax as gj
from glassjax.comparison import check_same_data, shipped_studies
from tests.commands import run
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


def test_a_glass_among_the_targets_stands_for_its_studies(workplace):
    from glassjax.cli.compare import _found

    found = _found(("a-SiO2", "mine.toml"), "lubchenko-wolynes, debye")
    assert [study.name for study in found] == ["a-SiO2", "a-SiO2-debye", "mine"]


CONSTANTS = """
name = "mine"
[constants]
glass_temperature = { value = 800.0, uncertainty = 1.0, unit = "K", source = "mine" }
debye_temperature = { value = 250.0, uncertainty = 1.0, unit = "K", source = "mine" }
sound_speed = { value = 3000.0, uncertainty = 1.0, unit = "m/s", source = "mine" }
fragility = { value = 30.0, uncertainty = 1.0, unit = "1", source = "mine" }
[constants.density]
prior = { distribution = "log-normal", median = 2000.0, spread = 0.3 }
unit = "kg/m3"
reason = "not measured"
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A study of one's own of phonons alone: conductivity, with a density that nobody knows."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "glass.toml").write_text(CONSTANTS)
    rows = "".join(f"{T}, {0.01 * T**2}, {0.001 * T**2}\n" for T in (0.5, 1.0, 2.0, 4.0))
    (folder / "kappa.csv").write_text(f"# quantity: kappa\nT [K], kappa [W/(m K)], sigma [W/(m K)]\n{rows}")
    (tmp_path / "mine.toml").write_text(
        """
glass = "mine"
theory = "debye"
seed = 7
[[data]]
file = "mine/kappa.csv"
from = 0.8
[free]
R = { distribution = "log-normal", median = 150, spread = 0.8 }
noise.kappa = { distribution = "half-normal", scale = 0.1 }
[discrepancy.kappa]
amplitude = 0.2
length = 0.7
"""
    )
    return tmp_path


@pytest.mark.parametrize("target", ["mine.toml", "./mine.toml", "mine"])
def test_a_study_of_ones_own_is_fitted_by_rivals(workplace, target):
    """The data, their noise and the discrepancy stay; parameters are the rival's, and an unknown constant is free."""
    from glassjax.cli.compare import _found

    own, tunnelling, lw = _found((target,), "debye,standard-tunnelling,lubchenko-wolynes")
    assert (own.name, set(own.free)) == ("mine", {"R", "noise.kappa"})
    assert (tunnelling.name, tunnelling.seed) == ("mine-standard-tunnelling", 7)
    assert set(tunnelling.free) == {"density", "strength", "coupling", "rayleigh", "floor", "noise.kappa"}
    assert set(lw.free) == {"softening", "c", "B", "R", "noise.kappa"}
    assert lw.parameters["xi"] == 5.8
    check_same_data([own, tunnelling, lw])


def test_python_finds_what_the_command_line_finds(workplace):
    from glassjax.comparison import find_target

    assert find_target("mine").name == find_target(workplace / "mine.toml").name == "mine"
    assert find_target("a-SiO2-debye").name == "a-SiO2-debye"
    (workplace / "results" / "done").mkdir(parents=True)
    rival().maximise(starts=1).save(workplace / "results" / "done" / "maximum.nc")
    assert find_target("done").study.name == rival().name


@pytest.mark.parametrize(
    ("theories", "hint"),
    [
        ("debye,soft-potentials", "'soft-potential'"),
        ("debye", "two fits at least"),
        (" , ", "names no theory"),
    ],
)
def test_theories_of_a_study_of_ones_own_that_cannot_be_compared(workplace, capsys, theories, hint):
    assert run("compare", "mine.toml", "--theories", theories) == 2
    assert hint in capsys.readouterr().err


def test_a_study_moved_without_its_folder_is_told_so(workplace):
    (workplace / "mine").rename(workplace / "elsewhere")
    with pytest.raises(gj.StudyError, match=r"mine\.toml: no glass 'mine' .* there is no folder '.*mine'"):
        gj.Study.load("mine")

"""What people type for a fit, a study or a glass, and what commands take it for."""

from pathlib import Path

import pytest

import glassjax as gj
from glassjax.cli.completion import find
from glassjax.errors import GlassjaxError
from glassjax.targets import COMPARED, FITS, FITTED, GLASSES
from tests.commands import enter, run
from tests.inference.test_checkpoint import study_of_two
from tests.test_cli_replacing import study_text

PREDICTED = ("result", "study", "glass", "shipped")


@pytest.fixture(scope="module")
def result():
    return study_of_two().maximise()


@pytest.fixture
def workplace(tmp_path, monkeypatch, result):
    """A study and a glass called own, as ``glassjax new`` makes them; fits called done, own-fit and a-SiO2."""
    enter(tmp_path, monkeypatch)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("done", "a-SiO2"):
        folder = tmp_path / "results" / name
        folder.mkdir(parents=True)
        result.save(folder / "maximum.nc")
    (tmp_path / "own.toml").write_text(study_text())
    (tmp_path / "other.toml").write_text(study_text())
    (tmp_path / "done.toml").write_text(study_text())
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "glass.toml").write_text("")
    return tmp_path


DONE, SILICA = "results/done/maximum.nc", "results/a-SiO2/maximum.nc"


@pytest.mark.parametrize(
    ("target", "kinds", "kind", "source"),
    [
        ("results/done", FITS, "result", DONE),
        ("results/done/", FITS, "result", DONE),
        ("./results/done", FITS, "result", DONE),
        (DONE, FITS, "result", DONE),
        ("done", FITS, "result", DONE),
        ("done/", FITS, "result", DONE),
        ("done", PREDICTED, "result", DONE),
        ("done.toml", PREDICTED, "study", "done.toml"),
        ("own.toml", PREDICTED, "study", "own.toml"),
        ("own", PREDICTED, "study", "own.toml"),
        ("./own", PREDICTED, "study", "own.toml"),
        ("own/", PREDICTED, "study", "own.toml"),
        ("own", GLASSES, "glass", "own"),
        ("own/glass.toml", PREDICTED, "glass", "own/glass.toml"),
        ("other", PREDICTED, "study", "other.toml"),
        ("a-SiO2", PREDICTED, "result", SILICA),
        ("a-SiO2", FITTED, "result", SILICA),
        ("a-SiO2", GLASSES, "glass", "a-SiO2"),
        ("a-SiO2", COMPARED, "study", "a-SiO2"),
        ("Torlon", PREDICTED, "glass", "Torlon"),
        ("Torlon", FITTED, "study", "Torlon"),
        ("a-SiO2-debye", PREDICTED, "study", "a-SiO2-debye"),
        ("done", COMPARED, "study", "done.toml"),
        ("results/done", COMPARED, "result", DONE),
    ],
)
def test_what_is_typed_is_found(workplace, target, kinds, kind, source):
    assert find(target, kinds) == (kind, source)


@pytest.mark.parametrize(
    ("target", "kinds", "kind"),
    [("~/results/done", FITS, "result"), ("~/own.toml", PREDICTED, "study"), ("~/own", PREDICTED, "study")],
)
def test_the_home_folder_is_opened(workplace, target, kinds, kind):
    found = find(target, kinds)
    assert found.kind == kind
    assert Path(found.source).is_relative_to(workplace)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("a-SiO2", ["fit 'results/a-SiO2/maximum.nc'", "glass 'a-SiO2'"]),
        ("done", ["fit 'results/done/maximum.nc'", "study 'done.toml'"]),
        ("own", ["study 'own.toml'", "glass 'own'"]),
    ],
)
def test_a_choice_is_said(workplace, capsys, target, said):
    find(target, PREDICTED)
    err = capsys.readouterr().err
    assert all(words in err for words in said)


@pytest.mark.parametrize("target", ["results/done", DONE, "own.toml", "Torlon", "other.toml"])
def test_nothing_is_said_where_it_is_plain(workplace, capsys, target):
    find(target, PREDICTED)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("target", "kinds", "hint"),
    [
        ("A-SIO2", PREDICTED, "'a-SiO2'"),
        ("a-Si02", FITTED, "'a-SiO2'"),
        ("dnoe", FITS, "'done'"),
        ("DONE", FITS, "'done'"),
        ("othr.toml", PREDICTED, "'other.toml'"),
        ("own.toml", FITS, "glassjax fit own.toml"),
        ("done.toml", FITS, "results/done"),
        ("results", PREDICTED, "'results' holds no"),
        ("nothere.nc", PREDICTED, "there is no result 'nothere.nc'"),
        ("x" * 300, PREDICTED, "there is no"),
        ("", PREDICTED, ""),
        ("~nobody-of-this-name/x", PREDICTED, "there is no"),
    ],
)
def test_near_misses_are_told(workplace, target, kinds, hint):
    with pytest.raises(GlassjaxError) as caught:
        find(target, kinds)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("own", "own"),
        ("./own", "own"),
        ("own/", "own"),
        ("own.toml", "own"),
        ("~/own.toml", "own"),
        ("~/own", "own"),
    ],
)
def test_a_study_is_loaded_with_or_without_its_ending(workplace, source, name):
    study = gj.Study.load(source)
    assert (study.name, type(study.theory).__name__) == (name, "Debye")


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("results/done", "finished fit"),
        ("results", "is a folder"),
        (".", "such as 'done.toml'"),
        ("OWN", "'own.toml'"),
        ("othr", "'other.toml'"),
        ("a-sio2", "'a-SiO2'"),
    ],
)
def test_what_is_no_study_is_said_to_be_none(workplace, source, hint):
    with pytest.raises(gj.StudyError) as caught:
        gj.Study.load(source)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    "path", ["results/done", "results/done/", "~/results/done", DONE, Path("results/done")]
)
def test_load_result_takes_a_folder(workplace, path, result):
    assert gj.load_result(path).best == result.best


@pytest.mark.parametrize("path", ["results", "nothere", "own.toml", "results/nothere.nc"])
def test_load_result_refuses_what_holds_none(workplace, path):
    with pytest.raises(GlassjaxError, match=r"result|posterior"):
        gj.load_result(path)


def test_a_study_that_is_not_fitted_is_predicted_at_its_priors(workplace, capsys):
    """Phonons alone: the medians of the priors, against the theory evaluated with them by hand."""
    words = ("--quantity", "kappa", "--from", "1", "--to", "10", "--points", "3")
    assert run("predict", "other.toml", *words) == 0
    out, err = capsys.readouterr()
    assert "NOT fitted" in err
    study = gj.Study.load("other.toml")
    [name] = study.free
    theory = type(study.theory)(**{name: 1.0})
    found = [float(line.split()[1]) for line in out.splitlines()[1:]]
    wanted = theory.thermal_conductivity([1.0, 10**0.5, 10.0], gj.load_glass("a-SiO2"))
    assert found == pytest.approx([float(x) for x in wanted], rel=1e-5)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("predict", "other.toml", "--quantity", "kappa", "--set", "density=2"), "leave out --set"),
        (("report", "other.toml"), "glassjax fit other.toml"),
        (("fit", "results/done"), "finished fit"),
        (("calibrate", "results/done"), "finished fit"),
        (("validate", "."), "is a folder"),
        (("compare", "other.toml"), "two fits at least"),
        (("sensitivity", "othr.toml"), "'other.toml'"),
        (("batch", "own.tml", "--out", "x.csv"), "own.tml"),
    ],
)
def test_commands_say_what_is_wrong(workplace, capsys, words, hint):
    assert run(*words) == 2
    assert hint in capsys.readouterr().err


def test_a_shipped_study_is_said_to_be_meant(workplace, capsys):
    assert run("validate", "a-SiO2-debye", "--draws", "1") == 0
    assert "also the file" not in capsys.readouterr().err
    (workplace / "a-SiO2-debye.toml").write_text("not read")
    assert run("validate", "a-SiO2-debye", "--draws", "1") == 0
    assert "also the file 'a-SiO2-debye.toml'" in capsys.readouterr().err


def test_another_working_directory_is_said(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    with pytest.raises(GlassjaxError, match=r"no folder 'results' in .*test_another_working"):
        find("mine", FITS)

"""Variants of one study: what is fitted, what each frees, and what the table says of them."""

import json
import sys

import numpy as np
import pytest

import glassjax as gj
from glassjax import theory
from glassjax.comparison import KeptFits, fit_target, variants
from tests import commands
from tests.commands import enter
from tests.compare.rivals import PRIORS, Choice, exact, rival
from tests.inference.toys import normal

VARY = {"law": ["straight", "curved", "broken"]}
STUDY = """
glass = "a-SiO2"
theory = "toy"

[[data]]
file = "kappa-cahill-pohl-1988.csv"
from = 0.1
to = 2.0

[free]
offset = { distribution = "normal", mean = -4, sd = 1 }
slope = { distribution = "normal", mean = 1, sd = 1 }
bend = { distribution = "normal", mean = 0, sd = 1 }

[sampler]
starts = 2
"""


@pytest.fixture(scope="module")
def found():
    return gj.compare(rival(Choice), vary=VARY, seed=2, quick=True)


def test_each_variant_frees_what_its_options_use():
    grid = variants(rival(Choice), {"law": ["straight", "curved"], "steep": [False, True]})
    assert {
        label: (tuple(study.free), study.theory.law, study.theory.steep) for label, study in grid.items()
    } == {
        "straight/steep=false": (("offset", "slope"), "straight", False),
        "straight/steep=true": (("offset", "slope"), "straight", True),
        "curved/steep=false": (("offset", "slope", "bend"), "curved", False),
        "curved/steep=true": (("offset", "slope", "bend"), "curved", True),
    }
    assert len({study.name for study in grid.values()}) == 4


def test_what_is_used_through_a_tie_stays_and_what_serves_idle_ties_goes():
    free = {name: PRIORS[name] for name in ("offset", "bend")} | {"slope": {"tie": "1 + bend"}}
    (study, _) = variants(rival(Choice, free=free), {"law": ["straight", "curved"]}).values()
    assert list(study.free) == ["offset", "bend"]
    free = {
        "offset": PRIORS["offset"],
        "nuisance.x": normal(0.0, 1.0),
        "bend": {"tie": "2*nuisance.x"},
    }
    straight, curved = variants(rival(Choice, free=free), {"law": ["straight", "curved"]}).values()
    assert (list(straight.free), list(straight.ties)) == (["offset"], [])
    assert (list(curved.free), list(curved.ties)) == (["offset", "nuisance.x"], ["bend"])


def test_forms_of_the_study_and_fixed_parameters_vary():
    free = {name: PRIORS[name] for name in ("offset", "slope")} | {
        "discrepancy.kappa.amplitude": {"distribution": "half-normal", "scale": 0.1}
    }
    study = rival(Choice, free=free, discrepancy=True, parameters={"bend": 0.5})
    with_it, without = variants(study, {"discrepancy": [True, False]}).values()
    assert with_it.discrepancy == study.discrepancy
    assert list(with_it.free) == list(study.free)
    assert without.discrepancy == {}
    assert list(without.free) == ["offset", "slope"]
    (on, _) = variants(rival(Choice), {"discrepancy": [True, False]}).values()
    assert on.discrepancy["kappa"].amplitude == 0.25
    grid = variants(study, {"bend": [0.0, 0.25]})
    assert {label: entry.parameters["bend"] for label, entry in grid.items()} == {
        "bend=0.0": 0.0,
        "bend=0.25": 0.25,
    }


def test_evidence_and_misfits_of_linear_variants_are_exact(found):
    rows = {row["label"]: row for row in found.table}
    for entry in found.rivals:
        study, row = entry.result.study, rows[entry.label]
        assert row["log_evidence"] == pytest.approx(exact(study)[1], abs=0.02)
        data = study.measurements()[0]
        fitted = study.theory_at(entry.result.best).thermal_conductivity(data.temperature, study.glass)
        residual = np.log(data.value) - np.log(fitted)
        white = residual / (data.error / data.value)
        assert row["rms"]["kappa"] == pytest.approx(np.sqrt(np.mean(residual**2)))
        assert row["chi2"]["kappa"] == pytest.approx(np.sum(white**2))
        worst = row["worst"]["kappa"]
        inside = (data.temperature >= worst["low"]) & (data.temperature <= worst["high"])
        assert len(set(np.sign(residual[inside]))) == 1
        runs = np.split(white**2, np.flatnonzero(np.diff(np.sign(residual))) + 1)
        assert np.sum(white[inside] ** 2) == pytest.approx(max(map(np.sum, runs)))
        assert abs(worst["offset"]) == pytest.approx(np.max(np.abs(residual[inside])))
        assert row["piled"] == {}


def test_a_variant_that_fails_is_a_row_with_its_reason(found):
    last = found.table[-1]
    assert (last["label"], last["free"], last["ok"], last["rms"]) == ("broken", 2, False, None)
    assert "none of the 2 starts" in last["failed"]
    assert [row["failed"] for row in found.table[:-1]] == [None, None]
    assert set(last) == set(found.table[0])
    assert not found.ok
    assert json.loads(found.to_json())["table"] == found.table
    text = found.summary()
    assert "Comparison of 3 variants by law on toy" in text
    assert "NOT FITTED: broken" in text
    assert "The evidence prefers straight to curved" in text
    axes = found.plot()
    assert axes.figure.get_suptitle() == "toy: variants by law"
    assert [text.get_text() for text in axes[0, 0].get_yticklabels()][-1] == "broken (none)"


def test_nothing_that_can_be_fitted_is_an_error():
    study = variants(rival(Choice), VARY)["broken"]
    with pytest.raises(gj.GlassjaxError, match=r"no fit succeeded; .*none of the 2 starts"):
        gj.compare([study, study], quick=True)


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ({"lav": ["straight", "curved"]}, "Choice has no option 'lav' to vary, did you mean 'law'"),
        ({"law": ["straight", "curvd"]}, "no law 'curvd', did you mean 'curved'"),
        ({"law": "straight"}, "to vary 'law' give a list of values"),
        ({"law": []}, "to vary 'law' give a list of values"),
        ({"law": ["straight", "straight"]}, "'law' is to vary over straight twice"),
        ({"law": ["straight"]}, "two values of an option at least"),
        ({"steep": ["yes", "no"]}, "'steep' must be true or false, not 'yes'"),
        ({"discrepancy": ["on", "off"]}, "'discrepancy' varies over true and false, not 'on'"),
        ({"bend": [0.0, 1.0]}, "'bend' is both fixed and free"),
    ],
)
def test_what_cannot_vary_is_refused(vary, message):
    with pytest.raises(gj.GlassjaxError, match=message):
        gj.compare([rival(Choice)], vary=vary)


def test_two_studies_cannot_vary():
    with pytest.raises(gj.GlassjaxError, match="vary takes one study, not 2"):
        gj.compare([rival(Choice), rival()], vary=VARY)


def test_validate_names_parameters_that_are_idle():
    warned = rival(Choice).validate(draws=5).warnings
    assert [text for text in warned if "bend" in text] == [
        "bend is idle, as law = 'straight' does not use it: fix it, or change the option"
    ]
    curved = variants(rival(Choice), VARY)["curved"]
    assert not [text for text in curved.validate(draws=5).warnings if "bend" in text]


def run(*arguments):
    return commands.run("compare", *arguments)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    enter(tmp_path, monkeypatch)
    monkeypatch.setitem(theory._THEORIES, "toy", ("tests.compare.rivals", "Choice"))
    (tmp_path / "mine.toml").write_text(STUDY)
    return tmp_path


def test_command_is_interrupted_and_resumed(workplace, monkeypatch, capsys):
    options = ("mine.toml", "--vary", "law=straight,curved,broken", "--quick", "--no-progress")

    def interrupt(target, **given):
        if target.theory.law == "curved":
            raise KeyboardInterrupt
        return fit_target(target, **given)

    with monkeypatch.context() as patch:
        patch.setattr("glassjax.comparison.fits.fit_target", interrupt)
        patch.setattr("glassjax.cli.os._exit", sys.exit)
        assert run(*options) == 130
    again = "glassjax compare mine.toml --vary law=straight,curved,broken --quick --no-progress --resume"
    assert f"is kept (the fit 'mine-straight'): continue with '{again}'" in capsys.readouterr().err
    kept = workplace / "results" / ".variants-mine.checkpoint" / "mine-straight" / "posterior.nc"
    first = gj.load_result(kept)
    assert run(*options) == 2
    assert "add --resume to continue it, or --fresh" in capsys.readouterr().err
    assert run(*options[:3], "--resume", "--chains", "1", "--draws", "2000") == 2
    assert "keeps a fit that was made by --quick" in capsys.readouterr().err

    assert run(*options, "--resume", "--json") == 1
    shown = capsys.readouterr()
    assert "there is a fit of mine-straight by Choice (1 of 3)" in shown.err
    assert "fitting mine-curved by Choice (2 of 3)" in shown.err
    table = json.loads(shown.out)["table"]
    assert [(row["label"], row["free"]) for row in table][-1] == ("broken", 2)
    assert {row["label"]: row["free"] for row in table} == {"straight": 2, "curved": 3, "broken": 2}
    folder = workplace / "results" / "variants-mine"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"mine-straight", "mine-curved"}
    assert gj.load_result(folder / "mine-straight").tree.identical(first.tree)
    assert not list(folder.parent.glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine.toml", "--vary", "law"], "--vary takes OPTION=VALUE,VALUE, not 'law'"),
        (["mine.toml", "--vary", "law=straight,"], "--vary takes OPTION=VALUE,VALUE"),
        (["mine.toml", "--vary", "law=curved", "--vary", "law=straight"], "--vary names 'law' twice"),
        (["mine.toml", "--vary", "lew=curved,straight"], "has no option 'lew' to vary, did you mean 'law'"),
        (["mine.toml", "--vary", "law=curved,strait"], "no law 'strait', did you mean 'straight'"),
        (["mine.toml", "--vary", "bend=high,low"], "'bend' must be a finite number, not 'high'"),
        (["mine.toml", "a-SiO2", "--vary", "law=curved,straight"], "--vary takes one study, not 2"),
    ],
)
def test_command_refuses_in_a_sentence_before_any_work(workplace, capsys, arguments, message):
    assert run(*arguments) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert not (workplace / "results").exists()


def test_a_fit_that_is_kept_under_other_settings_is_refused(tmp_path):
    study = rival(Choice)
    made = KeptFits(tmp_path / "kept", [study], seed=0, quick=True, discard="discard", elsewhere="elsewhere")
    made.fit(0)
    assert made.has(0)
    other = KeptFits(tmp_path / "kept", [study], seed=0, discard="discard", elsewhere="elsewhere")
    with pytest.raises(gj.GlassjaxError, match="differs in chains"):
        other.check()

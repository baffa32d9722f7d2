import json

import numpy as np
import pytest
import xarray as xr

import glassjax as gj
from glassjax.comparison.rival import judge_rival
from tests.compare.rivals import Curved, Flat, exact, rival
from tests.inference.toys import measurement


@pytest.fixture(scope="module")
def quick():
    return gj.compare([rival(Flat), rival(Curved), rival()], seed=2, quick=True)


@pytest.fixture(scope="module")
def two_quantities():
    """Rows of two quantities under a discrepancy, so that they depend on one another given the parameters."""
    data = [measurement(n=8), measurement("heat-capacity", n=7, seed=4)]
    study = rival(data=data, discrepancy={"kappa": {"amplitude": 0.1}, "heat-capacity": {"amplitude": 0.1}})
    fit = study.sample(chains=2, warmup=100, draws=1000, seed=3, progress=False)
    return study, fit, judge_rival("one", "PowerLaw", fit, 0)


def test_the_true_theory_wins_and_a_useless_parameter_does_not_pay(quick):
    rows = {row["label"]: row for row in quick.table}
    assert list(rows)[-1] == "Flat"
    assert rows["Flat"]["elpd_difference"] < -5 * rows["Flat"]["difference_se"]
    assert rows["PowerLaw"]["log_bayes_factor"] == 0.0
    assert -6 < rows["Curved"]["log_bayes_factor"] < -1
    assert rows["Flat"]["log_bayes_factor"] < -50
    text = quick.summary()
    assert "Leave-one-out cannot tell" in text, "a parameter that is not needed hardly changes predictions"
    assert "The evidence prefers PowerLaw to Curved by" in text


def test_evidence_of_linear_theories_is_exact(quick):
    for entry in quick.rivals:
        wanted = exact(entry.result.study)[1]
        assert entry.evidence.value == pytest.approx(wanted, abs=0.02)
        assert entry.laplace == pytest.approx(wanted, abs=0.02)
        assert entry.to_dict()["log_evidence_method"] == "importance sampling"


def test_predictive_densities_of_linear_theories_are_exact(quick):
    for entry in quick.rivals:
        np.testing.assert_allclose(entry.loo.elpd, exact(entry.result.study)[0], rtol=0.01, atol=0.05)
        assert entry.label == "Flat" or not any(entry.loo.high)


def test_rows_that_depend_on_one_another(two_quantities):
    study, _, entry = two_quantities
    wanted, evidence = exact(study)
    np.testing.assert_allclose(entry.loo.elpd, wanted, atol=0.1)
    assert entry.loo.total()[0] == pytest.approx(wanted.sum(), abs=0.15)
    parts = [entry.loo.total(quantity)[0] for quantity in study.quantities]
    assert sum(parts) == pytest.approx(entry.loo.total()[0])
    assert entry.evidence.method == "bridge sampling"
    assert abs(entry.evidence.value - evidence) < 4 * entry.evidence.error + 0.01


def test_leave_one_out_is_that_of_arviz(two_quantities):
    from arviz_stats import loo

    study, fit, entry = two_quantities
    elpd, k, errors = [], [], []
    for quantity in study.quantities:
        found = loo(
            xr.DataTree.from_dict(
                {
                    "posterior": fit.tree["posterior"].to_dataset(),
                    "log_likelihood": fit.tree["log_likelihood"].to_dataset(),
                }
            ),
            var_name=quantity,
            pointwise=True,
        )
        elpd.append(np.asarray(found.elpd_i))
        k.append(np.asarray(found.pareto_k))
        errors.append((found.elpd, found.se))
    np.testing.assert_allclose(entry.loo.elpd, np.concatenate(elpd), rtol=1e-12)
    np.testing.assert_allclose(entry.loo.pareto_k, np.concatenate(k), rtol=1e-12)
    for quantity, wanted in zip(study.quantities, errors, strict=True):
        assert entry.loo.total(quantity) == pytest.approx(wanted, rel=0.08)


@pytest.mark.filterwarnings("ignore:Estimated shape parameter", "ignore:The inplace keyword")
def test_differences_are_those_of_arviz(quick):
    from arviz_stats import compare, loo

    tables = {entry.label: loo(entry.result.tree, var_name="kappa", pointwise=True) for entry in quick.rivals}
    wanted = compare(tables)
    assert list(wanted.index) == [row["label"] for row in quick.table]
    for row in quick.table:
        found = wanted.loc[row["label"]]
        # weights here, copies of draws there: a theory that is 1500 worse differs in the tenths
        assert abs(row["elpd_difference"]) == pytest.approx(abs(found["elpd_diff"]), rel=2e-4, abs=0.06)
        assert row["difference_se"] == pytest.approx(found["dse"], rel=0.05, abs=0.06)


def test_an_outlier_is_warned_of_by_name():
    plain = measurement(n=6, noise=0.02)
    value = np.array(plain.value)
    value[-1] *= 2.0
    data = [
        gj.Measurement(
            name="lone", quantity="kappa", temperature=plain.temperature, value=value, error=plain.error
        )
    ]
    found = gj.compare([rival(data=data), rival(Flat, data=data)], quick=True)
    warned = found.warnings()["PowerLaw"]
    assert ("kappa", pytest.approx(20.0)) in [(quantity, T) for quantity, T, _ in warned]
    assert "kappa at 20 K (" in " ".join(found.summary().split())
    row = next(row for row in found.table if row["label"] == "PowerLaw")
    assert row["high_k"] == len(warned)
    assert not found.ok
    assert "THEORY: PowerLaw DOES NOT DESCRIBE" in found.summary()


def test_text_and_json_say_the_same(quick):
    plain = json.loads(quick.to_json())
    assert plain["table"] == quick.table
    assert plain["quick"]
    assert set(plain["rows"]) == {"Flat", "Curved", "PowerLaw"}
    text = quick.summary()
    begins = ("SAMPLER: ", "THEORY: ", "Leave-one-out (PSIS", "Evidence (ln Z")
    places = [text.index(words) for words in begins]
    assert places == sorted(places)
    for row in quick.table:
        assert f"{row['elpd']:.1f} ± {row['se']:.1f}" in text
        assert f"{row['log_evidence']:.2f}" in text
    assert "quick: draws around each maximum" in text
    assert all(len(line) <= 110 for line in text.splitlines())


def test_figure_shows_rankings_curves_and_residuals(quick):
    axes = quick.plot()
    assert [[ax.get_title()[:3] for ax in row] for row in axes] == [["(a)", "(c)"], ["(b)", "(d)"]]
    labels = [text.get_text() for text in axes[0, 0].get_yticklabels()]
    assert labels == [row["label"] for row in quick.table]
    with pytest.raises(gj.GlassjaxError, match="not of 'kapa', did you mean 'kappa'"):
        quick.plot(quantity="kapa")


def test_a_finished_fit_is_not_fitted_again_and_comes_back_from_its_file(quick, tmp_path, monkeypatch):
    folder = quick.save(tmp_path / "there")
    assert {path.name for path in folder.iterdir()} == {
        "comparison.json", "comparison.txt", "comparison.png", "comparison.svg", "flat", "curved", "powerlaw",
    }  # fmt: skip
    for name in ("maximise", "sample", "laplace"):
        monkeypatch.setattr(gj.Study, name, lambda *a, **k: pytest.fail("fitted again"))
    again = gj.compare([folder / "flat", folder / "curved" / "posterior.nc", quick.results["PowerLaw"]])
    assert again.table == quick.table
    named = gj.compare({"ours": folder / "powerlaw", "theirs": folder / "flat"})
    assert list(named.results) == ["ours", "theirs"]


def test_chains_that_are_too_short_fall_back_on_laplace():
    fit = rival().sample(chains=1, warmup=20, draws=20, progress=False)
    entry = judge_rival("short", "PowerLaw", fit, 0)
    assert entry.evidence.method == "Laplace"
    assert "do not suffice for bridge sampling" in entry.evidence.note

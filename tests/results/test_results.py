import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import glassjax as gj
from glassjax.problem.selection import DataSet
from glassjax.results import table as tables
from glassjax.results.misfit import Misfit, Stretch
from glassjax.results.text import misfit_lines, summary
from glassjax.results.verdict import Verdict
from tests.inference.test_maximise import linear_study
from tests.inference.toys import PowerLaw, measurement, normal

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def best():
    data = [
        DataSet(measurement("kappa"), high=15.0),
        measurement("heat-capacity", seed=4),
        measurement("expansion"),
        DataSet(measurement("kappa", seed=9), role="check"),
    ]
    return linear_study(data=data, name="toy").maximise(starts=3)


@pytest.fixture(scope="module")
def post(best):
    return best.study.sample(start=best, chains=2, warmup=40, draws=80, progress=False)


@pytest.fixture(params=["best", "post"])
def result(request):
    return request.getfixturevalue(request.param)


def test_verbs_are_the_same(result):
    assert isinstance(result.verdict, Verdict)
    assert [row["name"] for row in result.table] == ["offset", "slope", "bend"]
    assert set(result.best) == {"offset", "slope", "bend"}
    assert float(result.theory.slope) == result.best["slope"]
    assert result.glass.name == "toy"
    assert result.provenance["data_sha256"]["toy-kappa"] == "0" * 64
    assert result.provenance["versions"]["jax"]
    assert result.predict("kappa", [1.0, 2.0]).shape == (200, 2)
    assert result.summary().startswith("toy: ")
    assert result.tree["posterior"].sizes["draw"] > 1


def test_json_is_complete_and_has_no_nan(result):
    plain = json.loads(result.to_json())
    assert plain["study"] == "toy"
    assert plain["verdict"]["ok"] == result.verdict.ok
    assert [row["name"] for row in plain["parameters"]] == ["offset", "slope", "bend"]
    assert plain["fit"][0]["quantity"] == "kappa"
    assert len(plain["starts"]) == 3


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_file_has_the_permissions_of_the_users_other_files(best, tmp_path):
    before = os.umask(0o027)
    try:
        path = best.save(tmp_path / "result.nc")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_save_and_load_restore_everything(result, tmp_path):
    path = result.save(tmp_path / "result.nc")
    again = gj.load_result(path)
    assert type(again) is type(result)
    assert again.table == result.table
    assert again.verdict == result.verdict
    assert again.summary() == result.summary()
    assert again.to_json() == result.to_json()
    assert again.study.to_dict() == result.study.to_dict()
    assert [p.name for p in tmp_path.iterdir()] == ["result.nc"]
    np.testing.assert_allclose(
        again.predict("kappa", [1.0], draws=5), result.predict("kappa", [1.0], draws=5)
    )
    for (m, r), (n, q) in zip(again.residuals(), result.residuals(), strict=True):
        assert m.name == n.name
        np.testing.assert_array_equal(r, q)
    second = gj.load_result(again.save(tmp_path / "second.nc"))
    assert second.to_json() == result.to_json()


def test_a_loaded_maximum_can_start_the_sampler(best, tmp_path):
    again = gj.load_result(best.save(tmp_path / "maximum.nc"))
    fresh = again.study.sample(start=again, chains=1, warmup=10, draws=10, progress=False)
    assert fresh.best == best.best


def test_truncated_foreign_and_missing_files_are_refused(best, tmp_path):
    whole = best.save(tmp_path / "whole.nc").read_bytes()
    (tmp_path / "cut.nc").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.nc").write_text("not a NetCDF file")
    (tmp_path / "empty.nc").write_bytes(b"")
    xr.Dataset({"x": ("y", [1.0])}).to_netcdf(tmp_path / "foreign.nc", engine="h5netcdf")
    tree = best.tree.copy()
    tree.attrs["format_version"] = 99
    tree.to_netcdf(tmp_path / "newer.nc", engine="h5netcdf")
    for name, words in [
        ("cut.nc", "is no complete NetCDF file"),
        ("text.nc", "is no complete NetCDF file"),
        ("empty.nc", "is no complete NetCDF file"),
        ("foreign.nc", "no result of glassjax"),
        ("newer.nc", "written by a newer glassjax"),
        ("absent.nc", "there is no result"),
    ]:
        with pytest.raises(gj.GlassjaxError) as caught:
            gj.load_result(tmp_path / name)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_result_is_not_lost_when_writing_fails(best, tmp_path, monkeypatch):
    path = best.save(tmp_path / "result.nc")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.DataTree, "to_netcdf", full)
    with pytest.raises(gj.GlassjaxError, match="No space left on device"):
        best.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["result.nc"]
    shutil.rmtree(tmp_path)
    with pytest.raises(gj.GlassjaxError, match="choose another folder"):
        best.save(path)


def test_residuals_are_those_of_the_maximum(best):
    rows = best.residuals()
    assert [m.name for m, _ in rows] == ["toy-kappa", "toy-heat-capacity", "toy-expansion"]
    kappa, residual = rows[0]
    expected = np.log(kappa.value) - best.best["offset"] - best.best["slope"] * np.log(kappa.temperature)
    np.testing.assert_allclose(residual, expected, atol=1e-10)
    alpha, residual = rows[2]
    expected = (alpha.value - (best.best["bend"] + alpha.temperature) * 1e-9) / alpha.error
    np.testing.assert_allclose(residual, expected, atol=1e-8)
    ((check, residual),) = best.residuals("check")
    expected = np.log(check.value) - best.best["offset"] - best.best["slope"] * np.log(check.temperature)
    np.testing.assert_allclose(residual, expected, atol=1e-10)


def test_prediction_is_the_theory_at_the_draws(best):
    T = np.array([0.5, 3.0])
    draws = best.predict("kappa", T, draws=4000, seed=1)
    offset, slope = best.draws["offset"], best.draws["slope"]
    expected = np.exp(offset[:, None] + slope[:, None] * np.log(T))
    np.testing.assert_allclose(np.sort(draws, axis=0), np.sort(expected, axis=0), rtol=1e-9)
    np.testing.assert_allclose(
        best.curve("kappa", T), np.exp(best.best["offset"] + best.best["slope"] * np.log(T))
    )
    np.testing.assert_array_equal(best.predict("kappa", T, seed=2), best.predict("kappa", T, seed=2))


def test_prediction_with_discrepancy_follows_the_data():
    """Data with a bump the theory lacks: the band with discrepancy goes through it, the one without does not."""
    smooth = measurement("kappa", noise=0.02, n=40)
    bump = 0.5 * np.exp(-((np.log(smooth.temperature / 3)) ** 2))
    data = measurement("kappa", noise=0.02, n=40)
    data = type(data)(
        **{**vars(data), "value": data.value * np.exp(bump), "error": data.error * np.exp(bump)}
    )
    free = {"offset": normal(0.5, 1.0), "slope": normal(0.5, 0.3)}
    best = linear_study(data=[data], free=free).maximise(starts=2)
    near = slice(15, 25)
    with_it = np.log(best.predict("kappa", data.temperature, discrepancy=True))
    without = np.log(best.predict("kappa", data.temperature))
    measured = np.log(data.value)
    assert np.abs(with_it.mean(axis=0) - measured)[near].max() < 0.05
    assert with_it.std(axis=0)[near].max() < 0.03
    assert without.std(axis=0)[near].min() > 0.05
    stretches = best.misfits[0].stretches
    assert any(s.low < 3 < s.high and s.offset > 0.15 for s in stretches)
    assert "K the data lie " in best.summary()


def test_a_quantity_without_data_can_be_predicted(best):
    study = linear_study(data=[measurement("kappa")], free={"offset": normal(0, 1)})
    other = study.maximise(starts=1)
    T = np.array([1.0, 2.0])
    np.testing.assert_allclose(
        other.predict("heat-capacity", T, draws=3, discrepancy=True),
        other.predict("heat-capacity", T, draws=3),
    )
    with pytest.raises(gj.GlassjaxError, match="did you mean 'kappa'"):
        best.predict("kapa", T)
    for bad in ([], [-1.0], [np.nan], [[1.0]]):
        with pytest.raises(gj.GlassjaxError, match="temperatures to predict at"):
            best.predict("kappa", bad)
    with pytest.raises(gj.GlassjaxError, match="did you mean 'corner'"):
        best.plot("coner")


def test_a_smooth_misfit_without_discrepancy_is_not_trusted():
    data = measurement("kappa", noise=0.01)
    data = type(data)(**{**vars(data), "value": data.value * np.exp(np.sin(np.log(data.temperature)))})
    free = {"offset": normal(0.5, 1.0), "slope": normal(0.5, 0.3)}
    best = linear_study(data=[data], free=free, discrepancy=False).maximise(starts=2)
    assert not best.verdict.ok
    assert any("intervals are too narrow" in reason for reason in best.verdict.reasons)


ROWS: list = [
    {
        "name": "softening",
        "unit": "",
        "estimate": 0.4181,
        "low": 0.3262,
        "high": 0.5123,
        "sd": 0.0581,
        "limit": None,
    },
    {"name": "c", "unit": "", "estimate": 0.028, "low": None, "high": 0.0841, "sd": 0.0262, "limit": "upper"},
    {"name": "gamma0", "unit": "", "estimate": -6.4, "low": -2.5, "high": None, "sd": 1.83, "limit": "lower"},
    {"name": "B", "unit": "", "estimate": 138.2, "low": 50.1, "high": 323.4, "sd": 91.3, "limit": None},
    {
        "name": "lattice_b",
        "unit": "1/K4",
        "estimate": -2e-11,
        "low": -1.76e-10,
        "high": 1.33e-10,
        "sd": 9.7e-11,
        "limit": None,
    },
    {
        "name": "density",
        "unit": "kg/m3",
        "estimate": 2200.0,
        "low": None,
        "high": None,
        "sd": None,
        "limit": None,
    },
]
CHAINS = {"rhat": 1.0031, "ess_bulk": 1355.4, "ess_tail": 860.2}
MISFITS = [
    Misfit(
        "kappa",
        30,
        0.212,
        540.0,
        0.05,
        0.25,
        Stretch(7.0, 15.5, -0.475),
        (Stretch(7.0, 15.5, -0.475), Stretch(24.0, 45.9, 0.41)),
    ),
    Misfit("heat-capacity", 4, 0.238, 1.7, 0.367, 0.0, Stretch(0.1, 0.2, 0.24), ()),
    Misfit(
        "expansion",
        1,
        1.66e-10,
        0.8,
        1.9e-10,
        2e-10,
        Stretch(1.0, 1.0, 1.5e-10),
        (Stretch(1.0, 1.0, 1.5e-10),),
    ),
]


def texts():
    ROWS[4].setdefault("limit", None)
    good = Verdict(
        True, ("R-hat at most 1.003, of c (limit 1.01)", "no divergent draws"), ("c piles up at 0",)
    )
    bad = Verdict(False, ("the posterior is not curved downwards along B and R: no interval follows",))
    rows = [row | CHAINS for row in ROWS]
    rows[-1] = rows[-1] | {"rhat": None, "ess_bulk": None, "ess_tail": None}

    def sections(estimate, table, misfits):
        return {
            f"Parameters ({estimate}, {tables.levels(table)})": tables.text(table),
            "Tied parameters": [],
            "Fit at the maximum": [line for entry in misfits for line in misfit_lines(entry)],
        }

    return {
        "posterior.txt": summary(
            "toy: a posterior", good, sections("posterior medians", rows, MISFITS), "glassjax 0"
        ),
        "maximum.txt": summary(
            "toy: a maximum", bad, sections("the maximum", ROWS[3:], MISFITS[:1]), "glassjax 0"
        ),
    }


@pytest.mark.parametrize("name", ["posterior.txt", "maximum.txt"])
def test_summary_reads_as_pinned(name):
    assert texts()[name] + "\n" == (HERE / name).read_text(encoding="utf-8")


def test_toy_is_not_part_of_the_package():
    assert not PowerLaw.__module__.startswith("glassjax")

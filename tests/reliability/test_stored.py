"""What earlier versions wrote is still read, and gives the numbers that it gave then (``stored/README.md``)."""

import gzip
import io
import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

import glassjax as gj
from glassjax.results.report import render
from glassjax.results.trees import VERSION

HERE = Path(__file__).with_name("stored")
VERSIONS = sorted(path.parent.name for path in HERE.glob("*/known.json"))
KINDS = ("maximum", "posterior")
SEALED = "ce26309"
TEMPERATURES = [1.0, 10.0]  # K, as in write.py
# Of κ by the same parameters: the sums of the theory run over other frequencies now (3e-6 seen).
AGREES = 1e-4
DEFAULTS_THEN = {
    "e5f4dc6": (
        'theory = "lubchenko-wolynes"',
        'theory = { name = "lubchenko-wolynes", preset = "as-printed", fast = "both", counting = "saddle" }',
    )
}
"""What a study must say now that was the default then."""


OPTIONS_THEN = {
    "e5f4dc6": {
        "counting": "saddle",
        "sums": "direct",
        "excited": "thermal",
        "form_factor": "none",
        "vertical": "coupled",
        "fast": "both",
    }
}
"""Options that results keep, while the default is another one now."""


def unpacked(version, kind):
    return gzip.decompress((HERE / version / f"{kind}.nc.gz").read_bytes())


def known(version):
    return json.loads((HERE / version / "known.json").read_text(encoding="utf-8"))


@pytest.fixture(params=[(version, kind) for version in VERSIONS for kind in KINDS], ids="-".join)
def sample(request, tmp_path):
    """A stored result: its version, kind and file."""
    version, kind = request.param
    path = tmp_path / f"{kind}.nc"
    path.write_bytes(unpacked(version, kind))
    return version, kind, path


def test_formats_are_of_each_generation():
    formats = {}
    for version in VERSIONS:
        with h5py.File(io.BytesIO(unpacked(version, "maximum"))) as file:
            formats[version] = int(file.attrs["format_version"][0])
    assert formats["e5f4dc6"] == 1
    assert set(formats.values()) == set(range(1, VERSION + 1)), (
        "a new format wants a sample of the one before"
    )
    sealed = {version for version in VERSIONS if b"\nglassjax sha256 " in unpacked(version, "maximum")[-90:]}
    assert SEALED in sealed
    assert not sealed & {"e5f4dc6", "f58e593"}


def test_results_have_the_numbers_of_their_time(sample):
    version, kind, path = sample
    result, then = gj.load_result(path), known(version)[kind]
    assert result.best == pytest.approx(then["best"], rel=1e-12)
    assert result.log_posterior == pytest.approx(then["log_posterior"], rel=1e-12)
    means = {name: float(np.mean(draws)) for name, draws in result.draws.items()}
    assert means == pytest.approx(then["means"], rel=1e-12)
    with h5py.File(path) as file:  # as it is in the file, past our reader
        draws = {name: np.ravel(file[f"posterior/{name}"]) for name in result.draws}
    for name, column in result.draws.items():
        np.testing.assert_array_equal(np.ravel(column), draws[name])
    kappa = result.theory.thermal_conductivity(np.array(TEMPERATURES), result.glass)
    np.testing.assert_allclose(kappa, then["kappa"], rtol=AGREES)
    assert OPTIONS_THEN.get(version, {}).items() <= vars(result.theory).items()


def test_results_are_told_and_saved_again(sample, tmp_path):
    _, kind, path = sample
    result = gj.load_result(path)
    assert result.summary().startswith(result.study.name)
    assert json.loads(result.to_json())["study"] == result.study.name
    again = gj.load_result(result.save(tmp_path / f"again-{kind}.nc"))
    assert again.best == result.best
    np.testing.assert_array_equal(again.covariance, result.covariance)


@pytest.mark.parametrize("version", VERSIONS)
def test_results_are_drawn_reported_and_predicted_from(version, tmp_path):
    path = tmp_path / "posterior.nc"
    path.write_bytes(unpacked(version, "posterior"))
    result = gj.load_result(path)
    assert result.study.name in render(result)
    assert result.plot("observables").figure.axes
    curves = np.asarray(result.predict("kappa", TEMPERATURES, draws=4))
    assert curves.shape == (4, 2)
    assert (curves > 0).all()


@pytest.mark.parametrize("version", VERSIONS)
def test_studies_can_still_be_fitted(version, tmp_path):
    path = tmp_path / "study.toml"
    text = (HERE / version / "study.toml").read_text(encoding="utf-8")
    path.write_text(text.replace(*DEFAULTS_THEN.get(version, ("", ""))), encoding="utf-8")
    best, then = gj.Study.load(path).maximise(starts=1), known(version)["maximum"]
    assert best.log_posterior == pytest.approx(then["log_posterior"], abs=0.01)
    kappa = best.theory.thermal_conductivity(np.array(TEMPERATURES), best.glass)
    np.testing.assert_allclose(kappa, then["kappa"], rtol=0.01)


@pytest.mark.parametrize("version", VERSIONS)
def test_studies_are_those_in_their_results(version, tmp_path):
    path = tmp_path / "maximum.nc"
    path.write_bytes(unpacked(version, "maximum"))
    stored, written = gj.load_result(path).study, gj.Study.load(HERE / version / "study.toml")
    assert stored.free == written.free
    assert {data.measurement.sha256 for data in stored.data} == {
        data.measurement.sha256 for data in written.data
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_newer_formats_are_refused(version, tmp_path):
    path = tmp_path / "newer.nc"
    path.write_bytes(unpacked(version, "maximum").partition(b"\nglassjax sha256 ")[0])
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = VERSION + 1
    with pytest.raises(
        gj.GlassjaxError, match=r"was written by a newer glassjax; update glassjax to read it$"
    ):
        gj.load_result(path)


def test_unfinished_campaigns_of_another_format_are_refused(tmp_path):
    from glassjax.campaigns.folder import CampaignFolder

    shutil.copy(HERE / "f58e593" / "campaign.json", tmp_path)
    kept = CampaignFolder(
        tmp_path, again="add --resume", discard="add --fresh", elsewhere="choose another --out"
    )
    run = json.loads((tmp_path / "campaign.json").read_text(encoding="utf-8"))["run"]
    with (
        pytest.raises(gj.GlassjaxError, match=r"was written by another version of glassjax; add --fresh$"),
        kept.running(run, 0, resume=True),
    ):
        pass

"""``glassjax predict`` from a finished fit, and by the rival theories."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from scipy import constants as si
from scipy.special import zeta

import glassjax as gj
from glassjax.cli import main
from glassjax.problem.selection import DataSet
from tests.inference.test_maximise import exact, linear_study
from tests.inference.toys import measurement

T = np.geomspace(0.1, 10, 5)
SPAN = ("--from", "0.1", "--to", "10", "--points", "5")


@pytest.fixture
def run(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main(("predict", *arguments))
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run


@pytest.fixture(scope="module")
def result():
    data = [measurement("kappa"), dataclasses.replace(measurement("kappa", n=5, seed=2), name="other")]
    study = linear_study(
        name="toy",
        data=[data[0], DataSet(data[1], role="check")],
        discrepancy={"kappa": {"amplitude": 0.1}},
        sampler={"starts": 2},
    )
    return study.maximise()


@pytest.fixture(scope="module")
def saved(result, tmp_path_factory):
    return result.save(tmp_path_factory.mktemp("saved") / "maximum.nc")


@pytest.fixture
def workplace(tmp_path, monkeypatch, saved):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "toy"
    folder.mkdir(parents=True)
    shutil.copy(saved, folder)
    return tmp_path


def numbers(text):
    return np.array([[float(x) for x in line.split()] for line in text.splitlines()[2:]])


def assert_quantiles(found, mean, sd):
    """ln of median and ends (3, n) against a normal; 1000 draws leave 4 % of sd in the median, 7 % in the ends."""
    wanted = mean + np.array([[0.0], [-1.5982], [1.5982]]) * sd
    assert np.all(np.abs(np.log(found) - wanted) < np.array([[0.16], [0.28], [0.28]]) * sd)


def test_bands_of_a_linear_fit_are_exact(workplace, run, result):
    """All is normal: ln κ = xθ, and with the discrepancy, whose mean is G(y - Xθ), it is Gy + (x - GX)θ."""
    code, out, err = run("results/toy", "--quantity", "kappa", *SPAN)
    assert code == 0
    assert "maximum a posteriori of PowerLaw" in err
    assert "89% band of 1000 draws" in err
    assert " ".join(out.splitlines()[0].split()) == "of the theory [W/(m K)] with discrepancy [W/(m K)]"
    assert " ".join(out.splitlines()[1].split()) == "T [K] median 5.5 % 94.5 % median 5.5 % 94.5 %"
    table = numbers(out)
    np.testing.assert_allclose(table[:, 0], T, rtol=1e-5)
    mean, covariance = exact(result.study)
    x = np.stack([np.ones_like(T), np.log(T), np.zeros_like(T)], axis=1)
    assert_quantiles(table[:, 1:4].T, x @ mean, np.sqrt(np.einsum("ni,ij,nj->n", x, covariance, x)))
    [block] = result.study.likelihood.blocks
    rows = block.row_temperature
    design = np.stack([np.ones_like(rows), np.log(rows), np.zeros_like(rows)], axis=1)
    across = block.misfit_covariance(T, rows, {}, np)
    gain = across @ np.linalg.inv(block.noise + block.misfit_covariance(rows, rows, {}, np))
    left = x - gain @ design
    spread = block.misfit_covariance(T, T, {}, np) - gain @ across.T + left @ covariance @ left.T
    assert_quantiles(table[:, 4:].T, gain @ block.observed + left @ mean, np.sqrt(np.diagonal(spread)))


def test_json_is_the_bands_and_nothing_else(workplace, run, result):
    code, out, err = run("results/toy", "--quantity", "kappa", *SPAN, "--json")
    plain = json.loads(out)
    assert (code, plain["unit"], plain["level"], plain["value"]) == (0, "W/(m K)", 0.89, None)
    assert "\n".join(plain["computed_from"]) in err
    np.testing.assert_allclose(plain["T"], T)
    band = result.band("kappa", T, draws=1000)
    found = plain["bands"]["of the theory"]
    np.testing.assert_allclose([found["low"], found["median"], found["high"]], band, rtol=1e-12)


def test_numbers_and_figure_of_a_fit_go_to_files(workplace, run, result):
    arguments = ("results/toy/maximum.nc", "--quantity", "kappa", *SPAN, "--csv", "k.csv", "--plot", "k.svg")
    code, out, _ = run(*arguments)
    assert (code, out) == (0, "")
    lines = (workplace / "k.csv").read_text().splitlines()
    header = [line for line in lines if line.startswith("#")]
    assert any("maximum a posteriori" in line for line in header)
    assert lines[len(header)].startswith("T [K], median of kappa of the theory [W/(m K)], low 89% of kappa")
    table = np.loadtxt(lines[len(header) + 1 :], delimiter=",")
    bands = [result.band("kappa", T, draws=1000, discrepancy=with_it) for with_it in (False, True)]
    wanted = np.concatenate([band[[1, 0, 2]] for band in bands])
    np.testing.assert_allclose(table[:, 1:].T, wanted, rtol=1e-12)
    picture = (workplace / "k.svg").read_text()
    for label in (
        "89% of the theory",
        "89% with discrepancy",
        "median",
        "toy-kappa (points)",
        "other (points)",
    ):
        assert label in picture


def test_what_was_not_fitted_and_what_is_not_trusted_are_said(workplace, run):
    _, out, err = run("results/toy", "--quantity", "heat-capacity", *SPAN)
    assert "heat-capacity was not fitted" in err
    assert out.splitlines()[0].strip() == "of the theory [J/(kg K)]"
    bad = gj.load_result("results/toy/maximum.nc")
    bad.tree["maximum"].attrs["gain"] = 5.0
    bad.save("bad.nc")
    assert not bad.verdict.ok
    assert f"not to be trusted: {bad.verdict.reasons[0]}" in run("bad.nc", "--quantity", "kappa", *SPAN)[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["results/toy", "--theory", "debye"], "'results/toy' is a fit with a theory of its own; leave out"),
        (["results/toy", "--set", "R=3"], "leave out --set"),
        (["results/toy", "--time", "3"], "leave out --time"),
        (["results/toy", "--counting", "exact"], "leave out --counting"),
        (["tay"], "there is no result or study or glass 'tay', did you mean 'toy'?"),
        (["results"], "'results' holds no posterior.nc or maximum.nc"),
        (["nothere.nc"], "there is no result 'nothere.nc'"),
        (["a-SiO2", "--theory", "debey"], "no theory 'debey', did you mean 'debye'?"),
        (
            ["a-SiO2", "--theory", "debye", "--counting", "exact"],
            "'debye' counts no scattering states; leave",
        ),
        (
            ["a-SiO2", "--theory", "debye", "--set", "flor=1"],
            "debye has no parameter 'flor', did you mean 'floo",
        ),
        (["a-SiO2", "--theory", "debye", "--set", "omega_c=1"], "debye has no parameter 'omega_c'"),
        (
            ["a-SiO2", "--theory", "soft-potential", "--set", "W=90"],
            "W = 90 lies outside its range, 0.5 to 20",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(workplace, run, arguments, message):
    code, out, err = run(*arguments, "--quantity", "kappa")
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "setting", "paths"),
    [
        ("debye", "R=99", 6 * zeta(3) * (99 + 0.5) / np.pi),
        ("standard-tunnelling", "strength=4e-4", 1 / (2 * np.pi * 4e-4)),
        ("soft-potential", "strength=4e-4", 1 / (2 * np.pi * 4e-4)),
    ],
)
def test_rival_theories_answer_too(run, name, setting, paths):
    """At 10 mK κ is ``paths`` times k³T²/ħ²v; the least path and the relaxation of tunnelling systems make 1 %."""
    arguments = ("--quantity", "kappa", "--theory", name, "--set", setting, "--from", "0.01", "--to", "0.02")
    code, out, err = run("a-SiO2", *arguments, "--points", "2")
    assert code == 0
    assert f"theory {name}" in err
    assert setting.replace("=", " = ").replace("4e-4", "0.0004") in err
    assert "counting" not in err
    found = float(out.splitlines()[1].split()[1])
    assert found == pytest.approx(paths * si.k**3 * 0.01**2 / (si.hbar**2 * 4100.0), rel=0.02)


def test_the_theories_that_help_names_are_those_that_exist(run):
    text = "".join(run("--help")[1].split())
    assert all(name in text for name in gj.list_theories())


def test_a_band_of_no_level_is_refused(result):
    with pytest.raises(gj.GlassjaxError, match=r"between 0 and 1, not at 1\.5"):
        result.band("kappa", T, level=1.5)

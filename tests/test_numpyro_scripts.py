"""The scripts in fits/ that put the theory into a NumPyro model: right densities, and chains that run."""

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpyro.infer.util import log_density

import glassjax as gj
from glassjax.problem.compiling import quick_jit

FITS = Path(__file__).parents[1] / "fits"
SOFTENING = {"distribution": "uniform", "low": 0.0, "high": 0.9}
B = {"distribution": "log-normal", "median": 200.0, "spread": 1.0}
R = {"distribution": "log-normal", "median": 150.0, "spread": 0.5}


def load(name):
    spec = importlib.util.spec_from_file_location(name, FITS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def density(model, arguments, values):
    """Log density of a NumPyro model, compiled whole: operation by operation it takes minutes."""
    return float(quick_jit(lambda values: log_density(model, arguments, {}, values)[0])(values))


def run(name, *options):
    """Rows of the script's table by their label: median, 5.5 %, 94.5 %, effective draws, R-hat."""
    environment = {key: value for key, value in os.environ.items() if key != "XLA_FLAGS"}
    done = subprocess.run(
        [sys.executable, "-W", "error", FITS / f"{name}.py", *options],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    assert done.stderr == ""
    rows = re.findall(r"^(\w.*?) +(\S+) +(\S+) +(\S+) +(\d+) +(\d+\.\d+)$", done.stdout, flags=re.MULTILINE)
    return {label: [float(number) for number in numbers] for label, *numbers in rows}


@pytest.fixture(scope="module")
def silica():
    """The problem of numpyro_silica.py as a study, to be fitted by the engine."""
    return gj.Study(
        glass="a-SiO2",
        data=[load("numpyro_silica").data()],
        free={"softening": SOFTENING, "c": {"distribution": "half-normal", "scale": 0.1}, "B": B, "R": R},
        discrepancy={
            "kappa": {
                "amplitude": {"distribution": "half-normal", "scale": 0.3},
                "length": {"distribution": "log-normal", "median": 0.5, "spread": 0.5},
            }
        },
    )


POINTS = [(0.4, 0.03, 150.0, 200.0, 0.2, 0.5), (0.2, 0.15, 400.0, 120.0, 0.35, 0.9)]


def test_scripts_take_the_rows_the_theory_is_meant_for():
    measured = load("numpyro_silica").data()
    assert (len(measured), measured.quantity) == (30, "kappa")
    assert measured.temperature[-1] < 0.4 * 342
    script = load("numpyro_two_glasses")
    T, log_kappa = script.data()
    assert T.shape == log_kappa.shape == (2, script.ROWS)
    for row, name in zip(T, script.GLASSES, strict=True):
        low, high = script.RANGE[name]
        assert np.all(np.diff(row) > 0)
        assert low <= row[0] < row[-1] <= high < 0.4 * gj.load_glass(name).debye_temperature


@pytest.mark.slow
def test_silica_has_the_density_of_the_study(silica):
    """The engine's prior and likelihood, written by other hands, up to rounding."""
    script = load("numpyro_silica")
    for softening, c, b, r, amplitude, length in POINTS:
        own = {"softening": softening, "c": c, "B": b, "R": r, "amplitude": amplitude, "length": length}
        found = density(script.model, (script.data(), silica.glass), own)
        name = "discrepancy.kappa"
        theirs = {**own, f"{name}.amplitude": own.pop("amplitude"), f"{name}.length": own.pop("length")}
        expected = density(silica.likelihood.model, (), theirs)
        assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
def test_two_glasses_have_the_densities_of_two_studies():
    """With normal noise (very many degrees of freedom) the model is two studies that share B."""
    script = load("numpyro_two_glasses")
    T, log_kappa = script.data()
    own = {
        "B": 170.0,
        "softening": np.array([0.4, 0.3]),
        "R": np.array([220.0, 90.0]),
        "width": np.array([0.2, 0.1]),
        "debye_temperature": np.array([350.0, 110.0]),
    }
    found = density(script.model, (T, log_kappa, 1e7), own)
    expected = 0.0
    for i, name in enumerate(script.GLASSES):
        measured = gj.load_measurements(name, role="fit")[0].between(*script.RANGE[name])
        kappa = np.exp(log_kappa[i])
        measured = replace(measured, temperature=T[i], value=kappa, error=1e-7 * kappa, scale_error=0.0)
        debye = {
            "distribution": "log-normal",
            "median": script.DEBYE["median"][i],
            "spread": script.DEBYE["spread"][i],
        }
        width = {"distribution": "half-normal", "scale": 0.3}
        free = {"softening": SOFTENING, "R": R, "debye_temperature": debye, "noise.kappa": width}
        fixed = {"B": own["B"], "c": 0.0}
        study = gj.Study(glass=name, data=[measured], free=free, parameters=fixed, discrepancy=False)
        values = {key: own[key][i] for key in ("softening", "R", "debye_temperature")}
        expected += density(study.likelihood.model, (), {**values, "noise.kappa": own["width"][i]})
    shared = gj.Study(glass="a-SiO2", data=[measured], free={"B": B}).likelihood.distributions["B"]
    expected += float(shared.log_prob(own["B"]))
    assert found == pytest.approx(expected, rel=1e-6)  # Student's t of 1e7 degrees of freedom


@pytest.mark.slow
def test_silica_finds_what_the_engine_finds(silica):
    table = run("numpyro_silica", "--warmup", "150", "--draws", "250")
    post = silica.sample(chains=2, draws=300, progress=False)
    name = "discrepancy.kappa."
    assert len(table) == len(silica.free) == len(post.table)
    for row in post.table:
        median, low, high, effective, rhat = table[row["name"].removeprefix(name)]
        draws = post.draws[row["name"]]
        # Each median is good to 1.25 deviations over the root of its effective draws; four of those allowed.
        error = 1.25 * row["sd"] * np.sqrt(1 / effective + 1 / row["ess_bulk"])
        assert abs(median - np.median(draws)) < 4 * error, row["name"]
        assert high - low == pytest.approx(np.ptp(np.quantile(draws, [0.055, 0.945])), rel=0.3), row["name"]
        assert rhat < 1.05, row["name"]


@pytest.mark.slow
def test_two_glasses_run():
    table = run("numpyro_two_glasses", "--warmup", "150", "--draws", "250")
    assert set(table) == {"B"} | {
        f"{name} of {glass}"
        for name in ("softening", "R", "width", "debye_temperature")
        for glass in ("a-SiO2", "Torlon")
    }
    for label, (median, low, high, _, rhat) in table.items():
        assert low < median < high, label
        assert rhat < 1.1, label
    # The engine's 89 % intervals of silica in the study a-SiO2, whose discrepancy is another: they overlap.
    for label, (low, high) in {"B": (65, 362), "R of a-SiO2": (174, 300)}.items():
        assert table[label][1] < high, label
        assert low < table[label][2], label

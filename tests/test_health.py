"""``glassjax doctor``: what is wrong is found, named and has a remedy; what is right is left alone."""

import json
import math
import subprocess
import sys
from importlib import metadata

import jax
import numpy as np
import pytest

import glassjax as gj
from glassjax import health
from tests.commands import enter, run


@pytest.fixture
def quick(monkeypatch):
    """Leave out the two checks that compile a theory."""
    monkeypatch.setattr(health, "_conductivity", lambda kind: (0.0, 1e-8))


def test_all_is_well_here():
    """Once with everything, in a process of its own: sums and conductivity in both precisions."""
    command = [sys.executable, "-W", "error", "-m", "glassjax", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert [check["name"] for check in found["checks"] if "float" in check["name"]] == [
        "compiled sum in float64",
        "conductivity in float64",
        "compiled sum in float32",
        "conductivity in float32",
    ]
    assert found["versions"]["jax"] == metadata.version("jax")


def test_the_precision_is_as_before(quick, tmp_path):
    assert health.examine(tmp_path / "cache").ok
    assert jax.config.jax_enable_x64
    assert not (tmp_path / "cache").exists()


def test_stored_numbers_are_those_of_the_exact_count():
    """No code is shared with the count on a coarse grid. Fitted, the theory has κ of silica as measured."""
    T, silica = np.array(health.TEMPERATURES), gj.load_glass("a-SiO2")
    exact = gj.LubchenkoWolynes(counting="exact").thermal_conductivity(T, silica)
    np.testing.assert_allclose(health.REFERENCE, exact, rtol=4e-3)
    fitted = gj.LubchenkoWolynes(c=0.0, B=92.0, R=229.0).at({"softening": 0.726}, silica)
    np.testing.assert_allclose(fitted.thermal_conductivity(T, silica), [3e-4, 0.021, 0.125], rtol=0.15)


def test_a_wrong_number_is_found(quick, monkeypatch, tmp_path):
    for wrong in (1e-6, math.nan):
        monkeypatch.setattr(health, "_conductivity", lambda kind, wrong=wrong: (wrong, 1e-8))
        found = health.examine(tmp_path)
        [check] = [check for check in found.checks if check.name == "conductivity in float64"]
        assert not check.ok
        assert "1e-08 allowed" in check.found
        assert "pip install" in check.remedy
        assert found.summary().splitlines()[-1] == "2 of 9 checks failed"


def test_a_crash_is_a_finding(quick, monkeypatch, tmp_path):
    def crash(kind):
        raise RuntimeError("no kernel image\nis available")

    monkeypatch.setattr(health, "_sums", crash)
    found = health.examine(tmp_path)
    assert [check.found for check in found.checks if not check.ok] == ["RuntimeError: no kernel image"] * 2


@pytest.mark.parametrize(("version", "said"), [("0.10.2", "jax 0.10.2"), (None, "jax is missing")])
def test_a_release_of_jax_that_computes_wrong_is_named(monkeypatch, version, said):
    real = metadata.version

    def fake(name):
        if name == "jax":
            if version is None:
                raise metadata.PackageNotFoundError(name)
            return version
        return real(name)

    monkeypatch.setattr(metadata, "version", fake)
    check = health._versions(health._installed())
    assert not check.ok
    assert said in check.found
    assert "!=0.10.2" in check.found


def test_a_cache_that_cannot_be_written_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("os.access", lambda *arguments: False)
    check = health._writable(tmp_path / "deep" / "cache")
    assert not check.ok
    assert str(tmp_path) in check.found
    assert not health._room().ok


def test_the_command_tells_it_in_words_and_in_json(quick, monkeypatch, tmp_path, capsys):
    enter(tmp_path, monkeypatch)
    assert run("doctor") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "all is well"
    monkeypatch.setattr(health, "_conductivity", lambda kind: (math.nan, 1e-8))
    assert run("doctor", "--json") == 1
    plain = json.loads(capsys.readouterr().out)
    assert set(plain) == {"ok", "versions", "machine", "disk", "extras", "checks"}
    assert not plain["ok"]
    assert sum(not check["ok"] for check in plain["checks"]) == 2

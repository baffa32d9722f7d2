import json
import subprocess
import sys

import equinox as eqx
import numpy as np
import pytest

import glassjax as gj
from glassjax.cli import main

evaluate = eqx.filter_jit(gj.evaluate)


def run(capsys, *arguments):
    """Return exit code, stdout and stderr of a command."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    captured = capsys.readouterr()
    return left.value.code, captured.out, captured.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["compare", "--help"],
        ["design", "--help"],
        ["fit", "--help"],
        ["glasses", "--help"],
        ["predict", "--help"],
        ["sensitivity", "--help"],
        ["validate", "--help"],
    ],
)
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys\n"
        "from glassjax.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as left:\n    assert left.code == 0\n"
        "heavy = {'jax', 'numpy', 'numpyro', 'matplotlib', 'scipy', 'xarray', 'pint', 'arviz_base'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage: glassjax" in done.stdout


def test_importing_the_package_loads_no_jax():
    subprocess.run(
        [sys.executable, "-c", "import sys, glassjax; assert 'jax' not in sys.modules"], check=True
    )


def test_help_names_the_exit_codes(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "130 interrupted" in " ".join(out.split())


def test_version(capsys):
    assert gj.__version__ in run(capsys, "--version")[1]


def test_glasses_lists_all_that_is_shipped_with_sources(capsys):
    code, out, _ = run(capsys, "glasses")
    assert code == 0
    for name in gj.list_glasses():
        assert f"{name}: {gj.load_record(name).title}" in out
    assert "cond-mat/0506708" in out
    assert "prior" in out


def test_glasses_as_json(capsys):
    code, out, _ = run(capsys, "glasses", "a-SiO2", "PEEK", "--json")
    silica, peek = json.loads(out)
    assert (code, silica["name"], peek["name"]) == (0, "a-SiO2", "PEEK")
    assert silica["constants"]["debye_temperature"]["value"] == 342.0
    assert [entry["rows"] for entry in silica["data"]] == [
        len(measured) for measured in gj.load_record("a-SiO2").measurements()
    ]
    assert any(constant["value"] is None and constant["reason"] for constant in peek["constants"].values())


def test_glasses_refuses_an_unknown_name_with_the_nearest(capsys):
    code, _, err = run(capsys, "glasses", "a-SiO")
    assert code == 2
    assert "did you mean 'a-SiO2'?" in err


def table(out):
    return np.array([[float(x) for x in line.split()] for line in out.splitlines()[1:]])


@pytest.mark.parametrize("quantity", ["kappa", "heat-capacity", "expansion"])
def test_predict_prints_what_the_theory_says(capsys, quantity):
    code, out, err = run(
        capsys, "predict", "a-SiO2", "--quantity", quantity, "--from", "0.5", "--to", "5", "--points", "3"
    )
    assert code == 0
    T, value = table(out).T
    np.testing.assert_allclose(T, [0.5, np.sqrt(2.5), 5.0], rtol=1e-5)
    silica = gj.load_glass("a-SiO2")
    expected = evaluate(gj.LubchenkoWolynes(), quantity, np.geomspace(0.5, 5, 3), silica)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert "omega_c = 1.8" in err
    assert "tg tied to the glass" in err


def test_predict_writes_numbers_with_units_and_provenance(capsys, tmp_path):
    file = tmp_path / "kappa.csv"
    arguments = ["--quantity", "kappa", "--from", "1", "--to", "10", "--points", "4", "--set", "R=200"]
    code, out, _ = run(capsys, "predict", "a-SiO2", *arguments, "--csv", str(file))
    assert code == 0
    assert out == ""
    lines = file.read_text().splitlines()
    header = [line for line in lines if line.startswith("#")]
    assert any("glassjax" in line and gj.__version__ in line for line in header)
    assert any("R = 200" in line for line in header)
    assert lines[len(header)] == "T [K], kappa [W/(m K)]"
    numbers = np.loadtxt(lines[len(header) + 1 :], delimiter=",")
    expected = evaluate(gj.LubchenkoWolynes(R=200.0), "kappa", numbers[:, 0], gj.load_glass("a-SiO2"))
    np.testing.assert_allclose(numbers[:, 1], expected, rtol=1e-12)


def test_predict_sets_constants_of_the_glass_too(capsys):
    arguments = ["--quantity", "heat-capacity", "--from", "1", "--to", "2", "--points", "2"]
    _, out, err = run(capsys, "predict", "a-SiO2", *arguments, "--set", "density=4400")
    _, plain, _ = run(capsys, "predict", "a-SiO2", *arguments)
    np.testing.assert_allclose(table(out)[:, 1], table(plain)[:, 1] / 2, rtol=1e-5)
    assert "density = 4400 kg/m3" in err


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_predict_draws(capsys, tmp_path, ending):
    file = tmp_path / f"kappa.{ending}"
    arguments = ["--quantity", "kappa", "--points", "5", "--plot", str(file)]
    assert run(capsys, "predict", "a-SiO2", *arguments)[0] == 0
    assert file.stat().st_size > 5000
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--set", "omegac=1.5"], "no parameter 'omegac', did you mean 'omega_c'?"),
        (["--set", "omega_c=2.5"], "the lowest ripplon is unstable"),
        (["--set", "omega_c=9"], "omega_c = 9 lies outside its range, 0 to 2.5"),
        (["--set", "omega_c=much"], "'much' in 'omega_c=much' is not a number"),
        (["--set", "omega_c=nan"], "'nan' in 'omega_c=nan' is not a finite number"),
        (["--set", "omega_c"], "'omega_c' is not of the form name=value"),
        (["--set", "omega_c=1", "--set", "softening=0.2"], "softening and omega_c are the same parameter"),
        (["--set", "density=-1"], "density must be a positive number"),
        (["--from", "-1"], "-1 is not a positive number"),
        (["--from", "nan"], "nan is not a positive number"),
        (["--to", "ten"], "'ten' is not a number"),
        (["--from", "5", "--to", "1"], "--from (5 K) must lie below --to (1 K)"),
        (["--points", "1"], "--points"),
        (["--plot", "figure.jpg"], "cannot draw 'figure.jpg'"),
        (["--csv", "missing/x.csv"], "cannot write 'missing/x.csv' (there is no folder 'missing')"),
    ],
)
def test_predict_refuses_with_one_clear_sentence(capsys, tmp_path, monkeypatch, extra, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "predict", "a-SiO2", "--quantity", "kappa", *extra)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_unknown_glass_and_quantity_are_refused(capsys):
    code, _, err = run(capsys, "predict", "a-SiO", "--quantity", "kappa")
    assert (code, "did you mean 'a-SiO2'?" in err) == (2, True)
    code, _, err = run(capsys, "predict", "a-SiO2", "--quantity", "kapa")
    assert (code, "'kapa' is not one of" in err) == (2, True)


def test_reader_that_closes_early_gets_no_traceback():
    command = "from glassjax.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", command, "glasses"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""

import json

import pytest

from glassjax import Study
from glassjax.cli import main
from glassjax.problem.study_file import list_studies
from tests.inference.test_validate import Hole, study

CSV = """# quantity: kappa
# relative_error: 0.05
T [K], kappa [W/(m K)]
0.5, 0.01
1.0, 0.02
2.0, 0.05
"""
TOML = """
glass = "a-SiO2"
[[data]]
file = "kappa.csv"
from = 0.6
[free]
R = { tie = "150 * nuisance.factor" }
nuisance.factor = { distribution = "log-normal", median = 1, spread = 0.5 }
"""


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["validate", *arguments])
    captured = capsys.readouterr()
    return left.value.code, captured.out, captured.err


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kappa.csv").write_text(CSV)
    (tmp_path / "mine.toml").write_text(TOML)
    return tmp_path


def test_a_study_of_the_real_theory(workplace, capsys):
    code, out, err = run(capsys, "mine.toml", "--draws", "5", "--seed", "1", "--plot", "prior.png")
    assert (code, err) == (0, "")
    assert out.startswith("Study mine")
    assert "  R  = 150 * nuisance.factor = 150" in out
    assert "1 of 3 rows of kappa lie outside 0.6 … inf K and are left out" in out
    assert out.splitlines()[-1] == "ok"
    assert (workplace / "prior.png").stat().st_size > 10_000
    assert {path.name for path in workplace.iterdir()} == {"kappa.csv", "mine.toml", "prior.png"}


def test_problems_are_listed_and_the_code_is_two(capsys, monkeypatch):
    monkeypatch.setattr("glassjax.loading.load_problem", lambda source: study(theory=Hole()))
    code, out, _ = run(capsys, "toy", "--draws", "30", "--json")
    assert code == 2
    plain = json.loads(out)
    assert plain["ok"] is False
    assert plain["draws"] == 30
    found = {problem["quantity"]: problem for problem in plain["problems"]}
    assert list(found["kappa"]["parameters"]) == ["slope"]
    assert found["kappa"]["temperatures"][-1] == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1.0, 0.02", "1.0, -0.02", "kappa.csv"),
        ("1.0, 0.02", "1.0, many", "kappa.csv"),
        ("nuisance.factor =", "nuisance.fctor =", "did you mean 'nuisance.fctor'"),
        ("150 * nuisance.factor", "150 * (nuisance.factor", "is no expression"),
        ("from = 0.6", "form = 0.6", "did you mean 'from'"),
        ('glass = "a-SiO2"', 'glass = "a-SiO"', "did you mean 'a-SiO2'"),
    ],
)
def test_what_cannot_be_read_is_said(workplace, capsys, old, new, words):
    for name, text in (("kappa.csv", CSV), ("mine.toml", TOML)):
        (workplace / name).write_text(text.replace(old, new))
    code, out, err = run(capsys, "mine.toml")
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    code, out, err = run(capsys, "mine.toml", "--json")
    assert (code, err) == (2, "")
    (problem,) = json.loads(out)["problems"]
    assert words in problem["text"]


def test_rows_of_a_bad_file_are_named(workplace, capsys):
    (workplace / "kappa.csv").write_text(CSV.replace("2.0, 0.05", "2.0, -0.05"))
    assert "row 6" in run(capsys, "mine.toml")[2].replace("line", "row")


@pytest.mark.parametrize("arguments", [["mine.toml", "--draws", "0"], ["mine.toml", "--plot", "prior.doc"]])
def test_options_are_checked(workplace, capsys, arguments):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert arguments[-1] in err


@pytest.mark.slow
@pytest.mark.parametrize("name", list_studies())
def test_shipped_studies_are_valid(name):
    found = Study.load(name).validate(draws=40)
    assert found.ok, found.summary()

import pytest

from glassjax.cli import main
from tests.inference.test_maximise import linear_study
from tests.inference.toys import measurement


def run(*arguments):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return left.value.code


@pytest.fixture(scope="module")
def result():
    return linear_study(data=[measurement("kappa")], name="toy").maximise(starts=2)


@pytest.fixture
def workplace(tmp_path, monkeypatch, result):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "toy"
    folder.mkdir(parents=True)
    result.save(folder / "maximum.nc")
    return tmp_path


def test_report_of_a_folder_and_of_a_file(workplace, capsys, result):
    assert run("report", "results/toy") == 0
    page = workplace / "results" / "toy" / "report.html"
    assert f"written to {page.relative_to(workplace)}" in capsys.readouterr().out
    assert result.heading in page.read_text(encoding="utf-8")
    assert run("report", "results/toy/maximum.nc", "--out", "mine.html") == 0
    assert (workplace / "mine.html").read_text(encoding="utf-8") == page.read_text(encoding="utf-8")
    assert sorted(path.name for path in page.parent.iterdir()) == ["maximum.nc", "report.html"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tay"], "there is no result 'tay', did you mean 'toy'?; give the folder"),
        (["nothere.nc"], "there is no result 'nothere.nc'; give the folder"),
        (["results"], "'results' holds no posterior.nc or maximum.nc; give the folder"),
        (["notes.txt"], "is no complete NetCDF file"),
        (["results/toy", "--out", "results/toy/maximum.nc"], "end its name in .html"),
        (["results/toy", "--out", "folder.html"], "which is a folder"),
        (["results/toy", "--out", "absent/page.html"], "cannot write 'absent/page.html'"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(workplace, capsys, arguments, message):
    (workplace / "notes.txt").write_text("precious")
    (workplace / "folder.html").mkdir()
    before = {path: path.is_file() and path.read_bytes() for path in workplace.rglob("*")}
    assert run("report", *arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert {path: path.is_file() and path.read_bytes() for path in workplace.rglob("*")} == before

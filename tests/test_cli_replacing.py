"""A lesser result never replaces a better one, and no command replaces a file that glassjax did not write."""

import json
from dataclasses import replace

import pytest

import glassjax as gj
from glassjax.cli.files import Stake, result_folder
from glassjax.errors import GlassjaxError
from glassjax.results import Maximum
from glassjax.study import Study, study_of
from tests.commands import enter, run

STUDY = """
glass = "a-SiO2"
theory = "debye"
seed = 3

[[data]]
file = "kappa-cahill-pohl-1988.csv"
from = 0.1
to = {upto}

[free]
D = {{ distribution = "log-normal", median = 1.0, spread = {spread} }}

[discrepancy]
kappa = false

[sampler]
starts = 2
"""
CHAINS = {"chains": 4, "draws": 1000, "warmup": 1000, "starts": 2}
EARLIER = {
    "maximum": ("maximum", 3, {"starts": 2}),
    "weighed": ("laplace", 3, {"draws": 2000, "chains": 1, "starts": 2}),
    "chains": ("posterior", 3, CHAINS),
    "long chains": ("posterior", 3, {**CHAINS, "draws": 5000}),
    "another seed": ("posterior", 4, CHAINS),
    "maximum of another seed": ("maximum", 4, {"starts": 2}),
}
SAME = ("--chains", "4", "--draws", "1000", "--warmup", "1000")


class Began(Exception):
    """The work that a refusal comes before."""


def study_text(upto=2.0, spread=0.5):
    from glassjax.theory import get_theory

    name = get_theory("debye")().parameters()[0].name
    return STUDY.replace("D =", f"{name} =").format(upto=upto, spread=spread)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    gj.enable_x64()
    path = tmp_path_factory.mktemp("study") / "mine.toml"
    path.write_text(study_text())
    return Study.load(path).maximise().tree


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    def begin(self, **options):
        raise Began

    enter(tmp_path, monkeypatch)
    monkeypatch.setattr(Study, "maximise", begin)
    (tmp_path / "mine.toml").write_text(study_text())
    return tmp_path


def put(tree, folder, kind, seed, settings):
    """Write a result of this kind, seed and settings, and the files beside it."""
    other = tree.copy()
    other.attrs = {**tree.attrs, "kind": kind, "seed": seed, "settings": json.dumps(settings)}
    folder.mkdir(parents=True)
    Maximum(other, study_of).save(folder / ("maximum.nc" if kind == "maximum" else "posterior.nc"))
    (folder / "summary.txt").write_text("earlier")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("earlier", "arguments", "allowed"),
    [
        ("maximum", ["--quick"], True),
        ("maximum", ["--weighed"], True),
        ("maximum", SAME, True),
        ("maximum of another seed", ["--quick"], False),
        ("maximum of another seed", SAME, True),
        ("weighed", ["--quick"], False),
        ("weighed", ["--weighed"], True),
        ("weighed", ["--weighed", "--draws", "1999"], False),
        ("weighed", ["--weighed", "--draws", "2001"], True),
        ("weighed", ["--draws", "10"], True),
        ("chains", ["--quick"], False),
        ("chains", ["--weighed"], False),
        ("chains", ["--weighed", "--draws", "100000"], False),
        ("chains", SAME, True),
        ("chains", [*SAME[:4], "--warmup", "999"], False),
        ("chains", ["--chains", "3", *SAME[2:]], False),
        ("chains", ["--chains", "5", *SAME[2:]], True),
        ("chains", [*SAME, "--seed", "5"], False),
        ("long chains", SAME, False),
        ("another seed", SAME, False),
        ("another seed", [*SAME, "--seed", "4"], True),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_fit_replaces_what_is_no_better(workplace, tree, capsys, earlier, arguments, allowed, force):
    folder = workplace / "results" / "mine"
    before = put(tree, folder, *EARLIER[earlier])
    words = ["fit", "mine.toml", *arguments, *(["--force"] if force else [])]
    if allowed or force:
        with pytest.raises(Began):
            run(*words)
    else:
        assert run(*words) == 2
        said = capsys.readouterr().err
        assert "results/mine" in said
        assert "--force" in said
        assert "--out" in said
        assert not list((workplace / "results").glob(".mine.checkpoint/*.npz"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "text",
    [
        study_text(upto=1.0),
        study_text(spread=0.4),
        study_text().replace("kappa = false", "kappa = true"),
        study_text().replace("[sampler]", "[observation]\ntime = 5.0\n\n[sampler]"),
        'title = "x"\n'
        + study_text().replace('glass = "a-SiO2"', 'glass = "Torlon"').replace("cahill-pohl-1988", "none"),
    ],
    ids=["rows", "prior", "discrepancy", "time", "glass"],
)
def test_another_study_of_the_same_name_replaces_nothing(workplace, tree, capsys, text):
    folder = workplace / "results" / "mine"
    before = put(tree, folder, *EARLIER["maximum"])
    (workplace / "mine.toml").write_text(text)
    assert run("fit", "mine.toml") == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_title_makes_no_other_study(workplace, tree):
    put(tree, workplace / "results" / "mine", *EARLIER["maximum"])
    (workplace / "mine.toml").write_text('title = "other words"\n' + study_text())
    with pytest.raises(Began):
        run("fit", "mine.toml")


def test_a_damaged_result_is_replaced(workplace, tree):
    folder = workplace / "results" / "mine"
    put(tree, folder, *EARLIER["chains"])
    content = (folder / "posterior.nc").read_bytes()
    (folder / "posterior.nc").write_bytes(content[: len(content) // 2])
    with pytest.raises(Began):
        run("fit", "mine.toml", "--quick")


def test_a_result_of_a_newer_version_is_not_replaced(workplace, tree, capsys):
    other = tree.copy()
    other.attrs = {**tree.attrs, "format_version": 99}
    put(other, workplace / "results" / "mine", *EARLIER["chains"])
    assert run("fit", "mine.toml") == 2
    assert "newer" in capsys.readouterr().err


def make(parent, text, stake, *, good=True, **options):
    placed = []
    with result_folder(
        parent, "x", ("summary.json",), stake, good=lambda: good, placed=placed.append, **options
    ) as work:
        (work / "summary.json").write_text(json.dumps({"verdict": {"ok": good}, "text": text}))
    return placed[0].name


def text_of(folder):
    return json.loads((folder / "summary.json").read_text())["text"]


STAKE = Stake("question", 1, "weighed draws", 0, {"draws": 100})


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"effort": {"draws": 101}}, True),
        ({"effort": {"draws": 99}}, False),
        ({"effort": {}}, False),
        ({"seed": 1}, False),
        ({"rank": 2, "seed": 1}, True),
        ({"rank": 0}, False),
        ({"rank": 2, "about": "other"}, False),
    ],
)
def test_stakes_are_kept_with_a_result(tmp_path, change, allowed):
    make(tmp_path, "earlier", STAKE)
    if allowed:
        make(tmp_path, "new", replace(STAKE, **change))
    else:
        with pytest.raises(GlassjaxError, match="--force"):
            make(tmp_path, "new", replace(STAKE, **change))
        assert text_of(tmp_path / "x") == "earlier"
        make(tmp_path, "new", replace(STAKE, **change), force=True)
    assert text_of(tmp_path / "x") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_bad_verdict_does_not_replace_a_good_one(tmp_path):
    assert make(tmp_path, "good", STAKE) == "x"
    better = replace(STAKE, rank=2)
    assert make(tmp_path, "bad", better, good=False) == "x-2"
    assert make(tmp_path, "bad again", better, good=False) == "x-3"
    assert (text_of(tmp_path / "x"), text_of(tmp_path / "x-2")) == ("good", "bad")
    assert make(tmp_path, "forced", better, good=False, force=True) == "x"
    assert make(tmp_path, "bad after bad", better, good=False) == "x"
    assert make(tmp_path, "good after bad", better) == "x"
    assert text_of(tmp_path / "x") == "good after bad"


def test_a_link_to_a_folder_is_written_through(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "disk" / "run").mkdir(parents=True)
    link = tmp_path / "results" / "x"
    link.symlink_to(tmp_path / "disk" / "run")
    for text in ("first", "second"):
        make(tmp_path / "results", text, STAKE)
        assert link.is_symlink()
        assert text_of(tmp_path / "disk" / "run") == text
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["run"]
    with pytest.raises(GlassjaxError, match="--force"):
        make(tmp_path / "results", "lesser", replace(STAKE, rank=0))


def test_a_folder_that_cannot_be_exchanged_is_filled(tmp_path, monkeypatch):
    from glassjax.cli import files

    monkeypatch.setattr(files, "_only_inside", lambda target: target.name == "run" and target.is_dir())
    (tmp_path / "disk" / "run").mkdir(parents=True)
    (tmp_path / "x").symlink_to(tmp_path / "disk" / "run")
    before = (tmp_path / "disk" / "run").stat().st_ino
    for text in ("first", "second"):
        make(tmp_path, text, STAKE)
        assert text_of(tmp_path / "x") == text
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["request.json", "summary.json"]
    assert (tmp_path / "disk" / "run").stat().st_ino == before


@pytest.mark.parametrize("where", ["result", "out"])
def test_a_link_to_nothing_is_refused_in_a_sentence(tmp_path, where):
    link = tmp_path / ("x" if where == "result" else "out")
    link.symlink_to(tmp_path / "gone")
    with pytest.raises(GlassjaxError, match="gone"):
        make(tmp_path if where == "result" else link, "text", STAKE)
    assert link.is_symlink()
    assert not (tmp_path / "gone").exists()


PREDICT = ("predict", "a-SiO2", "--theory", "debye", "--quantity", "kappa", "--points", "3")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ((*PREDICT, "--csv"), "kappa.csv"),
        ((*PREDICT, "--plot"), "kappa.png"),
        ((*PREDICT, "--plot"), "kappa.svg"),
        ((*PREDICT, "--plot"), "kappa.pdf"),
        (("batch", "table.csv", "--theory", "debye", "--points", "2", "--out"), "out.csv"),
        (("batch", "table.csv", "--theory", "debye", "--points", "2", "--out"), "out.parquet"),
    ],
)
def test_a_file_of_somebody_else_is_not_replaced(workplace, capsys, words, name):
    (workplace / "table.csv").write_text("glass\na-SiO2\n")
    path = workplace / name
    path.write_bytes(b"T [K],kappa [W/m/K]\n1,0.1\n")
    assert run(*words, name) == 2
    assert "--force" in capsys.readouterr().err
    assert path.read_bytes() == b"T [K],kappa [W/m/K]\n1,0.1\n"
    assert run(*words, name, "--force") == 0
    written = path.read_bytes()
    assert written != b"T [K],kappa [W/m/K]\n1,0.1\n"
    path.touch()
    assert run(*words, name) == 0, "what glassjax wrote itself is replaced"
    link = workplace / f"link-{name}"
    link.symlink_to(path)
    assert run(*words, link.name) == 0
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("accuracy", "--out", "."), "accuracy.csv"),
        (("paper", "--out", "."), "claims.txt"),
        (("paper", "--only", "fig-15", "--format", "png", "--out", "."), "figures/fig-15.png"),
        (("batch", "table.csv", "--out", "out.csv"), "out.bad.csv"),
        (("validate", "mine.toml", "--plot", "prior.png"), "prior.png"),
        (("report", "results/mine", "--out", "page.html"), "page.html"),
    ],
)
def test_it_is_refused_before_any_work(workplace, tree, capsys, words, name):
    put(tree, workplace / "results" / "mine", *EARLIER["maximum"])
    (workplace / "table.csv").write_text("glass\na-SiO2\n")
    (workplace / name).parent.mkdir(exist_ok=True)
    (workplace / name).write_text("mine")
    assert run(*words) == 2
    assert (workplace / name).read_text() == "mine"
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "taken"), [("<!-- glassjax 0.1.0 -->", True), ("<p>mine</p>", False)])
def test_the_page_of_one_member_belongs_to_the_result(tmp_path, content, taken):
    from glassjax.cli.fit import RESULT_FILES

    (tmp_path / "fit").mkdir()
    page = tmp_path / "fit" / "report-second.html"
    page.write_text(content)
    if taken:
        with result_folder(tmp_path, "fit", RESULT_FILES) as folder:
            (folder / "summary.txt").write_text("new")
        assert [path.name for path in (tmp_path / "fit").iterdir()] == ["summary.txt"]
    else:
        with (
            pytest.raises(GlassjaxError, match="report-second"),
            result_folder(tmp_path, "fit", RESULT_FILES),
        ):
            pass
        assert page.read_text() == content

"""Short form of the attacks of `tests.reliability.safety`."""

import importlib.util
import os
import stat

import pytest

from tests.reliability import safety
from tests.reliability.explorer import answer, requests_fuzzed, running

needs_bokeh = pytest.mark.skipif(
    importlib.util.find_spec("bokeh") is None,
    reason="the explorer needs Bokeh: pip install 'glassjax[explorer]'",
)


def test_no_module_does_what_none_may():
    modules = dict(safety.package_sources())
    assert len(modules) > 200
    assert {name: found for name, text in modules.items() if (found := safety.forbidden(text))} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import pickle", ["pickle"]),
        ("from xml.etree import ElementTree", ["xml.etree"]),
        ("def f():\n    return eval('1')", ["eval"]),
        ("np.load(p, allow_pickle=True)", ["allow_pickle=True"]),
        ("run('ls', shell=flag)", ["shell=True"]),
        ("np.load(p, allow_pickle=False); re.compile('x')", []),
        ("from ..pickle import x", []),
    ],
)
def test_the_search_finds_what_it_is_for(text, found):
    assert safety.forbidden(text) == found


def test_names_lead_nowhere_else():
    from glassjax.disk import folder_name

    assert safety.escaping_names() == []
    assert folder_name("../../x", "study") == "x"
    assert folder_name("CON", "study") == "CON-"
    assert folder_name("aux.toml", "study") == "aux-.toml"
    assert folder_name("constant", "study") == "constant"


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "a/b", "..", "a\0b", "~"])
def test_members_and_new_glasses_have_names_without_a_path(name, tmp_path, monkeypatch, capsys):
    from glassjax import GlassjaxError, Population
    from tests.commands import enter, run
    from tests.inference.test_maximise import linear_study

    enter(tmp_path, monkeypatch)
    (tmp_path / "k.csv").write_text("T [K], kappa [W/(m K)]\n1, 0.02\n2, 0.05\n")
    assert run("new", name, "--kappa", "k.csv", "--yes", "--no-plot") == 2
    assert (
        "is no name for a glass; write letters, digits and the signs - . _ +, no path"
        in capsys.readouterr().err
    )
    assert [path.name for path in tmp_path.iterdir()] == ["k.csv"]
    if "/" in name or name == "..":
        priors = {"median": {"distribution": "log-normal", "median": 1.0, "spread": 1.0}}
        priors["spread"] = {"distribution": "half-normal", "scale": 1.0}
        members = {name: linear_study(), "other": linear_study()}
        with pytest.raises(GlassjaxError, match="needs a name without '/'"):
            Population(members=members, shared={"slope": priors})


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_what_is_written_keeps_to_the_umask(tmp_path):
    from glassjax.cli.files import replaced_files, write_whole
    from glassjax.datasets import write_measurement
    from glassjax.disk import write_synced
    from tests.inference import toys

    before = os.umask(0o077)
    try:
        write_whole(tmp_path / "a.txt", lambda path: path.write_text("x"))
        write_measurement(toys.measurement(), tmp_path / "b.csv")
        write_synced(tmp_path / "c.json", b"{}")
        with replaced_files(tmp_path / "d") as work:
            assert stat.S_IMODE(work.stat().st_mode) == 0o700
            (work / "e.txt").write_text("x")
    finally:
        os.umask(before)
    for path in tmp_path.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@needs_bokeh
def test_the_explorer_outlives_clients_and_requests_of_every_kind():
    with running() as place:
        assert safety.clients_at_once(place, 20) == [200] * 20
        for what, said in safety.oversized(place, 3_000_000).items():
            assert not said or said[9:10] == b"4", what
        assert safety.slow_clients(place, 20) == 200
        assert answer(place, Host="evil.example") == 403
        assert answer(place) == 200


@needs_bokeh
def test_the_explorer_answers_damaged_requests_or_drops_them():
    outcome = requests_fuzzed(3, tries=40)
    assert outcome.faults == {}
    assert outcome.tried == 40


@needs_bokeh
@pytest.mark.parametrize(
    "sent", ["[" * 100_000, '{"number": 1' + "0" * 400 + "}", '{"values": 3}', "null", '"\\ud800"']
)
def test_a_wish_that_no_page_of_ours_makes_gets_a_sentence(sent):
    import json
    from types import SimpleNamespace

    from bokeh.models import ColumnDataSource

    from glassjax.explorer.page import Page

    page = SimpleNamespace(answer=ColumnDataSource(), sliders=())
    Page._move(page, {"text": [sent]})
    assert json.loads(page.answer.data["text"][0])["message"] == "this is not understood; load the page again"


@needs_bokeh
def test_a_page_that_has_gone_does_not_end_the_work_of_others():
    import threading

    from glassjax.explorer.page import Worker

    def gone(result):
        raise AttributeError("'DocumentCallbackManager' object has no attribute '_change_callbacks'")

    worker, there = Worker(), threading.Event()
    worker.submit(lambda: 1, gone, lambda: False)
    worker.submit(lambda: 2, lambda result: there.set() if result == 2 else None, lambda: False)
    assert there.wait(60)


def test_reports_and_figures_print_hostile_text_and_obey_none(tmp_path):
    import xml.dom.minidom

    from glassjax.results.report import fragment, render

    result = safety.hostile_result()
    for page in (render(result), fragment(result)):
        assert safety.loose_markup(page) == []
        assert "{{7*7}}" in page
    result.plot("residuals").figure.savefig(tmp_path / "x.svg")
    assert not xml.dom.minidom.parse(str(tmp_path / "x.svg")).getElementsByTagName("script")


def test_the_reader_of_pages_notices_what_acts():
    page = "<a href='javascript:x'><img src=x onerror=y><script></script><p title='<script>'>"
    assert safety.loose_markup(page) == ["a href", "img onerror", "script"]

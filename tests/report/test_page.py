import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import glassjax as gj
from glassjax.problem.selection import DataSet
from glassjax.results.evidence import LogEvidence
from glassjax.results.report import fragment, render
from glassjax.results.report.contents import contents
from tests.inference.test_maximise import linear_study
from tests.inference.toys import measurement

VOID = {"meta", "img", "br", "hr", "link", "input"}
SECTIONS = (
    "What was fitted",
    "Parameters",
    "Theory against data",
    "Priors against posteriors",
    "Draws",
    "Data",
)
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Reads a page strictly: every element that opens closes, in order; keeps elements, ids and texts."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def study():
    data = [
        DataSet(
            measurement(
                "kappa",
                scale=0.02,
                citation="Toy & Co., doi:10.1234/toy.5",
                origin="https://example.org/toy",
                path=Path("/somewhere/kappa <toy>.csv"),
            ),
            high=15.0,
        ),
        measurement("heat-capacity", seed=4, citation=f"{HOSTILE} et al."),
        measurement("expansion"),
        DataSet(measurement("kappa", seed=9), role="check"),
    ]
    return linear_study(data=data, name=f"toy {HOSTILE}", title=f'"Toy" {HOSTILE}')


@pytest.fixture(scope="module")
def best():
    return study().maximise(starts=3)


@pytest.fixture(scope="module")
def post(best):
    return best.study.sample(start=best, chains=2, warmup=40, draws=60, progress=False)


@pytest.fixture(scope="module")
def text(post):
    return render(post)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_page_is_html_with_unique_ids_whose_links_lead_somewhere(text, page):
    assert text.startswith("<!DOCTYPE html>\n<html lang")
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")} == set(ids)
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert all(image["alt"] for image in page.all("img"))


def test_page_asks_for_nothing_from_anywhere(text, page):
    assert page.all("script") == page.all("link") == page.all("iframe") == []
    for _, attributes in page.elements:
        assert attributes.get("src", "data:image/").startswith("data:image/")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    outward = {link["href"] for link in page.all("a") if not link["href"].startswith("#")}
    assert outward == {"https://doi.org/10.1234/toy.5", "https://example.org/toy"}
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_verdict_comes_before_everything_else(text, page, post):
    assert not post.verdict.ok
    places = [text.index(f"<h2>{section}") for section in SECTIONS]
    assert places == sorted(places)
    assert text.index("Sampler: NOT CONVERGED</strong>") < text.index("Theory: ") < places[0]
    assert page.text.index(post.verdict.reasons[0]) < page.text.index("What was fitted")


def test_page_says_what_the_result_says(page, post):
    rows = {row["name"]: row for row in post.table}
    stored = post.provenance
    for words in (
        post.heading,
        f"{rows['slope']['estimate']:.3f}",
        f"{rows['slope']['low']:.3f} … {rows['slope']['high']:.3f}",
        "normal, 0.5 ± 0.3",
        "exponent",
        "kappa <toy>.csv thermal conductivity fitted 11 of 12 0.2 – 13.2 K points Toy & Co., doi:10.1234/toy.5",
        "toy-kappa thermal conductivity shown only 12",
        "SHA-256 " + "0" * 64,
        f"jax {stored['versions']['jax']}",
        stored["date"][:10],
        f"Running time {stored['seconds']:.0f} s Seed 0",
        "warmup 40 draws 60",
        "Largest R-hat",
        "Divergent draws 0",
        f"12 points, rms residual {post.misfits[1].rms:.2g} in ln C",
        " ".join(post.study.describe().split()),
    ):
        assert words in page.text, words
    assert "/somewhere" not in page.text


def test_every_figure_is_part_of_the_page(page):
    kinds = [attributes["class"] for attributes in page.all("figure")]
    assert kinds == ["observables", "residuals", "predictive", "priors", "correlations", "corner", "trace"]
    images = page.all("img")
    assert len(images) == 3 + 3 + 5
    for image in images:
        kind, data = re.fullmatch(r"data:image/(svg\+xml|png);base64,(.*)", image["src"]).groups()
        content = base64.b64decode(data)
        assert (b"<svg" in content) if kind == "svg+xml" else content.startswith(b"\x89PNG")
        assert int(image["width"]) > 200


def test_the_same_result_gives_the_same_page(text, post, tmp_path):
    again = gj.load_result(post.save(tmp_path / "posterior.nc"))
    assert render(again) == text


def test_names_and_titles_are_text(text, page, best):
    assert "<script" not in text
    assert f'"Toy" {HOSTILE}' in page.text
    assert f"{HOSTILE} et al." in page.text
    shown = fragment(best)
    assert "<script" not in shown
    assert f"toy {HOSTILE}: maximum a posteriori" in Page(shown).text


def test_a_maximum_has_no_chains_to_show(best):
    page = Page(render(best))
    assert "✓ Sampler: converged" in page.text
    assert "R-hat" not in page.text
    assert [attributes["class"] for attributes in page.all("figure")][-1] == "corner"


def test_the_evidence_is_shown_where_there_is_one(best, monkeypatch):
    assert contents(best)["facts"]["Log evidence"].endswith(f"({best.log_evidence.method})")
    found = LogEvidence(-13.816, 0.19, "nested sampling", "rough")
    monkeypatch.setattr(type(best), "log_evidence", found)
    assert contents(best)["facts"]["Log evidence"] == "−13.82 ± 0.19 (nested sampling; rough)"
    monkeypatch.setattr(type(best), "log_evidence", None)
    assert "Log evidence" not in contents(best)["facts"]


def test_notebooks_show_verdict_and_table(post):
    page = Page(post._repr_html_())
    assert page.text.index("Sampler: ") < page.text.index("Theory: ") < page.text.index("Estimate")
    assert f"{post.table[1]['estimate']:.3f}" in page.text
    assert page.all("img") == page.all("style") == []

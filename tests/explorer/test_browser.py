"""The explorer's page in a real Chromium, where there is one; its curves are those of the stand-in in `conftest`."""

import json
import shutil
import urllib.parse

import numpy as np
import pytest

pytest.importorskip("bokeh", reason="the explorer needs Bokeh: pip install 'glassjax[explorer]'")

import glassjax as gj
from glassjax.explorer.scene import NAMES

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install 'glassjax[test]'"
    )
    own = next(filter(None, map(shutil.which, BROWSERS)), None)
    with playwright.sync_playwright() as driver:
        try:
            found = driver.chromium.launch(executable_path=own, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(
                f"no Chromium on the path, and none that playwright brought: {str(error).splitlines()[0]}"
            )
        yield found
        found.close()


@pytest.fixture(scope="module")
def visit(browser, address):
    """Open the page in a browser of its own; it may ask nobody else, and its scripts may not fail."""
    contexts, asked, wrong = [], [], []

    def visit(query=""):
        context = browser.new_context(viewport={"width": 1280, "height": 844}, accept_downloads=True)
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("websocket", lambda link: asked.append(link.url))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(address + query)
        answered(tab, 0)
        return tab

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []
    assert asked
    assert {urllib.parse.urlsplit(url).hostname for url in asked if not url.startswith("blob:")} == {
        "127.0.0.1"
    }


@pytest.fixture(scope="module")
def opened(visit):
    return visit()


@pytest.fixture
def tab(opened):
    """The page, its sliders at the start."""
    opened.evaluate("window.before = document.getElementById('status').dataset.number")
    opened.click("#reset")
    answered(opened)
    return opened


def answered(tab, number=None):
    """Wait for the answer of that number, or to the last move."""
    tab.wait_for_function(
        "n => n === null ? document.getElementById('status').dataset.number !== window.before"
        " : document.getElementById('status').dataset.number === String(n)",
        arg=number,
    )


def press(tab, name, key, times=1):
    tab.evaluate("window.before = document.getElementById('status').dataset.number")
    tab.focus(f"#{name}")
    for _ in range(times):
        tab.keyboard.press(key)
    answered(tab)
    tab.wait_for_timeout(100)


def drawn(tab, quantity):
    """What the blue curve of a panel holds in the browser's own models."""
    return tab.evaluate(
        """quantity => {
            const lines = Bokeh.documents[0].get_model_by_name(quantity).renderers;
            const blue = lines.find((line) => line.glyph.line_color && line.glyph.line_color.value === "#0072B2"
                && line.data_source.data[quantity]);
            return Array.from(blue.data_source.data[quantity]);
        }""",
        quantity,
    )


def test_a_slider_moves_curve_and_misfit(tab):
    """By keyboard alone: from the start of the page the tab key comes to the sliders in their order."""
    assert drawn(tab, "kappa")[0] == pytest.approx(150 * 1e-5)
    before = tab.inner_text("#misfits tbody tr:first-child .now")
    assert float(before) == pytest.approx(np.log(200 / 150), rel=1e-2)
    reached = []
    for _ in range(40):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.id"))
    places = [reached.index(name) for name in ("tg", "omega_c", "c", "B", "R", "xi")]
    assert places == sorted(places)
    tab.focus("#R")
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(tab, "R", "ArrowRight", times=5)
    R = float(tab.input_value("#R-number"))
    assert 150 < R < 200
    assert drawn(tab, "kappa")[0] == pytest.approx(R * 1e-5, rel=1e-3)
    after = float(tab.inner_text("#misfits tbody tr:first-child .now"))
    assert after == pytest.approx(np.log(200 / R), rel=2e-2)
    assert float(tab.inner_text("#misfits tbody tr:first-child .then")) == pytest.approx(float(before))
    for name in NAMES:
        label = tab.evaluate("id => document.getElementById(id).labels[0].textContent", name)
        assert label.strip()
        assert tab.get_attribute(f"#{name}-number", "aria-label")
    tab.evaluate("window.before = document.getElementById('status').dataset.number")
    tab.click("#reset")
    answered(tab)
    assert drawn(tab, "kappa")[0] == pytest.approx(150 * 1e-5)


def test_numbers_are_typed_and_wrong_ones_named(tab):
    tab.evaluate("window.before = document.getElementById('status').dataset.number")
    tab.fill("#B-number", "250")
    tab.keyboard.press("Enter")
    answered(tab)
    assert drawn(tab, "heat-capacity")[0] == pytest.approx(250e-5)
    tab.fill("#B-number", "-3")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#alert:not([hidden])")
    assert tab.inner_text("#alert") == "B must be a number from 0 to 1000"
    assert tab.get_attribute("#B-number", "aria-invalid") == "true"
    tab.fill("#temperature-number", "3")
    tab.keyboard.press("Enter")
    tab.wait_for_selector('#elasticities[aria-busy="false"] td:has-text("3.000")')
    row = tab.locator('#elasticities tr[data-name="c"] td').all_inner_texts()
    assert row == ["3.000 †", "0.500 †", "−1 †"]


def test_beyond_the_stable_region_the_last_curve_stays(tab):
    before = drawn(tab, "kappa")
    press(tab, "omega_c", "End")
    tab.wait_for_selector("#alert:not([hidden])")
    assert "softening is 1.250 and must stay below 1; choose omega_c below 2 or tg below" in tab.inner_text(
        "#alert"
    )
    assert drawn(tab, "kappa") == before
    assert tab.inner_text("#misfits tbody tr:first-child .now") == "–"
    assert tab.get_attribute('a[data-file="curves.csv"]', "href") is None
    press(tab, "omega_c", "Home")
    tab.wait_for_selector("#alert", state="hidden")
    assert tab.get_attribute('a[data-file="curves.csv"]', "href")


def test_files_are_downloaded_at_the_sliders_values(tab, tmp_path):
    press(tab, "R", "End")
    texts = {}
    for name in ("curves.csv", "study.toml"):
        with tab.expect_download() as download:
            tab.click(f'a[data-file="{name}"]')
        download.value.save_as(tmp_path / name)
        assert download.value.suggested_filename == f"a-SiO2-{name}"
        texts[name] = (tmp_path / name).read_text(encoding="utf-8")
    assert "R = 1000" in texts["curves.csv"]
    assert gj.Study.load(tmp_path / "study.toml").free["R"].to_dict()["median"] == 1000.0


def test_two_browsers_share_nothing(tab, visit):
    second = visit("?glass=PTFE")
    press(tab, "R", "End")
    assert drawn(tab, "kappa")[0] == pytest.approx(1000e-5)
    assert drawn(second, "kappa")[0] == pytest.approx(150e-5)
    assert second.inner_text("h1") == "PTFE"
    second.select_option("#glass", "a-SiO2")
    second.wait_for_url("**/?glass=a-SiO2")
    answered(second, 0)
    assert second.input_value("#R-number") == "150"


def test_what_no_page_of_ours_sends_is_answered_with_a_sentence(tab):
    for wrong in ("[1]", '{"number": 999}', "{", json.dumps({"number": 999, "values": {"B": 1e9}})):
        tab.evaluate("text => { Bokeh.documents[0].get_model_by_name('wish').data = {text: [text]}; }", wrong)
    tab.wait_for_selector('#alert:has-text("B must be a number from 0 to 1000")')
    press(tab, "R", "End")
    assert drawn(tab, "kappa")[0] == pytest.approx(1000e-5)


def test_a_phone_shows_all_of_it(tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    outside = tab.evaluate(
        """async () => {
            const find = () => [...document.querySelectorAll("main *, header *")]
                .filter((part) => part.getBoundingClientRect().right > 391).map((part) => part.outerHTML.slice(0, 80));
            for (let frame = 0; frame < 600 && find().length > 0; frame++)  // Bokeh sets the plots anew in a later one
                await new Promise(requestAnimationFrame);
            return find();
        }"""
    )
    assert outside == []
    press(tab, "xi", "ArrowRight")
    top = tab.evaluate("document.querySelector('.kappa').getBoundingClientRect().top")
    assert 0 <= top < 10  # the panel stays in sight while the sliders pass below it

"""The explorer's page and server: plain HTTP, and a real Chromium where there is one.

The curves are those of a stand-in that answers at once: R moves κ, B moves C, gamma0 moves α, and above
omega_c = 2 nothing is stable. `test_curves` has the theory.
"""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse
from contextlib import suppress

import numpy as np
import pytest

pytest.importorskip("bokeh", reason="the explorer needs Bokeh: pip install 'glassjax[explorer]'")

import glassjax as gj
from glassjax.explorer import page, server
from glassjax.explorer.controls import NAMES
from glassjax.explorer.curves import Curves, Elasticity, Misfit
from glassjax.explorer.subject import of_glass
from tests.commands import run

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def stand_in(subject, values):
    values = {**subject.start, **values}
    T = np.geomspace(0.1, 100.0, 96)
    softening = values["omega_c"] / 2
    given = (values, softening, 2.0, 2.0 * values["tg"] / max(values["omega_c"], 1e-9), T)
    if softening >= 1:
        return Curves(*given)
    kappa, capacity, alpha = values["R"] * 1e-4 * T, values["B"] * 1e-5 * T**3, values["gamma0"] * 1e-10 * T
    misfits = tuple(
        Misfit(entry.used.name, entry.quantity, entry.role, len(entry.used), abs(np.log(values["R"] / 200.0)))
        for entry in subject.data
    )
    return Curves(*given, kappa, capacity, alpha, misfits)


def slopes(subject, values, T):
    return tuple(Elasticity(name, T, 0.5, -1e-9, name != "c") for name in NAMES)


@pytest.fixture(scope="module")
def address():
    """Address of an explorer of silica that runs in a thread."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (page, server):
            patch.setattr(module, "compute", stand_in)
        patch.setattr(page, "elasticities", slopes)
        found, there = {}, threading.Event()

        def ready(at):
            found.update(address=at, loop=asyncio.get_running_loop(), task=asyncio.current_task())
            there.set()

        def work():
            with suppress(asyncio.CancelledError):
                server.serve(of_glass("a-SiO2"), ["a-SiO2", "PTFE"], ready=ready)

        thread = threading.Thread(target=work)
        thread.start()
        assert there.wait(60)
        yield found["address"]
        found["loop"].call_soon_threadsafe(found["task"].cancel)
        thread.join(30)
        assert not thread.is_alive()


def ask(address, path="/", method="GET", body=None, **headers):
    """Status, headers and text of an answer."""
    where = urllib.parse.urlsplit(address)
    link = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    try:
        link.request(method, path, body=body, headers=headers)
        answer = link.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        link.close()


def test_it_listens_on_this_machine_only(address):
    port = urllib.parse.urlsplit(address).port
    assert address == f"http://127.0.0.1:{port}/"
    for other in {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}:
        if not other.startswith("127."):
            with socket.socket() as link:
                link.settimeout(5)
                assert link.connect_ex((other, port)) != 0
    with socket.socket() as link:  # all of 127/8 would answer if it listened everywhere
        link.settimeout(5)
        assert link.connect_ex(("127.0.0.2", port)) != 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:1"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
    ],
)
def test_foreign_pages_are_refused(address, headers):
    for path in ("/", "/curves.csv", "/static/js/bokeh.min.js"):
        status, _, text = ask(address, path, **headers)
        assert status == 403
        assert "answers only pages that it served itself" in text
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    assert ask(address, "/ws", **upgrade, **{"Sec-WebSocket-Key": "eA=="}, **headers)[0] == 403


def test_its_own_page_names_nothing_elsewhere(address):
    status, _, text = ask(address, Origin=address.rstrip("/"))
    assert status == 200
    assert "http://" not in text.replace(address, "")
    assert "https://" not in text
    port = urllib.parse.urlsplit(address).port
    assert ask(address, Host=f"localhost:{port}")[0] == 200


def refused(*request, **more):
    """Whether a request gets a status of 400 or more, or no answer at all."""
    try:
        return ask(*request, **more)[0] >= 400
    except (ConnectionError, http.client.HTTPException):
        return True


def test_too_much_is_refused_and_harms_nothing(address):
    assert refused(address, "/curves.csv?B=" + "1" * 2_000_000)
    assert refused(address, "/curves.csv", "POST", body=b"0" * 5_000_000)
    assert refused(address, "/curves.csv", "POST", body=b"0")
    assert ask(address, "/curves.csv")[0] == 200


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("omega_c=2.5", 422, "unstable at tg = 4.386 and omega_c = 2.5: its softening is 1.250"),
        ("omega=1", 400, "no slider 'omega', did you mean 'omega_c'"),
        ("B=nan", 400, "B must be a number from 0 to 1000"),
        ("B=%3Cscript%3E", 400, "B must be a number from 0 to 1000"),
        ("glass=..%2F..%2Fetc", 400, "there is no such glass here"),
    ],
)
def test_an_address_that_makes_no_sense_gets_a_sentence(address, query, status, message):
    found, headers, text = ask(address, f"/curves.csv?{query}")
    assert (found, headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert message in text
    assert "<script>" not in text


def test_files_follow_the_address(address):
    _, headers, text = ask(address, "/curves.csv?R=300")
    assert headers["Content-Disposition"] == 'attachment; filename="a-SiO2-curves.csv"'
    first = next(line for line in text.splitlines() if line[0].isdigit()).split(",")
    assert float(first[1]) == pytest.approx(300 * 1e-4 * 0.1)
    assert 'glass = "PTFE"' in ask(address, "/study.toml?glass=PTFE")[2]
    assert "PTFE" in ask(address, "/?glass=PTFE")[2]
    assert "<h1>a-SiO2</h1>" in ask(address, "/?glass=unknown")[2]


def test_a_port_that_is_taken_is_named(address):
    port = urllib.parse.urlsplit(address).port
    with pytest.raises(gj.GlassjaxError, match=f"port {port} is in use; choose another with --port"):
        server._listen(server.Explorer(of_glass("a-SiO2"), []), port)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a-SiO"], "there is no glass, study or result 'a-SiO', did you mean 'a-SiO2'"),
        (["universality"], "'universality' is of a population of several glasses"),
        (
            ["a-SiO2-debye"],
            "'a-SiO2-debye' is of the theory Debye, and the sliders are those of lubchenko-wolynes",
        ),
        (["here/glass.toml"], "here/glass.toml: no glass.toml there"),
        (["empty.toml"], "empty.toml names no glass"),
        (["a-SiO2", "--port", "99999"], "99999 is not in the range"),
    ],
)
def test_what_cannot_be_explored_is_said(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.toml").touch()
    assert run("explore", *arguments, "--no-browser") == 2
    assert message in capsys.readouterr().err


def test_without_bokeh_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run("explore", "--no-browser") == 2
    assert capsys.readouterr().err == (
        "glassjax: the explorer needs Bokeh; install it with: pip install 'glassjax[explorer]'\n"
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_the_command_serves_the_theory_and_ends_with_ctrl_c(tmp_path):
    command = [
        sys.executable,
        "-c",
        "from glassjax.cli import main; main()",
        "explore",
        "Torlon",
        "--no-browser",
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        address = process.stdout.readline().split(" at ")[1].split()[0]
        _, _, text = ask(address, "/curves.csv?R=80")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "glassjax: interrupted; the explorer has ended"
    T, kappa = (float(number) for number in text.splitlines()[-1].split(",")[:2])
    theory = gj.LubchenkoWolynes(R=80.0)
    assert kappa == pytest.approx(
        float(theory.thermal_conductivity([T], gj.load_glass("Torlon"))[0]), rel=1e-6
    )


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
        """() => [...document.querySelectorAll("main *, header *")]
            .filter((part) => part.getBoundingClientRect().right > 391).map((part) => part.outerHTML.slice(0, 80))"""
    )
    assert outside == []
    press(tab, "xi", "ArrowRight")
    top = tab.evaluate("document.querySelector('.kappa').getBoundingClientRect().top")
    assert 0 <= top < 10  # the panel stays in sight while the sliders pass below it

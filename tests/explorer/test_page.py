"""The explorer's page and server by plain HTTP; `test_browser` has a real Chromium, `test_curves` the theory."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import urllib.parse

import pytest

pytest.importorskip("bokeh", reason="the explorer needs Bokeh: pip install 'glassjax[explorer]'")

import glassjax as gj
from glassjax.explorer import server
from glassjax.explorer.scene import of_glass
from tests.commands import run


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
        (["a-SiO"], "'a-SiO', did you mean 'a-SiO2'"),
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

"""Safety: what the package may not do, names that lead elsewhere, an explorer under attack, pages of hostile text.

``python -m tests.reliability.safety`` runs all of it and keeps the record.
"""

import ast
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # before jax starts

from .explorer import PATIENCE, answer, running, send
from .record import Attack, keep

__all__ = [
    "HOSTILE",
    "NAMES",
    "clients_at_once",
    "escaping_names",
    "forbidden",
    "hostile_result",
    "loose_markup",
    "oversized",
    "package_sources",
    "slow_clients",
]

PACKAGE = Path(__file__).parents[2] / "glassjax"
_MODULES = {
    *(
        "pickle",
        "cPickle",
        "dill",
        "cloudpickle",
        "joblib",
        "marshal",
        "shelve",
        "yaml",
        "xml",
        "subprocess",
        "ctypes",
    ),
    *("code", "pty", "telnetlib", "ftplib", "smtplib", "urllib", "requests", "http"),
}
_CALLS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "tempfile.mktemp",
    "pd.read_pickle",
}
_TRUE = {"shell", "allow_pickle"}

NAMES = (
    *(
        "../../x",
        "..",
        ".",
        "",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:\\x",
        "~",
        "~root",
        "$HOME",
        "CON",
        "nul.txt",
        "aux",
    ),
    *(
        "a\0b",
        "a\nb",
        "\x1b[2J",
        "x" * 5000,
        ".hidden",
        "-rf",
        "a:b",
        "a|b",
        "%2e%2e%2f",
        "．．／",
        "‥",
        "a/../../b",
    ),
)
"""Names that somebody may give a study, a member or a glass."""

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> --> <svg onload=alert(3)> "
    "$\\frac{ $x_{ 5$ % & {{7*7}}"
)
"""A text that a page, a figure or a template may take for its own."""


def package_sources() -> Iterator[tuple[str, str]]:
    """Every module of the package and its text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), path.read_text(encoding="utf-8")


def forbidden(text: str) -> list[str]:
    """Return what a module imports or calls that none should: pickles, shells, code made of text, a network."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in _MODULES]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found += [str(node.module)] if str(node.module).partition(".")[0] in _MODULES else []
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found += [name] if name in _CALLS else []
            found += [
                f"{word.arg}=True"
                for word in node.keywords
                if word.arg in _TRUE
                and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            ]
    return found


def escaping_names(names: Sequence[str] = NAMES) -> list[str]:
    """Return the names whose folder, or page, would lie elsewhere than it should, or be none."""
    from glassjax.disk import folder_name

    parent = Path("/place/of/results")
    wrong = []
    for name in names:
        made = folder_name(name, "study")
        inside = Path(os.path.normpath(parent / made)).parent == parent
        device = made.upper().partition(".")[0] in {"CON", "NUL", "AUX", "PRN"}
        if not inside or device or len(made) > 110 or not made.isprintable() or made[0] in ".-~":
            wrong.append(name)
    return wrong


def clients_at_once(place: tuple[str, int], count: int) -> list[int]:
    """Statuses of the answers to ``count`` clients that ask for page, curves and study at the same time."""
    found: list[int] = []
    paths = ("/", "/curves.csv?R=100", "/study.toml", "/?glass=PTFE")
    start = threading.Barrier(count)

    def ask(number: int) -> None:
        start.wait(PATIENCE)
        found.append(answer(place, paths[number % len(paths)]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return found


def oversized(place: tuple[str, int], size: int) -> dict[str, bytes]:
    """Begin of the answer to a body, a header, an address and a message of ``size`` bytes; empty if dropped."""
    host = f"Host: {place[0]}:{place[1]}\r\n".encode()
    return {
        "body": send(
            place, b"POST / HTTP/1.1\r\n" + host + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
        )[:12],
        "body in chunks": send(
            place,
            b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % size + b"x" * size,
        )[:12],
        "header": send(place, b"GET / HTTP/1.1\r\n" + host + b"X: " + b"x" * size + b"\r\n\r\n")[:12],
        "address": send(place, b"GET /" + b"x" * size + b" HTTP/1.1\r\n" + host + b"\r\n")[:12],
        "message": _message(place, size),
    }


def _message(place: tuple[str, int], size: int) -> bytes:
    """Send a websocket message with the token of a page; return what comes back, nothing if the link is closed."""
    import asyncio
    import http.client
    import re

    from tornado.websocket import WebSocketClosedError, websocket_connect

    link = http.client.HTTPConnection(*place, timeout=PATIENCE)
    link.request("GET", "/")
    token = re.search(r'"token":"([^"]+)"', link.getresponse().read().decode())
    link.close()
    assert token is not None

    async def talk() -> bytes:
        spoken = await websocket_connect(f"ws://{place[0]}:{place[1]}/ws", subprotocols=["bokeh", token[1]])
        try:
            assert await spoken.read_message() is not None
            with suppress(WebSocketClosedError, OSError):
                await spoken.write_message("x" * size)
            for _ in range(10):  # the rest of the greeting, then the end
                left = await asyncio.wait_for(spoken.read_message(), PATIENCE)
                if left is None:
                    return b""
            return b"HTTP/1.1 200"
        finally:
            spoken.close()

    return asyncio.run(talk())


def slow_clients(place: tuple[str, int], count: int) -> int:
    """Status of a plain request while ``count`` clients have sent half of theirs and wait."""
    with ExitStack() as stack:
        for _ in range(count):
            link = stack.enter_context(socket.create_connection(place, timeout=10))
            link.sendall(b"GET / HTTP/1.1\r\nHost: x")
        return answer(place)


def hostile_result() -> Any:
    """Return a maximum of a study all of whose texts are `HOSTILE`."""
    import dataclasses

    from glassjax import Glass, Study
    from tests.inference import toys

    measured = dataclasses.replace(
        toys.measurement("kappa"),
        **dict.fromkeys(("name", "origin", "licence", "note", "material", "confidence"), HOSTILE),
        citation=f'{HOSTILE} https://e.org/"onmouseover=x 10.1234/<script>',
    )
    glass = Glass(
        name=HOSTILE, glass_temperature=1000.0, debye_temperature=300.0, density=2000.0, sound_speed=3000.0
    )
    return Study(
        glass=glass,
        data=[measured],
        theory=toys.PowerLaw(),
        free={"offset": toys.normal(0.0, 1.0), "slope": toys.normal(1.0, 1.0)},
        name=HOSTILE,
        title=HOSTILE,
        sampler={"starts": 1},
    ).maximise()


def loose_markup(page: str) -> list[str]:
    """Return elements and attributes of a page by which a text of somebody else could act."""
    from html.parser import HTMLParser

    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in ("script", "iframe", "object", "embed", "base", "form", "link"):
                found.append(tag)
            for name, value in attrs:
                remote = name in ("src", "href") and str(value).split(":")[0] in ("javascript", "vbscript")
                if name.startswith("on") or remote:
                    found.append(f"{tag} {name}")

    Reader().feed(page)
    return found


def _attacks() -> Iterator[Attack]:
    modules = list(package_sources())
    wrong = [f"{name}: {what}" for name, text in modules for what in forbidden(text)]
    finding = "no pickle, eval, exec, shell, XML or network in the package; NumPy reads without pickles"
    yield Attack(
        "modules searched for what none may do",
        len(modules),
        "modules",
        len(wrong),
        "; ".join(wrong) or finding,
    )
    yield Attack(
        "names that lead elsewhere",
        len(NAMES),
        "names",
        len(escaping_names()),
        "devices of Windows and names of thousands of letters came through; both are changed now (disk.folder_name)",
    )
    with running() as place:
        statuses = clients_at_once(place, 20)
        yield Attack(
            "clients of the explorer at once",
            20,
            "clients",
            20 - statuses.count(200),
            "a page left while its derivatives were computed ended the thread that computes them for all; "
            "it goes on now (explorer.worker)",
        )
        answers = oversized(place, 64_000_000)
        taken = [what for what, said in answers.items() if said and said[9:10] != b"4"]
        failed = len(taken) + (answer(place) != 200)
        yield Attack(
            "requests and messages of 64 MB", len(answers), "requests", failed, "refused before they are read"
        )
        status = slow_clients(place, 50)
        finding = "others are answered; a request that is not there within 60 s is dropped, an hour before"
        yield Attack("clients that never finish asking", 50, "clients", int(status != 200), finding)
    yield from _pages()


def _pages() -> Iterator[Attack]:
    import xml.dom.minidom

    from glassjax.results.report import fragment, render

    result = hostile_result()
    pages = (render(result), fragment(result))
    wrong = [what for page in pages for what in loose_markup(page)]
    yield Attack(
        "report and notebook page of hostile text", len(pages), "pages", len(wrong), ", ".join(wrong)
    )
    kinds = ("observables", "residuals", "corner", "reduced", "priors", "prior", "correlations")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            path = Path(folder, f"{kind}.svg")
            result.plot(kind).figure.savefig(path)
            parsed = xml.dom.minidom.parse(str(path))
            failed += len(parsed.getElementsByTagName("script"))
    finding = (
        "a $ in the name of a member or a label was taken for mathematics; it is literal (plotting.style)"
    )
    yield Attack("figures of hostile text as SVG", len(kinds), "figures", failed, finding)


def main() -> None:
    """Run all of it and keep the record."""
    import jax

    jax.config.update("jax_enable_x64", True)
    clock = time.monotonic()
    attacks = []
    for attack in _attacks():
        print(attack, flush=True)
        attacks.append(attack)
    keep(
        "safety",
        "Safety",
        attacks,
        command="python -m tests.reliability.safety",
        seconds=time.monotonic() - clock,
        summary="Nothing of the user's text is ever executed: ties are parsed, results hold numbers and JSON. Dask, on "
        "which campaigns run, pickles between its own processes: a scheduler's address is trusted like a shell there "
        "(docs/how-to/clusters.md).",
    )


if __name__ == "__main__":
    main()

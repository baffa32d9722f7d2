"""The server: it answers this machine only, and only pages that it served itself.

A page of another site can make a browser send requests to this machine. It is refused by what it cannot forge: the name
it was reached by (``Host``; a foreign name that resolves to this machine is DNS rebinding) and the page that asks
(``Origin``). A websocket must show, besides, the token that its page came with, and in time: Bokeh would answer another
one with a traceback on the terminal.

Messages are small, and larger ones are refused before they are read; who is slow to ask is not waited for.
"""

import asyncio
import errno
import logging
import secrets
import signal
import socket
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from bokeh.application import Application as Pages
from bokeh.application.handlers import FunctionHandler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.util.token import check_token_signature, get_token_payload
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.ioloop import IOLoop
from tornado.routing import AnyMatches, Matcher, Rule, RuleRouter
from tornado.web import Application, RequestHandler

from ..errors import GlassjaxError
from . import downloads
from .curves import Curves, compute
from .page import Page, Worker
from .scene import Scene, of_glass, read_values

ADDRESS = "127.0.0.1"
_LARGEST = 1_000_000  # bytes of a request or a message
_PATIENCE = 60.0  # seconds for a request to arrive
_SOCKET = "/ws"


class Explorer:
    """What all browsers share: scenes that never change, and one thread for slow work.

    Parameters
    ----------
    scene : Scene
        Shown where the address names no glass.
    glasses : list of str
        Names that an address may choose from, ``?glass=PTFE``; empty where there is no choice.
    """

    def __init__(self, scene: Scene, glasses: list[str]) -> None:
        self.glasses = glasses
        self.worker = Worker()
        self._first = scene
        self._known: dict[str, tuple[Scene, Curves]] = {}

    def scene(self, name: str = "") -> tuple[Scene, Curves]:
        """Return the scene that an address names, with its curves at the start.

        Raises
        ------
        GlassjaxError
            If it is none of the `glasses`.
        """
        if name and name not in self.glasses:
            raise GlassjaxError("there is no such glass here; choose one on the page")
        if name not in self._known:
            scene = of_glass(name) if name and name != self._first.name else self._first
            self._known[name] = scene, compute(scene, {})
        return self._known[name]

    def open(self, document: Document) -> None:
        """Fill the document of a browser that has come."""
        context: Any = document.session_context
        asked = context.request.arguments.get("glass", [b""])
        name = asked[0].decode("utf-8", "replace")
        scene, start = self.scene(name if name in self.glasses else "")
        Page(document, scene, start, self.glasses, self.worker)


class Ours(Matcher):
    """Matches requests that are ours.

    Parameters
    ----------
    hosts : collection of str
        Names of this server, each with its port.
    key : bytes
        What tokens are signed with.
    """

    def __init__(self, hosts: "set[str]", key: bytes) -> None:
        self._hosts, self._key = hosts, key
        self._origins = {f"http://{host}" for host in hosts}

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return arguments for the handler, none, or None where the request is foreign."""
        origins = request.headers.get_list("Origin")
        ours = request.headers.get_list("Host") and request.host.lower() in self._hosts
        if not ours or not all(origin.lower() in self._origins for origin in origins):
            return None
        return {} if request.path != _SOCKET or self._invited(request) else None

    def _invited(self, request: HTTPServerRequest) -> bool:
        spoken = [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if len(spoken) != 2 or spoken[0] != "bokeh":
            return False
        try:
            signed = check_token_signature(spoken[1], secret_key=self._key, signed=True)
            return signed and time.time() < get_token_payload(spoken[1])["session_expiry"]
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error):  # it is no token
            return False


class _Refused(RequestHandler):
    """Answers whatever is asked with 403."""

    def prepare(self) -> None:
        """Refuse."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(
            "This explorer answers only pages that it served itself; open the address that it printed.\n"
        )


class _Download(RequestHandler):
    """A file made of the values in the address, as in ``/curves.csv?omega_c=1.6``; nothing is kept."""

    def initialize(self, explorer: Explorer, kind: str) -> None:
        """Take what the route says."""
        self.explorer, self.kind = explorer, kind

    async def get(self) -> None:
        """Answer with the file, or with a sentence: 400 if values make no sense, 422 if there are no curves."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        given = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        try:
            scene, start = self.explorer.scene(given.pop("glass", ""))
            values = read_values(given, scene.controls)
        except GlassjaxError as error:
            self._refuse(400, error)
            return
        make, ending, media = _FILES[self.kind]
        try:
            work = partial(make, scene, compute(scene, values), start)
            content = await IOLoop.current().run_in_executor(None, work)
        except GlassjaxError as error:
            self._refuse(422, error)
            return
        stem = "".join(
            letter if letter.isascii() and (letter.isalnum() or letter in "._+-") else "-"
            for letter in scene.name
        )
        self.set_header("Content-Type", f"{media}; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{stem}-{ending}"')
        self.finish(content)

    def _refuse(self, status: int, error: GlassjaxError) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{error}\n")


def _csv(scene: Scene, curves: Curves, start: Curves) -> str:
    del start
    return downloads.csv(scene, curves)


def _study(scene: Scene, curves: Curves, start: Curves) -> str:
    del start
    return downloads.study(scene, curves)


_FILES: Mapping[str, tuple[Callable[[Scene, Curves, Curves], str], str, str]] = {
    "curves": (_csv, "curves.csv", "text/csv"),
    "figure": (downloads.svg, "figure.svg", "image/svg+xml"),
    "study": (_study, "study.toml", "application/toml"),
}


def serve(scene: Scene, glasses: list[str], *, port: int = 0, ready: Callable[[str], object] = print) -> None:
    """Serve the explorer on this machine until Ctrl-C, and return.

    Parameters
    ----------
    scene : Scene
    glasses : list of str
        Shipped glasses to choose from on the page.
    port : int
        0 takes a free one.
    ready : callable
        Called with the address once there are curves to see and the server listens.

    Raises
    ------
    GlassjaxError
        If the port is taken or not allowed.
    """
    explorer = Explorer(scene, glasses)
    explorer.scene()
    with suppress(KeyboardInterrupt):  # where there is no handler of signals
        asyncio.run(_run(explorer, port, ready))


async def _run(explorer: Explorer, port: int, ready: Callable[[str], object]) -> None:
    server, address = _listen(explorer, port)
    server.start()
    ended = asyncio.Event()
    with suppress(
        NotImplementedError, RuntimeError, ValueError
    ):  # on Windows, and outside of the main thread
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ended.set)
    try:
        ready(address)
        await ended.wait()
    finally:
        server.stop()


def _listen(explorer: Explorer, port: int) -> tuple[BaseServer, str]:
    """Return a server that listens, and its address."""
    try:
        listening = socket.create_server((ADDRESS, port), backlog=128)
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had ({error.strerror})"
        raise GlassjaxError(f"port {port} {why}; choose another with --port, or leave it out") from None
    listening.setblocking(False)
    port = listening.getsockname()[1]
    for name in ("bokeh", "tornado.access"):  # a terminal is no place for what browsers do
        logging.getLogger(name).setLevel(logging.ERROR)
    hosts, key = {f"{ADDRESS}:{port}", f"localhost:{port}"}, secrets.token_bytes(32)
    app = BokehTornado(
        {"/": Pages(FunctionHandler(explorer.open))},
        extra_websocket_origins=list(hosts),
        extra_patterns=[
            (f"/{ending}", _Download, {"explorer": explorer, "kind": kind})
            for kind, (_, ending, _) in _FILES.items()
        ],
        sign_sessions=True,
        secret_key=key,
        include_headers=[],
        include_cookies=[],
        websocket_max_message_size_bytes=_LARGEST,
    )
    router = RuleRouter([Rule(Ours(hosts, key), app), Rule(AnyMatches(), Application([(".*", _Refused)]))])
    http = HTTPServer(
        router,
        max_body_size=_LARGEST,
        max_buffer_size=_LARGEST,
        idle_connection_timeout=_PATIENCE,
        body_timeout=_PATIENCE,
    )
    http.add_sockets([listening])
    return BaseServer(IOLoop.current(), app, http), f"http://{ADDRESS}:{port}/"

"""A running explorer for attacks: its server in a thread of this process, with curves that cost nothing."""

import asyncio
import http.client
import logging
import socket
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest import mock

import numpy as np

from .fuzz import Outcome
from .mutation import mutate

__all__ = ["PATIENCE", "answer", "requests_fuzzed", "running", "send"]

PATIENCE = 300.0  # seconds to wait for an answer, of a machine that has much else to do
_REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    b"GET /curves.csv?omega_c=1.6&B=100&R=1.5e2&glass=PTFE HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
    b"GET /study.toml?c=0.05 HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n\r\n",
    b"POST /curves.csv HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nB=100",
    (
        b"GET /ws?x HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: bokeh, x\r\n\r\n"
    ),
)


@contextmanager
def running() -> Iterator[tuple[str, int]]:
    """Yield host and port of an explorer of silica."""
    from glassjax.explorer import page, server
    from glassjax.explorer.scene import of_glass
    from tests.explorer.conftest import slopes, stand_in

    there, found = threading.Event(), {}

    def ready(address: str) -> None:
        found.update(address=address, loop=asyncio.get_running_loop(), task=asyncio.current_task())
        there.set()

    def work() -> None:
        with suppress(asyncio.CancelledError):
            server.serve(of_glass("a-SiO2"), ["a-SiO2", "PTFE"], ready=ready)

    with (
        mock.patch.object(page, "compute", stand_in),
        mock.patch.object(server, "compute", stand_in),
        mock.patch.object(page, "elasticities", slopes),
    ):
        thread = threading.Thread(target=work)
        thread.start()
        if not there.wait(60):
            raise TimeoutError("the explorer does not start")
        where = urllib.parse.urlsplit(found["address"])
        try:
            yield str(where.hostname), int(where.port or 0)
        finally:
            found["loop"].call_soon_threadsafe(found["task"].cancel)
            thread.join(30)


def send(place: tuple[str, int], content: bytes, timeout: float = 10.0) -> bytes:
    """Send bytes and return what comes back until the server closes, or falls silent; nothing where it resets."""
    answered = b""
    with socket.create_connection(place, timeout=timeout) as link, suppress(OSError):
        link.sendall(content)
        link.shutdown(socket.SHUT_WR)
        while len(answered) < 100_000 and (piece := link.recv(65536)):
            answered += piece
    return answered


def answer(place: tuple[str, int], path: str = "/curves.csv", **headers: str) -> int:
    """Status of the answer to a plain request."""
    link = http.client.HTTPConnection(*place, timeout=PATIENCE)
    try:
        link.request("GET", path, headers=headers)
        return link.getresponse().status
    finally:
        link.close()


class _Told(logging.Handler):
    """Counts what the server logs as its own errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.faults: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        self.faults[record.getMessage().splitlines()[0][:200]] += 1


def requests_fuzzed(seed: int, *, tries: int | None = None, seconds: float = np.inf) -> Outcome:
    """Send damaged requests; a fault is an answer of 500 or more, an error in the log, or no answer any more."""
    rng = np.random.default_rng(seed)
    told, tried, well = _Told(), 0, 0
    logger = logging.getLogger("tornado.application")
    logger.addHandler(told)
    logger.propagate, before = False, logger.propagate
    end = time.monotonic() + seconds
    try:
        with running() as place:
            seeds = [text.replace(b"{host}", f"{place[0]}:{place[1]}".encode()) for text in _REQUESTS]
            while (tries is None or tried < tries) and time.monotonic() < end:
                begun = time.monotonic()
                answered = send(place, mutate(seeds[int(rng.integers(len(seeds)))], rng, seeds, most=2))
                status = answered.split(b" ", 2)[1:2]
                tried, well = tried + 1, well + (status == [b"200"])
                if status and status[0].startswith(b"5"):
                    told.faults[f"answers {status[0].decode()}"] += 1
                if time.monotonic() - begun > 8:
                    told.faults["falls silent"] += 1
            if answer(place) != 200:
                told.faults["answers no more"] += 1
    finally:
        logger.removeHandler(told)
        logger.propagate = before
    return Outcome(tried, well, dict(told.faults))

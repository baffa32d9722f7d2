"""One thread for work that must not hold up the page; it dies with the process."""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

__all__ = ["Worker"]

Task = tuple[Callable[[], Any], Callable[[Any], None], Callable[[], bool]]


class Worker:
    """Does what it is given, one thing after the other, in a daemon thread."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True, name="explorer").start()

    def submit(self, work: Callable[[], Any], done: Callable[[Any], None], stale: Callable[[], bool]) -> None:
        """Call ``done`` with what ``work`` returns, or with None where it fails; skip it if ``stale`` by then."""
        self._tasks.put((work, done, stale))

    def _run(self) -> None:
        while True:
            work, done, stale = self._tasks.get()
            if stale():
                continue
            try:
                result = work()
            except Exception:  # the page says that there are none; the thread goes on
                result = None
            with suppress(Exception):  # whose page has gone meanwhile
                done(result)

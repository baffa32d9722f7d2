"""One thread for work that must not hold up the page; it dies with the process."""

import queue
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import GlassjaxError

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
            except GlassjaxError:  # the page says that there are none
                result = None
            except Exception:  # our fault, whose traceback the terminal gets; the thread goes on
                traceback.print_exc()
                result = None
            with suppress(AttributeError, RuntimeError, ValueError):  # whose page has gone meanwhile
                done(result)

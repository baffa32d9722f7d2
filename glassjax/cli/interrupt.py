"""Answer Ctrl-C at once, although compiled loops do not return to Python until they are done."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

__all__ = ["Interrupted", "interruptible"]

Result = TypeVar("Result")


class Interrupted(Exception):
    """Ctrl-C, answered with a sentence on what is kept."""


def interruptible(work: Callable[[], Result]) -> Result:
    """Run ``work`` in a daemon thread and return its result; Ctrl-C raises here without delay."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # handed to the caller, who sees it as its own
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    while not wait([future], timeout=0.2).done:
        pass
    return future.result()

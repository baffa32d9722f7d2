"""Answer Ctrl-C, SIGTERM and SIGHUP at once, although compiled loops do not return to Python until they are done."""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any, TypeVar

STOPS = ("SIGTERM", "SIGHUP")  # of job systems and shutdowns, and of a terminal that is closed

Result = TypeVar("Result")


class Interrupted(Exception):
    """Ctrl-C, answered with a sentence on what is kept."""


@contextmanager
def stoppable() -> Iterator[list[int]]:
    """Answer `STOPS` like Ctrl-C while the block runs; yield a list that gets the number of the first.

    A signal that is ignored, as nohup has it, stays so, and further ones do not stop what the first one made end.
    """
    told: list[int] = []

    def stop(number: int, frame: object) -> None:
        del frame
        if not told:
            told.append(number)
            raise KeyboardInterrupt

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in STOPS if hasattr(signal, name)):
            if signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, stop)
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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

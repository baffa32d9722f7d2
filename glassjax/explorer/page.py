"""One browser's page: the document that Bokeh keeps in step with it, and what its sliders set off."""

import json
import queue
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from bokeh.document import Document
from bokeh.events import DocumentReady
from bokeh.models import ColumnDataSource, CustomJS

from ..errors import GlassjaxError
from .curves import Curves, Elasticity, compute, elasticities
from .panels import columns, draw, expansion_power, marks
from .scene import Scene, read_values

_HERE = Path(__file__).parent
_PAUSE = 150  # ms without a move before derivatives are computed
_TEMPERATURE = 1.0  # K at which they are at first
_LISTEN = "explorer.{name}(JSON.parse(model.data.text[0]))"

Task = tuple[Callable[[], Any], Callable[[Any], None], Callable[[], bool]]


class Worker:
    """Does what it is given, one thing after the other, in a daemon thread that dies with the process."""

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


class Page:
    """A document with three panels, and the three texts by which browser and server talk.

    The browser writes ``wish`` (its number, the sliders' values, a temperature), the server writes ``answer`` (the same
    number, misfits, stability) together with the curves, and ``slopes`` (elasticities) when there is time.

    Parameters
    ----------
    document : bokeh.document.Document
        New, of one browser.
    scene : Scene
    start : Curves
        At the scene's own values.
    glasses : sequence of str
        Names to choose from; empty where there is no choice.
    worker : Worker
        Where derivatives are computed.
    """

    def __init__(
        self, document: Document, scene: Scene, start: Curves, glasses: list[str], worker: Worker
    ) -> None:
        self.document, self.scene, self.start, self.worker = document, scene, start, worker
        self.sliders = scene.controls
        self.power = expansion_power(scene, start)
        beginning = columns(start, self.power)
        self.curve = ColumnDataSource(beginning)
        self.panels, self.lines = draw(scene, self.curve, beginning, self.power)
        self.wish, self.answer, self.slopes = (_text(name) for name in ("wish", "answer", "slopes"))
        self._pending: Any = None
        self._closed = False
        self._latest = 0
        _tell(self.answer, _report(start, start, 0))
        self.wish.on_change("data", lambda attribute, old, new: self._move(new))
        for source in (self.answer, self.slopes):
            code = _LISTEN.format(name=source.name)
            source.js_on_change("data", CustomJS(args={"model": source}, code=code))
        for root in (*self.panels.values(), self.wish, self.answer, self.slopes):
            document.add_root(root)
        models = {"wish": self.wish, "answer": self.answer}
        document.js_on_event(DocumentReady, CustomJS(args=models, code="explorer.begin(wish, answer)"))
        document.on_session_destroyed(self._close)
        document.title = f"{scene.name} · glassjax explorer"
        document.template = _template()
        document.template_variables.update(self._variables(glasses))
        self._later(scene.start, _TEMPERATURE, 0)

    def _variables(self, glasses: list[str]) -> dict[str, Any]:
        data = [
            {"entry": entry, "mark": mark, "citation": entry.used.citation}
            for entry, mark in zip(self.scene.data, marks(self.scene), strict=True)
        ]
        return {
            "scene": self.scene,
            "sliders": self.sliders,
            "glasses": glasses,
            "data": data,
            "temperature": _TEMPERATURE,
            "style": (_HERE / "page.css").read_text(encoding="utf-8"),
            "script": (_HERE / "page.js").read_text(encoding="utf-8"),
            "setting": {
                "sliders": [slider.to_dict() for slider in self.sliders],
                "glass": self.scene.name if glasses else "",
            },
        }

    def _move(self, sent: Mapping[str, Any]) -> None:
        """Answer a move of the sliders; what no browser of ours sends is answered with a sentence."""
        number = 0
        try:
            wish = json.loads(sent["text"][0])
            number = int(wish["number"])
            T = _temperature(wish.get("T", _TEMPERATURE))
            values = read_values(wish["values"], self.sliders)
            curves = compute(self.scene, values)
        except GlassjaxError as error:
            _tell(self.answer, {"number": number, "message": str(error), "stable": False})
            return
        except (TypeError, ValueError, LookupError, AttributeError, OverflowError, RecursionError):
            _tell(self.answer, {"number": number, "message": "this is not understood; load the page again"})
            return
        if not curves.trouble:
            self.curve.data = columns(curves, self.power)
        for line in self.lines:
            line.glyph.line_alpha = 0.3 if curves.trouble else 1.0
        _tell(self.answer, _report(curves, self.start, number))
        if not curves.trouble:
            self._later(values, T, number)

    def _later(self, values: Mapping[str, float], T: float, number: int) -> None:
        """Compute elasticities once the sliders rest."""
        if self._pending is not None:
            self.document.remove_timeout_callback(self._pending)
        self._latest = number

        def begin() -> None:
            self._pending = None
            work = partial(elasticities, self.scene, values, T)
            self.worker.submit(
                work, partial(self._done, T, number), lambda: self._closed or number != self._latest
            )

        self._pending = self.document.add_timeout_callback(begin, _PAUSE)

    def _done(self, T: float, number: int, found: "tuple[Elasticity, ...] | None") -> None:
        """Hand elasticities from the worker's thread to the document's."""
        if not self._closed:
            self.document.add_next_tick_callback(partial(self._show, T, number, found))

    def _show(self, T: float, number: int, found: "tuple[Elasticity, ...] | None") -> None:
        if number == self._latest:
            rows = None if found is None else [vars(row) for row in found]
            _tell(self.slopes, {"number": number, "T": T, "rows": rows})

    def _close(self, context: Any) -> None:
        del context
        self._closed = True


def _text(name: str) -> ColumnDataSource:
    return ColumnDataSource({"text": ["null"]}, name=name)


def _tell(source: ColumnDataSource, content: Mapping[str, Any]) -> None:
    source.data = {"text": [json.dumps(content, ensure_ascii=False, allow_nan=False)]}


def _temperature(value: Any) -> float:
    T = float(value)
    if not 1e-3 <= T <= 1e3:
        raise GlassjaxError("elasticities are computed from 0.001 to 1000 K")
    return T


def _report(curves: Curves, start: Curves, number: int) -> dict[str, Any]:
    """Return what the page shows beside the curves."""
    return {
        "number": number,
        "stable": not curves.trouble,
        "message": curves.trouble,
        "softening": round(curves.softening, 6),
        "misfits": [entry.rms for entry in curves.misfits],
        "started": [entry.rms for entry in start.misfits],
    }


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("page.html")

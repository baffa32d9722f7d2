"""``glassjax explore``: a local page with sliders that move the theory's curves over the data."""

import importlib.util
import threading
import webbrowser
from typing import TYPE_CHECKING

import click

from ..errors import GlassjaxError
from ..targets import FITTED, GLASSES, load
from .completion import find, find_fit, target_names
from .fit import share_cores
from .options import progress_bars
from .streams import Interrupted, interruptible

if TYPE_CHECKING:
    from ..explorer.scene import Scene

TARGET = "a-SiO2"


@click.command(short_help="Move the theory's parameters by sliders over the data, in a browser.")
@click.argument("target", metavar="[GLASS|STUDY|RESULT]", default=TARGET, shell_complete=target_names)
@click.option(
    "--fit/--no-fit",
    "fitted",
    default=None,
    help="Look for the maximum first, and start there.  [default: of a study yes, of a glass no]",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port of the page on this machine; 0 takes a free one.  [default: 0]",
)
@click.option("--no-browser", is_flag=True, help="Print the address only; open no browser.")
@progress_bars
def explore(target: str, fitted: bool | None, port: int, no_browser: bool, bars: bool) -> None:
    """Serve a page on this machine with κ(T), C/T³ and α(T) of a glass, its data, and a slider for each parameter.

    GLASS is the name of a shipped glass [default: a-SiO2] or the path of a glass.toml; the sliders start at the
    theory's defaults. STUDY, the name of a shipped study or a TOML file, is fitted first, and RESULT is a fit: a folder
    that glassjax fit wrote, or a NetCDF file. The sliders then start at the fitted values.

    The page gives the curves as CSV, the figure as SVG and a study file to fit from there. It answers this machine only
    and loads nothing from elsewhere. Ctrl-C ends it, with the exit code 130.

    Needs Bokeh: pip install 'glassjax[explorer]'
    """
    if importlib.util.find_spec("bokeh") is None:
        raise GlassjaxError("the explorer needs Bokeh; install it with: pip install 'glassjax[explorer]'")
    share_cores(None)

    from ..precision import enable_x64

    enable_x64()
    scene = _scene(target, fitted, bars)

    from ..datasets import list_glasses
    from ..explorer.curves import compute
    from ..explorer.server import serve

    click.echo("compiling the theory (seconds, and fewer the next time) ...", err=True)
    interruptible(lambda: compute(scene, {}))
    choice = list_glasses() if scene.name in list_glasses() and not scene.fitted else []

    def ready(address: str) -> None:
        click.echo(f"explore {scene.name} at {address} (Ctrl-C ends it)")
        if not no_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    serve(scene, choice, port=port, ready=ready)
    raise Interrupted("the explorer has ended")


def _scene(target: str, fitted: bool | None, bars: bool) -> "Scene":
    """Return what is explored; a study is fitted unless that is not wanted."""
    from ..explorer.scene import of_glass, of_result, of_study, require_theory
    from ..problem.study_file import find_study_file, is_population, read_toml
    from ..results.result import Result
    from ..study import Study

    meant = find(target, FITTED if fitted else GLASSES)
    if meant.kind == "glass":
        if fitted:
            raise GlassjaxError(
                f"'{target}' is a glass and no study; leave out --fit, or write a study of it"
            )
        return of_glass(meant.source)
    if not is_population(read_toml(find_study_file(meant.source)) if meant.kind == "study" else {}):
        found = load(meant)
        study = found.study if isinstance(found, Result) else found
        if isinstance(study, Study):
            require_theory(study)
            if fitted is False and isinstance(found, Study):
                return of_study(found)
    return of_result(find_fit(meant.source, bars))

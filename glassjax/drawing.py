"""Figures of commands: with a backend and a style of their own, and never the end of what they illustrate.

Nothing here imports matplotlib, so that settings can be made, and failures caught, before it is loaded.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import show_traceback
from .plain_text import one_line

OWN_STYLE = "GLASSJAX_OWN_STYLE"
"""Environment variable that commands set: nothing of the user's settings of matplotlib counts."""


def own_style() -> None:
    """Let this process and its children draw to files alone, in the house style, whatever the user has set up."""
    os.environ["MPLBACKEND"] = "agg"
    os.environ[OWN_STYLE] = "1"
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # of its font cache, folders and settings files


@contextmanager
def undrawn(name: str) -> Iterator[None]:
    """Name a figure that cannot be drawn on standard error, with the reason, and go on.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:  # whatever fonts, LaTeX or settings files raise: no number depends on a figure
        show_traceback(error)
        reason = one_line(str(error).strip().partition("\n")[0]) or type(error).__name__
        if isinstance(error, UnicodeDecodeError) and Path("matplotlibrc").exists():
            reason = "the file matplotlibrc in this folder is no text; move it away"
        print(f"glassjax: the figure '{name}' was not drawn ({reason})", file=sys.stderr)


def write_figures(
    folder: Path, figures: Mapping[str, Callable[[], Any]], endings: Sequence[str] = ("png", "svg")
) -> None:
    """Draw figures, and write each to ``folder/NAME.ENDING``; one that cannot be drawn is named by `undrawn`.

    Parameters
    ----------
    folder : Path
        It exists.
    figures : mapping of str to callable
        Each returns what a function of `glassjax.plotting` does, or a Figure.
    endings : sequence of str
    """
    for name, draw in figures.items():
        with undrawn(name):
            drawn = draw()
            figure = getattr(drawn, "figure", drawn)
            for ending in endings:
                figure.savefig(folder / f"{name}.{ending}", dpi=150)

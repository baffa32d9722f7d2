"""The command line. Nothing heavy is imported before a command has its arguments: ``--help`` loads no JAX."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from textwrap import fill
from typing import NoReturn

import click

from .._version import __version__
from ..backend import require_backend
from ..citation import citation
from ..drawing import own_style
from ..errors import GlassjaxError, memory_ran_out, show_traceback
from ..plain_text import one_line
from .accuracy import accuracy
from .batch import batch
from .cache import cached
from .calibrate import calibrate
from .campaign import campaign
from .compare import compare
from .completion import completion
from .design import design
from .doctor import doctor
from .explore import explore
from .fit import fit
from .glasses import glasses
from .new import new
from .paper import paper
from .predict import predict
from .report import report
from .sensitivity import sensitivity
from .streams import Interrupted, Unheard, open_streams, stoppable
from .validate import validate

__all__ = ["commands", "main"]

USER_ERROR = 2
INTERRUPTED = 130
SIGNALLED = 128  # and the number of the signal
READER_LEFT = SIGNALLED + 13  # SIGPIPE, which Python does not let end it

EPILOG = (
    "Exit codes: 0 all went well; 1 the fit finished but its verdict is bad, or some rows of a batch or fits of a "
    "campaign are (the results are written and say why), or doctor found a problem; 2 something "
    "in the request cannot be done, and one sentence says what; 130 interrupted (143 by SIGTERM, 129 by SIGHUP), and "
    "one sentence says what is kept, if anything; 141 the reader of the output left."
)


@click.group(
    epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(
    __version__, message=f"%(prog)s, version %(version)s\n\n{fill(citation(__version__), 100)}"
)
def commands() -> None:
    """Fit the Lubchenko-Wolynes theory of glasses to thermal data, predict from it, and recompute its paper."""


commands.add_command(cached(accuracy))
commands.add_command(cached(batch))
commands.add_command(cached(calibrate))
commands.add_command(cached(campaign))
commands.add_command(cached(compare))
commands.add_command(completion)
commands.add_command(cached(design))
commands.add_command(cached(doctor))
commands.add_command(cached(explore))
commands.add_command(cached(fit))
commands.add_command(glasses)
commands.add_command(cached(new))
commands.add_command(cached(paper))
commands.add_command(cached(predict))
commands.add_command(cached(report))
commands.add_command(cached(sensitivity))
commands.add_command(cached(validate))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave the process with its exit code (see `EPILOG`)."""
    own_style()
    try:
        with open_streams():
            code = _run(arguments)
    except Unheard as silence:
        if not silence.left:
            click.echo(
                f"glassjax: cannot write to standard output ({silence.why}); send it elsewhere", err=True
            )
        code = READER_LEFT if silence.left else USER_ERROR
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int | None:
    """Run a command and return its exit code, None for 0."""
    with stoppable() as told:
        try:
            code = commands.main(arguments, prog_name="glassjax", standalone_mode=False)
        except click.ClickException as error:
            show_traceback(error)
            error.show()
            code = USER_ERROR
        except GlassjaxError as error:
            show_traceback(error)
            click.echo(f"glassjax: {error}", err=True)
            code = USER_ERROR
        except (KeyboardInterrupt, click.Abort, Interrupted) as interruption:
            kept = str(interruption) if isinstance(interruption, Interrupted) else "nothing was written"
            _leave(kept, SIGNALLED + told[0] if told else INTERRUPTED)
        except OSError as error:
            if error.filename is None:
                raise
            show_traceback(error)
            name = one_line(str(error.filename))
            click.echo(f"glassjax: '{name}' cannot be used ({error.strerror}); give another name", err=True)
            code = USER_ERROR
        except Exception as error:
            why = _explained(error)
            if not why:
                raise
            show_traceback(error)
            click.echo(f"glassjax: {why}", err=True)
            code = USER_ERROR
    return code


def _explained(error: Exception) -> str:
    """Return what an error of JAX or of the machine means, in a sentence; "" for one of our own."""
    if memory_ran_out(error):
        return "memory ran out; close other programs, or ask for less at once"
    if "jax" in sys.modules:
        try:
            require_backend()
        except GlassjaxError as nothing:
            return str(nothing)
    return ""


def _leave(kept: str, code: int) -> NoReturn:
    """Say that it is interrupted and what is ``kept``, and end the process at once.

    A compiled loop cannot be stopped from Python: its thread, which may have hidden the cursor behind a progress bar,
    is not waited for.
    """
    with suppress(OSError, Unheard):  # the terminal may be gone
        click.echo(f"\nglassjax: interrupted; {kept}", err=True)
        if sys.stderr.isatty():
            click.echo("\x1b[?25h", nl=False, err=True)
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)

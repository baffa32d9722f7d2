"""What commands that can be continued share: ``--resume`` and ``--fresh``, and the sentences about what is kept."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import GlassjaxError

if TYPE_CHECKING:
    from ..calibration import KeptSimulations
    from ..comparison import KeptFits
    from ..fitting.checkpoint import Checkpoint

    Kept = Checkpoint | KeptFits | KeptSimulations

DISCARD = "add --fresh to discard it"
Command = TypeVar("Command", bound=Callable[..., Any])


def resumable(what: str) -> Callable[[Command], Command]:
    """Give a command the options ``--resume`` and ``--fresh``; ``what`` it does, as in "fit"."""

    def decorate(command: Command) -> Command:
        fresh = click.option("--fresh", is_flag=True, help=f"Discard an interrupted {what} and begin anew.")
        resume = click.option(
            "--resume", is_flag=True, help=f"Continue an interrupted {what}, given with the same options."
        )
        return resume(fresh(command))

    return decorate


def check_flags(resume: bool, **others: bool) -> None:
    """Refuse ``--resume`` together with flags, by name, that leave nothing to continue."""
    given = [name for name, is_given in others.items() if is_given]
    if resume and given:
        raise click.UsageError(f"--resume continues what was begun: leave out --{given[0]}")


def require_kept(kept: "Kept", resume: bool, what: str) -> None:
    """Refuse ``--resume`` where nothing is kept."""
    if resume and not kept.begun:
        raise GlassjaxError(f"there is no interrupted {what} in '{kept.folder}'; leave out --resume")


def refuse_kept(kept: "Kept", resume: bool, what: str) -> None:
    """Refuse to begin anew, without being told so, where something is kept."""
    if kept.worthwhile and not resume:
        raise GlassjaxError(
            f"'{kept.folder}' keeps {kept.describe()} of an interrupted {what}; "
            "add --resume to continue it, or --fresh to discard it"
        )


@contextmanager
def rescued(again: str, nothing: bool) -> Iterator[None]:
    """Say that a run whose results could not be written is not lost, unless ``nothing`` of it is kept."""
    try:
        yield
    except (OSError, GlassjaxError) as error:
        if nothing:
            raise
        raise GlassjaxError(f"{error}; nothing is lost: make room, then continue with '{again}'") from error


def command_to_resume() -> str:
    """Return the command that is running as it was given, with --resume."""
    context = click.get_current_context()
    words = ["glassjax", context.command.name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        if name not in context.params:
            continue
        value = context.params[name]
        given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if isinstance(parameter, click.Argument):
            words += [str(part) for part in value] if parameter.nargs != 1 else [str(value)]
        elif given and name not in ("resume", "fresh"):
            option = parameter.opts[0]
            if isinstance(parameter, click.Option) and parameter.is_flag:
                words.append(option)
            else:
                repeated = isinstance(parameter, click.Option) and parameter.multiple
                words += [word for each in (value if repeated else [value]) for word in (option, str(each))]
    return shlex.join([*words, "--resume"])

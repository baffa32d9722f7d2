"""What a command is about, as `glassjax.targets` finds it, with the choice said where a name means several things."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import GlassjaxError, suggest
from ..targets import FITTED, Meant, load, places, resolve
from .files import Stake, digest
from .interrupt import interruptible
from .progress import working

if TYPE_CHECKING:
    from ..results.result import Result


def find(target: str, kinds: Sequence[str]) -> Meant:
    """Return what `glassjax.targets.resolve` finds, and say on standard error where it is not obvious."""
    return resolve(target, kinds, lambda words: click.echo(words, err=True))


def tell_shipped(study: str) -> None:
    """Say that a name means the shipped study where there is a file NAME.toml too."""
    shipped, own = list(places(study, "shipped")), list(places(study, "study"))
    if shipped and own and own != [study]:
        click.echo(f"'{study}' is taken as the shipped study; there is also the file '{own[0]}'", err=True)


def find_fit(target: str, bars: bool, names: Sequence[str] = ()) -> "Result":
    """Return a result as it is, and the maximum of a study, which is looked for once ``names`` are seen to be free."""
    from ..problem.study_file import find_study_file, is_population, read_toml
    from ..results.result import Result
    from ..study import Study

    meant = find(target, FITTED[:3])
    if meant.kind == "study" and is_population(read_toml(find_study_file(meant.source))):
        raise _of_one_glass(target)
    found = load(meant)
    study = found.study if isinstance(found, Result) else found
    if not isinstance(study, Study):
        raise _of_one_glass(target)
    for name in names:
        if name not in study.free:
            raise GlassjaxError(
                f"'{name}' is not free in study '{study.name}'{suggest(name, study.free)}; "
                f"free are {', '.join(study.free)}"
            )
    if isinstance(found, Result):
        return found
    click.echo(f"fitting {study.name} by {type(study.theory).__name__} ...", err=True)
    with working(bars, "looking for the maximum"):
        return interruptible(study.maximise)


def is_glass(target: str) -> bool:
    """Whether a target is a glass, and neither a fit nor a study."""
    found = {kind for kind in FITTED if list(places(target, kind))}
    return found == {"glass"}


def request_stake(target: str) -> Stake:
    """Return the stake of the command that is running: all that it was asked for, and what its target is now."""
    from ..campaigns.sources import Source, fingerprint_of

    context = click.get_current_context()
    left_out = ("out", "force", "as_json", "bars")
    asked = {name: value for name, value in context.params.items() if name not in left_out}
    files = [place for kind in FITTED for place in places(target, kind) if Path(place).is_file()]
    return Stake(
        digest([context.command.name, asked, fingerprint_of([Source("", file) for file in files[:1]])])
    )


def _of_one_glass(target: str) -> GlassjaxError:
    return GlassjaxError(
        f"'{target}' is of a population of several glasses, and this is about one; give one of its members"
    )

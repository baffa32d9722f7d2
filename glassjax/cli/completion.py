"""``glassjax completion``: a script that lets the shell complete commands, options and names."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ..errors import GlassjaxError, suggest
from ..targets import FITTED, Meant, load, places, resolve
from .files import Stake, digest
from .streams import interruptible, working

if TYPE_CHECKING:
    from ..results.result import Result

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_GLASSJAX_COMPLETE"


@click.command(short_help="Print a script that lets the shell complete commands, options and names.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script for SHELL; Tab then completes commands, options, and names of glasses, studies and theories.

    \b
    bash  glassjax completion bash > ~/.glassjax-complete.bash
          echo '. ~/.glassjax-complete.bash' >> ~/.bashrc
    zsh   glassjax completion zsh > ~/.glassjax-complete.zsh
          echo '. ~/.glassjax-complete.zsh' >> ~/.zshrc        (after compinit)
    fish  glassjax completion fish > ~/.config/fish/completions/glassjax.fish
    """  # noqa: D301
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "glassjax", VARIABLE).source())
    return 0


THEORIES = (
    "debye",
    "lubchenko-wolynes",
    "soft-potential",
    "standard-tunnelling",
)  # as list_theories, which needs JAX
_TEMPLATE = "template"


def glass_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the shipped glasses, or files and folders."""
    del context, parameter
    return _starting(incomplete, _glasses()) or _files(incomplete)


def study_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the shipped studies, or files."""
    del context, parameter
    return _starting(incomplete, _studies()) or _files(incomplete)


def target_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the shipped studies and glasses, or files and folders."""
    del context, parameter
    return _starting(incomplete, {*_studies(), *_glasses()}) or _files(incomplete)


def theory_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the theories."""
    del context, parameter
    return _starting(incomplete, THEORIES)


def theory_list(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the theories that a list with commas does not hold yet."""
    del context, parameter
    *given, last = incomplete.split(",")
    left = (name for name in THEORIES if name not in given)
    return [CompletionItem(",".join([*given, item.value])) for item in _starting(last, left)]


def _glasses() -> list[str]:
    from ..datasets import list_glasses

    return list_glasses()


def _studies() -> list[str]:
    from ..datasets import shipped

    return [path.stem for path in shipped("fits").glob("*.toml") if path.stem != _TEMPLATE]


def _starting(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(names, key=str.lower) if name.startswith(incomplete)]


def _files(incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


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

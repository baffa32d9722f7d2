"""What a shell offers when Tab is pressed: names of what is shipped, and of theories; no JAX is imported for it."""

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

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

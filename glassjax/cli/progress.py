"""A bar for what counts its steps, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def counting(shown: bool, what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function that is told how many are done, and of how many; None where no bar is shown."""
    if not shown:
        click.echo(f"{what} ...", err=True)
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def working(shown: bool, what: str) -> Iterator[None]:
    """Show a spinner on the terminal's standard error while the block runs."""
    if not shown:
        click.echo(f"{what} ...", err=True)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield

"""``glassjax campaign``: fits of many studies on many processes, and one table of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from .completion import study_names
from .files import ELSEWHERE
from .fit import METHODS
from .options import json_instead, progress_bars
from .resume import DISCARD, check_flags, command_to_resume, resumable
from .streams import Interrupted, counting, echo_json


@click.command(short_help="Fit many studies on many processes, and collect the fits in one table.")
@click.argument("studies", nargs=-1, required=True, metavar="STUDY...", shell_complete=study_names)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to; workers on other machines must see it under the same path.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes on this machine.  [default: one a core]")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A running dask scheduler, such as tcp://host:8786, in place of this machine. Its workers need the same "
    "glassjax and a file system that holds --out and the studies under the same paths; the first is waited for.",
)
@click.option("--quick", is_flag=True, help="Stop at each maximum and its Laplace intervals (the default).")
@click.option("--sample", is_flag=True, help="Draw from each posterior by NUTS.")
@click.option("--method", type=click.Choice(METHODS), help="How the starts climb to the maximum.")
@click.option("--starts", type=click.IntRange(1), help="Starts of each search for the maximum.")
@click.option("--chains", type=click.IntRange(1), help="Markov chains of each fit.")
@click.option("--draws", type=click.IntRange(1), help="Draws kept of each chain.")
@click.option("--warmup", type=click.IntRange(1), help="Steps of adaptation of each chain.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of every fit.  [default: that of each study]"
)
@click.option("--unshared", is_flag=True, help="Compile every study's own program, also of one structure.")
@click.option("--table-only", is_flag=True, help="Keep a row of each fit and no result; for very many fits.")
@resumable("campaign")
@json_instead
@progress_bars
def campaign(
    studies: tuple[str, ...],
    folder: Path,
    quick: bool,
    unshared: bool,
    resume: bool,
    fresh: bool,
    as_json: bool,
    bars: bool,
    **options: Any,
) -> int:
    """Fit many studies, each as glassjax fit does, on all cores or on a cluster.

    A STUDY is the name of a shipped study, a TOML file, or a folder of TOML files. OUT/fits/<study>/ gets the result of
    each, OUT/results.csv and results.parquet a row for each: verdict, parameters with intervals, misfit, time, and
    the reason if it could not be fitted. One that fails stops no other.

    A fit whose worker is killed is done again, a sampled one from where it was. After Ctrl-C or a crash the same
    command with --resume fits what is missing or has failed. Exits with 1 if a fit failed or has a bad verdict; the
    summary counts them.
    """
    check_flags(resume, fresh=fresh)
    if quick and options["sample"]:
        raise click.UsageError("--quick stops where --sample begins: leave out one of them")
    if not options["sample"]:
        for name in ("chains", "draws", "warmup"):
            if options[name] is not None:
                raise click.UsageError(f"--{name} is of the sampling: add --sample, or leave it out")
    from ..campaigns import campaign as run

    told = [0, 0]
    try:
        with _progress(bars, told) as progress:
            found = run(
                studies,
                folder,
                share=not unshared,
                resume=resume,
                fresh=fresh,
                progress=progress,
                again="add --resume to continue it",
                discard=DISCARD,
                elsewhere=ELSEWHERE,
                **options,
            )
    except KeyboardInterrupt:
        if not told[1]:
            raise
        kept = f"{told[0]} of {told[1]} fits are kept in '{folder}'"
        raise Interrupted(f"{kept}: continue with '{command_to_resume()}'") from None
    if as_json:
        echo_json(found.to_dict())
    else:
        click.echo(found.summary())
    click.echo(f"written to {folder}", err=as_json)
    return 0 if found.ok else 1


@contextmanager
def _progress(bars: bool, told: list[int]) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that keeps in ``told`` how many studies are done, and of how many, and shows it."""
    if bars:
        with counting(True, "fitting") as tell:

            def show(done: int, total: int) -> None:
                told[:] = done, total
                if tell is not None:
                    tell(done, total)

            yield show
        return

    def say(done: int, total: int) -> None:
        if not told[1]:
            click.echo(f"fitting {total - done} of {total} studies ...", err=True)
        told[:] = done, total

    yield say

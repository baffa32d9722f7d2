"""``glassjax fit``: from a study file to a folder with posterior, summary, figures and report."""

import os
import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..cores import cores
from ..disk import folder_name, occupied
from ..drawing import undrawn, write_figures
from ..errors import GlassjaxError
from .completion import study_names, tell_shipped
from .files import ELSEWHERE, Stake, digest, followed, result_folder, size_of_result
from .options import forced, json_instead, progress_bars
from .report import MEMBER_REPORT, REPORT
from .resume import DISCARD, check_flags, command_to_resume, refuse_kept, require_kept, rescued, resumable
from .streams import Interrupted, echo_json, interruptible, working

if TYPE_CHECKING:
    from ..fitting.checkpoint import Checkpoint
    from ..population import Population
    from ..results import Maximum
    from ..results.draws import Draws
    from ..study import Study

FIGURES = ("observables", "residuals", "predictive", "population", "corner", "trace")
FORMATS = ("png", "svg")
METHODS = ("bfgs", "levenberg-marquardt", "adam")  # as in problem.study_file, which imports JAX
WEIGHED, LEAST = 2000, 100  # draws, as in fitting.importance, which imports JAX too
RANKS = {"maximum": 0, "laplace": 1, "variational": 1}  # by kind of result; all others tell as much as chains
EFFORT: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("a maximum", {"starts": "starts"}),
    ("weighed draws", {"draws": "draws"}),
    ("chains", {"chains": "chains", "draws": "draws of each chain", "warmup": "steps of warm-up"}),
)
"""By rank: what a result is, and the settings of which more is better, with their names."""
STUDY_COPY = "study.toml"
RESULT_FILES = (
    "posterior.nc",
    "maximum.nc",
    "summary.txt",
    "summary.json",
    STUDY_COPY,
    REPORT,
    MEMBER_REPORT.format("*"),
    *(f"{figure}.{ending}" for figure in FIGURES for ending in FORMATS),
)


@click.command(short_help="Fit a study to its data; write posterior, summary, figures and a report.")
@click.argument("study", shell_complete=study_names)
@click.option("--quick", is_flag=True, help="Stop at the maximum and its Laplace intervals; no sampling.")
@click.option("--weighed", is_flag=True, help="Draw around the maximum and weigh the draws; no chains. Fast.")
@click.option(
    "--out",
    "parent",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder in which the result's own folder, named after the study, is made.",
)
@click.option("--method", type=click.Choice(METHODS), help="How the starts climb to the maximum.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of everything random.")
@click.option("--chains", type=click.IntRange(1), help="Number of Markov chains.")
@click.option("--draws", type=click.IntRange(1), help="Draws kept of each chain.")
@click.option("--warmup", type=click.IntRange(1), help="Steps of adaptation of each chain.")
@forced
@resumable("fit")
@json_instead
@progress_bars
def fit(
    study: str,
    quick: bool,
    weighed: bool,
    parent: Path,
    method: str | None,
    seed: int | None,
    chains: int | None,
    draws: int | None,
    warmup: int | None,
    force: bool,
    resume: bool,
    fresh: bool,
    as_json: bool,
    bars: bool,
) -> int:
    """Fit STUDY, the name of a shipped study or the path of a TOML file, with or without its ending.

    Shows what is fitted, finds the maximum a posteriori from several starts, samples the posterior from there
    (NUTS), prints the verdict and the parameters, and writes posterior, summary, figures and report.html to
    OUT/<study>, where an earlier result is replaced only after success. Method, seed, chains, draws and warmup given
    here win over those of the study.

    An earlier result in OUT/<study> that is better, or of another study, other data or another seed, is not replaced
    without --force. If its verdict is good and the new one's is bad, both stay: the new one in OUT/<study>-2.

    With --weighed the posterior comes from draws around the maxima that the starts found, and along ridges from there,
    weighed by it (2000, or --draws): seconds in place of a minute, and the verdict says if few of them count.

    While it runs, OUT/.<study>.checkpoint keeps what is done, every two seconds. After a crash, a kill or Ctrl-C
    the same command with --resume continues from there, and its draws are those of a fit that never stopped.
    """
    check_flags(resume, quick=quick, weighed=weighed, fresh=fresh)
    if weighed:
        _check_weighed(draws, quick=quick, chains=chains, warmup=warmup)
    brief = quick or weighed  # over in seconds: nothing is kept on the way
    share_cores(chains)
    from ..fitting.checkpoint import Checkpoint
    from ..loading import load_problem
    from ..population import Population
    from ..precision import enable_x64

    enable_x64()
    followed(parent)  # a link to nothing is refused
    tell_shipped(study)
    problem = load_problem(study)
    if weighed and isinstance(problem, Population):
        raise GlassjaxError(
            f"'{problem.name}' is a population, of which only chains draw: leave out --weighed"
        )
    problem.sampler = problem.sampler.replace(method=method)
    settings = problem.sampler.replace(chains=chains, warmup=warmup, draws=draws)
    seed = problem.seed if seed is None else seed
    name, rank = folder_name(problem.name, "study"), 0 if quick else 1 if weighed else 2
    again = command_to_resume()
    checkpoint = Checkpoint(parent / f".{name}.checkpoint", discard=DISCARD, elsewhere=ELSEWHERE)
    require_kept(checkpoint, resume, "fit")
    try:
        with nullcontext() if brief else checkpoint.running(problem, settings, seed, fresh=fresh):
            if not brief:
                refuse_kept(checkpoint, resume, "fit")
            number = 0 if quick else (draws or WEIGHED) if weighed else settings.chains * settings.draws
            stake = _stake(
                problem.to_dict(),
                seed,
                settings.to_dict() | ({"draws": number, "chains": 1} if weighed else {}),
                rank,
            )
            verdicts: list[bool] = []
            placed: list[Path] = []
            with result_folder(
                parent,
                name,
                RESULT_FILES,
                stake,
                stake_of=_stake_of,
                force=force,
                good=lambda: all(verdicts),
                placed=placed.append,
            ) as folder:
                with occupied(folder, size_of_result(problem, number), ELSEWHERE):
                    click.echo(problem.describe() + "\n", err=as_json)
                    start = _maximum(problem, seed, bars, None if brief else checkpoint)
                    result: Maximum | Draws = start
                    if weighed:
                        result = _weighed(problem, start, seed, draws, bars)
                    elif not quick:
                        result = _sampled(
                            problem,
                            start,
                            checkpoint,
                            seed=seed,
                            chains=chains,
                            warmup=warmup,
                            draws=draws,
                            progress=bars,
                        )
                verdicts.append(result.verdict.ok)
                with working(bars, "writing the results and figures"), rescued(again, brief):
                    _write(result, folder, study, quick=quick, chains=not brief)
            if not brief:
                checkpoint.remove()
    except KeyboardInterrupt:
        if brief or not checkpoint.worthwhile:
            raise
        raise Interrupted(f"{checkpoint.describe()} are kept: continue with '{again}'") from None
    [target] = placed
    click.echo(result.summary(), err=as_json)
    if target != parent / name:
        click.echo(f"{parent / name} holds a result with a good verdict and stays", err=True)
    click.echo(f"written to {target}", err=as_json)
    if as_json:
        echo_json({**result.to_dict(), "folder": str(target)})
    return 0 if result.verdict.ok else 1


def _stake(plain: dict[str, Any], seed: int, settings: Mapping[str, Any], rank: int) -> Stake:
    """Return the stake of a fit of a study, ``plain`` as its ``to_dict`` has it."""
    label, sizes = EFFORT[rank]
    own = (
        "name",
        "title",
        "sampler",
        "seed",
    )  # which the answer does not depend on, or that count by themselves

    def bare(plain: Mapping[str, Any]) -> dict[str, Any]:
        found = {key: value for key, value in plain.items() if key not in own}
        if "members" in found:
            found["members"] = {name: bare(member) for name, member in found["members"].items()}
        return found

    effort = {words: int(settings[size]) for size, words in sizes.items() if size in settings}
    return Stake(digest(bare(plain)), rank, label, seed, effort)


def _stake_of(folder: Path) -> Stake | None:
    """Return the stake of the fit in a folder; None where there is none that can be read."""
    from ..loading import stored
    from ..results.storage import result_file

    file = result_file(folder)
    found = None if file is None else stored(file)
    if found is None:
        return None
    rank = RANKS.get(found.kind.removeprefix("population-"), 2)
    return _stake(found.study, found.seed, found.settings, rank)


def _check_weighed(draws: int | None, **others: int | None) -> None:
    """Refuse options that mean nothing with ``--weighed``."""
    for name, value in others.items():
        if value:
            raise click.UsageError(f"--weighed draws once, around the maximum: leave out --{name}")
    if draws is not None and draws < LEAST:
        raise click.UsageError(f"--weighed needs at least {LEAST} draws, not {draws}")


def _weighed(
    problem: "Study | Population", start: "Maximum", seed: int, draws: int | None, bars: bool
) -> "Draws":
    study: Any = problem  # no population: that was refused
    with working(bars, "drawing around the maximum"):
        return interruptible(lambda: study.laplace(draws=draws or WEIGHED, seed=seed, start=start))


def _sampled(
    problem: "Study | Population", start: "Maximum", checkpoint: "Checkpoint", **options: Any
) -> "Draws":
    return interruptible(lambda: problem.sample(start=start, checkpoint=checkpoint, **options))


def _maximum(
    problem: "Study | Population", seed: int, bars: bool, checkpoint: "Checkpoint | None"
) -> "Maximum":
    """Return the maximum that the checkpoint keeps, or find it and keep it there."""
    found = None if checkpoint is None else checkpoint.maximum(problem)
    if checkpoint is not None and found is not None:
        click.echo(f"continuing from {checkpoint.describe()} ...", err=True)
        return found
    with working(bars, "looking for the maximum"):
        found = interruptible(lambda: problem.maximise(seed=seed))
    if checkpoint is not None:
        checkpoint.keep_maximum(found)
    return found


def share_cores(chains: int | None) -> None:
    """Leave the cores to JAX and give it a device for each chain; only possible before NumPy and JAX start."""
    # The matrices that NumPy factorises here are small: its threads would mostly wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import numpyro

    numpyro.set_host_device_count(chains or max(4, cores()))


def _write(result: "Maximum | Draws", folder: Path, study: str, *, quick: bool, chains: bool) -> None:
    from ..problem.study_file import find_study_file

    folder.mkdir(parents=True, exist_ok=True)  # someone may have deleted it since
    result.save(folder / ("maximum.nc" if quick else "posterior.nc"))
    (folder / "summary.txt").write_text(result.summary() + "\n", encoding="utf-8")
    (folder / "summary.json").write_text(result.to_json() + "\n", encoding="utf-8")
    shutil.copyfile(find_study_file(study), folder / STUDY_COPY)
    kinds = [kind for kind in result.figures if kind != "trace" or chains]
    write_figures(folder, {kind: partial(result.plot, kind) for kind in kinds}, FORMATS)
    with undrawn(REPORT):
        from ..results.report import render

        (folder / REPORT).write_text(render(result, drawn=folder), encoding="utf-8")

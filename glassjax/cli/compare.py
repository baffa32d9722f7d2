"""``glassjax compare``: several theories, or variants of one, ranked by leave-one-out and by evidence."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..disk import folder_name, occupied
from ..errors import GlassjaxError
from ..targets import COMPARED, load
from .completion import find, target_names, theory_list
from .files import ELSEWHERE, Stake, digest, result_folder, size_of_result
from .fit import share_cores
from .options import forced, json_instead, progress_bars
from .resume import DISCARD, check_flags, command_to_resume, refuse_kept, require_kept, rescued, resumable
from .streams import Interrupted, echo_either, interruptible, working

if TYPE_CHECKING:
    from ..problem.study_file import Sampler
    from ..results.result import Result
    from ..study import Study

POSTERIOR = "posterior.nc"
VARY = "OPTION=VALUE,VALUE"
RESULT_FILES = ("comparison.json", "comparison.txt", "comparison.png", "comparison.svg")


@click.command(short_help="Fit several theories to the same data and rank them by prediction and evidence.")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=target_names)
@click.option(
    "--theories",
    shell_complete=theory_list,
    help="Theories to compare on TARGET, a shipped glass or a study, by their names with commas between.",
)
@click.option(
    "--vary",
    multiple=True,
    metavar=VARY,
    help="Compare variants of the one study TARGET: all combinations of these values. May be repeated.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.  [default: results/comparison-<glass>, or results/variants-<study>]",
)
@click.option(
    "--quick",
    is_flag=True,
    help="Draw around each maximum and weigh the draws; no chains. Fast.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of everything."
)
@click.option("--chains", type=click.IntRange(1), help="Number of Markov chains of each fit.")
@click.option("--draws", type=click.IntRange(1), help="Draws kept of each chain.")
@click.option("--warmup", type=click.IntRange(1), help="Steps of adaptation of each chain.")
@forced
@resumable("comparison")
@json_instead
@progress_bars
def compare(
    targets: tuple[str, ...],
    theories: str | None,
    vary: tuple[str, ...],
    out: Path | None,
    quick: bool,
    seed: int,
    chains: int | None,
    draws: int | None,
    warmup: int | None,
    force: bool,
    resume: bool,
    fresh: bool,
    as_json: bool,
    bars: bool,
) -> int:
    """Compare fits of the same data by several theories.

    A TARGET is a study (a shipped one's name, or a TOML file), which is fitted, or a finished result (a folder that
    glassjax fit wrote, or a NetCDF file), which is not fitted again. With --theories it may be the name of a glass,
    which stands for its shipped studies by these theories:

        glassjax compare a-SiO2 --theories lubchenko-wolynes,soft-potential

    Of a study of your own, --theories fits its data by each theory, with the priors that glassjax new writes.

    With --vary it is one study, which is fitted under all combinations of the values of options of its theory, each
    without the parameters that its options do not use:

        glassjax compare a-SiO2 --vary excited=thermal,sharp --vary vertical=coupled,bare --quick

    A parameter that the study does not free may vary too, and discrepancy=true,false.

    Ranks them by the predictive density of rows left out (PSIS-LOO, with warnings where it cannot be relied on) and by
    the evidence, and writes comparison.txt, comparison.json, the figure, and the posterior of each fit in a folder of
    its own, which serves as a TARGET again. Nothing is written before all is done.

    While it runs, .<name>.checkpoint beside the output keeps the fits that are finished and what is done of the one
    that is not. After a crash, a kill or Ctrl-C the same command with --resume continues from there, and its draws are
    those of a comparison that never stopped. What cannot be fitted is reported as failed with the reason.
    """
    check_flags(resume, fresh=fresh)
    options = _options(vary)
    share_cores(chains)
    from ..comparison import Comparison, KeptFits, attempt, check_same_data, grid, variants
    from ..comparison.fits import QUICK_DRAWS, study_of_target
    from ..precision import enable_x64
    from ..results import Draws

    enable_x64()
    found = _found(targets, theories)
    labels = None
    if options:
        if len(found) != 1:
            raise GlassjaxError(f"--vary takes one study, not {len(found)}; compare each by itself")
        varied = variants(study_of_target(found[0]), options)
        default = f"variants-{folder_name(study_of_target(found[0]).name, 'study')}"
        found, labels = list(varied.values()), list(varied)
    elif len(found) < 2:
        raise GlassjaxError(
            "a comparison takes two fits at least; name more, a glass or a study with --theories and two theories, or "
            "options with --vary"
        )
    else:
        default = f"comparison-{folder_name(study_of_target(found[0]).glass.name, 'glass')}"
    studies = [study_of_target(target) for target in found]
    if not options:
        check_same_data(studies)
    folder = Path("results") / default if out is None else out
    again = command_to_resume()
    kept = KeptFits(
        folder.parent / f".{folder.name}.checkpoint",
        found,
        seed=seed,
        quick=quick,
        chains=chains,
        warmup=warmup,
        draws=draws,
        discard=DISCARD,
        elsewhere=ELSEWHERE,
    )
    require_kept(kept, resume, "comparison")
    try:
        settings = [study.sampler.replace(chains=chains, warmup=warmup, draws=draws) for study in studies]
        stake = _stake(found, settings, seed, quick)
        verdicts: list[bool] = []
        placed: list[Path] = []
        with result_folder(
            folder.parent,
            folder.name,
            (*RESULT_FILES, *_earlier_fits(folder)),
            stake,
            force=force,
            good=lambda: all(verdicts),
            placed=placed.append,
        ) as work:
            if fresh:
                kept.remove()
            refuse_kept(kept, resume, "comparison")
            kept.check()
            fits = []
            room = sum(
                size_of_result(study, QUICK_DRAWS if quick else each.chains * each.draws)
                for study, each in zip(studies, settings, strict=True)
            )
            with occupied(work, room, ELSEWHERE):
                for index, study in enumerate(studies):
                    if not isinstance(found[index], Draws):
                        state = "there is a fit of" if kept.has(index) else "fitting"
                        name = f"{study.name} by {study.theory_name}"
                        click.echo(f"{state} {name} ({index + 1} of {len(studies)}) ...", err=True)
                    fits.append(
                        interruptible(
                            lambda index=index, study=study: attempt(
                                study, lambda: kept.fit(index, progress=bars)
                            )
                        )
                    )
            with working(bars, "comparing the fits and drawing the figure"):
                comparison = interruptible(
                    lambda: Comparison.of(fits, labels, seed=seed, varied=grid(options))
                )
                verdicts.append(comparison.ok)
                with rescued(again, False):
                    interruptible(lambda: comparison.save(work))
        kept.remove()
    except KeyboardInterrupt:
        if not kept.worthwhile:
            raise
        raise Interrupted(f"what is done is kept ({kept.describe()}): continue with '{again}'") from None
    echo_either(comparison, as_json)
    click.echo(f"written to {placed[0]}", err=as_json)
    return 0 if comparison.ok else 1


def _stake(
    targets: "Sequence[Study | Result]", settings: "Sequence[Sampler]", seed: int, quick: bool
) -> Stake:
    """Return the stake of a comparison: its studies, and the least that any of its fits consists of."""
    from ..comparison.fits import study_of_target
    from ..results import Draws

    sizes, chains, seeds = [], [], set()
    for target, own in zip(targets, settings, strict=True):
        drawn = isinstance(target, Draws)
        chains.append(target.kind == "posterior" if drawn else not quick)
        sizes.append(target.settings if drawn else own.to_dict())
        seeds.add(target.seed if drawn else seed)
    about = digest(
        [study_of_target(target).to_dict() | {"sampler": None, "seed": None} for target in targets]
    )
    seed = seeds.pop() if len(seeds) == 1 else seed
    if not all(chains):
        return Stake(about, 1, "weighed draws", seed)
    effort = {name: min(int(size[name]) for size in sizes) for name in ("chains", "draws", "warmup")}
    return Stake(about, 2, "chains", seed, effort)


def _options(vary: tuple[str, ...]) -> dict[str, list[Any]]:
    """Read ``OPTION=VALUE,VALUE`` as values by option: true and false, numbers, and words."""
    found: dict[str, list[Any]] = {}
    for text in vary:
        name, equals, values = (part.strip() for part in text.partition("="))
        words = [word.strip() for word in values.split(",")]
        if not (name and equals and all(words)):
            raise click.UsageError(f"--vary takes {VARY}, not '{text}'")
        if name in found:
            raise click.UsageError(f"--vary names '{name}' twice; list all of its values once")
        found[name] = [_literal(word) for word in words]
    return found


def _literal(word: str) -> bool | float | str:
    if word in ("true", "false"):
        return word == "true"
    try:
        return float(word)
    except ValueError:
        return word


def _found(targets: tuple[str, ...], theories: str | None) -> "list[Study | Result]":
    """Load the targets; put studies by the ``theories`` in the place of glasses or, if there are none, of studies."""
    from ..comparison import by_theory, shipped_studies
    from ..datasets import list_glasses

    wanted = [theory.strip() for theory in (theories or "").split(",") if theory.strip()]
    if theories is not None and not wanted:
        raise click.UsageError("--theories names no theory")
    glasses = list_glasses() if wanted else []
    of_glasses = any(target in glasses for target in targets)
    found: list[Study | Result] = []
    for target in targets:
        if target in glasses:
            found += [load(find(name, COMPARED)) for name in shipped_studies(target, wanted)]
            continue
        meant = find(target, COMPARED)
        if of_glasses or not wanted:
            found.append(load(meant))
            continue
        if meant.kind == "result":
            raise GlassjaxError(
                f"'{target}' is a finished fit; with --theories give its study file, or the fits alone without"
            )
        for theory in wanted:
            study = by_theory(meant.source, theory)
            priors = "; ".join(f"{name} {prior.describe()}" for name, prior in study.free.items())
            click.echo(f"{study.name}: priors: {priors}", err=True)
            found.append(study)
    return found


def _earlier_fits(folder: Path) -> list[str]:
    """Folders of an earlier comparison in ``folder`` that hold a posterior and nothing else."""
    if not folder.is_dir():
        return []
    return [
        entry.name
        for entry in folder.iterdir()
        if entry.is_dir() and [path.name for path in entry.iterdir()] == [POSTERIOR]
    ]

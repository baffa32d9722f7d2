"""``glassjax calibrate``: simulated data sets of a study, each fitted, and the ranks of their truths."""

from collections.abc import Callable
from pathlib import Path

import click

from ..disk import folder_name
from .completion import study_names, tell_shipped
from .files import Stake, digest, result_folder
from .fit import share_cores
from .options import forced, json_instead, progress_bars
from .resume import DISCARD, check_flags, command_to_resume, refuse_kept, require_kept, resumable
from .streams import Interrupted, echo_either, interruptible

RESULT_FILES = ("calibration.json", "calibration.txt", "calibration.png", "calibration.svg")


@click.command(short_help="Fit simulated data sets of a study and see whether the intervals hold the truth.")
@click.argument("study", shell_complete=study_names)
@click.option(
    "--simulations", type=click.IntRange(20), default=200, show_default=True, help="Simulated data sets."
)
@click.option("--chains", type=click.IntRange(1), default=2, show_default=True, help="Chains of each fit.")
@click.option("--warmup", type=click.IntRange(1), default=150, show_default=True, help="Steps of adaptation.")
@click.option(
    "--draws", type=click.IntRange(20), default=80, show_default=True, help="Draws kept of each chain."
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of everything random.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.  [default: results/calibration-<study>]",
)
@forced
@resumable("calibration")
@json_instead
@progress_bars
def calibrate(
    study: str,
    simulations: int,
    chains: int,
    warmup: int,
    draws: int,
    seed: int | None,
    out: Path | None,
    force: bool,
    resume: bool,
    fresh: bool,
    as_json: bool,
    bars: bool,
) -> int:
    """Check the inference of STUDY by simulation (simulation-based calibration).

    Draws parameters from the priors and data from them, fits each data set as a real one (maximum, then NUTS), and
    ranks the truth among its draws: the ranks are uniform, and 50, 80 and 95 % intervals hold the truth as often, if
    the inference is right. Writes calibration.txt, calibration.json and a figure of the ranks. 200 data sets of
    silica take about an hour on two cores; what is done is kept, and --resume continues.
    """
    check_flags(resume, fresh=fresh)
    share_cores(chains)
    from ..calibration import KeptSimulations
    from ..calibration import calibrate as run
    from ..precision import enable_x64
    from ..study import Study

    enable_x64()
    tell_shipped(study)
    problem = Study.load(study)
    folder = Path("results") / f"calibration-{folder_name(problem.name, 'study')}" if out is None else out
    kept = KeptSimulations(folder.parent / f".{folder.name}.checkpoint", discard=DISCARD)
    if fresh:
        kept.remove()
    require_kept(kept, resume, "calibration")
    refuse_kept(kept, resume, "calibration")
    try:
        effort = {"simulations": simulations, "chains": chains, "draws": draws, "steps of warm-up": warmup}
        stake = Stake(digest(problem.to_dict()), seed=problem.seed if seed is None else seed, effort=effort)
        verdicts: list[bool] = []
        placed: list[Path] = []
        with result_folder(
            folder.parent,
            folder.name,
            RESULT_FILES,
            stake,
            force=force,
            good=lambda: all(verdicts),
            placed=placed.append,
        ) as work:
            with _Progress(bars, simulations) as tell:
                found = interruptible(
                    lambda: run(
                        problem,
                        simulations=simulations,
                        chains=chains,
                        warmup=warmup,
                        draws=draws,
                        seed=seed,
                        folder=kept.folder,
                        progress=tell,
                        discard=DISCARD,
                    )
                )
            verdicts.append(found.verdict.ok)
            found.save(work)
    except KeyboardInterrupt:
        if kept.worthwhile:
            raise Interrupted(f"what is done is kept: continue with '{command_to_resume()}'") from None
        raise
    kept.remove()
    echo_either(found, as_json)
    click.echo(f"written to {placed[0]}", err=as_json)
    return 0 if found.verdict.ok else 1


class _Progress:
    """A progress bar on standard error, or a line every tenth of the way."""

    def __init__(self, shown: bool, total: int) -> None:
        self.shown, self.total, self.told = shown, total, -1

    def __enter__(self) -> Callable[[int], None]:
        if self.shown:
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True))
            self.bar.start()
            self.task = self.bar.add_task("simulations", total=self.total)
        return self.tell

    def tell(self, done: int) -> None:
        """Show how many simulations are done."""
        if self.shown:
            self.bar.update(self.task, completed=done)
        elif done * 10 // self.total > self.told:
            self.told = done * 10 // self.total
            click.echo(f"{done} of {self.total} simulations done", err=True)

    def __exit__(self, *failure: object) -> None:
        if self.shown:
            self.bar.stop()

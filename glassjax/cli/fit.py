"""``glassjax fit``: from a study file to a folder with posterior, summary and figures."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .files import result_folder
from .interrupt import interruptible

if TYPE_CHECKING:
    from ..results import Maximum, Posterior

__all__ = ["fit"]

FIGURES = ("observables", "residuals", "corner", "trace")
FORMATS = ("png", "svg")
METHODS = ("bfgs", "levenberg-marquardt", "adam")  # as in inference.settings, which imports JAX
STUDY_COPY = "study.toml"
RESULT_FILES = (
    "posterior.nc",
    "maximum.nc",
    "summary.txt",
    "summary.json",
    STUDY_COPY,
    *(f"{figure}.{ending}" for figure in FIGURES for ending in FORMATS),
)


@click.command(short_help="Fit a study to its data; write posterior, summary and figures.")
@click.argument("study")
@click.option("--quick", is_flag=True, help="Stop at the maximum and its Laplace intervals; no sampling.")
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
@click.option(
    "--no-progress", is_flag=True, help="No progress bars (also off when the output is no terminal)."
)
def fit(
    study: str,
    quick: bool,
    parent: Path,
    method: str | None,
    seed: int | None,
    chains: int | None,
    draws: int | None,
    warmup: int | None,
    no_progress: bool,
) -> int:
    """Fit STUDY, the name of a shipped study or the path of a TOML file.

    Shows what is fitted, finds the maximum a posteriori from several starts, samples the posterior from there
    (NUTS), prints the verdict and the parameters, and writes posterior, summary and figures to OUT/<study>,
    where an earlier result is replaced only after success. Method, seed, chains, draws and warmup given here win over
    those of the study.
    """
    _share_cores(chains)
    from ..inference.study import Study
    from ..precision import enable_x64

    enable_x64()
    plan = Study.load(study)
    bars = sys.stderr.isatty() and not no_progress
    name = re.sub(r"[^\w.-]+", "-", plan.name).strip(".-") or "study"
    with result_folder(parent, name, RESULT_FILES) as folder:
        click.echo(plan.describe() + "\n")
        with _working(bars, "looking for the maximum"):
            result: Maximum | Posterior = interruptible(lambda: plan.maximise(method=method, seed=seed))
        if not quick:
            start = result
            result = interruptible(
                lambda: plan.sample(
                    seed=seed, chains=chains, warmup=warmup, draws=draws, progress=bars, start=start
                )
            )
        click.echo(result.summary())
        with _working(bars, "writing the results and figures"):
            _write(result, folder, study, quick)
    click.echo(f"written to {parent / name}")
    return 0 if result.verdict.ok else 1


def _share_cores(chains: int | None) -> None:
    """Leave the cores to JAX and give it a device for each chain; only possible before NumPy and JAX start."""
    # The matrices that NumPy factorises here are small: its threads would mostly wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import numpyro

    numpyro.set_host_device_count(chains or max(4, os.cpu_count() or 1))


@contextmanager
def _working(shown: bool, what: str) -> Iterator[None]:
    """Show a spinner on the terminal's standard error while the block runs."""
    if not shown:
        click.echo(f"{what} ...", err=True)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def _write(result: "Maximum | Posterior", folder: Path, study: str, quick: bool) -> None:
    result.save(folder / ("maximum.nc" if quick else "posterior.nc"))
    (folder / "summary.txt").write_text(result.summary() + "\n", encoding="utf-8")
    (folder / "summary.json").write_text(result.to_json() + "\n", encoding="utf-8")
    shutil.copyfile(_study_file(study), folder / STUDY_COPY)
    for kind in FIGURES:
        if quick and kind == "trace":
            continue
        figure = result.plot(kind)
        for ending in FORMATS:
            figure.savefig(folder / f"{kind}.{ending}", dpi=150)


def _study_file(study: str) -> Path:
    from ..datasets import shipped

    return Path(study) if Path(study).is_file() else shipped("fits") / f"{study}.toml"

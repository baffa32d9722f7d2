"""NUTS from the maximum, in the metric of the Laplace covariance.

The chains move in u (d,), see `glassjax.fitting.nuts`: a posterior that is a Gaussian in the sampling coordinates
is the unit normal in u. Warmup then finds the step size; on silica, letting it re-estimate the mass matrix as well
made the metric worse (half as many effective draws at longer trajectories).

The transitions are NumPyro's. They run in a loop of ours instead of ``numpyro.infer.MCMC``, which compiles the
gradient twice for every way of running chains, and once more for every device: here one compiled program
advances any chain by some steps, and returns often enough to show progress and to be interrupted. Chains run
side by side in threads, which jax lets run together on the CPU wherever it was started with at least two devices
(``numpyro.set_host_device_count``, as the command line does), and one after the other elsewhere. On other devices
they advance as one batch, each step as long as the longest trajectory among them.
"""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import jax
import numpy as np

from ..cores import cores
from ..errors import GlassjaxError
from ..random_streams import generator
from ..scalars import check_seed
from .checkpoint import Chain, Checkpoint
from .maximise import check_start, maximise, require_float64
from .nuts import CHUNK, Metric, kernel_of

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.plan import Plan
    from ..problem.settings import Sampler
    from ..results import Maximum, Posterior

MODE_WINDOW = 3.0  # of the log posterior: maxima this near to the best get chains of their own


def sample(
    study: "Plan",
    *,
    seed: int | None = None,
    chains: int | None = None,
    warmup: int | None = None,
    draws: int | None = None,
    progress: bool | None = None,
    start: "Maximum | None" = None,
    checkpoint: "Checkpoint | str | Path | None" = None,
) -> "Posterior":
    """Draw from a study's posterior; see `Study.sample`."""
    require_float64()
    settings = study.sampler.replace(chains=chains, warmup=warmup, draws=draws)
    seed = study.seed if seed is None else check_seed(seed)
    if start is not None:
        check_start(study, start)
    saved = checkpoint if isinstance(checkpoint, Checkpoint | None) else Checkpoint(checkpoint)
    with nullcontext() if saved is None else saved.running(study, settings, seed):
        if start is None:
            start = (saved and saved.maximum(study)) or maximise(study, seed=seed)
        if saved is not None:
            saved.keep_maximum(start)
        clock = time.perf_counter()
        space = study.chain_space(start)
        metric = Metric(space.centre, np.linalg.cholesky(space.covariance))
        modes = [space.forth(found.coordinate) for found in start.found_maxima(MODE_WINDOW)]
        begins = begin_chains(space.likelihood, metric, modes, settings.chains, seed)
        shown = sys.stderr.isatty() if progress is None else progress
        fields = run_chains(space.likelihood, metric, begins, settings, seed, shown, saved)
        fields["z"] = space.back(fields["z"])
        seconds = time.perf_counter() - clock + (0.0 if saved is None else saved.seconds)
        result = study.result_types[1].build(study, seed, settings, start, fields, seconds)
        if saved is not None and saved is not checkpoint:
            saved.remove()
    return result


def begin_chains(
    likelihood: "Likelihood", metric: Metric, modes: list[np.ndarray], chains: int, seed: int
) -> np.ndarray:
    """Points u (chains, d) around the maxima ``modes`` (each z (d,)), one chain a maximum in turn.

    They are drawn from the Laplace Gaussian widened one and a half times, so that R-hat can tell a chain
    that is lost; a point where the posterior is not finite or absurdly low is drawn again, nearer to the
    maximum.
    """
    rng = generator(seed, "starts of the chains")
    d = likelihood.dimension
    floor = likelihood.evaluate(metric.centre)[0] + 3 * d + 2 * MODE_WINDOW
    points = []
    for chain in range(chains):
        mode = metric.inverse(modes[chain % len(modes)])
        u = mode
        for attempt in range(30):
            trial = mode + 1.5 * 0.85**attempt * rng.standard_normal(d)
            value, gradient = likelihood.evaluate(metric.forward(trial))
            if np.isfinite(value) and np.all(np.isfinite(gradient)) and value < floor:
                u = trial
                break
        points.append(u)
    return np.stack(points)


def run_chains(
    likelihood: "Likelihood",
    metric: Metric,
    begins: np.ndarray,
    settings: "Sampler",
    seed: int,
    progress: bool,
    checkpoint: "Checkpoint | None" = None,
) -> dict[str, np.ndarray]:
    """Run a chain from each of ``begins`` (chains, d); return NumPyro's fields, each (chains, draws, ...).

    Chains that ``checkpoint`` keeps go on from there.
    """
    batch = settings.chain_method == "vectorised" or (
        settings.chain_method == "automatic" and jax.default_backend() != "cpu"
    )
    kernel = kernel_of(likelihood, settings, len(begins) if batch else None)
    chains = [Chain(state) for state in kernel.begin(likelihood, metric, begins, seed)]
    if checkpoint is not None:
        chains = [checkpoint.restore(number, chain) for number, chain in enumerate(chains)]
        _check_answers(likelihood, metric, chains, checkpoint)
    total = settings.warmup + settings.draws
    finished = all(chain.done == total for chain in chains)
    advance = None if finished else kernel.program(chains[0].state, metric, likelihood.data)
    width = len(begins) // len(chains)  # chains that advance as one
    stop = threading.Event()
    with _Bar(progress, len(begins) * total) as bar:

        def run(number: int, chain: Chain) -> dict[str, np.ndarray]:
            bar.advance(chain.done * width)
            while advance is not None and chain.done < total and not stop.is_set():
                end = settings.warmup if chain.done < settings.warmup else total
                steps = min(CHUNK, end - chain.done)
                chain.state, fields = advance(chain.state, steps)
                if chain.done >= settings.warmup:
                    chain.kept.append({name: np.asarray(field)[:steps] for name, field in fields.items()})
                else:
                    jax.block_until_ready(chain.state)
                chain.done += steps
                bar.advance(steps * width)
                if checkpoint is not None:
                    checkpoint.offer(number, chain, now=chain.done == total or stop.is_set())
            return chain.merged()

        with ThreadPoolExecutor(min(len(chains), cores())) as pool:
            futures = [pool.submit(run, number, chain) for number, chain in enumerate(chains)]
            try:
                for future in as_completed(futures):
                    future.result()
            finally:
                stop.set()
        results = [future.result() for future in futures]
    found = {name: np.stack([result[name] for result in results]) for name in results[0]}
    if batch:  # (1, draws, chains, ...)
        found = {name: np.swapaxes(field[0], 0, 1) for name, field in found.items()}
    return found | {"z": metric.forward(found["z"])}


def _check_answers(
    likelihood: "Likelihood", metric: Metric, chains: list[Chain], checkpoint: Checkpoint
) -> None:
    """Refuse to continue with another potential than the chains moved in: no version tells of code that was edited."""
    for chain in chains:
        points = np.atleast_2d(np.asarray(chain.state.z))
        for u, before in zip(points, np.atleast_1d(np.asarray(chain.state.potential_energy)), strict=True):
            now = likelihood.evaluate(metric.forward(u))[0]
            if not np.isclose(now, before, rtol=1e-6, atol=1e-6):
                raise GlassjaxError(
                    f"the theory no longer gives the log posterior that '{checkpoint.folder}' keeps ({-before:.6g}, "
                    f"now {-now:.6g}): its code has changed; {checkpoint.discard}"
                )


class _Bar:
    """A progress bar on standard error, or nothing."""

    def __init__(self, shown: bool, total: int) -> None:
        self.shown, self.total = shown, total

    def __enter__(self) -> "_Bar":
        if self.shown:
            from rich.console import Console
            from rich.progress import Progress

            self.progress = Progress(console=Console(stderr=True))
            self.progress.start()
            self.task = self.progress.add_task("sampling", total=self.total)
        return self

    def advance(self, steps: int) -> None:
        """Count steps; called from any thread."""
        if self.shown:
            self.progress.advance(self.task, steps)

    def __exit__(self, *failure: object) -> None:
        if self.shown:
            self.progress.stop()

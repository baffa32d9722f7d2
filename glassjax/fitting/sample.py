"""NUTS from the maximum, in the metric of the Laplace covariance.

The chains move in u (d,), see `glassjax.fitting.sample`: a posterior that is a Gaussian in the sampling coordinates
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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer.hmc import hmc
from numpyro.infer.util import ParamInfo

from .. import random_streams
from ..cores import cores
from ..errors import GlassjaxError
from ..problem.compiling import quick_jit
from ..random_streams import generator
from ..scalars import check_seed
from .checkpoint import Chain, Checkpoint
from .maximise import check_start, maximise, require_float64

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.problem import Problem
    from ..problem.study_file import Sampler
    from ..results import Maximum, Posterior

MODE_WINDOW = 3.0  # of the log posterior: maxima this near to the best get chains of their own


class Metric:
    """The map z = centre + root u between the chains' coordinates u (d,) and the sampling coordinates z (d,)."""

    def __init__(self, centre: np.ndarray, root: np.ndarray) -> None:
        self.centre, self.root = centre, root

    def forward(self, u: np.ndarray) -> np.ndarray:
        """Return sampling coordinates (..., d) of ``u`` (..., d)."""
        return self.centre + u @ self.root.T

    def inverse(self, z: np.ndarray) -> np.ndarray:
        """Return chains' coordinates (d,) of ``z`` (d,)."""
        return np.linalg.solve(self.root, z - self.centre)


def sample(
    study: "Problem",
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


CHUNK = 25  # steps between two returns to Python
_FIELDS = ("z", "potential_energy", "energy", "accept_prob", "num_steps", "diverging")

Advance = Callable[[Any, int], tuple[Any, dict[str, jax.Array]]]


def kernel_of(likelihood: "Likelihood", settings: "Sampler", batch: int | None) -> "Kernel":
    """Return the kernel for these settings, made once for a likelihood and its simulated kin.

    ``batch`` is the number of chains that advance as one, None for one chain.
    """
    key = (settings.warmup, settings.target_accept, settings.tree_depth, settings.adapt_metric, batch)
    return likelihood.kernels.once(key, lambda: Kernel(likelihood, settings, batch))


class Kernel:
    """Transitions of NUTS of one chain or a batch, and the compiled program that makes `CHUNK` of them."""

    def __init__(self, likelihood: "Likelihood", settings: "Sampler", batch: int | None) -> None:
        self.settings, self.batch = settings, batch
        self._init, self._move = hmc(potential_fn_gen=potentials(likelihood), algo="NUTS")
        self._compiled: Any = None

    def begin(self, likelihood: "Likelihood", metric: Metric, begins: np.ndarray, seed: int) -> list[Any]:
        """Return NumPyro's states of chains that begin at u ``begins`` (chains, d), or the one of a batch."""
        states = []
        keys = jax.random.split(random_streams.key(seed, "chains"), len(begins))
        for key, u in zip(keys, begins, strict=True):
            value, gradient = likelihood.evaluate(metric.forward(u))
            where = ParamInfo(jnp.asarray(u), jnp.asarray(value), jnp.asarray(metric.root.T @ gradient))
            state = self._init(
                where,
                self.settings.warmup,
                step_size=0.5,
                adapt_mass_matrix=self.settings.adapt_metric,
                dense_mass=self.settings.adapt_metric,
                target_accept_prob=self.settings.target_accept,
                trajectory_length=None,
                max_tree_depth=self.settings.tree_depth,
                model_args=chain_arguments(metric, likelihood.data),
                rng_key=key,
            )
            states.append(state)
        if self.batch is not None:
            states = [jax.tree.map(lambda *leaves: jnp.stack(leaves), *states)]
        return states

    def program(self, state: Any, metric: Metric, observed: Any) -> Advance:
        """Return ``(state, n) -> (state after n ≤ CHUNK steps, fields of those steps)``, compiled at the first call."""
        arguments = chain_arguments(metric, observed)
        if self._compiled is None:
            self._compiled = quick_jit(self._advance).lower(state, 1, arguments).compile()
        compiled = self._compiled
        return lambda state, n: compiled(state, n, arguments)

    def _advance(
        self, state: Any, n: jax.Array, arguments: tuple[Any, ...]
    ) -> tuple[Any, dict[str, jax.Array]]:
        def move(state: Any) -> Any:
            return self._move(state, arguments, {})

        move_all = move if self.batch is None else jax.vmap(move)
        room = jax.tree.map(lambda x: jnp.zeros((CHUNK, *jnp.shape(x)), jnp.result_type(x)), _fields(state))

        def step(i: jax.Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            state, rows = carry
            state = move_all(state)
            return state, jax.tree.map(lambda row, x: row.at[i].set(x), rows, _fields(state))

        return jax.lax.fori_loop(0, n, step, (state, room))


def chain_arguments(metric: Metric, observed: Any) -> tuple[Any, ...]:
    """Return what `potentials` makes a potential of: centre, root and measured rows."""
    return jnp.asarray(metric.centre), jnp.asarray(metric.root), jax.tree.map(jnp.asarray, observed)


def _fields(state: Any) -> dict[str, jax.Array]:
    found = {name: getattr(state, name) for name in _FIELDS}
    return found | {"step_size": state.adapt_state.step_size}


def potentials(likelihood: "Likelihood") -> Callable[..., Any]:
    """Return ``(centre, root, observed) -> potential over u (d,)``, whose gradient comes with the value."""

    def generate(centre: jax.Array, root: jax.Array, observed: Any) -> Any:
        @jax.custom_vjp
        def potential(u: jax.Array) -> jax.Array:
            return forward(u)[0]

        def forward(u: jax.Array) -> tuple[jax.Array, jax.Array]:
            (value, _), gradient = likelihood.differentiate(centre + root @ u, observed)
            return value, root.T @ gradient

        potential.defvjp(forward, lambda gradient, scale: (scale * gradient,))
        return potential

    return generate

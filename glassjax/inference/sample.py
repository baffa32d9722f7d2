"""NUTS from the maximum, in the metric of the Laplace covariance.

The chains move in the sampling coordinates of `Likelihood`. The mass matrix is dense and starts as the Laplace
covariance, which whitens the posterior where it is near a Gaussian; warmup then only has to find the step size and to
correct the metric. Chains begin at draws from the Gaussians of the maxima that were found, twice as wide, so that R-hat
can tell a chain that is lost.
"""

import sys
import time
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.infer import MCMC, NUTS

from ..errors import GlassjaxError

if TYPE_CHECKING:
    from ..results import Maximum, Posterior
    from .likelihood import Likelihood
    from .settings import Sampler
    from .study import Study

__all__ = ["begin_chains", "run_nuts", "sample"]

MODE_WINDOW = 3.0  # of the log posterior: maxima this near to the best get chains of their own
_FIELDS = ("z", "potential_energy", "energy", "accept_prob", "num_steps", "diverging", "adapt_state.step_size")


def sample(
    study: "Study",
    *,
    seed: int | None = None,
    chains: int | None = None,
    warmup: int | None = None,
    draws: int | None = None,
    progress: bool | None = None,
    start: "Maximum | None" = None,
) -> "Posterior":
    """Draw from a study's posterior; see `Study.sample`."""
    from ..results import Posterior
    from .maximise import maximise

    settings = study.sampler.replace(chains=chains, warmup=warmup, draws=draws)
    seed = study.seed if seed is None else seed
    if start is None:
        start = maximise(study, seed=seed)
    elif tuple(start.study.free) != tuple(study.free):
        raise GlassjaxError(
            f"the maximum given as start frees {', '.join(start.study.free)}, the study {', '.join(study.free)}"
        )
    clock = time.perf_counter()
    begins = begin_chains(study.likelihood, start, settings.chains, seed)
    if progress is None:
        progress = sys.stderr.isatty()
    fields = run_nuts(study.likelihood, begins, start.covariance, settings, seed, progress)
    return Posterior.build(study, seed, settings, start, fields, time.perf_counter() - clock)


def begin_chains(likelihood: "Likelihood", start: "Maximum", chains: int, seed: int) -> np.ndarray:
    """Points (chains, d) around the maxima found, drawn from the Laplace Gaussian widened twofold.

    Points where the posterior is not finite, or absurdly low, are drawn again, nearer to the maximum each time.
    """
    rng = np.random.default_rng([seed, 1])
    root = np.linalg.cholesky(start.covariance)
    modes = start.modes(MODE_WINDOW)
    points = []
    for chain in range(chains):
        mode = modes[chain % len(modes)]
        floor = -start.log_posterior + 3 * likelihood.dimension + 2 * MODE_WINDOW
        for attempt in range(30):
            z = mode + 2 * 0.85**attempt * (root @ rng.standard_normal(likelihood.dimension))
            value, gradient = likelihood.evaluate(z)
            if np.isfinite(value) and np.all(np.isfinite(gradient)) and value < floor:
                break
        else:
            z = mode
        points.append(z)
    return np.stack(points)


def run_nuts(
    likelihood: "Likelihood",
    begins: np.ndarray,
    covariance: np.ndarray,
    settings: "Sampler",
    seed: int,
    progress: bool,
) -> dict[str, np.ndarray]:
    """Run the chains from ``begins`` (chains, d); returns NumPyro's fields, each (chains, draws, ...)."""
    chains = begins.shape[0]
    kernel = NUTS(
        potential_fn=likelihood.potential,
        dense_mass=True,
        inverse_mass_matrix=jnp.asarray(covariance),
        target_accept_prob=settings.target_accept,
        max_tree_depth=settings.tree_depth,
        step_size=0.5,
    )
    mcmc = MCMC(
        kernel,
        num_warmup=settings.warmup,
        num_samples=settings.draws,
        num_chains=chains,
        chain_method=chain_method(chains),
        progress_bar=progress,
    )
    begin: Any = jnp.asarray(begins if chains > 1 else begins[0])
    mcmc.run(jax.random.key(seed), init_params=begin, extra_fields=_FIELDS[1:])
    fields = {"z": np.asarray(mcmc.get_samples(group_by_chain=True))}
    extra = mcmc.get_extra_fields(group_by_chain=True)
    return fields | {name: np.asarray(extra[name]) for name in _FIELDS[1:]}


def chain_method(chains: int) -> str:
    """Side by side where there is a device for each chain, else vectorised."""
    return "parallel" if chains > 1 and jax.local_device_count() >= chains else "vectorized"

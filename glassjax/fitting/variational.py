"""Variational inference: the Gaussian with the smallest divergence KL(q ‖ p) from the posterior (NumPyro's SVI).

The guide lives in u, z = z_max + L u with L Lᵀ the Laplace covariance, and begins as the unit normal there: as
Laplace's approximation. What it gains over that is the best Gaussian in the mean rather than at one point. Draws from
it are weighed by the posterior as Laplace's are (`importance`), since a good ELBO alone does not mean a good guide
(Yao et al. 2018).
"""

import threading
import time
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import optax
from numpyro.infer import SVI, Trace_ELBO, autoguide, init_to_value

from ..errors import GlassjaxError, suggest
from ..numerics.gaussian import Gaussian
from ..problem.compiling import quick_jit
from ..random_streams import generator, key
from ..scalars import whole_number
from .importance import begin, weigh
from .sample import Metric, chain_arguments, potentials

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..problem.specification import Specification
    from ..results import Maximum, Variational

GUIDES = ("normal", "multivariate-normal")
RATE = 0.01  # of Adam at first; it falls to nothing along a cosine
CHUNK = 50  # steps between two returns to Python, where it can be interrupted
_HANDLERS = threading.Lock()  # NumPyro keeps the handlers of what is traced in one place for all threads


def variational(
    study: "Specification",
    *,
    guide: str = "multivariate-normal",
    steps: int = 1000,
    draws: int = 2000,
    seed: int | None = None,
    start: "Maximum | None" = None,
) -> "Variational":
    """Fit a guide to a study's posterior and weigh draws from it; see `Study.variational`."""
    from ..results import Variational

    if guide not in GUIDES:
        raise GlassjaxError(f"no guide '{guide}'{suggest(guide, GUIDES)}; there are {', '.join(GUIDES)}")
    steps, draws = whole_number(steps, "steps", 100), whole_number(draws, "draws", 100)
    seed, start = begin(study, seed, start)
    clock = time.perf_counter()
    metric = Metric(start.coordinate, np.linalg.cholesky(start.covariance))
    centre, root, elbo = _fit(study.likelihood, metric, guide, steps, seed)
    proposal = Gaussian(metric.forward(centre), metric.root @ root)
    found = weigh(study.likelihood, proposal, draws, generator(seed, "variational draws"))
    settings = study.sampler.to_dict() | {"guide": guide, "svi_steps": steps, "draws": draws, "chains": 1}
    seconds = time.perf_counter() - clock
    return Variational.build(study, seed, settings, start, found | {"elbo": elbo}, seconds)


def _fit(
    likelihood: "Likelihood", metric: Metric, name: str, steps: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (d,) and root (d, d) of the guide over u, and the ELBO (steps,) of every step."""
    d = likelihood.dimension
    potential = potentials(likelihood)(*chain_arguments(metric, likelihood.data))

    def model() -> None:
        u = numpyro.sample("u", dist.ImproperUniform(dist.constraints.real_vector, (), (d,)))
        numpyro.factor("posterior", -potential(u))

    kind = autoguide.AutoNormal if name == "normal" else autoguide.AutoMultivariateNormal
    guide = kind(model, init_loc_fn=init_to_value(values={"u": jnp.zeros(d)}), init_scale=1.0)
    svi = SVI(model, guide, optax.adam(optax.cosine_decay_schedule(RATE, steps)), Trace_ELBO())

    def advance(state: Any, n: jax.Array) -> tuple[Any, jax.Array]:
        def step(i: jax.Array, carry: tuple[Any, jax.Array]) -> tuple[Any, jax.Array]:
            state, losses = carry
            state, loss = svi.stable_update(state)
            return state, losses.at[i].set(loss)

        return jax.lax.fori_loop(0, n, step, (state, jnp.zeros(CHUNK)))

    with _HANDLERS:
        state = svi.init(key(seed, "variational guide"))
        traced = quick_jit(advance).lower(state, CHUNK)
    program = traced.compile()
    losses = []
    for done in range(0, steps, CHUNK):
        n = min(CHUNK, steps - done)
        state, chunk = program(state, n)
        losses.append(np.asarray(chunk)[:n])
    params: Any = svi.get_params(state)
    if name == "normal":
        centre, root = params["u_auto_loc"], jnp.diag(params["u_auto_scale"])
    else:
        centre, root = params["auto_loc"], params["auto_scale_tril"]
    # over z, not u: the volume of the map between them
    elbo = float(np.sum(np.log(np.diagonal(metric.root)))) - np.concatenate(losses)
    return np.asarray(centre), np.asarray(root), elbo

"""Trees of a population's results: the groups of the whole, and below them those of each member."""

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..fitting.maximise import climb, laplace
from ..random_streams import generator
from ..results import trees
from ..results.limits import LEVEL
from ..results.maximum import LAPLACE_DRAWS
from ..results.outcome import Peak, provenance

if TYPE_CHECKING:
    from ..problem.study_file import Sampler

QUANTILES = ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)


def cloud(centre: np.ndarray, covariance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw coordinates (n, d) from a Gaussian."""
    normal = rng.standard_normal((LAPLACE_DRAWS, len(centre)))
    return centre + normal @ np.linalg.cholesky(covariance).T


def attributes(population: Any, kind: str, seed: int, settings: "Sampler", seconds: float) -> dict[str, Any]:
    """Return the attributes of the whole tree: as of a study, the members' own parts being with the members."""
    plain = population.to_dict() | {"members": list(population.members)}
    return trees.attributes(plain, kind, seed, settings.to_dict(), provenance(population, seconds))


def under(member: str, tree: xr.DataTree) -> dict[str, xr.Dataset]:
    """Put the groups of a member's own tree below it."""
    return {
        f"/members/{member}{'' if path == '/' else path}": dataset for path, dataset in tree.to_dict().items()
    }


def part(likelihood: Any, member: str, gaussian: Peak) -> Peak:
    """Return the Gaussian of one member's coordinates, of which the shared ones are linear in the population's."""
    z = jnp.asarray(gaussian.centre)
    centre = np.asarray(likelihood.parts(z)[member])
    slope = np.asarray(jax.jacobian(lambda z: likelihood.parts(z)[member])(z))
    own = likelihood.members[member]
    return Peak(
        centre=centre,
        log_posterior=-own.evaluate(centre)[0],
        covariance=slope @ gaussian.covariance @ slope.T,
        flat=gaussian.flat,
        gain=gaussian.gain,
        unseen=tuple(name for name in own.names if f"{member}.{name}" in gaussian.unseen),
    )


def alone(population: "Any", centre: np.ndarray, settings: "Sampler", seed: int) -> xr.Dataset:
    """Quantiles of the shared parameters of each glass fitted alone, from its own Gaussian: (member, quantile)."""
    likelihood = population.likelihood
    parts = likelihood.parts(jnp.asarray(centre))
    found: dict[str, list[np.ndarray]] = {name: [] for name in population.shared}
    for number, (member, own) in enumerate(likelihood.members.items()):
        start = np.asarray(parts[member])
        ends = climb(own, np.stack([start, np.zeros_like(start)]), settings.steps)
        best = max(ends, key=lambda outcome: outcome.log_posterior)
        gaussian = laplace(own, best.end)
        values = own.compiled.constrain(
            cloud(gaussian.centre, gaussian.covariance, generator(seed, "Laplace draws of a member", number))
        )
        for name in population.shared:
            found[name].append(np.quantile(np.asarray(values[name]), QUANTILES))
    return xr.Dataset(
        {name: (("member", "quantile"), np.stack(rows)) for name, rows in found.items()},
        coords={"member": list(population.members), "quantile": list(QUANTILES)},
    )

"""The theory's answers and their slopes along the sampling coordinates, at fitted rows and anywhere else.

A fit is linear near a point z₀ of its sampling coordinates (normal scores under the priors): the mean of a row on the
likelihood's scale, ln κ, ln C or α/10⁻⁹ K⁻¹, is m(T, z) ≈ m(T, z₀) + g(T)ᵀ(z − z₀). Fisher information, designs and
propagated errors are made of these g.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..errors import GlassjaxError
from ..fitting.maximise import central_hessian
from ..problem import discrepancy as gp
from ..problem.blocks import Block, to_scale, with_factor
from ..problem.compiling import Programs, made_once, quick_jit
from ..quantities import QUANTITIES
from ..results.prediction import check_quantity
from ..theory import evaluate, temperature_array
from ..validity import beyond
from .elasticities import coordinates, study_of

if TYPE_CHECKING:
    from ..problem.likelihood import Likelihood
    from ..results.result import Result
    from ..study import Study


class Line(NamedTuple):
    """Means (n,) and slopes (n, d) of one quantity, on the likelihood's scale."""

    mean: np.ndarray
    slope: np.ndarray


def mean_at(likelihood: "Likelihood", quantity: str, T: Any, values: Mapping[str, Any]) -> jax.Array:
    """Evaluate a quantity on the likelihood's scale (n,) at ``T`` (n,) in K, for free parameters ``values``."""
    study = likelihood.study
    theory, glass = study.theory_at(values), study.glass_at(values)
    mean = to_scale(quantity, evaluate(theory, quantity, T, glass, study.time))
    return with_factor(quantity, mean, study.complete(values))


class Slopes:
    """Evaluates means and slopes of all quantities asked for in one forward-mode program, compiled once a shape."""

    def __init__(self, likelihood: "Likelihood") -> None:
        self.likelihood = likelihood
        self.made = Programs()

    @property
    @made_once
    def _program(self) -> Any:
        return quick_jit(self._run)

    def _run(self, z: jax.Array, grids: Mapping[str, jax.Array]) -> tuple[Any, Any]:
        def means(z: jax.Array) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
            values = self.likelihood.constrain(z)
            found = {q: mean_at(self.likelihood, q, T, values) for q, T in grids.items()}
            return found, found

        slope, mean = jax.jacfwd(means, has_aux=True)(z)
        return mean, slope

    def __call__(self, z: np.ndarray, grids: Mapping[str, np.ndarray]) -> dict[str, Line]:
        """Return the `Line` of each quantity at temperatures ``grids`` (n,) in K, around ``z`` (d,)."""
        mean, slope = self._program(jnp.asarray(z), {q: jnp.asarray(T) for q, T in grids.items()})
        lines = {q: Line(np.asarray(mean[q]), np.asarray(slope[q])) for q in grids}
        for quantity, line in lines.items():
            if not (np.all(np.isfinite(line.mean)) and np.all(np.isfinite(line.slope))):
                raise GlassjaxError(
                    f"{quantity} or its derivatives are not finite here; choose other temperatures or another point"
                )
        return lines


STEP = 1e-3  # of a prior's standard deviation


def curvature(
    target: "Study | Result", *, at: Mapping[str, float] | None = None, exact: bool = False
) -> xr.DataArray:
    """Hessian of the log posterior over the sampling coordinates, at the maximum or ``at`` given values.

    Unlike Fisher's information it includes the curvature of the theory itself, weighted by the residuals, and that of
    the priors; at a maximum of a good fit −Hessian is near F + 1.

    Parameters
    ----------
    target : Study or Result
    at : mapping, optional
        Free parameters by name; the maximum if not given.
    exact : bool
        Differentiate twice (forward over reverse) instead of a central difference of exact gradients. Compilation
        takes several times longer, and the two agree to about six digits.

    Returns
    -------
    xarray.DataArray (parameter, parameter_)
    """
    study = study_of(target)
    z = coordinates(target, at)
    likelihood = study.likelihood
    if exact:
        matrix = np.asarray(quick_jit(jax.hessian(likelihood.log_posterior))(jnp.asarray(z)))
    else:
        matrix = -central_hessian(likelihood, z, np.full_like(z, STEP))
    names = list(likelihood.names)
    return xr.DataArray(
        matrix,
        dims=("parameter", "parameter_"),
        coords={"parameter": names, "parameter_": names},
        name="curvature",
        attrs={
            "units": "1",
            "meaning": "second derivatives of the log posterior by the sampling coordinates",
        },
    )


POINTS = 13


def meant_below(study: "Study", quantities: Sequence[str]) -> np.ndarray:
    """Return temperatures (q,) in K up to which each quantity is meant, by ``Theory.validity`` and the study's T_D."""
    debye = float(np.asarray(study.glass.debye_temperature))
    return np.array([beyond(study.theory.validity, quantity, (), debye)[1] for quantity in quantities])


def temperatures(T: Any) -> np.ndarray:
    """Return ``T`` as a vector of distinct temperatures in K, in rising order."""
    grid = np.unique(np.atleast_1d(temperature_array(T)).ravel())
    if not grid.size:
        raise GlassjaxError("temperatures must be a list of positive numbers in K")
    return grid


def quantity_grids(
    study: "Study", T: Any = None, quantities: Sequence[str] | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return temperatures, by default over the range of all fitted data, and quantities, by default the fitted ones."""
    chosen = study.quantities if quantities is None else tuple(quantities)
    if not chosen:
        raise GlassjaxError("name one quantity at least")
    for quantity in chosen:
        check_quantity(quantity)
    if T is not None:
        return temperatures(T), chosen
    fitted = np.concatenate([block.temperature for block in study.likelihood.blocks])
    return np.unique(np.geomspace(fitted.min(), fitted.max(), POINTS)), chosen


class Conditional:
    """What existing rows say of new ones at ``T`` (m,) in K, for known parameters.

    Given the residuals y − m of the fitted rows, the new ones are normal with mean m(T) + W(y − m) and covariance
    k(T, T) − W k(T_rows, T), W = k(T, T_rows) Σ⁻¹, before their own errors are added (`Block.gain`).
    """

    def __init__(self, study: "Study", quantity: str, T: np.ndarray) -> None:
        self.study, self.quantity, self.T = study, quantity, T
        blocks = study.likelihood.blocks
        self.block: Block | None = next((b for b in blocks if b.quantity == quantity), None)

    @property
    def unit(self) -> float:
        """Unit of the likelihood's scale: 10⁻⁹/K for the expansion."""
        return QUANTITIES[self.quantity].likelihood_unit

    def weights(self, values: dict[str, float], size: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Return W (m, n) and the covariance (m, m) at free parameters ``values``.

        ``size`` is the theory's rms on the likelihood's scale, for the expansion where no row of it is fitted.
        """
        if self.block is not None:
            return self.block.gain(self.T, values)
        found = new_discrepancy(self.study, self.quantity, size)
        empty = np.zeros((len(self.T), 0))
        if found is None:
            return empty, np.zeros((len(self.T), len(self.T)))
        logs = np.log(self.T)
        return empty, gp.covariance(logs, logs, found.amplitude / self.unit, found.length, found.kernel, np)

    def __call__(self, means: np.ndarray, rows: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return conditional means (k, m) and covariances (k or 1, m, m) at k draws ``z`` (k, d).

        ``means`` (k, m) are the theory's at ``T`` and ``rows`` (k, n) those at the distinct fitted temperatures.
        """
        size = float(np.sqrt(np.mean(means**2)))
        if self.block is None:
            return means, self.weights({}, size)[1][None]
        residual = self.block.observed - rows[:, self.block.row]
        if not self.block.moving:
            weights, covariance = self.weights({})
            return means + residual @ weights.T, covariance[None]
        columns = self.study.likelihood.compiled.constrain(jnp.asarray(z))
        moved, covariances = [], []
        for i in range(len(z)):
            weights, covariance = self.weights({name: float(column[i]) for name, column in columns.items()})
            moved.append(means[i] + weights @ residual[i])
            covariances.append(covariance)
        return np.stack(moved), np.stack(covariances)


def new_discrepancy(study: "Study", quantity: str, size: float) -> gp.Discrepancy | None:
    """Discrepancy of a quantity that a study does not fit: as by default there, and none if it has none at all."""
    if not study.discrepancy:
        return None
    amplitude = (
        0.25 if QUANTITIES[quantity].logarithmic else 0.25 * size * QUANTITIES[quantity].likelihood_unit
    )
    return gp.Discrepancy(quantity, amplitude)

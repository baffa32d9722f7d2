"""Which parameters the predictions owe their spread to over the whole prior: Sobol's indices, and Morris's screening.

Sobol (Math. Comput. Simul. 55, 271 (2001)): of the variance of y over the priors, the first-order index S_i =
Var[E(y|θ_i)]/Var(y) is what θ_i explains alone, the total index T_i = 1 − Var[E(y|θ_{∼i})]/Var(y) what would be lost
with it, interactions included; estimated from N(d + 2) evaluations (Saltelli et al., Comput. Phys. Commun. 181, 259
(2010)). Morris (Technometrics 33, 161 (1991)): elementary effects along r random paths of d + 1 points each; the mean
of their sizes μ* ranks parameters, their scatter σ shows curvature and interactions. y is ln κ, ln C or α/10⁻⁹ K⁻¹.

The cube of both is that of the priors' quantiles, cut to their central part as the corners of Morris's grid are its
ends. It has to be stable everywhere: sample ``softening`` in place of ``omega_c``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from ..errors import GlassjaxError, StudyError
from ..fitting.maximise import require_float64
from ..fitting.predictive import barrier_program
from ..fitting.validate import UNSTABLE
from ..results.limits import LEVEL
from ..scalars import check_seed, whole_number
from .batch import Batch, Progress
from .elasticities import study_of
from .slopes import meant_below, quantity_grids

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study

CENTRAL = 0.98
LEVELS = 4  # of Morris's grid
RESAMPLES = 100


def sobol(
    target: "Study | Result",
    *,
    T: Any = None,
    quantities: Sequence[str] | None = None,
    n: int = 256,
    central: float = CENTRAL,
    seed: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Sobol's first-order and total indices over the priors of a study, beside the shares of the linear model.

    Parameters
    ----------
    target : Study or Result
        Its priors and fixed parameters are used; its data are not.
    T : (n,) in K, optional
        13 temperatures over the range of the fitted data if not given.
    quantities : names, optional
        The fitted ones if not given.
    n : int
        Base samples, a power of two; the theory is evaluated n(d + 2) times.
    central : float
        Central part of every prior that is sampled, above 0 and at most 1.
    seed : int, optional
        The study's if not given.
    progress : callable, optional
        Called with how many evaluations are done, and of how many.

    Returns
    -------
    xarray.Dataset
        ``first``, ``total``, their half-widths of the 89 % interval by bootstrap (``first_error``, ``total_error``) and
        ``local`` (quantity, parameter, temperature), the share g_i²/Σg² that the slopes at the priors' medians give;
        ``variance`` (quantity, temperature) of y. Where the theory is not valid (``Theory.validity``) they are NaN.

    Raises
    ------
    GlassjaxError
        If some of the cube describes no stable glass, or a value is not finite.
    """
    n = whole_number(n, "n")
    if n & (n - 1) or n < 2:
        raise StudyError(f"n must be a power of two, as 64 or 256, not {n}")
    plan = _Plan(target, T, quantities, central, seed)
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    problem = plan.problem
    unit = sample.sample(problem, n, calc_second_order=False, seed=plan.seed)
    y = plan.evaluate(unit, progress)
    names = ("first", "total", "first_error", "total_error")
    found = {name: np.zeros(plan.shape) for name in names}
    for q, p in np.ndindex(plan.shape[0], plan.shape[2]):
        if np.ptp(y[q][:, p]) == 0:
            continue
        indices = analyse.analyze(
            problem,
            y[q][:, p],
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=LEVEL,
            seed=plan.seed,
        )
        for name, key in zip(names, ("S1", "ST", "S1_conf", "ST_conf"), strict=True):
            found[name][q, :, p] = indices[key]
    variance = np.stack([np.var(values, axis=0) for values in y])
    found["local"] = local_shares(plan.batch, plan.quantities)
    arrays = {name: (plan.dims, plan.masked(array), {"units": "1"}) for name, array in found.items()}
    arrays["variance"] = (
        ("quantity", "temperature"),
        variance,
        {"units": "square of the likelihood's scale"},
    )
    return plan.dataset(arrays, samples=n, evaluations=len(unit), level=LEVEL)


def morris(
    target: "Study | Result",
    *,
    T: Any = None,
    quantities: Sequence[str] | None = None,
    trajectories: int = 20,
    central: float = CENTRAL,
    seed: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Morris's screening over the priors of a study, with ``trajectories`` (d + 1) evaluations: cheaper than `sobol`.

    Takes what `sobol` takes. Returns ``mu_star`` and ``sigma`` (quantity, parameter, temperature): mean size and
    scatter of the change of ln κ, ln C or α/10⁻⁹ K⁻¹ per whole (central) range of the prior's quantiles, and the
    half-width of the 89 % interval of the former (``mu_star_error``).
    """
    trajectories = whole_number(trajectories, "trajectories")
    if trajectories < 2:
        raise StudyError("a screening needs two trajectories at least")
    plan = _Plan(target, T, quantities, central, seed)
    from SALib.analyze import morris as analyse
    from SALib.sample import morris as sample

    problem = plan.problem
    unit = sample.sample(problem, trajectories, num_levels=LEVELS, seed=plan.seed)
    y = plan.evaluate(unit, progress)
    names = ("mu_star", "sigma", "mu_star_error")
    found = {name: np.zeros(plan.shape) for name in names}
    for q, p in np.ndindex(plan.shape[0], plan.shape[2]):
        effects = analyse.analyze(
            problem,
            unit,
            y[q][:, p],
            num_levels=LEVELS,
            num_resamples=RESAMPLES,
            conf_level=LEVEL,
            seed=plan.seed,
        )
        for name, key in zip(names, ("mu_star", "sigma", "mu_star_conf"), strict=True):
            found[name][q, :, p] = effects[key]
    arrays = {
        name: (plan.dims, plan.masked(array), {"units": "likelihood's scale"})
        for name, array in found.items()
    }
    return plan.dataset(arrays, trajectories=trajectories, evaluations=len(unit), level=LEVEL)


def local_shares(batch: Batch, quantities: Sequence[str], step: float = 1e-3) -> np.ndarray:
    """Shares g_i²/Σg² (q, d, n) of the variance of the linear model at the priors' medians, z = 0.

    The slopes g by the unit normal coordinates are central differences of ``step``.
    """
    d = batch.likelihood.dimension
    y = batch(np.concatenate([step * np.eye(d), -step * np.eye(d)]))
    squares = np.stack([((y[q][:d] - y[q][d:]) / (2 * step)) ** 2 for q in quantities])
    total = squares.sum(axis=1, keepdims=True)
    return np.divide(squares, total, out=np.zeros_like(squares), where=total > 0)


class _Plan:
    """What both methods share: names, temperatures, the map from the unit cube, and the evaluation."""

    dims = ("quantity", "parameter", "temperature")

    def __init__(
        self,
        target: "Study | Result",
        T: Any,
        quantities: Sequence[str] | None,
        central: float,
        seed: int | None,
    ) -> None:
        require_float64()
        if not 0 < central <= 1:
            raise StudyError(f"central must be above 0 and at most 1, not {central!r}")
        self.study, self.central = study_of(target), central
        self.grid, self.quantities = quantity_grids(self.study, T, quantities)
        self.batch = Batch(self.study.likelihood, dict.fromkeys(self.quantities, self.grid))
        self.seed = self.study.seed if seed is None else check_seed(seed)
        self.names = list(self.study.free)
        self.shape = (len(self.quantities), len(self.names), len(self.grid))

    @property
    def problem(self) -> dict[str, Any]:
        """The unit cube, as SALib wants it."""
        return {"num_vars": len(self.names), "names": self.names, "bounds": [[0.0, 1.0]] * len(self.names)}

    def evaluate(self, unit: np.ndarray, progress: Progress | None) -> list[np.ndarray]:
        """Evaluate each quantity (N, n) at points (N, d) of the unit cube."""
        tail = (1 - self.central) / 2
        level = np.clip(tail + self.central * unit, 1e-9, 1 - 1e-9)
        values = {
            name: prior.quantile(level[:, i]) for i, (name, prior) in enumerate(self.study.free.items())
        }
        z = np.asarray(self.study.likelihood.compiled.unconstrain(values))
        unstable = float(np.mean(~(barrier_program(self.study)(z) >= UNSTABLE)))
        if unstable > 0:
            raise GlassjaxError(
                f"{unstable:.1%} of the priors' central {self.central:.0%} describes no stable glass, and indices "
                "need all of it: free softening (0 to 0.9) in place of omega_c, or narrow the priors"
            )
        y = self.batch(z, progress)
        for quantity in self.quantities:
            bad = ~np.isfinite(y[quantity]).all(axis=1)
            if bad.any():
                at = {name: float(column[int(np.argmax(bad))]) for name, column in values.items()}
                raise GlassjaxError(f"{quantity} is not finite at {at}; narrow the priors")
        return [y[quantity] for quantity in self.quantities]

    def masked(self, array: np.ndarray) -> np.ndarray:
        """Put NaN where the theory is not meant (``Theory.validity``), in the array (q, d, n)."""
        limits = meant_below(self.study, self.quantities)
        return np.where(self.grid > limits[:, None, None], np.nan, array)

    def dataset(self, arrays: dict[str, Any], **attributes: Any) -> xr.Dataset:
        return xr.Dataset(
            arrays,
            coords={
                "quantity": list(self.quantities),
                "parameter": self.names,
                "temperature": ("temperature", self.grid, {"units": "K"}),
            },
            attrs={"study": self.study.name, "central": self.central, "seed": self.seed} | attributes,
        )

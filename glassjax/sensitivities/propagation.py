"""Where the uncertainty of a prediction comes from: the share of each parameter in its variance over a posterior.

Parameters of a posterior are correlated, so that no share is a parameter's own. Each gets the mean of what it adds to
the explained variance over all orders in which the parameters can be added: Shapley's value, which for a linear model
is the measure of Lindeman, Merenda and Gold (Grömping, Am. Stat. 61, 139 (2007)); Owen & Prieur (SIAM/ASA J.
Uncertain. Quantif. 5, 986 (2017)) argue for it. Parameters that only matter together share alike. y (ln κ, ln C, or α)
is regressed on the sampling coordinates of the draws, z:

    v(S) = c_Sᵀ C_SS⁻¹ c_S / Var y,    C = Cov z, c = Cov(z, y),

and the shares add up to v of all parameters; what is left is the theory's curvature. With the discrepancy, which is
independent of z once the rows are known, Var y = Var_z E(y|z) + Var(discrepancy | rows): its share stands beside.
"""

import math
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..errors import GlassjaxError
from ..problem.blocks import from_scale
from ..quantities import QUANTITIES
from ..random_streams import generator
from ..results.limits import LEVEL
from ..results.prediction import check_quantity
from ..scalars import whole_number
from .batch import Batch, Progress
from .elasticities import result_of
from .slopes import Conditional, temperatures

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study

MOST = 14  # free parameters, of which all 2^d subsets are taken


def propagate(
    target: "Study | Result",
    quantity: str,
    T: Any,
    *,
    discrepancy: bool = False,
    draws: int = 500,
    seed: int = 0,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Predict a quantity from a posterior, and split its variance among the parameters.

    Parameters
    ----------
    target : Study or Result
        The posterior; for a study, the Gaussian around its maximum, which is found first.
    quantity : {"kappa", "heat-capacity", "expansion"}
    T : (n,) in K
    discrepancy : bool
        Whether to include what the theory misses, so that the prediction is for the glass and not for the theory.
    draws : int
        Draws from the posterior that are evaluated, with the seed ``seed``.
    progress : callable, optional

    Returns
    -------
    xarray.Dataset
        ``share`` (parameter, temperature), adding up with ``curvature`` and ``discrepancy`` (temperature) to one;
        ``median``, ``low`` and ``high`` (temperature) in SI units (89 % interval), and ``sd`` (temperature), of
        ln κ or ln C, or of α in 1/K.
    """
    check_quantity(quantity)
    grid = temperatures(T)
    draws = whole_number(draws, "draws")
    result = result_of(target)
    study = result.study
    d = len(study.free)
    if d > MOST:
        raise GlassjaxError(
            f"shares are over all subsets of the parameters: {d} are too many, {MOST} the most"
        )
    if draws < 4 * d:
        raise GlassjaxError(f"{draws} draws are too few for {d} parameters; take {4 * d} or more")
    z = chosen_draws(result, draws, seed)
    block = next((block for block in study.likelihood.blocks if block.quantity == quantity), None)
    rows = {} if block is None or not discrepancy else {quantity: block.temperature}
    both = np.concatenate([grid, *rows.values()])
    means = Batch(study.likelihood, {quantity: both})(z, progress)[quantity]
    y, extra = means[:, : len(grid)], np.zeros(len(grid))
    if discrepancy:
        y, variance = Conditional(study, quantity, grid)(y, means[:, len(grid) :], z)
        extra = np.diagonal(variance, axis1=1, axis2=2).mean(axis=0)
    total = y.var(axis=0, ddof=1) + extra
    if not np.all(total > 0):
        raise GlassjaxError(f"{quantity} does not vary over these draws: there is nothing to share out")
    shares = shapley_shares(z, y) * (y.var(axis=0, ddof=1) / total)
    noisy = y + np.sqrt(extra) * generator(seed, "discrepancy of analysed predictions").standard_normal(
        y.shape
    )
    low, middle, high = np.quantile(noisy, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2], axis=0)
    known = QUANTITIES[quantity]
    back = partial(from_scale, quantity)
    si = known.unit
    at = "temperature"
    return xr.Dataset(
        {
            "share": (("parameter", at), shares, {"units": "1"}),
            "curvature": (at, 1 - extra / total - shares.sum(axis=0), {"units": "1"}),
            "discrepancy": (at, extra / total, {"units": "1"}),
            "median": (at, back(middle), {"units": si}),
            "low": (at, back(low), {"units": si}),
            "high": (at, back(high), {"units": si}),
            "sd": (at, np.sqrt(total) * known.likelihood_unit, {"units": "1" if known.logarithmic else si}),
        },
        coords={"parameter": list(study.free), at: (at, grid, {"units": "K"})},
        attrs={
            "study": study.name,
            "quantity": quantity,
            "posterior": result.kind,
            "draws": draws,
            "seed": seed,
            "level": LEVEL,
            "with_discrepancy": int(discrepancy),
        },
    )


def chosen_draws(result: "Result", draws: int, seed: int) -> np.ndarray:
    """Return sampling coordinates (draws, d) of random draws from a posterior."""
    columns = np.stack(list(result.draws.values()), axis=1)
    chosen = generator(seed, "draws to analyse").choice(
        len(columns), size=draws, replace=draws > len(columns)
    )
    values = {name: jnp.asarray(columns[chosen, i]) for i, name in enumerate(result.study.free)}
    return np.asarray(result.study.likelihood.compiled.unconstrain(values))


def shapley_shares(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Shares (d, n) of the variance of ``y`` (k, n) that a linear model gives to each column of ``z`` (k, d)."""
    d = z.shape[1]
    centred, answers = z - z.mean(axis=0), y - y.mean(axis=0)
    C, c = centred.T @ centred, centred.T @ answers
    power = np.sum(answers**2, axis=0)
    explained: dict[tuple[int, ...], np.ndarray] = {(): np.zeros(y.shape[1])}
    for size in range(1, d + 1):
        for chosen in combinations(range(d), size):
            part = c[list(chosen)]
            solved = np.linalg.lstsq(C[np.ix_(chosen, chosen)], part, rcond=None)[0]
            explained[chosen] = np.sum(part * solved, axis=0) / power
    shares = np.zeros((d, y.shape[1]))
    for chosen, value in explained.items():
        weight = (
            math.factorial(len(chosen)) * math.factorial(d - len(chosen) - 1) / math.factorial(d)
            if len(chosen) < d
            else 0.0
        )
        for i in range(d):
            if i not in chosen:
                shares[i] += weight * (explained[tuple(sorted((*chosen, i)))] - value)
    return shares

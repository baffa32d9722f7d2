"""Rivals of the power law, right and wrong, and what the exact answers of linear problems are."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from scipy.stats import multivariate_normal

from glassjax import Study
from glassjax.errors import choose
from glassjax.problem.blocks import leave_one_out
from tests.inference.toys import GLASS, PowerLaw, measurement, normal


class Flat(PowerLaw):
    """Knows no temperature: wrong."""

    def thermal_conductivity(self, T, glass):
        return jnp.exp(self.offset + 0.0 * jnp.asarray(T))


class Curved(PowerLaw):
    """Has one parameter more than the data ask for."""

    def thermal_conductivity(self, T, glass):
        logs = jnp.log(jnp.asarray(T))
        return jnp.exp(self.offset + self.slope * logs + self.bend * logs**2)


class Choice(PowerLaw):
    """Any of the laws above by an option; only one of them knows the bend, and one is no law."""

    law: str = eqx.field(static=True, kw_only=True, default="straight")
    steep: bool = eqx.field(static=True, kw_only=True, default=False)

    def __check_init__(self):
        choose(self.law, ("straight", "curved", "broken"), "law")

    def idle(self):
        return {} if self.law == "curved" else {"bend": f"law = '{self.law}' does not use it"}

    def thermal_conductivity(self, T, glass):
        logs = jnp.log(jnp.asarray(T))
        if self.law == "broken":
            return jnp.full_like(logs, jnp.nan)
        bent = self.bend * logs**2 if self.law == "curved" else 0.0
        return jnp.exp(self.offset + self.slope * logs * (2 if self.steep else 1) + bent)


PRIORS = {"offset": normal(0.5, 1.0), "slope": normal(0.5, 0.5), "bend": normal(0.0, 1.0)}
FREE = {PowerLaw: ("offset", "slope"), Flat: ("offset",), Curved: tuple(PRIORS), Choice: tuple(PRIORS)}


def rival(theory=PowerLaw, **changes):
    plan = {
        "name": theory.__name__.lower(),
        "glass": GLASS,
        "theory": theory(),
        "data": [measurement(n=24)],
        "free": {name: PRIORS[name] for name in FREE[theory]},
        "discrepancy": False,
        "sampler": {"starts": 2},
    }
    return Study(**{**plan, **changes})


def exact(study):
    """Leave-one-out log densities (n,) of all rows, and ln Z: parameters integrated out, all is one normal."""
    residuals, designs, sigmas = [], [], []
    for block in study.likelihood.blocks:
        logs = np.log(block.row_temperature)
        steep = 2 if block.quantity == "heat-capacity" else 1
        columns = {"offset": np.ones_like(logs), "slope": steep * logs, "bend": logs**2}
        design = np.stack([columns[name] for name in study.free], axis=1)
        centre = np.array([PRIORS[name]["mean"] for name in study.free])
        residuals.append(block.observed - (1.0 if steep == 2 else 0.0) - design @ centre)
        designs.append(design)
        factor = block.factor({}, np)
        sigmas.append(factor @ factor.T)
    n = sum(len(r) for r in residuals)
    sigma, at = np.zeros((n, n)), 0
    for part in sigmas:
        sigma[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    design, residual = np.concatenate(designs), np.concatenate(residuals)
    spread = np.diag([PRIORS[name]["sd"] ** 2 for name in study.free])
    joint = design @ spread @ design.T + sigma
    return leave_one_out(residual, np.linalg.cholesky(joint)), multivariate_normal.logpdf(residual, cov=joint)

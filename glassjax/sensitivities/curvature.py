"""Second derivatives of the log posterior."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from ..fitting.maximise import central_hessian
from ..problem.compiling import quick_jit
from .point import coordinates, study_of

if TYPE_CHECKING:
    from ..results.result import Result
    from ..study import Study

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

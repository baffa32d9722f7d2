"""What the theory misses: a smooth curve of unknown shape in ln T, marginalised analytically.

The data are good to a few per cent and the theory to some tens. White scatter would hide that and give false
intervals; a Gaussian process keeps neighbouring temperatures together. Its kernel is Matérn-5/2 by default:
twice differentiable, as a missing piece of physics is, where the squared exponential is infinitely smooth,
claims to know the misfit far beyond the data that show it, and makes covariances of dense data nearly
singular.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Float

from ..errors import StudyError, suggest
from ..quantities import QUANTITIES
from ..scalars import as_finite
from .priors import Prior


def _matern(r: Any, xp: ModuleType) -> Any:
    s = math.sqrt(5) * abs(r)
    return (1 + s + s**2 / 3) * xp.exp(-s)


def _squared_exponential(r: Any, xp: ModuleType) -> Any:
    return xp.exp(-(r**2) / 2)


KERNELS: dict[str, Callable[[Any, ModuleType], Any]] = {
    "matern-5/2": _matern,
    "squared-exponential": _squared_exponential,
}
_KEYS = ("amplitude", "length", "kernel")


@dataclass(frozen=True)
class Discrepancy:
    """The discrepancy of one quantity.

    ``amplitude`` is its standard deviation: of ln κ and ln C, and in 1/K for the expansion; ``length`` is its
    correlation length in ln T. Inside programs that studies share they are arrays.
    """

    quantity: str
    amplitude: Any = 0.25
    length: Any = 0.5
    kernel: str = "matern-5/2"

    @property
    def names(self) -> tuple[str, str]:
        """Names of its two parameters among a study's free ones."""
        return f"discrepancy.{self.quantity}.amplitude", f"discrepancy.{self.quantity}.length"


def covariance(
    first: Float[ArrayLike, " n"],
    second: Float[ArrayLike, " m"],
    amplitude: ArrayLike,
    length: ArrayLike,
    kernel: str,
    xp: ModuleType = jnp,
) -> Any:
    """Covariance (n, m) of the discrepancy between ln T ``first`` and ``second``: amplitude² k(Δ ln T/length).

    ``xp`` is NumPy where all numbers are known, so that nothing is compiled for them.
    """
    distance = xp.asarray(first)[:, None] - xp.asarray(second)[None, :]
    return amplitude**2 * KERNELS[kernel](distance / length, xp)


def factor(matrix: Any, xp: ModuleType = jnp) -> Any:
    """Cholesky factor (lower) of a covariance (n, n), its diagonal raised as far as rounding requires."""
    n = matrix.shape[0]
    raised = matrix + addition(xp.diagonal(matrix), n, xp) * xp.eye(n, dtype=matrix.dtype)
    return xp.linalg.cholesky(raised)


def addition(diagonal: Any, n: Any, xp: ModuleType = jnp) -> Any:
    """How far the diagonal of a covariance of ``n`` rows is raised."""
    return 4 * n * float(xp.finfo(diagonal.dtype).eps) * xp.max(diagonal)


def parse_discrepancies(
    spelling: Any, amplitudes: Mapping[str, float]
) -> tuple[dict[str, Discrepancy], dict[str, Prior]]:
    """Read the ``discrepancy`` entry of a study for its fitted quantities, the keys of ``amplitudes``.

    ``False`` switches it off, for all quantities or for one; a number fixes an amplitude or a length and a
    distribution makes it free. What is not mentioned keeps its default, which is on, with the amplitude in
    ``amplitudes``. Returns the discrepancies and the priors of their free parameters by name.
    """
    if spelling is None or spelling is True:
        spelling = {}
    if spelling is False:
        spelling = dict.fromkeys(amplitudes, False)
    if not isinstance(spelling, Mapping):
        raise StudyError(f"discrepancy must be false or a table for each quantity, not {spelling!r}")
    for quantity in spelling:
        if quantity not in QUANTITIES:
            raise StudyError(
                f"[discrepancy.{quantity}] names no quantity{suggest(quantity, QUANTITIES)}; there are "
                f"{', '.join(QUANTITIES)}"
            )
    found: dict[str, Discrepancy] = {}
    free: dict[str, Prior] = {}
    for quantity, amplitude in amplitudes.items():
        entry = spelling.get(quantity, {})
        if entry is False:
            continue
        if isinstance(entry, Discrepancy):
            found[quantity] = entry
            continue
        if not isinstance(entry, Mapping):
            raise StudyError(
                f"discrepancy.{quantity} must be false or a table of {', '.join(_KEYS)}, not {entry!r}"
            )
        found[quantity] = _parse_one(Discrepancy(quantity, amplitude), entry, free)
    return found, free


def _parse_one(default: Discrepancy, entry: Mapping[str, Any], free: dict[str, Prior]) -> Discrepancy:
    where = f"discrepancy.{default.quantity}"
    for key in entry:
        if key not in _KEYS:
            raise StudyError(
                f"[{where}] has no key '{key}'{suggest(key, _KEYS)}; its keys are {', '.join(_KEYS)}"
            )
    kernel = entry.get("kernel", default.kernel)
    if kernel not in KERNELS:
        raise StudyError(
            f"[{where}] has the unknown kernel '{kernel}'{suggest(str(kernel), KERNELS)}; "
            f"there are {', '.join(KERNELS)}"
        )
    numbers = {"amplitude": default.amplitude, "length": default.length}
    for key in ("amplitude", "length"):
        value = entry.get(key)
        if value is None:
            continue
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            number = as_finite(value)
            if number is None or number <= 0:
                raise StudyError(f"{where}.{key} must be a positive number or a distribution, not {value!r}")
            numbers[key] = number
            continue
        name = f"{where}.{key}"
        free[name] = Prior.parse(value, name)
        if free[name].support[0] < 0:
            raise StudyError(
                f"the prior of '{name}' must keep to positive values; use a half-normal or a log-normal"
            )
        numbers[key] = free[name].median
    return Discrepancy(default.quantity, numbers["amplitude"], numbers["length"], kernel)

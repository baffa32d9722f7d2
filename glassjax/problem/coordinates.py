"""Sampling coordinates: nearly the normal score of each parameter under its own prior.

x = F⁻¹(Φ(w)), with F the prior's distribution function and Φ the normal one, makes every prior a unit normal
in w. What the data do not determine is then a Gaussian, its tails at the bounds of uniform and half-normal
priors included, where logarithms and logits (NumPyro's ``biject_to``) leave long exponential ones: on
silica, with c piling up at 0 and γ₀ at its bound, trajectories are half as long, twice as many draws are
effective, and Laplace's approximation is better.

Φ is replaced by the logistic function of t(w) = a w + b w³, which differs from it by 1.4·10⁻⁴ at most
(Bowling et al. 2009) and has closed inverses: the maps and their Jacobians are exact, cheap to evaluate and
quick to compile, and only "unit normal" is approximate. A beta prior takes the map of the uniform one.
"""

import abc
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float
from numpyro.distributions import constraints
from numpyro.distributions.transforms import Transform

from ..backend import require_backend
from .compiling import Programs, made_once
from .priors import Prior, log_of

A, B = 1.5976, 0.07056


def logit_of_score(w: Any) -> Any:
    """t(w) = a w + b w³, the logit of Φ(w) to 1.4·10⁻⁴ in Φ."""
    return w * (A + B * w**2)


def score_of_logit(t: Any) -> Any:
    """Solve a w + b w³ = t for w."""
    return 2 * math.sqrt(A / (3 * B)) * jnp.sinh(jnp.arcsinh(t * (1.5 / A) * math.sqrt(3 * B / A)) / 3)


def _log_slope(w: Any) -> Any:
    """Return ln dt/dw."""
    return jnp.log(A + 3 * B * w**2)


def _distribution(w: Any) -> Any:
    """Φ(w), as approximated, of a number or an array."""
    if isinstance(w, jax.Array):
        return jax.nn.sigmoid(jnp.clip(logit_of_score(w), -700.0, 700.0))
    return 1 / (1 + math.exp(-min(max(logit_of_score(w), -700.0), 700.0)))


class NormalScore(Transform):
    """The map w -> x of a prior, as a NumPyro transform."""

    def __init__(self, prior: Prior) -> None:
        self.prior = prior
        self.values = dict(prior.numbers)

    @property
    def domain(self) -> Any:
        """All real numbers."""
        return constraints.real

    @property
    def codomain(self) -> Any:
        """Support of the prior."""
        return self.prior.to_numpyro().support

    def __call__(self, x: Any) -> Any:
        """Parameter at the coordinate ``x``."""
        w, values = jnp.asarray(x), self.values
        kind, (low, high) = self.prior.distribution, self.prior.support
        if kind == "log-normal":
            return values["median"] * jnp.exp(values["spread"] * w)
        if kind == "normal" and not self._truncated:
            return values["mean"] + values["sd"] * w
        t = logit_of_score(w)
        if kind == "half-normal":
            # logit[(1 + p)/2] = ln(1 + 2eᵗ) for p the logistic function of t
            return values["scale"] * score_of_logit(jnp.logaddexp(0.0, t + math.log(2)))
        if kind == "normal":
            return values["mean"] + values["sd"] * score_of_logit(self._inner(t)[0])
        return low + (high - low) * jax.nn.sigmoid(t)

    def _inverse(self, y: Any) -> Any:
        """Coordinate of the parameter ``y``."""
        x, values = jnp.asarray(y), self.values
        kind, (low, high) = self.prior.distribution, self.prior.support
        if kind == "log-normal":
            return jnp.log(x / values["median"]) / values["spread"]
        if kind == "normal" and not self._truncated:
            return (x - values["mean"]) / values["sd"]
        if kind == "half-normal":
            t = jnp.log(jnp.expm1(logit_of_score(x / values["scale"]))) - math.log(2)
        elif kind == "normal":
            below, above = self._ends
            inner = logit_of_score((x - values["mean"]) / values["sd"])
            q, rest = jax.nn.sigmoid(inner), jax.nn.sigmoid(-inner)
            # p = (q - below)/(above - below), 1 - p likewise from the other side
            t = jnp.log(q * (1 - below) - rest * below) - jnp.log(rest * above - q * (1 - above))
        else:
            t = jnp.log(x - low) - jnp.log(high - x)
        return score_of_logit(t)

    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any:
        """Return ln dx/dw."""
        del intermediates, y
        w, values = jnp.asarray(x), self.values
        kind, (low, high) = self.prior.distribution, self.prior.support
        if kind == "log-normal":
            return log_of(values["median"] * values["spread"]) + values["spread"] * w
        if kind == "normal" and not self._truncated:
            return jnp.full_like(w, log_of(values["sd"]))
        t, slope = logit_of_score(w), _log_slope(w)
        if kind == "half-normal":
            shifted = t + math.log(2)
            outer = score_of_logit(jnp.logaddexp(0.0, shifted))
            return log_of(values["scale"]) + jax.nn.log_sigmoid(shifted) + slope - _log_slope(outer)
        if kind == "normal":
            inner, log_change = self._inner(t)
            return log_of(values["sd"]) + log_change + slope - _log_slope(score_of_logit(inner))
        return log_of(high - low) + jax.nn.log_sigmoid(t) + jax.nn.log_sigmoid(-t) + slope

    @property
    def _truncated(self) -> bool:
        return "low" in self.values or "high" in self.values

    @property
    def _ends(self) -> tuple[Any, Any]:
        """Φ, as approximated, at the two ends of a truncated normal."""
        mean, sd = self.values["mean"], self.values["sd"]
        scores = ((end - mean) / sd for end in self.prior.support)
        below, above = (_distribution(w) for w in scores)
        return below, above

    def _inner(self, t: Any) -> tuple[Any, Any]:
        """Logit of below + (above − below) p for p the logistic function of ``t``, and ln of its derivative in t."""
        below, above = self._ends
        p, rest = jax.nn.sigmoid(t), jax.nn.sigmoid(-t)
        q = below * rest + above * p
        other = (1 - below) * rest + (1 - above) * p
        log_change = log_of(above - below) + jnp.log(p) + jnp.log(rest) - jnp.log(q) - jnp.log(other)
        return jnp.log(q) - jnp.log(other), log_change

    def tree_flatten(self) -> Any:
        """Leaves of the pytree: none, all numbers are known."""
        return (), ((), {"prior": self.prior})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NormalScore) and other.prior == self.prior

    def __hash__(self) -> int:
        return hash(self.prior)


class Compiled(NamedTuple):
    """Compiled `Coordinates.constrain` and `Coordinates.unconstrain`."""

    constrain: Any
    unconstrain: Any


class Coordinates(abc.ABC):
    """A posterior over the sampling coordinates z (d,) of free parameters, in the order of ``free``, with its prior."""

    observed: Any

    def __init__(self, free: Mapping[str, Prior]) -> None:
        require_backend()
        self.names = tuple(free)
        self.distributions = {name: prior.to_numpyro() for name, prior in free.items()}
        self.transforms = {name: NormalScore(prior) for name, prior in free.items()}
        self.made = Programs()

    @property
    def kernels(self) -> Programs:
        """Kernels of NUTS by their settings; see `glassjax.fitting.sample`."""
        return self.made.once("kernels", Programs)

    @property
    def dimension(self) -> int:
        """Number of free parameters d."""
        return len(self.names)

    @property
    def data(self) -> Any:
        """What compiled programs take besides coordinates, to be handed on as it is: the measured rows."""
        return self.observed

    def constrain(self, z: Float[Array, "*n d"]) -> dict[str, Array]:
        """Parameters by name at the sampling coordinates ``z`` (d,), or (..., d)."""
        return {name: self.transforms[name](z[..., i]) for i, name in enumerate(self.names)}

    def unconstrain(self, values: Mapping[str, ArrayLike]) -> Float[Array, "*n d"]:
        """Return sampling coordinates (d,) of parameters by name, or (..., d)."""
        columns = [self.transforms[name].inv(jnp.asarray(values[name])) for name in self.names]
        return jnp.stack(columns, axis=-1)

    @property
    @made_once
    def compiled(self) -> "Compiled":
        """The maps between coordinates as single compiled functions, for use outside of others."""
        return Compiled(jax.jit(self.constrain), jax.jit(self.unconstrain))

    def log_prior(self, z: Float[Array, " d"]) -> Array:
        """Log prior density over the sampling coordinates ``z`` (d,)."""
        total = jnp.zeros(())
        for i, name in enumerate(self.names):
            value = self.transforms[name](z[i])
            total += self.distributions[name].log_prob(value)
            total += self.transforms[name].log_abs_det_jacobian(z[i], value)
        return total

    @property
    @made_once
    def log_prior_gradient(self) -> Any:
        """Compiled gradient (d,) of `log_prior`."""
        return jax.jit(jax.grad(self.log_prior))

    @abc.abstractmethod
    def evaluate(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Potential, minus the log posterior density, and its gradient (d,) at ``z`` (d,), as plain numbers."""

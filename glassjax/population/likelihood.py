"""The posterior of a population in sampling coordinates, put together from those of its members."""

import copy
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from ..cores import cores
from ..problem.compiling import Programs, made_once
from ..problem.coordinates import Coordinates
from .shared import PARTS

Observed = dict[str, dict[str, np.ndarray]]
Parts = dict[str, Array]


class PopulationLikelihood(Coordinates):
    """What the engine needs of a population, as `Likelihood` is of a study.

    U_g(z_g) is the potential of the member g over its own coordinates, in which a shared parameter is
    w = (ln θ - ln m₀)/τ₀ with the prior N(0, 1) of a glass alone. With the medians and spreads h = (m, τ, …),

        U(z) = -ln p(h) + Σ_g {U_g(z_g) + ln N(w_g; 0, 1) - ln N(s_g; 0, 1)},  s_g = (ln θ_g - ln m)/τ.

    The coordinates hold the scores s_g ("non-centred"; Papaspiliopoulos, Roberts & Sköld, Stat. Sci. 22, 59 (2007)),
    whose density has a maximum; one over the w_g grows without bound as τ → 0. A glass that determines θ_g better
    than the population does is sampled in w_g instead, see `centred`: its density is then N(w_g; (ln m - ln m₀)/τ₀,
    τ/τ₀) in place of N(s_g; 0, 1).
    """

    def __init__(self, population: Any) -> None:
        super().__init__(population.free)
        self.population = population
        self.members = {name: study.likelihood for name, study in population.members.items()}
        place = {name: i for i, name in enumerate(self.names)}
        self._medians, self._spreads = (
            np.array([place[f"{name}.{part}"] for name in population.shared]) for part in PARTS
        )
        alone = [dict(entry.alone.numbers) for entry in population.shared.values()]
        self._log_median = np.log([numbers["median"] for numbers in alone])
        self._spread = np.array([numbers["spread"] for numbers in alone])
        self.index, self._shared = {}, {}
        for name, likelihood in self.members.items():
            self.index[name] = np.array([place[f"{name}.{own}"] for own in likelihood.names])
            self._shared[name] = np.array([likelihood.names.index(own) for own in population.shared])
        self._by_value = {name: np.zeros(len(population.shared), dtype=bool) for name in self.members}
        self.observed: Observed = {name: likelihood.observed for name, likelihood in self.members.items()}

    def centred(self, by_value: Mapping[str, np.ndarray]) -> "PopulationLikelihood":
        """Return the likelihood over w_g in place of s_g where ``by_value`` (shared,) of a member says so."""
        other = copy.copy(self)
        other.made = Programs()
        other._by_value = dict(by_value)
        return other

    def recentred(
        self, by_value: Mapping[str, np.ndarray], centre: np.ndarray, covariance: np.ndarray
    ) -> "tuple[PopulationLikelihood, np.ndarray, np.ndarray]":
        """Return `centred`, and a Gaussian over the scores, ``centre`` (d,) and ``covariance`` (d, d), in its place."""
        other = self.centred(by_value)
        z = jnp.asarray(centre)
        slope = np.asarray(jax.jacobian(other.values)(z))
        return other, np.asarray(other.values(z)), slope @ covariance @ slope.T

    def population_at(self, z: Array) -> tuple[Array, Array]:
        """Return ln m and τ (shared,) at ``z`` (..., d), each (..., shared)."""
        m, tau = (
            jnp.stack([self.transforms[self.names[i]](z[..., i]) for i in places], axis=-1)
            for places in (self._medians, self._spreads)
        )
        return jnp.log(m), tau

    def parts(self, z: Float[Array, "*n d"]) -> Parts:
        """Return the coordinates (..., d_g) of every member at ``z`` (..., d)."""
        z = jnp.asarray(z)
        log_m, tau = self.population_at(z)
        found = {}
        for name, index in self.index.items():
            own, shared = z[..., index], self._shared[name]
            score = (log_m + tau * own[..., shared] - self._log_median) / self._spread
            value = jnp.where(self._by_value[name], own[..., shared], score)
            found[name] = own.at[..., shared].set(value)
        return found

    def values(self, z: ArrayLike) -> Array:
        """Return the coordinates (..., d) with w_g for some glasses, from those with s_g for all: undoes `scores`."""
        z = jnp.asarray(z)
        log_m, tau = self.population_at(z)
        for name, index in self.index.items():
            places = index[self._shared[name]]
            value = (log_m + tau * z[..., places] - self._log_median) / self._spread
            z = z.at[..., places].set(jnp.where(self._by_value[name], value, z[..., places]))
        return z

    def scores(self, z: np.ndarray) -> np.ndarray:
        """Return the coordinates (..., d) with s_g for all glasses, from those with w_g for some."""
        log_m, tau = (np.asarray(x) for x in self.population_at(jnp.asarray(z)))
        found = np.array(z)
        for name, index in self.index.items():
            places = index[self._shared[name]]
            score = (self._log_median + self._spread * z[..., places] - log_m) / tau
            found[..., places] = np.where(self._by_value[name], score, z[..., places])
        return found

    def constrain(self, z: Float[Array, "*n d"]) -> dict[str, Array]:
        """Parameters by name at the sampling coordinates ``z`` (d,), or (..., d)."""
        common = {self.names[i]: self.transforms[self.names[i]](z[..., i]) for i in self._common}
        members = {
            f"{name}.{own}": value
            for name, part in self.parts(z).items()
            for own, value in self.members[name].constrain(part).items()
        }
        return {name: (common | members)[name] for name in self.names}

    def unconstrain(self, values: Mapping[str, ArrayLike]) -> Float[Array, "*n d"]:
        """Return sampling coordinates (d,) of parameters by name, or (..., d)."""
        z = super().unconstrain(values)  # with w_g for every glass
        log_m, tau = self.population_at(z)
        for name, index in self.index.items():
            places = index[self._shared[name]]
            score = (self._log_median + self._spread * z[..., places] - log_m) / tau
            z = z.at[..., places].set(jnp.where(self._by_value[name], z[..., places], score))
        return z

    @property
    def _common(self) -> np.ndarray:
        return np.concatenate([self._medians, self._spreads])

    def _log_ratio(self, z: Array) -> Array:
        """Log of the population's prior over that of the glasses alone, at ``z`` (d,)."""
        common = [self.names[i] for i in self._common]
        total = sum(
            self.distributions[name].log_prob(self.transforms[name](z[i]))
            + self.transforms[name].log_abs_det_jacobian(z[i], None)
            for name, i in zip(common, self._common, strict=True)
        )
        log_m, tau = self.population_at(z)
        for name, part in self.parts(z).items():
            w = part[self._shared[name]]
            s = (self._log_median + self._spread * w - log_m) / tau
            width = jnp.where(self._by_value[name], jnp.log(tau / self._spread), 0.0)
            total = total + jnp.sum((w**2 - s**2) / 2 - width)
        return jnp.asarray(total)

    def log_posterior(self, z: Float[Array, " d"]) -> Array:
        """Log posterior density (not normalised) over the sampling coordinates ``z`` (d,)."""
        parts = self.parts(z)
        return self._log_ratio(z) + sum(
            likelihood.log_posterior(parts[name]) for name, likelihood in self.members.items()
        )

    def differentiate(
        self, z: Float[Array, " d"], observed: Mapping[str, Mapping[str, ArrayLike]]
    ) -> tuple[tuple[Array, dict[str, Any]], Float[Array, " d"]]:
        """Return potential, nothing, and gradient (d,), for use inside other programs.

        Each member is a loop of one turn: XLA compiles loops one by one, where it takes many times as long for all
        members as a single piece of code. Branches of a conditional would compile as fast and run four times slower, as
        their constants are copied. Means of the rows are left out.
        """
        value, gradient = jax.value_and_grad(self._log_ratio)(z)
        value, gradient = -value, -gradient
        turns = jnp.where(jnp.any(jnp.isnan(z)), 2, 1)  # not known before it runs

        for name, likelihood in self.members.items():

            def turn(
                i: Array, before: Any, name: str = name, likelihood: Any = likelihood
            ) -> tuple[Array, Array]:
                del i, before
                part, pull = jax.vjp(lambda z: self.parts(z)[name], z)
                (own, _), slope = likelihood.differentiate(part, observed[name])
                return own, pull(slope)[0]

            own, slope = jax.lax.fori_loop(0, turns, turn, (jnp.zeros_like(value), jnp.zeros_like(gradient)))
            value, gradient = value + own, gradient + slope
        return (value, {}), gradient

    @property
    @made_once
    def _spread_out(self) -> Any:
        return jax.jit(lambda z: (self.parts(z), self._log_ratio(z)))

    @property
    @made_once
    def _pull(self) -> Any:
        def pull(z: Array, slopes: Parts) -> Array:
            (_, log_ratio), back = jax.vjp(lambda z: (self.parts(z), self._log_ratio(z)), z)
            return back((slopes, -jnp.ones_like(log_ratio)))[0]

        return jax.jit(pull)

    def evaluate(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        """Potential and its gradient (d,) at ``z`` (d,); each member is a program of its own, side by side."""
        self._compile()
        at = jnp.asarray(z, dtype=float)
        parts, log_ratio = self._spread_out(at)
        value, slopes = -float(log_ratio), {}
        with ThreadPoolExecutor(cores()) as pool:
            answers = pool.map(
                lambda name: self.members[name].evaluate(np.asarray(parts[name])), self.members
            )
            for name, (own, slope) in zip(self.members, answers, strict=True):
                value += own
                slopes[name] = jnp.asarray(slope)
        return value, np.asarray(self._pull(at, slopes))

    def _compile(self) -> None:
        """Compile the members side by side; they are traced one after the other, as NumPyro's handlers want it."""
        waiting = {
            name: likelihood for name, likelihood in self.members.items() if not likelihood.compiled_ahead
        }
        if waiting:
            lowered = {name: likelihood.lower() for name, likelihood in waiting.items()}
            with ThreadPoolExecutor(cores()) as pool:
                programs = pool.map(lambda name: lowered[name].compile(), waiting)
                for name, program in zip(waiting, programs, strict=True):
                    waiting[name].use(program)

"""Theories with known answers, which show that the engine does not know what it fits."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from glassjax import Glass, Measurement, Theory
from glassjax.theory import Parameter
from glassjax.validity import VALIDITY

GLASS = Glass(
    name="toy", glass_temperature=1000.0, debye_temperature=300.0, density=2000.0, sound_speed=3000.0
)


class PowerLaw(Theory):
    """Linear on the scale of the likelihood: ln κ = offset + slope ln T, ln C likewise, α = (bend + T) 10⁻⁹."""

    validity = VALIDITY["debye"]

    offset: Any = 0.0
    slope: Any = 1.0
    bend: Any = 0.0

    @classmethod
    def parameters(cls):
        return (
            Parameter("offset", "a", "", -np.inf, np.inf, "ln κ at 1 K"),
            Parameter("slope", "b", "", -np.inf, np.inf, "exponent"),
            Parameter("bend", "h", "K", -np.inf, np.inf, "expansion at 0 K, in 1e-9"),
        )

    def thermal_conductivity(self, T, glass):
        return jnp.exp(self.offset + self.slope * jnp.log(jnp.asarray(T)))

    def heat_capacity(self, T, glass, *, time=10.0):
        return jnp.exp(self.offset + 1 + 2 * self.slope * jnp.log(jnp.asarray(T)))

    def thermal_expansion(self, T, glass, *, time=10.0):
        return (self.bend + jnp.asarray(T)) * 1e-9


class Folded(PowerLaw):
    """The data see only the square of the slope: two equal maxima."""

    def thermal_conductivity(self, T, glass):
        return jnp.exp(self.offset + self.slope**2 * jnp.log(jnp.asarray(T)))


class Cliff(PowerLaw):
    """Unstable above a slope of 1.2, where κ is not even a number and only the barrier speaks."""

    def log_barrier(self, glass):
        import jax

        return -0.5 * jax.nn.softplus((jnp.asarray(self.slope) - 1.15) / 0.01) ** 2

    def thermal_conductivity(self, T, glass):
        slope = jnp.minimum(jnp.asarray(self.slope), 1.2)
        return jnp.exp(self.offset + slope * jnp.log(jnp.asarray(T)))


def measurement(quantity="kappa", *, n=12, offset=0.3, slope=0.8, noise=0.1, seed=1, scale=0.0, **changes):
    """Simulated power-law data with relative errors ``noise``."""
    rng = np.random.default_rng(seed)
    T = np.geomspace(0.2, 20.0, n)
    truth = {
        "kappa": np.exp(offset + slope * np.log(T)),
        "heat-capacity": np.exp(offset + 1 + 2 * slope * np.log(T)),
        "expansion": (0.5 + T) * 1e-9,
    }[quantity]
    value = truth * np.exp(noise * rng.standard_normal(n)) if quantity != "expansion" else truth
    return Measurement(
        name=f"toy-{quantity}",
        quantity=quantity,
        temperature=T,
        value=value,
        error=noise * np.abs(value),
        scale_error=scale,
        sha256="0" * 64,
        **changes,
    )


def normal(mean, sd):
    return {"distribution": "normal", "mean": mean, "sd": sd}

"""A stand-in for Lubchenko and Wolynes' theory in examples: its parameters, answers of its size, quick to compile."""

import jax.numpy as jnp

from glassjax.lubchenko_wolynes.model import LubchenkoWolynes

__all__ = ["Sketch"]


class Sketch(LubchenkoWolynes):
    """Two-level systems below, a floor above, and some dependence on every parameter."""

    def thermal_conductivity(self, T, glass):
        x = jnp.asarray(T) / glass.debye_temperature
        path = self.R / (1 + self.B * x) * x**self.c + 30 * (1 + self.omega_c) * x
        return glass.kappa_unit * 7.2 * x**2 * path / (1 + 60 * x**2) + self.floor * 1e-5

    def heat_capacity(self, T, glass, *, time=10.0):
        T = jnp.asarray(T)
        return 0.0147 * self.A1 * (1 + 1e-3 * self.B) * T ** (1 + self.c) + 2e-3 * T**3

    def thermal_expansion(self, T, glass, *, time=10.0):
        T = jnp.asarray(T)
        return 1.2e-10 * self.gamma0 * T + self.lattice_b * T**3

"""A material's constants and what follows from them: the only place where SI meets reduced units."""

import math
from functools import partial
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array
from scipy import constants as si

from .errors import GlassjaxError, suggest
from .scalars import as_finite, has_unit, number_array

# name -> (mathtext symbol, unit, meaning)
GLASS_CONSTANTS: dict[str, tuple[str, str, str]] = {
    "glass_temperature": ("T_g", "K", "glass transition temperature"),
    "debye_temperature": ("T_D", "K", "Debye temperature of the beads, ħω_D/k_B"),
    "density": (r"\rho", "kg/m3", "mass density"),
    "sound_speed": ("c_s", "m/s", "mean speed of sound"),
    "fragility": ("D", "", "Vogel-Fulcher fragility D of Eq. 1"),
}


def _in_unit(constant: str, value: Any) -> Any:
    """Return a constant that carries a unit, or is a masked array, as plain numbers in the unit of that constant."""
    if not (has_unit(value) or isinstance(value, np.ma.MaskedArray)):
        return value
    unit = GLASS_CONSTANTS[constant][1].replace("m3", "m**3")
    array = number_array(value, constant, unit)
    return array if array.ndim else float(array)


def check_glass(glass: Any) -> None:
    """Refuse what is no glass."""
    if not isinstance(glass, Glass):
        name = f"; gj.load_glass({glass!r}) reads one by its name" if isinstance(glass, str) else ""
        kind = repr(glass) if isinstance(glass, str) else f"of the type {type(glass).__name__}"
        raise GlassjaxError(f"the glass must be a glassjax.Glass, not {kind}{name}")


class Glass(eqx.Module):
    """Constants of one glass (theory of Lubchenko & Wolynes, Sec. II and Eq. 18).

    A pytree whose leaves are the five constants, so that a fit may free any of them and gradients with respect to
    them exist.

    Parameters
    ----------
    name : str
        Label of the material; not a leaf.
    glass_temperature : scalar
        T_g in K.
    debye_temperature : scalar
        T_D = ħω_D/k_B in K, of the beads: 342 K for silica, not the elastic 494 K.
    density : scalar
        ρ in kg/m³.
    sound_speed : scalar
        c_s in m/s.
    fragility : scalar
        D of Eq. 1, about 5 (fragile) to 100 (strong); smears the phonon cut-off by 1/√D.

    Raises
    ------
    GlassjaxError
        If a constant is not a positive number.
    """

    glass_temperature: ArrayLike = eqx.field(kw_only=True, converter=partial(_in_unit, "glass_temperature"))
    debye_temperature: ArrayLike = eqx.field(kw_only=True, converter=partial(_in_unit, "debye_temperature"))
    density: ArrayLike = eqx.field(kw_only=True, converter=partial(_in_unit, "density"))
    sound_speed: ArrayLike = eqx.field(kw_only=True, converter=partial(_in_unit, "sound_speed"))
    fragility: ArrayLike = eqx.field(kw_only=True, default=30.0, converter=partial(_in_unit, "fragility"))
    name: str = eqx.field(kw_only=True, static=True, default="glass")

    def __check_init__(self) -> None:
        """Refuse constants that no material has; traced values, and arrays of many materials, are let through."""
        for constant, (_, unit, _) in GLASS_CONSTANTS.items():
            value = getattr(self, constant)
            if isinstance(value, Tracer):
                continue
            if not isinstance(value, int | float):
                array = number_array(value, f"glass '{self.name}': {constant}")
                if array.ndim:
                    continue
                value = float(array)
            number = as_finite(value)
            if number is None or number <= 0:
                wanted = f"a positive number{' in ' + unit if unit else ''}"
                raise GlassjaxError(f"glass '{self.name}': {constant} must be {wanted}, not {value!r}")

    def replace(self, **constants: Any) -> "Glass":
        """Return the same glass with some constants (or the name) changed."""
        values = {name: getattr(self, name) for name in (*GLASS_CONSTANTS, "name")}
        for name in constants:
            if name not in values:
                raise GlassjaxError(f"a glass has no constant '{name}'{suggest(name, values)}")
        return Glass(**{**values, **constants})

    @property
    def tg(self) -> ArrayLike:
        """T_g/T_D, the ratio the paper writes T_g/ω_D."""
        return self.glass_temperature / self.debye_temperature

    @property
    def debye_frequency(self) -> ArrayLike:
        """ω_D = k_B T_D/ħ in rad/s."""
        return self.debye_temperature * (si.k / si.hbar)

    @property
    def lattice_spacing(self) -> ArrayLike:
        """Size of a bead a = (c_s/ω_D)(6π²)^{1/3} in m."""
        return self.sound_speed / self.debye_frequency * (6 * math.pi**2) ** (1 / 3)

    @property
    def bead_volume(self) -> ArrayLike:
        """Volume of a bead a³ in nm³, of factors of order one: compiled in float32, slopes of m³ leave its range."""
        spacing = (self.sound_speed * 1e-3) / (self.debye_temperature * (si.k / si.hbar * 1e-12))
        return 6 * math.pi**2 * spacing**3

    @property
    def bulk_modulus(self) -> ArrayLike:
        """K = ρ c_s²/3 in Pa (scalar elasticity, three branches)."""
        return self.density * self.sound_speed**2 / 3

    @property
    def coupling(self) -> Array:
        """Coupling of a two-level system to phonons g = √(ρ c_s² a³ k_B T_g) in J (Eq. 18)."""
        elastic = self.density * self.sound_speed**2 * self.bead_volume * (1e-27 / si.eV)
        return jnp.sqrt(elastic * (self.glass_temperature * (si.k / si.eV))) * si.eV

    def domain_size(self, xi: ArrayLike = 5.8) -> ArrayLike:
        """Size ξ of a cooperative region in m, for ``xi`` = ξ/a."""
        return xi * self.lattice_spacing

    def density_of_states(self, xi: ArrayLike = 5.8) -> ArrayLike:
        """P̄ = 1/(k_B T_g ξ³) in 1/(J m³) (Sec. III.B, without a number); some 10⁴⁵, beyond float32."""
        return 1e50 / (self.glass_temperature * (si.k * 1e23) * (xi**3 * self.bead_volume))

    @property
    def kappa_unit(self) -> ArrayLike:
        """k_B³T_D²/(πħ²c_s) in W/(m K), the unit of Fig. 1 and 19; built from factors of order one."""
        return (si.k * 1e23) * (self.debye_frequency / 1e13) ** 2 * 1e3 / (math.pi * self.sound_speed)

"""From measured units to the axes of the paper's figures."""

from scipy import constants as si

from ..glass import Glass
from ..lubchenko_wolynes.units import XI

__all__ = ["heat_axis"]


def heat_axis(glass: Glass) -> float:
    """Return what turns J/(kg K) into k_B per domain: ρ ξ³/k_B (caption of Fig. 15, with a from c_s and ω_D)."""
    return float(glass.density * glass.domain_size(XI) ** 3 / si.k)

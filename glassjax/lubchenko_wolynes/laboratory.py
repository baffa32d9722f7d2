"""What parameters mean in units of the laboratory: lengths, energies and frequencies that follow from them.

All functions are elementwise in NumPy, in double precision whatever JAX is set to, so that the draws of a posterior
take one call.
"""

import math

import numpy as np
from jax.typing import ArrayLike
from scipy import constants as si
from scipy.special import gamma, zeta

from ..glass import Glass
from . import mixing, walls
from .conductivity import CALIBRATION
from .landscape import XI

__all__ = ["cutoff_frequency", "lowest_ripplon", "thermal_path", "tunnelling_strength"]


def tunnelling_strength(R: ArrayLike, *, saturation: bool = False) -> ArrayLike:
    """Tunnelling strength C = P̄γ²/ρc_s² of the standard tunnelling model with the same κ at low T.

    With the tanh of Eq. 19 (``saturation``) λ/2πl = πC tanh(1/2) at ħω = k_BT, so C = 1/(2π² R tanh(1/2)). Without,
    as in Eq. 48, l/λ = R gives κ = 6ζ(3) R (T/T_D)² κ₀ (Sec. I); the standard tunnelling model gives
    κ = (T/T_D)² κ₀/2C, so C = 1/(12ζ(3) R).

    Parameters
    ----------
    R : array
        l/λ of phonons of ħω = k_BT, ordinary and fast centres together, as in `LubchenkoWolynes`.
    saturation : bool
        Whether ``R`` was fitted with the tanh of Eq. 19.

    Returns
    -------
    array
        Dimensionless, about 3·10⁻⁴ in most glasses.
    """
    R = np.asarray(R, dtype=float)
    return 1 / ((2 * math.pi**2 * math.tanh(0.5) if saturation else 12 * zeta(3)) * R)


def thermal_path(
    T: float,
    glass: Glass,
    tg: ArrayLike,
    R: ArrayLike,
    B: ArrayLike = 0.0,
    c: ArrayLike = 0.0,
    floor: ArrayLike = 1.0,
    *,
    fast_share: float = 0.5,
    cut_fast: bool = False,
) -> ArrayLike:
    """Mean free path in m of a phonon of ħω = k_BT among two-level systems alone (Eq. 48 and 68, theory Sec. 12).

    l = λ {R N/[(ω₀/ω)^c (sBω + I(c) e^{-ω/T_g})] + f} with λ = 2πc_s/ω, s = ``fast_share`` and N = sBω₀ + I(c) at
    ω₀ = 10⁻³ ω_D. Ripplons, excited states and the form factor of short phonons are left out: they change l by
    less than 1 % where T is below 0.008 T_D.

    Parameters
    ----------
    T : float
        Temperature in K.
    glass : Glass
        Its Debye temperature and speed of sound are used.
    tg, R, B, c, floor : array
        As in `LubchenkoWolynes`.
    fast_share, cut_fast : float, bool
        As in `conductivity.Scattering`.

    Returns
    -------
    array
        In m.
    """
    R, B, c, floor = (np.asarray(value, dtype=float) for value in (R, B, c, floor))
    omega = T / np.asarray(glass.debye_temperature, dtype=float)
    integral = math.sqrt(math.pi) / 2 * gamma(1 - c / 2) / gamma(1.5 - c / 2)

    def fast(at: ArrayLike) -> ArrayLike:
        share = np.asarray(mixing.fast_centre_window(at, B)) if cut_fast else 1.0
        return fast_share * B * at * share

    braces = (CALIBRATION / omega) ** c * (fast(omega) + integral * np.exp(-omega / np.asarray(tg)))
    ratio = R * (fast(CALIBRATION) + integral * np.exp(-CALIBRATION / np.asarray(tg))) / braces + floor
    wavelength = 2 * math.pi * si.hbar * np.asarray(glass.sound_speed, dtype=float) / (si.k * T)
    return ratio * wavelength


def lowest_ripplon(glass: Glass, xi: ArrayLike = XI, softening: ArrayLike = 0.0) -> ArrayLike:
    """Temperature ħω_2(1 - ς)/k_B in K of the ripplon l = 2 (Eq. 33), static shift by phonons included (Eq. 54).

    Without coupling ω_2 = p(a/ξ)^{5/4} ω_D, p = 1.343. At ω = 0 the shift of Eq. 54 is ς ω_2.

    Parameters
    ----------
    glass : Glass
        Its Debye temperature is used.
    xi : array
        ξ/a.
    softening : array
        ς, 0 … 1; 0 is the bare ripplon.

    Returns
    -------
    array
        In K; times k_B/h it is a frequency.
    """
    bare = walls.prefactor() * np.asarray(xi, dtype=float) ** -1.25
    return bare * (1 - np.asarray(softening, dtype=float)) * np.asarray(glass.debye_temperature, dtype=float)


def cutoff_frequency(glass: Glass, omega_c: ArrayLike, xi: ArrayLike = XI) -> ArrayLike:
    """Cut-off ω_c/2π in Hz of the phonons that ripplons feel, from ``omega_c`` in units of (a/ξ)ω_D (Sec. IV.F)."""
    debye = np.asarray(glass.debye_temperature, dtype=float) * (si.k / si.h)
    return np.asarray(omega_c, dtype=float) / np.asarray(xi, dtype=float) * debye

"""Reduced units of the paper: ħ = k_B = ω_D = 1, lengths in a."""

import math

__all__ = ["SOUND_SPEED", "XI"]

SOUND_SPEED = (6 * math.pi**2) ** (-1 / 3)
"""c_s/(a ω_D) = 0.25656: one acoustic state per bead and branch below ω_D."""

XI = 5.8
"""ξ/a, the size of a cooperative region at T_g (Sec. II)."""

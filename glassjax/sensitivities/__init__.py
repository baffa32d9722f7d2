"""What a theory and its data are sensitive to: elasticities, information, profiles, shares, where to measure next."""

from .design import Design, design
from .elasticities import sensitivity
from .global_indices import morris, sobol
from .information import Fisher, fisher
from .profile import Profile, profile
from .propagation import propagate
from .slopes import curvature

__all__ = [
    "Design",
    "Fisher",
    "Profile",
    "curvature",
    "design",
    "fisher",
    "morris",
    "profile",
    "propagate",
    "sensitivity",
    "sobol",
]

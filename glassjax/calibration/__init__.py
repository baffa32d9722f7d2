"""Does the whole inference find what it should? Simulation-based calibration of a study."""

from .calibration import Calibration, load_calibration
from .simulations import KeptSimulations, Simulation, calibrate

__all__ = ["Calibration", "KeptSimulations", "Simulation", "calibrate", "load_calibration"]

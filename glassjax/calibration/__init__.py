"""Does the whole inference find what it should? Simulation-based calibration of a study."""

from .calibration import Calibration, calibrate, load_calibration
from .simulations import KeptSimulations, Simulation

__all__ = ["Calibration", "KeptSimulations", "Simulation", "calibrate", "load_calibration"]

"""The joint model written once more in NumPy, SciPy and numba, to have something to be compared with."""

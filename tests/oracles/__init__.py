"""Slow, independent answers for the observables, in NumPy, SciPy and mpmath only."""

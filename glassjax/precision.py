"""Double precision is a choice of the program, never of an import."""

import jax


def enable_x64(enabled: bool = True) -> None:
    """Switch JAX to 64-bit numbers (or back to 32) for the whole process; call it before making arrays."""
    jax.config.update("jax_enable_x64", enabled)

"""Settings of every test: float64, two CPU devices, no silent broadcasting between ranks in the physics."""

import os
from pathlib import Path

# Before jax starts: two devices, so that two chains run side by side as they do under `glassjax fit`.
os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import pytest

jax.config.update("jax_enable_x64", True)

HERE = Path(__file__).parent
PHYSICS = ("lubchenko_wolynes", "numerics", "rivals")


@pytest.fixture(autouse=True)
def no_rank_promotion(request):
    """Physics tests may not broadcast arrays of different rank silently (NumPyro itself does)."""
    folder = request.path.relative_to(HERE).parts[0]
    with jax.numpy_rank_promotion("raise" if folder in PHYSICS else "allow"):
        yield

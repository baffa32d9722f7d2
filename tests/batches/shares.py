"""A program of several devices, or one of several processes, that evaluates a batch with all and with one of them.

python -m tests.batches.shares FILE DEVICES [PORT PROCESSES NUMBER] [--full]
"""

import os
import sys

COUNT, CHUNK = 45, 20


def main(file, devices, *others):
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={devices}"
    import jax
    import numpy as np

    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)
    full, others = "--full" in others, [word for word in others if word != "--full"]
    if others:
        port, processes, number = map(int, others)
        jax.distributed.initialize(
            f"127.0.0.1:{port}",
            processes,
            number,
            coordinator_bind_address=f"127.0.0.1:{port}" if number == 0 else None,
        )
    import glassjax as gj

    given = (few if full else many)(gj)
    found = gj.batch(*given, chunk=CHUNK)
    alone = gj.batch(*given, chunk=CHUNK, devices=jax.local_devices()[:1])
    assert found.bad == alone.bad
    np.savez(
        file,
        devices=jax.device_count(),
        bad=list(found.bad),
        **found.values,
        **{f"{quantity} alone": numbers for quantity, numbers in alone.values.items()},
    )


def many(gj):
    """Glasses of Debye's phonons, one of them with a density that none has."""
    import numpy as np

    rng = np.random.default_rng(5)
    theory = gj.Debye(R=rng.uniform(50, 300, COUNT), gruneisen=rng.uniform(1, 2, COUNT))
    glass = gj.load_glass("a-SiO2").replace(density=np.where(np.arange(COUNT) == 33, -1.0, 2200.0))
    return theory, glass, {"heat-capacity": np.array([0.3, 3.0, 30.0]), "expansion": np.array([1.0, 9.0])}


def few(gj):
    """Glasses of the paper's theory, one of them unstable."""
    import numpy as np

    omega_c = np.append(np.linspace(0.5, 2.3, COUNT - 1), 2.45)
    return (
        gj.LubchenkoWolynes(omega_c=omega_c, R=np.linspace(50.0, 300.0, COUNT)),
        gj.load_glass("a-SiO2"),
        np.array([0.3, 3.0, 10.0]),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

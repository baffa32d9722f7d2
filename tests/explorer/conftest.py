"""An explorer that runs in a thread.

Its curves are those of a stand-in that answers at once: R moves κ, B moves C, gamma0 moves α, and above omega_c = 2
nothing is stable.
"""

import asyncio
import threading
from contextlib import suppress

import numpy as np
import pytest


def stand_in(scene, values):
    from glassjax.explorer.curves import Curves, Misfit

    values = {**scene.start, **values}
    T = np.geomspace(0.1, 100.0, 96)
    softening = values["omega_c"] / 2
    given = (values, softening, 2.0, 2.0 * values["tg"] / max(values["omega_c"], 1e-9), T)
    if softening >= 1:
        return Curves(*given)
    kappa, capacity, alpha = values["R"] * 1e-4 * T, values["B"] * 1e-5 * T**3, values["gamma0"] * 1e-10 * T
    misfits = tuple(
        Misfit(entry.used.name, entry.quantity, entry.role, len(entry.used), abs(np.log(values["R"] / 200.0)))
        for entry in scene.data
    )
    return Curves(*given, {"kappa": kappa, "heat-capacity": capacity, "expansion": alpha}, misfits)


def slopes(scene, values, T):
    from glassjax.explorer.curves import Elasticity
    from glassjax.explorer.scene import NAMES

    return tuple(Elasticity(name, T, 0.5, -1e-9, name != "c") for name in NAMES)


@pytest.fixture(scope="module")
def address():
    """Address of an explorer of silica that runs in a thread."""
    pytest.importorskip("bokeh", reason="the explorer needs Bokeh: pip install 'glassjax[explorer]'")
    from glassjax.explorer import page, server
    from glassjax.explorer.scene import of_glass

    with pytest.MonkeyPatch.context() as patch:
        for module in (page, server):
            patch.setattr(module, "compute", stand_in)
        patch.setattr(page, "elasticities", slopes)
        found, there = {}, threading.Event()

        def ready(at):
            found.update(address=at, loop=asyncio.get_running_loop(), task=asyncio.current_task())
            there.set()

        def work():
            with suppress(asyncio.CancelledError):
                server.serve(of_glass("a-SiO2"), ["a-SiO2", "PTFE"], ready=ready)

        thread = threading.Thread(target=work)
        thread.start()
        assert there.wait(60)
        yield found["address"]
        found["loop"].call_soon_threadsafe(found["task"].cancel)
        thread.join(30)
        assert not thread.is_alive()

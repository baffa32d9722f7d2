"""A population of power laws: cheap, and with a posterior that can be integrated without sampling."""

import numpy as np

from glassjax import Population, Study
from tests.inference.toys import GLASS, PowerLaw, measurement, normal

SLOPES = np.array([0.70, 0.83, 0.78, 0.95, 0.88])
ROWS = (30, 8, 8, 4, 2)
NOISE = (0.1, 0.1, 0.1, 0.1, 1.5)
SHARED = {
    "slope": {
        "median": {"distribution": "log-normal", "median": 1.0, "spread": 0.5},
        "spread": {"distribution": "half-normal", "scale": 0.5},
    }
}


def study(i, **changes):
    data = measurement(n=ROWS[i], slope=SLOPES[i], noise=NOISE[i], seed=i)
    settings = {"free": {"offset": normal(0.0, 1.0), "slope": normal(0.0, 2.0)}, "discrepancy": False}
    return Study(
        **({"glass": GLASS, "theory": PowerLaw(), "data": [data], "name": f"g{i}"} | settings | changes)
    )


def population(**changes):
    settings = {
        "members": {f"g{i}": study(i) for i in range(len(ROWS))},
        "shared": SHARED,
        "sampler": {"starts": 2, "warmup": 150, "draws": 600, "target_accept": 0.95},
        "seed": 3,
    }
    return Population(**(settings | changes))

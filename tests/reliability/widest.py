"""Draws of parameters and constants: from the widest shipped priors, or over whole ranges with unstable spectra."""

from functools import cache
from pathlib import Path

import numpy as np

import glassjax as gj
from glassjax.problem.priors import Prior

ROOT = Path(__file__).parents[2]
SEED = 20050621
CONSTANTS = ("glass_temperature", "debye_temperature", "density", "sound_speed", "fragility")
NAMES = ("softening", "c", "B", "tg", "R", "xi", "A1", "gamma0", "lattice_b", "floor", *CONSTANTS)
UNLISTED = {"tg": (1.0, 8.0), "fragility": (5.0, 100.0)}
"""What no shipped study frees: drawn evenly from the range that the theory allows."""


@cache
def shipped_priors() -> tuple[dict[str, Prior], dict[str, Prior]]:
    """Return for each parameter and constant the shipped prior of largest standard deviation, and the population's.

    A name's priors are those of all studies, rivals' too where they share the name. The second are the priors that a
    member of the universality study has while it is alone.
    """
    studies = [
        gj.Study.load(path) for path in sorted((ROOT / "fits").glob("*.toml")) if path.stem != "universality"
    ]
    members = gj.Population.load(ROOT / "fits" / "universality.toml")
    found: dict[str, Prior] = {}
    for study in [*studies, *members.members.values()]:
        for name, prior in study.free.items():
            if name in NAMES and (name not in found or prior.frozen.std() > found[name].frozen.std()):
                found[name] = prior
    return found, {name: shared.alone for name, shared in members.shared.items()}


def draws(count: int, seed: int = SEED) -> dict[str, np.ndarray]:
    """Return ``count`` draws of every name in `NAMES`, each (count,).

    Odd draws take the population's priors where it has one. ``tg`` is T_g/T_D of the glass in every second pair of
    draws, and drawn apart from it in the others, as a study may break the tie.
    """
    rng = np.random.default_rng(seed)
    widest, population = shipped_priors()
    odd = np.arange(count) % 2 == 1
    values: dict[str, np.ndarray] = {}
    for name in NAMES:
        p = rng.uniform(size=count)
        if name in UNLISTED:
            low, high = UNLISTED[name]
            values[name] = low + (high - low) * p
            continue
        values[name] = widest[name].quantile(p)
        if name in population:
            values[name] = np.where(odd, population[name].quantile(p), values[name])
    tied = np.arange(count) % 4 < 2
    values["tg"] = np.where(tied, values["glass_temperature"] / values["debye_temperature"], values["tg"])
    return values


def beyond(count: int) -> tuple[gj.LubchenkoWolynes, gj.Glass, dict[str, np.ndarray]]:
    """Return ``count`` theories and glasses, leaves (count,), over the whole ranges of parameters; and the draws.

    ``omega_c`` is drawn in place of the softening, so that in some of them the lowest ripplon is unstable.
    """
    values = draws(count)
    rng = np.random.default_rng(SEED - 1)
    ranges = {known.name: (known.low, known.high) for known in gj.LubchenkoWolynes.parameters()}
    del values["softening"], ranges["softening"]
    values |= {name: rng.uniform(*bounds, count) for name, bounds in ranges.items()}
    glass = gj.Glass(name="drawn", **{name: values[name] for name in CONSTANTS})
    theory = gj.LubchenkoWolynes(**{name: values[name] for name in ranges})
    return theory, glass, values


def softening(values: dict[str, np.ndarray]) -> np.ndarray:
    """Return ς = tg ω̂_c³ (1 + δ²)/(2ω_2) (count,) of draws, ω_2 = 1.342857 (a/ξ)^{5/4} and δ² = 1/D (Sec. 5)."""
    cutoff = values["omega_c"] / values["xi"]
    lowest = 1.342857 * values["xi"] ** -1.25
    return values["tg"] * cutoff**3 * (1 + 1 / values["fragility"]) / (2 * lowest)

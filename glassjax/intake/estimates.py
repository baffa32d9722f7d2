"""What is to be expected of a constant that nobody gave: a prior and its reason, from the constants that are known.

Two rules tie them. T_g/T_D is 2.5 in polybutadiene and 4.4 in silica, so about 3.3. And k_B T_g is about a hundredth
of the elastic energy of a bead, ρ c_s² a³ (Lubchenko & Wolynes, Sec. II, IV.E), where a = (6π²)^{1/3} ħ c_s/k_B T_D.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy import constants as si

from .given import Given

__all__ = ["Estimate", "doubts", "elastic_ratio", "estimates", "expansion_of_phonons"]

RATIO = 3.3
_SCALE = 6 * math.pi**2 * si.hbar**3 / si.k**4
_RULE = "k_B T_g = rho c_s^2 a^3/100 (Lubchenko & Wolynes, Sec. II, IV.E)"
_TEMPERATURES = "T_g/T_D = 3.3, between polybutadiene (2.5) and silica (4.4)"
# without anything else: median, spread of the logarithm, reason
_TYPICAL = {
    "glass_temperature": (
        500.0,
        0.4,
        (
            "Not given. The 13 glasses other than silica in the SciGlass medians lie between 248 and 802 K, with the "
            "geometric mean 502 K (SciGlass (EPAM 2019, ODbL 1.0) via glasspy 0.3); this one is assumed to be like "
            "them."
        ),
    ),
    "density": (
        2000.0,
        0.35,
        (
            "Not given. Epoxy has 1220, polyimide 1430 (OPENSC2/Cryosoft), vitreous silica 2200 kg/m3; a median and a "
            "spread that cover them and denser glasses."
        ),
    ),
    "sound_speed": (
        2500.0,
        0.35,
        (
            "Not given. Polymers have 1500 to 2600 m/s (from T^3 heat capacities; Stephens, Phys. Rev. B 8, 2896 "
            "(1973)), vitreous silica 4100 m/s; a median and a spread that cover them."
        ),
    ),
}


@dataclass(frozen=True)
class Estimate:
    """A log-normal prior: its median in SI, its spread in the logarithm, and the reason for both."""

    median: float
    spread: float
    reason: str


def estimates(given: Mapping[str, Given]) -> dict[str, Estimate]:
    """Return a prior for each of T_g, T_D, density and speed of sound that is not among ``given``."""
    found = {}
    for name, estimate in (
        ("glass_temperature", _glass_temperature),
        ("debye_temperature", _debye_temperature),
        ("density", lambda known: _typical("density")),
        ("sound_speed", _sound_speed),
    ):
        if name not in given:
            found[name] = estimate({key: entry.value for key, entry in given.items()})
    return found


def _typical(name: str) -> Estimate:
    return Estimate(*_TYPICAL[name])


def _glass_temperature(known: Mapping[str, float]) -> Estimate:
    if "debye_temperature" not in known:
        return _typical("glass_temperature")
    T_D = known["debye_temperature"]
    first = RATIO * T_D
    if not {"density", "sound_speed"} <= known.keys():
        return Estimate(_round(first), 0.3, f"Not given. {_TEMPERATURES}, and T_D.")
    second = _SCALE * known["density"] * known["sound_speed"] ** 5 / (100 * T_D**3)
    return _between(first, second, f"{first:.0f} K from {_TEMPERATURES}, and {second:.0f} K from {_RULE}")


def _debye_temperature(known: Mapping[str, float]) -> Estimate:
    T_g = known.get("glass_temperature", _TYPICAL["glass_temperature"][0])
    density = known.get("density", _TYPICAL["density"][0])
    speed = known.get("sound_speed", _TYPICAL["sound_speed"][0])
    first = T_g / RATIO
    second = (_SCALE * density * speed**5 / (100 * T_g)) ** (1 / 3)
    rules = f"{first:.0f} K from {_TEMPERATURES}, and {second:.0f} K from {_RULE}"
    if {"glass_temperature", "density", "sound_speed"} <= known.keys():
        return _between(first, second, rules)
    if "glass_temperature" in known:
        return Estimate(_round(first), 0.3, f"Not given. {_TEMPERATURES}, and T_g.")
    median = math.sqrt(first * second)
    return Estimate(
        _round(median), 0.4, f"Not given. Two estimates, in which T_g is not known either: {rules}."
    )


def _sound_speed(known: Mapping[str, float]) -> Estimate:
    T_g, T_D = known.get("glass_temperature"), known.get("debye_temperature")
    if T_g is None and T_D is None:
        return _typical("sound_speed")
    both = T_g is not None and T_D is not None
    T_g = RATIO * (T_D or 0.0) if T_g is None else T_g
    T_D = T_g / RATIO if T_D is None else T_D
    density = known.get("density", _TYPICAL["density"][0])
    speed = (100 * T_g * T_D**3 / (_SCALE * density)) ** (1 / 5)
    with_ratio = "" if both else f" with {_TEMPERATURES}"
    return Estimate(_round(speed), 0.15 if both else 0.3, f"Not given. {_RULE}{with_ratio}.")


def _between(first: float, second: float, rules: str) -> Estimate:
    apart = abs(math.log(first / second))
    spread = round(math.hypot(0.2, apart / 2), 2)
    return Estimate(_round(math.sqrt(first * second)), spread, f"Not given. Two estimates: {rules}.")


def _round(value: float) -> float:
    """Round to two digits: no estimate is better."""
    return float(f"{value:.2g}")


def elastic_ratio(T_g: float, T_D: float, density: float, speed: float) -> float:
    """Return (k_B T_g/ρ c_s² a³)^{1/2}, about 1/10 in glasses (K, K, kg/m³, m/s)."""
    return math.sqrt(T_g * T_D**3 / (_SCALE * density * speed**5))


def expansion_of_phonons(density: float, speed: float) -> float:
    """Return α/γT³ of Debye's phonons in 1/K⁴, (2π²/5) k_B⁴/ħ³ρc_s⁵ (kg/m³, m/s)."""
    return 2 * math.pi**2 / 5 * si.k**4 / (si.hbar**3 * density * speed**5)


def doubts(given: Mapping[str, Given]) -> list[str]:
    """Say what looks wrong about constants that are given, a sentence each."""
    known = {name: entry.value for name, entry in given.items()}
    found = []
    if {"glass_temperature", "debye_temperature"} <= known.keys():
        ratio = known["glass_temperature"] / known["debye_temperature"]
        if not 1.5 <= ratio <= 6:
            found.append(
                f"T_g/T_D is {ratio:.2g}, where glasses have 2.5 to 4.4 and the theory is right from 1.5 to 6: is one "
                "of them wrong?"
            )
    if {"glass_temperature", "debye_temperature", "density", "sound_speed"} <= known.keys():
        ratio = elastic_ratio(*(known[name] for name in _ORDER))
        if not 1 / 15 <= ratio <= 1 / 6.5:
            elastic = (
                "the Debye temperature is perhaps the elastic one" if ratio > 0.1 else "one is perhaps wrong"
            )
            found.append(
                f"(k_B T_g/ρ c_s² a³)^½ is 1/{1 / ratio:.1f}, where glasses have about 1/10: {elastic}; that of the "
                "beads, from scaling κ(T), is wanted (silica: 342 K, not 494 K)"
            )
    return found


_ORDER = ("glass_temperature", "debye_temperature", "density", "sound_speed")

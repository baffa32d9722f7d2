"""A glass for a new folder: constants as people give them, priors of the others, and the files of its data.

Two rules tie the constants. T_g/T_D is 2.5 in polybutadiene and 4.4 in silica, so about 3.3. And k_B T_g is about a
hundredth of the elastic energy of a bead, ρ c_s² a³ (Lubchenko & Wolynes, Sec. II, IV.E), where
a = (6π²)^{1/3} ħ c_s/k_B T_D.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import constants as si

from ..datasets.constants import CONSTANTS
from ..errors import GlassjaxError
from ..validity import VALIDITY, Validity
from .reading import Reading
from .spelling import UnclearNumber, number

_UNCERTAINTY = re.compile(r"\s*(?:±|\+/-|\+-)\s*")
_BRACKETS = re.compile(r"([\d.,]+?)\((\d+)\)")
_UNIT = re.compile(r"\s*(%|[A-Za-zµ°℃][\w/^°³⁻ ·-]*)\s*$")


@dataclass(frozen=True)
class _Kind:
    """What a constant can be: its option, range in SI, the uncertainty assumed for it, and other units of it."""

    option: str
    low: float
    high: float
    assumed: float
    units: dict[str, float]


_KINDS = {
    "glass_temperature": _Kind("--tg", 30.0, 3000.0, 0.03, {"K": 1.0}),
    "debye_temperature": _Kind("--debye", 10.0, 2000.0, 0.05, {"K": 1.0}),
    "density": _Kind(
        "--density",
        300.0,
        12_000.0,
        0.01,
        {"kg/m3": 1.0, "g/cm3": 1e3, "g/cc": 1e3, "kg/l": 1e3, "g/ml": 1e3},
    ),
    "sound_speed": _Kind("--sound", 300.0, 10_000.0, 0.03, {"m/s": 1.0, "km/s": 1e3, "cm/s": 1e-2}),
    "fragility": _Kind("--fragility", 1.0, 300.0, 0.2, {}),
}
_EXAMPLES = {"density": "2200±10", "sound_speed": "4100±50", "fragility": "30±5"}
_DEGREES = ("degC", "°C", "C", "℃")
_ZERO = 273.15


@dataclass(frozen=True)
class KnownConstant:
    """A constant somebody knows, in SI.

    Attributes
    ----------
    value, uncertainty : float
        The standard error, assumed where none was given.
    stated : bool
        Whether the uncertainty was given.
    source : str
        Where the value comes from, as far as it is known here.
    """

    value: float
    uncertainty: float
    stated: bool
    source: str


def read_constant(name: str, text: str, source: str, *, option: str | None = None) -> KnownConstant:
    """Read a constant such as ``1490±20``, ``1490 +/- 20 K``, ``2.20(1) g/cm3`` or ``5,97 km/s``.

    Parameters
    ----------
    name : str
        One of `glassjax.datasets.constants.CONSTANTS`.
    text : str
        In SI where it names no unit. An uncertainty may be in %.
    source : str
        Kept as the constant's source.
    option : str, optional
        How the value is called in a refusal; the option of ``glassjax new`` if not given.

    Raises
    ------
    GlassjaxError
        If it is not understood, or no glass has such a value.
    """
    kind = _KINDS[name]
    option = option or kind.option
    value, sigma, unit, unit_of_sigma = _parsed(text, option, _EXAMPLES.get(name, "1490±20"))
    value, factor = _in_si(value, unit, name, option)
    _refuse_outside(value, factor, name, option, bool(unit))
    if sigma is None:
        return KnownConstant(value, kind.assumed * value, False, source)
    sigma = sigma / 100 * value if unit_of_sigma == "%" else sigma * factor
    if not sigma < value:
        raise GlassjaxError(
            f"{option}: the uncertainty {sigma:g} must be below the value {value:g}; correct it or leave it out"
        )
    return KnownConstant(value, sigma, True, source)


def _parsed(text: str, option: str, example: str) -> tuple[float, float | None, str, str]:
    """Return value and uncertainty as written, and the unit of each."""
    bracketed = _BRACKETS.search(text)
    if bracketed:
        _, _, decimals = bracketed[1].replace(",", ".").partition(".")
        digits = f"{float(bracketed[2]) / 10 ** len(decimals):.{len(decimals)}f}"
        text = text.replace(bracketed[0], f"{bracketed[1]}±{digits}")
    parts = _UNCERTAINTY.split(text.strip())
    if len(parts) > 2 or not all(parts):
        raise GlassjaxError(f"{option}: '{text}' is not understood; write for example {example}")
    value, unit = _amount(parts[0], option, example)
    if len(parts) == 1:
        return value, None, unit, ""
    sigma, unit_of_sigma = _amount(parts[1], option, example)
    unit = unit or unit_of_sigma.replace("%", "")
    if unit_of_sigma not in ("", "%", unit):
        raise GlassjaxError(f"{option}: value and uncertainty are in different units; write both in {unit}")
    return value, sigma, unit, unit_of_sigma


def _in_si(value: float, unit: str, name: str, option: str) -> tuple[float, float]:
    """Return a value in SI, and the factor that its uncertainty takes."""
    units = _KINDS[name].units
    if "K" in units and unit in _DEGREES:
        return value + _ZERO, 1.0
    if unit and unit not in units:
        known = ", ".join(units) or "no unit"
        raise GlassjaxError(f"{option}: '{unit}' is no unit of the {name.replace('_', ' ')}; write {known}")
    factor = units.get(unit, 1.0)
    return value * factor, factor


def _refuse_outside(value: float, factor: float, name: str, option: str, has_unit: bool) -> None:
    kind = _KINDS[name]
    if kind.low <= value <= kind.high:
        return
    others = [unit for unit, other in kind.units.items() if kind.low <= value / factor * other <= kind.high]
    remedy = f"did you mean {value:g} {others[0]}?" if others and not has_unit else "correct it"
    unit = f" {CONSTANTS[name]}" if CONSTANTS[name] != "1" else ""
    raise GlassjaxError(
        f"{option}: {value:g}{unit} lies outside what glasses have, {kind.low:g} to {kind.high:g}; {remedy}"
    )


def _amount(text: str, option: str, example: str) -> tuple[float, str]:
    """Return the positive number in a text, and the unit behind it."""
    found = _UNIT.search(text)
    unit = "" if found is None else re.sub(r"\s+|\^", "", found[1]).replace("³", "3")
    bare = text[: found.start()] if found else text
    try:
        value = number(bare, ".")
        value = number(bare, ",") if value is None else value
    except UnclearNumber as problem:
        raise GlassjaxError(f"{option}: {problem}") from None
    if value is None or not value > 0:
        raise GlassjaxError(f"{option}: '{text}' is not a positive number; write for example {example}")
    return value, unit


def debye_mean(longitudinal: KnownConstant, transverse: KnownConstant) -> KnownConstant:
    """Return the Debye mean of the speeds of sound, 3/c³ = 1/c_l³ + 2/c_t³, and its uncertainty.

    Raises
    ------
    GlassjaxError
        If the longitudinal speed is not the larger by 2/√3 at least, as it is in every stable solid.
    """
    if longitudinal.value < transverse.value * 2 / math.sqrt(3):
        raise GlassjaxError(
            f"--longitudinal ({longitudinal.value:g} m/s) must exceed --transverse ({transverse.value:g} m/s) by 15 % "
            "or more, as in every stable solid; are they exchanged?"
        )
    weights = (longitudinal.value**-3, 2 * transverse.value**-3)
    mean = (sum(weights) / 3) ** (-1 / 3)
    relative = math.hypot(
        weights[0] * longitudinal.uncertainty / longitudinal.value,
        weights[1] * transverse.uncertainty / transverse.value,
    ) / sum(weights)
    source = (
        f"{longitudinal.source}: Debye mean of {longitudinal.value:g} m/s longitudinal and "
        f"{transverse.value:g} m/s transverse, 3/c^3 = 1/c_l^3 + 2/c_t^3"
    )
    return KnownConstant(mean, mean * relative, longitudinal.stated and transverse.stated, source)


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


def estimates(given: Mapping[str, KnownConstant]) -> dict[str, Estimate]:
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


def doubts(given: Mapping[str, KnownConstant]) -> list[str]:
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


_UPPER = 1.645  # standard deviations to the end that 95 % of a normal distribution lie below


@dataclass(frozen=True)
class DataFile:
    """A measurement and the name of the file it goes to."""

    name: str
    reading: Reading

    @property
    def quantity(self) -> str:
        """What was measured."""
        return self.reading.measurement.quantity


@dataclass(frozen=True)
class Material:
    """What is known of a glass.

    Attributes
    ----------
    name : str
    given : dict of str to KnownConstant
        Constants by name, in SI.
    files : tuple of DataFile
    molar_mass : float or None
        In g/mol.
    theory : str
        Name of the theory of its study, as in study files.
    expected : dict of str to Estimate
        Priors of the constants that are not given; the fragility has none.
    """

    name: str
    given: dict[str, KnownConstant]
    files: tuple[DataFile, ...]
    molar_mass: float | None = None
    theory: str = "lubchenko-wolynes"
    expected: dict[str, Estimate] = field(init=False)

    def __post_init__(self) -> None:
        """Work out what is to be expected of the constants that are not given."""
        object.__setattr__(self, "expected", estimates(self.given))

    def best(self, constant: str) -> float:
        """Return a constant's value, or the median of what is expected."""
        return self.given[constant].value if constant in self.given else self.expected[constant].median

    @property
    def quantities(self) -> tuple[str, ...]:
        """What was measured, each once."""
        return tuple(dict.fromkeys(file.quantity for file in self.files))

    @property
    def highest_debye(self) -> float:
        """Highest Debye temperature in K that the fit may find: the upper 95 % end where it is free, or its value."""
        if "debye_temperature" in self.given:
            given = self.given["debye_temperature"]
            return given.value + (_UPPER * given.uncertainty if given.stated else 0.0)
        expected = self.expected["debye_temperature"]
        return expected.median * math.exp(_UPPER * expected.spread)

    def validity(self, quantity: str) -> Validity:
        """Return the limit of the theory for a quantity, as a share of T_D."""
        return VALIDITY[self.theory][quantity]

    def limit(self, quantity: str) -> float:
        """Return the temperature in K above which rows of a quantity are not fitted, to two digits.

        It is that of `highest_debye`, so that no row is left out that the fitted T_D may turn out to allow.
        """
        return float(f"{self.validity(quantity).share * self.highest_debye:.2g}")

    def used_rows(self, file: "DataFile") -> int:
        """Count the rows of a file that are fitted."""
        return int(np.sum(file.reading.measurement.temperature <= self.limit(file.quantity)))

    @property
    def doubts(self) -> list[str]:
        """What looks wrong about the constants."""
        return doubts(self.given)


def data_files(readings: Sequence[Reading]) -> tuple[DataFile, ...]:
    """Name the files of what was read: ``kappa.csv``, ``kappa-2.csv`` and so on."""
    counts: dict[str, int] = {}
    found = []
    for reading in readings:
        quantity = reading.measurement.quantity
        counts[quantity] = counts.get(quantity, 0) + 1
        ending = f"-{counts[quantity]}" if counts[quantity] > 1 else ""
        found.append(DataFile(f"{quantity}{ending}.csv", reading))
    return tuple(found)

"""What a study of each theory leaves open: parameters, their priors, and a line on each, as in the shipped studies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..quantities import QUANTITIES
from .material import expansion_of_phonons

_ALL = tuple(QUANTITIES)

# theory -> quantity -> constants of the glass it depends on
CONSTANTS_USED: dict[str, dict[str, tuple[str, ...]]] = {
    "lubchenko-wolynes": {
        "kappa": ("glass_temperature", "debye_temperature", "sound_speed", "fragility"),
        "heat-capacity": ("glass_temperature", "debye_temperature", "density", "sound_speed", "fragility"),
        "expansion": ("glass_temperature", "debye_temperature", "density", "sound_speed"),
    },
    "standard-tunnelling": dict.fromkeys(_ALL, ("debye_temperature", "density", "sound_speed")),
    "soft-potential": dict.fromkeys(_ALL, ("debye_temperature", "density", "sound_speed")),
    "debye": {
        "kappa": ("debye_temperature", "sound_speed"),
        "heat-capacity": ("debye_temperature", "density", "sound_speed"),
        "expansion": ("debye_temperature", "density", "sound_speed"),
    },
}

# theory -> lines of [parameters]: name, value, quantities, why
FIXED: dict[str, tuple[tuple[str, float, tuple[str, ...], str], ...]] = {
    "lubchenko-wolynes": (
        ("xi", 5.8, _ALL, "ξ/a, from the random first order theory of the glass transition (Sec. II)"),
        (
            "floor",
            1.0,
            ("kappa",),
            "smallest mean free path: one wavelength; it matters at the plateau and above",
        ),
    ),
    "standard-tunnelling": (),
    "soft-potential": (("gamma_soft", 0.0, ("expansion",), "soft vibrations are few at low temperatures"),),
    "debye": (),
}


@dataclass(frozen=True)
class Unknown:
    """A free parameter: its prior as a study spells it, the quantities that depend on it, and the reason."""

    name: str
    prior: Mapping[str, str | float]
    quantities: tuple[str, ...]
    reason: str


def log_normal(median: float, spread: float) -> Mapping[str, str | float]:
    """Return a log-normal prior as studies spell it."""
    return {"distribution": "log-normal", "median": median, "spread": spread}


def _normal(mean: float, sd: float) -> Mapping[str, str | float]:
    return {"distribution": "normal", "mean": mean, "sd": sd}


def _uniform(low: float, high: float) -> Mapping[str, str | float]:
    return {"distribution": "uniform", "low": low, "high": high}


_LEAST_PATH = Unknown(
    "floor",
    log_normal(0.5, 0.5),
    ("kappa",),
    (
        "Smallest mean free path over wavelength: 1/2 of Cahill & Pohl, Annu. Rev. Phys. Chem. 39, "
        "93 (1988); about 1 is seen above the plateau (Freeman & Anderson, Phys. Rev. B 34, 5684 "
        "(1986))."
    ),
)
_RAYLEIGH = Unknown(
    "rayleigh",
    log_normal(1000.0, 1.9),
    ("kappa",),
    (
        "Static disorder: λ/l at the Debye frequency. It must reach 1 near the plateau, at about a "
        "tenth of that frequency, so 1000, to a factor of ten."
    ),
)
_GRUNEISEN = Unknown(
    "gruneisen", _normal(0.0, 2.0), ("expansion",), "Grüneisen parameter of the phonons, of either sign."
)
_GAMMA_TLS = Unknown(
    "gamma_tls",
    _normal(0.0, 30.0),
    ("expansion",),
    ("Grüneisen parameter of the tunnelling systems: -5 to -20 in silica, of either sign in other glasses."),
)
_STRENGTH = Unknown(
    "strength",
    log_normal(3e-4, 0.7),
    _ALL,
    (
        "C ~ 3e-4 characterises the scattering of phonons in all glasses (Carruzzo & Yu, "
        "arXiv:1909.09258); here to a factor of three."
    ),
)

UNKNOWNS: dict[str, tuple[Unknown, ...]] = {
    "lubchenko-wolynes": (
        Unknown(
            "softening",
            _uniform(0.0, 0.9),
            ("kappa", "heat-capacity"),
            "Softening of the lowest ripplon, in place of omega_c; it is unstable at 1.",
        ),
        Unknown(
            "c",
            {"distribution": "half-normal", "scale": 0.1},
            _ALL,
            "Exponent of the tunnelling amplitudes: the theory expects less than about 0.1.",
        ),
        Unknown(
            "B",
            log_normal(150.0, 0.8),
            _ALL,
            (
                "Quantum mixing: some hundreds (229 from Eq. 65, 702 from Eq. 64); 98 % of this lie between 23 "
                "and 970."
            ),
        ),
        Unknown(
            "R",
            log_normal(150.0, 0.5),
            ("kappa",),
            (
                "Mean free path over wavelength of the bare two-level systems: 65 from Eq. 20, about 150 "
                "measured in many glasses."
            ),
        ),
        Unknown(
            "A1",
            log_normal(0.05, 0.5),
            ("heat-capacity", "expansion"),
            "Norm of the tunnelling amplitudes: 1/ln(Δ_max/Δ_min) is 0.02 to 0.1.",
        ),
        Unknown(
            "vertical_weight",
            log_normal(1.0, 0.5),
            ("heat-capacity",),
            "Bare ripplons over the paper's 2l + 1, seen in the bump of C/T^3: silica wants 2.5, nothing derives it.",
        ),
        Unknown(
            "gamma0",
            _uniform(-8.4, 8.4),
            ("expansion",),
            "Direct coupling of two-level systems to strain, bounded by Eq. 82; its sign is not known.",
        ),
    ),
    "standard-tunnelling": (
        _STRENGTH,
        Unknown(
            "coupling",
            log_normal(0.8, 0.5),
            _ALL,
            "Deformation potential of the tunnelling systems in eV: of the order of 1 in many glasses.",
        ),
        _RAYLEIGH,
        _LEAST_PATH,
        _GRUNEISEN,
        _GAMMA_TLS,
    ),
    "soft-potential": (
        _STRENGTH,
        Unknown(
            "deformation",
            log_normal(0.6, 0.5),
            _ALL,
            "Tunnelling systems have γ = 1.4 Λ here, and γ is of the order of 1 eV.",
        ),
        Unknown(
            "W",
            log_normal(4.0, 0.5),
            _ALL,
            "Energy in K at which tunnelling goes over into vibration: a few kelvin.",
        ),
        Unknown(
            "peak",
            log_normal(48.0, 0.5),
            ("kappa", "heat-capacity"),
            "The boson peak of many glasses is at about 1 THz, 48 K (Rufflé et al., arXiv:0711.0461).",
        ),
        _LEAST_PATH,
        _GRUNEISEN,
        _GAMMA_TLS,
    ),
    "debye": (
        Unknown(
            "R",
            log_normal(150.0, 0.8),
            ("kappa",),
            (
                "No theory of phonons says what l/λ is: 150 is measured in many glasses (Freeman & "
                "Anderson, Phys. Rev. B 34, 5684 (1986))."
            ),
        ),
        _RAYLEIGH,
        _LEAST_PATH,
        _GRUNEISEN,
    ),
}


def unknowns(theory: str, density: float, sound_speed: float) -> Iterator[Unknown]:
    """Yield the free parameters of a theory of a glass of this density (kg/m³) and mean speed of sound (m/s)."""
    yield from UNKNOWNS[theory]
    if theory == "lubchenko-wolynes":
        b = expansion_of_phonons(density, sound_speed)
        yield Unknown(
            "lattice_b",
            _normal(0.0, float(f"{2 * b:.1e}")),
            ("expansion",),
            "Lattice part b T^3 of the expansion, of either sign: Debye phonons of Grüneisen parameter γ give "
            f"{b:.1e} γ 1/K^4 here, and γ is taken as 0 ± 2.",
        )

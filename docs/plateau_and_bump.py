"""Measure docs/plateau-and-bump.md: fits of silica's κ and C by least squares, and what happens if anything is changed.

    python docs/plateau_and_bump.py [PART ...]

Each part (all if none is named) writes its numbers to plateau-and-bump.json beside this file, and all numbers go into
the tables of the page and into its figure. Slopes are central differences: one compiled program per choice of options
serves every fit.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from scipy import constants as si  # noqa: E402
from scipy.optimize import least_squares  # noqa: E402

import glassjax as gj  # noqa: E402
from glassjax.lubchenko_wolynes import conductivity  # noqa: E402
from glassjax.lubchenko_wolynes.mixing import linked_scattering  # noqa: E402
from glassjax.lubchenko_wolynes.rayleigh import form_factor  # noqa: E402
from glassjax.lubchenko_wolynes.walls import frequency  # noqa: E402
from glassjax.rivals.debye import Debye  # noqa: E402
from glassjax.rivals.soft_potential import SoftPotential  # noqa: E402
from glassjax.rivals.standard_tunnelling import StandardTunnelling  # noqa: E402

HERE = Path(__file__).parent
NUMBERS = HERE / "plateau-and-bump.json"
OPTIONS_OF = {
    "kappa": ("excited", "form_factor", "counting", "saturation", "smearing", "friction", "normalise"),
    "heat-capacity": ("vertical", "smearing", "friction", "normalise"),
}
ROWS = 40
"""Temperatures of one call, so that one program serves all data."""
SPREAD = 1 / math.sqrt(30)  # the smearing of the paper, 1/√D
FIXED: dict[str, float] = {
    "softening": 0.726,
    "B": 92.0,
    "R": 229.0,
    "A1": 0.062,
    "xi": 5.8,
    "floor": 1.0,
    "alpha_exc": 1.0,
    "form_spread": SPREAD,
    "vertical_weight": 1.0,
    "vertical_width": SPREAD / 2,
    "tg": math.nan,  # the glass's own
    "debye": 1.0,
    "transition": 1.0,
    "radius": 1.0,
    "ripplons": 1.0,
    "einstein_weight": 0.0,
    "einstein_temperature": 61.0,
    "scale": 0.0,
    "kappa_scale": 0.0,
    "speed": 1.0,
    "c": 0.0,
}
"""Constants of the theory, and numbers that only this script has.

Factors on the glass's T_D, T_g and speed of sound, on the radius in the form factor (0: every domain is a point, F = 1)
and on the frequencies of ripplons; an Einstein mode, per bead and in K; logarithms of the scales of the film and of a
second sample.
"""
OWN = (
    "debye",
    "transition",
    "speed",
    "radius",
    "ripplons",
    "einstein_weight",
    "einstein_temperature",
    "scale",
    "kappa_scale",
)
PLAIN = ("softening", "scale", "kappa_scale", "c")
"""Fitted as they are; of all others the logarithm is."""
BEST = {"excited": "sharp", "form_factor": "sphere", "vertical": "bare"}
PRINTED = {"excited": "thermal", "form_factor": "sphere", "vertical": "coupled"}  # with the radius 0


class Data(NamedTuple):
    """Temperatures, logarithms of values, standard errors of those, and the constant that scales the values, if any."""

    T: np.ndarray
    value: np.ndarray
    error: np.ndarray
    scale: str = ""

    def where(self, chosen: np.ndarray) -> "Data":
        """Return the chosen rows."""
        return Data(self.T[chosen], self.value[chosen], self.error[chosen], self.scale)


def measured(
    glass: str, start: str, low: float, high: float, error: float | None = None, scale: str = ""
) -> Data:
    """Return the rows of the data set whose name begins with ``start``, with their own or one relative error."""
    found = next(m for m in gj.load_record(glass).measurements(None) if m.name.startswith(start))
    kept = (found.temperature > low) & (found.temperature <= high)
    relative = found.error / found.value if error is None else np.full(len(found.value), error)
    return Data(found.temperature[kept], np.log(found.value[kept]), relative[kept], scale)


@cache
def silica() -> tuple[Data, Data, Data]:
    """κ of Cahill and Pohl, C of the bulk (two numbers to 30 % on four rows) and C of the film."""
    kappa = measured("a-SiO2", "kappa-cahill-pohl", 0.08, 100, 0.05)
    bulk = measured("a-SiO2", "heat-capacity-fagaly", 0.3, 2.1, 0.30 * math.sqrt(2))
    return kappa, bulk, measured("a-SiO2", "heat-capacity-dauer", 4, 25.5, None, "scale")


@cache
def program(quantity: str, options: tuple[tuple[str, Any], ...]) -> Callable[..., jax.Array]:
    """Return ln κ or ln C as a compiled function of the constants (without `OWN`), the radius, T and the glass."""
    theory = gj.LubchenkoWolynes(**dict(options))

    @jax.jit
    def answer(values: dict[str, Any], radius: Any, T: Any, glass: gj.Glass) -> jax.Array:
        made = theory.at(values, glass)
        if quantity == "heat-capacity":
            return jnp.log(made.heat_capacity(T, glass))

        def moved(omega: Any, xi: Any, *rest: Any) -> jax.Array:
            return form_factor(omega, xi * radius, *rest)

        with mock.patch.object(conductivity, "form_factor", moved):
            return jnp.log(made.thermal_conductivity(T, glass))

    return answer


def prediction(
    quantity: str, T: np.ndarray, values: Mapping[str, float], options: Mapping[str, Any], glass: gj.Glass
) -> np.ndarray:
    """Ln κ or ln C at ``T`` in K.

    Ripplons whose frequencies alone are changed are those of domains of another size (Eq. 33), whose radius in the form
    factor and number per volume are then put back.
    """
    glass = glass.replace(
        glass_temperature=glass.glass_temperature * values["transition"],
        debye_temperature=glass.debye_temperature * values["debye"],
        sound_speed=glass.sound_speed * values["speed"],
    )
    inner = {name: value for name, value in values.items() if name not in OWN}
    if math.isnan(inner["tg"]):
        inner["tg"] = float(glass.tg)
    size = values["ripplons"] ** -0.8
    inner["xi"] *= size
    known = tuple(sorted((name, options[name]) for name in OPTIONS_OF[quantity] if name in options))
    run = program(quantity, known)

    def called(part: np.ndarray) -> np.ndarray:
        padded = np.concatenate([part, np.ones(ROWS - len(part))])
        return np.asarray(run(inner, values["radius"] / size, padded, glass))[: len(part)]

    result = np.concatenate([called(T[start : start + ROWS]) for start in range(0, len(T), ROWS)])
    if quantity == "heat-capacity" and size != 1:
        debye = debye_heat_capacity(T, glass)
        result = np.log(debye + (np.exp(result) - debye) * size**3)
    if quantity == "heat-capacity" and values["einstein_weight"]:
        x = values["einstein_temperature"] / T / 2
        result = np.log(np.exp(result) + values["einstein_weight"] * per_bead(glass) * (x / np.sinh(x)) ** 2)
    return result


def per_bead(glass: gj.Glass) -> float:
    """k_B for each bead, in J/(kg K)."""
    return si.k * 1e27 / float(glass.bead_volume * glass.density)


def debye_heat_capacity(T: np.ndarray, glass: gj.Glass) -> np.ndarray:
    """C of the Debye phonons of the beads, in J/(kg K)."""
    padded = np.concatenate([T, np.ones(-len(T) % ROWS)])
    return np.asarray(Debye().heat_capacity(padded, glass))[: len(T)]


class Fit(NamedTuple):
    """The least χ², where it is, standard errors of what was free, and the residuals (theory less data)."""

    chi2: float
    values: dict[str, float]
    errors: dict[str, float]
    kappa: np.ndarray
    heat: np.ndarray
    rows: int

    @property
    def bic(self) -> float:
        """χ² + k ln n."""
        return self.chi2 + len(self.errors) * math.log(self.rows)


def rms(residuals: np.ndarray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(residuals**2)))


class Problem(NamedTuple):
    """What is fitted: data of κ and C, their glass, normal priors of fitted coordinates, and who predicts."""

    kappa: Sequence[Data]
    heat: Sequence[Data]
    glass: gj.Glass
    priors: Mapping[str, tuple[float, float]] = {"scale": (0.0, 0.15)}
    predict: Callable[..., np.ndarray] = prediction
    constants: Mapping[str, float] = FIXED

    @property
    def scales(self) -> list[str]:
        """Scales of the data."""
        return [part.scale for part in (*self.kappa, *self.heat) if part.scale]

    def misses(
        self, values: Mapping[str, float], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Theory less data of ln κ and of ln C."""

        def of(quantity: str, parts: Sequence[Data]) -> np.ndarray:
            if not parts:
                return np.zeros(0)
            T = np.concatenate([part.T for part in parts])
            moved = [part.value + values.get(part.scale, 0.0) for part in parts]
            return self.predict(quantity, T, values, options, self.glass) - np.concatenate(moved)

        return of("kappa", self.kappa), of("heat-capacity", self.heat)

    def whitened(
        self, values: Mapping[str, float], options: Mapping[str, Any], free: Sequence[str]
    ) -> np.ndarray:
        """Misses over errors, and what the priors of ``free`` add: χ² is the sum of squares."""
        parts = list(self.misses(values, options))
        for place, data in enumerate((self.kappa, self.heat)):
            if data:
                parts[place] = parts[place] / np.concatenate([part.error for part in data])
        at = {name: coordinate(name, values[name]) for name in free if name in self.priors}
        parts.append(np.array([(at[name] - self.priors[name][0]) / self.priors[name][1] for name in at]))
        return np.nan_to_num(np.concatenate(parts), nan=1e3, posinf=1e3, neginf=-1e3)


def coordinate(name: str, value: float) -> float:
    """Return what is fitted for a constant."""
    return value if name in PLAIN else math.log(value)


@cache
def of_silica() -> Problem:
    """Silica's κ and C."""
    kappa, *heat = silica()
    return Problem((kappa,), tuple(heat), gj.load_glass("a-SiO2"))


def linked(values: dict[str, float]) -> dict[str, float]:
    """Tie A₁ to R by Eq. 68."""
    size = linked_scattering(1.0, values["B"], values["c"], values["xi"])
    return {**values, "A1": float(size) / values["R"]}


def fit(
    free: Mapping[str, float],
    options: Mapping[str, Any] = BEST,
    held: Mapping[str, float] = {},
    problem: Problem | None = None,
    *,
    link: bool = True,
) -> Fit:
    """Fit ``free`` (name to start) and the scales by least squares; ``link`` ties A₁ to R."""
    problem = problem or of_silica()
    names = [*free, *(name for name in problem.scales if name not in free and name not in held)]

    def values_at(point: np.ndarray) -> dict[str, float]:
        found = {n: float(x if n in PLAIN else math.exp(x)) for n, x in zip(names, point, strict=True)}
        values = {**problem.constants, **held, **found}
        return linked(values) if link and "B" in values else values

    def whitened(point: np.ndarray) -> np.ndarray:
        return problem.whitened(values_at(point), options, names)

    def slopes(point: np.ndarray) -> np.ndarray:
        steps = 1e-4 * np.eye(len(point))
        return np.stack([(whitened(point + h) - whitened(point - h)) / 2e-4 for h in steps], axis=1)

    start = np.array([coordinate(name, free.get(name, 0.0)) for name in names])
    ends = [LIMITS.get(name, (1e-6, 1e6)) for name in names]
    bounds = [[coordinate(name, end[side]) for name, end in zip(names, ends, strict=True)] for side in (0, 1)]
    found = least_squares(whitened, start, jac=slopes, bounds=bounds, x_scale="jac", xtol=1e-6, ftol=1e-7)
    values = values_at(found.x)
    spread = np.sqrt(np.abs(np.diag(np.linalg.pinv(found.jac.T @ found.jac))))
    errors = {n: float(s if n in PLAIN else s * values[n]) for n, s in zip(names, spread, strict=True)}
    rows = sum(len(part.T) for part in (*problem.kappa, *problem.heat))
    return Fit(2 * float(found.cost), values, errors, *problem.misses(values, options), rows)


LIMITS = {
    parameter.name: ((parameter.low or 1e-3) * 1.001, parameter.high * 0.999)
    for theory in (StandardTunnelling, SoftPotential, gj.LubchenkoWolynes)
    for parameter in theory.parameters()
} | {
    "softening": (0.01, 0.93),
    "B": (1e-3, 1e4),
    "R": (1e-3, 1e4),
    "form_spread": (0.05, 0.6),
    "vertical_width": (0.01, 0.5),
    "scale": (-3.0, 3.0),
    "kappa_scale": (-3.0, 3.0),
    "c": (0.0, 0.5),
}
"""Bounds of fits: the ranges of the theories less the step of a slope, wider for B and R, which may run away."""

CORE = {"softening": 0.7, "B": 100.0, "R": 220.0}
FULL = {**CORE, "vertical_weight": 2.5}
POINT = {"radius": 0.0}  # no form factor


def summary(found: Fit, problem: Problem | None = None) -> dict[str, Any]:
    """Return what the page needs of a fit."""
    problem = problem or of_silica()
    made: dict[str, Any] = {
        "chi2": found.chi2,
        "bic": found.bic,
        "free": {name: [found.values[name], error] for name, error in found.errors.items()},
    }
    if problem.kappa:
        T = np.concatenate([part.T for part in problem.kappa])
        made |= {"rms_kappa": rms(found.kappa), "fails": failing(T, found.kappa)}
    if problem.heat:
        made["rms_heat"] = rms(found.heat)
    return made


def failing(T: np.ndarray, misses: np.ndarray) -> list[list[float]]:
    """Ranges of T in which neighbouring rows of ln κ are off by more than 0.1 to one side: [from, to, largest miss]."""
    ranges: list[list[float]] = []
    last = 0.0
    for at in np.argsort(T):
        side = float(np.sign(misses[at])) if abs(misses[at]) > 0.1 else 0.0
        if side and side == last:
            ranges[-1][1] = float(T[at])
            ranges[-1][2] = float(max(ranges[-1][2], misses[at], key=abs))
        elif side:
            ranges.append([float(T[at]), float(T[at]), float(misses[at])])
        last = side
    return ranges


def best_of(free: Mapping[str, float], *rest: Any, **options: Any) -> Fit:
    """Fit from three starts; the best of the three."""
    starts = ({}, {"softening": 0.4, "B": 200.0}, {"softening": 0.85, "B": 40.0})
    return min((fit({**free, **start}, *rest, **options) for start in starts), key=lambda found: found.chi2)


def grid() -> dict[str, Any]:
    """Fit every combination of the three choices, and what else the theory has an option for."""
    made = {}
    for excited in ("thermal", "sharp"):
        for form in ("none", "sphere", "surface"):
            held = POINT if form == "none" else {}
            for vertical, weight in (("coupled", None), ("bare", 1.0), ("bare", None)):
                options = {
                    "excited": excited,
                    "form_factor": "sphere" if form == "none" else form,
                    "vertical": vertical,
                }
                start = CORE if vertical == "coupled" or weight else FULL
                name = vertical if vertical == "coupled" else "bare, 1" if weight else "bare, free"
                made[f"{excited} | {form} | {name}"] = summary(best_of(start, options, held))
    return made


def changes() -> dict[str, Any]:
    """Change one thing at a time: at the best, and with Eq. 43 in place of Fig. 20's rule."""
    made: dict[str, Any] = {
        "as printed, A1 free": summary(best_of({**CORE, "A1": 0.06}, PRINTED, POINT, link=False))
    }
    everything = {**FULL, "A1": 0.06, "tg": 4.4, "floor": 1.0, "xi": 5.8, "ripplons": 1.0, "radius": 1.0}
    everything |= {"form_spread": 0.18, "debye": 1.0, "vertical_width": 0.09}
    for rule in ("sharp", "thermal"):
        base = {**BEST, "excited": rule}
        made[f"{rule}: as it is"] = summary(best_of(FULL, base))
        made[f"{rule}: A1 free"] = summary(fit({**FULL, "A1": 0.06}, base, link=False))
        made[f"{rule}: c free"] = summary(fit({**FULL, "c": 0.05}, base))
        for name, change in {
            "counting exact": {"counting": "exact"},
            "counting saddle": {"counting": "saddle"},
            "saturation": {"saturation": True},
            "friction cut-off": {"friction": "cut-off"},
            "normalise": {"normalise": True},
            "smearing gauss": {"smearing": "gauss"},
        }.items():
            made[f"{rule}: {name}"] = summary(best_of(FULL, {**base, **change}))
        made[f"{rule}: everything freed"] = summary(fit(everything, base, link=False))
        free = {**FULL, "A1": 0.06}
        made[f"{rule}: saturation, A1 free"] = summary(
            best_of(free, {**base, "saturation": True}, link=False)
        )
    made["populations"] = summary(best_of(FULL, {**BEST, "excited": "populations"}, POINT))
    return made


def constants() -> dict[str, Any]:
    """Free one constant of the paper at a time."""
    starts = {
        "alpha_exc": 1.2,
        "radius": 1.0,
        "form_spread": SPREAD,
        "ripplons": 1.0,
        "tg": 1500 / 342,
        "debye": 1.0,
        "transition": 1.0,
        "floor": 1.0,
        "xi": 5.8,
        "vertical_width": SPREAD / 2,
        "c": 0.02,
    }
    return {name: summary(fit({**FULL, name: start})) for name, start in starts.items()}


def thermal() -> dict[str, Any]:
    """Free constants of the paper until Eq. 43 fits as well as Fig. 20's rule."""
    rule = {**BEST, "excited": "thermal"}
    starts = {"tg": 4.4, "xi": 5.5, "floor": 1.0, "debye": 0.95, "ripplons": 1.0}
    starts |= {"radius": 1.0, "form_spread": SPREAD, "vertical_width": 0.15}
    made = {name: summary(best_of({**FULL, name: start}, rule)) for name, start in starts.items()}
    for pair in (
        ("radius", "form_spread"),
        ("floor", "debye"),
        ("xi", "radius"),
        ("tg", "radius"),
        ("xi", "floor"),
    ):
        made[", ".join(pair)] = summary(best_of({**FULL, **{name: starts[name] for name in pair}}, rule))
    several = ("radius", "floor", "form_spread")
    made[", ".join(several)] = summary(best_of({**FULL, **{name: starts[name] for name in several}}, rule))
    return made


def hold_outs() -> dict[str, Any]:
    """Predict data that were not fitted."""
    kappa, bulk, film = silica()
    whole = of_silica()
    cold = Problem((kappa.where(kappa.T < 5),), (bulk, film.where(film.T < 5)), whole.glass, whole.priors)
    alone = Problem((kappa,), (), whole.glass)
    plateau = kappa.where((kappa.T >= 7) & (kappa.T <= 98))
    made: dict[str, Any] = {}

    def checked(name: str, found: Fit, options: Mapping[str, Any], check: Problem, problem: Problem) -> None:
        of_kappa, of_heat = check.misses(found.values, options)
        made[name] = summary(found, problem) | {
            f"predicted_{part}": rms(miss)
            for part, miss in (("kappa", of_kappa), ("heat", of_heat))
            if len(miss)
        }

    upper = Problem((plateau,), (film.where(film.T > 5),), whole.glass)
    plain = Problem((), (bulk, film._replace(scale="")), whole.glass)
    for name, options, held, free in (
        ("best", BEST, {}, FULL),
        ("best, one bare ripplon", BEST, {}, CORE),
        ("as printed", PRINTED, POINT, CORE),
    ):
        checked(f"below 5 K: {name}", best_of(free, options, held, cold), options, upper, cold)
        if free is CORE:
            checked(f"κ alone: {name}", best_of(CORE, options, held, alone), options, plain, alone)
    at = fit(CORE, BEST, {}, alone).values | {"vertical_weight": 2.5}
    made["κ alone: best, 2.5 bare ripplons"] = {"predicted_heat": rms(plain.misses(at, BEST)[1])}
    hot = Problem((kappa.where(kappa.T > 5),), (film.where(film.T > 5),), whole.glass, whole.priors)
    lower = Problem((kappa.where(kappa.T < 5),), (bulk,), whole.glass)
    checked("above 5 K: best", best_of(FULL, BEST, {}, hot), BEST, lower, hot)
    return made


def pyrex() -> dict[str, Any]:
    """Pyrex's κ by silica's parameters and Pyrex's own constants, T_D as it is or free, and by a fit."""
    glass = gj.load_glass("Pyrex")
    limit = 0.4 * float(glass.debye_temperature)
    points = measured("Pyrex", "kappa-cahill", 1, limit, 0.05)
    curve = measured("Pyrex", "kappa-lake-shore", 0.5, limit, 0.2)
    made: dict[str, Any] = {}
    for name, options, held in (("best", BEST, {}), ("as printed", PRINTED, POINT)):
        values = best_of(FULL if name == "best" else CORE, options, held).values
        for label, data in (("points", points), ("curve", curve)):
            miss = Problem((data,), (), glass).misses(values, options)[0]
            made[f"{name}: {label}"] = {"rms": rms(miss), "mean": float(np.mean(miss)), "rows": len(miss)}
        problem = Problem((points,), (), glass, {"debye": (0.0, 0.15), "speed": (0.0, 0.03)})
        kept = {**{n: values[n] for n in ("softening", "B", "R")}, **held}
        moved = fit({"debye": 1.0}, options, kept, problem)
        made[f"{name}: points, T_D free"] = summary(moved, problem)
        both = Problem((points, curve._replace(scale="kappa_scale")), (), glass, {"kappa_scale": (0.0, 0.2)})
        made[f"{name}: fit of both"] = summary(best_of(CORE, options, held, both), both)
    return made


POLYMERS = {
    "nylon": [("kappa-nist", 0.5, 50, 8)],
    "PTFE": [
        ("kappa-anderson-1963-sample-1", 0.1, 50, 0),
        ("kappa-anderson-1963-sample-2", 0.1, 50, 0),
        ("kappa-reese", 0.1, 50, 0),
        ("kappa-nist", 0.5, 50, 9),
    ],
    "Torlon": [("kappa-runyan", 0.39, 50, 0)],
    "Vespel-SP1": [("kappa-runyan", 0.39, 50, 0)],
    "PEEK": [("kappa-runyan", 0.39, 50, 0)],
}
"""Files of κ with the range of T, and for a published smooth fit the numbers that it is worth."""


def polymers() -> dict[str, Any]:
    """Fit κ of polymers to 5 %, with and without the changes; T_D and T_g are free within their priors."""
    made = {}
    priors = {"debye": (0.0, 0.4), "transition": (0.0, 0.35), "kappa_scale": (0.0, 0.3)}
    for name, files in POLYMERS.items():
        data = []
        for start, low, high, worth in files:
            part = measured(name, start, low, high, 0.05, "kappa_scale" if worth and len(files) > 1 else "")
            data.append(part._replace(error=part.error * math.sqrt(len(part.T) / worth)) if worth else part)
        problem = Problem(data, (), gj.load_glass(name), priors)
        free = {**CORE, "R": 100.0, "debye": 1.0, "transition": 1.0}
        for rule in ("thermal", "sharp"):
            for form, held in (("none", POINT), ("sphere", {})):
                found = best_of(free, {**BEST, "excited": rule}, held, problem)
                made[f"{name} | {rule} | {form}"] = summary(found, problem)
    return made


def weight() -> dict[str, Any]:
    """Look for another reason for n_v."""
    _, bulk, film = silica()
    whole = of_silica()
    made: dict[str, Any] = {}

    def put(name: str, free: Mapping[str, float], held: Mapping[str, float] = {}, **parts: Any) -> None:
        problem = whole._replace(**parts)
        made[name] = summary(fit({**CORE, **free}, BEST, held, problem), problem)

    one = {"vertical_weight": 2.5}
    for n in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0):
        put(f"n_v = {n:g}", {}, {"vertical_weight": n})
    put("free", one)
    put("scale without prior", one, priors={})
    put("scale 10 %", one, priors={"scale": (0.0, 0.10)})
    put("no scale", one, {"scale": 0.0})
    put("n_v = 1, scale without prior", {}, {"vertical_weight": 1.0}, priors={})
    put("n_v = 2, scale without prior", {}, {"vertical_weight": 2.0}, priors={})
    put("without the bulk's rows", one, heat=(film,))
    put("film from 6 K", one, heat=(bulk, film.where(film.T > 6)))
    for width in (0.5, 2.0, 3.0):
        put(f"width x {width:g}", one, {"vertical_width": SPREAD / 2 * width})
    put("width free", {**one, "vertical_width": 0.09})
    for name, start in (("xi", 5.8), ("tg", 4.4), ("ripplons", 1.0), ("debye", 1.0)):
        put(f"{name} free", {**one, name: start})
        put(f"n_v = 1, {name} free", {name: start}, {"vertical_weight": 1.0})
    several = {"xi": 5.8, "tg": 4.4, "ripplons": 1.0, "debye": 1.0, "floor": 1.0, "vertical_width": 0.09}
    put("n_v = 1, six freed", several, {"vertical_weight": 1.0})
    put("n_v = 2, six freed", several, {"vertical_weight": 2.0})
    mode = {"einstein_weight": 0.05, "einstein_temperature": 60.0}
    put("n_v = 1, Einstein mode", mode, {"vertical_weight": 1.0})
    put("n_v = 0, Einstein mode", mode, {"vertical_weight": 1e-6})
    put("free, Einstein mode", {**one, **mode})
    # orders beyond the paper's 9, bare, per domain: share of C
    at, glass = fit(FULL).values, whole.glass
    T = np.array([12.0, 25.0])
    total = np.exp(prediction("heat-capacity", T, at, BEST, glass))
    extra = np.zeros(2)
    for order in (10, 11, 12):
        x = float(frequency(order, at["xi"])) * float(glass.debye_temperature) / T / 2
        extra += (
            at["vertical_weight"] * (2 * order + 1) * (x / np.sinh(x)) ** 2 * per_bead(glass) / at["xi"] ** 3
        )
    made["l = 10 … 12"] = {"share": (extra / total).tolist()}
    return made


def limits() -> dict[str, Any]:
    """Where both theories are off, what their curves are, and where their bumps are."""
    kappa, bulk, film = silica()
    whole = of_silica()
    made: dict[str, Any] = {}
    cold, bump = np.geomspace(0.08, 100, 2 * ROWS), np.geomspace(0.4, 26, 4 * ROWS)
    for name, options, held, free in (("best", BEST, {}, FULL), ("as printed", PRINTED, POINT, CORE)):
        found = best_of(free, options, held)
        heat = np.exp(prediction("heat-capacity", bump, found.values, options, whole.glass)) / bump**3
        conduct = np.exp(prediction("kappa", cold, found.values, options, whole.glass))
        inner = np.flatnonzero((bump[1:-1] > 3) & (heat[1:-1] > heat[:-2]) & (heat[1:-1] > heat[2:])) + 1
        peak = int(inner[np.argmax(heat[inner])])
        per_film = np.exp(film.value + found.values["scale"]) / film.T**3
        of_heat = np.concatenate([bulk.T, film.T])
        others = {}
        for start in ("kappa-cahill-1990", "kappa-lake-shore"):
            data = measured("a-SiO2", start, 0.08, 137, 0.05)
            others[start] = rms(Problem((data,), (), whole.glass).misses(found.values, options)[0])
        made[name] = {
            "values": {name: value for name, value in found.values.items() if not math.isnan(value)},
            "chi2": found.chi2,
            "kappa": np.stack([kappa.T, found.kappa], axis=1).tolist(),
            "heat": np.stack([of_heat, found.heat], axis=1).tolist(),
            "kappa_curve": np.stack([cold, conduct], axis=1).tolist(),
            "heat_curve": np.stack([bump, heat], axis=1).tolist(),
            "bump": [float(bump[peak]), float(heat[peak])],
            "film_bump": [float(film.T[np.argmax(per_film)]), float(np.max(per_film))],
            "others": others,
        }
    made["Debye"] = {"heat": float(debye_heat_capacity(np.ones(1), whole.glass)[0])}
    return made


def rivals() -> dict[str, Any]:
    """Fit the rivals to silica's data."""
    whole = of_silica()
    made: dict[str, Any] = {}

    def answers(theory: gj.Theory) -> Callable[..., np.ndarray]:
        names = [parameter.name for parameter in theory.parameters()]

        def predict(
            quantity: str,
            T: np.ndarray,
            values: Mapping[str, float],
            options: Mapping[str, Any],
            glass: gj.Glass,
        ) -> np.ndarray:
            del options
            at = theory.at({name: values[name] for name in names if name in values}, glass)
            padded = np.concatenate([T, np.ones(-len(T) % ROWS)])
            if quantity == "kappa":
                return np.log(np.asarray(at.thermal_conductivity(padded, glass))[: len(T)])
            heat = np.asarray(at.heat_capacity(padded, glass))[: len(T)]
            x = values["einstein_temperature"] / T / 2
            return np.log(heat + values["einstein_weight"] * per_bead(glass) * (x / np.sinh(x)) ** 2)

        return predict

    tunnelling = {"strength": 3e-4, "coupling": 1.0, "rayleigh": 1000.0, "floor": 0.5}
    soft = {"strength": 3e-4, "deformation": 0.4, "W": 3.5, "peak": 40.0, "floor": 0.5}
    mode = {"einstein_weight": 0.05, "einstein_temperature": 60.0}
    for name, theory, free in (
        ("standard tunnelling, Rayleigh, floor", StandardTunnelling(), tunnelling),
        ("the same and an Einstein mode", StandardTunnelling(), {**tunnelling, **mode}),
        ("soft potentials", SoftPotential(), soft),
    ):
        none = {"einstein_weight": 0.0, "einstein_temperature": 60.0, "scale": 0.0}
        problem = whole._replace(predict=answers(theory), constants=none)
        made[name] = summary(fit(free, {}, {}, problem, link=False), problem)
    return made


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "grid": grid,
    "changes": changes,
    "constants": constants,
    "thermal": thermal,
    "hold-outs": hold_outs,
    "Pyrex": pyrex,
    "polymers": polymers,
    "weight": weight,
    "limits": limits,
    "rivals": rivals,
}


def rounded(number: Any, digits: int = 5) -> Any:
    """Return numbers, however nested, with five digits; what begins with ``values`` keeps twelve."""
    if isinstance(number, dict):
        return {name: rounded(part, 12 if name == "values" else digits) for name, part in number.items()}
    if isinstance(number, list):
        return [rounded(part, digits) for part in number]
    return float(f"{number:.{digits}g}") if isinstance(number, float) else number


def main(parts: Sequence[str]) -> None:
    """Measure the parts, write them down, and bring the page up to date."""
    for part in parts or PARTS:
        made = PARTS[part]()
        known = json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.is_file() else {}
        known = {**known, part: rounded(made)}
        rows = [
            f' "{part}": {{\n'
            + ",\n".join(
                f"  {json.dumps(n, ensure_ascii=False)}: {json.dumps(r)}" for n, r in known[part].items()
            )
            + "\n }"
            for part in PARTS
            if part in known
        ]
        NUMBERS.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
        print(part, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Write table.json with the oracles' values: `python -m tests.oracles.tabulate` (15 minutes, one core).

The file is rewritten after every spectrum, so that an interrupted run leaves what it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from scipy.stats import qmc

from . import conductivity, expansion, heat_capacity, joint, mixing, ripplons, table, tunnelling

TEMPERATURES = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5]
OMEGA = [1e-5, 1e-3, 0.03, 0.1, 0.3, 1.0]
Entry = dict[str, Any]


def corners() -> list[tuple[str, Entry]]:
    """Spectra that the Sobol points would miss."""
    box: list[tuple[str, Entry]] = []
    for tg, omega_c in (
        (1.5, 0.0),
        (6.0, 0.0),
        (1.5, 0.3),
        (1.5, 2.2),
        (2.0, 1.8),
        (3.5, 1.8),
        (4.0, 1.8),
        (5.0, 1.8),
    ):
        box.append(("value", arguments(tg, omega_c)))
    for tg in (4.0, 5.0, 6.0):
        box.append(("value", arguments(tg, ripplons.critical_cutoff(tg, 0.7))))
    narrow = ripplons.critical_cutoff(3.7, 0.7)
    box.append(("value", arguments(3.7, narrow)))
    box.append(("value", arguments(4.386, 1.6, xi=5.2)))
    box.append(("value", arguments(4.386, 1.6, xi=6.5)))
    box.append(("value", arguments(3.0, 1.7, D=8.0)))
    box.append(("value", arguments(3.0, 1.7, D=100.0)))
    box.append(("value", arguments(4.0, 1.6, smearing="sharp")))
    box.append(("value", arguments(4.0, 1.6, smearing="gauss")))
    box.append(("beyond", arguments(1.5, ripplons.critical_cutoff(1.5, 0.7))))
    box.append(("beyond", arguments(1.0, ripplons.critical_cutoff(1.0, 0.7))))
    box.append(("beyond", arguments(4.0, ripplons.critical_cutoff(4.0, 0.9))))
    return box


def arguments(tg: float, omega_c: float, xi: float = 5.8, D: float = 30.0, smearing: str = "box") -> Entry:
    tg, omega_c = round(tg, 6), round(omega_c, 6)
    return {"kind": "broadened", "tg": tg, "omega_c": omega_c, "xi": xi, "D": D, "smearing": smearing}


def spectra() -> Iterator[tuple[str, Entry]]:
    """The spectra of the table: discrete ones, the corners, and 25 Sobol points of the box."""
    for tg in (1.5, 2.0, 3.0, 4.0, 4.386, 6.0):
        yield "value", {"kind": "discrete", "tg": tg, "omega_c": 0.0, "xi": 5.8, "D": 30.0, "smearing": "box"}
    yield from corners()
    for u, v in qmc.Sobol(2, rng=2005).random(32)[:25]:
        tg = 1.5 + 4.5 * float(u)
        yield "value", arguments(tg, float(v) * min(2.2, ripplons.critical_cutoff(tg, 0.7)))


def rule_of(spectrum: Entry) -> ripplons.Rule:
    """The spectrum of an entry."""
    if spectrum["kind"] == "discrete":
        return ripplons.discrete(spectrum["xi"])
    return ripplons.broadened(*(spectrum[key] for key in ("tg", "omega_c", "xi", "D", "smearing")))


def spectrum_entries(group: str, spectrum: Entry) -> list[Entry]:
    """Everything that belongs to one spectrum."""
    tg, rule = spectrum["tg"], rule_of(spectrum)
    broad = spectrum["kind"] == "broadened"
    rows: list[Entry] = []

    def add(function: str, value: Any, **given: Any) -> None:
        rows.append(
            {"group": group, "function": function, "spectrum": spectrum, "arguments": given, "value": value}
        )

    s = [0.3, 3.0, 10.0, 30.0, 100.0, 1000.0]
    add("energy", ripplons.energy(np.array(s), rule), s=s)
    add("log_partition", ripplons.log_partition(np.array(s), rule), s=s)
    add("variance", ripplons.variance(np.array(s), rule), s=s)
    add("modes", ripplons.modes(rule, tg if broad else None))
    if broad:
        add("softening", ripplons.softening(*(spectrum[k] for k in ("tg", "omega_c", "xi", "D", "smearing"))))
    channels = conductivity.Channels(tg, rule)
    E = [1e-5, 1e-3, 0.03, 0.3, 5.0]
    add("ground", channels.counter.ground(np.array(OMEGA)), omega=OMEGA)
    log_n = channels.counter.log_cumulative(np.array(OMEGA), np.array(E)[:, None])
    add("cumulative", np.exp(log_n), omega=OMEGA, E=E)
    some = conductivity.ExcitedTable(channels.counter, np.array(OMEGA), width=0.5)
    T = [1e-4, 1e-3, 0.01, 0.05, 0.5]
    add("excited", np.array([some.excited(one) for one in T]), omega=OMEGA, T=T)
    for rule_name in ("thermal", "sharp"):
        value = [channels.reduced(one, 150.0, rule_name) for one in TEMPERATURES]
        add("reduced_conductivity", value, T=TEMPERATURES, R=150.0, excited=rule_name)
    value = [channels.joint(one, 238.0, 0.07, 117.0, 0.9) for one in TEMPERATURES]
    add("joint_conductivity", value, T=TEMPERATURES, R=238.0, c=0.07, B=117.0, floor=0.9)
    value = [heat_capacity.domain(one, tg, rule) for one in TEMPERATURES]
    add("domain_heat_capacity", value, T=TEMPERATURES)
    return rows


def single_entries() -> list[Entry]:
    """What needs no broadened spectrum."""
    rows: list[Entry] = []

    def add(function: str, value: Any, **given: Any) -> None:
        rows.append({"group": "value", "function": function, "arguments": given, "value": value})

    add("prefactor", ripplons.prefactor())
    x = [0.0, 0.01, 0.3, 0.7, 0.95, 1.0, 1.1, 1.5, 3.0, 10.0, 14.0, 100.0, 1e4]
    for smearing in ("box", "gauss"):
        for D in (10.0, 30.0, 100.0):
            add("dispersion", ripplons.dispersion(np.array(x), smearing, D), x=x, smearing=smearing, D=D)
    rest = [one for one in x if one != 1.0]
    add("dispersion", ripplons.dispersion(np.array(rest), "sharp"), x=rest, smearing="sharp", D=30.0)
    add("debye", [heat_capacity.debye(one) for one in TEMPERATURES], T=TEMPERATURES)
    for tg in (1.5, 4.386):
        add("two_level", [heat_capacity.two_level(one, tg) for one in TEMPERATURES], T=TEMPERATURES, tg=tg)
        add("occupied", [float(expansion.occupied(one, tg)) for one in TEMPERATURES], T=TEMPERATURES, tg=tg)
    times, T = [1e8, 1e11, 4.5e14], [1e-4, 3e-4, 1e-3, 0.01, 0.1, 0.5]
    for tg, c in ((1.5, 0.0), (4.386, 0.0), (4.386, 0.1), (4.386, 0.4), (6.0, 0.05)):
        for t in times:
            add("observed", [tunnelling.observed(one, t, tg, c) for one in T], T=T, t=t, tg=tg, c=c)
    for B, c in ((100.0, 0.0), (400.0, 0.2)):
        value = [mixing.heat_capacity(one, 4.5e14, 4.386, c, B) for one in T]
        add("mixed_heat_capacity", value, T=T, t=4.5e14, tg=4.386, c=c, B=B)
        value = [mixing.heat_capacity(one, 4.5e14, 4.386, c, B, mixing.fast_extent(B)) for one in T]
        add("mixed_heat_capacity_cut", value, T=T, t=4.5e14, tg=4.386, c=c, B=B)
    c = [0.0, 1e-6, 0.05, 0.1, 0.3, 0.5, 1.0]
    add("amplitude_integral", [mixing.amplitude_integral(one) for one in c], c=c)
    B = [0.01, 1.0, 117.0, 700.0]
    add("fast_extent", [mixing.fast_extent(one) for one in B], B=B)
    for E in (1e-3, 0.1):
        for delta_min in (0.0, 1e-6, 1e-4):
            value = mixing.relaxation_rate(E, 117.0, 0.1, 0.07, 5.8, delta_min)
            add("relaxation_rate", value, E=E, B=117.0, c=0.1, A1=0.07, xi=5.8, delta_min=delta_min)
    for B1, c1 in ((0.0, 0.0), (117.0, 0.0), (117.0, 0.1)):
        add(
            "inverse_amplitude",
            mixing.inverse_amplitude(B1, c1, 4.386, 1e-6),
            B=B1,
            c=c1,
            tg=4.386,
            delta_min=1e-6,
        )
        add("bare_ratio", mixing.bare_ratio(0.07, B1, c1), A1=0.07, B=B1, c=c1, xi=5.8)
    T_cut, extent, rule = [0.01, 0.05, 0.3], mixing.fast_extent(117.0), ripplons.discrete()
    value = [conductivity.joint(one, 4.386, rule, 238.0, 0.05, 117.0, maximum=extent) for one in T_cut]
    add(
        "joint_conductivity_cut",
        value,
        T=T_cut,
        tg=4.386,
        kind="discrete",
        R=238.0,
        c=0.05,
        B=117.0,
        floor=1.0,
    )
    add("scattering_ratio", tunnelling.scattering_ratio(5.8), xi=5.8)
    for xi in (5.8, 6.5):
        add("ripplon_pairs", expansion.ripplon_pairs(ripplons.discrete(xi)), xi=xi)
        for sums in ("direct", "printed"):
            for pairs in ("ordered", "unordered"):
                value = [expansion.ripplon_ripplon(one, 4.386, xi, sums, pairs) for one in T]
                add("ripplon_ripplon", value, T=T, tg=4.386, xi=xi, sums=sums, pairs=pairs)
        add("ripplon_level", expansion.ripplon_level(4.386, xi), tg=4.386, xi=xi)
    return rows


KELVIN = {"thermal_conductivity": [0.1, 1.0, 5.0, 20.0, 80.0], "heat_capacity": [0.1, 1.0, 5.0, 20.0],
          "thermal_expansion": [0.3, 3.0]}  # fmt: skip
ANSWER = {"thermal_conductivity": joint.thermal_conductivity, "heat_capacity": joint.heat_capacity_si,
          "thermal_expansion": joint.thermal_expansion}  # fmt: skip


def joint_points() -> list[tuple[joint.Constants, joint.Parameters]]:
    """Glasses and parameters spread over the box, the first the plain limit on silica."""
    silica = joint.SILICA
    polymer = joint.Constants(420.0, 105.0, 1190.0, 1800.0, 45.0)
    points = [
        (silica, joint.Parameters(tg=4.386)),
        (silica, joint.Parameters(tg=4.386, omega_c=1.8, c=0.05, B=117.0, R=238.0)),
        (silica, joint.Parameters(tg=4.386, omega_c=0.5, B=50.0, coupling=False, c=0.02)),
    ]
    low = np.array([1.5, 0.1, 0.03, 10.0, 60.0, 5.2, 0.02, -8.0, -3e-12, 0.7])
    high = np.array([6.0, 1.0, 0.25, 400.0, 300.0, 6.4, 0.10, 8.0, 3e-12, 1.3])
    for number, u in enumerate(qmc.Sobol(10, rng=506708).random(16)[:9]):
        glass = (silica, polymer)[number % 2]
        tg, share, c, B, R, xi, A1, gamma0, b, floor = (float(f"{v:.6g}") for v in low + (high - low) * u)
        omega_c = round(share * min(2.2, ripplons.critical_cutoff(tg, 0.7, xi, glass.fragility)), 6)
        points.append((glass, joint.Parameters(tg, omega_c, c, B, R, xi, A1, gamma0, b, floor)))
    return points


def joint_entry(group: str, function: str, glass: joint.Constants, p: joint.Parameters, value: Any) -> Entry:
    given = {"T": KELVIN[function], "glass": asdict(glass), "parameters": asdict(p)}
    return {"group": group, "function": function, "arguments": given, "value": value}


# halving these moves a derivative by less than 1e-7 of observable/parameter
STEPS = {"tg": 3e-3, "omega_c": 2e-3, "xi": 2e-3, "c": 0.01, "B": 0.02, "R": 0.02, "A1": 0.02, "gamma0": 0.02,
         "lattice_b": 0.02, "floor": 0.02, "glass_temperature": 3e-3, "debye_temperature": 3e-3,
         "density": 3e-3, "sound_speed": 3e-3, "fragility": 0.01}  # fmt: skip
IRRELEVANT = {
    "thermal_conductivity": {"A1", "gamma0", "lattice_b", "glass_temperature", "density"},
    "heat_capacity": {"R", "gamma0", "lattice_b", "floor"},
    "thermal_expansion": {"tg", "omega_c", "R", "floor", "fragility"},
}


def slope(f: Callable[[float], np.ndarray], at: float, step: float) -> np.ndarray:
    """Five-point central difference."""
    return (8 * (f(at + step) - f(at - step)) - (f(at + 2 * step) - f(at - 2 * step))) / (12 * step)


def derivative_entries(glass: joint.Constants, p: joint.Parameters, scale: float = 1.0) -> list[Entry]:
    """d(observable)/d(parameter) at one joint point; `scale` stretches the steps."""
    values: dict[str, Entry] = {function: {} for function in ANSWER}
    for name, relative in STEPS.items():
        of_glass = name in asdict(glass)
        at = getattr(glass if of_glass else p, name)
        for function, answer in ANSWER.items():
            T = KELVIN[function]

            def f(x: float, name=name, of_glass=of_glass, answer=answer, T=T) -> np.ndarray:
                one = (replace(glass, **{name: x}), p) if of_glass else (glass, replace(p, **{name: x}))
                return np.array([answer(t, *one) for t in T])

            irrelevant = name in IRRELEVANT[function]
            step = scale * relative * (abs(at) or 1e-12)
            values[function][name] = np.zeros(len(T)) if irrelevant else slope(f, at, step)
    return [joint_entry("derivative", function, glass, p, value) for function, value in values.items()]


def reduced_derivatives(spectrum: Entry, scale: float = 1.0) -> list[Entry]:
    """d(kappa/kappa_0) and d(domain heat capacity) by tg, omega_c, xi and D at one spectrum."""
    T = [1e-3, 0.01, 0.03, 0.1, 0.5]
    rows: list[Entry] = []
    for kind in ("thermal", "sharp"):
        rows.append({"function": "reduced_conductivity", "arguments": {"T": T, "R": 150.0, "excited": kind}})
    rows.append({"function": "domain_heat_capacity", "arguments": {"T": T}})
    for row in rows:
        row |= {"group": "derivative", "spectrum": spectrum, "value": {}}

    def answers(given: Entry) -> np.ndarray:
        channels = conductivity.Channels(given["tg"], rule_of(given))
        return np.array([
            [channels.reduced(one) for one in T],
            [channels.reduced(one, excited_rule="sharp") for one in T],
            [heat_capacity.domain(one, given["tg"], channels.rule) for one in T],
        ])  # fmt: skip

    names = ("tg", "xi") if spectrum["kind"] == "discrete" else ("tg", "omega_c", "xi", "D")
    for name in names:
        step = scale * spectrum[name] * (0.01 if name == "D" else 2e-3)
        three = slope(lambda x, name=name: answers(spectrum | {name: x}), spectrum[name], step)
        for row, value in zip(rows, three, strict=True):
            row["value"][name] = value
    return rows


def main() -> None:
    """Tabulate everything."""
    start, rows = time.time(), []

    def extend(more: list[Entry], what: str) -> None:
        rows.extend(more)
        table.write(rows)
        print(f"{time.time() - start:6.0f} s  {len(rows):4d} entries  {what}", flush=True)

    extend(single_entries(), "single values")
    for group, spectrum in spectra():
        extend(spectrum_entries(group, spectrum), f"{spectrum}")
    for glass, p in joint_points():
        values = [joint_entry("value", name, glass, p, [f(t, glass, p) for t in KELVIN[name]])
                  for name, f in ANSWER.items()]  # fmt: skip
        extend(values, f"{p}")
    for spectrum in ({"kind": "discrete", "tg": 4.0, "omega_c": 0.0, "xi": 5.8, "D": 30.0, "smearing": "box"},
                     arguments(4.0, 1.8), arguments(2.5, 2.0)):  # fmt: skip
        extend(reduced_derivatives(spectrum), f"derivatives {spectrum}")
    for glass, p in [*joint_points()[1:2], *joint_points()[3:10]]:
        extend(derivative_entries(glass, p), f"derivatives {p}")


if __name__ == "__main__":
    main()

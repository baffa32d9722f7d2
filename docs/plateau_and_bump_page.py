"""Write the tables of docs/plateau-and-bump.md, and its figure, from the numbers of plateau_and_bump.py.

python docs/plateau_and_bump_page.py
"""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import glassjax as gj
from glassjax.plotting.house import new_figure, save, style
from glassjax.plotting.style import BLACK, BLUE, ORANGE, VERMILION, finish, prepare

HERE = Path(__file__).parent
PAGE = HERE / "plateau-and-bump.md"
FIGURE = HERE / "figures" / "plateau-and-bump.png"
_MARKED = re.compile(r"(<!-- (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
Numbers = dict[str, Any]


def numbers() -> Numbers:
    """Return what was measured."""
    return json.loads((HERE / "plateau-and-bump.json").read_text(encoding="utf-8"))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _with_error(pair: list[float]) -> str:
    value, error = pair
    places = max(0, 1 - math.floor(math.log10(error))) if error > 0 else 2
    return f"{value:.{min(places, 3)}f} ± {error:.{min(places, 3)}f}"


def _free(row: Numbers, *names: str) -> tuple[str, ...]:
    return tuple(_with_error(row["free"][name]) if name in row["free"] else "" for name in names)


def _ranges(row: Numbers) -> str:
    """Where κ is off by more than 10 %."""
    parts = [
        f"{_kelvin(low)}–{_kelvin(high)} K" if high > low else f"{_kelvin(low)} K"
        for low, high, _ in row["fails"]
    ]
    parts = [
        f"{part} ({100 * math.expm1(miss):+.0f} %)"
        for part, (*_, miss) in zip(parts, row["fails"], strict=True)
    ]
    return ", ".join(parts) or "nowhere"


def _kelvin(T: float) -> str:
    return f"{T:.0f}" if T >= 10 else f"{T:.2g}"


def _grid(data: Numbers) -> str:
    best = min(row["bic"] for row in data["grid"].values())
    rows = []
    for name, row in data["grid"].items():
        rule, form, ripplons = name.split(" | ")
        label = {"coupled": "coupled", "bare, 1": "bare, $n_v$ = 1", "bare, free": "bare, $n_v$ free"}[
            ripplons
        ]
        cells = (
            rule,
            form,
            label,
            str(len(row["free"])),
            f"{row['rms_kappa']:.3f}",
            f"{row['rms_heat']:.3f}",
        )
        cells += (f"{row['chi2']:.0f}", f"{row['bic'] - best:.0f}", _ranges(row))
        rows.append(tuple(f"**{cell}**" for cell in cells) if row["bic"] == best else cells)
    head = (
        "excited",
        "form factor",
        "ripplons",
        "free",
        "rms ln κ",
        "rms ln C",
        "χ²",
        "ΔBIC",
        "κ off by 10 %",
    )
    return _table(head, rows)


def _best(data: Numbers) -> str:
    row = data["grid"]["sharp | sphere | bare, free"]
    names = {
        "softening": "ς",
        "B": "B",
        "R": "R",
        "vertical_weight": "$n_v$",
        "scale": "ln scale of the film",
    }
    return _table(tuple(names.values()), [_free(row, *names)])


def _changes(data: Numbers) -> str:
    words = {
        "as it is": "as it is",
        "A1 free": "$A_1$ free, not linked to R",
        "c free": "c free",
        "counting exact": "states counted exactly",
        "counting saddle": "the paper's saddle point",
        "saturation": "the tanh of Eq. 19 kept (`saturation`)",
        "saturation, A1 free": "the same, $A_1$ free",
        "friction cut-off": 'friction ends with its phonons (`friction="cut-off"`)',
        "normalise": "profiles of Eq. 55 normalised",
        "smearing gauss": "cut-off smeared by a normal",
        "everything freed": "nine constants and $A_1$ freed at once",
    }
    rows = []
    for name, label in words.items():
        pair = [data["changes"][f"{rule}: {name}"] for rule in ("sharp", "thermal")]
        rows.append(
            (label, *(cell for row in pair for cell in (f"{row['chi2']:.0f}", f"{row['rms_kappa']:.3f}")))
        )
    row = data["changes"]["populations"]
    rows.append(
        ("full populations in place of either", f"{row['chi2']:.0f}", f"{row['rms_kappa']:.3f}", "", "")
    )
    return _table(("change", "χ² (sharp)", "rms ln κ", "χ² (thermal)", "rms ln κ"), rows)


def _constants(data: Numbers) -> str:
    known = {
        "alpha_exc": ("α of Fig. 20", 1.0),
        "radius": ("radius of the form factor, over ξ(3/4π)^{1/3}", 1.0),
        "form_spread": ("its spread σ_R", 1 / math.sqrt(30)),
        "vertical_width": ("spread of the bare ripplons", 0.5 / math.sqrt(30)),
        "ripplons": ("ripplons' frequencies, over Eq. 33", 1.0),
        "xi": ("ξ/a", 5.8),
        "tg": ("T_g/T_D of the coupling", 1500 / 342),
        "c": ("c", 0.0),
        "floor": ("floor of l/λ", 1.0),
        "debye": ("T_D, over 342 K", 1.0),
    }
    base = data["grid"]["sharp | sphere | bare, free"]["chi2"]
    rows = []
    for name, (label, paper) in known.items():
        row = data["constants"][name]
        gain = max(base - row["chi2"], 0.0)
        found = (
            _with_error(row["free"][name]) if name != "c" else f"< {1.64 * row['free']['c'][1]:.2f} (95 %)"
        )
        rows.append((label, f"{paper:.3g}", found, f"{row['chi2']:.1f}", f"{math.sqrt(gain):.1f}"))
    return _table(("constant", "paper", "freed alone", "χ²", "√Δχ²"), rows)


def _hold_outs(data: Numbers) -> str:
    rows = []
    for part, row in data["hold-outs"].items():
        fitted, _, theory = part.partition(": ")
        theory = theory.replace("best", "sharp, sphere, bare", 1).replace("one bare ripplon", "$n_v$ = 1")
        theory = theory.replace("2.5 bare ripplons", "$n_v$ = 2.5")
        shown = (f"{row[key]:.2f}" if key in row else "" for key in ("predicted_kappa", "predicted_heat"))
        chi2 = f"{row['chi2']:.0f}" if "chi2" in row else ""
        rows.append((fitted, theory, chi2, *shown))
    return _table(("fitted", "theory", "χ² of the fit", "rms ln κ predicted", "rms ln C predicted"), rows)


def _pyrex(data: Numbers) -> str:
    rows = []
    for theory in ("best", "as printed"):
        part = {
            name.partition(": ")[2]: row for name, row in data["Pyrex"].items() if name.startswith(theory)
        }
        moved = part["points, T_D free"]
        cells = ("sharp, sphere, bare" if theory == "best" else theory,)
        cells += (f"{part['points']['rms']:.2f} ({part['points']['mean']:+.2f})",)
        cells += (f"{moved['rms_kappa']:.3f} at {345 * moved['free']['debye'][0]:.0f} K",)
        cells += (f"{part['curve']['rms']:.2f} ({part['curve']['mean']:+.2f})",)
        rows.append(cells)
    head = (
        "silica's parameters",
        "points, rms (mean) of ln κ",
        "rms with T_D free",
        "handbook curve, rms (mean)",
    )
    return _table(head, rows)


def _polymers(data: Numbers) -> str:
    rows = []
    for glass in dict.fromkeys(name.partition(" | ")[0] for name in data["polymers"]):
        found = {name: row for name, row in data["polymers"].items() if name.startswith(f"{glass} |")}
        least = min(row["chi2"] for row in found.values())
        for name, row in found.items():
            _, rule, form = name.split(" | ")
            far = [n for n, low, top in (("B", 1, 2e3), ("R", 10, 500)) if not low < row["free"][n][0] < top]
            away = ", ".join(
                f"{n} {'→ 0' if row['free'][n][0] < 1 else '= ' + _number(row['free'][n][0])}" for n in far
            )
            cells = (
                glass,
                rule,
                form,
                f"{row['rms_kappa']:.3f}",
                f"{row['chi2']:.1f}",
                f"{row['chi2'] - least:.1f}",
            )
            rows.append((*cells, away))
    return _table(("κ of", "excited", "form factor", "rms ln κ", "χ²", "ΔBIC", "runs away"), rows)


def _weight(data: Numbers) -> str:
    words = {
        "free": "free (the best fit)",
        "n_v = 0.5": "0.5: each domain's ripplons shared with another",
        "n_v = 1": "1: the paper's count",
        "n_v = 2": "2: one set for each sign of ε",
        "n_v = 4": "4",
        "scale without prior": "free, scale of the film without a prior",
        "n_v = 2, scale without prior": "2, scale without a prior",
        "n_v = 1, scale without prior": "1, scale without a prior",
        "no scale": "free, the film taken as bulk silica",
        "film from 6 K": "free, film from 6 K on",
        "width x 0.5": "free, bare ripplons half as wide",
        "width x 2": "free, twice as wide",
        "width x 3": "free, three times as wide",
        "n_v = 1, xi free": "1, ξ/a free",
        "n_v = 1, tg free": "1, T_g/T_D of the coupling free up to 8",
        "n_v = 1, ripplons free": "1, ripplons' frequencies free",
        "n_v = 1, debye free": "1, T_D free",
        "n_v = 1, six freed": "1, these four, floor and width free",
        "n_v = 1, Einstein mode": "1 and an Einstein mode",
        "n_v = 0, Einstein mode": "0 and an Einstein mode",
        "free, Einstein mode": "free and an Einstein mode",
    }
    rows = []
    for name, label in words.items():
        row = data["weight"][name]
        n_v, scale = _free(row, "vertical_weight", "scale")
        film = f"{100 * math.expm1(-row['free']['scale'][0]):+.0f} %" if scale else "0"
        mode = ""
        if "einstein_weight" in row["free"]:
            mode = f"{row['free']['einstein_temperature'][0]:.0f} K, {row['free']['einstein_weight'][0]:.3f} per bead"
        rows.append((label, n_v, film, mode, f"{row['chi2']:.1f}", f"{row['rms_heat']:.2f}"))
    return _table(("$n_v$", "found", "film above bulk", "mode", "χ²", "rms ln C"), rows)


def _limits(data: Numbers) -> str:
    rows = []
    for name in ("as printed", "best"):
        row = data["limits"][name]
        kappa, heat = (np.asarray(row[part]) for part in ("kappa", "heat"))

        def off(part: np.ndarray, T: float) -> str:
            return f"{100 * math.expm1(part[np.argmin(np.abs(part[:, 0] - T)), 1]):+.0f} %"

        T, curve = np.asarray(row["heat_curve"]).T
        below = T < 3
        tops = np.flatnonzero((curve[1:-1] > curve[:-2]) & (curve[1:-1] > curve[2:]) & below[1:-1]) + 1
        hump = f"{T[tops[0]]:.1f} K, {1e3 * curve[tops[0]]:.1f}" if len(tops) else "none"
        cells = (off(heat, 2.0), f"{row['bump'][0]:.1f} K, {1e3 * row['bump'][1]:.1f}", hump)
        cells += tuple(off(kappa, T) for T in (4.89, 11.2, 24.0, 63.4, 98.5))
        rows.append(("sharp, sphere, bare" if name == "best" else name, *cells))
    head = (
        "",
        "C at 2 K",
        "bump of C/T³ [mJ/(kg K⁴)]",
        "a lower one",
        "κ at 4.9 K",
        "11 K",
        "24 K",
        "63 K",
        "98 K",
    )
    return _table(head, rows)


def _rivals(data: Numbers) -> str:
    best = data["grid"]["sharp | sphere | bare, free"]
    found = {**data["rivals"], "Lubchenko–Wolynes, sharp, sphere, bare": best}
    found["Lubchenko–Wolynes, as printed"] = data["grid"]["thermal | none | coupled"]
    rows = [
        (
            name,
            str(len(row["free"])),
            *(f"{row[part]:.3f}" for part in ("rms_kappa", "rms_heat")),
            f"{row['chi2']:.0f}",
            f"{row['bic'] - best['bic']:+.0f}",
        )
        for name, row in found.items()
    ]
    return _table(("theory", "free", "rms ln κ", "rms ln C", "χ²", "ΔBIC"), rows)


def _thermal(data: Numbers) -> str:
    words = {"tg": "T_g/T_D", "xi": "ξ/a", "debye": "T_D/342 K", "radius": "radius", "form_spread": "σ_R"}
    words |= {"vertical_width": "width of the bare", "floor": "floor", "ripplons": "frequencies"}
    whole = {**data["thermal"], "everything": data["changes"]["thermal: everything freed"]}
    rows = []
    for row in whole.values():
        found = (
            f"{label} {row['free'][part][0]:.2f}" for part, label in words.items() if part in row["free"]
        )
        rows.append(
            (", ".join(found), str(len(row["free"])), f"{row['rms_kappa']:.3f}", f"{row['chi2']:.0f}")
        )
    return _table(("freed with Eq. 43, and where it ends", "free", "rms ln κ", "χ²"), rows)


TABLES: dict[str, Callable[[Numbers], str]] = {
    "grid": _grid,
    "best": _best,
    "changes": _changes,
    "thermal": _thermal,
    "constants": _constants,
    "hold-outs": _hold_outs,
    "Pyrex": _pyrex,
    "polymers": _polymers,
    "weight": _weight,
    "limits": _limits,
    "rivals": _rivals,
}


def page(text: str, data: Numbers) -> str:
    """Return the page with its tables, between ``<!-- NAME -->`` and ``<!-- end -->``, made from ``data``."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{TABLES[found['name']](data)}\n{found[3]}", text)


def figure(data: Numbers) -> Any:
    """Draw κ and C/T³ of silica with both theories, and below what is left over."""
    colours = {
        "as printed": (VERMILION, "--", "Eq. 36 and 43 as printed"),
        "best": (BLUE, "-", "with Sec. 2–4"),
    }
    sets = {m.name.rpartition("-")[0]: m for m in gj.load_measurements("a-SiO2")}
    limits = data["limits"]
    cahill = sets["kappa-cahill-pohl"]
    kept = (cahill.temperature > 0.08) & (cahill.temperature <= 100)
    bulk, film = sets["heat-capacity-fagaly-bohn"], sets["heat-capacity-dauer-2020"]
    scale = limits["best"]["values"]["scale"]
    with style():
        drawn, axes = new_figure(2, 2, 9.2, 7.0)
        for column, quantity in enumerate(("kappa", "heat-capacity")):
            prepare(axes[0, column], quantity)
            prepare(axes[1, column], quantity)
            axes[1, column].set_title("")
            axes[1, column].set_yscale("linear")
            axes[1, column].axhline(0, color=BLACK, linewidth=0.8)
        axes[0, 0].errorbar(
            cahill.temperature[kept],
            cahill.value[kept],
            0.05 * cahill.value[kept],
            fmt="o",
            color=BLACK,
            label="Cahill & Pohl 1988",
        )
        axes[0, 1].errorbar(
            bulk.temperature, bulk.value / bulk.temperature**3, 0.3 * bulk.value / bulk.temperature**3,
            fmt="s", color=BLACK, markerfacecolor="white", label="Fagaly & Bohn 1978, two numbers",
        )  # fmt: skip
        chosen = (film.temperature > 4) & (film.temperature < 25.5)
        T = film.temperature[chosen]
        axes[0, 1].errorbar(
            T, film.value[chosen] * np.exp(scale) / T**3, film.error[chosen] / T**3,
            fmt="o", color=BLACK, label=f"film, Dauer 2020, × {np.exp(scale):.2f}",
        )  # fmt: skip
        axes[0, 1].axhline(
            limits["Debye"]["heat"], color=ORANGE, linestyle=":", label="Debye phonons of the beads"
        )
        for name, (colour, line, label) in colours.items():
            for column, quantity in enumerate(("kappa", "heat")):
                axes[0, column].plot(
                    *np.asarray(limits[name][f"{quantity}_curve"]).T, line, color=colour, label=label
                )
                T, miss = np.asarray(limits[name][quantity]).T
                for part in (T <= 2, T > 2) if quantity == "heat" else (T > 0,):  # two sources
                    axes[1, column].plot(
                        T[part], -miss[part], line, color=colour, marker="o", markersize=3.5, label=label
                    )
        axes[0, 1].set_xlim(0.35, 30)
        axes[0, 1].set_ylim(8e-4, 1e-2)
        axes[1, 1].set_xlim(0.35, 30)
        axes[1, 0].set_ylabel(r"$\ln$ (measured/theory) of $\kappa$")
        axes[1, 1].set_ylabel(r"$\ln$ (measured/theory) of $C$")
        for ax in axes.ravel():
            finish(ax)
        for ax in axes[1]:
            ax.get_legend().remove()
    return drawn


def main() -> None:
    """Bring the page and the figure up to date."""
    data = numbers()
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), data), encoding="utf-8")
    save(figure(data), FIGURE, dpi=150)


if __name__ == "__main__":
    main()

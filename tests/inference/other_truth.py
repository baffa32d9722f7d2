"""Silica data made by another theory than the one that is fitted: do the intervals hold what the two share?

Measurement errors are the only noise that is drawn, so what separates data and fitted theory is a true discrepancy.

    python -m tests.inference.other_truth           fit what other_truth.json lacks, and write it there
    python -m tests.inference.other_truth --page    write its table into docs/discrepancy.md, and the figure

Of every fit and parameter one number is kept, the distance of the truth from the maximum in standard deviations of the
Laplace Gaussian, in sampling coordinates. Each parameter is a monotone function of its own coordinate, so the interval
of any level holds the truth where the number is small enough.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri, zeta

from glassjax import Glass, LubchenkoWolynes, StandardTunnelling, Study, Theory
from glassjax.fitting.maximise import climb, laplace, spread
from glassjax.problem.blocks import to_scale
from glassjax.problem.compiling import quick_jit
from glassjax.theory import evaluate

RECORD = Path(__file__).with_name("other_truth.json")
PAGE = Path(__file__).parents[2] / "docs" / "discrepancy.md"
FIGURE = PAGE.with_suffix(".png")
TABLE = re.compile(r"^(?:\|.*\|\n)+", re.MULTILINE)
SETS = 20
LEVELS = (0.5, 0.8, 0.89, 0.95)
WATCHED = ("softening", "c", "B", "R", "A1")

Truth = tuple[Theory, dict[str, float]]


def _log_normal(rng: np.random.Generator, median: float, spread: float) -> float:
    return median * math.exp(spread * rng.standard_normal())


def _same_meaning(**options: Any) -> Callable[[Glass, np.random.Generator], Truth]:
    """Lubchenko and Wolynes' theory with other physics: every parameter means what it does in the fitted one."""

    def draw(glass: Glass, rng: np.random.Generator) -> Truth:
        values = {
            "softening": rng.uniform(0.2, 0.7),
            "c": abs(0.05 * rng.standard_normal()),
            "B": _log_normal(rng, 150.0, 0.4),
            "R": _log_normal(rng, 200.0, 0.3),
            "A1": _log_normal(rng, 0.06, 0.3),
            "gamma0": rng.uniform(-8.0, 8.0),
            "lattice_b": 5e-11 * rng.standard_normal(),
            "vertical_weight": _log_normal(rng, 1.5, 0.3),
        }
        return LubchenkoWolynes(**options).at(values, glass), values

    return draw


def standard_tunnelling(glass: Glass, rng: np.random.Generator) -> Truth:
    """The standard tunnelling model near its fit to silica; of the fitted parameters it has R and A1.

    R: κ → k_B³T²/(2πħ²vC) at low T, where Lubchenko and Wolynes have 6ζ(3)R k_B³T²/(πħ²v), so R = 1/[12 ζ(3) C].
    A1: the heat capacity of two-level systems grows as T ln t, by (π²/12)(C/η)ξ³ per domain there and (π²/6) A1/tg here
    (Eq. 69, both signs of ε), so A1 = tg ξ³C/(2η). Both at c = B = 0.
    """
    theory = StandardTunnelling(
        strength=_log_normal(rng, 3.1e-4, 0.25),
        coupling=_log_normal(rng, 0.72, 0.15),
        rayleigh=_log_normal(rng, 1870.0, 0.3),
        floor=_log_normal(rng, 0.68, 0.2),
        gruneisen=rng.standard_normal(),
        gamma_tls=-11.0 + 3.0 * rng.standard_normal(),
    )
    xi = float(Study.load("a-SiO2").parameters["xi"])
    return theory, shared_by_standard_tunnelling(theory, glass, xi)


def shared_by_standard_tunnelling(theory: StandardTunnelling, glass: Glass, xi: float) -> dict[str, float]:
    """R and A1 as defined in `standard_tunnelling`."""
    strength = float(np.asarray(theory.strength))
    A1 = float(glass.tg) * xi**3 * strength / (2 * float(theory.relaxation(glass)))
    return {"R": 1 / (12 * zeta(3) * strength), "A1": A1}


TRUTHS: dict[str, Callable[[Glass, np.random.Generator], Truth]] = {
    "96 modes kept": _same_meaning(normalise=True),
    "as printed": _same_meaning(**LubchenkoWolynes.presets["as-printed"]),
    "standard tunnelling": standard_tunnelling,
}

FITS: dict[str, Any] = {  # the discrepancy of κ and C in the fit; None leaves the study's, which is free
    "none": False,
    "as shipped": None,
    "0.25": {"amplitude": 0.25, "length": 0.5},
}


def study_with(fit: str) -> Study:
    """The shipped silica study with one of the discrepancies of `FITS`."""
    study, misfit = Study.load("a-SiO2"), FITS[fit]
    if misfit is None:
        return study
    return Study(
        glass="a-SiO2",
        data=study.data,
        free={name: prior for name, prior in study.free.items() if not name.startswith("discrepancy")},
        parameters=study.parameters,
        discrepancy={"kappa": misfit, "heat-capacity": misfit, "expansion": study.discrepancy["expansion"]}
        if misfit
        else False,
        time=study.time,
        name=f"a-SiO2-{fit}",
    )


def simulated(study: Study, truth: str, sets: int = SETS) -> Iterator[tuple[dict[str, np.ndarray], Any]]:
    """Rows (n,) of every quantity, drawn from another theory with the sources' errors; and what the theories share."""
    blocks = study.likelihood.blocks

    def rows(theory: Theory) -> dict[str, Any]:
        answers = {
            b.quantity: evaluate(theory, b.quantity, b.temperature, study.glass, study.time) for b in blocks
        }
        return {q: to_scale(q, value) for q, value in answers.items()}

    compiled = quick_jit(rows)
    for number in range(sets):
        rng = np.random.default_rng([number, list(TRUTHS).index(truth)])
        theory, values = TRUTHS[truth](study.glass, rng)
        mean = compiled(theory)
        noise = {b.quantity: np.linalg.cholesky(b.noise) @ rng.standard_normal(len(b.row)) for b in blocks}
        yield {b.quantity: np.asarray(mean[b.quantity])[b.row] + noise[b.quantity] for b in blocks}, values


def scores(study: Study, observed: Mapping[str, np.ndarray], values: Mapping[str, float]) -> dict[str, float]:
    """Distance of the true parameters from the maximum in standard deviations, in sampling coordinates."""
    likelihood = study.likelihood.observing(study, dict(observed))
    outcome = climb(likelihood, spread(study, 1, 0), study.sampler.steps)[0]
    found = laplace(likelihood, outcome.end)
    deviation = np.sqrt(np.diagonal(found.covariance))
    kept = {}
    for i, name in enumerate(likelihood.names):
        if name in WATCHED and name in values:
            z = float(likelihood.transforms[name].inv(values[name]))
            kept[name] = round((z - float(found.centre[i])) / float(deviation[i]), 2)
    if found.flat:
        raise ValueError(f"no maximum along {found.flat}")
    return kept


def read() -> dict[str, dict[str, list[dict[str, float]]]]:
    """The record: scores of each data set by truth and fit."""
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}


def write(record: Mapping[str, Any]) -> None:
    """Write the record, one data set a line."""
    lines = []
    for truth, fits in record.items():
        inner = []
        for fit, found in fits.items():
            rows = ",\n   ".join(json.dumps(row) for row in found)
            inner.append(f"  {json.dumps(fit)}: [\n   {rows}]")
        lines.append(f" {json.dumps(truth)}: {{\n" + ",\n".join(inner) + "}")
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def run(truth: str, fit: str, sets: int = SETS, study: Study | None = None) -> list[dict[str, float]]:
    """Fit ``sets`` simulated data sets, those that the record has left out, and write the record after each tenth."""
    study = study_with(fit) if study is None else study
    kept = read().get(truth, {}).get(fit, [])[:sets]
    for number, (observed, values) in enumerate(simulated(study, truth, sets)):
        if number < len(kept):
            continue
        kept.append(scores(study, observed, values))
        if len(kept) % 10 == 0 or len(kept) == sets:
            record = read()
            record.setdefault(truth, {})[fit] = kept
            write({t: {f: record[t][f] for f in FITS if f in record[t]} for t in TRUTHS if t in record})
            print(f"{truth}, {fit}: {len(kept)} data sets", flush=True)
    return kept


def coverage(found: list[dict[str, float]], name: str, level: float) -> float:
    """Share of the intervals of ``level`` that hold the truth."""
    return float(np.mean([abs(row[name]) <= ndtri(0.5 + level / 2) for row in found]))


def table(record: Mapping[str, Any], level: float = 0.89) -> str:
    """Coverage at ``level`` in per cent and, in brackets, the root mean square of the scores, in Markdown."""
    lines = [
        f"| truth | discrepancy of the fit | sets | {' | '.join(WATCHED)} |",
        f"|---|---|---|{'---|' * len(WATCHED)}",
    ]
    for truth, fits in record.items():
        for fit, found in fits.items():
            cells = [
                f"{100 * coverage(found, name, level):.0f} ({rms(found, name):.1f})"
                if name in found[0]
                else ""
                for name in WATCHED
            ]
            lines.append(f"| {truth} | {fit} | {len(found)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def rms(found: list[dict[str, float]], name: str) -> float:
    """Root mean square of a parameter's scores; 1 for intervals as wide as they should be."""
    return math.sqrt(sum(row[name] ** 2 for row in found) / len(found))


def figure(record: Mapping[str, Any]) -> Any:
    """Draw coverage against level, a column a truth and a row a fit."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    levels = np.linspace(0.02, 0.98, 97)
    colours = dict(zip(WATCHED, ("#0072B2", "#CC79A7", "#009E73", "#D55E00", "#E69F00"), strict=True))
    shown = [fit for fit in FITS if all(fit in fits for fits in record.values())]
    size = (3.0 * len(record), 2.5 * len(shown) + 0.9)
    drawing, axes = plt.subplots(
        len(shown), len(record), figsize=size, sharex=True, sharey=True, squeeze=False
    )
    for column, (truth, fits) in zip(axes.T, record.items(), strict=True):
        column[0].set_title(truth, fontsize=11)
        column[-1].set_xlabel("level of the interval [%]")
        for ax, fit in zip(column, shown, strict=True):
            found = fits[fit]
            error = np.sqrt(levels * (1 - levels) / len(found))
            ax.fill_between(100 * levels, 100 * (levels - error), 100 * (levels + error), color="0.85", lw=0)
            for name in found[0]:
                held = [100 * coverage(found, name, level) for level in levels]
                ax.plot(100 * levels, held, color=colours[name], lw=1.5)
            ax.set(xlim=(0, 100), ylim=(-2, 102))
    for ax, fit in zip(axes[:, 0], shown, strict=True):
        ax.set_ylabel(f"discrepancy: {fit}\ntruth inside [%]")
    handles = [Line2D([], [], color=colour, label=name) for name, colour in colours.items()]
    drawing.legend(handles=handles, loc="lower center", ncols=len(handles), frameon=False)
    drawing.tight_layout(rect=(0, 0.35 / size[1], 1, 1))
    return drawing


def main(arguments: list[str]) -> None:
    """Fit what the record lacks, or draw and print what it has."""
    if arguments == ["--page"]:
        figure(read()).savefig(FIGURE, dpi=130)
        before, after = (part.strip() for part in TABLE.split(PAGE.read_text(encoding="utf-8")))
        PAGE.write_text(f"{before}\n\n{table(read())}\n\n{after}\n", encoding="utf-8")
        return
    import jax

    jax.config.update("jax_enable_x64", True)
    sets = int(arguments[0]) if arguments else SETS
    for fit in arguments[1:] or FITS:
        study = study_with(fit)
        for truth in TRUTHS:
            run(truth, fit, sets, study)


if __name__ == "__main__":
    main(sys.argv[1:])

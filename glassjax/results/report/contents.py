"""What a report says: the facts of a result as plain values, in the order of the page."""

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from ...citation import citation
from ...datasets import KINDS
from ...glass import GLASS_CONSTANTS
from ...quantities import QUANTITIES
from ..limits import LEVEL, LIMIT_LEVEL
from ..table import meaning, numbers
from ..text import misfit_lines
from .markup import linked, number, symbol, unit

if TYPE_CHECKING:
    from ..base import BaseResult

STRONG = 0.5


def headline(result: "BaseResult") -> dict[str, Any]:
    """Return what comes first, and all that a notebook shows: verdict and parameters."""
    study, verdict = result.study, result.verdict
    limits = any(row["limit"] for row in result.table)
    return {
        "name": study.name,
        "heading": result.heading,
        "verdict": {
            "ok": verdict.ok,
            "title": "; ".join(f"{name} {part.words}" for name, part in verdict.parts.items()),
            "parts": [
                (name.capitalize(), part.ok, part.words, [number(reason) for reason in part.reasons])
                for name, part in verdict.parts.items()
            ],
            "notes": [number(note) for note in verdict.notes],
        },
        "estimate": result.estimate,
        "level": f"{100 * LEVEL:.0f} %",
        "limit_level": f"{100 * LIMIT_LEVEL:.0f} %" if limits else "",
        "chains": bool(result.table) and "rhat" in result.table[0],
        "parameters": [_parameter(result, row) for row in result.table],
    }


def contents(result: "BaseResult") -> dict[str, Any]:
    """Return everything a report says but the figures."""
    return common_contents(result) | {
        "facts": _facts(result),
        "strong": _strong_correlations(result),
        "misfits": [misfit_of(entry) for entry in result.misfits],
    }


def common_contents(result: "BaseResult") -> dict[str, Any]:
    """Return what the reports of a glass and of a population have in common."""
    study, origin = result.study, result.provenance
    return headline(result) | {
        "derived": [_parameter(result, row) for row in result.derived],
        "citation": linked(citation(origin["glassjax"])),
        "title": study.title or study.name,
        "diagnostics": _diagnostics(result),
        "data": [_data(entry) for entry in study.data],
        "starts": [_start(entry) for entry in result.starts],
        "origin": _origin(result),
        "settings": {key.replace("_", " "): str(value) for key, value in result.settings.items()},
        "versions": {"glassjax": origin["glassjax"], "Python": origin["python"], **origin["versions"]},
        "study": study.describe(),
    }


def _parameter(result: "BaseResult", row: dict[str, Any]) -> dict[str, Any]:
    estimate, span, sd = (number(text) for text in numbers(row))
    found = {
        "name": row["name"],
        "symbol": symbol(row["symbol"], row["name"]),
        "meaning": row.get("meaning") or meaning(result.study, row["name"]),
        "estimate": estimate,
        "interval": span,
        "sd": sd,
        "unit": unit(row["unit"]),
        "prior": number(row.get("prior", "")),
    }
    if "rhat" in row:
        found["rhat"] = "–" if row["rhat"] is None else f"{row['rhat']:.3f}"
        for key in ("ess_bulk", "ess_tail"):
            found[key] = "–" if row[key] is None else f"{row[key]:.0f}"
    return found


def _facts(result: "BaseResult") -> dict[str, Any]:
    """Return what was fitted to what, in a line each."""
    study = result.study
    constants = Markup(", ").join(
        Markup("{} = {} {}").format(symbol(mark), number(f"{float(getattr(study.glass, name)):g}"), unit(of))
        for name, (mark, of, _) in GLASS_CONSTANTS.items()
    )
    counts = (
        f"{QUANTITIES[quantity].title} {sum(len(e.used) for e in study.fitted if e.quantity == quantity)}"
        for quantity in study.quantities
    )
    free, fixed = ", ".join(study.free), ", ".join(f"{k} = {v:g}" for k, v in study.parameters.items())
    found = {
        "Theory": type(study.theory).__name__,
        "Glass": study.glass.name,
        "Its constants": constants,
        "Points fitted": ", ".join(counts),
        f"{len(study.free)} free parameters" if len(study.free) > 1 else "Free parameter": free,
    }
    if fixed:
        found["Fixed by the study"] = number(fixed)
    missed = ", ".join(QUANTITIES[quantity].title for quantity in study.discrepancy)
    return found | {
        "Discrepancy allowed in": missed or "nothing",
        "Observation time": f"{study.time:g} s",
        "Log posterior at the maximum": number(f"{result.log_posterior:.2f}"),
        **_evidence(result),
    }


def _evidence(result: "BaseResult") -> dict[str, Any]:
    """Return the logarithm of the evidence, where the method gives one."""
    found = result.log_evidence
    if found is None:
        return {}
    error = "" if found.error is None else f" ± {found.error:.2f}"
    how = "; ".join(part for part in (found.method, found.note) if part)
    return {"Log evidence": number(f"{found.value:.2f}{error}") + f" ({how})"}


def _diagnostics(result: "BaseResult") -> dict[str, str]:
    """Return the worst of each diagnostic of the chains, or nothing where there are none."""
    found = {}
    rows = result.table
    if rows and "rhat" in rows[0]:
        worst = [row["rhat"] for row in rows if row["rhat"] is not None]
        found["Largest R-hat"] = f"{max(worst):.3f}" if worst else "none"
        for key, what in (("ess_bulk", "bulk"), ("ess_tail", "tails")):
            least = [row[key] for row in rows if row[key] is not None]
            found[f"Fewest effective draws, {what}"] = f"{min(least):.0f}" if least else "none"
    if "sample_stats" in result.tree.children:
        statistics = result.tree["sample_stats"]
        if "diverging" in statistics:
            found["Divergent draws"] = str(int(np.sum(np.asarray(statistics["diverging"]))))
        if "acceptance_rate" in statistics:
            found["Mean acceptance"] = f"{float(np.mean(np.asarray(statistics['acceptance_rate']))):.2f}"
        if "n_steps" in statistics:
            found["Gradients a draw"] = f"{float(np.mean(np.asarray(statistics['n_steps']))):.1f}"
    bfmi = getattr(result, "diagnostics", {}).get("bfmi", {})
    if bfmi:
        found["E-BFMI of each chain"] = ", ".join(f"{value:.2f}" for value in bfmi.values())
    return found


def _strong_correlations(result: "BaseResult") -> list[str]:
    """Name the pairs whose correlation exceeds a half, strongest first."""
    found = []
    for one, other in itertools.combinations(result.study.free, 2):
        r = float(np.corrcoef(result.draws[one], result.draws[other])[0, 1])
        if abs(r) > STRONG:
            found.append((abs(r), f"{one} and {other} ({r:+.2f})".replace("-", "−")))
    return [text for _, text in sorted(found, reverse=True)]


def misfit_of(entry: Any, glass: str = "") -> dict[str, Any]:
    """Return how one quantity (of a glass of a population) fits, and where not."""
    first, *others = (number(line.strip()) for line in misfit_lines(entry))
    return {"size": Markup("{}: {}").format(glass, first) if glass else first, "fails": others}


def _data(entry: Any) -> dict[str, Any]:
    whole, used = entry.measurement, entry.used
    left_out = f"\u00a0of\u00a0{len(whole)}" if entry.left_out else ""
    return {
        "file": whole.name if whole.path is None else whole.path.name,
        "quantity": QUANTITIES[entry.quantity].title,
        "use": "fitted" if entry.role == "fit" else "shown only",
        "rows": f"{len(used)}{left_out}",
        "range": f"{used.temperature[0]:.3g}\u00a0–\u00a0{used.temperature[-1]:.3g}\u00a0K"
        if len(used) > 1
        else f"{used.temperature[0]:.3g} K",
        "kind": whole.kind,
        "kind_in_words": KINDS[whole.kind],
        "citation": linked(whole.citation),
        "origin": linked(whole.origin),
        "licence": linked(whole.licence),
        "sha256": whole.sha256,
    }


def _start(entry: dict[str, Any]) -> dict[str, Any]:
    value = entry["log_posterior"]
    return {
        "log_posterior": "none" if value is None else number(f"{value:.3f}"),
        "steps": entry["steps"],
        "reason": entry["reason"],
    }


def _origin(result: "BaseResult") -> dict[str, str]:
    origin = result.provenance
    return {
        "Computed": origin["date"].replace("T", " ").replace("+00:00", " UTC"),
        "Running time": f"{origin['seconds']:.0f} s",
        "Seed": str(result.seed),
        "Method": result.tree["posterior"].attrs.get("inference", result.kind),
    }

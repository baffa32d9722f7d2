"""What the report of a population says beside what every report does."""

from typing import Any

from ...quantities import QUANTITIES
from .contents import common_contents, misfit_of
from .markup import number, symbol


def population_contents(result: Any) -> dict[str, Any]:
    """Return everything the report of a population says but the figures."""
    return common_contents(result) | {
        "facts": _facts(result),
        "glasses": [_glass(result, row) for row in result.glasses],
        "misfits": [
            misfit_of(entry, name) for name, member in result.members.items() for entry in member.misfits
        ],
    }


def _facts(result: Any) -> dict[str, Any]:
    study = result.study
    rows = sum(len(entry.used) for entry in study.fitted)
    quantities = {entry.quantity for entry in study.fitted}
    return {
        "Glasses": ", ".join(study.members),
        "Theory": study.theory_name,
        "Points fitted": f"{rows}: {', '.join(QUANTITIES[q].title for q in QUANTITIES if q in quantities)}",
        "Shared parameters": ", ".join(study.shared),
        "Free parameters": str(len(study.free)),
        "Log posterior at the maximum": number(f"{result.log_posterior:.2f}"),
    }


def _glass(result: Any, row: dict[str, Any]) -> dict[str, Any]:
    parameters = next(iter(result.study.members.values())).theory.parameters()
    mark = next(entry.symbol for entry in parameters if entry.name == row["parameter"])
    return {
        "member": row["member"],
        "parameter": row["parameter"],
        "symbol": symbol(mark, row["parameter"]),
        "estimate": number(f"{row['estimate']:.3g}"),
        "interval": number(f"{row['low']:.3g} … {row['high']:.3g}"),
        "alone": number(f"{row['alone']:.3g}"),
        "alone_interval": number(f"{row['alone_low']:.3g} … {row['alone_high']:.3g}"),
        "shrinkage": number(f"{100 * row['shrinkage']:.0f} %"),
    }

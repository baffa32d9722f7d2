"""The summary of a fit in plain text: verdict first, then numbers, then where the theory fails."""

import math
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from .limits import LEVEL, LIMIT_LEVEL
from .misfit import Misfit
from .table import format_table
from .verdict import Verdict

__all__ = ["misfit_lines", "summary"]

WIDTH = 100


def summary(
    heading: str,
    verdict: Verdict,
    table: Sequence[dict[str, Any]],
    estimate: str,
    misfits: Sequence[Misfit],
    closing: str,
    tied: Sequence[dict[str, Any]] = (),
) -> str:
    """Put the summary together; ``estimate`` says what the estimates are, ``closing`` where the result comes from."""
    lines = [heading, ""]
    lines.append("VERDICT: " + ("converged" if verdict.ok else "NOT TO BE TRUSTED"))
    for reason in verdict.reasons:
        lines += wrap(reason, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    limits = any(row["limit"] for row in table)
    kind = f"{LEVEL:.0%} equal-tailed intervals" + (f", limits at {LIMIT_LEVEL:.0%}" if limits else "")
    lines += ["", f"Parameters ({estimate}, {kind})"]
    lines += ["  " + line for line in format_table(table).splitlines()]
    if tied:
        lines += ["", "Tied parameters"]
        lines += ["  " + line for line in format_table(tied).splitlines()]
        lines += [f"  {row['name']} = {row['tie']}" for row in tied]
    lines += ["", "Fit at the maximum"]
    for misfit in misfits:
        lines += misfit_lines(misfit)
    if verdict.notes:
        lines += ["", "Notes"]
        for note in verdict.notes:
            lines += wrap(note, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    lines += ["", closing]
    return "\n".join(lines)


def misfit_lines(misfit: Misfit) -> list[str]:
    """Say how one quantity fits, and at which temperatures the theory is systematically off."""
    relative = misfit.quantity != "expansion"
    unit = f" in ln {'κ' if misfit.quantity == 'kappa' else 'C'}" if relative else " 1/K"
    points = f"{misfit.points} points" if misfit.points != 1 else "1 point"
    allowance = f"errors {misfit.noise:.2g}"
    if misfit.amplitude:
        allowance += f", discrepancy {misfit.amplitude:.2g}"
    lines = [f"  {misfit.quantity}: {points}, rms residual {misfit.rms:.2g}{unit} ({allowance})"]
    for stretch in misfit.stretches:
        side = "above" if stretch.offset > 0 else "below"
        size = (
            f"{_percent(stretch.offset)} (ln {stretch.offset:+.2f})"
            if relative
            else f"{abs(stretch.offset):.2g} 1/K"
        )
        at = (
            f"{stretch.low:.3g}–{stretch.high:.3g} K"
            if stretch.high > stretch.low
            else f"{stretch.low:.3g} K"
        )
        lines.append(f"    the theory fails at {at}: the data lie {side} it by up to {size}")
    return lines


def _percent(log_ratio: float) -> str:
    return f"{100 * abs(math.expm1(log_ratio)):.0f} %"

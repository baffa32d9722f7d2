"""The summary of a fit in plain text: verdict first, then numbers, then where the data lie off the theory."""

from collections.abc import Container, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from ..quantities import QUANTITIES
from .limits import percent

if TYPE_CHECKING:
    from .misfit import Misfit, Stretch
    from .verdict import Verdict

WIDTH = 100


def summary(
    heading: str,
    verdict: "Verdict",
    sections: Mapping[str, Sequence[str]],
    closing: str,
    words: tuple[str, str] = ("converged", "NOT TO BE TRUSTED"),
) -> str:
    """Put a summary together: its verdicts, titled sections of lines, notes, and the end.

    A verdict without parts is given in good or bad ``words``.
    """
    said = [(name.upper(), part.words, part.reasons) for name, part in verdict.parts.items()]
    lines = [heading, ""]
    for name, word, reasons in said or [("VERDICT", words[0 if verdict.ok else 1], verdict.reasons)]:
        lines.append(f"{name}: {word}")
        for reason in reasons:
            lines += bulleted(reason)
    notes = [line for note in verdict.notes for line in bulleted(note)]
    for title, section in {**sections, "Notes": notes}.items():
        if section:
            lines += ["", title, *section]
    return "\n".join([*lines, "", closing])


def bulleted(text: str) -> list[str]:
    """Return a bulleted paragraph."""
    return wrap(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")


def aligned(lines: Sequence[Sequence[str]], left: Container[int] = (0,)) -> list[str]:
    """Align columns, those of ``left`` to the left and the others to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def misfit_lines(misfit: "Misfit") -> list[str]:
    """Say how one quantity fits, and at which temperatures the theory is systematically off."""
    known = QUANTITIES[misfit.quantity]
    unit = f" in ln {known.symbol}" if known.logarithmic else f" {known.unit}"
    points = f"{misfit.points} points" if misfit.points != 1 else "1 point"
    allowance = f"errors {misfit.noise:.2g}"
    if misfit.amplitude:
        allowance += f", discrepancy {misfit.amplitude:.2g}"
    lines = [f"  {misfit.quantity}: {points}, rms residual {misfit.rms:.2g}{unit} ({allowance})"]
    lines += [f"    at {stretch_words(stretch, misfit.quantity)}" for stretch in misfit.stretches]
    for own in misfit.scales:
        where = "parameters held" if own.held else "over the posterior"
        size = f"{own.mean:+.2g} ± {own.sd:.2g} {where}, prior 0 ± {own.prior:.2g}"
        lines.append(f"    ln of the scale of {own.data}: {size}")
    return lines


def stretch_words(stretch: "Stretch", quantity: str) -> str:
    """Say where data of a quantity lie off the theory, on which side and how far."""
    known = QUANTITIES[quantity]
    side = "above" if stretch.offset > 0 else "below"
    size = (
        f"{percent(stretch.offset)} (ln {stretch.offset:+.2f})"
        if known.logarithmic
        else f"{abs(stretch.offset):.2g} {known.unit}"
    )
    at = f"{stretch.low:.3g}–{stretch.high:.3g} K" if stretch.high > stretch.low else f"{stretch.low:.3g} K"
    return f"{at} the data lie {side} the theory by up to {size}"

"""The claims as text, CSV and Markdown, and the page that holds all results."""

import csv
import io
from collections.abc import Iterable, Sequence

import numpy as np

from .._version import __version__
from . import figure_data, saddle_errors
from .claims import ROUNDING, VERDICTS, Claim
from .figure_data import MIXED_PATH, MIXING, Choice
from .figures import caption

HEADER = ("where", "what", "paper", "from its formulas", "verdict", "note")
SHOWN = (1e-3, 3e-3, 1e-2, 2e-2, 3e-2, 5e-2, 0.1, 0.2)
"""T/T_D of the tables of accuracy and choices."""


def number(value: float) -> str:
    """Return a number to three significant digits."""
    return f"{value:.3g}" if 1e-3 <= abs(value) < 1e5 or value == 0 else f"{value:.2e}"


def count_verdicts(claims: Iterable[Claim]) -> dict[str, int]:
    """Return how many rows got each verdict."""
    given = [claim.verdict for claim in claims]
    return {verdict: given.count(verdict) for verdict in VERDICTS}


def _cells(claim: Claim) -> tuple[str, ...]:
    return claim.where, claim.what, claim.printed.text, number(claim.computed), claim.verdict, claim.note


def claims_text(claims: Sequence[Claim]) -> str:
    """Return the table in columns, each note on a line below its row."""
    rows = [_cells(claim)[:5] for claim in claims]
    widths = [max(len(row[i]) for row in [HEADER[:5], *rows]) for i in range(5)]
    lines = []
    for row, note in zip([HEADER[:5], *rows], ["", *(claim.note for claim in claims)], strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if note:
            lines.append(" " * (widths[0] + 2) + note)
    tally = ", ".join(f"{count} {verdict}" for verdict, count in count_verdicts(claims).items())
    return "\n".join([*lines, "", f"{len(claims)} numbers: {tally}"]) + "\n"


def claims_csv(claims: Sequence[Claim]) -> str:
    """Return the table as CSV, with all digits and the ends of the interval that counts as reproduced."""
    header = ["where", "what", "paper", "low", "high", "computed", "verdict", "note"]
    return _csv(
        header,
        (
            [c.where, c.what, c.printed.text]
            + [repr(x) for x in (c.printed.low, c.printed.high, c.computed)]
            + [c.verdict, c.note]
            for c in claims
        ),
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def claims_markdown(claims: Sequence[Claim]) -> str:
    """Return the table in Markdown."""
    return _markdown(HEADER, (_cells(claim) for claim in claims)) + "\n"


def _choices_markdown(choices: Sequence[Choice]) -> str:
    at = [int(np.argmin(np.abs(np.log(figure_data.TEMPERATURES / T)))) for T in SHOWN]
    rows = [
        [choice.name, choice.quantity, choice.reference, name, *(f"{ratio[i]:.2f}" for i in at)]
        for choice in choices
        for name, ratio in choice.ratios.items()
    ]
    return _markdown(["option", "of", "reference", "other", *(f"{T:g}" for T in SHOWN)], rows)


def _accuracy_markdown() -> str:
    rows = []
    for label, path in saddle_errors.conductivity().items():
        ratio = np.interp(np.log(SHOWN), np.log(path.x), path.saddle / path.exact)
        rows.append([label, *(f"{value:.3f}" for value in ratio)])
    return _markdown(["κ, saddle/exact", *(f"{T:g}" for T in SHOWN)], rows)


def accuracy_text(rows: Sequence[dict[str, float]]) -> str:
    """Return the largest errors of κ in columns (`saddle_errors.conductivity_table`)."""
    lines = ["T_g/ω_D   ω_c    saddle  at T/T_D    uniform  at T/T_D      sharp  at T/T_D"]
    for row in rows:
        cutoff = " none" if np.isnan(row["omega_c"]) else f"{row['omega_c']:5.1f}"
        parts = (f"{row[m]:+8.1%} {row[f'{m} T']:9.3g}" for m in ("saddle", "uniform", "sharp"))
        lines.append(f"{row['tg']:7.1f} {cutoff}  " + "  ".join(parts))
    return "\n".join(lines) + "\n"


def accuracy_csv(rows: Sequence[dict[str, float]]) -> str:
    """Return the same as CSV with all digits; ω_c is empty where there is no coupling to phonons."""
    return _csv(list(rows[0]), (["" if np.isnan(x) else repr(x) for x in row.values()] for row in rows))


def populations_sentence(choices: Sequence[Choice]) -> str:
    """Say in plain words what full populations do to the plateau."""
    plateau = (figure_data.TEMPERATURES >= 0.07) & (figure_data.TEMPERATURES <= 0.25)
    named = {choice.name: choice for choice in choices}
    alone, mixed = (
        named[name].ratios["populations"][plateau] for name in ("excited", "excited (with mixing)")
    )
    return (
        "With the centres' true occupations and stimulated emission scattering saturates: between 0.07 and 0.25 T_D "
        f"κ comes out {number(alone.min())} to {number(alone.max())} times that of Eq. 43, and still "
        f"{number(mixed.min())} to {number(mixed.max())} times where fast centres scatter too (B = {MIXING:g}, "
        f"R = {MIXED_PATH:g}); the plateau is lost. The paper waives populations as an error of the order unity; here "
        'it is more, and the package takes full populations only where `excited="populations"` asks for them.'
    )


def validation_page(
    claims: Sequence[Claim], choices: Sequence[Choice], names: Iterable[str], kind: str = "png"
) -> str:
    """Return the page with all tables and the figures ``names``, which lie beside it in figures/ as ``kind``."""
    tally = ", ".join(f"{count} {verdict}" for verdict, count in count_verdicts(claims).items())
    shown = (f"![{caption(name)}](figures/{name}.{kind})\n\n{caption(name)}" for name in names)
    parts = [
        "# The paper, recomputed",
        _ORIGIN.format(version=__version__),
        "## Numbers that the paper prints",
        f"{len(claims)} numbers: {tally}. {_VERDICTS.format(share=ROUNDING)}",
        claims_markdown(claims).rstrip(),
        "## How good the saddle point is",
        _SADDLE,
        _accuracy_markdown(),
        "## Choices that the paper leaves open",
        _CHOICES,
        _choices_markdown(choices),
        populations_sentence(choices),
        "## Figures",
        *shown,
    ]
    return "\n\n".join(parts) + "\n"


_ORIGIN = """\
Written by `glassjax paper` (glassjax {version}); do not edit. Every number is computed from the formulas of
V. Lubchenko and P. G. Wolynes, *The microscopic quantum theory of low temperature amorphous solids* (2005),
[cond-mat/0506708](https://arxiv.org/abs/cond-mat/0506708), as explained in [theory.md](theory.md)."""

_VERDICTS = """\
*Reproduced*: the computed number rounds to the printed one, or lies in the printed range. *To rounding*: it lies
outside by less than {share:.0%}, where the paper prints no range. *No number printed*: the paper shows it in a
figure only."""

_SADDLE = """\
The paper counts scattering states by a saddle point. Ratio of κ by the saddle point to κ by the exact count, against
T/T_D (no coupling: T_g/ω_D = 4)."""

_CHOICES = """\
Result over that of the reference, against T/T_D, for silica (T_g/ω_D = 4.39) at ω_c = 1.8 (a/ξ)ω_D; for c, over that of
c = 0."""

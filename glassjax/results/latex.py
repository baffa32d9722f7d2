r"""The parameter table in LaTeX, as papers print it: :math:`x^{+a}_{-b}`, limits, units, booktabs rules.

A value is written to the digits that two figures of its standard deviation give, as in the plain table; the
two errors reach from the estimate to the ends of the interval.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .limits import LEVEL, LIMIT_LEVEL

if TYPE_CHECKING:
    from ..problem.specification import Specification

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "−": r"\ensuremath{-}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_PLACES = {"<sub>": "textsubscript", "<super>": "textsuperscript"}
_GREEK = re.compile(r"GREEK (?P<case>SMALL|CAPITAL) LETTER (?P<name>[A-Z]+)")
_LIKE_LATIN = {
    "ALPHA": "A",
    "BETA": "B",
    "EPSILON": "E",
    "ZETA": "Z",
    "ETA": "H",
    "IOTA": "I",
    "KAPPA": "K",
    "MU": "M",
    "NU": "N",
    "OMICRON": "O",
    "RHO": "P",
    "TAU": "T",
    "CHI": "X",
}


def escape(text: str) -> str:
    """Return a plain text such that LaTeX prints it letter by letter."""
    return "".join(_SPECIAL.get(letter) or _beyond_latin(letter) for letter in text)


def _beyond_latin(letter: str) -> str:
    """Return Greek letters, and figures above or below the line, as commands that every LaTeX knows."""
    place, _, code = unicodedata.decomposition(letter).partition(" ")
    if place in _PLACES and " " not in code:
        return rf"\{_PLACES[place]}{{{escape(chr(int(code, 16)))}}}"
    found = _GREEK.fullmatch(unicodedata.name(letter, ""))
    if found is None:
        return letter
    name = found["name"].replace("LAMDA", "LAMBDA")
    if found["case"] == "SMALL":
        return "o" if name == "OMICRON" else rf"\ensuremath{{\{name.lower()}}}"
    return _LIKE_LATIN.get(name) or rf"\ensuremath{{\{name.capitalize()}}}"


def latex_caption(study: "Specification", estimate: str, table: Sequence[dict[str, Any]]) -> str:
    """Say what the numbers of the table are."""
    theory = escape(study.theory_name)
    limits = f"; limits at {_percent(LIMIT_LEVEL)}" if any(row["limit"] for row in table) else ""
    intervals = f", {_percent(LEVEL)} equal-tailed intervals" if table and table[0]["sd"] is not None else ""
    return f"Parameters of {theory} fitted to {escape(study.name)}: {escape(estimate)}{intervals}{limits}."


def latex_table(table: Sequence[dict[str, Any]], *, caption: str = "", label: str = "") -> str:
    """Return a ``table`` with its ``caption``, or the bare ``tabular`` if that is empty."""
    lines = [r"\begin{tabular}{llll}", r"\toprule", r"Parameter & Symbol & Value & Unit \\", r"\midrule"]
    for row in table:
        cells = [escape(row["name"]), f"${row['symbol']}$", latex_value(row), _unit(row["unit"])]
        lines.append(" & ".join(cells).rstrip() + r" \\[2pt]")
    lines += [r"\bottomrule", r"\end{tabular}"]
    if caption:
        named = [rf"\label{{{label}}}"] if label else []
        opening = [r"\begin{table}", r"\centering", rf"\caption{{{caption}}}", *named]
        lines = [*opening, *lines, r"\end{table}"]
    return "\n".join([r"% needs \usepackage{booktabs}", *lines]) + "\n"


def latex_value(row: dict[str, Any]) -> str:
    """Write the value of a row: with its errors, as a limit, or alone where it has neither."""
    low, high, estimate, spread = row["low"], row["high"], row["estimate"], row["sd"]
    if spread is None or not (spread > 0 and math.isfinite(spread)):
        return _alone(estimate)
    size = max(abs(x) for x in (low, high, estimate) if x is not None)
    exponent = math.floor(math.log10(size)) if size > 0 else 0
    exponent = 0 if -3 <= exponent <= 4 else exponent
    digits = max(0, 1 - math.floor(math.log10(spread)) + exponent)

    def plain(value: float) -> str:
        return f"{value / 10.0**exponent:.{digits}f}"

    power = rf"\times 10^{{{exponent}}}" if exponent else ""
    if row["limit"] is not None:
        sign, end = ("<", high) if row["limit"] == "upper" else (">", low)
        return f"${sign} {plain(end)}{power}$ ({_percent(LIMIT_LEVEL)})"
    if not low <= estimate <= high:
        return f"${plain(estimate)}{power}$ (${plain(low)}{power}$ to ${plain(high)}{power}$)"
    value = f"{plain(estimate)}^{{+{plain(high - estimate)}}}_{{-{plain(estimate - low)}}}"
    return f"$({value}){power}$" if power else f"${value}$"


def _alone(value: float) -> str:
    digits, _, exponent = f"{value:.4g}".partition("e")
    return rf"${digits} \times 10^{{{int(exponent)}}}$" if exponent else f"${digits}$"


def _unit(unit: str) -> str:
    """Raise the exponents of a unit such as kg/m3."""
    return re.sub(r"(?<=[A-Za-z])(-?\d+)", r"$^{\1}$", escape(unit))


def _percent(share: float) -> str:
    return rf"{100 * share:.0f}\,\%"

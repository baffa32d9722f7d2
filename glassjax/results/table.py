"""The parameter table: one row a free parameter, numbers or None, and its plain text."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..glass import GLASS_CONSTANTS
from ..problem.naming import natural_range, symbol_and_unit
from .limits import LEVEL, LIMIT_LEVEL, Interval, ends, interval
from .text import aligned

if TYPE_CHECKING:
    import pandas as pd

    from ..problem.specification import Specification

Row = dict[str, Any]


def meaning(study: "Specification", name: str) -> str:
    """Say in words what a free parameter is."""
    for parameter in study.theory.parameters():
        if parameter.name == name:
            return parameter.meaning
    if name in GLASS_CONSTANTS:
        return GLASS_CONSTANTS[name][2]
    first, _, rest = name.partition(".")
    if first == "nuisance":
        return "nuisance parameter of the study's ties"
    if first == "scale":
        return f"ln of a common factor on the theory's {rest}"
    if first == "noise":
        return f"extra white scatter of {rest}"
    quantity, _, kind = rest.rpartition(".")
    return (
        f"size of what the theory misses in {quantity}"
        if kind == "amplitude"
        else f"its reach in ln T, {quantity}"
    )


def intervals(
    study: "Specification", draws: Mapping[str, np.ndarray], *, gaussian: bool = False
) -> dict[str, Interval]:
    """Interval or limit of every free parameter from its draws (n,)."""
    return {name: interval(draws[name], *ends(study.free[name]), gaussian=gaussian) for name in study.free}


def rows(
    study: "Specification",
    estimate: Mapping[str, float],
    draws: Mapping[str, np.ndarray] | None,
    diagnostics: Mapping[str, Mapping[str, float]] | None = None,
    *,
    gaussian: bool = False,
) -> list[Row]:
    """Make the table: estimate, interval or limit, standard deviation; without ``draws`` there are no intervals.

    ``limit`` is "upper" or "lower" where the row is a 95 % limit and one of ``low`` and ``high`` is None.
    """
    table = []
    found = None if draws is None else intervals(study, draws, gaussian=gaussian)
    for name in study.free:
        symbol, unit = symbol_and_unit(study, name)
        span = None if found is None else found[name]
        row: Row = {
            "name": name,
            "symbol": symbol,
            "unit": unit,
            "estimate": float(estimate[name]),
            "low": None if span is None else span.low,
            "high": None if span is None else span.high,
            "sd": None if draws is None else float(np.std(draws[name], ddof=1)),
            "limit": None if span is None else span.limit,
            "level": level_of(span),
            "prior": study.free[name].describe(),
        }
        table.append(row | diagnosed(name, diagnostics))
    return table


def level_of(span: Interval | None) -> float:
    """Return the level of a row: of its limit where it has one."""
    return LEVEL if span is None or span.limit is None else LIMIT_LEVEL


def diagnosed(name: str, diagnostics: Mapping[str, Mapping[str, float]] | None) -> Row:
    """Return R-hat and effective draws of a parameter, None where not finite; nothing without diagnostics."""
    if diagnostics is None:
        return {}
    values = {key: diagnostics[key][name] for key in ("rhat", "ess_bulk", "ess_tail")}
    return {key: value if math.isfinite(value) else None for key, value in values.items()}


def tied_rows(
    study: "Specification", best: Mapping[str, float] | None, draws: Mapping[str, np.ndarray] | None
) -> list[Row]:
    """One row a tied parameter, as those of `rows`, from the free ones: at ``best``, or the median over ``draws`` (n,).

    Never a limit: where a free parameter piles up at a bound, what is tied to it need not.
    """
    found = {} if draws is None else study.complete(draws, np)
    central = found if best is None else study.complete(best, np)
    table = []
    for name, tie in study.ties.items():
        symbol, unit = symbol_and_unit(study, name)
        row: Row = {"name": name, "symbol": symbol, "unit": unit}
        row["estimate"] = float(np.median(central[name]))
        row |= dict.fromkeys(("low", "high", "sd"))
        if draws is not None and np.all(np.isfinite(found[name])):
            span = interval(found[name], -math.inf, math.inf)
            row |= {"low": span.low, "high": span.high, "sd": float(np.std(found[name]))}
        table.append(row | {"limit": None, "level": LEVEL, "tie": tie.text})
    return table


def tied_notes(study: "Specification", draws: Mapping[str, np.ndarray]) -> list[str]:
    """Say which tied parameters leave their own range, at how many of the ``draws`` (n,) of the free ones."""
    notes = []
    values = study.complete(draws, np) if study.ties else {}
    for name in study.ties:
        low, high = natural_range(study, name)
        share = 1 - float(np.mean((values[name] >= low) & (values[name] <= high)))
        if share > 0:
            notes.append(
                f"{name}, which is tied, lies outside its range {low:g} … {high:g} at {share:.1%} of the draws"
            )
    return notes


def maxima_lines(maxima: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the maxima that starts found (`glassjax.results.result.Result.maxima`) as aligned lines, one a maximum."""
    lines = [["below the best", "starts", *maxima[0]["parameters"]]]
    for i, found in enumerate(maxima):
        values = [f"{value:.4g}" for value in found["parameters"].values()]
        lines.append([f"{found['below']:.2f}" if i else "-", str(found["starts"]), *values])
    return aligned(lines)


def dataframe(table: Sequence[Row]) -> "pd.DataFrame":
    """Return the table with the parameters' names as index; a missing number is NaN."""
    import pandas as pd

    frame = pd.DataFrame.from_records(list(table)).set_index("name")
    words = ("symbol", "unit", "limit", "prior", "meaning")
    return frame.astype({column: float for column in frame if column not in words})


def text(table: Sequence[Row], what: str = "parameter") -> list[str]:
    """Return the table as aligned lines, a ``what`` each; digits follow the width of each interval."""
    chains = bool(table) and "rhat" in table[0]
    header = [what, "estimate", f"{LEVEL:.0%} interval", "sd", "unit"]
    header += ["R-hat", "bulk", "tail"] if chains else []
    lines = [header]
    for row in table:
        cells = [row["name"], *numbers(row), row["unit"]]
        if chains:
            cells.append("-" if row["rhat"] is None else f"{row['rhat']:.3f}")
            cells += ["-" if row[key] is None else f"{row[key]:.0f}" for key in ("ess_bulk", "ess_tail")]
        lines.append(cells)
    return aligned(lines, left=(0, 2, 4))


def levels(table: Sequence[Row]) -> str:
    """Say of which level the table's intervals are, and its limits if it has some."""
    limits = f", limits at {LIMIT_LEVEL:.0%}" if any(row["limit"] for row in table) else ""
    return f"{LEVEL:.0%} equal-tailed intervals{limits}"


def numbers(row: Row) -> list[str]:
    """Estimate, interval and standard deviation to the digits that two figures of the deviation give."""
    sd = row["sd"]
    if sd is None or not sd > 0:
        return [f"{row['estimate']:.4g}", "none", "none"]
    digits = max(0, 1 - math.floor(math.log10(sd)))

    def plain(value: float) -> str:
        if abs(value) >= 1e6 or digits > 6:
            return f"{value:.2e}"
        return f"{value:.{digits}f}"

    if row["limit"] == "upper":
        text = f"< {plain(row['high'])} ({LIMIT_LEVEL:.0%})"
    elif row["limit"] == "lower":
        text = f"> {plain(row['low'])} ({LIMIT_LEVEL:.0%})"
    else:
        text = f"{plain(row['low'])} … {plain(row['high'])}"
    return [plain(row["estimate"]), text, plain(sd)]


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

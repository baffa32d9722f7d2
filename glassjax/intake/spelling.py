"""How spreadsheets spell numbers and the units of the three quantities and of T."""

import math
import re
import warnings

from ..datasets.units import UnitProblem, kelvin, value_factor

_MISSING = {
    *("", "-", "--", "---", "–", "—", "*", "?", "nan", "na", "n/a", "null", "none", "inf", "infinity"),
    *("#n/a", "#na", "#nv", "#div/0!", "#value!", "#wert!", "#num!", "#zahl!", "#ref!", "#bezug!", "1.#qnan"),
}
_OVERFLOW = re.compile(r"9[.,]9\d*e\+?37")  # what meters write for a reading out of range
SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−", "0123456789-+-")
_SPACED = re.compile(r"(?<=\d)[\u00a0\u202f\u2009'’ ](?=\d{3}(?!\d))")
_TIMES_TEN = re.compile(r"\s*[x×·⋅*]\s*10\s*(?:\^|\*\*)?\s*\(?([-+]?\d+)\)?$", re.IGNORECASE)
_FORTRAN = re.compile(r"(?<=[\d.,])[dD](?=[+-]?\d+$)")
# 0.015±0.0003, (1.50 ± 0.03)e-2, 0.015 ± 2 %, 0.0150(3), 1.50(3)e-2
_WITH_ERROR = re.compile(
    r"(?P<open>\()?\s*(?P<value>[-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(?:±|\+/[-−]|\+-)\s*(?P<error>[\d.,]+(?:[eE][-+]?\d+)?)"
    r"\s*(?(open)\)\s*(?P<power>[eE][-+]?\d+)?|(?P<percent>%)?)"
)
_BRACKETED = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)\(\d+(?:[.,]\d+)?\)(?:[eE][-+]?\d+)?")
_EXPONENT = r"(?:[eE][+-]?\d+)?"
# decimal mark -> plain numbers, numbers in groups of three digits
_PLAIN = {
    mark: re.compile(rf"[+-]?(?:\d+{re.escape(mark)}?\d*|{re.escape(mark)}\d+){_EXPONENT}", re.ASCII)
    for mark in ".,"
}
_GROUPED = {
    mark: re.compile(
        rf"[+-]?[1-9]\d{{0,2}}(?:{re.escape(other)}\d{{3}})+(?:{re.escape(mark)}\d*)?{_EXPONENT}", re.ASCII
    )
    for mark, other in ((".", ","), (",", "."))
}


class UnclearNumber(ValueError):
    """A text that may be two numbers; the message says which."""


def is_missing(cell: str) -> bool:
    """Whether a cell stands for no number: empty, ``-``, ``NaN``, ``#N/A`` and the like."""
    text = cell.strip().lower().lstrip("+-")
    return text in _MISSING or cell.strip() in _MISSING or _OVERFLOW.fullmatch(text) is not None


def _clean(cell: str) -> str:
    if _PLAIN["."].fullmatch(cell):
        return cell
    text = (
        cell.strip().strip('"').strip().translate(SUPERSCRIPT).removeprefix("±").removeprefix("+/-").lstrip()
    )
    text = _SPACED.sub("", text)
    return _FORTRAN.sub("e", _TIMES_TEN.sub(r"e\1", text))


def measured(cell: str, decimal: str) -> tuple[float, float] | None:
    """Return value and standard error of a cell such as ``0.015±0.0003``, ``0.0150(3)`` or ``1.50(3)e-2``, or None."""
    text = _clean(cell.replace("+/−", "+/-"))
    found, bracketed = _WITH_ERROR.fullmatch(text), _BRACKETED.fullmatch(text)
    if not (found or bracketed) or ("," if decimal == "." else ".") in text:
        return None
    from uncertainties import ufloat_fromstr

    plain = text.replace(decimal, ".").replace("+-", "+/-").replace(" ", "").removesuffix("%")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an error of 0
            parsed = ufloat_fromstr(plain)
    except ValueError:
        return None
    value, error = float(parsed.nominal_value), float(parsed.std_dev)
    error *= abs(value) / 100 if found and found["percent"] else 1.0
    return (value, error) if math.isfinite(value) and math.isfinite(error) else None


def weight(cell: str, decimal: str) -> float:
    """Say how surely a cell is a number where ``decimal`` is the decimal mark: 1, ½ for one in groups, or 0."""
    text = _clean(cell)
    if _PLAIN[decimal].fullmatch(text):
        return 1.0
    if ("(" in text or "±" in text or "+" in text) and measured(cell, decimal):
        return 1.0
    return 0.5 if _GROUPED[decimal].fullmatch(text) else 0.0


def number(cell: str, decimal: str) -> float | None:
    """Return the finite number in a cell, None where there is none.

    Parameters
    ----------
    cell : str
        Such as ``1.5``, ``1,23E-04``, ``1.234,5``, ``1'234``, ``2.1×10⁻³`` or ``1.5D-3``.
    decimal : {".", ","}
        The decimal mark.

    Raises
    ------
    UnclearNumber
        If the cell is a number of either mark, such as ``1,234`` where the decimal mark is a point.
    """
    text = _clean(cell)
    other = "," if decimal == "." else "."
    if _PLAIN[decimal].fullmatch(text):
        found = float(text.replace(decimal, "."))
        return found if math.isfinite(found) else None
    if not _GROUPED[decimal].fullmatch(text):
        return None
    if text.count(other) == 1 and decimal not in text:
        whole, part = text.replace(other, ""), text.replace(other, ".")
        raise UnclearNumber(
            f"'{cell.strip()}' may be {whole} or {part}; write it without thousands separators"
        )
    return float(text.replace(other, "").replace(decimal, "."))


def short(value: float, digits: int = 2) -> str:
    """Return a number in words: rounded, without an exponent where it is of everyday size."""
    return f"{float(f'{value:.{digits}g}'):g}"


_LENGTH = r"(kg|mg|µg|ug|cm\^?3|mm\^?3|m\^?3|cc|cm|mm|mole?|g|m)"
_KELVIN = r"(?:K|[Kk]elvin|°C|degC|℃)"
_LOOSE = r"[ *·⋅×.]*"
_UNDER = re.compile(rf"^(.+?)\s*/\s*\(?\s*{_LENGTH}{_LOOSE}-?\s*{_KELVIN}\s*\)?$")
_UNDER_TURNED = re.compile(rf"^(.+?)\s*/\s*\(?\s*{_KELVIN}[ *·⋅×.-]+{_LENGTH}\s*\)?$")
_POWERS = re.compile(rf"^(.*?[WJ])[ .·⋅*]*{_LENGTH}\^?\(?-1\)?[ .·⋅*]*{_KELVIN}\^?\(?-1\)?$")
_POWERS_TURNED = re.compile(rf"^(.*?[WJ])[ .·⋅*]*{_KELVIN}\^?\(?-1\)?[ .·⋅*]*{_LENGTH}\^?\(?-1\)?$")
_SAFE = re.compile(rf"^(.+?)\s*/\s*(?:\(\s*{_LENGTH}[ *·⋅×.]+K\s*\)|{_LENGTH}\s*/\s*K)$")
_EXPONENTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−–", "0123456789---")
_POWER_OF_TEN = re.compile(
    r"^[x×*·]?\s*(?:(?:10|1[eE])\s*(?:\^|\*\*)?\s*\(?(-\d+)\)?|(?:10\s*(?:\^|\*\*)\s*\(?|1[eE])\+?(\d+)\)?)"
    r"[\s*·⋅×]*(?=[^\W\d]|/|1\s*/|$)"
)
_TEMPERATURES = {
    "K": ("k", "kelvin", "°k", "degk", "kelvins"),
    "mK": ("mk", "millikelvin"),
    "degC": ("c", "°c", "℃", "degc", "celsius", "grad", "gradc", "gradcelsius", "º c", "ºc", "oc"),
    "degF": ("f", "°f", "℉", "degf", "fahrenheit", "ºf"),
}


def respelled(unit: str, quantity: str) -> str:
    """Return a unit of a quantity in a spelling whose meaning is not in doubt.

    ``W/mK`` is literally a watt for each millikelvin; as the unit of a conductivity it can only mean ``W/(m K)``. What
    is not understood comes back as it is.

    Parameters
    ----------
    unit : str
        Such as ``W/mK``, ``W m^{-1} K^{-1}``, ``W/K-m``, ``mJ/gK``, ``J/mole-K``, ``10^-6/K``.
    quantity : str
        ``kappa``, ``heat-capacity`` or ``expansion``.
    """
    plain = re.sub(r"10\s*(?=[⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹])", "10^", re.sub(r"[${}\\]", "", unit))
    plain = " ".join(plain.translate(_EXPONENTS).split())
    ten = _POWER_OF_TEN.match(plain)
    if ten:
        rest = respelled(plain[ten.end() :], quantity) or ("/K" if quantity == "expansion" else "")
        return f"1e{ten[1] or ten[2]}{'' if rest.startswith('/') else ' '}{rest}"
    if quantity == "expansion":
        return re.sub(rf"/\s*{_KELVIN}$", "/K", plain)
    safe = _SAFE.match(plain)
    if safe:
        return plain
    for pattern in (_UNDER, _UNDER_TURNED, _POWERS, _POWERS_TURNED):
        found = pattern.match(plain)
        if found:
            length = found[2].replace("mole", "mol")
            return f"{found[1].strip()}/({length} K)"
    return plain


def is_unit(text: str, quantity: str) -> bool:
    """Whether a text is a unit of a quantity, per mole included."""
    if not re.search(r"[/⁻^-]|ppm|%", text):
        return False  # every unit of the three has a fraction; nothing else is worth asking the units library
    try:
        value_factor(respelled(text, quantity), quantity, 1.0)
    except UnitProblem:
        return False
    return True


def kelvin_unit(unit: str) -> str | None:
    """Return a unit of temperature as ``K``, ``mK``, ``degC`` or another the reader knows; None if it is none."""
    plain = unit.strip().strip("[]()").strip()
    folded = (
        plain.lower().replace(" ", "").replace(".", "").replace("degrees", "deg").replace("degree", "deg")
    )
    for name, spellings in _TEMPERATURES.items():
        if folded in spellings:
            return name
    try:
        kelvin(plain)
    except UnitProblem:
        return None
    return plain or None

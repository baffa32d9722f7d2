"""Numbers as spreadsheets of several languages write them."""

import math
import re

__all__ = ["UnclearNumber", "is_missing", "number", "short", "weight"]

_MISSING = {
    *("", "-", "--", "---", "–", "—", "*", "?", "nan", "na", "n/a", "null", "none", "inf", "infinity"),
    *("#n/a", "#na", "#nv", "#div/0!", "#value!", "#wert!", "#num!", "#zahl!", "#ref!", "#bezug!", "1.#qnan"),
}
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−", "0123456789-+-")
_SPACED = re.compile(r"(?<=\d)[\u00a0\u202f\u2009'’ ](?=\d{3}(?!\d))")
_TIMES_TEN = re.compile(r"\s*[x×·⋅*]\s*10\s*(?:\^|\*\*)?\s*\(?([-+]?\d+)\)?$", re.IGNORECASE)
_FORTRAN = re.compile(r"(?<=[\d.,])[dD](?=[+-]?\d+$)")
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
    return cell.strip().lower().lstrip("+-") in _MISSING or cell.strip() in _MISSING


def _clean(cell: str) -> str:
    text = cell.strip().strip('"').strip().translate(_SUPERSCRIPT)
    text = _SPACED.sub("", text)
    return _FORTRAN.sub("e", _TIMES_TEN.sub(r"e\1", text))


def weight(cell: str, decimal: str) -> float:
    """Say how surely a cell is a number where ``decimal`` is the decimal mark: 1, ½ for one in groups, or 0."""
    text = _clean(cell)
    if _PLAIN[decimal].fullmatch(text):
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

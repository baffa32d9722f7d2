"""Units as spreadsheets spell them, put as the data sets' reader understands them."""

import re

from ..datasets.units import UnitProblem, kelvin, value_factor

__all__ = ["is_unit", "kelvin_unit", "respelled"]

_LENGTH = r"(kg|mg|µg|ug|cm\^?3|mm\^?3|m\^?3|cc|cm|mm|mole?|g|m)"
_KELVIN = r"(?:K|[Kk]elvin|°C|degC|℃)"
_LOOSE = r"[ *·⋅×.]*"
_UNDER = re.compile(rf"^(.+?)\s*/\s*\(?\s*{_LENGTH}{_LOOSE}-?\s*{_KELVIN}\s*\)?$")
_UNDER_TURNED = re.compile(rf"^(.+?)\s*/\s*\(?\s*{_KELVIN}[ *·⋅×.-]+{_LENGTH}\s*\)?$")
_POWERS = re.compile(rf"^(.*?[WJ])[ .·⋅*]*{_LENGTH}\^?\(?-1\)?[ .·⋅*]*{_KELVIN}\^?\(?-1\)?$")
_POWERS_TURNED = re.compile(rf"^(.*?[WJ])[ .·⋅*]*{_KELVIN}\^?\(?-1\)?[ .·⋅*]*{_LENGTH}\^?\(?-1\)?$")
_SAFE = re.compile(rf"^(.+?)\s*/\s*(?:\(\s*{_LENGTH}[ *·⋅×.]+K\s*\)|{_LENGTH}\s*/\s*K)$")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−–", "0123456789---")
_POWER_OF_TEN = re.compile(r"^[x×*·]?\s*(?:10|1[eE])\s*(?:\^|\*\*)?\s*\(?(-\d+)\)?\s*")
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
    plain = " ".join(re.sub(r"[${}\\]", "", unit).translate(_SUPERSCRIPT).split())
    if quantity == "expansion":
        ten = _POWER_OF_TEN.match(plain)
        if ten:
            rest = plain[ten.end() :].lstrip("*·⋅× ") or "/K"
            plain = f"1e{ten[1]}{'' if rest.startswith('/') else ' '}{rest}"
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

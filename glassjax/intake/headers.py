"""Column names as people write them: what the column is, and in which unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

__all__ = ["TEMPERATURE", "Heading", "Score", "read_heading", "score"]

TEMPERATURE = "temperature"
_TEMPERATURES = {
    *(
        "t",
        "temp",
        "temperature",
        "temps",
        "tk",
        "tkelvin",
        "tmean",
        "tavg",
        "tav",
        "taverage",
        "tm",
        "tsample",
    ),
    *("meantemp", "meantemperature", "averagetemp", "averagetemperature", "avgtemp", "sampletemp"),
    *("sampletemperature", "temperatur", "probentemperatur", "mittleretemperatur"),
    *("température", "températuremoyenne", "temperatura", "temperaturen"),
}
_VALUES = {
    "kappa": {
        *("kappa", "κ", "k", "λ", "lambda", "conductivity", "thermalconductivity", "cond", "thermcond"),
        *(
            "thermalcond",
            "tc",
            "kth",
            "κth",
            "ktotal",
            "kappatot",
            "κtot",
            "ktot",
            "κtotal",
            "kappatotal",
            "wärmeleitfähigkeit",
        ),
        *("waermeleitfaehigkeit", "leitfähigkeit", "leitfaehigkeit", "wlf", "conductivité"),
        *("conductivitéthermique", "conductividad", "conductividadtérmica", "conducibilitàtermica"),
    },
    "heat-capacity": {
        *(
            "c",
            "cp",
            "cv",
            "hc",
            "heatcapacity",
            "specificheat",
            "specificheatcapacity",
            "samphc",
            "cmol",
            "cpmol",
        ),
        *("sampleheatcapacity", "molarheatcapacity", "molarheat", "wärmekapazität", "waermekapazitaet"),
        *("spezifischewärme", "spezifischewärmekapazität", "spezwärme", "spezwärmekapazität", "molwärme"),
        *("chaleurspécifique", "capacitécalorifique", "capacitéthermique", "calorespecífico"),
    },
    "expansion": {
        *("alpha", "α", "a", "cte", "αl", "alphal", "expansion", "thermalexpansion", "linearexpansion"),
        *("linearthermalexpansion", "expansioncoefficient", "thermalexpansioncoefficient", "expansivity"),
        *("coefficientofthermalexpansion", "ausdehnung", "ausdehnungskoeffizient", "wärmeausdehnung"),
        *("längenausdehnungskoeffizient", "wärmeausdehnungskoeffizient", "dilatation"),
    },
}
_ERRORS = (
    *(
        "standarddeviation",
        "standardabweichung",
        "standardfehler",
        "standarderror",
        "uncertainty",
        "unsicherheit",
    ),
    *("incertitude", "messunsicherheit", "deviation", "abweichung", "errorbar", "uncert", "stddev", "stdabw"),
    *("stderr", "stdev", "error", "fehler", "erreur", "sigma", "delta", "err", "std", "unc", "sem"),
    *("±", "σ", "δ", "sd", "u", "s", "d"),
)
_ALONE = set(_ERRORS) - {"delta", "δ", "s", "d"}
_KELVINS = ("K", "mK", "°C", "degC", "Kelvin", "kelvin", "C°")
_SYMBOLS = ("κ", "kappa", "k", "λ", "C", "Cp", "α", "alpha")
_RELATIVE = ("relative", "relativer", "rel", "percent", "prozent", "%")
_JOINTS = ("of", "in", "von", "der", "des", "on", "de")
# what is nearly a quantity -> what to do about it
_TRAPS = {
    r"c[pv]?\s*/\s*t\s*(?:\^|\*\*)?\s*[23³²]?": "C divided by a power of T; multiply it out, so that it is C itself",
    r"(?:κ|kappa|k|λ)\s*/\s*t\s*(?:\^|\*\*)?\s*[23³²]?": "κ divided by a power of T; multiply it out, so that it is κ",
    r"(?:δ|Δ|d|delta)\s*l\s*/\s*l0?": "a strain; its slope by T is the linear expansion wanted here",
    r"(?:α|alpha|a)[ _]?v|volume(?:tric)?\s*(?:thermal)?\s*expansion": "of the volume; a third of it is the linear one",
    r"(?:thermal\s*)?(?:resistivity|resistance|diffusivity)": "no conductivity; convert it first",
}
_SIGNS = {"\\kappa": "κ", "\\alpha": "α", "\\sigma": "σ", "\\lambda": "λ", "+/-": "±", "+-": "±"}
_COVERAGE = re.compile(r"[(\[]?\s*\bk\s*=\s*(\d(?:\.\d+)?)\s*[)\]]?|(?<!\d)([123])[\s-]*(σ|sigma|sd)\b")
_OF = re.compile(
    r"^(u_?c?|σ|s|err|error|std|unc|uncertainty|Δ|δ|d|delta|sigma|fehler)\s*\(\s*([^()\[\]/]{1,30}?)\s*\)(.*)$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"^([^\[/]*?)[\s_,;/]*(?:\[(.*)\]|\((.*)\)|<(.*)>)\s*$")
_INSIDE = re.compile(r"^([^\[(/]*)[\[(]([^\])]*)[\])](.*)$")


@dataclass(frozen=True)
class Heading:
    """One column name, understood as far as it can be.

    Attributes
    ----------
    text : str
        As written.
    unit : str
        Empty if none is given.
    role : str
        ``temperature``, a quantity (``kappa``, ``heat-capacity``, ``expansion``), ``error``, or empty.
    of : str
        Of an error: what it is the error of, empty if the name does not say.
    relative : bool
        Whether an error is relative.
    coverage : float
        How many standard errors an error is: 2 of ``u(k) (k=2)`` and ``2 sigma``.
    trap : str
        What a column is that might be mistaken for a quantity.
    """

    text: str
    unit: str = ""
    role: str = ""
    of: str = ""
    relative: bool = False
    coverage: float = 1.0
    trap: str = ""


class Score(NamedTuple):
    """How many cells of a line are known names, and how many are units."""

    names: int
    units: int


def read_heading(text: str, unit: str = "") -> Heading:
    """Understand a column name.

    Parameters
    ----------
    text : str
        Such as ``T(K)``, ``Temp. / K``, ``κ (W m^-1 K^-1)``, ``k [W/mK]``, ``u(k)``, ``err %``, ``Wärmeleitfähigkeit``.
    unit : str
        From a row of units; used where the name has none.
    """
    written = " ".join(text.replace("\ufeff", "").split())
    plain = re.sub(r"[${}]", "", written)
    for long, short in _SIGNS.items():
        plain = plain.replace(long, short)
    coverage = _COVERAGE.search(plain)
    if coverage:
        rest = plain[: coverage.start()] + (coverage[3] or "") + plain[coverage.end() :]
        return replace(read_heading(rest, unit), text=written, coverage=float(coverage[1] or coverage[2]))
    for pattern, trap in _TRAPS.items():
        if re.match(rf"{pattern}(?![a-zäöü])", plain, re.IGNORECASE):
            return Heading(written, unit, trap=trap)
    of_something = _OF.match(plain)
    if of_something and _value_of(_plain(of_something[2])):
        rest = of_something[3].strip(" /,_")
        own = _unbracketed(rest.removeprefix("in ").strip()) or unit
        return Heading(written, own, "error", _value_of(_plain(of_something[2])), own == "%")
    if plain in _KELVINS:
        return Heading(written, plain, TEMPERATURE)
    if plain == "%":
        return Heading(written, plain, "error", relative=True)
    name, own = _split(plain)
    found = _classified(written, name, own or unit)
    if not found.role and _of_unit(plain):  # the unit alone names the column
        return Heading(written, plain, _of_unit(plain))
    return found


def score(cells: Sequence[str]) -> Score:
    """Count the known names and the units among the cells of a line, to tell which line names the columns."""
    headings = [read_heading(cell) if cell else Heading("") for cell in cells]
    units = sum(bool(_of_unit(_unbracketed(cell)) or _unbracketed(cell) == "%") for cell in cells if cell)
    names = sum(
        bool(heading.role or heading.trap)
        for heading, cell in zip(headings, cells, strict=True)
        if not _of_unit(_unbracketed(cell)) and cell != "%"
    )
    return Score(names, units)


def _classified(written: str, name: str, unit: str) -> Heading:
    plain = _plain(name)
    role = _value_of(plain)
    if role:
        return Heading(written, unit, role)
    relative = False
    for word in _RELATIVE:
        if plain.startswith(word) or plain.endswith(word):
            plain, relative = plain.removeprefix(word).removesuffix(word), True
            break
    if unit == "%" or unit in _SYMBOLS:  # dκ/κ
        relative, unit = True, "%" if unit == "%" else ""
    if plain in _ALONE:
        return Heading(written, unit, "error", "", relative)
    for word in _ERRORS:
        ends = (plain.removesuffix(word),) if len(word) > 1 or not word.isascii() else ()
        for rest in (plain.removeprefix(word), *ends):  # "uk" is an error, "Cu" is not
            if rest == plain:
                continue
            for joint in ("", *_JOINTS):
                of = _value_of(rest.removeprefix(joint).removesuffix(joint))
                if of:
                    return Heading(written, unit, "error", of, relative)
            if len(word) > 2 and (relative or len(word) > 4):
                return Heading(written, unit, "error", "", relative)
    if re.search(r"temp", plain):
        return Heading(written, unit, TEMPERATURE)
    return Heading(written, unit)


def _value_of(plain: str) -> str:
    """Return the temperature or the quantity that a plain name names, or nothing."""
    if plain in _TEMPERATURES:
        return TEMPERATURE
    return next((quantity for quantity, names in _VALUES.items() if plain in names), "")


def _plain(name: str) -> str:
    name = re.sub(r"(?<=\w)\s*\([^)]*\)", "", name)
    return re.sub(r"[\s_\-.:;,*'\"]", "", name).lower()


def _split(text: str) -> tuple[str, str]:
    """Split a name from its unit: in brackets, or behind a slash, a comma, ``in`` or a space."""
    for gap in re.finditer(r"[\s_,;/]+|(?=°C|℃)", text):
        rest = _unbracketed(text[gap.end() :])
        if gap.start() and (rest == "%" or _of_unit(rest)) and not text[: gap.end()].strip().endswith("/("):
            return text[: gap.start()].removesuffix(" in"), rest
    found = re.match(r"^(.*?)\s+in\s+(\S.*)$", text)
    if found and not _value_of(_plain(found[2])):
        return found[1], _unbracketed(found[2])
    found = _BRACKETED.match(text)
    if found:
        return found[1], (found[2] or found[3] or found[4] or "").strip()
    name, slash, unit = text.partition("/")
    if slash and (_value_of(_plain(name)) or not re.search(r"[\s_,]", name.strip())):
        return name, _unbracketed(unit.strip())
    found = _INSIDE.match(text)
    return (f"{found[1]} {found[3]}", found[2].strip()) if found else (text, "")


def _of_unit(text: str) -> str:
    """Return what a text is a unit of, or nothing; single letters but K are names."""
    if text in _KELVINS:
        return TEMPERATURE
    if not 2 <= len(text) <= 40 or not re.search(r"K|°C|degC|℃", text):
        return ""
    from .spelling import is_unit

    return next((quantity for quantity in _VALUES if is_unit(text, quantity)), "")


def _unbracketed(text: str) -> str:
    text = text.strip()
    while len(text) > 1 and text[0] + text[-1] in ("()", "[]", "<>"):
        inside = text[1:-1]
        if any(inside[:k].count(")") > inside[:k].count("(") for k in range(len(inside) + 1)):
            break
        text = inside.strip()
    return text

"""Column names as people write them: what the column is, and in which unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..quantities import QUANTITIES
from .spelling import SUPERSCRIPT, is_unit

TEMPERATURE = "temperature"
CODE = "code of errors"  # of an instrument, 0 where there is none
LIMITS = "limits of an interval"  # around the value: its ends, or its width
OTHER = "another temperature"  # of the bath, the highest of the interval, the rise by the heater …
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
    *("température", "températuremoyenne", "temperatura", "temperaturen", "t90", "t68", "t2000"),
}
# words of a temperature that is the sample's, and of one that is not
_SAMPLE = r"sample|probe|probentemp|specimen|mean|average|avg|mittel|mittlere|moyenne|mid|bar|eff"
_NOT_SAMPLE = (
    r"system|sys|puck|bath|bad|min|max|rise|hot|cold|warm|kalt|base|stage|block|heater|heizer|cryostat|kryostat|set|"
    r"setpoint|soll|ambient|room|raum|start|end|final|initial|furnace|ofen|shield|radiation|control|controller|coil|"
    r"low|high|debye|einstein|glass|squared|raw|magnet|sink|environment|diff|difference|differenz|gradient|reference|ref|h|c"
)
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
    *("stderr", "stdev", "error", "errors", "fehler", "erreur", "sigma", "delta", "err", "std", "unc", "sem"),
    *("accuracy", "genauigkeit", "precision"),
    *("誤差", "误差", "不確かさ", "標準偏差", "yer±", "yer", "yerr"),
    *("±", "σ", "δ", "sd", "u", "s", "d"),
)
_ALONE = set(_ERRORS) - {"delta", "δ", "s", "d"}
_KELVINS = ("K", "mK", "°C", "degC", "Kelvin", "kelvin", "C°")
_SYMBOLS = ("κ", "kappa", "k", "λ", "C", "Cp", "α", "alpha")
_PER_CENT = re.compile(
    r"(?<=[(\[])\s*(?:in\s+)?(?:%|percent|per cent|prozent)(?:\s+of\s+[\w ]+)?\s*(?=[)\]])", re.IGNORECASE
)
_LOGARITHMIC = re.compile(r"(?:d|Δ|δ|σ|u|sigma|delta)[\s_]*\(?\s*ln[\s_(]*([^\W\d_]+)\)*$", re.IGNORECASE)
# a power of ten that the values were multiplied by: behind a name, or before it
_POWER = r"(?:10\s*(?:\^|\*\*)?\s*\(?([-+]?[1-9]\d*)\)?|1[eE]([-+]?0?[1-9]\d*))"
_ZEROS = r"1(0+)(?!\d)"
_TIMES_TEN = re.compile(
    rf"(?<=[\w)])\s*[×x*·⋅]\s*(?:{_POWER}|{_ZEROS})(?=\s*(?:[\[(/,]|$))|"
    rf"^(?:{_POWER}|{_ZEROS})\s*[×x*·⋅]?\s*(?=[^\W\d])|"
    rf"(?<=[\[(])\s*[×x*·⋅]\s*(?:{_POWER}|{_ZEROS})\s*[×x*·⋅]?\s*(?=[^\W\d]|1\s*/)"
)
_RELATIVE = (
    "relative",
    "relativer",
    "relativ",
    "rel",
    "percent",
    "percentage",
    "prozent",
    "pct",
    "perc",
    "fractional",
)
_RELATIVE += ("rsd", "rse", "fraction", "frac", "%")
# words that say of which kind an error is; signs do as well
_KINDS = {
    "statistical": r"typ[e]?[\s_]*a|stat|statist\w*|random|zufällig\w*|noise|scatter|repeatability",
    "systematic": r"typ[e]?[\s_]*b|sys|syst|systemati\w*|calib\w*|scale",
    "upper": r"upper|plus|up|hi|high|oben|pos|positive",
    "lower": r"lower|minus|down|lo|low|unten|neg|negative",
}
_JOINTS = ("of", "in", "von", "der", "des", "on", "de")
_STRAIN = "a strain; its slope by T is the linear expansion wanted here: give that"
# what is nearly a quantity -> what to do about it
_TRAPS = {
    r"10*(?:\^\d|e\d)?\s*/\s*t(?:emp\w*)?": "one over T; give T itself",
    r"log\s*\(?\s*t(?:emp\w*)?": "a logarithm of T whose base is not clear; name it log10 T or ln T",
    r"(?:log(?:_?10)?|lg|ln)\s*\(?\s*(?:κ|kappa|k|λ|c[pv]?|α|alpha)": "a logarithm; give the value itself",
    r"t(?:emp\w*)?\s*(?:(?:\^|\*\*)\s*[23]|[²³]|squared|cubed)": "a power of T; give T itself",
    r"c[pv]?\s*(?:/|·|\*)?\s*t\s*(?:\^|\*\*)?\s*\(?[-⁻−]\s*[123¹²³]": "C divided by a power of T; multiply it out, "
    "so that it is C itself",
    r"addenda": "that of the sample holder; give that of the sample",
    r"samp(?:le)?\.?\s*hc\s*/\s*temp\w*": "C divided by a power of T; multiply it out, so that it is C itself",
    r"[(\[]*\s*l(?:ength)?\w*\s*(?:\([^)]*\))?\s*[-−]\s*l\w*\s*(?:\([^)]*\))?\s*[)\]]*\s*/\s*[(\[]?\s*l\w*|l\s*/\s*l_?0|(?:thermal\s+)?(?:contraction|strain)|dehnung|"
    r"(?:rel\w*\.?\s*)?(?:längenänderung|length\s*change|change\s+(?:of|in)\s+length)|"
    r"ε|epsilon|(?:linear\s+)?(?:thermal\s+)?elongation": _STRAIN,
    r"c[pv]?\s*/\s*t\s*(?:\^|\*\*)?\s*[23³²]?": "C divided by a power of T; multiply it out, so that it is C itself",
    r"(?:κ|kappa|k|λ)\s*/\s*t\s*(?:\^|\*\*)?\s*[23³²]?": "κ divided by a power of T; multiply it out, so that it is κ",
    r"(?:δ|Δ|∆|d|delta)[\s_]*l\s*(?:\([^)]*\))?\s*/\s*l[_\s]*(?:\(?\w*\)?)?": _STRAIN,
    r"(?:thermal\s*)?(?:resistivity|resistance|diffusivity|conductance|widerstand|leitwert|"
    r"temperaturleitfähigkeit)": "no conductivity; convert it first",
}
_VOLUME = re.compile(
    r"^(?:(?:α|alpha|a)[\s_{]*v(?:ol\w*)?|(?:β|beta)(?:[\s_]*v)?|vol\w*\.?\s*(?:thermal\s*)?expan\w*(?:\s*coef\w*)?|"
    r"cvte|volumenausdehnung\w*)[}]?(?![a-zäöü])",
    re.IGNORECASE,
)
_LOG = re.compile(r"^(log_?\{?10\}?|lg|ln)[\s(_]*(t|temp\w*)(?![a-zäöü])", re.IGNORECASE)
_SIGNS = {
    "\\kappa": "κ",
    "\\Delta": "Δ",
    "\\delta": "δ",
    "∆": "Δ",
    "\\bar T": "T_bar",
    "\\barT": "T_bar",
    "\\alpha": "α",
    "\\sigma": "σ",
    "\\lambda": "λ",
    "+/-": "±",
    "+-": "±",
}
_COVERAGE = re.compile(
    r"[(\[]?\s*\bk\s*=\s*(\d(?:\.\d+)?)\s*[)\]]?|(?<!\d)([123])[\s-]*(σ|sigma|sd)\b|"
    r"[(\[]?\s*\b(?P<level>68|90|95|99)(?:[.]\d+)?\s*%\s*(?:c\.?[il]\.?|conf\w*\.?(?:\s*(?:interval|level))?|ki)?\s*[)\]]?",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^\W*(?:error|err|fehler)[\s_.\-([]*(?:code|flag|nr|no|num|number|status)\b", re.IGNORECASE
)
_LIMITS = re.compile(
    r"(?<![^\W_])(?:(?:min|max)(?:imum)?|lower|upper|low|high|lo|hi|untere|obere)(?![^\W_])"
    r"|(?<![^\W_])(?P<alone>ci|ki|bounds?|limits?|grenze|(?:quan|percen|perzen)tile?|[qp]?(?:2\.5|0?5|16|84|95|97\.5)(?:th|%)?)(?![^\W_])",
    re.IGNORECASE,
)
_LEVELS = {"68": 1.0, "90": 1.645, "95": 1.96, "99": 2.576}
_OF = re.compile(
    r"^(u_?c?|u_?r(?:el)?|u_?\{?rel\}?|σ|s|err|error|std|unc|uncertainty|Δ|δ|d|delta|sigma|fehler)\s*\(\s*([^()\[\]/]{1,30}?)\s*\)(.*)$",
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
        ``temperature``, ``another temperature`` that is not the sample's, a quantity (``kappa``, ``heat-capacity``,
        ``expansion``), ``error``, ``limits of an interval``, ``code of errors``, or empty.
    of : str
        Of an error: what it is the error of, empty if the name does not say.
    relative : bool
        Whether an error is relative.
    coverage : float
        How many standard errors an error is: 2 of ``u(k) (k=2)`` and ``2 sigma``.
    trap : str
        What a column is that might be mistaken for a quantity.
    kind : str
        Of an error: ``statistical``, ``systematic``, ``upper`` or ``lower``; of a temperature: ``sample`` for that of
        the sample or a mean, ``log10`` or ``ln`` for a logarithm; of an expansion: ``volume``.
    scale : float
        What a value must be multiplied by, 1e-6 for ``α × 10^6`` and for ``α × 10^-6``.
    """

    text: str
    unit: str = ""
    role: str = ""
    of: str = ""
    relative: bool = False
    coverage: float = 1.0
    trap: str = ""
    kind: str = ""
    scale: float = 1.0


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
    plain = _PER_CENT.sub("%", plain.replace("|", ""))
    logarithmic = _LOGARITHMIC.match(plain)
    if logarithmic and _value_of(_plain(logarithmic[1])):
        return Heading(written, "", "error", _value_of(_plain(logarithmic[1])), True)
    plain = re.sub(r"^<\s*(T|Temp\w*)\s*>|^T[\u0304\u0305]|^T̅", "T_bar", plain)
    if _CODE.search(plain):
        return Heading(written, unit, CODE)
    plain = re.sub(r"(?<![^\W_])(CI|KI)[\s_]*(68|90|95|99)(?![^\W_])", r"\2% \1", plain)
    coverage = _COVERAGE.search(plain)
    if coverage:
        rest = plain[: coverage.start()] + plain[coverage.end() :]
        if coverage[3] and read_heading(rest).role != "error":
            rest = plain[: coverage.start()] + coverage[3] + plain[coverage.end() :]
        times = _LEVELS[coverage["level"]] if coverage["level"] else float(coverage[1] or coverage[2])
        found = read_heading(rest, unit)
        if coverage["level"] and (found.role in ("", *QUANTITIES) or not _plain(_LIMITS.sub("", rest))):
            found = Heading("", found.unit, LIMITS, found.role if found.role in QUANTITIES else "")
        return replace(found, text=written, coverage=times)
    expanded = re.search(r"\bexpanded\b|\berweiterte\w*|\bélargie\b", plain, re.IGNORECASE)
    if expanded:  # twice the standard error, where no other factor is stated
        found = read_heading((plain[: expanded.start()] + plain[expanded.end() :]).strip(), unit)
        if found.role == "error":
            return replace(found, text=written, coverage=2.0)
    ten = _TIMES_TEN.search(plain.translate(SUPERSCRIPT))
    rest = _TIMES_TEN.sub("", plain.translate(SUPERSCRIPT), count=1)
    if ten and rest not in _KELVINS and _value_of(_plain(_split(rest)[0])):
        found = read_heading(rest, unit)
        if found.role == TEMPERATURE:
            return Heading(written, trap="a multiple of T; give T itself")
        exponent = next(group for group in ten.groups() if group)
        power = abs(int(exponent)) or len(exponent)  # of 1000, the zeros
        return replace(found, text=written, scale=10.0**-power)
    kind, rest = _kind(plain)
    if kind:
        found = read_heading(rest, unit) if rest else Heading(written, unit, "error", relative=unit == "%")
        if found.role == "error":
            return replace(found, text=written, kind=kind)
    ratio = _ratio(written, plain, unit)
    if ratio:
        return ratio
    volume = _VOLUME.match(plain)
    if volume:
        found = read_heading(f"alpha{plain[volume.end() :]}", unit)
        if found.role == "expansion":
            return replace(found, text=written, kind="volume")
    logarithm = _LOG.match(plain)
    if logarithm:
        base = "ln" if logarithm[1].lower() == "ln" else "log10"
        own = _split(plain[logarithm.end() :].replace(")", " ").strip(" /"))[1] or "K"
        return Heading(written, own if _of_unit(own) == TEMPERATURE else "K", TEMPERATURE, kind=base)
    for pattern, trap in _TRAPS.items():
        if re.match(rf"{pattern}(?![a-zäöü])", plain, re.IGNORECASE):
            return Heading(written, unit, trap=trap)
    of_something = _OF.match(plain)
    if of_something and _value_of(_plain(of_something[2])):
        rest = of_something[3].strip(" /,_")
        own = _unbracketed(rest.removeprefix("in ").strip()) or unit
        relative = own == "%" or re.match(r"u_?r", of_something[1], re.IGNORECASE) is not None
        return Heading(written, own, "error", _value_of(_plain(of_something[2])), relative)
    if plain in _KELVINS:
        return Heading(written, plain, TEMPERATURE)
    if plain == "%":
        return Heading(written, plain, "error", relative=True)
    name, own = _split(plain)
    found = _classified(written, name, own or unit)
    if not found.role and _of_unit(plain):  # the unit alone names the column
        return Heading(written, plain, _of_unit(plain))
    if not found.role:
        of = _value_of(_plain(_LIMITS.sub("", name)))
        alone = not _plain(_LIMITS.sub("", name)) and any(m["alone"] for m in _LIMITS.finditer(name))
        if (of in QUANTITIES or alone) and _LIMITS.search(name):
            return Heading(written, own or unit, LIMITS, of)
    return found


def _kind(plain: str) -> tuple[str, str]:
    """Return of which kind an error is by a word or a sign in its name, and the name without."""
    for kind, words in _KINDS.items():
        found = re.search(rf"(?<![^\W_])(?:{words})(?![^\W_])\.?", plain, re.IGNORECASE)
        if found:
            return kind, re.sub(r"\(\s*\)|\[\s*\]", "", plain[: found.start()] + plain[found.end() :]).strip(
                " _-.,"
            )
    for kind, sign in (("upper", r"\+"), ("lower", r"[-−–]")):
        found = re.search(rf"^{sign}\s*(?=\w)|[(\[]{sign}[)\]]|(?<=\w){sign}(?=$|\s*[(\[])", plain)
        if found:
            return kind, (plain[: found.start()] + plain[found.end() :]).strip()
    return "", plain


def _ratio(written: str, plain: str, unit: str) -> Heading | None:
    """Read ``delta k / k`` and ``u(k)/k [%]``: an error divided by what it is the error of."""
    for divided in re.finditer(r"/|÷|\bover\b", plain):
        found = re.match(r"\s*\|?(<?[^\W\d]+>?(?:_\w+)?)\|?(?:\(T\))?\s*(.*)$", plain[divided.end() :])
        if not found or found[1] in _KELVINS:
            continue
        below, rest = (
            _value_of(_plain(found[1].strip("<>"))),
            _unbracketed(found[2].strip(" ,/").removeprefix("in ")),
        )
        if not below and found[1].lower() not in ("value", "mean", "wert", "messwert", "val"):
            continue
        rest = "%" if re.fullmatch(r"[×x*·]\s*100\s*%?", rest) else rest
        if rest not in ("", "%", "-", "1", "fraction", "percent", "rel", "rel."):
            continue
        above = read_heading(plain[: divided.start()])
        if above.role == "error" and above.of in ("", below) and above.unit in ("", "%"):
            per_cent = "%" if "%" in (rest, unit) or rest == "percent" else ""
            return replace(above, text=written, unit=per_cent, of=above.of or below, relative=True)
    return None


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
        kind = "sample" if role == TEMPERATURE and _words(_SAMPLE, name) else ""
        return Heading(written, unit, role, kind=kind)
    temperature = _temperature(written, name, unit)
    if temperature is not None:
        return temperature
    relative = False
    for word in sorted(_RELATIVE, key=len, reverse=True):
        if plain.startswith(word) or plain.endswith(word):
            plain, relative = plain.removeprefix(word).removesuffix(word), True
            break
    if unit.lower().strip(".") in _RELATIVE and unit != "%":  # "err (rel.)", "err (percent)"
        relative, unit = True, "%" if unit.lower().startswith("p") else ""
    if unit == "%" or unit in _SYMBOLS:  # dκ/κ
        relative, unit = True, "%" if unit == "%" else ""
    if plain in _ALONE or (relative and plain == "" and unit in ("", "%")):
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


def _temperature(written: str, name: str, unit: str) -> Heading | None:
    """Read a name of a temperature with a word that says of what, such as ``T_bar`` and ``Puck Temp``."""
    bare = re.sub(r"[\s_\-.:;,()\[\]]+", " ", name).strip().lower()
    found = re.fullmatch(
        r"(?:(.*?) ?)?(?:temperature|temperatur|température|temps|temp)(?: ?(.+))?|(?:(.*?) )?t ?(.+)?", bare
    )
    if not found or any(word in bare for word in ("err", "std", "unc", "dev", "fehler", "time")):
        return None
    words = " ".join(part for part in found.groups() if part)
    if not words:
        return None
    if re.fullmatch(rf"(?:(?:{_SAMPLE}|s|m|av|k|the|of|der) ?)+", words):
        return Heading(written, unit, TEMPERATURE, kind="sample")
    if re.fullmatch(rf"(?:(?:{_NOT_SAMPLE}|sample|probe|the|of) ?)+", words):
        return Heading(written, unit, OTHER)
    return None


def _words(pattern: str, name: str) -> bool:
    return re.search(rf"(?<![a-z])(?:t(?:emp)?)?(?:{pattern})(?![a-z]{{6}})", name, re.IGNORECASE) is not None


def _value_of(plain: str) -> str:
    """Return the temperature or the quantity that a plain name names, or nothing."""
    if plain in _TEMPERATURES:
        return TEMPERATURE
    return next(
        (quantity for quantity, known in QUANTITIES.items() if plain in known.columns | known.words), ""
    )


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

    return next((quantity for quantity in QUANTITIES if is_unit(text, quantity)), "")


def _unbracketed(text: str) -> str:
    text = text.strip()
    while len(text) > 1 and text[0] + text[-1] in ("()", "[]", "<>"):
        inside = text[1:-1]
        if any(inside[:k].count(")") > inside[:k].count("(") for k in range(len(inside) + 1)):
            break
        text = inside.strip()
    return text
